"""Bad scenarios: each is refused at the place of the mistake, in plain words, with what to write instead.

Every case starts from the fixture `base` and spoils one thing. The place is that of a snippet in the spoiled file, so
the tests say where a reader is sent and not merely that somebody complains. Nothing that a file holds ends in a
traceback: whatever is deleted, repeated or replaced, loading succeeds or raises `ScenarioError`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from contracts import FIXTURES, FOLDER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.analysis.run import run
from mcp_finance.files.document import MAX_BYTES
from mcp_finance.files.problems import Problem, ScenarioError
from mcp_finance.scenario.inputs import model_inputs
from mcp_finance.scenario.load import find_scenario, load
from mcp_finance.scenario.tables import MOST_BYTES

BASE = FIXTURES["base"].read_text(encoding="utf-8")
POPULATION = (FOLDER / "population.csv").read_text(encoding="utf-8")
PROFILES = (FOLDER / "profiles.csv").read_text(encoding="utf-8")
TERMS = BASE[BASE.index("terms:\n") : BASE.index("\nopening_balances:")]
"""The section `terms` of the base file, whole."""


def folder_with(tmp_path: Path, text: str = BASE, population: str = POPULATION, profiles: str = PROFILES) -> Path:
    """The scenario file in a folder of its own, with its tables."""
    (tmp_path / "population.csv").write_text(population, encoding="utf-8")
    (tmp_path / "profiles.csv").write_text(profiles, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "bad.yaml"


def problems(path: Path, **how: object) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        load(path, **how)  # type: ignore[arg-type]
    assert str(caught.value)
    return caught.value.problems


def spoiled(old: str, new: str, text: str = BASE) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


def place(text: str, snippet: str) -> tuple[int, int]:
    """Line and column, from 1, at which a snippet stands; `|` in it marks the column."""
    mark = max(snippet.find("|"), 0)
    at = text.index(snippet.replace("|", "", 1)) + mark
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


@dataclass(frozen=True)
class Bad:
    """A change of the base file, and the complaint that it must draw."""

    name: str
    old: str
    new: str
    at: str
    says: str
    instead: str


def bad_scenarios() -> list[Bad]:
    """The table of bad scenarios; in it a line break is `\\n` and a tab `\\t`."""
    with (FOLDER / "errors.csv").open(encoding="utf-8", newline="") as stream:
        lines = csv.DictReader(stream)
        return [Bad(**{k: v.replace(r"\n", "\n").replace(r"\t", "\t") for k, v in line.items()}) for line in lines]


BAD = bad_scenarios()


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_is_refused_in_its_place_with_advice(bad: Bad, tmp_path: Path) -> None:
    text = spoiled(bad.old, bad.new)
    path = folder_with(tmp_path, text)
    found = problems(path)
    fitting = [p for p in found if bad.says in p.message]
    assert fitting, "\n".join(str(p) for p in found)
    first = fitting[0]
    assert first.place.file == str(path)
    assert (first.place.line, first.place.column) == place(text, bad.at)
    assert bad.instead in first.instead
    assert first.severity == "error"


def test_the_base_itself_is_fine(tmp_path: Path) -> None:
    assert load(folder_with(tmp_path)).warnings == ()


@pytest.mark.parametrize("name", FIXTURES)
def test_every_fixture_loads_without_a_warning(name: str) -> None:
    assert load(FIXTURES[name]).warnings == ()


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Eight mistakes of eight kinds in one file (and one in each table) come back together, in order."""
    text = BASE
    for old, new in (
        ("fully_integrated_share: 60%", "fully_integrated_share: 95%"),
        ("baseline: £8m", "baseline: 8%"),
        ("variable_cost: 90%", "variable_costs: 90%"),
        ("      transition: £0.2m\n", ""),
        ("stream: social_care", "stream: social_car"),
        ("settled_later: 100%", "settled_later: 0.5"),
        ("deflator: {growth: 1.9%}", "deflator: {growth: 1.9%}\nspare: 1"),
        ("start: 2018-04-01", "start: 2018-03-01"),
    ):
        text = spoiled(old, new, text)
    path = folder_with(tmp_path, text, POPULATION.replace("20000", "many", 1), PROFILES.replace(",weight,", ",wieght,"))
    found = problems(path)
    says = "\n".join(p.message for p in found)
    for part in (
        "more of the list is fully integrated",
        "a percentage stands where money",
        "'variable_costs' is unknown",
        "'transition' is missing",
        "no 'social_car' among the streams",
        "ambiguous as a rate",
        "the key 'spare' is unknown",
        "before the first day",
        "'many'",
        "no column weight",
    ):
        assert part in says, part
    assert [p.place for p in found] == sorted(p.place for p in found)
    assert all(p.instead for p in found)
    assert {Path(p.place.file).name for p in found} == {"bad.yaml", "population.csv", "profiles.csv"}


