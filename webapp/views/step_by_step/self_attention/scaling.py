"""What the division by √d_k does to the softmax and to its gradient, for this text and for random vectors."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.inference.step_by_step.self_attention.opened import OpenedHead
from engine.inference.step_by_step.self_attention.scaling import SIZES, Scaling, by_size, scaling
from webapp.components import show
from webapp.figures.scenes.numbers import NumbersScene
from webapp.figures.scenes.wording import Wording, percent
from webapp.i18n import t, verbatim
from webapp.shell.view import View
from webapp.views.shared.output_tokens import shown
from webapp.views.step_by_step import drawing


def draw(view: View, opened: OpenedHead, asking: int) -> None:
    """Weights of one word and slopes of all words, divided and not; below, how that depends on d_k."""
    both, labels = scaling(opened.now), tuple(map(shown, opened.layer.labels))
    st.header(t("What the division by √d_k is for"), anchor=False)
    st.markdown(_sentence(both, labels[asking], asking))
    st.caption(t("Weights of word {number}, “{word}”").format(number=asking + 1, word=verbatim(labels[asking])))
    _show(view, "divided", both.weights[:, asking], labels)
    st.caption(
        t(
            "Slope of the softmax for each word: the Frobenius norm of its Jacobian diag(α) − ααᵀ, how strongly the "
            "weights answer to a change of the scores. Near 0, hardly any gradient comes through."
        )
    )
    _show(view, "slopes", both.slopes, labels)
    st.caption(
        t(
            "The same slope for random queries and keys, whose numbers have mean 0 and variance 1: their product has "
            "variance d_k (Vaswani et al. 2017, footnote 4). Mean over 500 draws with 8 words, by d_k."
        )
    )
    _show(view, "sizes", by_size(), tuple(map(str, SIZES)))


def _sentence(both: Scaling, word: str, asking: int) -> str:
    weights, slopes = both.weights[:, asking].max(1), both.slopes[:, asking]
    return t(
        "Here d_k is {size}: the products of this head, whose standard deviation is {spread}, are divided by {root}. "
        "Without that the largest weight of “{word}” would be {without} % instead of {share} %, and the slope of its "
        "softmax {flat} instead of {steep}."
    ).format(
        size=both.size,
        spread=f"{both.spread:.2f}",
        root=f"{both.size**0.5:.2f}",
        word=verbatim(word),
        share=percent(float(weights[0])),
        without=percent(float(weights[1])),
        steep=f"{slopes[0]:.3f}",
        flat=f"{slopes[1]:.3f}",
    )


def _show(view: View, name: str, values: np.ndarray, columns: tuple[str, ...]) -> None:
    most = float(values.max()) or 1.0
    scene = NumbersScene(
        rows=(t("divided"), t("not divided")),
        columns=columns,
        values=values,
        shades=values / most,
        unit="",
        maximum=most,
        diverging=False,
        bars=values / most,
        quiet=frozenset({1}),
        wording=Wording(cell="{row}, {column}: {value}", value="{value}"),
    )
    show([drawing.drawn(scene, f"step_{name}")], key=view.key(f"scaling_{name}"), t=t)
