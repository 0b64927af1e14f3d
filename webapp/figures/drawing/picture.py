"""A picture in squares: in its own colours, or in pale grey with the weight of each square laid over it."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from webapp.figures.drawing.marks import Drawing, heading, length, note, number, scale, tag, whole, word
from webapp.figures.drawing.theme import SWITCH, paint
from webapp.figures.drawing.typeset import Label
from webapp.figures.scenes.picture import PictureScene

SIDE, SMALL = 288, 132  # pixels that the longer side takes, at most; where the picture is shown by itself
SMALLEST = 5  # of a square
EACH_SQUARE = (
    1_024  # up to here every square is an element of its own, which a page without script can say the value of
)
LEVELS = 64
PALE = 0.3  # how much of the grey picture is left under the weights
EDGE, CHIP, GAP = 6, 24, 8
GREY = (0.2126, 0.7152, 0.0722)  # luminance of red, green and blue (ITU-R BT.709)


def draw(scene: PictureScene, compact: bool) -> Drawing:
    """`compact` is the picture by itself, small and with nothing in it to point at."""
    if compact:
        return _alone(scene)
    rows, columns = scene.grid
    cell = max(SMALLEST, SIDE // max(rows, columns))
    title = 26 if scene.title else 4
    top = title + CHIP + GAP  # also without marks, so that pictures side by side stand at one height
    wide, high = cell * columns, cell * rows
    box: dict[str, float] = {"x": EDGE, "y": top, "width": wide, "height": high}
    drawing = Drawing(max(wide + 2 * EDGE, 200), top + high + EDGE, 13.0, [heading(scene.title, 13)])
    more = {} if scene.plain else {"opacity": PALE}
    drawing.parts += [
        tag("image", **box, href=address(scene, wide, high), preserveAspectRatio="none", **more),
        tag("rect", **box, fill="none", pointer_events="all", data_values=",".join(map(number, scene.values.tolist()))),
        tag("g", *_laid(scene, EDGE, top, cell), fill=paint("weight")),
        _lattice(EDGE, top, cell, rows, columns),
        *_chips(scene, title),
        *_chosen(scene, EDGE, top, cell),
    ]
    drawing.facts = {
        "data_kind": "picture",
        "data_sides": "source source",
        "data_x": EDGE,
        "data_y": top,
        "data_cell": cell,
        "data_rows": rows,
        "data_columns": columns,
        "data_looking": scene.looking,
        "data_form": scene.wording.value,
    }
    if scene.chosen is not None:
        drawing.facts["data_chosen"] = " ".join(map(str, scene.chosen))
    _legend(scene, drawing)
    return drawing


def _alone(scene: PictureScene) -> Drawing:
    high, wide = scene.pixels.shape[:2]
    by = SMALL / max(high, wide)
    width, height = max(1, round(wide * by)), max(1, round(high * by))
    image = tag("image", x=2, y=2, width=width, height=height, href=address(scene, width, height))
    facts: dict[str, str | float] = {"data_kind": "picture", "data_sides": "source source", "data_still": 1}
    return Drawing(width + 4, height + 4, 13.0, [image], facts | {"data_rows": 0, "data_columns": 0})


def address(scene: PictureScene, wide: int, high: int) -> str:
    """The picture as a data: address. One of few points is given in whole multiples of them, so that programs which
    smooth what they enlarge still show the points."""
    pixels = scene.pixels
    if not scene.plain:
        pixels = np.rint(pixels @ np.array(GREY)).astype(np.uint8)
    times = max(1, min(wide // pixels.shape[1], high // pixels.shape[0]))
    if times > 1:
        pixels = pixels.repeat(times, 0).repeat(times, 1)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _laid(scene: PictureScene, left: int, top: int, cell: int) -> list[str]:
    """The weights of the squares; where these are very many, as one path for each of 64 steps of shade."""
    if scene.plain:
        return []
    columns, count = scene.grid[1], len(scene.marks)
    values, shades = scene.values[count:].tolist(), scene.shades[count:]
    places = [(left + cell * (k % columns), top + cell * (k // columns)) for k in range(len(values))]
    if len(values) > EACH_SQUARE:
        steps = np.rint(shades * LEVELS).astype(int)
        return [
            tag(
                "path",
                d="".join(_square(*places[k], cell) for k in np.flatnonzero(steps == step)),
                fill_opacity=step / LEVELS,
            )
            for step in np.unique(steps[steps > 0]).tolist()
        ]
    return [
        f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" fill-opacity="{length(float(shade))}" '
        f'data-value="{number(value)}"/>'
        for (x, y), shade, value in zip(places, shades, values, strict=True)
    ]


def _square(x: int, y: int, cell: int) -> str:
    return f"M{x} {y}h{cell}v{cell}h-{cell}z"


def _lattice(left: int, top: int, cell: int, rows: int, columns: int) -> str:
    right, bottom = left + cell * columns, top + cell * rows
    path = "".join(f"M{left} {top + cell * k}H{right}" for k in range(rows + 1))
    path += "".join(f"M{left + cell * k} {top}V{bottom}" for k in range(columns + 1))
    return tag(
        "path", d=path, stroke=paint("muted"), stroke_opacity=0.2, stroke_width=1 if cell > 8 else 0.5, fill="none"
    )


def _chips(scene: PictureScene, y: int) -> list[str]:
    """The marks above the picture, each with its weight, since it has no square that could show it."""
    parts, x = [], float(EDGE)
    for k, (name, value) in enumerate(zip(scene.marks, scene.values.tolist(), strict=False)):
        label = Label.of(name, size=12)
        wide = label.width + 16
        shade = 0.0 if scene.plain else float(scene.shades[k])
        ink = paint("reverse" if shade >= SWITCH else "word")
        box: dict[str, float] = {"x": x, "y": y, "width": wide, "height": CHIP, "rx": 4}
        parts += [
            tag("rect", **box, fill=paint("weight"), fill_opacity=shade, stroke=paint("muted"), stroke_opacity=0.6),
            word(
                label,
                x=x + wide / 2,
                y=y + 16.5,
                text_anchor="middle",
                font_size=12,
                fill=ink,
                data_side="source",
                data_axis="column",
                data_index=k,
                data_value=number(value),
            ),
        ]
        if _is_chosen(scene, k):
            parts += _outline(box)
        x += wide + 8
        if not scene.plain:
            digits = number(value)
            parts.append(tag("text", digits, x=x, y=y + 16.5, font_size=12, fill=paint("muted")))
            x += Label.of(digits, size=12).width + 16
    return parts


def _is_chosen(scene: PictureScene, mark: int) -> bool:
    return scene.chosen == (-1, mark)


def _chosen(scene: PictureScene, left: int, top: int, cell: int) -> list[str]:
    if scene.chosen is None or scene.chosen[0] < 0:
        return []
    row, column = scene.chosen
    return _outline({"x": left + cell * column, "y": top + cell * row, "width": cell, "height": cell, "rx": 2})


def _outline(box: dict[str, float]) -> list[str]:
    """Light within dark, so that it is seen on any picture."""
    return [
        tag("rect", **box, fill="none", stroke=paint("paper"), stroke_width=6, pointer_events="none"),
        tag("rect", **box, fill="none", stroke=paint("accent"), stroke_width=3, pointer_events="none"),
    ]


def _legend(scene: PictureScene, drawing: Drawing) -> None:
    y = drawing.height + 2.0
    if not scene.plain:
        low = scene.wording.written(0) if scene.wording.value else "0"
        part, end = scale(low, scene.wording.quantity(scene.maximum, scene.unit), False, EDGE, y)
        drawing.parts.append(part)
        drawing.width = max(drawing.width, whole(end) + 4)
        y += 18
    if scene.note:
        part, height = note(scene.note, EDGE, y, drawing.width - 2 * EDGE)
        drawing.parts.append(part)
        y += height
    drawing.height = whole(y + 2)
