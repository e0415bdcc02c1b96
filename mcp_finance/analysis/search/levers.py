"""Levers: figures of a scenario that are turned together, how far they can be, and the run after it.

A lever is data: the figures that it moves (addresses), how, and one step of it. Nothing here knows what may be: that is
asked of the same check that a shock of the scenario meets (`mcp_finance.scenario.shocked`).

One lever: `delay` adds 24 months, its step, to `inputs.shift_delay`; at 0.5 steps it adds 12. It can be turned back
until the shortest delay of any programme is nothing, and on by 30 years.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcp_finance.analysis.assurance import HALF, POINT, YEAR
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.search.crossings import edge
from mcp_finance.analysis.shocked import after
from mcp_finance.files.figures import FigureError, unquoted
from mcp_finance.files.problems import Place, Problem, ScenarioError
from mcp_finance.rows.evaluate import Array
from mcp_finance.scenario.addresses import Address, Addresses
from mcp_finance.scenario.amounts import PERCENT, How, read_amount
from mcp_finance.scenario.shocked import Change, Where, applied, targets

_LEVER = re.compile(r"(?P<name>[a-z][a-z0-9_]{0,39})=(?P<on>[^:=]+):(?P<how>add|times):(?P<size>.+)")
MOST_TIMES, MOST_PERCENT, MOST_COUNT = 10.0, 1.0, 10.0
MOST = {"rate": 0.25, "share": 1.0, "years": 30.0, "time": 30.0, "GBP": 1e9}
"""How far a figure of a unit is turned if nobody says otherwise."""
NEUTRAL: dict[How, float] = {"add": 0.0, "times": 1.0}


class SolveError(Exception):
    """A question that cannot be asked of this run: what is wrong, and what to ask instead."""

    def __init__(self, message: str, instead: str) -> None:
        super().__init__(f"{message}; {instead}")


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

    def fitted(self, lever: Lever, between: tuple[str, str] | None = None, option: str = "--change") -> Fitted:
        """A lever on this run, within what may be and, if that is given, between two amounts as text.

        Raises:
            ScenarioError: it moves nothing, or figures of several kinds.
            SolveError: the two amounts cannot be read, or are the wrong way round.
        """
        found = self._found(lever, option)
        unit, last_day = found[0].unit, found[0].last_day
        figures = np.array([v for a in found for v in a.values])
        today = NEUTRAL.get(lever.how, float(figures.mean()))
        if between:
            low, high = (amount_of(unit, lever.how, text, "--between", last_day=last_day) for text in between)
            if low >= high:
                raise SolveError(f"--between {' '.join(between)} is no range", "write the lower amount first")
        else:
            low, high = _widest(unit, lever.how, figures)
        start = min(max(today, low), high)

        def possible(amount: float) -> bool:
            return self.possible(lever.change(amount))

        if possible(start):
            low, high = edge(possible, start, low), edge(possible, start, high)
        return Fitted(lever, found, unit, last_day, low, high, today)

    def read(self, text: str) -> Lever:
        """A lever as it is written in an option: `NAME=ADDRESS:add:SIZE` or `NAME=ADDRESS:times:SIZE`.

        Raises:
            ScenarioError: the address is nothing.
            SolveError: the text is no lever, or its size does nothing.
        """
        parts = _LEVER.fullmatch(text)
        if parts is None:
            raise SolveError(f"--lever {text}", "write NAME=ADDRESS:add:SIZE, such as prices=tariffs.*.uplift:add:1%")
        name, on, size = parts["name"], parts["on"], parts["size"]
        how: How = "add" if parts["how"] == "add" else "times"
        if name in {lever.name for lever in (*LEVERS, *RESCUES)}:
            raise SolveError(f"--lever {name}: there is a lever of this name", "another name")
        found = self._found(Lever(name, name, (on,), how), "--lever")
        step = amount_of(found[0].unit, how, size, "--lever", last_day=found[0].last_day) - NEUTRAL[how]
        if not step:
            raise SolveError(f"--lever {name}: {size} changes nothing", "the size that you hold for plausible")
        return Lever(name, name, (on,), how, step, f"{size}, as given")

    def _found(self, lever: Lever, option: str) -> tuple[Address, ...]:
        place = Place(option, 1, 1)
        where = Where(lever.name, (place,) * len(lever.on), place)
        found, problems = targets(self.addresses, lever.on, lever.how, where)
        if not problems and found[0].unit == "time" and lever.how != "add":
            advice = "--how add, with a length of time such as 12 months"
            problems = [Problem(place, lever.name, "a date is found by how far it moves", advice)]
        if problems:
            raise ScenarioError(problems)
        return found


def amount_of(unit: str, how: How, text: str, option: str, *, last_day: bool = False) -> float:
    """An amount as it is written in an option.

    Raises:
        SolveError: it cannot be read.
    """
    try:
        return read_amount(unit, how, unquoted(text), last_day=last_day)
    except FigureError as error:
        raise SolveError(f"{option} {text}: {error.message}", f"write {error.instead}") from None


def _widest(unit: str, how: How, figures: Array) -> tuple[float, float]:
    """The widest range that is looked at, before what may be narrows it; twice today's figure is always within it."""
    if how == "times":
        return 0.0, MOST_TIMES
    largest = float(np.abs(figures).max())
    if unit in MOST:
        most = max(MOST[unit], 0.0 if how == "add" else 2 * largest)
    else:
        most = max(MOST_PERCENT if unit in PERCENT else MOST_COUNT, MOST_TIMES * largest)
    return -most, most
