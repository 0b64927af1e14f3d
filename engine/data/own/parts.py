"""What a corpus that somebody brings is parted into, and whether that is enough to learn from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from engine.data import splits
from engine.data.own.kinds import MAX_LABELS
from engine.data.own.rows import Usable
from engine.data.tsv import Pair
from engine.errors import Refused

LEAST = 20
"""The fewest rows that can be learnt from."""


@dataclass(frozen=True)
class Parts:
    """How many rows are for training, development and test; `shared` ones have a side that is for development or test
    too, and are for nothing."""

    train: int
    dev: int
    test: int
    shared: int = 0


def parts(usable: Usable) -> Parts:
    """By the hash of each text or source, so that no sentence stands in two of them."""
    if usable.kind == "texts":
        counts = Counter(splits.split_of(text) for _, text in usable.rows)
        return Parts(counts["train"], counts["dev"], counts["test"])
    split = splits.carve(list(map(Pair._make, usable.rows)))
    return Parts(len(split.train), len(split.dev), len(split.test), len(split.dropped))


def check(usable: Usable, parts: Parts) -> None:
    """Raises `Refused` where the rows are too few to learn from, or their labels too few or too many."""
    labels = len(usable.labels)
    if labels == 1:
        raise Refused(
            "The texts that can be used all have the same label, {label}: choose another column of labels, or none.",
            label=usable.labels[0],
        )
    if labels > MAX_LABELS:
        raise Refused(
            "There are {count} different labels, and {limit} can be learnt at most: choose another column of labels.",
            count=labels,
            limit=MAX_LABELS,
        )
    if len(usable.rows) < LEAST or not (parts.train and parts.dev and parts.test):
        raise Refused(
            "{count} row of this file can be used, which is too few: {train} for training, {dev} for development and "
            "{test} for test. Bring a hundred or more.",
            plural="{count} rows of this file can be used, which is too few: {train} for training, {dev} for "
            "development and {test} for test. Bring a hundred or more.",
            count=len(usable.rows),
            train=parts.train,
            dev=parts.dev,
            test=parts.test,
        )
