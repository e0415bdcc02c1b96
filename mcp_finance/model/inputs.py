"""Every number that the contract's rows read, with its unit, axes and meaning.

Values come from a scenario (`mcp_finance.scenario.inputs`); this is the list that they must fill. Switches are 0 or 1
and say what a line is; they follow from words in the scenario, such as `provider: hospital`.
"""

from __future__ import annotations

from mcp_finance.model.budget import term
from mcp_finance.rows.row import InputSpec

LINE = ("line",)


def _line(name: str, unit: str, doc: str, *, growth: bool = False) -> InputSpec:
    return InputSpec(name, unit, doc, LINE, yearly=growth, growth=growth)


POPULATION = (
    InputSpec(
        "population", "people", "People by age band: on the registered list, or resident.", ("basis", "age"), True
    ),
    InputSpec("is_registered", "switch", "1 for the registered list, 0 for residents.", ("basis",)),
    InputSpec("member_share", "share", "Share of the registered list in member practices."),
    InputSpec("fully_integrated_share", "share", "Share of the registered list in fully integrated practices."),
    InputSpec("unregistered", "people", "Residents registered nowhere, whom the budget holder serves.", yearly=True),
    InputSpec("age_weight", "weight", "Relative need or use per head by age.", ("driver", "age")),
)

TIME = (
    InputSpec("first_day", "time", "First day of the first year, in financial years."),
    InputSpec("contract_start", "time", "Day on which the whole-population budget begins, in financial years."),
    _line(
        "existing_contract_ends", "time", "Day after the last day of the line's existing contract, in financial years."
    ),
    _line("mobilisation", "years", "From the day after expiry to the transfer of the line."),
)

ACTIVITY = (
    _line("base_activity", "activity", "Volume in the reference year, in the line's own unit."),
    _line("activity_growth", "rate", "Growth of activity beyond the population's size and ageing.", growth=True),
    _line("expected_growth", "rate", "The same growth as the contracts expect it: plan and settlement.", growth=True),
)

MONEY = (
    _line("reference_baseline", "GBP", "Cost of the line in the reference year."),
    InputSpec("uplift", "rate", "Cost uplift factor of contract prices.", ("tariff",), True, True),
    InputSpec("efficiency", "rate", "Efficiency factor, taken off contract prices.", ("tariff",), True, True),
    InputSpec(
        "cost_growth", "rate", "Growth of providers' own unit costs: pay and prices.", ("inflation",), True, True
    ),
    InputSpec(
        "delivered_efficiency", "rate", "Fall in own unit cost that providers deliver.", ("inflation",), True, True
    ),
    _line("cost_to_price", "share", "Provider's own cost for each pound of price in the first year."),
    InputSpec(
        "stream_growth",
        "rate",
        "Growth of the commissioner's funding, which most budgets follow.",
        ("stream",),
        True,
        True,
    ),
    InputSpec(
        "assumed_list_growth", "rate", "Population growth already inside the stream's growth.", ("stream",), True, True
    ),
    InputSpec("list_adjusted", "switch", "1 where the stream's budget follows the registered list.", ("stream",)),
)

REGISTER = (
    _line("in_budget", "switch", "1 for lines in the whole-population budget."),
    _line("in_share", "switch", "1 for hospital lines in the gain/loss share."),
    _line("follows_integration", "switch", "1 where only fully integrated practices' part enters the budget."),
    _line("is_hospital", "switch", "1 for lines that a hospital provides today."),
    _line("is_practices", "switch", "1 for lines that GP practices provide today."),
    _line("is_subcontractor", "switch", "1 for lines that a sub-contractor in the books provides today."),
    _line("is_other", "switch", "1 for NHS lines that others provide today."),
    _line("is_council", "switch", "1 for lines that the council commissions; others provide them."),
    _line("moves_to_holder", "switch", "1 where the budget holder provides the line once it has transferred."),
    _line("passes_through", "switch", "1 where the budget holder pays the line straight on, at what it is charged."),
)

HOSPITAL = (
    _line("variable_cost", "share", "Share of the provider's unit cost that goes when activity goes."),
    _line("semi_fixed_cost", "share", "Share of the provider's unit cost that goes once the lag has passed."),
    _line(
        "release_lag", "years", "From the loss of activity to the release of its semi-fixed cost, up to three years."
    ),
    _line("length_of_stay", "days", "Average stay in the first year."),
    _line("stay_growth", "rate", "Growth of the average stay.", growth=True),
    _line("avoided_stay", "share", "Stay of an avoided unit for each day of the average stay."),
    _line("bed_cost_share", "share", "Share of unit cost that follows bed-days."),
    InputSpec("plan_level", "share", "Planned value as a share of expected activity at price.", ("contract",), True),
    InputSpec("fixed_level", "share", "Fixed sum as a share of the planned value.", ("contract",), True),
    InputSpec("marginal_up", "share", "Price paid for activity above plan.", ("contract",), True),
    InputSpec("marginal_down", "share", "Price withheld for activity below plan.", ("contract",), True),
    InputSpec("hospital_provider", "switch", "1 for providers that are hospitals.", ("provider",)),
    InputSpec("has_floor", "switch", "1 for providers whose contract guarantees an income.", ("provider",)),
    InputSpec("income_floor", "share", "Guaranteed income as a share of do-nothing income.", ("provider",), True),
)

BOOKS = (
    InputSpec("deflator_growth", "rate", "Growth of the GDP deflator.", yearly=True, growth=True),
    InputSpec("materiality", "share", "Share of do-nothing income beyond which a party counts as better or worse off."),
)

DAYS_IN_YEAR = InputSpec("days_in_year", "days", "Days of a year, leap days left out.")
ALLOCATION = InputSpec("allocation", "GBP", "The commissioner's allocation for all that is modelled.", yearly=True)

INPUTS = (*POPULATION, *TIME, *term.INPUTS, *ACTIVITY, *MONEY, *REGISTER, *HOSPITAL, *BOOKS)
