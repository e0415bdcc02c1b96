"""What must hold in every contract, year and future, whatever the figures.

Laws are tried on every fixture with inputs drawn at random within what a scenario may say. Sums are taken here from
the ledger's entries and never from the model's own totals, so that a wrong total cannot prove itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from contracts import FIXTURES, PARTIES, Contract, Inputs, contract, do_nothing_result, dudley, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from spreadsheet import LiveSheets, differences, expected_cells

from mcp_finance.model.contract import contract_model
from mcp_finance.model.structure import Structure
from mcp_finance.rows.evaluate import Array, Results, evaluate
from mcp_finance.rows.model import Model
from mcp_finance.scenario.inputs import model_inputs, structure

ROUNDING = 1e-12
FUTURES = {"name": st.sampled_from(list(FIXTURES)), "seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}
quick = settings(max_examples=40, deadline=None)


def future(name: str, seed: int, part: float = 1.0) -> tuple[Contract, Results]:
    case = contract(name)
    return case, evaluate(case.model, perturbed(case, seed, part))


def checks(model: Model) -> list[str]:
    return [name for name in model.rows if name.startswith("check.")]


def nil(values: Array, results: Results) -> bool:
    """Nothing but rounding, held against the largest amount of money in the contract."""
    return bool(np.abs(values).max() <= ROUNDING * money_scale(results))


def entries(model: Model) -> list[tuple[str, str, str, str]]:
    """Name, payer, payee and kind of every flow."""
    return [(r.name, r.entry.payer, r.entry.payee, r.entry.kind) for r in model.rows.values() if r.entry]


# --- books


@quick
@given(**FUTURES)
def test_checks_are_nil(name: str, seed: int, part: float) -> None:
    case, results = future(name, seed, part)
    assert {c: results[c].ravel() for c in checks(case.model) if not nil(results[c], results)} == {}


@quick
@given(**FUTURES)
def test_results_are_the_sums_of_entries_and_of_all_parties_nil(name: str, seed: int, part: float) -> None:
    case, results = future(name, seed, part)
    flows = entries(case.model)
    everyone = np.zeros_like(results["outside.result"])
    for party in (*PARTIES, "outside"):
        received = sum(results[n] for n, _, payee, _ in flows if payee == party)
        paid = sum(results[n] for n, payer, _, _ in flows if payer == party)
        assert nil(results[f"{party}.received"] - received, results)
        assert nil(results[f"{party}.paid"] - paid, results)
        assert nil(results[f"{party}.result"] - (received - paid), results)
        everyone = everyone + received - paid
    assert nil(everyone, results)


@pytest.mark.parametrize("name", FIXTURES)
def test_kinds_of_entries_say_who_is_outside(name: str) -> None:
    for entry, payer, payee, kind in entries(contract(name).model):
        outside = {"transfer": (False, False), "resource": (False, True), "funding": (True, False)}[kind]
        assert (payer == "outside", payee == "outside") == outside, entry


@quick
@given(**FUTURES)
def test_opening_and_result_are_closing(name: str, seed: int, part: float) -> None:
    _, results = future(name, seed, part)
    for party in PARTIES:
        opening, closing = results.series(f"{party}.opening"), results.series(f"{party}.closing")
        assert opening[0] == results[f"opening_balance.{party}"].item()
        assert np.allclose(opening[1:], closing[:-1], rtol=1e-15, atol=0)
        assert np.allclose(opening + results.series(f"{party}.result"), closing, rtol=1e-12, atol=1e-6)


@quick
@given(**FUTURES)
def test_system_cost_is_reached_from_activity(name: str, seed: int, part: float) -> None:
    """Units by place times what a unit takes there, from the inputs' side and not from `system_cost`."""
    case, r = future(name, seed, part)
    resource = sum(r[n] for n, _, _, kind in entries(case.model) if kind == "resource")
    elsewhere = r["is_other"] + r["is_council"]
    there = r["activity"] * (r["kept"] + r["passed"])
    gone = r["activity_without_shift"] - there
    theirs = r["provider_unit_cost"] * (there + gone * (1 - r["variable_cost"]))
    lines = np.where(elsewhere > 0, r["price"] * there, theirs) + r["holder_unit_cost"] * r["activity"] * r["moved"]
    lines = lines + r["line_reprovision"] + r["line_transition"] + r["line_double_running"]
    assert nil(resource - lines.sum(axis=1), r)


