"""What must hold in every contract, year and future, whatever the figures.

Laws are tried on every fixture with inputs drawn at random within what a scenario may say. Sums are taken here from
the ledger's entries and never from the model's own totals, so that a wrong total cannot prove itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from contracts import FIXTURES, Contract, Inputs, contract, do_nothing_result, dudley, money_scale, perturbed
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spreadsheet import LiveSheets, differences, expected_cells
from tools import examples

from mcp_finance.model.contract import contract_model
from mcp_finance.model.share.settlement import hub
from mcp_finance.model.structure import MAPS, Structure
from mcp_finance.rows.evaluate import Array, Results, evaluate, recalculate
from mcp_finance.rows.model import Model, reads
from mcp_finance.scenario.inputs import model_inputs
from mcp_finance.scenario.structure import structure

ROUNDING = 1e-12
FUTURES = {"name": st.sampled_from(list(FIXTURES)), "seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}
quick = settings(max_examples=examples(40), deadline=None)


def future(name: str, seed: int, part: float = 1.0) -> tuple[Contract, Results]:
    case = contract(name)
    return case, evaluate(case.model, perturbed(case, seed, part))


def checks(model: Model) -> list[str]:
    """Checks of the books; those that count broken rules of a term sheet may fail for facts at random."""
    found = [row for row in model.rows.values() if row.name.startswith("check.")]
    return [row.name for row in found if not any(n.endswith(".rules_broken") for n in reads(row.expr))]


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
    for party in (*case.parties, "outside"):
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
    case, results = future(name, seed, part)
    for party in case.parties:
        opening, closing = results.series(f"{party}.opening"), results.series(f"{party}.closing")
        assert opening[0] == results[f"opening_balance.{party}"].item()
        assert np.allclose(opening[1:], closing[:-1], rtol=1e-15, atol=0)
        assert np.allclose(opening + results.series(f"{party}.result"), closing, rtol=1e-12, atol=1e-6)


@quick
@given(**FUTURES)
def test_system_cost_is_reached_from_activity(name: str, seed: int, part: float) -> None:
    """Units by place times what a unit takes there, from the inputs' side and not from `system_cost`.

    What optional subjects use is beside it, and proved with them.
    """
    case, r = future(name, seed, part)
    resource = sum(r[n] for n, _, _, kind in entries(case.model) if kind == "resource")
    elsewhere = r["is_other"] + r["is_council"]
    there = r["activity"] * (r["kept"] + r["passed"])
    elsewhere_now = r["activity"] * r["moved"]
    gone = r["avoided_activity"] * (1 - r["bed_cost_share"] * (1 - r["avoided_stay"])) + elsewhere_now
    theirs = r["provider_unit_cost"] * (
        r["activity_without_shift"] - gone * r["variable_cost"] - lagged(gone, r["release_lag"]) * r["semi_fixed_cost"]
    )
    lines = np.where(elsewhere > 0, r["price"] * there, theirs) + r["holder_unit_cost"] * r["activity"] * r["moved"]
    programmes = r["programme_reprovision"] + r["programme_transition"] + r["programme_double_running"]
    assert nil(resource - r["proof_other_system"] - lines.sum(axis=1) - programmes.sum(axis=1), r)


def lagged(values: Array, lag: Array) -> Array:
    """Values by year seen after a lag in years, between two years by straight line; nothing before the first."""
    years = len(values)
    out = np.zeros_like(values)
    for t in range(years):
        for k in range(5):
            weight = np.maximum(0, 1 - np.abs(lag[0] - k))
            out[t] += weight * (values[t - k] if t >= k else 0.0)
    return out


def books_fail(case: Contract, entry: str, times: float) -> bool:
    wrong = case.with_inputs({entry: case.results[entry] * times})
    return any(not nil(wrong[c], case.results) for c in checks(case.model))


SETTLED = [(name, s, party) for name in FIXTURES for s in contract(name).sheets for party in s.names("payment")]
"""Every party of every term sheet of every fixture."""
WITH_ENTRIES = (
    *("terms", "account", "fund", "block", "cash", "ends-early", "variations", "programmes", "practices"),
    *("measures", "incentive"),
)
ENTRIES = list(
    dict.fromkeys(
        [("base", e[0]) for e in entries(contract("base").model)]
        + [
            (name, e[0])
            for name in WITH_ENTRIES
            for e in entries(contract(name).model)
            if e[0] not in contract("base").model.rows
        ]
        + [
            (name, e[0])
            for name in ("taxes", "reserves", "surplus", "asset-lock", "hospitals", "regimes")
            for e in entries(contract(name).model)
            if e[0] not in contract("base").model.rows and contract(name).results[e[0]].any()
        ]
    )
)
"""Every entry of `base`, the settlement entries of the other term sheets, and those of optional subjects that flow."""


@pytest.mark.parametrize("times", [0.0, 2.0], ids=["removed", "doubled"])
@pytest.mark.parametrize(("fixture", "entry"), ENTRIES)
def test_an_entry_removed_or_doubled_breaks_the_books(fixture: str, entry: str, times: float) -> None:
    case = contract(fixture)
    assert case.results[entry].any()
    assert books_fail(case, entry, times)


@pytest.mark.parametrize(("fixture", "entry"), ENTRIES)
def test_an_entry_with_the_wrong_payer_breaks_the_books(fixture: str, entry: str) -> None:
    """Money that leaves the wrong account: the entry moved from its payer's statement to another party's."""
    case = contract(fixture)
    row = case.model.rows[entry]
    assert row.entry
    other = next(p for p in case.parties if p not in (row.entry.payer, row.entry.payee))
    amount = case.results[entry]
    moved = {f"{other}.paid": case.results[f"{other}.paid"] + amount}
    if row.entry.payer in case.parties:
        moved[f"{row.entry.payer}.paid"] = case.results[f"{row.entry.payer}.paid"] - amount
    wrong = case.with_inputs(moved)
    assert not nil(wrong[f"check.{other}"], case.results)


def test_every_entry_flows_in_some_fixture() -> None:
    for entry in {e[0] for name in FIXTURES for e in entries(contract(name).model)}:
        having = [contract(name).results for name in FIXTURES if entry in contract(name).model.rows]
        assert any(results[entry].any() for results in having), entry


def test_settlement_entries_are_tried_for_every_sheet_and_party() -> None:
    tried = {entry for _, entry in ENTRIES}
    for name, sheet, party in SETTLED:
        if sheet.as_party(party) != hub(sheet):
            assert f"{sheet.sheet.prefix}.with_{sheet.as_party(party)}" in tried, name


@quick
@given(**FUTURES)
def test_settlement_entries_are_the_sheets_payments(name: str, seed: int, part: float) -> None:
    """By party, what a sheet's entries bring it and take from it is its payment; others get nothing."""
    case, r = future(name, seed, part)
    flows = entries(case.model)
    for sheet in case.sheets:
        own = [f for f in flows if f[0].startswith(f"{sheet.sheet.prefix}.with_")]
        for k, party in enumerate(case.parties):
            received = sum(r[n] for n, _, payee, _ in own if payee == party)
            paid = sum(r[n] for n, payer, _, _ in own if payer == party)
            assert nil(received - paid - r[sheet.payment][:, k], r), (sheet.sheet.id, party)
        assert {p for _, payer, payee, _ in own for p in (payer, payee)} <= {
            sheet.as_party(p) for p in sheet.sheet.parties
        }
        assert nil(r[sheet.payment].sum(axis=1), r)