def test_a_wrong_name_and_a_wrong_figure_of_one_line_come_together(tmp_path: Path) -> None:
    """Names are checked as written: a line that cannot be read hides neither its own names nor invents others."""
    text = BASE
    for old, new in (
        ("baseline: {of: emergency, fraction: 20%}", "baseline: {of: emergencies, fraction: 0.2}"),
        ("contract: slice", "contract: slices"),
        ("    cost_to_price: 102%", "    cost_to_price: 1.02"),
        ("      reach: 70%", "      reach: £70"),
        ("      inflation: holder\n", "      inflation: holders\n"),
    ):
        text = spoiled(old, new, text)
    found = problems(
        folder_with(tmp_path, spoiled("expires: 2018-03-31\n    mobilisation: 0 months\n    shift", "shift", text))
    )
    assert sorted(p.path for p in found if p.path.startswith("lines.falls.")) == [
        "lines.falls.baseline.fraction",
        "lines.falls.baseline.of",
        "lines.falls.contract",
        "lines.falls.cost_to_price",
        "lines.falls.shift.inflation",
        "lines.falls.shift.reach",
    ]
    assert len(found) == 6


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{of: emergency, fraction: 20%}", "{of: emergencies, fraction: 20%}"),
        ("{of: emergency, fraction: 20%}", "{of: emergency, fraction: 0.2}"),
        ("reach: 70%", "reach: 70"),
    ],
)
def test_fractions_are_not_added_up_when_one_may_be_missing(old: str, new: str, tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path, spoiled(old, new)))
    assert "sum to" not in problem.message


def test_fractions_are_added_up_though_another_section_is_wrong(tmp_path: Path) -> None:
    found = problems(
        folder_with(tmp_path, spoiled("fraction: 80%", "fraction: 79%", spoiled("materiality: 1%", "materiality: 1")))
    )
    assert [p.path for p in found] == ["baselines.emergency", "materiality"]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("settled_later: 100%", "settled_later: .nan", "terms.gain_loss.settled_later"),
        ("settled_later: 100%", "settled_later: {value: .nan}", "terms.gain_loss.settled_later.value"),
        ("share_rate: 50%", "share_rate: .nan", "terms.gain_loss.define.share_rate"),
        ("{2018/19: 400,", "{2018/19: .inf,", "population.unregistered.by_year.2018/19"),
        ("deflator: {growth: 1.9%}", "deflator: .nan", "deflator"),
        ("variable_cost: 60%", "variable_cost: .nan", "lines.planned.variable_cost"),
        (TERMS, "terms: .nan\n", "terms"),
    ],
)
def test_a_value_refused_in_reading_is_one_problem(old: str, new: str, path: str, tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path, spoiled(old, new)))
    assert "is not a number" in problem.message
    assert (problem.path, problem.instead) == (path, "a number, with its unit where it has one (£25.0m, 2.5%)")


def test_one_word_that_may_stand_is_not_asked_for_as_a_guess(tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path, spoiled("schema: mcp-finance/1", "schema: mcp-finance/2")))
    assert problem.instead == "'mcp-finance/1'"


@pytest.mark.parametrize(
    ("word", "instead"), [("yes", "true"), ("off", "false"), ("1", "true"), ("x", "true or false")]
)
def test_a_switch_is_true_or_false(word: str, instead: str, tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path, spoiled("integration: true", f"integration: {word}")))
    assert (problem.path, problem.instead) == ("lines.gp_core.follows_integration", instead)


@pytest.mark.parametrize("cases", [{}, {"gp": "some"}])
def test_a_switch_in_a_case_is_true_or_false_too(cases: dict[str, str], tmp_path: Path) -> None:
    chosen = "{title: T, set: {lines: {gp_core: {follows_integration: yes}}}}"
    text = BASE + f"cases: {{gp: {{default: some, choices: {{some: {chosen}}}}}}}\n"
    (problem,) = problems(folder_with(tmp_path, text), cases=cases)
    assert problem.instead == "true"


# --- term sheets beside the scenario

SHEET = """\
schema: mcp-finance-terms/1
id: mine
title: Two pools
status: illustrative
source: made up for tests
parties: [budget_holder, commissioner]
facts: {target: money, actual: money, standard: flag, seen: optional count}
definitions: {rate: 'if(standard, 50%, 40%)', least_seen: 'first(seen, 5)'}
pools:
  - id: one
    lines: [other_emergency]
    held_by: commissioner
    gain: {requires: [least_seen >= 5], bands: [{share: {budget_holder: rate}}]}
  - id: two
    lines: [planned]
    held_by: commissioner
    gain: {bands: [{share: {budget_holder: 40%}}]}
rest: commissioner
"""
MINE = "terms:\n  mine: {sheet: terms/mine.yaml, settled_later: 100%, bind: {standard: true}}\n"


