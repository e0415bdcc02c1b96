"""Every provider: what it is paid, what its services cost it, what cost goes with activity, and what is stranded.

Spells, bed-days and cost are driven apart. A line's cost has a variable part, which goes when its activity goes, a
semi-fixed part (a ward, a team), which goes after a lag, and a fixed part, sized to the activity that there would have
been with no shift and no transfer. Avoided stays are usually the short ones: as far as cost follows bed-days, they
release only their own share of it. Stranded cost is income lost less cost released (Bedfordshire; Monitor 2015 on
marginal cost). One pound of avoided activity: `provider_unit_cost` x `released_units` leaves cost, the contract's
marginal rate of it leaves income, and the difference stands in `provider_stranded_cost`.

A guaranteed income is a floor under a provider's contracts, as a share of what do-nothing would have brought it; the
commissioner tops it up, so that what shift saves on the contract it may pay again on the floor.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.model.party import Parties, of_provider
from mcp_finance.rows.expr import Expr, least, most, plain_name, prior, ref, total, weighted
from mcp_finance.rows.row import Row, row

SHEET, STAY = "Providers", "Stays"
ORIGIN = "mcp_finance/model/delivery/provider.py"
LINE, PROVIDER = ("line",), ("provider",)


@row(sheet=STAY, unit="index", dims=LINE)
def stay_index(stay_index: Expr, stay_growth: Expr) -> Expr:
    """Average length of stay, 1 in the first year."""
    return prior(stay_index, opening=1) * (1 + stay_growth)


@row(sheet=STAY, unit="index", dims=LINE)
def stay_cost_index(bed_cost_share: Expr, stay_index: Expr) -> Expr:
    """What the change in length of stay does to a unit's cost, 1 in the first year."""
    return 1 + bed_cost_share * (stay_index - 1)


@row(sheet=STAY, unit="days", dims=LINE)
def average_stay(length_of_stay: Expr, stay_index: Expr) -> Expr:
    """Days of the average stay."""
    return length_of_stay * stay_index


@row(sheet=STAY, unit="bed-days", dims=LINE)
def bed_days_without_shift(activity_without_shift: Expr, average_stay: Expr) -> Expr:
    """Bed-days had nobody shifted any activity."""
    return activity_without_shift * average_stay


@row(sheet=STAY, unit="bed-days", dims=LINE)
def bed_days_avoided(avoided_activity: Expr, average_stay: Expr, avoided_stay: Expr) -> Expr:
    """Bed-days of the stays avoided, which are shorter or longer than the average."""
    return avoided_activity * average_stay * avoided_stay


@row(sheet=STAY, unit="bed-days", dims=LINE)
def bed_days(bed_days_without_shift: Expr, bed_days_avoided: Expr) -> Expr:
    """Bed-days of the activity that takes place."""
    return bed_days_without_shift - bed_days_avoided


@row(sheet=STAY, unit="bed-days", dims=PROVIDER)
def provider_bed_days(bed_days: Expr) -> Expr:
    """Bed-days of each provider's lines."""
    return total(bed_days, over="line", by="provider")


@row(sheet=STAY, unit="bed-days")
def all_bed_days(bed_days: Expr) -> Expr:
    """Bed-days of all lines of which stays are given."""
    return total(bed_days, over="line")


@row(sheet=SHEET, unit="share", dims=LINE)
def avoided_weight(bed_cost_share: Expr, avoided_stay: Expr) -> Expr:
    """Cost of an avoided unit for each pound of the average unit's."""
    return 1 - bed_cost_share * (1 - avoided_stay)


@row(sheet=SHEET, unit="activity", dims=LINE)
def moved_activity(activity: Expr, moved: Expr) -> Expr:
    """Activity that the budget holder provides itself."""
    return activity * moved


@row(sheet=SHEET, unit="activity", dims=LINE)
def gone_units(avoided_activity: Expr, avoided_weight: Expr, moved_activity: Expr) -> Expr:
    """Units that today's provider no longer does, at the cost of its average unit."""
    return avoided_activity * avoided_weight + moved_activity


@row(sheet=SHEET, unit="share", dims=LINE)
def lag_of_year_1(release_lag: Expr) -> Expr:
    """Part of the first year that semi-fixed cost stays on."""
    return least(1, release_lag)


@row(sheet=SHEET, unit="share", dims=LINE)
def lag_of_year_2(release_lag: Expr) -> Expr:
    """Part of the second year that semi-fixed cost stays on."""
    return least(1, most(0, release_lag - 1))


@row(sheet=SHEET, unit="share", dims=LINE)
def lag_of_year_3(release_lag: Expr) -> Expr:
    """Part of the third year that semi-fixed cost stays on."""
    return least(1, most(0, release_lag - 1 - 1))


def seen_late(units: Expr, lag: Expr) -> Expr:
    """Units as they are seen a part of a year late: between this year's and last year's, in a straight line."""
    return units * (1 - lag) + prior(units) * lag


@row(sheet=SHEET, unit="activity", dims=LINE)
def gone_a_year_ago(gone_units: Expr, lag_of_year_1: Expr) -> Expr:
    """Units gone, seen up to a year late."""
    return seen_late(gone_units, lag_of_year_1)


@row(sheet=SHEET, unit="activity", dims=LINE)
def gone_two_years_ago(gone_a_year_ago: Expr, lag_of_year_2: Expr) -> Expr:
    """Units gone, seen up to two years late."""
    return seen_late(gone_a_year_ago, lag_of_year_2)


@row(sheet=SHEET, unit="activity", dims=LINE)
def gone_units_lagged(gone_two_years_ago: Expr, lag_of_year_3: Expr) -> Expr:
    """Units gone, seen after the whole lag: what semi-fixed cost has been cut back to."""
    return seen_late(gone_two_years_ago, lag_of_year_3)


