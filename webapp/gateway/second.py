"""A second process for what pages show later, so that it takes no time from whoever waits for a first picture."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, Protocol, TypeVar

from engine.errors import N_, Refused
from webapp.gateway.turns import Queue

LONGEST = 120.0
"""Seconds after which a question is taken to have no end."""
NO_END = N_("This was given up after {seconds:g} seconds without an answer. Choose a shorter text or a smaller model.")
STOPPING = N_("The server is stopping. Open the page again once it is back.")

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


class Endless(Refused):
    """A question that was given up: worked out here it would keep everybody waiting."""


def endless() -> Endless:
    """As it is said on the page."""
    return Endless(NO_END, seconds=LONGEST)


class Second:
    """One question at a time, in a queue of its own, put to a process that begins with the server.

    `begin` is called in it before all else, and `answered` for each question. Once it has died there is none any more:
    a process that is started while Streamlit runs a page takes that page for the program, and runs it.
    """

    def __init__(self, waiting: int, begin: Callable[[], None], answered: Callable[[Question], Any]) -> None:
        self.queue = Queue(waiting)
        self._begin, self._answered = begin, answered
        self._pool: ProcessPoolExecutor | None = None
        self._started: set[BaseProcess] = set()
        self._stopping = False

    @property
    def runs(self) -> bool:
        """Whether questions may be put to it."""
        return self._pool is not None

    def start(self) -> None:
        """Have one from now on; to be called before any page is run."""
        # Forking would copy locks that other threads of the server hold.
        pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), self._begin)
        others = set(multiprocessing.active_children())
        pool.submit(os.getpid)  # without a question no process would be started yet
        self._started = set(multiprocessing.active_children()) - others
        self._pool, self._stopping = pool, False

    def stop(self) -> None:
        """Have none any more, as the server ends; a question that it works on is not waited for."""
        self._stopping = True
        self._end()

    def ask(self, question: Question) -> Any:
        """The answer; to be called in turn. Raises Endless where it takes too long, Refused, and Gone where it has
        none."""
        try:
            return self._answer(question)
        except (Refused, Gone):
            raise
        except Exception as reason:
            if self._stopping:
                raise Refused(STOPPING) from reason
            if isinstance(reason, BrokenProcessPool):
                self._end()
                log.warning("The second process ended unasked")
            else:
                # Worked out here it fails too, if the fault is in the question, and is said as any other.
                log.exception("The second process could not answer")
            raise Gone from reason

    def _answer(self, question: Question) -> Any:
        pool = self._pool
        if self._stopping:
            raise Refused(STOPPING)
        if pool is None:
            raise Gone
        future = pool.submit(self._answered, question)
        # By whether it is done, since work can itself end with a TimeoutError.
        if wait([future], LONGEST).not_done:
            self._end()
            log.warning("The second process found no end and was ended")
            raise endless()
        return future.result()

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
        # Also where it is still starting: the interpreter would wait for it before it exits.
        for process in self._started:
            process.kill()
        self._started = set()
