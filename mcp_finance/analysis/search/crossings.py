"""Where a figure reaches a goal as an amount is turned: every place in a range, and the truth where there is none.

Results of a contract have kinks (limits, thresholds) and jumps (dates), may turn back, and may not exist for some
amounts. So a range is looked at point by point, most closely round the amount of today; what lies between two points on
either side of the goal is bracketed ever more narrowly until it meets the goal, or until the two sides of a jump are
left; a point nearer to the goal than both of its neighbours is followed to where it comes nearest.

One search: f(x) = 100 - 40x for a goal of 0 on 0 to 10. Points at 2 and 3 have 20 and -20, between them Brent's method
finds 2.5. With f(x) = 10 up to 2.5 and -10 beyond, the same bracket narrows to 2.5 and the next number: a jump.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from itertools import groupby, pairwise
from typing import Literal

import numpy as np

Kind = Literal["meets", "jumps", "stays"]
Function = Callable[[float], float | None]
"""The figure for an amount; None where there can be no such amount."""

EVENLY, HALVINGS, TURNS, NARROWINGS = 17, 12, 14, 60
DIGITS = 15
"""Decimals of an amount: more than any result shows, few enough that the amount can be written."""
GRAIN, STILL = 1e-14, 1e-3


@dataclass(frozen=True, slots=True)
class Point:
    """An amount, and the figure for it."""

    amount: float
    value: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """One place where the figure meets the goal, jumps across it, or stays on it.

    `at` is that place; the far end of what stays, and the other side of a jump, is `other`. Of both, `at` is nearer to
    the amount of today where the figure stays, and farther where it jumps: the first amount beyond the goal.
    """

    kind: Kind
    at: Point
    other: Point | None = None


@dataclass(slots=True)
class Search:
    """A figure as a function of an amount, and all that was asked of it.

    `close` is how near to the goal is on it; a step of more than `leap` at one amount is a jump.
    """

    f: Function
    goal: float
    close: float
    leap: float
    today: float
    asked: dict[float, float | None] = field(default_factory=dict)

    def off(self, amount: float) -> float | None:
        """How far the figure lies from the goal, above or below."""
        amount = round(amount, DIGITS)
        if amount not in self.asked:
            value = self.f(amount)
            self.asked[amount] = value if value is not None and np.isfinite(value) else None
        found = self.asked[amount]
        return None if found is None else found - self.goal

    def side(self, amount: float) -> int | None:
        """-1 below the goal, 1 above it, 0 on it."""
        found = self.off(amount)
        return None if found is None else 0 if abs(found) <= self.close else 1 if found > 0 else -1

    @property
    def points(self) -> tuple[Point, ...]:
        """All amounts for which there is a figure, in order."""
        return tuple(Point(a, v) for a, v in sorted(self.asked.items()) if v is not None)

    @property
    def closest(self) -> Point:
        return min(self.points, key=lambda p: abs(p.value - self.goal))

    def crossings(self, low: float, high: float) -> tuple[Crossing, ...]:
        """Every place found in a range, the nearest to today's amount first."""
        for amount in grid(low, high, self.today):
            self.off(amount)
        self._edges()
        self._turns()
        found = [*self._stays(), *self._between()]
        return tuple(sorted(found, key=lambda c: abs(c.at.amount - self.today)))

    def _edges(self) -> None:
        """The last amounts that can be, wherever a point that can be stands beside one that cannot."""
        for a, b in pairwise(sorted(self.asked)):
            if (self.asked[a] is None) != (self.asked[b] is None):
                self._narrow(a, b, lambda amount: self.asked[amount] is None)

    def _turns(self) -> None:
        """Points nearer to the goal than both neighbours, followed to where the figure comes nearest to it."""
        points = self.points
        for a, b, c in zip(points, points[1:], points[2:], strict=False):
            sides = {self.side(p.amount) for p in (a, b, c)}
            nearest = abs(b.value - self.goal) < min(abs(a.value - self.goal), abs(c.value - self.goal))
            if nearest and len(sides) == 1 and 0 not in sides and self._joined(a, c):
                self._follow(a.amount, c.amount)

    def _follow(self, low: float, high: float) -> None:
        """The golden section: the range narrows round the nearest point, until it crosses the goal."""
        part = (np.sqrt(5) - 1) / 2
        start = self.side(low)
        for _ in range(TURNS):
            left, right = high - part * (high - low), low + part * (high - low)
            offs = [self.off(x) for x in (left, right)]
            if None in offs or any(self.side(x) != start for x in (left, right)):
                return
            if abs(offs[0] or 0.0) < abs(offs[1] or 0.0):
                high = right
            else:
                low = left

    def _stays(self) -> Iterable[Crossing]:
        """Points on the goal: alone, or a stretch of them with both its ends."""
        runs = [(side, list(found)) for side, found in groupby(self.points, key=lambda p: self.side(p.amount))]
        width = 1e-6 * (self.points[-1].amount - self.points[0].amount) if runs else 0.0
        for k, (side, found) in enumerate(runs):
            if side == 0:
                first, last = found[0], found[-1]
                if k > 0 and self._joined(runs[k - 1][1][-1], first):
                    first = self._last_like(first, runs[k - 1][1][-1])
                if k + 1 < len(runs) and self._joined(last, runs[k + 1][1][0]):
                    last = self._last_like(last, runs[k + 1][1][0])
                yield self._stretch(first, last, found, width)

    def _stretch(self, first: Point, last: Point, found: list[Point], width: float) -> Crossing:
        """What lies on the goal from one point to another: one amount, unless it is wider than a steep figure is."""
        if last.amount - first.amount <= width:
            return Crossing("meets", min(found, key=lambda p: abs(p.value - self.goal)))
        if first.amount <= self.today <= last.amount:
            return Crossing("stays", Point(self.today, self._value(self.today)), last)
        near, far = sorted((first, last), key=lambda p: abs(p.amount - self.today))
        return Crossing("stays", near, far)

    def _last_like(self, on: Point, beyond: Point) -> Point:
        """The last amount with the same figure on the way to one with another."""
        still = STILL * self.close

        def same(amount: float) -> bool:
            off = self.off(amount)
            return off is not None and abs(off + self.goal - on.value) <= still

        last = self._narrow(on.amount, beyond.amount, same)[0]
        return Point(last, self._value(last))

    def _between(self) -> Iterable[Crossing]:
        """Between neighbours on either side of the goal."""
        for a, b in pairwise(self.points):
            if {self.side(a.amount), self.side(b.amount)} == {-1, 1} and self._joined(a, b):
                yield self._bracketed(a.amount, b.amount)

    def _bracketed(self, low: float, high: float) -> Crossing:
        """Where a bracket meets the goal, or the two sides of the jump that it narrows to."""
        known = set(self.asked)

        def off(amount: float) -> float:
            found = self.off(amount)
            if found is None:
                raise _NoSuchAmount
            return found

        try:
            optimize = import_module("scipy.optimize")  # loaded where it is used: it takes half a second
            optimize.brentq(off, low, high, xtol=GRAIN, rtol=4 * np.finfo(float).eps)
        except _NoSuchAmount:
            self._narrow(low, high, partial(self._same_side, low))
        inside = [
            p for p in self.points if low <= p.amount <= high and (p.amount not in known or p.amount in (low, high))
        ]
        best = min(inside, key=lambda p: abs(p.value - self.goal))
        if abs(best.value - self.goal) <= self.close:
            return Crossing("meets", best)
        a, b = next((a, b) for a, b in pairwise(inside) if self.side(a.amount) != self.side(b.amount))
        if abs(a.value - b.value) <= self.leap:
            return Crossing("meets", min(a, b, key=lambda p: abs(p.value - self.goal)))
        near, far = sorted((a, b), key=lambda p: abs(p.amount - self.today))
        return Crossing("jumps", far, near)

    def _same_side(self, low: float, amount: float) -> bool:
        return self.side(amount) == self.side(low)

    def _narrow(self, inside: float, outside: float, holds: Callable[[float], bool]) -> tuple[float, float]:
        """Two amounts as near as can be, of which a test tells the first from the second as it does those given."""
        first = holds(inside)
        for _ in range(NARROWINGS):
            middle = round((inside + outside) / 2, DIGITS)
            if middle in (inside, outside) or abs(outside - inside) <= GRAIN * max(1.0, abs(inside)):
                break
            self.off(middle)
            if holds(middle) == first:
                inside = middle
            else:
                outside = middle
        return inside, outside

    def _value(self, amount: float) -> float:
        found = self.off(amount)
        assert found is not None
        return found + self.goal

    def _joined(self, a: Point, b: Point) -> bool:
        """Whether no amount between two is known to have no figure."""
        return all(v is not None for x, v in self.asked.items() if a.amount < x < b.amount)


class _NoSuchAmount(Exception):
    """Between two amounts lies one that cannot be."""


def grid(low: float, high: float, today: float) -> tuple[float, ...]:
    """Amounts to look at: evenly over the range, and ever closer round today's amount."""
    today = min(max(today, low), high)
    even = np.linspace(low, high, EVENLY)
    near = [today + (end - today) * 0.5**k for end in (low, high) for k in range(HALVINGS)]
    return tuple(sorted({round(float(a), DIGITS) for a in (*even, *near, today)}))


def edge(possible: Callable[[float], bool], sure: float, beyond: float) -> float:
    """The last possible amount from one that is on the way to another, as a round number where that is as good."""
    if possible(beyond):
        return beyond
    inside, outside = sure, beyond
    while abs(outside - inside) > 1e-12 * max(1.0, abs(inside)):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if possible(middle) else (inside, middle)
    neat = (round(inside, places) for places in (0, 2, 4, 6, 9))
    return next((n for n in neat if abs(n - inside) <= 1e-9 * max(1.0, abs(inside)) and possible(n)), inside)
