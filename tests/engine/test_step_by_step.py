"""A decoding step taken apart: what the model computes, number by number, and what follows from a changed one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.errors import Refused
from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.quantities import Place
from engine.inference.step_by_step.recurrent.mistakes import MISTAKES
from engine.inference.step_by_step.recurrent.opened import opened, opened_small
from engine.inference.step_by_step.recurrent.scoring import PARTS
from engine.inference.step_by_step.recurrent.small_case import SIZE, Form, small_case
from engine.inference.step_by_step.recurrent.step import Step, take_apart
from engine.inference.step_by_step.recurrent.walk import Walk, states_before, walk
from engine.inference.step_by_step.terms import TERMS
from engine.inference.translator import Translator
from engine.store.catalogue import ModelInfo
from engine.traces import NOWHERE

SENTENCE = "The children aren't reading."
PLACEMENTS = {
    "before": {"placement": "before"},
    "after": {"placement": "after"},
    "fed": {"placement": "after", "feeding": True},
    "lstm": {"placement": "after", "feeding": True, "cell": "lstm"},
    "lstm before": {"placement": "before", "cell": "lstm"},
    "forward": {"direction": "forward", "encoder_layers": 2, "encoder": 8},
}


@pytest.fixture
def translating(tokenizer, make_model):
    """translating(score="dot"): a small translator of that form."""

    def make(**choices: object) -> Translator:
        config = {"model_type": "alignscope-seq2seq", "task": "translation", "weights_sha256": "0" * 64}
        config["model"] = {"design": choices.get("design", "decoder4")}
        info = ModelInfo("translation/tiny", "translation", "en", "fr", Path("nowhere"), config, None, None)
        return Translator(info, make_model(len(tokenizer), spread=2.0, **choices), tokenizer)

    return make


WRITTEN = (7, 30, 9, 3)


def written(translator: Translator, padding: int = 0) -> Walk:
    """The way of a sentence, with an output of several pieces whatever the model would have written."""
    way = walk(translator, SENTENCE, padding)
    with torch.inference_mode():
        states = tuple(states_before(translator.model, way.memory, WRITTEN))
    return replace(way, ids=WRITTEN, states=states)


def assert_decoded(translator: Translator, padding: int = 0) -> None:
    """Every step of a sentence has the model's own weights, scores and log-probabilities."""
    way, model = written(translator, padding), translator.model
    with torch.inference_mode():
        previous = torch.tensor([way.previous])
        decoded = model.decode(way.memory, model.begin(way.memory), previous)
        logs = model.logits(decoded.read)[0].log_softmax(-1).numpy()
    present = way.memory.present[0].numpy()
    for place in range(len(way.ids)):
        step = take_apart(model, way, place)
        scores = decoded.scores[0, place][present].numpy()
        rounding = 1e-5 * max(1, np.abs(scores).max())  # of float32, which has seven digits
        np.testing.assert_allclose(step["scores"].value[present], scores, atol=rounding)
        np.testing.assert_allclose(step["weights"].value, decoded.weights[0, place], atol=rounding)
        np.testing.assert_allclose(np.log(step["probabilities"].value), logs[place], atol=rounding, rtol=1e-5)


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("score", SCORES)
def test_every_step_of_a_sentence_is_what_the_model_itself_computes(translating, score: str, placement: str):
    assert_decoded(translating(score=score, **PLACEMENTS[placement]))


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("window", WINDOWS)
def test_so_it_is_with_every_window_and_selection(translating, window: str, selection: str):
    for placement in ("before", "after"):
        for null_key in (False, True):
            try:
                choices = {"window": window, "selection": selection, "placement": placement}
                translator = translating(null_key=null_key, **choices)
            except ValueError:
                continue  # parts that do not fit together
            assert_decoded(translator)


@pytest.mark.parametrize("null_key", [False, True])
@pytest.mark.parametrize("window", [name for name in WINDOWS if name != "global"])
def test_a_window_moved_by_hand_lets_through_what_lies_around_its_new_place(translating, window: str, null_key: bool):
    translator = translating(window=window, null_key=null_key, window_width=1)
    way = written(translator)
    right = take_apart(translator.model, way, 1)
    moved = take_apart(translator.model, way, 1, {Place("centre", 0): 4.0})
    words = len(way.keys) - null_key
    assert moved["allowed"].value[:words].nonzero()[0].tolist() == [3, 4, 5]
    assert moved["weights"].value[:3].tolist() == [0, 0, 0]
    assert right["centre"].value[0] != 4 and right["allowed"].value.tolist() != moved["allowed"].value.tolist()
    if null_key:
        assert moved["allowed"].value[-1] == 1 and way.keys.labels[-1] == NOWHERE


