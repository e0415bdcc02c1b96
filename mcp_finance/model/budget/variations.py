"""The variation ledger: changes to the contract, each with its day, its money and what it costs the budget holder.

One pound on its way: a variation's amount a year, at first-year prices, counts for the part of the year for which it is
in force, grows with the index that its stream's contract pays (or not at all), and joins the budget that its
commissioner pays. What it costs the budget holder counts for the same days, grows with providers' costs and not with
the budget, and leaves the system. A variation has no line: it moves no activity, and commissioners are not funded
for it.
"""

from __future__ import annotations

from mcp_finance.model.party import HOLDER, OUTSIDE
from mcp_finance.rows.expr import Expr, choose, least, most, total, up, weighted
from mcp_finance.rows.row import InputSpec, entry, row

SHEET, BUDGET, BRIDGE, PROOF = "Variations", "Budget", "Bridge", "Proof"
VARIATION = ("variation",)


def _variation(name: str, unit: str, doc: str) -> InputSpec:
    return InputSpec(f"variation_{name}", unit, doc, VARIATION)


INPUTS = (
    _variation("starts", "time", "Day from which the variation counts, in financial years."),
    _variation("ends", "time", "Day after the last on which it counts, in financial years."),
    _variation("amount", "GBP", "Budget a year at first-year prices; below nothing where money leaves."),
    _variation("yearly_cost", "GBP", "What it costs the budget holder a year at first-year prices."),
    _variation("is_indexed", "switch", "1 where amount and cost are indexed."),
    _variation("is_council", "switch", "1 where the council pays it."),
)
PROOFS = {
    "commissioner": ("-proof_variations_nhs",),
    "council": ("-proof_variations_council",),
    "budget_holder": ("-proof_variation_costs",),
    "system": ("proof_variation_costs",),
}


@row(sheet=SHEET, unit="time", dims=VARIATION)
def variation_day(contract_start: Expr, variation_starts: Expr) -> Expr:
    """Day from which the variation counts: never before the budget begins."""
    return most(contract_start, variation_starts)


@row(sheet=SHEET, unit="share", dims=VARIATION)
def variation_part(contract_clock: Expr, variation_ends: Expr, year_start: Expr, variation_day: Expr) -> Expr:
    """Part of the year for which the variation is in force: never after the contract has ended."""
    return most(0, least(contract_clock, variation_ends) - most(year_start, variation_day))


@row(sheet=SHEET, unit="index", dims=VARIATION)
def variation_index(variation_is_indexed: Expr, budget_index: Expr) -> Expr:
    """What the contract pays for the variation's stream, 1 in the first year or where it is not indexed."""
    return choose(variation_is_indexed >= 1, up(budget_index, along="variation_stream"), 1)


@row(sheet=SHEET, unit="index", dims=VARIATION)
def variation_cost_index(variation_is_indexed: Expr, cost_index: Expr) -> Expr:
    """Costs of the variation's provider, 1 in the first year or where it is not indexed."""
    return choose(variation_is_indexed >= 1, up(cost_index, along="variation_prices"), 1)


@row(sheet=SHEET, unit="GBP", dims=VARIATION)
def variation_budget(variation_amount: Expr, variation_part: Expr, variation_index: Expr) -> Expr:
    """Budget that the variation adds this year."""
    return variation_amount * variation_part * variation_index


@row(sheet=SHEET, unit="GBP", dims=VARIATION)
def variation_cost(variation_yearly_cost: Expr, variation_part: Expr, variation_cost_index: Expr) -> Expr:
    """What the variation costs the budget holder this year."""
    return variation_yearly_cost * variation_part * variation_cost_index


@row(sheet=SHEET, unit="switch", dims=VARIATION)
def variation_is_nhs(variation_is_council: Expr) -> Expr:
    """1 where the NHS commissioner pays the variation."""
    return 1 - variation_is_council


