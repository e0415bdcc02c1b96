"""Rebasing: at set years the budget is cut by a part (theta) of the underspend since it was last set.

One pound on its way: the budget of the lines and what they cost the budget holder are counted from the first year, or
the last rebase, to the year before this one. Budget less cost over that budget is the underspend rate; theta of it
comes off the level of every stream from this year on. Only years that are over count, so that no gain is taken before
it is made. With theta of nothing the index is left alone; with all of it every saving is lost at the next rebase. An
overspend raises the level only where the contract rebases both ways. What performance payments withhold, settlements
and variations are no part of it.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, most, prior, ratio, total
from mcp_finance.rows.row import InputSpec, row

SHEET, BRIDGE = "Budget", "Bridge"
LINE = ("line",)
INPUTS = (
    InputSpec("is_rebased", "switch", "1 in years in which the budget is rebased.", yearly=True, growth=True),
    InputSpec("rebase_theta", "share", "Part of the underspend rate by which the budget is cut."),
    InputSpec("rebases_up", "switch", "1 where an overspend raises the budget too."),
)


@row(sheet=SHEET, unit="GBP")
def budget_of_lines(line_budget: Expr) -> Expr:
    """Budget of all lines that have transferred."""
    return total(line_budget, over="line")


@row(sheet=SHEET, unit="GBP")
def budget_since_rebase(budget_since_rebase: Expr, is_rebased: Expr, budget_of_lines: Expr) -> Expr:
    """Budget from the last rebase to this year, both with it."""
    return prior(budget_since_rebase) * (1 - is_rebased) + budget_of_lines


@row(sheet=SHEET, unit="GBP")
def underspend_since_rebase(
    underspend_since_rebase: Expr, is_rebased: Expr, budget_of_lines: Expr, holder_cost: Expr
) -> Expr:
    """Budget less what the lines cost the budget holder, over the same years."""
    return prior(underspend_since_rebase) * (1 - is_rebased) + budget_of_lines - holder_cost


@row(sheet=SHEET, unit="share")
def underspend_rate(underspend_since_rebase: Expr, budget_since_rebase: Expr) -> Expr:
    """Underspend for each pound of budget, of the years before this one since the last rebase."""
    return ratio(prior(underspend_since_rebase), prior(budget_since_rebase))


@row(sheet=SHEET, unit="share")
def rebased_rate(rebases_up: Expr, underspend_rate: Expr) -> Expr:
    """The rate that a rebase reads: an overspend counts only where it works both ways."""
    return choose(rebases_up >= 1, underspend_rate, most(0, underspend_rate))


@row(sheet=SHEET, unit="share")
def rebase_cut(is_rebased: Expr, rebase_theta: Expr, rebased_rate: Expr) -> Expr:
    """Part of the budget's level that the year's rebase takes off."""
    return is_rebased * rebase_theta * rebased_rate


@row(sheet=SHEET, unit="index")
def rebase_level(rebase_level: Expr, rebase_cut: Expr) -> Expr:
    """What all rebases so far leave of a pound of the index."""
    return prior(rebase_level, opening=1) * (1 - rebase_cut)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def rebase_change(holder_baseline: Expr, list_adjustment: Expr, rebase_level: Expr) -> Expr:
    """What rebasing changes the line's budget by; negative where it cuts."""
    return (holder_baseline + list_adjustment) * (rebase_level - 1)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def full_scope_budget(holder_baseline: Expr, list_adjustment: Expr, rebase_change: Expr) -> Expr:
    """The line's budget, rebased, had it transferred for the whole year."""
    return holder_baseline + list_adjustment + rebase_change


@row(sheet=BRIDGE, unit="GBP")
def bridge_rebase(rebase_change: Expr) -> Expr:
    """Rebasing."""
    return total(rebase_change, over="line")
