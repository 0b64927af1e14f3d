"""Draws of the places that a hard attention might have looked at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.attention import Mechanism
from engine.inference.drawn import drawn
from engine.traces import Axis, Trace

STEPS, PLACES = 4, 5


def looked(selection: str, window: str = "global", null_key: bool = False) -> tuple[Mechanism, Trace]:
    """A mechanism with a look of its own at five places, in four steps."""
    torch.manual_seed(3)
    mechanism = Mechanism(6, 6, 4, selection=selection, window=window, window_width=1, null_key=null_key)
    mechanism.eval()
    values, present = mechanism.extended(torch.randn(1, PLACES, 6), torch.ones(1, PLACES, dtype=torch.bool))
    query = torch.randn(1, STEPS, 6) * 3
    with torch.no_grad():
        seen = mechanism(query, values, mechanism.project(values), present, torch.arange(STEPS))
    parts = {name: getattr(seen, name) for name in ("weights", "scores", "centre", "width")}
    arrays = {name: value.numpy()[None] for name, value in parts.items() if value is not None}
    keys = Axis.of("abcde")
    return mechanism, Trace("cross", Axis.of("wxyz"), keys.with_nowhere() if null_key else keys, **arrays)


@pytest.mark.parametrize("window", ["global", "local_m", "local_p"])
@pytest.mark.parametrize("null_key", [False, True])
def test_draws_come_from_the_softmax_of_what_the_window_lets_through(window: str, null_key: bool):
    mechanism, trace = looked("hard", window, null_key)
    shares = drawn(mechanism, trace).shares
    scores = trace.scores[0, 0].astype(np.float64)
    for row in range(STEPS):
        allowed = np.ones(scores.shape[1], dtype=bool)
        favour = np.zeros(scores.shape[1])
        if trace.centre is not None:
            away = np.abs(np.arange(scores.shape[1]) - trace.centre[0, 0, row])
            allowed = away <= max(1, away[:PLACES].min())
            favour = -(away.clip(max=1) ** 2) / (2 * 0.5**2) if window == "local_p" else favour
            if null_key:
                allowed[-1], favour[-1] = True, 0
        odds = np.where(allowed, np.exp(scores[row] + favour), 0)
        np.testing.assert_allclose(shares[row], odds / odds.sum(), atol=1e-5)


@pytest.mark.parametrize("selection", ["hard", "hard_reinforce"])
def test_the_place_that_was_read_is_the_likeliest_one(selection: str):
    mechanism, trace = looked(selection)
    assert (drawn(mechanism, trace).shares.argmax(1) == trace.matrix().argmax(1)).all()


def test_of_a_sum_over_all_words_the_weights_are_the_probabilities():
    mechanism, trace = looked("exact", "local_p")
    np.testing.assert_allclose(drawn(mechanism, trace).shares, trace.matrix(), atol=1e-6)


def test_the_same_seed_draws_the_same_places_and_many_draws_come_near_the_shares():
    mechanism, trace = looked("hard")
    few, again, others = (drawn(mechanism, trace, seed=seed) for seed in (1, 1, 2))
    assert few.places.shape == (20, STEPS) and (few.places == again.places).all()
    assert (few.places != others.places).any()
    many = drawn(mechanism, trace, count=4000)
    np.testing.assert_allclose(many.frequencies(), many.shares, atol=0.03)
    np.testing.assert_allclose(many.frequencies().sum(1), 1)


def test_without_scores_nothing_can_be_drawn():
    mechanism, trace = looked("hard")
    with pytest.raises(ValueError, match="holds none"):
        drawn(mechanism, Trace("cross", trace.queries, trace.keys, trace.weights))
