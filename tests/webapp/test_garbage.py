"""What lives is not looked at again and again, and what dies is still found."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator

import pytest

from webapp.garbage import Sparing, set_aside

PATIENCE = 10.0  # seconds


class Thing:
    """Holds another, which may hold it."""

    other: Thing


@pytest.fixture
def sparing() -> Iterator[Sparing]:
    """Takes every collection for a slow one."""
    one = Sparing(slow=-1.0)
    one.start()
    yield one
    one.stop()
    gc.unfreeze()


def frozen_soon(more_than: int) -> bool:
    until = time.monotonic() + PATIENCE
    while gc.get_freeze_count() <= more_than and time.monotonic() < until:
        time.sleep(0.01)
    return gc.get_freeze_count() > more_than


def test_after_a_slow_collection_all_that_lives_is_set_aside(sparing: Sparing) -> None:
    gc.unfreeze()
    living = [Thing() for _ in range(1000)]
    gc.collect()
    assert frozen_soon(len(living))


def test_a_quick_collection_sets_nothing_aside() -> None:
    one = Sparing(slow=PATIENCE)
    gc.unfreeze()
    one.start()
    gc.collect()
    one.stop()
    assert gc.get_freeze_count() == 0


def test_what_dies_after_it_was_set_aside_is_collected_the_next_time() -> None:
    pair = Thing(), Thing()
    pair[0].other, pair[1].other = pair[1], pair[0]
    seen = weakref.ref(pair[0])
    set_aside()
    del pair
    gc.collect()
    assert seen() is not None
    set_aside()
    assert seen() is None
    gc.unfreeze()
