"""What is imposed on attention as ids for links, files and the command line: "mute-3", "pin-4_5-3-70".

Steps and positions count from 1, several stand between underscores, and 0 stands for all steps. A share is in per cent.

    mute-POSITIONS    uniform-STEPS    permute-STEPS-SEED    pin-STEPS-POSITIONS-SHARE
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.attention.imposed import Change, Imposed, Mute, Permute, Pin, Uniform

PARTS = {"mute": 1, "uniform": 1, "permute": 2, "pin": 3}
_PLACES = re.compile(r"[1-9][0-9]{0,3}(_[1-9][0-9]{0,3}){0,199}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}", re.ASCII)


def code(change: Change) -> str:
    """A change as an id."""
    if isinstance(change, Mute):
        return f"mute-{_places(change.keys)}"
    steps = _places(change.steps) if change.steps else "0"
    if isinstance(change, Pin):
        return f"pin-{steps}-{_places(change.keys)}-{round(100 * change.share)}"
    return f"permute-{steps}-{change.seed}" if isinstance(change, Permute) else f"uniform-{steps}"


def change(code: str) -> Change:
    """What an id stands for. ValueError for one that stands for nothing."""
    name, *parts = code.split("-")
    if PARTS.get(name) != len(parts):
        raise ValueError("no change")
    if name == "mute":
        return Mute(_read(parts[0]))
    steps = () if parts[0] == "0" else _read(parts[0])
    if name == "pin":
        return Pin(steps, _read(parts[1]), _number(parts[2]) / 100)
    return Permute(steps, _number(parts[1])) if name == "permute" else Uniform(steps)


def imposed(codes: Sequence[str]) -> Imposed:
    """All that ids stand for. ValueError where one stands for nothing."""
    return Imposed(tuple(map(change, codes)))


def _places(places: Sequence[int]) -> str:
    return "_".join(str(place + 1) for place in places)


def _read(places: str) -> tuple[int, ...]:
    if not _PLACES.fullmatch(places):
        raise ValueError("no positions")
    return tuple(int(place) - 1 for place in places.split("_"))


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("no number")
    return int(text)
