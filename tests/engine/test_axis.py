"""Sides of a matrix with pieces that straddle words: what belongs to what, and no weight is lost or counted twice."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.traces import SPACE, Axis, Effect, Trace
from tests.engine.test_summaries import some_axis

SEEDS = st.integers(0, 2**31 - 1)


def words_of(axis: Axis) -> list[list[tuple[int, float]]]:
    """For each word the positions that it has a part of, and how large a part of each."""
    first = axis.groups[0]
    table: dict[int, list[tuple[int, float]]] = {}
    for place, group in enumerate(axis.groups):
        for k, share in enumerate(axis.shares[place] if axis.shares else (1.0,)):
            table.setdefault(group + k - first, []).append((place, share))
    return [table[word] for word in range(len(table))]


@given(SEEDS)
def test_membership_says_how_much_of_each_piece_each_word_has(seed: int):
    axis = some_axis(seed)
    table = np.zeros((axis.count, len(axis)))
    for word, parts in enumerate(words_of(axis)):
        for place, share in parts:
            table[word, place] = share
    np.testing.assert_allclose(axis.membership(), table)
    np.testing.assert_allclose(axis.membership().sum(0), 1)


@given(SEEDS)
def test_a_word_starts_at_the_first_piece_that_it_has_a_part_of(seed: int):
    axis = some_axis(seed)
    assert axis.starts() == [parts[0][0] for parts in words_of(axis)]
    assert axis.count == len(words_of(axis)) == len(axis.words())


@given(SEEDS)
def test_pieces_share_a_unit_where_some_piece_ties_their_words_together(seed: int):
    axis = some_axis(seed)
    units = axis.units()
    assert units[0] == 0 and all(b - a in (0, 1) for a, b in itertools.pairwise(units))
    for parts in words_of(axis):
        assert len({units[place] for place, _ in parts}) == 1  # no word is parted
    for unit in set(units):
        places = [k for k, own in enumerate(units) if own == unit]
        spans = [
            set(range(axis.groups[k], axis.groups[k] + (len(axis.shares[k]) if axis.shares else 1))) for k in places
        ]
        for before, after in itertools.pairwise(spans):
            assert max(before) >= min(after)  # nothing stands together that nothing ties


@given(SEEDS)
def test_a_choice_of_positions_keeps_what_each_of_them_is(seed: int):
    axis = some_axis(seed)
    places = [k for k in range(len(axis)) if (seed >> k) & 1] or [0]
    numbered = Axis(
        axis.labels, axis.groups, axis.special, axis.names, axis.shares, tuple(range(len(axis))), axis.labels
    )
    chosen = numbered.only(places)
    assert chosen.labels == tuple(axis.labels[k] for k in places) and chosen.ids == tuple(places)
    assert chosen.special == tuple(axis.special[k] for k in places) and chosen.tokens == chosen.labels
    whole, part = axis.units(), chosen.units()
    for a in range(len(places)):
        for b in range(a + 1, len(places)):
            if part[a] == part[b]:
                assert whole[places[a]] == whole[places[b]]  # pieces that were apart stay apart
    assert numbered.only(range(len(axis))).groups == tuple(g - axis.groups[0] for g in axis.groups)


@given(SEEDS)
@settings(max_examples=60)
def test_an_effect_by_words_adds_up_to_what_its_pieces_add_up_to(seed: int):
    queries, keys = some_axis(seed), some_axis(seed + 1)
    chance = np.random.default_rng(seed)
    units = np.array(keys.units())
    per_unit = chance.normal(size=(len(queries), units.max() + 1))
    effect = Effect(queries, keys, per_unit[:, units])  # every piece of a word carries the same number
    joined = effect.by_words()
    np.testing.assert_allclose(joined.drops.sum(), per_unit.sum(), rtol=1e-4, atol=1e-4)
    assert joined.drops.shape == (queries.count, keys.count)
    rows = np.array([sum(share * per_unit[place] for place, share in parts) for parts in words_of(queries)])
    np.testing.assert_allclose(joined.drops.sum(1), rows.sum(1), rtol=1e-4, atol=1e-4)


@given(SEEDS)
@settings(max_examples=60)
def test_a_trace_by_words_is_the_mean_over_a_words_pieces_of_sums_over_the_others(seed: int):
    queries, keys = some_axis(seed), some_axis(seed + 1)
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(keys)), (1, 2, len(queries)))
    joined = Trace("cross", queries, keys, weights).by_words().weights
    for row, asking in enumerate(words_of(queries)):
        size = sum(share for _, share in asking)
        for column, asked in enumerate(words_of(keys)):
            expected = [
                sum(a * b * weights[0, head, i, j] for i, a in asking for j, b in asked) / size for head in range(2)
            ]
            np.testing.assert_allclose(joined[0, :, row, column], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"shares": ((1.0,),)}, "one entry per label"),
        ({"ids": (1, 2, 3)}, "one entry per label"),
        ({"tokens": ("a",)}, "one entry per label"),
        ({"names": ("one",)}, "1 names do not fit 2 words"),
        ({"shares": ((), (1.0,))}, "numbered in order"),
        ({"groups": (0, 3)}, "numbered in order"),
        ({"groups": (0, 2), "shares": ((1.0,), (1.0,))}, "numbered in order"),
    ],
)
def test_an_axis_that_does_not_fit_itself_is_refused(more: dict[str, Any], sentence: str):
    with pytest.raises(ValueError, match=sentence):
        Axis(**{"labels": ("a", "b"), "groups": (0, 1), "special": (False, False), **more})


def test_a_piece_of_two_words_lets_the_next_begin_after_both():
    axis = Axis(("ab", "c"), (0, 2), (False, False), shares=((0.5, 0.5), (1.0,)), names=("a", "b", "c"))
    assert axis.count == 3 and axis.starts() == [0, 0, 1] and axis.units() == (0, 1)
    assert axis.words().labels == ("a", "b", "c")


def test_facts_leave_out_what_is_not_known():
    plain = Axis.of(["a", "b"])
    assert plain.facts() == {"labels": ["a", "b"], "groups": [0, 1], "special": [False, False]}
    known = Axis(("a",), (0,), (False,), names=("A",), shares=((1.0,),), ids=(7,), tokens=("Ġa",))
    assert known.facts()["words"] == ["A"] and known.facts()["ids"] == [7] and known.facts()["tokens"] == ["Ġa"]


def test_a_word_of_nothing_but_a_space_shows_the_space():
    axis = Axis((SPACE, "a", SPACE), (0, 1, 1), (False,) * 3)
    assert axis.words().labels == (SPACE, "a")


def trace(layers: int = 3, heads: int = 2, **more: Any) -> Trace:
    weights = np.random.default_rng(0).dirichlet(np.ones(4), (layers, heads, 3))
    return Trace("encoder", Axis.of("abc"), Axis.of("wxyz"), weights, **more)


@pytest.mark.parametrize(("layers", "chosen"), [(1, 0), (2, 0), (3, 1), (12, 10)])
def test_the_layer_looked_at_first_is_the_last_but_one(layers: int, chosen: int):
    assert trace(layers).chosen == chosen


def test_one_head_keeps_its_scores_and_a_mean_has_none():
    scores = np.random.default_rng(1).normal(size=(3, 2, 3, 4))
    identity = np.random.default_rng(2).random((3, 3))
    whole = trace(scores=scores, identity=identity)
    head, mean = whole.only(1, 1), whole.only(2)
    np.testing.assert_allclose(head.scores, scores[1:2, 1:2].astype(np.float32))
    np.testing.assert_allclose(mean.weights[0, 0], whole.weights[2].mean(0), atol=1e-6)
    assert mean.scores is None and head.weights.shape == (1, 1, 3, 4)
    np.testing.assert_allclose(mean.identity, identity[2:3].astype(np.float32))
    # Of a single head the mean is that head, with its scores.
    single = trace(heads=1, scores=scores[:, :1]).only(0)
    assert single.scores is not None


def test_identity_and_weights_must_fit():
    with pytest.raises(Exception, match="identity"):
        trace(identity=np.zeros((3, 4)))


def test_without_any_word_no_trace_is_left():
    marks = Axis(("[", "]"), (0, 1), (True, True))
    with pytest.raises(ValueError, match="no key is left"):
        Trace("cross", Axis.of("a"), marks, np.array([[[[0.5, 0.5]]]])).without_special_keys()


@given(st.integers(1, 4), st.integers(1, 4), SEEDS)
def test_shares_of_an_effect_sum_to_one_where_anything_fell(rows: int, columns: int, seed: int):
    drops = np.random.default_rng(seed).normal(size=(rows, columns))
    found = Effect(Axis.of(["q"] * rows), Axis.of(["k"] * columns), drops).shares()
    for row, share in zip(drops, found, strict=True):
        assert share.sum() == pytest.approx(1 if (row > 0).any() else 0)
        assert ((share > 0) == (row > 0)).all()
