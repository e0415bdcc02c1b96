"""Estimates are within their own errors of the truth as often as they should be, and parts merge to the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mcp_finance.sampling.estimates import (
    Moments,
    draws_needed,
    mean_and_error,
    proportion_and_error,
    quantile_and_error,
)
from mcp_finance.sampling.special import normal_quantile

REPEATS = 2_000
DRAWS = 1_000


@pytest.fixture(scope="module")
def runs() -> np.ndarray:
    """2,000 runs of 1,000 draws of a skewed variable, e^z; its p-quantile is e^(z_p), its mean e^(1/2)."""
    return np.sort(np.exp(np.random.default_rng(99).standard_normal((REPEATS, DRAWS))), axis=-1)


def test_the_error_of_a_mean_is_its_spread_over_runs(runs: np.ndarray) -> None:
    """The sd of 2,000 means has an error of about 2% (4 of them: 8%, and skewness: 12% allowed)."""
    mean, error = mean_and_error(runs)
    assert abs(mean.mean() - math.exp(0.5)) <= 4 * mean.std() / math.sqrt(REPEATS)
    assert math.sqrt((error**2).mean()) == pytest.approx(mean.std(), rel=0.12)


@pytest.mark.parametrize("p", [0.05, 0.25, 0.5, 0.9, 0.95])
def test_the_error_of_a_quantile_is_its_spread_over_runs(runs: np.ndarray, p: float) -> None:
    """The root of the mean square of the errors stated is the spread of the estimates over runs, within 8%.

    The estimate itself is out by less than a tenth of its error on average (interpolation's bias is of order 1/n)."""
    value, error = quantile_and_error(runs, p)
    truth = math.exp(normal_quantile(np.array([p]))[0])
    assert math.sqrt((error**2).mean()) == pytest.approx(value.std(), rel=0.08)
    assert abs(value.mean() - truth) <= 4 * value.std() / math.sqrt(REPEATS) + 0.1 * value.std()


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_two_errors_either_way_cover_the_truth_as_often_as_they_should(runs: np.ndarray, p: float) -> None:
    """95.4% by the normal law; the coverage of 2,000 runs has an error of 0.5%, and skewness takes up to 2% of it."""
    value, error = quantile_and_error(runs, p)
    truth = math.exp(normal_quantile(np.array([p]))[0])
    assert 0.92 < (np.abs(value - truth) <= 2 * error).mean() < 0.98


def test_a_quantile_by_hand() -> None:
    """0..100 in order: P90 at place 90; n p = 90.9, spread sqrt(101 * 0.09) = 3.015: half of 87.385 to 93.415."""
    value, error = quantile_and_error(np.arange(101.0), 0.9)
    assert value == pytest.approx(90.0)
    assert error == pytest.approx(math.sqrt(101 * 0.09))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_a_quantile_is_numpys(values: list[float], p: float) -> None:
    value, error = quantile_and_error(np.sort(values), p)
    assert value == pytest.approx(np.quantile(values, p), abs=1e-5)
    assert error >= 0


def test_equal_draws_have_no_error_and_are_themselves() -> None:
    flat = np.full(500, 0.1)
    assert quantile_and_error(flat, 0.95) == (0.1, 0.0)
    assert mean_and_error(flat)[1] == pytest.approx(0.0, abs=1e-17)


def test_too_few_draws_have_no_finite_error() -> None:
    assert quantile_and_error(np.arange(20.0), 0.99)[1] == math.inf
    assert mean_and_error(np.array([3.0])) == (3.0, math.inf)


def test_other_axes_are_kept() -> None:
    x = np.sort(np.random.default_rng(1).standard_normal((3, 2, 400)), axis=-1)
    value, error = quantile_and_error(x, 0.75)
    assert value.shape == error.shape == (3, 2)
    assert value[2, 1] == quantile_and_error(x[2, 1], 0.75)[0]
    assert [part.shape for part in mean_and_error(x)] == [(3, 2), (3, 2)]


def test_the_error_of_a_proportion() -> None:
    """25 of 100: sqrt(0.25 * 0.75 / 100) = 4.33%. None or all of 1,000: 3/1000 by the rule of three."""
    p, error = proportion_and_error(np.array([25, 0, 100]), 100)
    assert p.tolist() == [0.25, 0.0, 1.0]
    assert_allclose(error, [math.sqrt(0.1875 / 100), 0.03, 0.03])
    assert proportion_and_error(0, 1000)[1] == 0.003
    assert proportion_and_error(0, 2)[1] == 1.0


@pytest.mark.parametrize(
    ("p", "draws"), [(0.5, 200), (0.9, 1_000), (0.1, 1_000), (0.95, 2_000), (0.05, 2_000), (0.99, 10_000)]
)
def test_draws_needed(p: float, draws: int) -> None:
    """100 beyond the quantile; 256 draws for a P90 are too few."""
    assert draws_needed(p) == draws
    assert draws_needed(p, beyond=10) == draws // 10


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_no_quantile_at_the_ends(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        draws_needed(p)
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_and_error(np.arange(3.0), p)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.integers(1, 20), st.floats(-1e9, 1e9))
@settings(max_examples=100, deadline=None)
def test_parts_merge_to_the_whole(values: list[float], length: int, far: float) -> None:
    """Also far from 0, where sums of squares would lose every digit."""
    x = np.array(values) + far
    parts = [Moments.of(x[k : k + length]) for k in range(0, len(x), length)]
    whole, merged = Moments.of(x), Moments.merged(parts)
    assert merged.count == len(x)
    assert merged.mean == pytest.approx(whole.mean, rel=1e-12, abs=1e-6)
    assert merged.variance == pytest.approx(np.var(x, ddof=1), rel=1e-9, abs=1e-6)
    again = Moments.merged(parts)
    assert (again.mean, again.m2) == (merged.mean, merged.m2)


def test_merged_moments_are_those_of_the_summary() -> None:
    x = np.random.default_rng(3).standard_normal((4, 3, 1000))
    merged = Moments.merged(Moments.of(x[..., k : k + 300]) for k in range(0, 1000, 300))
    mean, error = mean_and_error(x)
    assert_allclose(merged.mean, mean, rtol=1e-12)
    assert_allclose(merged.error, error, rtol=1e-12)


def test_an_empty_part_changes_nothing() -> None:
    part, nothing = Moments.of(np.array([1.0, 2.0])), Moments(0, np.array(0.0), np.array(0.0))
    assert part.merge(nothing) is part
    assert nothing.merge(part) is part
    assert Moments.of(np.array([1.0])).error == math.inf
