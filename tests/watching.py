"""What a piece of the program does beside its answer: files opened, machines asked, memory taken."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psutil

OPENED = ("open", "os.listdir", "os.scandir")
ASKED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")

_listening: list[tuple[tuple[str, ...], list[object]]] = []


@cache
def _hook() -> None:
    """Auditors cannot be taken off again, so there is one, and it listens only while somebody wants to know."""

    def heard(event: str, given: tuple[object, ...]) -> None:
        for events, found in _listening:
            if event in events:
                found.append(given[0])

    sys.addaudithook(heard)


@contextmanager
def heard(events: tuple[str, ...]) -> Iterator[list[object]]:
    """The first argument of each of these events; of `OPENED` the path. What is written in Rust tells nobody."""
    _hook()
    found: list[object] = []
    _listening.append((events, found))
    try:
        yield found
    finally:
        _listening.pop()


@contextmanager
def room(megabytes: int) -> Iterator[None]:
    """No more memory than that beside what the process already holds; MemoryError for whoever asks for more."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = psutil.Process().memory_info().vms + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
