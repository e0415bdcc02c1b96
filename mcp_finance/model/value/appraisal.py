"""Value against do-nothing: real terms, present values, pay-back, and what programmes save for each pound.

A pound of change in a year is brought to first-year prices by the deflator and to the first year by the discount rate,
which is a real one. What one party gains from another cancels out in the system's figure: its net present value is the
fall in resource used, which is reached here from activity and unit cost and held against the parties' changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_finance.model.delivery.provider import seen_late
from mcp_finance.model.party import Parties
from mcp_finance.model.sums import NIL, summed
from mcp_finance.rows.expr import Expr, choose, plain_name, prior, ratio, ref, total
from mcp_finance.rows.row import InputSpec, Row, row

SHEET, CHECKS = "Appraisal", "Checks"
LINE = ("line",)
ORIGIN = "mcp_finance/model/value/appraisal.py"
FUNDED_ANYWAY = ("nhs_funding", "council_funding")
"""Entries of funding that are the same had nothing been done."""
INPUTS = (InputSpec("discount_rate", "rate", "Real discount rate a year.", yearly=True, growth=True),)


@row(sheet=SHEET, unit="index")
def discount_index(discount_index: Expr, discount_rate: Expr) -> Expr:
    """Discounting since the first year, 1 there."""
    return prior(discount_index, opening=1) * (1 + discount_rate)


@row(sheet=SHEET, unit="index")
def discount_factor(discount_index: Expr) -> Expr:
    """What a pound of the year, at first-year prices, is worth in the first year."""
    return ratio(1, discount_index)


@row(sheet=SHEET, unit="index")
def present_value_factor(discount_factor: Expr, deflator: Expr) -> Expr:
    """What a pound of the year, at the year's own prices, is worth in the first year."""
    return ratio(discount_factor, deflator)


def appraisal_rows(parties: Parties, entries: Sequence[Row]) -> Iterator[Row]:
    """Each party's change and the system's net benefit: real, discounted and so far; and the check on them."""
    for party in parties:
        yield from _present_value(party, f"{party}.change", f"{plain_name(party)}'s change against do-nothing")
    doc = "What parties receive from outside that do-nothing would not have brought them: nobody's benefit here."
    more = [row.name for row in entries if row.entry and row.entry.kind == "funding" and row.name not in FUNDED_ANYWAY]
    yield from summed(_row("system.outside_money", NIL, doc), more)
    doc = "All parties' results less do-nothing: what they pay one another cancels, and money from outside is left out."
    changes = [f"{party}.change" for party in parties]
    yield from summed(_row("system.benefit", NIL, doc), [*changes, "-system.outside_money"])
    yield from _present_value("system", "system.benefit", "the system's net benefit")
    so_far = prior(ref("system.real_benefit_to_date")) + ref("system.real_change")
    yield _row("system.real_benefit_to_date", so_far, "The system's net benefit at first-year prices, so far.")
    doc = "The system's net benefit and the change in resource used come to nothing together."
    yield _row("check.net_benefit", ref("system.benefit") + ref("resource_change"), doc, CHECKS)


def _present_value(owner: str, change: str, said: str) -> Iterator[Row]:
    real, present, npv = f"{owner}.real_change", f"{owner}.present_value", f"{owner}.npv"
    yield _row(real, ratio(ref(change), ref("deflator")), f"At first-year prices: {said}.")
    yield _row(present, ref(real) * ref("discount_factor"), f"Discounted to the first year: {said}.")
    yield _row(npv, prior(ref(npv)) + ref(present), f"Net present value so far: {said}.")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def do_nothing_line_resource(activity_without_shift: Expr, resource_unit_cost: Expr) -> Expr:
    """Resource that the line would use had nothing been done."""
    return activity_without_shift * resource_unit_cost


@row(sheet=SHEET, unit="GBP")
def do_nothing_resource(do_nothing_line_resource: Expr) -> Expr:
    """Resource that the whole modelled system would use had nothing been done."""
    return total(do_nothing_line_resource, over="line")


@row(sheet=SHEET, unit="GBP")
def resource_change(system__resource: Expr, do_nothing_resource: Expr) -> Expr:
    """Resource used less what would have been used had nothing been done."""
    return system__resource - do_nothing_resource


