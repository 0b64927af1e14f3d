"""What somebody deleted and can bring back: there for as long as it can be, also for whoever comes again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from engine.errors import Refused
from webapp.i18n import escaped, say, t
from webapp.shell.view import View

SHOWN = 10
"""Of the last; whoever runs the server finds all."""


def show(view: View, titles: Mapping[str, str], restore: Callable[[str], None], field: str) -> None:
    """A row for each, by its name and title; what is brought back is then what the page has open as its `field`.
    Nothing where there is none."""
    if not titles:
        return

    def back(name: str) -> None:
        try:
            restore(name)
            view[field] = name
        except Refused as reason:
            view.notes = [*view.notes, say(reason)]

    with st.expander(t("Deleted lately")):
        for name, title in list(titles.items())[:SHOWN]:
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.markdown(escaped(title), width="content")
                key = view.key(f"back {name}")
                st.button(t("Bring back"), icon=":material/undo:", key=key, on_click=back, args=(name,))
