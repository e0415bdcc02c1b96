"""Levers turned until a plan fails, one at a time and in pairs; or, where it fails as it is, until it holds.

Points are looked at in their hundreds, outwards from the plan, so that the first amount that fails is found also where
more of it would help again; the bracket round it is divided until no digit is left. Every single answer is then proved
by a run of its own, and moved by a hair where rounding asks for it.

One lever: growth of 0.10 points a year more holds and 0.20 fails; of 32 amounts between, 0.1281 is the first that
fails; nine such rounds later it is 0.12488, where the margin is -£0.01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcp_finance.analysis.futures.outcomes import Truth
from mcp_finance.analysis.run import PENNY
from mcp_finance.analysis.search.crossings import DIGITS, Point
from mcp_finance.analysis.search.levers import NEUTRAL, Fitted, Lever
from mcp_finance.analysis.search.margins import LOOKED_AT, Margins, Proof
from mcp_finance.analysis.search.standard import Standard
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.distributions import Normal
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.uncertain import Source, Target, Uncertain

PARTS, ROUNDS = 32, 9
ALONG, ACROSS, PAIR_ROUNDS = 9, 28, 8
MOST_STEPS = 5.0
"""How far a pair is followed where a lever alone does not do it."""
LESS = 0.99


@dataclass(frozen=True, slots=True)
class LeverResult:
    """One lever turned until the plan fails (or, if it fails as it is, until it holds).

    `steps` are steps of the lever, above nothing in the way that does harm. Without an answer all are None, and
    `closest` is where the margin comes nearest to changing sides.
    """

    fitted: Fitted
    steps: float | None
    amount: float | None
    proof: Proof | None
    closest: Point

    @property
    def lever(self) -> Lever:
        return self.fitted.lever

    @property
    def change(self) -> Change | None:
        return None if self.amount is None else self.lever.change(self.amount)


@dataclass(frozen=True, slots=True)
class Frontier:
    """Pairs of amounts that just fail: for each amount of the first lever the smallest of the second; None where there
    is none as far as it was followed, to `limit`."""

    first: Fitted
    second: Fitted
    points: tuple[tuple[float, float | None], ...]
    limit: float


class Turned:
    """Levers of a run, and its least margin after so many steps of each."""

    def __init__(self, at: Margins, levers: Sequence[Fitted]) -> None:
        self.at, self.levers = at, tuple(levers)
        self.signs = np.array([np.sign(f.lever.step) for f in levers])
        self.standard = Standard(at.run, _as_uncertain(levers), at.rows)
        self._margin = at.least_at(self.standard)

    def margin(self, *turned: tuple[int, Array]) -> Array:
        """The least margin with some levers turned by some steps, and all others as they are."""
        points = np.zeros((len(self.levers), turned[0][1].size))
        for k, steps in turned:
            points[k] = steps * self.signs[k]
        return self._margin(points)

    @property
    def bounds(self) -> tuple[Array, Array]:
        """The least and the greatest normal number of each lever."""
        ends = [
            sorted((s * low, s * high)) for s, (low, high) in zip(self.signs, map(_limits, self.levers), strict=True)
        ]
        return np.array([low for low, _ in ends]), np.array([high for _, high in ends])

    # One at a time ----------------------------------------------------------------------------------------------------

    def single(self, k: int, *, saving: bool = False) -> LeverResult:
        """The smallest turn of a lever that fails, or of either way that saves."""
        fitted, (back, forth) = self.levers[k], _limits(self.levers[k])
        closest = Point(fitted.today, min(self.at.until(self.at.run)))
        if saving is (self.at.fails is None):
            return LeverResult(fitted, 0.0, fitted.today, self._proof(fitted, 0.0), closest)
        found = []
        for end in (forth, back) if saving else (forth,):
            steps, near = self._outwards(k, end, saving)
            if abs(near.value) < abs(closest.value):
                closest = Point(fitted.lever.amount(near.amount), near.value)
            if steps is not None and (proved := self._proved(fitted, steps, saving)) is not None:
                found.append(proved)
        if not found:
            return LeverResult(fitted, None, None, None, closest)
        steps = min(found, key=abs)
        return LeverResult(fitted, steps, _neat(fitted.lever, steps), self._proof(fitted, steps), closest)

    def _outwards(self, k: int, end: float, saving: bool) -> tuple[float | None, Point]:
        """The first steps on the way to an end at which the plan changes sides, and where it comes nearest to it."""
        near = end * 0.5 ** np.arange(1, LOOKED_AT // 4)
        looked = np.unique(np.abs(np.concatenate([near, end * np.linspace(0, 1, LOOKED_AT - near.size)])))
        looked = looked * np.sign(end or 1.0)
        values = self.margin((k, looked))
        near_by = int(np.argmin(np.abs(values)))
        closest = Point(float(looked[near_by]), float(values[near_by]))
        over = (values < -PENNY) != saving
        if not over[1:].any():
            return None, closest
        first = 1 + int(np.argmax(over[1:]))
        low, high = looked[first - 1], looked[first]
        for _ in range(ROUNDS):
            parts = low + (high - low) * np.arange(1, PARTS + 1) / PARTS
            over = (self.margin((k, parts)) < -PENNY) != saving
            over[-1] = True
            first = int(np.argmax(over))
            low, high = parts[first - 1] if first else low, parts[first]
        return float(high), closest

    def _proved(self, fitted: Fitted, steps: float, saving: bool) -> float | None:
        """Steps whose own run changes sides; a hair more, where rounding asks for it."""
        for hair in (0.0, *(10.0**k for k in range(-14, -8))):
            asked = steps * (1 + hair)
            found = self.at.after([fitted.lever.change(_neat(fitted.lever, asked))])
            if found is not None and (self.at.year_of(found) is None) is saving:
                return asked
        return None

    def _proof(self, fitted: Fitted, steps: float) -> Proof | None:
        """The run at some steps, and the margin with 1% less of them."""
        lever = fitted.lever
        there, less = (lever.change(_neat(lever, part * steps)) for part in (1.0, LESS))
        return self.at.proof([there], [less])

    # In pairs ---------------------------------------------------------------------------------------------------------

    def frontier(self, first: LeverResult, second: LeverResult) -> Frontier:
        """For amounts of the first lever from nothing to what it takes alone, the least of the second that fails."""
        a, b = self.levers.index(first.fitted), self.levers.index(second.fitted)
        along = np.linspace(0, first.steps or min(MOST_STEPS, _limits(first.fitted)[1]), ALONG)
        limit = min(max(2 * (second.steps or 0.0), MOST_STEPS), _limits(second.fitted)[1])
        low, high = np.full(ALONG, 0.0), np.full(ALONG, limit)

        def fails(across: Array) -> Truth:
            found = self.margin((a, np.repeat(along, across.shape[1])), (b, across.ravel()))
            return np.asarray(found < -PENNY).reshape(across.shape)

        at_once = fails(np.zeros((ALONG, 1)))[:, 0]
        reached = np.ones(ALONG, dtype=bool)
        for _ in range(PAIR_ROUNDS):
            parts = low[:, None] + (high - low)[:, None] * np.arange(1, ACROSS + 1) / ACROSS
            over = fails(parts)
            reached &= over.any(axis=1)
            at = np.argmax(over, axis=1)
            each = np.arange(ALONG)
            low, high = np.where(at > 0, parts[each, at - 1], low), parts[each, at]
        one, other = first.lever, second.lever
        points = tuple(
            (_neat(one, x), NEUTRAL[other.how] if nothing else _neat(other, y) if does else None)
            for x, y, nothing, does in zip(along.tolist(), high.tolist(), at_once, reached, strict=True)
        )
        return Frontier(first.fitted, second.fitted, points, other.amount(limit))


def _limits(fitted: Fitted) -> tuple[float, float]:
    """How many steps a lever can be turned back, below nothing, and forth."""
    lever = fitted.lever
    ends = sorted((end - NEUTRAL[lever.how]) / lever.step for end in (fitted.low, fitted.high))
    return min(ends[0], 0.0), max(ends[1], 0.0)


def _neat(lever: Lever, steps: float) -> float:
    """The amount of some steps, with no more digits than can be written."""
    return round(lever.amount(steps), DIGITS)


def _as_uncertain(levers: Sequence[Fitted]) -> Uncertain:
    """Levers as if each were a normal input with a step as its standard deviation: so that steps are normal numbers."""
    sources = tuple(
        Source(
            f.lever.name,
            f.lever.how,
            Normal(NEUTRAL[f.lever.how], abs(f.lever.step)),
            "whole_term",
            (Target("", f.addresses),),
            0.0,
            shares=True,
        )
        for f in levers
    )
    return Uncertain(0, sources, (), np.empty((0, 0)), {})
