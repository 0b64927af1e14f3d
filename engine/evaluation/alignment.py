"""Word alignment: links out of matrices, and how well they agree with links that somebody else drew.

A link is `(i, j)`: the source word i and the target word j belong together, both counted from 0.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from engine.evaluation.bootstrap import Interval, interval, resampled_sums
from engine.evaluation.metrics import Figure, figure
from engine.traces import Rows

Links = set[tuple[int, int]]
BALANCED = {"attention": False, "effect": True}
"""Whether links of a reading are sought among the values of `balance`, unless asked otherwise. Attention is read as the
literature reads it, so that its figures compare; for effect there is no such custom, and balanced it aligns better."""


@runtime_checkable
class Reference(Protocol):
    """What links are measured against. Every sure link counts as possible too."""

    @property
    def sure(self) -> Set[tuple[int, int]]: ...

    @property
    def possible(self) -> Set[tuple[int, int]]: ...


@dataclass(frozen=True)
class Gold:
    """Sure links (S) and possible links (P); S is made part of P, as Och & Ney 2003 define it."""

    sure: frozenset[tuple[int, int]]
    possible: frozenset[tuple[int, int]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "possible", self.possible | self.sure)


@dataclass(frozen=True)
class Scores:
    """Shares between 0 and 1. For `aer` lower is better, for the other two higher."""

    aer: float
    precision: float
    recall: float


def links(
    matrix: Float[np.ndarray, "target source"],
    threshold: float | None = None,
    *,
    ends: int = 1,
    balanced: bool = False,
    rows: Rows = "sum_to_one",
) -> Links:
    """Each target word linked to the source word of highest value (the first one of several).

    The last `ends` columns stand for no word, but for the end of the sentence and a null key: a word for which one of
    them is the highest links to nothing, and so does a word in whose row nothing is above 0. `threshold` adds every
    source word whose value is above it. With `balanced` the highest is sought among the values of `balance`, which
    `rows` is for.
    """
    if not np.isfinite(matrix).all():
        raise ValueError("an alignment matrix must be finite")
    words = matrix.shape[1] - ends
    if matrix.size == 0 or words < 1:
        return set()
    best = (balance(matrix, rows) if balanced else matrix).argmax(1)
    linked = (best < words) & (matrix.max(1) > 0)
    pairs = {(int(best[j]), int(j)) for j in np.flatnonzero(linked)}
    if threshold is not None:
        pairs |= {(int(i), int(j)) for j, i in np.argwhere(matrix[:, :words] > threshold)}
    return pairs


def balance(
    matrix: Float[np.ndarray, "target source"], rows: Rows = "sum_to_one"
) -> Float[np.ndarray, "target source"]:
    """Geometric mean of two shares: of its row, and of its column's sum. Negatives are taken as 0.

    Values are shares of a row already where `rows` say that it may add up to less than 1; else each is divided by the
    row's sum. A word that every target word needs would else take them all from the words that only one of them needs.
    It is how Dhillon 2001 (doi:10.1145/502512.502550), section 4, weighs words and documents.
    """
    return np.sqrt(_shares(matrix, rows) * _rows_to_one(matrix.T).T)


def joined(
    forward: Float[np.ndarray, "target source_end"],
    backward: Float[np.ndarray, "source target_end"],
    rows: Rows = "sum_to_one",
    back_rows: Rows = "sum_to_one",
) -> Float[np.ndarray, "target source"]:
    """Geometric mean of a matrix and that of the reverse model, negatives taken as 0.

    Rows are made to sum to 1 first, unless `rows`, and `back_rows` of the reverse model, say that they may add up to
    less. Both matrices have columns behind their words, for the end of the sentence and a null key, or neither has;
    they take part in the rows' sums and are then left out.
    """
    targets, sources = forward.shape[0], backward.shape[0]
    ends = (forward.shape[1] - sources, backward.shape[1] - targets)
    if min(ends) < 0 or (0 in ends and ends != (0, 0)):
        raise ValueError(f"matrices of shapes {forward.shape} and {backward.shape} are not two ways of one pair")
    forth, back = _shares(forward, rows)[:, :sources], _shares(backward, back_rows)[:, :targets]
    return np.sqrt(forth * back.T)


def join(
    forward: Float[np.ndarray, "target source_end"],
    backward: Float[np.ndarray, "source target_end"],
    rows: Rows = "sum_to_one",
    back_rows: Rows = "sum_to_one",
) -> Links:
    """Links on which both directions agree: the pairs in `joined` that are each other's best."""
    return mutual(joined(forward, backward, rows, back_rows))


def mutual(matrix: Float[np.ndarray, "target source"]) -> Links:
    """The pairs of words that are each other's best, of several the first, and above 0."""
    if not matrix.size:
        return set()
    of_target, of_source = matrix.argmax(1), matrix.argmax(0)
    return {(int(i), j) for j, i in enumerate(of_target) if of_source[i] == j and matrix[j, i] > 0}


