"""The offers of a sweep as runs: the contract as it stands, every crossed and named offer, and what there is without.

The rule: an offer is the same scenario with what the sweep says, and nothing else. A value that is an amount of a known
figure moves that figure, in milliseconds; any other is a setting or a choice of cases, with which the scenario is
loaded. Without an agreement each party has what the contract gives it while no gain/loss share settles: every payment
of term sheets with pools is nil. A sweep file may say otherwise (`without`).

One offer on its way: `terms.gain_loss.define.holder_share=30%` is found to be the address of one figure, 30% is read as
a share, and the run after that change is an offer called `holder share 30%`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TypeVar

import numpy as np

from mcp_finance.analysis.run import Run, run
from mcp_finance.analysis.shocked import after
from mcp_finance.files.figures import FigureError
from mcp_finance.files.nodes import find
from mcp_finance.files.problems import Place, Problem, ScenarioError, harmless, quoted
from mcp_finance.rows.evaluate import Array, recalculate
from mcp_finance.rows.expr import plain_name
from mcp_finance.scenario.addresses import INPUTS, Addresses
from mcp_finance.scenario.amounts import read_amount
from mcp_finance.scenario.shocked import Change, Where, applied
from mcp_finance.scenario.sweep import CASES, Axis, Named, Sweep, Value

BASE, WITHOUT = "as it stands", "without a share"
SETTING, TERMS = "--set", "terms."
MOST_WRONG = 20
Combination = tuple[tuple[Axis, Value], ...]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Offer:
    """A contract that may be signed: what was swept to which value, its run, and rows that are held at given values."""

    label: str
    values: Mapping[str, str]
    run: Run
    held: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Offers:
    """All offers, of which the first is the contract as it stands; `without` is what there is if nobody signs.

    `without` is None where the contract has no share that could be left out, and the sweep does not say what else.
    """

    all: tuple[Offer, ...]
    without: Offer | None

    @property
    def base(self) -> Offer:
        return self.all[0]


def offers(base: Run, sweep: Sweep) -> Offers:
    """Every offer of a sweep of a run.

    Raises:
        ScenarioError: an offer has problems: those of the first offers that have any, each once.
    """
    work = _Work(base, sweep)
    for axis in sweep.axes:
        work.tried(partial(work.read, axis))
    found = [Offer(BASE, {}, base)]
    if not work.problems:
        for combination in sweep.crossed():
            found += work.tried(partial(work.crossed, combination))
    for named in sweep.named:
        found += work.tried(partial(work.named, named))
    without = [o] if (o := _unshared(base)) else []
    if sweep.without:
        without = work.tried(partial(work.named, sweep.without))
    if work.problems:
        raise ScenarioError(sweep.shown(work.problems.values()))
    return Offers(tuple(found), without[0] if without else None)


def _unshared(base: Run) -> Offer | None:
    """The contract while no sheet with pools settles anything."""
    sheets = [c for c in base.inputs.terms if c.sheet.pools]
    rows = [row for c in sheets for row in (c.payment, c.withheld) if row]
    if not rows:
        return None
    nil = {row: np.zeros((1, *base.model.shape(row))) for row in rows}
    results = recalculate(base.model, base.results, nil)
    return Offer(WITHOUT, {}, replace(base, results=results), nil)


@dataclass
class _Work:
    base: Run
    sweep: Sweep
    problems: dict[tuple[Place, str, str], Problem] = field(default_factory=dict)
    loaded: dict[tuple[object, ...], Run] = field(default_factory=dict)
    figures: dict[str, dict[str, Change]] = field(default_factory=dict)

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(self.base.inputs)

    def tried(self, make: Callable[[], Made]) -> list[Made]:
        """What is made, or nothing after its problems."""
        if len(self.problems) >= MOST_WRONG:
            return []
        try:
            return [make()]
        except ScenarioError as error:
            for problem in error.problems:
                if problem.severity == "error":
                    self.problems.setdefault((problem.place, problem.path, problem.message), problem)
            return []

    def crossed(self, combination: Combination) -> Offer:
        """One combination of values: cases and settings are loaded, then figures move."""
        cases, settings, changes = dict(self.base.loaded.cases), [], []
        for axis, value in combination:
            if axis.path.startswith(CASES):
                cases[axis.path.removeprefix(CASES)] = value.text
            elif (change := self.figures[axis.path].get(value.text)) is not None:
                changes.append(change)
            else:
                settings.append((axis, value))
        found = self._loaded(cases, settings, combination)
        if changes:
            addresses = self.addresses if found is self.base else None
            found = after(found, changes, addresses)
        values = {axis.path: value.text for axis, value in combination}
        names = self.names
        label = ", ".join(f"{names[path]} {harmless(text)}" for path, text in values.items())
        loaded = [v.place for axis, v in combination if axis.path.startswith(CASES) or (axis, v) in settings]
        return Offer(label, values, self._alike(found, [combination[0][1].place, *loaded][-1]))

    def named(self, named: Named) -> Offer:
        """An offer with a name, loaded with what it sets."""
        of = self.base.loaded
        found = run(of.path, cases=of.cases, settings=of.settings, years=self._years, over=named.over)
        return Offer(harmless(named.title), {}, self._alike(found, named.place))

    @property
    def _years(self) -> int | None:
        return len(self.base.years) if self.base.loaded.shortened else None

    @cached_property
    def names(self) -> dict[str, str]:
        """What each axis is called: the last step of its path, or all of it where two end alike."""
        last = {axis.path: axis.path.rpartition(".")[2] for axis in self.sweep.axes}
        count = Counter(last.values())
        return {path: harmless(plain_name(end) if count[end] == 1 else path) for path, end in last.items()}

    def read(self, axis: Axis) -> None:
        """The change that each value of an axis is, if the axis is a figure of the scenario.

        Raises:
            ScenarioError: a value is no amount of it, and nothing that could be set in its place.
        """
        self.figures[axis.path] = self._changes(axis)

    def _changes(self, axis: Axis) -> dict[str, Change]:
        found = () if axis.path.startswith(CASES) else self.addresses.find(axis.path)
        can_set = find(self.base.loaded.root, axis.path.split(".")) is not None
        if not found:
            if axis.path.split(".")[0] == INPUTS or "*" in axis.path:
                message = f"{quoted(axis.path, 80)} is no figure of this scenario"
                raise ScenarioError([Problem(axis.place, axis.path, message, self.addresses.nearest(axis.path))])
            return {}
        changes, wrong = {}, []
        for value in axis.values:
            where = Where(axis.path, (axis.place,), value.place)
            try:
                amount = read_amount(found[0].unit, "is", value.text, last_day=found[0].last_day)
            except FigureError as error:
                wrong.append(Problem(value.place, axis.path, error.message, error.instead))
            else:
                change = changes[value.text] = Change("sweep", (axis.path,), "is", amount, where=where)
                if (
                    can_set
                    and axis.path.startswith(TERMS)
                    and not applied(self.base.inputs, [change], self.addresses)[1]
                ):
                    # A sheet's own rules, such as shares of 100% at most, are those of a sheet with this value in it.
                    self._loaded(dict(self.base.loaded.cases), [(axis, value)], ((axis, value),))
        if wrong and not can_set:
            raise ScenarioError(wrong)
        return {} if wrong else changes

    def _loaded(self, cases: dict[str, str], settings: Sequence[tuple[Axis, Value]], all_: Combination) -> Run:
        """The run with other cases and settings; the base itself where there are none."""
        of = self.base.loaded
        if cases == of.cases and not settings:
            return self.base
        texts = (*of.settings, *(f"{axis.path}={value.text}" for axis, value in settings))
        key = (tuple(cases.items()), texts)
        if key not in self.loaded:
            places = [value.place for _, value in settings]
            try:
                self.loaded[key] = run(of.path, cases=cases, settings=texts, years=self._years)
            except ScenarioError as error:
                chosen = {a.path.removeprefix(CASES): v.place for a, v in all_ if a.path.startswith(CASES)}
                raise ScenarioError(list(_replaced(error, len(of.settings), places, chosen))) from None
        return self.loaded[key]

    def _alike(self, found: Run, at: Place) -> Run:
        """A run that can be compared with the base.

        Raises:
            ScenarioError: it has other years or other parties.
        """
        for what, own, other in (
            ("years", found.years, self.base.years),
            ("parties", tuple(found.parties), tuple(self.base.parties)),
        ):
            if own != other:
                message = f"the offer has other {what} than the contract as it stands, so the two are not alike"
                raise ScenarioError([Problem(at, "", message, f"offers with the same {what}")])
        return found


def _replaced(
    error: ScenarioError, before: int, places: Sequence[Place], chosen: Mapping[str, Place]
) -> Iterator[Problem]:
    """Problems of settings and cases, placed where the sweep has the value."""
    for problem in error.problems:
        at = problem.place
        if at.file == SETTING and at.line > before:
            yield replace(problem, place=places[at.line - before - 1], source_line="")
        elif at.file == "--case":
            group = problem.path.removeprefix(CASES)
            yield replace(problem, place=chosen.get(group, at), source_line="")
        else:
            yield problem
