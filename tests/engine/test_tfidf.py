"""The baseline learns what words say, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.documents.reviews import Review, Reviews
from engine.evaluation.classification import confusion, scores
from engine.evaluation.tfidf import Tfidf, baseline

GOOD, BAD = ("fine", "lovely", "great", "touching"), ("dull", "awful", "boring", "flat")
TRAIN = [
    Review(str(n), f"The {thing} was {word}, really {word}.", label)
    for label, words in enumerate((BAD, GOOD))
    for n, (word, thing) in enumerate((word, thing) for word in words for thing in ("film", "plot", "cast", "music"))
]
TEST = [
    Review("a", "GREAT music and a lovely cast!", 1),
    Review("b", "Awful: dull and boring.", 0),
    Review("c", "Touching", 1),
    Review("d", "A flat film", 0),
    Review("e", "A great, great bore", 0),
]


def corpus(language: str = "en", train: list[Review] = TRAIN, test: list[Review] = TEST, labels: int = 2) -> Reviews:
    names = tuple(map(str, range(labels)))
    return Reviews("own", language, names, train, train[::3], test, 0, 0, {}, "", "", "")


def test_words_seen_with_a_label_speak_for_it() -> None:
    model = Tfidf(TRAIN, 2, "en")
    assert model.predict([review.text for review in TEST]).tolist() == [1, 0, 1, 0, 1]
    found = model.probabilities(["A fine film", "A dull film", "Nothing known"])
    np.testing.assert_allclose(found.sum(1), 1)
    assert found[0, 1] > 0.6 > 0.4 > found[1, 1] and model.probabilities([]).shape == (0, 2)


def test_the_baseline_is_measured_on_the_test_split() -> None:
    assert baseline(corpus()) == scores(confusion(np.array([1, 0, 1, 0, 0]), np.array([1, 0, 1, 0, 1]), 2))
    assert baseline(corpus())["accuracy"]["value"] == 0.8


def test_pairs_of_words_tell_what_single_words_do_not() -> None:
    train = [Review(str(n), "not good , but bad", 0) for n in range(9)]
    train += [Review(str(n), "not bad , but good", 1) for n in range(9)]
    assert Tfidf(train, 2, "en", 100.0).predict(["not bad", "not good"]).tolist() == [1, 0]


def test_chinese_is_cut_into_words() -> None:
    train = [Review(str(n), text, label) for n in range(5) for label, text in enumerate(["我讨厌它。", "我喜欢它。"])]
    assert Tfidf(train, 2, "zh").predict(["喜欢", "讨厌"]).tolist() == [1, 0]


def test_a_label_without_a_text_is_never_likely() -> None:
    found = Tfidf([review for review in TRAIN], 3, "en").probabilities(["fine"])
    assert found.shape == (1, 3) and found[0, 2] == 0


def test_more_labels_than_two_are_told_apart() -> None:
    train = [*TRAIN, *(Review(str(n), f"The {thing} was so so.", 2) for n, thing in enumerate(["film", "plot"] * 8))]
    assert Tfidf(train, 3, "en").predict(["so so", "dull", "fine"]).tolist() == [2, 0, 1]


def test_one_label_alone_cannot_be_learnt() -> None:
    with pytest.raises(ValueError, match="class"):
        Tfidf([review for review in TRAIN if review.label], 2, "en")


def test_fitted_twice_it_is_the_same() -> None:
    ones, others = (Tfidf(TRAIN, 2, "en").probabilities([review.text for review in TEST]) for _ in range(2))
    np.testing.assert_array_equal(ones, others)