@quick
@given(**FUTURES)
def test_what_is_withheld_comes_off_the_instalments(name: str, seed: int, part: float) -> None:
    """Instalments and what is withheld are the budget; what is withheld and not earned stays with who withheld it."""
    case, r = future(name, seed, part)
    withheld, unearned = np.zeros_like(r["wpb"]), np.zeros_like(r["wpb"])
    for sheet in case.sheets:
        for n, item in enumerate(sheet.sheet.at_risk, 1):
            own = f"{sheet.sheet.prefix}.at_risk_{n}"
            if item.kind == "withhold":
                withheld = withheld + r[f"{own}.at_stake"]
                unearned = unearned + r[f"{own}.at_stake"] - r[f"{own}.paid"]
    assert nil(r["nhs_wpap"] + r["council_wpap"] + withheld - r["wpb"], r)
    assert nil(r["withheld_total"] - withheld, r)
    on_top = sum(
        (r[f"{s.sheet.prefix}.at_risk_{n}.paid"] * (s.as_party(i.party) == "budget_holder"))
        for s in case.sheets
        for n, i in enumerate(s.sheet.at_risk, 1)
        if i.kind == "top_up"
    )
    performance = r["performance_payment"] - on_top
    assert nil(performance + unearned - withheld, r)


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
    """The budget's part before list and phase, and the part never in it, make up the commissioner's funding.

    Where the contract pays by a rule of its own, funding is what the commissioner gets and not what it pays.
    """
    case, r = future(name, seed, part)
    if "ruled_index" in case.model.rows:
        return
    outside = r["indexed_baseline"] * (1 - r["holder_part"])
    assert nil((r["holder_baseline"] + outside).sum(axis=1) - r["nhs_funding"] - r["council_funding"], r)


