"""Changes that are in force, as the ids of a view's field: each a click from being taken back, and one step back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from webapp.i18n import t
from webapp.shell.view import Field, View

STEPS = 50
MOST = 20  # changes at a time


def field(param: str, change: Callable[[str], object]) -> Field:
    """The changes of a view; none by default. `change` reads one, and raises ValueError for what is none."""

    def read(value: str) -> list[str]:
        codes = value.split(".") if value else []
        if len(codes) > MOST:
            raise ValueError("too many changes")
        for code in codes:
            change(code)
        return codes

    return Field(param, [], read, ".".join)


def take(view: View, field: str, codes: Sequence[str]) -> None:
    """Go on to these changes; those before them can be had again."""
    past: list[list[str]] = st.session_state.setdefault(view.key("past"), [])
    past.append(list(view[field]))
    del past[:-STEPS]
    view[field] = list(codes)


def undo(view: View, field: str) -> None:
    past: list[list[str]] = st.session_state.get(view.key("past"), [])
    view[field] = past.pop() if past else view[field][:-1]


def forget(view: View, field: str) -> None:
    """Nothing is changed, and there is nothing to go back to."""
    st.session_state.pop(view.key("past"), None)
    view[field] = []


def made(view: View, field: str, in_words: Callable[[str], str]) -> None:
    """The changes of a view, said `in_words`, each with a click to take it back."""
    codes = view[field]
    if not codes:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(t("**Changed:**"))
        for k, code in enumerate(codes):
            left = [other for other in codes if other != code]
            st.button(
                in_words(code),
                icon=":material/close:",
                key=view.key(f"made_{k}_{code}"),
                help=t("Take this change back"),
                on_click=take,
                args=(view, field, left),
            )
        back = t("Undo")
        st.button(
            back, icon=":material/undo:", key=view.key("undo"), on_click=undo, args=(view, field), type="tertiary"
        )
        if len(codes) > 1:
            reset = t("Reset")
            st.button(
                reset,
                icon=":material/restart_alt:",
                key=view.key("reset"),
                on_click=take,
                args=(view, field, []),
                type="tertiary",
            )
