"""What a scenario calls uncertain: read into distributions of figures, and refused where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from futures import SCENARIOS, problems_of, with_uncertainty

from mcp_finance.analysis.run import run
from mcp_finance.scenario.inputs import problems_of_every_case
from mcp_finance.scenario.uncertain import uncertain

EFFECT = "lines.falls.shift.effect"
BAD = {
    "an address that is nothing": (
        "inputs: {a: {on: lines.fals.growth, add: {normal: {sd: 1%}}}}",
        "lines.fals", "is no figure", "lines.falls.growth"),
    "an amount of another kind": (
        "inputs: {a: {on: lines.falls.growth, add: {normal: {sd: £1m}}}}", "£1m", "stands where a rate", "2.5%"),
    "figures of several kinds": (
        "inputs: {a: {on: [lines.falls.growth, lines.falls.shift.delay], add: {normal: {sd: 1%}}}}",
        "[lines", "several kinds", "an entry for each kind"),
    "no figure at all": ("inputs: {a: {on: [], add: {normal: {sd: 1%}}}}", "[]", "the list is empty", "lines.*.growth"),
    "a year's own draw of a figure without years": (
        "inputs: {a: {on: lines.falls.shift.effect, add: {normal: {sd: 1%}}, timing: yearly}}",
        "yearly", "one value for all years", "whole_term"),
    "alike without draws of their own": (
        "inputs: {a: {on: lines.*.growth, add: {normal: {sd: 1%}}, alike: 40%}}",
        "40%", "nothing to be alike", "draw: own"),
    "wholly alike": (
        "inputs: {a: {on: lines.*.growth, add: {normal: {sd: 1%}}, draw: own, alike: 100%}}",
        "100%", "with one another", "less than 100%"),
    "no mean where there is no middle": (
        f"inputs: {{a: {{on: {EFFECT}, is: {{normal: {{sd: 1%}}}}}}}}", "normal:", "the mean is missing", "mean:"),
    "parameters that no distribution has": (
        f"inputs: {{a: {{on: {EFFECT}, is: {{triangular: {{least: 9%, mode: 5%, most: 20%}}}}}}}}",
        "triangular:", "", ""),
    "draws outside the range": (
        f"inputs: {{a: {{on: {EFFECT}, add: {{normal: {{sd: 50%}}}}}}}}", "add:", "reach from", "`least` and `most`"),
    "a walk of what is set": (
        "inputs: {a: {on: lines.falls.growth, is: {normal: {mean: 1%, sd: 0.1%}}, timing: walk}}",
        "walk", "added to the last", "yearly"),
    "a walk that leaves the range": (
        "inputs: {a: {on: lines.falls.shift.delivery, times: {uniform: {least: 80%, most: 120%}}, timing: walk}}",
        "times:", "reach from", "0% to 100%"),
    "a figure drawn twice": (
        f"inputs: {{a: {{on: {EFFECT}, is: {{uniform: {{least: 1%, most: 2%}}}}}}, "
        f"b: {{on: lines.*.shift.effect, is: {{uniform: {{least: 1%, most: 2%}}}}}}}}",
        "lines.*.shift.effect", "is drawn by", "add"),
    "a figure drawn twice under two names": (
        "inputs: {a: {on: lines.falls.growth, add: {normal: {sd: 1%}}}, "
        "b: {on: inputs.activity_growth.falls, is: {normal: {mean: 1%, sd: 0.1%}}}}",
        "inputs.activity_growth.falls", "is drawn by", "add"),
    "draws that no scenario could have": (
        "inputs: {a: {on: population.fully_integrated_share, is: {uniform: {least: 0%, most: 100%}}}}",
        "is:", "fully integrated than is in member practices", "no more than member_share"),
    "a correlation with nobody": (
        "inputs: {a: {on: lines.falls.growth, add: {normal: {sd: 1%}}}}"
        "\n  correlations: [{between: [a, bee], rank: 10%}]",
        "bee", "among the uncertain inputs", "a"),
    "a correlation of all": (
        "inputs: {a: {on: lines.falls.growth, add: {normal: {sd: 1%}}}, "
        "b: {on: lines.planned.growth, add: {normal: {sd: 1%}}}}"
        "\n  correlations: [{between: [a, b], rank: 100%}]",
        "100%", "the image of the other", "less than 100%"),
    "a correlation across timings": (
        "inputs: {a: {on: lines.falls.growth, add: {normal: {sd: 1%}}}, "
        "b: {on: lines.planned.growth, add: {normal: {sd: 1%}}, timing: yearly}}"
        "\n  correlations: [{between: [a, b], rank: 10%}]",
        "[a, b]", "every year", "same timing"),
    "a correlation of what has nothing in common": (
        "inputs: {a: {on: lines.*.growth, add: {normal: {sd: 1%}}, draw: own}, "
        "b: {on: tariffs.nhs.uplift, add: {normal: {sd: 1%}}}}"
        "\n  correlations: [{between: [a, b], rank: 10%}]",
        "[a, b]", "nothing in common", "alike"),
    "counts of no line": ("activity_counts: {fals: 2}", "fals", "among the lines", "falls"),
    "counts with less than chance": ("activity_counts: {falls: 0.5}", "0.5", "less than chance alone", "1 where"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_drawn_is_refused_at_its_place(tmp_path: Path, name: str):
    text, at, says, instead = BAD[name]
    path = with_uncertainty(tmp_path, f"uncertainty:\n  {text}\n")
    found = problems_of(path)
    assert found, "no problem was found"
    problem = next(p for p in found if says in p.message)
    assert instead in problem.instead, problem
    written = path.read_text(encoding="utf-8").splitlines()[problem.place.line - 1][problem.place.column - 1 :]
    assert written.startswith(at), f"{written[:30]} is not where {at} stands"
    assert found == problems_of_every_case(path)


def test_contradicting_correlations_name_the_culprits(tmp_path: Path):
    """a and b move together, b and c too, and a and c against each other: no three numbers do that. d is innocent."""
    lines = ("falls", "planned", "community", "prescribing")
    spread = "add: {normal: {sd: 1%}}"
    named = zip("abcd", lines, strict=True)
    inputs = "".join(f"    {n}: {{on: lines.{line}.growth, {spread}}}\n" for n, line in named)
    ranks = {"a, b": "90%", "c, b": "90%", "a, c": "-90%", "c, d": "10%"}
    pairs = f"[{', '.join(f'{{between: [{pair}], rank: {rank}}}' for pair, rank in ranks.items())}]"
    path = with_uncertainty(tmp_path, f"uncertainty:\n  inputs:\n{inputs}  correlations: {pairs}\n")
    (problem,) = problems_of(path)
    assert all(word in problem.message for word in ("a", "b", "c", "90%")) and " d" not in problem.message
    assert problem.instead


def test_all_problems_are_told_at_once(tmp_path: Path):
    text = """uncertainty:
  inputs:
    a: {on: lines.fals.growth, add: {normal: {sd: 1%}}}
    b: {on: lines.falls.growth, add: {normal: {sd: £3}}}
  correlations: [{between: [a, z], rank: 10%}]
  activity_counts: {nobody: 2}