def folder_with_sheet(tmp_path: Path, sheet: str = SHEET, terms: str = MINE) -> Path:
    """The base with planned care in the share too, and a sheet of its own with two pools."""
    (tmp_path / "terms").mkdir(exist_ok=True)
    (tmp_path / "terms" / "mine.yaml").write_text(sheet, encoding="utf-8")
    return folder_with(tmp_path, spoiled("scope: excluded", "scope: share", spoiled(TERMS, terms)))


def test_a_sheet_of_its_own_is_fine(tmp_path: Path) -> None:
    loaded = load(folder_with_sheet(tmp_path))
    assert loaded.warnings == ()
    made = model_inputs(loaded)
    assert made.model.dimension["pool"].members == ("one", "two")
    assert made.values["mine.standard.figure"].tolist() == [1.0] * 4
    assert made.origins["mine.rate.rate"][()].place.startswith("terms/mine.yaml:8:")


@pytest.mark.parametrize(
    ("old", "new", "at", "says", "instead"),
    [
        (
            "lines: [planned]",
            "lines: [other_emergency]",
            "|terms/mine.yaml",
            "line 'other_emergency' is in two pools",
            "one",
        ),
        (
            "lines: [planned]",
            "lines: [other_emergency]",
            "scope: |share\n    baseline: £20m",
            "no pool of a term",
            "excluded",
        ),
        (
            "lines: [planned]",
            "lines: [plan]",
            "|terms/mine.yaml",
            "line 'plan', which is not in the gain/loss",
            "'planned'",
        ),
        ("    lines: [planned]\n", "", "|terms/mine.yaml", "the pool 'two' names no lines", "lines, where"),
        (
            "[budget_holder, commissioner]",
            "[budget_holder, commissioner, bank]",
            "|terms/mine",
            "no party 'bank'",
            "one of",
        ),
        ("id: mine", "id: council", "|terms/mine.yaml", "names begin with 'council'", "another id"),
        ("id: mine", "id: system", "|terms/mine.yaml", "names begin with 'system'", "another id"),
        ("rate", "settled", "|terms/mine.yaml", "calls something 'settled'", "another name"),
        ("rate", "with_budget_holder", "|terms/mine.yaml", "calls something 'with_budget_holder'", "another name"),
        (
            "standard: flag",
            "standard: ratio",
            "|terms/mine.yaml",
            "the term sheet 'terms/mine.yaml' cannot be used",
            "without",
        ),
    ],
)
def test_a_sheet_that_does_not_fit_the_contract_is_refused(
    old: str, new: str, at: str, says: str, instead: str, tmp_path: Path
) -> None:
    path = folder_with_sheet(tmp_path, SHEET.replace(old, new))
    fitting = [p for p in problems(path) if says in p.message]
    assert fitting, "\n".join(map(str, problems(path)))
    assert (fitting[0].place.file, instead in fitting[0].instead) == (str(path), True)
    assert (fitting[0].place.line, fitting[0].place.column) == place(path.read_text(encoding="utf-8"), at)


@pytest.mark.parametrize(
    ("bind", "path", "says"),
    [
        ("standard: 1%", "standard", "a percentage stands where"),
        ("standard: £1", "standard", "an amount of money stands where"),
        ("standard: is_nhs", "standard", "has a value for each line"),
        ("standard: registered_list", "standard", "is in people, and the fact 'standard' is flag"),
        ("standard: true, seen: 5%", "seen", "a percentage stands where"),
        ("standard: true, one: {target: 5%}", "one.target", "a percentage stands where"),
        ("standard: true, one: {standard: true}", "one.standard", "the pool has no fact 'standard' of its own"),
        ("standard: [true]", "standard", "a list stands where"),
        ("standard: soon", "standard", "the contract has no row 'soon'"),
    ],
)
def test_a_fact_of_the_wrong_kind_is_refused(bind: str, path: str, says: str, tmp_path: Path) -> None:
    found = problems(folder_with_sheet(tmp_path, terms=MINE.replace("standard: true", bind)))
    fitting = [p for p in found if says in p.message]
    assert fitting, "\n".join(map(str, found))
    assert fitting[0].path.removesuffix(".value") == f"terms.mine.bind.{path}"