@row(sheet=SHEET, unit="number")
def payback_start(payback_year: Expr, contract_year: Expr) -> Expr:
    """The contract year in which an unbroken time without a cumulative loss began, or would begin."""
    return choose(prior(payback_year) >= 1, prior(payback_year), contract_year)


@row(sheet=SHEET, unit="number")
def payback_year(system__real_benefit_to_date: Expr, payback_start: Expr) -> Expr:
    """First contract year from which on there is no cumulative loss, as far as this year can tell; 0 if there is one.

    A loss of less than a pound is rounding.
    """
    return choose(system__real_benefit_to_date + 1 > 0, payback_start, 0)


@row(sheet=SHEET, unit="activity", dims=LINE)
def shift_gone(avoided_activity: Expr, avoided_weight: Expr, moved: Expr) -> Expr:
    """Units that demand shift takes from today's provider, at the cost of its average unit."""
    return avoided_activity * (avoided_weight - moved)


@row(sheet=SHEET, unit="activity", dims=LINE)
def shift_gone_a_year_ago(shift_gone: Expr, lag_of_year_1: Expr) -> Expr:
    """The same, seen up to a year late."""
    return seen_late(shift_gone, lag_of_year_1)


@row(sheet=SHEET, unit="activity", dims=LINE)
def shift_gone_two_years_ago(shift_gone_a_year_ago: Expr, lag_of_year_2: Expr) -> Expr:
    """The same, seen up to two years late."""
    return seen_late(shift_gone_a_year_ago, lag_of_year_2)


@row(sheet=SHEET, unit="activity", dims=LINE)
def shift_gone_lagged(shift_gone_two_years_ago: Expr, lag_of_year_3: Expr) -> Expr:
    """The same after the whole lag of semi-fixed cost."""
    return seen_late(shift_gone_two_years_ago, lag_of_year_3)


@row(sheet=SHEET, unit="activity", dims=LINE)
def shift_released(shift_gone: Expr, variable_cost: Expr, shift_gone_lagged: Expr, semi_fixed_cost: Expr) -> Expr:
    """Units whose whole cost demand shift has released at today's provider."""
    return shift_gone * variable_cost + shift_gone_lagged * semi_fixed_cost


@row(sheet=SHEET, unit="activity", dims=LINE)
def shift_freed(others_line: Expr, avoided_activity: Expr, moved: Expr, shift_released: Expr) -> Expr:
    """Units for which today's provider stops using resource: all avoided ones of a price, or those released."""
    return choose(others_line >= 1, avoided_activity * (1 - moved), shift_released)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def avoided_resource(
    shift_freed: Expr, resource_unit_cost: Expr, avoided_activity: Expr, moved: Expr, holder_unit_cost: Expr
) -> Expr:
    """Resource that demand shift saves on the line, before what its programme costs."""
    return shift_freed * resource_unit_cost + avoided_activity * moved * holder_unit_cost


@row(sheet=SHEET, unit="GBP")
def avoided_resources(avoided_resource: Expr) -> Expr:
    """Resource that demand shift saves, before what its programmes cost."""
    return total(avoided_resource, over="line")


@row(sheet=SHEET, unit="GBP")
def programme_costs(programme_cost: Expr) -> Expr:
    """Reprovision, transition and double running of all demand-shift programmes."""
    return total(programme_cost, over="line")


@row(sheet=SHEET, unit="GBP")
def avoided_present_value(avoided_present_value: Expr, avoided_resources: Expr, present_value_factor: Expr) -> Expr:
    """Present value so far of the resource that demand shift saves."""
    return prior(avoided_present_value) + avoided_resources * present_value_factor


@row(sheet=SHEET, unit="GBP")
def programme_present_value(programme_present_value: Expr, programme_costs: Expr, present_value_factor: Expr) -> Expr:
    """Present value so far of what demand-shift programmes cost."""
    return prior(programme_present_value) + programme_costs * present_value_factor


@row(sheet=SHEET, unit="index")
def benefit_cost_ratio(avoided_present_value: Expr, programme_present_value: Expr) -> Expr:
    """Resource saved by demand shift for each pound that its programmes cost, both at present value, so far."""
    return ratio(avoided_present_value, programme_present_value)


def _row(name: str, expr: Expr, doc: str, sheet: str = SHEET) -> Row:
    return Row(name, expr, (), sheet, "GBP", doc, ORIGIN)
