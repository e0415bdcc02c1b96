"""Warnings that no section of a scenario brings: a party worse off, nothing live, cash that runs out."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import contract, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import evaluate

quick = settings(max_examples=examples(30), deadline=None)


@quick
@given(seed=st.integers(0, 10**9), part=st.sampled_from([0.1, 1.0]), name=st.sampled_from(["base", "hospitals"]))
def test_worse_off_is_a_loss_to_date_beyond_what_is_material(seed: int, part: float, name: str) -> None:
    case = contract(name)
    r = evaluate(case.model, perturbed(case, seed, part))
    for party in case.parties:
        change, threshold = r.series(f"{party}.change_to_date"), r.series(f"{party}.threshold")
        worse = -change - threshold
        assert np.allclose(r.series(f"{party}.worse_off_by"), np.maximum(0, worse), rtol=1e-9, atol=1e-6)
        assert np.array_equal(r.series(f"warn.worse_off_{party}"), r.series(f"{party}.worse_off_by") >= 1)


def test_a_loss_within_what_is_material_is_none() -> None:
    """What is material is everything: nobody is worse off by it, whatever they lose."""
    case = contract("hospitals", "materiality=100%")
    assert not any(case.results.series(f"warn.worse_off_{party}").any() for party in case.parties)
    strict = contract("hospitals", "materiality=0%")
    losers = [p for p in strict.parties if strict.results.series(f"{p}.change_to_date").min() <= -1]
    assert losers
    assert all(strict.results.series(f"warn.worse_off_{party}").any() for party in losers)


@quick
@given(seed=st.integers(0, 10**9))
def test_nothing_is_live_where_no_line_is_taken_on(seed: int) -> None:
    case = contract("base")
    r = evaluate(case.model, perturbed(case, seed))
    starts, ends = r["contract_start"].item(), r.series("contract_ends")
    for k, fires in enumerate(r.series("warn.nothing_live")):
        first = r["first_day"].item() + k
        whole = starts <= first and ends[k] >= first + 1
        assert fires == (whole and not (r["phase"][k].ravel() * r["in_budget"].ravel()).any())


@pytest.mark.parametrize(("slippage", "expected"), [("0 months", 0), ("12 months", 1), ("30 months", 2)])
def test_each_whole_year_of_delay_is_warned_of(slippage: str, expected: int) -> None:
    """The first line transfers on the first day: a delay of thirty months leaves two whole years, and part of one."""
    late = contract("base", f"contract.slippage={slippage}").results.series("warn.nothing_live")
    assert late.tolist() == [1] * expected + [0] * (4 - expected)


def test_before_its_start_a_contract_is_not_late() -> None:
    early = contract("base", "contract.start=2019-04-01").results
    assert early.series("in_force")[0] == 0
    assert not early.series("warn.nothing_live").any()


@pytest.mark.parametrize("opening", ["£0.2m", "£2m", "£90m"])
def test_cash_that_runs_out_is_warned_of(opening: str) -> None:
    case = contract("cash", f"opening_balances.budget_holder={opening}")
    overdrawn = case.results["budget_holder.cash_balance"].reshape(len(case.model.years), -1) <= -1
    warned = case.results.series("warn.overdrawn_budget_holder")
    assert np.array_equal(warned, overdrawn.any(axis=1))
    assert warned.any() == (opening != "£90m")
