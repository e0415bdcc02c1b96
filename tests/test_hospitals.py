"""Several hospitals and sub-contractors: regimes, semi-fixed cost and its lag, stays, floors, and the books of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import FIXTURES, Contract, Inputs, contract, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.files.problems import ScenarioError
from mcp_finance.model.party import Parties
from mcp_finance.rows.evaluate import Array, evaluate
from mcp_finance.scenario.load import load

HOSPITALS = ["hospitals", "regimes"]


def at(case: Contract, dimension: str, member: str) -> int:
    return case.model.dimension[dimension].members.index(member)


def with_line(case: Contract, line: str, **values: float) -> Inputs:
    """Inputs of the contract with those of one line set."""
    found = dict(case.inputs)
    for name, value in values.items():
        found[name] = case.inputs[name].copy()
        found[name][:, at(case, "line", line)] = value
    return found


def test_parties_stand_in_one_order() -> None:
    case = contract("hospitals")
    assert case.parties == ("commissioner", "budget_holder", "royal", "district", "council", "practices", "homecare")
    assert contract("base").parties == Parties().everyone


def test_each_provider_has_entries_and_a_balance_of_its_own() -> None:
    """Received less paid is contracts, sub-contracts and guarantee less services and settlements."""
    case, r = contract("hospitals"), contract("hospitals").results
    for p in ("royal", "district", "practices", "homecare"):
        flows = r.series(f"contracts.{p}") + r.series(f"subcontracts.{p}") - r.series(f"services.{p}")
        guarantee = r.series(f"guarantee.{p}") if f"guarantee.{p}" in case.model.rows else 0.0
        assert r.series(f"{p}.result") == pytest.approx(flows + guarantee + r.series(f"settled_{p}"))
        assert np.abs(flows).max() > 0
    assert r.series("royal.opening")[0] == -0.5e6
    assert r.series("district.opening")[0] == 0.3e6


def test_a_change_at_one_hospital_leaves_the_other_alone() -> None:
    case = contract("hospitals")
    after = case.with_inputs(
        {"semi_fixed_cost": with_line(case, "other_emergency", semi_fixed_cost=0.0)["semi_fixed_cost"]}
    )
    assert after.series("district.result") == pytest.approx(case.results.series("district.result"))
    assert np.abs(after.series("royal.result") - case.results.series("royal.result")).max() > 1e3


# --- regimes: what one pound more or less at full price brings, by the words' definitions

REGIMES = {"main": (0.7, 1.0), "slice": (1.0, 1.0), "district_main": (0.0, 0.0), "royal_elective": (0.2, 0.2)}


@pytest.mark.parametrize(("name", "rates"), REGIMES.items())
def test_a_regime_pays_its_rate_of_the_last_pound(name: str, rates: tuple[float, float]) -> None:
    case = contract("regimes")
    k = at(case, "contract", name)
    plan = case.results["contract_plan"]
    for sign, rate in zip((1, -1), rates, strict=True):
        value = case.results["contract_value"].copy()
        value[:, k] = plan[:, k] + sign * 1000.0
        after = case.with_inputs({"contract_value": value})
        assert after["contract_payment"][:, k] - plan[:, k] == pytest.approx(sign * rate * 1000.0, abs=1e-6)


# --- cost that follows activity


def released(case: Contract, inputs: Inputs, line: str) -> tuple[Array, Array]:
    """Units gone and units whose cost has gone, by year."""
    r = evaluate(case.model, inputs)
    return r.series("gone_units", line=line), r.series("released_units", line=line)


def test_semi_fixed_cost_goes_after_its_lag() -> None:
    """No variable cost, semi-fixed 100%, a lag of two years: this year's release is what was gone two years ago."""
    case = contract("hospitals")
    inputs = with_line(case, "falls", variable_cost=0.0, semi_fixed_cost=1.0, release_lag=2.0)
    gone, freed = released(case, inputs, "falls")
    assert gone[0] > 0
    assert freed == pytest.approx([0, 0, *gone[:-2]])


def test_a_lag_between_years_lies_between_them() -> None:
    """18 months: half of what was gone a year ago, half of what was gone two years ago."""
    case = contract("hospitals")
    inputs = with_line(case, "falls", variable_cost=0.0, semi_fixed_cost=1.0, release_lag=1.5)
    gone, freed = released(case, inputs, "falls")
    late = [0, *gone[:-1]]
    later = [0, 0, *gone[:-2]]
    assert freed == pytest.approx(0.5 * np.array(late) + 0.5 * np.array(later))


def test_short_stays_release_less() -> None:
    """70% of cost follows bed-days and an avoided stay is 40% of the average: 1 - 0.7 x 0.6 = 0.58 of a unit's cost."""
    case = contract("hospitals")
    r = case.results
    assert r.series("avoided_weight", line="falls") == pytest.approx([0.58] * 6)
    days = r.series("avoided_activity", line="falls") * r.series("average_stay", line="falls") * 0.4
    assert r.series("bed_days_avoided", line="falls") == pytest.approx(days)
    assert r.series("average_stay", line="falls")[:2] == pytest.approx([8, 8 * 0.985])


def test_shorter_stays_cut_cost_as_far_as_it_follows_days() -> None:
    """Stays fall by 1.5% a year and 70% of cost follows them: 1 - 0.7 x 0.015 = 0.9895 in the second year."""
    case = contract("hospitals")
    assert case.results.series("stay_cost_index", line="falls")[:2] == pytest.approx([1, 0.9895])
    still = evaluate(case.model, with_line(case, "falls", stay_growth=0.0))
    cost = case.results.series("provider_unit_cost", line="falls") / still.series("provider_unit_cost", line="falls")
    assert cost[1] == pytest.approx(0.9895)


