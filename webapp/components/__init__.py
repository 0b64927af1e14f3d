"""Figures made live in the browser, with no round trip to the server.

    show([svg(scene, group="translate")], key="translate_alignment")
    show([svg(a, group="g", compact=True), svg(b, group="g", compact=True)], key="compare_all", t=t)

Pointing at a word or a cell, or moving to it with the arrow keys, lights its row and column and the same word in every
figure of the page that was drawn with the same `group`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from webapp.figures.theme import DARK, LIGHT
from webapp.i18n import N_

_FLOWS = re.compile(r'<svg [^>]*?\bdata-kind="(text|document)"')
_HEIGHT = re.compile(r'<svg [^>]*?\bheight="(\d+)"')
ROOM = 20  # pixels below a picture, for the bar that scrolls one that is wider than the screen

ACTS = N_(
    "Up and down move from sentence to sentence, left and right from word to word. "
    "Space switches a sentence off or on, Enter rewrites it, Escape leaves."
)

# Packaged, since a strict content security policy refuses inline scripts: pyproject.toml names the folder.
_view = st.components.v2.component("webapp.alignment_view", css="index.css", js="index.js")


def show(
    figures: Sequence[str],
    *,
    key: str,
    columns: int | None = None,
    height: int | None = None,
    on_act: Callable[[], None] | None = None,
    t: Callable[[str], str] = str,
) -> None:
    """Mount pictures of our own writer side by side, as many as fit, or in so many `columns` where there is room.

    `height` in pixels keeps their place on the page while they are on their way; a single picture knows its own.
    With `on_act` the sentences of a document can be switched off and rewritten: it is called before the next run, and
    finds in `st.session_state[key].act` what the visitor did, which is for it to check.
    `t` puts what the browser says into the visitor's language. The strings must come from webapp.figures.svg.
    """
    # Text takes what it needs: it shrinks on a small screen, and its tips hang out below it.
    if height is None and len(figures) == 1 and not _FLOWS.search(figures[0]):
        height = int(_HEIGHT.search(figures[0]).group(1)) + ROOM  # type: ignore[union-attr]  # our writer always says it
    called: dict[str, Any] = {} if on_act is None else {"on_act_change": on_act}
    _view(
        key=key,
        data={
            "figures": list(figures),
            "columns": columns or 0,
            "light": dict(LIGHT),
            "dark": dict(DARK),
            "acts": on_act is not None,
            "phrases": {
                "hint": t("Arrow keys move from word to word, Escape leaves.") if on_act is None else t(ACTS),
                "sentence": t("Sentence"),
                "on": t("Click the box to switch it off, the pencil to rewrite it."),
                "off": t("Switched off. Click the box to let the model read it again."),
                "edit": t("Enter takes the new text over, Escape leaves the old one."),
            },
        },
        height=height or "content",
        **called,
    )
