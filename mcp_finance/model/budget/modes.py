"""Lines that the budget holder pays straight on: it keeps no variance of them, and bears no risk on them.

One pound of such a line: its commissioner is funded for it as for any other; the budget holder's budget for it is what
it is charged in the same year, and not the indexed baseline; the difference, `pass_through_adjustment`, is a step of
the bridge of its own and stays with the commissioner, for better or worse. A programme on such a line costs the budget
holder and saves its commissioner.

What is left of the budget without these lines is the risk base: of what is at risk or withheld, only that can be lost.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, total, weighted
from mcp_finance.rows.row import row

SHEET, BRIDGE = "Budget", "Bridge"
LINE = ("line",)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def pass_through_adjustment(passes_through: Expr, passed_payment: Expr, phased_budget: Expr) -> Expr:
    """What brings the budget of a line that is paid straight on to what the budget holder pays for it."""
    return passes_through * (passed_payment - phased_budget)


@row(sheet=BRIDGE, unit="GBP")
def bridge_pass_through(pass_through_adjustment: Expr) -> Expr:
    """Lines that are paid straight on, brought from their indexed budget to what they cost."""
    return total(pass_through_adjustment, over="line")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_risk_base(line_budget: Expr, passes_through: Expr) -> Expr:
    """The line's budget, nil if it is paid straight on."""
    return line_budget * (1 - passes_through)


@row(sheet=SHEET, unit="GBP")
def risk_base(line_risk_base: Expr) -> Expr:
    """The budget without lines that are paid straight on."""
    return total(line_risk_base, over="line")


@row(sheet=SHEET, unit="GBP")
def nhs_risk_base(line_risk_base: Expr, is_nhs: Expr) -> Expr:
    """The NHS budget without lines that are paid straight on: what a performance payment is a part of."""
    return weighted(line_risk_base, is_nhs, over="line")
