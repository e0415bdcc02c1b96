"""Demand-shift programmes: shapes, fading, overlap, relocation and who pays, by hand; and what must always hold.

The examples stand in the calm contract of `test_model_examples`: falls are 2,500 admissions for £6m; other emergency
admissions, in the gain/loss share, are 10,000 for £24m, £2,400 each, under a contract that pays 40% below its plan.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import Contract, contract, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_model_examples import calm
from test_scenario_errors import BASE, folder_with, place, problems, spoiled
from tools import examples

from mcp_finance.rows.evaluate import Results, evaluate
from mcp_finance.scenario.load import load

FULL = {
    "starts": "2018-04-01",
    "delay": "0 months",
    "ramp": "0 months",
    "reach": "100%",
    "delivery": "100%",
    "reprovision": "0",
    "transition": "0",
    "double_running": "0",
    "inflation": "holder",
}
"""A programme that reaches all of its line at once, and costs nothing."""
FALLS, SHARED = "falls", "other_emergency"
YEARS = st.floats(0, 5)


def of_line(line: str, **programmes: dict[str, str]) -> tuple[str, str]:
    """Settings: these programmes on a line, in place of its own."""
    written = {name: ", ".join(f"{k}: {v}" for k, v in (FULL | said).items()) for name, said in programmes.items()}
    several = ", ".join(f"{name}: {{{figures}}}" for name, figures in written.items())
    return f"lines.{line}.shift=null", f"lines.{line}.shifts={{{several}}}"


def alone(line: str) -> tuple[str, ...]:
    """Settings: no programme on the other line."""
    return (f"lines.{FALLS if line == SHARED else SHARED}.shift=null",)


def calmly(line: str, **programmes: dict[str, str]) -> Results:
    """The calm contract with these programmes on one line and no others."""
    case = contract("base", *alone(line), *of_line(line, **programmes))
    own = ("shift_delivery", "transition_cost", "double_running_cost")
    return evaluate(case.model, calm(case) | {name: case.inputs[name] for name in own})


def shares(results: Results, line: str, *programmes: str) -> list[list[float]]:
    return [[float(x) for x in results.series("programme_share", programme=f"{line}.{p}")] for p in programmes]


# --- when: shapes, fading, ends


@pytest.mark.parametrize(
    ("shape", "average"),
    [
        ("linear", [0.25, 0.75, 1, 1]),
        # r = 1/2: (1/8 - 1/32) x 2 years = 3/16; r = 1: (1 - 1/2) x 2 = 1, of which 13/16 are the second year's
        ("s_curve", [3 / 16, 13 / 16, 1, 1]),
    ],
)
def test_yearly_averages_of_a_ramp_of_two_years(shape: str, average: list[float]) -> None:
    results = calmly(FALLS, team={"effect": "20%", "ramp": "2 years", "shape": shape})
    assert results.series("ramp", programme="falls.team") == pytest.approx(average)
    assert results.series("avoided_activity", line=FALLS) == pytest.approx([500 * part for part in average])


def test_a_step_is_whole_from_its_first_day() -> None:
    """From 1 July: three quarters of the first year."""
    results = calmly(FALLS, team={"starts": "2018-07-01", "effect": "20%", "shape": "step"})
    assert results.series("ramp", programme="falls.team") == pytest.approx([0.75, 1, 1, 1])


@settings(max_examples=examples(25), deadline=None)
@given(st.sampled_from([0.0, 1.0]), YEARS, st.floats(0.2, 5), st.floats(0, 1), YEARS)
def test_a_year_is_the_average_over_its_days(s: float, delay: float, ramp: float, decay: float, ends: float) -> None:
    """The areas under the curve against the curve itself, at 20,000 moments of each year."""
    case = contract("base")
    given_ = {"shift_delay": delay, "shift_ramp": ramp, "shift_decay": decay, "s_curve": s, "shift_ends": 2018 + ends}
    given_ |= {"shift_starts": 2018.0, "shift_reach": 1.0, "shift_effect": 1.0, "shift_delivery": 1.0}
    inputs = case.inputs | {name: np.full_like(case.inputs[name], value) for name, value in given_.items()}
    results = evaluate(case.model, inputs)
    left = 1.0
    for year in range(4):
        moments = year + (np.arange(20_000) + 0.5) / 20_000
        r = np.clip((moments - delay) / ramp, 0, 1)
        level = 3 * r**2 - 2 * r**3 if s else r
        complete = np.clip(moments - max(year, delay + ramp), 0, 1)
        faded = left * (1 - decay * complete)
        expected = (level * faded * (moments < ends)).mean()
        left *= 1 - decay * np.clip(min(year + 1, ends) - max(year, delay + ramp), 0, 1)
        assert results.series("effect_this_year", programme=FALLS)[year] == pytest.approx(expected, abs=2e-4)


def test_an_effect_fades_once_it_is_whole() -> None:
    """20% a year from the first day: 1 to 0.8, to 0.64, to 0.512, to 0.4096; a year counts the mean of its two ends."""
    results = calmly(FALLS, team={"effect": "10%", "decay": "20%"})
    assert results.series("not_faded", programme="falls.team") == pytest.approx([0.8, 0.64, 0.512, 0.4096])
    assert results.series("shift_share", line=FALLS) == pytest.approx([0.09, 0.072, 0.0576, 0.04608])


def test_an_effect_that_is_whole_within_a_year_fades_from_then() -> None:
    """Ramp of six months from 1 April: an area of 1/4, then half a year from 1 to 0.9 (0.475); then 0.9 to 0.72."""
    results = calmly(FALLS, team={"effect": "10%", "decay": "20%", "ramp": "6 months"})
    assert results.series("shift_share", line=FALLS)[:2] == pytest.approx([0.0725, 0.081])


def test_delivery_by_year() -> None:
    delivery = "{by_year: {2018/19: 40%, 2019/20: 60%}, otherwise: 80%}"
    results = calmly(FALLS, team={"effect": "10%", "delivery": delivery})
    assert results.series("shift_share", line=FALLS) == pytest.approx([0.04, 0.06, 0.08, 0.08])


def test_a_programme_ends_with_all_that_it_costs() -> None:
    """To 30 June 2019: a year and a quarter of effect, of demand called forth and of the team; then nothing."""
    said = {"effect": "10%", "induced": "4%", "ends": "2019-06-30", "team": "£0.4m", "reprovision": "£100"}
    results = calmly(FALLS, team=said)
    assert results.series("avoided_activity", line=FALLS) == pytest.approx([250, 62.5, 0, 0])
    assert results.series("demand_reduction", line=FALLS) == pytest.approx([150, 37.5, 0, 0])
    # £25,000 for 250 units and £0.4m for the team; then a quarter of both
    assert results.series("reprovision") == pytest.approx([425_000, 106_250, 0, 0])
    assert results.series("activity", line=FALLS) == pytest.approx([2350, 2462.5, 2500, 2500])


def test_nothing_for_the_two_years_of_a_delay_of_24_months() -> None:
    results = calmly(FALLS, team={"effect": "20%", "delay": "24 months", "ramp": "1 years", "team": "£0.4m"})
    assert results.series("avoided_activity", line=FALLS) == pytest.approx([0, 0, 250, 500])
    assert results.series("reprovision") == pytest.approx([0.4e6] * 4), "the team is there from the start"


def test_a_later_transfer_moves_programme_and_effect() -> None:
    """A year of mobilisation for falls: programme and team from 1 April 2019, first effect from 1 April 2020."""
    said = {"effect": "20%", "delay": "12 months", "team": "£0.4m"}
    case = contract("base", *alone(FALLS), *of_line(FALLS, team=said), "lines.falls.mobilisation=12 months")
    inputs = calm(case) | {"shift_delivery": case.inputs["shift_delivery"]}
    results = evaluate(case.model, inputs)
    assert results.series("avoided_activity", line=FALLS) == pytest.approx([0, 0, 500, 500])
    assert results.series("reprovision") == pytest.approx([0, 0.4e6, 0.4e6, 0.4e6])


def test_double_running_and_transition_follow_the_programme() -> None:
    """£0.3m in twelve months from 1 October; £0.1m a year for a ramp of six months from 1 April 2019."""
    said = {"starts": "2018-10-01", "delay": "6 months", "ramp": "6 months", "effect": "10%"}
    results = calmly(FALLS, team=said | {"transition": "£0.3m", "double_running": "£0.1m"})
    assert results.series("transition") == pytest.approx([0.15e6, 0.15e6, 0, 0])
    assert results.series("double_running") == pytest.approx([0, 0.05e6, 0, 0])


# --- how much: several on a line


def test_two_programmes_never_sum_past_the_whole() -> None:
    """20%, and 10% of the 80% left: 28%, not 30%. The other way round 10% and 18%: 28% again."""
    first, second = {"effect": "20%"}, {"effect": "10%"}
    results = calmly(FALLS, first=first, second=second)
    assert shares(results, FALLS, "first", "second") == [pytest.approx([0.2] * 4), pytest.approx([0.08] * 4)]
    assert results.series("activity", line=FALLS) == pytest.approx([1800] * 4)
    turned = calmly(FALLS, second=second, first=first)
    assert shares(turned, FALLS, "first", "second") == [pytest.approx([0.18] * 4), pytest.approx([0.1] * 4)]
    assert turned.series("activity", line=FALLS) == pytest.approx([1800] * 4)


def test_three_programmes_with_one_adverse() -> None:
    """50%; 20% of the 50% left; minus 10% of the 40% left: 44% remains."""
    results = calmly(FALLS, a={"effect": "50%"}, b={"effect": "20%"}, c={"effect": "-10%", "reprovision": "£900"})
    assert shares(results, FALLS, "a", "b", "c") == [
        pytest.approx([0.5] * 4),
        pytest.approx([0.1] * 4),
        pytest.approx([-0.04] * 4),
    ]
    assert results.series("activity", line=FALLS) == pytest.approx([1100] * 4)
    assert not results["reprovision"].any(), "an adverse programme replaces nothing"


def test_overlap_is_no_effect_on_people_already_served() -> None:
    """The second reaches 50%, of whom 40% are served: 30% newly reached, half avoided, of the 80% left: 12%."""
    second = {"reach": "50%", "overlap": "40%", "effect": "50%"}
    results = calmly(FALLS, first={"effect": "20%"}, second=second)
    assert results.series("newly_reached", programme="falls.second") == pytest.approx([0.3] * 4)
    assert results.series("shift_share", line=FALLS) == pytest.approx([0.32] * 4)


def test_each_programme_has_its_own_costs() -> None:
    """500 at £300 and 200 at £1,000, with teams of £0.1m and £0.2m: 0.25 and 0.40."""
    first = {"effect": "20%", "reprovision": "£300", "team": "£0.1m"}
    second = {"effect": "10%", "reprovision": "£1000", "team": "£0.2m"}
    results = calmly(FALLS, first=first, second=second)
    assert results.series("all_programme_cost", programme="falls.first") == pytest.approx([0.25e6] * 4)
    assert results.series("all_programme_cost", programme="falls.second") == pytest.approx([0.4e6] * 4)
    assert results.series("programme_cost", line=FALLS) == pytest.approx([0.65e6] * 4)
    assert results.series("budget_holder.paid") - calmly(FALLS, first={"effect": "28%"}).series(
        "budget_holder.paid"
    ) == pytest.approx([0.65e6] * 4)


def test_demand_called_forth_is_paid_for_and_comes_off_the_gain() -> None:
    """Reach 50%: 10% of it avoided from the second year on, 4% of it called forth from the first day.

    10,000 + 200 in the first year: a loss of 200 x £2,400 = 0.48. Then 500 less 200: a gain of 0.72.
    """
    results = calmly(SHARED, team={"reach": "50%", "effect": "10%", "delay": "12 months", "induced": "4%"})
    assert results.series("activity", line=SHARED) == pytest.approx([10_200, 9_700, 9_700, 9_700])
    assert results.series("gain_from_shift_total") == pytest.approx([-0.48e6, 0.72e6, 0.72e6, 0.72e6])
    assert results.series("total_variance") == pytest.approx([-0.48e6, 0.72e6, 0.72e6, 0.72e6])
    # above plan the contract pays 60%, below it 40%
    assert results.series("commissioner_cash_saving") == pytest.approx([-0.288e6, 0.288e6, 0.288e6, 0.288e6])


# --- relocation


def test_relocation_is_a_transfer_and_no_gain() -> None:
    """10% of £24m leaves the hospital: 0.96 less income at 40%. The community does all 1,000, for £1.1m."""
    moved = calmly(SHARED, unit={"kind": "relocate", "effect": "10%", "reprovision": "£1100"})
    stayed = calmly(SHARED, unit={"kind": "relocate", "effect": "0%", "reprovision": "£1100"})
    assert moved.series("activity", line=SHARED) == pytest.approx([9000] * 4)
    assert moved.series("relocated_activity", line=SHARED) == pytest.approx([1000] * 4)
    assert moved.series("actual_cost", pool="care") == pytest.approx([24e6] * 4), "as if it had stayed"
    for row in ("gain_from_shift_total", "total_variance", "share_payment", "commissioner_cash_saving"):
        assert moved.series(row) == pytest.approx([0] * 4, abs=1e-6), row
    assert stayed.series("hospital_income") - moved.series("hospital_income") == pytest.approx([0.96e6] * 4)
    assert moved.series("reprovision") == pytest.approx([1.1e6] * 4)
    assert moved.series("commissioner.result") - stayed.series("commissioner.result") == pytest.approx([0.96e6] * 4)
    assert moved.series("budget_holder.result") - stayed.series("budget_holder.result") == pytest.approx([-1.1e6] * 4)


def test_only_what_is_avoided_is_shared_beside_relocation() -> None:
    """10% avoided, 20% of the 90% left relocated: 2.4 of gain, and 0.96 of cash at 40%, as without the relocation."""
    results = calmly(SHARED, team={"effect": "10%"}, unit={"kind": "relocate", "effect": "20%"})
    assert results.series("activity", line=SHARED) == pytest.approx([7200] * 4)
    assert results.series("avoided_activity", line=SHARED) == pytest.approx([1000] * 4)
    assert results.series("gain_from_shift_total") == pytest.approx([2.4e6] * 4)
    assert results.series("commissioner_cash_saving") == pytest.approx([0.96e6] * 4)
    assert results.series("share_unfunded") == pytest.approx([0] * 4, abs=1e-6)


# --- who pays

PAID = {"paid_by": "commissioner"}


def test_a_programme_that_the_commissioner_pays_for_comes_off_its_cash_saving() -> None:
    """1,000 avoided at £300 and a team of £0.2m: 0.5. Cash 0.96 less 0.5 is 0.46; 0.96 is paid, 0.5 of it unfunded."""
    said = {"effect": "10%", "reprovision": "£300", "team": "£0.2m", "transition": "£0.1m"}
    paid, own = calmly(SHARED, team=said | PAID), calmly(SHARED, team=said)
    assert paid.series("commissioner_reprovision") == pytest.approx([0.5e6] * 4)
    assert paid.series("commissioner_cash_saving") == pytest.approx([0.46e6] * 4)
    assert own.series("commissioner_cash_saving") == pytest.approx([0.96e6] * 4)
    assert paid.series("share_payment") == pytest.approx([0.96e6] * 4)
    assert paid.series("share_unfunded") == pytest.approx([0.5e6] * 4)
    # the transition of the first year is the commissioner's too, but replaces nothing and stays out of the limit
    cost = [0.6e6, 0.5e6, 0.5e6, 0.5e6]
    assert paid.series("commissioner_programmes") == pytest.approx(cost)
    assert not any(paid[entry].any() for entry in ("reprovision", "transition"))
    assert paid.series("budget_holder.result") - own.series("budget_holder.result") == pytest.approx(cost)
    assert own.series("commissioner.result") - paid.series("commissioner.result") == pytest.approx(cost)
    assert paid.series("system.resource") == pytest.approx(own.series("system.resource"))


def test_relocation_that_the_commissioner_pays_for_stays_out_of_its_cash_saving() -> None:
    """What it saves on relocated activity is not counted, so what it pays for it is not either."""
    said = {"kind": "relocate", "effect": "10%", "reprovision": "£1100", "team": "£0.2m"}
    results = calmly(SHARED, unit=said | PAID)
    assert results.series("commissioner_programmes") == pytest.approx([1.3e6] * 4)
    assert not results["commissioner_reprovision"].any()
    assert results.series("commissioner_cash_saving") == pytest.approx([0] * 4, abs=1e-6)


def test_a_programme_outside_the_share_stays_out_of_the_cash_saving() -> None:
    results = calmly(FALLS, team={"effect": "10%", "team": "£0.2m"} | PAID)
    assert results.series("commissioner_programmes") == pytest.approx([0.2e6] * 4)
    assert not results["commissioner_reprovision"].any()


def test_the_council_pays_for_programmes_on_its_lines() -> None:
    results = contract("programmes").results
    cost = results.series("all_programme_cost", programme="social_care")
    assert (cost[1:5] > 0).all()
    assert results.series("council_programmes") == pytest.approx(cost)


def test_each_pool_bears_the_re_provision_of_its_own_lines() -> None:
    """Two pools, one programme that the commissioner pays for: the other pool's limit stays as it was."""
    own, paid = contract("terms").results, contract("terms", "lines.other_emergency.shift.paid_by=commissioner").results
    less = own["pool_cash_saving"] - paid["pool_cash_saving"]
    emergency, elective = (own.model.dimension["pool"].members.index(p) for p in ("emergency", "elective"))
    assert less[:, emergency, 0] == pytest.approx(paid.series("programme_reprovision", programme=SHARED))
    assert (less[:, emergency] > 0).all() and not less[:, elective].any()
    gone = own.series("commissioner_cash_saving") - paid.series("commissioner_cash_saving")
    assert gone == pytest.approx(less[:, emergency, 0])