def test_a_mistake_in_a_sheet_is_shown_on_its_line(tmp_path: Path) -> None:
    path = folder_with_sheet(tmp_path, spoiled("status: illustrative", "status: made up", SHEET))
    found = problems(path)
    assert [Path(p.place.file).name for p in found] == ["bad.yaml", "mine.yaml"]
    assert (found[1].place.line, found[1].place.column) == place(SHEET.replace("illustrative", "made up"), "status: |")


def test_a_link_out_of_the_folder_is_no_sheet(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    path = folder_with_sheet(inner)
    (tmp_path / "secret.yaml").write_text(SHEET, encoding="utf-8")
    (inner / "terms" / "mine.yaml").unlink()
    (inner / "terms" / "mine.yaml").symlink_to(tmp_path / "secret.yaml")
    assert "is outside the scenario's folder" in problems(path)[0].message


def test_every_row_of_a_circle_is_named(tmp_path: Path) -> None:
    """Two facts that make circles are two problems, each at its own place, each with the whole of its circle."""
    bind = "standard: true, target: nhs_wpap, two: {actual: budget_holder_cash}"
    found = problems(folder_with_sheet(tmp_path, terms=MINE.replace("standard: true", bind)))
    (problem,) = (p for p in found if "circle" in p.message)
    assert problem.path == "terms.mine.bind.two.actual"
    circle = problem.message.removeprefix("this makes a circle within a year: ").split(" reads ")
    assert circle[0] == circle[-1] == "mine.two.actual"
    assert {"budget_holder_cash", "mine.payment"} <= set(circle) and len(circle) == len(set(circle)) + 1


@pytest.mark.parametrize(
    ("bind", "definition", "says"),
    [
        ("standard: true", "limit: 0 - 5% * target", "a party's limit is below nil"),
        ("standard: {by_year: {2019/20: true}, otherwise: false}", "rate: 'if(standard, 150%, 40%)'", "of 2019/20"),
    ],
)
def test_a_year_that_can_have_no_settlement_refuses_the_run(
    bind: str, definition: str, says: str, tmp_path: Path
) -> None:
    """Rules that only figures can break are tried when there are figures: the run names the year and the rule."""
    sheet = SHEET.replace("definitions: {", "definitions: {limit: 5% * target, ") + (
        "party_limits: [{party: budget_holder, gain: limit}]\n"
    )
    terms = MINE.replace("bind: {standard: true}", f"bind: {{{bind}}}, define: {{{definition}}}")
    path = folder_with_sheet(tmp_path, sheet, terms)
    load(path)
    with pytest.raises(ScenarioError) as caught:
        run(path)
    (problem,) = caught.value.problems
    assert says in problem.message and "there can be no settlement of" in problem.message
    assert (problem.path, problem.place.file) == ("terms.mine", str(path))


# --- unlikely figures


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("cost_to_price: 97%", "cost_to_price: 40%", "lines.gp_core.cost_to_price", "40% of the price is unlikely"),
        ("cost_to_price: 97%", "cost_to_price: 970%", "lines.gp_core.cost_to_price", "970% of the price is unlikely"),
        ("growth: 0.6%", "growth: 26%", "lines.gp_core.growth", "26% a year is unlikely"),
        ("growth: 0.6%", "growth: -26%", "lines.gp_core.growth", "-26% a year is unlikely"),
        ("2020/21: 2.5%", "2020/21: 250%", "streams.core.growth.by_year.2020/21", "250% a year is unlikely"),
        ("otherwise: 2.0%", "otherwise: 30%", "streams.core.growth.otherwise", "30% a year is unlikely"),
        ("uplift: 2.8%", "uplift: 28%", "tariffs.local.uplift", "28% a year is unlikely"),
        ("2017/18: 1.0%", "2017/18: 100%", "streams.social_care.roll.2017/18", "100% a year is unlikely"),
        ("reprovision: £900", "reprovision: £7,201", "lines.falls.shift.reprovision", "price of £2,400.00 a unit"),
        ("reprovision: £700", "reprovision: £0.7m", "lines.other_emergency.shift.reprovision", "£2,400.00 a unit"),
    ],
)
def test_an_unlikely_figure_is_a_warning(old: str, new: str, path: str, says: str, tmp_path: Path) -> None:
    (warning,) = load(folder_with(tmp_path, spoiled(old, new))).warnings
    assert (warning.path, warning.severity) == (path, "warning")
    assert says in warning.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cost_to_price: 97%", "cost_to_price: 150%"),
        ("cost_to_price: 97%", "cost_to_price: 50%"),
        ("growth: 0.6%", "growth: 25%"),
        ("growth: 0.6%", "growth: -25%"),
        ("efficiency: 2.0%", "efficiency: 30%"),
        ("reprovision: £900", "reprovision: £7,200"),
        ("hospital: -£0.5m", "hospital: -£500m"),
        ("share_rate: 50%", "share_rate: 100%"),
        ("limit_rate: 4%", "limit_rate: 400%"),
        ("settled_later: 100%", "settled_later: 0%"),
        ("delay: 6 months", "delay: 0 months"),
        ("plan_level: 100%", "plan_level: 130%"),
    ],
)
def test_a_figure_at_the_edge_of_its_range_is_accepted(old: str, new: str, tmp_path: Path) -> None:
    assert load(folder_with(tmp_path, spoiled(old, new))).warnings == ()


