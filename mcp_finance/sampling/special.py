"""The special functions that draws need, with types. scipy is loaded by the first call, since loading takes 0.2 s.

One draw: a standard normal z = 1.2816 has `normal_cdf(z)` = 0.9 of the normal's mass below it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@cache
def _scipy() -> ModuleType:
    return import_module("scipy.special")


def normal_cdf(z: Array, out: Array | None = None) -> Array:
    """Phi(z): how much of a standard normal lies below z."""
    values: Array = _scipy().ndtr(z, out=out)
    return values


def normal_quantile(u: Array) -> Array:
    """The z below which a share u of a standard normal lies."""
    values: Array = _scipy().ndtri(u)
    return values


def beta_cdf(alpha: float, beta: float, x: Array) -> Array:
    """The regularised incomplete beta function I_x(alpha, beta)."""
    values: Array = _scipy().betainc(alpha, beta, x)
    return values


def beta_quantile(alpha: float, beta: float, u: Array) -> Array:
    """The x in 0..1 with I_x(alpha, beta) = u."""
    values: Array = _scipy().betaincinv(alpha, beta, u)
    return values


def log_beta(alpha: float, beta: float) -> float:
    """ln B(alpha, beta)."""
    return float(_scipy().betaln(alpha, beta))
