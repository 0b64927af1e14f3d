"""The windows of a matrix: a line along the foot of each row, as far as its window reaches, a mark at the centre, and
over it the curve of what a window multiplies weights by."""

from __future__ import annotations

from webapp.figures.drawing.marks import Drawing, length, tag
from webapp.figures.drawing.theme import paint
from webapp.figures.drawing.typeset import Label, escape
from webapp.figures.scenes.scene import MatrixScene

HEIGHT = 0.6  # of a cell, where a curve is highest
FOOT = 3  # pixels between the line and the end of its row


def draw(scene: MatrixScene, left: int, top: int, cell: int) -> list[str]:
    """As far as there are columns: a centre outside of them is not marked."""
    first, last = -0.5, len(scene.columns) - 0.5
    parts: list[str] = []
    for row, span in enumerate(scene.windows):
        low, high = (left + cell * (min(max(place, first), last) + 0.5) for place in (span.low, span.high))
        centre = left + cell * (span.centre + 0.5) if first <= span.centre <= last else None
        foot = top + cell * (row + 1) - FOOT
        bell = [(left + cell * (x + 0.5), height) for x, height in span.bell if first <= x <= last]
        parts += _bell(bell, foot, cell) + _window(low, high, centre, foot, cell)
    return [tag("g", *parts, pointer_events="none", data_mark="window")] if parts else []


def legend(scene: MatrixScene, drawing: Drawing, name: str, x: float, y: float) -> float:
    """What the line means, where there is one; gives where the next sign may stand."""
    if not scene.windows:
        return x
    label = tag("text", escape(name), x=x + 22, y=y + 10, font_size=11, fill=paint("muted"))
    drawing.parts += [*_window(x, x + 16, x + 8, y + 6, 26), label]
    return x + 22 + Label.of(name, size=11).width + 14


def _bell(points: list[tuple[float, float]], foot: float, cell: int) -> list[str]:
    """What a window multiplies weights by, as a curve over its line."""
    if len(points) < 2:
        return []
    path = "M" + "L".join(f"{length(x)} {length(foot - HEIGHT * cell * height)}" for x, height in points)
    strokes = ((2.5, "paper"), (1, "accent"))
    return [tag("path", d=path, stroke=paint(colour), stroke_width=width, fill="none") for width, colour in strokes]


def _window(low: float, high: float, centre: float | None, y: float, cell: float) -> list[str]:
    """Light below, so that it is seen on dark cells as well."""
    path = f"M{length(low)} {length(y)}H{length(high)}"
    strokes = ((3.5, "paper"), (1.5, "accent"))
    parts = [tag("path", d=path, stroke=paint(colour), stroke_width=width, fill="none") for width, colour in strokes]
    if centre is not None:
        radius, fill, edge = max(2.0, cell / 11), paint("accent"), paint("paper")
        parts.append(tag("circle", cx=centre, cy=y, r=radius, fill=fill, stroke=edge, stroke_width=1))
    return parts
