"""What the gain/loss share is settled on: hospital use outside the budget, expected and actual, and the cash beside it.

Who shares what is a term sheet (`mcp_finance.terms`), whose facts are bound to rows of this module or of any other;
`mcp_finance.model.settlement` puts the sheets' payments into the books. Both costs are at one constant price base, the
first year's: a change of tariff makes no gain. Expected cost follows ageing and the expected trend; a gain that comes
from the expected trend differing from the actual one is reported apart from what demand shift achieved. Nothing is
shared for time before the contract begins; demand shift never begins before it.

A notional gain need not be cash. What the commissioner saves is what its hospital contracts let it stop paying, at
current prices, less the re-provision that it funds itself; `share_unfunded` is the part of what it pays that is beyond
that. Relocation is a transfer: neither variance nor cash saving counts it, and so not its re-provision either.
"""

from __future__ import annotations

from mcp_finance.model.hospital import contract_sum
from mcp_finance.rows.expr import Expr, most, total
from mcp_finance.rows.row import row

SHEET = "Share"
LINE, POOL, CONTRACT = ("line",), ("pool",), ("contract",)


@row(sheet=SHEET, unit="activity", dims=LINE)
def unshifted_in_force(activity_without_shift: Expr, in_force: Expr) -> Expr:
    """Activity without shift in the part of the year for which the contract is in force."""
    return activity_without_shift * in_force


@row(sheet=SHEET, unit="GBP", dims=LINE)
def expected_line_cost(expected_activity: Expr, in_force: Expr, base_price: Expr, in_share: Expr) -> Expr:
    """Expected activity at the constant price base, while the contract is in force, of lines in the share."""
    return expected_activity * in_force * base_price * in_share


@row(sheet=SHEET, unit="GBP", dims=LINE)
def actual_line_cost(unshifted_in_force: Expr, demand_reduction: Expr, base_price: Expr, in_share: Expr) -> Expr:
    """Actual activity at the constant price base, while in force, of shared lines; relocated as if it had stayed."""
    return (unshifted_in_force - demand_reduction) * base_price * in_share


@row(sheet=SHEET, unit="GBP", dims=LINE)
def shifted_line_cost(demand_reduction: Expr, base_price: Expr, in_share: Expr) -> Expr:
    """Activity avoided by demand shift, less induced, at the constant price base, of lines in the share."""
    return demand_reduction * base_price * in_share


@row(sheet=SHEET, unit="GBP", dims=POOL)
def expected_cost(expected_line_cost: Expr) -> Expr:
    """Expected cost of the pool's lines."""
    return total(expected_line_cost, over="line", by="pool")


@row(sheet=SHEET, unit="GBP", dims=POOL)
def actual_cost(actual_line_cost: Expr) -> Expr:
    """Actual cost of the pool's lines."""
    return total(actual_line_cost, over="line", by="pool")


@row(sheet=SHEET, unit="GBP", dims=POOL)
def share_variance(expected_cost: Expr, actual_cost: Expr) -> Expr:
    """Expected less actual cost: positive is a gain."""
    return expected_cost - actual_cost


@row(sheet=SHEET, unit="GBP", dims=POOL)
def gain_from_shift(shifted_line_cost: Expr) -> Expr:
    """Part of the variance that demand shift made."""
    return total(shifted_line_cost, over="line", by="pool")


@row(sheet=SHEET, unit="GBP", dims=POOL)
def gain_from_growth(share_variance: Expr, gain_from_shift: Expr) -> Expr:
    """Part of the variance that comes from actual growth differing from expected growth."""
    return share_variance - gain_from_shift


@row(sheet=SHEET, unit="GBP")
def total_variance(share_variance: Expr) -> Expr:
    """Variance of all pools, netted."""
    return total(share_variance, over="pool")


