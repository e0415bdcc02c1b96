"""What the gain/loss share expects of a line: trend, static, comparator, norm or rolling; and what coding adds.

Every amount is at one constant price base. Hospital plans keep the trend whatever the share expects.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import Contract, Inputs, contract, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_model_examples import calm, put, run
from test_model_laws import checks, nil
from test_scenario_errors import BASE, folder_with, place, problems, spoiled
from tools import examples

from mcp_finance.model.share.baselines import METHODS
from mcp_finance.rows.evaluate import evaluate

NAME = "share-baselines"
OTHERS = ("comparator_growth", "norm_growth", "coding_adjustment")
quick = settings(max_examples=examples(30), deadline=None)
SEEDS = st.integers(0, 10**9)


def quiet() -> tuple[Contract, Inputs]:
    """Nothing grows, nothing shifts; 100,000 people, all of them members: 20, 60 and 20 thousand by age."""
    case = contract(NAME)
    inputs = calm(case)
    for name in OTHERS:
        put(case, inputs, name, 0.0)
    inputs["population"][:, 0] = [20_000, 60_000, 20_000]
    return case, inputs


def growth(*rates: float) -> list[float]:
    return [0.0, *rates, *[0.0] * (6 - len(rates))]


def test_static_by_hand() -> None:
    """Falls, 2,500 at £2,400 = £6.0m; growth of 10% is a loss of 0.6, though the plan expected 10% too."""
    case, inputs = quiet()
    put(case, inputs, "activity_growth", growth(0.10), "falls")
    put(case, inputs, "expected_growth", growth(0.10), "falls")
    r = run(case, inputs)
    assert r.series("share_expected_activity", line="falls") == pytest.approx([2500] * 7)
    assert r.series("expected_activity", line="falls")[:2] == pytest.approx([2500, 2750])
    costs = [r.series(f"{side}_line_cost", line="falls")[:3] / 1e6 for side in ("expected", "actual")]
    assert costs[0] - costs[1] == pytest.approx([0, -0.6, -0.6])


def test_comparator_by_hand() -> None:
    """Planned, 9,000 spells; matched areas grow by 2.6% and 1.9%: 9,234 and 9,409.446. Ageing is in them."""
    case, inputs = quiet()
    put(case, inputs, "comparator_growth", growth(0.026, 0.019), "planned")
    inputs["population"][1:] *= 1.05
    expected = run(case, inputs).series("share_expected_activity", line="planned")
    assert expected[:3] == pytest.approx([9000, 9234, 9409.446])


@pytest.mark.parametrize(
    ("cap", "second"),
    [
        (0.03, 12_733.272),  # 102,000 x 1.2 x 1.03 = 126,072, x 0.1 x 1.01
        (0.05, 12_766.4),  # need per head has risen by 3.27%, which is within 5%: 126,400 x 0.1 x 1.01
        (0.0, 12_362.4),  # 102,000 x 1.2 x 0.1 x 1.01: people count, ageing does not
    ],
)
def test_norm_by_hand(cap: float, second: float) -> None:
    """Weights 0.4, 0.8 and 3.2: 120,000 weighted people; a norm of 0.1 allows 12,000. Then 2,000 more of the oldest.

    102,000 people, 126,400 weighted: 1.2392 a head instead of 1.2, which is 3.27% more. The norm grows by 1%.
    """
    case, inputs = quiet()
    inputs["population"][1:, 0, 2] = 22_000
    put(case, inputs, "norm_rate", 0.1, "other_emergency")
    put(case, inputs, "risk_score_cap", cap, "other_emergency")
    put(case, inputs, "norm_growth", growth(0.01), "other_emergency")
    expected = run(case, inputs).series("share_expected_activity", line="other_emergency")
    assert expected[:2] == pytest.approx([12_000, second])
    assert expected[2] == pytest.approx(second)


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        (1, [100, 100, 110, 121, 121, 121, 121]),
        (2, [100, 100, 105, 115.5, 121, 121, 121]),  # (100 + 110) / 2, (110 + 121) / 2
        (5, [100, 100, 102, 106.2, 110.4, 114.6, 118.8]),  # 510 / 5, 531 / 5, 552 / 5, 573 / 5, 594 / 5
    ],
)
def test_rolling_by_hand(years: int, expected: list[float]) -> None:
    """Activity of 100, 110 and 121 from then on, and 100 before the first year: the average of the last years."""
    case = contract(NAME, f"lines.community.rolling_years={years}")
    inputs = {**quiet()[1], **{n: v for n, v in case.inputs.items() if n.startswith("roll_weight")}}
    put(case, inputs, "activity_growth", growth(0.1, 0.1), "community")
    found = run(case, inputs).series("share_expected_activity", line="community")
    assert found / 1500 == pytest.approx(expected)


def test_coding_by_hand() -> None:
    """Counted activity grows by 5%, 2% of it coding: compared is 1.05 / 1.02 of £24.0m."""
    case, inputs = quiet()
    put(case, inputs, "activity_growth", growth(0.05), "other_emergency")
    put(case, inputs, "coding_adjustment", growth(0.02), "other_emergency")
    r = run(case, inputs)
    assert r.series("actual_line_cost", line="other_emergency")[:2] / 1e6 == pytest.approx([24, 24 * 1.05 / 1.02])
    # the hospital is paid for what it counts, so that the commissioner's cash is beside 5% and not 2.94%
    gap = r.series("share_expected_activity", line="other_emergency")[1] - 10_500
    assert r.series("unbought_activity", line="other_emergency")[1] == pytest.approx(gap)


def test_cash_beside_the_share_is_on_what_the_share_expects() -> None:
    """Planned, £20m: matched areas grow 10%, it does not. Had it grown, main would pay 60% of 2.0 more: 1.2."""
    case, inputs = quiet()
    switch = {f"by_{m}": np.full_like(inputs[f"by_{m}"], m == "trend") for m in METHODS}
    inputs |= switch
    put(case, inputs, "by_trend", 0.0, "planned")
    put(case, inputs, "by_comparator", 1.0, "planned")
    put(case, inputs, "comparator_growth", growth(0.1), "planned")
    r = run(case, inputs)
    assert r.series("total_variance")[:2] / 1e6 == pytest.approx([0, 2.0])
    assert r.series("commissioner_cash_saving")[:2] / 1e6 == pytest.approx([0, 1.2])
    assert r.series("contract_plan", contract="main")[1] / 1e6 == pytest.approx(24 + 20 + 12)


# --- laws


@quick
@given(SEEDS)
def test_the_parts_of_a_variance_add_up_whatever_is_expected(seed: int) -> None:
    case = contract(NAME)
    r = evaluate(case.model, perturbed(case, seed))
    parts = r["gain_from_shift_total"] + r["gain_from_growth_total"]
    assert nil(parts - (r["expected_cost"] - r["actual_cost"]).sum(axis=1), r)
    assert all(nil(r[c], r) for c in checks(case.model))


@quick
@given(SEEDS)
def test_a_change_of_tariff_makes_no_gain(seed: int) -> None:
    """Both sides stand at the first year's price."""
    case = contract(NAME)
    inputs = perturbed(case, seed)
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {"uplift": inputs["uplift"] * 3, "cost_growth": inputs["cost_growth"] * 2})
    for row in ("expected_cost", "actual_cost", "share_variance", "gain_from_shift"):
        assert np.array_equal(before[row], after[row]), row


