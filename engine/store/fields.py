"""What a field of one of our configurations can hold, whether it is about to be trained or is read from a folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, get_args

from engine.errors import N_

MAX_SIZE, MAX_LAYERS, MAX_VOCABULARY = 16_384, 64, 500_000
"""The widest and deepest that a network may be, and the most pieces that it may know."""
MAX_NAME = 40

_DEPTHS = ("layers", "heads")


class Wanted(NamedTuple):
    """Which values a field may have: the sentence about others, whose {name} and {value} are still to be filled in,
    its facts, and what is true of those that it may have alone."""

    template: str
    facts: dict[str, Any]
    fits: Callable[[object], bool]


def wanted(field: str, hint: Any) -> Wanted:
    """Of a field of the type `hint`."""
    if choices := get_args(hint):
        return Wanted(
            N_("{name} must be one of {choices}, got {value}"),
            {"choices": ", ".join(map(str, choices))},
            lambda value: isinstance(value, str) and value in choices,
        )
    if hint is int:
        most = MAX_VOCABULARY if field == "vocabulary" else MAX_LAYERS if field in _DEPTHS else MAX_SIZE
        return Wanted(
            N_("{name} must be a whole number from 1 to {most}, got {value}"),
            {"most": most},
            lambda value: type(value) is int and 1 <= value <= most,
        )
    if hint is float:
        return Wanted(
            N_("{name} must be a number from 0 to below 1, got {value}"),
            {},
            lambda value: type(value) in (int, float) and 0 <= float(str(value)) < 1,
        )
    if hint is bool:
        return Wanted(N_("{name} must be true or false, got {value}"), {}, lambda value: isinstance(value, bool))
    return Wanted(
        N_("{name} must be a text in quotes of at most {most} characters, got {value}"),
        {"most": MAX_NAME},
        lambda value: isinstance(value, str) and len(value) <= MAX_NAME,
    )
