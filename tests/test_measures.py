"""Measures of the performance payment: each function of achievement by hand, the score, and the money that it earns."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from contracts import FOLDER, Contract, Inputs, contract, contract_of, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiling import Spoiled, check_refused, refusal
from tools import examples

from mcp_finance.analysis.run import run
from mcp_finance.analysis.warnings import EarlyWarning, early_warnings
from mcp_finance.model.optional import OPTIONAL
from mcp_finance.rows.evaluate import Array, Results, evaluate
from mcp_finance.scenario.load import load
from mcp_finance.scenario.subjects import SUBJECTS

quick = settings(max_examples=examples(30), deadline=None)


def place(case: Contract, measure: str) -> int:
    return case.model.dimension["measure"].members.index(measure)


def with_measure(case: Contract, changes: dict[str, tuple[str, float | list[float]]]) -> Results:
    """Results with some inputs of measures set: input to measure and value, for all years or by year."""
    made: Inputs = {}
    for name, (measure, value) in changes.items():
        new = made.get(name, case.inputs[name]).copy()
        new[:, place(case, measure)] = value
        made[name] = new
    return case.with_inputs(made)


@pytest.mark.parametrize(
    ("measure", "performance", "achieved"),
    [
        # Floor 60%, target 90%: 70% is 10 of 30 points.
        ("waits", [0.5, 0.6, 0.7, 0.75], [0, 0, 1 / 3, 0.5]),
        ("waits", [0.899, 0.9, 0.95, 1], [0.299 / 0.3, 1, 1, 1]),
        # Lower is better: floor 12 weeks, target 4; 10 weeks are 2 of 8.
        ("delay", [13, 12, 10, 8], [0, 0, 0.25, 0.5]),
        ("delay", [5, 4, 3, 0], [7 / 8, 1, 1, 1]),
        # At 80% or above it all, below it nothing.
        ("screening", [0.7999, 0.8, 0.81, 0], [0, 1, 1, 0]),
        # At 11% or below it all, above it nothing.
        ("readmission", [0.1101, 0.11, 0.1, 0.12], [0, 1, 1, 0]),
        # Steps at 50%, 70% and 90%; each holds from its level up to the next.
        ("plans", [0.4999, 0.5, 0.69, 0.7], [0, 0.3, 0.3, 0.7]),
        ("plans", [0.89, 0.9, 1, 0], [0.7, 1, 1, 0]),
        # Lower is better: steps at 8 and at 5.
        ("falls", [8.1, 8, 5.1, 5], [0, 0.4, 0.4, 0.9]),
        ("falls", [4, 0, 9, 20], [0.9, 0.9, 0, 0]),
        # Lower is better: from 95 by 10, so that 90 is half and 85 all.
        ("admissions", [96, 95, 90, 85], [0, 0, 0.5, 1]),
        # Higher is better: from 40% by 20 points, so that 45% is a quarter and 60% all.
        ("carers", [0.39, 0.4, 0.45, 0.6], [0, 0, 0.25, 1]),
        # Attained from 70% to 90%, or improved from 64% by 8: at 68% 0 or a half; at 76% 0.3 or all; at 60% neither.
        ("experience", [0.6, 0.68, 0.76, 0.9], [0, 0.5, 1, 1]),
    ],
)
def test_achievement_by_hand(measure: str, performance: list[float], achieved: list[float]) -> None:
    case = contract("measures")
    r = with_measure(case, {"performance": (measure, performance)})
    assert r["achievement"][:, place(case, measure)] == pytest.approx(achieved, abs=1e-12)


def test_better_of_takes_what_is_attained_where_that_is_more() -> None:
    """From 64% by 40 points 80% improves 0.4, and from 70% to 90% it attains 0.5."""
    case = contract("measures", "measures.experience.achievement.better_of.improve.delta=40%")
    r = with_measure(case, {"performance": ("experience", 0.8)})
    assert r["achievement"][:, place(case, "experience")] == pytest.approx([0.5] * 4)


def test_raw_achievement_is_shown_beyond_its_ends() -> None:
    """95% where 90% is all is 35 of 30 points; 97 where improvement starts at 95 is 2 of 10 the wrong way."""
    case = contract("measures")
    assert case.results["raw_achievement"][3, place(case, "waits")] == pytest.approx(35 / 30)
    assert case.results["raw_achievement"][0, place(case, "admissions")] == pytest.approx(-0.2)


def test_reporting_alone_earns_all_in_the_first_years() -> None:
    """70% seen in time is a third; the first year pays for reporting, the others for performance."""
    case = contract("measures")
    at = place(case, "waits")
    r = with_measure(case, {"performance": ("waits", 0.7)})
    assert r["measure_score"][:, at] == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])
    longer = with_measure(case, {"performance": ("waits", 0.7), "reporting_years": ("waits", 3)})
    assert longer["measure_score"][:, at] == pytest.approx([1, 1, 1, 1 / 3])
    unreported = with_measure(case, {"is_reported": ("waits", 0), "reporting_years": ("waits", 3)})
    assert unreported["measure_score"][:, at] == pytest.approx([0] * 4)


def test_what_is_missing_is_redistributed_nil_or_full() -> None:
    """Falls are not reported in 2020/21 and count as nil, readmissions as all; carers in 2019/20 leave the score."""
    r, case = contract("measures").results, contract("measures")
    falls, readmission, carers = (place(case, m) for m in ("falls", "readmission", "carers"))
    assert (r["measure_score"][2, falls], r["counted_weight"][2, falls]) == (0, pytest.approx(0.1))
    assert (r["measure_score"][2, readmission], r["counted_weight"][2, readmission]) == (1, pytest.approx(0.1))
    assert r["counted_weight"][:, carers] == pytest.approx([1 / 9, 0, 0.1, 0.1])


def test_a_measure_of_few_people_leaves_the_score_and_the_rest_is_scaled_up() -> None:
    """95 people in the first year are too few of 98: the others share its 10%, 20% becoming 20/90; 98 are enough."""
    case = contract("measures")
    weights = case.results["counted_weight"]
    assert weights[:, place(case, "experience")] == pytest.approx([0, 1 / 9, 0.1, 0.1])
    assert weights[0, place(case, "waits")] == pytest.approx(2 / 9)
    assert weights.sum(axis=1) == pytest.approx([1] * 4)


def test_people_are_not_asked_for_in_a_year_without_a_report() -> None:
    case = contract("measures")
    r = with_measure(case, {"is_reported": ("experience", 0), "denominator": ("experience", 0)})
    assert r["counted_weight"][:, place(case, "experience")] == pytest.approx([0.1, 1 / 9, 0.1, 0.1])
    assert not r["measure_score"][:, place(case, "experience")].any()


def test_score_by_hand() -> None:
    """2020/21, all counting: 10 × (0.8333 + 1 + 1 + 0.7 + 0 + 0.7 + 1 + 0.6) + 20 × 0.75 = 73.333%.

    2018/19, without experience: (20 × 1 + 10 × (0.25 + 0 + 1 + 0 + 0 + 0 + 0.2)) / 90 = 34.5 / 90 = 38.333%.
    """
    score = contract("measures").results.series("ips_score")
    assert score[2] == pytest.approx(0.7333333333)
    assert score[0] == pytest.approx(34.5 / 90)


def test_score_earns_the_performance_payment() -> None:
    """A tenth of the NHS budget is withheld and earned by the score; 40% of what was not may be earned a year on."""
    r = contract("measures").results
    budget, score = r.series("nhs_budget"), r.series("ips_score")
    assert r.series("withheld_total") == pytest.approx(budget * 0.1)
    unearned, earned = 0.0, []
    for year in range(4):
        again = unearned * 0.4
        earned.append((budget[year] * 0.1 + again) * score[year])
        unearned = budget[year] * 0.1 + again - earned[-1]
    assert r.series("performance_payment") == pytest.approx(earned)
    assert r.series("performance_unearned")[-1] == pytest.approx(unearned)


# --- laws


@quick
@given(st.integers(0, 10**9))
def test_score_is_between_nil_and_all_and_weights_make_up_all(seed: int) -> None:
    case = contract("measures")
    r = evaluate(case.model, perturbed(case, seed))
    assert (r["ips_score"] >= 0).all() and (r["ips_score"] <= 1 + 1e-12).all()
    counts = r["weight_in_score"].sum(axis=1) > 0
    assert np.allclose(r["counted_weight"].sum(axis=1), counts, rtol=0, atol=1e-12)
    parts = r["measure_score"] * r["counted_weight"]
    assert np.allclose(parts.sum(axis=1), r["ips_score"], rtol=0, atol=1e-12)
    assert np.allclose(r["measure_points"], parts, rtol=0, atol=1e-12)


@quick
@given(st.integers(0, 10**9))
def test_better_performance_never_lowers_the_score(seed: int) -> None:
    case = contract("measures")
    random = np.random.default_rng(seed)
    before = case.inputs["performance"] * random.uniform(0.5, 1.5, case.inputs["performance"].shape)
    better = before + before * random.uniform(0, 0.5, before.shape) * (1 - 2 * case.inputs["lower_is_better"])
    first, second = (case.with_inputs({"performance": x}) for x in (before, better))
    assert (second["achievement"] >= first["achievement"]).all()
    assert (second["ips_score"] >= first["ips_score"] - 1e-12).all()


@quick
@given(st.integers(0, 10**9), st.integers(0, 8))
def test_a_measure_alone_is_the_score(seed: int, k: int) -> None:
    """With all other weights nil the score is that of one measure, in years in which it counts."""
    case = contract("measures")
    inputs = perturbed(case, seed, 0.3)
    inputs["measure_weight"] = np.zeros_like(inputs["measure_weight"])
    inputs["measure_weight"][:, k] = 0.37
    r = evaluate(case.model, inputs)
    assert np.allclose(r["ips_score"], r["measure_score"][:, k] * r["measure_counts"][:, k], rtol=0, atol=1e-12)


def test_a_year_in_which_nothing_counts_warns() -> None:
    case = contract("measures")
    weights: Array = case.inputs["measure_weight"].copy()
    weights[2] = 0
    r = case.with_inputs({"measure_weight": weights})
    assert r.series("warn.no_measure_counts").tolist() == [0, 0, 1, 0]
    assert r.series("ips_score")[2] == 0
    assert not contract("measures").results["warn.no_measure_counts"].any()


# --- money of incentive schemes


def test_incentive_budget_is_the_lines_of_schemes_that_have_transferred() -> None:
    """QOF £1.2m, rolled by 2.0% and 1.5%, for the 60% fully integrated: £745,416. The local scheme, £0.4m for the 90%
    in member practices, transfers on 1 October: half of £372,708.
    """
    case = contract("incentive")
    assert case.model.dimension["incentive"].members == ("qof", "lis")
    assert case.results["scheme_budget"][0] == pytest.approx(
        [1.2e6 * 1.02 * 1.015 * 0.6, 0.4e6 * 1.02 * 1.015 * 0.9 / 2]
    )
    lines = case.model.dimension["line"].members
    of_schemes = [lines.index(x) for x in ("qof", "local_scheme")]
    assert case.results["incentive_budget"] == pytest.approx(case.results["line_budget"][:, of_schemes].sum(axis=1))


def test_incentive_money_is_the_pool_and_nothing_on_top() -> None:
    """All of it is withheld; the score earns it; what it does not is next year's second pool, so none is lost."""
    r = contract("incentive").results
    pool, score = r.series("incentive_budget"), r.series("ips_score")
    assert r.series("withheld_total") == pytest.approx(pool)
    assert r.series("nhs_wpap") == pytest.approx(r.series("nhs_budget") - pool)
    assert r.series("performance_payment")[0] == pytest.approx(pool[0] * score[0])
    assert r.series("unearned_before") == pytest.approx([0, *r.series("performance_unearned")[:-1]])
    earned, left = r.series("performance_payment").sum(), r.series("performance_unearned")[-1]
    assert earned + left == pytest.approx(pool.sum())


