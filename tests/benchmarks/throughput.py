"""Training speed beside JoeyNMT 2.3.0 (Kreutzer, Bastings & Riezler 2019): same text, same pieces, same sizes, in turn.

Both count target pieces with `</s>` and without padding, per second of their own loop, making batches included. Each
runs in a process of its own with as many threads as there are cores, and its first updates do not count. JoeyNMT
trains in float32 and knows nothing else on a CPU; ours trains as it ships, in bf16, and once in float32 to compare.

Both attend after the cell and feed the attentional vector back, as our lab does too. What differs by design: ours ties
its output layer to the embedding (256 wide, theirs is 512) and puts sentences of like length into a batch.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.data.pairs import corpora
from engine.errors import Refused
from engine.text.tokenizer import Tokenizer
from tests.benchmarks import joey
from tests.benchmarks.measuring import ROOT, Figure, Settings, Skipped

GOAL = 4.0  # times JoeyNMT
PIECES, BATCH, LONGEST = 8000, 64, 60
SIZES = {"embedding": 256, "encoder": 256, "decoder": 512, "attention": 512}
WIRED = {"placement": "after", "feeding": True}
THREADS = os.cpu_count() or 1


@dataclass(frozen=True)
class Run:
    """Updates that count, after those that do not; rounds in which both take their turn.

    JoeyNMT makes half as many updates, each of which takes it several times as long; so do our own variants, which only
    stand beside the comparison. About five minutes in all.
    """

    updates: int = 100
    warm_up: int = 20
    rounds: int = 3


def measure(settings: Settings) -> list[Figure]:
    """Medians over rounds. Raises Skipped without text to learn from or without JoeyNMT."""
    joey.check()
    run = Run(4, 2, 1) if settings.short else Run()
    name, pairs = text()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        about = {"text": name, "pairs": _prepare(folder, pairs), "batch": BATCH, "threads": THREADS, **SIZES}
        theirs, ours = [], []
        for _ in range(run.rounds):
            theirs.append(joey.train(folder, SIZES, BATCH, run.updates // 2, run.warm_up // 2, THREADS))
            ours.append(_ours(folder, run))
        half = replace(run, updates=run.updates // 2)
        whole = _ours(folder, half, precision="no")
        before = _ours(folder, half, placement="before", feeding=False)
        alone = _ours(folder, half, threads=1)
    their_speed, our_speed = (statistics.median(one["speed"] for one in found) for found in (theirs, ours))
    both = {
        **about,
        "ours_each_round": [round(one["speed"]) for one in ours],
        "joeynmt_each_round": [round(one["speed"]) for one in theirs],
        "ours_parameters": ours[0]["parameters"],
        "joeynmt_parameters": theirs[0]["parameters"],
    }
    unit = "target pieces/s"
    return [
        Figure("training, times JoeyNMT's speed", our_speed / their_speed, "×", GOAL, ">=", details=both),
        Figure("training, ours, additive, bf16", our_speed, unit),
        Figure("training, JoeyNMT 2.3.0, additive, float32", their_speed, unit),
        Figure("training, ours in float32", whole["speed"], unit),
        Figure("training, ours with attention before the cell, bf16", before["speed"], unit),
        Figure("training, ours on one thread, bf16", alone["speed"], unit),
    ]


def text() -> tuple[str, list[tuple[str, str]]]:
    """Multi30k English to German where it lies under ALIGNSCOPE_DATA, else Tatoeba English to French."""
    folder = Path(os.environ.get("ALIGNSCOPE_DATA", "")) / "multi30k"
    files = [folder / f"train.{language}.gz" for language in ("en", "de")]
    if all(file.exists() for file in files):
        sides = [gzip.decompress(file.read_bytes()).decode("utf-8").split("\n") for file in files]
        return "multi30k en-de", [(s, t) for s, t in zip(*sides, strict=True) if s.strip() and t.strip()]
    try:
        return "tatoeba/en-fr", [(pair.source, pair.target) for pair in corpora.load("tatoeba/en-fr", "train")]
    except Refused as reason:
        raise Skipped(str(reason)) from reason


def _prepare(folder: Path, pairs: list[tuple[str, str]]) -> int:
    """Learn the pieces, and write each sentence as numbers for both programs; gives how many pairs are kept."""
    tokenizer = Tokenizer.train((text for pair in pairs for text in pair), PIECES)
    sides = [tokenizer.ids([pair[side] for pair in pairs]) for side in (0, 1)]
    kept = [(s, t) for s, t in zip(*sides, strict=True) if max(len(s), len(t)) <= LONGEST]
    (folder / "pairs.json").write_text(json.dumps({"vocabulary": len(tokenizer), "pairs": kept}))
    joey.write_text(folder, kept, len(tokenizer))
    return len(kept)


def _ours(folder: Path, run: Run, **choices: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.throughput", str(folder)]
    asked = json.dumps({"updates": run.updates, "warm_up": run.warm_up, "choices": choices})
    environment = os.environ | {"OMP_NUM_THREADS": str(THREADS)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=asked, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _train(folder: Path, updates: int, warm_up: int, choices: dict[str, Any]) -> dict[str, Any]:
    """Our own loop in this process: pieces a second over `updates`, after `warm_up`."""
    import torch

    from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig
    from engine.training.config import LoopConfig
    from engine.training.loop import Trainer
    from engine.training.memory import keep_freed_memory
    from engine.training.tasks import Translating

    keep_freed_memory()
    torch.manual_seed(1)
    given = json.loads((folder / "pairs.json").read_text())
    precision, threads = choices.pop("precision", "bf16"), choices.pop("threads", THREADS)
    torch.set_num_threads(threads)
    model = Seq2Seq(Seq2SeqConfig(vocabulary=given["vocabulary"], **SIZES, **WIRED | choices))
    # One update more than is asked for, so that the last one is not the one that validates.
    config = LoopConfig(
        updates=warm_up + updates + 1,
        batch=BATCH,
        precision=precision,
        threads=threads,
        validate_every=warm_up + updates + 1,
    )
    trainer = Trainer(model, Translating(given["pairs"], given["pairs"][:BATCH]), config, torch.device("cpu"))
    pieces, seconds, before = 0.0, 0.0, 0.0
    for progress in trainer.run():
        if progress.step > warm_up:
            pieces += progress.speed * (progress.seconds - before)
            seconds += progress.seconds - before
        before = progress.seconds
        if progress.step == warm_up + updates:
            break
    return {
        "speed": pieces / seconds,
        "pieces": round(pieces),
        "parameters": sum(p.numel() for p in model.parameters()),
    }


if __name__ == "__main__":
    print(json.dumps(_train(Path(sys.argv[1]), **json.load(sys.stdin))))
