"""The cap on the budget holder's surplus: what lies above it goes back to the commissioner, or into local services.

The surplus is the result of the year before this clause and before any call of a guarantee; losses carried forward are
made good first, if the clause says so. Of a pound of surplus above the cap nothing stays. Profit in Alzira was capped
at 7.5% of turnover and the excess returned; a full asset lock is a cap of 0% with the excess reinvested. The proof
keeps the peak of the results so far, from which losses not made good follow without being carried.
"""

from __future__ import annotations

from mcp_finance.model.party import COMMISSIONER, HOLDER, OUTSIDE
from mcp_finance.rows.expr import Expr, choose, least, most, prior
from mcp_finance.rows.row import InputSpec, entry, row

SHEET, PROOF = "Reserves", "Proof"
BEFORE = "before_return"
INPUTS = (
    InputSpec("surplus_cap", "share", "Surplus of a year that the budget holder may keep, as a share of its turnover."),
    InputSpec("returns_surplus", "switch", "1 where the excess is returned to the commissioner, 0 if reinvested."),
    InputSpec("carries_losses", "switch", "1 where losses of earlier years are made good before the cap counts."),
)


@row(sheet=SHEET, unit="GBP")
def surplus_allowed(surplus_cap: Expr, before_return__received: Expr) -> Expr:
    """Surplus of the year that may be kept: the cap's share of turnover."""
    return surplus_cap * most(0, before_return__received)


@row(sheet=SHEET, unit="GBP")
def losses_forward(losses_forward: Expr, before_return__result: Expr) -> Expr:
    """Losses of this and earlier years that no surplus has made good."""
    return most(0, prior(losses_forward) - before_return__result)


@row(sheet=SHEET, unit="GBP")
def losses_made_good_first(losses_forward: Expr, carries_losses: Expr) -> Expr:
    """Losses of earlier years that come off the surplus before the cap counts."""
    return prior(losses_forward) * carries_losses


@row(sheet=SHEET, unit="GBP")
def surplus_given_up(before_return__result: Expr, losses_made_good_first: Expr, surplus_allowed: Expr) -> Expr:
    """Surplus above the cap."""
    return most(0, before_return__result - losses_made_good_first - surplus_allowed)


@entry(payer=HOLDER, payee=COMMISSIONER, kind="transfer")
def surplus_returned(surplus_given_up: Expr, returns_surplus: Expr) -> Expr:
    """Surplus above the cap that goes back to the commissioner."""
    return surplus_given_up * returns_surplus


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def surplus_reinvested(surplus_given_up: Expr, returns_surplus: Expr) -> Expr:
    """Surplus above the cap that is spent on local services."""
    return surplus_given_up * (1 - returns_surplus)


@row(sheet=SHEET, unit="GBP")
def surplus_returned_to_date(surplus_returned_to_date: Expr, surplus_returned: Expr) -> Expr:
    """The return account: what has gone back to the commissioner since the first year."""
    return prior(surplus_returned_to_date) + surplus_returned


@row(sheet=SHEET, unit="GBP")
def surplus_reinvested_to_date(surplus_reinvested_to_date: Expr, surplus_reinvested: Expr) -> Expr:
    """What has been reinvested locally since the first year."""
    return prior(surplus_reinvested_to_date) + surplus_reinvested


@row(sheet=SHEET, unit="switch")
def warn__surplus_over_cap(surplus_given_up: Expr) -> Expr:
    """1 in years in which the surplus lies above the cap; less than a pound is rounding."""
    return choose(surplus_given_up >= 1, 1, 0)


@row(sheet=PROOF, unit="GBP")
def proof_surplus_to_date(proof_surplus_to_date: Expr, proof_before_return: Expr) -> Expr:
    """Results before the cap since the first year."""
    return prior(proof_surplus_to_date) + proof_before_return


@row(sheet=PROOF, unit="GBP")
def proof_surplus_peak(proof_surplus_peak: Expr, proof_surplus_to_date: Expr) -> Expr:
    """The highest that they have been; nil at the start."""
    return most(prior(proof_surplus_peak), proof_surplus_to_date)


@row(sheet=PROOF, unit="GBP")
def proof_below_peak(proof_surplus_peak: Expr, proof_surplus_to_date: Expr) -> Expr:
    """How far they lie below their peak: losses not made good."""
    return proof_surplus_peak - proof_surplus_to_date


@row(sheet=PROOF, unit="GBP")
def proof_surplus_kept(
    proof_before_return: Expr, surplus_allowed: Expr, proof_below_peak: Expr, carries_losses: Expr
) -> Expr:
    """What the budget holder keeps of its result, or bears of a loss."""
    return least(proof_before_return, surplus_allowed + prior(proof_below_peak) * carries_losses)


@row(sheet=PROOF, unit="GBP")
def proof_given_up(proof_before_return: Expr, proof_surplus_kept: Expr) -> Expr:
    """What it does not keep."""
    return proof_before_return - proof_surplus_kept


@row(sheet=PROOF, unit="GBP")
def proof_surplus_returned(proof_given_up: Expr, returns_surplus: Expr) -> Expr:
    """Of it, the commissioner's."""
    return proof_given_up * returns_surplus


@row(sheet=PROOF, unit="GBP")
def proof_surplus_reinvested(proof_given_up: Expr, proof_surplus_returned: Expr) -> Expr:
    """Of it, what is spent on local services."""
    return proof_given_up - proof_surplus_returned
