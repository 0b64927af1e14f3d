"""Several figures as one, side by side: for a paper, where ten files would have to be put together by hand.

picture = panels([("dot", scene), ("additive", other)], note="…", t=t)      # for webapp.figures.files.export
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from webapp.figures.drawing.marks import note as written
from webapp.figures.drawing.marks import scale, tag, whole
from webapp.figures.drawing.matrix import ends
from webapp.figures.drawing.svg import svg
from webapp.figures.drawing.theme import FONTS
from webapp.figures.scenes.scene import MatrixScene, Scene

ROOM = 1000  # pixels across, as far as one figure alone does not take more
GAP = 16


def panels(named: Sequence[tuple[str, Scene]], *, note: str = "", t: Callable[[str], str] = str) -> str:
    """All scenes (one at least) in lines under their names, small, with one scale and one note below them.

    They share a unit and a scale, as figures of one page do. Gives a stand-alone SVG document.
    """
    drawn = [svg(replace(scene, title=name, note=""), compact=True, t=t) for name, scene in named]
    parts: list[str] = []
    x = y = line = across = 0
    for picture in drawn:
        width, height = size(picture)
        if x and x + width > ROOM:
            x, y, line = 0, y + line + GAP, 0
        parts.append(picture.replace("<svg ", f'<svg x="{x}" y="{y}" ', 1))
        x, line = x + width + GAP, max(line, height)
        across = max(across, x - GAP)
    y += line + GAP
    scene = named[0][1]
    if isinstance(scene, MatrixScene):
        part, end = scale(*ends(scene), scene.diverging, 4, float(y))
        parts.append(part)
        across, y = max(across, whole(end) + 4), y + 22
    text, room = written(note, 4, float(y), across - 8.0)
    down = whole(y + room + 4)
    return tag(
        "svg",
        *parts,
        text,
        xmlns="http://www.w3.org/2000/svg",
        width=across,
        height=down,
        viewBox=f"0 0 {across} {down}",
        role="img",
        aria_label=", ".join(name for name, _ in named),
        font_family=FONTS,
        data_unit=scene.unit,
    )


def size(picture: str) -> tuple[int, int]:
    """How wide and high a picture of our writer is, in pixels."""
    start = picture[: picture.index(">")]
    width, height = (int(start.partition(f' {side}="')[2].partition('"')[0]) for side in ("width", "height"))
    return width, height
