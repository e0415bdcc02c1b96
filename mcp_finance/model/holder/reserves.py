"""The budget holder's reserve, and the order in which a deficit is met: general balance, reserve, parent guarantee.

The opening balance is the reserve. Each year a share of the budget is set aside out of a general balance that has it,
until the reserve stands at its target; it is never built with borrowed money, and a reserve above a target that has
fallen is kept. A pound of deficit comes out of the general balance, then out of the reserve, then from the guarantor,
who pays up to the guaranteed amount in all and is not paid back; what is left is uncovered and is carried as a deficit
in the general balance. The proof of the guarantee goes by the lowest point of the balance without it.
"""

from __future__ import annotations

from mcp_finance.model.inputs import DAYS_IN_YEAR
from mcp_finance.model.party import HOLDER, OUTSIDE
from mcp_finance.rows.expr import Expr, choose, least, most, prior, ratio
from mcp_finance.rows.row import InputSpec, entry, row

SHEET, CHECKS, PROOF = "Reserves", "Checks", "Proof"
BEFORE = "before_guarantee"
INPUTS = (
    InputSpec("reserve_build", "share", "Share of the budget set aside in a year until the reserve is at its target."),
    InputSpec("reserve_target_share", "share", "Target of the reserve, as a share of the budget."),
    InputSpec("parent_guarantee", "GBP", "All that the parent guarantees, over the whole term."),
    InputSpec("minimum_days", "days", "Days of spending that the cash balance should cover at year end."),
    DAYS_IN_YEAR,
)


@row(sheet=SHEET, unit="GBP")
def reserve_opening(reserve_closing: Expr, opening_balance__budget_holder: Expr) -> Expr:
    """The reserve at the start of the year; at first the opening balance."""
    return prior(reserve_closing, opening=most(0, opening_balance__budget_holder))


@row(sheet=SHEET, unit="GBP")
def general_opening(general_closing: Expr, opening_balance__budget_holder: Expr) -> Expr:
    """The general balance at the start of the year; at first nothing, or an opening deficit."""
    return prior(general_closing, opening=least(0, opening_balance__budget_holder))


@row(sheet=SHEET, unit="GBP")
def general_before(general_opening: Expr, before_guarantee__result: Expr) -> Expr:
    """The general balance after the year's result, before anything is set aside or drawn."""
    return general_opening + before_guarantee__result


@row(sheet=SHEET, unit="GBP")
def reserve_target(wpb: Expr, reserve_target_share: Expr) -> Expr:
    """What the reserve should come to."""
    return wpb * reserve_target_share


@row(sheet=SHEET, unit="GBP")
def reserve_due(wpb: Expr, reserve_build: Expr, reserve_target: Expr, reserve_opening: Expr) -> Expr:
    """What the rule sets aside this year: its share of the budget, or less if the target is nearer."""
    return most(0, least(wpb * reserve_build, reserve_target - reserve_opening))


@row(sheet=SHEET, unit="GBP")
def reserve_added(reserve_due: Expr, general_before: Expr) -> Expr:
    """What is set aside: as much of it as the general balance has."""
    return least(reserve_due, most(0, general_before))


@row(sheet=SHEET, unit="GBP")
def general_deficit(general_before: Expr) -> Expr:
    """What the general balance lacks."""
    return most(0, -general_before)


@row(sheet=SHEET, unit="GBP")
def reserve_drawn(reserve_opening: Expr, general_deficit: Expr) -> Expr:
    """What the reserve meets of it."""
    return least(reserve_opening, general_deficit)


@row(sheet=SHEET, unit="GBP")
def reserve_closing(reserve_opening: Expr, reserve_added: Expr, reserve_drawn: Expr) -> Expr:
    """The reserve at the end of the year."""
    return reserve_opening + reserve_added - reserve_drawn


@row(sheet=SHEET, unit="GBP")
def guarantee_opening(guarantee_left: Expr, parent_guarantee: Expr) -> Expr:
    """What the parent still guarantees at the start of the year."""
    return prior(guarantee_left, opening=parent_guarantee)


@entry(payer=OUTSIDE, payee=HOLDER, kind="funding")
def guarantee_called(general_deficit: Expr, reserve_drawn: Expr, guarantee_opening: Expr) -> Expr:
    """What the parent pays under its guarantee, once the reserve is exhausted."""
    return least(general_deficit - reserve_drawn, guarantee_opening)


@row(sheet=SHEET, unit="GBP")
def guarantee_left(guarantee_opening: Expr, guarantee_called: Expr) -> Expr:
    """What the parent still guarantees at the end of the year."""
    return guarantee_opening - guarantee_called


