"""Intervals by drawing again, against draws that are written out one by one."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from engine.evaluation import bootstrap
from engine.evaluation.bootstrap import RESAMPLES, SEED, Interval, interval, resampled_sums
from engine.evaluation.metrics import DECIMALS, figure, mean, ratio, to_json

STATISTICS = arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.floats(-9, 9))


@given(STATISTICS, st.integers(1, 30), st.integers(0, 2**31))
@settings(max_examples=50)
def test_each_resample_is_the_sum_of_the_sentences_that_were_drawn(statistics: np.ndarray, resamples: int, seed: int):
    drawn = np.random.default_rng(seed).integers(len(statistics), size=(resamples, len(statistics)))
    expected = [[sum(statistics[i, k] for i in draw) for k in range(statistics.shape[1])] for draw in drawn]
    np.testing.assert_allclose(resampled_sums(statistics, resamples, seed), expected, atol=1e-9)


@given(STATISTICS)
@settings(max_examples=20)
def test_draws_in_parts_are_those_of_one_go(statistics: np.ndarray):
    whole = resampled_sums(statistics, 50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "AT_ONCE", 3 * len(statistics))
        np.testing.assert_allclose(resampled_sums(statistics, 50), whole, atol=1e-9)
        patch.setattr(bootstrap, "AT_ONCE", 1)
        np.testing.assert_allclose(resampled_sums(statistics, 50), whole, atol=1e-9)


def test_two_systems_on_as_many_sentences_read_the_same_draws():
    first = np.arange(7.0)[:, None]
    np.testing.assert_allclose(resampled_sums(first + 1), resampled_sums(first) + 7)
    assert resampled_sums(first).shape == (RESAMPLES, 1)
    assert not np.array_equal(resampled_sums(first, seed=SEED + 1), resampled_sums(first))


def test_from_nothing_nothing_is_drawn():
    with pytest.raises(ValueError, match="no sentence given"):
        resampled_sums(np.zeros((0, 2)))


def test_the_interval_is_the_middle_ninety_five_of_a_hundred():
    values = np.random.default_rng(0).permutation(np.arange(1001.0))
    assert interval(values) == pytest.approx((25.0, 975.0))
    assert interval(np.full(10, 3.5)) == (3.5, 3.5)


def test_the_interval_of_a_mean_is_as_wide_as_the_normal_law_says():
    values = np.random.default_rng(1).normal(2, 3, 500)
    found = mean(values)
    half = norm.ppf(0.975) * values.std() / math.sqrt(len(values))
    assert found is not None
    assert found["low"] == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert found["high"] == pytest.approx(values.mean() + half, abs=0.15 * half)


@given(st.lists(st.floats(0, 1) | st.just(math.nan), min_size=1, max_size=20))
@settings(max_examples=50)
def test_a_mean_leaves_out_what_has_no_value_and_says_of_how_many_it_is(numbers: list[float]):
    known = [number for number in numbers if not math.isnan(number)]
    found = mean(np.array(numbers))
    if not known:
        assert found is None
        return
    assert found is not None and found["documents"] == len(known)
    assert found["value"] == pytest.approx(sum(known) / len(known), abs=1e-6)
    assert found["low"] - 1e-6 <= found["value"] <= found["high"] + 1e-6
    assert min(known) - 1e-6 <= found["low"] and found["high"] <= max(known) + 1e-6


def test_a_ratio_is_one_of_sums_and_not_a_mean_of_ratios():
    found = ratio(np.array([1.0, 9.0]), np.array([1.0, 99.0]))
    assert found["value"] == pytest.approx(10 / 100)
    assert found["low"] == pytest.approx(9 / 99, abs=1e-6) and found["high"] == 1


def test_draws_that_miss_all_that_is_counted_have_no_part_in_an_interval():
    found = ratio(np.array([3.0, 0.0, 0.0]), np.array([4.0, 0.0, 0.0]))
    assert found == {"value": 0.75, "low": 0.75, "high": 0.75}


@given(st.floats(-1e3, 1e3))
def test_a_figure_is_rounded_the_same_on_every_machine(value: float):
    found = figure(value, Interval(value - 1e-9, value + 1e-9))
    assert all(abs(each - value) <= 0.5 * 10**-DECIMALS + 2e-9 for each in found.values())
    assert figure(value).keys() == {"value"}


def test_the_text_of_the_metrics_is_json_and_holds_no_number_that_is_none():
    assert json.loads(to_json({"é": figure(0.1)})) == {"é": {"value": 0.1}} and "é" in to_json({"é": 1})
    assert to_json({"a": 1}).endswith("}\n")
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"a": math.nan})
