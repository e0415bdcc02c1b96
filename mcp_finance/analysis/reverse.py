"""Reverse stress: what it takes for the budget holder's reserves to be used up by a given year.

The question is turned round: not what a stress does, but which stress does it. The margin of a year is the budget
holder's balance and what its parent still guarantees; the plan fails in the first year in which it is below nothing.
Levers (`mcp_finance.analysis.levers`) are turned one at a time until it fails, two at a time along a frontier, and all
together: of all combinations that fail, the most plausible is the one nearest to the plan, by the distributions of the
scenario's own `uncertainty` where it has one, else with each lever's step as one standard deviation. A plan that fails
as it is turns the question once more: how much of each lever, back or forth, of reserve or of price would save it.

One lever: the margin stays above nothing with growth up to 0.41 points a year faster, and is -£0.01 at 0.4173: that is
the answer, and with 1% less of it the plan holds. Points between are looked at in their hundreds
(`mcp_finance.analysis.standard`); every answer is proved by a run of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mcp_finance.analysis.crossings import DIGITS, Point
from mcp_finance.analysis.levers import LEVERS, NEUTRAL, RESCUES, Bench, Fitted, Lever
from mcp_finance.analysis.nearest import nearest
from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.analysis.solve import SolveError
from mcp_finance.analysis.standard import Standard
from mcp_finance.files.problems import quoted
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.distributions import Normal
from mcp_finance.sampling.special import normal_cdf
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.uncertain import Source, Target, Uncertain, uncertain

BALANCE, GUARANTEE = "budget_holder.closing", "guarantee_left"
LOOKED_AT, PARTS, ROUNDS = 256, 32, 9
ALONG, ACROSS, PAIR_ROUNDS = 9, 28, 8
MOST_STEPS = 5.0
"""How far a pair is followed where a lever alone does not do it."""
LESS = 0.99


@dataclass(frozen=True, slots=True)
class Proof:
    """The run at an answer: the first year that fails, if one does by the year asked, and its least margin until then;
    and the least margin with 1% less of the answer."""

    year: str | None
    margin: float
    less: float


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


@dataclass(frozen=True, slots=True)
class Piece:
    """What one uncertain input, or lever, has in the joint answer: its amounts from least to most, and its part of the
    squared distance."""

    name: str
    title: str
    unit: str
    how: str
    least: float
    most: float
    part: float


@dataclass(frozen=True, slots=True)
class Joint:
    """The most plausible combination that fails or, where the middle of all futures fails (`saves`), the one that holds.

    `distance` is in standard deviations, below nothing where it saves; `chance` of failing is what a flat boundary at
    that distance would mean: none where a lever's step stands for a standard deviation.
    """

    from_uncertainty: bool
    saves: bool
    distance: float
    chance: float | None
    pieces: tuple[Piece, ...]
    changes: tuple[Change, ...]
    proof: Proof
    chance_in_counts: bool


@dataclass(frozen=True, slots=True)
class Reverse:
    """Everything that reverse stress finds. `fails` is the year in which the plan fails as it is, if by the year asked;
    then `singles` are what would save it and there are no pairs. `absent` are levers that the contract has not got."""

    by: str
    fails: str | None
    margins: tuple[float, ...]
    singles: tuple[LeverResult, ...]
    pairs: tuple[Frontier, ...]
    joint: Joint | None
    absent: tuple[Lever, ...]


def reverse(run: Run, by: str | None = None, more: Sequence[Lever] = ()) -> Reverse:
    """Reverse stress of a run, by the end of a year (the last, if none is given), with levers of one's own.

    Raises:
        SolveError: the run has not got the year.
        ScenarioError: a lever of one's own moves nothing, or the scenario's `uncertainty` cannot be drawn.
    """
    at = _Bench(run, by)
    saving = at.fails is not None
    usual = (*LEVERS, *RESCUES) if saving else LEVERS
    levers, absent = at.fitting(usual), at.absent(usual)
    levers += tuple(at.fitted(lever, option="--lever") for lever in more)
    turned = _Turned(at, levers)
    singles = tuple(turned.single(k, saving=saving) for k in range(len(levers)))
    pairs = () if saving else tuple(turned.frontier(a, b) for a, b in combinations(singles, 2))
    margins = tuple(at.margins({n: run.results.series(n) for n in at.rows}).tolist())
    return Reverse(at.by, at.fails, margins, singles, pairs, _joint(at, turned), absent)


def smallest(run: Run, by_year: str | None = None, levers: Sequence[Lever] = LEVERS) -> tuple[LeverResult, ...]:
    """One at a time, the smallest amount of each lever with which the plan fails by a year: 0 steps if it does as it is.

    Levers that the contract has not got are left out.
    """
    at = _Bench(run, by_year)
    turned = _Turned(at, at.fitting(levers))
    return tuple(turned.single(k) for k in range(len(turned.levers)))


class _Bench(Bench):
    """A run, the year asked and the margin until then."""

    def __init__(self, run: Run, by: str | None) -> None:
        super().__init__(run)
        self.by = run.years[-1] if by is None else by
        if self.by not in run.years:
            raise SolveError(f"there is no year {quoted(self.by)} in this run", f"{run.years[0]} to {run.years[-1]}")
        self.count = run.years.index(self.by) + 1
        self.rows = tuple(n for n in (BALANCE, GUARANTEE) if n in run.model.rows)
        self.fails = self.year_of(run)

    def fitting(self, levers: Sequence[Lever]) -> tuple[Fitted, ...]:
        """The levers that the contract has."""
        absent = self.absent(levers)
        return tuple(self.fitted(lever) for lever in levers if lever not in absent)

    def absent(self, levers: Sequence[Lever]) -> tuple[Lever, ...]:
        """The levers that it has not."""
        return tuple(lever for lever in levers if not any(self.addresses.find(p) for p in lever.on))

    @staticmethod
    def margins(rows: Mapping[str, Array]) -> Array:
        """What is left of the balance and of the guarantee at the end of each year."""
        return np.asarray(sum(rows.values()))

    def until(self, run: Run) -> list[float]:
        """The margin of each year until the year asked."""
        found: list[float] = self.margins({n: run.results.series(n) for n in self.rows})[: self.count].tolist()
        return found

    def year_of(self, run: Run) -> str | None:
        """The first year that fails, by the year asked."""
        return next((y for y, m in zip(run.years, self.until(run), strict=False) if m < -PENNY), None)

    def least_at(self, standard: Standard) -> Callable[[Array], Array]:
        """The least margin at many points; what is no number is no answer."""

        def margin(points: Array) -> Array:
            with np.errstate(all="ignore"):
                groups = np.array_split(points, -(-points.shape[1] // LOOKED_AT), axis=1)
                found = [self.margins(standard.rows(group))[: self.count].min(axis=0) for group in groups]
            return np.nan_to_num(np.concatenate(found), nan=0.0)

        return margin

    def proof(self, changes: Sequence[Change], less: Sequence[Change]) -> Proof | None:
        """The run after changes, and the least margin after somewhat less."""
        there, before = self.after(changes), self.after(less)
        if there is None or before is None:
            return None
        return Proof(self.year_of(there), min(self.until(there)), min(self.until(before)))


class _Turned:
    """Levers of a run, and its least margin after so many steps of each."""

    def __init__(self, at: _Bench, levers: Sequence[Fitted]) -> None:
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

        def fails(across: Array) -> Array:
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


def _joint(at: _Bench, turned: _Turned) -> Joint | None:
    """The most plausible combination, by the scenario's own distributions or by the levers' steps."""
    what = uncertain(at.run.loaded, at.run.inputs)
    by_levers = not what.sources
    if by_levers and not turned.levers:
        return None
    standard = turned.standard if by_levers else Standard(at.run, what, at.rows)
    low, high = turned.bounds if by_levers else (np.full(len(standard.places), -np.inf),) * 2
    margin = at.least_at(standard)
    point = nearest(margin, low, high if by_levers else -high, -PENNY)
    if point is None:
        return None
    saves = bool(margin(np.zeros((len(point), 1)))[0] < -PENNY)
    point = _proved(at, standard, point, saves)
    changes = standard.changes(point)
    proof = at.proof(changes, standard.changes(point * LESS))
    if proof is None:
        return None
    distance = float(np.linalg.norm(point)) * (-1 if saves else 1)
    chance = None if by_levers else float(normal_cdf(np.array(-distance)))
    titles = {f.lever.name: f.lever.title for f in turned.levers} if by_levers else {}
    counts = bool(what.counts) and not by_levers
    return Joint(not by_levers, saves, distance, chance, _pieces(standard, point, titles), changes, proof, counts)


def _proved(at: _Bench, standard: Standard, point: Array, saves: bool) -> Array:
    """The point, or one a hair farther out, whose own run changes sides."""
    for hair in (0.0, *(10.0**k for k in range(-12, -3))):
        asked = point * (1 + hair)
        found = at.after(standard.changes(asked))
        if found is not None and (at.year_of(found) is None) is saves:
            return np.asarray(asked)
    return point


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


def _pieces(standard: Standard, point: Array, titles: Mapping[str, str]) -> tuple[Piece, ...]:
    """What each source has in a point, the one with the greatest part first."""
    whole = float(point @ point) or 1.0
    parts: dict[str, float] = {}
    for place, z in zip(standard.places, point.tolist(), strict=True):
        parts[place.source] = parts.get(place.source, 0.0) + z * z / whole
    amounts = standard.amounts(point)
    found = []
    for source in standard.uncertain.sources:
        own = [v for (name, _), values in amounts.items() if name == source.name for v in values]
        unit, title = source.addresses[0].unit, titles.get(source.name, source.name)
        found.append(Piece(source.name, title, unit, source.how, min(own), max(own), parts.get(source.name, 0.0)))
    return tuple(sorted(found, key=lambda piece: -piece.part))
