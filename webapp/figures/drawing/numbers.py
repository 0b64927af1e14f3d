"""Cells with their numbers written in them, strips of all numbers beside them, and bars below."""

from __future__ import annotations

import math

import numpy as np

from webapp.figures.drawing.marks import Drawing, length, note, number, scale, short, spoken_of, tag, whole, word
from webapp.figures.drawing.raster import address
from webapp.figures.drawing.theme import SWITCH, paint
from webapp.figures.drawing.typeset import Label
from webapp.figures.scenes.numbers import NumbersScene
from webapp.figures.scenes.wording import printed

CELL, SIZE, SMALL = 38, 12.0, 10.5  # pixels
LONGEST = 110.0
TILT = 50  # degrees
STRIP, GAP = 220, 10  # pixels of all numbers of a row, and before them
BAR = 52
MIDDLE = {1: "#4a7fd0", -1: "#c4702f"}  # seen on light paper and on dark
FINEST = 64  # a strip's numbers are at least so many pixels of its image, else its edges blur


def written(value: float) -> str:
    """A number as it stands in a cell: two decimals where there is room."""
    text = f"{value:.2f}" if abs(value) < 100 else f"{value:.3g}"
    return "0.00" if text == "-0.00" else printed(text)


def draw(scene: NumbersScene) -> Drawing:
    """Rows of numbers in cells, beside them strips or bars of the whole row."""
    rows = [Label.of(row, LONGEST, SIZE) for row in scene.rows]
    tops = [Label.of(column, LONGEST, SIZE) for column in scene.columns]
    left = whole(max([14.0, *(label.width + 14 for label in rows)]))
    level = all(label.width <= CELL - 4 for label in tops)
    steep = max((label.width for label in tops), default=0) * math.sin(math.radians(TILT)) + 8
    top = whole(SIZE if level else steep) + 10
    across, down = CELL * len(tops), CELL * len(rows)
    drawing = Drawing(left + across + 8, top + down + 8, SIZE)
    ground: dict[str, float] = {"x": left, "y": top, "width": across, "height": down}
    drawing.parts = [
        tag("rect", **ground, fill="none", pointer_events="all", data_values=",".join(map(number, scene.values.flat))),
        tag("g", *_cells(scene, left, top)),
        tag("g", *_sides(scene, rows, left, top), fill=paint("ink")),
        tag("g", *_tops(scene, tops, left, top, level), fill=paint("ink")),
    ]
    if not level:
        reach = (left + CELL * (k + 0.5) + label.width * math.cos(math.radians(TILT)) for k, label in enumerate(tops))
        drawing.width = whole(max(drawing.width, *reach) + 4)
    _strips(scene, drawing, left + across + GAP, top)
    _bars(scene, drawing, left)
    _legend(scene, drawing)
    drawing.facts = {
        "data_kind": "matrix",
        "data_sides": " ".join(scene.sides),
        "data_x": left,
        "data_y": top,
        "data_cell": CELL,
        "data_rows": len(rows),
        "data_columns": len(tops),
        **spoken_of(scene.wording),
    }
    return drawing


def _hue(shade: float) -> str:
    return paint("negative" if shade < 0 else "weight")


def _cells(scene: NumbersScene, left: int, top: int) -> list[str]:
    """A square and a number for each cell. Written out, since these are many and hold numbers only."""
    squares, numbers = [], []
    for i, (values, shades) in enumerate(zip(scene.values.tolist(), scene.shades.tolist(), strict=True)):
        for j, (value, shade) in enumerate(zip(values, shades, strict=True)):
            x, y = left + CELL * j, top + CELL * i
            edge, weight = _marked(scene, (i, j))
            squares.append(
                f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" rx="2" '
                f'fill="{_hue(shade)}" fill-opacity="{length(abs(shade))}"{edge} '
                f'data-row="{i}" data-column="{j}" data-value="{number(value)}"/>'
            )
            ink = f' fill="{paint("reverse")}"' if abs(shade) >= SWITCH else ""
            numbers.append(f'<text x="{x + CELL / 2}" y="{y + CELL / 2 + 3.5}"{ink}{weight}>{written(value)}</text>')
    style: dict[str, str | float] = {"text_anchor": "middle", "font_size": SMALL, "fill": paint("word")}
    return [tag("g", *squares, stroke=paint("grid")), tag("g", *numbers, pointer_events="none", **style)]


