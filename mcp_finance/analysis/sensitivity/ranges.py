"""The range of every figure of a scenario: what it may well be, where somebody has said so, else a share by its grade.

A figure that the section `uncertainty` names is moved from the P10 to the P90 of what is drawn for it: of its average
over the years, where every year has a draw. All other figures are moved by a share of themselves that depends on the
grade of their evidence. These shares are nobody's evidence: they are a choice, whoever makes it, and are shown with
every result. A definition is not moved, nor a nil, of which any share is nil. Ends that a figure may not have are cut.

Walking one through: `lines.falls.shift.effect` is 25% and graded assumption, so it is moved by a fifth of itself, from
20% to 30%. `population.member_share` is 95% and derived: its upper end, 104.5%, is cut to 100%, and the range says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcp_finance.analysis.futures.drawn import Futures
from mcp_finance.analysis.headlines import UNGRADED
from mcp_finance.analysis.run import Run
from mcp_finance.files.figures import FigureError, parse_duration, parse_rate
from mcp_finance.rows.evaluate import Array
from mcp_finance.scenario.addresses import Address, Addresses, series_path
from mcp_finance.scenario.amounts import How, shown
from mcp_finance.scenario.filling.filler import ModelInputs
from mcp_finance.scenario.legal import ranges_of
from mcp_finance.scenario.shocked import Change, applied
from mcp_finance.scenario.uncertain import Source, Target, Uncertain, uncertain

DATES = "date"
SHARES: Mapping[str, float] = {
    "exact-published": 0.01,
    "exact-secondary": 0.02,
    "derived": 0.10,
    "assumption": 0.20,
    UNGRADED: 0.20,
    DATES: 0.5,
}
"""Shares of a figure by its grade; of a date, the years by which it is moved, if it is not exact."""
STRENGTH = ("definition", "exact-published", "exact-secondary", "derived", "assumption", UNGRADED)
"""Grades of evidence, the weakest last."""
LOW, HIGH = 0.1, 0.9
MANY = 8192
"""Draws from which the range of an average of yearly draws is taken."""
SHARED_TABLE = "population"
STEPS = 24


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range: the amount of the change, the figure then in words, the inputs, and whether it was cut."""

    amount: float
    text: str
    inputs: ModelInputs
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """A figure, or several that move together, from one end to the other. `basis` says what the range rests on.

    `source` is the entry of `uncertainty` that it comes from, if it does.
    """

    path: str
    title: str
    on: tuple[str, ...]
    how: How
    grade: str
    basis: str
    low: End
    high: End
    addresses: tuple[Address, ...]
    source: str = ""

    @property
    def label(self) -> str:
        """Its title, with the section that it stands in where that is not a line's."""
        section = self.path.partition(".")[0]
        return self.title if section in ("lines", "uncertainty") else f"{self.title} ({section.replace('_', ' ')})"

    def nearer(self, known: Addresses, end: End, part: float) -> End | None:
        """An end at a part of its distance from the scenario, or none of it; None where several are set to one."""
        still = _still(self.addresses, self.how)
        if still is None:
            return None
        if not part:
            return End(still, end_text(self.addresses, self.how, still), known.inputs, cut=True)
        amount = still + part * (end.amount - still)
        inputs, problems = applied(known.inputs, [Change("range", self.on, self.how, amount)], known)
        return None if problems else End(amount, end_text(self.addresses, self.how, amount), inputs, cut=True)


