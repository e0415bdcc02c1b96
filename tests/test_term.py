"""The end of the contract: term, extension, early end, break points; and slippage.

After the end there is no budget, no cost to the budget holder, no saving and no share; only what settlements still owe
is paid. Years that were over before an early end are as they would have been without it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import FIXTURES, Contract, Inputs, contract, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_model_examples import calm, put, run
from test_model_laws import checks, nil
from test_scenario_errors import BASE, folder_with, place, problems, spoiled
from tools import examples

from mcp_finance.rows.evaluate import Results, evaluate
from mcp_finance.scenario.load import load

quick = settings(max_examples=examples(40), deadline=None)
FUTURES = {"name": st.sampled_from(list(FIXTURES)), "seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}
NIL_AFTER_THE_END = (
    "wpb", "risk_base", "holder_cost", "own_services", "reprovision", "transition", "double_running", "in_force",
    "total_expected_cost", "total_variance", "gain_from_shift_total", "commissioner_cash_saving", "withheld_total",
)  # fmt: skip


# --- the end, by hand


def simple(name: str) -> tuple[Contract, Inputs]:
    """Nothing grows; a programme on the shared emergency line avoids 10% of it from the first day, at no cost.

    Hospitals are paid by results.
    """
    case = contract(name)
    inputs = calm(case)
    for key, value in {"starts": 2018.0, "delay": 0.0, "ramp": 0.0, "reach": 1.0, "effect": 0.1}.items():
        put(case, inputs, f"shift_{key}", value, "other_emergency")
    put(case, inputs, "shift_delivery", 1.0, "other_emergency")
    put(case, inputs, "reprovision_unit_cost", 0.0)
    put(case, inputs, "single_rate.limit_rate", 1.0)
    for rate in ("marginal_up", "marginal_down"):
        put(case, inputs, rate, 1.0)
    return case, inputs


def test_an_early_end_in_the_third_year() -> None:
    """Ended after 31 December 2020, nine months into the third of five years; in £m.

    Budget: GP 8 and falls 6 from the start, prescribing 9 from 1 October 2018, community 12 from 1 July 2019, social
    care 15 from 1 October 2019. 8 + 6 + 4.5 = 18.5; 8 + 6 + 9 + 9 + 7.5 = 39.5; 50 x 9/12 = 37.5; nil.
    Share: 10% of 24 avoided, 2.4, 2.4 and 2.4 x 9/12 = 1.8, at 50%: 1.2, 1.2, 0.9; each is paid a year later.
    """
    case, inputs = simple("ends-early")
    r = run(case, inputs)
    assert r.series("wpb") / 1e6 == pytest.approx([18.5, 39.5, 37.5, 0, 0])
    assert r.series("holder_cost") / 1e6 == pytest.approx([18.5, 39.5, 37.5, 0, 0])
    assert r.series("gain_from_shift_total") / 1e6 == pytest.approx([2.4, 2.4, 1.8, 0, 0])
    assert r.series("share_payment") / 1e6 == pytest.approx([1.2, 1.2, 0.9, 0, 0])
    assert r.series("share_settled") / 1e6 == pytest.approx([0, 1.2, 1.2, 0.9, 0])
    assert r.series("share_owed") / 1e6 == pytest.approx([1.2, 1.2, 0.9, 0, 0])
    # the lines are back with those who commission them, at today's providers' prices: 8 + 6 + 9 + 12 and 15
    kept = [r.series("kept_payment", line=x) for x in ("gp_core", "falls", "prescribing", "community")]
    assert sum(kept)[2:] / 1e6 == pytest.approx([35 * 0.25, 35, 35])
    assert r.series("council_contracts") / 1e6 == pytest.approx([15, 7.5, 15 * 0.25, 15, 15])
    assert r.series("avoided_activity", line="other_emergency") == pytest.approx([1000, 1000, 750, 0, 0])


def test_the_exit_falls_in_the_year_of_the_end_on_whoever_pays() -> None:
    """£0.6m in the third year. Made good by the commissioner it leaves the budget holder 0.9 of the share, else 0.3."""
    case, inputs = simple("ends-early")
    by_commissioner = run(case, inputs)
    assert by_commissioner.series("exit_costs") == pytest.approx([0, 0, 0.6e6, 0, 0])
    assert by_commissioner.series("exit_costs_made_good") == pytest.approx([0, 0, 0.6e6, 0, 0])
    assert by_commissioner.series("budget_holder.result") / 1e6 == pytest.approx([1.2, 1.2, 0.9, 0, 0])
    by_holder = run(case, inputs | {"exit_paid_by_holder": np.ones(1)})
    assert not by_holder["exit_costs_made_good"].any()
    assert by_holder.series("budget_holder.result") / 1e6 == pytest.approx([1.2, 1.2, 0.3, 0, 0])
    change = by_holder.series("commissioner.result") - by_commissioner.series("commissioner.result")
    assert change / 1e6 == pytest.approx([0, 0, 0.6, 0, 0])


def test_no_exit_cost_where_the_term_runs_out_first() -> None:
    """The term of two years ends before the day for which an early end was meant: nothing is stranded."""
    case, inputs = simple("ends-early")
    r = run(case, inputs | {"term_ends": np.array([2020.0])})
    assert not r["exit_costs"].any()
    assert r.series("in_force") == pytest.approx([1, 1, 0, 0, 0])


def test_term_and_extension_by_hand() -> None:
    """From 1 July 2018 two years, to 30 June 2020; eighteen months more, to 31 December 2021."""
    extended, ended = contract("extended"), contract("extended", "contract.extension.taken=false")
    assert extended.results.series("in_force") == pytest.approx([0.75, 1, 1, 0.75])
    assert ended.results.series("in_force") == pytest.approx([0.75, 1, 0.25, 0])
    assert extended.results.series("final_year").tolist() == [0, 0, 0, 1]
    assert ended.results.series("final_year").tolist() == [0, 0, 1, 0]


def test_without_a_term_the_contract_runs_to_the_last_year() -> None:
    case = contract("base")
    assert case.results.series("in_force").tolist() == [1, 1, 1, 1]
    assert case.results.series("final_year").tolist() == [0, 0, 0, 1]
    longer = contract("base", "contract.term=30 years")
    money = [n for n, row in case.model.rows.items() if row.unit == "GBP"]
    assert all(np.array_equal(longer.results[n], case.results[n]) for n in money)


def test_an_account_is_closed_in_the_year_in_which_the_contract_ends() -> None:
    """What a sheet carries forward falls due, or lapses, with the contract, and nothing is left for the years after."""
    whole, cut = contract("account"), contract("account", "contract.term=2 years")
    ended = next(n for n in whole.model.rows if n.endswith(".ended"))
    assert not whole.results.series(ended)[:5].any()
    found = cut.results.series(ended)
    assert found[1] != 0 and not np.delete(found, 1).any()
    assert cut.results.series("settled_budget_holder")[:1] == whole.results.series("settled_budget_holder")[:1]


# --- break points


def test_results_had_the_contract_been_broken() -> None:
    """Results of -2, 4 and 3, in £m, with the contract in force for nine months of the third year.

    On 30 September 2019: -2 + half of 4, less 0.9: -0.9. On 31 March 2020: -2 + 4 less 0.4: 1.6.
    On 30 September 2020, six of the nine months: -2 + 4 + 3 x 6/9 less 0.4: 3.6.
    """
    case = contract("ends-early")
    given = {"budget_holder.result": [-2e6, 4e6, 3e6, 0.0, 0.0]}
    r = run(case, case.inputs, **given)
    assert r.series("result_if_broken", break_point="first") / 1e6 == pytest.approx([-2, -0.9, -0.9, -0.9, -0.9])
    assert r.series("result_if_broken", break_point="second") / 1e6 == pytest.approx([-2, 1.6, 1.6, 1.6, 1.6])
    later = dict(case.inputs)
    put(case, later, "break_on", 2020.5, "second")
    r = run(case, later, **given)
    assert r.series("result_if_broken", break_point="second") / 1e6 == pytest.approx([-2, 2, 3.6, 3.6, 3.6])


@quick
@given(seed=st.integers(0, 10**9))
def test_a_break_at_the_end_of_a_year_is_the_result_to_date(seed: int) -> None:
    case = contract("ends-early")
    inputs = perturbed(case, seed) | {"break_on": np.array([[2020.0, 2022.0]])}
    r = evaluate(case.model, inputs)
    for k, year in ((0, 1), (1, 3)):
        at_break = r["result_if_broken"][year, k] + inputs["break_cost"][0, k]
        in_force = r["in_force"][: year + 1] > 0  # a year without the contract has no result of it
        assert nil(at_break - (r["budget_holder.result"][: year + 1] * in_force).sum(axis=0), r)


# --- laws of the end


def future(name: str, seed: int, part: float) -> tuple[Contract, Inputs, Results]:
    case = contract(name)
    inputs = perturbed(case, seed, part)
    return case, inputs, evaluate(case.model, inputs)


@quick
@given(**FUTURES)
def test_nothing_is_left_after_the_end(name: str, seed: int, part: float) -> None:
    _, _, r = future(name, seed, part)
    after = r["year_start"].ravel() >= r["contract_ends"].ravel()
    for row in NIL_AFTER_THE_END:
        assert nil(r[row].ravel() * after, r), row
    for row in ("phase", "taken_on", "shift_share", "avoided_activity"):
        assert np.allclose(r[row][after], 0, atol=1e-9), row
    assert np.allclose(r["kept"][after], 1, atol=1e-12)


@quick
@given(**FUTURES)
def test_parts_of_years_in_force_add_up_to_the_contract(name: str, seed: int, part: float) -> None:
    _, inputs, r = future(name, seed, part)
    length = max(0.0, r["contract_ends"].ravel()[0] - inputs["contract_start"].item())
    assert r["in_force"].sum() == pytest.approx(length, abs=1e-9)
    assert ((r["in_force"] >= 0) & (r["in_force"] <= 1)).all()
    assert (r["phase"] <= r["in_force"][:, None] + 1e-9).all()


@quick
@given(**FUTURES, early=st.floats(0.1, 6))
def test_an_early_end_leaves_the_years_before_it_alone(name: str, seed: int, part: float, early: float) -> None:
    case, inputs, before = future(name, seed, part)
    day = inputs["first_day"] + early
    after = evaluate(case.model, inputs | {"early_end": np.minimum(day, inputs["early_end"])})
    over = int(np.sum(before["year_end"].ravel() <= min(day.item(), before["contract_ends"].ravel()[0])))
    for row in ("wpb", "holder_cost", "activity", "kept", "actual_cost", "expected_cost", "contract_payment"):
        assert np.array_equal(before[row][:over], after[row][:over]), row
    slack = 1e-9 * (1 + np.abs(before["phase"]))
    assert (after["phase"] <= before["phase"] + slack).all() and (after["in_force"] <= before["in_force"] + 1e-9).all()
    assert all(nil(after[c], after) for c in checks(case.model))


@quick
@given(**FUTURES)
def test_what_is_owed_at_the_end_is_settled_the_year_after(name: str, seed: int, part: float) -> None:
    case, inputs, r = future(name, seed, part)
    for sheet in case.sheets:
        prefix = sheet.sheet.prefix
        cash = r[f"{prefix}.settled"][1:] - r[sheet.payment][1:] * (1 - inputs[f"{prefix}.settled_later"])
        assert nil(cash - r[f"{prefix}.owed"][:-1], r)


# --- slippage


def test_three_millions_of_twelve() -> None:
    """£12.0m; the contract expires on 30 September; three months' mobilisation: from 1 January, 3/12 is just £3.0m."""
    plain = ("streams.core.roll={2017/18: 0%, 2018/19: 0%}", "population.member_share=100%")
    expires = "lines.community.expires=2018-09-30"
    case = contract("base", *plain, expires, "lines.community.mobilisation=3 months")
    assert case.results.series("line_budget", line="community")[0] == 3_000_000.0
    late = contract("base", *plain, expires, "lines.community.mobilisation=0 months", "contract.slippage=3 months")
    assert late.results.series("line_budget", line="community")[0] == 3_000_000.0


