"""What a training may read that is begun on a page."""

from __future__ import annotations

from engine.data.own import keeping, stored
from engine.errors import Refused
from engine.training.config import TrainConfig


def check(config: TrainConfig, owner: str) -> None:
    """Raises Refused where a training that somebody begins on a page would read a corpus that another one brought."""
    for name in filter(stored.is_own, config.data.names):
        if not owner or keeping.digest(owner) not in stored.find(name).owners:
            raise Refused("Only the browser that brought {name} can learn from it.", name=name)
