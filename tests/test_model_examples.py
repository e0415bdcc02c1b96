"""Worked examples: small enough to check by hand, with the arithmetic written out beside each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from contracts import Contract, contract

from mcp_finance.rows.evaluate import Array, Results, evaluate

CALM = (
    "activity_growth",
    "expected_growth",
    "uplift",
    "efficiency",
    "cost_growth",
    "delivered_efficiency",
    "stream_growth",
    "assumed_list_growth",
    "roll.2017_18",
    "roll.2018_19",
    "unregistered",
    "shift_delivery",
    "transition_cost",
    "double_running_cost",
)


def calm(case: Contract) -> dict[str, Array]:
    """The contract with nothing going on: no growth, no shift, everybody a member, the same people every year."""
    out = dict(case.inputs)
    for name in CALM:
        out[name] = out[name] * 0
    out["population"] = np.repeat(out["population"][:1], len(case.model.years), axis=0)
    for name in ("member_share", "fully_integrated_share", "cost_to_price"):
        out[name] = np.ones_like(out[name])
    return out


def put(case: Contract, inputs: dict[str, Array], name: str, value: float | list[float], at: str = "") -> None:
    """Set an input: of one member of its dimension, or of all; for all years, or year by year."""
    members = case.model.dimension[case.model.dims_of(name)[0]].members if case.model.dims_of(name) else ()
    new = inputs[name].copy()
    new[(slice(None), members.index(at)) if at else slice(None)] = value
    inputs[name] = new


def run(case: Contract, inputs: Mapping[str, Array], **rows: list[float]) -> Results:
    """Results, with some rows of no or one dimension given by their years instead of computed."""
    given = {}
    for name, years in rows.items():
        shape = case.model.shape(name)
        given[name] = np.broadcast_to(np.reshape(years, (-1, *[1] * len(shape))), (len(years), *shape)).astype(float)
    return evaluate(case.model, inputs, given=given)


def test_phasing() -> None:
    """£12.0m a year, existing contract to 30 September, three months' mobilisation: January to March is £3.0m."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "existing_contract_ends", 2018.5, "community")  # the day after 30 September 2018
    put(case, inputs, "mobilisation", 0.25, "community")
    budget = run(case, inputs).series("line_budget", line="community")
    assert budget == pytest.approx([3.0e6, 12.0e6, 12.0e6, 12.0e6])


def test_phasing_from_the_file() -> None:
    """As `part-year` says: £12.0m, rolled by 2.0% and 1.5%, 90% members, from 1 January: 12 months in 4 quarters.

    12,000,000 x 1.02 x 1.015 x 0.9 x 0.25 = 2,795,310.
    """
    case = contract("part-year")
    assert case.results.series("line_budget", line="community")[0] == pytest.approx(2_795_310)
    assert case.results.series("phase", line="community")[:2] == pytest.approx([0.25, 1])
    # falls: 30 November and one month is 1 January, though the scenario's programme would begin on 1 April 2018
    assert case.results.series("programme_day", programme="falls")[0] == 2018.75


def test_contract_start_holds_transfer_back() -> None:
    """GP money whose contract ended on 31 March passes when the budget begins, on 1 July: nine months of the year."""
    case = contract("part-year")
    assert case.results.series("phase", line="gp_core")[0] == pytest.approx(0.75)


def test_cost_build() -> None:
    """£200m, demand +0.4%, other growth 1.2%, price +2.5% less 2%: 200 x 1.004 x 1.012 x 1.025 x 0.98 = 204.124."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "reference_baseline", 200e6, "planned")
    put(case, inputs, "activity_growth", [0, 0.012, 0, 0], "planned")
    put(case, inputs, "uplift", [0, 0.025, 0, 0], "nhs")
    put(case, inputs, "efficiency", [0, 0.02, 0, 0], "nhs")
    inputs["population"][1:] *= 1.004
    cost = run(case, inputs).series("do_nothing_value", line="planned")
    assert cost[:2] / 1e6 == pytest.approx([200.0, 204.1240432], abs=1e-9)
    assert cost[2] == cost[1]


def test_efficiency_nobody_delivers_lowers_income_and_not_cost() -> None:
    """Tariff +2.5% less 2.0%, own cost +2.5% and nothing delivered: price 1.025 x 0.98 = 1.0045, cost 1.025."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "uplift", [0, 0.025, 0, 0], "nhs")
    put(case, inputs, "efficiency", [0, 0.02, 0, 0], "nhs")
    put(case, inputs, "cost_growth", [0, 0.025, 0, 0], "hospital")
    results = run(case, inputs)
    assert results.series("tariff_index", tariff="nhs")[1] == pytest.approx(1.0045)
    assert results.series("cost_index", inflation="hospital")[1] == pytest.approx(1.025)
    # 50m of hospital lines (20m planned, 30m emergency); 12m of community work leaves on 1 July 2019
    kept, community = 50e6, 12e6 * 0.25
    assert results.series("hospital.received")[1] == pytest.approx((kept + community) * 1.0045)


