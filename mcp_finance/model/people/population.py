"""Who is served, and how their number and age move demand.

The NHS lines serve the whole registered list and residents registered nowhere; the council's lines serve the residents
of the borough. Demand is people by age times relative need by age, one weighted total for each driver (a population
with an age profile), and enters activity only as an index that is 1 in the first year. Activity is everybody's, members
or not: which practices are members says who pays for it, and moves no activity.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, prior, ratio, total, up, weighted
from mcp_finance.rows.row import row

SHEET = "Population"


@row(sheet=SHEET, unit="people", dims=("basis",))
def people(population: Expr) -> Expr:
    """People of all ages."""
    return total(population, over="age")


@row(sheet=SHEET, unit="people")
def registered_list(people: Expr, is_registered: Expr) -> Expr:
    """The registered list, members' and others'."""
    return weighted(people, is_registered, over="basis")


@row(sheet=SHEET, unit="share")
def unregistered_rate(unregistered: Expr, registered_list: Expr) -> Expr:
    """Unregistered residents for each person on the list; they are taken to have the list's ages."""
    return ratio(unregistered, registered_list)


@row(sheet=SHEET, unit="share", dims=("basis",))
def served_share(is_registered: Expr, unregistered_rate: Expr) -> Expr:
    """People served for each person counted: list and unregistered on the list's basis, all residents on theirs."""
    return 1 + is_registered * unregistered_rate


@row(sheet=SHEET, unit="people", dims=("basis", "age"))
def people_served(population: Expr, served_share: Expr) -> Expr:
    """People whom the lines of each basis serve, by age."""
    return population * served_share


@row(sheet=SHEET, unit="people", dims=("driver", "age"))
def driver_people(people_served: Expr) -> Expr:
    """The people behind each driver of demand, by age."""
    return up(people_served, along="basis")


@row(sheet=SHEET, unit="weighted people", dims=("driver",))
def weighted_people(driver_people: Expr, age_weight: Expr) -> Expr:
    """People weighted by their relative need at each age."""
    return weighted(driver_people, age_weight, over="age")


@row(sheet=SHEET, unit="index", dims=("driver",))
def demand_change(weighted_people: Expr) -> Expr:
    """This year's weighted people for one of last year's."""
    return ratio(weighted_people, prior(weighted_people, opening=weighted_people))


@row(sheet=SHEET, unit="index", dims=("driver",))
def demand_index(demand_index: Expr, demand_change: Expr) -> Expr:
    """Demand from population and ageing, 1 in the first year."""
    return prior(demand_index, opening=1) * demand_change


@row(sheet=SHEET, unit="index")
def list_change(registered_list: Expr) -> Expr:
    """This year's registered list for one of last year's."""
    return ratio(registered_list, prior(registered_list, opening=registered_list))


@row(sheet=SHEET, unit="index")
def list_index(list_index: Expr, list_change: Expr) -> Expr:
    """The registered list, 1 in the first year."""
    return prior(list_index, opening=1) * list_change


@row(sheet=SHEET, unit="switch", dims=("driver",))
def registered_driver(is_registered: Expr) -> Expr:
    """1 where a driver counts the registered list."""
    return up(is_registered, along="basis")


@row(sheet=SHEET, unit="share", dims=("driver",))
def driver_member_part(registered_driver: Expr, member_share: Expr) -> Expr:
    """Members' part of a driver's need: their share of the list, or all of it for residents."""
    return 1 - registered_driver * (1 - member_share)


@row(sheet=SHEET, unit="weighted people", dims=("driver",))
def weighted_list(weighted_people: Expr, registered_driver: Expr, unregistered_rate: Expr) -> Expr:
    """The same without people registered nowhere."""
    return weighted_people / (1 + registered_driver * unregistered_rate)


@row(sheet=SHEET, unit="weighted people", dims=("driver",))
def weighted_members(weighted_list: Expr, driver_member_part: Expr) -> Expr:
    """Patients of member practices, or all residents, weighted by their relative need."""
    return weighted_list * driver_member_part


@row(sheet=SHEET, unit="switch", dims=("basis",))
def is_resident(is_registered: Expr) -> Expr:
    """1 for residents, 0 for the registered list."""
    return 1 - is_registered


@row(sheet=SHEET, unit="people")
def residents(people: Expr, is_resident: Expr) -> Expr:
    """People resident in the area, on whichever list."""
    return weighted(people, is_resident, over="basis")


@row(sheet=SHEET, unit="people")
def non_members(registered_list: Expr, members: Expr) -> Expr:
    """People on the lists of practices that are not members."""
    return registered_list - members
