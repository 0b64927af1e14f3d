"""Seconds of processor for what is made to take long: each must be read or refused without holding anybody up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from engine.data.tables import decode, table
from engine.errors import Refused
from engine.inference import load
from engine.text.vocabulary import Vocabulary
from tests.benchmarks.measuring import Figure, Settings
from tests.endless import BYTES, CELLS, MARKS, TEXTS

Endless = TypeVar("Endless", str, bytes)
SIZE = 4_000_000  # characters of a file of one unit over and over


def measure(settings: Settings) -> list[Figure]:
    """The slowest of each kind; what it may take is what the tests allowed when they still had clocks."""
    translator = load.translator(settings.model)
    size = SIZE // 20 if settings.short else SIZE
    return [
        Figure(
            "a file of one unit of bytes over and over, decoded",
            slowest(lambda unit: decode.read_text(unit * (size // len(unit))), BYTES),
            "s",
            2,
        ),
        Figure(
            "a table of one unit over and over, read",
            slowest(lambda unit: table.read((unit * (size // len(unit))).encode()), CELLS),
            "s",
            4,
        ),
        Figure("a word of endless marks, learnt from and looked up", slowest(_vocabulary, [MARKS]), "s", 1),
        Figure("an endless text, translated or refused", slowest(translator.translate, TEXTS), "s", 2),
    ]


def slowest(work: Callable[[Endless], object], inputs: Iterable[Endless]) -> float:
    """Seconds of processor of the input that takes longest."""
    seconds = []
    for endless in inputs:
        began = time.process_time()
        with suppress(Refused):  # refused in time is as good
            work(endless)
        seconds.append(time.process_time() - began)
    return max(seconds)


def _vocabulary(word: str) -> None:
    Vocabulary.train([[word]], 5).ids([word])