def books_fail(case: Contract, entry: str, times: float) -> bool:
    wrong = case.with_inputs({entry: case.results[entry] * times})
    return any(not nil(wrong[c], case.results) for c in checks(case.model))


@pytest.mark.parametrize("times", [0.0, 2.0], ids=["removed", "doubled"])
@pytest.mark.parametrize("entry", [e[0] for e in entries(contract("base").model)])
def test_an_entry_removed_or_doubled_breaks_the_books(entry: str, times: float) -> None:
    case = contract("base")
    assert case.results[entry].any()
    assert books_fail(case, entry, times)


@pytest.mark.parametrize("entry", [e[0] for e in entries(contract("base").model)])
def test_an_entry_with_the_wrong_payer_breaks_the_books(entry: str) -> None:
    """Money that leaves the wrong account: the entry moved from its payer's statement to another party's."""
    case = contract("base")
    row = case.model.rows[entry]
    assert row.entry
    other = next(p for p in PARTIES if p not in (row.entry.payer, row.entry.payee))
    amount = case.results[entry]
    moved = {f"{other}.paid": case.results[f"{other}.paid"] + amount}
    if row.entry.payer in PARTIES:
        moved[f"{row.entry.payer}.paid"] = case.results[f"{row.entry.payer}.paid"] - amount
    wrong = case.with_inputs(moved)
    assert not nil(wrong[f"check.{other}"], case.results)


def test_every_entry_flows_in_some_fixture() -> None:
    for entry, *_ in entries(contract("base").model):
        assert any(contract(name).results[entry].any() for name in FIXTURES), entry


# --- one pound, one place


@quick
@given(**FUTURES)
def test_activity_is_kept_passed_or_moved(name: str, seed: int, part: float) -> None:
    _, r = future(name, seed, part)
    places = (r["kept"], r["passed"], r["moved"])
    assert all((p > -1e-12).all() and (p < 1 + 1e-12).all() for p in places)
    assert np.allclose(sum(places), 1, rtol=0, atol=1e-12)


@quick
@given(**FUTURES)
def test_budget_and_remainder_are_the_baseline(name: str, seed: int, part: float) -> None:
    """The budget's part before list and phase, and the part never in it, make up the commissioner's funding."""
    _, r = future(name, seed, part)
    outside = r["indexed_baseline"] * (1 - r["holder_part"])
    assert nil((r["holder_baseline"] + outside).sum(axis=1) - r["nhs_funding"] - r["council_funding"], r)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 99))
def test_slice_and_remainder_are_the_baseline(percent: int) -> None:
    case = contract(
        "base",
        f"lines.falls.baseline.fraction={percent}%",
        f"lines.other_emergency.baseline.fraction={100 - percent}%",
    )
    at = [case.model.dimension["line"].members.index(x) for x in ("falls", "other_emergency")]
    assert case.inputs["reference_baseline"][0, at].sum() == pytest.approx(30e6)
    assert case.results["opening_baseline"][0, at].sum() == pytest.approx(30e6 * 1.02 * 1.015)


@quick
@given(**FUTURES)
def test_bridge_sums_to_the_budget(name: str, seed: int, part: float) -> None:
    _, r = future(name, seed, part)
    steps = [n for n in r.model.rows if n.startswith("bridge_")]
    assert len(steps) == 7
    assert nil(sum(r[n] for n in steps) - r["nhs_wpap"] - r["council_wpap"], r)


# --- the gain/loss share


