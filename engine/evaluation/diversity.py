"""Whether answers differ from each other: distinct n-grams (Li et al. 2016, arXiv:1510.03055), and the share of the
commonest ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from engine.evaluation.metrics import Figure, figure, ratio

COMMONEST = 10
"""How many answers count as the commonest."""


def distinct(answers: Sequence[Sequence[str]], n: int) -> Figure:
    """Different n-grams by the number of all words, 0 without a word; `answers` are lists of words.

    No interval: an answer that is drawn twice adds no n-gram, so what is counted on draws with replacement is another,
    smaller figure. It falls as text grows, too, and is for comparing answers to the same messages.
    """
    grams = {gram for words in answers for gram in zip(*(words[i:] for i in range(n)), strict=False)}
    return figure(len(grams) / max(sum(map(len, answers)), 1))


def commonest(answers: Sequence[str], most: int = COMMONEST) -> Figure:
    """The share of the answers that are one of the `most` commonest; which those are is not drawn anew."""
    usual = {answer for answer, _ in Counter(answers).most_common(most)}
    held = np.array([float(answer in usual) for answer in answers])
    return ratio(held, np.ones(len(held)))
