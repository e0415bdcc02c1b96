"""One figure of a run that a question is asked of: a row, in a year or over the term.

The rule: flows are added up over the term and balances are read at its end, so that `budget_holder.result` over the
term is the sum of fifteen results and `budget_holder.closing` the last balance. The figure of a run and those of ten
thousand futures are taken in the same way: `of` reads `(years, any number)` and gives one figure for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcp_finance.analysis.compare import headline_rows
from mcp_finance.analysis.futures.summary import TERM
from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.files.problems import quoted, suggestion
from mcp_finance.model.party import HOLDER
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.expr import plain_name


@dataclass(frozen=True, slots=True)
class Measure:
    """A row and when it is read: the position of a year, or None for a sum over all years."""

    row: str
    at: int | None
    title: str
    unit: str

    @property
    def least(self) -> float:
        """The least difference that is none of rounding: a penny, or next to nothing of what is no money."""
        return PENNY if self.unit == "GBP" else 1e-9

    def of(self, values: Array) -> Array:
        """The figure of each of many futures, from `(years, futures)`."""
        return np.asarray(values.sum(axis=0) if self.at is None else values[self.at])

    def plain(self, run: Run) -> float:
        """The figure of a run."""
        return float(self.of(run.results.series(self.row)[:, None])[0])


def measure(run: Run, row: str = f"{HOLDER}.result", year: str = TERM) -> Measure:
    """A row in a year, or over the term.

    Raises:
        ValueError: there is no such row or year, or the row has a figure for each of several things.
    """
    if row not in run.model.rows:
        raise ValueError(f"there is no row {quoted(row)}: {suggestion(row, run.model.rows)}")
    if dims := run.model.rows[row].dims:
        raise ValueError(f"{row} has a figure for each {' and '.join(dims)}: name a row of one figure a year")
    if year != TERM and year not in run.years:
        raise ValueError(f"{quoted(year)} is no year of this run: {run.years[0]} to {run.years[-1]}, or {TERM}")
    at: int | None
    if year != TERM:
        at, when = run.years.index(year), f"in {year}"
    else:
        flow = row in headline_rows(run) and not row.endswith(".closing")
        at, when = (None, "over the term") if flow else (len(run.years) - 1, "at the end of the term")
    return Measure(row, at, f"{row_title(run, row)} {when}", run.model.rows[row].unit)


def row_title(run: Run, row: str) -> str:
    """A row in words, with a party's own name."""
    party, _, rest = row.partition(".")
    return f"{run.parties[party]}: {plain_name(rest)}" if party in run.parties and rest else plain_name(row)


def party_measures(run: Run, year: str = TERM) -> tuple[Measure, ...]:
    """The result of every party, beside whatever is asked."""
    return tuple(measure(run, f"{party}.result", year) for party in run.parties)
