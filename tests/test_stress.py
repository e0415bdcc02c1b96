"""Stresses: the pack fits any scenario or says why not, and a stress is what its shocks and clauses are by hand."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from contracts import DUDLEY, FIXTURES
from markupsafe import escape
from rich.console import Console

from mcp_finance.analysis.run import Run, run
from mcp_finance.analysis.shocked import after
from mcp_finance.analysis.stress import Heat, Outcome, failures, stress, stressed
from mcp_finance.files.problems import ScenarioError
from mcp_finance.report.answers.stress import COLUMNS, page, stress_csv
from mcp_finance.report.answers.stress_console import heat_text
from mcp_finance.scenario.load import Over
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.stresses import fitted_to, read_pack

EXAMPLES = Path(__file__).parents[1] / "examples"
PATHS = {"base": FIXTURES["base"], "place-whole": EXAMPLES / "place-whole.yaml", "dudley": DUDLEY}
PACK = read_pack()
WITHOUT_EFFECT = {
    "base": {"ST06a", "ST07a", "ST07b", "ST11b", "ST14a", "ST15a", "ST15b", "ST16", "ST17a", "ST18a", "ST20"},
    "place-whole": {"ST06a", "ST06b", "ST11a", "ST14b", "ST15a", "ST15b", "ST17a", "ST17b", "ST18b", "ST20"},
    "dudley": {"ST06a", "ST11b", "ST14a", "ST15a", "ST15b", "ST17a", "ST18a", "ST20"},
}
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("place-whole", "dudley")]


@cache
def of(name: str, *settings: str) -> Run:
    return run(PATHS.get(name) or FIXTURES[name], settings=settings)


@cache
def heat(name: str) -> Heat:
    return stress(of(name), PACK)


def outcome(name: str, of_stress: str) -> Outcome:
    (found,) = stress(of(name), PACK, [of_stress]).outcomes
    return found


def results(found: Run, party: str) -> float:
    return float(found.results.series(f"{party}.result").sum())


def same(one: Run, other: Run) -> bool:
    return all(np.allclose(v, other.results.full[n], rtol=1e-12, atol=1e-6) for n, v in one.results.full.items())


# --- the pack


def test_the_pack_is_the_minimum_stress_set() -> None:
    """ST01 to ST21, each with its basis and how it is read; a size without a source is an assumption."""
    numbers = {name[:4] for name in PACK.pack.stresses}
    assert numbers == {f"ST{k:02}" for k in range(1, 22)}
    for name, one in PACK.pack.stresses.items():
        assert one.basis and one.note, name
        assert one.combines or one.computed or one.grade, name
        assert one.source or one.grade in ("assumption", "definition") or one.combines or one.computed, name


@pytest.mark.parametrize("name", ["base", *SLOW])
def test_each_stress_moves_a_result_or_says_why_it_does_not(name: str) -> None:
    found = heat(name)
    assert {o.id for o in found.outcomes if not o.applies} == WITHOUT_EFFECT[name]
    for o in found.outcomes:
        moves = any(abs(v) >= 0.01 for v in (*o.held.values(), *o.contract.values()))
        assert moves == o.applies == (not o.reason), o.id
        assert o.broken == (), f"{o.id}: the model's own checks"
        assert set(o.held) == set(o.contract) == set(o.fails) == set(found.parties)


def test_who_loses_gains_nothing_from_nowhere() -> None:
    """A stress that only moves money between the parties leaves all of them together as they were."""
    for name in ("ST08c", "ST14b", "ST18b"):
        assert sum(outcome("base", name).held.values()) == pytest.approx(0, abs=0.01)


# --- what a stress is, by hand


def test_a_council_that_cuts_by_hand() -> None:
    """5% of the council's budget of the third and fourth years goes from the budget holder to the council."""
    budget = of("base").results.series("council_budget")
    cut = 0.05 * (budget[2] + budget[3])
    found = outcome("base", "ST18b")
    assert found.held["budget_holder"] == pytest.approx(-cut) and found.held["council"] == pytest.approx(cut)
    assert budget[2] > 15e6 and cut > 1.5e6


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ST01", ("lines.falls.shift.delivery=0%", "lines.other_emergency.shift.delivery=0%")),
        ("ST02a", ("lines.falls.shift.delay=30 months", "lines.other_emergency.shift.delay=27 months")),
        ("ST08c", ("hospital_contracts.main={kind: block}", "hospital_contracts.slice={kind: block}")),
        ("ST09", ("streams.core.growth={by_year: {2019/20: 2%, 2020/21: 1.5%}, otherwise: 1%}",
                  "streams.social_care.growth=2.2%")),
        ("ST11a", ("population.member_share=72%", "population.fully_integrated_share=48%")),
        ("ST12a", ("contract.slippage=12 months",)),
        ("ST19", ("contract.ends_early={on: 2021-03-31, cost: 0, paid_by: holder}",)),
    ],
)  # fmt: skip
def test_a_stress_is_the_scenario_with_its_figures(name: str, settings: tuple[str, ...]) -> None:
    """Falls are delayed by 6 months and the rest by 3; core funding grows 3.0%, 2.5%, 2.0%; 90% and 60% of the list."""
    if name == "ST08c":
        keys = "plan_level: null, fixed_level: null, marginal_up: null, marginal_down: null"
        settings = tuple(s.replace("{kind: block}", f"{{kind: block, {keys}}}") for s in settings)
    by_hand, found = of("base", *settings), outcome("base", name)
    for party, change in found.held.items():
        assert change == pytest.approx(results(by_hand, party) - results(of("base"), party), abs=0.01)
    assert found.fails == failures(by_hand)