# --- files


def test_a_directory_is_called_one(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path)
    assert "is a directory" in problem.message


def test_a_directory_does_not_hide_the_scenario_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dudley-2018").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_scenario("dudley-2018").is_file()


def test_a_binary_file_is_one_problem(tmp_path: Path) -> None:
    path = folder_with(tmp_path)
    path.write_bytes(bytes(range(256)) * 20)
    (problem,) = problems(path)
    assert "binary file" in problem.message


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    path = folder_with(tmp_path, BASE + "# " + "x" * MAX_BYTES)
    (problem,) = problems(path)
    assert "larger than 1 MiB" in problem.message


def test_an_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 10)]
    found = problems(folder_with(tmp_path, BASE + "\n".join(lines) + "\n"))
    assert any("alias" in p.message for p in found)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    found = problems(folder_with(tmp_path, BASE + "deep: " + "{a: " * 5_000 + "1" + "}" * 5_000 + "\n"))
    assert any("levels deep" in p.message for p in found)


def test_no_such_file(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "none.yaml")
    assert "there is no such file" in problem.message
    with pytest.raises(ScenarioError, match="there is no such scenario"):
        find_scenario("dudly-2018")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    path = folder_with(inner, spoiled("table: population.csv", "table: link.csv"))
    (tmp_path / "secret.csv").write_text(POPULATION, encoding="utf-8")
    (inner / "link.csv").symlink_to(tmp_path / "secret.csv")
    found = problems(path)
    assert "is outside the scenario's folder" in found[0].message
    assert (found[0].place.line, found[0].place.column) == place(path.read_text(encoding="utf-8"), "table: |link.csv")


@pytest.mark.parametrize("name", ["../base.yaml", "/etc/passwd", "none.yaml", "C:\\base.yaml", "bad.yaml", ""])
def test_extending_what_may_not_be_extended(name: str, tmp_path: Path) -> None:
    found = problems(folder_with(tmp_path, f"extends: '{name}'\nid: x\n"))
    assert found[0].path == "extends"
    assert (found[0].place.line, found[0].place.column) == (1, 10)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+44 20 7946 0000", "-", "\t=cmd|' /C calc'!A0", "<b>bold</b>"])
def test_text_that_looks_like_a_formula_is_only_text(text: str, tmp_path: Path) -> None:
    """Titles, notes and sources may hold anything that can be seen; making it harmless is the writer's work."""
    quoted = '"' + text.replace("\t", "") + '"'
    spoilt = spoiled("title: Planned care", f"title: {quoted}")
    spoilt = spoiled("limit_rate: 4%", f"limit_rate: {{value: 4%, source: {quoted}, note: {quoted}}}", spoilt)
    loaded = load(folder_with(tmp_path, spoilt))
    assert loaded.scenario.lines["planned"].title == text.replace("\t", "")
    origin = model_inputs(loaded).origins["single_rate.limit_rate"][()]
    assert origin.source == origin.note == text.replace("\t", "")


def test_null_leaves_an_optional_section_out(tmp_path: Path) -> None:
    text = spoiled(TERMS, "terms: null\nallocation: null\n")
    text = spoiled("scope: share", "scope: excluded", text)
    loaded = load(folder_with(tmp_path, text))
    assert loaded.scenario.terms == {}
    assert loaded.terms == ()
    assert loaded.scenario.allocation is None


@pytest.mark.parametrize("section", ["lines", "contract", "deflator", "opening_balances", "materiality", "population"])
def test_null_for_a_needed_section_is_refused(section: str, tmp_path: Path) -> None:
    text = re.sub(rf"(?m)^{section}:.*\n(?:(?:[ ].*)?\n)*", f"{section}: null\n", BASE)
    assert any(p.path.startswith(section) for p in problems(folder_with(tmp_path, text)))


# --- tables

