"""The report's sections on how a contract ends and on what changes while it runs."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import COMMISSIONER, COUNCIL
from mcp_finance.report import money
from mcp_finance.report.views import NONE, Part, Section, Table, Words, amount, day, last_day, millions, names
from mcp_finance.report.yearly import by_year, series_of
from mcp_finance.rows.expr import plain_name

VARIATION_WORDS = (
    "A variation adds to the budget, or takes from it, and costs the budget holder something else. Only the difference "
    "is a result; commissioners are not funded for variations."
)
REBASE_WORDS = (
    "A rebase takes back part of what the budget holder has underspent since the budget was last set, for that year "
    "and for good."
)
BREAK_WORDS = "Had the contract been broken on that day: the budget holder's results up to it, less the cost of exit."


def term_section(run: Run) -> Iterator[Section]:
    """The end of the contract, what an early end costs, and the days on which it might be broken."""
    c = run.loaded.scenario.contract
    parts: list[Part] = []
    if c.term or c.ends_early:
        end = last_day(run.results.final("contract_ends"))
        said = f"The contract begins on {day(run.results.final('contract_start'))} and its last day is {end}"
        if c.extension:
            said += ", with its extension" if c.extension.taken else "; an extension is not taken"
        if c.ends_early:
            cost, good = (amount(sum(series_of(run, row))) for row in ("exit_costs", "exit_costs_made_good"))
            said += f". Ending it early costs {cost}, of which the commissioner makes good {good}"
        parts.append(Words(f"{said}."))
    if c.break_points:
        rows = tuple(_break_point(run, name) for name in c.break_points)
        head = ("Break point", "Last day", "Results to then", "Cost of exit", "Result if broken")
        parts += [Words(BREAK_WORDS), Table("Break points, £m", head, "ttnnn", rows)]
    if parts:
        yield Section("term", "Term and break points", tuple(parts))


def _break_point(run: Run, name: str) -> tuple[str, ...]:
    rows = ("result_to_break", "break_cost_due", "result_if_broken")
    figures = (run.results.final(row, break_point=name) for row in rows)
    on = last_day(run.results.final("break_on", break_point=name))
    return (plain_name(name).capitalize(), on, *map(millions, figures))


def variations_section(run: Run) -> Iterator[Section]:
    """The ledger of variations, and what they add up to each year."""
    ledger = run.loaded.scenario.variations
    if not ledger:
        return
    payer = {"commissioner": COMMISSIONER, "council": COUNCIL}
    called = names(run)
    rows = []
    for key, v in ledger.items():
        budget, cost = (sum(series_of(run, row, variation=key)) for row in ("variation_budget", "variation_cost"))
        until = last_day(run.results.final("variation_ends", variation=key)) if v.until else NONE
        words = (harmless(v.title), plain_name(v.kind).capitalize(), called[payer[v.commissioned_by]])
        first = day(run.results.final("variation_starts", variation=key))
        rows.append((*words, first, until, *map(millions, (budget, cost, budget - cost))))
    head = ("Variation", "Kind", "Paid by", "From", "Until", "Budget", "Cost", "Difference")
    table = Table("Variations over the term, £m", head, "tttttnnn", tuple(rows))
    columns = [("Budget", "bridge_variations", True), ("Cost", "variation_costs", True)]
    yield Section("variations", "Variations", (Words(VARIATION_WORDS), table, by_year(run, "By year, £m", columns)))


def rebase_section(run: Run) -> Iterator[Section]:
    """What rebasing took from the budget, in the years in which it was done."""
    if run.loaded.scenario.rebase is None:
        return
    r = run.results
    rows = tuple(
        (year, *(money.percent(float(r.series(row)[t])) for row in ("underspend_rate", "rebase_cut")))
        for t, year in enumerate(run.years)
        if year in run.loaded.scenario.rebase.years
    )
    head = ("Year", "Underspend of budget since last set", "Cut from the budget's level")
    table = Table("Rebases", head, "tnn", rows)
    yearly = by_year(run, "What rebasing changes the budget by, £m", [("Change", "bridge_rebase", True)])
    yield Section("rebase", "Rebasing", (Words(REBASE_WORDS), table, yearly))