# --- what must always hold

SEEDS = st.integers(0, 10**9)
quick = settings(max_examples=examples(25), deadline=None)


def columns(case: Contract, line: str) -> list[int]:
    return [k for k, of in enumerate(case.model.map["line"].to) if case.model.dimension["line"].members[of] == line]


@quick
@given(SEEDS)
def test_programmes_add_up_to_their_lines(seed: int) -> None:
    case = contract("programmes")
    r = evaluate(case.model, perturbed(case, seed))
    for k, line in enumerate(case.model.dimension["line"].members):
        own = columns(case, line)
        gone = r["avoided_activity"][:, k] + r["relocated_activity"][:, k]
        assert np.allclose(r["programme_activity"][:, own].sum(axis=1), gone, rtol=1e-12, atol=1e-9)
        assert np.allclose(r["all_programme_cost"][:, own].sum(axis=1), r["programme_cost"][:, k], rtol=1e-12)


@quick
@given(SEEDS)
def test_no_more_is_avoided_than_there_is(seed: int) -> None:
    """Whatever reach, effect, delivery and number of programmes, of effects that are not adverse."""
    case = contract("programmes")
    inputs = perturbed(case, seed)
    inputs["shift_effect"] = np.ones_like(inputs["shift_effect"])
    inputs["shift_induced"] = inputs["shift_induced"] * 0
    r = evaluate(case.model, inputs)
    assert (r["activity"] >= -1e-9 * r["activity_without_shift"]).all()
    assert (r["programme_share"] >= -1e-12).all()
    assert (r["shift_share"] + r["relocated_share"] <= 1 + 1e-12).all()


