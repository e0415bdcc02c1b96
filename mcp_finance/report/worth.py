"""The report's sections on what the contract is worth: present values against do-nothing, and checks on a bid."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.assurance import net_benefit
from mcp_finance.analysis.run import Run
from mcp_finance.report import charts, money
from mcp_finance.report.assurance_text import benefit_sentence
from mcp_finance.report.charts import Series
from mcp_finance.report.views import NONE, Chart, Part, Section, Table, Words, in_millions, millions, names
from mcp_finance.report.yearly import by_year, series_of

APPRAISED = (
    "Real is at first-year prices; a present value is a real one, discounted to the first year. What parties pay one "
    "another cancels out in the system's figures. What programmes save counts no re-provision against it: that stands "
    "in their cost."
)
BENEFIT = (
    ("Net benefit", "system.benefit", True),
    ("Real", "system.real_change", True),
    ("Present value", "system.present_value", True),
    ("Real, so far", "system.real_benefit_to_date", False),
    ("Present value, so far", "system.npv", False),
    ("Saved by programmes", "avoided_resources", True),
    ("Cost of programmes", "programme_costs", True),
)
BID = (
    ("Price", "bid_price", True),
    ("Modelled cost", "holder_cost", True),
    ("Price less cost", "price_gap", True),
    ("Bidder's base case", "base_case_cost", True),
    ("Price less base case", "base_case_gap", True),
    ("Variations expected", "expected_variations", True),
    ("Still short with them", "gap_after_variations", True),
)
CHECKS = (
    ("Price below modelled cost", "warn.price_below_cost", "price_beyond_tolerance"),
    ("Price below the bidder's own base case", "warn.price_below_base_case", "base_case_beyond_tolerance"),
    ("Reliance on variations", "warn.relies_on_variations", "variations_beyond_tolerance"),
    ("First payment asked for", "warn.large_first_payment", "first_payment_beyond_tolerance"),
)


def appraisal_section(run: Run) -> Iterator[Section]:
    """Net present value of the system and of every party."""
    if "system.npv" not in run.results:
        return
    drawn = [
        Series("Present value so far", series_of(run, "system.npv"), True),
        Series("Real, so far", series_of(run, "system.real_benefit_to_date")),
    ]
    title = "The system's net benefit since the first year"
    chart = charts.line_chart(title, "By year; the table has the figures.", run.years, drawn, key="appraisal")
    rows = [(title, *_worth(run, party)) for party, title in names(run).items()]
    rows.append(("All parties together", *_worth(run, "system")))
    strong = frozenset((len(rows) - 1,))
    table = Table("Worth over the term, £m", ("Party", "Real", "Net present value"), "tnn", tuple(rows), strong)
    words = Words(f"{benefit_sentence(net_benefit(run))}. {APPRAISED}")
    yearly = by_year(run, "The system's net benefit by year, £m", BENEFIT)
    yield Section("appraisal", "Appraisal", (words, Chart(chart), table, yearly))


def _worth(run: Run, owner: str) -> tuple[str, str]:
    return millions(sum(series_of(run, f"{owner}.real_change"))), millions(run.results.final(f"{owner}.npv"))


def bid_section(run: Run) -> Iterator[Section]:
    """The bid's price beside cost, and each check on it."""
    if "bid_price" not in run.results:
        return
    share = run.results.final("price_gap_share_to_date")
    lies = "below" if share < 0 else "above"
    said = f"Over the term the price lies {money.percent(abs(share))} {lies} the modelled cost of the scope."
    rows = tuple((title, *_check(run, warn, beyond)) for title, warn, beyond in CHECKS if warn in run.results)
    head = ("Check", "Outcome", "First year", "Largest amount beyond what is tolerated")
    columns = [column for column in BID if column[1] in run.results]
    parts: list[Part] = [
        Words(said),
        Table("Checks on the bid", head, "tttn", rows),
        by_year(run, "The bid by year, £m", columns),
    ]
    yield Section("bid", "Checks on the bid", tuple(parts))


def _check(run: Run, warn: str, beyond: str) -> tuple[str, str, str]:
    fires = run.results.series(warn) >= 1
    if not fires.any():
        return "within what is tolerated", NONE, NONE
    return "warns", run.years[int(fires.argmax())], in_millions(max(series_of(run, beyond)))
