"""A run is a folder: its config, its progress line by line, its checkpoints, and at the end a stored model."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import accelerate
import torch

from engine import __version__
from engine.data import corpora, splits
from engine.devices import choose
from engine.errors import Refused
from engine.models.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.storage import save_model
from engine.text.tokenizer import Tokenizer
from engine.training import checkpoint
from engine.training.batches import Pair
from engine.training.config import DataConfig, TrainConfig, read
from engine.training.loop import Diverged, Progress, Trainer
from engine.training.memory import keep_freed_memory

CONFIG, PROGRESS, CHECKPOINTS = "train.toml", "progress.jsonl", "checkpoint"
REPORT_EVERY = 25  # updates between two lines of progress

Watch = Callable[[Progress], None]


def train(
    config_path: Path, run: Path, *, resume: bool = False, device: str = "auto", watch: Watch | None = None
) -> Path:
    """Train what `config_path` asks for in the folder `run`, and leave the finished model there.

    Raises Refused for a bad config, a folder in which a run already lies (without `resume`) or is going on, and for
    a loss that is no longer a number; the last good checkpoint then stays.
    """
    config = read(config_path)
    found = checkpoint.latest(run / CHECKPOINTS)
    if found is None and resume:
        raise Refused("{run} holds no checkpoint; leave out --resume to begin", run=run)
    if (run / PROGRESS).exists() and not resume:
        raise Refused("{run} already holds a run; add --resume to go on, or name another folder with --run", run=run)
    run.mkdir(parents=True, exist_ok=True)
    with _alone(run):
        if config_path.resolve() != (run / CONFIG).resolve():
            shutil.copyfile(config_path, run / CONFIG)
        _train(config, run, found, choose(device), watch)
    return run


def _train(config: TrainConfig, run: Path, found: Path | None, device: torch.device, watch: Watch | None) -> None:
    keep_freed_memory()
    torch.set_num_threads(config.loop.threads)
    data = read_pairs(config.data)
    tokenizer = _tokenizer(config, data["train"], run)
    torch.manual_seed(config.loop.seed)
    model = Seq2Seq(Seq2SeqConfig(vocabulary=len(tokenizer), **config.model))
    train_ids, dev_ids = (encode(tokenizer, data[split], config.data.max_pieces) for split in ("train", "dev"))
    trainer = Trainer(model, train_ids, dev_ids, config.loop, device)
    # Models of different attention drew different amounts of chance while they were built; from here they draw alike.
    torch.manual_seed(config.loop.seed)
    if found is not None:
        trainer.restore(*checkpoint.read(found))
        _forget_after(run / PROGRESS, trainer.done)
    with (run / PROGRESS).open("a", encoding="utf-8") as lines:
        for progress in _guarded(trainer, lines):
            if watch is not None:
                watch(progress)
            if progress.validation is not None:
                checkpoint.write(run / CHECKPOINTS, progress.step, trainer.tensors(), trainer.facts())
    save_model(run, model, tokenizer, _meta(config), _training_facts(config, trainer, data))


def _guarded(trainer: Trainer, lines: Any) -> Iterator[Progress]:
    """The loop's reports, written down on the way; a loss that is no number ends it with a sentence."""
    try:
        for progress in trainer.run():
            if progress.step % REPORT_EVERY == 0 or progress.validation is not None:
                lines.write(json.dumps(asdict(progress)) + "\n")
                lines.flush()
            yield progress
    except Diverged as error:
        lines.write(json.dumps({"step": error.step, "diverged": True, "rate": error.rate}) + "\n")
        raise Refused(
            "the loss was no longer a number at update {step}, learning rate {rate}; "
            "the last good checkpoint is kept: lower the rate and begin anew",
            step=error.step,
            rate=f"{error.rate:.3g}",
        ) from error


@contextmanager
def _alone(run: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it however the process ends."""
    with (run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "{run} is being trained by another process; wait for it, or name another folder", run=run
            ) from None
        yield


def read_pairs(data: DataConfig) -> dict[str, list[corpora.Pair]]:
    """Training and development pairs of all corpora; no training pair shares a side with anyone's held-out pairs."""
    loaded = [corpora.read(name) for name in data.corpora]
    dev = [pair for one in loaded for pair in one.split.dev]
    test = [pair for one in loaded for pair in one.split.test]
    held_out = splits.HeldOut(frozenset(splits.keys_of(dev)), frozenset(splits.keys_of(test)))
    train = splits.part([pair for one in loaded for pair in one.split.train], held_out).train
    # The first corpus is the one a model is measured on, so it alone decides when to stop.
    return {"train": train, "dev": loaded[0].split.dev}


def encode(tokenizer: Tokenizer, pairs: list[corpora.Pair], most: int) -> list[Pair]:
    """Ids on both sides; pairs with a side longer than `most` pieces are left out."""
    sources, targets = (tokenizer.ids([pair[side] for pair in pairs]) for side in (0, 1))
    return [(s, t) for s, t in zip(sources, targets, strict=True) if len(s) <= most and len(t) <= most]


def _tokenizer(config: TrainConfig, pairs: list[corpora.Pair], run: Path) -> Tokenizer:
    if (run / "tokenizer.json").exists():
        return Tokenizer.load(run)
    tokenizer = Tokenizer.train((text for pair in pairs for text in pair), config.pieces)
    tokenizer.save(run)
    return tokenizer


def _forget_after(progress: Path, step: int) -> None:
    """Drop lines of updates that were done after the checkpoint and will be done again."""
    kept = [line for line in progress.read_text().splitlines(keepends=True) if json.loads(line)["step"] <= step]
    progress.write_text("".join(kept))


def _meta(config: TrainConfig) -> dict[str, Any]:
    return {
        "task": "translation",
        "source_language": config.data.source,
        "target_language": config.data.target,
        "corpora": list(config.data.corpora),
    }


def _training_facts(config: TrainConfig, trainer: Trainer, data: dict[str, list[corpora.Pair]]) -> dict[str, Any]:
    return {
        "name": config.name,
        "updates": trainer.done,
        "pairs": len(trainer.train),
        "seconds": round(trainer.seconds, 1),
        "finished": time.strftime("%Y-%m-%d", time.gmtime()),
        "validation_nats_per_piece": trainer.best,
        "seed": config.loop.seed,
        "device": trainer.device.type,
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": config.loop.threads,
        "precision": config.loop.precision,
        "parameters": sum(p.numel() for p in trainer.net.parameters()),
        "versions": {"alignscope": __version__, "torch": torch.__version__, "accelerate": accelerate.__version__},
        "corpora_sha256": {name: corpora.read(name).sha256 for name in config.data.corpora},
    }
