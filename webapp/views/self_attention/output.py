"""What the model makes of the text, and what became of it where attention was changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from webapp.components import show
from webapp.figures.drawing.marks import number
from webapp.figures.scenes.scene import BarsScene, TextScene
from webapp.figures.scenes.wording import printed
from webapp.i18n import N_, t
from webapp.shell import frame, names
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.shared.output_tokens import shown

if TYPE_CHECKING:
    from engine.capture.output import Output
    from engine.inference.looked import Looked

GROUP = "attention_output"
MOST_SHOWN = 400  # tokens of an answer
MEANING = {
    "translation": N_(
        "What the model writes. Stronger colour = less sure. Hover, tap or use the arrow keys for the probability."
    ),
    "language": N_(
        "How well each subword could be predicted from those before it. "
        "Stronger colour = less expected. Hover for the probability."
    ),
    "masked": N_("What the model would put in place of each mask. Hover for the alternatives."),
    "single_label": N_("Probability of each class."),
    "multi_label": N_("Probability of each class, each judged by itself: none, one or several may apply."),
    "regression": N_("The number that the model gives this text, on the scale that it was trained on."),
}
MOST_NUMBERS = 8  # of a regression, side by side

SILENT = N_(
    "This model gives no answer to this text, so only its attention is shown. If it fills in masks, write its mask, "
    "such as [MASK], into the text."
)


def answer(view: View, now: Looked, before: Looked | None, changes: tuple[float, ...]) -> list[Picture]:
    """The answer, above everything; with `before` what it was, side by side, and by how much each piece changed."""
    output = now.output
    if output.problem == "regression":
        numbers(output, None if before is None else before.output)
        return []
    if output.labels:
        classes = bars(output, None if before is None else before.output)
        show([frame.drawn(classes, group=GROUP)], key=view.key("answer"), t=t)
        st.caption(
            t(MEANING[output.problem]) if before is None else t("The line marks where it was before the change.")
        )
        return [Picture("answer", t("Answer"), classes, classes)]
    if not output.tokens:
        st.caption(t(SILENT))
        return []
    if before is None:
        scene = surprise(output)
        show([frame.drawn(scene, group=GROUP, large=len(output.tokens) <= 60)], key=view.key("answer"), t=t)
        kinds = {overview.kind for overview in now.overviews}
        st.caption(t(MEANING["translation" if "cross" in kinds else "language" if "decoder" in kinds else "masked"]))
        return [Picture("answer", t("Answer"), scene, scene)]
    return _compared(view, output, before.output, changes)


def _compared(view: View, now: Output, before: Output, changes: tuple[float, ...]) -> list[Picture]:
    pictures = []
    with st.container(horizontal=True, gap="medium"):
        for name, title, output in (("before", t("As the model is"), before), ("answer", t("Changed"), now)):
            scene = surprise(output)
            with st.container(gap="xxsmall", width=450):
                st.header(title, anchor=False)
                show([frame.drawn(scene, group=GROUP, compact=True)], key=view.key(name), t=t)
            pictures.append(Picture(name, title, scene, scene))
    if not changes:
        return pictures
    scene = difference(before, changes)
    show([frame.drawn(scene, group=GROUP)], key=view.key("difference"), t=t)
    total = printed(f"{sum(changes):+.3g}")
    sentence = t("How much ln p of each subword changed: orange-brown fell, blue rose; {total} nats in total.")
    st.caption(sentence.format(total=total))
    return [*pictures, Picture("difference", t("Change in ln p"), scene, scene)]


def numbers(output: Output, before: Output | None) -> None:
    """What a regression gives, with `before` by how much that changed."""
    was = output if before is None else before
    with st.container(horizontal=True, gap="medium"):
        for (label, value), (_, old) in list(zip(output.labels, was.labels, strict=True))[:MOST_NUMBERS]:
            # With an ASCII hyphen, not the printed minus: by it alone Streamlit tells a fall, which points down.
            change = None if before is None else f"{value - old:+.3g}"
            st.metric(names.label(label), printed(f"{value:.4g}"), change, delta_color="off", width="content")
    st.caption(t(MEANING["regression"]))


def bars(output: Output, before: Output | None) -> BarsScene:
    """The classes, in the model's own order."""
    values = np.array([share for _, share in output.labels])
    was = None if before is None else np.array([share for _, share in before.labels])
    return BarsScene(tuple(names.label(label) for label, _ in output.labels), values, t("probability"), before=was)


def surprise(output: Output) -> TextScene:
    """The pieces of the answer, shaded by 1 − p; values are p."""
    tokens = output.tokens[:MOST_SHOWN]
    sure = np.array([math.exp(min(0.0, token.logprob)) for token in tokens])
    return TextScene(
        words=tuple(token.text for token in tokens),
        values=sure,
        shades=1 - sure,
        unit=t("probability"),
        low=1.0,
        maximum=0.0,
        details=tuple(
            ", ".join(
                f"{shown(c.text)} {number(math.exp(c.logprob))}" for c in token.candidates if c.text != token.text
            )
            for token in tokens
        ),
        side="target",
    )


def difference(before: Output, changes: tuple[float, ...]) -> TextScene:
    """By how much ln p of each piece changed, in two hues."""
    values = np.array(changes[:MOST_SHOWN])
    top = float(np.abs(values).max(initial=0)) or 1.0
    words = tuple(token.text for token in before.tokens[: len(values)])
    return TextScene(words, values, values / top, "nats", maximum=top, diverging=True, side="target")


def table(output: Output) -> pd.DataFrame:
    """Every piece with its probability and the best of what else came to mind."""
    rows = []
    for k, token in enumerate(output.tokens, 1):
        row: dict[str, object] = {"#": k, t("Subword"): shown(token.text), t("Probability"): math.exp(token.logprob)}
        others = [c for c in token.candidates if c.text != token.text][:4]
        for place, other in enumerate(others, 1):
            row[t("Alternative {place}").format(place=place)] = (
                f"{shown(other.text)}  {number(math.exp(other.logprob))}"
            )
        rows.append(row)
    return pd.DataFrame(rows)