@row(sheet=BUDGET, unit="GBP")
def nhs_variations(variation_budget: Expr, variation_is_nhs: Expr) -> Expr:
    """Variations that the NHS commissioner pays."""
    return weighted(variation_budget, variation_is_nhs, over="variation")


@row(sheet=BUDGET, unit="GBP")
def council_variations(variation_budget: Expr, variation_is_council: Expr) -> Expr:
    """Variations that the council pays."""
    return weighted(variation_budget, variation_is_council, over="variation")


@row(sheet=BRIDGE, unit="GBP")
def bridge_variations(variation_budget: Expr) -> Expr:
    """Variations."""
    return total(variation_budget, over="variation")


@row(sheet=BUDGET, unit="GBP")
def wpb(line_budget: Expr, bridge_variations: Expr) -> Expr:
    """Whole-population budget of all lines that have transferred and of variations, NHS and council."""
    return total(line_budget, over="line") + bridge_variations


@row(sheet=BUDGET, unit="GBP")
def nhs_budget(line_budget: Expr, is_nhs: Expr, nhs_variations: Expr) -> Expr:
    """Budget of the NHS lines and variations: the annual payment before anything is withheld."""
    return weighted(line_budget, is_nhs, over="line") + nhs_variations


@row(sheet=BUDGET, unit="GBP")
def council_budget(line_budget: Expr, is_council: Expr, council_variations: Expr) -> Expr:
    """Budget of the council's lines and variations."""
    return weighted(line_budget, is_council, over="line") + council_variations


@row(sheet=BUDGET, unit="GBP")
def full_scope_wpb(full_scope_budget: Expr, bridge_variations: Expr) -> Expr:
    """Whole-population budget had every line transferred, with variations."""
    return total(full_scope_budget, over="line") + bridge_variations


@row(sheet=BUDGET, unit="GBP")
def nhs_full_scope(full_scope_budget: Expr, is_nhs: Expr, nhs_variations: Expr) -> Expr:
    """The NHS lines of the budget at full scope, and NHS variations."""
    return weighted(full_scope_budget, is_nhs, over="line") + nhs_variations


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def variation_costs(variation_cost: Expr) -> Expr:
    """What variations cost the budget holder."""
    return total(variation_cost, over="variation")


@row(sheet=PROOF, unit="years", dims=VARIATION)
def variation_years(variation_part: Expr, variation_index: Expr) -> Expr:
    """What a pound a year of the variation comes to this year."""
    return variation_part * variation_index


@row(sheet=PROOF, unit="years", dims=VARIATION)
def nhs_variation_years(variation_years: Expr, variation_is_council: Expr) -> Expr:
    """The same where the NHS commissioner pays it, and nothing elsewhere."""
    return choose(variation_is_council >= 1, 0, variation_years)


@row(sheet=PROOF, unit="years", dims=VARIATION)
def council_variation_years(variation_years: Expr, nhs_variation_years: Expr) -> Expr:
    """The same where the council pays it, and nothing elsewhere."""
    return variation_years - nhs_variation_years


@row(sheet=PROOF, unit="years", dims=VARIATION)
def variation_cost_years(variation_part: Expr, variation_cost_index: Expr) -> Expr:
    """What a pound a year of the variation's cost comes to this year."""
    return variation_part * variation_cost_index


@row(sheet=PROOF, unit="GBP")
def proof_variations_nhs(variation_amount: Expr, nhs_variation_years: Expr) -> Expr:
    """The NHS commissioner's variations, from their amounts."""
    return weighted(variation_amount, nhs_variation_years, over="variation")


@row(sheet=PROOF, unit="GBP")
def proof_variations_council(variation_amount: Expr, council_variation_years: Expr) -> Expr:
    """The council's variations, from their amounts."""
    return weighted(variation_amount, council_variation_years, over="variation")


@row(sheet=PROOF, unit="GBP")
def proof_variation_costs(variation_yearly_cost: Expr, variation_cost_years: Expr) -> Expr:
    """Cost of all variations, from what each costs a year."""
    return weighted(variation_yearly_cost, variation_cost_years, over="variation")
