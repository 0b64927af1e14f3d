"""What drawings of words joined by lines have in common, whether the words stand in rows or in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from webapp.figures.drawing.marks import Drawing, note, number, spoken_of, tag, whole, word
from webapp.figures.drawing.theme import paint
from webapp.figures.drawing.typeset import Label
from webapp.figures.scenes.scene import LinesScene, Link


def curves(scene: LinesScene, path: Callable[[Link], str]) -> str:
    """A line for each link, the faintest first, so that none hides a stronger one."""
    lines = [
        tag(
            "path",
            d=path(link),
            stroke_opacity=0.1 + 0.9 * link.shade,
            stroke_width=0.8 + 3.4 * link.shade,
            data_row=link.row,
            data_column=link.column,
            data_value=number(link.value),
        )
        for link in sorted(scene.links, key=lambda link: link.shade)
    ]
    return tag("g", *lines, fill="none", stroke=paint("weight"), stroke_linecap="round")


def words(labels: list[Label], places: Iterable[tuple[float, float]], side: str, axis: str, anchor: str) -> str:
    """The words of one side; `axis` is row or column, as in a matrix of them."""
    texts = [
        word(label, x=x, y=y, text_anchor=anchor, data_side=side, data_index=k, data_axis=axis)
        for k, (label, (x, y)) in enumerate(zip(labels, places, strict=True))
    ]
    return tag("g", *texts, fill=paint("ink"))


def finish(drawing: Drawing, scene: LinesScene, compact: bool, **facts: str | float) -> Drawing:
    """What a script has to know of the drawing, and the note below it, unless it is small."""
    drawing.facts = {
        "data_kind": "lines",
        **facts,
        "data_sides": " ".join(scene.sides),
        "data_rows": len(scene.bottom),
        "data_columns": len(scene.top),
        **spoken_of(scene.wording),
    }
    if scene.note and not compact:
        part, height = note(scene.note, 4, drawing.height + 6, drawing.width - 8)
        drawing.parts.append(part)
        drawing.height += whole(height) + 8
    return drawing
