"""Menus that all kinds have: along words, forward and back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from webapp.i18n import escaped
from webapp.shell import controls
from webapp.shell.view import View
from webapp.views.shared.output_tokens import shown


def menu_label(word: str) -> str:
    """A piece as it stands in a menu: never nothing, and no markdown."""
    return escaped(shown(word))


def words(view: View, field: str, label: str, labels: Sequence[str], chosen: int) -> None:
    """One of several words, numbered; `field` of the view holds it, counted from 1, and `chosen` it from 0."""
    options = {k: f"{k} {menu_label(word)}" for k, word in enumerate(labels, 1)}

    def take(picked: int) -> None:
        view[field] = picked

    controls.offered(view, f"{field}s", label, options, chosen + 1, take, shown=True)


def along(view: View, field: str, label: str, labels: Sequence[str], chosen: int, turns: tuple[str, str]) -> None:
    """As `words`, and back and forward by button or arrow key; `turns` name the two buttons."""
    last = len(labels)

    def go(by: int) -> None:
        view[field] = min(max(chosen + 1 + by, 1), last)

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name, icon, by, shortcut, turn in (
            ("back", "arrow_back", -1, "Left", turns[0]),
            ("forward", "arrow_forward", 1, "Right", turns[1]),
        ):
            st.button(
                turn,
                icon=f":material/{icon}:",
                key=view.key(name),
                on_click=go,
                args=(by,),
                shortcut=shortcut,
                disabled=not 1 <= chosen + 1 + by <= last,
            )
        words(view, field, label, labels, chosen)
