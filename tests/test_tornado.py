"""Tornado, weak evidence and grids: a bar is what the scenario with that figure would give, and nothing else; its range
is what was said of the figure, or a share by its grade; every figure is moved, or it is said why not."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from contracts import DUDLEY
from futures import SCENARIOS, with_uncertainty
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from tools import examples

from mcp_finance.analysis.headlines import UNGRADED
from mcp_finance.analysis.measure import Measure, measure
from mcp_finance.analysis.run import Run, run
from mcp_finance.analysis.sensitivity.grid import Axis, axis, grid
from mcp_finance.analysis.sensitivity.ranges import DATES, SHARES, Range, grade_of, ranges, with_share
from mcp_finance.analysis.sensitivity.tornado import Bar, Tornado, tornado
from mcp_finance.analysis.sensitivity.variants import evaluated
from mcp_finance.analysis.shocked import after
from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import ScenarioError
from mcp_finance.scenario.addresses import Addresses
from mcp_finance.scenario.shocked import Change, shocked

PLACE = Path(__file__).parents[1] / "examples" / "place.yaml"
NONE = {**dict.fromkeys(SHARES, 0.0)}


@cache
def place(*settings: str) -> Run:
    return run(PLACE, settings=settings)


@cache
def of(row: str = "budget_holder.result", year: str = "term") -> Tornado:
    return tornado(place(), measure(place(), row, year))


def bar(found: Tornado, path: str) -> Bar:
    return next(b for b in found.bars if b.range.path == path)


def outcome(base: Run, asked: Measure, *changes: Change) -> float:
    return asked.plain(after(base, changes))


# Bars


def test_every_bar_is_the_scenario_with_that_change():
    """The longest ten and some of the shortest, recalculated one by one, for every party."""
    found = of()
    for b in (*found.bars[:10], *found.bars[-4:]):
        for end, value, at in ((b.range.low, b.low, 0), (b.range.high, b.high, 1)):
            alone = after(place(), [Change("x", b.range.on, b.range.how, end.amount)])
            assert value == approx(found.measure.plain(alone), abs=0.005), b.range.path
            for party, ends in b.parties.items():
                assert ends[at] == approx(measure(place(), f"{party}.result").plain(alone), abs=0.005)


def test_an_opening_balance_moves_the_last_balance_by_itself():
    """£3m, not graded, 20% either way: £0.6m less and £0.6m more, a reach of £1.2m."""
    found = of("budget_holder.closing")
    b = bar(found, "opening_balances.budget_holder")
    assert (b.range.low.text, b.range.high.text) == ("£2,400,000", "£3,600,000")
    assert (b.low - b.base, b.high - b.base, b.reach) == approx((-600_000, 600_000, 1_200_000))
    assert found.base == place().results.final("budget_holder.closing")
    assert not b.one_sided


@pytest.mark.parametrize("row", ["budget_holder.result", "hospital.closing", "system.change_to_date"])
def test_bars_are_in_order_and_begin_at_the_scenario(row: str):
    found = of(row)
    reaches = [b.reach for b in found.bars]
    assert reaches == sorted(reaches, reverse=True)
    for b in found.bars:
        assert b.base == found.base
        assert b.reach >= abs(b.high - b.low) - 1e-6
        assert b.one_sided or min(b.low, b.high) - 0.01 <= b.base <= max(b.low, b.high) + 0.01


def test_every_figure_has_a_bar_or_a_reason():
    """Figures of the population table move as two, one for each basis; all others one by one."""
    found, every = of(), Addresses(place().inputs).paths.values()
    people = {a.path for a in every if all(u.input == "population" for u in a.uses)}
    apart = Counter(a.path for a in every if a.path not in people)
    told = Counter([*(b.range.path for b in found.bars), *(u.path for u in found.unmoved)])
    assert sum(told.values()) + found.idle == sum(apart.values()) + 2
    assert not told - apart - Counter(("registered", "resident"))


def test_ranges_of_nothing_are_no_bars():
    found = tornado(place(), measure(place()), NONE)
    assert found.bars == ()
    assert found.idle == 0
    assert {u.why for u in found.unmoved} == {"a date that stands", "its grade is given no range"}


def test_a_definition_is_not_moved():
    base = place("opening_balances.budget_holder={value: £3m, grade: definition}")
    found, unmoved = ranges(base)
    (only,) = (u for u in unmoved if u.path == "opening_balances.budget_holder")
    assert (only.grade, only.why) == ("definition", "a definition")
    assert only.path not in {r.path for r in found}


def test_one_figure_with_a_range_is_one_bar():
    one = place("opening_balances.budget_holder={value: £3m, grade: exact-published}")
    found = tornado(one, measure(one, "budget_holder.closing"), NONE | {"exact-published": 0.5})
    (only,) = found.bars
    assert (only.range.path, only.reach) == ("opening_balances.budget_holder", approx(3_000_000))


@given(st.floats(0.01, 0.3), st.floats(0.01, 0.3))
@settings(max_examples=examples(24))
def test_a_wider_range_of_a_straight_outcome_is_a_longer_bar_in_proportion(one: float, two: float):
    """A balance at the end is a straight line in the balance at the start."""
    base, reaches = place("opening_balances.budget_holder={value: £3m, grade: exact-published}"), []
    for share in (one, two):
        (only,) = tornado(base, measure(base, "budget_holder.closing"), NONE | {"exact-published": share}).bars
        reaches.append(only.reach)
    assert reaches[0] * two == approx(reaches[1] * one, rel=1e-6)


def test_both_ends_may_move_the_outcome_the_same_way():
    b = of().bars[0]
    turned = replace(b, low=b.base - 3, high=b.base - 1)
    assert turned.one_sided
    assert turned.reach == approx(3)
    assert not b.one_sided


def test_a_share_is_moved_by_less_than_a_penny():
    """A cover of 3% that becomes 2.4% differs by 0.006: much of a share, if nothing of a pound."""
    found = of("reserve_cover")
    b = bar(found, "opening_balances.budget_holder")
    assert 0 < b.reach < 0.02
    assert (b.low, b.high) == approx((0.8 * b.base, 1.2 * b.base))


# Ranges


def range_of(base: Run, path: str, shares: dict[str, float] | None = None) -> Range:
    found, _ = ranges(base, shares or SHARES)
    return next(r for r in found if r.path == path)


def test_an_end_that_a_figure_may_not_have_is_cut():
    """95% of the list by 120% is 114%: cut to 100%. The rate down, 100% by 120%, has nowhere to go."""
    found = range_of(place(), "population.member_share")
    assert (found.low.text, found.low.cut, found.high.text, found.high.cut) == ("76%", False, "100%", True)
    up = range_of(place(), "hospital_contracts.slice.marginal_up")
    assert (up.high.text, up.high.cut) == ("100%", True)


def test_an_end_at_which_there_is_no_settlement_is_brought_nearer():
    """Quality of 90% by 120% lies beyond the last step of the scale, 100%: eleven twentieths of the way do not."""
    b = bar(of(), "terms.gain_loss.bind.quality")
    assert (b.range.high.cut, b.range.low.cut) == (True, False)
    assert b.range.high.amount == approx(1 + 0.2 * 11 / 20)
    assert b.range.low.amount == approx(0.8)


def test_a_figure_without_room_one_way_has_half_a_bar():
    """A score of 100% cannot be higher, and 120% of it is on no scale: the high end is the scenario itself."""
    base = place("terms.gain_loss.bind.quality=100%")
    b = bar(tornado(base, measure(base)), "terms.gain_loss.bind.quality")
    assert (b.range.high.amount, b.range.high.cut, b.high) == (1.0, True, approx(b.base))
    assert abs(b.low - b.base) == approx(b.reach)


def test_a_path_with_figures_of_two_kinds_is_two_ranges():
    found, _ = ranges(place())
    path = "place-share: definitions.quality_multiplier.upto.80%"
    assert len({r.on for r in found if r.path == path}) == 2


def test_a_figure_that_cannot_be_moved_alone_says_so():
    """Lists of practices sum to 100%, so that none of them moves alone."""
    found, unmoved = ranges(run(SCENARIOS / "practices.yaml"))
    lists = [u for u in unmoved if u.why.startswith("cannot be moved alone: the lists of all practices no longer sum")]
    assert lists
    assert not {u.path for u in lists} & {r.path for r in found}


def test_dates_move_by_time_unless_they_are_exact():
    """Six months either way; a date that was published stands."""
    found = range_of(place(), "lines.frailty_admissions.shift.starts")
    assert (found.low.text, found.high.text, found.basis) == ("2026-10-01", "2027-10-01", "6 months either way")
    known = place("contract.start={value: 2026-04-01, grade: exact-published}")
    assert next(u for u in ranges(known)[1] if u.path == "contract.start").why == "a date that stands"


def test_a_shares_grade_is_that_of_the_weakest_year():
    graded = "{by_year: {2027/28: {value: 3%, grade: derived}}, otherwise: {value: 2%, grade: assumption}}"
    base = place(f"streams.core.growth={graded}")
    (address,) = Addresses(base.inputs).find("streams.core.growth")
    assert grade_of(base.inputs, address) == "assumption"


def test_a_figure_behind_a_cell_has_its_own_grade():
    base = place("baselines.emergency={value: £80m, grade: exact-published}")
    found = range_of(base, "baselines.emergency")
    assert (found.grade, found.high.text) == ("exact-published", "£80,800,000")
    assert range_of(base, "lines.frailty_admissions.baseline.fraction").grade == UNGRADED


SECTION = """
uncertainty:
  inputs:
    effect: {on: lines.falls.shift.effect, is: {normal: {mean: 25%, sd: 2%}}}
    demand: {on: lines.*.growth, add: {normal: {sd: 0.5%}}, draw: own}
    list: {on: inputs.population.registered, times: {uniform: {least: 90%, most: 110%}}}
    prices: {on: tariffs.nhs.uplift, add: {normal: {sd: 0.6%}}, timing: yearly}
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(with_uncertainty(tmp_path_factory.mktemp("drawn"), SECTION))


