"""What the charts of risk are drawn from: plain figures, checked once when they are put together.

The rule: amounts are as the rows have them (pounds, fractions), and `unit` says what they are shown in, so a figure is
divided in one place only. What cannot be drawn honestly (a figure that is not finite, lists of different lengths,
quantiles out of order) raises ValueError here, before anything is drawn, on paper and in the terminal alike.

Where one draw in twenty ends 2031/32 below −£12,345,678, a `Fan` holds −12345678.0 as that year's `p5`; with the unit
`£m` it is drawn at −12.3 and labelled −£12.3m.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mcp_finance.report import money

Values = tuple[float, ...]
Kind = Literal["pareto", "dominated", "refused", "base"]
KINDS: dict[Kind, str] = {
    "pareto": "On the frontier",
    "dominated": "Dominated: another is better for one and no worse for the other",
    "refused": "Both worse off than without a contract",
    "base": "The contract as it stands",
}
LARGEST = 1e12
_SCALES = {"£bn": 1e9, "£m": 1e6, "£k": 1e3, "%": 0.01}


def scale_of(unit: str) -> float:
    """What an amount is divided by to be in its unit: a million for £m, a hundredth for %, otherwise one."""
    return _SCALES.get(unit, 1.0)


def shown(value: float, unit: str, places: int = 1, *, plus: bool = False) -> str:
    """An amount in its unit, as words: `(-12345678, '£m')` gives `'−£12.3m'`, `(0.38, '%', 0)` gives `'38%'`."""
    return money.measured(value / scale_of(unit), unit, places, plus=plus)


def figure(value: float, unit: str, places: int = 1) -> str:
    """An amount with its sign and without its pound: `(-12345678, '£m')` gives `'−12.3'`, for tables that name it."""
    return money.measured(value / scale_of(unit), "" if unit.startswith("£") else unit, places, plus=True)


def caption(title: str, unit: str) -> str:
    """A title that says what amounts are in, where they do not say it themselves."""
    return f"{title}, {unit}" if unit.startswith("£") else title


def finite(what: str, values: Iterable[float], unit: str = "") -> None:
    """Refuse what is not a figure, or is more than a million million of its unit."""
    for value in values:
        if not (math.isfinite(value) and abs(value) <= LARGEST * scale_of(unit)):
            raise ValueError(f"{what!r} cannot be drawn: it has the value {value}")


def _same_length(what: str, count: int, *others: int) -> None:
    if any(other != count for other in others):
        raise ValueError(f"{what!r} needs {count} of everything, not {sorted({count, *others})}")


@dataclass(frozen=True, slots=True)
class Fan:
    """Quantiles of the draws in every year, and the run without chance beside them, if there is one."""

    years: tuple[str, ...]
    p5: Values
    p25: Values
    p50: Values
    p75: Values
    p95: Values
    unit: str
    title: str
    base: Values | None = None
    base_name: str = "As in the scenario"
    places: int = 1

    def __post_init__(self) -> None:
        every = self.quantiles if self.base is None else (*self.quantiles, self.base)
        if not self.years:
            raise ValueError("a fan needs at least one year")
        _same_length(self.title, len(self.years), *map(len, every))
        for values in every:
            finite(self.title, values, self.unit)
        if any(low > high for year in zip(*self.quantiles, strict=True) for low, high in pairwise(year)):
            raise ValueError(f"{self.title!r} has quantiles out of order")

    @property
    def quantiles(self) -> tuple[Values, Values, Values, Values, Values]:
        """All five, lowest first."""
        return (self.p5, self.p25, self.p50, self.p75, self.p95)


@dataclass(frozen=True, slots=True)
class Bar:
    """An input moved over its own range: the outcome at its low and its high end, the ends in words, its grade."""

    label: str
    low: float
    high: float
    low_text: str
    high_text: str
    grade: str


@dataclass(frozen=True, slots=True)
class Tornado:
    """How far each input alone moves one outcome away from `base`."""

    title: str
    base: float
    bars: tuple[Bar, ...]
    unit: str = "£m"
    places: int = 1

    def __post_init__(self) -> None:
        finite(self.title, (self.base, *(v for bar in self.bars for v in (bar.low, bar.high))), self.unit)

    def reach(self, bar: Bar) -> float:
        """How long a bar is: from one end to the other, and from the base if that lies outside it."""
        return max(bar.low, bar.high, self.base) - min(bar.low, bar.high, self.base)

    def largest(self, most: int) -> tuple[Bar, ...]:
        """The bars that move the outcome most, the longest first; bars of one length keep their order."""
        return tuple(sorted(self.bars, key=lambda bar: -self.reach(bar))[:most])

    def rest(self, most: int) -> str:
        """What is said of the bars beyond the `most` longest; nothing where there are none."""
        left = sorted(map(self.reach, self.bars), reverse=True)[most:]
        if not left:
            return ""
        more = f"{len(left)} more input{'s' * (len(left) > 1)}"
        moves = "moves" if len(left) == 1 else "each move"
        return f"Not shown: {more} that {moves} it by {shown(left[0], self.unit, self.places)} at most"


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of stresses (id, title) by parties: a value each, its mark, and why there is none where there is none.

    `marks` is the first year that fails, empty where none does; `notes` the reason for a None.
    """

    rows: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    marks: tuple[tuple[str, ...], ...]
    notes: tuple[tuple[str, ...], ...]
    title: str = "Change against the scenario, by stress and party"
    unit: str = "£m"
    failing: str = "first year that fails"
    places: int = 1

    def __post_init__(self) -> None:
        _cells(self.title, self.rows, self.columns, self.values, self.unit)
        for table in (self.marks, self.notes):
            _same_length(self.title, len(self.rows), len(table))
            _same_length(self.title, len(self.columns), *map(len, table))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why cells have no value: each reason once, in the order of the table."""
        empty = (
            note
            for values, notes in zip(self.values, self.notes, strict=True)
            for value, note in zip(values, notes, strict=True)
            if value is None and note
        )
        return tuple(dict.fromkeys(empty))


@dataclass(frozen=True, slots=True)
class Grid:
    """One outcome over two inputs: `rows` and `columns` are their values in words, `base` the cell of the scenario."""

    title: str
    down: str
    across: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    base: tuple[int, int] | None = None
    unit: str = "£m"
    places: int = 1

    def __post_init__(self) -> None:
        _cells(self.title, self.rows, self.columns, self.values, self.unit)
        if self.base and not (0 <= self.base[0] < len(self.rows) and 0 <= self.base[1] < len(self.columns)):
            raise ValueError(f"{self.title!r} has no cell {self.base}")


def _cells(
    title: str,
    rows: tuple[object, ...],
    columns: tuple[str, ...],
    values: tuple[tuple[float | None, ...], ...],
    unit: str,
) -> None:
    if not rows or not columns:
        raise ValueError(f"{title!r} needs at least one row and one column")
    _same_length(title, len(rows), len(values))
    _same_length(title, len(columns), *map(len, values))
    finite(title, (v for row in values for v in row if v is not None), unit)


@dataclass(frozen=True, slots=True)
class Point:
    """A term sheet as two parties see it, and what kind of choice it is."""

    label: str
    x: float
    y: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Frontier:
    """Term sheets by what they are worth to two parties; `without` is what each has if nobody signs."""

    title: str
    points: tuple[Point, ...]
    x_title: str
    y_title: str
    without: tuple[float, float] = (0.0, 0.0)
    unit: str = "£m"
    places: int = 1

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError(f"{self.title!r} needs at least one point")
        finite(self.title, (*self.without, *(v for p in self.points for v in (p.x, p.y))), self.unit)

    def of(self, *kinds: Kind) -> tuple[Point, ...]:
        """The points of those kinds; Pareto points from the best for the party of the upright axis to the worst."""
        return tuple(sorted((p for p in self.points if p.kind in kinds), key=lambda p: (-p.y, p.x)))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of two inputs that just exhaust the reserves: `failing` is the side of the curve on which they run out.

    `curve` goes from the lowest x to the highest; `base` is the pair of the scenario itself.
    """

    title: str
    curve: tuple[tuple[float, float], ...]
    base: tuple[float, float]
    x_title: str
    y_title: str
    x_unit: str = "%"
    y_unit: str = "%"
    failing: Literal["above", "below"] = "above"
    places: int = 1
    fails: str = "Reserves run out"
    holds: str = "Reserves last"

    def __post_init__(self) -> None:
        finite(self.title, (self.base[0], *(x for x, _ in self.curve)), self.x_unit)
        finite(self.title, (self.base[1], *(y for _, y in self.curve)), self.y_unit)
        if not self.curve or any(here[0] > after[0] for here, after in pairwise(self.curve)):
            raise ValueError(f"{self.title!r} needs a curve that goes from the lowest x to the highest")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the interval about it that its error leaves open."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{money.number(self.value, 2)} ({money.number(self.low, 2)} to {money.number(self.high, 2)})"


