"""Chance in counts of activity: what varies from year to year although nothing has changed.

Admissions come in clusters (winters, outbreaks, people who come back), so that counts vary more than a Poisson
variable. Given an expected count mu, N is Poisson with mean mu G, G gamma distributed with mean 1 and variance (phi -
1)/mu. Then Var N = mu + mu^2 (phi - 1)/mu = phi mu: the negative binomial whose variance is proportional to its mean,
NB1 of Cameron and Trivedi (Regression Analysis of Count Data, 2nd edition (2013), section 3.3). phi = 1 is the
Poisson distribution.

One draw: mu = 2,000 admissions, phi = 4: G has a standard deviation of sqrt(3/2000) = 3.9%, N one of sqrt(8000) = 89,
and the factor N/mu one of 4.5%.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mcp_finance.sampling.special import Array

MOST_EXPECTED = 1e15
"""The largest expected count: above it a count is no longer a whole number to numpy."""


def chance_factor(
    generator: np.random.Generator, mu: ArrayLike, phi: ArrayLike, size: int | tuple[int, ...] | None = None
) -> Array:
    """Counts as a multiple of what is expected, N/mu: mean 1, variance phi/mu; 1 where nothing is expected.

    `size` is the shape of the result, to which `mu` and `phi` are broadcast as numpy's own generators do; without it,
    it is theirs. How much of the generator's stream is used depends on the draws, so that draws to be had again in
    other chunks need a generator of their own for each chunk that is not divided.

    Raises:
        ValueError: an expected count is negative or not a number, or phi is below 1.
    """
    expected, dispersion = np.asarray(mu, dtype=float), np.asarray(phi, dtype=float)
    if not ((expected >= 0) & (expected <= MOST_EXPECTED)).all():
        raise ValueError(f"an expected count must be between 0 and {MOST_EXPECTED:g}")
    if not ((dispersion >= 1) & np.isfinite(dispersion)).all():
        raise ValueError("the variance of a count as a multiple of its mean (phi) must be 1 or more")
    shape = np.broadcast_shapes(expected.shape, dispersion.shape) if size is None else size
    counts = generator.poisson(_clustered(generator, expected, dispersion - 1.0, shape), shape)
    factors = np.ones(shape)
    np.divide(counts, expected, out=factors, where=expected > 0)
    return factors


def _clustered(generator: np.random.Generator, mu: Array, spread: Array, shape: int | tuple[int, ...]) -> Array:
    """mu G, of a spread of phi - 1; mu itself where that is nothing. One figure for all draws is not spelt out."""
    if not spread.any():
        return mu
    ones = np.ones(np.broadcast_shapes(mu.shape, spread.shape))
    clustered = generator.standard_gamma(np.divide(mu, spread, out=ones, where=spread > 0), shape)
    clustered *= spread
    return clustered if spread.all() else np.where(spread > 0, clustered, mu)
