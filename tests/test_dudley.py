"""The shipped scenario, dudley-2018: what was published is in it, its books balance, its workbook follows.

`tests/snapshots/dudley-2018.json` holds headline rows. They are the model's own values, kept to show when a change of
the model moves them; they are evidence of nothing. Rewrite the file with `python tests/test_dudley.py`.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from contracts import (
    DUDLEY,
    FIXED,
    Contract,
    contract_of,
    do_nothing_result,
    dudley,
    elements,
    money_scale,
    nudged,
    perturbed,
)
from spreadsheet import LiveSheets, differences, expected_cells

from mcp_finance.rows.evaluate import Array, evaluate
from mcp_finance.scenario.load import load, shipped_scenarios

SHIFTS = ("none", "bidder-plan", "stp-style", "evidence-anchored")
VINTAGES = ("bid-time", "hindsight")
CASES = list(product(SHIFTS, VINTAGES))
SNAPSHOT = Path(__file__).parent / "snapshots" / "dudley-2018.json"
HEADER = "The model's own values, kept to show when they move. They are not evidence of anything about Dudley."
HEADLINES = (
    "wpb",
    "full_scope_wpb",
    "contract_total",
    "share_payment",
    "stranded_cost",
    "budget_holder.result",
    "commissioner.result",
    "hospital.result",
    "hospital.change_to_date",
)
NHS_BUDGET = 244.3e6
"""HSJ 7006420, July 2016."""
ON_A_DESK = 4
SHIPPED_WORKBOOK_MOVES = 20


def test_it_is_shipped() -> None:
    assert shipped_scenarios()["dudley-2018"] == DUDLEY


def test_it_says_that_it_is_a_reconstruction() -> None:
    loaded = load(DUDLEY)
    assert loaded.scenario.status == "reconstruction"
    assert "reconstruction" in loaded.scenario.statement
    assert "not the budget of" in loaded.scenario.statement


def test_lines_of_the_budget_make_up_the_published_total() -> None:
    """NHS lines in the budget, at the reference year, are the £244.3m of July 2016; so are bridge and register."""
    case = dudley()
    lines = case.loaded.scenario.lines
    nhs = [k for k, line in enumerate(lines.values()) if line.scope == "budget" and line.commissioned_by != "council"]
    total = case.inputs["reference_baseline"][0, nhs].sum()
    assert total == pytest.approx(NHS_BUDGET, abs=1e6)
    assert case.results.series("bridge_reference")[0] == pytest.approx(total)
    assert case.loaded.scenario.published.scope_total
    assert case.loaded.scenario.published.scope_total.value == NHS_BUDGET


def test_slice_is_a_part_of_all_emergency_admissions() -> None:
    case = dudley()
    names = case.model.dimension["line"].members
    parts = ("acsc_admissions", "falls_admissions", "care_home_admissions", "emergency_admissions_other")
    each = [case.inputs["reference_baseline"][0, names.index(n)] for n in parts]
    assert sum(each) == pytest.approx(case.loaded.scenario.baselines["emergency_admissions"].value)
    assert sum(each[:3]) / sum(each) == pytest.approx(0.30)


@pytest.mark.parametrize(("shift", "vintage"), CASES)
def test_every_case_loads_and_balances(shift: str, vintage: str) -> None:
    case = dudley(shift, vintage)
    assert case.loaded.warnings == ()
    assert case.loaded.cases == {"shift": shift, "performance": "all-earned", "vintage": vintage}
    rounding = 1e-12 * money_scale(case.results)
    for check in (n for n in case.model.rows if n.startswith("check.")):
        assert np.abs(case.results[check]).max() <= rounding, check
    for values in case.results.full.values():
        assert np.isfinite(values).all()


@pytest.mark.parametrize("vintage", VINTAGES)
def test_no_shift_and_no_programme(vintage: str) -> None:
    r = dudley("none", vintage).results
    for row in ("avoided_activity", "reprovision", "transition", "double_running", "share_payment"):
        assert not r[row].any(), row


@pytest.mark.parametrize("vintage", VINTAGES)
def test_stronger_plans_avoid_more(vintage: str) -> None:
    """By the end: nothing, then what evaluations found, then a bidder's plan, then the plans of 2016."""
    gains = [dudley(s, vintage).results.final("gain_from_shift_total") for s in ("none", "evidence-anchored")]
    assert gains[0] == 0 < gains[1] < dudley("stp-style", vintage).results.final("gain_from_shift_total")


