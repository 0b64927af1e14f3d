"""The Step by step page: a question to the engine, and its answer line by line."""

from __future__ import annotations

import inspect

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.inference.step_by_step.quantities import Opened
from webapp.i18n import joined, t
from webapp.shell import frame, view_file
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.step_by_step import changes, controls, stages
from webapp.views.step_by_step.as_code import Made
from webapp.views.step_by_step.kind import NONE, SMALL


@st.fragment
def main(view: View) -> None:
    """The controls and the answer: whatever is set here leaves the rest of the page alone."""
    if view.notes:
        st.rerun()  # a file was opened: its notes stand above
    kind = controls.kind(view)
    place = heading(t(kind.title), t(kind.about))
    controls.what(view)
    kind.ask(view)
    controls.forget_other_questions(view)
    changes.made(view)
    try:
        _answer(view, place)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def _answer(view: View, place: DeltaGenerator) -> None:
    kind = controls.kind(view)
    opened = kind.open(view, changes.numbers(view["changes"]), "" if view["mistake"] == NONE else view["mistake"])
    kind.choose(view, opened)
    controls.mistakes(view, opened.possible)
    if view["mistake"] != NONE:
        meaning = t(kind.mistakes[view["mistake"]].meaning)
        st.info(joined(meaning, kind.effect(opened, view["mistake"])), icon=":material/bug_report:")
    elif opened.now is not opened.right:
        st.caption(kind.outcome(opened))
    st.header(t("The equation, with the numbers put in"), anchor=False)
    kind.explain(view, opened)
    stages.draw(view, opened, kind.focus(view, opened))
    _code(view, opened)
    name = view[kind.model]
    text = kind.small_text if name == SMALL else clean(view[kind.text])
    stamp, query = Stamp(name, view.fingerprint(view.values()), text), view.query(whole=True)
    record = {"model": name, "text": text, **kind.facts(opened)}
    mistake = view["mistake"] if view["mistake"] in opened.possible else ""
    made = Made(changes.numbers(view["changes"]), mistake)
    frame.take_away(
        place,
        view,
        [],
        stamp,
        lambda: view_file.taken_apart(opened, record, query),
        lambda: kind.as_code(view, opened, made),
    )


def _code(view: View, opened: Opened) -> None:
    """The computation as it stands in its source file."""
    drawer = st.expander(t(controls.kind(view).code), on_change="rerun", key=view.key("code"))
    if drawer.open:
        with drawer:
            st.code(inspect.getsource(opened.code), language="python")
