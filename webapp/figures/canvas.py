"""Figures that the browser draws on a canvas, as bytes: the grid of all heads, and a matrix of too many cells for SVG.

    show([heads(scene, group="heads", t=t)], key="overview")     # webapp.components
    show([sheet(scene, group="head", t=t)], key="head")

What goes out is one run of bytes: four of them for the length of a head in JSON (little-endian), that head, and the
numbers as they are: a byte a cell for the heads, a half float a cell for a matrix.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.figures.drawing.marks import number
from webapp.figures.drawing.svg import spoken
from webapp.figures.drawing.typeset import Label, legal
from webapp.figures.scale import STANDS_OUT
from webapp.figures.scenes.scene import HeadsScene, MatrixScene
from webapp.i18n import N_

Translate = Callable[[str], str]
LONGEST = 110.0  # pixels a word may take beside a matrix
SIZE = 12.0  # of its letters
MOST_SENT = 700  # rows, columns of a matrix that are sent, a megabyte; one with more is made of blocks
PHRASES = {
    "head": N_("Layer {layer} · head {head}"),
    "layer": N_("Layer"),
    "heads": N_("Head"),
    "largest": N_("largest in this block"),
    "larger": N_("Larger"),
    "smaller": N_("Smaller"),
    "fit": N_("Fit"),
}
HEADS_HINT = N_("Arrow keys move from head to head, Enter opens one, plus and minus change the size, Escape leaves.")
SHEET_HINT = N_("Arrow keys move from cell to cell, plus and minus change the size, Escape leaves.")


@dataclass(frozen=True, eq=False)
class Canvas:
    """What the browser needs to draw one figure: `facts` as JSON holds them, and `parts`, runs of bytes."""

    facts: Mapping[str, Any]
    parts: tuple[bytes, ...]


def heads(scene: HeadsScene, *, group: str = "", t: Translate = str) -> Canvas:
    """The grid of all heads, or those of `scene.order` one after another."""
    layers, count, rows, columns = scene.tiles.shape
    facts = {
        "kind": "heads",
        "group": group,
        "name": spoken(scene, t),
        "hint": t(HEADS_HINT),
        "layers": layers,
        "heads": count,
        "tile": [rows, columns],
        "block": list(scene.block),
        "rows": list(map(legal, scene.rows)),
        "columns": list(map(legal, scene.columns)),
        "order": None if scene.order is None else [list(pair) for pair in scene.order],
        "each": scene.each,
        "least": 255
        * min(1, STANDS_OUT / max(len(scene.columns), 1)),  # rows sum to 1, so this is so many times their mean
        "tops": None if scene.tops is None else [float(f"{value:.4g}") for value in scene.tops.ravel()],
        "looking": legal(scene.looking),
        "unit": scene.unit,
        "form": scene.wording.value,
        "tooltip": [
            [name, [number(float(value)) for value in values.ravel()]] for name, values in scene.tooltip.items()
        ],
        "phrases": {name: t(sentence) for name, sentence in PHRASES.items()},
    }
    return keyed(facts, scene.tiles.tobytes())


def sheet(scene: MatrixScene, *, group: str = "", t: Translate = str) -> Canvas:
    """One matrix with a word a row and a column; of more than 700 of them a cell is a block and its largest value."""
    values, block = pooled(scene.values, MOST_SENT)
    facts = {
        "kind": "sheet",
        "group": group,
        "name": spoken(scene, t),
        "hint": t(SHEET_HINT),
        "shape": list(values.shape),
        "block": list(block),
        "rows": _labels(scene.rows),
        "columns": _labels(scene.columns),
        "sides": list(scene.sides),
        "maximum": scene.maximum,
        "diverging": scene.diverging,
        "unit": scene.unit,
        "form": scene.wording.value,
        "note": scene.note,
        "marked": sorted({row // block[0] for row in scene.marked}),
        "details": [list(map(legal, each)) for each in scene.details],
        "phrases": {name: t(sentence) for name, sentence in PHRASES.items()},
    }
    parts = [values.astype("<f2").tobytes()]
    if scene.ends is not None:  # a scale of its own, which the browser does not know
        shades, _ = pooled(scene.shades, MOST_SENT)
        parts.append(np.rint(255 * shades).astype("<i2").tobytes())
    return keyed(facts, *parts)


def pooled(values: np.ndarray, most: int) -> tuple[np.ndarray, tuple[int, int]]:
    """At most `most` rows and columns, each cell the value farthest from 0 in its block, and the size of a block."""
    block = (-(-values.shape[0] // most) or 1, -(-values.shape[1] // most) or 1)
    if block == (1, 1):
        return values, block
    rows, columns = (-(-length // size) for length, size in zip(values.shape, block, strict=True))
    padded = np.zeros((rows * block[0], columns * block[1]))
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(rows, block[0], columns, block[1]).swapaxes(1, 2).reshape(rows, columns, -1)
    farthest = np.abs(blocks).argmax(-1)
    return np.take_along_axis(blocks, farthest[..., None], -1)[..., 0], block


def packet(figures: Sequence[Canvas], shared: Mapping[str, Any]) -> bytes:
    """All figures of one component and what they share, in one run of bytes."""
    facts = [{**figure.facts, "lengths": [len(part) for part in figure.parts]} for figure in figures]
    head = json.dumps({**shared, "figures": facts}, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([struct.pack("<I", len(head)), head, *(part for figure in figures for part in figure.parts)])


def _labels(words: Sequence[str]) -> list[list[str]]:
    """Each word as it is drawn, and the whole of it where that is another."""
    labels = [Label.of(word, LONGEST, SIZE) for word in words]
    return [[label.shown] if label.full is None else [label.shown, label.full] for label in labels]


def keyed(facts: dict[str, Any], *parts: bytes) -> Canvas:
    """With a name for what is shown, by which the browser knows a figure that it has drawn already."""
    digest = hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=12)
    for part in parts:
        digest.update(part)
    return Canvas({**facts, "key": digest.hexdigest()}, parts)
