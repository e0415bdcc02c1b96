"""Goal-seek: every crossing there is and no other, exact roots worked by hand, honest refusals, and scenarios that
reach what they were written to reach."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.analysis.run import Run, run
from mcp_finance.analysis.search.crossings import Crossing, Search, edge, grid
from mcp_finance.analysis.search.levers import Bench, Lever, SolveError
from mcp_finance.analysis.search.solve import Answer, goal_of, goal_seek, target_of
from mcp_finance.analysis.shocked import after
from mcp_finance.files.problems import ScenarioError
from mcp_finance.scenario.amounts import How
from mcp_finance.scenario.write import written

FOLDER = Path(__file__).parent / "scenarios"
BASE = FOLDER / "base.yaml"
BALANCE = "opening_balances.budget_holder"


@pytest.fixture(scope="module")
def base() -> Run:
    return run(BASE)


def found(f: Callable[[float], float | None], low: float, high: float, goal: float = 0.0) -> tuple[Crossing, ...]:
    return Search(f, goal, 0.005, 1.0, 0.0).crossings(low, high)


def seek(base: Run, on: str, how: How, row: str, when: str, goal: float, **more: tuple[str, str]) -> Answer:
    return goal_seek(base, Lever("x", "x", (on,), how), target_of(base, row, when), goal, **more)


class TestCrossings:
    def test_a_line_by_hand(self) -> None:
        """100 - 40x is 0 at 2.5."""
        (only,) = found(lambda x: 100 - 40 * x, 0, 10)
        assert only.kind == "meets"
        assert only.at.amount == pytest.approx(2.5, abs=1e-12)

    def test_all_roots_the_nearest_first(self) -> None:
        roots = [c.at.amount for c in found(lambda x: 1e3 * (x + 7) * (x - 3) * (x - 5), -10, 10)]
        assert roots == pytest.approx([3, 5, -7], abs=1e-9)

    def test_two_roots_between_two_points_are_found_by_the_turn(self) -> None:
        """The lowest point, between two of the grid, is 0.09 below the goal: both crossings lie within 0.03 of it."""
        roots = sorted(c.at.amount for c in found(lambda x: 100 * (x - 3.3) ** 2 - 0.09, -10, 10))
        assert roots == pytest.approx([3.27, 3.33], abs=1e-6)
        assert not {3.27, 3.3, 3.33} & set(grid(-10, 10, 0))

    def test_a_jump_has_two_sides(self) -> None:
        (only,) = found(lambda x: 10.0 if x <= 2.5 else -10.0, 0, 10)
        assert only.kind == "jumps" and only.other is not None
        assert (only.other.amount, only.other.value) == (2.5, 10.0)
        assert only.at.value == -10.0
        assert 2.5 < only.at.amount < 2.5 + 1e-12

    def test_a_stretch_has_two_ends(self) -> None:
        """Nothing from 2 to 4, as a share within its dead band is; today, 0, lies below."""
        (only,) = found(lambda x: 100 * max(0.0, abs(x - 3) - 1), -10, 10)
        assert only.kind == "stays" and only.other is not None
        assert (only.at.amount, only.other.amount) == pytest.approx((2, 4), abs=1e-6)

    def test_where_there_is_none_the_nearest_is_known(self) -> None:
        search = Search(lambda x: x * x + 5, 0.0, 0.005, 1.0, 1.0)
        assert search.crossings(-10, 10) == ()
        assert search.closest.value == pytest.approx(5, abs=1e-3)

    def test_amounts_that_cannot_be_are_gone_round(self) -> None:
        """The figure exists up to 50.5 only, and takes its last value, 49.5, there: 49.8 is met, 49.4 is not."""

        def f(x: float) -> float | None:
            return 100 - x if x <= 50.5 else None

        (only,) = found(f, 0, 100, goal=49.8)
        assert only.at.amount == pytest.approx(50.2, abs=1e-9)
        assert found(f, 0, 100, goal=49.4) == ()

    def test_a_hole_between_two_sides_is_no_crossing(self) -> None:
        assert found(lambda x: None if 2 < x < 3 else 5 - 2 * x, 0, 10) == ()

    @settings(max_examples=examples(100))
    @given(st.lists(st.integers(-19, 19), min_size=1, max_size=5, unique=True), st.floats(-0.3, 0.3))
    def test_every_root_that_the_grid_tells_apart_is_found(self, wholes: list[int], shift: float) -> None:
        """A product of lines with roots at least 1 apart on -20 to 20, whose even points are 2.5 apart and whose turns
        lie between: one to five roots, none of them lost where signs differ between points."""
        roots = [w + shift for w in wholes]

        def f(x: float) -> float:
            return float(np.prod([x - r for r in roots])) * 1e4

        at = sorted(c.at.amount for c in Search(f, 0.0, 0.005, 1.0, 0.0).crossings(-20, 20))
        points = grid(-20, 20, 0.0)
        changes = sum(f(a) * f(b) < 0 for a, b in pairwise(points))
        assert len(at) >= changes
        assert all(min(abs(a - r) for r in roots) < 1e-6 for a in at)
        assert set(np.sign([f(-20), f(20)])) == {1, -1} or len(at) % 2 == 0

    @given(st.floats(-5, 5), st.floats(0.001, 20))
    def test_the_edge_is_the_last_that_can_be(self, sure: float, room: float) -> None:
        last = sure + room
        at = edge(lambda x: x <= last, sure, sure + 30)
        assert at <= last and at == pytest.approx(last, abs=1e-8)


class TestGoals:
    def test_the_opening_balance_by_hand(self, base: Run) -> None:
        """A pound more at the start is a pound more at every end: what brings a balance of C to £2m is £2m - C."""
        closing = base.results.series("budget_holder.closing")
        answer = seek(base, BALANCE, "add", "budget_holder.closing", "2020/21", 2e6)
        (only,) = answer.crossings
        assert only.at.amount == pytest.approx(2e6 - closing[2], abs=0.01)
        lowest = seek(base, BALANCE, "add", "budget_holder.closing", "lowest", 0.0).crossings[0].at.amount
        assert lowest == pytest.approx(-closing.min(), abs=0.01)

    def test_a_share_by_hand(self) -> None:
        """Below its limit a share is in proportion to its rate: 30% of the pool where 50% is P comes to 0.6 P."""
        wide = run(BASE, settings=["terms.gain_loss.define.limit_rate=90%"])
        paid = float(wide.results.series("share_payment").sum())
        answer = seek(wide, "terms.gain_loss.define.share_rate", "is", "share_payment", "term", 0.6 * paid)
        assert answer.fitted.today == 0.5
        assert answer.crossings[0].at.amount == pytest.approx(0.3, abs=1e-9)

    def test_a_product_of_years_by_hand(self, base: Run) -> None:
        """One line's activity grows by (1+g) a year: with 1.1% it is 1.011^3 in the fourth year; for 1.03^3, +1.9
        points."""
        activity = float(base.results.series("activity", line="planned")[-1])
        after_all = after(base, [Lever("x", "x", ("lines.planned.growth",), "add").change(0.019)])
        grown = float(after_all.results.series("activity", line="planned")[-1])
        assert grown / activity == pytest.approx((1.03 / 1.011) ** 3)
        goal = float(after_all.results.series("hospital.result").sum())
        answer = seek(base, "lines.planned.growth", "add", "hospital.result", "term", goal)
        assert answer.crossings[0].at.amount == pytest.approx(0.019, abs=1e-9)

    def test_a_warning_jumps(self) -> None:
        """The warning fires at £1 uncovered, in the last year at the latest; nothing lies between 0 and 1."""
        reserves = run(FOLDER / "reserves.yaml")
        answer = seek(reserves, BALANCE, "add", "warn.deficit_beyond_cover", "2021/22", 0.5)
        first = answer.crossings[0]
        assert first.kind == "jumps" and first.other is not None
        assert {first.at.value, first.other.value} == {0.0, 1.0}
        assert abs(first.at.amount - first.other.amount) < 1e-6
        left = after(reserves, answer.changes).results.final("deficit_beyond_cover")
        assert left == pytest.approx(1, abs=1e-5)

    def test_no_answer_is_said_with_both_ends(self, base: Run) -> None:
        answer = seek(base, "lines.*.shift.delay", "add", "budget_holder.result", "term", 1e9)
        assert answer.crossings == () and answer.changes == () and answer.moves
        for end, amount in zip(answer.ends, (answer.fitted.low, answer.fitted.high), strict=True):
            direct = after(base, [answer.fitted.lever.change(amount)])
            assert (end.amount, end.value) == (amount, float(direct.results.series("budget_holder.result").sum()))
        assert answer.fitted.low == pytest.approx(-0.25), "the shortest delay is three months"
        assert answer.closest.value == max(p.value for p in answer.points)

    def test_what_moves_nothing_is_said(self, base: Run) -> None:
        answer = seek(base, "lines.planned.cost_to_price", "times", "budget_holder.result", "term", 1e6)
        assert not answer.moves and not answer.crossings

    def test_the_search_keeps_to_bounds_and_to_what_may_be(self, base: Run) -> None:
        answer = seek(base, "lines.*.growth", "add", "budget_holder.result", "term", 1e12, between=("-0.5%", "1%"))
        assert (answer.ends[0].amount, answer.ends[1].amount) == (-0.005, 0.01)
        share = seek(base, "lines.falls.shift.delivery", "times", "budget_holder.result", "term", 1e12)
        assert share.fitted.high == pytest.approx(1.25), "80% delivered cannot become more than 100%"

    @settings(max_examples=examples(12), deadline=None)
    @given(
        st.sampled_from(
            [
                ("lines.*.growth", "add", 0.02),
                ("lines.falls.shift.effect", "is", 0.6),
                ("lines.*.shift.delivery", "times", 1.2),
                ("tariffs.nhs.uplift", "add", 0.03),
                ("lines.*.expires", "add", 1.5),
                ("opening_balances.budget_holder", "is", 5e6),
                ("inputs.uplift", "times", 1.5),
            ]
        ),
        st.floats(0.05, 0.95),
        st.sampled_from(
            [("budget_holder.result", "term"), ("hospital.closing", "2021/22"), ("commissioner.result", "lowest")]
        ),
        st.integers(0, 10**9),
    )
    def test_what_is_written_reaches_the_goal(
        self,
        base: Run,
        tmp_path_factory: pytest.TempPathFactory,
        turned: tuple[str, How, float],
        part: float,
        sought: tuple[str, str],
        seed: int,
    ) -> None:
        """A goal that is known to be reached, by some amount between today's and another: each answer is a scenario
        that comes to it within a pound."""
        on, how, most = turned
        lever, target = Lever("x", "x", (on,), how), target_of(base, *sought)
        today = Bench(base).fitted(lever).today
        goal = target.of(after(base, [lever.change(today + part * (most - today))]))
        answer = goal_seek(base, lever, target, goal)
        assert answer.crossings or not answer.moves
        for k, crossing in enumerate(answer.crossings[:1]):
            folder = tmp_path_factory.mktemp("solved")
            name = f"s{seed % 1000}-{k}"
            for file, content in written(base.loaded, [lever.change(crossing.at.amount)], name, "Solved").items():
                (folder / file).write_bytes(content)
            reached = target.of(run(folder / f"{name}.yaml"))
            assert reached == pytest.approx(crossing.at.value, abs=0.01)
            assert abs(reached - goal) < 1 or crossing.kind == "jumps"


class TestMistakes:
    @pytest.mark.parametrize(
        ("row", "when", "said"),
        [
            ("budget_holder.reslt", "term", "budget_holder.result"),
            ("budget_holder.result", "2031/32", "2018/19 to 2021/22"),
            ("line_budget", "term", "each line"),
        ],
    )
    def test_of_the_target(self, base: Run, row: str, when: str, said: str) -> None:
        with pytest.raises(SolveError, match=said):
            target_of(base, row, when)

    def test_of_the_goal(self, base: Run) -> None:
        with pytest.raises(SolveError, match="money belongs"):
            goal_of(target_of(base, "budget_holder.result", "term"), "5%")
        assert goal_of(target_of(base, "budget_holder.result", "term"), "-£1.5m") == -1.5e6
        assert goal_of(target_of(base, "live_share", "lowest"), "50%") == 0.5
        assert goal_of(target_of(base, "lines_live", "highest"), "-2") == -2

    @pytest.mark.parametrize(
        ("on", "how", "said"),
        [
            ("lines.*.grwth", "add", "is no figure"),
            ("lines.*.expires", "is", "how far it moves"),
            ("lines.falls.*", "times", "different kinds"),
            ("lines.falls.scope", "is", "is a word of the scenario"),
        ],
    )
    def test_of_the_address(self, base: Run, on: str, how: How, said: str) -> None:
        with pytest.raises(ScenarioError) as caught:
            seek(base, on, how, "budget_holder.result", "term", 0.0)
        assert said in caught.value.problems[0].message
        assert caught.value.problems[0].place.file == "--change"

    def test_of_the_bounds(self, base: Run) -> None:
        with pytest.raises(SolveError, match="the lower amount first"):
            seek(base, "lines.*.growth", "add", "budget_holder.result", "term", 0.0, between=("2%", "1%"))
        with pytest.raises(SolveError, match="a percentage"):
            seek(base, "lines.*.growth", "add", "budget_holder.result", "term", 0.0, between=("£1", "1%"))
        with pytest.raises(SolveError, match="can be"):
            seek(base, "lines.falls.shift.effect", "is", "budget_holder.result", "term", 0.0, between=("200%", "300%"))


ASKED = ("solve", BASE, "--change", BALANCE, "--how", "add", "--target", "budget_holder.closing", "--year", "2021/22")


class TestCommand:
    def test_answers_in_words_and_as_data(self, cli: Cli) -> None:
        plain = cli(*ASKED)
        assert plain.code == 0 and "With " in plain.out and max(map(len, plain.out.splitlines())) <= 80
        document = json.loads(cli(*ASKED, "--json").out)
        assert document["schema_version"] == 1
        (answer,) = document["answers"]
        assert answer["amount"] == pytest.approx(-document["target"]["now"], abs=0.01)

    def test_writes_a_scenario_that_reaches_it(self, cli: Cli, tmp_path: Path) -> None:
        assert cli(*ASKED, "--out", tmp_path).code == 0
        names = {p.name for p in tmp_path.iterdir()}
        assert {"solve.json", "solve.csv", "report.html", "base-solved.yaml"} <= names
        assert run(tmp_path / "base-solved.yaml").results.final("budget_holder.closing") == pytest.approx(0, abs=0.01)
        assert "Goal-seek" in (tmp_path / "report.html").read_text(encoding="utf-8")
        again = cli(*ASKED, "--out", tmp_path)
        assert again.code == 2 and "--force" in again.err

    def test_says_when_there_is_none(self, cli: Cli, tmp_path: Path) -> None:
        none = cli(*ASKED, "--between", "£0", "£1", "--goal", "£90m", "--out", tmp_path)
        assert none.code == 0 and "No amount in this range" in " ".join(none.out.split())
        assert not list(tmp_path.glob("*.yaml"))

    @pytest.mark.parametrize(
        ("args", "code", "said"),
        [
            ((), 2, "--change"),
            (("--change", BALANCE, "--target", "budget_holder.result"), 2, "--year"),
            (("--change", BALANCE, "--target", "x", "--year", "term"), 2, "no row"),
            (("--change", "x", "--target", "budget_holder.result", "--year", "term"), 3, "no figure"),
            ((*ASKED[2:4], "--how", "by", *ASKED[6:]), 2, "one of is, add, times"),
            (("--reverse", "--target", "x"), 2, "its own question"),
            (("--reverse", "--goal", "£3m"), 2, "--goal"),
            (("--by", "2020/21"), 2, "belong to --reverse"),
        ],
    )
    def test_mistakes(self, cli: Cli, args: tuple[str, ...], code: int, said: str) -> None:
        answer = cli("solve", BASE, *args)
        assert answer.code == code
        assert said in answer.err and "Traceback" not in answer.err
