"""Whether answers differ from each other: distinct n-grams (Li et al. 2016, arXiv:1510.03055), and the share of the
commonest ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from engine.evaluation.bootstrap import interval, resampled_sums
from engine.evaluation.metrics import Figure, figure, ratio

COMMONEST = 10
"""How many answers count as the commonest."""


def distinct(answers: Sequence[Sequence[str]], n: int) -> Figure:
    """Different n-grams by the number of all words, 0 without a word; `answers` are lists of words.

    An answer that is drawn twice adds no n-gram, so every draw of the bootstrap has too few of them: the draws are
    moved by as much as their mean lies off the value that was measured.
    """
    grams = [Counter(zip(*(words[i:] for i in range(n)), strict=False)) for words in answers]
    numbers = {gram: number for number, gram in enumerate(sorted({gram for own in grams for gram in own}))}
    held = np.zeros((len(answers), len(numbers) + 1))
    for row, (own, words) in enumerate(zip(grams, answers, strict=True)):
        held[row, [numbers[gram] for gram in own]] = 1
        held[row, -1] = len(words)
    value = _share(held.sum(0)[None])[0]
    drawn = _share(resampled_sums(held))
    return figure(value, interval(drawn + (value - drawn.mean())))


def _share(sums: Float[np.ndarray, "draw gram_words"]) -> Float[np.ndarray, " draw"]:
    return np.asarray((sums[:, :-1] > 0).sum(1) / np.maximum(sums[:, -1], 1))


def commonest(answers: Sequence[str], most: int = COMMONEST) -> Figure:
    """The share of the answers that are one of the `most` commonest; which those are is not drawn anew."""
    usual = {answer for answer, _ in Counter(answers).most_common(most)}
    held = np.array([float(answer in usual) for answer in answers])
    return ratio(held, np.ones(len(held)))
