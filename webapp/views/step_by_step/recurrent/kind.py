"""A decoding step of a recurrent translator, as the page shows it."""

from __future__ import annotations

import streamlit as st

from engine.inference.step_by_step.quantities import Changes, Place
from engine.inference.step_by_step.recurrent.mistakes import MISTAKES
from engine.inference.step_by_step.recurrent.opened import OpenedStep
from engine.inference.step_by_step.recurrent.small_case import SOURCE, Form
from engine.models.recurrent.seq2seq import Placement
from engine.schemas import steps
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import names
from webapp.shell.as_code import AsCode
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.step_by_step import as_code, menus
from webapp.views.step_by_step.as_code import Made
from webapp.views.step_by_step.kind import SMALL, Kind
from webapp.views.step_by_step.recurrent import controls, equation, mistakes


def _open(view: View, made: Changes, mistake: str) -> OpenedStep:
    """Raises Refused."""
    if view["model"] == SMALL:
        return gateway.steps.small_step(_form(view), view["step"] - 1, made, mistake)
    return gateway.steps.step(view["model"], clean(view["text"]), view["step"] - 1, made, mistake)


def _form(view: View) -> Form:
    fed = view["placement"] == "fed"
    placement: Placement = "before" if view["placement"] == "before" else "after"
    return Form(view["score"], view["window"], view["selection"], placement, fed)


def _choose(view: View, opened: OpenedStep) -> None:
    labels, turns = opened.walk.queries.labels, (t("Previous word"), t("Next word"))
    menus.along(view, "step", t("Output word"), labels, opened.place, turns)


def _word(view: View, opened: OpenedStep) -> int:
    """The source word that the equation is written out for, from 0."""
    return min(int(view["word"]), len(opened.walk.keys)) - 1


def _explain(view: View, opened: OpenedStep) -> None:
    """What the mechanism is, and its equations for one source word."""
    score, word = opened.config.score, _word(view, opened)
    st.caption(t("Scoring function: {name}. {meaning}").format(name=names.score(score), meaning=names.meaning(score)))
    menus.words(view, "word", t("Source word j"), opened.walk.keys.labels, word)
    for line in equation.lines(opened, word):
        if line:
            st.latex(line)


def _focus(view: View, opened: OpenedStep) -> Place:
    return Place("scores", _word(view, opened))


def _as_code(view: View, opened: OpenedStep, made: Made) -> AsCode:
    model = None if view["model"] == SMALL else view["model"]
    return as_code.of_step(model, clean(view["text"]), _form(view), opened.place, made)


KIND: Kind[OpenedStep] = Kind(
    label=N_("A step of a recurrent translator"),
    title=N_("One decoding step, number by number"),
    about=N_(
        "How a translator gets from the word it wrote last to the next one. Click any number to change it, and all "
        "that follows is computed anew."
    ),
    fields=controls.fields,
    model="model",
    text="text",
    small_text=" ".join(SOURCE[:-1]),
    question=("model", "text", "step", "score", "window", "selection", "placement"),
    mistakes=MISTAKES,
    ask=controls.ask,
    open=_open,
    choose=_choose,
    explain=_explain,
    focus=_focus,
    effect=mistakes.effect,
    outcome=mistakes.outcome,
    facts=steps.of_step,
    as_code=_as_code,
    code=N_("The code of this scoring function"),
)
