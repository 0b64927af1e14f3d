"""One probe of a training at one time, as a figure: the map over its words."""

from __future__ import annotations

import numpy as np

from engine.inference.replay.frames import Probe, View
from webapp.figures.scenes.scene import MatrixScene
from webapp.figures.scenes.wording import Wording
from webapp.i18n import t


def scene(probe: Probe, view: View, *, classifies: bool) -> MatrixScene | None:
    """Where the model looked: rows are words of its output, or the label of a document. None of a model without
    attention, and of one that wrote nothing.

    Word weights of a hierarchical network are drawn as parts of the whole document: times the share of their sentence.
    """
    if view.cells is None or not view.rows:
        return None
    weights = view.weights()
    if view.over is not None and len(view.over):
        weights = weights * np.repeat(view.over / 255, probe.sentences)[None, :]
    wording = Wording(
        rows=t("Answer") if classifies else t("Translation"),
        columns=t("Text") if classifies else t("Source"),
        cell=t("“{row}” looked at “{column}”: {value}"),
        value=t("{value} %"),
    )
    return MatrixScene(
        rows=view.rows,
        columns=probe.columns,
        values=weights,
        shades=np.clip(weights, 0, 1),
        unit=t("share"),
        ends=(t("0 %"), t("100 % of attention")),
        wording=wording,
    )
