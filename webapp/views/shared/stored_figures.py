"""Numbers of `metrics.json` and `training.json`, which may lack any of them and may be anybody's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

LARGEST = 1e12
"""No figure is further from 0."""


def stored(figures: Mapping[str, Any] | None, *path: str) -> float | None:
    """The number at the end of a path of names; None where none stands there, or none that is a figure."""
    figure: Any = figures
    for name in path:
        figure = figure.get(name) if isinstance(figure, dict) else None
    if isinstance(figure, bool) or not isinstance(figure, int | float):
        return None
    return float(figure) if abs(figure) <= LARGEST and math.isfinite(figure) else None