@settings(max_examples=examples(20), deadline=None)
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
    assert len(steps) >= 7
    assert nil(sum(r[n] for n in steps) - r["nhs_wpap"] - r["council_wpap"] - r["withheld_total"], r)


@quick
@given(**FUTURES)
def test_what_is_live_is_never_more_than_full_scope(name: str, seed: int, part: float) -> None:
    """Whatever varies or is paid straight on at cost; a rate that makes a line's budget negative is left out."""
    _, r = future(name, seed, part)
    if (r["full_scope_budget"] >= 0).all():
        assert (r["live_share"] <= 1 + 1e-12).all() and (r["live_share"] >= 0).all()


# --- the gain/loss share


SINGLE_RATE = [n for n in FIXTURES if "single_rate.payment" in contract(n).model.rows]
SHARED = {**FUTURES, "name": st.sampled_from(SINGLE_RATE)}


@quick
@given(**SHARED)
def test_what_is_shared_and_what_the_commissioner_keeps_is_the_variance(name: str, seed: int, part: float) -> None:
    """One rate both ways and one limit both ways: the rate of the variance is paid, or the limit, and nothing else."""
    _, r = future(name, seed, part)
    shared, variance = r["share_payment"], (r["expected_cost"] - r["actual_cost"]).sum(axis=1)
    kept = r["gain_from_shift_total"] + r["gain_from_growth_total"] + r["share_to_commissioner"]
    assert nil(shared + kept - variance, r)
    assert nil(r["single_rate.budget_holder.share"] + r["single_rate.commissioner.share"] - variance, r)
    assert nil(r["single_rate.budget_holder.share"] - r["single_rate.share_rate"] * variance, r)
    assert (shared * variance >= 0).all()
    assert (np.abs(shared) <= r["single_rate.share_rate"] * np.abs(variance) * (1 + 1e-12)).all()
    limit = r["single_rate.limit_rate"] * r["expected_cost"].sum(axis=1)
    assert (np.abs(shared) <= limit * (1 + 1e-12)).all()
    binding = np.isclose(np.abs(shared), limit, rtol=1e-12)
    assert (binding | np.isclose(shared, r["single_rate.share_rate"] * variance, rtol=1e-9, atol=1e-6)).all()


@quick
@given(**FUTURES)
def test_what_all_parties_share_is_the_variance(name: str, seed: int, part: float) -> None:
    """Pool by pool of every sheet, of cost compared as the sheet adjusts it; without a sheet nothing is settled."""
    case, r = future(name, seed, part)
    variance = (r["expected_cost"] - r["actual_cost"]).sum(axis=1)
    assert nil(r["gain_from_shift_total"] + r["gain_from_growth_total"] - variance, r)
    for sheet in (s for s in case.sheets if s.sheet.pools):
        whole = np.zeros_like(variance)
        for pool in sheet.sheet.pools:
            own = f"{sheet.sheet.prefix}.{pool.id}"
            compared = compared_cost(case, r, sheet.sheet.prefix, pool.id)
            shared = sum(r[f"{own}.{p}"] for p in sheet.sheet.parties if f"{own}.{p}" in case.model.rows)
            assert nil(shared - compared, r), own
            whole = whole + compared
        assert nil(sum(r[n] for n in sheet.names("share").values()) - whole, r)
    if not any(s.sheet.pools for s in case.sheets):
        assert not r["share_settlement"].any()