BAD_TABLES = [
    ("population", "basis,age,year,persons,grade,source", "basis,age,year,people,grade,source", 1, "no column persons"),
    ("population", "registered,0-17,2018/19,20000", "registered,0-17,2018/19,twenty", 2, "'twenty'"),
    ("population", "registered,0-17,2018/19,20000", "registered,0-17,2018/19,-5", 2, "outside the range 0 to 10bn"),
    ("population", "registered,0-17,2018/19,20000", "registered,0-17,2018,20000", 2, "where a financial year belongs"),
    ("population", "registered,0-17,2018/19,20000", "regstered,0-17,2018/19,20000", 2, "is not a basis"),
    ("population", "registered,0-17,2018/19,20000,assumption", "registered,0-17,2018/19,2", 2, "5 cells stand under 6"),
    ("population", "registered,18-64,2018/19", "registered,0-17,2018/19", 3, "stands twice"),
    ("profiles", "flat,0-17,1,", "flat,0-17,one,", 2, "'one'"),
    ("profiles", "flat,18-64", "flat,0-17", 3, "stands twice"),
    ("profiles", "profile,age,weight,grade,source,note", "profile;age;weight;grade;source;note", 1, "no column"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "old", "new", "line", "says"), BAD_TABLES, ids=[b[4] for b in BAD_TABLES])
def test_a_bad_table_is_refused_on_its_line(
    table: str, old: str, new: str, line: int, says: str, tmp_path: Path
) -> None:
    tables = {"population": POPULATION, "profiles": PROFILES}
    tables[table] = spoiled(old, new, tables[table])
    found = problems(folder_with(tmp_path, **tables))
    fitting = [p for p in found if says in p.message]
    assert fitting, "\n".join(str(p) for p in found)
    assert (Path(fitting[0].place.file).name, fitting[0].place.line) == (f"{table}.csv", line)
    assert fitting[0].path == f"{table}.table"


@pytest.mark.parametrize(
    ("table", "old", "new", "snippet", "says"),
    [
        ("population", "0-17,2018/19,20000", "0-17,2018/19,many", "0-17,2018/19,|many", "'many'"),
        ("population", "0-17,2018/19,20000", "0-17, 2018 ,20000", "0-17, |2018 ,20000", "financial year belongs"),
        ("population", "resident,", "resdent,", "|resdent,", "is not a basis"),
        ("population", "registered,0-17,", '"registered",0-17x, ', '"registered",0-17x, |2018/19', "'2018/19x'"),
        ("profiles", "flat,0-17,1", "flat,0-17,-1", "flat,0-17,|-1", "outside the range"),
    ],
)
def test_a_bad_cell_is_shown_with_its_line(
    table: str, old: str, new: str, snippet: str, says: str, tmp_path: Path
) -> None:
    """The place is the cell's own column, and what the table then lacks is not held against it."""
    tables = {"population": POPULATION, "profiles": PROFILES}
    tables[table] = spoiled(old, new, tables[table])
    if "2018/19x" in says:
        tables[table] = spoiled("0-17x, 2018/19", "0-17x, 2018/19x", tables[table])
        snippet += "x"
    (problem,) = problems(folder_with(tmp_path, **tables))
    assert says in problem.message
    assert (problem.place.line, problem.place.column) == place(tables[table], snippet)
    assert problem.source_line == tables[table].splitlines()[problem.place.line - 1]
    assert str(ScenarioError([problem])).splitlines()[2] == " " * (problem.place.column - 1) + "^"


def test_every_bad_cell_of_a_row_is_refused(tmp_path: Path) -> None:
    row = "registered,0-17,2018/19,20000"
    found = problems(folder_with(tmp_path, population=spoiled(row, "everyone,0-17,2018,lots", POPULATION)))
    assert [p.place.column for p in found] == [1, 15, 20]


def test_a_row_over_several_lines_is_placed_at_its_last(tmp_path: Path) -> None:
    text = spoiled("registered,0-17,2018/19,20000,", 'registered,"0-17\n",2018/19,many,', POPULATION)
    (problem,) = problems(folder_with(tmp_path, population=text))
    assert (problem.place.line, problem.place.column) == (3, 1)


@pytest.mark.parametrize("table", ["population", "profiles"])
def test_a_table_of_headings_alone_is_refused(table: str, tmp_path: Path) -> None:
    head = {"population": POPULATION, "profiles": PROFILES}[table].splitlines()[0] + "\n"
    assert any("no lines below its headings" in p.message for p in problems(folder_with(tmp_path, **{table: head})))


def test_a_missing_year_is_refused(tmp_path: Path) -> None:
    text = "\n".join(line for line in POPULATION.splitlines() if "2020/21" not in line)
    found = problems(folder_with(tmp_path, population=text))
    assert any("no registered people of 0-17" in p.message and "2020/21" in p.message for p in found)