def test_a_figure_with_a_distribution_goes_from_its_p10_to_its_p90(drawn: Run):
    """25% ∓ 1.2816 x 2%: 22.44% to 27.56%; the list as a whole from 92% to 108%; growths one by one."""
    effect = range_of(drawn, "lines.falls.shift.effect")
    assert (effect.low.amount, effect.high.amount) == approx((0.22437, 0.27563), abs=1e-5)
    assert (effect.basis, effect.source) == ("P10 to P90", "effect")
    whole = range_of(drawn, "uncertainty.inputs.list")
    assert (whole.low.amount, whole.high.amount) == approx((0.92, 1.08))
    growths = [r for r in ranges(drawn)[0] if r.source == "demand"]
    assert {r.path for r in growths} == {a.path for a in Addresses(drawn.inputs).find("lines.*.growth")}
    assert all((r.low.amount, r.high.amount) == approx((-0.0064078, 0.0064078), abs=1e-6) for r in growths)


def test_what_is_drawn_every_year_goes_over_the_range_of_its_average(drawn: Run):
    """Three years of sd 0.6%: their average has sd 0.6% / sqrt 3, and its P90 lies at 1.2816 of these, 0.444%."""
    prices = range_of(drawn, "tariffs.nhs.uplift")
    error = 0.006 / np.sqrt(3) * 1.71 / np.sqrt(8192)  # of a P90 of normal draws
    assert prices.high.amount == approx(0.0044396, abs=4 * error)
    assert prices.low.amount == approx(-0.0044396, abs=4 * error)
    assert prices.basis == "P10 to P90 of the average year"


