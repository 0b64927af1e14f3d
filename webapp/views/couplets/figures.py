"""Both lines upright, the first on the right, with lines of attention between them; and the same as a heat map."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from engine.inference.translation import Translation
from webapp.figures.drawing import panels
from webapp.figures.scenes.scene import LinesScene
from webapp.figures.scenes.wording import Wording
from webapp.i18n import N_, joined, t
from webapp.shell import frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.couplets import controls
from webapp.views.shared import pair_reading
from webapp.views.shared.output_tokens import signed

GROUP = "couplets"
MASS = 0.9  # of each character's attention that the lines carry
LEAST = 300  # pixels of a figure, for the sentences under it
EDGE = 8  # pixels around a figure
NO_ATTENTION = N_("No attention: this model knows the first line by one vector alone, so no lines are drawn.")


def show(view: View, written: Translation) -> list[Picture]:
    """The figures, each with what it means; gives what can be taken away of them."""
    pictures = [_upright(view, written)]
    if written.trace is not None:
        pictures.append(_map(view, written))
    with st.container(horizontal=True, gap="medium"):
        for picture in pictures:
            svg = frame.drawn(picture.scene, group=GROUP, large=True)
            with st.container(gap="xxsmall", width=max(LEAST, panels.size(svg)[0] + EDGE)):
                st.header(picture.title, anchor=False)
                frame.figure(svg, key=view.key(f"figure_{picture.name}"))
                st.caption(_meaning(picture, written))
    return pictures


def _meaning(picture: Picture, written: Translation) -> str:
    likely = t("Log-probability of the second line: {logprob} nats; nearer to 0 is likelier.")
    if picture.name == "map":
        return t("The same attention in numbers: each row is one character of the second line.")
    if written.trace is None:
        return joined(t(NO_ATTENTION), likely.format(logprob=signed(written.output.logprob)))
    lines = t(
        "As on a door: first line on the right, second on the left. The stronger a line, the more the model looked at "
        "that character; faint lines beyond {mass} % of a character's attention are left out."
    )
    return joined(lines.format(mass=round(100 * MASS)), likely.format(logprob=signed(written.output.logprob)))


def _wording() -> Wording:
    cell = t("“{row}” looked at “{column}”: {value}")
    return Wording(rows=t("Second line"), columns=t("First line"), cell=cell, value=t("{value} %"))


def _upright(view: View, written: Translation) -> Picture:
    title = t("The couplet")
    if written.trace is None:
        columns, rows = (axis.text_labels for axis in (written.keys, written.queries))
        scene = LinesScene(columns, rows, (), t("share"), upright=True, wording=_wording())
        return Picture("couplet", title, scene, facts=_facts(view, written))
    reading = pair_reading.read(written, "attention", by_words=False, end=False)
    scene = replace(pair_reading.lines(reading, MASS), upright=True, note="", wording=_wording())
    return Picture("couplet", title, scene, facts=_facts(view, written))


def _map(view: View, written: Translation) -> Picture:
    reading = pair_reading.read(written, "attention", by_words=False, end=False)
    scene = replace(pair_reading.matrix(reading), wording=_wording())
    return Picture("map", t("Attention"), scene, scene, facts=_facts(view, written))


def _facts(view: View, written: Translation) -> dict[str, str]:
    """What the numbers are and by which settings, for whoever opens a file later."""
    facts = {"reading": "attention" if written.trace is not None else "none", "unit": "share"}
    facts |= {"second line": written.output.text, "end of line": "left out"}
    facts |= {"length": "as the first line" if view["equal"] else "free"}
    facts |= {"fixed": view["fixed"]} if view["fixed"] else {}
    return facts | {"beam": str(controls.LINES), "candidate": str(written.chosen + 1)}