def test_what_has_moved_costs_the_holder_its_own_prices() -> None:
    """£12m of community work from 1 July 2019 at the holder's +3%, not the hospital's +1%: 12 x 1.03 x 9/12 = 9.27."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "cost_growth", [0, 0.01, 0, 0], "hospital")
    put(case, inputs, "cost_growth", [0, 0.03, 0, 0], "holder")
    results = run(case, inputs)
    assert results.series("own_cost", line="community")[:3] == pytest.approx([0, 9.27e6, 12.36e6])
    # the hospital keeps a tenth of the cost, at its own prices: 12 x 1.01 x (1 - 0.9 x 0.75)
    assert results.series("line_provider_cost", line="community")[1] == pytest.approx(12e6 * 1.01 * 0.325)


def test_people_registered_nowhere_are_served() -> None:
    """100,000 on the list; 400 registered nowhere, then 1,400: 100,400 and 101,400 need care, members or not."""
    case = contract("base")
    inputs = calm(case)
    inputs["population"][:, 0] = [20_000, 60_000, 20_000]
    put(case, inputs, "member_share", 0.9)
    put(case, inputs, "unregistered", [400, 1400, 1400, 1400])
    demand = run(case, inputs).series("demand_index", driver="nhs_flat")
    assert demand[:2] == pytest.approx([1, 101_400 / 100_400])
    assert run(case, inputs).series("demand_index", driver="resident_elderly") == pytest.approx([1] * 4)


def test_ageing_moves_demand() -> None:
    """Weights 0.4, 0.8, 3.2; 20, 60 and 20 thousand people: 120 of need; 10% more of the oldest adds 6.4: +5.33%."""
    case = contract("base")
    inputs = calm(case)
    inputs["population"][:, 0] = [20_000, 60_000, 20_000]
    inputs["population"][1:, 0, 2] = 22_000
    demand = run(case, inputs).series("demand_index", driver="nhs_elderly")
    assert demand[:2] == pytest.approx([1, 126.4 / 120])
    assert run(case, inputs).series("demand_index", driver="nhs_flat")[1] == pytest.approx(1.02)


@pytest.mark.parametrize(
    ("clause", "above", "below", "value", "plan", "fixed", "pays"),
    [
        ("payment by results", 1.0, 1.0, 110, 100, 100, 110),  # 100 + 1.0 x 10
        ("payment by results", 1.0, 1.0, 90, 100, 100, 90),  # 100 - 1.0 x 10
        ("marginal-rate emergency tariff", 0.7, 1.0, 110, 100, 100, 107),  # 100 + 0.7 x 10
        ("marginal-rate emergency tariff", 0.7, 1.0, 90, 100, 100, 90),  # 100 - 1.0 x 10
        ("blend at 20%", 0.2, 0.2, 110, 100, 100, 102),  # 100 + 0.2 x 10
        ("blend at 20%", 0.2, 0.2, 90, 100, 100, 98),  # 100 - 0.2 x 10
        ("blend, fixed part 80% of plan", 0.2, 0.2, 110, 100, 80, 82),  # 80 + 0.2 x 10
        ("block", 0.0, 0.0, 150, 100, 100, 100),
        ("block", 0.0, 0.0, 10, 100, 100, 100),
    ],
)
def test_hospital_contract(
    clause: str, above: float, below: float, value: float, plan: float, fixed: float, pays: float
) -> None:
    """What each clause pays for activity worth `value` against a plan, in £m."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "marginal_up", above)
    put(case, inputs, "marginal_down", below)
    years = [1e6] * 4
    sums = {"contract_value": value, "contract_plan": plan, "contract_fixed": fixed}
    results = run(case, inputs, **{n: [m * y for y in years] for n, m in sums.items()})
    assert results.series("contract_payment", contract="main") == pytest.approx([pays * 1e6] * 4), clause


