"""Two columns of words joined by lines: what looks on the left, what it looks at on the right."""

from __future__ import annotations

from webapp.figures.drawing.marks import Drawing, heading, length, note, number, tag, whole, word
from webapp.figures.drawing.theme import paint
from webapp.figures.drawing.typeset import Label
from webapp.figures.scenes.scene import LinesScene

LONGEST = 150.0


def draw(scene: LinesScene, compact: bool) -> Drawing:
    """`compact` is smaller, and without the note."""
    longest = max(len(scene.top), len(scene.bottom), 1)
    size, line = (12.0, 19) if compact or longest > 40 else (14.5, 25)
    between = 130.0 if compact else 190.0
    left, right = ([Label.of(w, LONGEST, size) for w in words] for words in (scene.bottom, scene.top))
    title = whole(size * 2) if scene.title else 2
    edge = max((label.width for label in left), default=0.0) + 8
    far = edge + 16 + between
    rows = _places(len(left), longest, line, title)
    columns = _places(len(right), longest, line, title)
    wide = far + 8 + max((label.width for label in right), default=0.0) + 8
    drawing = Drawing(whole(max(wide, 200.0)), title + line * longest + 6, size)
    drawing.parts = [
        heading(scene.title, size),
        tag(
            "g",
            *_curves(scene, rows, columns, edge + 8, far),
            fill="none",
            stroke=paint("weight"),
            stroke_linecap="round",
        ),
        tag("g", *_words(left, rows, edge, "end", scene.sides[0], "row", size), fill=paint("ink")),
        tag("g", *_words(right, columns, far + 8, "start", scene.sides[1], "column", size), fill=paint("ink")),
    ]
    drawing.facts = {
        "data_kind": "lines",
        "data_upright": 1,
        "data_sides": " ".join(scene.sides),
        "data_rows": len(left),
        "data_columns": len(right),
    }
    if scene.note and not compact:
        part, height = note(scene.note, 4, drawing.height + 4, drawing.width - 8)
        drawing.parts.append(part)
        drawing.height += whole(height) + 8
    return drawing


def _places(count: int, longest: int, line: int, title: int) -> list[float]:
    """The middle of each word; the shorter column stands centred."""
    start = title + (longest - count) * line / 2
    return [start + line * (k + 0.5) for k in range(count)]


def _curves(scene: LinesScene, rows: list[float], columns: list[float], x1: float, x2: float) -> list[str]:
    half = (x1 + x2) / 2
    return [
        tag(
            "path",
            d=f"M{length(x1)} {length(rows[link.row])}C{length(half)} {length(rows[link.row])} "
            f"{length(half)} {length(columns[link.column])} {length(x2)} {length(columns[link.column])}",
            stroke_opacity=0.1 + 0.9 * link.shade,
            stroke_width=0.8 + 3.2 * link.shade,
            data_row=link.row,
            data_column=link.column,
            data_value=number(link.value),
        )
        for link in sorted(scene.links, key=lambda link: link.shade)
    ]


def _words(
    labels: list[Label], middles: list[float], x: float, anchor: str, side: str, axis: str, size: float
) -> list[str]:
    return [
        word(label, x=x, y=y + size * 0.35, text_anchor=anchor, data_side=side, data_index=k, data_axis=axis)
        for k, (label, y) in enumerate(zip(labels, middles, strict=True))
    ]
