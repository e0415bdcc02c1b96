"""Tables and series by year, for the sections of the report."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_finance.analysis.run import Run
from mcp_finance.report.views import NONE, Table, millions


def series_of(run: Run, row: str, **of: str) -> list[float]:
    """A row's values by year, of one element where it has dimensions."""
    return [float(v) for v in run.results.series(row, **of)]


def by_year(run: Run, caption: str, columns: Sequence[tuple[str, str | Sequence[float], bool]]) -> Table:
    """A row a year in £m: columns are a heading, a row's name or its values, and whether to add it up over the term."""
    found = [series_of(run, row) if isinstance(row, str) else list(row) for _, row, _ in columns]
    rows = [(year, *(millions(values[t]) for values in found)) for t, year in enumerate(run.years)]
    if any(adds for _, _, adds in columns):
        sums = (millions(sum(v)) if adds else NONE for v, (_, _, adds) in zip(found, columns, strict=True))
        rows.append(("Term", *sums))
    strong = frozenset((len(run.years),))
    return Table(caption, ("Year", *(title for title, _, _ in columns)), "t" + "n" * len(columns), tuple(rows), strong)