def test_plan_and_fixed_sum_follow_expected_activity() -> None:
    """Expected activity worth £20m, planned at 106%, 98% of it fixed: 20 x 1.06 x 0.98 = 20.776; blend 20% below plan.

    Activity is as expected, so 1.2 below plan: 20.776 - 0.2 x 1.2 = 20.536.
    """
    case = contract("payments")
    inputs = calm(case)
    put(case, inputs, "reference_baseline", 20e6, "other_emergency")
    results = run(case, inputs)
    assert results.series("contract_fixed", contract="blend")[0] == pytest.approx(20.776e6)
    assert results.series("contract_payment", contract="blend")[0] == pytest.approx(20.536e6)


@pytest.mark.parametrize(
    ("variance", "pays"),
    [
        (1.5e6, 0.75e6),  # 50% of 1.5
        (3.0e6, 1.0e6),  # 50% would be 1.5; the cap is 2.5% of 40.0 = 1.0
        (-1.2e6, -0.6e6),  # a loss is shared alike
        (-3.0e6, -1.0e6),  # and capped alike
        (0.0, 0.0),
    ],
)
def test_share_with_cap(variance: float, pays: float) -> None:
    """Rate 50%, cap 2.5% of an expected cost of £40.0m."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "single_rate.share_rate", 0.5)
    put(case, inputs, "single_rate.limit_rate", 0.025)
    results = run(case, inputs, expected_cost=[40e6] * 4, actual_cost=[40e6 - variance] * 4)
    assert results.series("share_payment") == pytest.approx([pays] * 4)
    assert results.series("single_rate.payment", party="commissioner") == pytest.approx([-pays] * 4)
    assert results.series("single_rate.care.limit") == pytest.approx([1e6] * 4)


def test_share_of_one_line() -> None:
    """£24m expected, 10% of it avoided: 2.4 gained, 1.2 shared at 50%; the cap of 4% is 0.96, so 0.96 is paid."""
    case = contract("base")
    inputs = calm(case)
    for name, value in (("shift_reach", 1), ("shift_effect", 0.1), ("shift_delivery", 1), ("shift_delay", 0)):
        put(case, inputs, name, value, "other_emergency")
    put(case, inputs, "shift_ramp", 0, "other_emergency")
    results = run(case, inputs)
    assert results.series("gain_from_shift_total") == pytest.approx([2.4e6] * 4)
    assert results.series("share_payment") == pytest.approx([0.96e6] * 4)
    # main pays 40% of what falls short of plan: 0.4 x 2.4 = 0.96 is cash, and just covers the settlement
    assert results.series("commissioner_cash_saving") == pytest.approx([0.96e6] * 4)
    assert results.series("share_unfunded") == pytest.approx([0] * 4, abs=1e-6)


def test_a_change_of_tariff_makes_no_gain() -> None:
    """Price +10%, activity as expected: both sides stand at first-year prices, and nothing is shared."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "uplift", [0, 0.1, 0.1, 0.1], "nhs")
    assert run(case, inputs).series("share_payment") == pytest.approx([0] * 4, abs=1e-6)


def test_nothing_is_shared_before_the_contract_begins() -> None:
    """£24m growing by 2% against an expected 3%, from 1 October 2020: nothing before; half of the third year's gain.

    Expected 24 x 1.03^2 = 25.4616, actual 24 x 1.02^2 = 24.9696, so 0.492 in a whole year and 0.246 in half.
    """
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "contract_start", 2020.5)
    put(case, inputs, "activity_growth", [0, 0.02, 0.02, 0.02], "other_emergency")
    put(case, inputs, "expected_growth", [0, 0.03, 0.03, 0.03], "other_emergency")
    results = run(case, inputs)
    assert results.series("total_variance")[:3] == pytest.approx([0, 0, 246_000], abs=1e-6)
    assert results.series("single_rate.care.limit")[2] == pytest.approx(0.04 * 25.4616e6 / 2)
    assert results.series("share_payment")[:3] == pytest.approx([0, 0, 123_000], abs=1e-6)


