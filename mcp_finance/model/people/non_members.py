"""The separate contract for the patients of non-member practices. Only where a scenario says that there is one.

Prospectus, paragraph 43: where practices are not members, the commissioner contracts separately for services to their
patients. A pound of a transferred line that is not members' is then paid by the commissioner to the budget holder
under that contract, and the budget holder answers for that activity too. It is outside the whole-population budget, so
nothing is withheld of it and no share is settled on it. It is indexed like the budget, has no list adjustment, and
leaves out core GP money (practices that are not fully integrated keep it) and the patients of virtual practices.
"""

from __future__ import annotations

from mcp_finance.model.party import COMMISSIONER, HOLDER
from mcp_finance.rows.expr import Expr, ratio, total
from mcp_finance.rows.row import entry, row

TIMELINE, SHEET = "Timeline", "Budget"
LINE = ("line",)
PROOFS = {"budget_holder": ("answered_beyond_budget",), "commissioner": ("-answered_beyond_budget",)}


@row(sheet=TIMELINE, unit="share", dims=LINE)
def taken_on(holder_part: Expr, non_member_part: Expr, phase: Expr) -> Expr:
    """Part of the line's year that the budget holder answers for, under the budget or the separate contract."""
    return (holder_part + non_member_part) * phase


@row(sheet=SHEET, unit="GBP", dims=LINE)
def non_member_value(indexed_baseline: Expr, non_member_part: Expr, phase: Expr) -> Expr:
    """The line's indexed value for non-members' patients, for the part of the year in which it has transferred."""
    return indexed_baseline * non_member_part * phase


@entry(payer=COMMISSIONER, payee=HOLDER, kind="transfer")
def non_member_contract(non_member_value: Expr) -> Expr:
    """Services to the patients of non-member practices, under a contract apart from the budget."""
    return total(non_member_value, over="line")


@row(sheet="Provision", unit="share")
def holder_cost_share(holder_cost: Expr, wpb: Expr, non_member_contract: Expr) -> Expr:
    """The budget holder's cost for each pound of budget and of the separate contract."""
    return ratio(holder_cost, wpb + non_member_contract)


@row(sheet="Proof", unit="GBP", dims=LINE)
def answered_value(indexed_baseline: Expr, taken_on: Expr, holder_baseline: Expr, phase: Expr) -> Expr:
    """Indexed value of what the budget holder answers for, less that of its part of the budget."""
    return indexed_baseline * taken_on - holder_baseline * phase


@row(sheet="Proof", unit="GBP")
def answered_beyond_budget(answered_value: Expr) -> Expr:
    """Indexed value of all that the budget holder answers for beyond the budget."""
    return total(answered_value, over="line")
