"""Counts vary about what is expected by phi times its Poisson variance, for few and for many."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mcp_finance.sampling.counts import chance_factor

N = 200_000


@pytest.mark.parametrize("mu", [0.2, 3.0, 40.0, 2_000.0, 1e7])
@pytest.mark.parametrize("phi", [1.0, 1.5, 4.0, 20.0])
def test_mean_one_and_variance_phi_over_mu(mu: float, phi: float) -> None:
    """Within four standard errors; that of the variance from the draws' own squares."""
    x = chance_factor(np.random.default_rng(7), mu, phi, N)
    assert abs(x.mean() - 1) <= 4 * math.sqrt(phi / mu / N)
    squares = (x - 1) ** 2
    assert abs(squares.mean() - phi / mu) <= 4 * squares.std() / math.sqrt(N)


def test_factors_are_whole_counts_over_the_expected() -> None:
    counts = 3.0 * chance_factor(np.random.default_rng(1), 3.0, 4.0, 1000)
    assert np.abs(counts - counts.round()).max() < 1e-12
    assert counts.min() >= 0


def test_without_dispersion_it_is_poisson() -> None:
    """P(N = 0) = e^-3 = 4.979%; with phi = 4 it is 4^(-3/3) = 25%: (1/phi)^(mu/(phi - 1))."""
    for phi, nil in ((1.0, math.exp(-3)), (4.0, 0.25)):
        x = chance_factor(np.random.default_rng(2), 3.0, phi, N)
        assert abs((x == 0).mean() - nil) <= 4 * math.sqrt(nil * (1 - nil) / N)


def test_nothing_expected_is_a_factor_of_one() -> None:
    x = chance_factor(np.random.default_rng(3), np.array([[0.0], [5.0]]), np.array([[2.0], [1.0]]), (2, 500))
    assert (x[0] == 1).all()
    assert x[1].std() > 0


def test_every_cell_has_its_own_expectation_and_dispersion() -> None:
    mu, phi = np.array([[4.0], [4.0], [400.0]]), np.array([[1.0], [9.0], [9.0]])
    x = chance_factor(np.random.default_rng(4), mu, phi, (3, N))
    # Kurtosis of the second is largest: the tolerance of its variance is the one of the draws' squares.
    squares = (x - 1) ** 2
    assert (np.abs(squares.mean(axis=1) - (phi / mu)[:, 0]) <= 4 * squares.std(axis=1) / math.sqrt(N)).all()
    assert chance_factor(np.random.default_rng(4), mu, phi).shape == (3, 1)


@pytest.mark.parametrize(("mu", "phi"), [(-1.0, 1.0), (math.nan, 1.0), (1e300, 1.0), (1.0, 0.9), (1.0, math.nan)])
def test_impossible_counts_are_refused(mu: float, phi: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        chance_factor(np.random.default_rng(1), mu, phi, 3)
