"""One head: where each of its rows looked, as heat map, lines or table; and how one of these numbers comes about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from engine.traces import Trace
from webapp.components import show
from webapp.figures import alignment, canvas
from webapp.figures.drawing.matrix import EACH_CELL
from webapp.figures.heads import Pair
from webapp.figures.scenes.scene import LinesScene, MatrixScene
from webapp.i18n import N_, t
from webapp.shell import controls, frame
from webapp.shell.view import View
from webapp.views.self_attention.controls import SHAPES
from webapp.views.self_attention.overview import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_LINED = 64  # tokens on one side beyond which lines say nothing
LEAST, EDGE = 400, 8  # pixels that a head takes, and around it
MOST_LISTED = 20_000  # cells of a table
NOTE = N_("each row sums to 1")
MEANING = {
    "pieces": {
        "map": N_(
            "A row for each token that looks, a column for each looked at. "
            "Click a cell to see how its number comes about."
        ),
        "lines": N_("Left the tokens that look, right what they look at. Point at one to see its lines alone."),
        "table": N_("The same numbers; a row for each token that looks."),
    },
    "words": {
        "map": N_(
            "A row for each word that looks, a column for each looked at. "
            "Click a cell to see how the number of its first pieces comes about."
        ),
        "lines": N_("Left the words that look, right what they look at. Point at one to see its lines alone."),
        "table": N_("The same numbers; a row for each word that looks."),
    },
}
KEPT = {
    "pieces": N_("Each token keeps its strongest lines until they carry this share of its row."),
    "words": N_("Each word keeps its strongest lines until they carry this share of its row."),
}


def prepared(view: View, trace: Trace) -> Trace:
    """Of the whole trace what the visitor asked to see: pieces or words, with special tokens or without."""
    shown = _by_unit(view, trace)
    if view["special"] or all(shown.keys.special):
        return shown
    kept, _ = shown.without_special_keys()
    rows = [k for k, mark in enumerate(kept.queries.special) if not mark]
    if not rows or len(rows) == len(kept.queries):
        return kept
    return replace(kept, queries=kept.queries.only(rows), weights=kept.weights[:, :, rows])


def left_out(view: View, trace: Trace) -> float | None:
    """The share of the weight that special tokens have in the rows that are shown; None where none is left out."""
    shown = _by_unit(view, trace)
    if view["special"] or all(shown.keys.special) or not any(shown.keys.special):
        return None
    _, share = shown.without_special_keys()
    rows = [k for k, mark in enumerate(shown.queries.special) if not mark] or slice(None)
    return float(share[..., rows].mean())


def _by_unit(view: View, trace: Trace) -> Trace:
    return trace.by_words() if view["unit"] == "words" else trace


def look(view: View) -> None:
    """What is drawn of a head, and how."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        controls.segments(t("Shown as"), SHAPES, view.key("shape"))
        if view["shape"] == "lines":
            meaning = t(KEPT[view["unit"]])
            st.slider(t("Share drawn, %"), 5, 100, step=5, key=view.key("mass"), help=meaning, width=220)


def scenes(
    view: View, trace: Trace, layer: int = 0, *, note: str | None = None
) -> tuple[MatrixScene | LinesScene, MatrixScene]:
    """What is drawn of the first head of a layer, and the numbers behind it."""
    told = t(NOTE) if note is None else note
    numbers = alignment.matrix(trace, layer=layer, unit=t("share"), note=told)
    if view["shape"] != "lines":
        return numbers, numbers
    lines = alignment.lines(trace, mass=view["mass"] / 100, layer=layer, unit=t("share"), note=told)
    return replace(lines, upright=True), numbers


def place(view: View, trace: Trace, row: int, column: int) -> tuple[int, int]:
    """Query and key, counted from 1, behind a row and a column as they are shown: of a word its first piece."""
    found = []
    for axis, at in ((trace.queries, row), (trace.keys, column)):
        places = axis.starts() if view["unit"] == "words" else list(range(len(axis)))
        if not view["special"] and not all(axis.special):
            places = [k for k in places if not axis.special[k]]
        found.append(places[min(at, len(places) - 1)] + 1)
    return found[0], found[1]


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
        said = st.session_state[key].act
        row, column = (said.get(side) if isinstance(said, dict) else None for side in ("row", "column"))
        rows, columns = numbers.values.shape
        if pick and isinstance(row, int) and isinstance(column, int) and 0 <= row < rows and 0 <= column < columns:
            pick(row, column)

    small = numbers.values.size <= EACH_CELL
    picture = frame.drawn(numbers, group=GROUP) if small else canvas.sheet(numbers, group=GROUP, t=t)
    show([picture], key=key, opened=_opened(opened), on_act=act if pick else None, t=t)


def width(view: View, drawn: MatrixScene | LinesScene, numbers: MatrixScene) -> int | Literal["stretch"]:
    """How much of the page a head wants, in pixels; what shrinks or scrolls takes all that there is."""
    lined = isinstance(drawn, LinesScene) and max(len(drawn.top), len(drawn.bottom)) <= MOST_LINED
    if view["shape"] == "table" or (not lined and numbers.values.size > EACH_CELL):
        return "stretch"
    return max(LEAST, frame.width(frame.drawn(drawn if lined else numbers, group=GROUP)) + EDGE)


def _opened(pair: Pair | None) -> tuple[str, int, int] | None:
    return None if pair is None else (GROUP, *pair)


def strongest(trace: Trace) -> tuple[int, int]:
    """The cell with the highest weight among tokens of the text, counted from 0."""
    weights = trace.matrix()
    plain = [k for k, mark in enumerate(trace.keys.special) if not mark] or list(range(len(trace.keys)))
    rows = [k for k, mark in enumerate(trace.queries.special) if not mark] or list(range(len(trace.queries)))
    best = int(weights[np.ix_(rows, plain)].argmax())
    return rows[best // len(plain)], plain[best % len(plain)]
