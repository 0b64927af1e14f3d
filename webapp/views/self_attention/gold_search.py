"""Which head aligns words on links that a visitor brought: a search done in parts, and the file that goes back."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.data.pairs.gold_file import GoldFile, Note
from engine.errors import Refused
from engine.evaluation.alignment import score
from engine.evaluation.heads import Finder, Measured

AT_ONCE = 8  # pairs a turn: a fraction of a second
FIELDS = ("layer", "head", "step", "end", "aer", "precision", "recall", "pairs", "model", "weights")

Heads = Callable[[Sequence[tuple[Any, Any]]], list[Any]]


@dataclass
class Search:
    """The search over one file with one model, as far as it has come. Safe between threads: a click starts the page
    anew while the run before may still compute."""

    file: GoldFile
    running: bool = False
    done: int = 0
    refused: list[Note] = field(default_factory=list)
    _finder: Finder = field(default_factory=Finder)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        return len(self.file.pairs)

    @property
    def measured(self) -> int:
        """How many pairs the figures rest on."""
        return self.done - len(self.refused)

    def step(self, heads: Heads) -> None:
        """Measure the next few pairs. A pair that the model cannot read is noted and left out."""
        with self._lock:
            if not self.running:
                return
            pairs = self.file.pairs[self.done : self.done + AT_ONCE]
            try:
                self._take(heads, pairs)
            except Refused:
                for pair in pairs:
                    try:
                        self._take(heads, [pair])
                    except Refused as reason:
                        self.refused.append(Note(pair.id, reason))
            self.done += len(pairs)
            self.running = self.done < self.size

    def _take(self, heads: Heads, pairs: Sequence[Any]) -> None:
        self._finder.add(heads([(pair.source, pair.target) for pair in pairs]), pairs)

    def ranked(self) -> list[Measured]:
        """All readings over the pairs so far, the best first."""
        with self._lock:
            return self._finder.ranked()


def table(ranked: Sequence[Measured], pairs: int, model: str, weights: str) -> bytes:
    """A CSV of all readings, best first; layers and heads count from 1, `head` is `mean` for that of all of them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(FIELDS)
    for row in ranked:
        reading = row.reading
        head = "mean" if reading.head is None else reading.head + 1
        scores = [f"{value:.6f}" for value in score(row.statistics.sum(0, keepdims=True))[0]]
        end = "may win" if reading.end else "left out"
        writer.writerow([reading.layer + 1, head, reading.shift, end, *scores, pairs, model, weights])
    return out.getvalue().encode("utf-8-sig")
