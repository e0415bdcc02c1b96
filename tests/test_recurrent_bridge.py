"""From outturn to recurrent cost, line by line, and the bridge that shows it."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import contract, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.analysis.headlines import BRIDGE_LABELS, headlines
from mcp_finance.analysis.run import Run
from mcp_finance.model.books.statements import BRIDGE
from mcp_finance.model.budget.recurrent import ADJUSTMENTS
from mcp_finance.rows.evaluate import evaluate

TAKEN_OFF = ("non_recurrent", "savings_full_year_effect", "transfers_out")


def test_recurrent_cost_by_hand() -> None:
    """Community: 12.0 - 0.3 + 0.2 - 0.1 + 0.4 + 0.25 - 0.15 - 0.05 + 0.6 = 12.85; rolled 12.85 x 1.02 x 1.015.

    Falls, 20% of £30m: 6.0 - 0.1 = 5.9. Social care: 15.0 + 0.5 = 15.5. Others are as their outturn.
    """
    results = contract("recurrent").results
    recurrent = {n: results.series("recurrent_baseline", line=n)[0] for n in ("community", "falls", "social_care")}
    assert recurrent == pytest.approx({"community": 12.85e6, "falls": 5.9e6, "social_care": 15.5e6})
    assert results.series("opening_baseline", line="community")[0] == pytest.approx(12.85e6 * 1.02 * 1.015)
    assert results.series("recurrent_baseline", line="gp_core")[0] == 8e6


def test_bridge_by_hand() -> None:
    """NHS lines in scope: 8 + 12 + 6 + 9 = £35.0m of outturn; adjustments of £0.75m; then the roll."""
    results = contract("recurrent").results
    shown = {name: results.series(f"bridge_{name}")[0] / 1e6 for name in ("reference", *ADJUSTMENTS, "roll")}
    assert shown == pytest.approx(
        {
            "reference": 35.0,
            "non_recurrent": -0.3,
            "full_year_effect": 0.2 - 0.1,
            "savings_full_year_effect": -0.1,
            "committed_investment": 0.4,
            "transfers_in": 0.25,
            "transfers_out": -0.15,
            "coding_change": -0.05,
            "functions_taken_on": 0.6,
            "roll": 35.75 * (1.02 * 1.015 - 1),
        }
    )
    # social care at first-year value, with what was handed to it
    assert results.series("bridge_council")[0] == pytest.approx(15.5e6 * 1.01 * 1.012)
    assert np.abs(results["check.bridge"]).max() < 1e-6


def test_steps_stand_in_the_bridge_only_where_a_line_has_adjustments() -> None:
    steps = {f"bridge_{name}" for name in ADJUSTMENTS}
    assert steps <= set(BRIDGE)
    assert steps <= contract("recurrent").model.rows.keys()
    assert not steps & contract("base").model.rows.keys()
    assert set(BRIDGE_LABELS) == set(BRIDGE)


@settings(max_examples=examples(30), deadline=None)
@given(seed=st.integers(0, 10**9), name=st.sampled_from(list(ADJUSTMENTS)), line=st.integers(0, 6))
def test_a_pound_of_an_adjustment_is_a_pound_of_recurrent_cost(seed: int, name: str, line: int) -> None:
    """Off or on by its name, in that line alone, and rolled like the rest of the line."""
    case = contract("recurrent")
    inputs = perturbed(case, seed)
    more = inputs[f"recurrent.{name}"].copy()
    more[:, line] += 1000
    before, after = evaluate(case.model, inputs), evaluate(case.model, inputs | {f"recurrent.{name}": more})
    moved = (after["recurrent_baseline"] - before["recurrent_baseline"])[0, :, 0]
    expected = np.zeros(len(moved))
    expected[line] = -1000 if name in TAKEN_OFF else 1000
    assert moved == pytest.approx(expected, abs=1e-6)
    step = (after[f"bridge_{name}"] - before[f"bridge_{name}"])[0, 0]
    assert step == pytest.approx(expected[line] * before["nhs_in_budget"][0, line, 0], abs=1e-6)


@settings(max_examples=examples(20), deadline=None)
@given(seed=st.integers(0, 10**9))
def test_adjustments_are_the_same_as_a_baseline_that_holds_them(seed: int) -> None:
    """Every result of a scenario whose baseline is already recurrent, but the steps that lead to it."""
    case, plain = contract("recurrent"), contract("base")
    inputs = perturbed(case, seed)
    a = evaluate(case.model, inputs)
    recurrent = {"reference_baseline": a["recurrent_baseline"][:1, :, 0]}
    b = evaluate(plain.model, {n: v for n, v in inputs.items() if n in plain.model.inputs} | recurrent)
    for row in plain.model.rows:
        if row not in ("bridge_reference", "reference_per_head") and not row.startswith("stepped_budget.part"):
            assert np.allclose(a[row], b[row], rtol=1e-9, atol=1e-12 * money_scale(a)), row


def test_headlines_show_the_steps() -> None:
    case = contract("recurrent")
    shown = [row for row, _, _ in headlines(Run(case.loaded, case.made, case.results)).bridge]
    assert shown[:3] == ["bridge_reference", "bridge_non_recurrent", "bridge_full_year_effect"]
    assert all(check.holds for check in Run(case.loaded, case.made, case.results).integrity())
