"""Levers: figures of a scenario that are turned together, how far they can be, and the run after it.

A lever is data: the figures that it moves (addresses), how, and one step of it. Nothing here knows what may be: that is
asked of the same check that a shock of the scenario meets (`mcp_finance.scenario.shocked`).

One lever: `delay` adds 24 months, its step, to `inputs.shift_delay`; at 0.5 steps it adds 12. It can be turned back
until the shortest delay of any programme is nothing, and forward to 100 years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcp_finance.analysis.assurance import HALF, POINT, YEAR
from mcp_finance.analysis.crossings import edge
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.shocked import after
from mcp_finance.files.problems import Place, Problem, ScenarioError
from mcp_finance.scenario.addresses import Address, Addresses
from mcp_finance.scenario.amounts import COUNTS, PERCENT, How
from mcp_finance.scenario.shocked import Change, Where, applied, targets

MOST_TIMES, MOST_POINTS, LONGEST = 10.0, 1.0, 100.0
NEUTRAL: dict[How, float] = {"add": 0.0, "times": 1.0}


@dataclass(frozen=True, slots=True)
class Lever:
    """Figures turned together. `step` is one step as a change of the amount; its sign is the way that does harm."""

    name: str
    title: str
    on: tuple[str, ...]
    how: How
    step: float = 1.0
    why: str = ""

    def change(self, amount: float) -> Change:
        return Change(self.name, self.on, self.how, amount)

    def amount(self, steps: float) -> float:
        """The amount after some steps."""
        return NEUTRAL[self.how] + steps * self.step


LEVERS = (
    Lever(
        "shortfall", "Programmes deliver less", ("inputs.shift_delivery",), "times", -HALF, "half of what is planned"
    ),
    Lever("delay", "Programmes take effect later", ("inputs.shift_delay",), "add", 2 * YEAR, "24 months"),
    Lever("growth", "Activity grows faster", ("inputs.activity_growth",), "add", POINT, "a point a year"),
)
"""What reverse stress turns, each with the size that the matrix of risks gives it: an assumption, and no forecast."""
RESCUES = (
    Lever("reserve", "A larger opening reserve", ("inputs.opening_balance.budget_holder",), "add", -1e6),
    Lever("price", "A budget that grows faster", ("inputs.stream_growth",), "add", -POINT / 10),
)
"""What else may save a plan that fails as it is."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A lever on a scenario: its figures, their unit, and between which amounts it can be turned. `today` is the amount
    that changes nothing; of several figures that are to be one, their mean."""

    lever: Lever
    addresses: tuple[Address, ...]
    unit: str
    last_day: bool
    low: float
    high: float
    today: float


class Bench:
    """A run whose levers can be turned."""

    def __init__(self, run: Run) -> None:
        self.run, self.inputs = run, run.inputs

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(self.inputs)

    def after(self, changes: Sequence[Change]) -> Run | None:
        """The run after changes; None where they cannot be made, or a settlement would break a rule."""
        try:
            with np.errstate(all="ignore"):
                return after(self.run, changes, self.addresses)
        except ScenarioError:
            return None

    def possible(self, change: Change) -> bool:
        """Whether the inputs may be so; nothing is computed."""
        try:
            return not applied(self.inputs, [change], self.addresses)[1]
        except (OverflowError, ValueError):
            return False

    def fitted(self, lever: Lever, between: tuple[float, float] | None = None, option: str = "--change") -> Fitted:
        """A lever on this run, within what may be and, if that is given, between two amounts.

        Raises:
            ScenarioError: it moves nothing, or figures of several kinds.
        """
        place = Place(option, 1, 1)
        where = Where(lever.name, (place,) * len(lever.on), place)
        found, problems = targets(self.addresses, lever.on, lever.how, where)
        if not problems and found[0].unit == "time" and lever.how != "add":
            advice = "--how add, with a length of time such as 12 months"
            problems = [Problem(place, lever.name, "a date is found by how far it moves", advice)]
        if problems:
            raise ScenarioError(problems)
        return self._fitted(lever, found, between)

    def _fitted(self, lever: Lever, found: tuple[Address, ...], between: tuple[float, float] | None) -> Fitted:
        figures = np.array([v for a in found for v in a.values])
        today = NEUTRAL.get(lever.how, float(figures.mean()))
        low, high = between or _widest(found[0].unit, lever.how, figures)
        start = min(max(today, low), high)

        def possible(amount: float) -> bool:
            return self.possible(lever.change(amount))

        if possible(start):
            low, high = edge(possible, start, low), edge(possible, start, high)
        return Fitted(lever, found, found[0].unit, found[0].last_day, low, high, today)


def _widest(unit: str, how: How, figures: np.ndarray) -> tuple[float, float]:
    """The widest range that is looked at, before what may be narrows it."""
    if how == "times":
        return 0.0, MOST_TIMES
    if unit in PERCENT:
        return (-MOST_POINTS, MOST_POINTS) if how == "add" else (-MOST_POINTS, MOST_TIMES)
    if unit in ("time", "years"):
        return (-LONGEST, LONGEST) if how == "add" else (0.0, LONGEST)
    least = 1.0 if unit in COUNTS else 1e8
    most = 100 * max(least, float(np.abs(figures).max()))
    return -most, most