@quick
@given(SEEDS)
def test_the_order_of_programmes_without_overlap_does_not_matter(seed: int) -> None:
    """Two that avoid, each in the other's place: the same activity, cost to the pool and cash."""
    case = contract("programmes")
    inputs = perturbed(case, seed)
    inputs["shift_overlap"] = inputs["shift_overlap"] * 0
    turned = dict(inputs)
    one, other = columns(case, FALLS)[:2]
    for name, spec in case.model.inputs.items():
        if spec.dims == ("programme",) and name != "first_of_line":
            turned[name] = inputs[name].copy()
            turned[name][:, [one, other]] = inputs[name][:, [other, one]]
    a, b = evaluate(case.model, inputs), evaluate(case.model, turned)
    assert np.allclose(a["activity"], b["activity"], rtol=1e-12)
    for row in ("actual_cost", "hospital_income", "commissioner_cash_saving", "total_variance"):
        assert np.allclose(a[row], b[row], rtol=1e-9, atol=1e-12 * money_scale(a)), row


@quick
@given(SEEDS)
def test_programmes_without_effect_leave_activity_alone(seed: int) -> None:
    case = contract("programmes")
    inputs = perturbed(case, seed)
    inputs |= {name: inputs[name] * 0 for name in ("shift_effect", "shift_induced")}
    r = evaluate(case.model, inputs)
    assert (r["activity"] == r["activity_without_shift"]).all()


