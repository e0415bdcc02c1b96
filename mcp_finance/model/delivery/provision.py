"""Who pays whom for each line, and what the budget holder's own services and programmes cost.

A line's payment at contract price falls on its commissioner for the part kept and on the budget holder for the part
passed on; the part moved costs the budget holder its own unit cost. Demand-shift programmes
(`mcp_finance.model.delivery.programmes`) cost the budget holder, or the line's commissioner where that pays for them.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, ratio, total
from mcp_finance.rows.row import row

SHEET = "Provision"
LINE = ("line",)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def paid_value(line_value: Expr, line_rate: Expr) -> Expr:
    """The line at what its contract pays, were none of it moved."""
    return line_value * line_rate


@row(sheet=SHEET, unit="GBP", dims=LINE)
def kept_payment(paid_value: Expr, kept: Expr) -> Expr:
    """What the line's commissioner pays today's provider."""
    return paid_value * kept


@row(sheet=SHEET, unit="GBP", dims=LINE)
def passed_payment(paid_value: Expr, passed: Expr) -> Expr:
    """What the budget holder pays today's provider."""
    return paid_value * passed


@row(sheet=SHEET, unit="GBP", dims=("provider",))
def kept_by_provider(kept_payment: Expr) -> Expr:
    """What commissioners pay each provider for its lines."""
    return total(kept_payment, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=("provider",))
def passed_by_provider(passed_payment: Expr) -> Expr:
    """What the budget holder pays each provider for its lines."""
    return total(passed_payment, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def own_cost(holder_unit_cost: Expr, activity: Expr, moved: Expr) -> Expr:
    """What the line costs the budget holder where it provides it."""
    return holder_unit_cost * activity * moved


@row(sheet=SHEET, unit="GBP", dims=LINE)
def programme_cost(all_programme_cost: Expr) -> Expr:
    """All that the line's demand shift costs, whoever pays."""
    return total(all_programme_cost, over="programme", by="line")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def holder_programme_cost(holders_programme_cost: Expr) -> Expr:
    """What the line's demand shift costs the budget holder."""
    return total(holders_programme_cost, over="programme", by="line")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def holder_line_cost(passed_payment: Expr, own_cost: Expr, holder_programme_cost: Expr) -> Expr:
    """All that the line costs the budget holder."""
    return passed_payment + own_cost + holder_programme_cost


@row(sheet=SHEET, unit="GBP")
def holder_cost(holder_line_cost: Expr) -> Expr:
    """All that the budget costs the budget holder."""
    return total(holder_line_cost, over="line")


@row(sheet=SHEET, unit="share")
def holder_cost_share(holder_cost: Expr, wpb: Expr) -> Expr:
    """The budget holder's cost for each pound of budget."""
    return ratio(holder_cost, wpb)
