"""What every scene makes sure of before it is drawn."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

SIDES = ("source", "target")


def frozen(values: object, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The numbers as an array of their own that nobody can change. ValueError where they have another shape or are not
    finite; `name` says in it what they are."""
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} of shape {array.shape} do not fit labels that ask for {shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    array.setflags(write=False)
    return array


def check_shades(shades: np.ndarray, diverging: bool) -> None:
    """ValueError for shades beyond 0 to 1, or −1 to 1 where they go both ways."""
    low = -1 if diverging else 0
    if shades.size and (shades.min() < low or shades.max() > 1):
        raise ValueError(f"shades must lie in {low}..1, got {shades.min():.3g}..{shades.max():.3g}")


def check_sides(sides: Iterable[str]) -> None:
    """ValueError for a side that is neither source nor target."""
    if any(side not in SIDES for side in sides):
        raise ValueError(f"a side is one of {SIDES}, got {tuple(sides)}")
