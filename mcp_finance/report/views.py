"""A run as the parts of a document: every figure already a string, every chart already drawn.

The rule: a template only places what is here. Nothing here models anything either: figures are values of rows, and the
only arithmetic is counting, and adding up what a table shows. The file's own words are made harmless on the way in
(one line, no invisible characters); escaping them is the business of whoever places them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from mcp_finance.analysis.headlines import UNGRADED, Headlines, Metric
from mcp_finance.analysis.run import Run
from mcp_finance.files.figures import FigureError, format_time
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import HOLDER
from mcp_finance.report import charts, money
from mcp_finance.report.charts import Step
from mcp_finance.report.risk.heat import Shaded
from mcp_finance.rows.expr import plain_name

GRADES = {
    "exact-published": "Exact, published",
    "exact-secondary": "Exact, from a secondary source",
    "derived": "Derived",
    "assumption": "Assumption",
    "definition": "Definition",
    UNGRADED: "Not graded",
}
NONE = "—"
_IN_BILLIONS = 1e9
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_TABLES = ("population", "age_weight")
_PLACES = {"share": 2, "rate": 2, "index": 4, "weight": 4, "years": 2, "GBP a head": 2, "level": 4}


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `layout` has a letter a column: `t` for words, `n` for figures; the first heads its row.

    `strong` are the rows that sum up, `tight` sets a long table small.
    """

    caption: str
    head: tuple[str, ...]
    layout: str
    rows: tuple[tuple[str, ...], ...]
    strong: frozenset[int] = frozenset()
    tight: bool = False
    kind: str = "table"

    @property
    def narrow(self) -> bool:
        """A label and a figure or two, which read best side by side."""
        return len(self.layout) <= 3 and "n" in self.layout


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: markup made by `mcp_finance.report.charts`, in which every name is escaped."""

    svg: str
    kind: str = "chart"


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph, or with `items` a list beneath it."""

    text: str
    items: tuple[str, ...] = ()
    kind: str = "words"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section; level 3 stands below the section's own, 4 below that."""

    text: str
    level: int = 3
    kind: str = "heading"


Part = Table | Chart | Words | Heading | Shaded


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report: `key` is its anchor; `folded` parts can be closed on screen and are printed."""

    key: str
    title: str
    parts: tuple[Part, ...]
    folded: bool = False


def amount(value: float) -> str:
    """Pounds as the report says them: £5.88bn, £244.3m."""
    return money.pounds(value, 2 if abs(value) >= _IN_BILLIONS else 1)


def in_millions(value: float, *, plus: bool = False) -> str:
    """Pounds always in £m, for figures that are compared with one another; `plus` marks gains too."""
    return money.measured(value / 1e6, "£m", 1, plus=plus)


def millions(value: float) -> str:
    """A figure for a column headed £m."""
    return money.number(value / 1e6, 1)


def day(time: float) -> str:
    """A financial-year time as a date such as `1 April 2019`."""
    try:
        found = date.fromisoformat(format_time(time))
    except FigureError:
        return "beyond the calendar of the model"
    return _in_words(found)


def last_day(time: float) -> str:
    """A last day, held as the day after it."""
    try:
        found = date.fromisoformat(format_time(time)) - timedelta(days=1)
    except FigureError:
        return day(time)
    return _in_words(found)


def _in_words(found: date) -> str:
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}"


def with_unit(value: float, unit: str) -> str:
    """One value in its unit, exactly enough to be recognised: `£244,300,000.00`, `2.50%`, `1 April 2019`."""
    places = _PLACES.get(unit, 0 if abs(value) >= 1000 or value == int(value) else 2)
    if unit == "GBP":
        return money.pounds_exact(value)
    if unit == "GBP a head":
        return f"{money.pounds_exact(value)} a head"
    if unit in ("share", "rate"):
        return money.percent(value, places)
    if unit == "time":
        return day(value)
    if unit == "level":
        return money.number(value, places)
    return f"{money.number(value, places)} {unit}"


def metric_value(metric: Metric, value: float | None) -> str:
    """A headline figure in its unit; a dash where there is none."""
    if value is None:
        return NONE
    if metric.unit == "money":
        return amount(value)
    if metric.unit == "head":
        return money.pounds(value, 0)
    return money.percent(value) if metric.unit == "share" else money.number(value, 3)


def names(run: Run) -> dict[str, str]:
    """What each party is called in this scenario."""
    return {party: harmless(title) for party, title in run.parties.items()}


def cases_taken(run: Run) -> tuple[tuple[str, str, str], ...]:
    """For each group of cases its name, the choice taken and that choice's title."""
    groups = run.loaded.scenario.cases
    return tuple(
        (plain_name(group).capitalize(), choice, harmless(groups[group].choices[choice].title))
        for group, choice in run.loaded.cases.items()
    )


