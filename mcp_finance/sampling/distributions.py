"""The families of distributions a scenario may name: the closed ones here, the others by name.

Each is a frozen dataclass of its parameters in the units of the variable, and a `Distribution` (`family.py`): quantile,
value of a normal draw, mean, sd, distribution function and support. A spread of 0 is a constant, to the last digit.

One draw: z = 0 is the median; `Lognormal(100, 20).from_normal(0)` = 100 / sqrt(1 + 0.2^2) = 98.06.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcp_finance.sampling.beta import Beta, Pert
from mcp_finance.sampling.family import (
    Distribution,
    DistributionError,
    moments,
    require_finite,
    require_mode,
    require_order,
    require_sd,
    step_at,
    through_uniform,
)
from mcp_finance.sampling.metalog import Percentiles
from mcp_finance.sampling.special import Array, normal_cdf, normal_quantile

__all__ = [
    "Beta",
    "Distribution",
    "DistributionError",
    "Empirical",
    "Lognormal",
    "Normal",
    "Percentiles",
    "Pert",
    "Triangular",
    "Truncated",
    "Uniform",
]

LEAST_SHARE = 1e-9
"""The least part of a distribution that a truncation may leave: below it, u has too few digits."""


@dataclass(frozen=True)
class Normal:
    """A normal distribution: mean + sd z."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        require_finite(mean=self.mean, sd=self.sd)
        require_sd(self.sd)

    def quantile(self, u: Array) -> Array:
        """mean + sd z, z the standard normal quantile."""
        return self.from_normal(normal_quantile(u))

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """mean + sd z."""
        out = np.multiply(z, self.sd, out=out)
        out += self.mean
        return out

    def cdf(self, x: Array) -> Array:
        """Phi((x - mean)/sd)."""
        return normal_cdf((x - self.mean) / self.sd) if self.sd else step_at(self.mean, x)

    def support(self) -> tuple[float, float]:
        """The whole line, or the constant."""
        return (-math.inf, math.inf) if self.sd else (self.mean, self.mean)


@dataclass(frozen=True)
class Lognormal:
    """A lognormal distribution by the mean and standard deviation of the variable itself, not of its logarithm.

    s^2 = ln(1 + (sd/mean)^2); the value is mean * e^(s z - s^2/2) (Johnson, Kotz and Balakrishnan, Continuous
    Univariate Distributions 1, chapter 14).
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        require_finite(mean=self.mean, sd=self.sd)
        require_sd(self.sd)
        if self.mean <= 0:
            remedy = "write a mean above 0, or a normal distribution"
            raise DistributionError(f"the mean of a lognormal is {self.mean:g}, not above 0", remedy)

    @cached_property
    def log_sd(self) -> float:
        """s, the standard deviation of the logarithm."""
        return math.sqrt(math.log1p((self.sd / self.mean) ** 2))

    def quantile(self, u: Array) -> Array:
        """mean * e^(s z - s^2/2), z the standard normal quantile."""
        return self.from_normal(normal_quantile(u))

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """mean * e^(s z - s^2/2)."""
        out = np.multiply(z, self.log_sd, out=out)
        out -= self.log_sd**2 / 2
        np.exp(out, out=out)
        out *= self.mean
        return out

    def cdf(self, x: Array) -> Array:
        """Phi((ln(x/mean) + s^2/2)/s)."""
        if self.sd == 0:
            return step_at(self.mean, x)
        with np.errstate(divide="ignore"):
            return normal_cdf((np.log(np.maximum(x, 0.0) / self.mean) + self.log_sd**2 / 2) / self.log_sd)

    def support(self) -> tuple[float, float]:
        """Above 0, or the constant."""
        return (0.0, math.inf) if self.sd else (self.mean, self.mean)


@dataclass(frozen=True)
class Uniform:
    """A uniform distribution: least + (most - least) u."""

    least: float
    most: float

    def __post_init__(self) -> None:
        require_finite(least=self.least, most=self.most)
        require_order(self.least, self.most)

    @property
    def mean(self) -> float:
        """(least + most)/2."""
        return self.least + (self.most - self.least) / 2

    @property
    def sd(self) -> float:
        """(most - least)/sqrt(12)."""
        return (self.most - self.least) / math.sqrt(12.0)

    def quantile(self, u: Array) -> Array:
        """least + (most - least) u."""
        return self.least + (self.most - self.least) * u

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """least + (most - least) Phi(z)."""
        out = normal_cdf(z, out)
        out *= self.most - self.least
        out += self.least
        return out

    def cdf(self, x: Array) -> Array:
        """(x - least)/(most - least)."""
        if self.least == self.most:
            return step_at(self.least, x)
        return np.clip((x - self.least) / (self.most - self.least), 0.0, 1.0)

    def support(self) -> tuple[float, float]:
        """least and most."""
        return self.least, self.most


@dataclass(frozen=True)
class Triangular:
    """A triangular distribution: its density rises in a line from least to mode, and falls in a line to most.

    With c = (mode - least)/(most - least): least + sqrt(u (most - least)(mode - least)) for u <= c, else
    most - sqrt((1 - u)(most - least)(most - mode)) (Johnson and Kotz, Beyond Beta (2004), chapter 1).
    """

    least: float
    mode: float
    most: float

    def __post_init__(self) -> None:
        require_finite(least=self.least, mode=self.mode, most=self.most)
        require_mode(self.least, self.mode, self.most)

    @property
    def mean(self) -> float:
        """(least + mode + most)/3."""
        return self.mode + (self.least - self.mode + (self.most - self.mode)) / 3

    @property
    def sd(self) -> float:
        """sqrt((a^2 + b^2 + a b)/18), a and b the widths of the two sides."""
        a, b = self.mode - self.least, self.most - self.mode
        return math.sqrt((a * a + b * b + a * b) / 18)

    def quantile(self, u: Array) -> Array:
        """By square roots, from the end on whose side of the mode it lies."""
        span, left = self.most - self.least, self.mode - self.least
        low = self.least + np.sqrt(u * (span * left))
        high = self.most - np.sqrt((1.0 - u) * (span * (self.most - self.mode)))
        return np.where(u * span <= left, low, high)

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """The quantile of Phi(z)."""
        return through_uniform(self.quantile, z, out)

    def cdf(self, x: Array) -> Array:
        """A parabola on either side of the mode."""
        if self.least == self.most:
            return step_at(self.least, x)
        span = self.most - self.least
        x = np.clip(x, self.least, self.most)
        low = (x - self.least) ** 2 / (span * max(self.mode - self.least, math.ulp(span)))
        high = 1.0 - (self.most - x) ** 2 / (span * max(self.most - self.mode, math.ulp(span)))
        return np.where(x < self.mode, low, high)

    def support(self) -> tuple[float, float]:
        """least and most."""
        return self.least, self.most


@dataclass(frozen=True)
class Empirical:
    """Observed values of equal weight, in any order.

    Hazen's rule (type 5 of Hyndman and Fan, The American Statistician 50 (1996)): the k-th of n values in order is the
    quantile at (k - 1/2)/n, values between are interpolated in a line, and beyond the first and last it stays there.
    Its mean is then that of the values exactly.
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise DistributionError("there are no values", "write the values observed, at least one")
        for k, value in enumerate(self.values, 1):
            require_finite(**{f"value {k}": value})

    @cached_property
    def _ordered(self) -> Array:
        return np.sort(np.array(self.values))

    @cached_property
    def _places(self) -> Array:
        return (np.arange(len(self.values)) + 0.5) / len(self.values)

    @cached_property
    def mean(self) -> float:
        """The mean of the values, between the least and the greatest of them whatever the rounding."""
        return min(max(math.fsum(self.values) / len(self.values), self.support()[0]), self.support()[1])

    @cached_property
    def sd(self) -> float:
        """Of the interpolated distribution, by its pieces: a little less than that of the values."""
        off = self._ordered - self.mean
        pieces = (off[:-1] ** 2 + off[:-1] * off[1:] + off[1:] ** 2) / 3
        ends = (off[0] ** 2 + off[-1] ** 2) / 2
        return math.sqrt((math.fsum(pieces) + ends) / len(off)) if off[0] < off[-1] else 0.0

    def quantile(self, u: Array) -> Array:
        """Interpolated between the values in order."""
        return np.asarray(np.interp(u, self._places, self._ordered))

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """The quantile of Phi(z)."""
        return through_uniform(self.quantile, z, out)

    def cdf(self, x: Array) -> Array:
        """How much lies at or below x; half a value's weight lies at each end."""
        ordered, places = self._ordered, self._places
        inside = np.interp(x, ordered, places)
        last = np.searchsorted(ordered, x, side="right")
        inside = np.where((last > 0) & (ordered[last - 1] == x), places[last - 1], inside)
        return np.where(x < ordered[0], 0.0, np.where(x >= ordered[-1], 1.0, inside))

    def support(self) -> tuple[float, float]:
        """The least and greatest value."""
        return float(self._ordered[0]), float(self._ordered[-1])


