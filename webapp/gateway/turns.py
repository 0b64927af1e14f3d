"""Who waits for a device."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.runtime.scriptrunner import get_script_run_ctx
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


def still_wanted() -> None:
    """End the page's run, by the exception that Streamlit has for it, where its visitor asked for another or left."""
    run = get_script_run_ctx(suppress_warning=True)
    if run is not None:
        "" in run.session_state  # noqa: B015  # each look at the state is where Streamlit ends such a run


PATIENCE = 2.0  # seconds for which what comes later lets others go first


class Queue:
    """Lets one request at a time compute on a device and `waiting` others stand in line; more are told to come back.

    What a page can show later stands for a while behind all that visitors are waiting for now, and what nobody waits
    for any more once its turn has come is not computed.
    """

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self._inside = 0
        self._hurried = 0
        self._busy = False
        self._change = threading.Condition()

    @property
    def wanted(self) -> bool:
        """Whether anybody computes or waits."""
        return self._inside > 0

    @contextmanager
    def turn(self, *, let_in: bool = False, later: bool = False) -> Iterator[None]:
        """`let_in` is for the later parts of a long request, which is not sent away in the middle; `later` is for what
        lets others go first."""
        with self._change:
            if self._inside > self.waiting and not let_in:
                raise Refused("Many people are asking at once just now; try again in a few seconds.")
            self._inside += 1
            self._hurried += not later
        try:
            with contained(), self._turn(later):
                still_wanted()
                devices.one_thread_a_request()
                yield
        finally:
            with self._change:
                self._inside -= 1

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """For all that somebody waits for before there is anything to see, its drawing as well."""
        with self._change:
            self._hurried += 1
        try:
            yield
        finally:
            with self._change:
                self._hurried -= 1
                self._change.notify_all()

    def give_way(self) -> None:
        """Wait, for `PATIENCE` at most, until nobody is in a hurry: Python runs one page at a time, and what is drawn
        now would hold up the first pictures of others."""
        with self._change:
            self._change.wait_for(lambda: not self._hurried, PATIENCE)
        still_wanted()

    @contextmanager
    def _turn(self, later: bool) -> Iterator[None]:
        with self._change:
            try:
                if later:
                    self._change.wait_for(lambda: not self._busy and not self._hurried, PATIENCE)
                self._change.wait_for(lambda: not self._busy)
                self._busy = True
            finally:
                self._hurried -= not later
        try:
            yield
        finally:
            with self._change:
                self._busy = False
                self._change.notify_all()