def test_settlement_a_year_later_and_what_is_owed_after_the_term() -> None:
    """Earned 100, 200, -50, 80; 40% of each is settled a year later.

    Cash: 60; 40 + 120 = 160; 80 - 30 = 50; -20 + 48 = 28. Owed: 40; 80; -20; 32, the last after the term.
    """
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "single_rate.settled_later", 0.4)
    paid = np.array([100, 200, -50, 80])
    results = run(
        case, inputs, **{"single_rate.budget_holder.payment": paid, "single_rate.commissioner.payment": -paid}
    )
    assert results.series("share_settled") == pytest.approx([60, 160, 50, 28])
    assert results.series("share_owed") == pytest.approx([40, 80, -20, 32])
    closing = results.series("budget_holder.closing")
    assert results.series("budget_holder_cash") == pytest.approx(closing - [40, 80, -20, 32])
    closing = results.series("commissioner.closing")
    assert results.series("commissioner_cash") == pytest.approx(closing - [-40, -80, 20, -32])


@pytest.mark.parametrize(
    ("effect_day", "years", "ramp"),
    [
        (2018.0, 2.0, [0.25, 0.75, 1, 1]),  # averages of a straight line over its first and second year
        (2019.0, 2.0, [0, 0.25, 0.75, 1]),
        # From 1 October: a triangle 1/2 x 1/2 x 1/4 = 1/16; then 1/4 to 3/4, mean 1/2; then half a year from 3/4 to 1
        # (7/16) and half a year at 1 (1/2)
        (2018.5, 2.0, [0.0625, 0.5, 0.9375, 1]),
        (2018.25, 0.0, [0.75, 1, 1, 1]),  # a step on 1 July
        (2018.25, 0.5, [0.5, 1, 1, 1]),  # 1/2 x 1/2 in the ramp, then a quarter in full
        (2030.0, 1.0, [0, 0, 0, 0]),  # after the term
    ],
)
def test_ramp(effect_day: float, years: float, ramp: list[float]) -> None:
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "shift_starts", effect_day, "falls")
    put(case, inputs, "shift_delay", 0, "falls")
    put(case, inputs, "shift_ramp", years, "falls")
    assert run(case, inputs).series("ramp", programme="falls") == pytest.approx(ramp)


def test_shift_is_never_free() -> None:
    """2,500 admissions, 70% reached, effect 25%, 80% delivered: 14%, 350 a year at full ramp.

    Start 1 July 2018, six months' delay, two years' ramp: first effect on 1 January 2019, full on 1 January 2021.
    """
    case = contract("base")
    inputs = calm(case)
    for name in ("shift_delivery", "transition_cost", "double_running_cost"):
        put(case, inputs, name, float(case.inputs[name][0, 0]), "falls")
    results = run(case, inputs)
    # Area under t/2 from 1 January 2019 (t = 0): a quarter year is 1/4 x 1/4 x 1/4 = 1/64; to 31 March 2020, t = 1.25,
    # 25/64; to 31 March 2021, t = 2.25, the triangle of 1 and 1/4 more.
    areas = np.array([1 / 64, 25 / 64 - 1 / 64, 1.25 - 25 / 64, 1])
    assert results.series("avoided_activity", line="falls") == pytest.approx(350 * areas)
    assert results.series("programme_reprovision", programme="falls") == pytest.approx(350 * areas * 900)
    # £0.3m in twelve months from 1 July: nine months, then three
    assert results.series("programme_transition", programme="falls") == pytest.approx([225_000, 75_000, 0, 0])
    # £0.1m a year for the two years of the ramp, from 1 January 2019: a quarter, a year, three quarters
    assert results.series("programme_double_running", programme="falls") == pytest.approx([25_000, 100_000, 75_000, 0])


def test_stranded_cost() -> None:
    """Payment by results: 10% of £6m avoided loses 0.6 of income; half of the cost is fixed, 0.3 goes, 0.3 stays."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "marginal_up", 1)
    put(case, inputs, "marginal_down", 1)
    put(case, inputs, "mobilisation", 50, "community")
    for name, value in (("shift_reach", 1), ("shift_effect", 0.1), ("shift_delivery", 1), ("shift_delay", 0)):
        put(case, inputs, name, value, "falls")
    put(case, inputs, "shift_starts", 2018, "falls")
    put(case, inputs, "shift_ramp", 0, "falls")
    results = run(case, inputs)
    assert results.series("hospital_income_lost") == pytest.approx([0.6e6] * 4)
    assert results.series("hospital_cost_released") == pytest.approx([0.3e6] * 4)
    assert results.series("stranded_cost") == pytest.approx([0.3e6] * 4)
    assert results.series("hospital.change") == pytest.approx([-0.3e6] * 4)


def test_stranded_cost_of_a_transfer() -> None:
    """£12m of community work leaves on 1 July 2019; 90% of its cost goes with it: 1.2 a year is stranded, 0.9 first."""
    case = contract("base")
    results = run(case, calm(case))
    assert results.series("stranded_cost") == pytest.approx([0, 0.9e6, 1.2e6, 1.2e6])


def test_a_block_pays_on() -> None:
    """A block pays on for activity that has gone: no income lost, cost released, so stranded cost is negative."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "marginal_down", 0)
    put(case, inputs, "mobilisation", 50, "community")
    for name, value in (("shift_reach", 1), ("shift_effect", 0.1), ("shift_delivery", 1), ("shift_delay", 0)):
        put(case, inputs, name, value, "falls")
    put(case, inputs, "shift_starts", 2018, "falls")
    put(case, inputs, "shift_ramp", 0, "falls")
    assert run(case, inputs).series("stranded_cost") == pytest.approx([-0.3e6] * 4)