def compared_cost(case: Contract, r: Results, prefix: str, pool: str) -> Array:
    """Target less actual of a pool from the contract's costs, with the adjustments of the sheet `rich` written out."""
    k = case.model.dimension["pool"].members.index(pool)
    expected, actual = r["expected_cost"][:, k], r["actual_cost"][:, k]
    if prefix == "rich":
        expected = expected * (1 - r[f"rich.{pool}.discount.figure"])
        if pool == "emergency":
            expected = expected + r["rich.emergency.target_adjust_2.by"]
            actual = actual + r["rich.emergency.actual_adjust_1.by"]
    return np.asarray(expected - actual)


@quick
@given(**FUTURES)
def test_settled_and_owed_are_earned(name: str, seed: int, part: float) -> None:
    """By party of every sheet, and over the sheets of the gain/loss share."""
    case, r = future(name, seed, part)
    later = {s.payment: r[f"{s.sheet.prefix}.settled_later"].item() for s in case.sheets}
    owed = np.zeros_like(r["share_owed"])
    for sheet in case.sheets:
        paid, prefix = r[sheet.payment], sheet.sheet.prefix
        left = paid.cumsum(axis=0) - r[f"{prefix}.settled"].cumsum(axis=0)
        assert np.allclose(left, r[f"{prefix}.owed"], rtol=1e-9, atol=1e-5)
        assert np.allclose(r[f"{prefix}.owed"], paid * later[sheet.payment], atol=1e-5)
        if sheet.sheet.pools:
            of_share = f"{prefix}.share_payment" if sheet.sheet.at_risk else sheet.payment
            owed = owed + r[of_share][:, case.parties.index("budget_holder")] * later[sheet.payment]
    earned, settled = r.series("share_payment").cumsum(), r.series("share_settled").cumsum()
    assert np.allclose(earned - settled, r.series("share_owed"), rtol=1e-9, atol=1e-5)
    assert np.allclose(r["share_owed"], owed, atol=1e-5)
    by_party = sum((r[s.payment] * later[s.payment] for s in case.sheets), np.zeros_like(r["settlement_owed"]))
    assert np.allclose(r["settlement_owed"], by_party, atol=1e-5)
    for party in ("budget_holder", "commissioner"):
        cash = r.series(f"{party}.closing") - by_party[:, case.parties.index(party), 0]
        assert np.allclose(r.series(f"{party}_cash"), cash, rtol=1e-9, atol=1e-5)


@quick
@given(**FUTURES)
def test_unfunded_is_the_settlement_beyond_cash(name: str, seed: int, part: float) -> None:
    _, r = future(name, seed, part)
    unfunded, paid = r.series("share_unfunded"), -r.series("share_to_commissioner")
    if name in SINGLE_RATE:
        assert nil(paid - r.series("share_payment"), r)
    assert (unfunded >= 0).all()
    assert (unfunded <= np.maximum(paid, 0) + 1e-6).all()
    funded = np.maximum(paid, 0) - unfunded
    assert (funded <= np.maximum(r.series("commissioner_cash_saving"), 0) + 1e-6).all()


# --- scale, sameness, structure

IN_POUNDS = re.compile(
    r"deficit_to_cover|reserve_cover|.*\.(overdrawn|months_overdrawn|first_year_insolvent)"
    r"|first_year_beyond_cover|misses_score_.|margin_score"
    r"|warn\.(deficit_beyond_cover|guarantee_called|cash_below_minimum|margin_scores_4|surplus_over_cap)"
)
"""A deficit or an excess counts from a pound on, so that these know the unit of money."""
POUNDS = (
    "reference_baseline",
    "reprovision_unit_cost",
    "transition_cost",
    "double_running_cost",
    "team_cost",
    "allocation",
    "advance",
    "parent_guarantee",
    "exit_cost",
    "break_cost",
    "schedule_amount",
    "variation_amount",
    "variation_yearly_cost",
)


