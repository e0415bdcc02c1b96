"""Monthly cash: months worked by hand, laws of the cash book on every fixture, and what is refused of the section."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import DUDLEY, FIXTURES, Contract, Inputs, contract, contract_of, parties_of, perturbed
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_model_examples import put, run
from test_model_laws import entries, nil
from test_scenario_errors import BASE, folder_with, place, problems, spoiled
from tools import examples

from mcp_finance.model.books.cash import DELAYED, INSTALMENTS, SETTLEMENT, kind_of
from mcp_finance.model.party import Parties
from mcp_finance.model.structure import MONTHS
from mcp_finance.rows.evaluate import Array, Results, evaluate
from mcp_finance.rows.expr import Expr
from mcp_finance.rows.row import Entry, Kind, Row
from mcp_finance.scenario.load import load

PLAIN = "cash={instalments: {profile: equal, arrears: 0}}"
"""Everything paid as it accrues."""
quick = settings(max_examples=examples(30), deadline=None)
WITH_CASH = {
    "name": st.sampled_from(list(FIXTURES)),
    "seed": st.integers(0, 10**9),
    "part": st.sampled_from([0.1, 1.0]),
}


def with_cash(name: str) -> Contract:
    """A fixture with the section `cash`: its own, or the plainest."""
    return contract(name) if "cash" in name else contract(name, PLAIN)


def future(name: str, seed: int, part: float) -> tuple[Contract, Inputs, Results]:
    case = with_cash(name)
    inputs = perturbed(case, seed, part)
    return case, inputs, evaluate(case.model, inputs)


def months(results: Results, row: str, year: int) -> Array:
    """The twelve months of one year."""
    return np.asarray(results[row][year, :, 0])


def by_hand(**inputs: float) -> tuple[Contract, Inputs]:
    """The plain contract with some inputs changed."""
    case = contract("base", PLAIN)
    out = dict(case.inputs)
    for name, value in inputs.items():
        put(case, out, name.replace("__", "."), value)
    return case, out


# --- by hand


def test_wpap_golden() -> None:
    """£240.0m a year, 10% withheld: 216.0 / 12 = £18.0m a month. 82% earns 0.82 × 24.0 = £19.68m; £4.32m is lost.

    What was earned comes in July of the next year, beside that month's instalment.
    """
    r = contract(
        "no-hospital",
        "population.member_share=100%",
        "population.fully_integrated_share=100%",
        "streams.core.growth=0%",
        "lines.gp_core.baseline=£200m",
        "lines.gp_core.mobilisation=0 months",
        "lines.prescribing.baseline=£40m",
        "terms={performance: {sheet: dudley-performance, settled_later: 100%, "
        "bind: {nhs_budget: nhs_budget, council_budget: council_budget, ips_score: 82%}}}",
        "cash={instalments: {profile: equal, arrears: 0}, settlement_month: jul}",
    ).results
    assert r.series("wpb") == pytest.approx([240e6] * 3)
    assert r.series("nhs_wpap") == pytest.approx([216e6] * 3)
    for year in range(3):
        assert months(r, "budget_holder.cash.instalments", year) == pytest.approx([18.0e6] * 12)
    earned = r.series("performance_payment")
    assert earned == pytest.approx([19.68e6] * 3)
    assert r.series("withheld_total") - earned == pytest.approx([4.32e6] * 3)
    paid = "budget_holder.cash.settlement_dudley_performance"
    assert not months(r, paid, 0).any()
    assert months(r, paid, 1) == pytest.approx([0, 0, 0, 19.68e6, 0, 0, 0, 0, 0, 0, 0, 0])
    assert r.series("budget_holder.debtors") == pytest.approx([19.68e6] * 3)
    assert r.series("budget_holder.run_off") == pytest.approx([19.68e6] * 3)


def test_wages_a_month_late() -> None:
    """£12.0m, then £24.0m: nothing in April, £1.0m a month from May; the twelfth in the next April, then £2.0m."""
    case, inputs = by_hand(payment_delay__staff=1 / 12)
    r = run(case, inputs, own_services=[12e6, 24e6, 0, 0])
    assert months(r, "budget_holder.cash.staff", 0) == pytest.approx([0] + [-1e6] * 11)
    assert months(r, "budget_holder.cash.staff", 1) == pytest.approx([-1e6] + [-2e6] * 11)
    assert months(r, "budget_holder.cash.staff", 2) == pytest.approx([-2e6] + [0] * 11)
    assert r.series("cash.owed.own_services") == pytest.approx([1e6, 2e6, 0, 0])


def test_a_part_of_a_month_splits_the_payment() -> None:
    """£12.0m of funding at a delay of 1.5 months: half of April's £1.0m is there by the end of May."""
    case, inputs = by_hand(payment_delay__funding=1.5 / 12)
    r = run(case, inputs, council_funding=[12e6, 12e6, 0, 0])
    assert months(r, "council.cash.funding", 0) == pytest.approx([0, 0.5e6] + [1e6] * 10)
    assert months(r, "council.cash.funding", 1) == pytest.approx([1e6] * 12)
    assert months(r, "council.cash.funding", 2) == pytest.approx([1e6, 0.5e6] + [0] * 10)