def test_a_missing_age_is_refused(tmp_path: Path) -> None:
    text = "\n".join(line for line in PROFILES.splitlines() if "flat,65+" not in line)
    found = problems(folder_with(tmp_path, profiles=text))
    assert any("has no weight for 65+" in p.message for p in found)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"x" * (MOST_BYTES + 1), "is larger than 4 MiB"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"", "no column"),
        (POPULATION.encode() + b"\n" * 3 + b'"registered,\n', "cannot be read"),
        (POPULATION.encode() + b"registered,0-17,2018/19,1,a,b\n" * 50_000, "more than 50,000 lines"),
    ],
    ids=["large", "not text", "empty", "quote", "long"],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(data: bytes, says: str, tmp_path: Path) -> None:
    path = folder_with(tmp_path)
    (tmp_path / "population.csv").write_bytes(data)
    assert any(says in p.message for p in problems(path))


# --- cases, settings, years

CASES = """
cases:
  trend:
    default: slow
    together: [deflator.growth, terms.gain_loss.define.limit_rate]
    choices:
      slow: {title: Slow, set: {deflator: {growth: 1%}, terms: {gain_loss: {define: {limit_rate: 3%}}}}}
      fast: {title: Fast, set: {deflator: {growth: 4%}, terms: {gain_loss: {define: {limit_rate: 5%}}}}}
"""


def test_a_case_is_chosen(tmp_path: Path) -> None:
    path = folder_with(tmp_path, BASE + CASES)
    loaded = load(path, cases={"trend": "fast"})
    assert loaded.scenario.terms["gain_loss"].define["limit_rate"].value == "5%"
    assert model_inputs(loaded).values["single_rate.limit_rate"].item() == 0.05
    assert (loaded.case, load(path).case) == ("fast", "slow")


@pytest.mark.parametrize(
    ("cases", "says", "instead"),
    [
        ({"trends": "fast"}, "there is no group of cases 'trends'", "'trend'"),
        ({"trend": "fats"}, "the group 'trend' has no case 'fats'", "'fast'"),
    ],
)
def test_an_unknown_case_is_refused(cases: dict[str, str], says: str, instead: str, tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path, BASE + CASES), cases=cases)
    assert says in problem.message
    assert instead in problem.instead
    assert problem.place.file == "--case"


