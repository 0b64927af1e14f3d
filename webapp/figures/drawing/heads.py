"""All heads of all layers as one picture for paper: a small image for each head, layers down the side."""

from __future__ import annotations

import numpy as np

from webapp.figures.drawing.marks import Drawing, heading, note, scale, tag, whole
from webapp.figures.drawing.raster import address
from webapp.figures.drawing.theme import LIGHT, paint
from webapp.figures.drawing.typeset import escape
from webapp.figures.scale import STANDS_OUT
from webapp.figures.scenes.scene import HeadsScene

TILE, GAP = 76, 6  # pixels
SIDE, TOP = 30, 20  # beside the layers' numbers, above the heads'
IN_ORDER = 12  # heads in a line where they stand in an order of their own
NARROWEST, WIDEST = 0.4, 2.0  # how high a tile may stand for its width


def draw(scene: HeadsScene) -> Drawing:
    """A small map of each head, by layer and head."""
    size = 11.0
    wide, high = TILE, whole(TILE * min(WIDEST, max(NARROWEST, scene.tiles.shape[2] / scene.tiles.shape[3])))
    title = whole(size * 2.4) if scene.title else 4
    places = _places(scene, wide, high, title)
    across = max((x for _, x, _ in places), default=0) + wide + 8
    down = max((y for _, _, y in places), default=title) + high + 8
    drawing = Drawing(max(across, 260), down, size, [heading(scene.title, 13), *_numbers(scene, wide, high, title)])
    for (layer, head), x, y in places:
        box: dict[str, float] = {"x": x, "y": y, "width": wide, "height": high}
        drawing.parts += [
            tag("rect", **box, fill="none", stroke=paint("grid")),
            tag(
                "image",
                **box,
                href=address(shades(scene, layer, head), LIGHT["weight"]),
                image_rendering="pixelated",  # else a cell runs into its neighbours
                preserveAspectRatio="none",
            ),
        ]
    own = scene.each or scene.tops is not None
    ends = scene.ends or ("0", scene.unit if own else f"1 {scene.unit}")
    part, end = scale(*ends, False, 4, drawing.height + 2.0)
    drawing.width = max(drawing.width, whole(end) + 4)
    text, height = note(scene.note, 4, drawing.height + 20.0, drawing.width - 8)
    drawing.parts += [part, text]
    drawing.height = whole(drawing.height + 24 + height)
    drawing.facts = {"data_kind": "heads"}
    return drawing


def shades(scene: HeadsScene, layer: int, head: int) -> np.ndarray:
    """The tile of one head as dark as it is drawn, uint8."""
    tile = scene.tiles[layer, head]
    if not scene.each:
        return np.asarray(tile)
    # Rows sum to 1 over the columns, which says their mean; a tile holds but the largest of each block.
    highest = max(1.0, float(tile.max(initial=0)), 255 * min(1.0, STANDS_OUT / max(len(scene.columns), 1)))
    return np.rint(tile * (255 / highest)).astype(np.uint8)


def _places(scene: HeadsScene, wide: int, high: int, title: int) -> list[tuple[tuple[int, int], int, int]]:
    """Where each head stands: its layer and number, x and y."""
    left, top = (SIDE, title + TOP) if scene.order is None else (4, title + TOP)
    places = []
    for k, (layer, head) in enumerate(scene.shown):
        row, column = (layer, head) if scene.order is None else divmod(k, IN_ORDER)
        line = high + (GAP if scene.order is None else TOP)
        places.append(((layer, head), left + column * (wide + GAP), top + row * line))
    return places


def _numbers(scene: HeadsScene, wide: int, high: int, title: int) -> list[str]:
    style: dict[str, str | float] = {"fill": paint("muted"), "font_size": 11}
    if scene.order is not None:
        return [
            tag("text", escape(f"{layer + 1} · {head + 1}"), x=x, y=y - 5, **style)
            for (layer, head), x, y in _places(scene, wide, high, title)
        ]
    layers, heads = scene.tiles.shape[:2]
    sides = [
        tag("text", str(k + 1), x=SIDE - 8, y=title + TOP + k * (high + GAP) + high / 2 + 4, text_anchor="end", **style)
        for k in range(layers)
    ]
    tops = [
        tag("text", str(k + 1), x=SIDE + k * (wide + GAP) + wide / 2, y=title + TOP - 6, text_anchor="middle", **style)
        for k in range(heads)
    ]
    return [*sides, *tops]
