"""The lines of a computation as pictures with numbers, one below the other, and the number that can be changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from engine.inference.step_by_step.change_codes import LARGEST
from engine.inference.step_by_step.quantities import Opened, Place, Quantity
from engine.inference.step_by_step.terms import Axes, AxisName
from webapp.components import show
from webapp.figures.scenes.numbers import NumbersScene
from webapp.figures.scenes.wording import Wording
from webapp.i18n import N_, t
from webapp.shell import names
from webapp.shell.view import View
from webapp.views.shared.output_tokens import shown
from webapp.views.step_by_step import changes, drawing, latex

FIRST = 8  # numbers of a vector that are written out
MASKS = ("allowed", "visible", "word_allowed", "sentence_allowed")
UNITS: dict[Axes, str] = {
    ("number",): N_("{size} numbers"),
    ("source",): N_("a number for each of {size} source words"),
    ("source", "number"): N_("{size} source words × {inner} numbers"),
    ("vocabulary",): N_("a number for each of {size} pieces of the vocabulary; the likeliest are shown"),
    ("word", "number"): N_("{size} words × {inner} numbers"),
    ("word",): N_("a number for each of {size} words"),
    ("sentence",): N_("a number for each of {size} sentences"),
    ("sentence", "number"): N_("{size} sentences × {inner} numbers"),
    ("class",): N_("a number for each of {size} classes"),
    ("query", "key"): N_("{size} query words (rows) × {inner} key words (columns)"),
}


At = tuple[int, ...]
"""Where a number stands in its quantity, from 0: its place, or row and column."""


@dataclass(frozen=True, eq=False)
class Line:
    """A quantity as it is drawn: `places[row][column]` is where in it a cell's number stands."""

    scene: NumbersScene
    places: tuple[tuple[At, ...], ...]


def changed(quantity: Quantity, right: Quantity | None) -> bool:
    """Whether a quantity is another than where it is computed as the model does."""
    return right is None or not np.array_equal(quantity.value, right.value)


def line(opened: Opened, quantity: Quantity, before: Quantity | None, chosen: Place | None) -> Line:
    """A quantity with what it was before, where that was something else of the same shape."""
    another = before is not None and before.shape == quantity.shape and changed(quantity, before)
    old = before.value if before is not None and another else None
    if len(quantity.axes) == 2:
        columns = range(min(FIRST, quantity.shape[1])) if quantity.axes[1] == "number" else range(quantity.shape[1])
        return _rows(opened, quantity, old, list(columns), chosen)
    if quantity.axes == ("number",):
        return _row(opened, quantity, old, list(range(min(FIRST, len(quantity.value)))), chosen, bars=False)
    return _row(opened, quantity, old, list(opened.axes[quantity.axes[0]]), chosen, bars=True)


def _side(opened: Opened, axis: AxisName, places: Sequence[int]) -> tuple[str, ...]:
    """What stands along an axis; the numbers of a vector are counted."""
    if axis == "class":
        return tuple(names.label(opened.axes[axis][k]) for k in places)
    return _labels([str(k + 1) if axis == "number" else opened.axes[axis][k] for k in places])


def _labels(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(shown, labels))


def _largest(value: np.ndarray, old: np.ndarray | None) -> float:
    parts = [np.abs(part[np.isfinite(part)]) for part in (value, old) if part is not None]
    return float(max((part.max() for part in parts if part.size), default=0)) or 1.0


def _row(
    opened: Opened,
    quantity: Quantity,
    old: np.ndarray | None,
    places: list[int],
    chosen: Place | None,
    *,
    bars: bool,
) -> Line:
    """One row of numbers, with those from before below it; all of a long vector as a strip beside them."""
    both = [quantity.value] if old is None else [quantity.value, old]
    ats = tuple((place,) for place in places)
    most = _largest(quantity.value, old)
    values = np.stack([part[places] for part in both])
    labels = (t("now"), t("before"))[: len(both)]
    scene = NumbersScene(
        rows=labels,
        columns=_side(opened, quantity.axes[0], places),
        values=values,
        shades=values / most,
        unit="",
        maximum=most,
        diverging=bool(min(part.min() for part in both) < 0),
        strips=np.stack([part / most for part in both]) if not bars and len(quantity.value) > FIRST else None,
        bars=values / most if bars else None,
        changed=frozenset((0, k) for k, at in enumerate(ats) if _by_hand(quantity, at)),
        quiet=frozenset({1}) if old is not None else frozenset(),
        chosen=_cell([ats], quantity, chosen),
        wording=_wording(),
    )
    return Line(scene, tuple(ats for _ in both))


def _rows(opened: Opened, quantity: Quantity, old: np.ndarray | None, columns: list[int], chosen: Place | None) -> Line:
    """A row for each word, of which so many columns are written out, and below those that have changed what they were
    before."""
    rows: list[tuple[str, np.ndarray, int]] = []
    quiet = set()
    for j, word in enumerate(_side(opened, quantity.axes[0], range(len(quantity.value)))):
        rows.append((word, quantity.value[j], j))
        if old is not None and not np.array_equal(old[j], quantity.value[j]):
            quiet.add(len(rows))
            rows.append((t("before"), old[j], j))
    whole = np.stack([vector for _, vector, _ in rows])
    most = _largest(quantity.value, old)
    places = tuple(tuple((j, k) for k in columns) for _, _, j in rows)
    scene = NumbersScene(
        rows=tuple(label for label, _, _ in rows),
        columns=_side(opened, quantity.axes[1], columns),
        values=whole[:, columns],
        shades=whole[:, columns] / most,
        unit="",
        maximum=most,
        diverging=bool(whole.min() < 0),
        strips=whole / most if quantity.shape[1] > len(columns) else None,
        changed=frozenset(
            (i, k)
            for i, row in enumerate(places)
            for k, at in enumerate(row)
            if i not in quiet and _by_hand(quantity, at)
        ),
        quiet=frozenset(quiet),
        chosen=_cell(places, quantity, chosen),
        wording=_wording(),
    )
    return Line(scene, places)


