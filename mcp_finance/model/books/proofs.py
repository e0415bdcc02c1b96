"""Each party's income less cost, written from the contract's side and not from the entries.

These rows share no sum with the ledger: the budget holder's goes through budget and cost by line, the commissioner's
and council's through the margin of each line, a provider's through its contracts and prices and through the cost that
it would have had. The cost of the whole system is reached from activity and unit cost, whoever pays. `Checks` holds
them against the statements; a difference is a fault of the model.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, size, total, weighted
from mcp_finance.rows.row import row

SHEET = "Proof"
LINE = ("line",)


@row(sheet=SHEET, unit="switch", dims=LINE)
def others_line(is_other: Expr, is_council: Expr) -> Expr:
    """1 for lines that somebody outside the books provides today."""
    return is_other + is_council


@row(sheet=SHEET, unit="share", dims=LINE)
def places(kept: Expr, passed: Expr, moved: Expr) -> Expr:
    """Parts of the line's activity, wherever they are: 1."""
    return kept + passed + moved


@row(sheet=SHEET, unit="share", dims=LINE)
def place_gap(places: Expr, is_hospital: Expr, is_practices: Expr, is_subcontractor: Expr, others_line: Expr) -> Expr:
    """Parts of the line that are counted twice or not at all."""
    return size(places - (is_hospital + is_practices + is_subcontractor + others_line))


@row(sheet=SHEET, unit="GBP")
def holder_margin(wpb: Expr, withheld_total: Expr, settled_budget_holder: Expr, holder_cost: Expr) -> Expr:
    """Budget without what is withheld, and settlements, less the cost of every line."""
    return wpb - withheld_total + settled_budget_holder - holder_cost


@row(sheet=SHEET, unit="GBP")
def proof_budget_holder(holder_margin: Expr, proof_other_budget_holder: Expr) -> Expr:
    """Its margin on budget and cost, and what optional subjects bring."""
    return holder_margin + proof_other_budget_holder


@row(sheet=SHEET, unit="GBP", dims=LINE)
def commissioner_margin(indexed_baseline: Expr, line_budget: Expr, paid_value: Expr, taken_on: Expr) -> Expr:
    """Funding of the line less its budget and less what its commissioner still pays for it."""
    return indexed_baseline - line_budget - (paid_value - paid_value * taken_on)


@row(sheet=SHEET, unit="GBP")
def commissioner_margin_total(commissioner_margin: Expr, is_nhs: Expr) -> Expr:
    """Margin of the NHS commissioner's lines."""
    return weighted(commissioner_margin, is_nhs, over="line")


@row(sheet=SHEET, unit="GBP")
def proof_commissioner(
    commissioner_margin_total: Expr,
    withheld_by_commissioner: Expr,
    settled_commissioner: Expr,
    guarantees: Expr,
    proof_other_commissioner: Expr,
) -> Expr:
    """Margin of the NHS lines, what it withholds, and settlements, less guarantees of income."""
    return (
        commissioner_margin_total
        + withheld_by_commissioner
        + settled_commissioner
        - guarantees
        + proof_other_commissioner
    )


@row(sheet=SHEET, unit="GBP", dims=("provider",))
def lifted_income(provider_income: Expr, provider_income_before_floor: Expr) -> Expr:
    """How far guarantees lift each provider's income."""
    return provider_income - provider_income_before_floor


@row(sheet=SHEET, unit="GBP")
def guarantees(lifted_income: Expr) -> Expr:
    """How far guarantees lift the income of all providers."""
    return total(lifted_income, over="provider")


@row(sheet=SHEET, unit="GBP")
def council_margin_total(commissioner_margin: Expr, is_council: Expr) -> Expr:
    """Margin of the council's lines."""
    return weighted(commissioner_margin, is_council, over="line")


@row(sheet=SHEET, unit="GBP")
def proof_council(
    council_margin_total: Expr, withheld_by_council: Expr, settled_council: Expr, proof_other_council: Expr
) -> Expr:
    """Margin of the council's lines, what it withholds, and settlements."""
    return council_margin_total + withheld_by_council + settled_council + proof_other_council


@row(sheet=SHEET, unit="GBP", dims=("provider",))
def provider_result(provider_income: Expr, provider_cost_if_unmoved: Expr, provider_cost_released: Expr) -> Expr:
    """Income of each provider less its cost, reached from what it would have been."""
    return provider_income - (provider_cost_if_unmoved - provider_cost_released)


@row(sheet=SHEET, unit="GBP", dims=("provider",))
def stranded_gap(provider_result: Expr, do_nothing_provider_result: Expr, provider_stranded_cost: Expr) -> Expr:
    """What a provider loses against do-nothing beyond its stranded cost: nothing."""
    return size(provider_result - do_nothing_provider_result + provider_stranded_cost)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def resource_unit_cost(is_other: Expr, is_council: Expr, price: Expr, provider_unit_cost: Expr) -> Expr:
    """What a unit takes out of the system: other providers' price, or the unit cost of hospital and practices."""
    return choose(is_other + is_council >= 1, price, provider_unit_cost)


@row(sheet=SHEET, unit="activity", dims=LINE)
def gone_activity(activity_without_shift: Expr, activity: Expr, moved: Expr) -> Expr:
    """Activity that today's provider no longer does."""
    return activity_without_shift - activity + activity * moved


@row(sheet=SHEET, unit="activity", dims=LINE)
def unused_units(others_line: Expr, gone_activity: Expr, released_units: Expr) -> Expr:
    """Units whose resource has gone: all that have gone of a price, the released ones of a provider's cost."""
    return choose(others_line >= 1, gone_activity, released_units)


@row(sheet=SHEET, unit="activity", dims=LINE)
def resourced_activity(activity_without_shift: Expr, unused_units: Expr) -> Expr:
    """Units for which today's providers still use resource."""
    return activity_without_shift - unused_units


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_resource(resourced_activity: Expr, resource_unit_cost: Expr, own_cost: Expr, programme_cost: Expr) -> Expr:
    """All resource that the line uses, wherever it is provided and whoever pays."""
    return resourced_activity * resource_unit_cost + own_cost + programme_cost


@row(sheet=SHEET, unit="GBP")
def line_resources(line_resource: Expr) -> Expr:
    """All resource that the lines use."""
    return total(line_resource, over="line")


@row(sheet=SHEET, unit="GBP")
def system_cost(line_resources: Expr, proof_other_system: Expr) -> Expr:
    """Cost of the whole modelled system, reached from activity."""
    return line_resources + proof_other_system
