"""Attention changed on purpose, and what the translation becomes: the same words once more, and those written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import Refused
from engine.inference.translation import Translation
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.shared import imposed, imposing, made
from webapp.views.translate import rewritten

if TYPE_CHECKING:
    from engine.inference.imposed import Imposition


def panel(view: View, translation: Translation) -> tuple[Imposition | None, list[Picture]]:
    """Below the figures, made once it is opened or a link brings changes along; gives what became of the translation,
    and what can be taken away of it."""
    if translation.trace is None or not gateway.listing.models()[view["model"]].imposable:
        return None, []
    drawer = view.key("surgery")
    if view["imposed"]:
        st.session_state.setdefault(drawer, True)  # and it stays open once the last change is taken back
    box = st.expander(t("What if it had looked elsewhere?"), on_change="rerun", key=drawer)
    if not (box.open or view["imposed"]):
        return None, []
    queries, keys = translation.trace.queries, translation.trace.keys
    with box:
        st.markdown(t("Change where the model looks, and see what that does to the translation."))
        rows, columns = (imposing.offered(axis, by_words=view["unit"] == "words") for axis in (queries, keys))
        imposing.choose(view, rows, columns)
        made.made(view, "imposed", lambda each: imposed.in_words(each, queries, keys))
        if not view["imposed"]:
            return None, []
        try:
            imposition = gateway.sentences.impose(view["model"], translation, view["imposed"], view["beam"])
        except Refused as reason:
            frame.refused(reason)
            return None, []
        return imposition, rewritten.show(view, imposition)


def follow(view: View, translation: Translation) -> None:
    """Changes are of one translation: another one begins without any. Those that a link brings along stay."""
    made.follow(view, "imposed", (view["model"], translation.text, translation.ids))