def test_padding_changes_nothing_of_a_step(translating):
    translator = translating(placement="after", feeding=True)
    assert_decoded(translator, padding=3)
    plain, beside = (take_apart(translator.model, written(translator, padding), 1) for padding in (0, 3))
    assert beside["weights"].value[-3:].tolist() == [0, 0, 0]
    np.testing.assert_allclose(plain["probabilities"].value, beside["probabilities"].value, atol=1e-6)


@pytest.mark.parametrize("score", SCORES)
def test_every_scoring_function_is_taken_apart_and_bears_its_own_formula_and_paper(score: str):
    step = opened_small(Form(score), 1, {}, "").right
    assert score in PARTS
    assert step["scores"].formula == f"e_j = {SCORES[score].formula}" and step["scores"].paper == SCORES[score].source
    assert step["weights"].formula == SELECTIONS["soft"].formula
    assert {quantity.name for quantity in step.quantities} <= TERMS.keys()
    if step.left is not None:
        last = "products" if "products" in step else "scores"
        np.testing.assert_allclose(step.right @ step.left, step[last].value, atol=1e-6)


def test_a_scoring_function_that_is_not_taken_apart_is_computed_all_the_same(translating, monkeypatch):
    monkeypatch.delitem(PARTS, "additive")
    monkeypatch.delitem(PARTS, "location")
    assert_decoded(translating(score="additive"))
    assert_decoded(translating(score="location"))


def order(step: Step) -> list[str]:
    return [quantity.name for quantity in step.quantities]


def test_quantities_stand_in_the_order_in_which_they_are_computed():
    before = order(opened_small(Form(placement="before"), 1, {}, "").right)
    after = order(opened_small(Form(placement="after", feeding=True), 1, {}, "").right)
    assert before.index("context") < before.index("state") and "fed" not in before
    assert after.index("state") < after.index("query") < after.index("context") < after.index("attentional")
    assert before[-1] == after[-1] == "probabilities"


@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.parametrize("score", SCORES)
def test_a_changed_number_changes_what_follows_and_nothing_before_it(score: str, placement: str):
    form = Form(score, placement=placement)
    right = opened_small(form, 1, {}, "").right
    for at, quantity in enumerate(right.quantities[:-1]):
        index = 0 if quantity.axes != ("vocabulary",) else right.top[0]
        number = 1 - float(quantity.value.ravel()[index]) if quantity.name == "allowed" else 0.77
        now = opened_small(form, 1, {Place(quantity.name, index): number}, "").now
        assert order(now) == order(right)
        for before, same in zip(right.quantities[:at], now.quantities[:at], strict=True):
            np.testing.assert_array_equal(before.value, same.value)
        changed = now.quantities[at]
        np.testing.assert_array_equal(changed.computed, quantity.value)
        assert (changed.value != quantity.value).ravel().nonzero()[0].tolist() == [index]
        assert changed.value.ravel()[index] == pytest.approx(number)
        following = zip(right.quantities[at + 1 :], now.quantities[at + 1 :], strict=True)
        follows = any(before.value.tolist() != after.value.tolist() for before, after in following)
        assert follows != (score == "key_only" and quantity.name == "query"), quantity.name


def test_a_weight_set_by_hand_gives_the_context_that_it_asks_for(translating):
    translator = translating(placement="after", feeding=True)
    way = written(translator)
    pins = {Place("weights", j): float(j == 1) for j in range(len(way.keys))}
    step = take_apart(translator.model, way, 2, pins)
    np.testing.assert_allclose(step["context"].value, step["keys"].value[1], atol=1e-6)


@pytest.mark.parametrize(("quantity", "index"), [("scores", 4), ("scores", -1), ("keys", 16), ("fed", 0), ("x", 0)])
def test_a_change_to_a_number_that_is_not_there_is_refused(quantity: str, index: int):
    with pytest.raises(Refused):
        opened_small(Form(), 0, {Place(quantity, index): 1.0}, "")


@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.parametrize("score", SCORES)
def test_a_student_can_redo_the_small_case(score: str, placement: str):
    """Four words and four numbers a vector, all that is not computed in the step itself with two decimals."""
    case = small_case(Form(score, placement=placement))
    states = [part for state in case.walk.states for part in state]
    for part in [*case.model.parameters(), case.walk.memory.values, *states]:
        torch.testing.assert_close(part * 100, (part * 100).round(), atol=1e-4, rtol=0)
    step = take_apart(case.model, case.walk, 0)
    assert step["keys"].shape == (4, SIZE) and step["query"].shape == (SIZE,)


@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.parametrize("score", ["dot", "scaled_dot", "general", "additive", "cosine", "location"])
def test_in_the_small_case_each_step_looks_most_at_its_own_word(score: str, placement: str):
    case = small_case(Form(score, placement=placement))
    for place in range(4):
        assert take_apart(case.model, case.walk, place)["weights"].value.argmax() == place