@quick
@given(**FUTURES)
def test_what_is_shared_and_what_the_commissioner_keeps_is_the_variance(name: str, seed: int, part: float) -> None:
    _, r = future(name, seed, part)
    shared, variance = r["share_payment"], (r["expected_cost"] - r["actual_cost"]).sum(axis=1)
    kept = r["gain_from_shift_total"] + r["gain_from_growth_total"] - shared
    assert nil(shared + kept - variance, r)
    assert (shared * variance >= 0).all()
    assert (np.abs(shared) <= r["share_rate"] * np.abs(variance) * (1 + 1e-12)).all()
    assert (np.abs(shared) <= r["share_cap"] * r["expected_cost"].sum(axis=1) * (1 + 1e-12)).all()
    binding = np.isclose(np.abs(shared), r["share_limit"], rtol=1e-12)
    assert (binding | np.isclose(shared, r["share_rate"] * variance, rtol=1e-9, atol=1e-6)).all()


@quick
@given(**FUTURES)
def test_settled_and_owed_are_earned(name: str, seed: int, part: float) -> None:
    _, r = future(name, seed, part)
    earned, settled = r.series("share_payment").cumsum(), r.series("share_settled").cumsum()
    assert np.allclose(earned - settled, r.series("share_owed"), rtol=1e-9, atol=1e-5)
    assert np.allclose(r.series("share_owed"), r.series("share_payment") * r["settled_later"].item(), atol=1e-5)


@quick
@given(**FUTURES)
def test_unfunded_is_the_settlement_beyond_cash(name: str, seed: int, part: float) -> None:
    _, r = future(name, seed, part)
    unfunded, paid = r.series("share_unfunded"), r.series("share_payment")
    assert (unfunded >= 0).all()
    assert (unfunded <= np.maximum(paid, 0) + 1e-6).all()
    funded = np.maximum(paid, 0) - unfunded
    assert (funded <= np.maximum(r.series("commissioner_cash_saving"), 0) + 1e-6).all()


# --- scale, sameness, structure

IN_POUNDS = ("deficit_to_cover", "reserve_cover")
"""A deficit counts from a pound on, so that these know the unit of money."""
POUNDS = ("reference_baseline", "reprovision_unit_cost", "transition_cost", "double_running_cost", "allocation")


@settings(max_examples=20, deadline=None)
@given(**FUTURES, times=st.sampled_from([0.001, 0.5, 3.0, 1000.0]))
def test_money_scales_and_nothing_else_does(name: str, seed: int, part: float, times: float) -> None:
    case = contract(name)
    before = perturbed(case, seed, part)
    money = {n for n in before if n in POUNDS or n.startswith("opening_balance.")}
    assert money == {n for n, spec in case.model.inputs.items() if spec.unit == "GBP"}
    a = evaluate(case.model, before)
    b = evaluate(case.model, before | {n: before[n] * times for n in money})
    rounding = ROUNDING * money_scale(b)
    for row in case.model.rows.values():
        by, atol = (times, rounding) if row.unit.startswith("GBP") else (1.0, 1e-9)
        close = np.allclose(a[row.name] * by, b[row.name], rtol=1e-9, atol=atol)
        assert close or row.name in IN_POUNDS, row.name


@settings(max_examples=15, deadline=None)
@given(**FUTURES)
def test_identical_draws_give_identical_results(name: str, seed: int, part: float) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    one = evaluate(case.model, inputs)
    many = evaluate(case.model, {n: np.repeat(v[..., None], 3, axis=-1) for n, v in inputs.items()})
    for row in case.model.rows:
        assert (np.broadcast_to(one[row], many[row].shape) == many[row]).all(), row


def halved(case: Contract, inputs: Inputs, line: int) -> tuple[Structure, Inputs]:
    """The contract with one line as two halves of it, side by side."""
    old = structure(case.loaded)
    names = old.members["line"]
    copies = [k for k in range(len(names)) for _ in range(1 + (k == line))]
    members = tuple(f"{names[k]}_half" if k in copies[:i] else names[k] for i, k in enumerate(copies))
    sources = {"driver", "stream", "tariff", "contract", "pool"} | {x for x in old.groups if x.endswith("_inflation")}
    groups = {m: tuple(g[k] for k in copies) if m in sources else g for m, g in old.groups.items()}
    titles = {**old.titles, "line": members}
    extensive = ("reference_baseline", "base_activity", "transition_cost", "double_running_cost")
    out = dict(inputs)
    for name, spec in case.model.inputs.items():
        if spec.dims == ("line",):
            share = np.array([0.5 if name in extensive and k == line else 1.0 for k in copies])
            out[name] = inputs[name][:, copies] * share
    return replace(old, members={**old.members, "line": members}, titles=titles, groups=groups), out


