"""Who waits for a device, and what has been asked already."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from engine import devices
from engine.errors import Refused


class Queue:
    """Lets one request at a time compute on a device and `waiting` others stand in line; more are told to come back."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self._inside = 0
        self._count = threading.Lock()
        self._turn = threading.Lock()

    @property
    def wanted(self) -> bool:
        """Whether anybody computes or waits."""
        return self._inside > 0

    @contextmanager
    def turn(self, *, let_in: bool = False) -> Iterator[None]:
        """`let_in` is for the later parts of a long request, which is not sent away in the middle."""
        with self._count:
            if self._inside > self.waiting and not let_in:
                raise Refused("Many people are asking at once just now; try again in a few seconds.")
            self._inside += 1
        try:
            with self._turn:
                devices.one_thread_a_request()
                yield
        finally:
            with self._count:
                self._inside -= 1


class Kept:
    """The last results by what was asked, at most `most` of them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: Hashable) -> Any:
        with self._lock:
            if asked in self._found:
                self._found.move_to_end(asked)
            return self._found.get(asked)

    def put(self, asked: Hashable, found: object) -> None:
        with self._lock:
            self._found[asked] = found
            while len(self._found) > self.most:
                self._found.popitem(last=False)
