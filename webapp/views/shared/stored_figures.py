"""Numbers of `metrics.json` and `training.json`, which may lack any of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def stored(figures: Mapping[str, Any] | None, *path: str) -> float | None:
    """The number at the end of a path of names; None where it was not measured."""
    figure: Any = figures
    for name in path:
        figure = figure.get(name) if isinstance(figure, dict) else None
    return float(figure) if isinstance(figure, int | float) else None
