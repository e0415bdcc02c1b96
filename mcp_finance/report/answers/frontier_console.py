"""The negotiation surface on the terminal: the contract in levels, offers by their differences, what not to sign.

The rule: 80 columns are enough, since the two parties are A and B in the tables and named once above them; from 110
columns on the chance of insolvency stands beside, from 150 on the P5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_finance.analysis.offers.frontier import Frontier, ranked
from mcp_finance.files.problems import harmless
from mcp_finance.report import money
from mcp_finance.report.answers.frontier import (
    ZERO_SUM,
    called,
    kind_of,
    neither,
    opening,
    plus_minus,
    shape,
    unit_of,
    verdict,
    warnings,
)
from mcp_finance.report.console import STATUS, STATUS_STYLE
from mcp_finance.report.risk import plots_console as risk_plots_console
from mcp_finance.report.risk.shapes import KINDS, Kind, scale_of

MARKS: Mapping[Kind, str] = risk_plots_console.MARKS
WIDE, WIDER = 110, 150
MOST = 40
LETTERS = ("A", "B")


def frontier_text(found: Frontier, width: int = 80) -> RenderableType:
    """All that a reader needs before the report."""
    return Group(*_parts(found, width))


def _parts(found: Frontier, width: int) -> Iterator[RenderableType]:
    scenario, unit = found.base.loaded.scenario, unit_of(found)
    yield Text(harmless(scenario.title), style="bold")
    yield Text.assemble(("Status: ", "dim"), (scenario.status, STATUS_STYLE[scenario.status]), STATUS[scenario.status])
    yield Text(opening(found))
    for letter, party, name in zip(LETTERS, found.two, called(found), strict=True):
        own, scale = found.views[0].parties[party], scale_of(unit)
        levels = (
            f"{what} {money.number(f.value / scale, 1)} ± {money.number(f.error / scale, 1)}"
            for what, f in (("expected", own.expected), ("P5", own.p5), ("mean of worst 5%", own.shortfall))
        )
        insolvent = f"insolvent in some year {money.percent(own.insolvent.value)}"
        yield Text(f"{letter} {name}, as it stands, {unit}: {', '.join((*levels, insolvent))}")
    yield Text(f"\nChange from the contract as it stands, {unit}", style="bold")
    yield _changes(found, unit, width)
    kinds = dict.fromkeys(kind_of(found, k) for k, _ in ranked(found))
    yield Text("  ".join(f"{MARKS[kind]} {KINDS[kind].lower()}" for kind in kinds), style="dim")
    for warning in warnings(found):
        yield Text(warning, style="yellow")
    if len(found.views) > 2:
        yield Text()
        yield risk_plots_console.frontier(shape(found), width)
    yield Text("\nNeither should sign", style="bold")
    unwise = [(k, view) for k, view in ranked(found) if neither(found, view)]
    for k, view in unwise[:MOST]:
        yield Text(f"{MARKS[kind_of(found, k)]} {view.offer.label}: {verdict(found, k)}")
    if len(unwise) > MOST:
        yield Text(f"and {len(unwise) - MOST} more")
    if not unwise:
        yield Text("none of these offers: no other is worth more to both, and one of the two gains by each")
    yield Text(f"\n{ZERO_SUM}", style="dim")
    if anew := [view.rows for view in found.views[1:]]:
        said = f"Computed anew for an offer: {min(anew)} to {max(anew)} of {found.rows} rows that vary."
        yield Text(said, style="dim")


def _changes(found: Frontier, unit: str, width: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Offer", overflow="fold", min_width=20)
    heads = ("expected", "worst 5%", *(("insolvent",) if width >= WIDE else ()), *(("P5",) if width >= WIDER else ()))
    for letter in LETTERS:
        for head in heads:
            table.add_column(f"{letter} {head}", justify="right", no_wrap=True)
    rows = [(MARKS[kind_of(found, k)], view) for k, view in ranked(found)]
    for mark, view in [*rows[:MOST], *([(" ", found.without)] if found.without else [])]:
        cells: list[str] = []
        for party in found.two:
            of = view.parties[party]
            shown = [plus_minus(f.change, f.change_error, unit) for f in (of.expected, of.shortfall, of.p5)]
            cells += [*shown[:2], money.percent(of.insolvent.value), shown[2]][: len(heads)]
        table.add_row(Text(f"{mark} {view.offer.label}"), *cells)
    if len(rows) > MOST:
        table.add_row(Text(f"and {len(rows) - MOST} more: see --out"))
    return table
