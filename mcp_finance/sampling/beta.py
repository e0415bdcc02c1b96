"""The beta family and PERT, which is a beta in other words.

The quantile of a beta has no closed form and its inversion takes microseconds a value. Therefore each distribution
keeps one table of it as a function of the normal z, where it is smooth, with the exact derivative at every knot
(cubic Hermite; slopes held within Fritsch and Carlson's bound, SIAM J. Numer. Anal. 17 (1980), so that it never
falls). The table is compared with the inversion half-way between knots, where a cubic errs most, and not used if it
is out by more than 1e-9 of the range: then every value is inverted. Beyond |z| = 8.25 (1 draw in 10^16) it stays at
its end.

One draw: z = 0.7 falls in knot cell floor((0.7 + 8.25) * 128) = 1145; four coefficients of that cell give the value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcp_finance.sampling.family import (
    DistributionError,
    into,
    require_finite,
    require_mode,
    require_order,
    require_sd,
    step_at,
)
from mcp_finance.sampling.special import Array, beta_cdf, beta_quantile, log_beta, normal_cdf, normal_quantile

_REACH = 8.25
_CELLS_PER_UNIT = 128
TABLE_ERROR = 1e-9
"""The largest error of a table that is used, as a share of most - least."""
SMALLEST_SHAPE, LARGEST_SHAPE = 1e-3, 1e8
"""The least alpha and beta, and the greatest alpha + beta: beyond, the inversion has few digits or takes long."""


@dataclass(frozen=True)
class Beta:
    """A beta distribution on least..most with the given mean and standard deviation, in the units of the variable.

    With m = (mean - least)/(most - least) and v = (sd/(most - least))^2: nu = m(1 - m)/v - 1, alpha = m nu,
    beta = (1 - m) nu (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2, chapter 25).
    """

    mean: float
    sd: float
    least: float = 0.0
    most: float = 1.0

    def __post_init__(self) -> None:
        require_finite(mean=self.mean, sd=self.sd, least=self.least, most=self.most)
        require_order(self.least, self.most)
        require_sd(self.sd)
        span = f"{self.least:g} to {self.most:g}"
        if not self.least <= self.mean <= self.most:
            raise DistributionError(f"the mean of a beta on {span} is {self.mean:g}", f"write a mean within {span}")
        room = math.sqrt((self.mean - self.least) * (self.most - self.mean))
        if self.sd and self.sd >= room:
            raise DistributionError(
                f"no beta on {span} with mean {self.mean:g} has a standard deviation of {self.sd:g}",
                f"write a standard deviation below {room:g}",
            )
        if not self.sd:
            return
        alpha, beta = self.shape
        if alpha + beta > LARGEST_SHAPE:
            raise DistributionError(
                f"a standard deviation of {self.sd:g} is next to nothing on {span}",
                f"write 0 for a constant, or {room / math.sqrt(LARGEST_SHAPE):.3g} or more",
            )
        if min(alpha, beta) < SMALLEST_SHAPE:
            raise DistributionError(
                f"a beta on {span} with mean {self.mean:g} and sd {self.sd:g} is nearly always at an end",
                "write a smaller standard deviation, or a mean further from the ends",
            )

    @classmethod
    def of_shape(cls, alpha: float, beta: float, least: float = 0.0, most: float = 1.0) -> Beta:
        """The beta with density proportional to (x - least)^(alpha - 1) (most - x)^(beta - 1)."""
        require_finite(alpha=alpha, beta=beta, least=least, most=most)
        require_order(least, most)
        if alpha <= 0 or beta <= 0:
            raise DistributionError(f"alpha ({alpha:g}) and beta ({beta:g}) must be above 0", "write both above 0")
        share = alpha / (alpha + beta)
        sd = math.sqrt(share * (1 - share) / (alpha + beta + 1))
        return cls(least + (most - least) * share, (most - least) * sd, least, most)

    @property
    def shape(self) -> tuple[float, float]:
        """alpha and beta; only of a beta that is no constant."""
        span = self.most - self.least
        share = (self.mean - self.least) / span
        size = share * (1 - share) * (span / self.sd) ** 2 - 1
        return share * size, (1 - share) * size

    def quantile(self, u: Array) -> Array:
        """The inverse of I_x(alpha, beta), scaled to least..most."""
        return self.from_normal(normal_quantile(u))

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """By the table, or by inversion if the table is not good enough."""
        if self.sd == 0:
            return into(np.full(np.shape(z), self.mean), out)
        values = self._table.at(z) if self._table else _inverted(*self.shape, z)[0]
        values *= self.most - self.least
        values += self.least
        return into(values, out)

    def cdf(self, x: Array) -> Array:
        """I_x(alpha, beta) of the place of x between least and most."""
        if self.sd == 0:
            return step_at(self.mean, x)
        return beta_cdf(*self.shape, np.clip((np.asarray(x) - self.least) / (self.most - self.least), 0.0, 1.0))

    def support(self) -> tuple[float, float]:
        """least and most, or the constant alone."""
        return (self.least, self.most) if self.sd else (self.mean, self.mean)

    @cached_property
    def _table(self) -> _Table | None:
        return _tabulated(*self.shape)


MOST_WEIGHT = 1e6


@dataclass(frozen=True)
class Pert:
    """PERT: a beta on least..most with this mode, whose mean is (least + weight * mode + most) / (weight + 2).

    alpha = 1 + weight (mode - least)/(most - least), beta = 1 + weight (most - mode)/(most - least); weight 4 is the
    usual one (Malcolm et al., Operations Research 7 (1959); Vose, Risk Analysis (2008)). A larger weight is narrower.
    """

    least: float
    mode: float
    most: float
    weight: float = 4.0

    def __post_init__(self) -> None:
        require_finite(least=self.least, mode=self.mode, most=self.most, weight=self.weight)
        require_mode(self.least, self.mode, self.most)
        if not 0 < self.weight <= MOST_WEIGHT:
            remedy = f"write a weight above 0 and up to {MOST_WEIGHT:,.0f}; 4 is usual"
            raise DistributionError(f"the weight of the mode is {self.weight:g}", remedy)
        _ = self.beta  # what a beta refuses is refused now, not at the first draw

    @cached_property
    def beta(self) -> Beta:
        """The same distribution by its shape."""
        span = self.most - self.least
        if span == 0:
            return Beta(self.mode, 0.0, self.least, self.most)
        left = self.weight * (self.mode - self.least) / span
        return Beta.of_shape(1 + left, 1 + self.weight - left, self.least, self.most)

    @property
    def mean(self) -> float:
        """(least + weight * mode + most) / (weight + 2)."""
        return self.beta.mean

    @property
    def sd(self) -> float:
        """sqrt((mean - least)(most - mean)/(weight + 3))."""
        return self.beta.sd

    def quantile(self, u: Array) -> Array:
        """As of the beta."""
        return self.beta.quantile(u)

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """As of the beta."""
        return self.beta.from_normal(z, out)

    def cdf(self, x: Array) -> Array:
        """As of the beta."""
        return self.beta.cdf(x)

    def support(self) -> tuple[float, float]:
        """least and most."""
        return self.least, self.most


@dataclass(frozen=True, slots=True)
class _Table:
    """Cubics of a function of z on equal cells: c0 + s (c1 + s (c2 + s c3)), s from 0 to 1 across the cell."""

    coefficients: tuple[Array, Array, Array, Array]

    def at(self, z: Array) -> Array:
        place = np.clip(z, -_REACH, _REACH)
        place += _REACH
        place *= _CELLS_PER_UNIT
        cell = np.minimum(place.astype(np.int64), len(self.coefficients[0]) - 1)
        place -= cell
        first, *others = reversed(self.coefficients)
        values = first[cell]
        for coefficient in others:
            values *= place
            values += coefficient[cell]
        return values


def _inverted(alpha: float, beta: float, z: Array) -> tuple[Array, Array]:
    """The quantile x at Phi(z) on 0..1, from the nearer end, and 1 - x without the rounding of the difference."""
    low = _polished(alpha, beta, normal_cdf(np.minimum(z, 0.0)))
    high = _polished(beta, alpha, normal_cdf(-np.maximum(z, 0.0)))
    return np.where(z < 0, low, 1.0 - high), np.where(z < 0, 1.0 - low, high)


def _polished(alpha: float, beta: float, u: Array) -> Array:
    """The inverse of I_x(alpha, beta) for u up to 1/2: a Newton step from scipy's, which in places is out by 1e-8."""
    x = beta_quantile(alpha, beta, u)
    inside = (x > 0) & (x < 1)
    at = np.where(inside, x, 0.5)
    step = (u - beta_cdf(alpha, beta, at)) / _density(alpha, beta, at, 1.0 - at)
    return np.where(inside & (np.abs(step) < 1e-6 * at), np.minimum(at + step, 1.0), x)


