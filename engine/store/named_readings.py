"""Readings of models that another one names, to be asked together with it."""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

from engine.traces import LATEST, Read

MOST_READINGS = 16
"""How many readings of models are asked together at most."""


class NamedReading(NamedTuple):
    """What is read of one model: of several heads that of `layer` and `head`, counted from 0, the mean of all heads
    where `head` is None; attention so many steps `later`, None for as many as the model was trained for."""

    model: str
    read: Read
    layer: int | None = None
    head: int | None = None
    later: int | None = None


def named_readings(value: object) -> tuple[NamedReading, ...]:
    """A list of objects with the fields of `NamedReading`; empty for anything else."""
    listed = value if isinstance(value, list | tuple) and len(value) <= MOST_READINGS else ()
    if not all(isinstance(entry, dict) and _names_reading(entry) for entry in listed):
        return ()
    return tuple(NamedReading(**entry) for entry in listed)


def _names_reading(entry: dict[str, Any]) -> bool:
    if not isinstance(entry.get("model"), str) or entry.get("read") not in get_args(Read):
        return False
    numbers = {name: number for name, number in entry.items() if name not in ("model", "read")}
    whole = all(type(number) is int and 0 <= number < 100 for number in numbers.values())
    return whole and numbers.keys() <= {"layer", "head", "later"} and numbers.get("later", 0) <= LATEST
