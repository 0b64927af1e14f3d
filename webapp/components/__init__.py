"""Figures made live in the browser, with no round trip to the server.

    show([svg(scene, group="translate")], key="translate_alignment")
    show([svg(a, group="g", compact=True), svg(b, group="g", compact=True)], key="compare_all", t=t)
    show([heads(scene, group="g", t=t)], key="overview", on_act=chosen, t=t)      # on a canvas, sent as bytes

Pointing at a word or a cell, or moving to it with the arrow keys, lights its row and column and the same word in every
figure of the page that was drawn with the same `group`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from webapp.components.framework import PHRASES
from webapp.figures.canvas import Canvas, packet
from webapp.figures.drawing.theme import DARK, LIGHT
from webapp.i18n import N_

_FLOWS = re.compile(r'<svg [^>]*?\bdata-kind="(text|document|picture)"')
_KIND = re.compile(r'<svg [^>]*?\bdata-kind="(\w+)"')
_HEIGHT = re.compile(r'<svg [^>]*?\bheight="(\d+)"')
ROOM = 20  # pixels below a picture, for the bar that scrolls one that is wider than the screen

ACTS = N_(
    "Up and down move from sentence to sentence, left and right from word to word. "
    "Space switches a sentence off or on, Enter rewrites it, Escape leaves."
)

SQUARES = N_("Arrow keys move from patch to patch, Enter shows where it looks, Escape leaves.")

CELLS = N_("Arrow keys move from word to word, Enter chooses a cell, Escape leaves.")

# Packaged, since a strict content security policy refuses inline scripts: pyproject.toml names the folder.
_view = st.components.v2.component("webapp.alignment_view", css="index.css", js="index.js")

_page = st.components.v2.component("webapp.page_frame", css="index.css", js="index.js", isolate_styles=False)


def frame_page(language: str, t: Callable[[str], str] = str) -> None:
    """What every page needs in the browser: its language said, print, small mends of Streamlit's own markup and words.

    It also takes the button that writes unguarded CSV off every table of the page; ours writes it guarded.
    """
    phrases = {phrase: t(phrase) for phrase in PHRASES}
    _page(key="page", data={"language": language, "phrases": phrases}, height=1)


def show(
    figures: Sequence[str | Canvas],
    *,
    key: str,
    columns: int | None = None,
    height: int | None = None,
    on_act: Callable[[], None] | None = None,
    opened: tuple[str, int, int] | None = None,
    t: Callable[[str], str] = str,
) -> None:
    """Mount pictures side by side, as many as fit, or in so many `columns` where there is room.

    `height` in pixels keeps their place on the page while they are on their way; a single picture knows its own.
    With `on_act` visitors can act: it is called before the next run, and finds in `st.session_state[key].act` what they
    did, which is for it to check. The sentences of a document can be switched off and rewritten, {sentence, do}; a head
    can be opened, {layer, head}; a cell of a matrix or a square of a picture can be chosen, {row, column}, of a mark
    above the picture row -1; all but sentences count from 0.
    `opened` are the group of a grid of heads and the layer and head in it that stand open on the page.
    `t` puts what the browser says into the visitor's language. The figures must come from webapp.figures.
    """
    # Text takes what it needs: it shrinks on a small screen, and its tips hang out below it.
    first = figures[0] if len(figures) == 1 else None
    if height is None and isinstance(first, str) and not _FLOWS.search(first):
        height = int(_HEIGHT.search(first).group(1)) + ROOM  # type: ignore[union-attr]  # our writer always says it
    called: dict[str, Any] = {} if on_act is None else {"on_act_change": on_act}
    shared = {
        "columns": columns or 0,
        "light": dict(LIGHT),
        "dark": dict(DARK),
        "acts": on_act is not None,
        "opened": opened,
        "phrases": _phrases(_kind(figures), on_act is not None, t),
    }
    drawn = [figure for figure in figures if isinstance(figure, Canvas)]
    if drawn and len(drawn) < len(figures):
        raise ValueError("a component holds pictures or canvases, not both")
    data = packet(drawn, shared) if drawn else {"figures": list(figures), **shared}
    _view(key=key, data=data, height=height or "content", **called)


def _kind(figures: Sequence[str | Canvas]) -> str:
    """What the first picture is; empty for a canvas, which says itself how it is used."""
    match = _KIND.search(figures[0]) if figures and isinstance(figures[0], str) else None
    return match[1] if match else ""


def _phrases(kind: str, acts: bool, t: Callable[[str], str]) -> dict[str, str]:
    moves = N_("Arrow keys move from word to word, Escape leaves.")
    acting = {"matrix": CELLS, "picture": SQUARES}.get(kind, ACTS)
    return {
        "hint": t(acting if acts else moves),
        "sentence": t("Sentence"),
        "on": t("Click the box to switch it off, the pencil to rewrite it."),
        "off": t("Switched off. Click the box to let the model read it again."),
        "edit": t("Enter takes the new text over, Escape leaves the old one."),
    }