def test_a_delay_of_a_year_pays_one_year_in_the_next() -> None:
    case, inputs = by_hand(payment_delay__programmes=1.0)
    r = run(case, inputs, transition=[12e6, 0, 0, 0], reprovision=[0] * 4, double_running=[0] * 4)
    assert months(r, "budget_holder.cash.programmes", 0) == pytest.approx([0] * 12)
    assert months(r, "budget_holder.cash.programmes", 1) == pytest.approx([-1e6] * 12)


def test_front_loaded_instalments_in_arrears() -> None:
    """£10.0m: 40% in April, 20% in May, 4% a month after. A month late: nothing, £4.0m, £2.0m, £0.4m …

    Half a month late: half of April's in April, £2.0m; half of it and half of May's in May, 2.0 + 1.0 = £3.0m.
    """
    shares = ", ".join(f"{m}: {p}%" for m, p in zip(MONTHS, [40, 20, *[4] * 10], strict=True))
    case = contract("base", f"cash={{instalments: {{profile: {{{shares}}}, arrears: 1 months}}}}")
    paid = {"nhs_wpap": [10e6, 0, 0, 0], "council_wpap": [0] * 4}
    r = run(case, case.inputs, **paid)
    assert months(r, "budget_holder.cash.instalments", 0) == pytest.approx([0, 4e6, 2e6] + [0.4e6] * 9)
    assert months(r, "budget_holder.cash.instalments", 1) == pytest.approx([0.4e6] + [0] * 11, abs=1e-6)
    inputs = dict(case.inputs)
    put(case, inputs, "instalment_arrears", 0.5 / 12)
    r = run(case, inputs, **paid)
    assert months(r, "commissioner.cash.instalments", 0)[:3] == pytest.approx([-2e6, -3e6, -1.2e6])
    assert months(r, "commissioner.cash.instalments", 1)[0] == pytest.approx(-0.2e6)


def test_a_year_with_a_profile_of_its_own() -> None:
    """£12.0m a year, in the first nothing before October, then 15% or £1.8m a month, from February 20% or £2.4m.

    Two months late: £1.8m from December on; £2.4m in the next April and May, and that year's own £1.0m from June.
    """
    late = ", ".join(f"{m}: 0%" for m in MONTHS[:6]) + ", oct: 15%, nov: 15%, dec: 15%, jan: 15%, feb: 20%, mar: 20%"
    section = f"{{profile: equal, arrears: 2 months, by_year: {{2018/19: {{{late}}}}}}}"
    case = contract("base", f"cash={{instalments: {section}}}")
    r = run(case, case.inputs, nhs_wpap=[12e6] * 4, council_wpap=[0] * 4)
    row = "budget_holder.cash.instalments"
    assert months(r, row, 0) == pytest.approx([0] * 8 + [1.8e6] * 4, abs=1e-6)
    assert months(r, row, 1) == pytest.approx([2.4e6, 2.4e6] + [1e6] * 10)
    assert months(r, row, 2) == pytest.approx([1e6] * 12)
    assert r.series("cash.owed.nhs_wpap") == pytest.approx([4.8e6, 2e6, 2e6, 2e6])


