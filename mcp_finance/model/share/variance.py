"""What the gain/loss share is settled on: hospital use outside the budget, expected and actual, and the cash beside it.

Who shares what is a term sheet (`mcp_finance.terms`), whose facts are bound to rows of this module or of any other;
`mcp_finance.model.share.settlement` puts the sheets' payments into the books. Both costs are at one constant price
base, the first year's: a change of tariff makes no gain. Expected cost follows ageing and the expected trend, or the
baseline that a line names (`mcp_finance.model.share.baselines`); a gain that comes from what was expected differing
from what happened is reported apart from what demand shift achieved. Nothing is shared for time before the contract
begins or after it ends; demand shift has no effect then.

A notional gain need not be cash. What the commissioner saves is what its hospital contracts let it stop paying, at
current prices, less what it pays again where a hospital's income is guaranteed and the re-provision that it funds
itself; `share_unfunded` is the part of what it pays that is beyond that. Relocation is a transfer: neither variance
nor cash saving counts it, and so not its re-provision either.
"""

from __future__ import annotations

from mcp_finance.model.delivery.hospital import contract_sum
from mcp_finance.model.delivery.provider import floor_payment
from mcp_finance.rows.expr import Expr, most, total
from mcp_finance.rows.row import row

SHEET = "Share"
LINE, POOL, CONTRACT, PROVIDER = ("line",), ("pool",), ("contract",), ("provider",)


@row(sheet=SHEET, unit="activity", dims=LINE)
def unshifted_in_force(activity_without_shift: Expr, in_force: Expr) -> Expr:
    """Activity without shift in the part of the year for which the contract is in force."""
    return activity_without_shift * in_force


@row(sheet=SHEET, unit="GBP", dims=LINE)
def expected_line_cost(share_expected_activity: Expr, in_force: Expr, base_price: Expr, in_share: Expr) -> Expr:
    """Expected activity at the constant price base, while the contract is in force, of lines in the share."""
    return share_expected_activity * in_force * base_price * in_share


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity_in_force(unshifted_in_force: Expr, demand_reduction: Expr) -> Expr:
    """Activity while the contract is in force: all that is avoided is avoided then; what is relocated has stayed."""
    return unshifted_in_force - demand_reduction


@row(sheet=SHEET, unit="GBP", dims=LINE)
def actual_line_cost(compared_in_force: Expr, base_price: Expr, in_share: Expr) -> Expr:
    """Actual activity at the constant price base, while the contract is in force, of lines in the share."""
    return compared_in_force * base_price * in_share


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


@row(sheet=SHEET, unit="activity", dims=LINE)
def unbought_activity(share_expected_activity: Expr, in_force: Expr, activity_in_force: Expr) -> Expr:
    """Expected less actual activity while the contract is in force."""
    return share_expected_activity * in_force - activity_in_force


@row(sheet=SHEET, unit="GBP", dims=LINE)
def shared_unbought(unbought_activity: Expr, price: Expr, in_share: Expr) -> Expr:
    """The same at current contract price, for lines in the gain/loss share; nil for others."""
    return unbought_activity * price * in_share


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


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_contract_saving(contract_saving: Expr) -> Expr:
    """What the contracts with each provider let their payer stop paying."""
    return total(contract_saving, over="contract", by="contract_provider")


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_income_at_expected(provider_income_before_floor: Expr, provider_contract_saving: Expr) -> Expr:
    """Income of each provider, before any guarantee, had the shared lines been at expected activity."""
    return provider_income_before_floor + provider_contract_saving


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def top_up_at_expected(provider_income_at_expected: Expr, provider_floor: Expr) -> Expr:
    """What the guarantee would have cost then."""
    return floor_payment(provider_income_at_expected, provider_floor)


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_cash_saving(provider_contract_saving: Expr, provider_top_up: Expr, top_up_at_expected: Expr) -> Expr:
    """Cash that the commissioner saves with each provider: on its contracts, less what it pays again to lift income."""
    return provider_contract_saving - (provider_top_up - top_up_at_expected)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def notional_line_gain(expected_line_cost: Expr, actual_line_cost: Expr) -> Expr:
    """Expected less actual cost of the line, at the constant price base."""
    return expected_line_cost - actual_line_cost


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_notional_gain(notional_line_gain: Expr) -> Expr:
    """Notional gain on the lines of each provider, beside the cash that it saves the commissioner."""
    return total(notional_line_gain, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_unbacked_gain(provider_notional_gain: Expr, provider_cash_saving: Expr) -> Expr:
    """The part of each provider's notional gain for which no cash is saved."""
    return most(0, provider_notional_gain - most(0, provider_cash_saving))


@row(sheet=SHEET, unit="GBP", dims=CONTRACT)
def contract_notional_gain(notional_line_gain: Expr) -> Expr:
    """Notional gain on the lines of each hospital contract, beside what the contract lets its payer stop paying."""
    return total(notional_line_gain, over="line", by="contract")


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
def hospital_saving(provider_cash_saving: Expr) -> Expr:
    """Cash that the commissioner saves with all hospitals on the shared lines."""
    return total(provider_cash_saving, over="provider")


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
