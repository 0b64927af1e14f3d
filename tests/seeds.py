"""Of many seeds, and of many cases that take long: a few in every run, all in a long one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def seeds(few: int, many: int) -> list[Any]:
    """The seeds 0 to `many` for `pytest.mark.parametrize`: all but the first `few` run in `make test-long` alone."""
    return [*range(few), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(few, many))]


def parts(cases: Sequence[Any], count: int) -> list[Any]:
    """The cases in `count` lists, each from all over them; all but the first list run in `make test-long` alone."""
    return [cases[::count], *(pytest.param(cases[i::count], marks=pytest.mark.long) for i in range(1, count))]
