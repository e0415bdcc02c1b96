"""What it costs to end the contract early: the team that is stranded, and the handing back of services.

The cost is the budget holder's, and falls in the year in which the contract ends. Where the commissioner pays for it,
it makes the cost good to the budget holder in that year.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose
from mcp_finance.rows.row import InputSpec, entry, row

SHEET, PROOF = "Exit", "Proof"

INPUTS = (
    InputSpec("exit_cost", "GBP", "What an early end of the contract costs the budget holder."),
    InputSpec("exit_paid_by_holder", "switch", "1 where the budget holder bears the exit cost."),
)


@row(sheet=SHEET, unit="switch")
def ended_early(contract_ends: Expr, early_end: Expr, final_year: Expr) -> Expr:
    """1 in the year in which the contract is ended early."""
    return choose(contract_ends >= early_end, final_year, 0)


@row(sheet=SHEET, unit="GBP")
def exit_cost_due(exit_cost: Expr, ended_early: Expr) -> Expr:
    """Exit cost, in the year in which the contract is ended."""
    return exit_cost * ended_early


@row(sheet=SHEET, unit="switch")
def exit_paid_by_commissioner(exit_paid_by_holder: Expr) -> Expr:
    """1 where the commissioner makes the exit cost good."""
    return 1 - exit_paid_by_holder


@entry(payer="budget_holder", payee="outside", kind="resource")
def exit_costs(exit_cost_due: Expr) -> Expr:
    """Staff and suppliers that the end of the contract strands, and the handing back of services."""
    return exit_cost_due


@entry(payer="commissioner", payee="budget_holder", kind="transfer")
def exit_costs_made_good(exit_cost_due: Expr, exit_paid_by_commissioner: Expr) -> Expr:
    """Exit cost that the commissioner makes good."""
    return exit_cost_due * exit_paid_by_commissioner


@row(sheet=PROOF, unit="GBP")
def exit_cost_used(exit_cost: Expr, ended_early: Expr) -> Expr:
    """Resource that the exit takes, whoever pays for it."""
    return exit_cost * ended_early


@row(sheet=PROOF, unit="GBP")
def exit_cost_of_holder(exit_cost_used: Expr, exit_paid_by_holder: Expr) -> Expr:
    """Exit cost where the contract leaves it with the budget holder."""
    return exit_cost_used * exit_paid_by_holder


@row(sheet=PROOF, unit="GBP")
def exit_cost_of_commissioner(exit_cost_used: Expr, exit_cost_of_holder: Expr) -> Expr:
    """Exit cost that is not the budget holder's."""
    return exit_cost_used - exit_cost_of_holder


PROOFS = {
    "budget_holder": ("-exit_cost_of_holder",),
    "commissioner": ("-exit_cost_of_commissioner",),
    "system": ("exit_cost_used",),
}
