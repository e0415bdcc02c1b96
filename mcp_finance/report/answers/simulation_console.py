"""A simulation on the terminal: each party's result with its errors, what is probable, and the holder's fan."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_finance.analysis.futures.summary import Summary
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import HOLDER
from mcp_finance.report.answers.simulation import (
    INSOLVENT,
    OUTCOMES,
    SHOWN,
    cautions,
    ever,
    fan_of,
    payoffs,
    percentile,
    plus_minus,
    results,
    title,
)
from mcp_finance.report.console import STATUS, STATUS_STYLE
from mcp_finance.report.risk import console as risk_console
from mcp_finance.report.risk import plots_console as risk_plots_console
from mcp_finance.report.views import millions, names


def simulation_text(summary: Summary, width: int = 80) -> RenderableType:
    """All that a reader needs before the report: 80 columns are enough."""
    return Group(*_parts(summary, width))


def _parts(summary: Summary, width: int) -> Iterator[RenderableType]:
    made, scenario = summary.simulation, summary.simulation.base.loaded.scenario
    yield Text(harmless(scenario.title), style="bold")
    status = Text.assemble(
        ("Status: ", "dim"), (scenario.status, STATUS_STYLE[scenario.status]), STATUS[scenario.status]
    )
    yield status
    yield Text(f"Cases: {made.base.loaded.case}; seed {made.uncertain.seed}", style="dim")
    yield Text(f"\n{title(summary)}: result of each party over the term, £m", style="bold")
    yield _results(summary)
    yield Text("± is the Monte Carlo standard error, not a doubt of the distributions.", style="dim")
    for warning in cautions(summary):
        yield Text(warning, style="yellow")
    yield Text("\nHow probable, in some year of the term", style="bold")
    yield _ever(summary)
    yield Text(INSOLVENT, style="dim")
    name = names(made.base)[HOLDER]
    yield Text()
    yield risk_console.fan(fan_of(summary, f"{HOLDER}.closing", f"{name}: balance at the end of each year"), width)
    for sheet, _, draws in payoffs(summary):
        yield Text(f"\n{sheet}: variance in {made.base.years[-1]}", style="bold")
        yield risk_plots_console.draws(draws, width)


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(columns[0], max_width=30)
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _results(summary: Summary) -> Table:
    table = _table("Party", "Scenario", "Mean", *(percentile(q).upper() for q in SHOWN))
    for name, e in results(summary):
        pairs = ((e.mean, e.error), *(e.quantiles[q] for q in SHOWN))
        table.add_row(Text(name), millions(e.plain), *(f"{millions(v)}\n{plus_minus(error)}" for v, error in pairs))
    return table


def _ever(summary: Summary) -> Table:
    table = _table("Party", "A deficit", "Used up", OUTCOMES["warn"])
    for name, cells in ever(summary):
        table.add_row(Text(name), *cells)
    return table
