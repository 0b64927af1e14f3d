"""What is known of a model that replies: which other weighs its replies, by how much, and which of them are common."""

from __future__ import annotations

from typing import NamedTuple

from engine.decoding.mmi import USUAL, Mmi
from engine.store.catalogue import ModelInfo

LARGEST = 1000
"""No weight that was chosen is larger."""


class Generic(NamedTuple):
    """To how many of the test messages a reply was offered. `rank` counts from 1 for the commonest of all; None for
    one that is none of the `kept` commonest."""

    rank: int | None
    times: int
    messages: int
    kept: int


def backwards(info: ModelInfo) -> bool:
    """Whether it says what a reply answers."""
    return info.config.get("backwards") is True


def reverse(info: ModelInfo) -> str:
    """The model by which its replies are weighed; empty where its config.json names none."""
    named = info.config.get("reverse")
    return named if isinstance(named, str) else ""


def weights(info: ModelInfo) -> Mmi:
    """Those that were `chosen`, or the usual ones."""
    return chosen(info) or USUAL


def chosen(info: ModelInfo) -> Mmi | None:
    """The weights that were chosen on development data when it was measured; None where that was not, or was with
    another model of the way back than it names now, to whose numbers they do not apply."""
    named = (info.metrics or {}).get("mmi")
    if not isinstance(named, dict) or not reverse(info) or named.get("reverse") != reverse(info):
        return None
    numbers = [named.get(name) for name in ("lambda", "gamma")]
    numbers = [value for value in numbers if not isinstance(value, bool)]
    known = [float(value) for value in numbers if isinstance(value, int | float) and abs(value) <= LARGEST]
    return Mmi(*known) if len(known) == 2 else None


def generic(info: ModelInfo, text: str) -> Generic | None:
    """How often a reply was offered to the test messages; None where that was not measured."""
    offered = (info.metrics or {}).get("offered")
    if not isinstance(offered, dict) or type(offered.get("messages")) is not int:
        return None
    rows = offered.get("commonest")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    pairs = [(row.get("text"), row.get("count")) for row in rows]
    times = {reply: count for reply, count in pairs if isinstance(reply, str) and type(count) is int}
    own = times.get(text, 0)
    rank = 1 + sum(other > own for other in times.values()) if own else None
    return Generic(rank, own, offered["messages"], len(times))