@quick
@given(SEEDS)
def test_relocation_never_moves_the_share(seed: int) -> None:
    """Whatever is relocated, expected and actual cost stay where they are."""
    case = contract("programmes")
    inputs = perturbed(case, seed)
    inputs["shift_induced"] = inputs["shift_induced"] * 0
    inputs |= {name: case.inputs[name] for name, spec in case.model.inputs.items() if spec.unit in ("time", "years")}
    moves = case.inputs["relocates"] > 0
    without = inputs | {"shift_reach": np.where(moves, 0, inputs["shift_reach"])}
    a, b = evaluate(case.model, inputs), evaluate(case.model, without)
    assert (a["relocated_activity"] != 0).any()
    for row in ("expected_cost", "actual_cost", "gain_from_shift"):
        assert np.allclose(a[row], b[row], rtol=1e-12, atol=1e-12 * money_scale(a)), row


def test_one_of_several_is_the_same_as_the_only_one() -> None:
    """`shifts` with one programme is `shift`."""
    one = contract("base")
    said = "starts: 2018-07-01, delay: 6 months, reach: 70%, effect: 25%, delivery: 80%, ramp: 2 years"
    costs = "reprovision: £900, transition: £0.3m, double_running: £0.1m, inflation: holder"
    other = contract("base", "lines.falls.shift=null", f"lines.falls.shifts={{only: {{{said}, {costs}}}}}")
    assert other.model.dimension["programme"].members == ("falls.only", "other_emergency")
    assert all(np.array_equal(one.results[name], other.results[name]) for name in one.model.rows)


