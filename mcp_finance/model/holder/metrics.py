"""The income and expenditure margin as a score from 1 (best) to 4, at thresholds that the scenario gives.

NHS Improvement's metrics of 2016 had five. Of the others, three need capital, agency spend or a plan, which the model
does not have, and the fourth a balance sheet. Each shortfall is in pounds: what the result lacks to the next score.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, most
from mcp_finance.rows.row import InputSpec, row

SHEET = "Reserves"
INPUTS = tuple(
    InputSpec(f"margin_for_score_{k}", "rate", f"Least margin of income that scores {k}.") for k in (1, 2, 3)
)


@row(sheet=SHEET, unit="GBP")
def short_of_score_1(budget_holder__received: Expr, margin_for_score_1: Expr, budget_holder__result: Expr) -> Expr:
    """What the result lacks to a score of 1."""
    return most(0, budget_holder__received * margin_for_score_1 - budget_holder__result)


@row(sheet=SHEET, unit="GBP")
def short_of_score_2(budget_holder__received: Expr, margin_for_score_2: Expr, budget_holder__result: Expr) -> Expr:
    """What the result lacks to a score of 2."""
    return most(0, budget_holder__received * margin_for_score_2 - budget_holder__result)


@row(sheet=SHEET, unit="GBP")
def short_of_score_3(budget_holder__received: Expr, margin_for_score_3: Expr, budget_holder__result: Expr) -> Expr:
    """What the result lacks to a score of 3."""
    return most(0, budget_holder__received * margin_for_score_3 - budget_holder__result)


@row(sheet=SHEET, unit="switch")
def misses_score_1(short_of_score_1: Expr) -> Expr:
    """1 where the result is short of a score of 1 by a pound or more."""
    return choose(short_of_score_1 >= 1, 1, 0)


@row(sheet=SHEET, unit="switch")
def misses_score_2(short_of_score_2: Expr) -> Expr:
    """1 where the result is short of a score of 2 by a pound or more."""
    return choose(short_of_score_2 >= 1, 1, 0)


@row(sheet=SHEET, unit="switch")
def misses_score_3(short_of_score_3: Expr) -> Expr:
    """1 where the result is short of a score of 3 by a pound or more."""
    return choose(short_of_score_3 >= 1, 1, 0)


@row(sheet=SHEET, unit="number")
def margin_score(misses_score_1: Expr, misses_score_2: Expr, misses_score_3: Expr) -> Expr:
    """Score of the year's margin, 1 (best) to 4."""
    return 1 + misses_score_1 + misses_score_2 + misses_score_3


@row(sheet=SHEET, unit="switch")
def warn__margin_scores_4(misses_score_3: Expr) -> Expr:
    """1 in years in which the margin has the worst score."""
    return choose(misses_score_3 >= 1, 1, 0)
