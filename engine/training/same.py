"""Whether a run goes on with the config that it was begun with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import Refused
from engine.training.config import TrainConfig


def check_same(config: TrainConfig, own: TrainConfig, run: Path) -> None:
    """Raises Refused where a run would go on with another config than it was begun with."""
    new, old = (dict(_leaves(asdict(each))) for each in (config, own))
    for name in sorted(new.keys() | old.keys()):
        if new.get(name) != old.get(name):
            raise Refused(
                "{run} was begun with {name} = {old}, and this config says {new}; make them equal, "
                "or begin anew in another folder with --run",
                run=run,
                name=name,
                old=old.get(name),
                new=new.get(name),
            )


def _leaves(section: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield path + name, value
