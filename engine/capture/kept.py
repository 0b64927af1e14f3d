"""What forward passes left for a closer look, within a budget of bytes: the oldest goes first."""

from __future__ import annotations

import ctypes
import itertools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from engine.capture.attended import CapturedLayer, Room, Site


@dataclass(frozen=True, eq=False)
class WeightsOnly:
    """Weights that a model with attention of its own gave out; it shows no scores."""

    site: Site
    table: Float[Tensor, "head query key"]

    @property
    def heads(self) -> int:
        return len(self.table)

    def scores(self, head: int | None = None) -> None:
        """None: there are none."""

    def weights(self, head: int | None = None) -> Float[Tensor, "head query key"]:
        return self.table if head is None else self.table[head : head + 1]

    def some(self, heads: slice, room: Room | None = None) -> Float[Tensor, "head query key"]:
        return self.table[heads]

    def parts(self) -> list[slice]:
        return [slice(0, self.heads)]

    def mean(self) -> Float[Tensor, "query key"]:
        return self.table.mean(0)


Layers = Sequence[CapturedLayer | WeightsOnly]


class Gathering:
    """The layers of a pass under way; of one that grows beyond the budget nothing is held on to."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.layers: list[CapturedLayer | WeightsOnly] | None = []
        self._seen: CapturedLayer | WeightsOnly | None = None
        self._tables: dict[int, int] = {}

    @property
    def size(self) -> int:
        """Bytes; tables that layers share count once."""
        return sum(self._tables.values())

    def add(self, layer: CapturedLayer | WeightsOnly) -> None:
        """The same layer may come several times in a row."""
        if layer is self._seen or self.layers is None:
            return
        self._seen = layer
        self.layers.append(layer)
        for value in vars(layer).values():
            if isinstance(value, Tensor):
                storage = value.untyped_storage()
                self._tables[storage.data_ptr()] = storage.nbytes()
        if self.size > self.budget:
            self.layers = None


GIVE_BACK = 0.25
"""The part of the budget that is given back to the system once so much of it was dropped."""


class Kept:
    """Layers of recent passes by number. Safe between threads."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._held: OrderedDict[int, tuple[Layers, int]] = OrderedDict()
        self._size = self._dropped = 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def gathering(self) -> Gathering:
        return Gathering(self.budget)

    def put(self, gathering: Gathering) -> int:
        """Keep its layers, unless they alone are over the budget; returns the number that `get` takes."""
        with self._lock:
            number = next(self._numbers)
            if gathering.layers is not None and gathering.size <= self.budget:
                self._held[number] = (gathering.layers, gathering.size)
                self._size += gathering.size
            while self._size > self.budget:
                _, (_, gone) = self._held.popitem(last=False)
                self._size -= gone
                self._dropped += gone
            if many := self._dropped > self.budget * GIVE_BACK:
                self._dropped = 0
        if many:
            give_back()
        return number

    def get(self, number: int) -> Layers | None:
        with self._lock:
            held = self._held.get(number)
            if held is None:
                return None
            self._held.move_to_end(number)
            return held[0]


def give_back() -> None:
    """Let the system have the free memory between what is in use, where the C library can (glibc).

    What is kept ages between short-lived tables, and the gaps that it leaves would otherwise add up over hundreds of
    texts, though nothing is held in them.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        return
    trim(ctypes.c_size_t(0))
