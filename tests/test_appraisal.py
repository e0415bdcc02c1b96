"""Value against do-nothing: present values, pay-back and programmes by hand; and the allocation a head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import contract, do_nothing_result, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiling import Spoiled, check_refused
from tools import examples

from mcp_finance.analysis.run import run
from mcp_finance.rows.evaluate import Array, evaluate

quick = settings(max_examples=examples(30), deadline=None)
SEEDS = {"seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}


def test_a_pound_later_is_worth_less() -> None:
    """1, then 1/1.035, 1/1.035² and, at 3.0% into 2021/22, 1/(1.035² × 1.03); at current prices 1.9% a year less."""
    r = contract("appraisal").results
    assert r.series("discount_factor")[:4] == pytest.approx([1, 1 / 1.035, 1 / 1.035**2, 1 / (1.035**2 * 1.03)])
    assert r.series("present_value_factor")[1] == pytest.approx(1 / 1.035 / 1.019)


def test_a_change_of_one_pound_a_year_by_hand() -> None:
    """£100 a year at current prices: £100, then £100 / 1.019 = £98.1354 real, / 1.035 = £94.8168; £194.8168 so far."""
    case = contract("appraisal")
    r = case.with_inputs(
        {"commissioner.change": np.full((7, 1), 100.0).reshape(case.results["commissioner.change"].shape)}
    )
    assert r.series("commissioner.real_change")[1] == pytest.approx(98.1354, abs=1e-4)
    assert r.series("commissioner.present_value")[:2] == pytest.approx([100, 94.8168], abs=1e-3)
    assert r.series("commissioner.npv")[1] == pytest.approx(194.8168, abs=1e-3)


@pytest.mark.parametrize(
    ("benefit", "year"),
    [
        # Cumulative -5, -3, 1, 2, 3, 4, 5: paid back from year 3 on.
        ([-5, 2, 4, 1, 1, 1, 1], [0, 0, 3, 3, 3, 3, 3]),
        # Ahead at once, then behind, then ahead again: the second time counts from when it holds to the end.
        ([5, 1, -10, 1, 5, 1, 1], [1, 1, 0, 0, 5, 5, 5]),
        # Never a loss, and never anything but a loss.
        ([0, 0, 0, 0, 0, 0, 0], [1] * 7),
        ([-5, 1, 1, 1, 1, 0, 0], [0] * 7),
    ],
)
def test_payback_year_by_hand(benefit: list[float], year: list[float]) -> None:
    case = contract("appraisal")
    made: Array = np.reshape(np.array(benefit) * 1000.0, case.results["system.real_change"].shape)
    assert case.with_inputs({"system.real_change": made}).series("payback_year").tolist() == year


def test_the_fixture_pays_back_in_its_sixth_year() -> None:
    """Its net benefit so far turns from a loss of £0.35m in 2022/23 to a gain of £0.26m in 2023/24."""
    r = contract("appraisal").results
    so_far = r.series("system.real_benefit_to_date")
    assert so_far[4] < 0 < so_far[5] < so_far[6]
    assert r.series("payback_year").tolist() == [0, 0, 0, 0, 0, 6, 6]


@quick
@given(**SEEDS)
def test_what_parties_pay_one_another_cancels_in_the_systems_value(seed: int, part: float) -> None:
    """The system's NPV is less resource, entry by entry, than do-nothing, place by place; both discounted here."""
    case = contract("appraisal")
    r = evaluate(case.model, perturbed(case, seed, part))
    used = sum(r[row.name] for row in case.model.rows.values() if row.entry and row.entry.kind == "resource")
    elsewhere = r["is_other"] + r["is_council"] > 0
    nothing = np.where(elsewhere, r["price"], r["provider_unit_cost"]) * r["activity_without_shift"]
    change = (used - nothing.sum(axis=1)).ravel()
    rate, inflation = r["discount_rate"].ravel(), r["deflator_growth"].ravel()
    factor = 1 / (np.cumprod(1 + rate) * np.cumprod(1 + inflation))
    tolerance = 1e-10 * money_scale(r)
    assert r.series("system.npv") == pytest.approx(-np.cumsum(change * factor), abs=tolerance)
    assert r.series("system.benefit") == pytest.approx(-change, abs=tolerance)
    by_party = [np.cumsum((r[f"{p}.result"] - do_nothing_result(r, p)).ravel() * factor) for p in case.parties]
    for party, npv in zip(case.parties, by_party, strict=True):
        assert r.series(f"{party}.npv") == pytest.approx(npv, abs=tolerance)
    assert sum(by_party) == pytest.approx(r.series("system.npv"), abs=tolerance)