def test_growth_of_admissions_alone() -> None:
    """Falls and other emergencies are counted in admissions; nothing else is, and what is expected stays."""
    made = stressed(of("base"), PACK, ["ST04a"]).run.inputs.values
    lines = of("base").model.dimension["line"].members
    grown = {line for line, g in zip(lines, made["activity_growth"][1], strict=True) if g == 0.03}
    assert grown == {"falls", "other_emergency"}
    assert np.array_equal(made["expected_growth"], of("base").inputs.values["expected_growth"])


@pytest.mark.slow
def test_the_improvement_payment_of_dudley() -> None:
    """10% of the budget depends on the score, all earned: at half, half of what is withheld is lost for good."""
    base, half, none = (of("dudley"), outcome("dudley", "ST07a"), outcome("dudley", "ST07b"))
    assert none.held["budget_holder"] == pytest.approx(2 * half.held["budget_holder"])
    withheld = float(base.results.series("withheld_total").sum())
    assert none.held["budget_holder"] == pytest.approx(-withheld, rel=0.12)  # the last year's is settled after the term


def test_programmes_that_raise_admissions_by_hand() -> None:
    """27% more among the 70% and the 50% of activity that are reached, in the second and third of four years alone."""
    made = stressed(of("base"), PACK, ["ST03"]).run.results
    with_shift, without = made["activity"][..., 0], made["activity_without_shift"][..., 0]
    lines = of("base").model.dimension["line"].members
    for line, more in (("falls", 1 + 0.7 * 0.27), ("other_emergency", 1 + 0.5 * 0.27), ("planned", 1.0)):
        k = lines.index(line)
        assert with_shift[:, k] / without[:, k] == pytest.approx([1, more, more, 1])


def test_a_cleansed_list_needs_as_much_as_before() -> None:
    """Activity is as it was but for the few who are registered nowhere; from the third year on 2 to 4% less is paid."""
    base, made = of("base"), stressed(of("base"), PACK, ["ST13"]).run
    activity = [r.results["activity_without_shift"] for r in (base, made)]
    assert activity[1] == pytest.approx(activity[0], rel=1e-3)
    cut = made.results.series("wpb") / base.results.series("wpb")
    assert cut[:2] == pytest.approx([1, 1]) and (cut[2:] > 0.96).all() and (cut[2:] < 0.98).all()


# --- several at once


def test_a_combination_is_the_shocks_of_all() -> None:
    base = of("base")
    (both,) = stress(base, PACK, [], ["ST02a", "ST10"]).outcomes
    changes = [
        Change("a", ("inputs.shift_delay",), "add", 2.0),
        Change("b", ("tariffs.*.uplift",), "add", (None, 0.0068, None, None)),
        Change("c", ("inflation.*.growth",), "add", (None, 0.0068, None, None)),
    ]
    assert same(stressed(base, PACK, ["ST02a", "ST10"]).run, after(base, changes))
    assert both.id == "ST02a+ST10"
    assert both.held["hospital"] == pytest.approx(results(after(base, changes), "hospital") - results(base, "hospital"))


def test_clauses_and_shocks_together() -> None:
    by_hand = of("base", "contract.slippage=24 months", "lines.falls.shift.delay=30 months",
                 "lines.other_emergency.shift.delay=27 months")  # fmt: skip
    assert same(by_hand, stressed(of("base"), PACK, ["ST12b", "ST02a"]).run)


