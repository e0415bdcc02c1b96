"""Marginals: a quantile never falls and is the inverse of the distribution function, percentiles and moments are those
that were asked for, a truncation is conditional and not a clip, and a spread of nothing is a constant."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mcp_finance.sampling.beta import TABLE_ERROR
from mcp_finance.sampling.distributions import (
    Beta,
    Distribution,
    DistributionError,
    Empirical,
    Lognormal,
    Normal,
    Percentiles,
    Pert,
    Triangular,
    Truncated,
    Uniform,
)
from mcp_finance.sampling.family import moments
from mcp_finance.sampling.metalog import LARGEST_SKEW
from mcp_finance.sampling.special import normal_cdf, normal_quantile

EXAMPLES: dict[str, Distribution] = {
    "normal": Normal(100.0, 15.0),
    "lognormal": Lognormal(100.0, 60.0),
    "uniform": Uniform(-2.0, 3.0),
    "triangular": Triangular(0.03, 0.15, 0.25),
    "triangular, mode at the end": Triangular(1.0, 1.0, 4.0),
    "beta": Beta(0.3, 0.1),
    "beta, no mode": Beta.of_shape(0.5, 0.4, -1.0, 2.0),
    "beta, nearly two points": Beta.of_shape(0.05, 0.3),
    "PERT": Pert(0.3, 0.6, 1.0),
    "percentiles": Percentiles(1.0, 2.0, 4.0),
    "percentiles above": Percentiles(1.0, 2.0, 4.0, least=0.0),
    "percentiles below": Percentiles(1.0, 3.0, 4.0, most=5.0),
    "percentiles between": Percentiles(2.9, 20.0, 59.0, least=0.0, most=100.0),
    "truncated normal": Truncated(Normal(0.0, 1.0), least=-0.5, most=2.5),
    "truncated beta": Truncated(Beta(0.3, 0.1), most=0.35),
    "truncated metalog": Truncated(Percentiles(1.0, 2.0, 4.0), least=0.0),
    "empirical": Empirical((3.0, 1.0, 4.0, 1.5, 9.0, 2.6)),
}
FAMILIES = pytest.mark.parametrize("of", EXAMPLES.values(), ids=EXAMPLES.keys())
SMOOTH = {name: of for name, of in EXAMPLES.items() if name not in ("empirical", "beta, nearly two points")}
TAIL = 1e-12
# Mean, P10 and P90 of experts' views, % of a cohort avoided (the data's README,
# section 6).
ELICITED = {
    "ACSC, acute conditions": (23.8, 2.9, 56.4),
    "ACSC, chronic conditions": (24.9, 2.9, 59.0),
    "falls, 65+": (14.1, 1.3, 43.1),
    "frailty, intermediate risk, 75+": (8.6, 0.9, 20.8),
    "readmission within 28 days": (16.4, 4.1, 36.6),
    "adult, no overnight stay, no procedure": (24.9, 2.5, 54.2),
    "end of life, died within 2 days": (27.9, 6.3, 65.5),
    "outpatient follow-up, adult non-surgical": (34.1, 4.0, 62.9),
    "outpatient follow-up, adult surgical": (25.1, 2.9, 57.4),
    "consultant-to-consultant, adult non-surgical": (18.7, 2.4, 41.9),
    "A&E frequent attender, adult walk-in": (18.7, 4.0, 39.1),
    "A&E low-cost discharged, adult walk-in": (25.3, 5.1, 53.8),
}


def rounded(x: float) -> float:
    """To six decimals: numbers nearer 0 than 10^-30 are refused as parameters."""
    return round(x, 6)


shares = st.lists(st.floats(TAIL, 1 - TAIL), min_size=2, max_size=20).map(lambda u: np.sort(np.array(u)))


@FAMILIES
@given(u=shares)
@settings(max_examples=30, deadline=None)
def test_a_quantile_never_falls_and_stays_in_the_support(of: Distribution, u: np.ndarray) -> None:
    x = of.quantile(u)
    low, high = of.support()
    rounding = 1e-12 * max(1.0, np.abs(x).max())
    assert (np.diff(x) >= -rounding).all()
    assert ((low <= x) & (x <= high)).all()


@FAMILIES
@given(u=shares)
@settings(max_examples=30, deadline=None)
def test_the_distribution_function_undoes_the_quantile(of: Distribution, u: np.ndarray) -> None:
    """Except where half a value's weight lies on the ends, and where a beta leaves u too few digits near 1."""
    u = u.clip(0.1, 0.9) if isinstance(of, Empirical) else u.clip(1e-9, 0.99)
    if of is EXAMPLES["beta, nearly two points"]:
        u = u.clip(0.1, 0.8)
    assert_allclose(of.cdf(of.quantile(u)), u, rtol=1e-6, atol=1e-9)