@row(sheet=SHEET, unit="activity", dims=LINE)
def released_units(gone_units: Expr, variable_cost: Expr, gone_units_lagged: Expr, semi_fixed_cost: Expr) -> Expr:
    """Units whose whole cost has been released: the variable part at once, the semi-fixed part after its lag."""
    return gone_units * variable_cost + gone_units_lagged * semi_fixed_cost


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_cost_if_unmoved(provider_unit_cost: Expr, activity_without_shift: Expr) -> Expr:
    """What the line would cost today's provider with no shift and no transfer."""
    return provider_unit_cost * activity_without_shift


@row(sheet=SHEET, unit="GBP", dims=LINE)
def cost_released(provider_unit_cost: Expr, released_units: Expr) -> Expr:
    """Cost that has gone with the activity that has gone."""
    return provider_unit_cost * released_units


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_provider_cost(line_cost_if_unmoved: Expr, cost_released: Expr) -> Expr:
    """Cost of the line to today's provider, fixed cost included."""
    return line_cost_if_unmoved - cost_released


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_cost(line_provider_cost: Expr) -> Expr:
    """What the modelled lines cost each provider."""
    return total(line_provider_cost, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def priced_value(unmoved_value: Expr, is_hospital: Expr) -> Expr:
    """The line at contract price where no hospital contract pays for it."""
    return unmoved_value * (1 - is_hospital)


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_price_income(priced_value: Expr) -> Expr:
    """Income of each provider that is paid a price for each unit."""
    return total(priced_value, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_contract_income(contract_payment: Expr) -> Expr:
    """Income of each provider under its hospital contracts."""
    return total(contract_payment, over="contract", by="contract_provider")


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_income_before_floor(provider_contract_income: Expr, provider_price_income: Expr) -> Expr:
    """Income of each provider before any guarantee."""
    return provider_contract_income + provider_price_income


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_floor(do_nothing_provider_income: Expr, income_floor: Expr, has_floor: Expr) -> Expr:
    """Income that each provider is guaranteed; nil where nothing is."""
    return do_nothing_provider_income * income_floor * has_floor


def floor_payment(income: Expr, floor: Expr) -> Expr:
    """The guarantee: what lifts income to the floor, and never more than the floor."""
    return most(0, least(floor, floor - income))


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_top_up(provider_income_before_floor: Expr, provider_floor: Expr) -> Expr:
    """What the commissioner pays to lift each provider's income to its floor."""
    return floor_payment(provider_income_before_floor, provider_floor)


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_income(provider_income_before_floor: Expr, provider_top_up: Expr) -> Expr:
    """Income of each provider from all modelled services."""
    return provider_income_before_floor + provider_top_up


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_cost_if_unmoved(line_cost_if_unmoved: Expr) -> Expr:
    """What each provider's lines would cost it with no shift and no transfer."""
    return total(line_cost_if_unmoved, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_cost_released(cost_released: Expr) -> Expr:
    """Cost of each provider released by shift and transfer."""
    return total(cost_released, over="line", by="provider")


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_income_lost(do_nothing_provider_income: Expr, provider_income: Expr) -> Expr:
    """Income that each provider loses against do-nothing."""
    return do_nothing_provider_income - provider_income


@row(sheet=SHEET, unit="GBP", dims=PROVIDER)
def provider_stranded_cost(provider_income_lost: Expr, provider_cost_released: Expr) -> Expr:
    """Income lost for which no cost has gone; negative where a contract pays on for activity that has gone."""
    return provider_income_lost - provider_cost_released


@row(sheet=SHEET, unit="GBP")
def hospital_cost(provider_cost: Expr, hospital_provider: Expr) -> Expr:
    """What their modelled lines cost all hospitals."""
    return weighted(provider_cost, hospital_provider, over="provider")


@row(sheet=SHEET, unit="GBP")
def hospital_income(provider_income: Expr, hospital_provider: Expr) -> Expr:
    """What all hospitals are paid for their modelled lines."""
    return weighted(provider_income, hospital_provider, over="provider")


@row(sheet=SHEET, unit="GBP")
def hospital_cost_released(provider_cost_released: Expr, hospital_provider: Expr) -> Expr:
    """Cost of all hospitals released by shift and transfer."""
    return weighted(provider_cost_released, hospital_provider, over="provider")


@row(sheet=SHEET, unit="GBP")
def hospital_income_lost(provider_income_lost: Expr, hospital_provider: Expr) -> Expr:
    """Income that all hospitals lose against do-nothing."""
    return weighted(provider_income_lost, hospital_provider, over="provider")


@row(sheet=SHEET, unit="GBP")
def stranded_cost(provider_stranded_cost: Expr, hospital_provider: Expr) -> Expr:
    """Stranded cost of all hospitals."""
    return weighted(provider_stranded_cost, hospital_provider, over="provider")


def provider_rows(parties: Parties) -> Iterator[Row]:
    """What the books read of each provider: its proof, and what do-nothing would have brought it."""
    for p in parties.providers:
        who = plain_name(p)
        proof = of_provider("provider_result", p) + ref(f"settled_{p}") + ref(f"proof_other_{p}")
        doc = f"Income of {who} on its contracts less cost reached from activity, and settlements."
        yield Row(f"proof_{p}", proof, (), "Proof", "GBP", doc, ORIGIN)
        for name, row_name, doc in (
            ("do_nothing_result", "do_nothing_provider_result", f"The result of {who} had nothing been done."),
            ("do_nothing_income", "do_nothing_provider_income", f"The income of {who} had nothing been done."),
        ):
            yield Row(f"{name}_{p}", of_provider(row_name, p), (), "DoNothing", "GBP", doc, ORIGIN)