def never_in_deficit(h: Headlines) -> bool:
    """Whether results since the first year never fall below nil, to the pound as it is shown."""
    return money.rounded(h.metric("deepest_deficit").value) >= 0


def in_short(run: Run, h: Headlines) -> str:
    """The answer in three sentences."""
    total, result, worst = (h.metric(key) for key in ("contract_total", "result_total", "worst_year"))
    called, first, n = names(run)[HOLDER], run.years[0], len(run.years)
    ends = "short of its costs" if result.value < 0 else "above its costs"
    low = f"{worst.label[:1].lower()}{worst.label[1:]}"
    text = (
        f"Over {n} year{'s' * (n > 1)} {called} is paid {amount(total.value)} ({amount(total.real or 0.0)} at {first} "
        f"prices) and ends {amount(abs(result.value))} {ends} ({amount(abs(result.real or 0.0))} at {first} prices). "
        f"The {low}, comes to {amount(worst.value)}. "
    )
    if never_in_deficit(h):
        return text + "Its results since the first year never go below nil."
    cover, saving = h.metric("reserve_cover").value, h.metric("break_even_saving").value
    end = f"; a saving of {money.percent(saving)} of the budget would break even." if saving > 0 else "."
    return f"{text}Opening reserves cover {money.percent(cover)} of the deepest cumulative deficit{end}"


def headline_table(run: Run, h: Headlines) -> Table:
    """Every headline figure, nominal and real, beside what was published."""
    rows = [
        (m.label, metric_value(m, m.value), metric_value(m, m.real), "; ".join(filter(None, (m.beside, m.comment))))
        for m in h.metrics
    ]
    rows.append(("Affordability for the commissioner", NONE, NONE, h.affordability))
    head = ("Measure", "Nominal", f"Real, {run.years[0]} prices", "Published, or how to read it")
    return Table("Headline figures", head, "tnnt", tuple((a, b, c, d or NONE) for a, b, c, d in rows))


def bridge(run: Run, h: Headlines) -> tuple[Part, ...]:
    """From the reference-year cost of the NHS lines to the first year's payment, drawn and as a table."""
    last = len(h.bridge) - 1
    steps = [
        Step(label, value, "total" if k in (0, last) else "change") for k, (_, label, value) in enumerate(h.bridge)
    ]
    totals = list(accumulate(value for _, _, value in h.bridge[:-1]))
    rows = [
        (label, money.measured(value / 1e6, "", 1, plus=0 < k < last), millions(totals[min(k, last - 1)]))
        for k, (_, label, value) in enumerate(h.bridge)
    ]
    reference = run.loaded.scenario.contract.reference_year
    title = f"From the NHS lines of {reference} to the payment of {run.years[0]}"
    text = f"Starts at {amount(h.bridge[0][2])} and ends at {amount(h.bridge[-1][2])}; the table below has every step."
    return (
        Heading(f"From {amount(h.bridge[0][2])} to {amount(h.bridge[-1][2])}"),
        Chart(charts.waterfall(title, text, [s for s in steps if s.kind == "total" or s.value], key="bridge")),
        Table("The same bridge, £m", ("Step", "Amount", "Running total"), "tnn", tuple(rows), frozenset((0, last))),
    )


