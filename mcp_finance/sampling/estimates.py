"""What a finite number of draws says about the whole distribution, and how far it may be out.

Each estimate comes with its Monte Carlo standard error: by how much it would differ, typically, had other draws been
taken. It says nothing of whether the inputs' distributions are right. Draws stand on the last axis; every other axis is
kept (years, parties).

One quantile: the P90 of 1,000 draws lies at the 900th in order; the number of draws below the true P90 is binomial
with a standard deviation of sqrt(1000 * 0.9 * 0.1) = 9.5, so half the distance between the 890th and the 909th is its
error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from mcp_finance.sampling.special import Array

DRAWS_BEYOND = 100
"""Draws that must lie beyond a quantile: the share beyond it is then known to a tenth of itself, sqrt(100)/100."""


def mean_and_error(x: Array) -> tuple[Array, Array]:
    """The mean, and sd/sqrt(n) with the sd of a sample (n - 1); the error of a single draw is infinite."""
    n = x.shape[-1]
    mean = x.mean(axis=-1)
    error = x.std(axis=-1, ddof=1) / math.sqrt(n) if n > 1 else np.full(mean.shape, np.inf)
    return np.asarray(mean), np.asarray(error)


def quantile_and_error(sorted_x: Array, p: float) -> tuple[Array, Array]:
    """The p-quantile of draws that are sorted on the last axis, and its standard error without assuming a distribution.

    The quantile is numpy's (type 7, the (n - 1)p-th in order from 0, interpolated). Its error is half the distance
    between the order statistics n p -+ sqrt(n p (1 - p)), one standard deviation of the binomial number of draws
    below it either way, interpolated (David and Nagaraja, Order Statistics, 3rd edition (2003), section 7.1). It is
    infinite where that rank is outside the draws: nothing was drawn that far out.
    """
    if not 0 < p < 1:
        raise ValueError(f"a quantile must be between 0 and 1, not {p}")
    n = sorted_x.shape[-1]
    spread = math.sqrt(n * p * (1 - p))
    low, high = n * p - spread - 0.5, n * p + spread - 0.5
    value = _at(sorted_x, (n - 1) * p)
    if low < 0 or high > n - 1:
        return value, np.full(value.shape, np.inf)
    return value, (_at(sorted_x, high) - _at(sorted_x, low)) / 2


def _at(sorted_x: Array, place: float) -> Array:
    """The draw at a place in order, counted from 0, interpolated in a line; equal draws give themselves exactly."""
    below = min(math.floor(place), sorted_x.shape[-1] - 1)
    above = min(below + 1, sorted_x.shape[-1] - 1)
    low, high = sorted_x[..., below], sorted_x[..., above]
    return np.asarray(low + (high - low) * (place - below))


def proportion_and_error(hits: ArrayLike, draws: int) -> tuple[Array, Array]:
    """A probability from how many draws hit, and sqrt(p (1 - p)/n).

    With no hit, or nothing but hits, that would be 0, which is not what is known. The error is then given as 3/n,
    within which the probability lies with 95% confidence (the rule of three: 0.95 = 1 - (1 - 3/n)^n; Hanley and
    Lippman-Hand, JAMA 249 (1983)).
    """
    p = np.asarray(hits, dtype=float) / draws
    error = np.sqrt(p * (1 - p) / draws)
    return p, np.where(error > 0, error, min(1.0, 3.0 / draws))


def draws_needed(p: float, beyond: int = DRAWS_BEYOND) -> int:
    """The fewest draws that put `beyond` of them, on average, on the nearer side of the p-quantile.

    With 100 beyond: 200 for a median, 1,000 for a P90, 2,000 for a P95, 10,000 for a P99.
    """
    if not 0 < p < 1:
        raise ValueError(f"a quantile must be between 0 and 1, not {p}")
    return math.ceil(round(beyond / min(p, 1 - p), 6))


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and sum of squared deviations of draws, which can be merged without the draws.

    Chan, Golub and LeVeque, The American Statistician 37 (1983). Merging the same parts in the same order gives the
    same digits, whoever computed the parts and when.
    """

    count: int
    mean: Array
    m2: Array

    @classmethod
    def of(cls, x: Array) -> Moments:
        """Those of the draws on the last axis."""
        mean = x.mean(axis=-1)
        return cls(x.shape[-1], np.asarray(mean), np.asarray(((x - mean[..., None]) ** 2).sum(axis=-1)))

    def merge(self, other: Moments) -> Moments:
        """Those of both sets of draws together; either may be empty."""
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        return Moments(count, mean, self.m2 + other.m2 + apart**2 * (self.count * other.count / count))

    @classmethod
    def merged(cls, parts: Iterable[Moments]) -> Moments:
        """Those of every part together, from the first to the last."""
        return reduce(cls.merge, parts)

    @property
    def variance(self) -> Array:
        """With n - 1; infinite for a single draw, of which nothing is known."""
        return self.m2 / (self.count - 1) if self.count > 1 else np.full(self.mean.shape, np.inf)

    @property
    def error(self) -> Array:
        """The standard error of the mean."""
        return np.asarray(np.sqrt(self.variance / self.count))
