"""Do nothing: existing contracts continue, nothing transfers and nothing shifts.

The same payment clauses at the activity that there would have been, so that every party can be held against a world
without the contract in the same year and at the same prices.
"""

from __future__ import annotations

from mcp_finance.model.delivery.hospital import contract_sum
from mcp_finance.rows.expr import Expr, choose, ratio, total, up, weighted
from mcp_finance.rows.row import row

SHEET = "DoNothing"
LINE, CONTRACT = ("line",), ("contract",)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def do_nothing_value(price: Expr, activity_without_shift: Expr) -> Expr:
    """Activity without shift at contract price."""
    return price * activity_without_shift


@row(sheet=SHEET, unit="GBP", dims=LINE)
def do_nothing_expected_value(price: Expr, expected_activity: Expr) -> Expr:
    """Expected activity at contract price, nothing having moved."""
    return price * expected_activity


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def do_nothing_contract_value(do_nothing_value: Expr) -> Expr:
    """Activity under each hospital contract at full price."""
    return total(do_nothing_value, over="line", by="contract")


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def do_nothing_contract_expected(do_nothing_expected_value: Expr) -> Expr:
    """Expected activity under each hospital contract at full price."""
    return total(do_nothing_expected_value, over="line", by="contract")


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def do_nothing_plan(do_nothing_contract_expected: Expr, plan_level: Expr) -> Expr:
    """Planned value."""
    return do_nothing_contract_expected * plan_level


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def do_nothing_fixed(do_nothing_plan: Expr, fixed_level: Expr) -> Expr:
    """Fixed sum."""
    return do_nothing_plan * fixed_level


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def do_nothing_contract_payment(
    do_nothing_contract_value: Expr,
    do_nothing_plan: Expr,
    do_nothing_fixed: Expr,
    marginal_up: Expr,
    marginal_down: Expr,
) -> Expr:
    """What the hospital would be paid under each contract."""
    return contract_sum(do_nothing_contract_value, do_nothing_plan, do_nothing_fixed, marginal_up, marginal_down)


@row(sheet=SHEET, unit="GBP")
def do_nothing_hospital_income(do_nothing_contract_payment: Expr) -> Expr:
    """What the hospital would be paid under all its modelled contracts."""
    return total(do_nothing_contract_payment, over="contract")


@row(sheet=SHEET, unit="share", dims=CONTRACT)
def do_nothing_rate(do_nothing_contract_payment: Expr, do_nothing_contract_value: Expr) -> Expr:
    """Payment for each pound of activity at full price."""
    return ratio(do_nothing_contract_payment, do_nothing_contract_value)


@row(sheet=SHEET, unit="share", dims=LINE)
def do_nothing_hospital_rate(do_nothing_rate: Expr) -> Expr:
    """The rate of the line's hospital contract."""
    return up(do_nothing_rate, along="contract")


@row(sheet=SHEET, unit="share", dims=LINE)
def do_nothing_line_rate(is_hospital: Expr, do_nothing_hospital_rate: Expr) -> Expr:
    """Payment for each pound at contract price."""
    return choose(is_hospital >= 1, do_nothing_hospital_rate, 1)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def do_nothing_payment(do_nothing_value: Expr, do_nothing_line_rate: Expr) -> Expr:
    """What the line's commissioner would pay for it."""
    return do_nothing_value * do_nothing_line_rate


@row(sheet=SHEET, unit="GBP", dims=LINE)
def do_nothing_margin(indexed_baseline: Expr, do_nothing_payment: Expr) -> Expr:
    """Funding of the line less what its commissioner would pay for it."""
    return indexed_baseline - do_nothing_payment


@row(sheet=SHEET, unit="GBP", dims=LINE)
def do_nothing_provider_margin(do_nothing_payment: Expr, line_cost_if_unmoved: Expr) -> Expr:
    """What the line's provider would be paid less what the line would cost it."""
    return do_nothing_payment - line_cost_if_unmoved


@row(sheet=SHEET, unit="GBP")
def do_nothing_result_commissioner(do_nothing_margin: Expr, is_nhs: Expr) -> Expr:
    """The NHS commissioner's result had nothing been done."""
    return weighted(do_nothing_margin, is_nhs, over="line")


@row(sheet=SHEET, unit="GBP")
def do_nothing_result_council(do_nothing_margin: Expr, is_council: Expr) -> Expr:
    """The council's result had nothing been done."""
    return weighted(do_nothing_margin, is_council, over="line")


@row(sheet=SHEET, unit="GBP", dims=("provider",))
def do_nothing_provider_result(do_nothing_provider_margin: Expr) -> Expr:
    """Each provider's result had nothing been done."""
    return total(do_nothing_provider_margin, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=("provider",))
def do_nothing_provider_income(do_nothing_payment: Expr) -> Expr:
    """Each provider's income had nothing been done."""
    return total(do_nothing_payment, over="line", by="provider")
