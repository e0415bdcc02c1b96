"""How the budget holder runs a line: it provides it, buys it back from today's provider, or pays it straight on.

Of a line that is paid straight on the budget holder keeps nothing and loses nothing: its budget is what it pays. The
difference from the indexed budget stays with the commissioner, is a step of the bridge, and is outside the risk base.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import FIXTURES, Contract, Inputs, contract, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_model_examples import calm, put, run
from test_model_laws import checks, nil
from test_scenario_errors import BASE, folder_with, place, problems, spoiled
from tools import examples

from mcp_finance.rows.evaluate import Array, evaluate
from mcp_finance.scenario.load import load

quick = settings(max_examples=examples(40), deadline=None)
FUTURES = {"name": st.sampled_from(list(FIXTURES)), "seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}


def test_a_line_paid_straight_on_by_hand() -> None:
    """Prescribing, £9.0m, with the budget holder from 1 October 2018; in 2019/20 index 5%, price 2%, activity 1%.

    Cost 9.0 x 1.02 x 1.01 = 9.2718; indexed 9.45. Paid straight on the budget is 9.2718, and 0.1782 stays with the
    commissioner; bought back, the budget is 9.45 and the budget holder keeps 0.1782.
    """
    on, back = contract("modes"), contract("modes", "lines.prescribing.mode=subcontract_back")
    found = {}
    for name, case in (("on", on), ("back", back)):
        inputs = calm(case)
        put(case, inputs, "stream_growth", [0, 0.05, 0, 0], "core")
        put(case, inputs, "uplift", [0, 0.02, 0, 0], "local")
        put(case, inputs, "activity_growth", [0, 0.01, 0, 0], "prescribing")
        found[name] = run(case, inputs)
    budget = {n: r.series("line_budget", line="prescribing")[:2] / 1e6 for n, r in found.items()}
    assert budget["on"] == pytest.approx([4.5, 9.2718])
    assert budget["back"] == pytest.approx([4.5, 9.45])
    adjusted = found["on"].series("pass_through_adjustment", line="prescribing")[:2] / 1e6
    assert adjusted == pytest.approx([0, -0.1782])
    assert found["on"].series("commissioner_margin", line="prescribing")[1] / 1e6 == pytest.approx(0.1782)
    assert found["back"].series("commissioner_margin", line="prescribing")[1] == pytest.approx(0, abs=1e-6)
    for party, change in (
        ("budget_holder", -0.1782e6),
        ("commissioner", 0.1782e6),
        ("council", 0.0),
        ("hospital", 0.0),
    ):
        after, before = (found[n].series(f"{party}.result")[1] for n in ("on", "back"))
        assert after - before == pytest.approx(change, abs=1e-6), party


def test_the_risk_base_by_hand() -> None:
    """Calm, in 2020/21: GP 8, falls 6, community 12, prescribing 9, social care 15, the last two paid on."""
    case = contract("modes")
    r = run(case, calm(case))
    assert r.series("wpb")[2] / 1e6 == pytest.approx(50)
    assert r.series("risk_base")[2] / 1e6 == pytest.approx(26)
    assert r.series("nhs_risk_base")[2] / 1e6 == pytest.approx(26)
    without = run(case, calm(case) | {"passes_through": case.inputs["passes_through"] * 0})
    assert without.series("risk_base") == pytest.approx(without.series("wpb"))
    assert without.series("nhs_risk_base") == pytest.approx(without.series("nhs_budget"))


def test_what_is_withheld_can_follow_the_risk_base() -> None:
    """10% of the NHS risk base of £26m is £2.6m; of the NHS budget, which holds prescribing, it would be £3.5m."""
    held = {}
    for base in ("nhs_risk_base", "nhs_budget"):
        bind = f"{{nhs_budget: {base}, council_budget: 0, ips_score: 100%}}"
        case = contract("modes", f"terms.ips={{sheet: dudley-performance, settled_later: 100%, bind: {bind}}}")
        held[base] = run(case, calm(case)).series("withheld_total")[2] / 1e6
        assert [w.path for w in case.loaded.warnings] == ["terms.ips.bind.nhs_budget"] * (base == "nhs_budget")
    assert held == {"nhs_risk_base": pytest.approx(2.6), "nhs_budget": pytest.approx(3.5)}


@pytest.mark.parametrize(
    ("line", "mode"), [("community", "direct"), ("falls", "subcontract_back"), ("prescribing", "subcontract_back")]
)
def test_a_mode_says_what_after_transfer_says(line: str, mode: str) -> None:
    old = contract("base")
    new = contract("base", f"lines.{line}.after_transfer=null", f"lines.{line}.mode={mode}")
    assert all(np.array_equal(old.results[n], new.results[n]) for n in old.model.rows)
    at = (old.model.dimension["line"].members.index(line),)
    assert new.made.origins["moves_to_holder"][at].path == f"lines.{line}.mode"
    assert old.made.origins["moves_to_holder"][at].path == f"lines.{line}.after_transfer"


# --- laws


def some_passed_on(case: Contract, seed: int, part: float) -> tuple[Inputs, Array]:
    """Inputs at random, and some of the lines that the budget holder buys, to be paid straight on."""
    inputs = perturbed(case, seed, part)
    chosen = np.random.default_rng(seed).random(inputs["passes_through"].shape) > 0.5
    return inputs, chosen * (1 - inputs["moves_to_holder"]) * inputs["in_budget"]


@quick
@given(**FUTURES)
def test_nothing_is_kept_of_what_is_paid_straight_on(name: str, seed: int, part: float) -> None:
    case = contract(name)
    inputs, passed_on = some_passed_on(case, seed, part)
    r = evaluate(case.model, inputs | {"passes_through": passed_on})
    held = 1 - r["passes_through"]
    assert nil((r["line_budget"] - r["passed_payment"]) * r["passes_through"], r)
    assert nil(r["risk_base"] - (r["line_budget"] * held).sum(axis=1), r)
    assert nil(r["nhs_risk_base"] - (r["line_budget"] * held * r["is_nhs"]).sum(axis=1), r)
    assert all(nil(r[c], r) for c in checks(case.model))


@quick
@given(**FUTURES)
def test_paying_straight_on_moves_money_between_payer_and_holder_alone(name: str, seed: int, part: float) -> None:
    """Providers get what they got, and what the budget holder has less its commissioner has more."""
    case = contract(name)
    inputs, passed_on = some_passed_on(case, seed, part)
    before = evaluate(case.model, inputs | {"passes_through": passed_on * 0})
    after = evaluate(case.model, inputs | {"passes_through": passed_on})
    change = {p: after[f"{p}.result"] - before[f"{p}.result"] for p in ("budget_holder", "commissioner", "council")}
    unmoved_by_budgets = all(sheet.sheet.prefix == "single_rate" for sheet in case.sheets)
    acts_on_result = any(n.startswith("before_") for n in case.model.rows)
    if unmoved_by_budgets and not acts_on_result:
        assert nil(change["budget_holder"] + change["commissioner"] + change["council"], after)
        assert nil(change["budget_holder"] - after["bridge_pass_through"], after)
        for party in ("hospital", "practices"):
            assert nil(after[f"{party}.result"] - before[f"{party}.result"], after), party
    for row in ("holder_cost", "activity", "nhs_funding", "council_funding", "line_resources", "share_variance"):
        assert np.array_equal(after[row], before[row]), row


# --- what is refused


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("scope: excluded", "scope: excluded\n    mode: direct", "mode: |direct", "mode has no effect"),
        (
            "after_transfer: other",
            "after_transfer: other\n    mode: direct",
            "after_transfer: |other",
            "provided by holder",
        ),
        ("after_transfer: other", "mode: direct", "|prescribing:", "holder_inflation does not go with"),
        ("after_transfer: other", "mode: passed", "mode: |passed", "is not one of the words"),
        ("    after_transfer: other\n", "", "|prescribing:", "needs after_transfer"),
        (
            "after_transfer: holder\n    holder_inflation: holder\n    growth: 0.5%",
            "mode: pass_through\n    holder_inflation: holder\n    growth: 0.5%",
            "|holder_inflation: holder\n    growth: 0.5%",
            "holder_inflation does not go with",
        ),
    ],
)
def test_a_mode_is_refused(old: str, new: str, at: str, says: str, tmp_path: Path) -> None:
    text = spoiled(old, new, BASE)
    found = [p for p in problems(folder_with(tmp_path, text)) if says in p.message]
    assert found, says
    assert (found[0].place.line, found[0].place.column) == place(text, at) and found[0].instead


def test_a_programme_on_a_line_paid_straight_on_is_warned_of(tmp_path: Path) -> None:
    text = spoiled("after_transfer: hospital", "mode: pass_through", BASE)
    (found,) = load(folder_with(tmp_path, text)).warnings
    assert found.path == "lines.falls.shift" and "goes to the commissioner" in found.message
