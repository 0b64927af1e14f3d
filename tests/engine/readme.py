"""The tables of the README, held to what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.store.names import PRETRAINED


def measured(task: str) -> dict[str, dict[str, Any]]:
    """metrics.json of each model of that task that ships, by its name without the task."""
    paths = sorted((PRETRAINED / task).glob("*/metrics.json"))
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def cell(figure: Mapping[str, float] | None, times: int, digits: int, *, within: bool = True) -> str:
    """A value with its interval where that is wanted; empty for what was not measured."""
    if figure is None:
        return ""
    value = f"{times * figure['value']:.{digits}f}"
    return value + (f" ({times * figure['low']:.{digits}f} to {times * figure['high']:.{digits}f})" if within else "")


def row(label: str, *cells: str) -> str:
    return "| " + " | ".join([label, *cells]) + " |"


def holds(rows: Sequence[str]) -> bool:
    """Whether these rows stand in the README, one below the other and with no other between, whatever their width."""
    text = Path("README.md").read_text(encoding="utf-8")
    return _even("\n".join(["|---|", *rows, "\n"])) in _even(re.sub(r"(\|-+)+\|", "|---|", text))


def _even(text: str) -> str:
    return re.sub(r" +\|", " |", text)