@settings(max_examples=15, deadline=None)
@given(**FUTURES, which=st.integers(0, 6))
def test_splitting_a_line_changes_no_total(name: str, seed: int, part: float, which: int) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    shape, halves = halved(case, inputs, which % len(case.model.dimension["line"].members))
    whole, split = evaluate(case.model, inputs), evaluate(contract_model(shape), halves)
    for row in case.model.rows.values():
        if "line" not in row.dims:
            close = np.allclose(whole[row.name], split[row.name], rtol=1e-9, atol=ROUNDING * money_scale(whole))
            assert close, row.name


# --- doing nothing, doing more, doing it later


@quick
@given(**FUTURES)
def test_no_transfer_and_no_shift_reproduce_do_nothing(name: str, seed: int, part: float) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    zeros = ("in_budget", "shift_delivery", "transition_cost", "double_running_cost", "share_rate")
    results = evaluate(case.model, inputs | {n: inputs[n] * 0 for n in zeros})
    for party in PARTIES:
        assert nil(results[f"{party}.result"] - do_nothing_result(results, party), results), party
    for row in ("wpb", "budget_holder.received", "budget_holder.paid", "stranded_cost", "hospital_income_lost"):
        assert nil(results[row], results), row


@quick
@given(**FUTURES)
def test_no_shift_leaves_activity_alone(name: str, seed: int, part: float) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    r = evaluate(case.model, inputs | {"shift_delivery": inputs["shift_delivery"] * 0})
    assert (r["activity"] == r["activity_without_shift"]).all()
    same = inputs["activity_growth"]
    r = evaluate(case.model, inputs | {"shift_delivery": inputs["shift_delivery"] * 0, "expected_growth": same})
    assert nil(r["share_variance"], r)
    assert nil(r["commissioner_cash_saving"], r)


@quick
@given(**FUTURES, lever=st.sampled_from(["shift_reach", "shift_effect", "shift_delivery", "shift_delay", "shift_ramp"]))
def test_more_shift_never_costs_the_pool_more(name: str, seed: int, part: float, lever: str) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    inputs["shift_effect"] = np.abs(inputs["shift_effect"])
    sooner = lever in ("shift_delay", "shift_ramp")
    more = inputs[lever] * 0.5 if sooner else inputs[lever] + (1 - inputs[lever]) * 0.5
    before, after = evaluate(case.model, inputs), evaluate(case.model, inputs | {lever: more})
    slack = ROUNDING * money_scale(before)
    assert (after["activity"].cumsum(axis=0) <= before["activity"].cumsum(axis=0) * (1 + 1e-12)).all()
    # A shorter delay or ramp brings the effect forward: never less of it in any year.
    assert (after["actual_cost"] <= before["actual_cost"] + slack).all()
    assert (after["gain_from_shift"] >= before["gain_from_shift"] - slack).all()


@quick
@given(**FUTURES, later=st.floats(0.05, 3))
def test_a_later_transfer_delays_budget_and_savings(name: str, seed: int, part: float, later: float) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    inputs["shift_effect"] = np.abs(inputs["shift_effect"])
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {"mobilisation": inputs["mobilisation"] + later})
    for row in ("phase", "taken_on", "ramp", "transition_passed"):
        total = before[row].cumsum(axis=0) - after[row].cumsum(axis=0) if row == "ramp" else before[row] - after[row]
        assert (total >= -1e-9).all(), row
    assert (after["line_budget"] * np.sign(before["full_scope_budget"]) <= np.abs(before["line_budget"]) + 1e-6).all()


def test_delay_binds() -> None:
    """The fixtures' own transfer, nine months later: less budget in its year, and the shift begins later with it."""
    case = contract("base")
    mobilisation = case.inputs["mobilisation"].copy()
    mobilisation[:, case.model.dimension["line"].members.index("falls")] += 0.75
    after = case.with_inputs({"mobilisation": mobilisation})
    assert after.series("wpb")[0] < case.results.series("wpb")[0]
    falls = {"line": "falls"}
    assert after.series("avoided_activity", **falls).sum() < case.results.series("avoided_activity", **falls).sum()
    assert after.series("programme_day", **falls)[0] == 2018.75


