"""A council that changes what it pays into the pooled budget: by hand, then laws."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import contract, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import evaluate, recalculate

quick = settings(max_examples=examples(40), deadline=None)
PARTIES = ("council", "commissioner", "budget_holder")


def test_a_cut_is_shared_as_the_pool_says() -> None:
    """A fifth of £10m is £2m. The council makes good 10%, so it pays £1.8m less; the commissioner makes good 25%,
    £0.5m; the budget holder bears the other £1.3m."""
    case = contract("reserves")
    r = recalculate(case.model, case.results, {"council_budget": np.full_like(case.results["council_budget"], 10e6)})
    # the fixture: no change in the first year, 3% more in the second, 20% less from the third
    assert r.series("s75_change") == pytest.approx([0, 0.27e6, -1.8e6, -1.8e6])
    assert r.series("s75_made_good") == pytest.approx([0, -0.075e6, 0.5e6, 0.5e6])
    bears = r.series("s75_change") + r.series("s75_made_good")
    assert bears == pytest.approx([0, 0.195e6, -1.3e6, -1.3e6])


def test_what_one_gains_the_others_lose() -> None:
    """Against the same contract without a change: the three results move by the shares, and nobody else's does."""
    cut = contract("base", "s75={contribution_change: -10%, made_good: {council: 40%, commissioner: 60%}}").results
    plain = contract("base").results
    tenth = 0.1 * plain.series("council_budget")
    moved = {p: cut.series(f"{p}.result") - plain.series(f"{p}.result") for p in (*PARTIES, "hospital", "outside")}
    assert moved["council"] == pytest.approx(0.6 * tenth)
    assert moved["commissioner"] == pytest.approx(-0.6 * tenth)
    assert all(moved[p] == pytest.approx(np.zeros(4)) for p in ("budget_holder", "hospital", "outside"))


def test_scope_and_cost_stay() -> None:
    cut, plain = contract("reserves").results, contract("base").results
    for row in ("wpb", "council_budget", "holder_cost", "activity"):
        assert np.array_equal(cut[row], plain[row])


@quick
@given(st.integers(0, 10**9))
def test_the_parts_are_the_change(seed: int) -> None:
    """The council's own part, the commissioner's and the budget holder's make up the change of its contribution."""
    case = contract("reserves")
    r = evaluate(case.model, perturbed(case, seed))
    change = r["council_budget"] * r["contribution_change"]
    parts = -r["made_good_by_council"] * change, r["s75_made_good"]
    borne = r["s75_change"] + r["s75_made_good"]
    assert np.allclose(borne - sum(parts), change, rtol=1e-9, atol=1e-9 * money_scale(r))


@quick
@given(st.integers(0, 10**9))
def test_no_change_moves_nothing(seed: int) -> None:
    case = contract("reserves")
    inputs = perturbed(case, seed)
    r = evaluate(case.model, inputs | {"contribution_change": inputs["contribution_change"] * 0})
    assert not r["s75_change"].any() and not r["s75_made_good"].any()