@pytest.mark.parametrize(
    ("adjusted", "assumed", "adjustment"),
    [
        (1, 0.005, 1.02 / 1.005 - 1),  # deviation: 2.0% came, 0.5% was in the index
        (1, 0.0, 0.02),  # full: the schedule holds no population growth
        (1, 0.03, 1.02 / 1.03 - 1),  # fewer came than the index pays for: taken off
        (0, 0.005, 0.0),  # none
    ],
)
def test_list_adjustment(adjusted: float, assumed: float, adjustment: float) -> None:
    """The list grows by 2.0% into the second year; prescribing is £9m, in the budget for all of that year."""
    case = contract("base")
    inputs = calm(case)
    inputs["population"][1:] *= 1.02
    put(case, inputs, "list_adjusted", adjusted, "core")
    put(case, inputs, "assumed_list_growth", [0, assumed, 0, 0], "core")
    results = run(case, inputs)
    assert results.series("list_adjustment", line="prescribing")[1] == pytest.approx(9e6 * adjustment, abs=1e-6)
    assert results.series("nhs_funding") == pytest.approx([79e6] * 4)  # the list is the commissioner's risk


def test_a_falling_list_lowers_a_scheduled_budget() -> None:
    case = contract("schedule")
    assert (np.diff(case.results.series("list_index")) < 0).all()
    assert (case.results.series("list_adjustment", line="falls")[1:] < 0).all()
    assert case.results.series("list_deviation", stream="schedule")[1] == pytest.approx(
        case.results.series("registered_list")[1] / case.results.series("registered_list")[0] - 1
    )


def test_partial_integration() -> None:
    """90% of the list are members, 60% fully integrated: £8m of GP money gives 4.8, £9m of prescribing 8.1.

    Prescribing passes on 1 October: half of 8.1 in the first year. The council's £15m is for residents, members or not.
    """
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "member_share", 0.9)
    put(case, inputs, "fully_integrated_share", 0.6)
    results = run(case, inputs)
    assert results.series("line_budget", line="gp_core") == pytest.approx([4.8e6] * 4)
    assert results.series("line_budget", line="prescribing") == pytest.approx([4.05e6, 8.1e6, 8.1e6, 8.1e6])
    assert results.series("line_budget", line="social_care") == pytest.approx([0, 7.5e6, 15e6, 15e6])
    # what is not the budget holder's stays with the commissioner: 40% of GP money
    assert results.series("contracts.practices") == pytest.approx([3.2e6] * 4)
    assert results.series("subcontracts.practices") == pytest.approx([4.8e6] * 4)


def test_calm_contract_is_in_balance() -> None:
    """No growth and every price at cost: nobody gains but by stranded cost, and every party's change is nil."""
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "variable_cost", 1)
    results = run(case, inputs)
    for party in ("commissioner", "budget_holder", "hospital", "council", "practices"):
        assert results.series(f"{party}.result") == pytest.approx([0] * 4, abs=1e-6), party


def test_worst_year_deficit_and_cover() -> None:
    """Results of 100, -300, 50, -20: to date 100, -200, -150, -170; worst -300; deepest -200.

    Reserves of 150 cover three quarters of it and leave 50; a saving of 170 on 4 x 1,000 of budget, 4.25%, breaks even.
    """
    case = contract("base")
    inputs = calm(case)
    put(case, inputs, "opening_balance.budget_holder", 150)
    results = run(case, inputs, **{"budget_holder.result": [100.0, -300.0, 50.0, -20.0], "wpb": [1000.0] * 4})
    assert results.series("result_to_date") == pytest.approx([100, -200, -150, -170])
    assert results.series("worst_result") == pytest.approx([100, -300, -300, -300])
    assert results.series("deepest_deficit") == pytest.approx([0, -200, -200, -200])
    assert results.series("uncovered_deficit") == pytest.approx([0, 50, 50, 50])
    assert results.series("reserve_cover") == pytest.approx([0, 0.75, 0.75, 0.75])
    assert results.final("break_even_saving") == pytest.approx(0.0425)