@row(sheet=SHEET, unit="GBP")
def general_moved(reserve_drawn: Expr, reserve_added: Expr, guarantee_called: Expr) -> Expr:
    """What the general balance gets from the reserve and the parent, less what is set aside."""
    return reserve_drawn - reserve_added + guarantee_called


@row(sheet=SHEET, unit="GBP")
def general_closing(general_before: Expr, general_moved: Expr) -> Expr:
    """The general balance at the end of the year; a deficit is what neither reserve nor guarantee covers."""
    return general_before + general_moved


@row(sheet=CHECKS, unit="GBP")
def check__reserves(reserve_closing: Expr, general_closing: Expr, budget_holder__closing: Expr) -> Expr:
    """Reserve and general balance less the budget holder's balance."""
    return reserve_closing + general_closing - budget_holder__closing


@row(sheet=SHEET, unit="GBP")
def deficit_beyond_cover(general_closing: Expr) -> Expr:
    """Cumulative deficit beyond reserve and guarantee at the end of the year."""
    return most(0, -general_closing)


@row(sheet=SHEET, unit="switch")
def warn__deficit_beyond_cover(deficit_beyond_cover: Expr) -> Expr:
    """1 in years in which the cumulative deficit exceeds reserve and guarantee; less than a pound is rounding."""
    return choose(deficit_beyond_cover >= 1, 1, 0)


@row(sheet=SHEET, unit="number")
def first_year_beyond_cover(
    first_year_beyond_cover: Expr, warn__deficit_beyond_cover: Expr, contract_year: Expr
) -> Expr:
    """Year of the contract, from 1, in which the deficit first exceeded reserve and guarantee; 0 if it has not."""
    found = prior(first_year_beyond_cover)
    return found + choose(found >= 1, 0, warn__deficit_beyond_cover * contract_year)


@row(sheet=SHEET, unit="switch")
def warn__guarantee_called(guarantee_called: Expr) -> Expr:
    """1 in years in which the parent pays under its guarantee; less than a pound is rounding."""
    return choose(guarantee_called >= 1, 1, 0)


@row(sheet=SHEET, unit="share")
def income_margin(budget_holder__result: Expr, budget_holder__received: Expr) -> Expr:
    """The budget holder's result for each pound that it receives."""
    return ratio(budget_holder__result, budget_holder__received)


@row(sheet=SHEET, unit="days")
def liquidity_days(budget_holder_cash: Expr, before_guarantee__paid: Expr, days_in_year: Expr) -> Expr:
    """Days of the year's spending that the cash balance at year end covers; negative if it is overdrawn."""
    return ratio(budget_holder_cash, before_guarantee__paid) * days_in_year


@row(sheet=SHEET, unit="GBP")
def minimum_cash(before_guarantee__paid: Expr, minimum_days: Expr, days_in_year: Expr) -> Expr:
    """Cash that the minimum days of spending come to."""
    return before_guarantee__paid * ratio(minimum_days, days_in_year)


@row(sheet=SHEET, unit="GBP")
def cash_below_minimum(minimum_cash: Expr, budget_holder_cash: Expr) -> Expr:
    """What the cash balance at year end lacks to the minimum."""
    return most(0, minimum_cash - budget_holder_cash)


@row(sheet=SHEET, unit="switch")
def warn__cash_below_minimum(cash_below_minimum: Expr) -> Expr:
    """1 in years that end with less cash than the minimum days; less than a pound is rounding."""
    return choose(cash_below_minimum >= 1, 1, 0)


@row(sheet=PROOF, unit="GBP")
def proof_unsupported(
    proof_unsupported: Expr, proof_before_guarantee: Expr, opening_balance__budget_holder: Expr
) -> Expr:
    """The budget holder's balance had the parent never paid."""
    return prior(proof_unsupported, opening=opening_balance__budget_holder) + proof_before_guarantee


@row(sheet=PROOF, unit="GBP")
def proof_guarantee_to_date(proof_guarantee_to_date: Expr, parent_guarantee: Expr, proof_unsupported: Expr) -> Expr:
    """All that the parent has paid: the lowest point of that balance below nothing, up to the guarantee."""
    return most(prior(proof_guarantee_to_date), least(parent_guarantee, -proof_unsupported))


@row(sheet=PROOF, unit="GBP")
def proof_guarantee(proof_guarantee_to_date: Expr) -> Expr:
    """Of it, this year's."""
    return proof_guarantee_to_date - prior(proof_guarantee_to_date)
