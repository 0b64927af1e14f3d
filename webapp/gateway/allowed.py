"""What a training may read that is begun on a page."""

from __future__ import annotations

from engine.data.at_hand import KNOWN
from engine.data.own import keeping, stored
from engine.errors import Refused
from engine.store import names
from engine.store.names import FOLDER
from engine.training.config import TrainConfig
from engine.training.data_sections import StreamedConfig


def check(config: TrainConfig, owner: str) -> None:
    """Raises Refused where a training that somebody begins on a page would read a file of the server, what is no
    corpus, or a corpus that another one brought."""
    files = config.supervised is not None or isinstance(config.data, StreamedConfig)
    if files or any(name.startswith(FOLDER) for name in config.data.names):
        raise Refused(
            "A training that is begun here names corpora and no files; `python -m engine runs add` takes both."
        )
    for name in config.data.names:
        if name not in KNOWN and not stored.is_own(name):
            raise Refused("{name} is no corpus; use one of {names}", name=names.shown(name), names=", ".join(KNOWN))
    for name in filter(stored.is_own, config.data.names):
        if not owner or keeping.digest(owner) not in stored.find(name).owners:
            raise Refused("Only the browser that brought {name} can learn from it.", name=name)
