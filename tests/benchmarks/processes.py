"""Two processes with one thread each against one process with one thread: pieces a second of the same training.

Each round lets both take their turn, by the same launcher, with the same joined batches and in 32 bits, which every
processor multiplies itself; first updates do not count.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.text.tokenizer import Tokenizer
from tests.benchmarks.measuring import ROOT, Figure, Settings, Skipped
from tests.benchmarks.throughput import LONGEST, text

GOAL = 1.7  # times the pieces of one process
PIECES = 5000
SIZES = {"embedding": 256, "encoder": 192, "decoder": 384, "attention": 192}
"""Those of the lab's translators."""
BATCHES = (64, 256)
"""Pairs in a joined batch: the lab's own, and a larger one, in which the gradients to be sent weigh less."""
WARM_UP, UPDATES, ROUNDS = 5, 30, 3


def measure(settings: Settings) -> list[Figure]:
    """Medians over rounds. Raises Skipped on a single core, or without text to learn from."""
    if (os.cpu_count() or 1) < 2:
        raise Skipped("one core alone: two processes would share it")
    updates, rounds = (3, 1) if settings.short else (UPDATES, ROUNDS)
    name, pairs = text()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        tokenizer = Tokenizer.train((side for pair in pairs for side in pair), PIECES)
        sides = [tokenizer.ids([pair[side] for pair in pairs]) for side in (0, 1)]
        short = [(s, t) for s, t in zip(*sides, strict=True) if max(len(s), len(t)) <= LONGEST]
        (folder / "pairs.json").write_text(json.dumps({"vocabulary": len(tokenizer), "pairs": short}))
        about = {"text": name, "pairs": len(short)}
        # Larger batches take longer, so that fewer of them do.
        counts = {batch: max(3, updates * BATCHES[0] // batch) for batch in BATCHES}
        return [_figure(folder, batch, count, rounds, about) for batch, count in counts.items()]


def _figure(folder: Path, batch: int, updates: int, rounds: int, about: dict[str, Any]) -> Figure:
    speeds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for count in speeds:
            speeds[count].append(_speed(folder, count, batch, updates))
    times = [two / one for one, two in zip(speeds[1], speeds[2], strict=True)]
    details = {**about, "batch": batch, **SIZES, "each_round": [round(each, 2) for each in times]}
    details |= {f"pieces_{count}": [round(each) for each in speeds[count]] for count in speeds}
    name = f"training in two processes, joined batches of {batch}, times the speed of one"
    return Figure(name, statistics.median(times), "×", GOAL, ">=", details=details)


def _speed(folder: Path, count: int, batch: int, updates: int) -> float:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
    command += ["-m", "tests.benchmarks.processes", str(folder), str(batch), str(updates)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _train(folder: Path, batch: int, updates: int) -> None:
    """Prints pieces a second, once."""
    import torch

    from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig
    from engine.training.config import LoopConfig
    from engine.training.loop import Trainer
    from engine.training.memory import keep_freed_memory
    from engine.training.processes import joined
    from engine.training.tasks import Translating

    keep_freed_memory()
    torch.manual_seed(1)
    cpu = torch.device("cpu")
    with joined("cpu") as processes:
        stored = json.loads((folder / "pairs.json").read_text())
        model = Seq2Seq(Seq2SeqConfig(stored["vocabulary"], **SIZES, placement="after", feeding=True))
        last = WARM_UP + updates
        config = LoopConfig(updates=last + 1, batch=batch, precision="no", threads=1, validate_every=last + 1)
        task = Translating(stored["pairs"], stored["pairs"][:batch])
        trainer = Trainer(model, task, config, cpu, processes=processes)
        torch.set_num_threads(1)
        pieces, seconds, before = 0.0, 0.0, 0.0
        for progress in trainer.run():
            spent, before = progress.seconds - before, progress.seconds
            if progress.step > WARM_UP:
                pieces, seconds = pieces + progress.speed * spent, seconds + spent
            if progress.step == last:
                break
        if processes.first:
            print(pieces / seconds)


if __name__ == "__main__":
    _train(Path(sys.argv[1]), *map(int, sys.argv[2:]))