def test_affordability() -> None:
    """Headroom is allocation less all that the commissioner pays; its least so far is kept."""
    results = contract("affordability").results
    headroom = np.array([83e6, 85e6, 84e6, 90e6]) - results.series("commissioner.paid")
    assert results.series("headroom") == pytest.approx(headroom)
    assert results.series("worst_headroom") == pytest.approx(np.minimum.accumulate(headroom))


def test_real_terms() -> None:
    """£100 a year and a deflator of 1.9%: 100 / 1.019 in the second year."""
    case = contract("base")
    results = run(case, case.inputs, **{"wpb": [100.0] * 4, "budget_holder.result": [-100.0] * 4})
    assert results.series("real_result")[:2] == pytest.approx([-100, -98.13542689])
    assert results.series("real_result_to_date")[1] == pytest.approx(-198.13542689)
    assert results.series("real_wpb")[:2] == pytest.approx([100, 98.13542689])
    assert results.series("contract_total") == pytest.approx([100, 200, 300, 400])


# --- every fixture's clause binds


def test_caps_bind() -> None:
    gain, loss = contract("gain-at-cap").results, contract("loss-at-cap").results
    limit = "single_rate.care.limit"
    assert gain.series("share_payment") == pytest.approx(gain.series(limit))
    assert loss.series("share_payment")[2:] == pytest.approx(-loss.series(limit)[2:])
    assert (gain.series("share_unfunded") == gain.series("share_payment")).all()  # a block frees no cash
    within = contract("loss-within-cap").results
    assert (within.series("share_payment")[1:] < 0).all()
    assert (np.abs(within.series("share_payment")) < within.series(limit)).all()
    assert within.series("share_unfunded") == pytest.approx([0] * 4)


def test_every_clause_of_the_rich_sheet_binds() -> None:
    """Year by year, in the order of the clauses; the fixture's comments say no more than this."""
    r = contract("terms").results

    def s(name: str) -> Array:
        return r.series(f"rich.{name}")

    assert s("emergency.gain.shared")[1] == pytest.approx(s("emergency.gain.variance")[1] - s("emergency.deadband")[1])
    assert s("emergency.gain.required_1.variance")[7] == 0 < s("emergency.gain.variance")[7]
    assert list(s("emergency.gain.limited") < s("emergency.gain.shared")) == [k in (1, 6) for k in range(8)]
    assert s("emergency.gain.band_2")[5] > 0 and s("emergency.loss.band_2")[4] > 0
    assert list(s("emergency.gain.budget_holder.after_1") < s("emergency.gain.budget_holder.gross")) == [
        k in (1, 6) for k in range(8)
    ]
    assert s("multiplier") == pytest.approx([0.8, 1, 0.8, 0.8, 1, 0.4, 1, 0.4])
    assert s("emergency.gain.hospital.after_3")[1] == pytest.approx(s("emergency.gain.hospital.gross")[1] - 30_000)
    assert list(s("emergency.loss.reached")) == [0, 0, 1, 1, 1, 0, 0, 0]
    assert s("emergency.loss.limited")[4] < s("emergency.loss.shared")[4]
    assert s("emergency.loss.step_1")[4] == pytest.approx(0.6) and s("emergency.loss.step_1")[2] == pytest.approx(0.7)
    assert s("emergency.loss.hospital.after_2")[4] == pytest.approx(0.0095 * s("emergency.target")[4])
    assert 0 < -s("elective.variance")[3] < 250_000 and s("elective.loss.shared")[3] == 0 < s("elective.loss.shared")[2]
    # year 1 is computed and not paid; year 2 pays gains and charges no loss
    assert s("emergency.budget_holder")[0] > 0 > s("elective.budget_holder")[0]
    assert s("budget_holder.netted")[0] == s("hospital.netted")[0] == 0
    assert s("elective.hospital")[1] < 0 == s("elective.hospital.transfer")[1]
    assert s("elective.hospital")[2] < 0
    assert s("elective.hospital.transfer")[2] == pytest.approx(s("elective.hospital")[2])
    assert list(s("hospital.limited_gain_1") < s("hospital.netted")) == [k == 6 for k in range(8)]
    assert list(s("hospital.limited_loss_1") > s("hospital.limited_gain_1")) == [k == 2 for k in range(8)]
    assert list(s("budget_holder.limited_gain_2") < s("budget_holder.netted")) == [k == 1 for k in range(8)]
    assert s("budget_holder.limited_loss_2")[3] == -300_000
    # cash: short in years 2 and 7, what was not paid is claimed again, and paid in full by year 8
    assert s("cash.unfunded")[[1, 6]].min() > 0 and s("cash.paid_share")[7] == 1
    assert s("budget_holder.backed")[7] > s("budget_holder.limited_loss_2")[7]


