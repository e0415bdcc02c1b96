"""Every optional subject of the budget at once: they stand in one contract, its books close and its workbook agrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from contracts import Contract, contract, dudley, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from spreadsheet import LiveSheets, differences, expected_cells
from tools import examples

from mcp_finance.model.contract import contract_model
from mcp_finance.model.optional import OPTIONAL
from mcp_finance.rows.evaluate import evaluate
from mcp_finance.scenario.structure import structure

SUBJECTS = {"recurrent", "reopening", "pace", "index_rules", "rebase", "variations"}


def together() -> Contract:
    return contract(
        "index-rules",
        "streams.core.pace={distance_from_target: -4%, speed: 30%, least: 0%, most: 6%}",
        "streams.blended.reopened={2020/21: {growth: 3.4%, from: 2020-10-01}}",
        "lines.community.recurrent={non_recurrent: £0.3m, functions_taken_on: £0.6m}",
        "rebase={years: [2020/21, 2021/22], theta: 60%, both_ways: true}",
        "variations={one: {title: One, kind: scope_in, commissioned_by: council, amount: £1m, cost: £0.9m, "
        "from: 2019-07-01, stream: social_care, inflation: holder}}",
    )


def test_all_are_there() -> None:
    case = together()
    assert structure(case.loaded).optional >= SUBJECTS
    assert case.results.series("rebase_level")[2] != 1
    # in the first year the schedule pays for a line that has not transferred; the bridge still adds up
    steps = [n for n in case.model.rows if n.startswith("bridge_")]
    assert len(steps) == 18
    assert sum(case.results.series(n) for n in steps) == pytest.approx(case.results.series("wpb"))


@settings(max_examples=examples(15), deadline=None)
@given(seed=st.integers(0, 10**9))
def test_books_close(seed: int) -> None:
    case = together()
    r = evaluate(case.model, perturbed(case, seed))
    for name in (n for n in case.model.rows if n.startswith("check.") and "rules" not in n):
        if not name.startswith("check.single_rate"):
            assert np.abs(r[name]).max() <= 1e-12 * money_scale(r), name


def test_workbook_equals_engine() -> None:
    case = together()
    live = LiveSheets(case.model, case.inputs)
    assert differences(live.cells(), expected_cells(case.results), within=0.01) == []


WITH_AXES = ("break_points", "cash", "incentive", "measures", "practices")
"""Subjects that need an axis of their own, or a register."""


@pytest.mark.parametrize("case", [dudley(), contract("terms"), contract("fund")], ids=["dudley", "terms", "fund"])
def test_every_formula_stays_short_in_the_longest_term(case: Contract) -> None:
    """30 years, every subject without an axis of its own and sixty variations: no formula is too long to read."""
    old = structure(case.loaded)
    many = tuple(f"variation_{k}" for k in range(60))
    groups = {
        name: (old.members[to][0],) * 60
        for name, to in (("variation_stream", "stream"), ("variation_prices", "inflation"))
    }
    longest = replace(
        old,
        years=tuple(f"{y}/{(y + 1) % 100:02}" for y in range(2018, 2048)),
        optional=frozenset(n for n in OPTIONAL if n not in WITH_AXES),
        members={**old.members, "variation": many},
        groups={**old.groups, **groups},
    )
    assert contract_model(longest).rows["budget_holder.paid"]
