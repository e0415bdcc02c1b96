"""From demand to activity: growth beyond ageing, the transfer of each line, and what its demand shift leaves.

A line transfers to the budget holder on the day after its existing contract ends plus mobilisation, not before the
contract begins, and goes back when the contract ends. What demand shift does to a line is the sum of its programmes
(`mcp_finance.model.delivery.programmes`).

Each unit of activity is in one of three places: kept (its commissioner still buys it), passed (the budget holder buys
it from today's provider) or moved (the budget holder provides it).
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, most, prior, total, up
from mcp_finance.rows.row import row

TIMELINE, SHEET = "Timeline", "Activity"
LINE = ("line",)


@row(sheet=TIMELINE, unit="time")
def year_start(year_end: Expr, first_day: Expr) -> Expr:
    """First day of the year, in financial years."""
    return prior(year_end, opening=first_day)


@row(sheet=TIMELINE, unit="time")
def year_end(year_start: Expr) -> Expr:
    """First day of the next year, in financial years."""
    return year_start + 1


@row(sheet=TIMELINE, unit="share")
def in_force(contract_clock: Expr, year_start: Expr, contract_start: Expr) -> Expr:
    """Part of the year for which the contract is in force: from its start until it ends."""
    return most(0, contract_clock - most(year_start, contract_start))


@row(sheet=TIMELINE, unit="time", dims=LINE)
def transfer_day(contract_start: Expr, existing_contract_ends: Expr, mobilisation: Expr, slippage: Expr) -> Expr:
    """Day on which the line passes to the budget holder."""
    return most(contract_start, existing_contract_ends + mobilisation) + slippage


@row(sheet=TIMELINE, unit="share", dims=LINE)
def phase(contract_clock: Expr, year_start: Expr, transfer_day: Expr) -> Expr:
    """Part of the year for which the line is with the budget holder: from its transfer until the contract ends."""
    return most(0, contract_clock - most(year_start, transfer_day))


@row(sheet=TIMELINE, unit="share", dims=LINE)
def member_part(driver_member_part: Expr) -> Expr:
    """Part of the line that serves members: their share of the list, or all of a line for residents."""
    return up(driver_member_part, along="driver")


@row(sheet=TIMELINE, unit="share", dims=LINE)
def holder_part(in_budget: Expr, follows_integration: Expr, fully_integrated_share: Expr, member_part: Expr) -> Expr:
    """Part of the line that belongs in the budget once it has transferred; core GP money follows full integration."""
    return in_budget * choose(follows_integration >= 1, fully_integrated_share, member_part)


@row(sheet=TIMELINE, unit="share", dims=LINE)
def non_member_part(in_budget: Expr, holder_part: Expr, follows_integration: Expr, is_nhs: Expr) -> Expr:
    """Part of a line in scope that serves patients of non-member practices; core GP money stays with its practices."""
    return (in_budget - holder_part) * (1 - follows_integration) * is_nhs


@row(sheet=TIMELINE, unit="share", dims=LINE)
def taken_on(holder_part: Expr, phase: Expr) -> Expr:
    """Part of the line's year that the budget holder answers for."""
    return holder_part * phase


@row(sheet=TIMELINE, unit="share", dims=LINE)
def kept(taken_on: Expr) -> Expr:
    """Part of the line's year that its commissioner still buys."""
    return 1 - taken_on


@row(sheet=TIMELINE, unit="share", dims=LINE)
def passed(taken_on: Expr, moves_to_holder: Expr) -> Expr:
    """Part of the line's year that the budget holder buys from today's provider."""
    return taken_on * (1 - moves_to_holder)


@row(sheet=TIMELINE, unit="share", dims=LINE)
def moved(taken_on: Expr, moves_to_holder: Expr) -> Expr:
    """Part of the line's year that the budget holder provides itself."""
    return taken_on * moves_to_holder


@row(sheet=TIMELINE, unit="lines")
def lines_live(taken_on: Expr) -> Expr:
    """Lines that are with the budget holder, each for its part of the year and of the patients."""
    return total(taken_on, over="line")


@row(sheet=TIMELINE, unit="switch")
def warn__nothing_live(in_force: Expr, lines_live: Expr) -> Expr:
    """Nothing has transferred in a year for all of which the contract is in force: money and savings wait together."""
    return choose((in_force >= 1) & (lines_live <= 0), 1, 0)


@row(sheet=SHEET, unit="index", dims=LINE)
def growth_index(growth_index: Expr, activity_growth: Expr) -> Expr:
    """Activity growth beyond population and ageing, 1 in the first year."""
    return prior(growth_index, opening=1) * (1 + activity_growth)


@row(sheet=SHEET, unit="index", dims=LINE)
def expected_growth_index(expected_growth_index: Expr, expected_growth: Expr) -> Expr:
    """The same growth as the contracts expect it, 1 in the first year."""
    return prior(expected_growth_index, opening=1) * (1 + expected_growth)


@row(sheet=SHEET, unit="activity", dims=LINE)
def demand_activity(base_activity: Expr, demand_index: Expr) -> Expr:
    """Reference activity moved by population and ageing alone."""
    return base_activity * up(demand_index, along="driver")


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity_without_shift(demand_activity: Expr, growth_index: Expr) -> Expr:
    """Activity had nobody shifted any of it."""
    return demand_activity * growth_index


@row(sheet=SHEET, unit="activity", dims=LINE)
def expected_activity(demand_activity: Expr, expected_growth_index: Expr) -> Expr:
    """Activity as hospital plans and the gain/loss share expect it: ageing times the expected trend, no shift."""
    return demand_activity * expected_growth_index


@row(sheet=SHEET, unit="share", dims=LINE)
def shift_share(programme_avoids: Expr) -> Expr:
    """Share of the line's activity that all its programmes avoid this year."""
    return total(programme_avoids, over="programme", by="line")


@row(sheet=SHEET, unit="share", dims=LINE)
def relocated_share(programme_relocates: Expr) -> Expr:
    """Share of the line's activity that its programmes move into the community."""
    return total(programme_relocates, over="programme", by="line")


@row(sheet=SHEET, unit="share", dims=LINE)
def induced_share(programme_induces: Expr) -> Expr:
    """Demand that the line's programmes call forth, as a share of its activity."""
    return total(programme_induces, over="programme", by="line")


@row(sheet=SHEET, unit="activity", dims=LINE)
def avoided_activity(activity_without_shift: Expr, shift_share: Expr) -> Expr:
    """Activity avoided by the demand shift."""
    return activity_without_shift * shift_share


@row(sheet=SHEET, unit="activity", dims=LINE)
def relocated_activity(activity_without_shift: Expr, relocated_share: Expr) -> Expr:
    """Activity that takes place in the community instead."""
    return activity_without_shift * relocated_share


@row(sheet=SHEET, unit="activity", dims=LINE)
def demand_reduction(avoided_activity: Expr, activity_without_shift: Expr, induced_share: Expr) -> Expr:
    """Activity that demand shift takes away: avoided, less induced; relocation takes none away."""
    return avoided_activity - activity_without_shift * induced_share


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity(activity_without_shift: Expr, demand_reduction: Expr, relocated_activity: Expr) -> Expr:
    """Activity that takes place in the line."""
    return activity_without_shift - demand_reduction - relocated_activity
