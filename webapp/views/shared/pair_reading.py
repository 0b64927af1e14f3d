"""One translation, read as a visitor asked: attention, effect or both, by words or pieces, one way or both ways.

A reading is numbers over two rows of words with all that a figure, a table and a file need to know of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.evaluation.alignment import BALANCED, Links, join, joined, links
from engine.inference.consensus import Agreed
from engine.inference.translation import Translation
from engine.inference.word_matrices import shifted
from engine.traces import Axis, Effect, Read, Trace
from webapp.figures import alignment
from webapp.figures.scenes.scene import LinesScene, MatrixScene
from webapp.figures.scenes.wording import Wording
from webapp.i18n import N_, t
from webapp.i18n import joined as joined_text

Kind = Literal["attention", "effect", "consensus"]
KINDS: tuple[Read, ...] = ("attention", "effect")
TITLE = {"attention": N_("Attention"), "effect": N_("Effect")}
BOTH_TITLE = {
    "attention": N_("Attention, both directions"),
    "effect": N_("Effect, both directions"),
    "consensus": N_("Best alignment"),
}
UNIT = {"attention": N_("share"), "effect": N_("nats")}
NOTE = {
    "attention": N_("Each row adds up to 100 %."),
    "effect": N_(
        "Drop in log-probability (nats) of the row word when the column word is hidden. "
        "3 nats or more (20× less likely) is darkest."
    ),
}
BOTH_NOTE = N_(
    "Both models combined (geometric mean). A dot marks a pair in which each word is the other's best match."
)
CONSENSUS_NOTE = N_("The mean of all readings of all models, pairs near the diagonal preferred. A dot marks a link.")
MEANING = {
    "attention": N_(
        "Each row is one translated word; the darker a cell, the more attention the model paid to that source word "
        "while writing it. The darkest cell is often, but not always, the word being translated; the first row is "
        "usually diffuse."
    ),
    "effect": N_(
        "How much less likely each translated word becomes if that source word is hidden. This is what actually "
        "mattered, wherever the model looked."
    ),
}
BOTH_MEANING = {
    "attention": N_(
        "The darker a cell, the more this model and the reverse model agree on a pair by where they looked."
    ),
    "effect": N_(
        "The darker a cell, the more both models agree that hiding one of the two words makes the other less likely. "
        "This is what actually mattered, wherever the models looked."
    ),
    "consensus": N_(
        "The best alignment there is here: several models, in both directions, asked together by effect and by "
        "attention. The darker a cell, the more they agree on the pair; a dot marks a link."
    ),
}
LATER = {
    1: N_("Each word is read at the step after the one that wrote it."),
    2: N_("Each word is read two steps after the one that wrote it."),
}
FULL = 3.0  # nats, drawn darkest: a word twenty times less likely. One scale, so that sentences compare.


def wording(kind: Kind, *, both_ways: bool) -> Wording:
    """How figures of this reading speak."""
    axes = {"rows": t("Translation"), "columns": t("Source")}
    if both_ways:
        cell = (
            t("“{row}” and “{column}”, all models together: {value}")
            if kind == "consensus"
            else t("“{row}” and “{column}”, both directions: {value}")
        )
        return Wording(**axes, cell=cell, value=t("{value} %"))
    if kind == "attention":
        cell = t("“{row}” looked at “{column}”: {value}")
        return Wording(**axes, cell=cell, value=t("{value} %"))
    cell = t("“{row}” loses {value} when “{column}” is hidden")
    return Wording(**axes, cell=cell, value=t("{value} nats"))


def ends(kind: Kind, *, both_ways: bool) -> tuple[str, str]:
    """What stands at the ends of the colour scale."""
    if kind == "consensus":
        return t("0 %"), t("100 % in all readings")
    if both_ways:
        return t("0 %"), t("100 % in both directions")
    return (t("0 %"), t("100 % of attention")) if kind == "attention" else ("0", t("3 nats or more"))


@dataclass(frozen=True, eq=False)
class Reading:
    """`record` is what is drawn; `grid` stands for both directions joined, [target, source] in shares.

    `links` are the links it comes to, (source word, target word); `end_shares` is the weight that the end of sentence
    took in each row of a target word (None for effects); `heads` says whose attention it is where there are several,
    and `place` which, layer and head counted from 0, the head None for the average.
    """

    kind: Kind
    record: Trace | Effect
    links: Links
    grid: np.ndarray | None = None
    end_shares: np.ndarray | None = None
    heads: str = ""
    place: tuple[int, int | None] | None = None

    @property
    def both_ways(self) -> bool:
        return self.grid is not None

    @property
    def title(self) -> str:
        return t((BOTH_TITLE if self.both_ways else TITLE)[self.kind])

    @property
    def meaning(self) -> str:
        return t((BOTH_MEANING if self.both_ways else MEANING)[self.kind])

    @property
    def wording(self) -> Wording:
        return wording(self.kind, both_ways=self.both_ways)

    @property
    def unit(self) -> str:
        return t(UNIT["attention"] if self.both_ways else UNIT[self.kind])

    @property
    def note(self) -> str:
        if self.kind == "consensus":
            return t(CONSENSUS_NOTE)
        return t(BOTH_NOTE if self.both_ways else NOTE[self.kind])


@dataclass(frozen=True)
class Heads:
    """Whose attention is drawn, counted from 0: of `layer`, None for the one that the engine looks at, and of `head`,
    None for the mean over all of the layer. `later` reads each word so many steps after the one that wrote it."""

    layer: int | None = None
    head: int | None = None
    later: int = 0

    def of(self, trace: Trace) -> Trace:
        return shifted(trace, self.later).only(*self.place(trace))

    def place(self, trace: Trace) -> tuple[int, int | None]:
        """Layer and head, counted from 0, the head None for all of the layer."""
        layers, heads = trace.weights.shape[:2]
        layer = trace.chosen if self.layer is None else min(self.layer, layers - 1)
        return layer, None if self.head is None else min(self.head, heads - 1)

    def name(self, trace: Trace) -> str:
        """In words, with the step at which it is read unless that is the one that wrote the word; of a model that has
        but one head the step alone."""
        layers, heads = trace.weights.shape[:2]
        later = t(LATER[self.later]) if self.later else ""
        if (layers, heads) == (1, 1):
            return later
        layer, head = self.place(trace)
        if head is None:
            sentence = t("Average of the {heads} heads of layer {layer} of {layers}.")
            return joined_text(sentence.format(heads=heads, layer=layer + 1, layers=layers), later)
        sentence = t("Head {head} of {heads} in layer {layer} of {layers}.")
        named = sentence.format(head=head + 1, heads=heads, layer=layer + 1, layers=layers)
        return joined_text(named, later)


def read(translation: Translation, kind: Read, *, by_words: bool, end: bool, heads: Heads | None = None) -> Reading:
    """One direction. `end` keeps the end of the sentence on both sides."""
    heads, whole = heads or Heads(), translation.trace if kind == "attention" else translation.effect
    if whole is None:
        raise ValueError(f"this translation was made without its {kind}")
    record = heads.of(whole) if isinstance(whole, Trace) else whole
    whose = heads.name(whole) if isinstance(whole, Trace) else ""
    place = heads.place(whole) if isinstance(whole, Trace) and whole.weights.shape[:2] != (1, 1) else None
    words = record.by_words()
    pairs = links(_values(without_end_row(words)), end=words.keys.special[-1], balanced=BALANCED[kind])
    drawn = words if by_words else record
    shares = None
    if isinstance(drawn, Trace):
        kept, removed = drawn.without_special_keys()
        shares = removed[0, 0, : len(drawn.queries) - 1]
        drawn = drawn if end else kept
    elif not end:
        drawn = drawn.without_special_keys()
    return Reading(kind, drawn if end else without_end_row(drawn), pairs, end_shares=shares, heads=whose, place=place)


def both_ways(forward: Reading, words: Trace | Effect, backward: np.ndarray) -> Reading:
    """The same reading with that of the reverse model, [source, target and end], over the same words."""
    there = _values(without_end_row(words))
    numbers = joined(there, backward)
    rows, keys = without_end_row(words).queries, _without_end(words.keys)
    shown = Trace("cross", rows, keys, np.full((1, 1, len(rows), len(keys)), 1 / max(len(keys), 1)))
    return replace(forward, record=shown, links=join(there, backward), grid=numbers, end_shares=None)


def consensus(agreed: Agreed) -> Reading:
    """What several models say together."""
    rows, keys = Axis.of(agreed.target), Axis.of(agreed.source)
    shown = Trace("cross", rows, keys, np.full((1, 1, len(rows), len(keys)), 1 / max(len(keys), 1)))
    return Reading("consensus", shown, agreed.links, grid=agreed.matrix)


def matrix(reading: Reading) -> MatrixScene:
    """The heat map of a reading."""
    return replace(_plain(reading), ends=ends(reading.kind, both_ways=reading.both_ways))


def _plain(reading: Reading) -> MatrixScene:
    if reading.grid is not None:
        return alignment.grid(
            reading.grid,
            reading.record.queries.labels,
            reading.record.keys.labels,
            unit=reading.unit,
            note=reading.note,
            links=reading.links,
            wording=reading.wording,
        )
    return alignment.matrix(
        reading.record, unit=reading.unit, note=reading.note, maximum=_full(reading), wording=reading.wording
    )


def lines(reading: Reading, mass: float) -> LinesScene:
    """The strongest lines of each target word, until they carry `mass` (0 to 1) of its row."""
    record: Trace | Effect = reading.record
    if reading.grid is not None:
        record = Effect(record.queries, record.keys, reading.grid)
    return alignment.lines(
        record,
        mass=mass,
        maximum=_full(reading),
        unit=reading.unit,
        note=reading.note,
        wording=reading.wording,
    )


def _full(reading: Reading) -> float:
    """The value drawn darkest."""
    return FULL if reading.kind == "effect" and not reading.both_ways else 1.0


def without_end_row(record: Trace | Effect) -> Trace | Effect:
    """Target words alone: the row that ended the sentence falls away."""
    if not len(record.queries) or not record.queries.special[-1]:
        return record
    queries = _without_end(record.queries)
    if isinstance(record, Trace):
        return replace(record, queries=queries, weights=record.weights[:, :, :-1], scores=None)
    return replace(record, queries=queries, drops=record.drops[:-1])


def words_of(translation: Translation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The target words and the source words alone."""
    return _without_end(translation.queries.words()).labels, _without_end(translation.keys.words()).labels


def _without_end(axis: Axis) -> Axis:
    if not len(axis) or not axis.special[-1]:
        return axis
    return axis.only(range(len(axis) - 1))


def _values(record: Trace | Effect) -> np.ndarray:
    return np.asarray(alignment.values(record))
