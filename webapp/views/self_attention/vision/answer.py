"""What a vision model takes the picture for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from webapp.components import show
from webapp.figures import picture
from webapp.figures.scenes.scene import BarsScene
from webapp.i18n import joined, t
from webapp.shell import frame, names
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.self_attention.output import GROUP, MEANING, bars, numbers

if TYPE_CHECKING:
    from engine.capture.output import Output
    from engine.inference.looked import Looked

MOST = 5  # classes that are drawn; a model may know thousands


def answer(view: View, now: Looked, before: Looked | None) -> list[Picture]:
    """The likeliest classes; with `before` each has a mark where it was."""
    output, was = now.output, None if before is None else before.output
    assert now.picture is not None
    small = frame.drawn(picture.alone(now.picture, t("What the model sees")), group="", compact=True)
    if output.problem == "regression":
        show([small], key=view.key("answer"), t=t)
        numbers(output, was)
        return []
    if not output.labels:
        show([small], key=view.key("answer"), t=t)
        st.caption(t("This model has no classifier, so it gives the picture no name. Where its heads look is below."))
        return []
    drawn = best(output, was)
    show([small, frame.drawn(drawn, group=GROUP)], key=view.key("answer"), t=t)
    notes = [t(MEANING[output.problem])]
    if len(output.labels) > MOST:
        notes.append(t("These are the {shown} likeliest of {count:,}.").format(shown=MOST, count=len(output.labels)))
    if was is not None:
        notes.append(t("The line marks where it was before the change."))
    st.caption(joined(*notes))
    return [Picture("answer", t("Answer"), drawn, bars(output, was))]


def best(output: Output, before: Output | None) -> BarsScene:
    """The likeliest classes, the first one first."""
    order = sorted(range(len(output.labels)), key=lambda k: -output.labels[k][1])[:MOST]
    values = np.array([output.labels[k][1] for k in order])
    was = None if before is None else np.array([before.labels[k][1] for k in order])
    return BarsScene(tuple(names.label(output.labels[k][0]) for k in order), values, t("probability"), before=was)