@FAMILIES
def test_a_normal_draw_becomes_the_quantile_of_its_place(of: Distribution) -> None:
    z = np.linspace(-6.0, 6.0, 4001)
    scale = np.ptp(of.quantile(np.array([0.01, 0.99])))
    x = of.from_normal(z)
    # In the upper tail u = Phi(z) has few digits left beyond 1 - u: there the two can only agree as far as those go.
    inner = np.abs(z) < 5
    assert_allclose(x[inner], of.quantile(normal_cdf(z[inner])), atol=1e-7 * scale, rtol=1e-7)
    out = np.full_like(z, np.nan)
    assert of.from_normal(z, out) is out
    assert (out == x).all()
    assert np.isfinite(x).all()


@FAMILIES
def test_mean_and_sd_are_those_of_the_draws(of: Distribution) -> None:
    """400,000 draws, within four standard errors; the error of an sd from the draws' fourth moment."""
    n = 400_000
    x = of.from_normal(np.random.default_rng(20180401).standard_normal(n))
    assert abs(x.mean() - of.mean) <= 4 * x.std() / math.sqrt(n)
    if of is not EXAMPLES["percentiles above"]:  # without a fourth moment there is no such error
        squares = (x - of.mean) ** 2
        assert abs(squares.mean() - of.sd**2) <= 4 * squares.std() / math.sqrt(n)


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - {"percentiles above", "percentiles below"}))
def test_closed_moments_agree_with_quadrature(name: str) -> None:
    """All but two whose long tails have a quadrature of their own, tested below."""
    of = EXAMPLES[name]
    mean, sd = moments(of.quantile)
    assert mean == pytest.approx(of.mean, abs=2e-6 * of.sd)
    assert sd == pytest.approx(of.sd, rel=2e-6)


@given(st.floats(0.05, 200), st.floats(0.05, 200), st.floats(-8, 8))
@example(1.09765625, 1.09765625, 0.0)  # here scipy's own inversion is out by 2e-9
@settings(max_examples=60, deadline=None)
def test_the_table_of_a_beta_is_its_quantile(alpha: float, beta: float, z: float) -> None:
    """Anywhere, not only where the table was compared when it was made; twice its bound is allowed for that.

    x is within d of the quantile at u if and only if F(x - d) <= u <= F(x + d)."""
    u = float(normal_cdf(np.array(z)))
    of = Beta.of_shape(alpha, beta)
    x = of.from_normal(np.array([z]))
    below, above = of.cdf(x - 2 * TABLE_ERROR).item(), of.cdf(x + 2 * TABLE_ERROR).item()
    assert below - 1e-14 <= u <= above + 1e-14


@given(st.floats(0.05, 200), st.floats(0.05, 200))
@settings(max_examples=20, deadline=None)
def test_a_beta_never_falls_between_knots(alpha: float, beta: float) -> None:
    x = Beta.of_shape(alpha, beta).from_normal(np.linspace(-9, 9, 20_001))
    assert (np.diff(x) >= -1e-15).all()


def test_a_narrow_beta_is_nearly_a_normal() -> None:
    """mean 0.5, sd 1e-4: alpha + beta = 2.5e7. Its 2.5% and 97.5% points are 1.959964 sd from the mean."""
    x = Beta(0.5, 1e-4).quantile(np.array([0.025, 0.5, 0.975]))
    assert_allclose((x - 0.5) / 1e-4, [-1.959964, 0.0, 1.959964], atol=1e-5)


def test_pert_has_the_usual_mean() -> None:
    """(0.3 + 4 * 0.6 + 1.0)/6 = 0.61667; sd sqrt(0.31667 * 0.38333 / 7) = 0.13169."""
    assert Pert(0.3, 0.6, 1.0).mean == pytest.approx(3.7 / 6)
    assert Pert(0.3, 0.6, 1.0).sd == pytest.approx(0.1316854, abs=1e-6)


