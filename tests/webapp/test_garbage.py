"""What lives is not looked at again and again, and what dies is still found."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from streamlit import config

from webapp.hosting import collector
from webapp.hosting.collector import Collector, set_aside

PATIENCE = 10.0  # seconds


class Thing:
    """Holds another, which may hold it."""

    other: Thing


@pytest.fixture(autouse=True)
def nothing_set_aside() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@contextmanager
def collecting(slow: float, whole: int = 10**9, quiet: int = 10**9) -> Iterator[None]:
    one = Collector(every=0.01, slow=slow, whole=whole, quiet=quiet)
    one.start()
    try:
        yield
    finally:
        one.stop()


def soon(said: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if said():
            return True
        time.sleep(0.01)
    return False


def ring() -> weakref.ref[Thing]:
    """Two that hold each other and that nobody else holds."""
    pair = Thing(), Thing()
    pair[0].other, pair[1].other = pair[1], pair[0]
    return weakref.ref(pair[0])


def test_a_run_of_a_page_collects_nothing_itself() -> None:
    assert config.get_option("runner.postScriptGC") is False


def test_after_a_slow_collection_all_that_lives_is_set_aside() -> None:
    living = [Thing() for _ in range(1000)]
    with collecting(slow=-1.0):
        assert soon(lambda: gc.get_freeze_count() > len(living))


def test_a_quick_collection_finds_what_died_and_sets_nothing_aside() -> None:
    dead = ring()
    with collecting(slow=PATIENCE):
        assert soon(lambda: dead() is None)
    assert gc.get_freeze_count() == 0


def test_what_dies_after_it_was_set_aside_is_collected_the_next_time() -> None:
    pair = Thing(), Thing()
    pair[0].other, pair[1].other = pair[1], pair[0]
    dead = weakref.ref(pair[0])
    set_aside()
    del pair
    gc.collect()
    assert dead() is not None
    set_aside()
    assert dead() is None


def test_what_was_set_aside_is_looked_at_again_in_the_end_and_not_each_time() -> None:
    pair = Thing(), Thing()
    pair[0].other, pair[1].other = pair[1], pair[0]
    dead = weakref.ref(pair[0])
    set_aside()
    del pair
    set_aside(whole=False)
    assert dead() is not None
    with collecting(slow=-1.0, whole=3):
        assert soon(lambda: dead() is None)


def test_while_it_stays_quiet_what_dies_later_is_looked_for_again() -> None:
    seconds = iter([0.0, 1.0])  # the first collection takes long, all others no time
    wholes: list[bool] = []

    def noted(*, whole: bool) -> None:
        set_aside(whole=whole)
        wholes.append(whole)

    pair = Thing(), Thing()
    pair[0].other, pair[1].other = pair[1], pair[0]
    dead = weakref.ref(pair[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "thread_time", lambda: next(seconds, 1.0))
        patch.setattr(collector, "set_aside", noted)
        with collecting(slow=0.5, quiet=3):
            assert soon(lambda: any(wholes))  # it was quiet, all was looked at, and the two lived
            del pair
            assert soon(lambda: dead() is None)


def test_once_it_is_quiet_again_what_died_under_load_is_looked_for() -> None:
    seconds = iter([0.0, 1.0])  # the first collection takes long, all others no time

    pair = Thing(), Thing()
    pair[0].other, pair[1].other = pair[1], pair[0]
    dead = weakref.ref(pair[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "thread_time", lambda: next(seconds, 1.0))
        with collecting(slow=0.5, quiet=3):
            assert soon(lambda: gc.get_freeze_count() > 0)
            del pair
            assert soon(lambda: dead() is None)