def _marked(scene: NumbersScene, cell: tuple[int, int]) -> tuple[str, str]:
    """How the edge and the number of a cell that was put there by hand, or can be changed now, differ from others."""
    if cell in scene.changed:
        return f' stroke="{paint("accent")}" stroke-width="2.5"', ' font-weight="700"'
    if cell == scene.chosen:
        return f' stroke="{paint("accent")}" stroke-width="2.5" stroke-dasharray="4 3"', ""
    return "", ""


def _sides(scene: NumbersScene, labels: list[Label], left: int, top: int) -> list[str]:
    return [
        word(
            label,
            x=left - 8,
            y=top + CELL * (k + 0.5) + SIZE * 0.35,
            text_anchor="end",
            fill=paint("muted") if k in scene.quiet else None,
            data_side=scene.sides[0],
            data_index=k,
            data_axis="row",
        )
        for k, label in enumerate(labels)
    ]


def _tops(scene: NumbersScene, labels: list[Label], left: int, top: int, level: bool) -> list[str]:
    parts = []
    for k, label in enumerate(labels):
        middle = left + CELL * (k + 0.5)
        facts: dict[str, str | float] = {"data_side": scene.sides[1], "data_index": k, "data_axis": "column"}
        if level:
            parts.append(word(label, x=middle, y=top - 7, text_anchor="middle", **facts))
        else:
            x, y = round(middle + 2, 1), top - 6
            parts.append(word(label, x=x, y=y, transform=f"rotate(-{TILT} {x} {y})", **facts))
    return parts


def _strips(scene: NumbersScene, drawing: Drawing, x: int, y: int) -> None:
    """All numbers of each row: an image for those above 0 and one for those below."""
    if scene.strips is None:
        return
    fine = max(1, math.ceil(FINEST / max(scene.strips.shape[1], 1)))
    strips = np.repeat(scene.strips, fine, 1)
    for sign, colour in MIDDLE.items():
        levels = np.rint(255 * np.clip(sign * strips, 0, 1)).astype(np.uint8)
        gapped = np.zeros((len(levels) * 8, levels.shape[1]), dtype=np.uint8)  # rows with paper between them
        for k in range(1, 7):
            gapped[k::8] = levels
        drawing.parts.append(
            tag(
                "image",
                x=x,
                y=y,
                width=STRIP,
                height=CELL * len(scene.rows),
                href=address(gapped, colour),
                image_rendering="pixelated",
                preserveAspectRatio="none",
            )
        )
    drawing.width = max(drawing.width, x + STRIP + 8)


def _bars(scene: NumbersScene, drawing: Drawing, left: int) -> None:
    if scene.bars is None or not scene.bars.size:
        return
    low = max(0.0, -float(scene.bars.min()))
    high = max(0.0, float(scene.bars.max()))
    unit = BAR / ((low + high) or 1)
    zero = drawing.height + high * unit
    for j, value in enumerate(scene.bars[0].tolist()):
        size = abs(value) * unit
        box: dict[str, float] = {"x": left + CELL * j + 7, "width": CELL - 14, "height": size}
        drawing.parts.append(tag("rect", **box, y=zero - max(value, 0) * unit, fill=_hue(value), fill_opacity=0.8))
    for j, value in enumerate(scene.bars[1].tolist() if len(scene.bars) > 1 else []):
        box = {"x": left + CELL * j + 3, "width": CELL - 6, "height": 2.5}
        drawing.parts.append(tag("rect", **box, y=zero - value * unit - 1.25, fill=paint("muted")))
    drawing.parts.append(
        tag("path", d=f"M{left} {zero:.1f}h{CELL * len(scene.columns)}", stroke=paint("grid"), fill="none")
    )
    drawing.height = whole(drawing.height + BAR + 8)


def _legend(scene: NumbersScene, drawing: Drawing) -> None:
    low = f"−{short(scene.maximum)}" if scene.diverging else "0"
    part, end = scale(low, f"{short(scene.maximum)} {scene.unit}", scene.diverging, 4, drawing.height + 2.0)
    drawing.parts.append(part)
    drawing.width = max(drawing.width, whole(end) + 4)
    text, height = note(scene.note, 4, drawing.height + 18.0, drawing.width - 8)
    drawing.parts.append(text)
    drawing.height = whole(drawing.height + 22 + height)
