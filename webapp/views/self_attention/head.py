"""One head: where each of its rows looked, as heat map, lines or table; and how one of these numbers comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from engine.traces import Trace
from webapp.components import show
from webapp.figures import canvas
from webapp.figures.drawing import panels
from webapp.figures.drawing.matrix import EACH_CELL, ends
from webapp.figures.heads import Pair
from webapp.figures.scenes.scene import LinesScene, MatrixScene
from webapp.i18n import N_, joined, t
from webapp.shell import controls, frame
from webapp.shell.view import View
from webapp.views.self_attention import shown
from webapp.views.self_attention.controls import SCALES, SHAPES, said_of
from webapp.views.self_attention.overview import GROUP
from webapp.views.self_attention.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_LINED = 64  # tokens on one side beyond which lines say nothing
LEAST, EDGE = 400, 8  # pixels that a head takes, and around it
MOST_LISTED = 20_000  # cells of a table
Drawn = MatrixScene | LinesScene
NOTE = N_("Each row adds up to 100 %.")
ANSWERING = N_("The bold row is the one that the answer is read from.")
MEANING = {
    "map": N_(
        "Each row (query) is a {unit} that looks, each column (key) a {unit} it looks at. "
        "Click a cell to see how its weight is computed."
    ),
    "lines": N_("Left the {units} that look, right those they look at. Choose one to see its lines alone."),
    "table": N_("The same numbers, a row for each {unit} that looks."),
}
KEPT = N_("For each {unit}, draw the strongest lines that together carry this much of its attention.")


def look(view: View) -> None:
    """What is drawn of a head, and how."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        controls.segments(t("View as"), SHAPES, view.key("shape"))
        controls.segments(t("Colour scale"), SCALES, view.key("scale"))
        if view["shape"] == "lines":
            meaning = said_of(KEPT, view["unit"])
            st.slider(t("Attention shown (%)"), 5, 100, step=5, key=view.key("mass"), help=meaning, width=220)


def scenes(view: View, shown_head: Shown, *, own: bool, note: str | None = None) -> tuple[Drawn, MatrixScene]:
    """What is drawn, and the numbers behind it; `own` draws them to their own scale."""
    notes = [t(NOTE) if note is None else note, shown.omission(view, shown_head)]
    if shown_head.answering is not None:
        notes.append(t(ANSWERING))
    numbers = shown.matrix(view, shown_head, own=own, note=joined(*notes))
    return (shown.lines(view, shown_head, numbers) if view["shape"] == "lines" else numbers), numbers


def figure(
    view: View,
    name: str,
    drawn: MatrixScene | LinesScene,
    numbers: MatrixScene,
    *,
    title: str,
    opened: Pair | None = None,
    pick: Callable[[int, int], None] | None = None,
) -> None:
    """A head as the visitor wants to see it; what is too much for one way says so and is shown in another."""
    key = view.key(f"figure_{name}")
    shape = view["shape"]
    if shape == "table" and numbers.values.size > MOST_LISTED:
        st.caption(t("This is too large for a table on the page; its CSV file holds all of it."))
    elif shape == "table":
        frame.table(numbers, title=title, key=view.key(f"table_{name}"))
        return
    if isinstance(drawn, LinesScene) and max(len(drawn.top), len(drawn.bottom)) <= MOST_LINED:
        show([frame.drawn(drawn, group=GROUP)], key=key, opened=_opened(opened), t=t)
        return
    if isinstance(drawn, LinesScene):
        st.caption(t("So many lines would hide each other, so this is the heat map."))
    matrix(view, name, numbers, opened=opened, pick=pick)


def matrix(
    view: View,
    name: str,
    numbers: MatrixScene,
    *,
    opened: Pair | None = None,
    pick: Callable[[int, int], None] | None = None,
) -> None:
    """A head as a heat map, in one way or the other as it is large; `pick` is told which cell was chosen."""
    key = view.key(f"figure_{name}")

    def act() -> None:
        event = st.session_state[key].act
        row, column = (event.get(side) if isinstance(event, dict) else None for side in ("row", "column"))
        rows, columns = numbers.values.shape
        if pick and isinstance(row, int) and isinstance(column, int) and 0 <= row < rows and 0 <= column < columns:
            pick(row, column)

    small = numbers.values.size <= EACH_CELL
    picture = frame.drawn(numbers, group=GROUP) if small else canvas.sheet(numbers, group=GROUP, t=t)
    show([picture], key=key, opened=_opened(opened), on_act=act if pick else None, t=t)
    if not small:  # its picture has no legend of its own
        low, high = ends(numbers)
        st.caption(t("Colour scale from {low} to {high}.").format(low=low, high=high))


def width(view: View, drawn: MatrixScene | LinesScene, numbers: MatrixScene) -> int | Literal["stretch"]:
    """How much of the page a head wants, in pixels; what shrinks or scrolls takes all that there is."""
    lined = isinstance(drawn, LinesScene) and max(len(drawn.top), len(drawn.bottom)) <= MOST_LINED
    if view["shape"] == "table" or (not lined and numbers.values.size > EACH_CELL):
        return "stretch"
    return max(LEAST, panels.size(frame.drawn(drawn if lined else numbers, group=GROUP))[0] + EDGE)


def _opened(pair: Pair | None) -> tuple[str, int, int] | None:
    return None if pair is None else (GROUP, *pair)


def strongest(trace: Trace) -> tuple[int, int]:
    """The cell with the highest weight among tokens of the text, counted from 0."""
    weights = trace.matrix()
    plain = [k for k, mark in enumerate(trace.keys.special) if not mark] or list(range(len(trace.keys)))
    rows = [k for k, mark in enumerate(trace.queries.special) if not mark] or list(range(len(trace.queries)))
    best = int(weights[np.ix_(rows, plain)].argmax())
    return rows[best // len(plain)], plain[best % len(plain)]
