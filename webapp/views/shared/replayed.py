"""One probe of a training at one time, as a figure: the map over its words, as all pages draw it."""

from __future__ import annotations

from engine.inference.replay.frames import About, Frame
from webapp.figures import replay as drawn
from webapp.figures.scenes.scene import MatrixScene
from webapp.figures.scenes.wording import Wording
from webapp.i18n import t


def scene(about: About, frame: Frame, probe: int) -> MatrixScene | None:
    """Where the model looked: rows are words of its output, or the label of a document and the weight of each of its
    sentences. None of a model without attention, and of one that wrote nothing."""
    return drawn.matrix(about.probes[probe], frame.views[probe], wording(), t("share"), sentence=t(drawn.SENTENCE))


def wording() -> Wording:
    """How a cell is said."""
    cell = t("“{row}” looked at “{column}”: {value}")
    return Wording(rows=t("Output"), columns=t("Input"), cell=cell, value=t("{value} %"))


def in_two_levels(about: About) -> str:
    """What the rows of a document mean that is read sentence by sentence; empty of others."""
    if not any(probe.sentences for probe in about.probes):
        return ""
    return t(
        "It reads sentence by sentence: the upper row says what share of its sentence each word has, the lower row "
        "what share of the whole text that sentence has."
    )
