"""Rebasing: the ratchet that takes part of an underspend off the budget, and never more than is over."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import Inputs, contract, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import Array, Results, evaluate

quick = settings(max_examples=examples(30), deadline=None)
SEEDS = {"seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}
CASE = contract("rebase")
FIRST, SECOND = 2, 4  # 2020/21 and 2022/23, of the years from 2018/19


def spent(budget: list[float], cost: list[float], inputs: Inputs | None = None) -> Results:
    """Results with the lines' index budgets and costs given: six years, one line with all of them."""
    lines = len(CASE.model.dimension["line"].members)
    wide = np.zeros((6, lines))
    wide[:, CASE.model.dimension["line"].members.index("community")] = budget
    phase = np.ones((6, lines))
    given = {"holder_baseline": wide, "list_adjustment": wide * 0, "phase": phase, "holder_cost": np.array(cost)}
    return evaluate(CASE.model, inputs or CASE.inputs, given=given)


def test_by_hand() -> None:
    """£100m a year, costing 96 and 98 in the first two years, and 94 from then on; half of the underspend is taken.

    2020/21: 6 of 200 were underspent, 3%: the level falls by 1.5% to 0.985. 2022/23: 98.5 less 94 in each of two
    years, 9 of 197 or 4.568%: half of it off 0.985 leaves 0.9625.
    """
    r = spent([100e6] * 6, [96e6, 98e6, 94e6, 94e6, 94e6, 94e6])
    assert r.series("rebase_level") == pytest.approx([1, 1, 0.985, 0.985, 0.9625, 0.9625])
    assert r.series("wpb") / 1e6 == pytest.approx([100, 100, 98.5, 98.5, 96.25, 96.25])
    assert r.series("bridge_rebase") / 1e6 == pytest.approx([0, 0, -1.5, -1.5, -3.75, -3.75])


def test_all_of_it_confiscates_every_saving() -> None:
    """With theta of 100% the budget of each rebase is the average cost of the years before it."""
    all_of_it = {"rebase_theta": np.ones_like(CASE.inputs["rebase_theta"])}
    r = spent([100e6] * 6, [96e6, 98e6, 94e6, 94e6, 94e6, 94e6], {**CASE.inputs, **all_of_it})
    assert r.series("wpb") / 1e6 == pytest.approx([100, 100, 97, 97, 94, 94])


def test_an_overspend_counts_only_where_it_works_both_ways() -> None:
    """4 of 200 overspent: half of 2% would raise the level to 1.01, and otherwise leaves it alone."""
    cost = [102e6, 102e6, 90e6, 90e6, 90e6, 90e6]
    assert spent([100e6] * 6, cost).series("rebase_level")[:4] == pytest.approx([1] * 4)
    up = {"rebases_up": np.ones_like(CASE.inputs["rebases_up"])}
    assert spent([100e6] * 6, cost, {**CASE.inputs, **up}).series("rebase_level")[:4] == pytest.approx(
        [1, 1, 1.01, 1.01]
    )


def test_from_the_file() -> None:
    """An overspend before 2020/21 leaves the budget alone; underspending in the two years after it cuts 2022/23."""
    level = CASE.results.series("rebase_level")
    assert (level[:SECOND] == 1).all() and level[SECOND] < 1 and level[SECOND + 1] == level[SECOND]
    budget, cost = (
        CASE.results.series("wpb")[FIRST:SECOND].sum(),
        CASE.results.series("holder_cost")[FIRST:SECOND].sum(),
    )
    assert level[SECOND] == pytest.approx(1 - 0.5 * (budget - cost) / budget)


@quick
@given(**SEEDS)
def test_no_theta_is_no_rebase(seed: int, part: float) -> None:
    """Every result is that of the same contract without the section."""
    plain = contract("base", "contract.years=6", "streams.core.growth=3%")
    inputs = perturbed(CASE, seed, part)
    a = evaluate(CASE.model, inputs | {"rebase_theta": inputs["rebase_theta"] * 0})
    b = evaluate(plain.model, {n: v for n, v in inputs.items() if n in plain.model.inputs})
    for row in plain.model.rows:
        if row in a.model.rows and not row.startswith("bridge.part"):
            assert np.allclose(a[row], b[row], rtol=1e-12, atol=1e-6), row


@quick
@given(**SEEDS, thetas=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_higher_theta_never_leaves_more(seed: int, part: float, thetas: tuple[float, float]) -> None:
    """Where an overspend does not raise the budget: the level falls with theta, in every year."""
    inputs = perturbed(CASE, seed, part)
    inputs |= {"rebases_up": inputs["rebases_up"] * 0}
    low, high = (
        evaluate(CASE.model, inputs | {"rebase_theta": np.full_like(inputs["rebase_theta"], t)}) for t in sorted(thetas)
    )
    assert (high["rebase_level"] <= low["rebase_level"] + 1e-12).all()
    assert (low["rebase_level"] <= 1).all()


@quick
@given(**SEEDS, later=st.floats(-0.5, 0.5))
def test_no_gain_is_taken_before_it_is_made(seed: int, part: float, later: float) -> None:
    """What is spent from the year of a rebase on moves no level of that year or before."""
    inputs = perturbed(CASE, seed, part)
    before = evaluate(CASE.model, inputs)
    cost: Array = before["holder_cost"][..., 0].copy()
    cost[SECOND:] *= 1 + later
    after = evaluate(CASE.model, inputs, given={"holder_cost": cost})
    assert np.allclose(after["rebase_level"][: SECOND + 1], before["rebase_level"][: SECOND + 1], rtol=1e-12)
    cost[FIRST:SECOND] = 0
    free = evaluate(CASE.model, inputs, given={"holder_cost": cost})
    assert np.allclose(free["rebase_level"][:SECOND], before["rebase_level"][:SECOND], rtol=1e-12)


def test_funding_and_cost_are_not_rebased() -> None:
    whole = {"rebase_theta": np.ones_like(CASE.inputs["rebase_theta"])}
    after = CASE.with_inputs(whole)
    assert after.series("wpb")[SECOND] < CASE.results.series("wpb")[SECOND]
    for row in ("nhs_funding", "council_funding", "holder_cost", "do_nothing_result_commissioner"):
        assert (after[row] == CASE.results[row]).all()
