"""Goal-seek and reverse stress on the terminal: the parts of their pages, with charts in characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from mcp_finance.analysis.run import Run
from mcp_finance.analysis.search.reverse import Reverse
from mcp_finance.analysis.search.solve import Answer
from mcp_finance.files.problems import harmless
from mcp_finance.report.answers.reversing import drawn_pairs
from mcp_finance.report.answers.reversing import parts as reverse_parts
from mcp_finance.report.answers.solving import parts as answer_parts
from mcp_finance.report.console import STATUS, STATUS_STYLE
from mcp_finance.report.risk import plots_console as risk_plots_console
from mcp_finance.report.views import Chart, Heading, Part, Table, Words


def answer_text(run: Run, answer: Answer) -> RenderableType:
    """A goal-seek: 80 columns are enough."""
    return Group(*_opening(run), *_parts(answer_parts(answer), iter(())))


def reverse_text(run: Run, found: Reverse, width: int = 80) -> RenderableType:
    """Reverse stress: 80 columns are enough."""
    charts = (risk_plots_console.pairs(shape, width) for shape in drawn_pairs(found))
    return Group(*_opening(run), *_parts(reverse_parts(run, found), charts))


def _opening(run: Run) -> Iterator[Text]:
    scenario = run.loaded.scenario
    yield Text(harmless(scenario.title), style="bold")
    yield Text.assemble(("Status: ", "dim"), (scenario.status, STATUS_STYLE[scenario.status]), STATUS[scenario.status])
    yield Text(f"Cases: {harmless(run.loaded.case)}", style="dim")


def _parts(parts: Iterable[Part], charts: Iterator[RenderableType]) -> Iterator[RenderableType]:
    """Each part as text; a table that repeats a chart in characters is left out."""
    drawn = False
    for part in parts:
        if isinstance(part, Words):
            yield Text(f"\n{part.text}")
            yield from (Padding(Text(item), (0, 0, 0, 2)) for item in part.items)
        elif isinstance(part, Heading):
            yield Text(f"\n{part.text}", style="bold")
        elif isinstance(part, Table) and not drawn:
            yield _table(part)
        elif isinstance(part, Chart):
            yield Text()
            yield next(charts)
        drawn = isinstance(part, Chart)


def _table(part: Table) -> Grid:
    grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold", title_justify="left")
    for title, kind in zip(part.head, part.layout, strict=True):
        grid.add_column(Text(title), justify="right" if kind == "n" else "left")
    for row in part.rows:
        grid.add_row(*map(Text, row))
    return grid
