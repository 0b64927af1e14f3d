"""A second process for what pages show later, so that it takes no time from whoever waits for a first picture."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple, Protocol, TypeVar

from engine.errors import Refused
from webapp.gateway.turns import Queue

LONGEST = 120.0
"""Seconds after which a question is taken to have no end."""

log = logging.getLogger("alignscope")
Answer = TypeVar("Answer", covariant=True)


class Work(Protocol[Answer]):
    """A question that may go to another process and brings nothing of this one along: `model` is the one it is put to,
    `opened` gives others by their names."""

    def __call__(self, model: Any, opened: Callable[[str], Any], /) -> Answer: ...


class Question(NamedTuple):
    """The work, the name of the model it is put to, and the hash of the weights of each model that takes part."""

    name: str
    weights: tuple[tuple[str, str], ...]
    work: Work[Any]


class Gone(Exception):
    """There is no second process, or it cannot answer: whoever asks works it out."""


class Second:
    """One question at a time, in a queue of its own, put to a process that begins with the server.

    `begin` is called in it before all else, and `answered` for each question. Once it has died there is none any more:
    a process that is started while Streamlit runs a page takes that page for the program, and runs it.
    """

    def __init__(self, waiting: int, begin: Callable[[], None], answered: Callable[[Question], Any]) -> None:
        self.queue = Queue(waiting)
        self._begin, self._answered = begin, answered
        self._pool: ProcessPoolExecutor | None = None
        self._pid: Future[int] = Future()

    @property
    def runs(self) -> bool:
        """Whether questions may be put to it."""
        return self._pool is not None

    def start(self) -> None:
        """Have one from now on; to be called before any page is run."""
        # Forking would copy locks that other threads of the server hold.
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), self._begin)
        self._pid = self._pool.submit(os.getpid)  # without a question no process would be started yet

    def stop(self) -> None:
        """Have none any more; a question that it works on is not waited for."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # Should it only just be starting, it ends once it has: it finds the pool gone.
            own = self._pid.result() if self._pid.done() and not self._pid.exception() else None
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                if process.pid == own:
                    process.kill()

    def ask(self, question: Question) -> Any:
        """The answer; to be called in turn. Raises Refused, and Gone where it has none."""
        pool = self._pool
        if pool is None:
            raise Gone
        try:
            return pool.submit(self._answered, question).result(LONGEST)
        except (Refused, Gone):
            raise
        except (BrokenProcessPool, TookTooLong) as reason:
            self.stop()
            log.warning("The second process ended unasked, or found no end: %s", type(reason).__name__)
            raise Gone from reason
        except Exception as reason:
            # Worked out here it fails too, if the fault is in the question, and is said as any other.
            log.exception("The second process could not answer")
            raise Gone from reason
