"""What an overview says of each head, and the form in which heads are shown, against plain loops over cells."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.capture import overview
from engine.capture.form import Form
from engine.capture.overview import Collectors, Gathered, block_of, summarise
from engine.capture.squares import NEIGHBOURS, Squares
from engine.traces import Axis, Trace

SEEDS = st.integers(0, 2**31 - 1)


def shares(heads: int, queries: int, keys: int, seed: int = 0, causal: bool = False) -> Tensor:
    weights = np.random.default_rng(seed).dirichlet(np.ones(keys), (heads, queries))
    if causal:
        weights = np.tril(weights)
        weights /= weights.sum(-1, keepdims=True)
    return torch.tensor(weights, dtype=torch.float32)


def axis(labels: str, special: str = "") -> Axis:
    return Axis(tuple(labels), tuple(range(len(labels))), tuple(letter in special for letter in labels))


def collected(side: Axis, rarity: list[int] | None = None) -> Collectors:
    return Collectors.of(side, rarity)


@given(st.integers(1, 3), st.integers(2, 9), SEEDS)
@settings(max_examples=30)
def test_entropy_and_distance_are_means_over_queries(heads: int, size: int, seed: int):
    weights = shares(heads, size, size, seed)
    found = summarise(weights, collected(Axis.of(["x"] * size)), "encoder")
    for head in range(heads):
        rows = weights[head].tolist()
        entropy = np.mean([-sum(p * math.log(p) for p in row if p > 0) for row in rows])
        distance = np.mean([sum(p * abs(i - j) for j, p in enumerate(row)) for i, row in enumerate(rows)])
        assert float(found.entropy[head]) == pytest.approx(entropy, abs=1e-4)
        assert float(found.distance[head]) == pytest.approx(distance, abs=1e-4)


@given(st.integers(2, 9), SEEDS)
@settings(max_examples=30)
def test_the_first_row_of_a_decoder_which_has_no_choice_does_not_count(size: int, seed: int):
    weights = shares(2, size, size, seed, causal=True)
    found = summarise(weights, collected(Axis.of(["x"] * size)), "decoder")
    for head in range(2):
        rows = weights[head].tolist()
        entropy = np.mean([-sum(p * math.log(p) for p in row if p > 0) for row in rows[1:]])
        distance = np.mean([sum(p * abs(i - j) for j, p in enumerate(row)) for i, row in enumerate(rows) if i])
        assert float(found.entropy[head]) == pytest.approx(entropy, abs=1e-4)
        assert float(found.distance[head]) == pytest.approx(distance, abs=1e-4)
        first = np.mean([row[0] for row in rows[1:]])
        assert float(found.toward["first"][head]) == pytest.approx(first, abs=1e-5)
        itself = np.mean([rows[k][k] for k in range(1, size)])
        assert float(found.toward["itself"][head]) == pytest.approx(itself, abs=1e-5)


def test_shares_go_to_neighbours_twins_marks_and_the_rarest():
    side = axis("[abcab]", special="[]")
    rarity = [0, 5, 7, 99, 5, 7, 0]
    weights = shares(2, 7, 7, seed=5)
    found = summarise(weights, collected(side, rarity), "encoder").toward
    w = weights.double().numpy()
    np.testing.assert_allclose(found["previous"], [np.mean([m[i, i - 1] for i in range(1, 7)]) for m in w], rtol=1e-5)
    np.testing.assert_allclose(found["next"], [np.mean([m[i, i + 1] for i in range(6)]) for m in w], rtol=1e-5)
    np.testing.assert_allclose(found["itself"], [np.mean([m[i, i] for i in range(7)]) for m in w], rtol=1e-5)
    # a at 1 and 4, b at 2 and 5: each looks at its twin; brackets are marks, and c has none
    twins = {1: 4, 4: 1, 2: 5, 5: 2}
    np.testing.assert_allclose(found["twin"], [np.mean([m[i, j] for i, j in twins.items()]) for m in w], rtol=1e-5)
    np.testing.assert_allclose(found["first"], w[:, :, 0].mean(1), rtol=1e-5)
    np.testing.assert_allclose(found["separator"], w[:, :, 6].mean(1), rtol=1e-5)  # the first is a place of its own
    np.testing.assert_allclose(found["rare"], w[:, :, 3].mean(1), rtol=1e-5)


def test_in_a_decoder_only_twins_that_came_before_are_looked_at():
    weights = shares(1, 5, 5, seed=6, causal=True)
    found = summarise(weights, collected(axis("abaab")), "decoder").toward["twin"]
    w = weights[0].double().numpy()
    # place 2 sees the a at 0, place 3 those at 0 and 2, place 4 the b at 1
    expected = np.mean([w[2, 0], w[3, 0] + w[3, 2], w[4, 1]])
    assert float(found[0]) == pytest.approx(expected, rel=1e-5)


def test_what_a_text_has_not_is_not_measured():
    assert set(summarise(shares(1, 3, 3), collected(axis("abc")), "encoder").toward) == {
        "previous",
        "next",
        "itself",
        "first",
    }
    cross = summarise(shares(1, 2, 3), collected(axis("ab]", special="]"), [1, 2, 3]), "cross")
    assert set(cross.toward) == {"first", "separator", "rare"}
    # Of a single word nothing is the rarest, and twins are told by their numbers where these are known.
    assert collected(axis("a]", special="]"), [1, 2]).rare.tolist() == []
    numbered = Axis(("A", "a"), (0, 1), (False, False), ids=(7, 7))
    assert collected(numbered).twins.tolist() == [0, 0] and collected(axis("Aa")).twins.tolist() == [0, 1]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), SEEDS)
@settings(max_examples=40)
def test_a_tile_holds_the_largest_weight_of_each_block_as_a_byte(queries: int, keys: int, tile: int, seed: int):
    weights = shares(2, queries, keys, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview, "TILE", tile)
        block = block_of(queries, keys)
        found = summarise(weights, collected(Axis.of(["x"] * keys)), "cross").tiles.numpy()
    assert (
        found.shape == (2, math.ceil(queries / block[0]), math.ceil(keys / block[1])) and max(found.shape[1:]) <= tile
    )
    for head, row, column in np.ndindex(*found.shape):
        cells = weights[head, row * block[0] : (row + 1) * block[0], column * block[1] : (column + 1) * block[1]]
        assert abs(int(found[head, row, column]) - 255 * float(cells.max())) <= 0.5 + 1e-4


# --- squares of a picture


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), SEEDS)
@settings(max_examples=30)
def test_distance_in_a_picture_is_as_the_crow_flies_among_squares_alone(rows: int, columns: int, marks: int, seed: int):
    places = [(r, c) for r in range(rows) for c in range(columns)]
    size = marks + len(places)
    weights = shares(2, size, size, seed)
    found = Squares((rows, columns), marks).distance(weights)
    for head in range(2):
        own = weights[head, marks:, marks:].double().numpy()
        total = sum(own[i, j] * math.dist(a, b) for i, a in enumerate(places) for j, b in enumerate(places))
        assert float(found[head]) == pytest.approx(total / own.sum(), abs=1e-4)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), SEEDS)
@settings(max_examples=30)
def test_shares_of_a_picture_go_to_the_squares_around_that_there_are(rows: int, columns: int, marks: int, seed: int):
    places = [(r, c) for r in range(rows) for c in range(columns)]
    weights = shares(2, marks + len(places), marks + len(places), seed)
    found = Squares((rows, columns), marks).shares(weights, "encoder")
    np.testing.assert_allclose(found.pop("marks"), weights[:, :, :marks].sum(-1).mean(-1), atol=1e-6)
    for name, (down, across) in NEIGHBOURS.items():
        pairs = [
            (marks + k, marks + places.index((r + down, c + across)))
            for k, (r, c) in enumerate(places)
            if (r + down, c + across) in places
        ]
        assert (name in found) == bool(pairs)
        if pairs:
            expected = [np.mean([float(weights[head, i, j]) for i, j in pairs]) for head in range(2)]
            np.testing.assert_allclose(found[name], expected, atol=1e-6)


# --- the form in which weights are shown


def some_axis(seed: int) -> Axis:
    """Up to seven positions in order: marks, pieces that make up a word together, and pieces of several words."""
    chance = np.random.default_rng(seed)
    count = int(chance.integers(1, 8))
    labels: list[str] = []
    groups: list[int] = []
    special: list[bool] = []
    shares: list[tuple[float, ...]] = []
    word, begun = 0, False
    for place in range(count):
        mark = bool(chance.random() < 0.3) and not (place == count - 1 and all(special))
        word += mark and begun  # a mark is a word of its own
        more = 0 if mark else int(chance.choice((0, 0, 0, 1, 2)))
        labels.append("[M]" if mark else f"p{place}")
        groups.append(word)
        special.append(mark)
        shares.append(tuple(chance.dirichlet(np.ones(more + 1)).tolist()))
        begun = not mark and bool(chance.random() < 0.5)  # the next piece goes on with the last word of this one
        word += more + (not begun)
    plain = all(len(row) == 1 for row in shares)
    return Axis(tuple(labels), tuple(groups), tuple(special), shares=() if plain else tuple(shares))


@given(SEEDS)
@settings(max_examples=60)
def test_by_words_a_form_shows_what_a_trace_by_words_holds(seed: int):
    queries, keys = some_axis(seed), some_axis(seed + 1)
    weights = shares(2, len(queries), len(keys), seed)
    form = Form.of(queries, keys, words=True, itself=False)
    shown, left_out = form(weights)
    trace = Trace("cross", queries, keys, weights.numpy()[None]).by_words()
    np.testing.assert_allclose(shown, trace.weights[0], atol=1e-5)
    assert left_out is None and not form.leaves_out
    assert form.queries == trace.queries and form.keys == trace.keys


@given(SEEDS)
@settings(max_examples=60)
def test_without_special_keys_a_form_shows_what_such_a_trace_holds(seed: int):
    queries, keys = some_axis(seed), some_axis(seed + 1)
    weights = shares(2, len(queries), len(keys), seed)
    form = Form.of(queries, keys, special=False, itself=False)
    shown, left_out = form(weights)
    if all(keys.special) or not any(keys.special):
        assert not form.leaves_out or all(keys.special)
        return
    rest, mass = Trace("cross", queries, keys, weights.numpy()[None]).without_special_keys()
    rows = [k for k, mark in enumerate(queries.special) if not mark] or list(range(len(queries)))
    np.testing.assert_allclose(shown, rest.weights[0][:, rows], atol=1e-5)
    np.testing.assert_allclose(left_out, mass[0][:, rows].mean(-1), atol=1e-5)
    np.testing.assert_allclose(shown.sum(-1), 1, atol=1e-5)


def test_without_the_first_position_its_column_goes_and_in_a_text_by_itself_its_row_too():
    side = axis("abc")
    weights = shares(1, 3, 3, seed=2)
    own, _ = Form.of(side, side, first=False)(weights)
    cross, _ = Form.of(side, side, first=False, itself=False)(weights)
    expected = weights[0, :, 1:] / weights[0, :, 1:].sum(-1, keepdim=True)
    torch.testing.assert_close(own[0], expected[1:])
    torch.testing.assert_close(cross[0], expected)


def test_without_the_diagonal_a_row_has_the_rest_made_whole_and_one_that_had_nothing_else_stays_blank():
    weights = torch.tensor([[[1.0, 0.0, 0.0], [0.25, 0.5, 0.25], [0.5, 0.0, 0.5]]])
    shown, left_out = Form.of(axis("abc"), axis("abc"), diagonal=False)(weights)
    assert shown[0].tolist() == [[0, 0, 0], [0.5, 0, 0.5], [1, 0, 0]]
    assert float(left_out[0]) == pytest.approx((1 + 0.5 + 0.5) / 3)
    cross = Form.of(axis("abc"), axis("abc"), diagonal=False, itself=False)
    assert not cross.leaves_out


def test_a_row_that_looked_at_nothing_but_what_is_left_out_becomes_even():
    weights = torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.25, 0.25]]])
    shown, left_out = Form.of(axis("xy"), axis("[ab", special="["), special=False, itself=False)(weights)
    assert shown[0].tolist() == [[0.5, 0.5], [0.5, 0.5]] and float(left_out[0]) == 0.75


def test_where_all_is_special_nothing_is_left_out_and_a_single_first_position_stays():
    marks = axis("[]", special="[]")
    assert not Form.of(marks, marks, special=False).leaves_out
    assert not Form.of(axis("a"), axis("a"), first=False).leaves_out


def test_the_rarity_of_a_word_is_that_of_its_rarest_piece():
    side = Axis(("[", "un", "able", "cat"), (0, 1, 1, 2), (True, False, False, False))
    pieces = [90, 3, 40, 7]
    assert Form.of(side, side).rarity(pieces) == pieces
    assert Form.of(side, side, words=True).rarity(pieces) == [90, 40, 7]
    assert Form.of(side, side, words=True, special=False).rarity(pieces) == [40, 7]
    straddling = Axis(("a", "b"), (0, 1), (False, False), shares=((0.5, 0.5), (1.0,)))
    assert Form.of(straddling, straddling, words=True).rarity([5, 2]) == [5, 5]


def test_an_overview_gathered_head_by_head_is_that_of_all_at_once():
    side = axis("[abab", special="[")
    layers = [shares(4, 5, 5, seed=k) for k in range(2)]

    def gathered(parts: list[slice], order: list[int]) -> Any:
        made = Gathered("encoder", Form.of(side, side, special=False), [1, 2, 3, 2, 3])
        for layer in order:
            for part in parts:
                made.take(layer, layers[layer][part])
        return made.overview()

    whole, parts = gathered([slice(0, 4)], [0, 1]), gathered([slice(0, 1), slice(1, 3), slice(3, 4)], [1, 0])
    assert (whole.layers, whole.heads) == (parts.layers, parts.heads) == (2, 4)
    for name in ("tiles", "entropy", "distance", "left_out"):
        np.testing.assert_allclose(getattr(whole, name), getattr(parts, name), atol=1e-6)
    for name, values in whole.toward.items():
        np.testing.assert_allclose(values, parts.toward[name], atol=1e-6)
    np.testing.assert_allclose(
        whole.left_out, [[float(w[h, 1:, 0].mean()) for h in range(4)] for w in layers], atol=1e-6
    )
    assert whole.queries.labels == ("a", "b", "a", "b")