def test_account_is_deferred_recouped_expires_and_ends() -> None:
    """£120k at 3% is £123.6k; 70% of a gain pays some off, the rest is due after two years, or at the end."""
    r = contract("account").results

    def s(name: str) -> Array:
        return r.series(f"deferred.account.provider.{name}")

    net, paid = r.series("deferred.provider.netted"), r.series("deferred.provider.settled")
    assert s("age_1")[0] == pytest.approx(123_600)
    assert s("recouped")[[0, 3]] == pytest.approx(0.7 * net[[0, 3]])
    assert s("age_2.left")[1] == pytest.approx((123_600 - s("recouped")[0]) * 1.03)
    # year 2: losses beyond 0.4% of target are put off, up to 1.5% of it; what expires is paid at once
    target = r.series("deferred.emergency.target")
    most = min(-net[1] - 0.004 * target[1], 0.015 * target[1])
    assert s("deferred")[1] == pytest.approx(most)
    assert paid[1] == pytest.approx(net[1] + most - s("age_2.left")[1])
    assert s("deferred")[2] == pytest.approx(max(0, 0.015 * target[2] - s("kept")[2]))  # no room for more than this
    assert paid[-1] == pytest.approx(net[-1] - s("age_2.left")[-1] + s("deferred")[-1] - s("at_end")[-1])
    assert s("balance")[-1] == 0 < s("at_end")[-1]
    # nine months of the first year count, of twelve
    whole = 0.5 * r.series("deferred.emergency.variance")[0]
    assert net[0] == pytest.approx(whole * 9 / 12)


def test_fund_pays_no_more_than_it_collects() -> None:
    r = contract("fund").results
    asked, paid, left = (r.series(f"fund.fund.{n}") for n in ("payouts", "available", "balance"))
    assert left[0] == 50_000
    assert asked[1] > paid[1] and r.series("fund.hospital.payment")[1] == pytest.approx(paid[1])
    assert left[3] > 0 and r.series("fund.fund.available")[4] == pytest.approx(
        left[3] + r.series("fund.fund.collections")[4]
    )
    blank, chosen = contract("fund").results, contract("elected").results
    assert (blank.series("fund.holder_rate") == 0.55).all()
    assert chosen.series("fund.holder_rate") == pytest.approx([0.4, 0.4, 0.6, 0.6, 0.6])


@pytest.mark.parametrize(
    ("fixture", "sheet", "party"),
    [("terms", "rich", "hospital"), ("block", "block", "hospital"), ("block", "block", "practices"),
     ("account", "deferred", "practices"), ("fund", "fund", "hospital")],
)  # fmt: skip
def test_another_party_has_its_entry_its_statement_and_its_proof(fixture: str, sheet: str, party: str) -> None:
    """The settlement is one entry with the party in the middle; its result differs from the same without it by that."""
    case = contract(fixture)
    r, row = case.results, case.model.rows[f"{sheet}.with_{party}"]
    assert row.entry and (row.entry.payer, row.entry.payee, row.entry.kind) == ("commissioner", party, "transfer")
    paid = r.series(f"{sheet}.payment", party=party)
    assert np.abs(paid).max() > 1e4
    assert r.series(row.name) == pytest.approx(paid)
    assert r.series(f"settled_{party}") == pytest.approx(paid)
    nil = np.zeros_like(r[row.name])
    without = case.with_inputs({row.name: nil})
    for name, sign in ((party, 1), ("commissioner", -1)):
        change = r.series(f"{name}.result") - without.series(f"{name}.result")
        assert change == pytest.approx(sign * paid, abs=1e-6)
        assert r.series(f"{name}.closing") - without.series(f"{name}.closing") == pytest.approx(
            sign * paid.cumsum(), abs=1e-6
        )
    assert without.series(f"check.{party}") == pytest.approx(-paid, abs=1e-6)
    proof = case.with_inputs({f"settled_{party}": nil})
    assert r.series(f"proof_{party}") - proof.series(f"proof_{party}") == pytest.approx(paid, abs=1e-6)
    assert r.series(f"{party}.result") == pytest.approx(r.series("provider_result", provider=party) + paid)


