"""One translation, read as a visitor asked: attention, effect or both, by words or pieces, one way or both ways.

A reading is numbers over two rows of words with all that a figure, a table and a file need to know of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.evaluation.alignment import Links, join, joined
from engine.inference.consensus import Agreed
from engine.inference.sentence_maps import linked, rows_of, values, without_end, without_end_row
from engine.inference.translation import Translation
from engine.inference.word_matrices import WordMatrix
from engine.traces import NOWHERE, Axis, Effect, Read, Trace
from webapp.figures import alignment
from webapp.figures.scenes.scene import LinesScene, MatrixScene, Span
from webapp.figures.scenes.wording import Wording
from webapp.figures.windows import spans
from webapp.i18n import N_, t
from webapp.views.shared.chosen_heads import Heads

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
        "3 nats or more (20× less likely) has the strongest colour."
    ),
}
FAVOURED_NOTE = N_(
    "A row adds up to less than 100 %: the Gaussian of the window takes the rest. Rows are shown as the model used "
    "them, never rescaled."
)
BOTH_NOTE = N_(
    "Both models combined (geometric mean). A dot marks a pair in which each word is the other's best match."
)
CONSENSUS_NOTE = N_("The mean of all readings of all models, pairs near the diagonal preferred. A dot marks a link.")
MEANING = {
    "attention": N_(
        "Each row is one translated word; the stronger a cell's colour, the more attention the model paid to that "
        "source word while writing it. The strongest is often, but not always, the word being translated; the first "
        "row is usually diffuse."
    ),
    "effect": N_(
        "How much less likely each translated word becomes if that source word is hidden. This is what actually "
        "mattered, wherever the model looked."
    ),
}
BOTH_MEANING = {
    "attention": N_(
        "The stronger a cell's colour, the more this model and the reverse model agree on a pair by where they looked."
    ),
    "effect": N_(
        "The stronger a cell's colour, the more both models agree that hiding one of the two words makes the other "
        "less likely. This is what actually mattered, wherever the models looked."
    ),
    "consensus": N_(
        "The best alignment there is here: several models, in both directions, asked together. The stronger a cell's "
        "colour, the more they agree on the pair; a dot marks a link."
    ),
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
    took in each row of a target word, and `nowhere_shares` that of a null key (None for effects, and without one);
    `windows` are those of its rows, and `sums` what rows add up to where that is less than 1; `heads` says whose
    attention it is where there are several, and `place` which, layer and head counted from 0, the head None for the
    average.
    """

    kind: Kind
    record: Trace | Effect
    links: Links
    grid: np.ndarray | None = None
    end_shares: np.ndarray | None = None
    nowhere_shares: np.ndarray | None = None
    windows: tuple[Span, ...] = ()
    sums: np.ndarray | None = None
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
        if self.kind == "attention" and not self.both_ways and rows_of(self.record) == "at_most_one":
            return t(FAVOURED_NOTE)
        return t(BOTH_NOTE if self.both_ways else NOTE[self.kind])


def read(translation: Translation, kind: Read, *, by_words: bool, end: bool, heads: Heads | None = None) -> Reading:
    """One direction. `end` keeps the end of the sentence on both sides."""
    heads, whole = heads or Heads(), translation.trace if kind == "attention" else translation.effect
    if whole is None:
        raise ValueError(f"this translation was made without its {kind}")
    record = heads.of(whole) if isinstance(whole, Trace) else whole
    whose = heads.name(whole) if isinstance(whole, Trace) else ""
    place = heads.place(whole) if isinstance(whole, Trace) and whole.weights.shape[:2] != (1, 1) else None
    words = record.by_words()
    drawn = words if by_words else record
    shares, window = _special_shares(drawn), _window(record, drawn, by_words=by_words)
    if not end:
        drawn = without_end(drawn)
    return Reading(kind, drawn, linked(words, kind), None, *shares, *window, heads=whose, place=place)


def _window(
    record: Trace | Effect, drawn: Trace | Effect, *, by_words: bool
) -> tuple[tuple[Span, ...], np.ndarray | None]:
    """Where the windows of all rows lie, and what rows add up to that a window has lessened."""
    if not (isinstance(record, Trace) and isinstance(drawn, Trace)):
        return (), None
    return spans(record, by_words=by_words), drawn.matrix().sum(1) if drawn.rows == "at_most_one" else None


def _special_shares(record: Trace | Effect) -> tuple[np.ndarray | None, np.ndarray | None]:
    """What the end of sentence took of each row of a target word, and what a null key."""
    if not isinstance(record, Trace):
        return None, None
    rows = record.matrix()[: len(record.queries) - 1]
    nowhere = record.keys.labels[-1] == NOWHERE and record.keys.special[-1]
    end = rows[:, -2] if nowhere else rows[:, -1] if record.keys.special[-1] else np.zeros(len(rows))
    return end, rows[:, -1] if nowhere else None


def both_ways(forward: Reading, words: Trace | Effect, backward: WordMatrix) -> Reading:
    """The same reading with that of the reverse model over the same words."""
    both = values(without_end_row(words)), backward.matrix, rows_of(words), backward.rows
    numbers = joined(*both)
    rows, keys = without_end_row(words).queries, _words(words.keys)
    shown = Trace("cross", rows, keys, np.full((1, 1, len(rows), len(keys)), 1 / max(len(keys), 1)))
    return replace(
        forward, record=shown, links=join(*both), grid=numbers, end_shares=None, nowhere_shares=None, windows=()
    )


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
    scene = alignment.matrix(
        reading.record, unit=reading.unit, note=reading.note, maximum=_full(reading), wording=reading.wording
    )
    count = len(scene.rows)
    return replace(scene, windows=reading.windows[:count], details=(_sums(reading)[:count], ()))


def _sums(reading: Reading) -> tuple[str, ...]:
    """For each row what it adds up to, where a window has taken the rest."""
    sums = [] if reading.sums is None else reading.sums.tolist()
    sentence = t("row sums to {sum}: the Gaussian of the window takes the rest")
    return tuple(sentence.format(sum=f"{value:.2f}") for value in sums)


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


def _words(axis: Axis) -> Axis:
    """Without the end of the sentence and a null key behind it."""
    return axis.only(range(len(axis) - sum(axis.special)))
