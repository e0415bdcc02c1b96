"""Employer's pension and National Insurance rates of the budget holder's own staff, beyond those in the baselines.

A line's cost holds the rates of the reference year. A pound of the budget holder's own service cost holds its share of
pay; each point by which a rate lies above the one in the baselines costs a penny on that pay, and a lower rate saves.
The cost series of its services must not hold the same step: it would be paid for twice. Rates are effective ones, for
all pay. The entries go by the whole of its services, the proof by line.
"""

from __future__ import annotations

from mcp_finance.model.party import HOLDER, OUTSIDE
from mcp_finance.rows.expr import Expr, total
from mcp_finance.rows.row import InputSpec, entry, row

SHEET, PROOF = "Taxes", "Proof"
LINE = ("line",)
INPUTS = (
    InputSpec("pay_share", "share", "Pay before employer's contributions, as a share of own services' cost."),
    InputSpec("pension_rate", "rate", "Employer's pension contribution, of pay.", yearly=True),
    InputSpec("pension_rate_in_baseline", "rate", "The same rate that the lines' baselines hold."),
    InputSpec("insurance_rate", "rate", "Employer's National Insurance, of pay.", yearly=True),
    InputSpec("insurance_rate_in_baseline", "rate", "The same rate that the lines' baselines hold."),
)


@row(sheet=SHEET, unit="GBP")
def own_services_cost(own_cost: Expr) -> Expr:
    """Cost of the services that the budget holder provides."""
    return total(own_cost, over="line")


@row(sheet=SHEET, unit="GBP")
def own_pay(own_services_cost: Expr, pay_share: Expr) -> Expr:
    """Pay of the budget holder's own staff, before employer's contributions."""
    return own_services_cost * pay_share


@row(sheet=SHEET, unit="rate")
def pension_rise(pension_rate: Expr, pension_rate_in_baseline: Expr) -> Expr:
    """How far the pension contribution lies above the one in the baselines."""
    return pension_rate - pension_rate_in_baseline


@row(sheet=SHEET, unit="rate")
def insurance_rise(insurance_rate: Expr, insurance_rate_in_baseline: Expr) -> Expr:
    """How far National Insurance lies above the one in the baselines."""
    return insurance_rate - insurance_rate_in_baseline


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def pension_step(own_pay: Expr, pension_rise: Expr) -> Expr:
    """Pension contributions for the budget holder's own staff beyond those in the baselines."""
    return own_pay * pension_rise


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def insurance_step(own_pay: Expr, insurance_rise: Expr) -> Expr:
    """National Insurance for the budget holder's own staff beyond that in the baselines."""
    return own_pay * insurance_rise


@row(sheet=PROOF, unit="GBP", dims=LINE)
def line_contributions(own_cost: Expr, pay_share: Expr, pension_rate: Expr, insurance_rate: Expr) -> Expr:
    """Employer's contributions for the line's own staff, at the rates of the year."""
    return own_cost * pay_share * (pension_rate + insurance_rate)


@row(sheet=PROOF, unit="GBP", dims=LINE)
def line_contributions_in_baseline(
    own_cost: Expr, pay_share: Expr, pension_rate_in_baseline: Expr, insurance_rate_in_baseline: Expr
) -> Expr:
    """The same at the rates that the baselines hold."""
    return own_cost * pay_share * (pension_rate_in_baseline + insurance_rate_in_baseline)


@row(sheet=PROOF, unit="GBP", dims=LINE)
def line_contribution_step(line_contributions: Expr, line_contributions_in_baseline: Expr) -> Expr:
    """What the change of both rates adds to the line's own cost."""
    return line_contributions - line_contributions_in_baseline


@row(sheet=PROOF, unit="GBP")
def proof_pay(line_contribution_step: Expr) -> Expr:
    """What the change of both rates adds to the cost of all lines."""
    return total(line_contribution_step, over="line")