@dataclass(frozen=True)
class Truncated:
    """A distribution given that it lies between `least` and `most`; values outside are not moved to the bounds.

    The quantile at u is that of the whole at F(least) + u (F(most) - F(least)).
    """

    of: Distribution
    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        require_finite(least=self.least, most=self.most)
        low, high = self.support()
        if self._below_and_above[1] - self._below_and_above[0] < LEAST_SHARE or low > high:
            bounds = " and ".join(
                f"{word} {value:g}" for word, value in (("least", self.least), ("most", self.most)) if value is not None
            )
            likely = self.of.quantile(np.array([0.05, 0.95]))
            raise DistributionError(
                f"next to nothing of the distribution lies within {bounds}",
                f"write bounds that leave some of it; nine tenths lie between {likely[0]:g} and {likely[1]:g}",
            )

    @cached_property
    def _below_and_above(self) -> tuple[float, float]:
        """The shares of the whole up to the two bounds; a bound at or beyond its end cuts nothing off."""
        low, high = self.of.support()
        below = 0.0 if self.least is None or self.least <= low else float(self.of.cdf(np.array(self.least)))
        above = 1.0 if self.most is None or self.most >= high else float(self.of.cdf(np.array(self.most)))
        return below, above

    @cached_property
    def _moments(self) -> tuple[float, float]:
        return moments(self.quantile)

    @property
    def mean(self) -> float:
        """By quadrature; of what is left, not of the whole."""
        return self._moments[0] if self.of.sd else self.of.mean

    @property
    def sd(self) -> float:
        """By quadrature."""
        return self._moments[1] if self.of.sd else 0.0

    def quantile(self, u: Array) -> Array:
        """The quantile of the whole at the rescaled share; held within the bounds against rounding alone."""
        below, above = self._below_and_above
        values = self.of.quantile(below + (above - below) * u)
        return np.clip(values, *self.support(), out=values)

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """The quantile of Phi(z)."""
        return through_uniform(self.quantile, z, out)

    def cdf(self, x: Array) -> Array:
        """(F(x) - F(least))/(F(most) - F(least))."""
        below, above = self._below_and_above
        return np.clip((self.of.cdf(x) - below) / (above - below), 0.0, 1.0)

    def support(self) -> tuple[float, float]:
        """The bounds, as far as they cut."""
        low, high = self.of.support()
        return (low if self.least is None else max(low, self.least)), (
            high if self.most is None else min(high, self.most)
        )
