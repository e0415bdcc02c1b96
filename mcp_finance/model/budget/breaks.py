"""Where the budget holder would stand had the contract been ended at a break point.

Its results since the first year, up to the break point, less what the exit would cost it. A year's result is spread
evenly over the days for which the contract is in force in it. The figure of a break point stands in the last year's
column, and in that of every year from the break point on; before it, the column holds the results so far.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least, most, prior, ratio
from mcp_finance.rows.row import InputSpec, row

SHEET = "Value"
POINT = ("break_point",)

INPUTS = (
    InputSpec("break_on", "time", "Day on which the contract would end at the break point, in financial years.", POINT),
    InputSpec("break_cost", "GBP", "What the exit would cost the budget holder at the break point.", POINT),
)


@row(sheet=SHEET, unit="share", dims=POINT)
def before_break(contract_clock: Expr, break_on: Expr, year_start: Expr, contract_start: Expr) -> Expr:
    """Part of the year for which the contract is in force before the break point."""
    return most(0, least(contract_clock, break_on) - most(year_start, contract_start))


@row(sheet=SHEET, unit="share", dims=POINT)
def result_before_break_share(before_break: Expr, in_force: Expr) -> Expr:
    """Part of the year's result that falls before the break point."""
    return ratio(before_break, in_force)


@row(sheet=SHEET, unit="GBP", dims=POINT)
def result_to_break(result_to_break: Expr, budget_holder__result: Expr, result_before_break_share: Expr) -> Expr:
    """The budget holder's results since the first year, up to the break point."""
    return prior(result_to_break) + budget_holder__result * result_before_break_share


@row(sheet=SHEET, unit="GBP", dims=POINT)
def break_cost_due(year_end: Expr, break_on: Expr, break_cost: Expr) -> Expr:
    """Exit cost at the break point, from the year on in which it lies."""
    return choose(year_end >= break_on, break_cost, 0)


@row(sheet=SHEET, unit="GBP", dims=POINT)
def result_if_broken(result_to_break: Expr, break_cost_due: Expr) -> Expr:
    """The budget holder's results had the contract ended at the break point, less the cost of that exit."""
    return result_to_break - break_cost_due
