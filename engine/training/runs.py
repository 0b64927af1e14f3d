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
from importlib import metadata
from pathlib import Path
from typing import Any

import accelerate
import torch
from torch import nn

from engine import __version__
from engine.devices import choose
from engine.errors import Refused
from engine.training import checkpoint
from engine.training.config import DocumentsConfig, LoopConfig, PairsConfig, TextsConfig, TrainConfig, read
from engine.training.loop import Diverged, Progress, Trainer
from engine.training.memory import keep_freed_memory
from engine.training.prepare import translation
from engine.training.prepare.translation import Prepared
from engine.training.tasks import Task

CONFIG, PROGRESS, CHECKPOINTS, PRETRAINING = "train.toml", "progress.jsonl", "checkpoint", "pretraining"
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
    begun = [folder for folder in (run, run / PRETRAINING) if (folder / PROGRESS).exists()]
    if resume and not any(checkpoint.latest(folder / CHECKPOINTS) for folder in begun):
        raise Refused("{run} holds no checkpoint; leave out --resume to begin", run=run)
    if begun and not resume:
        raise Refused("{run} already holds a run; add --resume to go on, or name another folder with --run", run=run)
    run.mkdir(parents=True, exist_ok=True)
    with _alone(run):
        if config_path.resolve() != (run / CONFIG).resolve():
            shutil.copyfile(config_path, run / CONFIG)
        _train(config, run, choose(device), watch)
    return run


def _train(config: TrainConfig, run: Path, device: torch.device, watch: Watch | None) -> None:
    keep_freed_memory()
    prepared = _prepared(config, run)
    stages = [(prepared.task, config.loop), *([prepared.before[1:]] if prepared.before else [])]
    for task, loop in stages:
        _enough(config, task, loop)
    facts = prepared.facts
    if prepared.before is not None:
        # What it learns lies in layers that the model proper has too.
        before = _stage(*prepared.before, run / PRETRAINING, device, watch)
        facts = facts | {"pretraining": {"updates": before.done, "seconds": round(before.seconds, 1)}}
        facts["pretraining"]["validation_nats_per_piece"] = before.best
    trainer = _stage(prepared.model, prepared.task, config.loop, run, device, watch)
    facts = _training_facts(config, trainer, prepared.libraries) | facts
    prepared.save(run, prepared.model, prepared.words, prepared.meta, facts)


def _enough(config: TrainConfig, task: Task, loop: LoopConfig) -> None:
    """Raises Refused where there is nothing to learn from, or nothing to measure what was learnt by."""
    names = ", ".join(config.data.names)
    if not task.train:
        raise Refused("{corpora} leaves nothing to learn from: give more of it.", corpora=names)
    if not task.dev_batches(loop.batch):
        raise Refused(
            "{corpora} leaves nothing for development, by which training is measured: give more of it.", corpora=names
        )


def _stage(
    model: nn.Module, task: Task, loop: LoopConfig, folder: Path, device: torch.device, watch: Watch | None
) -> Trainer:
    """Train to the end, from the last checkpoint in `folder` where there is one."""
    folder.mkdir(exist_ok=True)
    torch.set_num_threads(loop.threads)
    trainer = Trainer(model.train(), task, loop, device)
    # Models of different attention drew different amounts of chance while they were built; from here they draw alike.
    torch.manual_seed(loop.seed)
    found = checkpoint.latest(folder / CHECKPOINTS)
    if found is not None:
        trainer.restore(*checkpoint.read(found))
        _forget_after(folder / PROGRESS, trainer.done)
    with (folder / PROGRESS).open("a", encoding="utf-8") as lines:
        for progress in _guarded(trainer, lines):
            if watch is not None:
                watch(progress)
            if progress.validation is not None:
                checkpoint.write(folder / CHECKPOINTS, progress.step, trainer.tensors(), trainer.facts())
    return trainer


def _prepared(config: TrainConfig, run: Path) -> Prepared:
    if isinstance(config.data, PairsConfig):
        return translation.prepare(config, config.data, run)
    if isinstance(config.data, TextsConfig):
        from engine.training.prepare import language

        return language.prepare(config, config.data, run)
    # What cuts documents into words is not needed, and not everywhere installed, where translators are trained.
    from engine.training.prepare import classification

    return classification.prepare(config, config.data, run)


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


def _forget_after(progress: Path, step: int) -> None:
    """Drop lines of updates that were done after the checkpoint and will be done again."""
    kept = [line for line in progress.read_text().splitlines(keepends=True) if json.loads(line)["step"] <= step]
    progress.write_text("".join(kept))


def _training_facts(config: TrainConfig, trainer: Trainer, libraries: tuple[str, ...]) -> dict[str, Any]:
    versions = {"alignscope": __version__, "torch": torch.__version__, "accelerate": accelerate.__version__}
    return {
        "name": config.name,
        "updates": trainer.done,
        "seconds": round(trainer.seconds, 1),
        "finished": time.strftime("%Y-%m-%d", time.gmtime()),
        _best(config): trainer.best,
        "seed": config.loop.seed,
        "device": trainer.device.type,
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": config.loop.threads,
        "precision": config.loop.precision,
        "parameters": sum(p.numel() for p in trainer.net.parameters()),
        "versions": versions | {name: metadata.version(name) for name in libraries},
    }


def _best(config: TrainConfig) -> str:
    return f"validation_nats_per_{'document' if isinstance(config.data, DocumentsConfig) else 'piece'}"
