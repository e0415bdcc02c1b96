"""Shapes of risk for tests: any at all, with hostile names, and a realistic one of each."""

from __future__ import annotations

import math

from drawn import HOSTILE
from hypothesis import strategies as st

from mcp_finance.report.risk.shapes import (
    KINDS,
    Bar,
    Estimate,
    Fan,
    Frontier,
    Grid,
    Heat,
    Index,
    Indices,
    Pairs,
    Point,
    Ranking,
    Tornado,
    Weight,
)
from mcp_finance.report.views import GRADES

YEARS = tuple(f"{year}/{(year + 1) % 100:02d}" for year in range(2027, 2042))
NAMES = st.one_of(st.text(max_size=60), st.just(HOSTILE), st.sampled_from(["Council", "Growth of demand", "18%"]))
FIGURES = st.one_of(
    st.floats(-1e18, 1e18, allow_nan=False),
    st.floats(-1e8, 1e8),
    st.floats(-1e-6, 1e-6),
    st.integers(-3, 3).map(lambda million: million * 1e6),
    st.just(0.0),
)
RATES = st.floats(-2.0, 2.0) | st.just(0.0)


@st.composite
def fans(draw: st.DrawFn) -> Fan:
    count = draw(st.integers(1, 15))
    years = [sorted(draw(st.lists(FIGURES, min_size=5, max_size=5))) for _ in range(count)]
    base = draw(st.none() | st.tuples(*[FIGURES] * count))
    return Fan(YEARS[:count], *zip(*years, strict=True), "£m", draw(NAMES), base, draw(NAMES))


@st.composite
def tornadoes(draw: st.DrawFn) -> Tornado:
    bars = st.builds(Bar, NAMES, FIGURES, FIGURES, NAMES, NAMES, st.sampled_from(sorted(GRADES)))
    return Tornado(draw(NAMES), draw(FIGURES), tuple(draw(st.lists(bars, max_size=24))))


@st.composite
def heats(draw: st.DrawFn) -> Heat:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 7))

    def table(cell: st.SearchStrategy[object]) -> tuple[tuple[object, ...], ...]:
        return tuple(draw(st.tuples(*[cell] * columns)) for _ in range(rows))

    names = tuple((f"ST{at:02d}", draw(NAMES)) for at in range(rows))
    values, marks, notes = table(st.none() | FIGURES), table(st.sampled_from(["", "2031/32", HOSTILE])), table(NAMES)
    return Heat(names, draw(st.tuples(*[NAMES] * columns)), values, marks, notes, draw(NAMES))


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 7))
    values = tuple(draw(st.tuples(*[st.none() | FIGURES] * columns)) for _ in range(rows))
    base = draw(st.none() | st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)))
    names = draw(st.tuples(*[NAMES] * rows)), draw(st.tuples(*[NAMES] * columns))
    return Grid(draw(NAMES), draw(NAMES), draw(NAMES), *names, values, base)


@st.composite
def frontiers(draw: st.DrawFn) -> Frontier:
    points = st.builds(Point, NAMES, FIGURES, FIGURES, st.sampled_from(sorted(KINDS)))
    found = draw(st.lists(points, min_size=1, max_size=30))
    return Frontier(draw(NAMES), tuple(found), draw(NAMES), draw(NAMES), draw(st.tuples(FIGURES, FIGURES)))


@st.composite
def pairings(draw: st.DrawFn) -> Pairs:
    curve = sorted(draw(st.lists(st.tuples(RATES, RATES), min_size=1, max_size=20)))
    failing, base = draw(st.sampled_from(["above", "below"])), draw(st.tuples(RATES, RATES))
    return Pairs(draw(NAMES), tuple(curve), base, draw(NAMES), draw(NAMES), "%", "years", failing)


@st.composite
def indexes(draw: st.DrawFn) -> Indices:
    shares = st.floats(-1.0, 2.0)
    estimates = st.lists(shares, min_size=3, max_size=3).map(sorted).map(lambda e: Estimate(e[1], e[0], e[2]))
    found = draw(st.lists(st.builds(Index, NAMES, estimates, estimates), max_size=24))
    return Indices(draw(NAMES), tuple(found), draw(NAMES))


@st.composite
def rankings(draw: st.DrawFn) -> Ranking:
    weights = st.builds(Weight, NAMES, FIGURES.map(abs), st.sampled_from(sorted(GRADES)), NAMES)
    return Ranking(draw(NAMES), tuple(draw(st.lists(weights, max_size=24))))


def fan(count: int = 15) -> Fan:
    """A result that drifts down by £1.4m a year and spreads with the root of the year: the median is -1.4 times it."""
    quantiles = [
        tuple((-1.4 * t + z * 9 * math.sqrt(t)) * 1e6 for t in range(count)) for z in (-1.645, -0.674, 0, 0.674, 1.645)
    ]
    base = tuple(-0.4e6 * t for t in range(count))
    return Fan(YEARS[:count], *quantiles, "£m", "Cumulative result", base)


def tornado(count: int = 24) -> Tornado:
    """Inputs that move a result of -£38m less and less: 40 times 0.8 to the power of their number, either way."""
    grades = sorted(GRADES)
    bars = tuple(
        Bar(f"Input {k} of a fairly long name that wraps", -38e6 - 40e6 * 0.8**k, -38e6 + 30e6 * 0.8**k, "18%", "56%",
            grades[k % len(grades)])
        for k in range(count)
    )  # fmt: skip
    return Tornado("Result over the term", -38e6, bars)


def frontier() -> Frontier:
    """Five sheets on a frontier, one that another betters, one that neither should sign, and the contract."""
    on = [Point(f"Share {10 * k}%", (-20 + 12 * k) * 1e6, (24 - 8 * k) * 1e6, "pareto") for k in range(5)]
    rest = [Point("Cap 5%", -2e6, 3e6, "dominated"), Point("Cap 1%", -6e6, -3e6, "refused")]
    return Frontier("Value", (*on, *rest, Point("As offered", 1e6, 1e6, "base")), "Provider", "Commissioner")


def pairs() -> Pairs:
    """Shortfall and delay that exhaust the reserves: 22% alone, 3 years alone, in proportion between."""
    curve = tuple((0.02 * k, 3 * (1 - k / 11)) for k in range(12))
    return Pairs("Shortfall and delay", curve, (0.0, 0.0), "Shortfall", "Delay", "%", "years")


def heat() -> Heat:
    """Two stresses and two parties, one pair of which has nothing to do with one another."""
    return Heat(
        (("ST01", "Demand grows faster"), ("ST07", "Practices withdraw")),
        ("Integrated health organisation", "GP practices"),
        ((-62.5e6, 1.2e6), (31e6, None)),
        (("2031/32", ""), ("", "")),
        (("", ""), ("", "No practices could withdraw")),
    )
