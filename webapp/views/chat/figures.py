"""Where the model looked for each word of its reply."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from engine.inference.conversation import Answer
from webapp.figures.drawing import panels
from webapp.figures.scenes.wording import Wording
from webapp.i18n import N_, t
from webapp.shell import frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.shared import pair_reading

GROUP = "chat"
LEAST = 300  # pixels of a figure, for the sentences under it
EDGE = 8  # pixels around a figure
NO_ATTENTION = N_("This model has no attention: it knows the message by one vector alone, so there is no map to draw.")


def show(view: View, answer: Answer) -> list[Picture]:
    """The map, with what it means; gives what can be taken away of it, nothing of a model without attention."""
    st.header(t("Where the model looked"), anchor=False)
    if answer.translation.trace is None:
        st.caption(t(NO_ATTENTION))
        return []
    reading = pair_reading.read(answer.translation, "attention", by_words=True, end=False)
    scene = replace(pair_reading.matrix(reading), wording=_wording())
    picture = Picture("map", t("Attention"), scene, scene, facts=_facts(view, answer))
    svg = frame.drawn(scene, group=GROUP, large=True)
    with st.container(gap="xxsmall", width=max(LEAST, panels.size(svg)[0] + EDGE)):
        frame.figure(svg, key=view.key("figure_map"))
        st.caption(
            t(
                "Each row is one word of the reply; the stronger a cell's colour, the more the model looked at that "
                "word of the message while writing it. A reply translates nothing, so its words need not look at words "
                "like them."
            )
        )
    return [picture]


def _wording() -> Wording:
    cell = t("“{row}” looked at “{column}”: {value}")
    return Wording(rows=t("Reply"), columns=t("Message"), cell=cell, value=t("{value} %"))


def _facts(view: View, answer: Answer) -> dict[str, str]:
    """What the numbers are and by which settings, for whoever opens a file later."""
    facts = {"reading": "attention", "unit": "share", "reply": answer.reply.text, "end of sentence": "left out"}
    facts |= {"lambda": f"{answer.mmi.weight:g}", "gamma": f"{answer.mmi.length:g}"}
    return facts | {"candidate": str(answer.translation.chosen + 1)}