def test_the_small_case_is_the_same_every_time():
    small_case.cache_clear()
    first = opened_small(Form(), 2, {}, "").right
    torch.manual_seed(5)
    small_case.cache_clear()
    again = opened_small(Form(), 2, {}, "").right
    for one, other in zip(first.quantities, again.quantities, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


def made(mistake: str, form: Form) -> tuple[Step, Step]:
    """The step without the mistake and with it."""
    step = opened_small(form, 1, {}, mistake)
    assert mistake in step.possible
    return step.right, step.now


@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_changes_its_own_line_and_nothing_before_it(mistake: str, score: str, placement: str):
    form = Form(score, placement=placement)
    step = opened_small(form, 1, {}, mistake)
    if mistake not in step.possible:
        assert step.now is step.right
        return
    wrong = [name for name in order(step.now) if step.now[name].value.tolist() != step.right[name].value.tolist()]
    assert wrong[0] == MISTAKES[mistake].quantity
    assert wrong[-1] == "probabilities"


def test_softmax_over_the_wrong_axis_gives_each_word_all_the_weight():
    right, wrong = made("axis", Form())
    assert right["weights"].value.sum() == pytest.approx(1)
    assert wrong["weights"].value.tolist() == [1, 1, 1, 1]
    np.testing.assert_allclose(wrong["context"].value, wrong["keys"].value.sum(0), atol=1e-6)


def test_weights_multiplied_into_the_scores_give_a_context_of_one_number_repeated():
    right, wrong = made("scores_weighted", Form())
    mean = float(right["weights"].value @ right["scores"].value)
    np.testing.assert_allclose(wrong["context"].value, np.full(SIZE, mean), atol=1e-6)
    assert len(set(right["context"].value.tolist())) == SIZE


@pytest.mark.parametrize("score", SCORES)
def test_padding_that_is_not_masked_takes_weight_from_the_words(score: str):
    right, wrong = made("padding", Form(score))
    assert right["weights"].value[4:].tolist() == [0] * PADDING
    assert (wrong["weights"].value[4:] > 0).all()
    assert (wrong["weights"].value[:4] < right["weights"].value[:4]).all()
    np.testing.assert_allclose(
        right["weights"].value[:4], opened_small(Form(score), 1, {}, "").now["weights"].value, atol=1e-6
    )


def test_without_scaling_scores_are_as_many_times_as_large():
    right, wrong = made("scaling", Form("scaled_dot"))
    np.testing.assert_allclose(wrong["scores"].value, right["scores"].value * SIZE**0.5, atol=1e-6)
    assert wrong["weights"].value.max() > right["weights"].value.max()
    right, wrong = made("scaling", Form("cosine"))
    np.testing.assert_allclose(wrong["scores"].value * np.exp(1.5), right["scores"].value, rtol=0.25)
    assert wrong["weights"].value.max() < right["weights"].value.max()


@pytest.mark.parametrize("score", ["additive", "concat"])
def test_without_tanh_the_query_no_longer_matters_for_the_weights(score: str):
    elsewhere = {Place("query", 0): -0.9, Place("query", 2): 0.6}
    right, wrong = made("tanh", Form(score))
    other_right = opened_small(Form(score), 1, elsewhere, "").now
    other_wrong = opened_small(Form(score), 1, elsewhere, "tanh").now
    assert np.abs(other_right["weights"].value - right["weights"].value).max() > 0.01
    np.testing.assert_allclose(other_wrong["weights"].value, wrong["weights"].value, atol=1e-6)


def test_a_cell_without_its_state_gives_the_same_whatever_was_written():
    form = Form(placement="after")
    elsewhere = {Place("state_before", 1): -0.7}
    right, wrong = made("state", form)
    assert opened_small(form, 1, elsewhere, "").now["state"].value.tolist() != right["state"].value.tolist()
    np.testing.assert_array_equal(opened_small(form, 1, elsewhere, "state").now["state"].value, wrong["state"].value)


def test_models_without_such_a_step_are_refused_in_a_sentence(translating):
    with pytest.raises(Refused, match="has no attention"):
        walk(translating(design="decoder2", direction="forward"), SENTENCE)
    other = translating()
    other.info = replace(other.info, config={"model_type": "another"})
    other.model = torch.nn.Linear(1, 1)
    with pytest.raises(Refused, match="no recurrent translator"):
        walk(other, SENTENCE)


def test_a_step_of_a_translator_names_the_pieces_that_are_likely(translating):
    translator = translating()
    way = written(translator)
    step = opened(translator, way, 0, {Place("logits", 9): 50.0}, "")
    assert step.now.top[0] == 9
    assert step.pieces.keys() >= {*step.now.top, *step.right.top}
