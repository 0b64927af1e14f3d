"""Two columns of words joined by lines: what looks on the left, what it looks at on the right."""

from __future__ import annotations

from webapp.figures.drawing import linked
from webapp.figures.drawing.marks import Drawing, heading, length, whole
from webapp.figures.drawing.typeset import Label
from webapp.figures.scenes.scene import LinesScene, Link

LONGEST = 150.0


def draw(scene: LinesScene, compact: bool, large: bool = False) -> Drawing:
    """`compact` is smaller, and without the note; `large` is for a text that is the first thing to read."""
    longest = max(len(scene.top), len(scene.bottom), 1)
    size, line = (12.0, 19) if compact or longest > 40 else (24.0, 36) if large else (14.5, 25)
    between = 130.0 if compact else 190.0
    left, right = ([Label.of(w, LONGEST, size) for w in words] for words in (scene.bottom, scene.top))
    title = whole(size * 2) if scene.title else 2
    edge = max((label.width for label in left), default=0.0) + 8
    far = edge + 16 + between
    rows = _places(len(left), longest, line, title)
    columns = _places(len(right), longest, line, title)
    wide = far + 8 + max((label.width for label in right), default=0.0) + 8
    drawing = Drawing(whole(max(wide, 200.0)), title + line * longest + 6, size)
    half = (edge + 8 + far) / 2

    def curve(link: Link) -> str:
        start, end = length(rows[link.row]), length(columns[link.column])
        return f"M{length(edge + 8)} {start}C{length(half)} {start} {length(half)} {end} {length(far)} {end}"

    drawing.parts = [
        heading(scene.title, size),
        linked.curves(scene, curve),
        linked.words(left, ((edge, y + size * 0.35) for y in rows), scene.sides[0], "row", "end"),
        linked.words(right, ((far + 8, y + size * 0.35) for y in columns), scene.sides[1], "column", "start"),
    ]
    return linked.finish(drawing, scene, compact, data_upright=1)


def _places(count: int, longest: int, line: int, title: int) -> list[float]:
    """The middle of each word; the shorter column stands centred."""
    start = title + (longest - count) * line / 2
    return [start + line * (k + 0.5) for k in range(count)]