@settings(max_examples=examples(20), deadline=None)
@given(**FUTURES, times=st.sampled_from([0.001, 0.5, 3.0, 1000.0]))
@example(name="account", seed=0, part=1.0, times=0.001)  # months beyond 12 break a rule: a count, not pounds
def test_money_scales_and_nothing_else_does(name: str, seed: int, part: float, times: float) -> None:
    case = contract(name)
    before = perturbed(case, seed, part)
    in_pounds = {n for n, spec in case.model.inputs.items() if spec.unit == "GBP"}
    money = {n for n in before if n in POUNDS or n.startswith(("opening_balance.", "recurrent."))}
    assert money == in_pounds - case.of_sheets()
    money = in_pounds
    a = evaluate(case.model, before)
    b = evaluate(case.model, before | {n: before[n] * times for n in money})
    rounding = ROUNDING * money_scale(b)
    for row in case.model.rows.values():
        by, atol = (times, rounding) if row.unit.startswith("GBP") else (1.0, 1e-9)
        close = np.allclose(a[row.name] * by, b[row.name], rtol=1e-9, atol=atol)
        assert close or IN_POUNDS.fullmatch(row.name), row.name


@settings(max_examples=examples(15), deadline=None)
@given(**FUTURES)
def test_identical_draws_give_identical_results(name: str, seed: int, part: float) -> None:
    """One draw as another, to the last digit; and as without draws, but for the order in which long sums are added."""
    case = contract(name)
    inputs = perturbed(case, seed, part)
    one = evaluate(case.model, inputs)
    many = evaluate(case.model, {n: np.repeat(v[..., None], 3, axis=-1) for n, v in inputs.items()})
    for row in case.model.rows.values():
        found, atol = many[row.name], ROUNDING * money_scale(one) if row.unit.startswith("GBP") else 1e-12
        assert (found == found[..., :1]).all(), row.name
        assert np.allclose(one[row.name], found, rtol=1e-12, atol=atol), row.name


PROGRAMME_COSTS = ("team_cost", "transition_cost", "double_running_cost")


def halved(case: Contract, inputs: Inputs, line: int) -> tuple[Structure, Inputs]:
    """The contract with one line as two halves of it, side by side."""
    old = structure(case.loaded)
    names = old.members["line"]
    copies = [k for k in range(len(names)) for _ in range(1 + (k == line))]
    members = tuple(f"{names[k]}_half" if k in copies[:i] else names[k] for i, k in enumerate(copies))
    own = [k for k, of in enumerate(old.groups["line"]) if of == names[line]]
    works = [*range(len(old.groups["line"])), *own]
    halves = {"line": (copies, {line}), "programme": (works, set(own))}
    groups = {
        m: tuple(g[k] for k in halves[MAPS[m][0]][0]) if MAPS[m][0] in halves else g for m, g in old.groups.items()
    }
    groups["line"] = (*old.groups["line"], *(f"{names[line]}_half" for _ in own))
    copied = {"line": members, "programme": tuple(f"{k}" for k in range(len(works)))}
    extensive = ("reference_baseline", "base_activity", "norm_rate", *PROGRAMME_COSTS)
    out = dict(inputs)
    for name, spec in case.model.inputs.items():
        if spec.dims in (("line",), ("programme",)):
            places, split = halves[spec.dims[0]]
            whole = name in extensive or name.startswith("recurrent.")
            share = np.array([0.5 if whole and k in split else 1.0 for k in places])
            out[name] = inputs[name][:, places] * share
    return replace(old, members={**old.members, **copied}, titles={**old.titles, **copied}, groups=groups), out