@row(sheet=SHEET, unit="GBP")
def total_expected_cost(expected_cost: Expr) -> Expr:
    """Expected cost of all pools."""
    return total(expected_cost, over="pool")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def unbought_value(unmoved_expected_value: Expr, unmoved_value: Expr) -> Expr:
    """Expected less actual activity at current contract price."""
    return unmoved_expected_value - unmoved_value


@row(sheet=SHEET, unit="GBP", dims=LINE)
def relocated_value(price: Expr, relocated_activity: Expr) -> Expr:
    """Activity moved into the community at current contract price: a transfer, and no saving to share."""
    return price * relocated_activity


@row(sheet=SHEET, unit="GBP", dims=LINE)
def shared_unbought(unbought_value: Expr, relocated_value: Expr, in_share: Expr, in_force: Expr) -> Expr:
    """What shared lines leave unbought while the contract is in force, relocated activity apart; nil for others."""
    return (unbought_value - relocated_value) * in_share * in_force


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_value_expected(contract_value: Expr, contract_unbought: Expr) -> Expr:
    """The contract's value had the shared lines been at expected activity."""
    return contract_value + contract_unbought


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_unbought(shared_unbought: Expr) -> Expr:
    """Shared lines' expected less actual activity under each hospital contract, at current price."""
    return total(shared_unbought, over="line", by="contract")


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def payment_at_expected(
    contract_value_expected: Expr,
    contract_plan: Expr,
    contract_fixed: Expr,
    marginal_up: Expr,
    marginal_down: Expr,
) -> Expr:
    """What the contract would have paid had the shared lines been at expected activity."""
    return contract_sum(contract_value_expected, contract_plan, contract_fixed, marginal_up, marginal_down)


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_saving(payment_at_expected: Expr, contract_payment: Expr) -> Expr:
    """What the contract lets its payer stop paying."""
    return payment_at_expected - contract_payment


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_deducted_reprovision(deducted_reprovision: Expr) -> Expr:
    """Re-provision of the line's avoided activity that its commissioner funds."""
    return total(deducted_reprovision, over="programme", by="line")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def shared_reprovision(line_deducted_reprovision: Expr, in_share: Expr) -> Expr:
    """The same for lines in the gain/loss share, nil for others."""
    return line_deducted_reprovision * in_share


@row(sheet=SHEET, unit="GBP", dims=POOL)
def pool_reprovision(shared_reprovision: Expr) -> Expr:
    """Re-provision that the commissioner funds on each pool's lines."""
    return total(shared_reprovision, over="line", by="pool")


@row(sheet=SHEET, unit="GBP")
def commissioner_reprovision(shared_reprovision: Expr) -> Expr:
    """Re-provision of activity avoided on shared lines that the commissioner funds: it comes off its cash saving."""
    return total(shared_reprovision, over="line")


@row(sheet=SHEET, unit="GBP")
def hospital_saving(contract_saving: Expr) -> Expr:
    """What all hospital contracts let their payers stop paying on the shared lines."""
    return total(contract_saving, over="contract")


@row(sheet=SHEET, unit="GBP")
def commissioner_cash_saving(hospital_saving: Expr, commissioner_reprovision: Expr) -> Expr:
    """Cash that the commissioner saves: on its hospital contracts, less the re-provision that it funds."""
    return hospital_saving - commissioner_reprovision


@row(sheet=SHEET, unit="GBP")
def share_unfunded(share_to_commissioner: Expr, commissioner_cash_saving: Expr) -> Expr:
    """What the commissioner pays under the gain/loss share beyond what it has saved in cash."""
    return most(0, -share_to_commissioner - most(0, commissioner_cash_saving))


@row(sheet=SHEET, unit="GBP")
def gain_from_shift_total(gain_from_shift: Expr) -> Expr:
    """Demand shift's part of the variance, all pools."""
    return total(gain_from_shift, over="pool")


@row(sheet=SHEET, unit="GBP")
def gain_from_growth_total(gain_from_growth: Expr) -> Expr:
    """Growth difference's part of the variance, all pools."""
    return total(gain_from_growth, over="pool")
