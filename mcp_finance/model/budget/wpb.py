"""The whole-population budget, and the bridge from the reference year to what is paid.

One pound on its way: a line's reference-year cost is rolled to the first year, the part that belongs to the budget
holder is taken, indexed by its stream, adjusted for the registered list and paid for the part of the year in which
the line has transferred. Where the index is allocation growth, the list adjustment is only the deviation of the list
from the population growth that the allocation already holds; paying both in full would pay for the same people twice.

A stream has three indices. `allocation_index` compounds its growth; `funding_index` is what its commissioner is funded
by; `budget_index` is what the contract pays. They differ only where an optional subject stands between them: pace of
change (`mcp_finance.model.budget.pace`) between the first two, index rules (`mcp_finance.model.budget.index_rules`)
before the last.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, prior, ratio, total, up, weighted
from mcp_finance.rows.row import row

SHEET, BRIDGE = "Budget", "Bridge"
LINE = ("line",)


@row(sheet=SHEET, unit="index", dims=("stream",))
def allocation_index(allocation_index: Expr, stream_growth: Expr) -> Expr:
    """The stream's growth, compounded; 1 in the first year."""
    return prior(allocation_index, opening=1) * (1 + stream_growth)


@row(sheet=SHEET, unit="index", dims=("stream",))
def funding_index(allocation_index: Expr) -> Expr:
    """What the stream's commissioner is funded by, 1 in the first year."""
    return allocation_index


@row(sheet=SHEET, unit="index", dims=("stream",))
def budget_index(funding_index: Expr) -> Expr:
    """What the contract pays for the stream's lines, 1 in the first year."""
    return funding_index


@row(sheet=SHEET, unit="index", dims=("stream",))
def assumed_list_index(assumed_list_index: Expr, assumed_list_growth: Expr) -> Expr:
    """The registered list as the stream's growth assumes it, 1 in the first year."""
    return prior(assumed_list_index, opening=1) * (1 + assumed_list_growth)


@row(sheet=SHEET, unit="share", dims=("stream",))
def list_deviation(list_adjusted: Expr, list_index: Expr, assumed_list_index: Expr) -> Expr:
    """How far the list has gone beyond what the stream's growth already pays for."""
    return list_adjusted * (ratio(list_index, assumed_list_index) - 1)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def indexed_baseline(opening_baseline: Expr, funding_index: Expr) -> Expr:
    """The whole line, indexed: what its commissioner is funded for."""
    return opening_baseline * up(funding_index, along="stream")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def holder_baseline(opening_baseline: Expr, budget_index: Expr, holder_part: Expr) -> Expr:
    """The budget holder's part of the line as the contract indexes it, before the list adjustment."""
    return opening_baseline * up(budget_index, along="stream") * holder_part


@row(sheet=SHEET, unit="GBP", dims=LINE)
def list_adjustment(holder_baseline: Expr, list_deviation: Expr) -> Expr:
    """Change of the line's budget for the list's deviation from what the index assumes."""
    return holder_baseline * up(list_deviation, along="stream")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def full_scope_budget(holder_baseline: Expr, list_adjustment: Expr) -> Expr:
    """The line's budget had it transferred for the whole year."""
    return holder_baseline + list_adjustment


@row(sheet=SHEET, unit="GBP", dims=LINE)
def phased_budget(full_scope_budget: Expr, phase: Expr) -> Expr:
    """The line's budget for the part of the year for which it is with the budget holder."""
    return full_scope_budget * phase


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_budget(phased_budget: Expr, pass_through_adjustment: Expr) -> Expr:
    """What the budget holder is given for the line; of a line that it pays straight on, what it pays."""
    return phased_budget + pass_through_adjustment


@row(sheet=SHEET, unit="GBP")
def wpb(line_budget: Expr) -> Expr:
    """Whole-population budget of all lines that have transferred, NHS and council."""
    return total(line_budget, over="line")


@row(sheet=SHEET, unit="GBP")
def nhs_budget(line_budget: Expr, is_nhs: Expr) -> Expr:
    """Budget of the NHS lines that have transferred: the annual payment before anything is withheld."""
    return weighted(line_budget, is_nhs, over="line")


@row(sheet=SHEET, unit="GBP")
def council_budget(line_budget: Expr, is_council: Expr) -> Expr:
    """Budget of the council's lines that have transferred."""
    return weighted(line_budget, is_council, over="line")


@row(sheet=SHEET, unit="GBP")
def full_scope_wpb(full_scope_budget: Expr) -> Expr:
    """Whole-population budget had every line transferred."""
    return total(full_scope_budget, over="line")