def test_slipping_by_a_year_moves_money_and_savings_by_a_year() -> None:
    """Nothing grows: budgets and what the budget's own programme avoids are last year's, one year later."""
    case = contract("part-year")
    inputs = calm(case)
    put(case, inputs, "shift_delivery", 0.8, "falls")
    before, after = run(case, inputs), run(case, inputs | {"slippage": np.ones(1)})
    for row, line in (("line_budget", "community"), ("line_budget", "falls"), ("avoided_activity", "falls")):
        was, late = before.series(row, line=line), after.series(row, line=line)
        assert was[:-1].any() and late[0] == 0
        assert late[1:] == pytest.approx(was[:-1]), row
    assert after.series("avoided_activity", line="other_emergency")[0] == 0


@quick
@given(**FUTURES, by=st.floats(0.05, 3))
def test_slippage_lowers_money_and_savings_and_starts_neither_without_the_other(
    name: str, seed: int, part: float, by: float
) -> None:
    case, inputs, _ = future(name, seed, part)
    inputs["shift_effect"] = np.abs(inputs["shift_effect"])
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {"slippage": inputs["slippage"] + by})
    assert (after["phase"] <= before["phase"] + 1e-9).all()
    effect = (before["ramp"] - after["ramp"]).cumsum(axis=0)
    assert (effect >= -1e-9).all()
    assert np.allclose(after["transfer_day"] - before["transfer_day"], by)
    assert np.allclose(after["programme_day"] - before["programme_day"], by)
    for r in (before, after):  # no saving while the money is still elsewhere
        waiting = r["year_end"][:, None] <= r["transfer_day"]
        assert np.allclose(np.where(waiting, r["avoided_activity"], 0), 0, atol=1e-9)


