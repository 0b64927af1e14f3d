"""Cells of the README's tables as figures of a model's metrics make them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def metrics(model: str) -> dict[str, Any]:
    """What was measured of a model that ships."""
    return json.loads((ROOT / "pretrained" / model / "metrics.json").read_text(encoding="utf-8"))


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def cell(figure: Mapping[str, float] | None, digits: int, times: float = 1, *, interval: bool = True) -> str:
    """A figure `times` so much, with its interval where it has one; blank for none."""
    if figure is None:
        return ""
    value, *ends = (f"{times * figure[name]:.{digits}f}" for name in ("value", "low", "high") if name in figure)
    return f"{value} ({ends[0]} to {ends[1]})" if interval and ends else value
