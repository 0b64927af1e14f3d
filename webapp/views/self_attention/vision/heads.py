"""Where the heads of a vision model look in a picture: all of them small, one of them open, or all read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from engine.capture.part import part
from engine.capture.readings import READINGS
from engine.traces import Axis, Trace
from webapp.components import show
from webapp.figures import alignment
from webapp.figures import picture as pictures
from webapp.figures.heads import PLACE, Pair
from webapp.figures.scale import STANDS_OUT, darkest
from webapp.figures.scenes.picture import PictureScene
from webapp.figures.scenes.scene import HeadsScene, MatrixScene
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t, verbatim
from webapp.shell import frame, names
from webapp.shell.controls import setting
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.self_attention import overview as all_heads
from webapp.views.self_attention.as_code import Drawn
from webapp.views.self_attention.controls import SHOWN
from webapp.views.self_attention.head import matrix
from webapp.views.self_attention.overview import GROUP
from webapp.views.self_attention.reading import explained, outcomes, wanted
from webapp.views.self_attention.shown import weighed, wording

if TYPE_CHECKING:
    from engine.capture.pictures import Picture as Taken
    from engine.inference.looked import Looked

SHAPES = {"picture": N_("Picture"), "map": N_("Matrix"), "table": N_("Table")}
SHAPE_MEANING = {
    "picture": N_("The attention of one patch, laid over the picture."),
    "map": N_("Each row (query) is a patch, each column (key) a patch it looks at."),
    "table": N_("The attention of one patch, in numbers."),
}
TILES = N_(
    "A row for each layer, a column for each head. Each small picture shows where {place} looks, strongest at its own "
    "largest weight, or at {times} times the mean where none is so large."
)
TILES_ORDERED = N_(
    "Layer · head above each small picture. It shows where {place} looks, strongest at its own largest weight, or at "
    "{times} times the mean where none is so large."
)
LOOKED = N_("**{place}** looks where the second picture is blue. Click any patch to see where that one looks.")
READ = N_("The second picture shows it for **{place}**: the bluer, the more. Click any patch to see it for that one.")
MARKS_APART = N_("Special tokens such as [CLS] are left out, and the rest is rescaled to 100 %.")


def picture_of(looked: Looked) -> Taken:
    """The picture as the model saw it."""
    assert looked.picture is not None
    return looked.picture


def query(view: View, looked: Looked) -> int:
    """The position that looks: the one chosen, else the mark that the answer is read from."""
    asked = view["query"] - 1
    return asked if 0 <= asked < len(picture_of(looked).axis) else 0


def cell(view: View, trace: Trace, asking: int) -> tuple[int, int]:
    """The row that looks, and the column that was chosen or gets most of its weight."""
    key = view["key"] - 1
    return asking, key if 0 <= key < len(trace.keys) else int(trace.matrix()[asking].argmax())


def readings(looked: Looked) -> dict[str, str]:
    """The readings that make sense here: no flow through very many squares, no gradient without an answer."""
    places = len(picture_of(looked).axis)
    left_out = {
        name
        for name, reading in READINGS.items()
        if (reading.limit is not None and places > reading.limit) or (reading.gradient and not looked.output.labels)
    }
    return {name: label for name, label in SHOWN.items() if name not in left_out}


def chosen(view: View, looked: Looked, looks: np.ndarray, listed: Sequence[Pair]) -> Pair:
    """The head that is open, counted from 0; where none is chosen, or it is not listed, the first that is, and of all
    the one of the last layer that looks most sharply. One that was changed stays open."""
    layers, count = looks.shape[:2]
    pair = view["layer"] - 1, view["head"] - 1
    named = 0 <= pair[0] < layers and 0 <= pair[1] < count
    if named and (pair in listed or not listed or view["edits"]):
        return pair
    if view["sort"] != PLACE and listed:
        return listed[0]
    return layers - 1, int(pictures.squares_alone(looks[-1], picture_of(looked).marks).max(-1).argmax())


def overview(view: View, looked: Looked, looks: np.ndarray, asking: int) -> HeadsScene:
    """All heads in the order asked for, each as a picture of where one place looks, or as its whole matrix."""
    photo, heads_overview = picture_of(looked), looked.overviews[0]
    if view["drawn"] == "map":
        return replace(all_heads.scene(view, heads_overview), each=True)
    order = all_heads.order(view, heads_overview)
    note = t(TILES if order is None else TILES_ORDERED).format(place=photo.axis.labels[asking], times=STANDS_OUT)
    drawn = pictures.tiles(
        photo,
        heads_overview,
        looks,
        asking,
        unit=t("weight"),
        order=order,
        tooltip=all_heads.measures(heads_overview),
        title=t("All heads"),
        note=note,
    )
    return replace(drawn, ends=all_heads.ends(own=True), wording=weighed())


def reading(view: View, name: str, looked: Looked, asking: int) -> tuple[list[Picture], Drawn]:
    """One reading of all heads, layer by layer where it has several, and which it is. Raises Refused."""
    asked = view["reading"]
    of = wanted(view, looked) if READINGS[asked].gradient else None
    trace = gateway.heads.reading(name, looked, asked, looked.overviews[0].kind, of)
    layers = len(trace.weights)
    meaning = explained(READINGS[asked])
    if READINGS[asked].gradient and of is None:
        best, _ = max(looked.output.labels, key=lambda scored: scored[1])
        likeliest = t("It is taken of the likeliest class, {label}.").format(label=verbatim(names.label(best)))
        meaning = joined(meaning, likeliest)
    st.caption(meaning)
    layer = layers
    if layers > 1:
        if not 1 <= view["layer"] <= layers:
            view["layer"] = layers
        layer_meaning = {
            "rollout": t("Up to which layer; the last one shows what reaches the answer."),
            "norms": t("The mean over the heads of this layer."),
        }
        with setting(layer_meaning[asked]):
            st.slider(t("Layer"), 1, layers, key=view.key("layer"), width=320)
        layer = view["layer"]
    weights = part(trace.only(layer - 1)).numbers
    title = t(READINGS[asked].label)
    if of is not None:
        title += f", {outcomes(looked)[of]}"
    if layers > 1:
        title += f", {t('layer {layer}').format(layer=layer)}"
    opened = Drawn(looked.overviews[0].kind, layer - 1, None, asked, of)
    return figure(view, asked, looked, weights, asking, title=title), opened


def figure(
    view: View,
    name: str,
    looked: Looked,
    weights: np.ndarray,
    asking: int,
    *,
    title: str,
    opened: Pair | None = None,
    alone: bool = False,
) -> list[Picture]:
    """weights[query, key] as the visitor wants to see them; `alone` leaves out the picture beside the weights."""
    photo = picture_of(looked)
    if view["drawn"] == "map":
        return [_matrix(view, name, photo.axis, weights, title, opened)]
    unit, marks = t("weight"), view["special"]
    label = photo.axis.labels[asking]
    called = (
        f"{title} · {label}" if opened is None else t("{title}: where {place} looks").format(title=title, place=label)
    )
    drawn = pictures.heat(photo, weights[asking], asking, unit=unit, marks=marks, note=_note(view, label))
    drawn = replace(drawn, wording=weighed())
    if view["drawn"] == "table":
        _table(view, name, drawn, called)
        return [Picture(name, called, drawn, drawn)]
    plain = pictures.plain(photo, weights[asking], asking, unit=unit, title=t("What the model sees"))
    plain = replace(plain, wording=weighed())
    drawings = [Picture(name, called, drawn, drawn)]
    if alone:
        _panels(view, name, photo, [replace(drawn, note="")], opened)
        return drawings
    heading = title if opened is None else t("Where {place} looks").format(place=label)
    panel = replace(drawn, note="", title=heading)
    st.caption(t(READ if opened is None else LOOKED).format(place=label))
    _panels(view, name, photo, [plain, panel], opened)
    st.caption(_explained(view, photo, label))
    return [*drawings, Picture("picture", plain.title, replace(plain, note=_scaled(photo)))]


def _panels(view: View, name: str, photo: Taken, scenes: Sequence[PictureScene], opened: Pair | None) -> None:
    """Pictures side by side; a square that is chosen in any of them is the one that looks from then on."""
    key = view.key(f"figure_{name}")

    def act() -> None:
        event = st.session_state[key].act
        row, column = (event.get(side) if isinstance(event, dict) else None for side in ("row", "column"))
        place = pictures.position(photo, row, column) if isinstance(row, int) and isinstance(column, int) else None
        if place is not None:
            view["query"], view["key"] = place + 1, 0

    shown = None if opened is None else (GROUP, *opened)
    show([frame.drawn(scene, group=GROUP) for scene in scenes], key=key, on_act=act, opened=shown, t=t)


def _explained(view: View, photo: Taken, label: str) -> str:
    notes = [_scaled(photo)]
    if label == "[CLS]":
        notes.append(t("[CLS] has no patch of its own; the answer is read from it."))
    notes.append(_note(view, label))
    return joined(*notes)


def _scaled(photo: Taken) -> str:
    """How the picture that came became the one that is seen."""
    high, wide = photo.shown.shape[:2]
    sentence = t(
        "The model scales or crops the picture from {from_width} × {from_height} to {width} × {height} pixels and cuts "
        "it into {rows} × {columns} patches."
    )
    return sentence.format(
        from_width=photo.size[0],
        from_height=photo.size[1],
        width=wide,
        height=high,
        rows=photo.grid[0],
        columns=photo.grid[1],
    )


def _note(view: View, label: str) -> str:
    """What the numbers of a picture sum to."""
    sums = t("The weights of {place} add up to 100 %.").format(place=label)
    return sums if view["special"] else t(MARKS_APART)


def _table(view: View, name: str, drawn: PictureScene, title: str) -> None:
    """A row for each place, the marks first."""
    numbers = pd.DataFrame({t("Place"): drawn.labels, t("Weight"): drawn.values})
    st.dataframe(
        numbers,
        hide_index=True,
        column_config={t("Weight"): st.column_config.NumberColumn(format="%.4f")},
        width=320,
        height=420,
        alt=title,
        key=view.key(f"table_{name}"),
    )
    st.caption(drawn.note)


def _matrix(view: View, name: str, axis: Axis, weights: np.ndarray, title: str, opened: Pair | None) -> Picture:
    """The whole matrix, darkest at its largest weight; a click on a cell asks how its number comes about."""
    marks = 0 if view["special"] else sum(axis.special)
    numbers = pictures.squares_alone(weights[marks:], marks) if marks else weights
    labels = axis.labels[marks:]
    top = float(darkest(numbers))
    note = t(MARKS_APART) if marks else t("Each row adds up to 100 %.")
    scene: MatrixScene = alignment.grid(numbers, labels, labels, unit=t("weight"), note=note, maximum=top)
    scene = replace(scene, wording=wording(view))

    def pick(row: int, column: int) -> None:
        view["query"], view["key"] = row + marks + 1, column + marks + 1
        view["cell"] = True

    matrix(view, name, scene, opened=opened, pick=pick if opened else None)
    st.caption(t(SHAPE_MEANING["map"]))
    return Picture(name, title, scene, scene)
