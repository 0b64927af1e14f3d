"""What a field of one of our configurations can hold, whether it is about to be trained or is read from a folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

MAX_SIZE, MAX_LAYERS, MAX_VOCABULARY = 16_384, 64, 500_000
"""The widest and deepest that a network may be, and the most pieces that it may know."""
MAX_NAME = 40

_DEPTHS = ("layers", "heads")


def wanted(field: str, hint: Any) -> tuple[str, Callable[[object], bool]]:
    """Which values a field of the type `hint` may have: in words, and as what is true of them alone."""
    if choices := get_args(hint):
        return f"one of {', '.join(map(str, choices))}", lambda value: isinstance(value, str) and value in choices
    if hint is int:
        most = MAX_VOCABULARY if field == "vocabulary" else MAX_LAYERS if field in _DEPTHS else MAX_SIZE
        return f"a whole number from 1 to {most}", lambda value: type(value) is int and 1 <= value <= most
    if hint is float:
        return "a number from 0 to below 1", lambda value: type(value) in (int, float) and 0 <= float(str(value)) < 1
    short = hint is str
    return (
        f"of the kind {hint.__name__}",
        lambda value: type(value) is hint and (not short or len(str(value)) <= MAX_NAME),
    )