def test_clauses_of_two_stresses_stand_together() -> None:
    cut = "s75={contribution_change: {by_year: {2018/19: 0%, 2019/20: 0%}, otherwise: -5%}, "
    by_hand = of("base", "contract.slippage=12 months", cut + "made_good: {council: 0%, commissioner: 0%}}")
    assert same(by_hand, stressed(of("base"), PACK, ["ST12a", "ST18b"]).run)


def test_a_combination_names_what_is_left_out() -> None:
    found = outcome("base", "ST21")
    assert set(found.left_out) == {"ST07a"} and "terms.*" in found.left_out["ST07a"]
    rest = stressed(of("base"), PACK, ["ST02a", "ST04a", "ST10"]).run
    assert found.held["budget_holder"] == pytest.approx(
        results(rest, "budget_holder") - results(of("base"), "budget_holder")
    )


def test_a_stress_asked_for_twice_acts_once() -> None:
    (one, twice) = stress(of("base"), PACK, ["ST10"], ["ST10", "ST10"]).outcomes
    assert one.held == twice.held


# --- who fails


def test_the_holder_fails_when_its_balance_is_below_nil() -> None:
    """Without reserves: the first year that closes below nil; a pound less is rounding."""
    base = of("base")
    closing = base.results.series("budget_holder.closing")
    first = next((y for y, c in zip(base.years, closing, strict=True) if c <= -1), None)
    assert failures(base)["budget_holder"] == first
    rich = of("base", "opening_balances.budget_holder=£500m")
    assert failures(rich)["budget_holder"] is None


def test_the_holder_fails_beyond_reserve_and_guarantee_where_it_has_them() -> None:
    found = of("reserves")
    year = round(found.results.final("first_year_beyond_cover"))
    assert failures(found)["budget_holder"] == (found.years[year - 1] if year else None)
    ruined = after(found, [Change("x", ("opening_balances.budget_holder",), "is", -1e9)])
    assert failures(ruined)["budget_holder"] == found.years[0]


def test_others_fail_when_materially_worse_off() -> None:
    found = of("base")
    fires = found.results.series("warn.worse_off_hospital") >= 1
    assert failures(found)["hospital"] == (found.years[int(fires.argmax())] if fires.any() else None)


# --- words of a pack

ONE = """\
schema: mcp-finance-stress/1
id: own
title: A pack of one's own
stresses:
  one: {title: One, basis: made up for tests, %s}
"""


def own(tmp_path: Path, body: str) -> Path:
    (tmp_path / "own.yaml").write_text(ONE % body, encoding="utf-8")
    return tmp_path / "own.yaml"


def test_years_of_the_contract(tmp_path: Path) -> None:
    """The base runs from 2018/19 for four years."""
    amounts = "{by_year: {year(2): 1%, years(3-): 2%}}"
    found = read_pack(own(tmp_path, f"shocks: {{a: {{on: streams.*.growth, is: {amounts}}}}}"))
    made = stressed(of("base"), found, ["one"]).run
    assert made.inputs.values["stream_growth"].tolist() == [[0, 0], [0.01, 0.01], [0.02, 0.02], [0.02, 0.02]]


def test_a_year_beyond_the_contract_does_not_apply(tmp_path: Path) -> None:
    found = read_pack(own(tmp_path, "shocks: {a: {on: streams.*.growth, add: {by_year: {year(9): 1%}}}}"))
    (one,) = stress(of("base"), found).outcomes
    assert one.reason == "not applicable: the contract has 4 years, and this needs year 9"
    short = run(FIXTURES["base"], years=2)
    (third,) = stress(short, PACK, ["ST19"]).outcomes
    assert "the contract has 2 years, and this needs year 3" in third.reason


def test_what_is_copied_and_what_a_star_means(tmp_path: Path) -> None:
    names = "title: copy(lines.falls.title), names: {hospital: 'copy(names.hospital, Trust)'}"
    body = f"where: {{list_adjustment: dev*}}, set: {{{names}, streams: {{'*': {{list_tolerance: 1%}}}}}}"
    over, _ = fitted_to(read_pack(own(tmp_path, body)), "one", of("base").loaded)
    assert over is not None
    again = run(FIXTURES["base"], over=Over(over, {}))
    assert (again.loaded.scenario.title, again.parties["hospital"]) == ("Emergency admissions, falls", "Trust")
    assert [n for n, s in again.loaded.scenario.streams.items() if s.list_tolerance] == ["core"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("needs: [bid], shocks: {a: {on: materiality, is: 2%}}", "the scenario has no bid"),
        ("lacks: [streams], shocks: {a: {on: materiality, is: 2%}}", "the scenario says streams itself"),
        ("shocks: {a: {on: lines.*.nothing, is: 2%}}", "the scenario has no lines.*.nothing"),
        ("shocks: {a: {on: lines.*.growth, is: 2%, where: {activity.unit: beds}}}", "whose activity.unit is beds"),
        ("set: {providers: {'*': {income_floor: 90%}}}", "the scenario has no providers.*"),
        ("set: {title: copy(names.nobody)}", "the scenario has no names.nobody"),
        ("set: {materiality: 300%}", "materiality: 300% lies outside 0% to 100%"),
        ("shocks: {a: {on: materiality, add: 300%}}", "materiality would be 301%"),
        ("shocks: {a: {on: materiality, is: 1%}}", "moves nothing: its figures are so already"),
    ],
)
def test_why_a_stress_does_not_apply(body: str, says: str, tmp_path: Path) -> None:
    (one,) = stress(of("base"), read_pack(own(tmp_path, body))).outcomes
    assert says in one.reason and not any(one.held.values())


