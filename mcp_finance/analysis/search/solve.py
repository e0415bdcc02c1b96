"""Goal-seek: the amount of a change at which a figure of the run comes to a goal, or why there is none.

The target is a row in a year, added up over the term, or at its lowest or highest of any year. The amount is turned
over all that the scenario may be, or between two bounds; each value is the run after that change, by the arithmetic
of every shock, so that what is found can be written out as a scenario that gives it (`changes` of the answer).

One search: `lines.*.growth`, `add`, `budget_holder.result` over the term, goal £0. Today the term ends at -£78m; at
-0.2 points a year it stands at -£19m, at -0.3 at +£9m, and Brent's method closes in on -0.268 points. If several
amounts do, the nearest to today's is the answer, and all others are told.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.analysis.search.crossings import Crossing, Point, Search
from mcp_finance.analysis.search.levers import Bench, Fitted, Lever, SolveError, amount_of
from mcp_finance.files.problems import quoted, suggestion
from mcp_finance.scenario.amounts import PERCENT
from mcp_finance.scenario.shocked import Change

TERM, LOWEST, HIGHEST = "term", "lowest", "highest"
WHENS = (TERM, LOWEST, HIGHEST)
MONEY = "GBP"
_FINE = 1e-9


@dataclass(frozen=True, slots=True)
class Target:
    """What is to come to a goal: a row, in a year or over all of them. `close` is near enough, `leap` is a jump."""

    row: str
    when: str
    unit: str
    title: str

    @property
    def close(self) -> float:
        return PENNY / 2 if self.unit.startswith(MONEY) else _FINE

    @property
    def leap(self) -> float:
        return 1.0 if self.unit.startswith(MONEY) else 1e3 * _FINE

    def of(self, run: Run) -> float:
        """The figure in a run."""
        values = run.results.series(self.row)
        if self.when == TERM:
            return float(values.sum())
        if self.when in WHENS:
            return float(values.min() if self.when == LOWEST else values.max())
        return float(values[run.years.index(self.when)])


@dataclass(frozen=True, slots=True)
class Answer:
    """What goal-seek found: places where the target comes to the goal, the nearest to today's amount first.

    `points` are all amounts tried. Without a crossing, `closest` is where the target comes nearest to the goal.
    """

    fitted: Fitted
    target: Target
    goal: float
    now: float
    crossings: tuple[Crossing, ...]
    points: tuple[Point, ...]

    @property
    def moves(self) -> bool:
        """Whether the change moves the target at all."""
        values = [p.value for p in self.points]
        return bool(values) and max(values) - min(values) > self.target.close

    @property
    def closest(self) -> Point:
        return min(self.points, key=lambda p: abs(p.value - self.goal))

    @property
    def ends(self) -> tuple[Point, Point]:
        return self.points[0], self.points[-1]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The nearest answer as a change of the scenario; nothing without one."""
        return (self.fitted.lever.change(self.crossings[0].at.amount),) if self.crossings else ()


def target_of(run: Run, row: str, when: str) -> Target:
    """A target by name.

    Raises:
        SolveError: there is no such row or year, or the row is of more than one thing.
    """
    if row not in run.model.rows:
        raise SolveError(f"there is no row {quoted(row)}", suggestion(row, run.model.rows))
    if dims := run.model.dims_of(row):
        raise SolveError(f"{row} has a value for each {' and '.join(dims)}", "name a row with one value a year")
    if when not in (*WHENS, *run.years):
        advice = f"one of {run.years[0]} to {run.years[-1]}, or {', '.join(WHENS)}"
        raise SolveError(f"there is no year {quoted(when)} in this run", advice)
    spec = run.model.rows[row]
    return Target(row, when, spec.unit, spec.doc)


def goal_of(target: Target, text: str) -> float:
    """The goal as it is written in an option: an amount in the unit of the target.

    Raises:
        SolveError: it cannot be read.
    """
    if target.unit.startswith(MONEY):
        return amount_of(MONEY, "is", text, "--goal")
    if target.unit in (*PERCENT, "years", "time"):
        return amount_of(target.unit, "is", text, "--goal")
    return amount_of("number", "add", text, "--goal")


def goal_seek(run: Run, lever: Lever, target: Target, goal: float, *, between: tuple[str, str] | None = None) -> Answer:
    """Every amount found at which the target comes to the goal.

    Raises:
        ScenarioError: the lever moves nothing, or figures of several kinds.
        SolveError: the bounds cannot be read, or no amount between them can be.
    """
    at = Bench(run)
    fitted = at.fitted(lever, between)

    def figure(amount: float) -> float | None:
        found = at.after([lever.change(amount)])
        return None if found is None else target.of(found)

    search = Search(figure, goal, target.close, target.leap, fitted.today)
    crossings = search.crossings(fitted.low, fitted.high)
    if not search.points:
        raise SolveError("no amount in this range can be", "bounds within what the figures may be")
    return Answer(fitted, target, goal, target.of(run), crossings, search.points)
