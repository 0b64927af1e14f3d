"""The models of two languages asked together which words of a pair belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from engine.errors import Refused
from engine.evaluation.alignment import Links, balance
from engine.evaluation.consensus import combined, linked
from engine.inference.translator import Translator
from engine.inference.word_matrices import WordMatrix
from engine.store.catalogue import ModelInfo
from engine.store.named_readings import NamedReading
from engine.store.names import shown


class Agreed(NamedTuple):
    """The words of a pair, what all readings together make of it, and its links, (source word, target word)."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    matrix: Float[np.ndarray, "target source"]
    links: Links


class Part(NamedTuple):
    """One reading of one model; `back` where the model is of the other direction."""

    translator: Translator
    named: NamedReading
    back: bool

    def words(self, pairs: Sequence[tuple[Any, Any]], *, tokenized: bool) -> list[WordMatrix]:
        """The matrices of pairs, which are given in the direction of the consensus."""
        sides = [(target, source) for source, target in pairs] if self.back else pairs
        return self.translator.align_many(sides, tokenized=tokenized, **self._how)

    @property
    def _how(self) -> dict[str, Any]:
        return {name: value for name, value in self.named._asdict().items() if name != "model"}


class Consensus:
    """Several readings of each pair, made into one. Nothing of a call stays on it."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)

    @property
    def names(self) -> tuple[str, ...]:
        """The models that are asked, each once."""
        return tuple(dict.fromkeys(part.translator.name for part in self.parts))

    def reads(self, source: Sequence[str], target: Sequence[str]) -> bool:
        """Whether two lists of given words are short enough for all models."""
        sides = {False: (source, target), True: (target, source)}
        return all(part.translator.reads(*sides[part.back]) for part in self.parts)

    def align(self, source: Any, target: Any, *, tokenized: bool) -> Agreed:
        """One pair; its sides as `Translator.align` takes them."""
        return self.align_many([(source, target)], tokenized=tokenized)[0]

    def align_many(self, pairs: Sequence[tuple[Any, Any]], *, tokenized: bool) -> list[Agreed]:
        """For each source and target, texts or (`tokenized`) lists of words. Raises `Refused` where a text cannot be
        read, or where two models count its words differently."""
        every = [part.words(pairs, tokenized=tokenized) for part in self.parts]
        agreed = []
        for readings in zip(*every, strict=True):
            sides = [_sides(words, part.back) for words, part in zip(readings, self.parts, strict=True)]
            if any(tuple(map(len, side)) != tuple(map(len, sides[0])) for side in sides):
                raise Refused("The models of this consensus count the words of this pair differently.")
            matrix = combined([_oriented(words, part) for words, part in zip(readings, self.parts, strict=True)])
            agreed.append(Agreed(*sides[0], matrix, linked(matrix)))
        return agreed


def consensus(info: ModelInfo, opened: Callable[[str], Translator]) -> Consensus:
    """The consensus of the models that this one names for its two languages, in either direction. `opened` gives a
    translator by its name, and is asked for each once.

    Raises `Refused` where it names none, and for one of other languages, or without such a head.
    """
    if not info.consensus:
        raise Refused("{name} names no models that it could be asked together with.", name=shown(info.name))
    languages = info.source_language, info.target_language
    parts: list[Part] = []
    translators = {name: opened(name) for name in dict.fromkeys(named.model for named in info.consensus)}
    for named in info.consensus:
        translator = translators[named.model]
        there = translator.info.source_language, translator.info.target_language
        layers, heads = translator.info.cross_heads
        attends = translator.info.attends or named.read == "effect"
        fits = attends and (named.layer or 0) < layers and (named.head or 0) < heads
        if there not in (languages, languages[::-1]) or not fits:
            raise Refused(
                "{name} names {other} to be asked together with it, which is of other languages or has no such head.",
                name=shown(info.name),
                other=shown(named.model),
            )
        parts.append(Part(translator, named, back=there != languages))
    return Consensus(parts)


def _sides(words: Any, back: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the source and of the target, without the end of the sentence."""
    queries, keys = words.queries.labels, words.keys.labels[: -words.ends]
    return (queries, keys) if back else (keys, queries)


def _oriented(words: WordMatrix, part: Part) -> Float[np.ndarray, "target source"]:
    """Balanced, the end of the sentence taking its part in the sums, and turned to [target, source]."""
    matrix = balance(words.matrix, words.rows)[:, : -words.ends]
    return matrix.T if part.back else matrix
