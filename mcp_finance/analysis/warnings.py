"""Early warnings of a run: every row named `warn.…` that is 1 in some year, with the first such year.

What is tolerated, and what is beyond it, is said by rows and inputs; here they are only gathered.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcp_finance.analysis.run import Run
from mcp_finance.model.warn import WARN


@dataclass(frozen=True)
class EarlyWarning:
    """A warning that fires: its row, what the row says of itself, and the first year in which it is 1."""

    name: str
    label: str
    first_year: str


def early_warnings(run: Run) -> tuple[EarlyWarning, ...]:
    """Every warning that fires in some year, in the order of the model's rows."""
    found = []
    for row in run.model.rows.values():
        if row.name.startswith(WARN):
            fires = run.results.series(row.name) >= 1
            if fires.any():
                found.append(EarlyWarning(row.name, row.doc, run.years[int(fires.argmax())]))
    return tuple(found)
