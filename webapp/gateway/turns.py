"""Who waits for a device."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.runtime.scriptrunner_utils.exceptions import ScriptControlException

from engine import devices
from engine.errors import Refused


class Broken(RuntimeError):
    """What a model's code ended with was no ordinary error, such as SystemExit or a panic of a library."""


@contextmanager
def contained() -> Iterator[None]:
    """Let nothing but errors out, so that the page which asked ends with a sentence; raises `Broken` for the rest.

    Streamlit sees to errors alone: of a script that ended otherwise it never says that it ended. How Streamlit itself
    stops a script passes through.
    """
    try:
        yield
    except (Exception, ScriptControlException):
        raise
    except BaseException as reason:
        raise Broken(type(reason).__name__) from reason


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
            with contained(), self._turn:
                devices.one_thread_a_request()
                yield
        finally:
            with self._count:
                self._inside -= 1