def test_lognormal_by_hand() -> None:
    """Mean 100, sd 20: s^2 = ln 1.04 = 0.0392207; the median is 100/sqrt(1.04) = 98.0581."""
    assert Lognormal(100, 20).quantile(np.array([0.5]))[0] == pytest.approx(98.0581, abs=1e-4)


def test_triangular_by_hand() -> None:
    """Least 0, mode 2, most 6: c = 1/3; u = 1/12: sqrt(12/12) = 1; u = 5/6: 6 - sqrt(24/6) = 4."""
    assert_allclose(Triangular(0, 2, 6).quantile(np.array([1 / 12, 1 / 3, 5 / 6])), [1.0, 2.0, 4.0])


def test_empirical_by_hazens_rule() -> None:
    """Values 10, 20, 40 stand at 1/6, 3/6 and 5/6; u = 2/3 is half-way from 20 to 40."""
    of = Empirical((40.0, 10.0, 20.0))
    assert_allclose(of.quantile(np.array([0.01, 1 / 6, 0.5, 2 / 3, 0.99])), [10, 10, 20, 30, 40])
    assert of.mean == pytest.approx(70 / 3)


@given(st.lists(st.floats(-1e6, 1e6).map(rounded), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_an_empirical_distribution_has_the_mean_of_its_values(values: list[float]) -> None:
    mean, _ = moments(Empirical(tuple(values)).quantile)
    assert mean == pytest.approx(sum(values) / len(values), abs=1e-5 * (1 + np.ptp(values)))


# Percentiles


@given(
    st.floats(-50, 50).map(rounded),
    st.floats(0.1, 50),
    st.floats(0.17, 0.83),
    st.sampled_from(["none", "least", "most", "both"]),
)
@settings(max_examples=100, deadline=None)
def test_percentiles_are_met_exactly(p10: float, width: float, skew: float, bounds: str) -> None:
    """Any three with the median at 17% to 83% of the way are met without bounds; with bounds, if accepted."""
    p90 = p10 + width
    least = p10 - 0.3 * width if bounds in ("least", "both") else None
    most = p90 + 0.4 * width if bounds in ("most", "both") else None
    try:
        of = Percentiles(p10, p10 + skew * width, p90, least, most)
    except DistributionError as error:
        assert bounds != "none"
        assume("write a p50 between" not in error.instead and "both least and most" not in error.instead)
        raise
    assert_allclose(
        of.quantile(np.array([0.1, 0.5, 0.9])), [p10, p10 + skew * width, p90], atol=1e-9 * (1 + abs(p10) + width)
    )
    u = np.linspace(1e-6, 1 - 1e-6, 20_001)
    assert (np.diff(of.quantile(u)) > 0).all()


@pytest.mark.parametrize("case", ELICITED)
def test_elicited_mean_p10_and_p90_are_met_exactly(case: str) -> None:
    mean, p10, p90 = ELICITED[case]
    of = Percentiles.with_mean(p10, mean, p90, least=0.0, most=100.0)
    assert of.mean == pytest.approx(mean, abs=1e-10)
    assert_allclose(of.quantile(np.array([0.1, 0.9])), [p10, p90], rtol=1e-12)
    x = of.from_normal(np.random.default_rng(5).standard_normal(100_000))
    assert abs(x.mean() - mean) <= 4 * x.std() / math.sqrt(x.size)
    assert 0 < x.min() < x.max() < 100


def test_a_mean_that_no_smooth_curve_has_is_refused_with_those_it_may_have() -> None:
    """Frailty, high risk: mean 5.7, P10 0.4, P90 16.4. On 0..100 the mean is at least 6.54; on 0..20 it is possible."""
    with pytest.raises(DistributionError, match=r"write a mean between 6\.53\d+ and 8\.89\d+"):
        Percentiles.with_mean(0.4, 5.7, 16.4, least=0.0, most=100.0)
    assert Percentiles.with_mean(0.4, 5.7, 16.4, least=0.0, most=20.0).mean == pytest.approx(5.7, abs=1e-10)


@given(st.floats(0.2, 0.8), st.floats(0.01, 0.3), st.floats(0.31, 0.95), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_median_is_solved_for_the_mean(skew: float, p10: float, p90: float, bounded: bool) -> None:
    """From a median to its mean and back: the distribution found has that mean, though not always that median."""
    bounds = (0.0, 1.0) if bounded else (None, None)
    try:
        of = Percentiles(p10, p10 + skew * (p90 - p10), p90, *bounds)
    except DistributionError:
        assume(False)
    again = Percentiles.with_mean(p10, of.mean, p90, *bounds)
    assert again.mean == pytest.approx(of.mean, abs=1e-12)
    if not bounded:  # the mean rises with the median: only one has it
        assert again.p50 == pytest.approx(of.p50, abs=1e-9)


def test_the_largest_skew_is_where_the_density_touches_nothing() -> None:
    """g = u - 1/2 + u (1 - u) ln(u/(1 - u)): its largest value is 1/1.66711 (Keelin (2016))."""
    u = np.linspace(0.5, 1, 2_000_001)[:-1]
    assert 1 / (u - 0.5 + u * (1 - u) * np.log(u / (1 - u))).max() == pytest.approx(LARGEST_SKEW, abs=1e-7)
    with pytest.raises(DistributionError, match=r"write a p50 between 1\.66"):
        Percentiles(1.0, 1.66, 5.0)
    assert (np.diff(Percentiles(1.0, 1.667, 5.0).quantile(np.linspace(0.001, 0.999, 99_999))) > 0).all()


def test_metalog_moments_in_closed_form() -> None:
    """Symmetric: a logistic with scale a2 = 2/(2 ln 9) = 0.455120; sd = a2 pi/sqrt 3 = 0.825497.

    One bound and symmetric on the log scale: log-logistic, mean e^a1 (pi b)/sin(pi b), b = ln(P90/P10)/(2 ln 9)."""
    assert Percentiles(-1, 0, 1).sd == pytest.approx(math.pi / math.sqrt(3) / math.log(9), rel=1e-12)
    b = math.log(4) / (2 * math.log(9))
    assert Percentiles(1, 2, 4, least=0).mean == pytest.approx(2 * math.pi * b / math.sin(math.pi * b), rel=1e-12)
    assert Percentiles(-4, -2, -1, most=0).mean == pytest.approx(-2 * math.pi * b / math.sin(math.pi * b), rel=1e-12)
    a3 = 2 / (0.8 * math.log(9))  # P10 -1, P50 0, P90 3: (3 - 1 - 0)/(0.8 ln 9); the mean is a1 + a3/2
    assert Percentiles(-1, 0, 3).mean == pytest.approx(a3 / 2, rel=1e-12)


def test_a_tail_without_a_mean_is_refused() -> None:
    """P90/P10 = 1000: b = ln 1000 / (2 ln 9) = 1.57 > 1."""
    with pytest.raises(DistributionError, match="write both least and most"):
        Percentiles(1.0, 31.6, 1000.0, least=0.0)


# Truncation


@pytest.mark.parametrize("of", SMOOTH.values(), ids=SMOOTH.keys())
@given(st.floats(0.05, 0.45), st.floats(0.55, 0.95), shares)
@settings(max_examples=20, deadline=None)
def test_a_truncation_is_the_conditional_distribution(of: Distribution, a: float, b: float, u: np.ndarray) -> None:
    """P(X <= x | least <= X <= most), and nothing piles up at the bounds."""
    least, most = of.quantile(np.array([a, b])).tolist()
    cut = Truncated(of, least, most)
    x = cut.quantile(u)
    assert ((least <= x) & (x <= most)).all()
    below, above = of.cdf(np.array([least, most]))
    assert_allclose(of.cdf(x), below + (above - below) * u, atol=1e-7)


def test_a_truncated_normal_by_hand() -> None:
    """Standard normal above 0: the half normal, mean sqrt(2/pi) = 0.797885, sd sqrt(1 - 2/pi) = 0.602810."""
    of = Truncated(Normal(0, 1), least=0)
    assert of.mean == pytest.approx(math.sqrt(2 / math.pi), abs=1e-7)
    assert of.sd == pytest.approx(math.sqrt(1 - 2 / math.pi), abs=1e-7)


def test_a_bound_beyond_the_end_cuts_nothing() -> None:
    u = np.linspace(0.001, 0.999, 999)
    for of in (Uniform(1, 2), Empirical((1.0, 1.4, 2.0))):
        assert (Truncated(of, 1.0, 2.0).quantile(u) == of.quantile(u)).all()


# Nothing uncertain, and what is refused


@pytest.mark.parametrize("value", [0.1, 1 / 3, 7.3e8])
def test_no_spread_is_the_value_to_the_last_digit(value: float) -> None:
    z = np.random.default_rng(1).standard_normal(1000)
    flat: list[Distribution] = [
        Normal(value, 0),
        Lognormal(value, 0),
        Beta(value, 0, 0, 2 * value),
        Beta(value, 0, value, value),
        Pert(value, value, value),
        Triangular(value, value, value),
        Uniform(value, value),
        Empirical((value,)),
        Empirical((value, value, value)),
        Percentiles(value, value, value),
        Percentiles(value, value, value, least=value, most=value),
        Percentiles.with_mean(value, value, value, least=0),
        Truncated(Normal(value, 0), least=0),
        Truncated(Percentiles(value, value, value), value, value),
    ]
    for of in flat:
        assert (of.from_normal(z) == value).all(), of
        assert (of.quantile(normal_cdf(z)) == value).all(), of
        assert (of.mean, of.sd, of.support()) == (value, 0.0, (value, value)), of
        assert of.cdf(np.array([value - 0.01, value])).tolist() == [0.0, 1.0], of


@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (lambda: Normal(math.nan, 1), "write 0 or a number between 1e-30 and 1e+30, or its negative, as mean"),
        (lambda: Normal(0, math.inf), "or its negative, as sd"),
        (lambda: Normal(1, -2), "write 2, or 0 for a constant"),
        (lambda: Lognormal(0, 1), "write a mean above 0"),
        (lambda: Lognormal(1, -1), "write 1, or 0"),
        (lambda: Uniform(2, 1), "exchange the two"),
        (lambda: Triangular(1, 5, 3), "write a mode between 1 and 3"),
        (lambda: Pert(1, 0, 3), "write a mode between 1 and 3"),
        (lambda: Pert(1, 2, 3, 0), "write a weight above 0"),
        (lambda: Beta(0.5, 0.5), "write a standard deviation below 0.5"),
        (lambda: Beta(1.2, 0.1), "write a mean within 0 to 1"),
        (lambda: Beta(0.5, -0.1), "write 0.1, or 0"),
        (lambda: Beta.of_shape(0, 1), "write both above 0"),
        (lambda: Beta(0.5, 1e-6), "write 0 for a constant, or 5e-05 or more"),
        (lambda: Beta(0.5, 0.49999), "write a smaller standard deviation"),
        (lambda: Pert(1, 2, 3, 1e9), "up to 1,000,000"),
        (lambda: Uniform(0.1 + 0.2, 0.3 + 1e-12), "write the same number twice"),
        (lambda: Percentiles(1, 1 + 1e-12, 1 + 2e-12), "write the same number twice"),
        (lambda: Normal(1e-300, 0), "write 0 or a number"),
        (lambda: Empirical(()), "write the values observed"),
        (lambda: Empirical((1.0, math.nan)), "as value 2"),
        (lambda: Percentiles(1, 3, 3), "write percentiles that rise"),
        (lambda: Percentiles(3, 2, 1), "write percentiles that rise"),
        (lambda: Percentiles(0, 1, 2, least=0), "write a least below 0"),
        (lambda: Percentiles(0, 1, 2, most=1.5), "write a most above 2"),
        (lambda: Percentiles(0, 1, 2, least=3, most=-1), "exchange the two"),
        (lambda: Percentiles.with_mean(3, 4, 3), "write three equal numbers"),
        (lambda: Percentiles.with_mean(1, 100, 3, 0), "write a mean between"),
        (lambda: Percentiles.with_mean(1, 0, 30, 0), "write a mean of at least"),
        (lambda: Truncated(Normal(0, 1), 9), "nine tenths lie between -1.64485 and 1.64485"),
        (lambda: Truncated(Normal(0, 1), 2, 1), "write bounds that leave some of it"),
        (lambda: Truncated(Normal(5, 0), 6), "write bounds that leave some of it"),
    ],
)
def test_bad_parameters_are_refused_with_a_remedy(make: Callable[[], Distribution], remedy: str) -> None:
    with pytest.raises(DistributionError) as caught:
        make()
    assert remedy in caught.value.instead
    assert caught.value.message
    assert remedy in str(caught.value)


def test_normal_quantiles_are_those_of_tables() -> None:
    assert_allclose(normal_quantile(np.array([0.05, 0.5, 0.975])), [-1.644854, 0.0, 1.959964], atol=1e-6)
