"""The n-gram baseline against the formulas of Chen & Goodman 1999, written out plainly."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from engine.evaluation.ngram import DISCOUNTS, KneserNey

END, VOCABULARY, ORDER = 0, 7, 3


def some_texts(seed: int, count: int = 200) -> list[np.ndarray]:
    chance = np.random.default_rng(seed)
    shares = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04])
    return [chance.choice(np.arange(1, VOCABULARY), size=chance.integers(1, 12), p=shares) for _ in range(count)]


class Plain:
    """One probability at a time, from dictionaries."""

    def __init__(self, texts: list[np.ndarray]) -> None:
        seen: dict[int, Counter[tuple[int, ...]]] = {ORDER: Counter()}
        for text in texts:
            row = [END] * (ORDER - 1) + text.tolist() + [END]
            for i in range(ORDER - 1, len(row)):
                seen[ORDER][tuple(row[i - ORDER + 1 : i + 1])] += 1
        for k in range(ORDER - 1, 0, -1):
            seen[k] = Counter(gram[1:] for gram in seen[k + 1])  # different pieces that it followed
        self.seen = seen
        self.followers: dict[tuple[int, ...], dict[int, int]] = defaultdict(dict)
        for k in seen:
            for gram, count in seen[k].items():
                self.followers[gram[:-1]][gram[-1]] = count

    def discount(self, k: int, count: int) -> float:
        n = [sum(c == i for c in self.seen[k].values()) for i in range(1, 5)]
        if count == 0:
            return 0.0
        i = min(count, 3)
        if 0 not in n:
            y = n[0] / (n[0] + 2 * n[1])
            found = [j - (j + 1) * y * n[j] / n[j - 1] for j in (1, 2, 3)]
            if all(0 < one <= j for j, one in enumerate(found, 1)):
                return found[i - 1]
        return DISCOUNTS[i - 1]

    def probability(self, history: tuple[int, ...], piece: int) -> float:
        k = len(history) + 1
        shorter = 1 / VOCABULARY if not history else self.probability(history[1:], piece)
        found = self.followers.get(history)
        if not found:
            return shorter
        total = sum(found.values())
        saved = sum(self.discount(k, count) for count in found.values()) / total
        count = found.get(piece, 0)
        return (count - self.discount(k, count)) / total + saved * shorter


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_probability_is_that_of_the_formula(seed: int) -> None:
    train, test = some_texts(seed), some_texts(seed + 10, 15)
    plain = Plain(train)
    for text, found in zip(test, KneserNey(train, ORDER, VOCABULARY, END).logprobs(test), strict=True):
        row = [END] * (ORDER - 1) + text.tolist() + [END]
        wanted = [
            math.log(plain.probability(tuple(row[i - ORDER + 1 : i]), row[i])) for i in range(ORDER - 1, len(row))
        ]
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_the_probabilities_of_all_pieces_after_any_history_sum_to_one() -> None:
    model = KneserNey(some_texts(3), ORDER, VOCABULARY, END)
    for history in ([], [1], [6, 6], [2, 1], [1, 1, 3]):
        total = sum(
            math.exp(model.logprobs([np.array([*history, piece])])[0][len(history)]) for piece in range(VOCABULARY)
        )
        assert total == pytest.approx(1)


def test_a_text_so_small_that_nothing_came_four_times_is_smoothed_all_the_same() -> None:
    texts = [np.array([1, 2, 3])]
    plain, model = Plain(texts), KneserNey(texts, ORDER, VOCABULARY, END)
    assert math.exp(model.logprobs(texts)[0][1]) == pytest.approx(plain.probability((0, 1), 2))


def test_what_was_seen_to_follow_is_likelier_the_longer_the_history_that_agrees() -> None:
    texts = [np.array([1, 2, 3, 4])] * 5 + [np.array([5, 2, 6])] * 5
    probabilities = [KneserNey(texts, order, VOCABULARY, END).logprobs(texts[:1])[0][2] for order in (1, 2, 3)]
    assert probabilities == sorted(probabilities)
