"""The Step by step page: a question to the engine, and its answer line by line."""

from __future__ import annotations

import inspect

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.attention import SCORES
from engine.errors import Refused
from engine.inference.step_by_step.mistakes import MISTAKES
from engine.inference.step_by_step.opened import Opened
from engine.inference.step_by_step.small_case import SOURCE, Form
from engine.models.recurrent.seq2seq import Placement
from webapp.gateway.current import gateway
from webapp.i18n import joined, t
from webapp.shell import frame, names, view_file
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.step_by_step import changes, controls, equation, mistakes, stages


@st.fragment
def main(view: View) -> None:
    """The controls and the step: whatever is set here leaves the rest of the page alone."""
    if view.notes:
        st.rerun()  # a file was opened: its notes stand above
    place = heading(
        t("One decoding step, number by number"),
        t(
            "How a translator gets from the word it wrote last to the next one. Click any number to change it, and all "
            "that follows is computed anew."
        ),
    )
    controls.ask(view)
    changes.made(view)
    try:
        _answer(view, place)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def ask(view: View) -> Opened:
    """The one question to the engine. Raises Refused."""
    mistake = "" if view["mistake"] == controls.NONE else view["mistake"]
    asked = (view["step"] - 1, changes.numbers(view["changes"]), mistake)
    if view["model"] == controls.SMALL:
        return gateway.steps.small(_form(view), *asked)
    return gateway.steps.open(view["model"], clean(view["text"]), *asked)


def _form(view: View) -> Form:
    fed = view["placement"] == "fed"
    placement: Placement = "before" if view["placement"] == "before" else "after"
    return Form(view["score"], view["window"], view["selection"], placement, fed)


def _answer(view: View, place: DeltaGenerator) -> None:
    opened = ask(view)
    controls.steps(view, tuple(opened.walk.queries.labels), opened.place)
    controls.mistakes(view, opened.possible)
    if view["mistake"] != controls.NONE:
        meaning = t(MISTAKES[view["mistake"]].meaning)
        st.info(joined(meaning, mistakes.effect(opened, view["mistake"])), icon=":material/bug_report:")
    elif view["changes"]:
        st.caption(mistakes.outcome(opened))
    _equations(view, opened)
    stages.draw(view, opened)
    _code(view, opened)
    info = gateway.listing.models().get(view["model"])
    name = info.name if info else controls.SMALL
    text = clean(view["text"]) if info else " ".join(SOURCE[:-1])
    stamp = Stamp(name, view.fingerprint(view.values()), text)
    query = view.query(whole=True)
    frame.take_away(place, view, [], stamp, lambda: view_file.step(opened, name, text, query))


def _equations(view: View, opened: Opened) -> None:
    """What the mechanism is, and its equations for one source word."""
    st.header(t("The equation, with the numbers put in"), anchor=False)
    score = opened.config.score
    st.caption(t("Scoring function: {name}. {meaning}").format(name=names.score(score), meaning=names.meaning(score)))
    word = stages.word(view, opened)
    controls.words(view, tuple(opened.walk.keys.labels), word)
    for line in equation.lines(opened, word):
        if line:
            st.latex(line)


def _code(view: View, opened: Opened) -> None:
    """The scoring function as it stands in its source file."""
    drawer = st.expander(t("The code of this scoring function"), on_change="rerun", key=view.key("code"))
    if drawer.open:
        with drawer:
            st.code(inspect.getsource(SCORES[opened.config.score]), language="python")
