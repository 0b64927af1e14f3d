"""Weights of words and sentences that somebody changed: the answer follows them, and what does not fit is refused."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.attention.imposed import Permute, Pin, Uniform
from engine.attention.imposed_levels import ImposedLevels, change, code, imposed_levels
from engine.errors import Refused
from engine.inference.classifier import Classifier
from engine.models.documents.pooling import AveragePool
from tests.engine.test_classifier import MODELS, TEXT, classifiers

__all__ = ["classifiers"]
ATTENDING = ("han", "bilstm")
places = st.lists(st.integers(0, 9998), min_size=1, max_size=5, unique=True).map(tuple)


@given(steps=places | st.just(()), keys=places, share=st.integers(0, 100), seed=st.integers(0, 9999))
def test_an_id_says_what_it_was_made_of(steps: tuple[int, ...], keys: tuple[int, ...], share: int, seed: int) -> None:
    for made in (Uniform(steps), Permute(steps, seed), Pin(steps, keys, share / 100)):
        assert change(code("words", made)) == ("words", made)
        if steps:
            with pytest.raises(ValueError):
                change(code("sentences", made))
        else:
            assert change(code("sentences", made)) == ("sentences", made)


@pytest.mark.parametrize("text", ["words-mute-3", "words", "letters-uniform-0", "uniform-0", "sentences-uniform-2", ""])
def test_what_stands_for_no_change_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        change(text)


@pytest.mark.parametrize("name", ATTENDING)
def test_nothing_imposed_is_the_reading_itself(classifiers: dict[str, Classifier], name: str) -> None:
    model = classifiers[name]
    reading = model.read(TEXT, without={1})
    same = model.imposed(reading, ImposedLevels())
    assert same.probabilities == pytest.approx(reading.probabilities, abs=1e-6) and same.without == {1}
    np.testing.assert_allclose(same.word_weights, reading.word_weights, atol=1e-6)
    np.testing.assert_allclose(same.sentence_weights, reading.sentence_weights, atol=1e-6)


@pytest.mark.parametrize("name", ATTENDING)
def test_even_weights_give_the_answer_of_the_same_network_that_averages(
    classifiers: dict[str, Classifier], name: str
) -> None:
    model, codes = classifiers[name], ["words-uniform-0"]
    network = deepcopy(model.network)
    network.word_pool = AveragePool()
    if name == "han":
        network.sentence_pool = AveragePool()
        codes.append("sentences-uniform-0")
    averaging = Classifier(model.info, network, model.vocabulary, model.labels).read(TEXT)
    even = model.imposed(model.read(TEXT), imposed_levels(codes))
    assert even.probabilities == pytest.approx(averaging.probabilities, abs=1e-6)
    np.testing.assert_allclose(even.word_weights, averaging.word_weights, atol=1e-6)
    np.testing.assert_allclose(even.sentence_weights, averaging.sentence_weights, atol=1e-6)


def test_a_pinned_word_has_its_share_and_the_others_keep_theirs_among_themselves(
    classifiers: dict[str, Classifier],
) -> None:
    model = classifiers["han"]
    before = model.read(TEXT)
    after = model.imposed(before, imposed_levels(["words-pin-3-2-80"]))
    own, others = after.words[2].weights[0, 0, 0], np.arange(after.words[2].weights.shape[-1]) != 1
    assert own[1] == pytest.approx(0.8, abs=1e-6)
    was = before.words[2].weights[0, 0, 0][others]
    np.testing.assert_allclose(own[others], 0.2 * was / was.sum(), atol=1e-6)
    for k in (0, 1, 3):
        np.testing.assert_allclose(after.words[k].weights, before.words[k].weights, atol=1e-6)
    assert after.probabilities != pytest.approx(before.probabilities, abs=1e-9)


def test_a_pinned_sentence_is_numbered_as_in_the_text_though_others_are_off(classifiers: dict[str, Classifier]) -> None:
    model = classifiers["han"]
    after = model.imposed(model.read(TEXT, without={0}), imposed_levels(["sentences-pin-0-3-70"]))
    assert after.sentence_weights[2] == pytest.approx(0.7, abs=1e-6) and after.sentence_weights[0] == 0
    assert after.sentence_weights.sum() == pytest.approx(1, abs=1e-6)


def test_of_a_sentence_that_comes_twice_the_one_that_is_named_is_changed_alone(
    classifiers: dict[str, Classifier],
) -> None:
    model = classifiers["han"]
    before = model.read("I liked the film. I liked the film.")
    after = model.imposed(before, imposed_levels(["words-pin-1-1-100"]))
    assert after.words[0].weights[0, 0, 0, 0] == pytest.approx(1)
    np.testing.assert_allclose(after.words[1].weights, before.words[1].weights, atol=1e-6)


def test_shuffled_words_are_the_same_weights_in_another_order(classifiers: dict[str, Classifier]) -> None:
    model = classifiers["bilstm"]
    before = model.read(TEXT)
    after = model.imposed(before, imposed_levels(["words-permute-0-4"]))
    np.testing.assert_allclose(np.sort(after.word_weights), np.sort(before.word_weights), atol=1e-6)
    assert not np.allclose(after.word_weights, before.word_weights)


@pytest.mark.parametrize(
    ("name", "codes", "sentence"),
    [
        ("han", ["words-uniform-9"], "There is no sentence 9; the text has 4."),
        ("han", ["words-pin-2-99-50"], "Sentence 2 has no word 99: its last is 5."),
        ("han", ["words-uniform-1"], "Sentence 1 is switched off"),
        ("han", ["sentences-pin-0-1-50"], "Sentence 1 is switched off"),
        ("han", ["sentences-pin-0-2-60", "sentences-pin-0-3-60"], "Pinned with 120 % together, which is more than"),
        ("han", ["sentences-pin-0-2_3_4-60"], "take the other 40 % of the weight"),
        ("bilstm", ["sentences-uniform-0"], "no weights of sentences"),
        ("bilstm", ["words-uniform-2"], "one row of words"),
        ("bilstm", ["words-pin-0-900-50"], "has no word 900: its last is"),
        ("average", ["words-uniform-0"], "no attention over words that could be changed"),
    ],
)
def test_changes_that_do_not_fit_are_refused_in_a_sentence(
    classifiers: dict[str, Classifier], name: str, codes: list[str], sentence: str
) -> None:
    model = classifiers[name]
    with pytest.raises(Refused, match=sentence):
        model.imposed(model.read(TEXT, without={0}), imposed_levels(codes))


@pytest.mark.parametrize("name", MODELS)
def test_only_attention_can_be_changed(classifiers: dict[str, Classifier], name: str) -> None:
    assert classifiers[name].imposable == (name in ATTENDING)
