"""Shocks at work: changes of figures, applied to a model's inputs one after the other.

The one rule: a change is the same arithmetic wherever it comes from (the section `shocks`, a draw, a stress, a
solver), so that a change written to a file and read back gives the same inputs to the last bit. Walking one through: a
`Change` on `lines.falls.shift.effect` with `add` 5% finds the address, moves its one cell of `shift_effect` from 25% to
30%, and leaves an origin that says `25% shocked by better`; the input's array is a new one, all others are as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mcp_finance.files.problems import Place, Problem, ScenarioError, quoted
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.addresses import Address, Addresses, Use, moved, series_path
from mcp_finance.scenario.amounts import How, shown
from mcp_finance.scenario.filling.filler import ModelInputs
from mcp_finance.scenario.legal import ANY, BY_UNIT, ranges_of, together

Amount = float | tuple[float | None, ...]
"""One for every year, or one for each year of the contract; None leaves a year as it was."""
Cell = tuple[str, tuple[int, ...]]
"""A cell: its input, and its position in the input's array of values (year first)."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a change was written: its path, the place of each pattern and that of its amount."""

    path: str
    on: tuple[Place, ...]
    amount: Place


@dataclass(frozen=True, slots=True)
class Change:
    """A shock as numbers: patterns of addresses, how, and by how much, in the units in which the model holds them.

    `said` is the evidence of the amount: one origin, or one for each year. Without it a change is an assumption.
    """

    name: str
    on: tuple[str, ...]
    how: How
    amount: Amount
    said: tuple[Origin, ...] = ()
    where: Where | None = None

    @property
    def at(self) -> Where:
        """Where it was written; for one that was written nowhere, its name."""
        place = Place("shock", 1, 1)
        return self.where or Where(f"shocks.{self.name}", (place,) * len(self.on), place)

    def of_year(self, t: int) -> float | None:
        """The amount of a year, by its position."""
        return self.amount[t] if isinstance(self.amount, tuple) else self.amount

    def origin(self, t: int) -> Origin | None:
        return self.said[t if len(self.said) > 1 else 0] if self.said else None


def shocked(inputs: ModelInputs, changes: Sequence[Change], addresses: Addresses | None = None) -> ModelInputs:
    """The inputs after changes, in their order. Inputs that no change reaches are the same arrays as before.

    Raises:
        ScenarioError: a change has no address, or cannot be made.
    """
    after, problems = applied(inputs, changes, addresses)
    if problems:
        raise ScenarioError(problems)
    return after


def applied(
    inputs: ModelInputs, changes: Sequence[Change], addresses: Addresses | None = None
) -> tuple[ModelInputs, tuple[Problem, ...]]:
    """The inputs after all changes that can be made, and the problems of all others."""
    known = addresses or Addresses(inputs)
    work = _Work(inputs)
    for change in changes:
        found, problems = targets(known, change.on, change.how, change.at)
        work.problems += problems
        work.problems += _wrong_years(inputs, change, found)
        for address in found:
            work.move(address, change)
    work.problems += work.illegal()
    return work.finished(), tuple(work.problems)


def targets(
    addresses: Addresses, on: Sequence[str], how: How, where: Where
) -> tuple[tuple[Address, ...], list[Problem]]:
    """Every address of the patterns, each once, or the problems: one that is nothing, or units that differ."""
    found: dict[tuple[str, str], Address] = {}
    problems = []
    for pattern, place in zip(on, where.on, strict=True):
        for address in addresses.find(pattern):
            found.setdefault((address.path, address.unit), address)
        if not addresses.find(pattern):
            problems.append(_nothing(addresses, pattern, place, where.path))
    kinds = {(a.unit, a.last_day and how == "is"): a for a in found.values()}
    if len(kinds) > 1 and not problems:
        one, other = list(kinds.values())[:2]
        message = (
            f"figures of different kinds stand under one `on`: {one.path} ({_kind(one)}), {other.path} ({_kind(other)})"
        )
        problems.append(Problem(where.on[0], f"{where.path}.on", message, "a shock for each kind"))
    return (() if problems else tuple(found.values())), problems


def _kind(address: Address) -> str:
    return "last day" if address.last_day else address.unit


def _nothing(addresses: Addresses, pattern: str, place: Place, path: str) -> Problem:
    if addresses.is_word(pattern):
        message = f"{quoted(pattern, 80)} is a word of the scenario, and no number"
        return Problem(place, f"{path}.on", message, "another address here, and the word in a case or in the scenario")
    message = f"{quoted(pattern, 80)} is no figure of this scenario"
    return Problem(place, f"{path}.on", message, addresses.nearest(pattern))


def _wrong_years(inputs: ModelInputs, change: Change, found: Sequence[Address]) -> Iterator[Problem]:
    """Amounts by year for figures without years, or for years in which none of them holds."""
    if not isinstance(change.amount, tuple) or not found:
        return
    if fixed := next((a for a in found if not a.years), None):
        message = f"{fixed.path} is one figure for all years, and the amount is given by year"
        yield Problem(change.at.amount, change.at.path, message, "one amount")
        return
    held = {t for address in found for t in address.years}
    asked = [t for t, amount in enumerate(change.amount) if amount is not None]
    if asked and not held.intersection(asked):
        years = inputs.model.years
        message = f"{found[0].path} has no figure in {years[asked[0]]}; growth acts from the second year on"
        yield Problem(change.at.amount, change.at.path, message, f"a year such as {years[min(held)]}")


