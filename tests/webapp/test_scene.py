"""Scenes check themselves, and say what the engine found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from engine.traces import Axis, Effect, Trace
from webapp.figures import alignment
from webapp.figures.scenes.scene import LinesScene, Link, MatrixScene, TextScene

ROWS = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(-1, 5, width=32))


def trace(weights: list[list[float]], kind: str = "cross") -> Trace:
    array = np.array(weights)
    queries, keys = (Axis.of([f"{name}{k}" for k in range(n)]) for name, n in zip("tk", array.shape, strict=True))
    return Trace(kind, queries, keys, array[None, None])


def effect(drops: list[list[float]]) -> Effect:
    array = np.array(drops)
    return Effect(Axis.of(["t"] * array.shape[0]), Axis.of(["k"] * array.shape[1]), array)


@given(ROWS, st.floats(0, 1))
def test_the_lines_kept_carry_at_least_the_share_asked_for(numbers, mass):
    kept = alignment.strongest(numbers, mass)
    positive = np.clip(numbers, 0, None)
    assert (np.where(kept, positive, 0).sum(1) >= mass * positive.sum(1) - 1e-6).all()


@given(ROWS, st.floats(0, 1))
def test_no_line_left_out_is_stronger_than_one_kept_in_its_row(numbers, mass):
    for row, kept in zip(numbers, alignment.strongest(numbers, mass), strict=True):
        if kept.any() and not kept.all():
            assert row[kept].min() >= row[~kept].max()


@given(ROWS, st.floats(0, 1))
def test_without_the_weakest_line_kept_the_share_would_be_missed(numbers, mass):
    for row, kept in zip(numbers, alignment.strongest(numbers, mass), strict=True):
        if kept.any():
            total = np.clip(row, 0, None).sum()
            assert row[kept].sum() - row[kept].min() < mass * total + 1e-6


@given(ROWS)
def test_nothing_is_kept_of_what_lies_at_zero_or_below(numbers):
    assert (numbers[alignment.strongest(numbers, 1)] > 0).all()


@pytest.mark.parametrize("mass", [-0.1, 1.1, float("nan")])
def test_a_mass_that_is_no_share_is_refused(mass):
    with pytest.raises(ValueError, match="share"):
        alignment.strongest(np.ones((1, 1)), mass)


def test_source_stands_across_the_top_and_target_down_the_side():
    scene = alignment.matrix(trace([[0.75, 0.25, 0], [0, 0, 1]]))
    assert (scene.rows, scene.columns) == (("t0", "t1"), ("k0", "k1", "k2"))
    assert scene.values[0, 1] == 0.25


def test_links_are_given_as_source_and_target_and_drawn_as_row_and_column():
    scene = alignment.matrix(trace([[0.75, 0.25, 0], [0, 0, 1]]), links=[(2, 1)], sure=[(0, 0)], possible=[(1, 0)])
    assert (scene.links, scene.sure, scene.possible) == ({(1, 2)}, {(0, 0)}, {(0, 1)})


def test_attention_keeps_one_scale_whatever_its_highest_weight():
    scene = alignment.matrix(trace([[0.5, 0.5]]))
    assert scene.maximum == 1 and (scene.shades == 0.5).all()


def test_an_effect_is_drawn_in_nats_and_what_helped_is_background():
    scene = alignment.matrix(effect([[2.0, -1.0, 1.0]]))
    assert scene.unit == "nats"
    assert scene.values.tolist() == [[2, -1, 1]] and scene.shades.tolist() == [[1, 0, 0.5]]


def test_two_effects_with_one_maximum_are_drawn_in_one_scale():
    small, large = effect([[1.0]]), effect([[4.0]])
    top = alignment.largest(small, large)
    assert [alignment.matrix(e, maximum=top).shades.item() for e in (small, large)] == [0.25, 1]


def test_an_effect_in_which_nothing_mattered_has_no_shade():
    assert not alignment.matrix(effect([[0.0, -1.0]])).shades.any()


def test_a_difference_is_signed_and_refuses_other_words():
    scene = alignment.difference(trace([[1.0, 0.0]]), trace([[0.5, 0.5]]))
    assert scene.values.tolist() == [[0.5, -0.5]] and scene.shades.tolist() == [[1, -1]]
    with pytest.raises(ValueError, match="same words"):
        alignment.difference(trace([[1.0, 0.0]]), trace([[1.0]]))


@pytest.mark.parametrize(
    ("kind", "sides"),
    [("cross", ("target", "source")), ("encoder", ("source", "source")), ("decoder", ("target", "target"))],
)
def test_words_of_self_attention_belong_to_one_sentence_on_both_sides(kind, sides):
    assert alignment.matrix(trace([[1.0]], kind)).sides == sides


def test_lines_say_which_share_of_all_they_show():
    scene = alignment.lines(trace([[0.75, 0.25], [0.5, 0.5]]), mass=0.7)
    assert {(link.row, link.column) for link in scene.links} == {(0, 0), (1, 0), (1, 1)}
    assert scene.shown == pytest.approx(1.75 / 2)


def test_a_text_takes_one_row_or_the_mean_of_all():
    record = trace([[0.75, 0.25], [0.25, 0.75]])
    assert alignment.text(record, row=0).values.tolist() == [0.75, 0.25]
    assert alignment.text(record).values.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    "make",
    [
        lambda: MatrixScene(("a",), ("b",), np.ones((2, 1)), np.ones((1, 1)), ""),
        lambda: MatrixScene(("a",), ("b",), [[np.nan]], [[0]], ""),
        lambda: MatrixScene(("a",), ("b",), [[1]], [[1.5]], ""),
        lambda: MatrixScene(("a",), ("b",), [[1]], [[-0.5]], ""),
        lambda: MatrixScene(("a",), ("b",), [[1]], [[1]], "", links=frozenset({(0, 1)})),
        lambda: MatrixScene(("a",), ("b",), [[1]], [[1]], "", sides=("left", "right")),
        lambda: LinesScene(("a",), ("b",), (Link(1, 0, 1, 1),), ""),
        lambda: LinesScene(("a",), ("b",), (Link(0, 0, 1, 2),), ""),
        lambda: TextScene(("a",), [1, 2], [0], ""),
    ],
)
def test_a_scene_that_does_not_fit_itself_is_refused(make):
    with pytest.raises(ValueError):
        make()


def test_a_scene_cannot_be_edited_by_accident():
    scene = alignment.matrix(trace([[1.0]]))
    with pytest.raises(ValueError, match="read-only"):
        scene.values[0, 0] = 0
