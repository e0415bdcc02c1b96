"""A distribution through three percentiles: the metalog (Keelin, Decision Analysis 13 (2016) 243-277).

With L = ln(u / (1 - u)), M(u) = a1 + a2 L + a3 (u - 1/2) L passes through the P10, P50 and P90 exactly. Without
bounds the quantile is M. With a least value it is least + e^M (log metalog), with a most it is most - e^-M, with both
it is (least + most e^M) / (1 + e^M) (logit metalog); the percentiles are then carried to the scale of M before fitting.

A density is positive everywhere if and only if |a3| < a2 * 1.66711: since dM/du u(1 - u) = a2 + a3 g(u) with
g = u - 1/2 + u(1 - u) L, whose largest value, where t tanh(t/2) = 2 for t = L, is 0.59984. For the percentiles this
means that the median is at least 16.66% of the way from P10 to P90, and from P90 to P10, on the scale of M.

One draw: P10 3%, P50 20%, P90 59% on 0..100% and u = 0.9 give L = ln 9, M = logit(0.59), and 59%.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcp_finance.sampling.family import (
    DistributionError,
    require_apart,
    require_finite,
    require_order,
    step_at,
    through_uniform,
)
from mcp_finance.sampling.special import Array

LARGEST_SKEW = 1.6671131192
"""The largest |a3| / a2 with a density: the inverse of the largest value of g."""
NEAREST = 0.5 - 0.4 * LARGEST_SKEW / 2
"""How near the median may come to P10 or P90, as a share of the way between them on the scale of M."""
_LN9 = math.log(9.0)
_STEP = 1 / 32
_REACH = 40.0
_HALVINGS = 64
_TRIALS = 64
_MARGIN = 1e-9


@dataclass(frozen=True)
class Percentiles:
    """The metalog through P10, P50 and P90, bounded by `least` and `most` where they are given; units of the variable.

    Three equal percentiles are a constant.
    """

    p10: float
    p50: float
    p90: float
    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        _require_ordered({"p10": self.p10, "p50": self.p50, "p90": self.p90}, self.least, self.most)
        if self._constant:
            return
        scale = _Scale(self.least, self.most)
        nearest, furthest = scale.back(np.array(scale.medians(self.p10, self.p90))).tolist()
        if not nearest < self.p50 < furthest:
            raise DistributionError(
                f"no smooth distribution with P10 {self.p10:g} and P90 {self.p90:g} has a P50 of {self.p50:g}",
                f"write a p50 between {nearest:.6g} and {furthest:.6g}, or move p10 or p90",
            )
        if math.isinf(self.mean):
            raise DistributionError(
                f"P10 {self.p10:g}, P50 {self.p50:g} and P90 {self.p90:g} with one bound have so long a tail that "
                "the mean is infinite",
                "write both least and most",
            )

    @classmethod
    def with_mean(
        cls, p10: float, mean: float, p90: float, least: float | None = None, most: float | None = None
    ) -> Percentiles:
        """The metalog with this P10, P90 and mean (a quadrature): its P50 is solved for."""
        _require_ordered({"p10": p10, "p90": p90}, least, most)
        require_finite(mean=mean)
        if p10 == p90 != mean:
            raise DistributionError(
                f"P10 and P90 are both {p10:g} but the mean is {mean:g}", "write three equal numbers"
            )
        if p10 == p90:
            return cls(p10, mean, p90, least, most)
        return cls(p10, _median(_Scale(least, most), p10, mean, p90), p90, least, most)

    @cached_property
    def mean(self) -> float:
        """By quadrature; without bounds it is a1 + a3/2."""
        return self.p50 if self._constant else self._curve.moment(0.0, 1)

    @cached_property
    def sd(self) -> float:
        """By quadrature; infinite for one bound and a long tail."""
        return 0.0 if self._constant else math.sqrt(self._curve.moment(self.mean, 2))

    def quantile(self, u: Array) -> Array:
        """M(u), carried back to the scale of the variable."""
        if self._constant:
            return np.full(np.shape(u), self.p50)
        with np.errstate(divide="ignore"):
            logit = np.log(u / (1.0 - u))
        return self._curve.at(logit, u)

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """The quantile of Phi(z)."""
        return through_uniform(self.quantile, z, out)

    def cdf(self, x: Array) -> Array:
        """By bisection in t = ln(u / (1 - u)), in which M rises."""
        if self._constant:
            return step_at(self.p50, x)
        with np.errstate(divide="ignore"):
            wanted = self._curve.scale.forth(np.clip(x, *self.support()))
        below, above = np.full(wanted.shape, -700.0), np.full(wanted.shape, 700.0)
        for _ in range(_HALVINGS):
            middle = (below + above) / 2
            up = self._curve.scaled(middle) <= wanted
            below, above = np.where(up, middle, below), np.where(up, above, middle)
        return np.asarray(1.0 / (1.0 + np.exp(-below)))

    def support(self) -> tuple[float, float]:
        """The bounds that are given, else infinity; the constant alone if the percentiles are equal."""
        if self._constant:
            return self.p50, self.p50
        return -math.inf if self.least is None else self.least, math.inf if self.most is None else self.most

    @property
    def _constant(self) -> bool:
        return self.p10 == self.p90

    @cached_property
    def _curve(self) -> _Curve:
        scale = _Scale(self.least, self.most)
        low, middle, high = scale.forth(np.array([self.p10, self.p50, self.p90])).tolist()
        return _through(scale, low, middle, high)


@dataclass(frozen=True, slots=True)
class _Scale:
    """How a variable between `least` and `most`, where they are given, is carried to the whole line of M."""

    least: float | None
    most: float | None

    def forth(self, x: Array) -> Array:
        if self.least is None:
            return x if self.most is None else np.asarray(-np.log(self.most - x))
        values = np.log(x - self.least)
        return np.asarray(values if self.most is None else values - np.log(self.most - x))

    def back(self, m: Array) -> Array:
        with np.errstate(over="ignore"):
            if self.least is None:
                return m if self.most is None else self.most - np.exp(-m)
            if self.most is None:
                return self.least + np.exp(m)
            return self.least + (self.most - self.least) / (1.0 + np.exp(-m))

    def medians(self, p10: float, p90: float) -> tuple[float, float]:
        """Between which M a median has a density."""
        low, high = self.forth(np.array([p10, p90])).tolist()
        return low + NEAREST * (high - low), high - NEAREST * (high - low)


@dataclass(frozen=True, slots=True)
class _Curve:
    """M and the scale of it."""

    scale: _Scale
    a1: float
    a2: float
    a3: float

    def at(self, logit: Array, u: Array) -> Array:
        """The value at u, of which `logit` is ln(u / (1 - u)); the array of it is used up."""
        logit *= self.a3 * u + (self.a2 - self.a3 / 2)
        logit += self.a1
        return self.scale.back(logit)

    def scaled(self, t: Array) -> Array:
        """M at u = 1 / (1 + e^-t); u - 1/2 is tanh(t/2) / 2, without cancellation in the tails."""
        return np.asarray(self.a1 + t * (self.a2 + self.a3 / 2 * np.tanh(t / 2)))

    def moment(self, about: float, power: int) -> float:
        """E[(X - about)^power], power 1 or 2: a trapezoidal rule in t, where du = dt / (2 + 2 cosh t).

        The integrand is analytic and falls off exponentially, so that the rule converges to rounding. On the side
        without a bound it falls as e^-(1 - power * slope)|t|; a slope of 1/power or more is an infinite moment.
        """
        slope = 0.0
        if (self.scale.least is None) != (self.scale.most is None):
            slope = self.a2 + (self.a3 if self.scale.most is None else -self.a3) / 2
        if power * slope >= 1:
            return -math.inf if self.scale.least is None and power == 1 else math.inf
        reach = min(_REACH / (1 - power * slope), 600.0)
        t = np.arange(-reach, reach + _STEP, _STEP)
        values = (self.scale.back(self.scaled(t)) - about) ** power
        return float((_STEP / (2 + 2 * np.cosh(t))) @ values)


def _through(scale: _Scale, low: float, middle: float, high: float) -> _Curve:
    """The curve with M = low, middle and high at P10, P50 and P90, where L is -ln 9, 0 and ln 9."""
    return _Curve(scale, middle, (high - low) / (2 * _LN9), (high + low - 2 * middle) / (0.8 * _LN9))


def _median(scale: _Scale, p10: float, mean: float, p90: float) -> float:
    """The P50 with which the mean is `mean`.

    The mean need not rise with the median, since the tails fall as it rises: it is scanned, and where it crosses the
    one wanted, the crossing found by bisection. Of several the one nearest the middle between P10 and P90 on the
    scale of M.
    """
    low, high = scale.forth(np.array([p10, p90])).tolist()
    nearest, furthest = scale.medians(p10, p90)
    margin = _MARGIN * (furthest - nearest)

    def excess(median: float) -> float:
        return _through(scale, low, median, high).moment(0.0, 1) - mean

    medians = np.linspace(nearest + margin, furthest - margin, _TRIALS + 1).tolist()
    found = [excess(median) for median in medians]
    crossings = [k for k in range(_TRIALS) if (found[k] < 0) != (found[k + 1] < 0)]
    if not crossings:
        raise _no_mean(p10, mean, p90, [mean + value for value in found])
    k = min(crossings, key=lambda k: abs(2 * k + 1 - _TRIALS))
    below, above = (medians[k], medians[k + 1]) if found[k] < 0 else (medians[k + 1], medians[k])
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        below, above = (middle, above) if excess(middle) < 0 else (below, middle)
    return float(scale.back(np.array(above)))


def _no_mean(p10: float, mean: float, p90: float, means: list[float]) -> DistributionError:
    least, most = min(means), max(means)
    if math.isinf(most):
        between = f"of at least {least:.6g}"
    elif math.isinf(least):
        between = f"of at most {most:.6g}"
    else:
        between = f"between {least:.6g} and {most:.6g}"
    return DistributionError(
        f"no smooth distribution with P10 {p10:g} and P90 {p90:g} on these bounds has a mean of {mean:g}",
        f"write a mean {between}, or other percentiles, or bounds nearer to them",
    )


def _require_ordered(values: dict[str, float], least: float | None, most: float | None) -> None:
    """The percentiles rise, or are all equal, and lie within the bounds.

    Raises:
        DistributionError: otherwise.
    """
    require_finite(**values, least=least, most=most)
    if least is not None and most is not None:
        require_order(least, most)
    names, numbers = list(values), list(values.values())
    spread = len(set(numbers)) > 1
    require_apart(numbers[0], numbers[-1])
    for k in range(len(numbers) - 1):
        if spread and numbers[k] >= numbers[k + 1]:
            raise DistributionError(
                f"{names[k]} ({numbers[k]:g}) is not below {names[k + 1]} ({numbers[k + 1]:g})",
                f"write percentiles that rise from {names[0]} to {names[-1]}; all equal for a constant",
            )
    if least is not None and (numbers[0] < least or (spread and numbers[0] == least)):
        raise DistributionError(
            f"least ({least:g}) is not below {names[0]} ({numbers[0]:g})", f"write a least below {numbers[0]:g}"
        )
    if most is not None and (numbers[-1] > most or (spread and numbers[-1] == most)):
        raise DistributionError(
            f"most ({most:g}) is not above {names[-1]} ({numbers[-1]:g})", f"write a most above {numbers[-1]:g}"
        )
