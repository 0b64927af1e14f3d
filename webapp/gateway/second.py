"""A second process for what pages show later, so that it takes no time from whoever waits for a first picture."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple, Protocol, TypeVar

from engine.errors import Refused
from webapp.gateway.turns import Queue

DEATHS = 3
"""After so many it is not started again: what ended it would end the next one too."""

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
    """One question at a time, in a queue of its own, put to a process that is started when it is first wanted.

    `begin` is called in it before all else, and `answered` for each question.
    """

    def __init__(self, waiting: int, begin: Callable[[], None], answered: Callable[[Question], Any]) -> None:
        self.queue = Queue(waiting)
        self._begin, self._answered = begin, answered
        self._wanted = False
        self._deaths = 0
        self._pool: ProcessPoolExecutor | None = None

    @property
    def runs(self) -> bool:
        """Whether questions may be put to it."""
        return self._wanted and self._deaths < DEATHS

    def start(self) -> None:
        """Have one from now on."""
        self._wanted = True

    def stop(self) -> None:
        """Have none any more; a question that it works on is answered first."""
        self._wanted = False
        self._end()

    def ask(self, question: Question) -> Any:
        """The answer; to be called in turn. Raises Refused, and Gone where it has none."""
        try:
            return self._processes().submit(self._answered, question).result()
        except (Refused, Gone):
            raise
        except BrokenProcessPool as reason:
            self._deaths += 1
            self._end()
            log.warning("The second process ended unasked")
            raise Gone from reason
        except Exception as reason:
            # Worked out here it fails too, if the fault is in the question, and is said as any other.
            log.exception("The second process could not answer")
            raise Gone from reason

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Forking would copy locks that other threads of the server hold.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, context, self._begin)
        return self._pool

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)