def test_last_years_unearned_money_is_there_only_where_a_sheet_reads_it() -> None:
    assert "performance_unearned" not in contract("base").model.rows
    case = contract("measures", "terms.performance.bind.unearned_before=£1m")
    assert "performance_unearned" not in case.model.rows


# --- what a scenario may say


@pytest.mark.parametrize(
    "bad",
    [
        Spoiled("weights", "weight: {by_year: {2018/19: 20%}", "weight: {by_year: {2018/19: 25%}", "|measures:",
                "the weights of 2018/19 sum to 105%", "sum to 100%"),
        Spoiled("weight", "weight: {by_year: {2018/19: 20%}", "weight: {by_year: {2018/19: -20%}",
                "2018/19: |-20%", "lies outside 0% to 100%", "0% to 100%"),
        Spoiled("two functions", "{linear: {floor: 60%, target: 90%}}",
                "{linear: {floor: 60%, target: 90%}, binary: {target: 80%}}",
                "|{linear: {floor: 60%", "by one function, and here is linear and binary", "one of linear, binary"),
        Spoiled("no function", "{binary: {target: 80%}}", "{}", "achievement: |{}", "here is none", "one of linear"),
        Spoiled("floor above", "floor: 60%, target: 90%", "floor: 95%, target: 90%", "floor: |95%",
                "the floor is not below the target, though higher is better", "below the target"),
        Spoiled("floor below", "floor: 12, target: 4", "floor: 3, target: 4", "floor: |3",
                "the floor is not above the target, though lower is better", "above the target"),
        Spoiled("floor at target", "floor: 12, target: 4", "floor: 4, target: 4", "floor: |4",
                "nothing lies between", "binary"),
        Spoiled("delta", "delta: 10}", "delta: 0}", "delta: |0", "must be more than nothing", "an amount"),
        Spoiled("mixed levels", "{binary: {target: 80%}}", "{binary: {target: 0.8}}", "2018/19: |79%",
                "79% and 0.8 are levels of one measure", "percentages throughout"),
        Spoiled("money", "{binary: {target: 80%}}", "{binary: {target: £80}}", "target: |£80", "a count belongs",
                "85%"),
        Spoiled("steps out of order", "most: {at: 70%", "most: {at: 40%", "at: |40%", "no better a level", "best"),
        Spoiled("steps down", "few: {at: 5,", "few: {at: 9,", "at: |9,", "no better a level", "best"),
        Spoiled("step earns less", "most: {at: 70%, earns: 70%}", "most: {at: 70%, earns: 20%}", "earns: |20%",
                "no more than the one before", "more than the step before"),
        Spoiled("step earns too much", "earns: 100%}}", "earns: 110%}}", "earns: |110%", "outside 0% to 100%", "0%"),
        Spoiled("no word for missing", "    missing: nil\n", "", "performance: |{by_year: {2018/19: 8.2",
                "no performance is given for 2020/21", "missing: redistribute, nil or full"),
        Spoiled("year outside", "2021/22: 78%}", "2021/22: 78%, 2022/23: 9%}", "|2022/23: 9%",
                "2022/23 lies outside the contract's term", "2018/19 to 2021/22"),
        Spoiled("denominator alone", "    minimum_denominator: 98\n", "", "denominator: |{by_year",
                "denominator has no effect without minimum_denominator", "beside it"),
        Spoiled("years of reporting", "reporting_years: 1", "reporting_years: 1.5", "reporting_years: |1.5",
                "no number of whole years", "such as 1"),
        Spoiled("unknown word", "missing: nil", "missing: none", "missing: |none", "not one of the words", "nil"),
    ],
    ids=lambda bad: bad.name,
)  # fmt: skip
def test_a_wrong_measure_is_refused(bad: Spoiled, tmp_path: Path) -> None:
    check_refused("measures", bad, tmp_path)