@quick
@given(**SEEDS)
def test_what_programmes_save_is_the_resource_that_returns_without_them(seed: int, part: float) -> None:
    """With no effect of any programme, and without what programmes cost, the system uses that much more."""
    case = contract("appraisal")
    inputs = perturbed(case, seed, part)
    with_shift = evaluate(case.model, inputs)
    without = evaluate(case.model, inputs | {"shift_effect": inputs["shift_effect"] * 0})
    before_programmes = [r.series("system.resource") - r.series("programme_costs") for r in (with_shift, without)]
    saved = before_programmes[1] - before_programmes[0]
    assert with_shift.series("avoided_resources") == pytest.approx(saved, abs=1e-10 * money_scale(with_shift))


def test_benefit_cost_ratio_by_hand() -> None:
    """First year of falls alone, the other programme delivering nothing and costing nothing.

    2,500 falls × 1.0 demand, 70% reached, 25% fewer, 80% delivered: 14% at full ramp. First effect 1 January 2019, so
    that by 31 March an eighth of a two-year ramp has passed: its area is 0.5 × 0.125 × 0.125 × 2 years = 0.015625.
    Avoided 2,500 × 14% × 0.015625 = 5.46875. Each frees 50% of £6m × 1.02 × 1.015 × 102% / 2,500 on what is not moved.
    """
    case = contract("appraisal")
    programmes = case.model.dimension["programme"].members
    inputs = dict(case.inputs)
    for name in ("shift_effect", "transition_cost", "double_running_cost"):
        inputs[name] = inputs[name].copy()
        inputs[name][:, programmes.index("other_emergency")] = 0
    r = evaluate(case.model, inputs)
    saved = 5.46875 * 0.5 * 6e6 * 1.02 * 1.015 * 1.02 / 2500
    # £300 for each avoided; nine months of £0.9m; a quarter year of £0.1m.
    cost = 5.46875 * 300 + 0.75 * 900_000 + 0.25 * 100_000
    assert r.series("avoided_resources")[0] == pytest.approx(saved)
    assert r.series("programme_costs")[0] == pytest.approx(cost)
    assert r.series("benefit_cost_ratio")[0] == pytest.approx(saved / cost)


@quick
@given(**SEEDS)
def test_programmes_are_weighed_at_present_value(seed: int, part: float) -> None:
    case = contract("appraisal")
    r = evaluate(case.model, perturbed(case, seed, part))
    factor = 1 / np.cumprod((1 + r["discount_rate"].ravel()) * (1 + r["deflator_growth"].ravel()))
    cost = np.cumsum(r["programme_cost"].reshape(7, -1).sum(axis=1) * factor)
    saved = np.cumsum(r["avoided_resource"].reshape(7, -1).sum(axis=1) * factor)
    assert r.series("programme_present_value") == pytest.approx(cost, rel=1e-9)
    assert r.series("avoided_present_value") == pytest.approx(saved, rel=1e-9)
    assert r.series("benefit_cost_ratio") == pytest.approx(np.divide(saved, cost, out=0 * cost, where=cost > 0))


def test_the_check_on_net_benefit_fails_for_a_wrong_do_nothing() -> None:
    case = contract("appraisal")
    wrong = case.with_inputs({"do_nothing_result_hospital": case.results["do_nothing_result_hospital"] * 1.001})
    assert np.abs(wrong["check.net_benefit"]).max() > 1


def test_appraisal_is_there_only_where_it_is_asked_for() -> None:
    assert not {"system.npv", "discount_factor", "check.net_benefit"} & contract("base").model.rows.keys()