def test_no_figure_is_moved_by_two_ranges(drawn: Run):
    """The list is drawn as an input, so its table is not moved by its grade as well; that of residents is."""
    found, _ = ranges(drawn)
    paths = [(r.path, r.on) for r in found]
    assert len(paths) == len(set(paths))
    assert "registered" not in {r.path for r in found}
    assert "resident" in {r.path for r in found}


@pytest.mark.parametrize(
    ("text", "expected"), [("assumption=30%", ("assumption", 0.3)), ("date=12 months", (DATES, 1.0))]
)
def test_ranges_are_given_by_grade(text: str, expected: tuple[str, float]):
    assert with_share(text) == expected


@pytest.mark.parametrize("text", ["assumption", "guess=10%", "definition=10%", "derived=100%", "derived=-5%", "date=x"])
def test_odd_ranges_are_refused(text: str):
    with pytest.raises(FigureError):
        with_share(text)


# Weak evidence


def test_weak_evidence_is_ranked_by_money_moved_times_weakness():
    """£1m on an assumption (2) comes before £1.5m on something derived (1), and exact figures are not ranked."""
    base = place(
        "opening_balances.budget_holder={value: £3m, grade: exact-published}",
        "lines.home_care.baseline={value: £38m, grade: derived}",
        "tariffs.nhs.efficiency={value: 2%, grade: assumption}",
    )
    found = tornado(base, measure(base, "budget_holder.closing"))
    ranked = found.by_weakness()
    assert [b.score for b in ranked] == sorted((b.reach * b.weakness for b in ranked), reverse=True)
    assert {b.range.grade: b.weakness for b in ranked} == {"derived": 1, "assumption": 2, UNGRADED: 3}
    assert bar(found, "opening_balances.budget_holder") not in ranked
    places = [b.range.path for b in ranked]
    home, nhs = bar(found, "lines.home_care.baseline"), bar(found, "tariffs.nhs.efficiency")
    assert home.reach < 2 * nhs.reach
    assert places.index("tariffs.nhs.efficiency") < places.index("lines.home_care.baseline")


