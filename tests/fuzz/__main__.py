"""make fuzz: 10,000 texts, 2,000 files and 1,000 models; counts, the slowest of each, and all that went wrong."""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch

from tests.fuzz import files, models, texts

MOST = 1.0
"""Seconds of one core that any single answer may take."""
FULL = {"texts": 10_000, "files": 2_000, "models": 1_000}


@dataclass
class Tally:
    """What became of the cases of one kind."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    def take(self, what: str, answered: Callable[[], bool]) -> None:
        """Count one case: answered, refused, a fault, or too slow."""
        began = time.process_time()
        try:
            self.counts["answered" if answered() else "refused"] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic of what is written in Rust is no Exception
            self.counts["faults"] += 1
            at = traceback.extract_tb(error.__traceback__)[-1]
            self.faults.append(f"{type(error).__name__} at {at.filename}:{at.lineno}: {error!s:.120} | {what}")
        spent = time.process_time() - began
        self.slowest = max(self.slowest, (spent, what))
        if spent > MOST:
            self.counts["too slow"] += 1
            self.slow.append(f"{spent:.2f} s | {what}")

    def said(self) -> str:
        counts = ", ".join(f"{count:,} {what}" for what, count in sorted(self.counts.items()))
        return f"{self.name}: {counts}; slowest {self.slowest[0]:.3f} s: {self.slowest[1]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    for name, count in FULL.items():
        parser.add_argument(f"--{name}", type=int, help=f"how many of them; {count:,} unless told")
    parser.add_argument("--share", type=float, default=1.0, help="of the counts that are not told: 0.1 for a tenth")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--untimed", action="store_true", help="what is slow is told and fails nothing")
    asked = parser.parse_args()
    counts = {name: round(count * asked.share) for name, count in FULL.items()}
    counts |= {name: count for name in FULL if (count := getattr(asked, name)) is not None}
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable()
    tallies: list[Tally] = []
    for run, name in ((_texts, "texts"), (_files, "files"), (_models, "models")):
        with tempfile.TemporaryDirectory() as folder:
            for tally in run(Path(folder), counts[name], asked.seed):
                if tally.counts:
                    print(tally.said(), flush=True)
                tallies.append(tally)
    faults = [fault for tally in tallies for fault in tally.faults]
    slow = [text for tally in tallies for text in tally.slow]
    print(*faults, *slow, sep="\n")
    raise SystemExit(bool(faults or (slow and not asked.untimed)))


def _texts(folder: Path, count: int, seed: int) -> Iterator[Tally]:
    pages = texts.Pages(folder)
    tallies: dict[str, Tally] = {}
    for name, step in (found for number in range(20) for found in pages.steps(number)):
        texts.read(step, "A first text takes longer. It is not counted.")
        tallies[name] = Tally(f"texts, {name}")
    for number, text in enumerate(texts.texts(count, seed)):
        for name, step in pages.steps(number):
            what = f"text {number}, {text[:24]!a}, {len(text):,} characters"
            tallies[name].take(what, lambda step=step, text=text: texts.read(step, text))  # type: ignore[misc]
    yield from tallies.values()


def _files(folder: Path, count: int, seed: int) -> Iterator[Tally]:
    tally = Tally("files")
    for number, one in enumerate(files.damaged(count, seed)):
        what = f"file {number}, {one[0]}, {one[1][:24]!r}, {len(one[1]):,} bytes"
        tally.take(what, lambda one=one: files.read(one, folder))  # type: ignore[misc]
    yield tally


def _models(folder: Path, count: int, seed: int) -> Iterator[Tally]:
    tally = Tally("models")
    for number, one in enumerate(models.damaged(folder, count, seed)):
        what = f"model {number}, {one.kind}, {one.what}"
        tally.take(what, lambda one=one: models.opened(one))  # type: ignore[misc]
    yield tally


if __name__ == "__main__":
    main()