def test_a_year_in_which_no_measure_counts_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "measures.yaml").read_text(encoding="utf-8")
    head, rest = text.split("measures:\n", 1)
    one = (
        "  carers:\n    title: Carers\n    domain: Experience\n    weight: 100%\n    direction: higher\n"
        "    achievement: {binary: {target: 50%}}\n    performance: {by_year: {2018/19: 44%}}\n"
        "    missing: redistribute\n"
    )
    (problem,) = refusal("measures", head + "measures:\n" + one + rest[rest.index("terms:\n") :], tmp_path)
    assert problem.message == "no measure counts in 2019/20, so that nothing could be earned"


def test_a_score_without_measures_is_refused(tmp_path: Path) -> None:
    """The row is there only with its section; the advice names it. With the section spoiled nothing is said of it."""
    text = (FOLDER / "measures.yaml").read_text(encoding="utf-8")
    without = text[: text.index("measures:\n")] + text[text.index("terms:\n") :]
    (problem,) = refusal("measures", without, tmp_path)
    assert problem.path == "terms.performance.bind.score"
    assert problem.message == "the contract has the row 'ips_score' only where the scenario has measures"
    spoiled = text.replace("weight: 10%\n", "weight: 10\n")
    found = refusal("measures", spoiled, tmp_path / "spoiled")
    assert all(p.path.startswith("measures.") for p in found)


