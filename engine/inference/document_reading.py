"""What a document classifier found in one text, in which every word of it keeps its place."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float

from engine.errors import Refused
from engine.text.document import Document
from engine.traces import Trace

Shade = Literal["relative", "combined", "words", "effect"]
"""What the words of a document are shaded by: `Reading.relative`, `combined` or `word_weights`, or what they did."""


@dataclass(frozen=True, eq=False)
class DocumentEffect:
    """By how many nats ln p(predicted label) falls when a word is replaced by <unk>, or a sentence left out.

    NaN for what was switched off, and for the only sentence that was read. In a text too long for it `words` is None,
    and where it is too long even to leave out each sentence, all of `sentences` is NaN.
    """

    words: Float[np.ndarray, " word"] | None
    sentences: Float[np.ndarray, " sentence"]


@dataclass(frozen=True, eq=False)
class Reading:
    """What one document became. `without` numbers the sentences that were switched off, from 0.

    `words` holds a trace for each sentence that was read, or a single one over all of them where the model is flat;
    `sentences` is then None. Where a model could not read all of a long text, `cut` is the first word, numbered
    through the document from 0, that was left out, and the first after those that were; their weight is 0.
    `by` says how the weights of words were read, where a model has several layers of them.
    """

    document: Document
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    without: frozenset[int]
    words: tuple[Trace, ...]
    sentences: Trace | None
    effect: DocumentEffect | None
    seconds: float
    cut: tuple[int, int] | None = None
    by: str = "attention"

    @property
    def predicted(self) -> int:
        """The number of the likeliest label."""
        return int(np.argmax(self.probabilities))

    @property
    def read(self) -> tuple[int, ...]:
        """Numbers of the sentences that were read, from 0."""
        return tuple(i for i in range(len(self.document.sentences)) if i not in self.without)

    @cached_property
    def owner(self) -> np.ndarray:
        """For each word of the document the number of its sentence."""
        return np.repeat(np.arange(len(self.document.sentences)), [len(s.words) for s in self.document.sentences])

    @cached_property
    def word_weights(self) -> Float[np.ndarray, " word"]:
        """p_w of all words in reading order; they sum to 1 in each sentence, or in the document of a flat model."""
        weights = np.zeros(self.document.size)
        weights[~np.isin(self.owner, list(self.without))] = np.concatenate([t.weights[0, 0, 0] for t in self.words])
        return weights

    @cached_property
    def sentence_weights(self) -> Float[np.ndarray, " sentence"]:
        """p_s; of a flat model the sum over the sentence's words."""
        if self.sentences is None:
            return np.bincount(self.owner, self.word_weights, len(self.document.sentences))
        weights = np.zeros(len(self.document.sentences))
        weights[list(self.read)] = self.sentences.weights[0, 0, 0]
        return weights

    @cached_property
    def combined(self) -> Float[np.ndarray, " word"]:
        """√(p_s p_w), so that an important word in an unimportant sentence stays visible (Yang et al. 2016, 3.3)."""
        if self.sentences is None:
            return self.word_weights
        return np.sqrt(self.sentence_weights[self.owner] * self.word_weights)

    @cached_property
    def relative(self) -> Float[np.ndarray, " word"]:
        """p_s S · p_w n over S sentences and the n words of each: 1 for an even share, however short the sentence.

        In `combined`, a word of a short sentence is dark by arithmetic alone: the only one of its sentence has p_w 1.
        """
        if self.sentences is None:
            return self.word_weights * np.count_nonzero(~np.isin(self.owner, list(self.without)))
        lengths = np.bincount(self.owner)[self.owner]
        return self.combined**2 * len(self.read) * lengths

    def shades(self, shade: Shade) -> tuple[Float[np.ndarray, " word"], Float[np.ndarray, " sentence"]]:
        """The numbers of a figure: of every word by `shade`, and of every sentence; NaN where there is nothing to tell.
        ValueError for the effect of a text that was read without it."""
        if shade == "effect":
            if self.effect is None:
                raise ValueError("this text was read without its effect")
            words = self.effect.words
            return np.full(self.document.size, np.nan) if words is None else words, self.effect.sentences
        by_shade = {"relative": self.relative, "combined": self.combined, "words": self.word_weights}
        return by_shade[shade], self.sentence_weights


def left_of(document: Document, without: Set[int]) -> tuple[frozenset[int], list[int]]:
    """Which sentences are off, and which are left. Raises `Refused` where none is."""
    off = frozenset(without) & frozenset(range(len(document.sentences)))
    left = [i for i in range(len(document.sentences)) if i not in off]
    if not left:
        raise Refused("All sentences are switched off: switch at least one on.")
    return off, left