@quick
@given(SEEDS, st.sampled_from(METHODS))
def test_what_is_expected_moves_no_plan_and_no_activity(seed: int, method: str) -> None:
    case = contract(NAME)
    inputs = perturbed(case, seed)
    before = evaluate(case.model, inputs)
    switches = {f"by_{m}": np.full_like(inputs[f"by_{m}"], m == method) for m in METHODS}
    after = evaluate(case.model, inputs | switches)
    for row in ("contract_plan", "contract_payment", "activity", "hospital_cost", "wpb", "holder_cost"):
        assert np.array_equal(before[row], after[row]), row
    named = {"trend": "expected_activity", "static": "base_activity"}.get(method, f"{method}_activity")
    assert np.allclose(after["share_expected_activity"], after[named], rtol=1e-12)


@quick
@given(SEEDS)
def test_a_trend_counted_as_before_is_what_there_was_without_baselines(seed: int) -> None:
    plain, same = contract("base"), contract("base", "lines.other_emergency.coding_adjustment=0%")
    inputs = perturbed(plain, seed)
    before = evaluate(plain.model, inputs)
    after = evaluate(same.model, same.inputs | inputs)
    assert "coding_index" in same.model.rows and "coding_index" not in plain.model.rows
    for name in plain.model.rows:
        assert np.allclose(before[name], after[name], rtol=1e-12, atol=1e-6), name