def test_a_settlement_on_account_and_the_rest_in_its_month() -> None:
    """£1.2m, of it 75% later: 0.3 / 12 = £25k a month in the year, £0.9m in October of the next."""
    case = contract("base", "cash={instalments: {profile: equal, arrears: 0}, settlement_month: oct}")
    inputs = dict(case.inputs)
    put(case, inputs, "single_rate.settled_later", 0.75)
    r = run(case, inputs, **{"single_rate.with_budget_holder": [1.2e6, 0, 0, 0]})
    row = "budget_holder.cash.settlement_single_rate"
    assert months(r, row, 0) == pytest.approx([25e3] * 12)
    assert months(r, row, 1) == pytest.approx([0] * 6 + [0.9e6] + [0] * 5, abs=1e-6)


def test_a_settlement_without_a_month_comes_evenly() -> None:
    """£1.2m, all of it later: £0.1m a month of the next year."""
    r = run(*by_hand(), **{"single_rate.with_budget_holder": [1.2e6, 0, 0, 0]})
    assert months(r, "commissioner.cash.settlement_single_rate", 1) == pytest.approx([-0.1e6] * 12)


def test_an_advance_is_cash_and_no_income() -> None:
    """£2.4m over 24 months: £0.1m comes back each month, 2.4 − 0.1 = £2.3m in the first; £1.2m is left after a year."""
    case, inputs = by_hand(advance=2.4e6, advance_term=2.0)
    r, without = evaluate(case.model, inputs), case.results
    more = months(r, "budget_holder.cash_flow", 0) - months(without, "budget_holder.cash_flow", 0)
    assert more == pytest.approx([2.3e6] + [-0.1e6] * 11)
    less = months(r, "commissioner.cash_flow", 1) - months(without, "commissioner.cash_flow", 1)
    assert less == pytest.approx([0.1e6] * 12)
    assert r.series("advance_closing") == pytest.approx([1.2e6, 0, 0, 0])
    for party in parties_of(r):
        assert (r[f"{party}.closing"] == without[f"{party}.closing"]).all()
    assert r.series("budget_holder.run_off")[0] - without.series("budget_holder.run_off")[0] == pytest.approx(-1.2e6)


def test_insolvency_flags() -> None:
    """£1.0m to begin with. In the first year £0.1m goes each month: nothing is left after ten, two end below.

    In the second £0.2m comes each month, from −£0.2m; in April it is nil again, and nothing is overdrawn.
    """
    case, inputs = by_hand(opening_balance__budget_holder=1e6)
    flow = {
        f"budget_holder.cash.{k}": [0.0] * 4 for k in ("instalments", "staff", "practices", "settlement_single_rate")
    }
    flow |= {f"budget_holder.cash.{k}": [0.0] * 4 for k in ("hospital_contracts", "other_providers")}
    case_rows = {name: np.zeros((4, 12)) for name in flow}
    case_rows["budget_holder.cash.programmes"] = np.array([[-0.1e6] * 12, [0.2e6] * 12, [0] * 12, [-0.2e6] * 12])
    paid = np.full(4, 3.65e6)
    r = evaluate(case.model, inputs, given={**case_rows, "budget_holder.paid": paid})
    assert r.series("budget_holder.cash_closing") == pytest.approx([-0.2e6, 2.2e6, 2.2e6, -0.2e6], abs=1e-6)
    assert r.series("budget_holder.lowest_cash") == pytest.approx([-0.2e6, 0, 2.2e6, -0.2e6], abs=1e-6)
    assert r.series("budget_holder.months_overdrawn").tolist() == [2, 0, 0, 1]
    assert r.series("budget_holder.first_year_insolvent").tolist() == [1, 1, 1, 1]
    assert r.series("budget_holder.working_capital") == pytest.approx([0.2e6] * 4)
    assert r.series("budget_holder.daily_cost") == pytest.approx([10e3] * 4)
    assert r.series("budget_holder.liquidity_days") == pytest.approx([-20, 0, 220, -20], abs=1e-9)


def test_insolvency_begins_in_the_year_in_which_it_begins() -> None:
    """The fixture's hospital is overdrawn from its second year, its practices never."""
    r = contract("cash").results
    assert r.series("hospital.months_overdrawn").tolist() == [0, 4, 12, 12]
    assert r.series("hospital.first_year_insolvent").tolist() == [0, 2, 2, 2]
    assert not r["practices.first_year_insolvent"].any()