@dataclass(frozen=True, slots=True)
class Unmoved:
    """A figure without a range, and why."""

    path: str
    title: str
    grade: str
    why: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A range before its ends are tried."""

    path: str
    title: str
    addresses: tuple[Address, ...]
    how: How
    ends: tuple[float, float]
    basis: str
    source: str = ""


def ranges(run: Run, shares: Mapping[str, float] = SHARES) -> tuple[tuple[Range, ...], tuple[Unmoved, ...]]:
    """Every figure's own range, and the figures that have none.

    Raises:
        ScenarioError: the section `uncertainty` has problems.
    """
    return _Finding(run, shares).found()


def grade_of(inputs: ModelInputs, address: Address) -> str:
    """The grade of a figure; of a series or a table, the weakest of its years and cells."""
    found = [b.origin for b in inputs.behind if series_path(b.origin) == address.path and b.unit == address.unit]
    for use in address.uses:
        if use.role == "own":
            yearly = inputs.model.inputs[use.input].yearly
            cells = ((*at[1:], at[0]) if yearly else at[1:] for at in use.cells())
            found += [inputs.origins[use.input][cell] for cell in cells]
    return weakest(origin.grade or UNGRADED for origin in found)


def weakest(grades: Iterator[str]) -> str:
    return max(grades, key=STRENGTH.index, default=UNGRADED)


class _Taken:
    """Figures that draws move, by their paths or, where a draw is of an input as such, by its cells."""

    def __init__(self, drawn: Iterable[_Wanted]) -> None:
        found = [address for wanted in drawn for address in wanted.addresses]
        self.paths = {(a.path, a.unit) for a in found}
        self.cells = {(u.input, cell) for a in found for u in a.uses if u.role == "own" for cell in u.cells()}

    def holds(self, address: Address) -> bool:
        by_path = (address.path, address.unit) in self.paths
        return by_path or all(
            use.role == "own" and (use.input, cell) in self.cells for use in address.uses for cell in use.cells()
        )


class _Finding:
    """The figures of a run on their way to ranges."""

    def __init__(self, run: Run, shares: Mapping[str, float]) -> None:
        self.run, self.inputs, self.shares = run, run.inputs, {**SHARES, **shares}
        self.addresses, self.allowed = Addresses(run.inputs), ranges_of(run.inputs)
        self.uncertain = uncertain(run.loaded, run.inputs)

    def found(self) -> tuple[tuple[Range, ...], tuple[Unmoved, ...]]:
        drawn = list(self._drawn())
        made = [self._made(wanted) for wanted in (*drawn, *self._by_grade(_Taken(drawn)))]
        return tuple(m for m in made if isinstance(m, Range)), tuple(m for m in made if isinstance(m, Unmoved))

    def _drawn(self) -> Iterator[_Wanted]:
        """One range for each draw of its own."""
        for source in self.uncertain.sources:
            for k, target in enumerate(source.targets):
                first = target.addresses[0]
                several = len(target.addresses) > 1
                path = f"uncertainty.inputs.{source.name}" if several else first.path
                title = _together(source, target) if several else first.title
                ends, basis = self._quantiles(source, k)
                yield _Wanted(path, title, target.addresses, source.how, ends, basis, source.name)

    def _quantiles(self, source: Source, k: int) -> tuple[tuple[float, float], str]:
        if source.timing == "whole_term":
            low, high = source.distribution.quantile(np.array([LOW, HIGH])).tolist()
            return (low, high), "P10 to P90"
        held = [t for t in range(len(self.run.years)) if t in source.targets[k].addresses[0].years]
        averages = self._amounts[source.name][held, k].mean(axis=0)
        low, high = np.quantile(averages, (LOW, HIGH)).tolist()
        return (low, high), "P10 to P90 of the average year"

    @cached_property
    def _amounts(self) -> dict[str, Array]:
        yearly = tuple(s for s in self.uncertain.sources if s.timing != "whole_term")
        alone = Uncertain(self.uncertain.seed, yearly, (), np.empty((0, 0)), {})
        return Futures.of(self.run, alone).amounts(0, MANY)

    def _by_grade(self, taken: _Taken) -> Iterator[_Wanted | Unmoved]:
        tables: dict[str, list[Address]] = {}
        for address in self.addresses.paths.values():
            if taken.holds(address):
                continue
            if all(use.input == SHARED_TABLE for use in address.uses):
                tables.setdefault(address.path.partition(".")[0], []).append(address)
            else:
                yield self._one(address)
        for name, cells in tables.items():
            yield self._table(name, cells)

    def _one(self, address: Address) -> _Wanted | Unmoved:
        grade = grade_of(self.inputs, address)
        share = self.shares.get(grade, 0.0)
        if address.unit == "time":
            exact = grade.startswith("exact") or grade == "definition"
            years = 0.0 if exact else self.shares[DATES]
            if not years:
                return Unmoved(address.path, address.title, grade, "a date that stands")
            text = f"{years * 12:.3g} months either way"
            return _Wanted(address.path, address.title, (address,), "add", (-years, years), text)
        if not share:
            why = "a definition" if grade == "definition" else "its grade is given no range"
            return Unmoved(address.path, address.title, grade, why)
        if not any(address.values[t] for t in address.years or (0,)):
            return Unmoved(address.path, address.title, grade, "nil, and any share of nil is nil")
        return _Wanted(address.path, address.title, (address,), "times", (1 - share, 1 + share), _either_way(share))

    def _table(self, name: str, cells: list[Address]) -> _Wanted | Unmoved:
        """A table of people: all ages and years by one factor."""
        grade, title = weakest(grade_of(self.inputs, a) for a in cells), f"Population table, {name}"
        share = self.shares.get(grade, 0.0)
        if not share:
            return Unmoved(name, title, grade, "its grade is given no range")
        return _Wanted(name, title, tuple(cells), "times", (1 - share, 1 + share), _either_way(share))

    def _made(self, wanted: _Wanted | Unmoved) -> Range | Unmoved:
        """The range with both its ends tried, or why there is none."""
        if isinstance(wanted, Unmoved):
            return wanted
        grade = weakest(grade_of(self.inputs, a) for a in wanted.addresses)
        on = tuple(pattern for a in wanted.addresses for pattern in self._patterns(a))
        (low, why_low), (high, why_high) = (self._end(wanted, on, amount) for amount in wanted.ends)
        if low is None or high is None or (why_low and why_high):
            return Unmoved(wanted.path, wanted.title, grade, f"cannot be moved alone: {why_low or why_high}")
        what = (wanted.path, wanted.title, on, wanted.how, grade, wanted.basis)
        return Range(*what, low, high, wanted.addresses, wanted.source)

    def _patterns(self, address: Address) -> tuple[str, ...]:
        """Its path; where a path has figures of two kinds, the elements of its inputs."""
        if len(self.addresses.find(address.path)) == 1:
            return (address.path,)
        dims = self.inputs.model.dimension
        return tuple(
            ".".join(("inputs", u.input, *(dims[d].members[k] for d, k in zip(self._dims(u.input), u.at, strict=True))))
            for u in address.uses
        )

    def _dims(self, name: str) -> tuple[str, ...]:
        return self.inputs.model.inputs[name].dims

    def _end(self, wanted: _Wanted, on: tuple[str, ...], amount: float) -> tuple[End | None, str]:
        """The end, cut to what is legal; if the figure has no room that way it stays where it is, and why in words."""
        asked = amount
        for address in wanted.addresses:
            amount = self._cut(address, wanted.how, amount)
        inputs, problems = applied(self.inputs, [Change("range", on, wanted.how, amount)], self.addresses)
        why = ""
        if problems:
            still = _still(wanted.addresses, wanted.how)
            if still is None:
                return None, problems[0].message
            if found := self._nearest(wanted.how, on, still, amount):
                amount, inputs = found
            else:
                amount, inputs, why = still, self.inputs, problems[0].message
        return End(amount, end_text(wanted.addresses, wanted.how, amount), inputs, amount != asked), why

    def _cut(self, address: Address, how: How, amount: float) -> float:
        """The amount nearest to the one asked for that leaves every cell of a figure within its own range."""
        if how != "times":
            return amount
        for use in address.uses:
            may = self.allowed(use.input)
            for cell in use.cells() if use.role == "own" else ():
                value = float(self.inputs.values[use.input][cell])
                bound = may.high if value * amount > may.high else may.low
                if value and not may.holds(value * amount) and not may.open:
                    amount = bound / value
                    while not may.holds(value * amount):
                        amount = float(np.nextafter(amount, 1.0))
        return amount

    def _nearest(self, how: How, on: tuple[str, ...], still: float, asked: float) -> tuple[float, ModelInputs] | None:
        """The amount on the way from no change to the one asked for that is still legal, by halving."""
        legal, illegal, found = 0.0, 1.0, None
        for _ in range(STEPS):
            middle = (legal + illegal) / 2
            amount = still + middle * (asked - still)
            inputs, problems = applied(self.inputs, [Change("range", on, how, amount)], self.addresses)
            if problems:
                illegal = middle
            else:
                legal, found = middle, (amount, inputs)
        return found if legal > 1e-3 else None


def _still(addresses: tuple[Address, ...], how: How) -> float | None:
    """The amount that changes nothing; none where several figures are set to one."""
    if how != "is":
        return 1.0 if how == "times" else 0.0
    values = {a.values[t] for a in addresses for t in a.years or (0,)}
    return values.pop() if len(values) == 1 else None


def _either_way(share: float) -> str:
    return f"{share * 100:.3g}% either way"


def _together(source: Source, target: Target) -> str:
    return f"{source.name.replace('_', ' ').capitalize()}: {len(target.addresses)} figures together"


def end_text(addresses: tuple[Address, ...], how: How, amount: float) -> str:
    """What a figure is after a change, in words; of a series or of several, how they have changed."""
    unit = addresses[0].unit
    values = {address.values[t] for address in addresses for t in address.years or (0,)}
    if how == "is" or len(values) == 1:
        figure = values.pop()
        return _rounded(unit, amount if how == "is" else figure + amount if how == "add" else figure * amount)
    if how == "times":
        return f"{amount * 100:.4g}% of it"
    sign = "+" if amount >= 0 else "\N{MINUS SIGN}"
    length = "years" if unit == "time" else unit
    return f"{sign}{_rounded(length, abs(amount))}"


def _rounded(unit: str, value: float) -> str:
    """A figure to four digits, for no range is known to more; a date is a day."""
    if unit == "time":
        return shown(unit, value)
    return shown(unit, float(f"{value:.4g}")).replace("-", "\N{MINUS SIGN}")


def with_share(text: str) -> tuple[str, float]:
    """`assumption=20%` or `date=6 months` as a grade and its share, or its years.

    Raises:
        FigureError: it is neither.
    """
    grade, equals, raw = (part.strip() for part in text.partition("="))
    if not equals or grade not in SHARES:
        raise FigureError(f"{text!r} gives no range", f"GRADE=SHARE for one of {', '.join(SHARES)}")
    found = parse_duration(raw) if grade == DATES else parse_rate(raw)
    if not 0 <= found < 1 and grade != DATES:
        raise FigureError(f"a range of {raw} either way", "0% to less than 100%")
    return grade, found


def said_shares(shares: Mapping[str, float]) -> str:
    """The shares in words, with what they are."""
    whole = {**SHARES, **shares}
    told = [f"{grade} {share * 100:.3g}%" for grade, share in whole.items() if grade != DATES]
    dates = f"dates that are not exact {whole[DATES] * 12:.3g} months"
    return f"Where no distribution is given, figures are moved either way by grade: {', '.join(told)}; {dates}."


ILLUSTRATIVE = "These shares are an illustrative choice, not evidence; --range sets others."
