"""What has been asked already is kept, as long as there is room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from webapp.gateway.answers import Answers, size


@dataclass(frozen=True)
class Answer:
    weights: np.ndarray
    more: object = None


def test_an_answer_is_as_large_as_its_arrays_each_counted_once():
    weights = np.zeros(1_000, np.float32)
    assert size(Answer(weights)) == 4_000
    assert size(Answer(weights, (weights, {"a": torch.zeros(10), "b": "word"}))) == 4_044


def test_the_answers_used_least_of_late_make_room_for_a_new_one():
    answers = Answers(10, memory=10_000)
    for name in "abc":
        answers.put(name, Answer(np.zeros(4_000, np.uint8)))
    assert [answers.get(name) is not None for name in "abc"] == [False, True, True]
    answers.get("b")
    answers.put("d", Answer(np.zeros(4_000, np.uint8)))
    assert [answers.get(name) is not None for name in "bcd"] == [True, False, True]


def test_an_answer_larger_than_all_may_be_together_is_given_and_not_kept():
    answers = Answers(10, memory=10_000)
    answers.put("small", Answer(np.zeros(10, np.uint8)))
    assert answers.get_or_compute("large", lambda: Answer(np.zeros(20_000, np.uint8))).weights.size == 20_000
    assert answers.get("large") is None and answers.get("small") is not None


def test_an_answer_given_again_is_counted_once():
    answers = Answers(10, memory=10_000)
    for _ in range(5):
        answers.put("same", Answer(np.zeros(4_000, np.uint8)))
    answers.put("other", Answer(np.zeros(4_000, np.uint8)))
    assert answers.get("same") is not None and answers.get("other") is not None