def test_a_party_that_holds_a_pool_passes_its_gain_on() -> None:
    """Under a block the hospital keeps what it does not spend: of £1 gained it keeps 40p and 60p go to others."""
    r = contract("block").results
    gain = r.series("block.elective.gain.variance")
    assert gain[1] > 0
    assert r.series("block.elective.hospital.transfer")[1] == pytest.approx(-0.6 * gain[1])
    assert r.series("block.elective.budget_holder.transfer")[1] == pytest.approx(0.35 * gain[1])
    with_hospital = r.series("block.with_hospital")
    assert with_hospital[1] == pytest.approx(0.15 * r.series("block.urgent.gain.variance")[1] - 0.6 * gain[1])


def test_performance_payment_of_a_sheet_that_also_shares() -> None:
    """5% of the budget withheld and earned in part is no gain/loss share, though one sheet says both."""
    r = contract("terms").results
    budget, score = r.series("nhs_budget"), np.array([0.8] + [0.9] * 7)
    assert r.series("withheld_by_commissioner") == pytest.approx(0.05 * budget)
    assert r.series("nhs_wpap") == pytest.approx(0.95 * budget)
    assert r.series("performance_payment") == pytest.approx(0.05 * budget * score)
    backed = [r.series(f"rich.{p}.backed") for p in ("budget_holder", "hospital")]
    assert r.series("share_payment") == pytest.approx(backed[0], abs=1e-6)
    assert r.series("share_to_commissioner") == pytest.approx(-backed[0] - backed[1], abs=1e-6)


def test_payments_differ() -> None:
    r = contract("payments").results
    value, plan = r["contract_value"][0, :, 0], r["contract_plan"][0, :, 0]
    by_id = dict(zip(r.model.dimension["contract"].members, zip(value, plan, strict=True), strict=True))
    assert by_id["mret"][0] > by_id["mret"][1]
    assert by_id["blend"][0] < by_id["blend"][1]
    assert r.series("contract_payment", contract="by_results") == pytest.approx(
        r.series("contract_value", contract="by_results")
    )
    assert r.series("contract_payment", contract="block") == pytest.approx(r.series("contract_plan", contract="block"))


def test_adverse_shift_costs_the_holder_and_the_pool() -> None:
    r, none = contract("adverse").results, contract("base", "lines.falls.shift.delivery=0%").results
    assert (r.series("activity", line="falls") >= r.series("activity_without_shift", line="falls")).all()
    assert (r.series("share_payment") < 0).all()
    assert not r["reprovision"].any()  # nothing is replaced, and nobody is paid for that
    assert r.series("subcontracts.hospital")[-1] > none.series("subcontracts.hospital")[-1]


def test_ramp_and_delay_finish_inside_the_term() -> None:
    ramp = contract("part-year").results.series("ramp", programme="falls")
    assert ramp[0] == 0
    assert 0 < ramp[1] < ramp[2] < 1
    assert list(ramp[3:]) == [1, 1]


def test_practices_move_to_the_holder() -> None:
    r = contract("moved-practices").results
    assert r.series("moved", line="gp_core")[1:] == pytest.approx(0.6)
    assert (r.series("subcontracts.practices") == 0).all()
    assert r.series("own_cost", line="gp_core")[0] == pytest.approx(8e6 * 1.02 * 1.015 * 0.97 * 0.6 * 0.75)


def test_other_lines_are_passed_on() -> None:
    r = contract("base").results
    assert r.series("passed", line="prescribing")[1:] == pytest.approx(0.9)
    assert (r.series("other_subcontracts") > 0).all()


def test_without_share_or_hospital() -> None:
    assert not contract("no-share").results.series("share_payment").any()
    bare = contract("no-hospital").results
    assert not bare.series("hospital.received").any()
    assert not bare.series("hospital.paid").any()
    assert bare.series("practices.received")[0] > 0
    assert not bare.series("council.received").any()
