"""The sensitivity of a scenario as sections of a report, and as the shapes that charts are drawn from.

The rule: nothing is computed here. Every part says what its ranges rest on: a distribution
that somebody gave, or an illustrative share by grade; and every estimate stands with its standard error.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.futures.drawn import BY_CHANCE
from mcp_finance.analysis.measure import Measure
from mcp_finance.analysis.sensitivity.grid import Grid
from mcp_finance.analysis.sensitivity.information import Information
from mcp_finance.analysis.sensitivity.ranges import ILLUSTRATIVE, said_shares
from mcp_finance.analysis.sensitivity.sensitivity import Sensitivity
from mcp_finance.analysis.sensitivity.sobol import Sobol
from mcp_finance.analysis.sensitivity.tornado import SCALE, Bar, Tornado
from mcp_finance.files.problems import harmless
from mcp_finance.report import money
from mcp_finance.report.risk import shapes
from mcp_finance.report.risk.heat import grid_table
from mcp_finance.report.risk.indices import indices_chart, ranking_chart
from mcp_finance.report.risk.shapes import Estimate, Index, Indices, Ranking, Weight
from mcp_finance.report.risk.tornado import tornado_chart
from mcp_finance.report.views import GRADES, NONE, Chart, Part, Section, Table, Words

TOP = 20
Z95 = 1.96
ALONE = "Each figure is moved alone, all others as in the scenario; a bar says nothing of how likely its ends are."
RANKED = (
    f"Ranked by money moved times how weak the evidence is, on a scale that is a choice: {SCALE}. "
    "The product is no amount of money: it only orders the figures."
)
NEUTRAL = (
    "Worth is the average, without dislike of risk. What changes no decision is worth nothing. A source that "
    "is correlated with others tells of them too, so that values do not add up."
)


def unit_of(measure: Measure) -> str:
    """What an outcome is shown in."""
    return "£m" if measure.unit == "GBP" else "%" if measure.unit in ("share", "rate") else measure.unit


def tornado_shape(found: Tornado) -> shapes.Tornado:
    """The tornado for a chart or the terminal."""
    bars = tuple(
        shapes.Bar(harmless(b.range.label), b.low, b.high, *_texts(b), grade=b.range.grade) for b in found.bars
    )
    return shapes.Tornado(harmless(found.measure.title), found.base, bars, unit_of(found.measure))


def _texts(bar: Bar) -> tuple[str, str]:
    """Both ends of the range in words, with what was cut."""
    low, high = (f"{harmless(e.text)} (cut)" if e.cut else harmless(e.text) for e in (bar.range.low, bar.range.high))
    return low, high


def ranking_shape(found: Tornado) -> Ranking:
    """Weak evidence that moves much money, first."""
    weights = tuple(
        Weight(harmless(b.range.label), b.reach, b.range.grade, f"weakness {money.number(b.weakness)}")
        for b in found.by_weakness()
    )
    return Ranking(f"Weak evidence × money moved: {harmless(found.measure.title)}", weights, unit_of(found.measure))


def grid_shape(found: Grid) -> shapes.Grid:
    down, across = found.down, found.across
    return shapes.Grid(
        harmless(found.measure.title),
        harmless(down.title),
        harmless(across.title),
        tuple(map(harmless, down.texts)),
        tuple(map(harmless, across.texts)),
        found.values,
        found.base,
        unit_of(found.measure),
    )


def indices_shape(found: Sobol) -> Indices:
    every = tuple(
        Index(harmless(i.group.title), _interval(i.first, i.first_error), _interval(i.total, i.total_error))
        for i in found.indices
    )
    return Indices(f"Variance: {harmless(found.measure.title)}", every)


def _interval(value: float, error: float) -> Estimate:
    return Estimate(value, value - Z95 * error, value + Z95 * error)


def ranges_said(found: Sensitivity) -> str:
    """What the ranges rest on, in words."""
    drawn = sum(bool(b.range.source) for b in found.tornado.bars)
    given = f"{drawn} of {len(found.tornado.bars)} bars have a distribution of the scenario, from its P10 to its P90. "
    return f"{given if drawn else ''}{said_shares(found.asked.shares)} {ILLUSTRATIVE}"


def left_out(found: Tornado) -> str:
    """How many figures have no bar, and why."""
    counts: dict[str, int] = {}
    for figure in found.unmoved:
        why = figure.why.partition(":")[0]
        counts[why] = counts.get(why, 0) + 1
    told = [f"{n} {why}" for why, n in counts.items()]
    return f"Without a bar: {'; '.join([f'{found.idle} that move nothing here', *told])}."


def explained(found: Sobol) -> str:
    """How much groups explain alone, and what they explain together."""
    if not found.indices:
        return "The outcome does not vary."
    sd = shapes.shown(found.variance**0.5, unit_of(found.measure))
    share = f"{money.percent(found.alone)} (standard error {money.percent(found.alone_error)})"
    return (
        f"Standard deviation {sd}, of {found.draws:,} draws in each of {len(found.indices) + 2} matrices. Groups that "
        f"are independent of each other explain {share} of the variance alone; what is missing to 100% they explain "
        "together."
    )


def decision_said(found: Information) -> str:
    """The options, what is chosen, and what knowing everything is worth."""
    unit = unit_of(found.measure)

    def amount(value: float, error: float) -> str:
        return f"{shapes.shown(value, unit, 2)} (standard error {shapes.shown(error, unit, 2)})"

    told = [
        f"{harmless(o.title)} {amount(o.mean, o.error)}, best in {money.percent(o.best)} of draws"
        for o in found.options
        if o.error or o.mean
    ]
    perfect = amount(found.perfect.value, found.perfect.error)
    idle = (
        "" if found.perfect.value else "In no draw is another option better, so nothing learnt changes the decision. "
    )
    return (
        f"Worth by {harmless(found.measure.title)}: {'; '.join(told) or 'nothing'}; not to sign is worth nothing. "
        f"Chosen without further knowledge: {harmless(found.chosen)}. To know everything beforehand would be worth "
        f"{perfect} on average. {idle}{NEUTRAL}"
    )


def value_name(name: str) -> str:
    return "Chance in activity counts (nobody can know it)" if name == BY_CHANCE else harmless(name.replace("_", " "))


def sections(found: Sensitivity, top: int = TOP) -> Iterator[Section]:
    """The report's sections, one for each question."""
    bars = found.tornado
    yield Section(
        "tornado",
        "What moves the outcome",
        (
            Words(f"{ALONE} {ranges_said(found)}"),
            Chart(tornado_chart(tornado_shape(bars), key="tornado", most=top)),
            _bars_table(bars, top),
            Words(left_out(bars)),
        ),
    )
    yield Section(
        "weak-evidence",
        "Weak evidence that moves much money",
        (Words(RANKED), Chart(ranking_chart(ranking_shape(bars), key="weak", most=top)), _weak_table(bars, top)),
    )
    if found.grid:
        why = dict.fromkeys(text for row in found.grid.why for text in row if text)
        said = (Words("Cells without a figure:", tuple(map(harmless, why))),) if why else ()
        yield Section("grid", "Two figures together", (grid_table(grid_shape(found.grid)), *said))
    if found.indices:
        first, *others = (tuple(_indices_parts(one, f"indices-{at}")) for at, one in enumerate(found.indices))
        yield Section("indices", "Where the variance comes from", first)
        every = tuple(part for parts in others for part in parts)
        yield Section("indices-by-party", "Where the variance of every party's result comes from", every, folded=True)
    if found.information:
        table = _value_table(found.information)
        yield Section("value", "What knowing more is worth", (Words(decision_said(found.information)), table))


