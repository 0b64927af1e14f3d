"""Records of where a model looked: what they refuse, and how pieces become words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from engine.traces import Axis, Effect, Trace

PIECES = Axis(("un", "believ", "able", "!", "</s>"), (0, 0, 0, 1, 2), (False, False, False, False, True))
SOURCE = Axis(("in", "croyable", "</s>"), (0, 0, 1), (False, False, True))


def shares(*shape: int) -> np.ndarray:
    drawn = np.random.default_rng(0).random(shape)
    return drawn / drawn.sum(-1, keepdims=True)


def trace(weights: np.ndarray, scores: np.ndarray | None = None) -> Trace:
    return Trace("cross", PIECES, SOURCE, weights, scores)


def test_words_are_pieces_laid_end_to_end():
    assert PIECES.words() == Axis(("unbelievable", "!", "</s>"), (0, 1, 2), (False, False, True))


def test_the_words_of_a_text_are_all_but_its_end_which_one_that_was_stopped_lacks():
    assert PIECES.words().text_labels == ("unbelievable", "!")
    assert PIECES.only(range(4)).text_labels == ("un", "believ", "able", "!")


def test_a_space_of_its_own_is_no_part_of_a_word_label():
    axis = Axis(("▁", "un", "▁"), (0, 0, 1), (False, False, False))
    assert axis.words().labels == ("un", "▁")


@pytest.mark.parametrize("groups", [(0, 2), (1, 0), (0, 1, 0)])
def test_words_that_do_not_stand_together_are_refused(groups):
    with pytest.raises(ValueError, match="numbered in order"):
        Axis(("a",) * len(groups), groups, (False,) * len(groups))


def test_an_axis_needs_one_group_for_each_label():
    with pytest.raises(ValueError, match="2 labels, 1 groups"):
        Axis(("a", "b"), (0,), (False, False))


def test_labels_alone_make_an_axis_of_one_word_each():
    assert Axis.of(["a", "b"], end=True) == Axis(("a", "b"), (0, 1), (False, True))


def test_a_trace_is_its_own_copy_and_nobody_can_write_into_it():
    weights = shares(1, 1, 5, 3)
    kept = trace(weights)
    weights[:] = 0
    assert kept.weights.sum() == pytest.approx(5)
    with pytest.raises(ValueError, match="read-only"):
        kept.weights[0, 0, 0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept.kind = "encoder"


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        (shares(1, 1, 4, 3), "do not fit 5 queries and 3 keys"),
        (shares(1, 1, 5, 3) * 1.001, "must sum to 1, one is off by"),
        (shares(1, 1, 5, 3) * np.nan, "finite"),
        (shares(1, 1, 5, 3) + np.array([1, -1, 0]), "not negative"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, complaint):
    with pytest.raises(ValueError, match=complaint):
        trace(weights)


def favoured(**window: np.ndarray) -> Trace:
    """Rows that a window has lessened, each by another part."""
    parts = np.array([1.0, 0.8, 0.6, 0.4, 0.2])[:, None]
    return Trace("cross", PIECES, SOURCE, shares(1, 1, 5, 3) * parts, rows="at_most_one", **window)


def test_rows_that_a_window_lessened_may_add_up_to_less_than_one_and_never_to_more():
    assert favoured().weights.sum() == pytest.approx(3)
    with pytest.raises(ValueError, match="must sum to at most 1, one is off by"):
        dataclasses.replace(favoured(), weights=shares(1, 1, 5, 3) * 1.001)
    with pytest.raises(ValueError, match="must sum to 1, one is off by"):
        dataclasses.replace(favoured(), rows="sum_to_one")


def test_no_view_makes_a_lessened_row_whole():
    whole = favoured()
    words = whole.by_words()
    assert words.rows == "at_most_one"
    np.testing.assert_allclose(words.weights.sum(-1), [[[0.8, 0.4, 0.2]]], atol=1e-6)
    rest, taken = whole.without_special_keys()
    assert rest.rows == "at_most_one"
    np.testing.assert_array_equal(rest.weights, whole.weights[..., :2])
    np.testing.assert_allclose(taken, whole.weights[..., 2], atol=1e-6)
    turned = whole.reordered(whole.queries, [4, 3, 2, 1, 0])
    np.testing.assert_array_equal(turned.weights, whole.weights[:, :, ::-1])
    assert whole.only(0).rows == turned.rows == "at_most_one"


def test_a_window_goes_with_its_row_as_long_as_places_mean_the_same():
    centre, width = np.arange(5.0)[None, None] / 2, np.full((1, 1, 5), 2.0)
    whole = favoured(centre=centre, width=width)
    for kept in (whole.only(0), whole.without_special_keys()[0]):
        np.testing.assert_array_equal(kept.centre, centre)
        np.testing.assert_array_equal(kept.width, width)
    np.testing.assert_array_equal(whole.reordered(whole.queries, [1, 1, 2, 3, 4]).centre[0, 0], [0.5, 0.5, 1, 1.5, 2])
    assert whole.by_words().centre is None
    first = dataclasses.replace(whole, keys=Axis(SOURCE.labels, SOURCE.groups, (True, False, False)))
    assert first.without_special_keys()[0].centre is None


@pytest.mark.parametrize(
    ("window", "complaint"),
    [
        ({"centre": np.zeros((1, 1, 5))}, "a finite centre and a width above 0"),
        ({"centre": np.full((1, 1, 5), np.inf), "width": np.ones((1, 1, 5))}, "a finite centre"),
        ({"centre": np.zeros((1, 1, 5)), "width": np.zeros((1, 1, 5))}, "width above 0"),
        ({"centre": np.zeros((1, 1, 4)), "width": np.ones((1, 1, 4))}, "centre"),
    ],
)
def test_a_window_that_cannot_be_is_refused(window, complaint):
    with pytest.raises((ValueError, TypeCheckError), match=complaint):
        favoured(**window)


def test_scores_must_have_the_shape_of_the_weights():
    # Under test the types of arrays are checked too, which speaks up first.
    with pytest.raises((ValueError, TypeCheckError), match="scores"):
        trace(shares(1, 1, 5, 3), np.zeros((1, 1, 5, 2)))


def test_one_hot_rows_are_a_trace_too():
    assert trace(np.eye(3)[None, None, [0, 1, 2, 0, 1]]).matrix().sum() == 5


def test_by_words_sums_over_keys_and_averages_over_queries():
    weights = shares(2, 2, 5, 3)
    joined = trace(weights).by_words()
    assert joined.queries.labels == ("unbelievable", "!", "</s>")
    assert joined.keys.labels == ("incroyable", "</s>")
    np.testing.assert_allclose(joined.weights[0, 1, 0, 0], weights[0, 1, :3, :2].sum(-1).mean(), rtol=1e-6)
    np.testing.assert_allclose(joined.weights.sum(-1), 1, atol=1e-6)


def test_without_the_end_rows_sum_to_one_again_and_its_share_is_told():
    weights = shares(1, 1, 5, 3)
    rest, taken = trace(weights).without_special_keys()
    assert rest.keys.labels == ("in", "croyable")
    np.testing.assert_allclose(rest.weights.sum(-1), 1, atol=1e-6)
    np.testing.assert_allclose(taken, weights[..., 2], atol=1e-6)


def test_a_row_that_was_all_at_the_end_is_spread_evenly_over_the_words():
    rest, taken = trace(np.eye(3)[None, None, [2, 2, 2, 2, 2]]).without_special_keys()
    assert (rest.weights == 0.5).all() and (taken == 1).all()


def test_an_effect_by_words_adds_the_rows_of_a_word_and_keeps_one_of_its_columns():
    drops = np.array([[1, 1, 0], [2, 2, 0], [-1, -1, 0], [4, 4, 0], [0, 0, 0]], dtype=float)
    joined = Effect(PIECES, SOURCE, drops).by_words()
    np.testing.assert_array_equal(joined.drops, [[2, 0], [4, 0], [0, 0]])


def test_shares_of_an_effect_are_of_its_falls_alone_and_a_row_without_any_is_empty():
    effect = Effect(Axis.of(["a", "b"]), SOURCE, np.array([[3, 1, -5], [-1, -2, 0]], dtype=float))
    np.testing.assert_allclose(effect.shares(), [[0.75, 0.25, 0], [0, 0, 0]])
    assert effect.without_special_keys().drops.shape == (2, 2)


def test_drops_must_fit_their_axes_and_be_finite():
    with pytest.raises(ValueError, match="do not fit"):
        Effect(PIECES, SOURCE, np.zeros((2, 2)))
    with pytest.raises(ValueError, match="finite"):
        Effect(PIECES, SOURCE, np.full((5, 3), np.inf))


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(1, 4))
def test_joining_pieces_keeps_all_weight(joins, queries):
    groups = [sum(not join for join in joins[1 : i + 1]) for i in range(len(joins))]
    keys = Axis(tuple("x" * len(joins)), tuple(groups), (False,) * len(joins))
    whole = Trace("cross", Axis.of("y" * queries), keys, shares(1, 1, queries, len(joins)))
    assert whole.by_words().weights.shape == (1, 1, queries, groups[-1] + 1)
    np.testing.assert_allclose(whole.by_words().weights.sum(-1), 1, atol=1e-5)