@settings(max_examples=examples(15), deadline=None)
@given(**FUTURES, which=st.integers(0, 6))
def test_splitting_a_line_changes_no_total(name: str, seed: int, part: float, which: int) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    shape, halves = halved(case, inputs, which % len(case.model.dimension["line"].members))
    whole, split = evaluate(case.model, inputs), evaluate(contract_model(shape), halves)
    for row in case.model.rows.values():
        if not {"line", "programme"} & set(row.dims) and row.name != "lines_live":  # which counts lines
            close = np.allclose(whole[row.name], split[row.name], rtol=1e-9, atol=ROUNDING * money_scale(whole))
            assert close, row.name


# --- doing nothing, doing more, doing it later


@quick
@given(**FUTURES)
def test_no_transfer_and_no_shift_reproduce_do_nothing(name: str, seed: int, part: float) -> None:
    """Neither is anything settled, at a rate of nil; of other sheets, where no line and no sum of theirs is shared."""
    case = contract(name)
    inputs = perturbed(case, seed, part)
    zeros = {"in_budget", "shift_delivery", "shift_induced", "team_cost", "transition_cost", "double_running_cost"}
    zeros |= {"parent_guarantee", "exit_cost", "variation_amount", "variation_yearly_cost"} & inputs.keys()
    if name in SINGLE_RATE:
        zeros |= {"single_rate.share_rate"}
    elif case.sheets:
        zeros |= {"in_share"} | {n for n in case.of_sheets() if case.model.inputs[n].unit == "GBP"}
        zeros |= {n for n in case.of_sheets() if re.search(r"at_risk_\d+\.amount", n)}
    results = evaluate(case.model, inputs | {n: inputs[n] * 0 for n in zeros})
    for party in case.parties:
        assert nil(results[f"{party}.result"] - do_nothing_result(results, party), results), party
    for row in ("wpb", "budget_holder.received", "budget_holder.paid", "stranded_cost", "hospital_income_lost"):
        assert nil(results[row], results), row


def on_trend(case: Contract) -> Inputs:
    """What makes every line of the share expect the trend of its plan, counted as before."""
    switches = {n: np.full_like(v, n == "by_trend") for n, v in case.inputs.items() if n.startswith("by_")}
    return switches | {n: v * 0 for n, v in case.inputs.items() if n == "coding_adjustment"}


@quick
@given(**FUTURES)
def test_no_shift_leaves_activity_alone(name: str, seed: int, part: float) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    inputs |= {n: inputs[n] * 0 for n in ("shift_delivery", "shift_induced", "team_cost")}
    r = evaluate(case.model, inputs)
    assert (r["activity"] == r["activity_without_shift"]).all()
    same = {"expected_growth": inputs["activity_growth"]} | on_trend(case)
    same |= {n: np.ones_like(v) for n, v in inputs.items() if n == "activity_chance"}  # luck is a variance too
    r = evaluate(case.model, inputs | {"shift_delivery": inputs["shift_delivery"] * 0} | same)
    assert nil(r["share_variance"], r)
    assert nil(r["commissioner_cash_saving"], r)


@quick
@given(**FUTURES, lever=st.sampled_from(["shift_reach", "shift_effect", "shift_delivery", "shift_delay", "shift_ramp"]))
def test_more_shift_never_costs_the_pool_more(name: str, seed: int, part: float, lever: str) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    inputs["shift_effect"] = np.abs(inputs["shift_effect"])
    sooner = lever in ("shift_delay", "shift_ramp")
    # More reach calls forth more, and what takes effect sooner fades sooner: neither is tried here.
    inputs |= {n: inputs[n] * 0 for n in ("shift_induced", *(("shift_decay",) if sooner else ()))}
    more = inputs[lever] * 0.5 if sooner else inputs[lever] + (1 - inputs[lever]) * 0.5
    before, after = evaluate(case.model, inputs), evaluate(case.model, inputs | {lever: more})
    slack = ROUNDING * money_scale(before)
    assert (after["activity"].cumsum(axis=0) <= before["activity"].cumsum(axis=0) * (1 + 1e-12)).all()
    # A shorter delay or ramp brings the effect forward: never less of it in any year, before the programme ends.
    assert (after["actual_cost"] <= before["actual_cost"] + slack).all()
    assert (after["gain_from_shift"] >= before["gain_from_shift"] - slack).all()