def test_evidence_anchored_shift_is_six_per_cent_of_emergency_admissions() -> None:
    case = dudley()
    names = case.model.dimension["line"].members
    at = [names.index(n) for n in names if n.endswith("_admissions") or n == "emergency_admissions_other"]
    value = case.results["base_price"][:, at] * np.ones((15, 1, 1))
    avoided = (value * case.results["avoided_activity"][:, at]).sum(axis=1)
    whole = (value * case.results["activity_without_shift"][:, at]).sum(axis=1)
    assert (avoided / whole)[-1, 0] == pytest.approx(0.06, abs=0.001)


@pytest.mark.parametrize(("shift", "vintage"), CASES)
def test_every_figure_is_graded(shift: str, vintage: str) -> None:
    made = dudley(shift, vintage).made
    ungraded = {o.path for origins in made.origins.values() for o in origins.values() if not o.grade}
    assert ungraded == set()
    reasons = {"derived", "assumption"}
    bare = {
        o.path
        for name, origins in made.origins.items()
        for o in origins.values()
        if name not in ("population", "age_weight") and o.grade in reasons and not (o.note or o.source)
    }
    assert bare == set()


@pytest.mark.parametrize("vintage", VINTAGES)
def test_do_nothing_is_the_same_whatever_the_plan(vintage: str) -> None:
    """What there would have been without the contract does not depend on what is done under it."""
    first = dudley(SHIFTS[0], vintage).results
    for shift in SHIFTS[1:]:
        for party in dudley(shift, vintage).parties:
            assert np.allclose(
                do_nothing_result(dudley(shift, vintage).results, party), do_nothing_result(first, party)
            )


# --- term sheets

SCORE, WITHHELD = 0.82, 0.10


def part_earned(vintage: str = "bid-time") -> Contract:
    return dudley("evidence-anchored", vintage, "part-earned")


@pytest.mark.parametrize("vintage", VINTAGES)
def test_a_tenth_is_withheld_and_what_is_not_earned_stays_with_who_withheld_it(vintage: str) -> None:
    """82% earned of 10% withheld: of £240.0m, instalments of 216.0 and 19.68 settled after the year; 4.32 is lost."""
    r = part_earned(vintage).results
    unearned = np.zeros(15)
    for payer, budget in (("commissioner", "nhs_budget"), ("council", "council_budget")):
        whole = r.series(budget)
        instalments = r.series("nhs_wpap" if payer == "commissioner" else "council_wpap")
        assert whole[-1] > 1e7
        assert r.series(f"withheld_by_{payer}") == pytest.approx(WITHHELD * whole)
        assert instalments == pytest.approx(0.9 * whole)
        assert instalments[-1] / whole[-1] * 240 == pytest.approx(216.0)
        paid = r.series(f"dudley_performance.with_{payer}")
        assert paid == pytest.approx(SCORE * WITHHELD * whole)
        assert paid[-1] / whole[-1] * 240 == pytest.approx(19.68)
        unearned += whole - instalments - paid
    assert r.series("performance_payment") == pytest.approx(SCORE * WITHHELD * r.series("wpb"))
    assert unearned == pytest.approx((1 - SCORE) * WITHHELD * r.series("wpb"))


@pytest.mark.parametrize("vintage", VINTAGES)
def test_what_is_not_earned_moves_from_the_holder_to_its_payers_and_nothing_else_does(vintage: str) -> None:
    whole, part = dudley(vintage=vintage).results, part_earned(vintage).results
    lost = {
        p: (1 - SCORE) * WITHHELD * part.series(b)
        for p, b in (("commissioner", "nhs_budget"), ("council", "council_budget"))
    }
    change = {p: part.series(f"{p}.result") - whole.series(f"{p}.result") for p in dudley(vintage=vintage).parties}
    for party, amount in lost.items():
        assert change[party] == pytest.approx(amount, abs=1e-4), party
    assert change["budget_holder"] == pytest.approx(-lost["commissioner"] - lost["council"], abs=1e-4)
    for name in ("hospital", "practices"):
        assert change[name] == pytest.approx(np.zeros(15), abs=1e-4)
    for row in ("wpb", "share_payment", "share_unfunded", "system_cost", "withheld_total", "stranded_cost"):
        assert (part[row] == whole[row]).all(), row
    rounding = 1e-12 * money_scale(part)
    for check in (n for n in part.model.rows if n.startswith("check.")):
        assert np.abs(part[check]).max() <= rounding, check