def _indices_parts(found: Sobol, key: str) -> Iterator[Part]:
    if found.indices:
        yield Chart(indices_chart(indices_shape(found), key=key))
        yield Words(explained(found))
    else:
        yield Words(f"{harmless(found.measure.title)}: {explained(found)}")


def _bars_table(found: Tornado, top: int) -> Table:
    unit = unit_of(found.measure)
    rows = tuple(
        (
            harmless(b.range.label),
            harmless(b.range.path),
            GRADES[b.range.grade],
            harmless(b.range.basis),
            " to ".join(_texts(b)),
            shapes.shown(b.low, unit),
            shapes.shown(b.high, unit),
            "both ends the same way" if b.one_sided else NONE,
        )
        for b in found.bars[:top]
    )
    head = ("Figure", "Address", "Grade", "Range rests on", "Range", "At low", "At high", "Turning point")
    return Table(f"Ranges and outcomes; {harmless(found.measure.title)}", head, "tttttnnt", rows, tight=True)


def _weak_table(found: Tornado, top: int) -> Table:
    unit = unit_of(found.measure)
    rows = tuple(
        (
            str(rank),
            harmless(b.range.label),
            GRADES[b.range.grade],
            money.number(b.weakness),
            shapes.shown(b.reach, unit),
            harmless(b.range.basis),
        )
        for rank, b in enumerate(found.by_weakness()[:top], 1)
    )
    head = ("Rank", "Figure", "Grade", "Weakness", "Money moved", "Range rests on")
    return Table("Weak evidence × money moved", head, "nttnnt", rows, tight=True)


def _value_table(found: Information) -> Table:
    unit = unit_of(found.measure)
    rows = [
        (value_name(v.name), shapes.shown(v.value, unit, 2), shapes.shown(v.error, unit, 2))
        for v in (found.perfect, *found.values)
    ]
    return Table(
        "Value of knowing", ("Known beforehand", "Worth", "Standard error"), "tnn", tuple(rows), frozenset({0})
    )