@quick
@given(**FUTURES, later=st.floats(0.05, 3))
def test_a_later_transfer_delays_budget_and_savings(name: str, seed: int, part: float, later: float) -> None:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    inputs["shift_effect"] = np.abs(inputs["shift_effect"])
    inputs |= {n: v * 0 for n, v in inputs.items() if n == "is_rebased"}  # a later transfer saves less, so is cut less
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {"mobilisation": inputs["mobilisation"] + later})
    for row in ("phase", "taken_on", "ramp", "transition_passed"):
        total = before[row].cumsum(axis=0) - after[row].cumsum(axis=0) if row == "ramp" else before[row] - after[row]
        assert (total >= -1e-9).all(), row
    sooner, later_budget = (
        np.abs(before["phased_budget"]),
        after["phased_budget"] * np.sign(before["full_scope_budget"]),
    )
    assert (later_budget <= sooner + 1e-6).all()
    for r in (before, after):  # what is paid straight on follows its price, and nothing else its payments
        paid = np.where(r["passes_through"] > 0, r["passed_payment"], r["phased_budget"])
        assert nil(r["line_budget"] - paid, r)


def test_delay_binds() -> None:
    """The fixtures' own transfer, nine months later: less budget in its year, and the shift begins later with it."""
    case = contract("base")
    mobilisation = case.inputs["mobilisation"].copy()
    mobilisation[:, case.model.dimension["line"].members.index("falls")] += 0.75
    after = case.with_inputs({"mobilisation": mobilisation})
    assert after.series("wpb")[0] < case.results.series("wpb")[0]
    falls = {"line": "falls"}
    assert after.series("avoided_activity", **falls).sum() < case.results.series("avoided_activity", **falls).sum()
    assert after.series("programme_day", programme="falls")[0] == 2018.75


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
    row = random.choice([n for n in unlooped(case.model) if np.abs(case.results[n]).min() > 0.2])
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


# --- pools and rules


@quick
@given(st.integers(0, 10**6))
def test_pools_save_what_the_commissioner_saves_where_rates_are_the_same_either_way(seed: int) -> None:
    """With one marginal rate above and below plan the payment is linear, and the pools' savings add up."""
    case = contract("terms")
    inputs = perturbed(case, seed)
    inputs["marginal_down"] = inputs["marginal_up"]
    results = evaluate(case.model, inputs)
    by_pool = results["pool_cash_saving"]
    assert by_pool.shape[1] == 2
    assert nil(by_pool.sum(axis=1) - results["commissioner_cash_saving"], results)


def test_a_pool_saves_only_on_its_own_lines() -> None:
    """A pool all of whose lines are as expected saves nothing, whatever the other does."""
    case = contract("terms")
    lines, pools = case.model.dimension["line"].members, case.model.dimension["pool"].members
    of_pool = case.model.map["pool"].to
    own = [k for k, pool in enumerate(of_pool) if pool == 0]
    expected = case.results["shared_unbought"].copy()
    assert own and np.abs(expected[:, own]).max() > 0 and len(lines) > len(own)
    expected[:, own] = 0.0
    results = recalculate(case.model, case.results, {"shared_unbought": expected})
    assert nil(results.series("pool_cash_saving", pool=pools[0]), results)
    assert np.abs(results.series("pool_cash_saving", pool=pools[1])).max() > 1


def test_a_broken_rule_of_a_term_sheet_fails_a_check() -> None:
    """So that the workbook says so where somebody types in what no settlement can have."""
    case = contract("terms")
    rules = [n for n, r in case.model.rows.items() if n.startswith("check.") and n not in checks(case.model)]
    assert rules and not any(case.results[n].any() for n in rules)
    condition = case.made.terms[0].conditions[0].row
    broken = np.ones_like(case.results[condition])
    results = recalculate(case.model, case.results, {condition: broken})
    assert all(results[rules[0]].ravel() >= 1)
