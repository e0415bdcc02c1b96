"""Scope: every unit of activity is in the budget, in the gain/loss share or excluded, and in one of them only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import FIXTURES, contract, dudley, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scenario_errors import BASE, folder_with, place, problems, spoiled
from tools import examples

from mcp_finance.rows.evaluate import evaluate
from mcp_finance.scenario.load import load
from mcp_finance.scenario.sections.lines import Fraction

quick = settings(max_examples=examples(40), deadline=None)
FUTURES = {"name": st.sampled_from(list(FIXTURES)), "seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}
LEAF = "    title: Emergency admissions, falls\n", "    title: Other emergency admissions\n"


@quick
@given(**FUTURES)
def test_budget_share_and_excluded_are_all_activity(name: str, seed: int, part: float) -> None:
    """By the scenario's words; no money of the budget is outside its lines, and none of the share outside its own."""
    case = contract(name)
    r = evaluate(case.model, perturbed(case, seed, part))
    scopes = np.array([line.scope for line in case.loaded.scenario.lines.values()])
    by_class = {c: (r["activity"] * (scopes == c)[:, None]).sum(axis=1) for c in ("budget", "share", "excluded")}
    assert np.allclose(sum(by_class.values()), r["activity"].sum(axis=1), rtol=1e-12)
    in_budget, in_share = (r[n].reshape(-1).astype(bool) for n in ("in_budget", "in_share"))
    assert np.array_equal(in_budget, scopes == "budget") and np.array_equal(in_share, scopes == "share")
    outside_share, outside_budget = np.where(scopes == "share")[0], np.where(scopes != "budget")[0]
    for row in ("line_budget", "passed_payment", "own_cost", "taken_on"):
        assert not r[row][:, outside_budget].any(), row
    for row in ("expected_line_cost", "actual_line_cost", "shifted_line_cost", "shared_unbought"):
        assert not np.delete(r[row], outside_share, axis=1).any(), row


@pytest.mark.parametrize("name", [*FIXTURES, "dudley"])
def test_the_fractions_of_every_baseline_are_all_of_it(name: str) -> None:
    case = dudley() if name == "dudley" else contract(name)
    wholes = dict.fromkeys(case.loaded.scenario.baselines, 0.0)
    for line in case.loaded.scenario.lines.values():
        if isinstance(line.baseline, Fraction):
            wholes[line.baseline.of] += line.baseline.fraction.value
    assert wholes == pytest.approx(dict.fromkeys(wholes, 1.0), abs=1e-9)


def with_leaves(falls: str, other: str) -> str:
    text = spoiled(LEAF[0], f"{LEAF[0]}    {falls}\n", BASE)
    return spoiled(LEAF[1], f"{LEAF[1]}    {other}\n", text)


@pytest.mark.parametrize("key", ["pod", "cohort"])
def test_the_same_leaf_twice_is_refused(key: str, tmp_path: Path) -> None:
    """Falls and other emergencies are fractions of one baseline, both with the hospital."""
    text = with_leaves(f"{key}: over_65", f"{key}: over_65")
    (found,) = problems(folder_with(tmp_path, text))
    assert "counted twice" in found.message and "falls" in found.message and found.instead
    assert (found.place.line, found.place.column) == place(text, "|other_emergency:")


def test_leaves_that_differ_are_fine(tmp_path: Path) -> None:
    text = with_leaves("cohort: over_65", "cohort: under_65")
    assert load(folder_with(tmp_path, text)).warnings == ()


def test_a_pod_is_an_id(tmp_path: Path) -> None:
    text = spoiled(LEAF[0], f"{LEAF[0]}    pod: Day Case\n", BASE)
    (found,) = problems(folder_with(tmp_path, text))
    assert (found.place.line, found.place.column) == place(text, "pod: |Day Case")
