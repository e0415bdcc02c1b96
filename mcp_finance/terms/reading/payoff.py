"""The payoff curve of a term sheet: what each party gets and is paid, against the variance.

The curve is the sheet's own rows, read by numpy with the points as draws; no rule of the sheet is computed here. The
points are evenly spaced, with every gate, band end and limit (as the rows themselves say where it lies), and a point
just beside each, so that the jump at a first-pound gate stands where it belongs. Where there are several pools their
variances move in proportion to their targets. A sheet without pools is drawn against the score that earns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from mcp_finance.rows.evaluate import Array, Results, evaluate
from mcp_finance.terms.clauses import has_memory
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import party_inputs, plain
from mcp_finance.terms.fields import read_of
from mcp_finance.terms.formula import Formula, walk
from mcp_finance.terms.reading.given import FactError, Given, given_facts
from mcp_finance.terms.schema import Pool, Side, TermSheet

LOW, HIGH = Fraction(-15, 100), Fraction(15, 100)
WIDEST = 10
POINTS, NUDGE = 241, 1e-6
Values = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A place of the curve where a clause begins or ends: `rate` of the target, negative for a loss.

    `pools` names the pools that it belongs to, where not all have it.
    """

    rate: float
    what: str
    pools: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.what + (f" ({', '.join(self.pools)})" if self.pools else "")


@dataclass(frozen=True, slots=True)
class Jump:
    """A place where amounts change at once: the points before and after it, and by party what is just before and at it.

    `before` is the side that is nearer to nil.
    """

    rate: float
    before: dict[str, float]
    after: dict[str, float]


@dataclass(frozen=True, slots=True)
class Payoff:
    """What each party gets over a range. `rates` are the variance by target, or scores; amounts are in money.

    `shares` are parts of the variance, empty where there are no pools; `payments` are what is posted, positive if
    received. `target` is the sum of the pools' adjusted targets. A party that never takes part is in `outside`.
    """

    over: Literal["variance", "score"]
    rates: Values
    target: float
    currency: str
    in_percent: bool
    shares: dict[str, Values]
    payments: dict[str, Values]
    edges: tuple[Edge, ...]
    jumps: tuple[Jump, ...]
    breaks: frozenset[int]
    notes: tuple[str, ...]
    holders: tuple[str, ...]
    outside: tuple[str, ...]

    @property
    def pays_the_shares(self) -> bool:
        """Whether every party but a single holder is paid its share, so that payments need no curve of their own."""
        others = [p for p in self.payments if p not in self.holders]
        close = 1e-9 * max(1.0, self.target)
        same = all(np.allclose(self.payments[p], self.shares[p], 0, close) for p in others if p in self.shares)
        return self.over == "variance" and len(self.holders) == 1 and same

    def at(self, party: str, rate: float, *, payment: bool = False) -> float:
        """A party's amount at a rate, straight between the points."""
        amounts = (self.payments if payment else self.shares)[party]
        return float(np.interp(rate, self.rates, amounts))


def payoff(
    compiled: Compiled, facts: Mapping[str, str] | None = None, low: Fraction = LOW, high: Fraction = HIGH
) -> Payoff:
    """The curve between two rates of the target (two scores, where there are no pools).

    `facts` are texts by name, as `--fact` takes them.

    Raises:
        FactError: a fact is unknown or unreadable, the range is empty, or the facts break a rule of the sheet.
    """
    if not -WIDEST <= low < high <= WIDEST:
        raise FactError(f"the range must go up, within {-100 * WIDEST}% and {100 * WIDEST}%")
    if compiled.sheet.pools:
        return _Curve(compiled, facts or {}).over_variance(float(low), float(high))
    low, high = (Fraction(0), Fraction(1)) if (low, high) == (LOW, HIGH) else (low, high)
    return _scored(compiled, facts or {}, float(low), float(high))


def read(compiled: Compiled, values: Mapping[str, Array]) -> Results:
    """The sheet's rows for facts given by name, each with the points last.

    Raises:
        FactError: a rule of the sheet is broken at some point.
    """
    model = compiled.model
    inputs = {n: np.array([[float(v) for v, _ in cells]]) for n, cells in compiled.cells.items()}
    inputs |= {
        n: np.array([[float(v) for v, _ in cells]])
        for n, (_, cells) in party_inputs(model.dimension["party"].members).items()
    }
    shaped = {n: a if model.shape(n) else a[:, 0] for n, a in inputs.items()}
    found = evaluate(model, shaped | {n: np.atleast_1d(v)[None, :] for n, v in values.items()})
    for condition in compiled.conditions:
        if np.any(found[condition.row] > 0):
            raise FactError(f"with these facts {condition.message}: give others")
    return found