def test_a_contract_without_any_programme() -> None:
    results = contract("base", "lines.falls.shift=null", "lines.other_emergency.shift=null").results
    assert results.model.dimension["programme"].members == ("no_programme",)
    assert (results["activity"] == results["activity_without_shift"]).all()
    assert not any(results[entry].any() for entry in ("reprovision", "transition", "double_running"))


# --- what is refused

SHIFT = BASE[BASE.index("    shift:\n      starts: 2018-07-01") : BASE.index("  other_emergency:")]
"""The programme on falls, as the base file writes it."""


def several(*programmes: str) -> str:
    """The base file with the programme on falls in `shifts`, under each of these names with what is said there."""
    figures = SHIFT.split("\n", 1)[1].replace("      ", "        ")
    written = "".join(
        f"      {name}:\n{figures}" + "".join(f"        {more}\n" for more in said.split("|") if more)
        for name, _, said in (p.partition(" ") for p in programmes)
    )
    return BASE.replace(SHIFT, f"    shifts:\n{written}")


@pytest.mark.parametrize(
    ("text", "path", "says", "instead", "at"),
    [
        (several("one").replace("    shifts:", f"{SHIFT}    shifts:", 1),
         "lines.falls.shifts", "both shift and shifts", "shift: null", "|shifts:"),
        (several("one", "two overlap: 101%"), "lines.falls.shifts.two.overlap", "outside 0% to 100%", "0% to 100%",
         "|101%"),
        (several("one overlap: 10%"), "lines.falls.shifts.one.overlap", "none before it", "later of the two", "|10%"),
        (several("one kind: relocate", "two"), "lines.falls.shifts.two", "stands after one, which relocates",
         "after all that avoid", "|two:"),
        (several("one decay: -1%"), "lines.falls.shifts.one.decay", "-1% lies outside", "0% to 100%", "|-1%"),
        (several("one induced: 120%"), "lines.falls.shifts.one.induced", "120% lies outside", "0% to 100%", "|120%"),
        (several("one team: -£5k"), "lines.falls.shifts.one.team", "team is below nothing", "£0 or more", "|-£5k"),
        (several("one ends: 2018-06-30"), "lines.falls.shifts.one.ends", "ends before it starts", "after starts",
         "|2018-06-30"),
        (several("one shape: step"), "lines.falls.shifts.one.ramp", "a step has no ramp", "0 months", "|2 years"),
        (several("one shape: s_curve").replace("ramp: 2 years", "ramp: 0"), "lines.falls.shifts.one.ramp",
         "an S-curve needs a ramp", "3 years", "ramp: |0"),
        (several("one kind: relocate").replace("effect: 25%", "effect: -5%"), "lines.falls.shifts.one.effect",
         "cannot bring activity into the line", "kind: avoid", "|-5%"),
        (several("one").replace("inflation: holder\n  other", "inflation: holdr\n  other"),
         "lines.falls.shifts.one.inflation", "there is no 'holdr'", "'holder'", "|holdr"),
        (spoiled("delivery: 80%", "delivery: {by_year: {2018/19: 50%}}"), "lines.falls.shift.delivery",
         "no figure is given for 2019/20", "otherwise", "|{by_year: {2018/19: 50%}}"),
        (spoiled("delivery: 80%", "delivery: {by_year: {2018/19: 150%}, otherwise: 1%}"),
         "lines.falls.shift.delivery.by_year.2018/19", "150% lies outside", "0% to 100%", "|150%"),
        (several("one", "two kind: moved"), "lines.falls.shifts.two.kind", "not one of the words", "relocate",
         "|moved"),
        (spoiled("delay: 6 months", "delay: 6 months\n      overlap: 3%"), "lines.falls.shift.overlap", "unknown here",
         "", "|overlap"),
    ],
)  # fmt: skip
def test_what_a_programme_may_not_say(text: str, path: str, says: str, instead: str, at: str, tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path, text))
    assert problem.path == path
    assert says in problem.message and instead in problem.instead
    assert (problem.place.line, problem.place.column) == place(text, at)