# --- laws


@quick
@given(**WITH_CASH)
def test_months_roll_into_months_and_years_into_years(name: str, seed: int, part: float) -> None:
    _, _, r = future(name, seed, part)
    for party in parties_of(r):
        flow, balance = r[f"{party}.cash_flow"][..., 0], r[f"{party}.cash_balance"][..., 0]
        opening = r[f"opening_balance.{party}"].item()
        assert nil(balance.ravel() - opening - flow.ravel().cumsum(), r), party


@quick
@given(**WITH_CASH)
def test_a_year_after_the_last_everything_is_paid(name: str, seed: int, part: float) -> None:
    """Had the contract ended with any year: its cash and the run-off are the accrued balance, for every party."""
    _, _, r = future(name, seed, part)
    for party in parties_of(r):
        assert nil(r[f"{party}.cash_after_run_off"] - r[f"{party}.closing"], r), party
        assert nil(r[f"{party}.run_off"] - (r[f"{party}.debtors"] - r[f"{party}.creditors"]), r), party
        assert nil(r[f"check.cash.{party}"], r) and nil(r[f"check.run_off.{party}"], r), party


@quick
@given(**WITH_CASH)
def test_monthly_cash_of_all_parties_and_of_outside_sums_to_nothing(name: str, seed: int, part: float) -> None:
    _, _, r = future(name, seed, part)
    everyone = sum(r[f"{party}.cash_flow"] for party in (*parties_of(r), "outside"))
    assert nil(np.asarray(everyone), r)
    assert nil(sum(r[f"{p}.debtors"] - r[f"{p}.creditors"] for p in parties_of(r)) - owed_by_outside(r), r)


def owed_by_outside(r: Results) -> Array:
    flows = entries(r.model)
    owed = sum(
        r[f"cash.owed.{n}"] * ((payer == "outside") - 1.0 * (payee == "outside")) for n, payer, payee, _ in flows
    )
    return np.asarray(owed)


@quick
@given(**WITH_CASH)
def test_cash_of_a_year_is_the_entries_paid_in_it(name: str, seed: int, part: float) -> None:
    """From the entries and the delays, and not from the months: what accrued, less what is left, plus what was."""
    case, inputs, r = future(name, seed, part)
    for party in parties_of(r):
        paid = np.zeros_like(r[f"{party}.result"])
        for row in (row for row in case.model.rows.values() if row.entry):
            assert row.entry
            sign = (row.entry.payee == party) - (row.entry.payer == party)
            left = r[row.name] * unpaid(inputs, kind_of(row))
            paid = paid + sign * (r[row.name] - left + np.concatenate([np.zeros_like(left[:1]), left[:-1]]))
        loan = inputs["advance"] * np.maximum(0, 1 - np.arange(len(paid) + 1) / (inputs["advance_term"] or 1))
        lent = np.diff(loan, prepend=0)[1:] + loan[0] * (np.arange(len(paid)) == 0)
        paid[:, 0] += lent * ((party == "budget_holder") - 1.0 * (party == "commissioner"))
        assert nil(r[f"{party}.cash_flow"].sum(axis=1) - paid, r), party


def unpaid(inputs: Inputs, kind: str) -> Array:
    """Part of each year's entries that is paid in the next year."""
    if kind == INSTALMENTS:
        by, months_of_year = 1 - inputs["instalment_arrears"].item(), np.arange(13) / 12
        paid = [np.interp(by, months_of_year, shares.cumsum()) for shares in inputs["instalment_share"]]
        return 1 - np.array(paid)[:, None]
    if kind.startswith(SETTLEMENT):
        return inputs[f"{kind.removeprefix(SETTLEMENT)}.settled_later"]
    return np.minimum(1.0, inputs[f"payment_delay.{kind}"])[..., None]


@quick
@given(**WITH_CASH)
def test_paid_as_it_accrues_cash_is_what_the_yearly_books_say(name: str, seed: int, part: float) -> None:
    """Without delays and loan, the cash at a year's end is the balance less what settlements still owe."""
    case = with_cash(name)
    inputs = perturbed(case, seed, part)
    for never in ("advance", "instalment_arrears", *(f"payment_delay.{kind}" for kind in DELAYED)):
        inputs[never] = np.zeros_like(inputs[never])
    r = evaluate(case.model, inputs)
    for party in ("budget_holder", "commissioner"):
        assert nil(r[f"{party}.cash_closing"] - r[f"{party}_cash"], r)


