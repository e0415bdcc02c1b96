"""The heat table of stresses for the terminal: a row a stress, a column a party, readable at 80 and at 120 columns.

A cell is the change of the party's results over the term in £m, and beneath it the first year in which the party fails.
Colour repeats what sign and year say and adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mcp_finance.analysis.run import Run
from mcp_finance.analysis.stress import Heat, Outcome
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import HOLDER
from mcp_finance.report.money import measured
from mcp_finance.report.views import names

CELL = 9
LEAST_LABEL = 16
ANYWAY = "*"
WITHOUT = "Without effect here, or answered otherwise"


def heat_text(run: Run, heat: Heat, width: int) -> RenderableType:
    """The table, what its cells are, and the stresses that do not apply."""
    called = names(run)
    letters = _heads(called, width)
    parts: list[RenderableType] = [
        Text(harmless(run.loaded.scenario.title), style="bold"),
        Text("Change of each party's results over the term, £m; beneath it the first year in which it fails."),
        Text(f"{fails_words(called)} {ANYWAY} fails in the same year without the stress."),
    ]
    if letters != called:
        parts.append(Text("; ".join(f"{letters[p]} {title}" for p, title in called.items())))
    applied = [outcome for outcome in heat.outcomes if outcome.applies]
    if applied:
        parts += [Text(""), _table(heat, applied, letters)]
    for outcome in applied:
        parts += [Padding(Text(line), (0, 0, 0, 2)) for line in left_out_lines(outcome)]
    if others := [outcome for outcome in heat.outcomes if not outcome.applies]:
        parts += [Text(f"\n{WITHOUT}", style="bold")]
        parts += [Padding(Text(f"{o.id} {harmless(o.title)}: {harmless(o.reason)}"), (0, 0, 0, 2)) for o in others]
    return Group(*parts)


def fails_words(called: dict[str, str]) -> str:
    """What failing means."""
    return (
        f"{called[HOLDER]} fails once its cumulative deficit is beyond reserve and guarantee; any other party once it "
        "is materially worse off than with nothing done."
    )


def left_out_lines(outcome: Outcome) -> Iterator[str]:
    """What of a combination does not apply."""
    for name, reason in outcome.left_out.items():
        yield f"{outcome.id} is without {name}: {harmless(reason)}"


def _heads(called: dict[str, str], width: int) -> dict[str, str]:
    """The parties' names where their words fit above the columns, else letters."""
    longest = max(len(word) for title in called.values() for word in title.split())
    if longest <= _cell(called, width):
        return called
    return {party: chr(ord("A") + k) for k, party in enumerate(called)}


def _cell(called: dict[str, str], width: int) -> int:
    """Columns that one party may have, beside a label of a third of the width."""
    return max(CELL, (width - max(LEAST_LABEL, width // 3)) // len(called) - 1)


def _table(heat: Heat, outcomes: list[Outcome], heads: dict[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("Stress", min_width=LEAST_LABEL, ratio=1)
    for title in heads.values():
        table.add_column(title, justify="right", min_width=CELL - 1)
    for outcome in outcomes:
        cells = [_shown(heat, outcome, party) for party in heat.parties]
        table.add_row(Text.assemble((outcome.id, "bold"), " ", harmless(outcome.title)), *cells)
    return table


def _shown(heat: Heat, outcome: Outcome, party: str) -> Text:
    """The change, and the year beneath it; strong where the stress makes a party fail, or fail sooner."""
    change, threshold = outcome.held[party], heat.thresholds[party]
    style = "red" if change < -threshold else "green" if change > threshold else ""
    text = Text(measured(change / 1e6, "", 1, plus=True), style=style)
    if year := outcome.fails[party]:
        anyway = year == heat.fails[party]
        text.append(f"\n{year}{ANYWAY if anyway else ''}", style="dim" if anyway else "bold red")
    return text
