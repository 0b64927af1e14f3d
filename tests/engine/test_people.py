"""Agreement with people, on marks whose every figure can be worked out by hand."""

from __future__ import annotations

import json
import lzma
import os
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from engine.evaluation.people import agreement, human_f1, on_tokens, random_precision, top_f1
from engine.text.document import document
from tests.engine.bags import BagClassifier


@dataclass(frozen=True)
class Text:
    words: tuple[str, ...]
    annotators: tuple[frozenset[int], ...]


def text(words: str, *marked: set[int]) -> Text:
    return Text(tuple(words.split(" ")), tuple(map(frozenset, marked)))


BAG = BagClassifier({"good": 2.0, "fine": 1.0, "dull": -3.0, "the": 0.01})


def test_a_token_takes_the_highest_weight_of_the_words_in_it():
    tokens = ["It's", "great.", "<br", "/>", "well-made", "…"]
    cut = document(" ".join(tokens), "en")
    assert [cut.words(i) for i in range(len(cut.sentences))] == [("It", "'s", "great", "."), ("well", "-", "made", "…")]
    weights = np.array([0.1, 0.3, 0.5, 0.2, 0.4, 0.0, 0.6, -0.7])
    assert on_tokens(tokens, cut, weights).tolist() == [0.3, 0.5, 0, 0, 0.6, -0.7]


@given(st.lists(st.text("ab .'-é中😀", min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=8))
def test_every_word_falls_into_the_tokens_that_hold_its_characters(tokens):
    """One word at a time weighs 1: the tokens that have it are those that share a character with it."""
    cut = document(" ".join(tokens), "en")
    owner = [i for i, token in enumerate(tokens) for _ in token + " "]
    spans = [span for one in cut.sentences for span in one.words]
    for number, (start, end) in enumerate(spans):
        found = on_tokens(tokens, cut, np.eye(len(spans))[number])
        assert set(np.flatnonzero(found)) == {owner[i] for i in range(start, end)}


def test_the_top_words_are_as_many_as_the_annotator_marked():
    scores = np.array([0.1, 0.4, 0.3, 0.2])
    assert top_f1(scores, np.array([False, True, True, False])) == 1
    assert top_f1(scores, np.array([True, True, False, False])) == 0.5
    assert top_f1(scores, np.array([True, False, False, False])) == 0


def test_words_of_equal_weight_count_as_a_choice_by_chance():
    scores = np.array([0.5, 0.2, 0.2, 0.2])
    gold = np.array([True, True, False, False])
    assert top_f1(scores, gold) == pytest.approx((1 + 1 / 3) / 2)
    assert top_f1(np.zeros(4), gold) == 0.5


@pytest.mark.parametrize(("count", "words"), [(1, 1), (1, 4), (2, 5), (3, 5), (5, 5)])
def test_chance_reaches_the_mean_over_all_orders(count, words):
    gold = np.arange(words) < count
    orders = list(permutations(range(words)))
    reached = [average_precision_score(gold, np.array(order, dtype=float)) for order in orders]
    assert random_precision(count, words) == pytest.approx(np.mean(reached))
    hits = [top_f1(np.array(order, dtype=float), gold) for order in orders]
    assert np.mean(hits) == pytest.approx(count / words)


def test_two_people_agree_by_what_both_marked_and_every_pair_weighs_the_same():
    texts = [text("a b c d", {0, 1}, {1, 2}, {3}), text("a b", {0}, {0}), text("a", set(), set()), text("a", {0})]
    found = human_f1(texts)
    assert found is not None
    assert found["value"] == pytest.approx((2 / 4 + 0 + 0 + 1) / 4)
    assert found["low"] <= found["value"] <= found["high"]
    assert human_f1([text("a b", {0})]) is None


def test_a_model_that_looks_where_people_mark_agrees_and_one_that_does_not_is_below_chance():
    words = "the good the the fine the the the"
    right = agreement(BAG, [text(words, {1, 4}), text(words, {1})])
    assert right["combined"]["auprc"]["value"] == right["word"]["f1"]["value"] == 1
    wrong = agreement(BAG, [text("good the fine", {1})])
    assert wrong["combined"]["auprc"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert wrong["combined"]["f1"]["value"] == 0 < wrong["random"]["f1"]["value"]
    assert wrong["combined"]["auprc"]["value"] < wrong["random"]["auprc"]["value"]


def test_a_model_that_looks_at_all_words_alike_does_as_chance_does():
    alike = BagClassifier({"good": 1.0}, alike=True)
    found = agreement(alike, [text("good the the the", {0}), text("the the good", {0, 1}, {2})])
    assert found["combined"]["f1"] == found["random"]["f1"] == found["highlighted"]
    assert found["combined"]["auprc"] == found["highlighted"]


def test_effect_has_a_sign_and_attention_has_none():
    """ "dull" speaks against the answer "positive" and nobody marked it."""
    found = agreement(BAG, [text("good good dull", {0, 1})], effect=True)
    assert found["effect"]["f1"]["value"] == 1
    assert found["combined"]["f1"]["value"] == pytest.approx(0.5)


def test_who_marked_nothing_is_counted_and_left_out():
    found = agreement(BAG, [text("good the", {0}, set()), text("fine the", set())])
    assert (found["texts"], found["annotations"], found["marked_nothing"]) == (2, 1, 2)
    assert found["combined"]["f1"]["value"] == 1
    assert "people" in found and found["people"]["f1"]["value"] == 0


def test_progress_counts_the_texts():
    told: list[int] = []
    agreement(BAG, [text("good", {0}), text("fine", {0})], progress=told.append)
    assert told == [1, 2]


YELP = Path(os.environ.get("ALIGNSCOPE_DATA", "nowhere")) / "yelp_hat"


@pytest.mark.skipif(not YELP.is_dir(), reason="ALIGNSCOPE_DATA names no folder with yelp_hat")
@pytest.mark.parametrize(
    ("part", "share", "known"), [("50words", 25.7, 0.540), ("100words", 15.9, 0.449), ("mixed", 12.5, 0.407)]
)
def test_people_agree_on_yelp_hat_as_is_known(part, share, known):
    with lzma.open(YELP / f"{part}.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [text(" ".join(row["words"]), *(set(one["highlighted"]) for one in row["annotations"])) for row in rows]
    found = human_f1(texts)
    assert found is not None and round(found["value"], 3) == known
    marked = [len(one) / len(t.words) for t in texts for one in t.annotators]
    assert round(100 * np.mean(marked), 1) == pytest.approx(share)