def _shares(matrix: Float[np.ndarray, "row column"], rows: Rows) -> Float[np.ndarray, "row column"]:
    return np.clip(matrix.astype(np.float64), 0, None) if rows == "at_most_one" else _rows_to_one(matrix)


def _rows_to_one(matrix: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
    positive = np.clip(matrix.astype(np.float64), 0, None)
    totals = positive.sum(1, keepdims=True)
    return np.divide(positive, totals, out=np.zeros_like(positive), where=totals > 0)


def diagonal(source: int, target: int) -> Links:
    """The baseline that reads nothing: each target word with the source word as far along as its own middle."""
    return {((2 * j + 1) * source // (2 * target), j) for j in range(target)} if source else set()


def entropy(matrix: Float[np.ndarray, "target source"]) -> Float[np.ndarray, " target"]:
    """Bits of each row, made to sum to 1 first: 0 looks at one word, log2(n) at all n alike. An empty row has 0."""
    rows = _rows_to_one(matrix)
    logs = np.log2(rows, out=np.zeros_like(rows), where=rows > 0)
    return np.abs((rows * logs).sum(1))


def movement(matrix: Float[np.ndarray, "target source"]) -> float:
    """How far a map moves from each row to the next, 0 to 1, on the mean: 0 looks at the same words in the same shares
    all the time, 1 at none of those before.

    It is the total variation between neighbouring rows, 1 / (T - 1) Σ_t ½ Σ_j |α_tj - α_{t-1,j}|, each made to sum to 1
    first. Fewer than two rows do not move.
    """
    steps = np.abs(np.diff(_rows_to_one(matrix), axis=0)).sum(1) / 2
    return float(steps.mean()) if len(steps) else 0.0


def counts(
    proposed: Sequence[Set[tuple[int, int]]], references: Sequence[Reference]
) -> Float[np.ndarray, "sentence 4"]:
    """Per sentence |A|, |S|, |A ∩ S| and |A ∩ P|: all that the scores of any part of the corpus need."""
    if len(proposed) != len(references):
        raise ValueError(f"{len(proposed)} sentences were aligned, but {len(references)} have reference links")
    rows = [
        (len(a), len(r.sure), len(a & r.sure), len(a & (r.possible | r.sure)))
        for a, r in zip(proposed, references, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def score(sums: Float[np.ndarray, "row 4"]) -> Float[np.ndarray, "row 3"]:
    """AER, precision and recall out of summed counts, row by row.

    AER = 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|), precision = |A ∩ P| / |A|, recall = |A ∩ S| / |S| (Och & Ney 2003,
    section 6.1). Where nothing was drawn precision is 1, where nothing was asked for recall is 1, and AER is 0 where
    both hold.
    """
    drawn, sure, hit_sure, hit_possible = sums.T
    parts = np.stack([hit_sure + hit_possible, hit_possible, hit_sure], 1)
    wholes = np.stack([drawn + sure, drawn, sure], 1)
    shares = np.divide(parts, wholes, out=np.ones_like(parts), where=wholes > 0)
    return np.abs(shares - [1, 0, 0])


def aer(proposed: Sequence[Set[tuple[int, int]]], references: Sequence[Reference]) -> Scores:
    """Scores of the whole corpus: counts are summed first, so long sentences weigh more."""
    error, precision, recall = score(counts(proposed, references).sum(0, keepdims=True))[0]
    return Scores(float(error), float(precision), float(recall))


def intervals(statistics: Float[np.ndarray, "sentence 4"]) -> dict[str, Interval]:
    """95 % intervals of the three scores, from what `counts` returned."""
    drawn = score(resampled_sums(statistics))
    return {name: interval(drawn[:, k]) for k, name in enumerate(("aer", "precision", "recall"))}


def error_rates(statistics: Float[np.ndarray, "sentence 4"]) -> dict[str, Figure]:
    """AER, precision and recall of the whole corpus with their intervals, from what `counts` returned."""
    values = score(statistics.sum(0, keepdims=True))[0]
    within = intervals(statistics)
    return {name: figure(value, within[name]) for name, value in zip(within, values, strict=True)}


def aer_difference(
    first: Float[np.ndarray, "sentence 4"], second: Float[np.ndarray, "sentence 4"]
) -> tuple[float, Interval]:
    """AER of the first reading less that of the second on the same sentences, with its paired 95 % interval."""
    if len(first) != len(second):
        raise ValueError(f"paired readings need the same sentences, got {len(first)} and {len(second)}")
    value = float(np.subtract(*score(np.stack([first.sum(0), second.sum(0)]))[:, 0]))
    drawn = score(resampled_sums(first))[:, 0] - score(resampled_sums(second))[:, 0]
    return value, interval(drawn)
