"""Pictures to begin with, drawn here: each has something in it that a model may look at."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw

from webapp.i18n import N_

NAMES = {
    "house": N_("House in a meadow"),
    "shapes": N_("Three shapes"),
    "odd": N_("One unlike the others"),
    "seven": N_("A seven"),
}
FINE = 3  # times as large as it will be while it is drawn, for smooth edges


@cache
def content(name: str) -> bytes:
    """One of `NAMES` as a PNG file of some kilobytes."""
    size, draw = _DRAWN[name]
    canvas = Image.new("RGB", (size[0] * FINE, size[1] * FINE), "white")
    draw(_Pen(canvas))
    out = io.BytesIO()
    canvas.resize(size, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Pen:
    """Draws in the coordinates of the finished picture."""

    def __init__(self, canvas: Image.Image) -> None:
        self._draw = ImageDraw.Draw(canvas)

    def box(self, x: float, y: float, right: float, bottom: float, colour: str) -> None:
        self._draw.rectangle(self._at(x, y, right, bottom), colour)

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        self._draw.ellipse(self._at(x - radius, y - radius, x + radius, y + radius), colour)

    def shape(self, colour: str, *places: float) -> None:
        self._draw.polygon(self._at(*places), colour)

    def stroke(self, colour: str, width: float, *places: float) -> None:
        self._draw.line(self._at(*places), colour, round(width * FINE), joint="curve")
        for x, y in zip(places[::2], places[1::2], strict=True):
            self.disc(x, y, width / 2, colour)

    @staticmethod
    def _at(*places: float) -> list[float]:
        return [place * FINE for place in places]


def _house(pen: _Pen) -> None:
    for k in range(20):
        pen.box(0, 7 * k, 320, 7 * k + 7, f"#{130 + 5 * k:02x}{190 + 2 * k:02x}f0")
    pen.disc(262, 46, 22, "#ffd75e")
    pen.shape("#8fa3b8", 0, 150, 70, 70, 130, 130, 190, 88, 320, 150)
    pen.box(0, 140, 320, 214, "#6fae5a")
    pen.box(92, 112, 164, 168, "#f3e6cf")
    pen.shape("#b5432f", 82, 114, 128, 76, 174, 114)
    pen.box(121, 138, 136, 168, "#6b4a33")
    pen.box(100, 124, 114, 138, "#7fb7d9")
    pen.box(143, 124, 157, 138, "#7fb7d9")
    pen.box(232, 128, 242, 172, "#6b4a33")
    for x, y, radius in ((237, 108, 26), (220, 122, 18), (254, 122, 18)):
        pen.disc(x, y, radius, "#2f7d3b")


def _shapes(pen: _Pen) -> None:
    pen.box(0, 0, 256, 256, "#f4f1ea")
    pen.disc(74, 78, 46, "#d23b3b")
    pen.box(142, 36, 222, 116, "#2f62c9")
    pen.shape("#2e9c5c", 128, 138, 194, 230, 62, 230)


def _odd(pen: _Pen) -> None:
    pen.box(0, 0, 256, 256, "#eef1f5")
    for row in range(5):
        for column in range(5):
            pen.disc(36 + 46 * column, 36 + 46 * row, 16, "#e8711a" if (row, column) == (1, 3) else "#4a6fa5")


def _seven(pen: _Pen) -> None:
    pen.box(0, 0, 256, 256, "#000000")
    pen.stroke("#ffffff", 24, 66, 66, 186, 66, 112, 204)


_DRAWN: dict[str, tuple[tuple[int, int], Callable[[_Pen], None]]] = {
    "house": ((320, 214), _house),
    "shapes": ((256, 256), _shapes),
    "odd": ((256, 256), _odd),
    "seven": ((256, 256), _seven),
}
