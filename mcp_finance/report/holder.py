"""The report's section on the budget holder's own economics: reserves, guarantee, surplus, taxes and pooled money."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.model.party import HOLDER
from mcp_finance.report import charts, money
from mcp_finance.report.cash import year_of
from mcp_finance.report.charts import Series
from mcp_finance.report.views import Chart, Heading, Part, Section, Table, Words, amount, names
from mcp_finance.report.yearly import by_year, series_of

RESERVE = (
    ("Reserve opens", "reserve_opening", False),
    ("Set aside", "reserve_added", True),
    ("Drawn", "reserve_drawn", True),
    ("Reserve closes", "reserve_closing", False),
    ("Target", "reserve_target", False),
    ("Guarantee called", "guarantee_called", True),
    ("Guarantee left", "guarantee_left", False),
    ("Deficit beyond both", "deficit_beyond_cover", False),
)
SURPLUS = (
    ("Surplus allowed", "surplus_allowed", True),
    ("Above the cap", "surplus_given_up", True),
    ("Returned", "surplus_returned", True),
    ("Reinvested", "surplus_reinvested", True),
)
OTHERS = (
    ("VAT not recovered", "irrecoverable_vat"),
    ("Pension contributions beyond the baselines", "pension_step"),
    ("National Insurance beyond the baselines", "insurance_step"),
    ("Change of the council's contribution", "s75_change"),
    ("Made good by the commissioner", "s75_made_good"),
)


def holder_section(run: Run) -> Iterator[Section]:
    """Whatever of these the scenario has."""
    parts = [*_reserves(run), *_surplus(run), *_others(run)]
    if parts:
        yield Section("holder", f"{names(run)[HOLDER]}: reserves and burdens", tuple(parts))


def _reserves(run: Run) -> Iterator[Part]:
    if "reserve_closing" not in run.results:
        return
    r = run.results
    beyond = year_of(run, r.final("first_year_beyond_cover"))
    never = "The reserve and the guarantee cover every cumulative deficit."
    first = f"The cumulative deficit first exceeds reserve and guarantee in {beyond}."
    yield Heading("Reserve and guarantee")
    yield Words(first if r.final("first_year_beyond_cover") >= 1 else never)
    drawn = [
        Series("Reserve", series_of(run, "reserve_closing"), True),
        Series("Guarantee left", series_of(run, "guarantee_left")),
        Series("Deficit beyond both", series_of(run, "deficit_beyond_cover")),
    ]
    drawn = [s for s in drawn if s.emphasis or any(s.values)]
    title = "What is left to meet a deficit, at year end"
    yield Chart(charts.line_chart(title, "By year; the table has the figures.", run.years, drawn, key="reserve"))
    yield by_year(run, "Reserve and guarantee, £m", RESERVE)
    rows = tuple(_measures(run, t) for t in range(len(run.years)))
    scored = ("Score of the margin",) if "margin_score" in r else ()
    head = ("Year", "Income margin", "Days of spending in cash", *scored)
    yield Table("Margin and liquidity", head, "tnn" + "n" * len(scored), rows)


def _measures(run: Run, t: int) -> tuple[str, ...]:
    r = run.results
    margin, days = (float(r.series(row)[t]) for row in ("income_margin", "liquidity_days"))
    score = (money.whole(float(r.series("margin_score")[t])),) if "margin_score" in r else ()
    return (run.years[t], money.percent(margin), money.number(days, 1), *score)


def _surplus(run: Run) -> Iterator[Part]:
    if "surplus_given_up" not in run.results:
        return
    cap = money.percent(run.results.final("surplus_cap"))
    yield Heading("Surplus")
    yield Words(f"A surplus beyond {cap} of turnover is given up: {amount(sum(series_of(run, SURPLUS[1][1])))}.")
    yield by_year(run, "Surplus above the cap, £m", SURPLUS)


def _others(run: Run) -> Iterator[Part]:
    found = [(title, row, True) for title, row in OTHERS if row in run.results]
    if found:
        yield Heading("Taxes, pay and pooled money")
        yield by_year(run, "By year, £m", found)
