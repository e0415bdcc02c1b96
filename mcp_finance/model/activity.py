"""From demand to activity: growth beyond ageing, the transfer of each line, and the demand shift.

A line transfers to the budget holder on the day after its existing contract ends plus mobilisation, not before the
contract begins. The shift of a line starts no earlier than its transfer: savings never begin while the money is still
elsewhere. The effect ramps up in a straight line, and a year counts the average of the ramp over its days.

Each unit of activity is in one of three places: kept (its commissioner still buys it), passed (the budget holder buys
it from today's provider) or moved (the budget holder provides it).
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least, most, prior, ratio, up
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
def in_force(year_end: Expr, contract_start: Expr) -> Expr:
    """Part of the year for which the contract is in force."""
    return most(0, least(1, year_end - contract_start))


@row(sheet=TIMELINE, unit="time", dims=LINE)
def transfer_day(contract_start: Expr, existing_contract_ends: Expr, mobilisation: Expr) -> Expr:
    """Day on which the line passes to the budget holder."""
    return most(contract_start, existing_contract_ends + mobilisation)


@row(sheet=TIMELINE, unit="share", dims=LINE)
def phase(year_end: Expr, transfer_day: Expr) -> Expr:
    """Part of the year for which the line has transferred."""
    return most(0, least(1, year_end - transfer_day))


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


@row(sheet="Shift", unit="time", dims=LINE)
def programme_day(transfer_day: Expr, shift_starts: Expr) -> Expr:
    """Day on which the programme begins: never before the line has transferred."""
    return most(transfer_day, shift_starts)


@row(sheet="Shift", unit="time", dims=LINE)
def effect_day(programme_day: Expr, shift_delay: Expr) -> Expr:
    """Day of the programme's first effect."""
    return programme_day + shift_delay


@row(sheet="Shift", unit="share", dims=LINE)
def ramp_reached(year_end: Expr, effect_day: Expr, shift_ramp: Expr) -> Expr:
    """How far the effect has ramped up by the end of the year."""
    return most(0, least(1, ratio(year_end - effect_day, shift_ramp)))


@row(sheet="Shift", unit="years", dims=LINE)
def ramp_effect_years(ramp_reached: Expr, shift_ramp: Expr, half: Expr) -> Expr:
    """Years of full effect that the ramp so far amounts to: the area under its straight line."""
    return half * ramp_reached * ramp_reached * shift_ramp


@row(sheet="Shift", unit="years", dims=LINE)
def full_effect_years(ramp_effect_years: Expr, shift_ramp: Expr, year_end: Expr, effect_day: Expr) -> Expr:
    """Years of full effect so far: those of the ramp, and all time since it ended."""
    return ramp_effect_years + most(0, year_end - effect_day - shift_ramp)


@row(sheet="Shift", unit="share", dims=LINE)
def ramp(full_effect_years: Expr) -> Expr:
    """Average of the ramp over the days of this year."""
    return full_effect_years - prior(full_effect_years)


@row(sheet="Shift", unit="share", dims=LINE)
def shift_share(shift_reach: Expr, shift_effect: Expr, shift_delivery: Expr, ramp: Expr) -> Expr:
    """Share of the line's activity that is avoided this year."""
    return shift_reach * shift_effect * shift_delivery * ramp


@row(sheet=SHEET, unit="activity", dims=LINE)
def avoided_activity(activity_without_shift: Expr, shift_share: Expr) -> Expr:
    """Activity avoided by the demand shift."""
    return activity_without_shift * shift_share


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity(activity_without_shift: Expr, avoided_activity: Expr) -> Expr:
    """Activity that takes place."""
    return activity_without_shift - avoided_activity
