"""Where a model looked: frozen records that name both their sides and check themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

Kind = Literal["cross", "encoder", "decoder", "word", "sentence"]
Read = Literal["attention", "effect"]
"""What the words of a pair are linked by: where the model looked, or what it needed."""
LATEST = 2
"""How many steps after a word was written its attention is read at most."""
Rows = Literal["sum_to_one", "at_most_one"]  # what rows of weights add up to: less where a window took its part
ROW_SUM_TOLERANCE = 1e-4
SPACE = "▁"  # what a piece that is nothing but a space reads
NOWHERE = "∅"  # how a null key is written


@dataclass(frozen=True)
class Axis:
    """One side of a matrix: what each position says, and which positions make up one word.

    `groups[i]` is the number of the (first) word that position i belongs to; positions of one word stand side by side.
    `special[i]` is true for `</s>` and its like, which no text holds. `names` are the words as their text has them,
    joined from the labels where they are not given. `shares[i]` says how much of position i belongs to word
    `groups[i]` and to each of those after it, where some position reads of several. `ids` are numbers in the
    vocabulary and `tokens` what it holds under them.
    """

    labels: tuple[str, ...]
    groups: tuple[int, ...]
    special: tuple[bool, ...]
    names: tuple[str, ...] = ()
    shares: tuple[tuple[float, ...], ...] = ()
    ids: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.labels) == len(self.groups) == len(self.special):
            counts = f"{len(self.labels)} labels, {len(self.groups)} groups, {len(self.special)} marks"
            raise ValueError(f"an axis needs one group and one mark per label, got {counts}")
        if any(len(each) not in (0, len(self)) for each in (self.shares, self.ids, self.tokens)):
            raise ValueError("shares, ids and tokens must have one entry per label, or none")
        reach = [1] * len(self) if not self.shares else [len(row) for row in self.shares]
        if any(
            not a <= b <= a + size for a, b, size in zip(self.groups, self.groups[1:], reach, strict=False)
        ) or not all(reach):
            raise ValueError(f"words must be numbered in order and stand together, got {self.groups}")
        if self.names and len(self.names) != self.count:
            raise ValueError(f"{len(self.names)} names do not fit {self.count} words")

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def of(cls, labels: Sequence[str], end: bool = False) -> Axis:
        """Each label a word of its own; `end` marks the last one as special."""
        marks = tuple(end and i == len(labels) - 1 for i in range(len(labels)))
        return cls(tuple(labels), tuple(range(len(labels))), marks)

    def with_nowhere(self) -> Axis:
        """The same side with a null key at its end: a special word, which no vocabulary holds."""
        names = (*self.names, NOWHERE) if self.names else ()
        shares = (*self.shares, (1.0,)) if self.shares else ()
        ends = max(self._lasts(), default=-1) + 1
        return Axis((*self.labels, NOWHERE), (*self.groups, ends), (*self.special, True), names, shares)

    @property
    def count(self) -> int:
        """How many words there are."""
        return max((last + 1 for last in self._lasts()), default=0) - (self.groups[0] if self.groups else 0)

    def _lasts(self) -> list[int]:
        """The last word that each position belongs to."""
        sizes = [len(row) for row in self.shares] if self.shares else [1] * len(self)
        return [group + size - 1 for group, size in zip(self.groups, sizes, strict=True)]

    def starts(self) -> list[int]:
        """For each word the first position that it has a part of."""
        first = self.groups[0] if self.groups else 0
        starts: list[int] = []
        for i, last in enumerate(self._lasts()):
            starts += [i] * (last + 1 - first - len(starts))
        return starts

    def units(self) -> tuple[int, ...]:
        """The number of the run of words that each position belongs to which no position straddles the ends of."""
        units: list[int] = []
        reached = -1
        for group, last in zip(self.groups, self._lasts(), strict=True):
            units.append((units[-1] if units else -1) + (group > reached))
            reached = max(reached, last)
        return tuple(units)

    def words(self) -> Axis:
        """The same side with the pieces of each word joined."""
        starts = self.starts()
        return Axis(self.names or self._joined(), tuple(range(len(starts))), tuple(self.special[a] for a in starts))

    def _joined(self) -> tuple[str, ...]:
        starts = self.starts()
        ends = [*starts[1:], len(self)][: len(starts)]
        return tuple(
            "".join(label for label in self.labels[a:b] if label != SPACE or b - a == 1)
            for a, b in zip(starts, ends, strict=True)
        )

    def only(self, places: Sequence[int]) -> Axis:
        """These positions alone, in order; pieces of a word keep together."""
        lasts = self._lasts()
        words = sorted({word for i in places for word in range(self.groups[i], lasts[i] + 1)})
        renumbered = {old: new for new, old in enumerate(words)}
        first = self.groups[0] if self.groups else 0
        return Axis(
            tuple(self.labels[i] for i in places),
            tuple(renumbered[self.groups[i]] for i in places),
            tuple(self.special[i] for i in places),
            names=tuple(self.names[word - first] for word in words) if self.names else (),
            **{name: tuple(each[i] for i in places) for name, each in self._by_position() if each},
        )

    @property
    def text_labels(self) -> tuple[str, ...]:
        """What the positions say that are of the text: without `</s>`, which an output that was stopped lacks."""
        return tuple(label for label, special in zip(self.labels, self.special, strict=True) if not special)

    def _by_position(self) -> list[tuple[str, tuple[Any, ...]]]:
        return [("shares", self.shares), ("ids", self.ids), ("tokens", self.tokens)]

    def membership(self) -> Float[np.ndarray, "word piece"]:
        """How much of each piece belongs to each word; 1 and 0 where none reads of several."""
        first = self.groups[0] if self.groups else 0
        table = np.zeros((self.count, len(self)))
        for i, group in enumerate(self.groups):
            row = self.shares[i] if self.shares else (1.0,)
            table[group - first : group - first + len(row), i] = row
        return table

    def facts(self) -> dict[str, Any]:
        """For JSON: lists by name, those that are not known left out."""
        needed = {"labels": list(self.labels), "groups": list(self.groups), "special": list(self.special)}
        known = {"words": list(self.names), **{name: list(each) for name, each in self._by_position()}}
        return needed | {name: each for name, each in known.items() if each}


def _frozen(array: np.ndarray) -> np.ndarray:
    copy = np.array(array, dtype=np.float32)
    copy.setflags(write=False)
    return copy


def _summed(values: Float[np.ndarray, "*rest piece"], axis: Axis) -> Float[np.ndarray, "*rest word"]:
    """Over the pieces of each word, those of several words shared out."""
    if axis.shares:
        return np.asarray(values @ axis.membership().T)
    return np.asarray(np.add.reduceat(values, np.array(axis.starts(), dtype=np.intp), -1))


def _part(array: np.ndarray | None, at: Any) -> np.ndarray | None:
    return None if array is None else array[at]


@dataclass(frozen=True, eq=False)
class Trace:
    """weights[l, h, q, k]: at layer l, head h, the share that query q took from key k; each row adds up to what `rows`
    says, 1 by default.

    `scores` are the raw numbers before mask and normalisation, None where a model gives none out. `identity` is what of
    each row's own place is there without any attention, in readings over several layers; None where nothing is.
    `centre` is the place among the keys, from 0, around which each query's window lay, and `width` how far it reached
    to either side; None without a window, and over words, for it counts positions.
    """

    kind: Kind
    queries: Axis
    keys: Axis
    weights: Float[np.ndarray, "layer head query key"]
    scores: Float[np.ndarray, "layer head query key"] | None = None
    identity: Float[np.ndarray, "layer query"] | None = None
    rows: Rows = "sum_to_one"
    centre: Float[np.ndarray, "layer head query"] | None = None
    width: Float[np.ndarray, "layer head query"] | None = None

    def __post_init__(self) -> None:
        for name in ("weights", "scores", "identity", "centre", "width"):
            if (array := getattr(self, name)) is not None:
                object.__setattr__(self, name, _frozen(array))
        shape = self.weights.shape
        if len(shape) != 4 or shape[2:] != (len(self.queries), len(self.keys)):
            raise ValueError(f"weights {shape} do not fit {len(self.queries)} queries and {len(self.keys)} keys")
        wanted = {"scores": shape, "identity": (shape[0], shape[2]), "centre": shape[:3], "width": shape[:3]}
        for name, fitting in wanted.items():
            if (array := getattr(self, name)) is not None and array.shape != fitting:
                raise ValueError(f"{name} {array.shape} and weights {shape} do not fit")
        self._check_numbers()

    def _check_numbers(self) -> None:
        if not np.isfinite(self.weights).all() or (self.weights < -ROW_SUM_TOLERANCE).any():
            raise ValueError("weights must be finite and not negative")
        most = {"sum_to_one": "", "at_most_one": "at most "}[self.rows]
        off = self.weights.sum(-1) - 1
        off = off if most else np.abs(off)
        if off.size and off.max() > ROW_SUM_TOLERANCE:
            raise ValueError(f"each row of weights must sum to {most}1, one is off by {off.max():.3g}")
        if self.centre is None and self.width is None:
            return
        if self.centre is None or self.width is None or not np.isfinite(self.centre).all() or (self.width <= 0).any():
            raise ValueError("a window has a finite centre and a width above 0, or there is none")

    @property
    def chosen(self) -> int:
        """The layer that is looked at where nobody names one: the last but one, which aligns best according to Garg
        et al. 2019 (arXiv:1909.02074), or the only one."""
        return max(self.weights.shape[0] - 2, 0)

    def only(self, layer: int, head: int | None = None) -> Trace:
        """One head alone, or the mean over the heads of its layer; scores go with a head."""
        own = slice(layer, layer + 1)
        identity = _part(self.identity, own)
        if head is None and self.weights.shape[1] > 1:
            mean = self.weights[own].mean(1, keepdims=True)
            return replace(self, weights=mean, scores=None, identity=identity, centre=None, width=None)
        at = (own, slice(head or 0, (head or 0) + 1))
        window: dict[str, Any] = {"centre": _part(self.centre, at), "width": _part(self.width, at)}
        return replace(self, weights=self.weights[at], scores=_part(self.scores, at), identity=identity, **window)

    def reordered(self, queries: Axis, places: Sequence[int]) -> Trace:
        """Other queries in place of these: each gets the row that stands at its place in `places`, with all that goes
        with it but scores."""
        at, identity = (..., list(places), slice(None)), _part(self.identity, (..., list(places)))
        window: dict[str, Any] = {"centre": _part(self.centre, at[:2]), "width": _part(self.width, at[:2])}
        return replace(self, queries=queries, weights=self.weights[at], scores=None, identity=identity, **window)

    def matrix(self, layer: int = 0, head: int = 0) -> Float[np.ndarray, "query key"]:
        return self.weights[layer, head]

    def by_words(self) -> Trace:
        """Pieces joined to words: summed over keys, averaged over queries, so that rows add up to what they did."""
        weights = _summed(self.weights.astype(np.float64), self.keys)
        weights = _summed(weights.swapaxes(-1, -2), self.queries).swapaxes(-1, -2)
        sizes = self.queries.membership().sum(1)
        return Trace(self.kind, self.queries.words(), self.keys.words(), weights / sizes[:, None], rows=self.rows)

    def without_special_keys(self) -> tuple[Trace, Float[np.ndarray, "layer head query"]]:
        """The same rows over the words alone, and how much weight the specials took.

        Each row is made to sum to 1 again; those that a window has lessened are left as they are.
        """
        keep = np.array([not mark for mark in self.keys.special])
        if not keep.any():
            raise ValueError("no key is left without the special ones")
        keys, weights = self.keys.only(np.flatnonzero(keep).tolist()), self.weights[..., keep].astype(np.float64)
        window: dict[str, Any] = {} if keep[: keep.sum()].all() else {"centre": None, "width": None}  # places move
        mass = weights.sum(-1, keepdims=True)
        if self.rows == "sum_to_one":
            even = np.full_like(weights, 1 / keep.sum())
            weights = np.where(mass > 0, weights / np.where(mass > 0, mass, 1), even)
        special = self.weights.sum(-1) if self.rows == "at_most_one" else 1
        return replace(self, keys=keys, weights=weights, scores=None, **window), special - mass[..., 0]


@dataclass(frozen=True, eq=False)
class Effect:
    """drops[q, k]: by how many nats the log-probability of output q falls when input k is taken away."""

    queries: Axis
    keys: Axis
    drops: Float[np.ndarray, "query key"]

    def __post_init__(self) -> None:
        object.__setattr__(self, "drops", _frozen(self.drops))
        if self.drops.shape != (len(self.queries), len(self.keys)):
            sides = f"{len(self.queries)} queries and {len(self.keys)} keys"
            raise ValueError(f"drops of shape {self.drops.shape} do not fit {sides}")
        if not np.isfinite(self.drops).all():
            raise ValueError("drops must be finite")

    def by_words(self) -> Effect:
        """Log-probabilities of a word's pieces add up, so rows are summed. Columns already are whole words: a word is
        taken away with all its pieces, and each of them carries the same number, so one of them stands for all. Words
        that a piece straddles are taken away together, and the number is shared out between them."""
        rows, columns = self.queries.membership(), self.keys.membership()
        units = np.array(self.keys.units(), dtype=int)
        columns = columns / np.bincount(units)[units]
        return Effect(self.queries.words(), self.keys.words(), rows @ self.drops.astype(np.float64) @ columns.T)

    def without_special_keys(self) -> Effect:
        keep = np.array([not mark for mark in self.keys.special])
        return Effect(self.queries, self.keys.only(np.flatnonzero(keep).tolist()), self.drops[:, keep])

    def shares(self) -> Float[np.ndarray, "query key"]:
        """Falls only, each row made to sum to 1; a row in which nothing mattered is all 0."""
        falls = np.clip(self.drops.astype(np.float64), 0, None)
        total = falls.sum(1, keepdims=True)
        return np.divide(falls, total, out=np.zeros_like(falls), where=total > 0)
