"""Both levels of a hierarchical network taken apart: what it computes, number by number, and what follows from a
change."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import Refused
from engine.inference.classifier import Classifier
from engine.inference.step_by_step.hierarchy.levels import take_apart
from engine.inference.step_by_step.hierarchy.mistakes import MISTAKES
from engine.inference.step_by_step.hierarchy.opened import opened, opened_small
from engine.inference.step_by_step.hierarchy.small_case import SENTENCES, small_text
from engine.inference.step_by_step.hierarchy.text import MOST_SENTENCES, text_of
from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.quantities import Place, Stages
from engine.models.documents.han import HAN, HANConfig
from engine.store.catalogue import ModelInfo
from engine.text.vocabulary import Vocabulary

REVIEW = "The food was great. We waited. Never again, and never with friends. We waited."


def classifier(**choices: object) -> Classifier:
    vocabulary = Vocabulary.train([REVIEW.replace(".", "").replace(",", "").split()] * 5, 60)
    torch.manual_seed(2)
    sizes = {"embedding": 6, "word": 3, "sentence": 3, "attention": 6, "dropout": 0.0}
    network = HAN(HANConfig(vocabulary=len(vocabulary), **{**sizes, **choices})).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.mul_(3)
    config = {"model_type": "alignscope-han", "task": "classification", "weights_sha256": "0" * 64}
    info = ModelInfo("classification/tiny", "classification", "en", None, Path("nowhere"), config, None, None)
    return Classifier(info, network, vocabulary, ["negative", "positive"])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("attention", [6, 4])
def test_both_levels_are_what_the_model_itself_computes(cell: str, attention: int):
    model = classifier(cell=cell, attention=attention)
    reading, text = model.read(REVIEW), text_of(model, REVIEW)
    assert len(text.words) == 4 and reading.sentences is not None
    for sentence, trace in enumerate(reading.words):
        stages = take_apart(text, sentence)
        assert trace.scores is not None and reading.sentences.scores is not None
        np.testing.assert_allclose(stages["word_scores"].value, trace.scores[0, 0, 0], atol=1e-5)
        np.testing.assert_allclose(stages["word_weights"].value, trace.weights[0, 0, 0], atol=1e-5)
        np.testing.assert_allclose(stages["sentence_scores"].value, reading.sentences.scores[0, 0, 0], atol=1e-5)
        np.testing.assert_allclose(stages["sentence_weights"].value, reading.sentences.weights[0, 0, 0], atol=1e-5)
        np.testing.assert_allclose(stages["class_probabilities"].value, reading.probabilities, atol=1e-5)
    assert text.can_be_bare == (attention == 6)


def test_the_small_case_follows_the_equations_of_the_paper():
    text = small_text()
    for sentence, words in enumerate(SENTENCES):
        stages = take_apart(text, sentence)
        for kind, pool, vector in (
            ("word", text.pools[0], "sentence_vector"),
            ("sentence", text.pools[1], "document_vector"),
        ):
            states = torch.tensor(stages[f"{kind}_states"].value)
            hidden = torch.tanh(states @ pool.turn.weight.T + pool.turn.bias)
            weights = (hidden @ pool.query).softmax(0)
            np.testing.assert_allclose(stages[f"{kind}_hidden"].value, hidden, atol=1e-6)
            np.testing.assert_allclose(stages[f"{kind}_weights"].value, weights, atol=1e-6)
            np.testing.assert_allclose(stages[vector].value, weights @ states, atol=1e-6)
        assert stages["word_states"].shape == (len(words), 4)


def test_a_student_can_redo_the_small_case_with_a_pocket_calculator():
    """“great” is (0.93, −0.31, 0.22, −0.14); the matrix stands in the small case."""
    stages = take_apart(small_text(), 0)
    inner = (
        1.6 * 0.93 - 0.1 * 0.31 + 0.2 * 0.22 + 0.3 * 0.14 + 0.02,
        0.1 * 0.93 - 1.5 * 0.31 - 0.2 * 0.22 - 0.2 * 0.14 - 0.03,
        0.3 * 0.93 - 0.2 * 0.31 + 1.2 * 0.22 + 0.1 * 0.14 + 0.05,
        -0.2 * 0.93 - 0.1 * 0.31 + 0.1 * 0.22 - 1.4 * 0.14 + 0.01,
    )
    hidden = [math.tanh(number) for number in inner]
    assert stages["word_hidden"].value[3] == pytest.approx(hidden, abs=1e-6)
    score = 1.9 * hidden[0] + 1.8 * hidden[1] + 0.2 * hidden[2] - 1.1 * hidden[3]
    assert stages["word_scores"].value[3] == pytest.approx(score, abs=1e-6)
    powers = [math.exp(number) for number in stages["word_scores"].value.tolist()]
    assert stages["word_weights"].value[3] == pytest.approx(powers[3] / sum(powers), abs=1e-6)
    text = small_text()
    parts = (*text.pools, text.network.sentences, text.network.output)
    for parameter in [text.states, *(parameter for part in parts for parameter in part.parameters())]:
        torch.testing.assert_close(parameter * 100, (parameter * 100).round(), atol=1e-4, rtol=0)


def test_each_sentence_of_the_small_case_looks_most_at_its_strongest_word():
    strongest = [SENTENCES[k][take_apart(small_text(), k)["word_weights"].value.argmax()] for k in range(3)]
    assert strongest == ["great", "waited", "Never"]


def test_a_changed_number_changes_what_follows_and_nothing_before_it():
    right = take_apart(small_text(), 1)
    for at, quantity in enumerate(right.quantities):
        number = 0.0 if quantity.name.endswith("allowed") else 0.77
        now = take_apart(small_text(), 1, {Place(quantity.name, 1): number})
        for before, same in zip(right.quantities[:at], now.quantities[:at], strict=True):
            np.testing.assert_array_equal(before.value, same.value)
        assert (now.quantities[at].value != quantity.value).ravel().nonzero()[0].tolist() == [1]
        last = now["class_probabilities"].value.tolist() != right["class_probabilities"].value.tolist()
        assert last, quantity.name


def made(mistake: str, *, bare: bool = False) -> tuple[Stages, Stages]:
    """The levels without the mistake and with it."""
    answer = opened_small(2, {}, mistake, bare=bare)
    assert not mistake or mistake in answer.possible
    return answer.right, answer.now


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_changes_its_own_line_and_nothing_before_it(mistake: str):
    right, wrong = made(mistake)
    differ = [q.name for q in wrong.quantities if q.value.tolist() != right[q.name].value.tolist()]
    assert differ[0] == MISTAKES[mistake].quantity and differ[-1] == "class_probabilities"


def test_what_each_mistake_does():
    right, wrong = made("tanh")
    np.testing.assert_allclose(np.tanh(wrong["word_hidden"].value), right["word_hidden"].value, atol=1e-6)
    right, wrong = made("padding")
    assert (right["word_weights"].value[-PADDING:] == 0).all() and (wrong["word_weights"].value[-PADDING:] > 0).all()
    assert (wrong["sentence_weights"].value[-PADDING:] > 0).all()
    right, wrong = made("mean")
    np.testing.assert_allclose(wrong["word_weights"].value, 1 / 2)
    np.testing.assert_allclose(wrong["sentence_weights"].value, 1 / 3, rtol=1e-6)
    right, wrong = made("axis")
    assert wrong["sentence_weights"].value.tolist() == [1, 1, 1]


@pytest.mark.parametrize("changed", ["", "bare", *MISTAKES])
def test_what_is_changed_is_changed_in_every_sentence_so_all_that_follows_is_the_same_by_way_of_each(changed: str):
    for text in (small_text(), text_of(classifier(), REVIEW)):
        mistake = "" if changed == "bare" else changed
        answers = [opened(text, k, {}, mistake, bare=changed == "bare") for k in range(len(text.words))]
        own = [answer.now["sentence_vector"].value for answer in answers]
        for answer in answers:
            np.testing.assert_allclose(answer.now["sentence_vectors"].value, own, atol=1e-6)
            for name in ("sentence_weights", "document_vector", "class_probabilities"):
                np.testing.assert_allclose(answer.now[name].value, answers[0].now[name].value, rtol=1e-5, atol=1e-6)


def test_a_changed_score_takes_weight_from_other_sentences_where_the_softmax_runs_over_them():
    all_of_it = opened_small(0, {Place("word_scores", 1): 99.0}, "axis", bare=False).now["sentence_vectors"].value
    for k in (1, 2):
        stages = opened_small(k, {}, "axis", bare=False).now
        lost = stages["word_weights"].value[1] * stages["word_states"].value[1]
        np.testing.assert_allclose(all_of_it[k], stages["sentence_vector"].value - lost, atol=1e-6)


def test_softmax_over_the_sentences_shares_each_place_out_among_them():
    sums = [opened_small(k, {}, "axis", bare=False).now["word_weights"].value for k in range(3)]
    for place in range(4):
        assert sum(row[place] for row in sums if len(row) > place) == pytest.approx(1, abs=1e-6)


def test_without_the_hidden_layers_scores_come_from_the_states_themselves():
    right, bare = made("", bare=True)
    query = small_text().pools[0].query.numpy()
    np.testing.assert_allclose(bare["word_scores"].value, right["word_states"].value @ query, atol=1e-6)
    assert "word_hidden" not in bare and "sentence_hidden" not in bare and "word_hidden" in right
    assert "tanh" not in opened_small(0, {}, "", bare=True).possible
    other = text_of(classifier(attention=4), REVIEW)
    answer = opened(other, 0, {}, "", bare=True)
    assert answer.now is answer.right and not answer.bare


def test_what_cannot_be_taken_apart_is_refused_in_a_sentence():
    for choices in ({"pooling": "average"}, {"score": "additive"}, {"selection": "sparse"}):
        with pytest.raises(Refused, match="as the paper has it"):
            text_of(classifier(**choices), REVIEW)
    with pytest.raises(Refused, match=f"{MOST_SENTENCES} sentences at most"):
        text_of(classifier(), "Never again. " * 40)
    with pytest.raises(Refused, match="60 words at most"):
        take_apart(text_of(classifier(), "never " * 70), 0)
    with pytest.raises(Refused):
        take_apart(small_text(), 0, {Place("word_scores", 4): 1.0})
