"""Whether a map means anything, against plain loops over the same model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.attention.imposed import Imposed, Permute
from engine.decoding.forced import logprobs
from engine.errors import Refused
from engine.inference.imposed import under
from engine.inference.translation_faithfulness import MOST_POINTS, Erasure, Shuffled, erasure, shuffled
from engine.text.tokenizer import UNKNOWN_ID

TEXT = "A man isn't reading the newspaper."
DRAWS = 5


def said(translator, translation, ids) -> float:
    (found,) = logprobs(translator.model, [(ids, translation.ids)], torch.device("cpu"))
    return float(found.sum(dtype=np.float64))


def by_hand(translator, translation, shades: list[float]) -> list[float]:
    """ln p as words go one by one, those with most shade first, each with all of its pieces."""
    units = translation.keys.units()
    words = sorted({unit for unit, special in zip(units, translation.keys.special, strict=True) if not special})
    ids = list(translation.keys.ids)
    found = [said(translator, translation, ids)]
    for word in sorted(words, key=lambda word: -shades[words.index(word)]):
        ids = [UNKNOWN_ID if unit == word else piece for piece, unit in zip(ids, units, strict=True)]
        found.append(said(translator, translation, ids))
    return found


def test_the_curves_are_those_of_a_plain_loop(translator):
    translation = translator.translate(TEXT, effect=True)
    found = erasure(translator, translation, shuffles=DRAWS)
    units, special = translation.keys.units(), translation.keys.special
    words = sorted({unit for unit, mark in zip(units, special, strict=True) if not mark})
    weights, drops = translation.trace.matrix(), translation.effect.drops
    looked = [
        sum(weights[t, i] for t in range(len(weights)) for i, u in enumerate(units) if u == word) for word in words
    ]
    mattered = [sum(drops[t, units.index(word)] for t in range(len(drops))) for word in words]
    assert found.words == len(words) and found.gone == tuple(range(len(words) + 1))
    np.testing.assert_allclose(found.curves["attention"], by_hand(translator, translation, looked), atol=1e-3)
    np.testing.assert_allclose(found.curves["effect"], by_hand(translator, translation, mattered), atol=1e-3)
    assert found.random.shape == (DRAWS, len(found.gone))
    for curve in (*found.curves.values(), *found.random):  # all begin with all words and end with none
        assert curve[[0, -1]] == pytest.approx(found.random[0][[0, -1]], abs=1e-4)
    assert found.logprob == pytest.approx(translation.output.logprob, abs=1e-3)
    fall = found.curves["attention"][0] - np.mean(found.curves["attention"][1:-1])
    assert found.falls["attention"] == pytest.approx(fall)


def test_the_same_seed_gives_the_same_orders_and_another_one_others(translator):
    translation = translator.translate(TEXT)
    one, again, other = (erasure(translator, translation, shuffles=DRAWS, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.random, again.random)
    assert not np.array_equal(one.random, other.random)
    np.testing.assert_allclose(one.curves["attention"], other.curves["attention"], atol=1e-4)


def test_a_long_sentence_is_measured_at_few_places(translator):
    found = erasure(translator, translator.translate(" ".join([TEXT] * 4)), shuffles=1)
    assert len(found.gone) == MOST_POINTS and found.gone[0] == 0 and found.gone[-1] == found.words


def test_shuffled_weights_are_those_that_the_hook_imposes(translator):
    translation = translator.translate(TEXT)
    found = shuffled(translator, translation, shuffles=DRAWS)
    assert found.text == translation.output.text and len(found.texts) == DRAWS
    for seed in range(DRAWS):
        changed = under(translator, Imposed((Permute(seed=seed),)), translation)
        assert found.logprobs[seed] == pytest.approx(changed.again(translation).output.logprob, abs=1e-4)
        assert found.texts[seed] == changed.translate(TEXT).output.text
    assert found.logprob == pytest.approx(translation.output.logprob, abs=1e-3)
    assert len(set(np.round(found.logprobs, 4))) > 1


@pytest.mark.parametrize(
    ("value", "verdict"), [(-1.0, "better"), (-4.5, "worse"), (-3.0, "undecided"), (-2.0, "undecided")]
)
def test_own_weights_are_better_than_shuffled_ones_only_beyond_all_of_them(value: float, verdict: str):
    found = Shuffled(value, np.array([-2.0, -3.5, -4.0]), "a", ("a", "b", "b"))
    assert found.verdict == verdict and found.others == ("b", "b")


def test_an_order_is_better_than_chance_only_where_it_falls_further_than_every_other():
    random = np.array([[-1.0, -2, -5, -9], [-1.0, -3, -4, -9]])
    curves = {"attention": np.array([-1.0, -4, -6, -9]), "effect": np.array([-1.0, -2, -5, -9])}
    found = Erasure(3, -1.0, (0, 1, 2, 3), curves, random)
    assert found.falls == {"attention": 4.0, "effect": 2.5} and found.chance.tolist() == [2.5, 2.5]
    assert found.verdicts == {"attention": "better", "effect": "undecided"}


@pytest.mark.parametrize(
    "choices", [{"null_key": True}, {"window": "local_p"}, {"selection": "exact", "placement": "after"}]
)
def test_every_form_of_attention_is_tested_as_far_as_it_can_be(translator, tokenizer, make_model, choices):
    other = type(translator)(translator.info, make_model(len(tokenizer), **choices), tokenizer)
    translation = other.translate(TEXT)
    assert np.isfinite(erasure(other, translation, shuffles=1).random).all()
    if choices.get("selection") == "exact":
        with pytest.raises(Refused, match="sums up"):
            shuffled(other, translation, shuffles=1)
    else:
        assert np.isfinite(shuffled(other, translation, shuffles=1).logprobs).all()


def test_what_leaves_nothing_to_test_is_refused_in_a_sentence(translator, tokenizer, make_model):
    with pytest.raises(Refused, match="one word"):
        erasure(translator, translator.translate("Aman"))
    plain = type(translator)(
        translator.info, make_model(len(tokenizer), design="decoder2", direction="forward"), tokenizer
    )
    with pytest.raises(Refused, match="no attention"):
        erasure(plain, plain.translate(TEXT))
