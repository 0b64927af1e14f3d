"""How numbers become shades: in proportion, by their logarithm, or each row by itself.

One rule says what is drawn darkest wherever a map is drawn to its own scale, in the overview of all heads, in one head
and over a picture: its largest number, but no less than `STANDS_OUT` times the mean, so that a head that looks
everywhere alike stays pale. The numbers are shares, so 1 is always dark enough.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

STANDS_OUT = 4
DECADES = 3
"""Powers of ten that a logarithmic scale shows: what is less than a thousandth of the darkest is not drawn."""
Scale = Literal["linear", "log", "rows"]


def darkest(numbers: np.ndarray, axis: int | tuple[int, ...] | None = None) -> np.ndarray:
    """The number that is drawn darkest, of all or along an axis; 1 where all are 0."""
    numbers = np.asarray(numbers, dtype=np.float64)
    if not numbers.size:
        return np.asarray(1.0)
    top = np.maximum(numbers.max(axis), np.minimum(STANDS_OUT * np.clip(numbers, 0, None).mean(axis), 1))
    return np.where(top > 0, top, 1.0)


def shades(numbers: np.ndarray, how: Scale, top: float | np.ndarray) -> np.ndarray:
    """0..1 for each number; `top` is drawn darkest, one for all or one for each row."""
    part = np.clip(np.asarray(numbers, dtype=np.float64) / (np.reshape(top, (-1, 1)) if np.ndim(top) else top), 0, 1)
    if how != "log":
        return np.asarray(part)
    return np.clip(1 + np.log10(np.clip(part, 1e-30, None)) / DECADES, 0, 1)
