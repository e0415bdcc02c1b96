"""Hospital contracts, and what they pay.

A contract pays a fixed sum for a plan, and a marginal rate of the price above or below it. Plan and fixed sum at 100%
with both rates at 100% are payment by results; with both at nil, a block; 70% above and 100% below is the marginal-
rate emergency tariff; 20% either way the emergency blend. The plan is expected activity at current price, of the
activity that is still the hospital's: what moves to the budget holder leaves plan and payment alike.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, most, ratio, total, up
from mcp_finance.rows.row import row

SHEET = "Hospital"
LINE, CONTRACT = ("line",), ("contract",)


def contract_sum(value: Expr, plan: Expr, fixed: Expr, above: Expr, below: Expr) -> Expr:
    """The payment clause: fixed sum, plus or minus the marginal rate of what lies above or below plan."""
    return fixed + above * most(0, value - plan) - below * most(0, plan - value)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def unmoved_value(line_value: Expr, moved: Expr) -> Expr:
    """The line at contract price, less what the budget holder provides itself."""
    return line_value * (1 - moved)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def unmoved_expected_value(price: Expr, expected_activity: Expr, moved: Expr) -> Expr:
    """The same at expected activity."""
    return price * expected_activity * (1 - moved)


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_value(unmoved_value: Expr) -> Expr:
    """Activity under the contract at full price."""
    return total(unmoved_value, over="line", by="contract")


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_expected_value(unmoved_expected_value: Expr) -> Expr:
    """Expected activity under the contract at full price."""
    return total(unmoved_expected_value, over="line", by="contract")


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_plan(contract_expected_value: Expr, plan_level: Expr) -> Expr:
    """Planned value."""
    return contract_expected_value * plan_level


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_fixed(contract_plan: Expr, fixed_level: Expr) -> Expr:
    """Fixed sum."""
    return contract_plan * fixed_level


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_payment(
    contract_value: Expr, contract_plan: Expr, contract_fixed: Expr, marginal_up: Expr, marginal_down: Expr
) -> Expr:
    """What the hospital is paid under the contract."""
    return contract_sum(contract_value, contract_plan, contract_fixed, marginal_up, marginal_down)


@row(sheet=SHEET, unit="share", dims=CONTRACT)
def payment_rate(contract_payment: Expr, contract_value: Expr) -> Expr:
    """Payment for each pound of activity at full price: how the contract's payment falls on its lines."""
    return ratio(contract_payment, contract_value)


@row(sheet=SHEET, unit="share", dims=LINE)
def hospital_rate(payment_rate: Expr) -> Expr:
    """The rate of the line's hospital contract."""
    return up(payment_rate, along="contract")


@row(sheet=SHEET, unit="share", dims=LINE)
def line_rate(is_hospital: Expr, hospital_rate: Expr) -> Expr:
    """Payment for each pound at contract price: the hospital contract's rate, or 1 for other providers."""
    return choose(is_hospital >= 1, hospital_rate, 1)
