"""A picture in squares, as a vision Transformer reads it, each square with the weight that fell on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from webapp.figures.scenes.checks import check_shades, frozen
from webapp.figures.scenes.wording import PLAIN, Wording


@dataclass(frozen=True, eq=False)
class PictureScene:
    """`pixels` (uint8) in `grid` rows and columns of squares; values[place] in `unit` and their shades, 0..1.

    Places are first the `marks` that stand before the squares ("[CLS]"), then the squares row by row. `chosen` is the
    row and column of the one that looks, counted from 0, of a mark row -1. `plain` shows the picture in its own
    colours with nothing laid over it. `maximum` is the value drawn darkest. `wording` says how values are written.
    """

    pixels: np.ndarray
    grid: tuple[int, int]
    marks: tuple[str, ...]
    values: np.ndarray
    shades: np.ndarray
    unit: str
    looking: str = ""
    chosen: tuple[int, int] | None = None
    plain: bool = False
    title: str = ""
    note: str = ""
    maximum: float = 1.0
    wording: Wording = PLAIN

    def __post_init__(self) -> None:
        pixels = np.array(self.pixels)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
            raise ValueError(f"pixels are red, green and blue in uint8, got {pixels.dtype} of shape {pixels.shape}")
        pixels.setflags(write=False)
        object.__setattr__(self, "pixels", pixels)
        shape = (len(self.marks) + self.grid[0] * self.grid[1],)
        object.__setattr__(self, "values", frozen(self.values, shape, "values"))
        object.__setattr__(self, "shades", frozen(self.shades, shape, "shades"))
        check_shades(self.shades, diverging=False)
        if self.chosen is not None:
            row, column = self.chosen
            width = len(self.marks) if row == -1 else self.grid[1]
            if not (-1 <= row < self.grid[0] and 0 <= column < width):
                raise ValueError(f"there is no square {self.chosen} in a grid of {self.grid}, nor such a mark")

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of every place: a square is called by its row and column, counted from 1."""
        rows, columns = self.grid
        return (*self.marks, *(f"{row + 1}·{column + 1}" for row in range(rows) for column in range(columns)))