@pytest.mark.parametrize(
    ("body", "at", "says", "instead"),
    [
        ("shock: {}", "shock:", "the key 'shock' is unknown here", "'shocks'"),
        ("needs: [bid]", "{title", "a stress changes something, combines others or is computed", "`shocks`"),
        ("combines: [two]", "two]", "there is no stress 'two'", "'one'"),
        ("combines: [one]", "one]", "one has no shocks of its own", "stresses that change"),
        ("computed: forwards", "forwards", "not one of the words", "'reverse'"),
        ("shocks: {a: {on: x, is: 1%, add: 1%}}", "{on: x", "more than one, of is, add and times", "one of is"),
        ("shocks: {a: {on: x, is: {by_year: {years(x): 1%}}}}", "years(x)", "is no span of years", "years(2-4)"),
        ("shocks: {a: {on: x, is: {by_year: {year(0): 1%}}}}", "year(0)", "is no year of a contract", "from 1"),
        ("set: {a: 1, b: {by_year: {year(x): 1}}}", "year(x)", "is no year of a contract", "from 1"),
        ("shocks: {a: {on: x, is: years(2-3)}}", "years(2-3)", "stands where one year belongs", "year(3)"),
        ("shocks: {a: {on: x, is: 1%, where: 3}}", "3}", "stands where a mapping belongs", "keys"),
    ],
)
def test_a_bad_pack_is_refused_in_its_place(body: str, at: str, says: str, instead: str, tmp_path: Path) -> None:
    path = own(tmp_path, body)
    with pytest.raises(ScenarioError) as caught:
        read_pack(path)
    first = caught.value.problems[0]
    line = path.read_text(encoding="utf-8").splitlines()[first.place.line - 1]
    assert says in first.message and instead in first.instead
    assert (first.place.file, bool(first.source_line)) == (str(path), True)
    assert line[first.place.column - 1 :].startswith(at)


def test_a_pack_cannot_grow_by_its_spans(tmp_path: Path) -> None:
    """Years are keys of `by_year` and are not put out again below it, and there are only so many of them."""
    nested = "{by_year: {years(1-): " * 5 + "1%" + "}}" * 5
    with pytest.raises(ScenarioError) as caught:
        read_pack(own(tmp_path, f"shocks: {{a: {{on: x, is: {nested}}}}}"))
    assert "a list or a mapping stands where an amount belongs" in caught.value.problems[0].message
    many = ", ".join(f"a{k}: {{on: x, is: 1%}}" for k in range(4_000))
    with pytest.raises(ScenarioError, match="more than 10,000 keys and values"):
        read_pack(own(tmp_path, f"shocks: {{{many}}}"))


def test_only_figures_and_words_are_copied(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="'lines' is a section"):
        stress(of("base"), read_pack(own(tmp_path, "set: {lines: copy(lines)}")))


def test_an_amount_that_cannot_be_read_is_refused_in_the_pack(tmp_path: Path) -> None:
    path = own(tmp_path, "shocks: {a: {on: lines.*.growth, add: 6 months}}")
    with pytest.raises(ScenarioError) as caught:
        stress(of("base"), read_pack(path))
    (problem,) = caught.value.problems
    assert problem.place.file == str(path) and "a length of time stands where a rate belongs" in problem.message


def test_a_reverse_stress_is_asked_of_whoever_computes_it() -> None:
    (found,) = stress(of("base"), PACK, ["ST20"], reverse=lambda r: f"{r.loaded.scenario.id} bears nothing").outcomes
    assert found.reason == "base bears nothing"