def parties(run: Run, h: Headlines) -> tuple[Part, ...]:
    """Each party against do-nothing, with the test that the verdict applies."""
    called = names(run)
    rows = [
        (called[p.party], in_millions(p.result), in_millions(p.change, plus=True), in_millions(p.threshold), p.verdict)
        for p in h.parties
    ]
    rows.append(("All parties together", NONE, in_millions(h.system_change, plus=True), NONE, NONE))
    share = money.percent(float(run.inputs.values["materiality"].item()))
    test = (
        f"The test: a party is better or worse off where its result over the term differs from do-nothing by more than "
        f"{share} of the income it would have had then; anything less is no material change. Do-nothing means that "
        f"existing contracts go on, nothing transfers and nothing shifts. {called[HOLDER]} does not exist then: its "
        f"result is held against nil, and its threshold is {share} of its budget."
    )
    head = ("Party", "Result over the term", "Change against do-nothing", "Threshold, either way", "Verdict")
    return (
        Heading("Each party against do-nothing"),
        Table("Who gains and who loses", head, "tnnnt", tuple(rows)),
        Words(test),
    )


def evidence(run: Run, h: Headlines) -> tuple[Part, ...]:
    """How much money and how many figures rest on each grade, and which figures have none."""
    e = h.evidence
    tabled = _tabled(run)
    pounds, figures = sum(e.money.values()), sum(e.counts.values())
    rows = []
    for grade, label in GRADES.items():
        sum_, count, table = e.money.get(grade, 0.0), e.counts.get(grade, 0), tabled.get(grade, 0)
        if count or sum_ or grade != UNGRADED:
            part = money.percent(sum_ / pounds) if pounds else NONE
            rows.append(
                (label, millions(sum_), part, money.whole(count), money.whole(table), money.whole(count - table))
            )
    all_tabled = sum(tabled.values())
    whole = ("All", millions(pounds), money.percent(1.0) if pounds else NONE)
    rows.append((*whole, money.whole(figures), money.whole(all_tabled), money.whole(figures - all_tabled)))
    head = ("Grade", "Budget lines, £m", "Share of money", "Figures", "of which in tables", "of which others")
    ungraded = (Words(f"Not graded ({len(e.ungraded)}):", tuple(map(harmless, e.ungraded))),) if e.ungraded else ()
    return (
        Heading("Evidence"),
        Words(_evidence_sentence(run, h)),
        Table("What the figures rest on", head, "tnnnnn", tuple(rows), frozenset((len(rows) - 1,))),
        *(ungraded or (Words("Every figure that the model reads has a grade."),)),
    )


def _evidence_sentence(run: Run, h: Headlines) -> str:
    e, apart = h.evidence, money.percent(assumed_outside_tables(run, h))
    return (
        f"{amount(e.assumed_money)} ({money.percent(e.assumed_money_share)}) of the reference-year cost of budget "
        f"lines is graded assumption, and so are {money.percent(e.assumed_count_share)} of all figures other than "
        f"definitions; leaving aside the tables of population and age profiles, {apart} of them."
    )


def assumed_outside_tables(run: Run, h: Headlines) -> float:
    """Share of assumptions among the figures that are neither definitions nor in a table beside the scenario."""
    tabled = _tabled(run)
    counted = {g: n - tabled.get(g, 0) for g, n in h.evidence.counts.items() if g != "definition"}
    return counted.get("assumption", 0) / sum(counted.values()) if any(counted.values()) else 0.0


def _tabled(run: Run) -> dict[str, int]:
    """Figures of the tables beside the scenario, by grade."""
    grades = {o.path: o.grade or UNGRADED for n in _TABLES for o in run.inputs.origins[n].values() if o.place}
    return {g: list(grades.values()).count(g) for g in dict.fromkeys(grades.values())}
