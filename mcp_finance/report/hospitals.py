"""The report's section on hospitals: for each, income lost, cost released, what is stranded, and gains beside cash."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.model.party import PROVIDER
from mcp_finance.report import charts
from mcp_finance.report.charts import Series
from mcp_finance.report.views import Chart, Part, Section, Words, names
from mcp_finance.report.yearly import by_year, series_of

DRAWN = {
    "Income lost": "provider_income_lost",
    "Cost released": "provider_cost_released",
    "Stranded cost": "provider_stranded_cost",
}
WORDS = (
    "Income lost is against do-nothing: services that the budget holder takes on, and activity avoided. The variable "
    "part of cost goes with them, the semi-fixed part after its lag; stranded cost is the difference, a loss that "
    "somebody has to carry. A notional gain stands at first-year prices; cash saved is what the hospital's contracts "
    "let the commissioner stop paying, at current prices, less what a guaranteed income makes it pay again."
)


def hospital_section(run: Run) -> Section:
    """A chart and a table for each hospital."""
    hospitals = run.hospitals
    parts = [part for p in hospitals for part in _hospital(run, p)]
    title = "The hospital" if len(hospitals) == 1 else "The hospitals"
    return Section("hospital", title, (Words(WORDS), *parts))


def _hospital(run: Run, hospital: str) -> Iterator[Part]:
    called, of = names(run)[hospital], {PROVIDER: hospital}
    drawn = [Series(n, series_of(run, row, **of), n == "Stranded cost") for n, row in DRAWN.items()]
    title = f"{called}: income lost, cost released, stranded cost"
    key = "hospital" if hospital == "hospital" else f"hospital-{hospital}"
    yield Chart(charts.line_chart(title, "By year, against do-nothing.", run.years, drawn, key=key))
    columns = [("Income", "provider_income"), *DRAWN.items()]
    if run.results.series("provider_top_up", **of).any():
        columns.insert(1, ("of it guaranteed", "provider_top_up"))
    gains = [("Notional gain", "provider_notional_gain"), ("Cash saved", "provider_cash_saving")]
    figures = [(n, series_of(run, row, **of), True) for n, row in (*columns, *gains)]
    figures.append(("Result", series_of(run, f"{hospital}.result"), True))
    yield by_year(run, f"{called}, modelled lines, £m", figures)
