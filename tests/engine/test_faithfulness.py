"""Faithfulness, on classifiers whose true contributions are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.evaluation.faithfulness import BINS, MANY_TEXTS, SHARES, Effort, faithfulness, summary
from engine.evaluation.gradients import integrated
from engine.inference import load
from tests import tiny
from tests.engine.bags import BagClassifier, Effects

VALUES = {"a": 3.0, "b": 2.0, "c": -1.5, "d": 0.5, "e": 0.25, "f": 0.125}
TEXT = "e d b.\nc a f"
BAG = BagClassifier(VALUES)


def sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


@pytest.fixture(scope="module")
def judged():
    return faithfulness(BAG, BAG.read(TEXT))


def test_comprehensiveness_and_sufficiency_are_the_mean_over_bins(judged):
    # 7 words with the full stop: the top 1, 1, 1, 2 and 4 of a, b, c, d, e, f, "."
    whole = sum(VALUES.values())
    tops = [3.0, 3.0, 3.0, 5.0, 4.0]
    gone = np.mean([sigmoid(whole) - sigmoid(whole - top) for top in tops])
    alone = np.mean([sigmoid(whole) - sigmoid(top) for top in tops])
    assert judged.comprehensiveness == pytest.approx(gone)
    assert judged.sufficiency == pytest.approx(alone)


def test_the_erasure_curve_takes_the_most_attended_words_first(judged):
    whole = sum(VALUES.values())
    # ⌈0.5 * 7⌉ = 4 words gone: a, b, c, d from the one end, ".", f, e, d from the other
    half = SHARES.index(0.5)
    assert judged.most[half] == pytest.approx(sigmoid(whole - 4.0))
    assert judged.least[half] == pytest.approx(sigmoid(whole - 0.875))
    assert judged.most[0] == judged.least[0] == judged.probability == pytest.approx(sigmoid(whole))
    assert judged.most[-1] == judged.least[-1] == 0.5


def test_true_contributions_beat_chance(judged):
    assert judged.area > 0.05
    assert judged.comprehensiveness > judged.random_comprehensiveness
    assert judged.sufficiency < judged.random_sufficiency
    assert judged.area == pytest.approx(np.trapezoid(judged.random.mean(0) - judged.most, SHARES))


def test_contributions_turned_upside_down_lose_against_chance():
    reading = BAG.read(TEXT)
    upside_down = faithfulness(BAG, reading, weights=1 / (1 + reading.combined))
    assert upside_down.area < -0.05
    assert upside_down.gradients == upside_down.effect == pytest.approx(-1)


def test_weights_in_the_order_of_the_contributions_agree_with_gradients_fully(judged):
    assert judged.gradients == pytest.approx(1)
    assert judged.effect == pytest.approx(1)


def test_a_classifier_that_always_says_the_same_has_no_area_and_no_order():
    constant = BagClassifier(dict.fromkeys("abcdef", 0.0), alike=True)
    found = faithfulness(constant, constant.read(TEXT))
    assert found.area == found.comprehensiveness == found.sufficiency == found.permuted == 0
    assert found.gradients is None and found.effect is None


def test_permuting_uniform_weights_changes_nothing_and_permuting_others_does(judged):
    alike = BagClassifier(VALUES, alike=True)
    assert faithfulness(alike, alike.read(TEXT)).permuted == pytest.approx(0, abs=1e-12)
    assert judged.permuted > 0.01


def test_equal_weights_favour_no_place_in_the_text():
    """Were equals taken as they stand, a text that begins with what matters would make uniform weights look good."""
    words = [a + b for a in "bcdfg" for b in "aeiouyrl"]
    front = BagClassifier({word: 2.0 if i < 4 else -0.1 for i, word in enumerate(words)}, alike=True)
    reading = front.read(" ".join(words))
    areas = [faithfulness(front, reading, seed=seed, effect=False).area for seed in range(30)]
    assert abs(np.mean(areas)) < 0.06 < np.std(areas) * 2


def test_sentences_that_are_switched_off_are_neither_erased_nor_ranked():
    part = faithfulness(BAG, BAG.read(TEXT, without=frozenset({0})))
    alone = faithfulness(BAG, BAG.read("c a f"))
    assert part.words == alone.words == 3
    assert (part.comprehensiveness, part.area, part.effect) == (alone.comprehensiveness, alone.area, alone.effect)


def test_effects_that_are_known_are_not_asked_for_again():
    reading = BAG.read(TEXT, effect=True)
    before = BAG.reads
    known = faithfulness(BAG, reading, effort=Effort(2, 1, 4))
    assert BAG.reads == before + 1  # by `permuted` of the bag
    assert known.effect == pytest.approx(1)
    too_long = faithfulness(BAG, replace(reading, effect=Effects(None)), effort=Effort(2, 1, 4))
    assert too_long.effect is None


def test_one_word_is_judged_too():
    found = faithfulness(BAG, BAG.read("a"))
    assert found.comprehensiveness == pytest.approx(sigmoid(3) - 0.5)
    assert found.sufficiency == pytest.approx(0) and abs(found.area) < 1e-12 and found.gradients is None


def test_the_same_text_is_judged_the_same_again(judged):
    again = faithfulness(BAG, BAG.read(TEXT))
    assert (again.random == judged.random).all() and again.permuted == judged.permuted


def test_integrated_gradients_add_up_to_the_change_of_the_logarithm():
    text = BAG.document(TEXT)
    found = integrated(BAG, text, 1)
    whole = sum(VALUES.values())
    assert found.sum() == pytest.approx(np.log(sigmoid(whole)) - np.log(0.5), rel=1e-4)
    # the path is straight and the values add up, so each word has its part of the sum
    assert found == pytest.approx(BAG.value(text) / whole * found.sum(), rel=1e-4)


def test_a_sentence_that_stands_twice_has_gradients_in_both_places():
    found = integrated(BAG, BAG.document("a b\na b\nc"), 1)
    assert len(found) == 5
    assert found[:2] == pytest.approx(found[2:4]) and found[4] < 0 < found[0]


def test_a_long_text_is_integrated_in_parts_with_the_same_result(monkeypatch):
    text = BAG.document(TEXT)
    whole = integrated(BAG, text, 1, 8)
    monkeypatch.setattr("engine.evaluation.gradients.AT_ONCE", 1)
    assert integrated(BAG, text, 1, 8) == pytest.approx(whole, rel=1e-5)


def test_means_over_texts_have_intervals_and_say_what_was_done():
    texts = [TEXT, "a b", "c c d", "f e a"]
    found = [faithfulness(BAG, BAG.read(text), effort=MANY_TEXTS) for text in texts]
    said = summary(found)
    assert said["documents"] == 4 and said["bins"] == list(BINS)
    assert (said["shuffles"], said["permutations"], said["steps"]) == (1, 10, 8)
    area = said["area"]
    assert area["value"] == pytest.approx(np.mean([one.area for one in found]), abs=1e-6)
    assert area["low"] <= area["value"] <= area["high"] and area["documents"] == 4
    assert said["erasure"]["most"][0] == pytest.approx(np.mean([one.probability for one in found]), abs=1e-6)


def test_texts_without_an_order_are_left_out_of_its_mean_and_counted():
    found = [faithfulness(BAG, BAG.read(text), effort=MANY_TEXTS) for text in (TEXT, "a", "a b")]
    assert [one.gradients for one in found][1] is None
    assert summary(found)["gradients"]["documents"] == 2
    assert "gradients" not in summary(found[1:2])


KINDS = ("imdb-han", "imdb-hn-ave", "imdb-hn-max", "imdb-bilstm", "reviews-zh-han")
FILMS = "A good film. I liked it!<br />A good film. See it twice, it's short."


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Small networks with random weights, one of each kind."""
    folder = tmp_path_factory.mktemp("pretrained")
    tiny.classifiers(folder)
    return {name: load.classifier(str(folder / "classification" / name), folders=True) for name in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_a_network_add_up_to_what_the_text_does_to_the_answer(real, kind):
    text = real[kind].document(FILMS)
    found = integrated(real[kind], text, 1, 128)
    none = np.zeros((1, text.size), dtype=bool)
    whole, nothing = (real[kind].erased(text, kept, "unknown")[0, 1] for kept in (~none, none))
    assert len(found) == text.size
    # A largest value has kinks, which no quadrature likes.
    assert found.sum() == pytest.approx(np.log(whole) - np.log(nothing), rel=0.05, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_can_be_judged(real, kind):
    reading = real[kind].read(FILMS)
    found = faithfulness(real[kind], reading, effort=MANY_TEXTS)
    assert found.words == reading.document.size
    assert found.most[0] == found.least[0] == pytest.approx(found.probability, abs=1e-6)
    assert found.most[-1] == found.least[-1]
    assert (found.permuted == pytest.approx(0, abs=1e-6)) == (kind == "imdb-hn-ave")


@pytest.mark.parametrize("kind", ["imdb-han", "imdb-bilstm"])
def test_a_network_that_skips_a_sentence_is_judged_as_if_it_were_not_there(real, kind):
    part = faithfulness(real[kind], real[kind].read(FILMS, without=frozenset({1}), effect=True), effort=MANY_TEXTS)
    rest = "A good film.<br />A good film. See it twice, it's short."
    alone = faithfulness(real[kind], real[kind].read(rest), effort=MANY_TEXTS)
    assert part.most == pytest.approx(alone.most, abs=1e-6)
    assert part.effect == pytest.approx(alone.effect, abs=1e-6)
    assert part.gradients == pytest.approx(alone.gradients, abs=1e-6)
    assert part.permuted == pytest.approx(alone.permuted, abs=1e-6)
