"""A matrix of too many cells to name its words, for files: the cells as one image, their numbers along the edges."""

from __future__ import annotations

import numpy as np

from webapp.figures.drawing.marks import Drawing, heading, tag
from webapp.figures.drawing.raster import address
from webapp.figures.drawing.theme import LIGHT, paint
from webapp.figures.scenes.scene import MatrixScene

LONGEST = 1500.0  # pixels of the longer side
SIDE, TOP = 48, 24
TICKS = (1, 2, 5)  # and ten times as much, and so on


def draw(scene: MatrixScene) -> Drawing:
    """Without legend and note, which the caller writes below."""
    rows, columns = scene.values.shape
    cell = max(1.0, LONGEST // max(rows, columns))
    size, title = 11.0, 26 if scene.title else 4
    left, top = SIDE, title + TOP
    box: dict[str, float] = {"x": left, "y": top, "width": columns * cell, "height": rows * cell}
    drawing = Drawing(int(left + columns * cell + 12), int(top + rows * cell + 8), size, [heading(scene.title, 13)])
    drawing.parts.append(tag("rect", **box, fill="none", stroke=paint("grid")))
    for hue, shades in (("weight", scene.shades), ("negative", -scene.shades)):
        bytes_ = np.rint(255 * np.clip(shades, 0, 1)).astype(np.uint8)
        if bytes_.any():
            href = address(bytes_, LIGHT[hue])
            drawing.parts.append(
                tag("image", **box, href=href, image_rendering="pixelated", preserveAspectRatio="none")
            )
    style: dict[str, str | float] = {"fill": paint("muted"), "font_size": 11}
    for k in range(0, columns, step(columns)):
        drawing.parts.append(
            tag("text", str(k + 1), x=left + (k + 0.5) * cell, y=top - 6, text_anchor="middle", **style)
        )
    for k in range(0, rows, step(rows)):
        drawing.parts.append(
            tag("text", str(k + 1), x=left - 6, y=top + (k + 0.5) * cell + 4, text_anchor="end", **style)
        )
    drawing.facts = {"data_kind": "large"}
    return drawing


def step(count: int) -> int:
    """Every so many rows bear their number: about twelve of them."""
    power = 1
    while True:
        for factor in TICKS:
            if count <= 12 * factor * power:
                return factor * power
        power *= 10
