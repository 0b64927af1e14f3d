"""Whether a map moves from step to step: total variation between neighbouring rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from engine.evaluation.alignment import movement

MAPS = arrays(np.float64, some.tuples(some.integers(2, 6), some.integers(1, 6)), elements=some.floats(0.01, 1))


def by_hand(matrix: np.ndarray) -> float:
    """The same word by word: half of what one row gives away and another takes."""
    rows = [[value / sum(row) for value in row] for row in matrix.tolist()]
    steps = [sum(abs(a - b) for a, b in zip(row, last, strict=True)) / 2 for last, row in pairwise(rows)]
    return sum(steps) / len(steps)


@given(MAPS)
def test_it_is_the_mean_of_what_each_step_moves(matrix: np.ndarray):
    assert movement(matrix) == pytest.approx(by_hand(matrix), abs=1e-12)
    assert 0 <= movement(matrix) <= 1


@given(MAPS, some.randoms())
def test_it_asks_neither_in_which_order_words_stand_nor_from_which_end_one_begins(matrix: np.ndarray, chance):
    columns = list(range(matrix.shape[1]))
    chance.shuffle(columns)
    assert movement(matrix[:, columns]) == pytest.approx(movement(matrix), abs=1e-12)
    assert movement(matrix[::-1]) == pytest.approx(movement(matrix), abs=1e-12)


@given(MAPS, some.floats(0.1, 10))
def test_rows_that_a_window_has_lessened_move_as_their_shares_do(matrix: np.ndarray, factor: float):
    lessened = matrix.copy()
    lessened[0] *= factor
    assert movement(lessened) == pytest.approx(movement(matrix), abs=1e-9)


@given(MAPS)
def test_a_map_that_stands_still_does_not_move(matrix: np.ndarray):
    assert movement(np.repeat(matrix[:1], 4, axis=0)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("length", range(2, 7))
def test_a_diagonal_moves_all_the_way_and_one_that_waits_every_other_step_half_of_it(length: int):
    assert movement(np.eye(length)) == 1
    waiting = np.repeat(np.eye(length), 2, axis=0)
    assert movement(waiting) == pytest.approx((length - 1) / (2 * length - 1))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (1, 3)])
def test_what_has_no_second_row_does_not_move(shape: tuple[int, int]):
    assert movement(np.ones(shape)) == 0