"""
    found = problems_of(with_uncertainty(tmp_path, text))
    assert [p.place.line for p in found] == [5, 6, 7, 8]


SHAPES = {
    "two families": "{on: lines.falls.growth, add: {normal: {sd: 1%}, uniform: {least: 0%, most: 1%}}}",
    "no family": "{on: lines.falls.growth, add: {}}",
    "two ways": "{on: lines.falls.growth, add: {normal: {sd: 1%}}, times: {normal: {sd: 1%}}}",
    "no way": "{on: lines.falls.growth}",
    "both middles": "{on: lines.falls.growth, is: {percentiles: {p10: 1%, p50: 2%, mean: 3%, p90: 4%}}}",
    "a list for an amount": "{on: lines.falls.growth, add: {normal: {sd: [1%]}}}",
    "a word of no timing": "{on: lines.falls.growth, add: {normal: {sd: 1%}}, timing: sometimes}",
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_wrong_shape_is_refused_when_the_scenario_is_read(tmp_path: Path, name: str):
    found = problems_of(with_uncertainty(tmp_path, f"uncertainty: {{inputs: {{a: {SHAPES[name]}}}}}\n"))
    assert len(found) == 1 and found[0].place.line == 3


def test_what_is_read_is_what_was_written():
    """By hand: 10 lines' growth has own draws, the effect's mean is 12%, delays are shared, two counts."""
    found = run(SCENARIOS / "uncertain.yaml")
    what = uncertain(found.loaded, found.inputs)
    named = {source.name: source for source in what.sources}
    assert len(named["demand"].targets) == len(found.loaded.scenario.lines)
    assert named["effect"].distribution.mean == pytest.approx(0.12, abs=1e-9)
    assert len(named["delay"].targets) == 1 and len(named["delay"].addresses) == 2
    assert what.counts == {"falls": 2.5, "other_emergency": 3.0}
    assert what.names == ("prices", "funding", "effect", "delay") and what.factor.shape == (4, 4)


def test_a_share_of_a_term_sheet_is_no_more_than_all(tmp_path: Path):
    """A definition that is a party's share of a band is refused beyond 100%, drawn or shocked; a limit is not."""
    share, limit = "terms.gain_loss.define.share_rate", "terms.gain_loss.define.limit_rate"
    beyond = "times: {uniform: {least: 100%, most: 360%}}"
    (problem,) = problems_of(with_uncertainty(tmp_path, f"uncertainty: {{inputs: {{a: {{on: {share}, {beyond}}}}}}}\n"))
    assert "reach from" in problem.message and "0% to 100%" in problem.instead
    assert problems_of(with_uncertainty(tmp_path, f"uncertainty: {{inputs: {{a: {{on: {limit}, {beyond}}}}}}}\n")) == ()
    (problem,) = problems_of(with_uncertainty(tmp_path, f"shocks: {{a: {{on: {share}, is: 180%}}}}\n"))
    assert problem.path.startswith("shocks.a")


def test_a_draw_that_would_undo_a_shock_is_refused(tmp_path: Path):
    text = f"""shocks: {{less: {{on: {EFFECT}, is: 5%}}}}
uncertainty:
  inputs:
    effect: {{on: {EFFECT}, HOW: {{uniform: {{least: 90%, most: 100%}}}}}}
"""
    (problem,) = problems_of(with_uncertainty(tmp_path, text.replace("HOW", "is")))
    assert "less" in problem.message and problem.place.line == 6
    assert problems_of(with_uncertainty(tmp_path, text.replace("HOW", "times"))) == ()


def test_a_name_of_chance_in_counts_is_taken(tmp_path: Path):
    text = "uncertainty: {inputs: {activity_counts: {on: lines.falls.growth, add: {normal: {sd: 1%}}}}}\n"
    (problem,) = problems_of(with_uncertainty(tmp_path, text))
    assert problem.instead == "another name"


def test_what_holds_in_no_year_of_a_shorter_run_is_not_drawn():
    """Growth acts from the second year on: of one year, only what is of the first is left, correlations and all."""
    found = run(SCENARIOS / "uncertain.yaml", years=1)
    what = uncertain(found.loaded, found.inputs)
    assert {source.name for source in what.sources} == {"list", "effect", "delay"}
    assert what.names == ("effect", "delay")