@pytest.mark.parametrize(
    ("setting", "says", "instead"),
    [
        ("terms.gain_loss.settled_latr=40%", "'settled_latr' is unknown here", "'settled_later'"),
        ("term.gain_loss.settled_later=40%", "there is no 'term'", "'terms'"),
        ("terms.gain_los.settled_later=40%", "there is no 'gain_los'", "'gain_loss'"),
        ("terms.gain_loss.settled_later=0.4", "ambiguous as a rate", "40%"),
        ("materiality", "not a path, an equals sign and a value", "materiality=2%"),
        ("materiality=", "has no value", "materiality=value"),
        ("materiality=£4m", "an amount of money stands where a rate", "2.5%"),
        ("terms.gain_loss.define.share_rte=40%", "the term sheet has no definition 'share_rte'", "'share_rate'"),
        ("terms.gain_loss.define.share_rate=40% *", "the end of the formula stands where", "a number, a name"),
        ("terms.gain_loss.define.share_rate=140%", "with this definition the term sheet", "fits the sheet"),
        ("terms.gain_loss.bind={target: expected_costs}", "no row 'expected_costs'", "'expected_cost'"),
        ("materiality.value.deep=1%", "holds a single value", "materiality"),
        ("schema=mcp-finance/2", "cannot be set", "in the file itself"),
        ("lines.falls.shift.starts=soon", "where a date belongs", "2018-04-01"),
        ("lines.falls.stream=cor", "no 'cor' among the streams", "'core'"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_refused(setting: str, says: str, instead: str, tmp_path: Path) -> None:
    found = problems(folder_with(tmp_path), settings=["terms.gain_loss.define.limit_rate=3%", setting])
    fitting = [p for p in found if says in p.message]
    assert fitting, "\n".join(str(p) for p in found)
    assert instead in fitting[0].instead
    assert (fitting[0].place.file, fitting[0].place.line) == ("--set", 2)


@pytest.mark.parametrize(
    "setting", ["terms.gain_loss.define.limit_rate=2%", "terms={gain_loss: {sheet: single-rate, settled_later: 0%}}"]
)
def test_mixing_a_case_with_a_setting_is_a_warning(setting: str, tmp_path: Path) -> None:
    path = folder_with(tmp_path, BASE + CASES)
    (warning,) = load(path, settings=[setting]).warnings
    assert warning.severity == "warning"
    assert "this run mixes them" in warning.message
    assert load(path, settings=["terms.gain_loss.define.share_rate=40%"]).warnings == ()


@pytest.mark.parametrize("years", [0, -1, 5])
def test_years_outside_the_term_are_refused(years: int, tmp_path: Path) -> None:
    (problem,) = problems(folder_with(tmp_path), years=years)
    assert "lies outside the contract's 1 to 4 years" in problem.message


def test_a_shorter_term(tmp_path: Path) -> None:
    assert model_inputs(load(folder_with(tmp_path), years=2)).model.years == ("2018/19", "2019/20")


@pytest.mark.slow
@pytest.mark.parametrize("name", FIXTURES)
def test_a_shorter_term_adds_no_warning(name: str) -> None:
    whole = load(FIXTURES[name])
    term = whole.scenario.contract.years
    assert not whole.shortened
    for years in range(2, term + 1):
        loaded = load(FIXTURES[name], years=years)
        assert (loaded.warnings, loaded.shortened) == ((), years < term)
        assert loaded.scenario.contract.years == years


def test_a_term_too_short_for_its_start_is_refused(tmp_path: Path) -> None:
    path = folder_with(tmp_path, spoiled("start: 2018-04-01\n", "start: 2019-10-01\n"))
    (problem,) = problems(path, years=1)
    assert "the budget begins after the last of 1 years" in problem.message
    assert load(path, years=2).shortened


def test_others_are_paid_a_price_that_is_their_cost(tmp_path: Path) -> None:
    made = model_inputs(load(folder_with(tmp_path)))
    lines = made.model.dimension["line"].members
    costs = dict(zip(lines, made.values["cost_to_price"][0], strict=True))
    assert (costs["prescribing"], costs["social_care"], costs["gp_core"]) == (1.0, 1.0, 0.97)
    assert made.origins["cost_to_price"][(list(lines).index("social_care"),)].grade == "definition"


def test_an_extrapolation_never_read_is_a_warning(tmp_path: Path) -> None:
    text = spoiled(
        "growth: 2.2%", "growth: {by_year: {2018/19: 1%, 2019/20: 1%, 2020/21: 1%, 2021/22: 1%}, otherwise: 2%}"
    )
    says = [w.message for w in load(folder_with(tmp_path, text)).warnings]
    assert any("otherwise is never read" in s for s in says)
    assert any("the first year, is never read" in s for s in says)


def test_a_hospital_contract_of_two_payers_is_a_warning(tmp_path: Path) -> None:
    """One rate for both: what the budget holder avoids would change what the commissioner pays for its own lines."""
    path = folder_with(tmp_path, spoiled("contract: slice", "contract: main"))
    (warning,) = load(path).warnings
    assert "also pays for other_emergency, which the commissioner buys" in warning.message
    assert (warning.path, warning.severity) == ("lines.falls.contract", "warning")


# --- whatever a file holds

LINES = BASE.splitlines()
WORDS = sorted(set(re.findall(r"[^\s{}:,]+", BASE)))
BARE = "null ~ {} [] =1 -1 1e400 £ % 99999999999999999999999999999999999999999999999999 !x &a *a : -100% ' true 🏥"
STRANGE = [*BARE.split(), '"', "2018/19", "", "\t", "[1, 2]", "{a: 1}", "{value: 1%}", "{by_year: {}}"]


@st.composite
def spoilt_texts(draw: st.DrawFn) -> str:
    """The base file with a few lines deleted, repeated, moved or indented, or words replaced."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["delete", "repeat", "move", "indent", "word", "word", "word", "value", "value"]))
        if how == "delete":
            del lines[at]
        elif how == "repeat":
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif how == "move":
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
        elif how == "indent":
            lines[at] = " " * draw(st.integers(0, 6)) + lines[at].lstrip()
        elif words := re.findall(r"[^\s{}:,]+", lines[at]):
            new = draw(st.sampled_from(WORDS) if how == "word" else st.sampled_from(STRANGE))
            lines[at] = lines[at].replace(draw(st.sampled_from(words)), new, 1)
    return "\n".join(lines) + "\n"


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=spoilt_texts())
def test_nothing_in_a_file_ends_in_a_traceback(text: str, tmp_path: Path) -> None:
    path = folder_with(tmp_path, text)
    try:
        model_inputs(load(path))
    except ScenarioError as error:
        assert error.problems
        assert str(error)
        assert all(p.message and p.place.line >= 1 and p.place.column >= 1 for p in error.problems)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.integers(0, len(POPULATION) - 1),
    length=st.integers(0, 30),
    new=st.sampled_from([*STRANGE, ",", "\n", '"', ",,", "\r", "\x00"]),
)
def test_nothing_in_a_table_ends_in_a_traceback(at: int, length: int, new: str, tmp_path: Path) -> None:
    path = folder_with(tmp_path, population=POPULATION[:at] + new + POPULATION[at + length :])
    try:
        model_inputs(load(path))
    except ScenarioError as error:
        assert str(error)
