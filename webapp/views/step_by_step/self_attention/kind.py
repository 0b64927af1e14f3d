"""A self-attention layer by way of one of its heads, as the page shows it."""

from __future__ import annotations

import streamlit as st

from engine.inference.step_by_step.quantities import Changes, Place
from engine.inference.step_by_step.self_attention.mistakes import MISTAKES
from engine.inference.step_by_step.self_attention.opened import OpenedHead
from engine.inference.step_by_step.self_attention.small_case import WORDS
from engine.schemas import steps
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell.as_code import AsCode
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.step_by_step import as_code, menus
from webapp.views.step_by_step.as_code import Made
from webapp.views.step_by_step.kind import SMALL, Kind
from webapp.views.step_by_step.self_attention import controls, equation, mistakes, scaling


def _open(view: View, made: Changes, mistake: str) -> OpenedHead:
    """Raises Refused."""
    layer, head = view["layer"] - 1, view["head"] - 1
    if view["net"] == SMALL:
        return gateway.steps.small_layer(head, view["causal"], made, mistake)
    return gateway.steps.layer(view["net"], clean(view["passage"]), layer, head, made, mistake)


def _explain(view: View, opened: OpenedHead) -> None:
    """The equations of one pair of words, and what the division does."""
    asking, asked = controls.words(view, opened)
    menus.words(view, "asked", t("Key word j"), opened.layer.labels, asked)
    for line in equation.lines(opened.now, asking, asked, opened.layer.divisor):
        st.latex(line)
    if opened.layer.by_size and opened.layer.divisor == 1:
        scaling.draw(view, opened, asking)


def _focus(view: View, opened: OpenedHead) -> Place:
    asking, asked = controls.words(view, opened)
    return Place("scaled_scores", asking, asked)


def _as_code(view: View, opened: OpenedHead, made: Made) -> AsCode:
    model = None if view["net"] == SMALL else view["net"]
    return as_code.of_layer(model, clean(view["passage"]), opened.layer.number, opened.head, view["causal"], made)


KIND: Kind[OpenedHead] = Kind(
    label=N_("A self-attention layer"),
    title=N_("One self-attention layer, number by number"),
    about=N_(
        "How each word of a text becomes a mixture of all of them: queries, keys and values, scores, weights, heads. "
        "Click any number to change it, and all that follows is computed anew."
    ),
    fields=controls.fields,
    model="net",
    text="passage",
    small_text=" ".join(WORDS),
    question=("net", "passage", "layer", "head", "causal"),
    mistakes=MISTAKES,
    ask=controls.ask,
    open=_open,
    choose=controls.choose,
    explain=_explain,
    focus=_focus,
    effect=mistakes.effect,
    outcome=mistakes.outcome,
    facts=steps.of_layer,
    as_code=_as_code,
    code=N_("The code of this layer"),
)
