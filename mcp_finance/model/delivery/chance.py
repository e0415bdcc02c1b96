"""Activity that varies by chance: the year's count of a line beside the one to be expected, in each future.

Whoever is admitted in a year is partly luck. The contract's plan and the gain/loss share compare with what was to be
expected, so luck moves what is shared. In the one future of a plain run the factor is 1; a simulation draws it.

One pound on its way: 7,500 admissions are to be expected; by chance 7,350 come, a factor of 0.98; the line's activity,
with shift and without, is 2% lower, its plan and its target are not, and the difference is shared as a gain.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr
from mcp_finance.rows.row import InputSpec, row

CHANCE = InputSpec(
    "activity_chance", "share", "The year's activity by chance, for each unit to be expected.", ("line",), yearly=True
)
INPUTS = (CHANCE,)


@row(sheet="Activity", unit="activity", dims=("line",))
def activity_without_shift(demand_activity: Expr, growth_index: Expr, activity_chance: Expr) -> Expr:
    """Activity had nobody shifted any of it, as chance has it this year."""
    return demand_activity * growth_index * activity_chance