@quick
@given(SEEDS, st.floats(0, 0.2))
def test_a_tighter_cap_on_need_never_expects_more(seed: int, cap: float) -> None:
    case = contract(NAME)
    inputs = perturbed(case, seed)
    loose, tight = (
        evaluate(case.model, inputs | {"risk_score_cap": np.full_like(inputs["risk_score_cap"], c)})
        for c in (cap + 0.05, cap)
    )
    assert (tight["norm_activity"] <= loose["norm_activity"] * (1 + 1e-12)).all()
    assert np.array_equal(tight["norm_activity"][0], loose["norm_activity"][0])


# --- what is refused

SHARE = "    expected_growth: 1.5%\n"
NORM = "norm: {activity_per_weighted_person: 0.1, growth: 1%, risk_score_cap: 3%}"


@pytest.mark.parametrize(
    ("new", "at", "says"),
    [
        ("expected: comparator", "expected: |comparator", "needs comparator_growth"),
        ("expected: norm", "expected: |norm", "needs norm"),
        ("expected: rolling", "expected: |rolling", "needs rolling_years"),
        ("expected: average", "expected: |average", "is not one of the words"),
        ("comparator_growth: 2%", "|comparator_growth", "the line's baseline is trend"),
        (f"expected: static\n    {NORM}", "|norm:", "the line's baseline is static"),
        ("rolling_years: 2", "|rolling_years", "the line's baseline is trend"),
        ("expected: rolling\n    rolling_years: 6", "rolling_years: |6", "whole years from 1 to 5"),
        ("expected: rolling\n    rolling_years: 2.5", "rolling_years: |2.5", "whole years from 1 to 5"),
        (f"expected: norm\n    {NORM}".replace("0.1", "0"), "person: |0", "a norm must be more than nothing"),
        (f"expected: norm\n    {NORM}".replace("3%", "-3%"), "cap: |-3%", "below nothing"),
        ("coding_adjustment: -100%", "coding_adjustment: |-100%", "leaves nothing"),
        ("coding_adjustment: {by_year: {2019/20: 1%}}", "coding_adjustment: |{by", "no figure is given for 2020/21"),
    ],
)
def test_a_baseline_is_refused(new: str, at: str, says: str, tmp_path: Path) -> None:
    refused(SHARE, f"{SHARE}    {new}\n", at, says, tmp_path)


@pytest.mark.parametrize("new", ["expected: static", "coding_adjustment: 1%"])
def test_a_line_outside_the_share_has_no_baseline(new: str, tmp_path: Path) -> None:
    refused(
        "    scope: excluded\n", f"    scope: excluded\n    {new}\n", f"|{new}", "not in the gain/loss share", tmp_path
    )


def refused(old: str, new: str, at: str, says: str, folder: Path) -> None:
    text = spoiled(old, new, BASE)
    found = [p for p in problems(folder_with(folder, text)) if says in p.message]
    assert found, says
    assert (found[0].place.line, found[0].place.column) == place(text, at) and found[0].instead
