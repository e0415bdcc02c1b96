"""The variation ledger: what each entry adds to the budget and costs, when, and who pays it."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import contract, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import evaluate

quick = settings(max_examples=examples(30), deadline=None)
LEDGER = ("sexual_health", "night_nursing", "new_drug", "set_up")


def test_amounts_by_hand() -> None:
    """By days in force and by the stream's index, from the day on and until the last day.

    Sexual health £0.8m from 1 October 2019, social care at 2.2%: 0.8 x 1.022 x 1/2 = 0.4088, then 0.8 x 1.022^2.
    Night nursing -£0.4m from 1 April 2020, core at 3.0% and 2.5%: -0.4 x 1.03 x 1.025 = -0.4223.
    New drug £0.3m from 1 July 2019 to 30 June 2021: 0.3 x 1.03 x 3/4 = 0.23175, whole, then 1/4 of the year.
    Set-up £0.2m a year until 31 December 2018, not indexed: 0.2 x 9/12 = 0.15.
    """
    results = contract("variations").results
    expected = {
        "sexual_health": [0, 0.4088, 0.8 * 1.022**2, 0.8 * 1.022**3],
        "night_nursing": [0, 0, -0.4 * 1.03 * 1.025, -0.4 * 1.03 * 1.025 * 1.02],
        "new_drug": [0, 0.23175, 0.3 * 1.03 * 1.025, 0.3 * 1.03 * 1.025 * 1.02 / 4],
        "set_up": [0.15, 0, 0, 0],
    }
    for name in LEDGER:
        shown = results.series("variation_budget", variation=name) / 1e6
        assert shown == pytest.approx(expected[name], abs=1e-9), name


def test_cost_grows_with_prices_and_not_with_the_budget() -> None:
    """The drug's £0.36m at others' 3.1% less 0.3%: 0.36 x 1.031 x 0.997 x 3/4; set-up costs its £0.15m, not indexed."""
    results = contract("variations").results
    assert results.series("variation_cost", variation="new_drug")[1] == pytest.approx(0.36e6 * 1.031 * 0.997 * 0.75)
    assert results.series("variation_cost", variation="set_up") == pytest.approx([0.15e6, 0, 0, 0])


def test_who_pays() -> None:
    """The council its own variation, the commissioner the others; the budget holder what they cost."""
    with_them, without = contract("variations").results, contract("base").results
    own = with_them.series("variation_budget", variation="sexual_health")
    others = sum(with_them.series("variation_budget", variation=n) for n in LEDGER[1:])
    costs = sum(with_them.series("variation_cost", variation=n) for n in LEDGER)
    for entry, change in (("council_wpap", own), ("nhs_wpap", others)):
        assert with_them.series(entry) - without.series(entry) == pytest.approx(change, abs=1e-6), entry
    for party, change in (("council", -own), ("commissioner", -others), ("budget_holder", own + others - costs)):
        moved = with_them.series(f"{party}.result") - without.series(f"{party}.result")
        assert moved == pytest.approx(change, abs=1e-6), party
    for party in ("hospital", "practices"):
        assert (with_them[f"{party}.result"] == without[f"{party}.result"]).all()


@quick
@given(seed=st.integers(0, 10**9), part=st.sampled_from([0.1, 1.0]))
def test_the_ledger_adds_up_to_what_the_budget_changes_by(seed: int, part: float) -> None:
    """Against the same contract without the ledger, in every year and future; and nothing else of it moves."""
    case, plain = contract("variations"), contract("base")
    inputs = perturbed(case, seed, part)
    a = evaluate(case.model, inputs)
    b = evaluate(plain.model, {n: v for n, v in inputs.items() if n in plain.model.inputs})
    ledger = a["variation_budget"].sum(axis=1)
    for row in ("wpb", "full_scope_wpb"):
        assert np.allclose(a[row] - b[row], ledger, rtol=1e-9, atol=1e-5), row
    parts = a["nhs_budget"] + a["council_budget"] - b["nhs_budget"] - b["council_budget"]
    assert np.allclose(parts, ledger, rtol=1e-9, atol=1e-5)
    assert np.allclose(a["bridge_variations"], ledger, rtol=1e-12)
    for row in ("line_budget", "holder_cost", "hospital.result", "do_nothing_result_commissioner", "share_payment"):
        assert np.allclose(a[row], b[row], rtol=1e-12, atol=1e-6), row


@quick
@given(seed=st.integers(0, 10**9), day=st.floats(0, 1))
def test_a_variation_split_on_a_day_is_the_same_variation(seed: int, day: float) -> None:
    """One that ends on a day, and its twin that begins there, pay what one from start to end pays."""
    case = contract("variations")
    inputs = perturbed(case, seed)
    start, end = inputs["variation_starts"][0, 0], inputs["variation_ends"][0, 0]
    start, end = min(start, end), max(start, end)
    between = start + day * (end - start)

    def paid(starts: float, ends: float) -> np.ndarray:
        days = {n: inputs[n].copy() for n in ("variation_starts", "variation_ends")}
        days["variation_starts"][0, 0], days["variation_ends"][0, 0] = starts, ends
        return evaluate(case.model, inputs | days).series("variation_budget", variation="sexual_health")

    assert paid(start, between) + paid(between, end) == pytest.approx(paid(start, end), rel=1e-9, abs=1e-3)


def test_no_variation_counts_before_the_budget_begins() -> None:
    """Set-up money until 31 December 2018, of a budget that begins on 1 July: half a year of £0.2m."""
    results = contract("variations", "contract.start=2018-07-01").results
    assert results.series("variation_budget", variation="set_up") == pytest.approx([0.1e6, 0, 0, 0])


def test_variations_follow_the_index_that_their_stream_pays() -> None:
    """A stream under a cost build indexes its variation by the cost build: 1.005 x 1.01 x 1.02 x 0.99."""
    build = "cost_build: {population: 0.5%, non_demographic: 1.0%, uplift: 2.0%, efficiency: 1.0%}"
    stream = f"streams.built={{rule: cost_build, growth: 9%, list_adjustment: none, {build}, "
    stream += "roll: {2017/18: 0%, 2018/19: 0%}}"
    results = contract("variations", stream, "variations.new_drug.stream=built").results
    expected = 0.3e6 * 0.75 * 1.005 * 1.01 * 1.02 * 0.99
    assert results.series("variation_budget", variation="new_drug")[1] == pytest.approx(expected)
