"""Which head of an encoder–decoder aligns words: each is measured, over all layers, and the best one is named.

Garg et al. 2019 (arXiv:1909.02074) found the last layer but one, averaged over its heads, and Chen et al. 2020
(arXiv:2004.14837) that a word is best read at the step after it was written. Where that holds is seen by looking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from engine.data.pairs.gold import GoldPair
from engine.evaluation.alignment import Reference, counts, error_rates, links, score

All = Float[np.ndarray, "shift layer head target source_end"]


@runtime_checkable
class ManyHeads(Protocol):
    """A translator of which every head can be read."""

    def heads_many(self, pairs: Sequence[tuple[Any, Any]], *, tokenized: bool) -> list[All]:
        """For each source and target what every head gives, over their words; shift 1 and 2 read a word one
        and two steps after the one that wrote it."""


@dataclass(frozen=True, order=True)
class HeadReading:
    """One way to read links. `layer` and `head` count from 0, `head` None is the mean over the heads of the layer.

    With `end` a word that looks at the end of the sentence most links to nothing, without it each word links to one.
    """

    layer: int
    head: int | None
    shift: int
    end: bool

    def links(self, heads: All) -> set[tuple[int, int]]:
        """The links of one pair, (source word, target word)."""
        own = heads[self.shift, self.layer]
        matrix = own.mean(0) if self.head is None else own[self.head]
        return links(matrix if self.end else matrix[:, :-1], ends=int(self.end))


@dataclass(frozen=True, eq=False)
class Measured:
    """A reading with |A|, |S|, |A ∩ S| and |A ∩ P| of every sentence."""

    reading: HeadReading
    statistics: Float[np.ndarray, "sentence 4"]

    @property
    def aer(self) -> float:
        return float(score(self.statistics.sum(0, keepdims=True))[0, 0])


def find(translator: ManyHeads, gold: Sequence[GoldPair]) -> list[Measured]:
    """The alignment finder: every way to read a translator's heads against gold sentences, the best first."""
    return measure(translator.heads_many([(pair.source, pair.target) for pair in gold], tokenized=True), gold)


def measure(heads: Sequence[np.ndarray], references: Sequence[Reference]) -> list[Measured]:
    """Every layer × head (and the mean over heads) × shift × with or without the end of the sentence, best first."""
    finder = Finder()
    finder.add(heads, references)
    return finder.ranked()


class Finder:
    """The alignment finder a few sentences at a time; it holds counts and no weights."""

    def __init__(self) -> None:
        self._counts: dict[HeadReading, list[Float[np.ndarray, "sentence 4"]]] = {}

    def add(self, heads: Sequence[np.ndarray], references: Sequence[Reference]) -> None:
        """More sentences with what every head gives for them, each of its own size."""
        if not heads:
            return
        for reading in _readings(*heads[0].shape[:3]):
            own = counts([reading.links(matrices) for matrices in heads], references)
            self._counts.setdefault(reading, []).append(own)

    def ranked(self) -> list[Measured]:
        """All readings over all sentences so far, the best first."""
        measured = [Measured(reading, np.concatenate(parts)) for reading, parts in self._counts.items()]
        return sorted(measured, key=lambda reading: reading.aer)


def _readings(shifts: int, layers: int, heads: int) -> Iterator[HeadReading]:
    for layer in range(layers):
        for head in (None, *range(heads)):
            for shift in range(shifts):
                for end in (True, False):
                    yield HeadReading(layer, head, shift, end)


def report(ranked: Sequence[Measured]) -> dict[str, Any]:
    """As it stands in metrics.json: the best with its scores, what choosing it comes to, then all, best first."""
    best = ranked[0]
    return {
        "best": _named(best.reading) | error_rates(best.statistics),
        **_held_out(ranked),
        "table": [_named(measured.reading) | {"aer": error_rates(measured.statistics)["aer"]} for measured in ranked],
    }


def _held_out(ranked: Sequence[Measured]) -> dict[str, Any]:
    """What a choice is worth on sentences that had no part in it: each half is read as is best on the other half.

    Halves are every other sentence. Nothing where there is but one sentence.
    """
    halves = (slice(0, None, 2), slice(1, None, 2))
    statistics = np.zeros_like(ranked[0].statistics)
    if len(statistics) < 2:
        return {}
    choices = []
    for half, other in (halves, halves[::-1]):
        choice = min(ranked, key=lambda measured: score(measured.statistics[other].sum(0, keepdims=True))[0, 0])
        statistics[half] = choice.statistics[half]
        choices.append(_named(choice.reading))
    return {"held_out": {"choices": choices, **error_rates(statistics)}}


def _named(reading: HeadReading) -> dict[str, Any]:
    return {"layer": reading.layer, "head": reading.head, "shift": reading.shift, "end": reading.end}