@dataclass(frozen=True, slots=True)
class Index:
    """An input's Sobol' indices: what it explains alone, and together with others."""

    label: str
    first: Estimate
    total: Estimate


@dataclass(frozen=True, slots=True)
class Indices:
    """Sobol' indices of one outcome; `interval` says what the intervals are."""

    title: str
    indices: tuple[Index, ...]
    interval: str = "95% interval"

    def __post_init__(self) -> None:
        estimates = [e for index in self.indices for e in (index.first, index.total)]
        finite(self.title, (v for e in estimates for v in (e.value, e.low, e.high)))
        if any(not e.low <= e.value <= e.high for e in estimates):
            raise ValueError(f"{self.title!r} has an estimate outside its own interval")

    def largest(self, most: int) -> tuple[Index, ...]:
        """Those of the highest total index, the highest first."""
        return tuple(sorted(self.indices, key=lambda index: -index.total.value)[:most])

    def description(self) -> str:
        """The first few in words."""
        said = [f"{i.label}: alone {i.first}, with interactions {i.total}." for i in self.largest(5)]
        return " ".join(said) or "No input is uncertain."


@dataclass(frozen=True, slots=True)
class Weight:
    """A group of inputs: the money it moves, the grade of its weakest evidence, and anything to say beside it."""

    label: str
    amount: float
    grade: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Groups of inputs in the order of their rank: weak evidence that moves much money first."""

    title: str
    weights: tuple[Weight, ...]
    unit: str = "£m"
    places: int = 1

    def __post_init__(self) -> None:
        finite(self.title, (weight.amount for weight in self.weights), self.unit)
        if any(weight.amount < 0 for weight in self.weights):
            raise ValueError(f"{self.title!r} ranks money moved, which is never below nil")


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the variance between two places where a clause begins or ends, and the share of draws in it."""

    name: str
    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class Draws:
    """Simulated variances as rates of the target: counts between `edges`, those beyond them, three quantiles, zones."""

    edges: Values
    counts: tuple[int, ...]
    below: int
    above: int
    p5: float
    p50: float
    p95: float
    zones: tuple[Zone, ...] = ()

    def __post_init__(self) -> None:
        finite("draws", (*self.edges, self.p5, self.p50, self.p95))
        if not self.counts or len(self.edges) != len(self.counts) + 1:
            raise ValueError("a histogram needs one more edge than it has counts, and at least one count")
        if any(low >= high for low, high in pairwise(self.edges)) or not self.p5 <= self.p50 <= self.p95:
            raise ValueError("a histogram's edges and quantiles must go up")

    @property
    def total(self) -> int:
        """How many draws there are."""
        return sum(self.counts) + self.below + self.above
