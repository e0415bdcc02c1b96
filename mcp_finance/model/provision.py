"""Who pays whom for each line, and what the budget holder's own services and programmes cost.

A line's payment at contract price falls on its commissioner for the part kept and on the budget holder for the part
passed on; the part moved costs the budget holder its own unit cost. Demand shift is never free: what replaces avoided
activity in the community, the change itself and double running all cost the budget holder, at its own prices.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, least, most, prior, ratio, total, up
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


@row(sheet=SHEET, unit="index", dims=LINE)
def programme_cost_index(cost_index: Expr) -> Expr:
    """Prices of the line's demand-shift programme, 1 in the first year."""
    return up(cost_index, along="shift_inflation")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_reprovision(avoided_activity: Expr, reprovision_unit_cost: Expr, programme_cost_index: Expr) -> Expr:
    """Community services that replace the activity avoided; an adverse shift replaces nothing."""
    return most(0, avoided_activity) * reprovision_unit_cost * programme_cost_index


@row(sheet=SHEET, unit="years", dims=LINE)
def transition_passed(contract_clock: Expr, programme_day: Expr) -> Expr:
    """How much of the programme's first twelve months has passed while the contract ran."""
    return most(0, least(1, contract_clock - programme_day))


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_transition(transition_passed: Expr, transition_cost: Expr, programme_cost_index: Expr) -> Expr:
    """One-off cost of the programme that falls in this year."""
    return (transition_passed - prior(transition_passed)) * transition_cost * programme_cost_index


@row(sheet=SHEET, unit="years", dims=LINE)
def double_running_passed(ramp_reached: Expr, shift_ramp: Expr) -> Expr:
    """Years of double running so far: from first effect until the ramp is complete."""
    return ramp_reached * shift_ramp


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_double_running(double_running_passed: Expr, double_running_cost: Expr, programme_cost_index: Expr) -> Expr:
    """Cost of running old and new side by side in this year."""
    return (double_running_passed - prior(double_running_passed)) * double_running_cost * programme_cost_index


@row(sheet=SHEET, unit="GBP", dims=LINE)
def programme_cost(line_reprovision: Expr, line_transition: Expr, line_double_running: Expr) -> Expr:
    """All that the line's demand shift costs the budget holder."""
    return line_reprovision + line_transition + line_double_running


@row(sheet=SHEET, unit="GBP", dims=LINE)
def holder_line_cost(passed_payment: Expr, own_cost: Expr, programme_cost: Expr) -> Expr:
    """All that the line costs the budget holder."""
    return passed_payment + own_cost + programme_cost


@row(sheet=SHEET, unit="GBP")
def holder_cost(holder_line_cost: Expr) -> Expr:
    """All that the budget costs the budget holder."""
    return total(holder_line_cost, over="line")


@row(sheet=SHEET, unit="share")
def holder_cost_share(holder_cost: Expr, wpb: Expr) -> Expr:
    """The budget holder's cost for each pound of budget."""
    return ratio(holder_cost, wpb)
