"""The margin of a plan: what stands between the budget holder and a deficit that nothing covers.

The margin of a year is the budget holder's balance at its end and what its parent still guarantees. The plan fails in
the first year in which it is below nothing: where the contract has reserves and a guarantee, that is the deficit beyond
both, and else a balance below nothing; the same test as in a simulation (`mcp_finance.analysis.futures.outcomes`).

One year: a balance of -£0.4m with £1.2m of guarantee left cannot be, for the guarantee pays first; after it has paid
£0.4m the balance is £0 and £0.8m is left: the margin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.analysis.search.levers import Bench, Fitted, Lever, SolveError
from mcp_finance.analysis.search.standard import Standard
from mcp_finance.files.problems import quoted
from mcp_finance.rows.evaluate import Array
from mcp_finance.scenario.shocked import Change

BALANCE, GUARANTEE = "budget_holder.closing", "guarantee_left"
LOOKED_AT, FAR = 256, 1e15


@dataclass(frozen=True, slots=True)
class Proof:
    """The run at an answer: the first year that fails, if one does by the year asked, and its least margin until then;
    and the least margin with 1% less of the answer."""

    year: str | None
    margin: float
    less: float


class Margins(Bench):
    """A run, the year asked and the margin until then."""

    def __init__(self, run: Run, by: str | None) -> None:
        super().__init__(run)
        self.by = run.years[-1] if by is None else by
        if self.by not in run.years:
            raise SolveError(f"there is no year {quoted(self.by)} in this run", f"{run.years[0]} to {run.years[-1]}")
        self.count = run.years.index(self.by) + 1
        self.rows = tuple(n for n in (BALANCE, GUARANTEE) if n in run.model.rows)
        self.fails = self.year_of(run)

    def fitting(self, levers: Sequence[Lever]) -> tuple[Fitted, ...]:
        """The levers that the contract has."""
        absent = self.absent(levers)
        return tuple(self.fitted(lever) for lever in levers if lever not in absent)

    def absent(self, levers: Sequence[Lever]) -> tuple[Lever, ...]:
        """The levers that it has not."""
        return tuple(lever for lever in levers if not any(self.addresses.find(p) for p in lever.on))

    @staticmethod
    def margins(rows: Mapping[str, Array]) -> Array:
        """What is left of the balance and of the guarantee at the end of each year."""
        return np.asarray(np.add.reduce(tuple(rows.values())))

    def margins_of(self, run: Run) -> list[float]:
        """The margin of every year of a run."""
        found: list[float] = self.margins({n: run.results.series(n) for n in self.rows}).tolist()
        return found

    def until(self, run: Run) -> list[float]:
        """The margin of each year until the year asked."""
        return self.margins_of(run)[: self.count]

    def year_of(self, run: Run) -> str | None:
        """The first year that fails, by the year asked."""
        return next((y for y, m in zip(run.years, self.until(run), strict=False) if m < -PENNY), None)

    def least_at(self, standard: Standard) -> Callable[[Array], Array]:
        """The least margin at many points; where it is no number it is far from failing, so that it is no answer."""

        def margin(points: Array) -> Array:
            with np.errstate(all="ignore"):
                groups = np.array_split(points, -(-points.shape[1] // LOOKED_AT), axis=1)
                found = [self.margins(standard.rows(group))[: self.count].min(axis=0) for group in groups]
            return np.asarray(np.nan_to_num(np.concatenate(found), nan=FAR, posinf=FAR, neginf=-FAR))

        return margin

    def proof(self, changes: Sequence[Change], less: Sequence[Change]) -> Proof | None:
        """The run after changes, and the least margin after somewhat less."""
        there, before = self.after(changes), self.after(less)
        if there is None or before is None:
            return None
        return Proof(self.year_of(there), min(self.until(there)), min(self.until(before)))
