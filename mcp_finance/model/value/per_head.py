"""The budget a head against the allocation a head, and what a gap of affordability is of the allocation.

The allocation is for all that is modelled, and for everybody on the registered list; the budget is for its own lines
and for members. A weighted head is a first-year head: people as they were then, moved by the demand of the lines that
the money buys, so that a list that ages has more weighted heads than heads. In the first year both are one.
"""

from __future__ import annotations

from mcp_finance.model.warn import warning
from mcp_finance.rows.expr import Expr, most, prior, ratio, total, up, weighted
from mcp_finance.rows.row import row

SHEET = "Value"
LINE = ("line",)
ORIGIN = "mcp_finance/model/value/per_head.py"


@row(sheet=SHEET, unit="index", dims=LINE)
def line_demand(demand_index: Expr) -> Expr:
    """Demand for the line from population and ageing, 1 in the first year."""
    return up(demand_index, along="driver")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def nhs_line_budget(full_scope_budget: Expr, is_nhs: Expr) -> Expr:
    """The line's budget at full scope, for NHS lines."""
    return full_scope_budget * is_nhs


@row(sheet=SHEET, unit="GBP", dims=LINE)
def nhs_line_funding(indexed_baseline: Expr, is_nhs: Expr) -> Expr:
    """The whole line, indexed, for NHS lines."""
    return indexed_baseline * is_nhs


@row(sheet=SHEET, unit="index")
def budget_need(nhs_line_budget: Expr, line_demand: Expr, nhs_full_scope: Expr) -> Expr:
    """Demand for the budget's NHS lines by the money in each, 1 in the first year."""
    return ratio(weighted(nhs_line_budget, line_demand, over="line"), nhs_full_scope)


@row(sheet=SHEET, unit="GBP")
def nhs_lines_indexed(nhs_line_funding: Expr) -> Expr:
    """All NHS lines, indexed."""
    return total(nhs_line_funding, over="line")


@row(sheet=SHEET, unit="index")
def allocation_need(nhs_line_funding: Expr, line_demand: Expr, nhs_lines_indexed: Expr) -> Expr:
    """Demand for all modelled NHS lines by the money in each, 1 in the first year."""
    return ratio(weighted(nhs_line_funding, line_demand, over="line"), nhs_lines_indexed)


@row(sheet=SHEET, unit="people")
def first_members(first_members: Expr, members: Expr) -> Expr:
    """People on members' lists in the first year."""
    return prior(first_members, opening=members)


@row(sheet=SHEET, unit="people")
def first_list(first_list: Expr, registered_list: Expr) -> Expr:
    """The registered list in the first year."""
    return prior(first_list, opening=registered_list)


@row(sheet=SHEET, unit="GBP a head")
def budget_per_weighted_head(nhs_full_scope: Expr, first_members: Expr, budget_need: Expr) -> Expr:
    """NHS budget at full scope for each weighted head on members' lists."""
    return ratio(nhs_full_scope, first_members * budget_need)


@row(sheet=SHEET, unit="GBP a head")
def allocation_per_head(allocation: Expr, registered_list: Expr) -> Expr:
    """Allocation for each person on the registered list."""
    return ratio(allocation, registered_list)


@row(sheet=SHEET, unit="GBP a head")
def allocation_per_weighted_head(allocation: Expr, first_list: Expr, allocation_need: Expr) -> Expr:
    """Allocation for each weighted head on the registered list."""
    return ratio(allocation, first_list * allocation_need)


@row(sheet=SHEET, unit="share")
def budget_of_allocation_per_head(nhs_budget_per_head: Expr, allocation_per_head: Expr) -> Expr:
    """NHS budget a head as a share of the allocation a head."""
    return ratio(nhs_budget_per_head, allocation_per_head)


@row(sheet=SHEET, unit="share")
def budget_of_allocation_per_weighted_head(budget_per_weighted_head: Expr, allocation_per_weighted_head: Expr) -> Expr:
    """The same by weighted heads."""
    return ratio(budget_per_weighted_head, allocation_per_weighted_head)


@row(sheet=SHEET, unit="GBP")
def affordability_gap(headroom: Expr) -> Expr:
    """What the commissioner pays beyond its allocation."""
    return most(0, -headroom)


@row(sheet=SHEET, unit="share")
def affordability_gap_share(affordability_gap: Expr, allocation: Expr) -> Expr:
    """The same as a share of the allocation."""
    return ratio(affordability_gap, allocation)


@row(sheet=SHEET, unit="share")
def worst_affordability_gap_share(worst_affordability_gap_share: Expr, affordability_gap_share: Expr) -> Expr:
    """The largest gap of any year so far as a share of that year's allocation."""
    return most(prior(worst_affordability_gap_share), affordability_gap_share)


BEYOND_ALLOCATION = warning(
    "beyond_allocation", "affordability_gap", "The commissioner pays more than its allocation.", ORIGIN, SHEET
)
