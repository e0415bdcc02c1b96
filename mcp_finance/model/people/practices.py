"""The register of practices: whose patients the budget is for, practice by practice and day by day.

A practice, or a group of practices that move together, is a member from the day it joins until it leaves, and fully
integrated for some or all of that time; a practice that is neither may be virtual, with a shadow budget and no money.
Each line's part in the budget is the need of the practices that belong in it, over the days on which both the line has
transferred and the practice belongs: a practice that joins on the day of the transfer brings all of its part.

One pound of a line: its practice's share of the list, weighted by the need of its patients for this block of services
-> `line_need`; that for the part of the line's time in which the practice belongs -> `holder_by` -> `holder_part`.
Core GP money and QOF belong while the practice is fully integrated, every other line while it is a member.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least, most, ratio, total, up, weighted
from mcp_finance.rows.row import InputSpec, row

SHEET, TIMELINE, BUDGET = "Practices", "Timeline", "Budget"
LINE, PRACTICE, DRIVER = ("line",), ("practice",), ("driver",)
LINE_PRACTICE, DRIVER_PRACTICE = ("line", "practice"), ("driver", "practice")
INPUTS = (
    InputSpec("practice_list", "share", "The practice's share of the registered list.", PRACTICE),
    InputSpec("practice_need", "weight", "Need of its patients for each of the list's average.", DRIVER_PRACTICE),
    InputSpec("is_joining", "switch", "1 for practices that are members at some time, partly or fully.", PRACTICE),
    InputSpec("is_virtual", "switch", "1 for practices in a virtual alliance: a shadow budget only.", PRACTICE),
    InputSpec("practice_joins", "time", "Day on which the practice becomes a member, in financial years.", PRACTICE),
    InputSpec("practice_leaves", "time", "Day from which it is no longer a member, in financial years.", PRACTICE),
    InputSpec("practice_full_from", "time", "Day on which it integrates fully, in financial years.", PRACTICE),
    InputSpec("practice_full_until", "time", "Day from which it has its own GMS back, in financial years.", PRACTICE),
)


def between(year_end: Expr, start: Expr, end: Expr) -> Expr:
    """Part of the year that lies between two days."""
    return most(0, most(0, least(1, year_end - start)) - most(0, least(1, year_end - end)))


@row(sheet=TIMELINE, unit="time", dims=PRACTICE)
def member_day(practice_joins: Expr, contract_start: Expr, first_day: Expr) -> Expr:
    """Day from which the practice counts as a member: the first of all, if it is one when the contract begins."""
    return choose(practice_joins > contract_start, practice_joins, first_day)


@row(sheet=TIMELINE, unit="time", dims=PRACTICE)
def integration_day(practice_full_from: Expr, contract_start: Expr, first_day: Expr) -> Expr:
    """Day from which the practice would be fully integrated, were it a member."""
    return choose(practice_full_from > contract_start, practice_full_from, first_day)


@row(sheet=TIMELINE, unit="time", dims=PRACTICE)
def full_day(member_day: Expr, integration_day: Expr) -> Expr:
    """Day from which the practice is fully integrated: not before it is a member."""
    return most(member_day, integration_day)


@row(sheet=TIMELINE, unit="time", dims=PRACTICE)
def full_end(practice_leaves: Expr, practice_full_until: Expr) -> Expr:
    """Day from which it is no longer fully integrated: it has left, or has its own GMS back."""
    return least(practice_leaves, practice_full_until)


@row(sheet=TIMELINE, unit="share", dims=PRACTICE)
def member_time(is_joining: Expr, year_end: Expr, member_day: Expr, practice_leaves: Expr) -> Expr:
    """Part of the year for which the practice is a member."""
    return is_joining * between(year_end, member_day, practice_leaves)


@row(sheet=TIMELINE, unit="share", dims=PRACTICE)
def full_time(is_joining: Expr, year_end: Expr, full_day: Expr, full_end: Expr) -> Expr:
    """Part of the year for which the practice is fully integrated."""
    return is_joining * between(year_end, full_day, full_end)


@row(sheet=SHEET, unit="share")
def member_share(practice_list: Expr, member_time: Expr) -> Expr:
    """Share of the registered list in member practices, on the average of the year."""
    return weighted(practice_list, member_time, over="practice")


@row(sheet=SHEET, unit="share")
def fully_integrated_share(practice_list: Expr, full_time: Expr) -> Expr:
    """Share of the registered list in fully integrated practices, on the average of the year."""
    return weighted(practice_list, full_time, over="practice")


@row(sheet=SHEET, unit="share", dims=DRIVER_PRACTICE)
def need_list(practice_list: Expr, practice_need: Expr) -> Expr:
    """The practice's share of the list, weighted by its patients' need."""
    return practice_list * practice_need


@row(sheet=SHEET, unit="share", dims=DRIVER)
def need_of_all(need_list: Expr) -> Expr:
    """The same of all practices."""
    return total(need_list, over="practice")


@row(sheet=SHEET, unit="share", dims=DRIVER_PRACTICE)
def need_share(need_list: Expr, need_of_all: Expr) -> Expr:
    """The practice's share of the need for a block of services."""
    return ratio(need_list, need_of_all)


