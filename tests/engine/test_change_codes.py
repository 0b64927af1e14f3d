"""Changed numbers as ids of links, files and the command line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inference.step_by_step.change_codes import LARGEST, change, code
from engine.inference.step_by_step.quantities import Place

SIZES = st.integers(1, 9)
NUMBERS = st.floats(-LARGEST, LARGEST).map(lambda number: round(number, 6) + 0.0)


@given(st.integers(0, 999_999), st.none() | st.integers(0, 999_999), NUMBERS)
def test_an_id_stands_for_the_change_that_it_was_made_of(index: int, column: int | None, number: float):
    place = Place("keys", index, column)
    assert change(code(place, number)) == (place, pytest.approx(number, abs=1e-6))


@pytest.mark.parametrize("bad", ["", "keys", "keys:1", "keys:0:1", "keys:1:0:1", "keys:1:2:3:4", "keys:1:x", "K:1:1"])
def test_what_is_no_change_is_an_error(bad: str):
    with pytest.raises(ValueError, match="no change"):
        change(bad)


@given(SIZES, SIZES, st.integers(-2, 90))
def test_a_place_by_itself_counts_along_the_rows_and_row_and_column_name_the_same_number(rows: int, row: int, at: int):
    shape = (rows, row)
    inside = Place("keys", at).inside(shape)
    assert (inside is None) == (not 0 <= at < rows * row)
    if inside is not None:
        assert np.arange(rows * row).reshape(shape)[inside] == at
        assert Place("keys", *inside).inside(shape) == inside
        assert Place("keys", *inside).inside((rows + 2, row + 3)) == inside


@pytest.mark.parametrize("shape", [(4,), (1, 4), (4, 1)])
def test_a_row_and_a_column_that_are_not_there_are_no_place(shape: tuple[int, ...]):
    assert Place("keys", 1, 1).inside(shape) is None
