"""What a board and a bid team ask first, as rows: totals, worst year, deepest deficit; nominal and real.

Figures over the term stand in the last year's column; each is a running total or extreme, so that a shorter term can be
read in an earlier one.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least, most, prior, ratio
from mcp_finance.rows.row import row

SHEET = "Value"


@row(sheet=SHEET, unit="index")
def deflator(deflator: Expr, deflator_growth: Expr) -> Expr:
    """GDP deflator, 1 in the first year."""
    return prior(deflator, opening=1) * (1 + deflator_growth)


@row(sheet=SHEET, unit="GBP")
def contract_total(contract_total: Expr, wpb: Expr) -> Expr:
    """Budget paid since the first year."""
    return prior(contract_total) + wpb


@row(sheet=SHEET, unit="GBP")
def real_wpb(wpb: Expr, deflator: Expr) -> Expr:
    """The year's budget at first-year prices."""
    return ratio(wpb, deflator)


@row(sheet=SHEET, unit="GBP")
def real_contract_total(real_contract_total: Expr, real_wpb: Expr) -> Expr:
    """Budget paid since the first year, at first-year prices."""
    return prior(real_contract_total) + real_wpb


@row(sheet=SHEET, unit="GBP")
def real_result(budget_holder__result: Expr, deflator: Expr) -> Expr:
    """The budget holder's result at first-year prices."""
    return ratio(budget_holder__result, deflator)


@row(sheet=SHEET, unit="GBP")
def result_to_date(result_to_date: Expr, budget_holder__result: Expr) -> Expr:
    """The budget holder's results since the first year."""
    return prior(result_to_date) + budget_holder__result


@row(sheet=SHEET, unit="GBP")
def real_result_to_date(real_result_to_date: Expr, real_result: Expr) -> Expr:
    """The same at first-year prices."""
    return prior(real_result_to_date) + real_result


@row(sheet=SHEET, unit="GBP")
def worst_result(worst_result: Expr, budget_holder__result: Expr) -> Expr:
    """The budget holder's worst year so far."""
    return least(prior(worst_result, opening=budget_holder__result), budget_holder__result)


@row(sheet=SHEET, unit="GBP")
def deepest_deficit(deepest_deficit: Expr, result_to_date: Expr) -> Expr:
    """The deepest that the results since the first year have gone below nil; 0 or negative."""
    return least(prior(deepest_deficit), result_to_date)


@row(sheet=SHEET, unit="GBP")
def uncovered_deficit(deepest_deficit: Expr, opening_balance__budget_holder: Expr) -> Expr:
    """The part of the deepest deficit that opening reserves do not cover."""
    return most(0, -deepest_deficit - opening_balance__budget_holder)


@row(sheet=SHEET, unit="GBP")
def deficit_to_cover(deepest_deficit: Expr) -> Expr:
    """The deepest deficit as a positive amount; less than a pound is rounding and counts as none."""
    return choose(-deepest_deficit >= 1, -deepest_deficit, 0)


@row(sheet=SHEET, unit="share")
def reserve_cover(opening_balance__budget_holder: Expr, deficit_to_cover: Expr) -> Expr:
    """Opening reserves for each pound of the deepest deficit; 0 where there has been none."""
    return ratio(opening_balance__budget_holder, deficit_to_cover)


@row(sheet=SHEET, unit="share")
def break_even_saving(result_to_date: Expr, contract_total: Expr) -> Expr:
    """Saving, as a share of all budget so far, that would bring results to nil; 0 where they are not negative."""
    return ratio(most(0, -result_to_date), contract_total)


@row(sheet=SHEET, unit="GBP")
def budget_holder_cash(budget_holder__closing: Expr, owed_to_budget_holder: Expr) -> Expr:
    """The budget holder's balance less what settlements still owe it."""
    return budget_holder__closing - owed_to_budget_holder


@row(sheet=SHEET, unit="GBP")
def commissioner_cash(commissioner__closing: Expr, owed_to_commissioner: Expr) -> Expr:
    """The commissioner's balance less what settlements still owe it, or before what it still owes on them."""
    return commissioner__closing - owed_to_commissioner
