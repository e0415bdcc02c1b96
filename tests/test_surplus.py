"""The cap on the budget holder's surplus: Alzira's by hand, losses carried, the asset lock, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import contract, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import Array, Results, evaluate, recalculate

quick = settings(max_examples=examples(60), deadline=None)
FUTURES = {"name": st.sampled_from(["surplus", "asset-lock"]), "seed": st.integers(0, 10**9)}


def typed(results: list[float], turnover: float, cap: float, carry: bool, fixture: str = "surplus") -> Results:
    """A fixture with results, turnover and cap typed in."""
    case = contract(fixture)
    years = np.array(results).reshape(-1, 1)
    inputs = {
        "surplus_cap": np.full_like(case.inputs["surplus_cap"], cap),
        "carries_losses": np.full_like(case.inputs["carries_losses"], float(carry)),
    }
    rows = {"before_return.result": years, "before_return.received": np.full_like(years, turnover)}
    return recalculate(case.model, case.results, inputs | rows)


def test_seven_and_a_half_percent_of_turnover_may_be_kept() -> None:
    """Alzira: turnover £40m, cap £3m. Surpluses of £5m, £2m, nil and £3.5m return £2m, nothing, nothing and £0.5m."""
    r = typed([5e6, 2e6, 0, 3.5e6], 40e6, 0.075, carry=False)
    assert r.series("surplus_returned") == pytest.approx([2e6, 0, 0, 0.5e6])
    assert r.series("surplus_returned_to_date") == pytest.approx([2e6, 2e6, 2e6, 2.5e6])
    assert r.series("warn.surplus_over_cap").tolist() == [1, 0, 0, 1]
    assert not r["surplus_reinvested"].any()


@pytest.mark.parametrize(
    ("carry", "returned"),
    [
        # £4m lost; £6m less £4m made good is £2m, below £3m; of £3.5m, £0.5m; of £5m, £2m
        (True, [0, 0, 0.5e6, 2e6]),
        # each year alone: £3m of £6m
        (False, [0, 3e6, 0.5e6, 2e6]),
    ],
)
def test_losses_are_made_good_first_where_the_clause_says_so(carry: bool, returned: list[float]) -> None:
    r = typed([-4e6, 6e6, 3.5e6, 5e6], 40e6, 0.075, carry)
    assert r.series("surplus_returned") == pytest.approx(returned)
    assert r.series("losses_forward") == pytest.approx([4e6, 0, 0, 0])


def test_losses_are_carried_until_made_good() -> None:
    """£4m lost, £1m made good, £2m lost: £5m to make good, so of £9m, £4m counts and £1m lies above the cap of £3m."""
    r = typed([-4e6, 1e6, -2e6, 9e6], 40e6, 0.075, carry=True)
    assert r.series("losses_forward") == pytest.approx([4e6, 3e6, 5e6, 0])
    assert r.series("surplus_returned") == pytest.approx([0, 0, 0, 1e6])


def test_an_asset_lock_reinvests_all_surplus() -> None:
    """Cap 0%: of results of £2m and −£1m, £2m is spent on local services and nothing returned."""
    r = typed([2e6, -1e6, 0, 0.5e6], 40e6, 0, carry=False, fixture="asset-lock")
    assert r.series("surplus_reinvested") == pytest.approx([2e6, 0, 0, 0.5e6])
    assert r.series("surplus_reinvested_to_date") == pytest.approx([2e6, 2e6, 2e6, 2.5e6])
    assert not r["surplus_returned"].any()


def test_turnover_is_income_before_any_return() -> None:
    """Of the fixture's third year: 0.1% of income may be kept beyond losses of £176,536 (by the rows of `base`)."""
    r, plain = contract("surplus").results, contract("base").results
    made, income = plain.series("budget_holder.result"), plain.series("budget_holder.received")
    # -471,931 + 295,394 = -176,536 is still to be made good when 332,288 is made in the third year
    excess = made[2] - (-made[0] - made[1]) - 0.001 * income[2]
    assert r.series("surplus_returned") == pytest.approx([0, 0, excess, 0])
    assert r.series("commissioner.result") - plain.series("commissioner.result") == pytest.approx([0, 0, excess, 0])


def future(name: str, seed: int) -> tuple[Results, Array, Array]:
    """Results, and what the ledger says was made before anything was given up, and received."""
    case = contract(name)
    r = evaluate(case.model, perturbed(case, seed))
    made = r["budget_holder.result"] + r["surplus_returned"] + r["surplus_reinvested"]
    called = r["guarantee_called"] if "guarantee_called" in case.model.rows else 0
    return r, made - called, r["budget_holder.received"] - called


@quick
@given(**FUTURES)
def test_the_surplus_kept_is_within_the_cap(name: str, seed: int) -> None:
    """After losses made good, what is kept is at most the cap's share of turnover; a loss is never touched."""
    r, made, turnover = future(name, seed)
    given_up, slack = r["surplus_returned"] + r["surplus_reinvested"], 1e-9 * money_scale(r)
    losses, carried = np.zeros_like(made[0]), r["carries_losses"]
    for year in range(len(made)):
        room = np.maximum(0, turnover[year]) * r["surplus_cap"] + losses * carried
        assert (made[year] - given_up[year] <= np.maximum(room, 0) + slack).all()
        assert np.allclose(given_up[year], np.maximum(0, made[year] - room), rtol=1e-9, atol=slack)
        losses = np.maximum(0, losses - made[year])
    assert (given_up >= 0).all()
    assert (np.abs(given_up[made <= 0]) <= slack).all()


@quick
@given(**FUTURES)
def test_without_carried_losses_the_surplus_never_exceeds_the_cap(name: str, seed: int) -> None:
    case = contract(name)
    inputs = perturbed(case, seed)
    r = evaluate(case.model, inputs | {"carries_losses": inputs["carries_losses"] * 0})
    kept = r["before_return.result"] - r["surplus_given_up"]
    limit = np.maximum(0, r["before_return.received"]) * r["surplus_cap"]
    assert (kept <= limit + 1e-9 * money_scale(r)).all()


@quick
@given(**FUTURES)
def test_a_higher_cap_never_gives_up_more(name: str, seed: int) -> None:
    case = contract(name)
    inputs = perturbed(case, seed)
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {"surplus_cap": inputs["surplus_cap"] * 2 + 0.01})
    assert (after["surplus_given_up"] <= before["surplus_given_up"] + 1e-9 * money_scale(before)).all()


@quick
@given(**FUTURES)
def test_the_account_is_what_has_been_given_up(name: str, seed: int) -> None:
    r, _, _ = future(name, seed)
    for kind in ("returned", "reinvested"):
        so_far = r[f"surplus_{kind}"].cumsum(axis=0)
        assert np.allclose(r[f"surplus_{kind}_to_date"], so_far, rtol=1e-9, atol=1e-9 * money_scale(r))
    assert not (r["surplus_returned"] * r["surplus_reinvested"]).any()
