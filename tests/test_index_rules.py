"""What budgets follow: index rules, pace of change and rates reopened within a year."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from contracts import FOLDER, Contract, contract, contract_of, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import Results, evaluate
from mcp_finance.scenario.load import load

quick = settings(max_examples=examples(30), deadline=None)
SEEDS = {"seed": st.integers(0, 10**9), "part": st.sampled_from([0.1, 1.0])}
BUILT = ("population", "non_demographic", "uplift", "efficiency")


def future(name: str, seed: int, part: float) -> tuple[Contract, Results]:
    case = contract(name)
    return case, evaluate(case.model, perturbed(case, seed, part))


# --- rules by hand


def test_a_cost_build_compounds_its_four_factors() -> None:
    """Population 0.4%, other demand 1.2%, uplift 2.5%, efficiency 2.0% on £200.0m.

    200.0 x 1.004 x 1.012 x 1.025 x 0.98 = 204.1240432; added up instead of compounded it would be 204.2.
    """
    results = contract("cost-build").results
    budget = results.series("full_scope_budget", line="prescribing")
    assert budget[:2] / 1e6 == pytest.approx([200.0, 204.1240432], abs=1e-9)
    assert round(budget[1] / 1e6, 3) == 204.124
    # the second year compounds on the first: 204.1240432 x 1.020620216
    assert budget[2] / 1e6 == pytest.approx(208.3331254, abs=1e-6)
    # its commissioner is still funded by the stream's growth: 200.0 x 1.03
    assert results.series("indexed_baseline", line="prescribing")[1] / 1e6 == pytest.approx(206.0)


def test_the_lesser_of_two_growths_is_paid_each_year() -> None:
    """Cost build 1.003 x 1.006 x 1.024 x 0.99 = 1.022902; allocation 1.6%, then 3.5%: pays 1.6%, then 2.2902%."""
    results = contract("index-rules").results
    built = 1.003 * 1.006 * 1.024 * 0.99
    assert built == pytest.approx(1.022902, abs=1e-6)
    index = results.series("budget_index", stream="lesser")
    assert index == pytest.approx([1, 1.016, 1.016 * built, 1.016 * built * built])
    assert results.series("funding_index", stream="lesser") == pytest.approx([1, 1.016, 1.05156, 1.0883646])


def test_a_blend_weighs_the_two_growths() -> None:
    """Allocation 2.8% with weight 40%; cost build 1.005 x 1.008 x 1.022 x 0.989 - 1 = 2.394%: 2.556% a year."""
    growth = 0.4 * 0.028 + 0.6 * (1.005 * 1.008 * 1.022 * 0.989 - 1)
    assert growth == pytest.approx(0.025563, abs=1e-6)
    index = contract("index-rules").results.series("budget_index", stream="blended")
    assert index == pytest.approx([(1 + growth) ** t for t in range(4)])


def test_a_fixed_schedule_is_paid_to_the_pound() -> None:
    """The stream's budget at full scope before list adjustment is the bidder's amount, in the first year too."""
    results = contract("index-rules").results
    paid = results.series("holder_baseline", line="community")
    assert paid == pytest.approx([11.4e6, 11.9e6, 12.1e6, 12.2e6], rel=1e-14)
    # 12,000,000 x 1.02 x 1.015 x 90% = 11,181,240 is what it starts from; the rest of the first year is indexation
    assert results.series("bridge_index")[0] == pytest.approx(11.4e6 - 11_181_240)


def test_a_fixed_schedule_is_for_the_whole_stream() -> None:
    """Two lines share it in proportion to their part of the first year, whoever is a member."""
    case = contract("index-rules", "lines.gp_core.stream=scheduled", "population.member_share=70%")
    lines = [case.results.series("holder_baseline", line=n) for n in ("community", "gp_core")]
    assert sum(lines) == pytest.approx([11.4e6, 11.9e6, 12.1e6, 12.2e6], rel=1e-14)
    # 12.0m x 70% members, 8.0m x 60% fully integrated: 8.4 to 4.8
    assert lines[0] / lines[1] == pytest.approx([8.4 / 4.8] * 4)


# --- laws of the rules


@quick
@given(**SEEDS)
def test_rules_hold_in_every_future(seed: int, part: float) -> None:
    """Each stream grows by its rule; what is no blend has all the weight on one of the two growths."""
    case = contract("index-rules")
    inputs, streams = perturbed(case, seed, part), case.model.dimension["stream"].members
    weights = zip(streams, inputs["allocation_weight"][0], strict=True)
    by_rule = [{"core": 1.0, "social_care": 0.0}.get(stream, weight) for stream, weight in weights]
    r = evaluate(case.model, inputs | {"allocation_weight": np.reshape(by_rule, (1, -1))})
    built = np.prod([1 + r[f"cost_build_{n}"] for n in BUILT[:3]], axis=0) * (1 - r["cost_build_efficiency"])
    built[0] = 1
    alloc = r["funding_index"] / np.concatenate([np.ones_like(r["funding_index"][:1]), r["funding_index"][:-1]])
    index = r["budget_index"]
    growth = index[1:] / index[:-1]
    for name, expected in (
        ("core", alloc),
        ("social_care", built),
        ("lesser", np.minimum(alloc, built)),
        ("blended", built + r["allocation_weight"] * (alloc - built)),
    ):
        k = streams.index(name)
        assert np.allclose(growth[:, k], expected[1:, k], rtol=1e-12), name
        assert (index[0, k] == 1).all()
    k = streams.index("scheduled")
    own = [n for n, to in enumerate(case.model.map["stream"].to) if to == k]
    scope = r["holder_baseline"][:, own].sum(axis=1)
    assert np.allclose(scope, r["schedule_amount"][:, k], rtol=1e-12)


@quick
@given(**SEEDS)
def test_no_rule_moves_what_commissioners_are_funded_by(seed: int, part: float) -> None:
    """Whatever rules the inputs come to, funding is that of the same streams under allocation growth."""
    case, r = future("index-rules", seed, part)
    ruled = {n: r[n] * 0 for n in ("takes_lesser", "has_schedule", *(f"cost_build_{b}" for b in BUILT))}
    plain = case.with_inputs({n: v[..., 0] for n, v in {**ruled, "allocation_weight": r["allocation_weight"]}.items()})
    for row in ("nhs_funding", "council_funding", "do_nothing_result_commissioner", "do_nothing_result_council"):
        assert (case.results[row] == plain[row]).all()
    assert np.allclose(r["funding_index"][1:] / r["funding_index"][:-1], 1 + r["stream_growth"][1:], rtol=1e-12)


def test_allocation_and_schedule_pay_what_funds_them() -> None:
    for name in ("base", "schedule"):
        r = contract(name).results
        assert (r["budget_index"] == r["funding_index"]).all()
        assert (r["funding_index"] == r["allocation_index"]).all()


# --- pace of change


def test_pace_by_hand() -> None:
    """A stream 4% under target: its target is 1 / 0.96 = 1.041667 of its money.

    2019/20: target 1.041667 x 1.03 = 1.072917; a fifth of the way from 1 is 1.014583, and the most is 1.012.
    2020/21: growth 2.5%, from 1 October 3.4%, 2.95% on average: target 1.072917 x 1.0295 = 1.104568; 60% of the way
    is 1.012 + 0.6 x 0.092568 = 1.067541, within 7% of 1.012.
    2021/22: from the reopened level, 1.072917 x 1.034 x 1.02 = 1.131584 is the target; 60% of the way is
    1.067541 + 0.6 x 0.064043 = 1.105967.
    """
    results = contract("pace").results
    assert results.series("target_index", stream="core") == pytest.approx(
        [1.0416667, 1.0729167, 1.1045677, 1.1315838], abs=1e-7
    )
    expected = [1, 1.012, 1.0675406, 1.1059666]
    assert results.series("funding_index", stream="core") == pytest.approx(expected, abs=1e-7)
    assert results.series("budget_index", stream="core") == pytest.approx(expected, abs=1e-7)
    assert results.series("distance_from_target", stream="core")[0] == pytest.approx(-0.04)


def test_pace_down_to_a_lower_target_stops_at_the_floor() -> None:
    """10% over target: half of the way down would lose 3.5% in 2019/20, and the floor is growth of 0.5%."""
    results = contract("pace").results
    # target 1.022 / 1.1 = 0.929091; half of the way is 0.964545, less than 1.005
    # then target 0.949531 and half of the way 0.977265, less than 1.005 x 0.99 = 0.99495
    assert results.series("funding_index", stream="social_care")[:3] == pytest.approx([1, 1.005, 0.99495])


@quick
@given(**SEEDS)
def test_pace_keeps_within_its_limits_and_reaches_target_at_full_speed(seed: int, part: float) -> None:
    case = contract("pace")
    inputs = perturbed(case, seed, part)
    inputs["pace_most"] = inputs["pace_least"] + np.abs(inputs["pace_most"])
    r = evaluate(case.model, inputs)
    growth = r["funding_index"][1:] / r["funding_index"][:-1] - 1
    assert (growth >= r["pace_least"][1:] - 1e-12).all()
    assert (growth <= r["pace_most"][1:] + 1e-12).all()
    free = {"pace_speed": np.ones_like(inputs["pace_speed"]), "pace_least": inputs["pace_least"] * 0 - 0.9}
    r = evaluate(case.model, inputs | free | {"pace_most": inputs["pace_most"] * 0 + 9})
    assert np.allclose(r["funding_index"][1:], r["target_index"][1:], rtol=1e-12)
    none = {"has_pace": inputs["has_pace"] * 0}
    r = evaluate(case.model, inputs | none)
    assert (r["funding_index"] == r["allocation_index"]).all()


def test_pace_moves_a_budget_only_through_the_allocation() -> None:
    """A cost build does not follow pace; a blend does by the weight of its allocation."""
    pace = "{distance_from_target: -20%, speed: 50%, least: 0%, most: 20%}"
    plain = contract("index-rules").results
    paced = contract("index-rules", f"streams.social_care.pace={pace}", f"streams.blended.pace={pace}").results
    same = {"stream": "social_care"}
    assert (paced.series("budget_index", **same) == plain.series("budget_index", **same)).all()
    assert paced.series("funding_index", **same)[1] > plain.series("funding_index", **same)[1]
    blend = [r.series("ruled_growth", stream="blended")[1] for r in (paced, plain)]
    # 1.028 / 0.8 = 1.285 is the target, half of the way 1.1425: 11.45% more than 2.8%, and 40% of that in the blend
    assert blend[0] - blend[1] == pytest.approx(0.4 * 0.1145)


# --- rates reopened within a year


def later(text: str) -> str:
    """Years and days of a file, seven years on: 2018/19 becomes 2025/26."""
    text = re.sub(r"\b20(\d\d)/(\d\d)\b", lambda m: f"20{int(m[1]) + 6:02}/{int(m[2]) + 6:02}", text)
    return re.sub(r"\b20(\d\d)(-\d\d-\d\d)\b", lambda m: f"20{int(m[1]) + 6:02}{m[2]}", text)


@pytest.mark.parametrize(
    ("day", "average"),
    [("2025-04-01", 0.0483), ("2025-10-01", 0.0415 + 0.5 * 0.0068), ("2026-01-01", 0.0415 + 0.25 * 0.0068)],
)
def test_the_uplift_of_2025_26_reopened(tmp_path: Path, day: str, average: float) -> None:
    """4.15% reopened to 4.83% after pay awards: backdated 4.83%, from October 4.49%, from January 4.32% on average.

    Efficiency 2.0% in both years; 2026/27 is uplifted by 2.5% from the reopened level, whatever the day.
    """
    for name in ("population.csv", "profiles.csv", "no-hospital.yaml"):
        (tmp_path / name).write_text(later((FOLDER / name).read_text(encoding="utf-8")), encoding="utf-8")
    uplift = "{by_year: {2025/26: 4.15%}, otherwise: 2.5%}"
    reopened = f"{{2025/26: {{uplift: 4.83%, from: {day}}}}}"
    tariff = f"tariffs.local={{uplift: {uplift}, efficiency: 2.0%, reopened: {reopened}}}"
    case = contract_of(load(tmp_path / "no-hospital.yaml", settings=[tariff]))
    assert case.model.years == ("2024/25", "2025/26", "2026/27")
    first = (1 + average) * 0.98
    assert case.results.series("tariff_index", tariff="local") == pytest.approx(
        [1, first, 1.0483 * 0.98 * 1.025 * 0.98]
    )
    price = case.results.series("price", line="prescribing")
    assert price[1] / price[0] == pytest.approx(first)


def test_growth_reopened_moves_funding_and_budget() -> None:
    """2.5% reopened to 3.4% on 1 October 2020: 2.95% on average, and the next year from 3.4%."""
    reopened = "streams.core.reopened={2020/21: {growth: 3.4%, from: 2020-10-01}}"
    results = contract("base", reopened).results
    expected = pytest.approx([1, 1.03, 1.03 * 1.0295, 1.03 * 1.034 * 1.02])
    assert results.series("budget_index", stream="core") == expected
    assert results.series("funding_index", stream="core") == expected
    assert results.series("budget_index", stream="social_care") == pytest.approx([1.022**t for t in range(4)])


@quick
@given(**SEEDS)
def test_reopening_moves_a_level_once_and_by_no_more_than_its_rates(seed: int, part: float) -> None:
    """Each average lies between the two rates; a level read a year later is that of the rate in force."""
    case, r = future("pace", seed, part)
    for rate, first, level, index in (
        ("uplift", "uplift", "tariff_level", "tariff_index"),
        ("growth", "stream_growth", "allocation_level", "allocation_index"),
    ):
        low = np.minimum(r[f"{rate}_in_force"], r[first])
        high = np.maximum(r[f"{rate}_in_force"], r[first])
        assert ((r[f"{rate}_paid"] >= low - 1e-15) & (r[f"{rate}_paid"] <= high + 1e-15)).all()
        quiet = r[f"{rate}_is_reopened"] == 0
        assert np.allclose(r[level][quiet], r[index][quiet], rtol=1e-12)
    inputs = perturbed(case, seed, part)
    same = {"reopened_uplift": inputs["uplift"], "reopened_growth": inputs["stream_growth"]}
    once = evaluate(case.model, inputs | same)
    never = evaluate(case.model, inputs | {n: inputs[n] * 0 for n in ("uplift_is_reopened", "growth_is_reopened")})
    for row in ("tariff_index", "allocation_index"):
        assert np.allclose(once[row], never[row], rtol=1e-12), row