def amounts(compiled: Compiled, found: Results, suffix: str, count: int) -> dict[str, Array]:
    """By party the row with that suffix at every point."""
    rows = compiled.names(suffix)
    return {p: np.broadcast_to(found[name].reshape(-1), (count,)) + 0.0 for p, name in rows.items()}


@dataclass(frozen=True, slots=True)
class _Curve:
    compiled: Compiled
    facts: Mapping[str, str]

    @property
    def sheet(self) -> TermSheet:
        return self.compiled.sheet

    def over_variance(self, low: float, high: float) -> Payoff:
        given = given_facts(self.compiled, self.facts, ("actual",))
        actual = self._inversion(given)
        coarse = np.linspace(low, high, POINTS)
        first = self._read(given, actual, coarse)
        edges = tuple(self._edges(first, coarse))
        rates = np.array([e.rate for e in edges])
        beside = np.concatenate([coarse, [0.0], rates, rates - NUDGE, rates + NUDGE])
        x = np.unique(beside[(beside >= low) & (beside <= high)])
        found = self._read(given, actual, x)
        shares, paid = (amounts(self.compiled, found, s, len(x)) for s in ("share", "payment"))
        pools = self.sheet.pools
        target = float(sum(found[self._row(p, "adjusted_target")].flat[0] for p in pools))
        breaks, jumps = _jumps(x, {**paid, **shares}, target)
        notes = (*given.notes, *_notes(self.sheet))
        return Payoff(
            "variance",
            tuple(x.tolist()),
            target,
            self.sheet.currency,
            given.in_percent,
            {p: tuple(v.tolist()) for p, v in shares.items()},
            {p: tuple(v.tolist()) for p, v in paid.items()},
            _merged([e for e in edges if low <= e.rate <= high], len(pools)),
            jumps,
            breaks,
            notes,
            tuple(dict.fromkeys(p.held_by for p in pools)),
            tuple(p for p in self.sheet.parties if p not in {**shares, **paid}),
        )

    def _row(self, pool: Pool, name: str) -> str:
        return f"{self.sheet.prefix}.{pool.id}.{name}"

    def _inversion(self, given: Given) -> dict[str, tuple[float, float]]:
        """By fact, the actual that leaves no variance and what it changes by as the variance grows by the target."""
        names = {pool.id: self._row(pool, "actual") for pool in self.sheet.pools}
        sizes = {pool.id: float(given.values[self._row(pool, "target")]) for pool in self.sheet.pools}
        trial = {names[p]: np.array([0.0, sizes[p]]) for p in names}
        found = read(self.compiled, _arrays(given) | trial)
        inverted: dict[str, tuple[float, float]] = {}
        for pool in self.sheet.pools:
            at_nil, at_target = found[self._row(pool, "variance")].flat
            adjusted = float(found[self._row(pool, "adjusted_target")].flat[0])
            if at_nil == at_target:
                raise FactError(f"the actual of {plain(pool.id)} does not move its variance")
            slope = sizes[pool.id] / (at_target - at_nil)
            inverted[names[pool.id]] = (float(-at_nil * slope), float(adjusted * slope))
        return inverted

    def _read(self, given: Given, actual: Mapping[str, tuple[float, float]], rates: Array) -> Results:
        moved = {name: level + slope * rates for name, (level, slope) in actual.items()}
        return read(self.compiled, _arrays(given) | moved)

    def _edges(self, found: Results, rates: Array) -> Iterator[Edge]:
        for pool in self.sheet.pools:
            target = float(found[self._row(pool, "adjusted_target")].flat[0])
            for name, side in (("gain", pool.gain), ("loss", pool.loss_side)):
                if target > 0 and any(band.share for band in side.bands):
                    yield from self._side_edges(found, pool, name, side, target)

    def _side_edges(self, found: Results, pool: Pool, name: str, side: Side, target: float) -> Iterator[Edge]:
        sign, of = (1.0 if name == "gain" else -1.0), (pool.title or plain(pool.id),)
        part = self._part_of_year(found)
        gate, start = side.gate, 0.0
        if gate is not None:
            at = self._value(found, pool, f"{name}.gate", gate.at)
            yield Edge(sign * at / part / target, f"gate of the {name}", of)
            start = at if gate.then == "excess" else 0.0
        if side.limit_variance is not None:
            limit = start + self._value(found, pool, f"{name}.limit", side.limit_variance)
            yield Edge(sign * limit / part / target, f"limit of the {name}", of)
        from_excess = start if gate is not None and gate.bands_on == "excess" else 0.0
        for n, band in enumerate(side.bands, 1):
            if band.to is not None:
                end = from_excess + self._value(found, pool, f"{name}.band_{n}.to", band.to)
                yield Edge(sign * end / part / target, f"end of band {n} of the {name}", of)

    def _part_of_year(self, found: Results) -> float:
        period, row = self.sheet.period, f"{self.sheet.prefix}.part_of_year"
        if period is None or period.prorate != "before_limits" or row not in found:
            return 1.0
        return float(found[row].flat[0]) or 1.0

    def _value(self, found: Results, pool: Pool, own: str, made: Formula) -> float:
        """The value of a formula of a side, in the row that the compiler gave it."""
        if made.root.number is not None:
            return float(made.root.number.value)
        name = made.root.name
        candidates = (self._row(pool, name), f"{self.sheet.prefix}.{name}") if name else (self._row(pool, own),)
        row = next(c for c in candidates if c in found)
        return float(found[row].flat[0])


