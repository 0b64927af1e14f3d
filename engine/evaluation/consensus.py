"""The consensus of several readings of one pair: what no single reading need have right, most of them together do.

Each reading is balanced over rows and columns (`engine.evaluation.alignment.balance`). The mean of all, with a mild
prior for the diagonal as in fast_align (Dyer, Chahuneau & Smith 2013, N13-1073), is linked where two words are each
other's best.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from engine.evaluation.alignment import Links, Reference, counts, error_rates, mutual

SLOPE = 1.5
"""How much the diagonal draws: a pair over the whole length of both sentences counts exp(-1.5) of one on it."""


def combined(parts: Sequence[Float[np.ndarray, "target source"]]) -> Float[np.ndarray, "target source"]:
    """The mean of balanced readings of one pair, times exp(-1.5 |i / S - j / T|), between 0 and 1.

    A geometric mean in its place lets one reading rule out what all others say. Links beyond the mutual best, for words
    that would else have none, were tried too: they find more of the right ones and at once as many wrong ones.
    """
    mean = np.mean(parts, axis=0, dtype=np.float64)
    target, source = mean.shape
    rows, columns = np.arange(target) / max(target, 1), np.arange(source) / max(source, 1)
    return np.asarray(mean * np.exp(-SLOPE * np.abs(rows[:, None] - columns[None, :])))


@runtime_checkable
class Agreed(Protocol):
    """What several models make of a pair together."""

    @property
    def links(self) -> Set[tuple[int, int]]: ...


@runtime_checkable
class Together(Protocol):
    """Several models of the same two languages that are asked together how the words of a pair align."""

    @property
    def names(self) -> Sequence[str]: ...

    def reads(self, source: Sequence[str], target: Sequence[str]) -> bool:
        """Whether two lists of words are short enough for all of them."""

    def align_many(self, pairs: Sequence[tuple[Any, Any]], *, tokenized: bool) -> Sequence[Agreed]:
        """For each source and target, texts or (`tokenized`) lists of words."""


def report(
    together: Together | None, asked: Sequence[tuple[Any, Any]], references: Sequence[Reference], *, tokenized: bool
) -> dict[str, Any]:
    """As it stands in metrics.json: how well a consensus aligns, and of which models it is; nothing without any."""
    if together is None:
        return {}
    agreed = [pair.links for pair in together.align_many(asked, tokenized=tokenized)]
    return {"consensus": error_rates(counts(agreed, references)), "consensus_of": list(together.names)}


def linked(matrix: Float[np.ndarray, "target source"]) -> Links:
    """The links of a consensus."""
    return mutual(matrix)