# Grids and variants


def test_a_cell_is_the_scenario_with_both_changes():
    base, asked = place(), measure(place())
    down = axis(base, "lines.*.shift.effect times 50%, 100%, 150%")
    across = axis(base, "tariffs.nhs.uplift is 2.2%,3.2%")
    found = grid(base, asked, down, across)
    for i, j in ((0, 0), (2, 1), (2, 0)):
        changes = (
            Change("a", (down.on,), "times", down.amounts[i]),
            Change("b", (across.on,), "is", across.amounts[j]),
        )
        assert found.values[i][j] == approx(outcome(base, asked, *changes), abs=0.005)
    assert found.base == (1, 1)
    assert found.values[1][1] == approx(asked.plain(base), abs=0.005)


def test_a_pair_that_cannot_be_has_no_figure_and_says_why():
    base = place()
    found = grid(
        base, measure(base), axis(base, "population.member_share is 95%, 30%"), axis(base, "materiality is 1%")
    )
    assert found.values[0][0] is not None
    assert (found.values[1][0], found.base) == (None, (0, 0))
    assert found.why[1][0].startswith("more of the list is fully integrated")
    beyond = grid(
        base, measure(base), axis(base, "terms.gain_loss.bind.quality is 90%, 120%"), axis(base, "materiality is 1%")
    )
    assert "beyond the last step" in beyond.why[1][0]


def test_amounts_with_commas_are_one_amount():
    found = axis(place(), "lines.frailty_admissions.shift.reprovision is £1,200, £1,400,£1,600")
    assert found == Axis(
        "lines.frailty_admissions.shift.reprovision", "is", (1200, 1400, 1600), ("£1,200", "£1,400", "£1,600"), 1
    )


@pytest.mark.parametrize(
    "text",
    [
        "lines.*.growth",
        "lines.*.growth is",
        "lines.*.growth add x",
        "contract.start times 2",
        "lines.*.growth add " + ",".join(["1%"] * 26),
    ],
)
def test_odd_axes_are_refused(text: str):
    with pytest.raises(FigureError):
        axis(place(), text)


def test_an_axis_of_no_figure_names_the_nearest():
    with pytest.raises(ScenarioError) as refused:
        axis(place(), "lines.frailty_admission.growth add 1%")
    (problem,) = refused.value.problems
    assert "lines.frailty_admissions.growth" in problem.instead


def test_variants_of_nothing_and_of_no_change():
    base = place()
    assert evaluated(base, [], ["budget_holder.result"]).rows["budget_holder.result"].shape == (10, 0)
    same = evaluated(base, [shocked(base.inputs, [])] * 3, ["budget_holder.result"]).rows["budget_holder.result"]
    assert np.array_equal(same, np.repeat(base.results.series("budget_holder.result")[:, None], 3, axis=1))


# Measures


@pytest.mark.parametrize(
    ("row", "year", "title", "at"),
    [
        ("budget_holder.result", "term", "Integrated health organisation: result over the term", None),
        ("hospital.closing", "term", "District general hospital: closing at the end of the term", 9),
        ("wpb", "2027/28", "wpb in 2027/28", 1),
    ],
)
def test_flows_are_added_up_and_balances_read_at_the_end(row: str, year: str, title: str, at: int | None):
    found = measure(place(), row, year)
    assert (found.title, found.at) == (title, at)
    series = place().results.series(row)
    assert found.plain(place()) == approx(series.sum() if at is None else series[at])


@pytest.mark.parametrize(("row", "year"), [("no_such", "term"), ("activity", "term"), ("wpb", "1999/00")])
def test_what_is_no_figure_is_refused(row: str, year: str):
    with pytest.raises(ValueError, match=r"."):
        measure(place(), row, year)


# Command


def test_ends_below_nil_have_one_sign_in_every_form(cli: Cli):
    """Growth of 1.0% less 20 points, at P10 and P90 of ±25.6 points: below nil at the low end, with a true minus."""
    spread = "uncertainty.inputs.demand.add={normal: {sd: 20%}, least: -90%, most: 90%}"
    found = json.loads(cli("sensitivity", SCENARIOS / "uncertain.yaml", "--set", spread, "--json").out)
    lows = [bar["low_text"] for bar in found["tornado"]]
    assert any(low.startswith("\N{MINUS SIGN}") for low in lows) and not any(low.startswith("-") for low in lows)


