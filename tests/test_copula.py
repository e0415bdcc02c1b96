"""Rank correlation: realised whatever the marginals, and a contradiction names the few inputs that contradict."""

from __future__ import annotations

import math
import re
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mcp_finance.sampling.copula import CorrelationError, factor, normal_correlation, rank_correlation
from mcp_finance.sampling.distributions import Beta, Distribution, Lognormal, Percentiles, Triangular

NAMES = ("growth", "delay", "shift", "stranded", "wages")
ranks = st.floats(-0.95, 0.95).map(lambda r: round(r, 2))
every_pair = st.lists(ranks, min_size=10, max_size=10).map(
    lambda chosen: {pair: r for pair, r in zip(combinations(NAMES, 2), chosen, strict=True) if r}
)


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """The correlation of the ranks."""
    return float(np.corrcoef(x.argsort().argsort(), y.argsort().argsort())[0, 1])


def test_pearsons_relation_by_hand() -> None:
    """2 sin(pi/12) = 0.517638; the ends and the middle stay."""
    assert_allclose(normal_correlation(np.array([-1.0, 0.0, 0.5, 1.0])), [-1.0, 0.0, 0.5176381, 1.0], atol=1e-7)


@given(st.floats(-1, 1))
def test_the_relation_goes_back(rank: float) -> None:
    assert rank_correlation(normal_correlation(rank)) == pytest.approx(rank, abs=1e-12)


@given(every_pair)
@settings(max_examples=100, deadline=None)
def test_the_factor_makes_the_matrix(pairs: dict[tuple[str, str], float]) -> None:
    try:
        lower = factor(NAMES, pairs)
    except CorrelationError:
        assume(False)
    assert (np.triu(lower, 1) == 0).all()
    product = lower @ lower.T
    for (i, one), (j, other) in combinations(enumerate(NAMES), 2):
        assert product[i, j] == pytest.approx(2 * math.sin(math.pi * pairs.get((one, other), 0) / 6), abs=1e-12)
    assert_allclose(np.diag(product), 1.0)


def test_rank_correlations_are_realised_whatever_the_marginals() -> None:
    """200,000 draws of four skewed inputs. The standard error of Spearman's is at most (1 - r^2)/sqrt(n) * 1.1 here
    (that of Pearson's, a little more for ranks); 4 of them are 0.0098 at r = 0."""
    marginals: list[Distribution] = [
        Lognormal(100, 120),
        Beta.of_shape(0.5, 4.0),
        Triangular(0, 0, 1),
        Percentiles(2.9, 20, 59, least=0, most=100),
    ]
    names = NAMES[:4]
    wanted = {
        ("growth", "delay"): 0.6,
        ("shift", "growth"): -0.3,
        ("delay", "shift"): 0.15,
        ("shift", "stranded"): -0.7,
    }
    n = 200_000
    z = factor(names, wanted) @ np.random.default_rng(11).standard_normal((4, n))
    x = [of.from_normal(z[k]) for k, of in enumerate(marginals)]
    for i, j in combinations(range(4), 2):
        rank = wanted.get((names[i], names[j]), wanted.get((names[j], names[i]), 0.0))
        assert abs(spearman(x[i], x[j]) - rank) <= 4 * 1.1 * (1 - rank**2) / math.sqrt(n)
    for k, of in enumerate(marginals):
        assert abs(x[k].mean() - of.mean) <= 4 * of.sd / math.sqrt(n)


BAD_TRIPLE = {
    ("delay", "shift"): 0.8,
    ("shift", "wages"): 0.8,
    ("wages", "delay"): -0.5,
    ("stranded", "growth"): 0.2,
}


def test_a_bad_triple_among_five_is_named_with_its_pairs_and_what_would_do() -> None:
    """delay and shift rise together, shift and wages too, but delay and wages move apart. In normals: 0.8135, 0.8135,
    -0.5176. delay with wages must be above 0.8135^2 - (1 - 0.8135^2) = 0.3234, in ranks
    6/pi asin(0.1617) = 31.02%: from 32%."""
    with pytest.raises(CorrelationError) as caught:
        factor(NAMES, BAD_TRIPLE)
    assert caught.value.culprits == ("delay", "shift", "wages")
    assert "delay and shift 80%, delay and wages -50%, shift and wages 80%" in caught.value.message
    assert "growth" not in str(caught.value)
    assert "delay and wages between 32% and 99%" in caught.value.instead


