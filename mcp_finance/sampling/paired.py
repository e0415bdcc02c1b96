"""Figures of draws that can be compared: each with what every draw contributes to its error.

To first order an estimate is its true value plus the mean of the draws' *influences*: x - mean for a mean; for a
quantile (p - 1 where x is not above it, else p) / density; for an expected shortfall what lies below the quantile. The
standard error of an estimate is that of the mean of its influences; that of a difference between two estimates from the
*same* futures is that of the mean of the differences of influences, draw by draw. What both share cancels, which is why
two term sheets are compared in common futures.

One draw on its way: in draw 4,217 one offer leaves a party £1.2m above its mean, another £1.3m above its own. Each mean
is out by millions divided by sqrt(n); their difference has felt only the £0.1m.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from mcp_finance.sampling.estimates import proportion_and_error, quantile_and_error
from mcp_finance.sampling.special import Array

FEWEST = 100
"""Draws below which nothing is said of a tail: of fewer, the error of a P5 cannot be told."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """A figure and the influence of each draw on it."""

    value: float
    influence: Array

    @property
    def error(self) -> float:
        """The Monte Carlo standard error."""
        return float(self.influence.std(ddof=1)) / sqrt(self.influence.size)

    def __sub__(self, other: Estimated) -> Estimated:
        """The difference of two figures from the same futures."""
        return Estimated(self.value - other.value, self.influence - other.influence)

    def __mul__(self, factor: float) -> Estimated:
        return Estimated(self.value * factor, self.influence * factor)


def mean_of(x: Array) -> Estimated:
    """The mean of draws, `(draws,)`."""
    mean = float(x.mean())
    return Estimated(mean, x - mean)


def quantile_of(x: Array, p: float) -> Estimated:
    """The p-quantile. The density at it comes from the distance between the order statistics about it.

    Raises:
        ValueError: there are fewer than 100 draws.
    """
    if x.size < FEWEST:
        raise ValueError(f"{x.size} draws say nothing of a tail: {FEWEST} are the fewest")
    value, error = quantile_and_error(np.sort(x), p)
    below = np.where(x <= value, p - 1.0, p)
    spread = float(below.std(ddof=1)) / sqrt(x.size)
    return Estimated(float(value), (below - below.mean()) * (float(error) / spread if spread else 0.0))


def shortfall_of(x: Array, p: float) -> Estimated:
    """The expected shortfall: the mean of the worst share p of draws (Rockafellar and Uryasev, J. Risk 2 (2000) 21-41).

    The quantile less the mean of what falls short of it, over p: to first order an error of the quantile cancels.

    Raises:
        ValueError: there are fewer than 100 draws.
    """
    quantile = quantile_of(x, p).value
    short = np.minimum(x - quantile, 0.0) / p
    mean = float(short.mean())
    return Estimated(quantile + mean, short - mean)


def proportion_of(hits: Array) -> tuple[Estimated, float]:
    """A probability, from 1 or 0 a draw, and its error, which is never nothing (the rule of three)."""
    found = mean_of(hits)
    return found, float(proportion_and_error(hits.sum(), hits.size)[1])