@row(sheet=SHEET, unit="GBP")
def live_budget(phased_budget: Expr) -> Expr:
    """Budget of the lines that have transferred, before variations and what is paid straight on at cost."""
    return total(phased_budget, over="line")


@row(sheet=SHEET, unit="share")
def live_share(live_budget: Expr, full_scope_wpb: Expr) -> Expr:
    """The live budget as a share of full scope."""
    return ratio(live_budget, full_scope_wpb)


@row(sheet=SHEET, unit="switch", dims=LINE)
def is_nhs(is_council: Expr) -> Expr:
    """1 for lines that the NHS commissioner buys."""
    return 1 - is_council


@row(sheet=SHEET, unit="GBP")
def nhs_full_scope(full_scope_budget: Expr, is_nhs: Expr) -> Expr:
    """The NHS lines of the budget at full scope."""
    return weighted(full_scope_budget, is_nhs, over="line")


@row(sheet=SHEET, unit="people")
def members(registered_list: Expr, member_share: Expr) -> Expr:
    """People on the lists of member practices."""
    return registered_list * member_share


@row(sheet=SHEET, unit="GBP a head")
def nhs_budget_per_head(nhs_full_scope: Expr, members: Expr) -> Expr:
    """NHS budget at full scope for each person on members' lists."""
    return ratio(nhs_full_scope, members)


@row(sheet=BRIDGE, unit="switch", dims=LINE)
def nhs_in_budget(in_budget: Expr, is_nhs: Expr) -> Expr:
    """1 for NHS lines of the budget."""
    return in_budget * is_nhs


@row(sheet=BRIDGE, unit="switch", dims=LINE)
def council_in_budget(in_budget: Expr, is_council: Expr) -> Expr:
    """1 for council lines of the budget."""
    return in_budget * is_council


@row(sheet=BRIDGE, unit="GBP")
def bridge_reference(reference_baseline: Expr, nhs_in_budget: Expr) -> Expr:
    """NHS lines in scope at their reference-year cost."""
    return weighted(reference_baseline, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP a head")
def reference_per_head(bridge_reference: Expr, registered_list: Expr) -> Expr:
    """The same for each person on the registered list."""
    return ratio(bridge_reference, registered_list)


@row(sheet=BRIDGE, unit="GBP", dims=LINE)
def rolled_amount(opening_baseline: Expr, reference_baseline: Expr) -> Expr:
    """What the roll from the reference year to the first year adds to the line."""
    return opening_baseline - reference_baseline


@row(sheet=BRIDGE, unit="GBP")
def bridge_roll(rolled_amount: Expr, nhs_in_budget: Expr) -> Expr:
    """The roll of the NHS lines in scope to the first year."""
    return weighted(rolled_amount, nhs_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_council(opening_baseline: Expr, council_in_budget: Expr) -> Expr:
    """Council lines in scope, at first-year value."""
    return weighted(opening_baseline, council_in_budget, over="line")


@row(sheet=BRIDGE, unit="GBP", dims=LINE)
def left_out(opening_baseline: Expr, holder_part: Expr, in_budget: Expr) -> Expr:
    """What stays outside because practices are not members or not fully integrated (negative)."""
    return opening_baseline * (holder_part - in_budget)


@row(sheet=BRIDGE, unit="GBP")
def bridge_practices(left_out: Expr) -> Expr:
    """Practices that are not members or, for core GP money, not fully integrated."""
    return total(left_out, over="line")


@row(sheet=BRIDGE, unit="GBP", dims=LINE)
def indexation(holder_baseline: Expr, opening_baseline: Expr, holder_part: Expr) -> Expr:
    """What the index has added to the line since the first year."""
    return holder_baseline - opening_baseline * holder_part


@row(sheet=BRIDGE, unit="GBP")
def bridge_index(indexation: Expr) -> Expr:
    """Indexation since the first year."""
    return total(indexation, over="line")


@row(sheet=BRIDGE, unit="GBP")
def bridge_list(list_adjustment: Expr) -> Expr:
    """List adjustment."""
    return total(list_adjustment, over="line")


@row(sheet=BRIDGE, unit="GBP", dims=LINE)
def not_transferred(phased_budget: Expr, full_scope_budget: Expr) -> Expr:
    """Budget of the line for the time before its transfer and after the contract's end (negative)."""
    return phased_budget - full_scope_budget


@row(sheet=BRIDGE, unit="GBP")
def bridge_phase(not_transferred: Expr) -> Expr:
    """Lines that are not with the budget holder, for all or part of the year."""
    return total(not_transferred, over="line")
