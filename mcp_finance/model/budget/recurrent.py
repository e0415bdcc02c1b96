"""The recurrent cost of each line: its outturn, without what will not come back and with what is still to come.

One pound on its way: a line's outturn (`reference_baseline`), less what was non-recurrent, less the rest of a year of
savings already delivered, less what has been transferred out; with the rest of a year of services that began during
it, signed investment, what has been transferred in, commissioner functions taken on, and changes of coding. The sum is
`recurrent_baseline`, which is rolled to the first year in place of the outturn. Each adjustment is the line's own and a
step of the bridge; the steps show the NHS lines in scope, as the step from which they start does.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, weighted
from mcp_finance.rows.row import InputSpec, row

SHEET, BRIDGE = "Recurrent", "Bridge"
LINE = ("line",)
ADJUSTMENTS = {
    "non_recurrent": "Outturn that does not recur: winter money, transition, one-off settlements; taken off.",
    "full_year_effect": "Rest of a year of services that began in the reference year; below nothing if they ended.",
    "savings_full_year_effect": "Rest of a year of savings already delivered in the reference year; taken off.",
    "committed_investment": "Investment that is signed; added.",
    "transfers_in": "Services that others handed over; added.",
    "transfers_out": "Services handed over to others; taken off.",
    "coding_change": "Change of coding and counting; either sign.",
    "functions_taken_on": "Commissioner functions that pass to the budget holder, with their running cost; added.",
}
"""Every adjustment of a line's outturn, by its key in a scenario."""
INPUTS = tuple(InputSpec(f"recurrent.{name}", "GBP", doc, LINE) for name, doc in ADJUSTMENTS.items())


@row(sheet=SHEET, unit="GBP", dims=LINE)
def recurrent_added(
    recurrent__full_year_effect: Expr,
    recurrent__committed_investment: Expr,
    recurrent__transfers_in: Expr,
    recurrent__functions_taken_on: Expr,
) -> Expr:
    """What the line will cost on top of its outturn."""
    return (
        recurrent__full_year_effect
        + recurrent__committed_investment
        + recurrent__transfers_in
        + recurrent__functions_taken_on
    )


@row(sheet=SHEET, unit="GBP", dims=LINE)
def recurrent_taken_off(
    recurrent__non_recurrent: Expr, recurrent__savings_full_year_effect: Expr, recurrent__transfers_out: Expr
) -> Expr:
    """What is in the line's outturn and will not come back."""
    return recurrent__non_recurrent + recurrent__savings_full_year_effect + recurrent__transfers_out


@row(sheet=SHEET, unit="GBP", dims=LINE)
def recurrent_baseline(
    reference_baseline: Expr, recurrent_added: Expr, recurrent_taken_off: Expr, recurrent__coding_change: Expr
) -> Expr:
    """Recurrent cost of the line in the reference year: what is rolled to the first year."""
    return reference_baseline + recurrent_added - recurrent_taken_off + recurrent__coding_change


@row(sheet=BRIDGE, unit="GBP", dims=LINE)
def rolled_amount(opening_baseline: Expr, recurrent_baseline: Expr) -> Expr:
    """What the roll from the reference year to the first year adds to the line's recurrent cost."""
    return opening_baseline - recurrent_baseline


@row(sheet=BRIDGE, unit="GBP")
def bridge_non_recurrent(recurrent__non_recurrent: Expr, nhs_in_budget: Expr) -> Expr:
    """What does not recur (negative)."""
    return -weighted(recurrent__non_recurrent, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_full_year_effect(recurrent__full_year_effect: Expr, nhs_in_budget: Expr) -> Expr:
    """Full-year effects of services that began or ended in the reference year."""
    return weighted(recurrent__full_year_effect, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_savings_full_year_effect(recurrent__savings_full_year_effect: Expr, nhs_in_budget: Expr) -> Expr:
    """Full-year effect of savings already delivered (negative)."""
    return -weighted(recurrent__savings_full_year_effect, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_committed_investment(recurrent__committed_investment: Expr, nhs_in_budget: Expr) -> Expr:
    """Signed investment."""
    return weighted(recurrent__committed_investment, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_transfers_in(recurrent__transfers_in: Expr, nhs_in_budget: Expr) -> Expr:
    """Services handed over by others."""
    return weighted(recurrent__transfers_in, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_transfers_out(recurrent__transfers_out: Expr, nhs_in_budget: Expr) -> Expr:
    """Services handed over to others (negative)."""
    return -weighted(recurrent__transfers_out, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_coding_change(recurrent__coding_change: Expr, nhs_in_budget: Expr) -> Expr:
    """Changes of coding and counting."""
    return weighted(recurrent__coding_change, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_functions_taken_on(recurrent__functions_taken_on: Expr, nhs_in_budget: Expr) -> Expr:
    """Commissioner functions that pass to the budget holder."""
    return weighted(recurrent__functions_taken_on, nhs_in_budget, over="line")
