"""What is handed to the loop: a model, what it learns from, and how it is stored when it has learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from torch import nn

from engine.data.files import atomic_write
from engine.runs import activity
from engine.store.own_format import save_model
from engine.text.tokenizer_file import FILE, StoredTokenizer
from engine.training.config import LoopConfig
from engine.training.tasks import Task

Words = TypeVar("Words", bound=StoredTokenizer)
Corpus = TypeVar("Corpus")


class Stage(NamedTuple):
    """What is learnt before; `model` shares with the model proper what it is to hand on."""

    model: nn.Module
    task: Task
    loop: LoopConfig


class Prepared(NamedTuple):
    """`meta` goes into the model's config.json; `facts` into its training.json; `save` writes the finished model.

    `libraries` are those it is built with beyond the loop's own. `schedule` is called before each update with how many
    were done. `judged` are the texts of development as they were read: a source and a target, or a text and the number
    of its label.
    """

    model: nn.Module
    task: Task
    words: StoredTokenizer
    meta: dict[str, Any]
    facts: dict[str, Any]
    save: Callable[..., str] = save_model
    libraries: tuple[str, ...] = ()
    before: Stage | None = None
    schedule: Callable[[int], None] | None = None
    judged: Sequence[tuple[str, Any]] = ()


def read_all(names: Sequence[str], run: Path, read: Callable[..., Corpus]) -> list[Corpus]:
    """The corpora that a run learns from; its folder says meanwhile what is done. `read` takes the name of one, and
    as `progress` what is told how much of it is fetched."""
    activity.write(run, "reading")
    return [read(name, progress=activity.fetching(run)) for name in names]


def held_or_learnt(run: Path, kind: type[Words], learn: Callable[[], Words]) -> Words:
    """The tokenizer that `run` holds, or else the one that is learnt, which `run` then holds."""
    if (run / FILE).exists():
        return kind.load(run)
    activity.write(run, "cutting")
    words = learn()
    atomic_write(run / FILE, words.to_json().encode())
    return words
