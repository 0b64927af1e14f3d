"""Pictures one after another as one GIF."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image

from webapp.figures.files import export

SCALE = 1.5  # pixels for one of the screen
EACH = 180  # milliseconds
LAST = 2_500
COLOURS = 64


def gif(pictures: Iterable[str]) -> bytes:
    """The pictures, each on paper as large as the largest of them, again and again from the beginning; the last stays
    longest."""
    drawn = [Image.open(io.BytesIO(export.png(picture, scale=SCALE))).convert("RGB") for picture in pictures]
    size = max(image.width for image in drawn), max(image.height for image in drawn)
    frames = [_on_paper(image, size) for image in drawn]
    durations = [EACH] * (len(frames) - 1) + [LAST]
    into = io.BytesIO()
    frames[0].save(into, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)
    return into.getvalue()


def _on_paper(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    paper = Image.new("RGB", size, "white")
    paper.paste(image)
    return paper.quantize(COLOURS, dither=Image.Dither.NONE)