@quick
@given(**FUTURES)
def test_hospital_payment_lies_between_block_and_results(name: str, seed: int, part: float) -> None:
    """Marginal rates from 0 to 1 leave the payment between its fixed sum and that sum plus the whole difference."""
    case = contract(name)
    inputs = perturbed(case, seed, part)
    inputs |= {n: np.clip(inputs[n], 0, 1) for n in ("marginal_up", "marginal_down")}
    r = evaluate(case.model, inputs)
    block, whole = r["contract_fixed"], r["contract_fixed"] + r["contract_value"] - r["contract_plan"]
    slack = ROUNDING * money_scale(r)
    assert (r["contract_payment"] >= np.minimum(block, whole) - slack).all()
    assert (r["contract_payment"] <= np.maximum(block, whole) + slack).all()


# --- the workbook


def unlooped(model: Model) -> list[str]:
    """Rows that do not read themselves, not even last year's: what a wrong cell of theirs reaches is plain."""
    return [n for block in model.blocks for n in block if len(block) == 1 and n not in model.readers[n]]


BROKEN: list[tuple[str, Callable[[str], str]]] = [
    ("a pound added", lambda formula: f"{formula}+1"),
    ("twice", lambda formula: f"=2*({formula.removeprefix('=')})"),
    ("overwritten by a value", lambda formula: "=12345"),
]


@pytest.mark.parametrize(("what", "breaks"), BROKEN, ids=[b[0] for b in BROKEN])
@pytest.mark.parametrize("seed", range(4))
def test_a_broken_formula_is_caught_in_its_cell_and_its_dependants(
    what: str, breaks: Callable[[str], str], seed: int
) -> None:
    case, random = contract("part-year"), np.random.default_rng([seed, len(what)])
    live = LiveSheets(case.model, case.inputs)
    row = random.choice([n for n in unlooped(case.model) if np.abs(case.results[n]).min() > 0])
    places = list(live.layout.elements(row))
    at = places[int(random.integers(len(places)))]
    year = int(random.integers(len(case.model.years)))
    place = (live.layout.sheet[row], live.layout.line(row, at), live.layout.column(year))
    cells = LiveSheets(case.model, case.inputs, {place: breaks(live.formulas[place])}).cells()

    right = expected_cells(case.results)
    wrong_row = case.results[row].copy()
    wrong_row[(year, *(at[d] for d in case.model.dims_of(row)), 0)] = cells[place]
    dependants = expected_cells(case.with_inputs({row: wrong_row}))
    assert abs(cells[place] - right[place]) > 0.1
    assert differences(cells, dependants, within=0.01) == []
    caught = {found for found, *_ in differences(cells, right, within=0.001)}
    assert place in caught
    assert caught == {found for found, *_ in differences(dependants, right, within=0.001)}
    names = {
        (live.layout.sheet[n], live.layout.line(n, at)): n for n in case.model.rows for at in live.layout.elements(n)
    }
    assert {names[found[:2]] for found in caught - {place}} <= case.model.downstream([row])


@settings(max_examples=12, deadline=None)
@given(**FUTURES)
def test_workbook_equals_engine_after_any_change(name: str, seed: int, part: float) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    cells = LiveSheets(case.model, inputs).cells()
    assert differences(cells, expected_cells(evaluate(case.model, inputs)), within=0.01) == []


# --- the same laws, once, on the shipped scenario


@pytest.mark.parametrize("shift", ["none", "bidder-plan", "stp-style", "evidence-anchored"])
@pytest.mark.parametrize("vintage", ["bid-time", "hindsight"])
def test_shipped_books_balance(shift: str, vintage: str) -> None:
    case = dudley(shift, vintage)
    assert all(nil(case.results[c], case.results) for c in checks(case.model))
    again = model_inputs(case.loaded)
    assert all(np.array_equal(again.values[n], v) for n, v in case.inputs.items())
