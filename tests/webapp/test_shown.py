"""What is drawn of a matrix: some of it left out, what no attention made taken off, on one scale or another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.traces import Axis, Trace
from webapp.figures import scale
from webapp.figures.drawing.matrix import ends
from webapp.figures.scenes.wording import percent
from webapp.views.self_attention import shown

AXIS = Axis(
    ("[CLS]", "un", "able", "cat"), (0, 1, 1, 2), (True, False, False, False), ids=(2, 7, 8, 9), tokens=tuple("abcd")
)
PLAIN: dict[str, Any] = {
    "unit": "pieces",
    "special": True,
    "no_first": False,
    "no_diagonal": False,
    "scale": "linear",
    "mass": 90,
    "reading": "heads",
}


def view(**changed: Any) -> Any:
    return {**PLAIN, **changed}


def trace(identity: float | None = None, seed: int = 1) -> Trace:
    weights = np.random.default_rng(seed).random((1, 1, 4, 4)) + 0.05
    weights /= weights.sum(-1, keepdims=True)
    if identity is None:
        return Trace("encoder", AXIS, AXIS, weights)
    mixed = identity * np.eye(4) + (1 - identity) * weights
    return Trace("encoder", AXIS, AXIS, mixed, identity=np.full((1, 4), identity))


def test_all_of_a_head_is_shown_as_it_is_where_nothing_is_left_out():
    found = shown.shown(view(), trace())
    np.testing.assert_allclose(found.numbers, trace().matrix(), atol=1e-6)
    assert found.left_out is None and shown.omission(view(), found) == ""


@pytest.mark.parametrize(
    ("reading", "expected"), [("heads", "“cat” looked at “un”: 7.2 %"), ("rollout", "“cat” draws on “un”: 7.2 %")]
)
def test_a_cell_is_spoken_of_as_a_sentence(reading: str, expected: str):
    asked = view(reading=reading)
    found = shown.shown(asked, trace())
    heat = shown.matrix(asked, found, own=False, note="")
    assert heat.wording.sentence("cat", "un", 0.072) == expected
    assert shown.lines(asked, found, heat).wording == heat.wording


@pytest.mark.parametrize("identity", [0.25, 0.999])
def test_what_a_place_keeps_of_itself_is_taken_off_and_the_rest_is_the_attention(identity):
    found = shown.shown(view(), trace(identity))
    np.testing.assert_allclose(found.numbers, trace().matrix(), atol=2e-4)


def test_of_words_the_identity_is_taken_off_between_words():
    found = shown.shown(view(unit="words"), trace(0.5))
    np.testing.assert_allclose(found.numbers, trace().by_words().matrix(), atol=1e-5)
    assert found.rows == (0, 1, 3)


def test_without_the_first_token_its_row_and_column_go_and_of_a_cross_attention_its_column_alone():
    found = shown.shown(view(no_first=True), trace())
    expected = trace().matrix()[1:, 1:]
    np.testing.assert_allclose(found.numbers, expected / expected.sum(1, keepdims=True), atol=1e-6)
    assert found.left_out == pytest.approx(1 - expected.sum(1).mean(), abs=1e-6)
    cross = shown.shown(view(no_first=True, no_diagonal=True), Trace("cross", AXIS, AXIS, trace().weights))
    assert cross.numbers.shape == (4, 3) and cross.numbers[1, 0] > 0


def test_without_the_diagonal_a_row_that_had_nothing_else_stays_blank():
    weights = (
        np.eye(4)[None, None] * [[[1], [0.5], [0.5], [0.5]]] + [[[0], [0.5], [0.5], [0.5]]] * np.eye(4)[[0, 0, 0, 0]]
    )
    found = shown.shown(view(no_diagonal=True), Trace("decoder", AXIS, AXIS, weights))
    assert found.numbers[0].tolist() == [0, 0, 0, 0]
    assert found.numbers[1].tolist() == [1, 0, 0, 0]


def test_the_row_that_answers_is_marked_wherever_it_then_stands():
    assert shown.shown(view(), trace(), 3).answering == 3
    assert shown.shown(view(special=False, unit="words"), trace(), 2).answering == 0
    assert shown.shown(view(special=False), trace(), 0).answering is None
    scene = shown.matrix(view(), shown.shown(view(), trace(), 3), own=True, note="")
    assert scene.marked == {3}


def test_a_position_says_its_entry_and_number_and_a_word_has_none():
    found = shown.shown(view(), trace())
    assert shown.matrix(view(), found, own=True, note="").details[0] == ("a · 2", "b · 7", "c · 8", "d · 9")
    words = shown.matrix(view(), shown.shown(view(unit="words"), trace()), own=True, note="")
    assert words.details == ((), ())


@pytest.mark.parametrize("how", ["linear", "log", "rows"])
def test_each_scale_draws_the_largest_darkest_and_says_so_in_its_legend(how):
    scene = shown.matrix(view(scale=how), shown.shown(view(), trace(0.999)), own=True, note="")
    if how != "log":
        assert scene.shades.max() == pytest.approx(scene.values.max() / float(scale.darkest(scene.values)), abs=1e-6)
    assert (np.argsort(scene.shades[0]) == np.argsort(scene.values[0])).all()
    low, high = ends(scene)
    assert "share" not in high and ("%" in high) == (how != "rows")
    assert low.endswith("0 %") or how == "log"
    if how == "linear":
        assert (low, high) == ("0 %", f"{percent(scene.maximum)} %")


def test_file_names_tell_what_was_left_out_and_the_scale():
    named = shown.called(view(scale="log", no_first=True, special=False, unit="words"), "rollout", "decoder")
    assert named == "rollout-words-log-without-special-without-first"
    assert shown.called(view(), "head", "encoder") == "head"


@given(st.integers(1, 60), st.integers(0, 99))
def test_a_map_that_looks_everywhere_alike_is_pale_and_one_that_does_not_is_dark(size, seed):
    even = np.full((size, size), 1 / size)
    assert scale.shades(even, "linear", scale.darkest(even)).max() <= max(1 / scale.STANDS_OUT, 1 / size) + 1e-9
    sharp = np.eye(size)[np.random.default_rng(seed).permutation(size)]
    drawn = scale.shades(sharp, "linear", scale.darkest(sharp))
    assert drawn.max() == 1


def test_a_logarithmic_scale_shows_three_powers_of_ten():
    np.testing.assert_allclose(scale.shades(np.array([1, 0.1, 0.001, 0]), "log", 1.0), [1, 2 / 3, 0, 0], atol=1e-9)


@pytest.mark.parametrize(
    ("kind", "labels", "positions", "of", "row"),
    [
        ("encoder", [("a", 0.1)], [], None, 0),
        ("decoder", [("a", 0.1)], [], None, 3),
        ("decoder", [], [1, 2, 3], None, 2),
        ("decoder", [], [1, 2, 3], 0, 0),
        ("encoder", [], [2], None, 2),
        ("encoder", [], [], None, None),
    ],
)
def test_the_answer_is_read_from_the_mark_in_front_or_the_token_before(kind, labels, positions, of, row):
    overview = SimpleNamespace(kind=kind, queries=AXIS)
    output = SimpleNamespace(labels=labels, tokens=[SimpleNamespace(position=k) for k in positions])
    looked: Any = SimpleNamespace(output=output, overviews=(overview,), overview=lambda name: overview)
    assert shown.answering(looked, kind, of) == row