def _merged(edges: list[Edge], pools: int) -> tuple[Edge, ...]:
    """Edges in order; those of several pools at one place are one."""
    found: dict[tuple[float, str], tuple[str, ...]] = {}
    for edge in sorted(edges, key=lambda e: e.rate):
        at = (round(edge.rate, 9), edge.what)
        found[at] = (*found.get(at, ()), *edge.pools)
    return tuple(Edge(rate, what, () if len(of) == pools else of) for (rate, what), of in found.items())


def _arrays(given: Given) -> dict[str, Array]:
    return {name: np.array([float(value)]) for name, value in given.values.items()}


def _jumps(x: Array, amounts: Mapping[str, Array], target: float) -> tuple[frozenset[int], tuple[Jump, ...]]:
    """Places between neighbouring points where an amount changes by far more than the variance does."""
    breaks, jumps = [], []
    for k in np.flatnonzero(np.diff(x) <= 1.5 * NUDGE):
        step = (x[k + 1] - x[k]) * target
        if any(abs(v[k + 1] - v[k]) > 20 * step + 1e-9 * target for v in amounts.values()):
            near, far = (k, k + 1) if x[k] >= 0 else (k + 1, k)
            before, after = ({p: float(v[i]) for p, v in amounts.items()} for i in (near, far))
            jumps.append(Jump(float(x[far]), before, after))
            breaks.append(int(k))
    return frozenset(breaks), tuple(jumps)


def _notes(sheet: TermSheet) -> tuple[str, ...]:
    found = []
    if len(sheet.pools) > 1:
        found.append("the variances of all pools move together, in proportion to their targets")
    if sheet.at_risk:
        found.append("payments include what is earned for performance")
    if has_memory(sheet):
        found.append("nothing is brought forward from earlier years but what the sheet opens with")
    return tuple(found)


def _scored(compiled: Compiled, facts: Mapping[str, str], low: float, high: float) -> Payoff:
    """A sheet without pools: payments against the scores, all moved together."""
    sheet = compiled.sheet
    scores = _scores(sheet)
    given = given_facts(compiled, facts, scores)
    x = np.linspace(low, high, POINTS)
    moved = {use.name: x for use in compiled.facts if use.fact in scores and not use.is_given}
    found = read(compiled, _arrays(given) | moved)
    paid = amounts(compiled, found, "payment", len(x))
    breaks, jumps = _jumps(x, paid, float(given.target))
    notes = [*given.notes]
    if len(scores) > 1:
        notes.append(f"these scores move together: {', '.join(map(plain, scores))}")
    if compiled.withheld:
        kept = float(found[compiled.withheld].sum(axis=1).flat[0])
        notes.append(f"instalments are less {kept:,.10g} withheld, which is not in the curve")
    return Payoff(
        "score",
        tuple(x.tolist()),
        float(given.target),
        sheet.currency,
        not any(sheet.facts[n].unit == "money" for n in facts if n in sheet.facts),
        {},
        {p: tuple(v.tolist()) for p, v in paid.items()},
        (),
        jumps,
        breaks,
        tuple(notes),
        (),
        tuple(p for p in sheet.parties if p not in paid),
    )


def _scores(sheet: TermSheet) -> tuple[str, ...]:
    """The ratios that earned parts depend on, directly or through definitions."""
    todo = [term.name for item in sheet.at_risk for term in walk(item.earned.root) if term.op == "name"]
    found: dict[str, None] = {}
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in sheet.facts and sheet.facts[name].unit == "ratio" and not sheet.facts[name].optional:
            found[name] = None
        made = sheet.definitions.get(name)
        if made is not None:
            todo += [term.name for term in read_of(made).names()]
    return tuple(found)
