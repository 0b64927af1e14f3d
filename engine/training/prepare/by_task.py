"""How a model of each task is made ready to learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import Refused
from engine.training.config import LoopConfig, TrainConfig
from engine.training.data_sections import StreamedConfig
from engine.training.prepare import streaming, translation
from engine.training.prepare.prepared import Prepared
from engine.training.tasks import Task


def prepare(config: TrainConfig, run: Path) -> Prepared:
    """Raises Refused for what cannot be read, or leaves nothing to learn from."""
    if isinstance(config.data, StreamedConfig):
        prepared = streaming.prepare(config, config.data, run)
    else:
        prepared = PREPARE[config.data.task](config, config.data, run)
    stages = [(prepared.task, config.loop), *([prepared.before[1:]] if prepared.before else [])]
    for task, loop in stages:
        _check(config, task, loop)
    return prepared


def scheduled(config: TrainConfig, prepared: Prepared) -> Prepared:
    """The same, of a config whose loops alone are others."""
    if prepared.before is not None and config.pretraining is not None:
        prepared = prepared._replace(before=prepared.before._replace(loop=config.pretraining))
    return prepared._replace(schedule=translation.schedule(config, prepared.model))


def _check(config: TrainConfig, task: Task, loop: LoopConfig) -> None:
    """Raises Refused where there is nothing to learn from, or nothing to measure what was learnt by."""
    names = ", ".join(config.data.names)
    if not task.train:
        raise Refused("{corpora} leaves nothing to learn from: give more of it.", corpora=names)
    if not task.dev_batches(loop.batch):
        raise Refused(
            "{corpora} leaves nothing for development, by which training is measured: give more of it.", corpora=names
        )


def _classification(config: TrainConfig, data: Any, run: Path) -> Prepared:
    # What cuts documents into words is not needed, and not everywhere installed, where translators are trained.
    from engine.training.prepare import classification

    return classification.prepare(config, data, run)


def _language(config: TrainConfig, data: Any, run: Path) -> Prepared:
    from engine.training.prepare import language

    return language.prepare(config, data, run)


PREPARE: dict[str, Callable[[TrainConfig, Any, Path], Prepared]] = {
    "translation": translation.prepare,
    "couplet": translation.prepare,
    "conversation": translation.prepare,
    "classification": _classification,
    "language": _language,
}
"""How a model of each task is made ready to learn, from its config, the section `data` of it and the run's folder."""