# --- what is refused

START = "start: 2018-04-01"
BAD = [
    ("an end before the beginning", "{on: 2018-03-31, cost: £1m, paid_by: holder}", "on: |2018", "before the contract"),
    ("an end beyond the years", "{on: 2022-06-30, cost: £1m, paid_by: holder}", "on: |2022", "ends before this day"),
    ("an exit below nothing", "{on: 2020-03-31, cost: -£1m, paid_by: holder}", "cost: |-£1m", "cost is below nothing"),
    ("nobody pays", "{on: 2020-03-31, cost: £1m, paid_by: council}", "paid_by: |council", "is not one of the words"),
]


@pytest.mark.parametrize(("name", "early", "at", "says"), BAD, ids=[b[0] for b in BAD])
def test_an_early_end_is_refused(name: str, early: str, at: str, says: str, tmp_path: Path) -> None:
    refused(f"{START}\n  ends_early: {early}", at, says, tmp_path)


@pytest.mark.parametrize(
    ("added", "at", "says"),
    [
        ("extension: {by: 1 years, taken: true}", "extension: |{by", "nothing to extend"),
        ("term: 0 months", "term: |0 months", "no length"),
        ("term: 3", "term: |3\n", "ambiguous as a length of time"),
        ("term: 2 years\n  break_points: {a: {on: 2021-03-31, cost: £1m}}", "on: |2021", "ends before this day"),
        ("break_points: {a: {on: 2018-03-31, cost: £1m}}", "on: |2018-03-31, c", "before the contract begins"),
        ("break_points: {a: {on: 2020-03-31, cost: -£1m}}", "cost: |-£1m", "cost is below nothing"),
        ("break_points: {a: {on: 2020-03-31}}", "break_points: {a: |{on", "'cost' is missing"),
        ("slippage: -3 months", "slippage: |-3", "outside the range"),
    ],
)
def test_a_term_is_refused(added: str, at: str, says: str, tmp_path: Path) -> None:
    refused(f"{START}\n  {added}", at, says, tmp_path)


def refused(new: str, at: str, says: str, folder: Path) -> None:
    text = spoiled(START, new, BASE)
    found = [p for p in problems(folder_with(folder, text)) if says in p.message]
    assert found, says
    assert (found[0].place.line, found[0].place.column) == place(text, at) and found[0].instead


def test_an_extended_term_may_be_broken_in_its_extension(tmp_path: Path) -> None:
    points = "break_points: {a: {on: 2021-03-31, cost: £1m}}"
    text = spoiled(START, f"{START}\n  term: 2 years\n  extension: {{by: 1 years, taken: true}}\n  {points}", BASE)
    assert load(folder_with(tmp_path, text)).warnings == ()
