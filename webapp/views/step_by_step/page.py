"""The Step by step page: a question to the engine, and its answer line by line."""

from __future__ import annotations

import inspect

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.inference.step_by_step.quantities import Changes, Opened, Place
from webapp.i18n import joined, t
from webapp.shell import frame, view_file
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.shared import made
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
    chips = st.container()
    try:
        opened, in_force = _opened(view)
        with chips:
            made.made(view, "changes", changes.in_words)
            changes.set_aside(view["changes"], opened.now)
        _answer(view, place, opened, in_force)
    except Refused as reason:
        frame.refused(reason)
        kind.way_out(view, reason)
    view.leave()


def _opened(view: View) -> tuple[Opened, dict[Place, float]]:
    """The answer, with those changes whose numbers it has; a mistake that it cannot make is not made."""
    opened = _fitting(view)
    if _mistake(view) not in ("", *opened.possible):
        view["mistake"] = NONE
        opened = _fitting(view)
    changes.settle(view, opened.now)
    return opened, changes.numbers(view["changes"], opened.now)


def _fitting(view: View) -> Opened:
    """The answer with all changes, as nearly always; where one is to a number that is not there, with the others."""
    kind, mistake = controls.kind(view), _mistake(view)
    try:
        return kind.open(view, changes.asked(view["changes"]), mistake)
    except Refused:
        unchanged = kind.open(view, {}, mistake)  # refused again where that was no change's fault
    return kind.open(view, changes.numbers(view["changes"], unchanged.now), mistake)


def _mistake(view: View) -> str:
    return "" if view["mistake"] == NONE else view["mistake"]


def _answer(view: View, place: DeltaGenerator, opened: Opened, in_force: Changes) -> None:
    kind = controls.kind(view)
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
    done = Made(in_force, _mistake(view))
    frame.take_away(
        place,
        view,
        [],
        stamp,
        lambda: view_file.taken_apart(opened, record, query),
        lambda: kind.as_code(view, opened, done),
    )


def _code(view: View, opened: Opened) -> None:
    """The computation as it stands in its source file."""
    drawer = st.expander(t(controls.kind(view).code), on_change="rerun", key=view.key("code"))
    if drawer.open:
        with drawer:
            st.code(inspect.getsource(opened.code), language="python")
