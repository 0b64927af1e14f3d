"""What a recorder asks of the task whose training it watches."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from engine.inference.replay.frames import About, View


class Look(NamedTuple):
    """What a network is like at one time, as of `Scores`."""

    views: tuple[View, ...]
    score: float | None
    entropy: float | None
    aer: float | None = None


@runtime_checkable
class Observer(Protocol):
    """Holds a network of one task, its probes, and what it is scored on."""

    about: About

    def look(self) -> Look:
        """What the network is like now."""
