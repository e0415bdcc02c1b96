"""Reserve, general balance and guarantee: four years by hand, then laws."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import contract, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import Results, evaluate, recalculate

quick = settings(max_examples=examples(60), deadline=None)
FUTURES = {"name": st.sampled_from(["reserves", "surplus"]), "seed": st.integers(0, 10**9)}


def by_hand(results: list[float], wpb: float = 10e6, opening: float = 1e6, guarantee: float = 1.2e6) -> Results:
    """The fixture `reserves`, with the results of its four years and the budget typed in."""
    case = contract("reserves")
    years = np.array(results).reshape(-1, 1)
    changes = {
        "before_guarantee.result": years,
        "wpb": np.full_like(years, wpb),
        "opening_balance.budget_holder": np.array(opening).reshape(case.inputs["opening_balance.budget_holder"].shape),
        "parent_guarantee": np.array(guarantee).reshape(case.inputs["parent_guarantee"].shape),
        "reserve_build": case.inputs["reserve_build"] * 0 + 0.03,
        "reserve_target_share": case.inputs["reserve_target_share"] * 0 + 0.12,
    }
    return recalculate(case.model, case.results, changes)


def test_four_years_by_hand() -> None:
    """Opening reserve £1m; 3% of £10m a year, £300,000, is set aside until the reserve is £1.2m.

    Year 1: a surplus of £0.5m. Only £0.2m is missing to the target: reserve 1.2m, general balance 0.3m.
    Year 2: a deficit of £1.1m. General balance 0.3m first, then 0.8m of the reserve: reserve 0.4m.
    Year 3: a deficit of £1.0m. Reserve 0.4m, then the guarantee 0.6m, of which 0.6m is left.
    Year 4: a deficit of £0.9m. The guarantee's last 0.6m; 0.3m is uncovered.
    """
    r = by_hand([0.5e6, -1.1e6, -1.0e6, -0.9e6])
    assert r.series("reserve_added") == pytest.approx([0.2e6, 0, 0, 0])
    assert r.series("reserve_drawn") == pytest.approx([0, 0.8e6, 0.4e6, 0])
    assert r.series("reserve_closing") == pytest.approx([1.2e6, 0.4e6, 0, 0])
    assert r.series("guarantee_called") == pytest.approx([0, 0, 0.6e6, 0.6e6])
    assert r.series("guarantee_left") == pytest.approx([1.2e6, 1.2e6, 0.6e6, 0])
    assert r.series("general_closing") == pytest.approx([0.3e6, 0, 0, -0.3e6])
    assert r.series("deficit_beyond_cover") == pytest.approx([0, 0, 0, 0.3e6])
    assert r.series("warn.guarantee_called").tolist() == [0, 0, 1, 1]
    assert r.series("warn.deficit_beyond_cover").tolist() == [0, 0, 0, 1]
    assert r.series("first_year_beyond_cover").tolist() == [0, 0, 0, 4]


def test_the_reserve_is_built_by_its_rule_and_never_with_borrowed_money() -> None:
    """From nothing, with no guarantee. A deficit of £0.1m is uncovered and sets nothing aside; £0.1m of the next £0.2m
    fills it and the other £0.1m is set aside; then £0.3m of £0.7m, the share of the budget, and as much more."""
    r = by_hand([-0.1e6, 0.2e6, 0.7e6, 0], opening=0, guarantee=0)
    assert r.series("reserve_added") == pytest.approx([0, 0.1e6, 0.3e6, 0.3e6])
    assert r.series("reserve_closing") == pytest.approx([0, 0.1e6, 0.4e6, 0.7e6])
    assert r.series("general_closing") == pytest.approx([-0.1e6, 0, 0.4e6, 0.1e6])
    assert r.series("first_year_beyond_cover").tolist() == [1, 1, 1, 1]
    assert r.series("warn.deficit_beyond_cover").tolist() == [1, 0, 0, 0]


def test_less_than_a_pound_is_rounding() -> None:
    """40p beyond the opening £1m raises no flag, and neither does a call of as much; 60p more makes it a pound."""
    r = by_hand([-1e6 - 0.4, -0.6, 0, 0], guarantee=0)
    assert r.series("warn.deficit_beyond_cover").tolist() == [0, 1, 1, 1]
    assert r.series("first_year_beyond_cover").tolist() == [0, 2, 2, 2]
    r = by_hand([-1e6 - 0.4, -1.0, 0, 0])
    assert r.series("warn.guarantee_called").tolist() == [0, 1, 0, 0]
    assert not r["warn.deficit_beyond_cover"].any()


def test_an_opening_deficit_is_no_reserve() -> None:
    """An opening balance of −£0.4m: the guarantee meets it, and a surplus that comes later is set aside."""
    r = by_hand([0, 0.5e6, 0, 0], opening=-0.4e6)
    assert r.series("guarantee_called") == pytest.approx([0.4e6, 0, 0, 0])
    assert r.series("reserve_closing") == pytest.approx([0, 0.3e6, 0.5e6, 0.5e6])


def test_liquidity_is_days_of_spending() -> None:
    """Cash of £2m against £73m spent in the year is 10 days; the minimum of 14 days is £2.8m, £0.8m more."""
    case = contract("reserves")
    year = np.ones_like(case.results["budget_holder_cash"])
    typed = {"budget_holder_cash": 2e6 * year, "before_guarantee.paid": 73e6 * year}
    days = np.full_like(case.inputs["minimum_days"], 14)
    r = recalculate(case.model, case.results, typed | {"minimum_days": days})
    assert r.series("liquidity_days") == pytest.approx([10] * 4)
    assert r.series("minimum_cash") == pytest.approx([2.8e6] * 4)
    assert r.series("cash_below_minimum") == pytest.approx([0.8e6] * 4)
    assert r.series("warn.cash_below_minimum").tolist() == [1] * 4


@pytest.mark.parametrize(("result", "score"), [(1.2e6, 1), (1e6, 1), (0.9e6, 2), (0, 2), (-0.5e6, 3), (-1.5e6, 4)])
def test_the_margin_is_scored(result: float, score: int) -> None:
    """Income £100m; thresholds 1%, 0% and −1% are results of £1m, nil and −£1m."""
    case = contract("reserves")
    year = np.ones_like(case.results["budget_holder.result"])
    r = recalculate(
        case.model, case.results, {"budget_holder.result": result * year, "budget_holder.received": 100e6 * year}
    )
    assert r.series("income_margin") == pytest.approx([result / 100e6] * 4)
    assert r.series("margin_score").tolist() == [score] * 4
    assert r.series("warn.margin_scores_4").tolist() == [float(score == 4)] * 4


def test_without_the_section_nothing_is_there() -> None:
    rows = contract("base").model.rows
    assert not {"reserve_closing", "guarantee_called", "before_guarantee.result", "margin_score"} & rows.keys()
    assert "margin_score" not in contract("surplus").model.rows


def future(name: str, seed: int) -> Results:
    case = contract(name)
    return evaluate(case.model, perturbed(case, seed))


@quick
@given(**FUTURES)
def test_reserve_and_general_balance_are_the_balance(name: str, seed: int) -> None:
    r = future(name, seed)
    both = r["reserve_closing"] + r["general_closing"]
    assert np.allclose(both, r["budget_holder.closing"], rtol=1e-9, atol=1e-9 * money_scale(r))
    assert (r["reserve_closing"] >= 0).all()
    assert (r["reserve_closing"] - r["reserve_opening"] <= r["reserve_build"] * r["wpb"] + 1e-6).all()


@quick
@given(**FUTURES)
def test_the_guarantee_comes_last_and_is_limited(name: str, seed: int) -> None:
    r = future(name, seed)
    called, slack = r["guarantee_called"], 1e-9 * money_scale(r)
    assert (called >= 0).all()
    assert (called.sum(axis=0) <= r["parent_guarantee"] + slack).all()
    # whoever pays has nothing left himself, and is brought to nil and no further
    paid = called > slack
    assert not r["reserve_closing"][paid].any()
    assert (r["general_closing"][paid] <= slack).all()
    # nothing is left uncovered while any of the guarantee is left
    uncovered = r["deficit_beyond_cover"] > slack
    assert (np.abs(r["guarantee_left"][uncovered]) <= slack).all()
    assert not r["reserve_closing"][uncovered].any()


@quick
@given(**FUTURES)
def test_flags_are_the_cumulative_deficit_beyond_reserve_and_guarantee(name: str, seed: int) -> None:
    """From the ledger's side: the balance without the guarantor against what he promised."""
    r = future(name, seed)
    alone = r.series("budget_holder.closing") - r.series("guarantee_called").cumsum()
    lowest = np.minimum.accumulate(alone)
    paid = np.clip(-lowest, 0, r["parent_guarantee"].item())
    beyond = -(alone + paid)
    clear = np.abs(beyond - 1) > 1e-6 * money_scale(r)
    assert (r.series("warn.deficit_beyond_cover")[clear] == (beyond >= 1)[clear]).all()
    fired = r.series("warn.deficit_beyond_cover").nonzero()[0]
    first = r.series("first_year_beyond_cover")
    assert first[-1] == (fired[0] + 1 if len(fired) else 0)


@quick
@given(**FUTURES)
def test_a_larger_guarantee_never_leaves_more_uncovered(name: str, seed: int) -> None:
    case = contract(name)
    inputs = perturbed(case, seed)
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {"parent_guarantee": inputs["parent_guarantee"] + 1e6})
    slack = 1e-9 * money_scale(before)
    assert (after["deficit_beyond_cover"] <= before["deficit_beyond_cover"] + slack).all()
    assert (after["deficit_beyond_cover"] >= before["deficit_beyond_cover"] - 1e6 - slack).all()
