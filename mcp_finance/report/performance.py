"""The report's section on performance money: measures, the score that they make, and what is earned by it."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.model.share.measures import SCORE
from mcp_finance.report import charts, money
from mcp_finance.report.charts import Series
from mcp_finance.report.views import NONE, Chart, Part, Section, Table, Words
from mcp_finance.report.yearly import by_year, series_of

WORDS = (
    "A measure's points are its achievement by its weight, scaled up where other measures do not count in the year; "
    "the score is the sum of points. A dash stands where a measure does not count."
)
MONEY = (
    ("Withheld", "withheld_total"),
    ("Settled", "performance_payment"),
    ("Not earned", "performance_unearned"),
    ("Budget of incentive schemes", "incentive_budget"),
)


def performance_section(run: Run) -> Iterator[Section]:
    """The score by measure and year, and the money that follows it."""
    if SCORE not in run.results:
        return
    score = Series("Score", series_of(run, SCORE), True)
    title = "Score of the performance payment"
    chart = charts.line_chart(title, "By year.", run.years, [score], unit="%", scale=0.01, key="score")
    columns = [(title, row, True) for title, row in MONEY if row in run.results]
    parts: list[Part] = [Chart(chart), Words(WORDS), _points(run), by_year(run, "Performance money, £m", columns)]
    yield Section("performance", "Measures and score", tuple(parts))


def _points(run: Run) -> Table:
    rows = [
        (harmless(m.title), harmless(m.domain), *_by_year(run, key)) for key, m in run.loaded.scenario.measures.items()
    ]
    rows.append(("Score", "", *(money.percent(v) for v in series_of(run, SCORE))))
    head = ("Measure", "Domain", *run.years)
    layout = "tt" + "n" * len(run.years)
    return Table("Points by measure and year", head, layout, tuple(rows), frozenset((len(rows) - 1,)))


def _by_year(run: Run, measure: str) -> Iterator[str]:
    points, counts = (series_of(run, row, measure=measure) for row in ("measure_points", "measure_counts"))
    for value, counted in zip(points, counts, strict=True):
        yield money.percent(value) if counted else NONE