@settings(max_examples=examples(25), deadline=None)
@given(seed=st.integers(0, 10**9), name=st.sampled_from(HOSPITALS))
def test_a_longer_lag_never_releases_more(seed: int, name: str) -> None:
    """As long as activity does not come back."""
    case = contract(name)
    inputs = perturbed(case, seed, 0.1)
    inputs["shift_effect"] = np.abs(inputs["shift_effect"])
    longer = np.minimum(inputs["release_lag"] + 0.7, 3)
    a = evaluate(case.model, inputs)
    b = evaluate(case.model, inputs | {"release_lag": longer})
    rising = np.diff(a["gone_units"], axis=0).min() >= 0
    if rising:
        assert (b["released_units"] <= a["released_units"] + 1e-9).all()


# --- guaranteed income


def test_a_floor_lifts_income_to_it_and_the_commissioner_pays() -> None:
    case, r = contract("hospitals"), contract("hospitals").results
    for hospital in ("royal", "district"):
        of = {"provider": hospital}
        floor = (
            r.series("do_nothing_provider_income", **of)
            * case.inputs["income_floor"][:, at(case, "provider", hospital)]
        )
        before = r.series("provider_income_before_floor", **of)
        assert r.series("provider_income", **of) == pytest.approx(np.maximum(before, floor))
        assert r.series(f"guarantee.{hospital}") == pytest.approx(np.maximum(floor - before, 0))
        assert r.series(f"guarantee.{hospital}").max() > 1e5
    without = case.with_inputs({"income_floor": case.inputs["income_floor"] * 0})
    paid = r.series("guarantee.royal") + r.series("guarantee.district")
    lost = without.series("commissioner.result") - r.series("commissioner.result")
    settled = r.series("settled_commissioner") - without.series("settled_commissioner")
    assert lost == pytest.approx(paid - settled)


def test_what_the_floor_costs_again_is_no_cash_saved() -> None:
    """Where the floor binds with and without the saving, nothing is saved in cash; the notional gain is the same."""
    case = contract("hospitals")
    k = at(case, "provider", "royal")
    high = case.inputs["income_floor"].copy()
    high[:, k] = 1.2
    after = case.with_inputs({"income_floor": high})
    assert case.results.series("provider_contract_saving", provider="royal")[3] > 1e6
    assert after.series("provider_cash_saving", provider="royal") == pytest.approx(np.zeros(6), abs=1e-6)
    assert after.series("provider_notional_gain", provider="royal") == pytest.approx(
        case.results.series("provider_notional_gain", provider="royal")
    )


@settings(max_examples=examples(25), deadline=None)
@given(seed=st.integers(0, 10**9), name=st.sampled_from(list(FIXTURES)))
def test_hospitals_add_up(seed: int, name: str) -> None:
    """Gains, savings and stranded cost of hospitals and of contracts are those of the whole."""
    case = contract(name)
    r = evaluate(case.model, perturbed(case, seed))
    is_hospital = case.inputs["hospital_provider"][0] > 0

    def same(first: Array, second: Array) -> bool:
        return bool(np.allclose(first, second, rtol=1e-9, atol=1e-12 * money_scale(r)))

    notional = r["provider_notional_gain"].sum(axis=1)
    assert same(notional, r["contract_notional_gain"].sum(axis=1))
    assert same(notional, r["total_variance"])
    assert same(r["provider_cash_saving"].sum(axis=1), r["commissioner_cash_saving"])
    assert same(r["provider_stranded_cost"][:, is_hospital].sum(axis=1), r["stranded_cost"])


# --- a term sheet that reads one hospital


def test_a_fact_is_one_hospitals_income() -> None:
    """Where royal's 30% is beyond 0.5% of its own income, or a loss beyond 0.6%, it is that and no more."""
    r = contract("hospitals").results
    income, own = r.series("provider_income", provider="royal"), 0.3 * r.series("total_variance")
    expected = np.clip(own, -0.006 * income, 0.005 * income)
    assert r.series("settled_royal") == pytest.approx(expected)
    assert (expected == own).any() and (expected > own).any() and (expected < own).any()


# --- what is refused


def problems(*changes: str) -> list[str]:
    with pytest.raises(ScenarioError) as refused:
        load(FIXTURES["hospitals"], settings=changes)
    return [f"{p.path}: {p.message}" for p in refused.value.problems if p.severity == "error"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("lines.falls.provider=royl", "lines.falls.provider: there is no provider 'royl'"),
        ("lines.falls.contract=main", "lines.other_emergency.contract: 'main' also pays district"),
        ("providers.royal.income_floor=105%", "providers.royal.income_floor: a floor above"),
        ("providers.council={kind: hospital, title: X, opening_balance: 0}", "is the name of another party"),
        ("opening_balances.hospital=£1m", "opening_balances.hospital: where there are providers"),
        ("lines.falls.semi_fixed_cost=60%", "variable and semi-fixed cost are together more"),
        ("lines.falls.release_lag=4 years", "is longer than the model follows"),
        ("lines.falls.release_lag=null", "semi_fixed_cost stands alone"),
        ("lines.prescribing.semi_fixed_cost=10%", "semi_fixed_cost has no effect: no hospital provides it"),
        ("hospital_contracts.slice={kind: block}", "marginal_up is 0% in a block contract"),
        ("hospital_contracts.main={marginal_up: null}", "a contract without a kind needs marginal_up"),
    ],
)
def test_refused(change: str, says: str) -> None:
    found = problems(change, *(["lines.prescribing.release_lag=1 year"] if "prescribing" in change else []))
    assert any(says in p for p in found), found


def test_one_hospital_needs_its_balance(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        load(FIXTURES["base"], settings=["opening_balances.hospital=null"])
    assert [p.message for p in refused.value.problems if p.severity == "error"] == ["no hospital is given"]
