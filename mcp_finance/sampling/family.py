"""What every family of distributions offers, and how bad parameters are refused.

A family is a frozen dataclass of its parameters, in the units of the variable. It is known by its quantile function:
the draw of an input is the quantile of a uniform u, or, since correlated draws begin as normals, of u = Phi(z).
Therefore every marginal is exact, whatever its correlation with others.

One draw: z = -1.2816 is the 10th percentile of a standard normal, and becomes the 10th percentile of the input.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from mcp_finance.sampling.special import Array, normal_cdf

_NODES = 2**14
_WIDEST = 34.0
"""ln(u / (1 - u)) of the u nearest 1 that is used: 1 - u = 2e-15."""
LARGEST = 1e30
"""Parameters are 0, or between 1/LARGEST and LARGEST in either direction."""
NEAREST = 1e-9
"""How near two bounds may be without being equal, as a share of the larger: nearer ones differ by rounding."""


class DistributionError(ValueError):
    """Parameters that no distribution has: what is wrong, and what to write instead."""

    def __init__(self, message: str, instead: str) -> None:
        self.message = message
        self.instead = instead
        super().__init__(message, instead)

    def __str__(self) -> str:
        return f"{self.message}; {self.instead}"


class Distribution(Protocol):
    """A marginal. `mean` and `sd` are attributes: parameters of some families, consequences in others."""

    @property
    def mean(self) -> float:
        """Its mean, in the units of the variable."""

    @property
    def sd(self) -> float:
        """Its standard deviation, in the units of the variable; 0 is a constant."""

    def quantile(self, u: Array) -> Array:
        """The value below which a share u of it lies, for u between 0 and 1."""

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """The quantile of Phi(z), into `out` if that is given."""

    def cdf(self, x: Array) -> Array:
        """How much of it lies at or below x."""

    def support(self) -> tuple[float, float]:
        """The lowest and highest value possible; may be infinite."""


def through_uniform(quantile: Callable[[Array], Array], z: Array, out: Array | None) -> Array:
    """`from_normal` for a family whose quantile is best reached by way of u = Phi(z)."""
    return into(quantile(normal_cdf(z)), out)


def into(values: Array, out: Array | None) -> Array:
    """`values`, in `out` if that is given."""
    if out is None:
        return values
    np.copyto(out, values)
    return out


def step_at(value: float, x: Array) -> Array:
    """The distribution function of a constant."""
    return np.where(np.asarray(x) >= value, 1.0, 0.0)


def moments(quantile: Callable[[Array], Array]) -> tuple[float, float]:
    """Mean and standard deviation by the trapezoidal rule in t = ln(u / (1 - u)).

    There the weight u(1 - u) dt falls off exponentially on both sides, so that smooth quantiles converge to rounding
    and those with a corner to about 1e-7 of their spread. Values are taken from the median, lest a large mean drown
    the sd.
    """
    t = np.linspace(-_WIDEST, _WIDEST, _NODES + 1)
    u = 1.0 / (1.0 + np.exp(-t))
    weight = u * u[::-1]
    weight /= weight.sum()
    middle = float(quantile(np.array([0.5]))[0])
    off = quantile(u) - middle
    mean = float(weight @ off)
    return middle + mean, math.sqrt(float(weight @ (off - mean) ** 2))


def require_finite(**parameters: float | None) -> None:
    """Every parameter is an ordinary number, that can be squared and divided by.

    Raises:
        DistributionError: one of them is infinite, not a number, beyond 10^30, or nearer 0 than 10^-30 but not 0.
    """
    for name, value in parameters.items():
        if value and not 1 / LARGEST <= abs(value) <= LARGEST:
            remedy = f"write 0 or a number between {1 / LARGEST:g} and {LARGEST:g}, or its negative, as {name}"
            raise DistributionError(f"{name} is {value:g}", remedy)


def require_sd(sd: float) -> None:
    """A standard deviation is 0 or more.

    Raises:
        DistributionError: it is negative.
    """
    if sd < 0:
        raise DistributionError(f"the standard deviation is {sd:g}, below 0", f"write {-sd:g}, or 0 for a constant")


def require_order(least: float, most: float) -> None:
    """Two bounds stand the right way round; they may be equal.

    Raises:
        DistributionError: the least is above the most, or they differ by rounding.
    """
    if least > most:
        raise DistributionError(f"least ({least:g}) is above most ({most:g})", "exchange the two")
    require_apart(least, most)


def require_apart(low: float, high: float) -> None:
    """Two numbers are equal or differ by more than rounding.

    Raises:
        DistributionError: they are too near.
    """
    if 0 < high - low < NEAREST * max(abs(low), abs(high)):
        raise DistributionError(f"{low!r} and {high!r} differ by no more than rounding", "write the same number twice")


def require_mode(least: float, mode: float, most: float) -> None:
    """A mode lies between its bounds.

    Raises:
        DistributionError: it lies outside.
    """
    require_order(least, most)
    if not least <= mode <= most:
        remedy = f"write a mode between {least:g} and {most:g}"
        raise DistributionError(f"the mode ({mode:g}) is outside {least:g} to {most:g}", remedy)
