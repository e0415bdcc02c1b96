"""What each practice of the register receives for primary medical services, and from whom.

A practice's part of a practice line is paid by the commissioner for as long as it has its own contract, through the
budget holder while that answers for it, and to nobody else where the budget holder employs those who provide it. The
first two of all practices are the ledger's two entries to practices, which these rows only divide.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, ratio, total
from mcp_finance.rows.row import row

SHEET = "Practices"
PRACTICE, LINE, LINE_PRACTICE = ("practice",), ("line",), ("line", "practice")


@row(sheet=SHEET, unit="share", dims=LINE)
def beyond_budget(taken_on: Expr, holder_part: Expr, phase: Expr) -> Expr:
    """Part of the line's year for which the budget holder answers outside the budget."""
    return taken_on - holder_part * phase


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def taken_by(holder_by: Expr, phase: Expr, beyond_budget: Expr, non_member_by: Expr, non_member_part: Expr) -> Expr:
    """The practice's part of the line's year that the budget holder answers for."""
    return holder_by * phase + beyond_budget * ratio(non_member_by, non_member_part)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def practice_line_value(paid_value: Expr, is_practices: Expr) -> Expr:
    """What is paid for the line, if practices provide it."""
    return paid_value * is_practices


@row(sheet=SHEET, unit="GBP", dims=LINE_PRACTICE)
def own_by(practice_line_value: Expr, line_need: Expr, taken_by: Expr) -> Expr:
    """What the commissioner pays the practice for the line."""
    return practice_line_value * (line_need - taken_by)


@row(sheet=SHEET, unit="GBP", dims=LINE_PRACTICE)
def through_by(practice_line_value: Expr, taken_by: Expr, moves_to_holder: Expr) -> Expr:
    """What the budget holder pays the practice for the line."""
    return practice_line_value * taken_by * (1 - moves_to_holder)


@row(sheet=SHEET, unit="GBP", dims=LINE_PRACTICE)
def do_nothing_by(do_nothing_payment: Expr, is_practices: Expr, line_need: Expr) -> Expr:
    """What the practice would be paid for the line had nothing been done."""
    return do_nothing_payment * is_practices * line_need


@row(sheet=SHEET, unit="GBP", dims=PRACTICE)
def practice_own_income(own_by: Expr) -> Expr:
    """What the practice receives from the commissioner: its own GMS, QOF and local contracts."""
    return total(own_by, over="line")


@row(sheet=SHEET, unit="GBP", dims=PRACTICE)
def practice_income_through_holder(through_by: Expr) -> Expr:
    """What passes to the practice through the budget holder."""
    return total(through_by, over="line")


@row(sheet=SHEET, unit="GBP", dims=PRACTICE)
def practice_do_nothing_income(do_nothing_by: Expr) -> Expr:
    """What the practice would receive had nothing been done."""
    return total(do_nothing_by, over="line")


@row(sheet=SHEET, unit="GBP", dims=PRACTICE)
def practice_income_change(
    practice_own_income: Expr, practice_income_through_holder: Expr, practice_do_nothing_income: Expr
) -> Expr:
    """Change of the practice's own income under its form; what the budget holder provides itself is not its income."""
    return practice_own_income + practice_income_through_holder - practice_do_nothing_income
