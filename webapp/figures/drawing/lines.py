"""Two rows of words joined by lines: source above, target below."""

from __future__ import annotations

from webapp.figures.drawing import linked
from webapp.figures.drawing.marks import Drawing, heading, length, whole
from webapp.figures.drawing.typeset import Label, runs_right_to_left
from webapp.figures.scenes.scene import LinesScene, Link

LONGEST = 160.0


def draw(scene: LinesScene, compact: bool) -> Drawing:
    """Both sentences with a line from word to word, the thicker the stronger."""
    size, gap, between = (12.0, 10.0, 70.0) if compact else (15.0, 18.0, 120.0)
    above, below = ([Label.of(w, LONGEST, size) for w in words] for words in (scene.top, scene.bottom))
    spans = [sum(label.width for label in row) + gap * max(len(row) - 1, 0) for row in (above, below)]
    across = max(*spans, 160.0) + 16
    title = whole(size * 2) if scene.title else 0
    y_top, y_bottom = title + size * 1.4, title + size * 1.4 + between
    x_top = _places(above, gap, across, runs_right_to_left(scene.top))
    x_bottom = _places(below, gap, across, runs_right_to_left(scene.bottom))
    drawing = Drawing(whole(across), whole(y_bottom + size * 0.9), size)

    def curve(link: Link) -> str:
        return _curve(x_bottom[link.row], y_bottom - size * 1.15, x_top[link.column], y_top + size * 0.5)

    drawing.parts = [
        heading(scene.title, size),
        linked.curves(scene, curve),
        linked.words(above, ((x, y_top) for x in x_top), scene.sides[1], "column", "middle"),
        linked.words(below, ((x, y_bottom) for x in x_bottom), scene.sides[0], "row", "middle"),
    ]
    return linked.finish(drawing, scene, compact)


def _places(labels: list[Label], gap: float, across: float, leftward: bool) -> list[float]:
    """The middle of each word; the shorter sentence stands centred, and right to left where it is read so."""
    span = sum(label.width for label in labels) + gap * max(len(labels) - 1, 0)
    at, middles = (across - span) / 2, []
    for label in labels:
        middles.append(at + label.width / 2)
        at += label.width + gap
    return [across - x for x in middles] if leftward else middles


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    half = (y1 + y2) / 2
    a, b, c, d, m = map(length, (x1, y1, x2, y2, half))
    return f"M{a} {b}C{a} {m} {c} {m} {c} {d}"