@row(sheet=SHEET, unit="share", dims=DRIVER)
def members_need(need_share: Expr, member_time: Expr) -> Expr:
    """Member practices' share of the need, on the average of the year."""
    return weighted(need_share, member_time, over="practice")


@row(sheet="Population", unit="share", dims=DRIVER)
def driver_member_part(registered_driver: Expr, members_need: Expr) -> Expr:
    """Members' part of a driver's need: by the need of their lists, or all of it for residents."""
    return 1 - registered_driver * (1 - members_need)


@row(sheet=TIMELINE, unit="share", dims=LINE)
def since_transfer(year_end: Expr, transfer_day: Expr) -> Expr:
    """Part of the year after the line's transfer, whatever else ends or delays its payment."""
    return most(0, least(1, year_end - transfer_day))


@row(sheet=SHEET, unit="switch", dims=LINE)
def is_registered_line(registered_driver: Expr) -> Expr:
    """1 for lines that serve the registered list."""
    return up(registered_driver, along="driver")


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def line_need(need_share: Expr) -> Expr:
    """The practice's share of the line's need."""
    return up(need_share, along="driver")


@row(sheet=SHEET, unit="time", dims=LINE_PRACTICE)
def belongs_from(transfer_day: Expr, follows_integration: Expr, full_day: Expr, member_day: Expr) -> Expr:
    """Day on which the practice's part of the line comes into the budget."""
    return most(transfer_day, choose(follows_integration >= 1, full_day, member_day))


@row(sheet=SHEET, unit="time", dims=LINE_PRACTICE)
def belongs_until(follows_integration: Expr, full_end: Expr, practice_leaves: Expr) -> Expr:
    """Day on which it goes out again."""
    return choose(follows_integration >= 1, full_end, practice_leaves)


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def belongs_time(is_joining: Expr, year_end: Expr, belongs_from: Expr, belongs_until: Expr) -> Expr:
    """Part of the year for which the line has transferred and the practice's part of it belongs in the budget."""
    return is_joining * between(year_end, belongs_from, belongs_until)


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def belongs_average(belongs_time: Expr, since_transfer: Expr) -> Expr:
    """The same as a part of the line's time since its transfer."""
    return ratio(belongs_time, since_transfer)


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def time_in_form(follows_integration: Expr, full_time: Expr, member_time: Expr) -> Expr:
    """Part of the year for which the practice has the form that the line needs, transferred or not."""
    return choose(follows_integration >= 1, full_time, member_time)


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def part_in_form(since_transfer: Expr, belongs_average: Expr, time_in_form: Expr) -> Expr:
    """How much of the practice's part belongs in the budget: since the transfer, or before it of the whole year."""
    return choose(since_transfer > 0, belongs_average, time_in_form)


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def holder_by(in_budget: Expr, line_need: Expr, is_registered_line: Expr, part_in_form: Expr) -> Expr:
    """The practice's part of the line that belongs in the budget; all of it where the line serves residents."""
    return in_budget * line_need * (1 - is_registered_line * (1 - part_in_form))


@row(sheet=TIMELINE, unit="share", dims=LINE)
def holder_part(holder_by: Expr) -> Expr:
    """Part of the line that belongs in the budget once it has transferred; core GP money follows full integration."""
    return total(holder_by, over="practice")


@row(sheet=SHEET, unit="share", dims=LINE)
def outside_part(in_budget: Expr, holder_part: Expr, follows_integration: Expr, is_nhs: Expr) -> Expr:
    """Part of an NHS line in scope that stays outside because practices are not members, core GP money apart."""
    return (in_budget - holder_part) * (1 - follows_integration) * is_nhs


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def outside_by(in_budget: Expr, line_need: Expr, holder_by: Expr, follows_integration: Expr) -> Expr:
    """The practice's part of a line in scope that stays outside, core GP money apart."""
    return (in_budget * line_need - holder_by) * (1 - follows_integration)


@row(sheet=SHEET, unit="share", dims=LINE_PRACTICE)
def non_member_by(outside_by: Expr, is_virtual: Expr, is_nhs: Expr) -> Expr:
    """The same of practices that are not virtual, of NHS lines."""
    return outside_by * (1 - is_virtual) * is_nhs


@row(sheet=TIMELINE, unit="share", dims=LINE)
def non_member_part(non_member_by: Expr) -> Expr:
    """Part of a line in scope that serves patients of non-member practices; core GP money stays with its practices."""
    return total(non_member_by, over="practice")


@row(sheet=BUDGET, unit="GBP", dims=LINE)
def shadow_line_budget(indexed_baseline: Expr, outside_part: Expr, non_member_part: Expr, phase: Expr) -> Expr:
    """The line's budget for virtual practices, had they been members."""
    return indexed_baseline * (outside_part - non_member_part) * phase


@row(sheet=BUDGET, unit="GBP")
def shadow_budget(shadow_line_budget: Expr) -> Expr:
    """Shadow budget of virtual practices: reported, and paid by nobody to nobody."""
    return total(shadow_line_budget, over="line")
