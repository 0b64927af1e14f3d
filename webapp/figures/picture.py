"""From where one square of a picture looked to what figures show.

heat(picture, weights, query)               the picture in grey, each square as blue as its share
plain(picture, weights, query)              the same picture in its own colours, to see what stands where
alone(picture)                              the picture by itself, for a small place
tiles(picture, overview, looks, query)      the same weights in every head of every layer, for the grid of all

`picture` is what the engine says of it; `query` is a position of its axis, counted from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from webapp.figures.heads import Pair, measures
from webapp.figures.scale import darkest
from webapp.figures.scenes.picture import PictureScene
from webapp.figures.scenes.scene import HeadsScene

if TYPE_CHECKING:
    from engine.capture.overview import Overview
    from engine.capture.pictures import Picture


def place(picture: Picture, query: int) -> tuple[int, int]:
    """Row and column of a position, of a mark row -1."""
    if query < picture.marks:
        return -1, query
    row, column = divmod(query - picture.marks, picture.grid[1])
    return row, column


def position(picture: Picture, row: int, column: int) -> int | None:
    """The position at a row and a column as `place` gives them; None where there is none."""
    if row == -1 and 0 <= column < picture.marks:
        return column
    rows, columns = picture.grid
    return picture.marks + row * columns + column if 0 <= row < rows and 0 <= column < columns else None


def squares_alone(weights: np.ndarray, marks: int) -> np.ndarray:
    """[..., square]: shares among the squares, made to sum to 1 again; even where all went to the marks."""
    own = np.asarray(weights, dtype=np.float64)[..., marks:]
    total = own.sum(-1, keepdims=True)
    return np.where(total > 0, own / np.where(total > 0, total, 1), 1 / own.shape[-1])


def heat(
    picture: Picture, weights: np.ndarray, query: int, *, unit: str, marks: bool = True, title: str = "", note: str = ""
) -> PictureScene:
    """weights[position] of `query`; of the squares alone `scale.darkest` says what is drawn darkest, so that where one
    looks at all of them alike the picture stays in sight. Without `marks` squares alone count."""
    values = np.asarray(weights, dtype=np.float64) if marks else squares_alone(weights, picture.marks)
    count = picture.marks if marks else 0
    top = float(darkest(values[count:]))
    chosen = place(picture, query)
    return PictureScene(
        pixels=picture.shown,
        grid=picture.grid,
        marks=picture.axis.labels[:count],
        values=values,
        shades=np.clip(values / top, 0, 1),
        unit=unit,
        looking=picture.axis.labels[query],
        chosen=None if chosen[0] < 0 and not marks else chosen,
        title=title,
        note=note,
        maximum=top,
    )


def plain(picture: Picture, weights: np.ndarray, query: int, *, unit: str, title: str = "") -> PictureScene:
    """As `heat`, the picture in its own colours with nothing laid over it."""
    return replace(heat(picture, weights, query, unit=unit, title=title), plain=True)


def alone(picture: Picture, title: str) -> PictureScene:
    """The picture as the model sees it, with no attention over it."""
    nothing = np.zeros(picture.grid[0] * picture.grid[1])
    return PictureScene(picture.shown, picture.grid, (), nothing, nothing, "", plain=True, title=title)


def tiles(
    picture: Picture,
    overview: Overview,
    looks: np.ndarray,
    query: int,
    *,
    unit: str,
    order: Sequence[Pair] | None = None,
    tooltip: Mapping[str, np.ndarray] | None = None,
    title: str = "",
    note: str = "",
) -> HeadsScene:
    """looks[layer, head, position] of `query`: a small picture of its weights on the squares for every head, each drawn
    strongest at its own largest, since one scale for all would leave most of them blank. Where none is `STANDS_OUT`
    times their mean, that is strongest: a head that looks everywhere alike must not pass for one that stares at
    everything."""
    squares = np.asarray(looks, dtype=np.float64)[..., picture.marks :]
    tops = darkest(squares, -1)
    shades = np.rint(255 * squares / tops[..., None]).astype(np.uint8)
    rows, columns = (tuple(str(k + 1) for k in range(size)) for size in picture.grid)
    return HeadsScene(
        tiles=shades.reshape(*shades.shape[:2], *picture.grid),
        rows=rows,
        columns=columns,
        unit=unit,
        order=None if order is None else tuple(order),
        measures=measures(overview, "squares"),
        tooltip=tooltip or {},
        tops=tops,
        looking=picture.axis.labels[query],
        title=title,
        note=note,
    )
