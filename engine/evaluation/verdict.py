"""What a figure says of another one: better, worse, or undecided where the spread allows for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Float

Verdict = Literal["better", "worse", "undecided"]


def of_interval(difference: Mapping[str, float], *, lower_is_better: bool = False) -> Verdict:
    """Of a difference with the ends `low` and `high` of its interval: undecided where 0 lies between them."""
    if difference["low"] > 0:
        return "worse" if lower_is_better else "better"
    if difference["high"] < 0:
        return "better" if lower_is_better else "worse"
    return "undecided"


def beside_chance(value: float, by_chance: Float[np.ndarray, " draw"], *, lower_is_better: bool = False) -> Verdict:
    """Of a value beside what chance came to in several draws: undecided unless it lies beyond every one of them.

    Beyond all of 19 draws on one given side comes by chance once in 20 times (Davison & Hinkley 1997, section 4.2).
    """
    if value > by_chance.max():
        return "worse" if lower_is_better else "better"
    if value < by_chance.min():
        return "better" if lower_is_better else "worse"
    return "undecided"
