"""The tornado: every figure of a scenario moved over its own range, alone, and what that does to an outcome.

The rule: one figure at a time, all else as in the scenario, so that a bar says nothing of what comes together with it
or of how likely it is. The ends are those of `mcp_finance.analysis.sensitivity.ranges`; all ends are evaluated at once.

Walking one bar through: `lines.falls.shift.effect` at 20% makes the holder's result over the term -£4.1m, at 30%
-£2.9m; the scenario's own is -£3.5m. The bar goes from -4.1 to -2.9, a reach of £1.2m, and stands below longer ones.

Weak evidence and money moved: the same bars in another order. A bar's score is its reach times the weakness of the
figure's grade, a scale that is a choice (`WEAKNESS`): nothing rests on the score but the order, and both factors stand
beside it. Exact figures have the weakness 0, so that they come last whatever they move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mcp_finance.analysis.headlines import UNGRADED
from mcp_finance.analysis.measure import Measure, party_measures
from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.analysis.sensitivity.ranges import SHARES, End, Range, Unmoved, ranges
from mcp_finance.analysis.sensitivity.variants import evaluated
from mcp_finance.scenario.addresses import Addresses

WEAKNESS: Mapping[str, float] = {
    "definition": 0.0,
    "exact-published": 0.0,
    "exact-secondary": 0.0,
    "derived": 1.0,
    "assumption": 2.0,
    UNGRADED: 3.0,
}
"""How weak a grade of evidence is: a figure that nobody has graded is the weakest, for nobody says what it rests on."""
PARTS = 20
"""Where a term sheet has no settlement at an end, this many parts of the way to it are tried."""
SCALE = "exact 0, derived 1, assumption 2, not graded 3"


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure's range and the outcome at either end; `parties` has every party's result at both ends.

    `least` is the least difference that is none of rounding.
    """

    range: Range
    base: float
    low: float
    high: float
    parties: Mapping[str, tuple[float, float]]
    least: float = PENNY

    @property
    def reach(self) -> float:
        """From the least to the most of both ends and the scenario itself."""
        return max(self.low, self.high, self.base) - min(self.low, self.high, self.base)

    @property
    def one_sided(self) -> bool:
        """Whether both ends move the outcome the same way, so that the figure's middle is near a turning point."""
        return (self.low - self.base) * (self.high - self.base) > 0 and self.reach >= self.least

    @property
    def weakness(self) -> float:
        return WEAKNESS[self.range.grade]

    @property
    def score(self) -> float:
        return self.reach * self.weakness


@dataclass(frozen=True, slots=True)
class Tornado:
    """Bars, the longest first, and the figures that have none. `idle` is how many figures move nothing."""

    measure: Measure
    base: float
    bars: tuple[Bar, ...]
    unmoved: tuple[Unmoved, ...]
    idle: int

    def by_weakness(self) -> tuple[Bar, ...]:
        """Bars in the order of their score; those of no score are left out."""
        return tuple(sorted((b for b in self.bars if b.score > 0), key=lambda b: (-b.score, -b.reach)))


def tornado(run: Run, measure: Measure, shares: Mapping[str, float] = SHARES) -> Tornado:
    """Every figure with a range, moved to both its ends.

    Raises:
        ScenarioError: the section `uncertainty` has problems.
    """
    found, unmoved = ranges(run, shares)
    parties = party_measures(run)
    keep = (measure.row, *(m.row for m in parties))
    read = _Read(run, measure, parties, keep, Addresses(run.inputs))
    low, high = read.ends(found, [r.low for r in found]), read.ends(found, [r.high for r in found])
    bars, broken = [], []
    for r, (at_low, why_low), (at_high, why_high) in zip(found, low, high, strict=True):
        if at_low and at_high:
            results = {p: (at_low.results[p], at_high.results[p]) for p in run.parties}
            moved = replace(r, low=at_low.end, high=at_high.end)
            bars.append(Bar(moved, measure.plain(run), at_low.outcome, at_high.outcome, results, measure.least))
        else:
            why = f"there can be no settlement at an end of its range: {why_low or why_high}"
            broken.append(Unmoved(r.path, r.title, r.grade, why))
    moving = [bar for bar in bars if bar.reach >= measure.least]
    ordered = tuple(sorted(moving, key=lambda bar: -bar.reach))
    return Tornado(measure, measure.plain(run), ordered, (*unmoved, *broken), len(bars) - len(moving))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What an end comes to: the asked figure, and each party's result."""

    end: End
    outcome: float
    results: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Read:
    """Reads ends, many at once."""

    run: Run
    measure: Measure
    parties: tuple[Measure, ...]
    keep: tuple[str, ...]
    addresses: Addresses

    def ends(self, found: Sequence[Range], ends: Sequence[End]) -> list[tuple[_Outcome | None, str]]:
        """The outcome of each end, or of the nearest part of the way at which there is a settlement, or why of none."""
        read = self.read(ends)
        for k, (_, why) in enumerate(read):
            if why:
                ways = [found[k].nearer(self.addresses, ends[k], part / PARTS) for part in range(PARTS - 1, -1, -1)]
                nearer = self.read([end for end in ways if end is not None])
                read[k] = next(((outcome, "") for outcome, _ in nearer if outcome is not None), read[k])
        return read

    def read(self, ends: Sequence[End]) -> list[tuple[_Outcome | None, str]]:
        variants = evaluated(self.run, [end.inputs for end in ends], self.keep)
        asked = self.measure.of(variants.rows[self.measure.row])
        results = {p: m.of(variants.rows[m.row]) for p, m in zip(self.run.parties, self.parties, strict=True)}
        return [
            (None, variants.broken[k])
            if variants.broken[k]
            else (_Outcome(end, float(asked[k]), {p: float(v[k]) for p, v in results.items()}), "")
            for k, end in enumerate(ends)
        ]