def test_other_contradictions_are_not_hidden() -> None:
    """Two bad triples: no change of one coefficient is enough, and the advice says so."""
    second = {("stranded", "growth"): 0.9, ("growth", "prices"): 0.9, ("stranded", "prices"): -0.9}
    with pytest.raises(CorrelationError, match="there are other contradictions too"):
        factor((*NAMES, "prices"), BAD_TRIPLE | second)


def test_a_pair_left_out_can_be_the_culprit() -> None:
    with pytest.raises(CorrelationError, match="pairs not given are 0%") as caught:
        factor(NAMES, {("growth", "shift"): 0.8, ("shift", "wages"): 0.8})
    assert caught.value.culprits == ("growth", "shift", "wages")
    assert "growth and wages between 32% and 99%" in caught.value.instead


def test_four_that_no_three_give_away() -> None:
    """A chain of 62%: in normals 0.6382; three in a row are possible up to 0.7071, four only up to 0.6180."""
    chain = dict.fromkeys(pairwise(NAMES), 0.62)
    with pytest.raises(CorrelationError) as caught:
        factor(NAMES, chain)
    assert caught.value.culprits == NAMES[:4]


@given(every_pair)
@settings(max_examples=150, deadline=None)
def test_culprits_are_impossible_together_and_possible_without_any_one(pairs: dict[tuple[str, str], float]) -> None:
    try:
        factor(NAMES, pairs)
    except CorrelationError as error:
        culprits = error.culprits
    else:
        assume(False)

    def among(names: tuple[str, ...]) -> dict[tuple[str, str], float]:
        return {pair: rank for pair, rank in pairs.items() if set(pair) <= set(names)}

    with pytest.raises(CorrelationError):
        factor(culprits, among(culprits))
    for fewer in combinations(culprits, len(culprits) - 1):
        factor(fewer, among(fewer))


@given(every_pair)
@settings(max_examples=150, deadline=None)
def test_what_is_advised_is_accepted_and_a_little_more_is_not(pairs: dict[tuple[str, str], float]) -> None:
    """Both ends of each interval, rounded inwards to whole percents, do; two percent further out does not."""
    try:
        factor(NAMES, pairs)
    except CorrelationError as error:
        advice = error.instead
    else:
        assume(False)
    assume("other contradictions" not in advice)
    found = re.findall(r"(\w+) and (\w+) between (-?\d+)% and (-?\d+)%", advice)
    assume(found)
    for one, other, low, high in found:
        others = {pair: rank for pair, rank in pairs.items() if set(pair) != {one, other}}
        for end, outwards in ((int(low), -2), (int(high), 2)):
            factor(NAMES, others | {(one, other): end / 100})
            with pytest.raises(CorrelationError):
                factor(NAMES, others | {(one, other): max(-1.0, min(1.0, (end + outwards) / 100))})


@pytest.mark.parametrize("rank", [1.0, -1.0])
def test_a_perfect_correlation_is_refused_with_advice(rank: float) -> None:
    with pytest.raises(CorrelationError, match="let the other follow it") as caught:
        factor(NAMES, {("growth", "wages"): rank})
    assert caught.value.culprits == ("growth", "wages")


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({("growth", "wages"): 1.2}, "120%"),
        ({("growth", "wages"): math.nan}, "nan"),
        ({("growth", "growth"): 0.5}, "paired with itself"),
        ({("growth", "weather"): 0.5}, "weather is not among the inputs"),
        ({("growth", "wages"): 0.5, ("wages", "growth"): 0.4}, "give each pair once"),
    ],
)
def test_bad_pairs_are_refused(pairs: dict[tuple[str, str], float], message: str) -> None:
    with pytest.raises(CorrelationError, match=message):
        factor(NAMES, pairs)


def test_nothing_correlated_is_the_identity() -> None:
    assert (factor(NAMES, {}) == np.eye(5)).all()


def test_nothing_correlated_is_no_contradiction() -> None:
    assert factor((), {}).shape == (0, 0)