def test_an_unknown_scheme_is_refused(tmp_path: Path) -> None:
    bad = Spoiled("scheme", "incentive: lis", "incentive: iif", "incentive: |iif", "not one of the words", "")
    check_refused("incentive", bad, tmp_path)


def test_a_score_by_measure_is_no_score(tmp_path: Path) -> None:
    bad = Spoiled("by measure", "score: ips_score", "score: measure_score", "score: |measure_score",
                  "the row 'measure_score' has a value for each measure", "'ips_score'")  # fmt: skip
    check_refused("measures", bad, tmp_path)


def test_a_circle_through_rows_of_a_section_is_found(tmp_path: Path) -> None:
    """What the commissioner pays beyond its allocation moves with the settlement that would read it."""
    text = (FOLDER / "affordability.yaml").read_text(encoding="utf-8")
    text += "terms: {gain_loss: {bind: {actual: affordability_gap}}}\n"
    (problem,) = refusal("affordability", text, tmp_path)
    assert problem.message.startswith("this makes a circle within a year")
    assert "affordability_gap reads headroom reads commissioner.paid" in problem.message


def test_measures_without_a_fact_that_reads_their_score_draw_a_warning() -> None:
    (warning,) = load(FOLDER / "measures.yaml", settings=["terms.performance.bind.score=90%"]).warnings
    assert warning.path == "measures"
    assert "no fact of a term sheet is bound to ips_score" in warning.message
    assert load(FOLDER / "measures.yaml").warnings == ()