def test_all_earned_is_the_budget_in_full_but_later() -> None:
    """Nothing is lost where all of it is earned; a year's tenth is cash a year later, and is owed until then."""
    r = dudley().results
    assert r.series("performance_payment") == pytest.approx(r.series("withheld_total"))
    received = r.series("nhs_wpap") + r.series("council_wpap") + r.series("performance_payment")
    assert received == pytest.approx(r.series("wpb"))
    owed = r.series("share_payment") + r.series("withheld_total")
    assert r.series("owed_to_budget_holder") == pytest.approx(owed)
    assert r.series("budget_holder_cash") == pytest.approx(r.series("budget_holder.closing") - owed)


@pytest.mark.parametrize(("shift", "vintage"), CASES)
def test_the_term_sheet_is_one_rate_and_one_limit_both_ways(shift: str, vintage: str) -> None:
    """Half of the variance, and no more than 2.5% of expected cost, to the penny of the snapshot."""
    case = dudley(shift, vintage)
    r = case.results
    variance = r.series("total_variance")
    limit = 0.025 * r.series("total_expected_cost")
    assert r.series("share_payment") == pytest.approx(np.clip(0.5 * variance, -limit, limit), abs=1e-6)
    kept = json.loads(SNAPSHOT.read_text(encoding="utf-8"))[f"{shift}, {vintage}"]["share_payment"]
    assert [round(float(x), 2) + 0.0 for x in r.series("share_payment")] == kept
    assert not r["settled_hospital"].any()


def test_a_performance_score_moves_no_share() -> None:
    low = contract_of(load(DUDLEY, settings=("terms.performance.bind.ips_score=0%",))).results
    assert not low["performance_payment"].any()
    assert (low["share_payment"] == dudley().results["share_payment"]).all()


# --- the workbook


@cache
def sheets() -> LiveSheets:
    return LiveSheets(dudley().model, dudley().inputs)


def assert_workbook_follows(changes: dict[str, Array]) -> None:
    case = dudley()
    after = evaluate(case.model, case.inputs | changes)
    sheets().change(case.inputs | changes)
    assert differences(sheets().cells(), expected_cells(after), within=0.01) == []


def test_workbook_equals_engine() -> None:
    assert_workbook_follows({})


@pytest.mark.parametrize(
    "seed", [pytest.param(k, marks=[pytest.mark.slow] * (k >= ON_A_DESK)) for k in range(SHIPPED_WORKBOOK_MOVES)]
)
def test_workbook_follows_joint_changes(seed: int) -> None:
    """About a quarter of the inputs at once, in every element and year of each, within what a scenario may say."""
    assert_workbook_follows(perturbed(dudley(), seed, part=0.25))


@pytest.mark.slow
@pytest.mark.parametrize("name", dudley().model.inputs)
def test_workbook_follows_every_input(name: str) -> None:
    """Each element of each input by itself, in all its years; cells that do not read it are left out."""
    case = dudley()
    reached = case.model.downstream([name])
    sheets().change(case.inputs)
    sheets().cells()
    for at in dict.fromkeys(at for at, _ in elements(case, name)):
        changed = nudged(case, name, at)
        sheets().change({name: changed})
        after = expected_cells(case.with_inputs({name: changed}), reached)
        assert differences(sheets().cells(reached), after, within=0.01) == []
    sheets().change(case.inputs)


# --- snapshot


def headlines() -> dict[str, object]:
    found: dict[str, object] = {"header": HEADER}
    for shift, vintage in CASES:
        results = dudley(shift, vintage).results
        found[f"{shift}, {vintage}"] = {n: [round(float(x), 2) for x in results.series(n)] for n in HEADLINES}
    return found


def test_headlines_are_as_they_were() -> None:
    kept, now = json.loads(SNAPSHOT.read_text(encoding="utf-8")), headlines()
    assert "not evidence" in kept["header"]
    assert kept.keys() == now.keys()
    for shift, vintage in CASES:
        results = dudley(shift, vintage).results
        for name, values in kept[f"{shift}, {vintage}"].items():
            assert results.series(name) == pytest.approx(values, abs=0.02), (shift, vintage, name)


def test_fixed_inputs_are_definitions() -> None:
    made = dudley().made
    assert {o.grade for name in FIXED if name in made.origins for o in made.origins[name].values()} == {"definition"}


if __name__ == "__main__":
    SNAPSHOT.parent.mkdir(exist_ok=True)
    SNAPSHOT.write_text(json.dumps(headlines(), indent=1) + "\n", encoding="utf-8")