# --- how it is shown


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["base", *SLOW])
def test_the_heat_table_fits_the_terminal(name: str, width: int) -> None:
    found = heat(name)
    console = Console(width=width, file=io.StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(heat_text(of(name), found, width))
    text = captured.get()
    assert max(map(len, text.splitlines())) <= width
    for o in found.outcomes:
        assert o.id in text
    for title in of(name).parties.values():
        assert title.split()[0] in text
    assert "…" not in text


def test_a_cell_says_the_change_and_the_year() -> None:
    console = Console(width=120, file=io.StringIO(), highlight=False)
    found = heat("base")
    with console.capture() as captured:
        console.print(heat_text(of("base"), found, 120))
    one = next(o for o in found.outcomes if o.id == "ST18b")
    assert f"{one.held['council'] / 1e6:+.1f}" in captured.get()
    assert str(one.fails["budget_holder"]) in captured.get()


def test_who_fails_anyway_is_marked() -> None:
    """A stress that moves the first failing year says the new one plainly; one that leaves it says it with a star."""
    found, console = heat("base"), Console(width=120, file=io.StringIO(), highlight=False)
    for o in (o for o in found.outcomes if o.applies):
        with console.capture() as captured:
            console.print(heat_text(of("base"), replace(found, outcomes=(o,)), 120))
        anyway = [year for p, year in o.fails.items() if year and year == found.fails[p]]
        told = [word for word in captured.get().split() if word.endswith("*") and "/" in word]
        assert sorted(told) == sorted(f"{year}*" for year in anyway)


def test_the_page_has_a_shaded_table_a_question() -> None:
    found = heat("base")
    shown = page(of("base"), found)
    assert shown.count('<table class="shaded">') == 2
    for o in found.outcomes:
        assert o.id in shown
        assert not o.applies or escape(o.title) in shown
        assert o.applies or escape(o.reason) in shown
    assert all(year in shown for o in found.outcomes if o.applies for year in o.fails.values() if year)


def test_the_lines_of_the_file_are_the_table() -> None:
    found = heat("base")
    lines = list(csv.DictReader(io.StringIO(stress_csv(found))))
    assert tuple(lines[0]) == COLUMNS and len(lines) == len(found.outcomes) * len(found.parties)
    one = next(o for o in found.outcomes if o.id == "ST05")
    (line,) = [x for x in lines if x["stress"] == "ST05" and x["party"] == "budget_holder"]
    assert float(line["change"]) == pytest.approx(one.held["budget_holder"], abs=0.006)


def test_a_title_is_no_formula(tmp_path: Path) -> None:
    body = "shocks: {a: {on: materiality, is: 2%}}"
    path = own(tmp_path, body)
    path.write_text(path.read_text(encoding="utf-8").replace("title: One", "title: '=1+1'"), encoding="utf-8")
    assert "'=1+1" in stress_csv(stress(of("base"), read_pack(path)))


def test_the_command(cli: Cli, tmp_path: Path) -> None:
    base = str(FIXTURES["base"])
    answer = cli("stress", base, "--only", "ST02a,ST06a", "--combine", "ST02a,ST10", "--json")
    document = json.loads(answer.out)
    assert answer.code == 0 and list(document["stresses"]) == ["ST02a", "ST06a", "ST02a+ST10"]
    assert document["stresses"]["ST06a"]["reason"] == "not applicable: the scenario has no holder.vat"
    shown = cli("stress", base, "--only", "ST18b")
    assert shown.code == 0 and "ST18b" in shown.out and shown.err == ""
    wrote = cli("stress", base, "--only", "ST18b", "--out", str(tmp_path / "out"), "--write", "ST12a,ST02a", "-q")
    assert wrote.code == 0 and {"stress.csv", "stress.json"} <= {p.name for p in (tmp_path / "out").iterdir()}
    again = run(tmp_path / "out" / "base-st12a-st02a.yaml")
    assert same(again, stressed(of("base"), PACK, ["ST12a", "ST02a"]).run)
    assert cli("stress", base, "--only", "ST18b", "--out", str(tmp_path / "out")).code == 2


def test_the_command_refuses(cli: Cli, tmp_path: Path) -> None:
    base = str(FIXTURES["base"])
    unknown = cli("stress", base, "--only", "ST99")
    assert unknown.code == 2 and "the pack has no stress 'ST99'" in unknown.err
    nothing = cli("stress", base, "--only", " ,")
    assert nothing.code == 2 and "names no stress" in nothing.err
    bad = cli("stress", base, "--pack", str(own(tmp_path, "shock: {}")))
    assert bad.code == 3 and "own.yaml:5" in bad.err
    assert cli("stress", base, "--pack", str(tmp_path / "none.yaml")).code == 3
    assert cli("stress", base, "--write", "ST01").code == 2
    assert cli("stress", base, "--write", "ST06a", "--out", str(tmp_path / "out")).code == 2
