"""How one weight of one head comes about: query times key, scaled, and its share of the row after softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from engine.traces import Trace
from webapp.components import show
from webapp.figures import heads
from webapp.figures.drawing.marks import number
from webapp.figures.drawing.typeset import Label
from webapp.i18n import t
from webapp.shell import controls, frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.self_attention.head import strongest

if TYPE_CHECKING:
    from engine.capture.arithmetic import Arithmetic


def toggle(view: View) -> None:
    """Whether the arithmetic of one cell is shown."""
    with controls.setting(
        t("The query and key vectors of one cell, their product, and the softmax over the row, in numbers.")
    ):
        st.toggle(t("How this weight is computed"), key=view.key("cell"))


def place(view: View, trace: Trace) -> tuple[int, int]:
    """The cell that is shown, counted from 0: the one chosen, else the strongest."""
    query, key = view["query"] - 1, view["key"] - 1
    rows, columns = len(trace.queries), len(trace.keys)
    if 0 <= query < rows and 0 <= key < columns:
        return query, key
    return strongest(trace)


def choose(view: View, trace: Trace, at: tuple[int, int]) -> None:
    """Menus for row and column, beside a click on the heat map."""
    sides = (("query", t("Row (query)"), trace.queries.labels), ("key", t("Column (key)"), trace.keys.labels))
    with st.container(horizontal=True, gap="small"):
        for (name, label, words), now in zip(sides, at, strict=True):
            view[name] = now + 1
            shown = {k: f"{k}  {Label.of(words[k - 1]).shown}" for k in range(1, len(words) + 1)}
            st.selectbox(label, list(shown), format_func=shown.__getitem__, key=view.key(name), width=220)


def explain(view: View, arithmetic: Arithmetic, trace: Trace, at: tuple[int, int]) -> Picture:
    """The steps, each with its numbers; gives the picture of the vectors, for the downloads."""
    query, key = (Label.of(axis.labels[k]).shown for axis, k in zip((trace.queries, trace.keys), at, strict=True))
    size = len(arithmetic.query)
    names = (t("query of {token}").format(token=query), t("key of {token}").format(token=key), t("product"))
    scene = heads.product(arithmetic, names)
    st.markdown(t("**1. Multiply** number by number, and add up the {size} products.").format(size=size))
    show([frame.drawn(scene, group="attention_cell")], key=view.key("product"), t=t)
    st.code(f"q · k = {number(arithmetic.dot)}", language=None)
    st.markdown(t("**2. Scale** the sum, and add what the model adds for positions."))
    st.code(scored(arithmetic), language=None)
    st.markdown(t("**3. Softmax**: the share of this column in its row."))
    st.code(shared(arithmetic, at[1]), language=None)
    if arithmetic.hidden[at[1]]:
        st.caption(t("This position is hidden by the mask, so the weight is 0."))
    if arithmetic.capped:
        st.caption(t("This model caps large scores before the softmax, so the score is below the sum."))
    if arithmetic.changed:
        st.caption(t("This head was changed, so the weight in the table differs from what the softmax gives."))
    table = softmax(arithmetic, trace.keys.labels)
    alt = t("From scores to weights, a row for each column of the head")
    st.dataframe(table, hide_index=True, height=240, alt=alt, key=view.key("softmax"))
    return Picture("product", t("Query times key"), scene, scene)


def scored(arithmetic: Arithmetic) -> str:
    """The step from the sum to the score."""
    bias = f" + {number(arithmetic.bias)}" if arithmetic.bias else ""
    sign = "≈" if arithmetic.capped else "="
    return f"{number(arithmetic.dot)} × {number(arithmetic.scaling)}{bias} {sign} {number(arithmetic.score)}".replace(
        "+ -", "− "
    )


def shared(arithmetic: Arithmetic, key: int) -> str:
    """The step from the scores to the weight, as far as softmax alone makes it."""
    powers = _powers(arithmetic)
    return f"e^({number(arithmetic.score)}) / Σ e^score = {number(powers[key] / powers.sum())}"


def softmax(arithmetic: Arithmetic, labels: tuple[str, ...]) -> pd.DataFrame:
    """From scores to weights, a row for each key; hidden ones have no score. `labels` name the keys."""
    powers = _powers(arithmetic)
    hidden = powers == 0
    return pd.DataFrame(
        {
            "#": range(1, len(labels) + 1),
            t("Key"): list(labels),
            t("Score"): np.where(hidden, np.nan, arithmetic.scores),
            t("exp(score − highest)"): powers,
            t("Weight"): arithmetic.weights,
        }
    )


def _powers(arithmetic: Arithmetic) -> np.ndarray:
    scores = np.where(arithmetic.hidden, -np.inf, arithmetic.scores)
    return np.asarray(np.exp(scores - scores.max()))