def test_unearned_money_is_nil_where_no_sheet_has_any() -> None:
    case = contract("base", "terms.gain_loss.bind={actual: unearned_before}")
    assert not case.results["performance_unearned"].any()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("planned: {incentive: cquin}", "incentive has no effect: the line is not in the budget"),
        ("social_care: {incentive: lis}", "incentive schemes are the NHS's"),
    ],
)
def test_incentive_money_is_of_nhs_lines_in_the_budget(line: str, says: str, tmp_path: Path) -> None:
    text = (FOLDER / "incentive.yaml").read_text(encoding="utf-8").replace("lines:\n", f"lines:\n  {line}\n", 1)
    (problem,) = refusal("incentive", text, tmp_path)
    assert says in problem.message
    assert problem.path.endswith(".incentive")


def test_warnings_of_a_run_name_the_first_year() -> None:
    found = [w for w in early_warnings(run(FOLDER / "affordability.yaml")) if "worse_off" not in w.name]
    assert found == [
        EarlyWarning("warn.beyond_allocation", "The commissioner pays more than its allocation.", "2020/21"),
    ]
    assert all("worse_off" in w.name for w in early_warnings(run(FOLDER / "measures.yaml")))


def test_every_optional_subject_is_brought_by_some_part_of_a_scenario() -> None:
    assert SUBJECTS.keys() == OPTIONAL.keys()


def test_an_empty_section_brings_nothing(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "scenarios")
    (folder / "empty.yaml").write_text("extends: base.yaml\nid: empty\nmeasures: {}\n", encoding="utf-8")
    assert contract_of(load(folder / "empty.yaml")).model.rows.keys() == contract("base").model.rows.keys()
