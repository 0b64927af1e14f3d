"""A part of a recurrent translator that can be chosen, described as scoring functions and windows are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """What a part is called, what it does, as formula too, and where it comes from."""

    name: str
    label: str
    meaning: str
    formula: str
    source: str