@quick
@given(delay=st.floats(0, 1), amount=st.floats(-1e8, 1e8))
def test_the_same_every_year_is_the_same_every_month(delay: float, amount: float) -> None:
    """From the second year on, whatever the delay."""
    case, inputs = by_hand(payment_delay__staff=delay)
    r = run(case, inputs, own_services=[amount] * 4)
    assert np.allclose(r["budget_holder.cash.staff"][1:], -amount / 12, rtol=1e-9, atol=1e-6)


@quick
@given(**WITH_CASH, later=st.floats(0, 0.5))
def test_who_is_paid_later_never_has_more(name: str, seed: int, part: float, later: float) -> None:
    """Arrears of instalments: less for the budget holder at every month's end, as much more for those who pay."""
    case = with_cash(name)
    inputs = perturbed(case, seed, part)
    inputs["instalment_arrears"] = inputs["instalment_arrears"] * 0.5
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {"instalment_arrears": inputs["instalment_arrears"] + later})
    moved = after["budget_holder.cash_balance"] - before["budget_holder.cash_balance"]
    assert nil(np.maximum(moved, 0), before)
    others = [after[f"{p}.cash_balance"] - before[f"{p}.cash_balance"] for p in ("commissioner", "council")]
    assert nil(moved + sum(others), before)


@quick
@given(**WITH_CASH)
def test_flags_are_read_off_the_months(name: str, seed: int, part: float) -> None:
    _, _, r = future(name, seed, part)
    for party in parties_of(r):
        balance = r[f"{party}.cash_balance"][..., 0]
        below = balance <= -1
        assert r.series(f"{party}.lowest_cash") == pytest.approx(balance.min(axis=1), rel=1e-12, abs=1e-6)
        so_far = np.minimum.accumulate(balance.min(axis=1))
        assert r.series(f"{party}.working_capital") == pytest.approx(np.maximum(0, -so_far), rel=1e-12, abs=1e-6)
        assert (r.series(f"{party}.months_overdrawn") == below.sum(axis=1)).all()
        first = int(below.any(axis=1).argmax()) + 1 if below.any() else 0
        assert r.final(f"{party}.first_year_insolvent") == first


@quick
@given(**WITH_CASH)
def test_working_capital_is_what_would_have_been_enough(name: str, seed: int, part: float) -> None:
    case, inputs, r = future(name, seed, part)
    assume(not any(row.startswith("before_") for row in case.model.rows))  # a reserve or a cap answers to the balance
    need, opening = r.final("budget_holder.working_capital"), inputs["opening_balance.budget_holder"]
    enough = evaluate(case.model, inputs | {"opening_balance.budget_holder": opening + need})
    assert not enough["budget_holder.months_overdrawn"].any()
    if need > 1000:
        short = evaluate(case.model, inputs | {"opening_balance.budget_holder": opening + need - 1000})
        assert short["budget_holder.months_overdrawn"].any()


# --- what would be noticed


@pytest.mark.parametrize("kind", [*DELAYED, INSTALMENTS, "settlement_single_rate"])
@pytest.mark.parametrize("row", ["cash.paid", "cash.late"])
def test_a_month_unpaid_breaks_the_books(kind: str, row: str) -> None:
    case = contract("cash")
    values = case.results[f"{row}.{kind}"].copy()
    month = int(np.abs(values[1, :, 0]).argmax())
    values[:, month] = 0
    wrong = case.with_inputs({f"{row}.{kind}": values})
    assert any(not nil(wrong[f"check.cash.{party}"], case.results) for party in case.parties)


@pytest.mark.parametrize("entry", [e[0] for e in entries(contract("cash").model)])
def test_a_debt_left_out_breaks_the_books(entry: str) -> None:
    case = contract("cash")
    row = f"cash.owed.{entry}"
    assert case.results[row].any()
    wrong = case.with_inputs({row: case.results[row] * 0})
    assert any(not nil(wrong[f"check.cash.{party}"], case.results) for party in case.parties)


