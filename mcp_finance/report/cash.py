"""The report's section on monthly cash: whether each party can pay, month by month."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.model.party import HOLDER
from mcp_finance.model.structure import MONTHS
from mcp_finance.report import charts, money
from mcp_finance.report.charts import Series
from mcp_finance.report.views import NONE, Chart, Section, Table, Words, millions, names
from mcp_finance.report.yearly import by_year, series_of

JANUARY = 9
"""Place of January among the months of a financial year."""
WORDS = (
    "Cash is what has been paid, month by month; results are what has been earned. A party's working capital is the "
    "most that it would have needed from elsewhere to stay above nil at every month's end."
)


def cash_section(run: Run) -> Iterator[Section]:
    """The budget holder's cash by month, and the lowest cash of every party."""
    if f"{HOLDER}.cash_balance" not in run.results:
        return
    called = names(run)
    opening = series_of(run, f"{HOLDER}.cash_opening")[0]
    balance = [opening, *(float(v) for v in run.results[f"{HOLDER}.cash_balance"][..., 0].ravel())]
    title = f"Cash of {called[HOLDER]} at the end of every month"
    series = [Series("Cash", balance, True)]
    chart = charts.line_chart(title, "By month; the tables below have the figures.", _months(run), series, key="cash")
    columns = [
        ("Lowest cash", f"{HOLDER}.lowest_cash", False),
        ("Cash at year end", f"{HOLDER}.cash_closing", False),
        ("Owed to it", f"{HOLDER}.debtors", False),
        ("Owed by it", f"{HOLDER}.creditors", False),
        ("Balance", f"{HOLDER}.closing", False),
    ]
    table = by_year(run, f"{called[HOLDER]}: cash, debtors and creditors, £m", columns)
    yield Section("cash", "Monthly cash", (Words(WORDS), Chart(chart), _parties(run), table))


def _months(run: Run) -> list[str]:
    """The first day, and the end of every month."""
    months = [f"{m.capitalize()} {int(y[:4]) + (k >= JANUARY)}" for y in run.years for k, m in enumerate(MONTHS)]
    return ["First day", *months]


def _parties(run: Run) -> Table:
    rows = tuple((title, *_party(run, party)) for party, title in names(run).items())
    head = (
        "Party",
        "Lowest cash, £m",
        "Working capital, £m",
        "Months below nil",
        "First year below nil",
        "Least days of cost covered",
    )
    return Table("Cash of every party over the term", head, "tnnntn", rows)


def _party(run: Run, party: str) -> Iterator[str]:
    r = run.results
    yield millions(r.final(f"{party}.lowest_cash_to_date"))
    yield millions(r.final(f"{party}.working_capital"))
    yield money.whole(float(r.series(f"{party}.months_overdrawn").sum()))
    yield year_of(run, r.final(f"{party}.first_year_insolvent"))
    yield money.number(float(r.series(f"{party}.liquidity_days").min()), 1)


def cash_sentence(run: Run) -> str:
    """Which parties end a month below nil, by the year in which each first does; empty without monthly cash."""
    if f"{HOLDER}.cash_balance" not in run.results:
        return ""
    first: dict[str, list[str]] = {}
    for party, title in names(run).items():
        if (number := run.results.final(f"{party}.first_year_insolvent")) >= 1:
            first.setdefault(year_of(run, number), []).append(title)
    told = [f"in {year} {', '.join(first[year])}" for year in sorted(first)]
    return f"first below nil at a month's end {'; '.join(told)}" if told else "nobody ends a month below nil"


def year_of(run: Run, number: float) -> str:
    """The financial year of a contract year counted from 1; a dash for none."""
    return run.years[round(number) - 1] if number >= 1 else NONE