def _by_hand(quantity: Quantity, at: At) -> bool:
    return bool(quantity.value[at] != quantity.computed[at])


def _cell(places: Sequence[Sequence[At]], quantity: Quantity, chosen: Place | None) -> tuple[int, int] | None:
    """Where in a figure the chosen number stands first."""
    at = chosen.inside(quantity.shape) if chosen is not None and chosen.quantity == quantity.name else None
    cells = [(i, row.index(at)) for i, row in enumerate(places) if at in row] if at is not None else []
    return cells[0] if cells else None


def _wording() -> Wording:
    return Wording(cell="{row}, {column}: {value}", value="{value}")


def draw(view: View, opened: Opened, focus: Place) -> None:
    """All lines, in the order they are computed; `focus` is the number that can be changed until another is chosen."""
    st.header(t("Line by line"), anchor=False)
    st.caption(
        t(
            "Click a number, or go to it with the arrow keys and press Enter, to change it. Vectors show their first "
            "{count} numbers; the strip beside them is the whole vector."
        ).format(count=FIRST)
    )
    chosen = place(view, opened, focus)
    for number, quantity in enumerate(opened.now.quantities, 1):
        _stage(view, opened, quantity, opened.right.get(quantity.name), number, chosen)


def _stage(view: View, opened: Opened, quantity: Quantity, before: Quantity | None, number: int, chosen: Place) -> None:
    title = f"{number}. {t(quantity.term.label)}"
    mark = f" · :orange-badge[{t('changed')}]" if changed(quantity, before) else ""
    with st.container(gap="xxsmall"):
        st.subheader(title + mark, anchor=False)
        st.latex(quantity.formula)
        shape = t(UNITS[quantity.axes]).format(size=quantity.shape[0], inner=quantity.shape[-1])
        paper = names.source(quantity.paper) if quantity.paper else ""
        st.caption(f"${quantity.term.symbol}$: {shape}" + (f" · {paper}" if paper else ""))
        drawn = line(opened, quantity, before, chosen)
        key = view.key(f"line_{quantity.name}")
        group = f"step_{'_'.join(quantity.axes)}"
        picture = drawing.drawn(drawn.scene, group)
        show([picture], key=key, on_act=_chooser(view, key, quantity, drawn), t=t)
        if chosen.quantity == quantity.name:
            editor(view, opened, quantity, chosen)


def _chooser(view: View, key: str, quantity: Quantity, drawn: Line) -> Callable[[], None]:
    """What a click on a cell does: its number is the one that can be changed."""

    def choose() -> None:
        act = st.session_state[key].act
        choose_cell(view, quantity.name, drawn.places, act)

    return choose


def choose_cell(view: View, name: str, places: tuple[tuple[At, ...], ...], act: object) -> None:
    """Take over a cell {row, column} that the browser names; nothing happens for one that is not there."""
    row, column = (act.get(side) for side in ("row", "column")) if isinstance(act, dict) else (None, None)
    if isinstance(row, int) and isinstance(column, int) and 0 <= row < len(places) and 0 <= column < len(places[row]):
        st.session_state[view.key("chosen")] = (name, places[row][column])


def place(view: View, opened: Opened, focus: Place) -> Place:
    """The number that can be changed: the one chosen, else `focus`."""
    name, at = st.session_state.get(view.key("chosen"), (focus.quantity, ()))
    chosen, quantity = Place(name, *at) if at else focus, opened.now.get(name)
    return chosen if quantity is not None and chosen.inside(quantity.shape) is not None else focus


def editor(view: View, opened: Opened, quantity: Quantity, chosen: Place) -> None:
    """The box for one number, and all numbers of its line on demand."""
    at = chosen.inside(quantity.shape) or ()
    value = float(quantity.value[at])
    key = view.key(f"number_{quantity.name}_{'_'.join(map(str, at))}_{value:.6g}")

    def put() -> None:
        changes.put(view, chosen, float(st.session_state[key]))

    whole = (quantity.axes[-1] != "number" and quantity.axes != ("vocabulary",)) or quantity.value.size <= FIRST
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        label = f"{t('New number for')} {named(quantity, at)}"
        most = LARGEST
        step = 1.0 if quantity.name in MASKS else 0.1
        st.number_input(label, -most, most, value, step, "%.4f", key=key, on_change=put, width=260)
        if not whole:
            st.toggle(t("All numbers of this line"), key=view.key("all"))
    if view["all"] and not whole:
        _table(view, opened, quantity)


def named(quantity: Quantity, at: At) -> str:
    """One number of a line as a formula: its letter, its word, its place in the vector."""
    symbol = quantity.term.symbol
    if quantity.axes[-1] in ("number", "vocabulary"):
        *row, column = at
        return f"${latex.indexed(symbol, *row) if row else symbol}[{column + 1}]$"
    return f"${latex.indexed(symbol, *at)}$"


def _table(view: View, opened: Opened, quantity: Quantity) -> None:
    """Every number of a line, a row for each of its vectors' numbers."""
    if len(quantity.axes) == 2:
        words = _side(opened, quantity.axes[0], range(len(quantity.value)))
        columns = {f"{j + 1} {word}": quantity.value[j] for j, word in enumerate(words)}
    else:
        columns = {t(quantity.term.label): quantity.value}
    table = pd.DataFrame({"#": list(range(1, quantity.shape[-1] + 1)), **columns})
    st.dataframe(table, hide_index=True, height=240, alt=t(quantity.term.label), key=view.key("numbers"))