def _density(alpha: float, beta: float, x: Array, rest: Array) -> Array:
    """The density at x = 1 - rest, by logarithms; never quite 0 or infinite."""
    logs = (alpha - 1) * np.log(x) + (beta - 1) * np.log(rest) - log_beta(alpha, beta)
    return np.asarray(np.exp(np.clip(logs, -700.0, 700.0)))


def _tabulated(alpha: float, beta: float) -> _Table | None:
    """The table on |z| <= 8.25, unless it would be out by more than its bound.

    Its slopes are d quantile / dz = phi(z) / density, and 0 where the quantile is too near an end to have a density.
    """
    z = np.linspace(-_REACH, _REACH, int(2 * _REACH * _CELLS_PER_UNIT) + 1)
    values, rest = _inverted(alpha, beta, z)
    inside = (values > 0) & (rest > 0)
    density = _density(alpha, beta, np.where(inside, values, 0.5), np.where(inside, rest, 0.5))
    slopes = np.where(inside, np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) / density, 0.0) / _CELLS_PER_UNIT
    values = np.maximum.accumulate(values)
    rises = np.diff(values)
    slopes = np.minimum(slopes, 3.0 * np.minimum(np.append(rises, np.inf), np.append(np.inf, rises)))
    left, right = slopes[:-1], slopes[1:]
    table = _Table((values[:-1], left, 3 * rises - 2 * left - right, left + right - 2 * rises))
    middle = (z[:-1] + z[1:]) / 2
    error = np.abs(table.at(middle) - _inverted(alpha, beta, middle)[0]).max()
    return table if error <= TABLE_ERROR else None