@pytest.mark.parametrize("party", [*Parties(), "outside"])
def test_cash_from_nowhere_breaks_the_books(party: str) -> None:
    case = contract("cash")
    wrong = case.with_inputs({f"{party}.cash_flow": case.results[f"{party}.cash_flow"] + 1000})
    assert not nil(wrong["check.cash.zero_sum"], case.results)


@pytest.mark.parametrize("name", ["instalment_share", "settlement_share"])
def test_shares_typed_in_that_are_not_the_whole_break_the_books(name: str) -> None:
    case = contract("cash")
    wrong = case.with_inputs({name: case.inputs[name] * 1.1})
    assert not nil(wrong["check.cash.budget_holder"], wrong)
    assert not nil(wrong["check.run_off.budget_holder"], wrong)


# --- kinds


def test_every_entry_of_every_fixture_is_paid_by_a_kind() -> None:
    for name in FIXTURES:
        case = with_cash(name)
        for row in (row for row in case.model.rows.values() if row.entry):
            assert f"cash.paid.{kind_of(row)}" in case.model.rows, row.name


@pytest.mark.parametrize(
    ("name", "payer", "payee", "of", "kind"),
    [
        ("nhs_wpap", "commissioner", "budget_holder", "transfer", "instalments"),
        ("contracts.hospital", "commissioner", "hospital", "transfer", "hospital_contracts"),
        ("subcontracts.royal", "budget_holder", "royal", "transfer", "hospital_contracts"),
        ("non_member_contract", "commissioner", "practices", "transfer", "practices"),
        ("guarantee.royal", "commissioner", "royal", "transfer", "hospital_contracts"),
        ("services.royal", "royal", "outside", "resource", "staff"),
        ("services.practices", "practices", "outside", "resource", "staff"),
        ("pension_contributions", "budget_holder", "outside", "resource", "staff"),
        ("own_services", "budget_holder", "outside", "resource", "staff"),
        ("irrecoverable_vat", "budget_holder", "outside", "resource", "other_providers"),
        ("termination_cost", "budget_holder", "outside", "resource", "other_providers"),
        ("transition", "budget_holder", "outside", "resource", "programmes"),
        ("deficit_support", "outside", "hospital", "funding", "funding"),
        ("single_rate.with_hospital", "commissioner", "hospital", "transfer", "settlement_single_rate"),
    ],
)
def test_kind_of_an_entry(name: str, payer: str, payee: str, of: Kind, kind: str) -> None:
    row = Row(name, Expr("num"), (), "Ledger", "GBP", "A flow.", entry=Entry(payer, payee, of))
    assert kind_of(row) == kind


@pytest.mark.parametrize("name", ["base", "terms", "no-hospital"])
def test_the_cash_book_leaves_all_other_books_alone(name: str) -> None:
    without, with_it = contract(name).results, contract(name, PLAIN).results
    for row in without.model.rows:
        assert (without[row] == with_it[row]).all(), row


def test_the_shipped_scenario_can_have_a_cash_book() -> None:
    """Fifteen years and every line of it fit formulas of the length that a reader can follow."""
    section = "cash={instalments: {profile: equal, arrears: 0.5 months}, payment_terms: {staff: 1 months}}"
    case = contract_of(load(DUDLEY, settings=[section]))
    for party in case.parties:
        assert nil(case.results[f"check.cash.{party}"], case.results)
    assert case.results["budget_holder.cash_balance"].shape == (15, 12, 1)


def test_without_the_section_there_is_no_cash_book() -> None:
    model = contract("base").model
    assert "month" not in model.dimension
    assert not [name for name in model.rows if "cash_" in name and "cash_saving" not in name]


# --- what is refused

CASH = "\ncash:\n  instalments: {profile: equal, arrears: 0}\n"
EQUAL = ", ".join(f"{m}: {p}" for m, p in zip(MONTHS, ["10%", "8%", *["8.2%"] * 10], strict=True))


