"""Changed numbers as ids for links, files and the command line: "scores:2:-1.5", "keys:2:3:0.25".

An id names its quantity, the place in it counted from 1 (row and column where it has rows), and the new number. With
one place alone, as links once had it, the rows are laid end to end.
"""

from __future__ import annotations

import re

from engine.inference.step_by_step.quantities import Place

LARGEST = 1e6
_CODE = re.compile(r"([a-z_]{2,20}):([1-9]\d{0,6}):(?:([1-9]\d{0,6}):)?(-?\d{1,7}(?:\.\d{1,6})?)", re.ASCII)


def code(place: Place, number: float) -> str:
    """A change as an id, the number to six decimals and no larger than `LARGEST`."""
    digits = f"{max(-LARGEST, min(LARGEST, number)):.6f}".rstrip("0").rstrip(".")
    column = [] if place.column is None else [place.column + 1]
    return ":".join(map(str, (place.quantity, place.index + 1, *column, digits)))


def change(code: str) -> tuple[Place, float]:
    """What an id stands for, whether or not there is such a quantity. ValueError for one that stands for nothing."""
    match = _CODE.fullmatch(code)
    if match is None or abs(float(match[4])) > LARGEST:
        raise ValueError("no change")
    column = None if match[3] is None else int(match[3]) - 1
    return Place(match[1], int(match[2]) - 1, column), float(match[4])
