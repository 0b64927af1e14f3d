"""Heads changed on purpose: which and how, one step back, and what became of the model's answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from engine.capture import edit_codes
from engine.errors import Refused
from engine.traces import Trace
from webapp.figures.heads import Pair
from webapp.i18n import N_, t
from webapp.shell import controls
from webapp.shell.view import View
from webapp.views.self_attention import edits
from webapp.views.shared import made as taken_back

WHERE = {"head": N_("This head"), "layer": N_("The whole layer"), "all": N_("Every layer")}


def panel(view: View, kind: str, pair: Pair, trace: Trace, at: tuple[int, int]) -> None:
    """What can be done to the open head. `at` is the cell that would be pinned."""
    made, where = view.key("change"), view.key("where")
    st.session_state.setdefault(made, "mute")
    st.session_state.setdefault(where, "head")
    with controls.setting(t(edits.MEANING[st.session_state[made]])):
        controls.segments(t("Change"), edits.CHANGES, made)
    name = st.session_state[made]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        controls.segments(t("Where"), WHERE, where)
        if name == "temperature":
            st.slider(t("Temperature"), 0.1, 5.0, 0.5, 0.1, key=view.key("heat"), width=220)
    if name == "pin":
        labels = (trace.queries.labels[at[0]], trace.keys.labels[at[1]])
        st.caption(t("It will pin the cell that is chosen:") + f" `{labels[0]}` → `{labels[1]}`")
    st.button(
        t("Apply"), icon=":material/tune:", key=view.key("make"), on_click=_make, args=(view, name, kind, pair, at)
    )


def _make(view: View, name: str, kind: str, pair: Pair, at: tuple[int, int]) -> None:
    view["layer"], view["head"] = pair[0] + 1, pair[1] + 1  # whatever becomes of it, it is the one that is looked at
    where = st.session_state[view.key("where")]
    layer = None if where == "all" else pair[0]
    head = pair[1] if where == "head" else None
    numbers = {
        "temperature": (round(100 * st.session_state.get(view.key("heat"), 0.5)),),
        "permute": (0,),
        "pin": (at[0] + 1, at[1] + 1),
    }.get(name, ())
    code = edit_codes.code(name, kind, layer, head, *numbers)
    if code not in view["edits"] and len(view["edits"]) < taken_back.MOST:
        taken_back.take(view, "edits", [*view["edits"], code])


@contextmanager
def taken_back_where_refused(view: View) -> Iterator[None]:
    """A model that cannot be changed so refuses, and then the changes stand beside its sentence."""
    try:
        yield
    except Refused:
        made(view)
        raise


def made(view: View) -> None:
    """The changes that are in force, each a click from being taken back."""
    taken_back.made(view, "edits", edits.in_words)