@pytest.mark.parametrize(
    "delivery", ["100%", "{by_year: {2018/19: 100%}, otherwise: 50%}"], ids=["always", "in one year"]
)
def test_one_programme_that_would_avoid_all_that_is_left_is_refused(delivery: str, tmp_path: Path) -> None:
    text = several("one").replace("reach: 70%", "reach: 100%").replace("effect: 25%", "effect: 100%")
    text = text.replace("delivery: 80%", f"delivery: {delivery}")
    (problem,) = problems(folder_with(tmp_path, text))
    assert (problem.path, problem.message) == (
        "lines.falls.shifts.one.effect",
        "the shift would avoid all of the line's activity",
    )


def test_more_programmes_than_a_reader_can_follow_are_refused(tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path, several(*(f"p{k}" for k in range(13)))))
    assert (problem.path, problem.instead) == ("lines.falls.shifts", "fewer, each of several that act alike")
    assert "13 programmes, more than 12" in problem.message
    assert load(folder_with(tmp_path, several(*(f"p{k}" for k in range(12))))).warnings == ()


def test_dear_re_provision_warns_for_each_programme(tmp_path: Path) -> None:
    text = several("one", "two").replace("reprovision: £900", "reprovision: £9,000")
    found = load(folder_with(tmp_path, text)).warnings
    assert [w.path for w in found] == [f"lines.falls.shifts.{name}.reprovision" for name in ("one", "two")]
