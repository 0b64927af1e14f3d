"""One translation, read as a visitor asked: attention, effect or both, by words or pieces, one way or both ways.

A reading is numbers over two rows of words with all that a figure, a table and a file need to know of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.evaluation.alignment import BALANCED, Links, join, joined, links
from engine.inference.translator import Translation
from engine.inference.word_matrices import Read, shifted
from engine.traces import Axis, Effect, Trace
from webapp.figures import alignment
from webapp.figures.scenes.scene import LinesScene, MatrixScene
from webapp.i18n import N_, t

KINDS: tuple[Read, ...] = ("attention", "effect")
TITLE = {"attention": N_("Attention"), "effect": N_("Effect")}
UNIT = {"attention": N_("share"), "effect": N_("nats")}
NOTE = {
    "attention": N_("Each row sums to 1."),
    "effect": N_("Fall of ln p of the row's word without the column's word. 3 nats: twenty times less likely."),
}
BOTH_NOTE = N_("Geometric mean of the shares of both directions; dots mark pairs that are each other's best.")
MEANING = {
    "attention": N_(
        "Where the model looked while it wrote each word. It may look at a neighbour of the word it needs."
    ),
    "effect": N_(
        "How much less likely a word becomes once a source word is hidden: what mattered, wherever it looked."
    ),
}
FULL = 3.0  # nats, drawn darkest: a word twenty times less likely. One scale, so that sentences compare.


@dataclass(frozen=True, eq=False)
class Reading:
    """`record` is what is drawn; `grid` stands for both directions joined, [target, source] in shares.

    `found` are the links it comes to, (source word, target word); `end_shares` is the weight that the end of sentence
    took in each row of a target word (None for effects); `heads` says whose attention it is where there are several.
    """

    kind: Read
    record: Trace | Effect
    found: Links
    grid: np.ndarray | None = None
    end_shares: np.ndarray | None = None
    heads: str = ""

    @property
    def title(self) -> str:
        return t(TITLE[self.kind])

    @property
    def unit(self) -> str:
        return t(UNIT["attention"] if self.grid is not None else UNIT[self.kind])

    @property
    def note(self) -> str:
        return t(BOTH_NOTE if self.grid is not None else NOTE[self.kind])


@dataclass(frozen=True)
class Heads:
    """Whose attention is drawn, counted from 0: of `layer`, None for the one that the engine looks at, and of `head`,
    None for the mean over all of the layer. `later` reads each word at the step after the one that wrote it."""

    layer: int | None = None
    head: int | None = None
    later: bool = False

    def of(self, trace: Trace) -> Trace:
        layers, heads = trace.weights.shape[:2]
        layer = trace.chosen if self.layer is None else min(self.layer, layers - 1)
        trace = shifted(trace) if self.later else trace
        return trace.only(layer, None if self.head is None else min(self.head, heads - 1))

    def said(self, trace: Trace) -> str:
        """In words; empty for a model that has but one head."""
        layers, heads = trace.weights.shape[:2]
        if (layers, heads) == (1, 1):
            return ""
        layer = trace.chosen if self.layer is None else min(self.layer, layers - 1)
        later = [t("Each word is read at the step after the one that wrote it.")] if self.later else []
        if self.head is None:
            said = t("Mean over the {heads} heads of layer {layer} of {layers}.")
            return " ".join([said.format(heads=heads, layer=layer + 1, layers=layers), *later])
        said = t("Head {head} of {heads} in layer {layer} of {layers}.")
        named = said.format(head=min(self.head, heads - 1) + 1, heads=heads, layer=layer + 1, layers=layers)
        return " ".join([named, *later])


def read(translation: Translation, kind: Read, *, by_words: bool, end: bool, heads: Heads | None = None) -> Reading:
    """One direction. `end` keeps the end of the sentence on both sides."""
    heads = heads or Heads()
    record: Trace | Effect = heads.of(translation.trace)
    if kind == "effect":
        if translation.effect is None:
            raise ValueError("this translation was made without its effect")
        record = translation.effect
    said = heads.said(translation.trace) if kind == "attention" else ""
    words = record.by_words()
    found = links(_values(without_end_row(words)), end=words.keys.special[-1], balanced=BALANCED[kind])
    drawn = words if by_words else record
    shares = None
    if isinstance(drawn, Trace):
        kept, taken = drawn.without_special_keys()
        shares = taken[0, 0, : len(drawn.queries) - 1]
        drawn = drawn if end else kept
    elif not end:
        drawn = drawn.without_special_keys()
    return Reading(kind, drawn if end else without_end_row(drawn), found, end_shares=shares, heads=said)


def both_ways(forward: Reading, words: Trace | Effect, backward: np.ndarray) -> Reading:
    """The same reading with that of the reverse model, [source, target and end], over the same words."""
    there = _values(without_end_row(words))
    numbers = joined(there, backward)
    rows, keys = without_end_row(words).queries, _without_end(words.keys)
    shown = Trace("cross", rows, keys, np.full((1, 1, len(rows), len(keys)), 1 / max(len(keys), 1)))
    return replace(forward, record=shown, found=join(there, backward), grid=numbers, end_shares=None)


def matrix(reading: Reading) -> MatrixScene:
    """The heat map of a reading."""
    if reading.grid is not None:
        return alignment.grid(
            reading.grid,
            reading.record.queries.labels,
            reading.record.keys.labels,
            unit=reading.unit,
            note=reading.note,
            links=reading.found,
        )
    return alignment.matrix(reading.record, unit=reading.unit, note=reading.note, maximum=_full(reading))


def lines(reading: Reading, mass: float) -> LinesScene:
    """The strongest lines of each target word, until they carry `mass` (0 to 1) of its row."""
    record: Trace | Effect = reading.record
    if reading.grid is not None:
        record = Effect(record.queries, record.keys, reading.grid)
    return alignment.lines(record, mass=mass, maximum=_full(reading), unit=reading.unit, note=reading.note)


def _full(reading: Reading) -> float:
    """The value drawn darkest."""
    return FULL if reading.kind == "effect" and reading.grid is None else 1.0


def without_end_row(record: Trace | Effect) -> Trace | Effect:
    """Target words alone: the row that ended the sentence falls away."""
    if not len(record.queries) or not record.queries.special[-1]:
        return record
    queries = _without_end(record.queries)
    if isinstance(record, Trace):
        return replace(record, queries=queries, weights=record.weights[:, :, :-1], scores=None)
    return replace(record, queries=queries, drops=record.drops[:-1])


def words_of(record: Trace | Effect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The target words and the source words alone."""
    return _without_end(record.queries).labels, _without_end(record.keys).labels


def _without_end(axis: Axis) -> Axis:
    if not len(axis) or not axis.special[-1]:
        return axis
    return axis.only(range(len(axis) - 1))


def _values(record: Trace | Effect) -> np.ndarray:
    return np.asarray(alignment.values(record))
