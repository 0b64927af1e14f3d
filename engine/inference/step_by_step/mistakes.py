"""What a usual mistake in writing attention down as a program is: a switch that changes one line of a computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PADDING = 2
"""How many places of padding a text gets where it is to be seen what becomes of them."""


@dataclass(frozen=True)
class Mistake:
    """`quantity` is the one that is computed wrongly; `scores` are the scoring functions that have such a line, all of
    them where it is empty."""

    name: str
    quantity: str
    label: str
    meaning: str
    scores: tuple[str, ...] = ()


def named(*mistakes: Mistake) -> Mapping[str, Mistake]:
    """Mistakes by their names."""
    return {mistake.name: mistake for mistake in mistakes}