@dataclass
class _Work:
    """Inputs on their way: what was changed so far, and by which change last."""

    inputs: ModelInputs
    problems: list[Problem] = field(default_factory=list)
    touched: dict[Cell, Change] = field(default_factory=dict)
    figures: dict[tuple[str, str], tuple[float, Change]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values, self.origins = dict(self.inputs.values), dict(self.inputs.origins)

    def move(self, address: Address, change: Change) -> None:
        """One address by one change."""
        key = (address.path, address.unit)
        figure = self.figures[key][0] if key in self.figures else address.values[0]
        is_behind = any(use.role != "own" for use in address.uses)
        if not figure and change.how != "times" and any(use.part for use in address.uses):
            message = f"{address.path} is nothing, so that no part of it can be moved"
            self.problems.append(Problem(change.at.amount, change.at.path, message, "times, or another address"))
            return
        for use in address.uses:
            self._touch(use.input)
            for cell in use.cells():
                amount = change.of_year(cell[0])
                if amount is not None:
                    before = float(self.values[use.input][cell])
                    own = before if use.role == "own" else figure
                    self.values[use.input][cell] = moved(change.how, before, amount, own, use.role)
                    self._sign(use, cell, change, shown(address.unit, own))
        if is_behind and not isinstance(change.amount, tuple):
            self.figures[key] = moved(change.how, figure, change.amount, figure), change

    def _touch(self, name: str) -> None:
        """Copies of an input's values and origins, so that those of the inputs before stay as they are."""
        if self.values[name] is self.inputs.values[name]:
            self.values[name] = self.inputs.values[name].copy()
            self.origins[name] = dict(self.inputs.origins[name])

    def _sign(self, use: Use, cell: tuple[int, ...], change: Change, before: str) -> None:
        """The origin of a cell after a change: the amount's place and evidence, and what the figure was."""
        yearly = self.inputs.model.inputs[use.input].yearly
        position = (*cell[1:], cell[0]) if yearly else cell[1:]
        old = self.origins[use.input][position]
        said = change.origin(cell[0]) or Origin(old.place, "")
        earlier = f"{old.note.partition(': ')[0]}, then " if (use.input, cell) in self.touched else ""
        note = f"{earlier}{before} shocked by {change.name}" + (f": {said.note}" if said.note else "")
        self.origins[use.input][position] = replace(
            said, path=old.path, grade=said.grade or "assumption", note=note, place=said.place or old.place
        )
        self.touched[use.input, cell] = change

    def illegal(self) -> Iterator[Problem]:
        """Every figure that a change has left outside what it may be, and those that do not fit together."""
        seen: set[tuple[str, str]] = set()
        allowed = ranges_of(self.inputs)
        for (name, cell), change in self.touched.items():
            spec = self.inputs.model.inputs[name]
            may, value = allowed(name), float(self.values[name][cell])
            if not may.holds(value) and (name, change.name) not in seen:
                seen.add((name, change.name))
                yield self._outside(spec.unit, name, cell, change, value, may.words)
        for (path, unit), (value, change) in self.figures.items():
            if not (may := BY_UNIT.get(unit, ANY)).holds(value):
                message = f"{path} would be {_safe(unit, value)}, outside what it may be"
                yield Problem(change.at.amount, change.at.path, message, f"an amount that leaves it at {may.words}")
        for wrong, message, instead in together(self.values) if self.touched else ():
            if by := [change for (name, _), change in self.touched.items() if name in wrong]:
                yield Problem(by[-1].at.amount, by[-1].at.path, message, instead)

    def _outside(
        self, unit: str, name: str, cell: tuple[int, ...], change: Change, value: float, words: str
    ) -> Problem:
        spec = self.inputs.model.inputs[name]
        position = (*cell[1:], cell[0]) if spec.yearly else cell[1:]
        year = f" in {self.inputs.model.years[cell[0]]}" if spec.yearly else ""
        path = series_path(self.origins[name][position]) or name
        message = f"{path} would be {_safe(unit, value)}{year}, outside what it may be"
        return Problem(change.at.amount, change.at.path, message, f"an amount that leaves it at {words}")

    def finished(self) -> ModelInputs:
        """The inputs as they have become, with the figures behind their cells."""
        now = {key: value for key, (value, _) in self.figures.items()}
        behind = [replace(b, value=now.get((series_path(b.origin), b.unit), b.value)) for b in self.inputs.behind]
        return replace(self.inputs, values=self.values, origins=self.origins, behind=behind)


def _safe(unit: str, value: float) -> str:
    """A figure that may be no figure of its unit at all, such as a day in the year 9000."""
    return f"{value:g}" if unit == "time" else shown(unit, value)


def changed_inputs(before: ModelInputs, after: ModelInputs) -> Iterable[str]:
    """The inputs that changes have reached."""
    return (name for name, values in after.values.items() if values is not before.values[name])
