"""Changes to attention as short ids, in links and on the command line: "mute-encoder-3-5", "temperature-cross-0-0-50".

Layers, heads and positions count from 1; 0 stands for all of them. A temperature is in hundredths.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast, get_args

from engine.capture.edits import AttentionKind, Change, Edits, Mute, Permute, Pin, Temperature, Uniform

HOTTEST = 1000  # hundredths of a temperature
NUMBERS = {"mute": 0, "uniform": 0, "permute": 1, "temperature": 1, "pin": 2}  # that follow layer and head
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}", re.ASCII)


def code(name: str, kind: str, layer: int | None, head: int | None, *numbers: int) -> str:
    """A change as an id; layer and head count from 0, None for all of them."""
    places = [0 if place is None else place + 1 for place in (layer, head)]
    return "-".join([name, kind, *map(str, (*places, *numbers))])


def change(code: str) -> Change:
    """What an id stands for. ValueError for one that stands for nothing."""
    name, _, rest = code.partition("-")
    kind, *parts = rest.split("-")
    if (
        name not in NUMBERS
        or kind not in get_args(AttentionKind)
        or len(parts) != 2 + NUMBERS[name]
        or not all(map(_NUMBER.fullmatch, parts))
    ):
        raise ValueError("no change")
    layer, head, *numbers = map(int, parts)
    where = (cast("AttentionKind", kind), layer - 1 if layer else None, head - 1 if head else None)
    if name == "temperature" and 1 <= numbers[0] <= HOTTEST:
        return Temperature(*where, value=numbers[0] / 100)
    if name == "pin" and min(numbers) > 0:
        return Pin(*where, query=numbers[0] - 1, key=numbers[1] - 1)
    if name == "permute":
        return Permute(*where, seed=numbers[0])
    if name in ("mute", "uniform"):
        return (Mute if name == "mute" else Uniform)(*where)
    raise ValueError("no change")


def edits(codes: Sequence[str]) -> Edits:
    """All changes in their order. ValueError as `change`."""
    return Edits(tuple(map(change, codes)))
