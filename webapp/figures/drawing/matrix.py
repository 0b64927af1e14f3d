"""A matrix: source words across the top, target words down the side, one cell for each pair."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from webapp.figures.drawing import large, windows
from webapp.figures.drawing.marks import (
    Drawing,
    heading,
    length,
    note,
    number,
    scale,
    short,
    spoken_of,
    tag,
    whole,
    word,
)
from webapp.figures.drawing.theme import paint
from webapp.figures.drawing.typeset import Label, escape, is_cjk
from webapp.figures.scenes.scene import MatrixScene

EACH_CELL = 2_500  # up to here every visible cell is an element of its own
ALL_CELLS = 400  # up to here also those that nobody sees, so that each can be pointed at
MOST_CELLS, LEVELS = 40_000, 64
PALEST = 0.005  # a shade below this nobody can tell from the background
TILT = 50  # degrees
LONGEST = 140.0  # pixels a word may take
AXIS = 11  # pixels, the names of the axes
AIR = 0.12  # em between characters that stand one below the other


def draw(scene: MatrixScene, compact: bool, t: Callable[[str], str]) -> Drawing:
    """A heat map with its words along both sides and its legend; a very large one as one image."""
    if scene.values.size > MOST_CELLS:
        drawing = large.draw(scene)
        _legend(scene, drawing, t)
        return drawing
    cell, size = _measures(max(scene.values.shape, default=0), compact)
    rows = [Label.of(row, LONGEST, size) for row in scene.rows]
    tops = [Label.of(column, LONGEST, size) for column in scene.columns]
    level = all(label.width <= cell - 4 for label in tops)
    named = max(map(_wide, _axes(scene, compact)), default=0)
    # The names of the axes may reach over the first column, whose word stands in its middle.
    left = whole(max([named - cell / 2 + 6, *(label.width + 14 for label in rows), 14]))
    title_height = whole(size * 1.9) if scene.title else 4
    top = title_height + whole(max((_rise(label, size, cell, level) for label in tops), default=0)) + 8
    top = max(top, 3 * AXIS) if named else top
    across, down = cell * len(tops), cell * len(rows)
    reach = max((left + cell * k + _reach(label, size, cell, level) for k, label in enumerate(tops)), default=left)
    right = max(left + across + 8, reach + 6, Label.of(scene.title, size=size * 1.1).width + 12 if scene.title else 0)
    drawing = Drawing(whole(max(right, 0 if compact else 220)), top + down + 8, size)
    ground: dict[str, float] = {"x": left, "y": top, "width": across, "height": down}
    named_axes, beneath = _named(scene, compact, top), title_height if scene.title else 0
    drawing.parts = [
        heading(scene.title, size),
        tag("rect", **ground, fill="none", pointer_events="all", data_values=_all(scene)),
        _lattice(left, top, cell, len(rows), len(tops)),
        tag("g", *_cells(scene, left, top, cell), fill=paint("weight"), data_cells=1),
        *windows.draw(scene, left, top, cell),
        *_marks(scene, left, top, cell),
        tag("g", *_sides(scene, rows, left, top, cell, size), fill=paint("ink"), data_sticky=left),
        tag("g", *_tops(scene, tops, left, top, cell, size, level), *named_axes, fill=paint("ink"), data_head=beneath),
    ]
    drawing.facts = {
        "data_kind": "matrix",
        "data_sides": " ".join(scene.sides),
        "data_x": left,
        "data_y": top,
        "data_cell": cell,
        "data_rows": len(rows),
        "data_columns": len(tops),
        **spoken_of(scene.wording),
    }
    if not compact:
        _legend(scene, drawing, t)
    return drawing


def _axes(scene: MatrixScene, compact: bool) -> list[str]:
    """What the words across the top are, and below it what those down the side are."""
    names = (f"{scene.wording.columns} →", f"{scene.wording.rows} ↓")
    return [] if compact or not (scene.wording.rows and scene.wording.columns) else list(names)


def _wide(name: str) -> float:
    return Label.of(name, size=AXIS).width


def _named(scene: MatrixScene, compact: bool, top: int) -> list[str]:
    """The names of both axes, in the corner where they meet."""
    names = _axes(scene, compact)
    facts: dict[str, str | float] = {"x": 4, "font_size": AXIS, "fill": paint("muted")}
    return [
        tag("text", escape(name), y=top - 8 - (AXIS + 4) * (len(names) - 1 - k), **facts)
        for k, name in enumerate(names)
    ]


def _measures(longest: int, compact: bool) -> tuple[int, float]:
    steps = (
        ((8, 24, 12), (20, 18, 11), (50, 14, 10))
        if compact
        else ((10, 38, 15), (16, 32, 14), (28, 26, 14), (50, 20, 12))
    )
    for most, cell, size in steps:
        if longest <= most:
            return cell, size
    return (12, 9.5) if longest <= 120 else (10, 8.5)


def _rise(label: Label, size: float, cell: int, level: bool) -> float:
    """How high a word stands above the matrix."""
    if level:
        return size
    if is_cjk(label.shown):
        return label.width + len(label.shown) * size * AIR if label.width > cell - 4 else size
    return label.width * math.sin(math.radians(TILT)) + size * 0.6


def _reach(label: Label, size: float, cell: int, level: bool) -> float:
    """How far a word reaches to the right of where its column begins."""
    if level or is_cjk(label.shown):
        return cell
    return cell / 2 + label.width * math.cos(math.radians(TILT)) + size * 0.4


def _tops(
    scene: MatrixScene, labels: list[Label], left: int, top: int, cell: int, size: float, level: bool
) -> list[str]:
    out = []
    for k, label in enumerate(labels):
        middle = left + cell * (k + 0.5)
        facts: dict[str, str | float] = {"data_side": scene.sides[1], "data_index": k, "data_axis": "column"}
        if scene.details[1]:
            facts["data_detail"] = scene.details[1][k]
        if level or (is_cjk(label.shown) and label.width <= cell - 4):
            out.append(word(label, x=middle, y=top - 8, text_anchor="middle", **facts))
        elif is_cjk(label.shown):
            out.append(
                word(
                    label, x=middle, y=top - 6, text_anchor="end", writing_mode="tb", letter_spacing=size * AIR, **facts
                )
            )
        else:
            x, y = middle + size * 0.12, top - 7
            turn = f"rotate(-{TILT} {length(x)} {length(y)})"
            out.append(word(label, x=x, y=y, transform=turn, **facts))
    return out


def _sides(scene: MatrixScene, labels: list[Label], left: int, top: int, cell: int, size: float) -> list[str]:
    return [
        word(
            label,
            x=left - 8,
            y=top + cell * (k + 0.5) + size * 0.35,
            text_anchor="end",
            font_weight=700 if k in scene.marked else None,
            data_side=scene.sides[0],
            data_index=k,
            data_axis="row",
            data_detail=scene.details[0][k] if scene.details[0] else None,
        )
        for k, label in enumerate(labels)
    ]


def _lattice(left: int, top: int, cell: int, rows: int, columns: int) -> str:
    right, bottom = left + cell * columns, top + cell * rows
    path = "".join(f"M{left} {top + cell * k}H{right}" for k in range(rows + 1))
    path += "".join(f"M{left + cell * k} {top}V{bottom}" for k in range(columns + 1))
    return tag("path", d=path, stroke=paint("grid"), stroke_width=1 if cell > 14 else 0.5, fill="none") if path else ""


def _hue(shade: float) -> str:
    """Nothing where the colour of the group will do."""
    return f' fill="{paint("negative")}"' if shade < 0 else ""


def _cells(scene: MatrixScene, left: int, top: int, cell: int) -> list[str]:
    if scene.values.size > EACH_CELL:
        return _levels(scene.shades, left, top, cell)
    gap = 0.5 if cell > 14 else 0
    side, everything = length(cell - 2 * gap), scene.values.size <= ALL_CELLS
    across = [length(left + cell * j + gap) for j in range(len(scene.columns))]
    out = []
    for i, (values, shades) in enumerate(zip(scene.values.tolist(), scene.shades.tolist(), strict=True)):
        y = length(top + cell * i + gap)
        for j, (x, value, shade) in enumerate(zip(across, values, shades, strict=True)):
            visible = abs(shade) >= PALEST
            if visible or everything:
                # Written out, since these are many and hold numbers only.
                out.append(
                    f'<rect x="{x}" y="{y}" width="{side}" height="{side}"{_hue(shade)} '
                    f'fill-opacity="{length(abs(shade) if visible else 0)}" '
                    f'data-row="{i}" data-column="{j}" data-value="{number(value)}"/>'
                )
    return out


def _levels(shades: np.ndarray, left: int, top: int, cell: int) -> list[str]:
    """Many cells as a few paths: one for each of 64 steps of shade."""
    steps = np.rint(shades * LEVELS).astype(int)
    out = []
    for step in np.unique(steps[steps != 0]):
        path = "".join(
            f"M{left + cell * j} {top + cell * i}h{cell}v{cell}h-{cell}z"
            for i, j in zip(*np.nonzero(steps == step), strict=True)
        )
        out.append(f'<path d="{path}"{_hue(step)} fill-opacity="{length(abs(int(step)) / LEVELS)}"/>')
    return out


def _all(scene: MatrixScene) -> str:
    return ",".join(map(number, scene.values.ravel().tolist()))


def _marks(scene: MatrixScene, left: int, top: int, cell: int) -> list[str]:
    inset = 2.0 if cell > 14 else 1.0
    out = []
    for pairs, dashes in ((scene.possible - scene.sure, "3 2.5"), (scene.sure, None)):
        out += [
            tag(
                "rect",
                x=left + cell * j + inset,
                y=top + cell * i + inset,
                width=cell - 2 * inset,
                height=cell - 2 * inset,
                fill="none",
                stroke=paint("ink"),
                stroke_width=1.75,
                stroke_dasharray=dashes,
                data_mark="possible" if dashes else "sure",
            )
            for i, j in sorted(pairs)
        ]
    out += [_dot(left + cell * (j + 0.5), top + cell * (i + 0.5), max(2.2, cell / 9)) for i, j in sorted(scene.links)]
    return [tag("g", *out, pointer_events="none")] if out else []


def _dot(x: float, y: float, radius: float) -> str:
    return tag(
        "circle", cx=x, cy=y, r=radius, fill=paint("paper"), stroke=paint("ink"), stroke_width=1.5, data_mark="link"
    )


def ends(scene: MatrixScene) -> tuple[str, str]:
    """What stands at both ends of the colour scale."""
    says = scene.wording
    low = f"−{short(scene.maximum)}" if scene.diverging else says.written(0) if says.value else "0"
    return scene.ends or (low, says.quantity(scene.maximum, scene.unit))


def _legend(scene: MatrixScene, drawing: Drawing, t: Callable[[str], str]) -> None:
    """The colour scale, what the marks mean, and the note, below the matrix."""
    y = drawing.height + 8.0
    part, end = scale(*ends(scene), scene.diverging, 4, y)
    drawing.parts.append(part)
    y += 20
    x = 4.0
    for pairs, name, phrase in (
        (scene.sure, "sure", t("sure")),
        (scene.possible - scene.sure, "possible", t("possible")),
        (scene.links, "link", t("link found")),
    ):
        if not pairs:
            continue
        dashes = "3 2.5" if name == "possible" else None
        sign = (
            _dot(x + 6, y + 6, 3)
            if name == "link"
            else tag(
                "rect",
                x=x + 1,
                y=y + 1,
                width=10,
                height=10,
                fill="none",
                stroke=paint("ink"),
                stroke_width=1.5,
                stroke_dasharray=dashes,
            )
        )
        label = Label.of(phrase, size=11)
        drawing.parts += [sign, tag("text", escape(phrase), x=x + 17, y=y + 10, font_size=11, fill=paint("muted"))]
        x += 17 + label.width + 14
        end = max(end, x)
    x = windows.legend(scene, drawing, t("window and its centre"), x, y)
    end = max(end, x)
    y += 18 if x > 4 else 0
    drawing.width = max(drawing.width, whole(end) + 4)
    part, height = note(scene.note, 4, y, drawing.width - 8)
    drawing.parts.append(part)
    drawing.height = whole(y + height + 2)