@pytest.mark.parametrize(
    ("old", "new", "at", "says", "instead"),
    [
        ("equal", "even", "profile: |even", "not one of the words that may stand here", "equal"),
        ("equal", f"{{{EQUAL.replace('10%', '11%')}}}", "|profile: {apr", "sum to 101%", "100%"),
        ("equal", f"{{{EQUAL.replace('apr: 10%, ', '')}}}", "profile: |{may", "'apr' is missing", "apr:"),
        ("equal", f"{{{EQUAL}, apirl: 1%}}", "|apirl", "'apirl' is unknown here", "apr"),
        (
            "equal",
            f"{{{EQUAL.replace('10%', '110%').replace('8%', '-92%')}}}",
            "apr: |110%",
            "outside 0% to 100%",
            "share",
        ),
        ("equal", f"{{{EQUAL.replace('10%', '0.1')}}}", "apr: |0.1", "ambiguous as a rate", "10%"),
        ("0}", f"0, by_year: {{2018/19: {{{EQUAL.replace('10%', '9%')}}}}}}}", "|2018/19: {", "sum to 99%", "100%"),
        (
            "0}",
            f"0, by_year: {{2031/32: {{{EQUAL}}}}}}}",
            "|2031/32",
            "outside the contract's term",
            "2018/19 to 2021/22",
        ),
        ("arrears: 0", "arrears: 13 months", "arrears: |13", "paid by the end of the next", "0 to 12 months"),
        ("arrears: 0", "arrears: 2", "arrears: |2", "ambiguous as a length of time", "2 months"),
        (", arrears: 0", "", "instalments: |{", "'arrears' is missing", "arrears:"),
        (
            "cash:",
            "cash:\n  payment_terms: {staff: 2 years}",
            "staff: |2 years",
            "paid by the end of the next",
            "12 months",
        ),
        ("cash:", "cash:\n  payment_terms: {wages: 0}", "|wages", "'wages' is unknown here", "staff"),
        ("cash:", "cash:\n  settlement_month: sept", "settlement_month: |sept", "not one of the words", "sep"),
        (
            "cash:",
            "cash:\n  advance: {amount: 0, repaid: 1 year}",
            "amount: |0",
            "more than nothing",
            "£2.0m",
        ),
        ("cash:", "cash:\n  advance: {amount: £1m, repaid: 0}", "repaid: |0", "paid back at once", "12 months"),
        ("cash:", "cash:\n  advance: {amount: £1m}", "advance: |{", "'repaid' is missing", "repaid:"),
        (
            "  instalments: {profile: equal, arrears: 0}\n",
            "  settlement_month: jul\n",
            "|settlement_month",
            "'instalments' is",
            "",
        ),
    ],
)
def test_is_refused_in_its_place(old: str, new: str, at: str, says: str, instead: str, tmp_path: Path) -> None:
    text = BASE + spoiled(old, new, CASH)
    problem = next(p for p in problems(folder_with(tmp_path, text)) if says in p.message)
    assert (problem.place.line, problem.place.column) == place(text, at)
    assert instead in problem.instead
    assert problem.severity == "error"


def test_a_settlement_month_without_term_sheets_is_refused(tmp_path: Path) -> None:
    text = BASE.replace("scope: share", "scope: excluded")
    text = text[: text.index("terms:\n")] + text[text.index("opening_balances:") :]
    text += spoiled("cash:", "cash:\n  settlement_month: jul", CASH)
    (problem,) = problems(folder_with(tmp_path, text))
    assert problem.path == "cash.settlement_month"
    assert "no term sheets" in problem.message


def test_several_mistakes_come_together(tmp_path: Path) -> None:
    text = BASE + spoiled("arrears: 0", "arrears: 13 months", CASH)
    text += "  payment_terms: {staff: 14 months}\n  advance: {amount: -£1m, repaid: 0}\n"
    assert [p.path for p in problems(folder_with(tmp_path, text))] == [
        "cash.instalments.arrears",
        "cash.payment_terms.staff",
        "cash.advance.amount",
        "cash.advance.repaid",
    ]


def test_null_drops_the_section_and_its_parts() -> None:
    assert "month" not in contract("cash", "cash=null").model.dimension
    case = contract("cash", "cash.advance=null", "cash.settlement_month=null", "cash.payment_terms.staff=null")
    assert not case.inputs["advance"].any() and not case.inputs["payment_delay.staff"].any()
    assert np.allclose(case.inputs["settlement_share"], 1 / 12)
    (origin,) = case.made.origins["payment_delay.staff"].values()
    assert origin.grade == "definition" and "evenly" in origin.note
