"""What forward passes left for a closer look, within a budget of bytes: the oldest goes first."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from engine.models.transformer.capture import Attended, Site


@dataclass(frozen=True, eq=False)
class Given:
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


Layers = Sequence[Attended | Given]


class Kept:
    """Layers of recent passes by number. Safe between threads."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._held: OrderedDict[int, tuple[Layers, int]] = OrderedDict()
        self._size = 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def put(self, layers: Layers) -> int:
        """Keep them, unless they alone are over the budget; returns the number that `get` takes."""
        size = _bytes(layers)
        with self._lock:
            number = next(self._numbers)
            if size <= self.budget:
                self._held[number] = (layers, size)
                self._size += size
            while self._size > self.budget:
                _, (_, gone) = self._held.popitem(last=False)
                self._size -= gone
        return number

    def get(self, number: int) -> Layers | None:
        with self._lock:
            found = self._held.get(number)
            if found is None:
                return None
            self._held.move_to_end(number)
            return found[0]


def _bytes(layers: Layers) -> int:
    """Tables that layers share count once."""
    tables: dict[int, int] = {}
    for layer in layers:
        for value in vars(layer).values():
            if isinstance(value, Tensor):
                storage = value.untyped_storage()
                tables[storage.data_ptr()] = storage.nbytes()
    return sum(tables.values())