def test_a_year_that_is_none_is_not_laid_to_another_option_alone(cli: Cli):
    answer = cli("sensitivity", SCENARIOS / "uncertain.yaml", "--year", "1999/00")
    assert answer.code == 2 and "--year" in answer.err and "2018/19 to" in answer.err


def test_the_command_says_the_same_on_every_way(cli: Cli, tmp_path: Path):
    source = SCENARIOS / "uncertain.yaml"
    asked = ("--sobol", "--value", "--draws", 2048, "--grid", "tariffs.nhs.uplift add -1%, 0%", "--grid",
             "lines.*.shift.delay add 0 months, 12 months")  # fmt: skip
    answer = cli("sensitivity", source, *asked, "--json", "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)
    assert said["schema_version"] == 1
    assert said["ranges_are"].startswith("These shares are an illustrative choice")
    files = {p.name for p in (tmp_path / "out").iterdir()}
    assert files == {
        *("tornado.csv", "unmoved.csv", "grid.csv", "indices.csv", "value.csv"),
        *("sensitivity.json", "report.html"),
    }
    with (tmp_path / "out" / "tornado.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(r["outcome_low"]) for r in rows] == [b["outcome_low"] for b in said["tornado"]]
    assert json.loads((tmp_path / "out" / "sensitivity.json").read_text()) == said
    page = (tmp_path / "out" / "report.html").read_text()
    for words in ("illustrative choice", "Where the variance comes from", "What knowing more is worth", "<svg"):
        assert words in page
    again = cli("sensitivity", source, "--out", tmp_path / "out")
    assert again.code == 2
    assert "--force" in again.err


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_keeps_its_width(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int):
    monkeypatch.setenv("COLUMNS", str(width))
    answer = cli("sensitivity", PLACE, "--top", 12, "--outcome", "hospital.closing", "--year", "2030/31")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= width
    said = " ".join(answer.out.split())
    assert "illustrative choice" in said
    assert "not graded 3" in said


def test_every_part_keeps_to_eighty_columns(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    asked = ("--sobol", "--value", "--draws", 2048, "--grid", "tariffs.nhs.uplift add -1%, 0%", "--grid",
             "lines.*.shift.delay add 0 months, 12 months", "--outcome", "commissioner.change_to_date")  # fmt: skip
    answer = cli("sensitivity", SCENARIOS / "uncertain.yaml", *asked)
    assert answer.code == 0, answer.err
    assert max(map(len, answer.out.splitlines())) <= 80
    said = " ".join(answer.out.split())
    for words in ("[ ] the scenario as it stands", "With interactions", "everything", "nobody can know it"):
        assert words in said


def test_words_that_a_spreadsheet_would_compute_are_marked(cli: Cli, tmp_path: Path):
    setting = 'lines.home_care.title="=1+1"'
    assert cli("sensitivity", PLACE, "--set", setting, "--out", tmp_path, "-q").code == 0
    with (tmp_path / "tornado.csv").open() as stream:
        titles = [row["title"] for row in csv.DictReader(stream) if row["figure"].startswith("lines.home_care")]
    assert titles
    assert all(title.startswith("'=1+1") for title in titles)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--sobol",), 3, "nothing in this scenario is uncertain"),
        (("--value",), 3, "nothing in this scenario is uncertain"),
        (("--outcome", "wpbb"), 2, "wpb"),
        (("--year", "1999/00"), 2, "no year of this run"),
        (("--range", "guess=10%"), 2, "GRADE=SHARE"),
        (("--grid", "lines.*.growth add 1%"), 2, "twice"),
        (("--grid", "lines.*.growth add 1%", "--grid", "lines.x.growth add 1%"), 3, "no figure of this scenario"),
        (("--option", "shift=late"), 2, "--value"),
    ],
)
def test_what_cannot_be_asked_is_refused(cli: Cli, options: tuple[str, ...], code: int, words: str):
    answer = cli("sensitivity", PLACE, *options)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err


@pytest.mark.slow
def test_all_of_dudley():
    base = run(DUDLEY)
    found = tornado(base, measure(base))
    assert len(found.bars) > 200
    for b in found.bars[:5]:
        low = outcome(base, found.measure, Change("x", b.range.on, b.range.how, b.range.low.amount))
        assert b.low == approx(low, abs=0.01)