@pytest.mark.parametrize(
    "bad",
    [
        Spoiled("no percent sign", "otherwise: 3.5%", "otherwise: 3.5", "otherwise: |3.5", "ambiguous as a rate",
                "3.5%"),
        Spoiled("a year too few", ", otherwise: 3.5%", "", "discount_rate: |{", "no figure is given for 2019/20",
                "otherwise"),
        Spoiled("nothing left", "otherwise: 3.5%", "otherwise: -100%", "otherwise: |-100%", "leaves nothing",
                "above -100%"),
        Spoiled("no rate", "  discount_rate: {by_year: {2021/22: 3.0%}, otherwise: 3.5%, source: made up, "
                "grade: assumption}", "  rate: 3.5%", "|rate: 3.5%", "'rate' is unknown here", "discount_rate"),
    ],
    ids=lambda bad: bad.name,
)  # fmt: skip
def test_a_wrong_discount_rate_is_refused(bad: Spoiled, tmp_path: Path) -> None:
    check_refused("appraisal", bad, tmp_path)


# --- allocation a head


def test_budget_and_allocation_a_head_by_hand() -> None:
    """100,000 on the list, 90,000 with members; £83m is £830 a head. A first-year head is a weighted head."""
    r = contract("affordability").results
    assert r.series("registered_list")[0] == 100_000
    assert r.series("allocation_per_head")[0] == pytest.approx(830)
    assert r.series("allocation_per_weighted_head")[0] == pytest.approx(830)
    assert r.series("budget_per_weighted_head")[0] == pytest.approx(r.series("nhs_full_scope")[0] / 90_000)
    assert r.series("budget_of_allocation_per_head")[0] == pytest.approx(r.series("nhs_full_scope")[0] / 90_000 / 830)


def test_affordability_gap_is_a_share_of_its_years_allocation() -> None:
    """£84m in 2020/21 is too little; the worst year stays in mind, and later years have room."""
    r = contract("affordability").results
    gap = r.series("commissioner.paid")[2] / 84e6 - 1
    assert r.series("affordability_gap_share") == pytest.approx([0, 0, gap, 0])
    assert r.series("worst_affordability_gap_share") == pytest.approx([0, 0, gap, gap])
    assert gap > 0.01


@quick
@given(**SEEDS)
def test_weighted_heads_follow_the_demand_of_what_the_money_buys(seed: int, part: float) -> None:
    """Money a weighted head times first-year people times need, line by line here, is the money again."""
    case = contract("affordability")
    r = evaluate(case.model, perturbed(case, seed, part))
    drivers = case.model.map["driver"].to
    demand = r["demand_index"].reshape(4, -1)[:, list(drivers)]
    nhs = r["full_scope_budget"].reshape(4, -1) * (1 - r["is_council"].ravel())
    need = (nhs * demand).sum(axis=1) / nhs.sum(axis=1)
    heads = r["registered_list"].ravel()[0] * r["member_share"].ravel()[0] * need
    assert r.series("budget_per_weighted_head") * heads == pytest.approx(nhs.sum(axis=1), rel=1e-9)
    funding = r["indexed_baseline"].reshape(4, -1) * (1 - r["is_council"].ravel())
    need = (funding * demand).sum(axis=1) / funding.sum(axis=1)
    heads = r["registered_list"].ravel()[0] * need
    assert r.series("allocation_per_weighted_head") * heads == pytest.approx(r.series("allocation"), rel=1e-9)
    shares = r.series("budget_per_weighted_head") / r.series("allocation_per_weighted_head")
    assert r.series("budget_of_allocation_per_weighted_head") == pytest.approx(shares)
    crude = r.series("nhs_budget_per_head") * r.series("registered_list") / r.series("allocation")
    assert r.series("budget_of_allocation_per_head") == pytest.approx(crude)


def test_what_a_parent_pays_under_its_guarantee_is_no_benefit() -> None:
    """£4m called from outside lifts the budget holder's result, and the system's benefit by nothing."""
    whole = Path(__file__).parents[1] / "examples" / "place-whole.yaml"
    with_it, without = (run(whole, settings=[f"reserves.guarantee={g}"]).results for g in ("£4m", "0"))
    assert with_it.series("guarantee_called").sum() == pytest.approx(4e6)
    assert with_it.series("system.benefit") == pytest.approx(without.series("system.benefit"))
    assert np.abs(with_it["check.net_benefit"]).max() < 1e-3
