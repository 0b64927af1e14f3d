"""Seeds of what is left to chance: a few of them in every run, many in a long one."""

from __future__ import annotations

from typing import Any

import pytest


def seeds(few: int, many: int) -> list[Any]:
    """The seeds 0 to `many` for `pytest.mark.parametrize`: all but the first `few` run in `make test-long` alone."""
    return [*range(few), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(few, many))]
