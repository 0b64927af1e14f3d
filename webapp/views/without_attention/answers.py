"""What each decoder makes of the sentence, and of the sentence with others behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.inference.translation import Translation
from engine.store.catalogue import ModelInfo
from webapp.examples.sentences import examples
from webapp.gateway.current import gateway
from webapp.views.without_attention import controls
from webapp.views.without_attention.forms import FORMS, Form

MATTERS = 1.0
"""Nats from which on a source word matters: without it the translation is 2.7 times less likely, or more."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A decoder's `own` translation, and how it takes the `common` one, both with effect."""

    form: Form
    model: str
    own: Translation
    common: Translation


@dataclass(frozen=True)
class Joined:
    """Sentences one after another, and their translations so, each of which was made of its sentence alone."""

    source: str
    target: str


@dataclass(frozen=True, eq=False)
class Known:
    """What a decoder knows of a source while it writes a translation that was given.

    `drops` say for each of the `words` by how many nats that translation becomes less likely when the word is hidden.
    """

    words: tuple[str, ...]
    drops: np.ndarray
    per_piece: float

    @property
    def counted(self) -> np.ndarray:
        """Which of them are words; the others are punctuation."""
        return np.array([any(map(str.isalnum, word)) for word in self.words], dtype=bool)

    @property
    def count(self) -> int:
        return int(self.counted.sum())

    @property
    def matter(self) -> int:
        """How many of the words matter."""
        return int((self.counted & (self.drops >= MATTERS)).sum())


def ask(compared: Mapping[str, ModelInfo], chosen: Sequence[str], sentence: str, target: str) -> list[Answer]:
    """An answer of each decoder that was chosen. May refuse."""
    translate = gateway.sentences.translate
    return [
        Answer(
            FORMS[name],
            compared[name].name,
            translate(compared[name].name, sentence, effect=True),
            translate(compared[name].name, sentence, target=target, effect=True),
        )
        for name in chosen
    ]


def lengthened(compared: Mapping[str, ModelInfo], sentence: str, target: str, count: int) -> list[Joined]:
    """The sentence alone, with the example after it behind it, with the next two, up to `count` sentences. May
    refuse."""
    offered = list(examples(controls.source_language(compared)))
    start = offered.index(sentence) + 1 if sentence in offered else 0
    following = [*offered[start:], *offered[: max(start - 1, 0)]][: count - 1]
    sources = [sentence, *following]
    targets = [target, *(controls.best_translation(compared, each) for each in following)]
    return [Joined(" ".join(sources[:k]), " ".join(targets[:k])) for k in range(1, count + 1)]


def known(model: str, joined: Joined) -> Known:
    """What a decoder knows of joined sentences. May refuse."""
    scored = gateway.sentences.translate(model, joined.source, target=joined.target, effect=True)
    assert scored.effect is not None
    effect = scored.effect.by_words().without_special_keys()
    return Known(effect.keys.labels, effect.drops.sum(0), scored.output.logprob / len(scored.output.tokens))
