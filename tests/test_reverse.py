"""Reverse stress: the smallest that fails fails and 1% less does not, pairs lie on the boundary, the nearest point is
that of the closed form, and what is written fails when it is run."""

from __future__ import annotations

import json
from math import erf, pi, sin, sqrt
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from drawn import check
from futures import drawn, with_uncertainty
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.analysis.futures.outcomes import outcomes
from mcp_finance.analysis.futures.simulate import prepared
from mcp_finance.analysis.run import PENNY, Run, run
from mcp_finance.analysis.search.levers import LEVERS, RESCUES, Lever, SolveError
from mcp_finance.analysis.search.margins import Margins
from mcp_finance.analysis.search.nearest import nearest
from mcp_finance.analysis.search.reverse import Reverse, reverse, smallest
from mcp_finance.analysis.search.standard import Standard
from mcp_finance.analysis.shocked import after
from mcp_finance.files.problems import ScenarioError
from mcp_finance.report.answers.amounts import said
from mcp_finance.report.answers.reversing import in_brief, page, parts
from mcp_finance.report.views import Chart, Words
from mcp_finance.rows.evaluate import Array
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.uncertain import uncertain
from mcp_finance.scenario.write import written

FOLDER = Path(__file__).parent / "scenarios"
BASE = FOLDER / "base.yaml"
DUDLEY = Path(__file__).parents[1] / "scenarios" / "dudley-2018.yaml"
HOLDER = "opening_balances.budget_holder"
WIDE = np.full(9, np.inf)


@pytest.fixture(scope="module")
def base() -> Run:
    return run(BASE)


@pytest.fixture(scope="module")
def of_base(base: Run) -> Reverse:
    return reverse(base, "2021/22", ["prices=tariffs.*.uplift:add:1%"])


def least(found: Run, by: str) -> float:
    """The least balance until a year, of a contract without a guarantee."""
    return float(found.results.series("budget_holder.closing")[: found.years.index(by) + 1].min())


class TestMargin:
    @pytest.mark.parametrize("name", ["base", "reserves", "adverse", "surplus", "block"])
    @pytest.mark.parametrize("more", [0.0, 0.02, 0.06])
    def test_it_fails_where_a_simulation_calls_it_insolvent(self, name: str, more: float) -> None:
        stressed = after(run(FOLDER / f"{name}.yaml"), [Change("x", ("lines.*.growth",), "add", more)])
        (test,) = (o for o in outcomes(stressed) if o.key == "insolvent.budget_holder")
        insolvent = test.test({row: stressed.results.series(row) for row in test.rows})
        year = Margins(stressed, None).year_of(stressed)
        assert year == (stressed.years[int(insolvent.argmax())] if insolvent.any() else None)

    def test_the_guarantee_counts_until_it_is_called(self) -> None:
        """£1.2m guaranteed: while none of it is called the margin is the balance and £1.2m; at the end it is all gone,
        and the margin is the uncovered deficit."""
        reserves = run(FOLDER / "reserves.yaml")
        margins = Margins(reserves, None).margins_of(reserves)
        assert margins[0] == pytest.approx(reserves.results.series("budget_holder.closing")[0] + 1.2e6)
        assert margins[-1] == pytest.approx(-reserves.results.final("deficit_beyond_cover"))
        assert margins[-1] < 0


class TestAlone:
    @pytest.mark.parametrize(("by", "names"), [("2019/20", {"growth"}), ("2021/22", {"shortfall", "delay", "growth"})])
    def test_the_smallest_fails_and_less_does_not(self, base: Run, by: str, names: set[str]) -> None:
        """Also none of forty smaller amounts does. By the second year nothing delivered is not enough to fail."""
        answers = [found for found in smallest(base, by) if found.amount is not None]
        assert {found.lever.name for found in answers} == names
        for found in answers:
            assert found.proof is not None and found.steps is not None and found.amount is not None
            lever = found.lever
            assert least(after(base, [lever.change(found.amount)]), by) < -PENNY
            for part in (0.99, *np.linspace(0, 0.999, 40)):
                assert least(after(base, [lever.change(lever.amount(part * found.steps))]), by) >= -PENNY
            assert -1 < found.proof.margin < -PENNY, "it only just fails"
            assert found.proof.less > 0
            assert found.proof.year is not None and found.proof.year <= by

    def test_a_reserve_by_hand(self, base: Run) -> None:
        """A pound less at the start is a pound less at every end: the reserve can fall by the least balance."""
        (found,) = smallest(base, "2021/22", [Lever("reserve", "Less", (HOLDER,), "add", -1e6)])
        assert found.amount == pytest.approx(-least(base, "2021/22") - PENNY, abs=0.001)

    def test_a_plan_that_fails_needs_nothing_more(self) -> None:
        failing = run(FOLDER / "no-share.yaml")
        for found in smallest(failing):
            assert found.steps == 0 and found.proof is not None and found.proof.year == "2020/21"
        before = [f.steps for f in smallest(failing, "2019/20")]
        assert all(steps is None or steps > 0 for steps in before)

    def test_levers_that_the_contract_has_not_got_are_told(self) -> None:
        found = reverse(run(FOLDER / "no-hospital.yaml"), "2018/19")
        assert {lever.name for lever in found.absent} == {"shortfall", "delay"}
        assert [s.lever.name for s in found.singles] == ["growth"]
        assert smallest(run(FOLDER / "no-hospital.yaml"), levers=LEVERS[:2]) == ()

    def test_what_cannot_fail_comes_with_what_is_nearest(self, base: Run) -> None:
        rich = after(base, [Change("rich", (HOLDER,), "add", 1e12)])
        for found in smallest(rich):
            assert found.amount is None and found.proof is None
            assert found.fitted.low <= found.closest.amount <= found.fitted.high


class TestSaving:
    def test_what_saves_a_plan_that_fails(self) -> None:
        """Reserve by hand: what is missing at the worst. Each holds, and 1% less of it does not."""
        failing = run(FOLDER / "no-share.yaml")
        found = reverse(failing)
        assert found.fails == "2020/21" and found.pairs == ()
        assert {s.lever.name for s in found.singles} == {lever.name for lever in (*LEVERS, *RESCUES)}
        saving = {s.lever.name: s for s in found.singles}
        assert saving["reserve"].amount == pytest.approx(-least(failing, "2021/22") - PENNY, abs=0.01)
        for single in found.singles:
            if single.amount is not None and single.proof is not None:
                assert single.proof.year is None and single.proof.less < -PENNY
                assert least(after(failing, [single.lever.change(single.amount)]), "2021/22") >= -PENNY
        assert found.joint is not None and found.joint.saves and found.joint.distance < 0
        assert least(after(failing, found.joint.changes), "2021/22") >= -PENNY


class TestPairs:
    def test_they_lie_on_the_boundary(self, base: Run, of_base: Reverse) -> None:
        """Each pair fails, and with 1% less of both it does not; where the first alone fails, nothing of the second."""
        assert len(of_base.pairs) == 6
        checked = 0
        for frontier in of_base.pairs:
            one, other = frontier.first.lever, frontier.second.lever
            for a, b in frontier.points:
                if b is None:
                    continue
                both = after(base, [one.change(a), other.change(b)])
                assert abs(least(both, "2021/22")) < 1
                less = [one.change(_part(one, a)), other.change(_part(other, b))]
                assert least(after(base, less), "2021/22") > -PENNY
                checked += 1
        assert checked >= 20

    def test_their_ends_are_the_answers_alone(self, of_base: Reverse) -> None:
        alone = {s.lever.name: s for s in of_base.singles}
        for frontier in of_base.pairs:
            first, second = alone[frontier.first.lever.name], alone[frontier.second.lever.name]
            points = sorted(frontier.points, key=lambda p: abs(p[0] - frontier.first.today))
            assert points[0][0] == frontier.first.today
            if second.amount is not None:
                assert points[0][1] == pytest.approx(second.amount, abs=1e-7)
            if first.amount is not None:
                assert points[-1] == pytest.approx((first.amount, frontier.second.today), abs=1e-7)


def _part(lever: Lever, amount: float) -> float:
    """The amount of 1% less of a lever."""
    today = 1.0 if lever.how == "times" else 0.0
    return today + 0.99 * (amount - today)


class TestNearest:
    @settings(max_examples=examples(60))
    @given(st.lists(st.floats(-3, 3), min_size=1, max_size=6), st.floats(0.1, 3))
    def test_a_plane_has_a_closed_form(self, slopes: list[float], distance: float) -> None:
        """g = c + a.x is 0 nearest at -c a / |a|^2, c / |a| away."""
        a = np.array(slopes)
        size = float(np.linalg.norm(a))
        if size < 0.1:
            return

        def margin(points: Array) -> Array:
            return np.asarray(distance * size + a @ points)

        found = nearest(margin, -WIDE[: a.size], WIDE[: a.size])
        assert found is not None
        assert np.linalg.norm(found) == pytest.approx(distance, rel=1e-6)
        assert found == pytest.approx(-distance * a / size, abs=1e-3)

    def test_a_bound_holds(self) -> None:
        """3 - x - y with y at most 1: (2, 1)."""
        found = nearest(lambda p: 3 - p[0] - p[1], np.full(2, -9.0), np.array([9.0, 1.0]))
        assert found == pytest.approx([2, 1], abs=1e-2)

    def test_of_two_ways_the_nearer(self) -> None:
        """Either x beyond 3 or x + y below -2: (-1, -1) is nearer."""
        found = nearest(lambda p: np.minimum(3 - p[0], 2 + p[0] + p[1]), -WIDE[:2], WIDE[:2])
        assert found == pytest.approx([-1, -1], abs=1e-4)

    def test_a_curve(self) -> None:
        """(x - 3)^2 + y^2 below 1 fails, a disc whose nearest point is (2, 0)."""
        found = nearest(lambda p: (p[0] - 3) ** 2 + p[1] ** 2 - 1, -WIDE[:2], WIDE[:2])
        assert found == pytest.approx([2, 0], abs=1e-3)

    def test_from_the_failing_side(self) -> None:
        """x + 2y - 5 fails at the origin: it holds from (1, 2) on."""
        found = nearest(lambda p: p[0] + 2 * p[1] - 5, -WIDE[:2], WIDE[:2])
        assert found == pytest.approx([1, 2], abs=1e-5)

    def test_out_of_reach(self) -> None:
        assert nearest(lambda p: 100 - p[0], -WIDE[:1], WIDE[:1]) is None
        assert nearest(lambda p: np.ones(p.shape[1]), -WIDE[:3], WIDE[:3]) is None


class TestTogether:
    def test_a_point_is_the_run_after_its_changes(self) -> None:
        """Every timing and kind of draw: the reader of many points and a run of its own agree to the penny."""
        found = run(FOLDER / "uncertain.yaml")
        what = uncertain(found.loaded, found.inputs)
        standard = Standard(found, what, ["budget_holder.closing", "hospital.result"])
        points = np.random.default_rng(3).normal(size=(len(standard.places), 3))
        rows = standard.rows(points)
        for k in range(3):
            own = after(found, standard.changes(points[:, k]))
            for row, values in rows.items():
                assert np.abs(own.results.series(row) - values[:, k]).max() < 0.005

    @pytest.mark.parametrize("rank", [None, 0.5, -0.7])
    def test_normal_money_has_the_closed_form(self, tmp_path: Path, rank: float | None) -> None:
        """Margin = C + x - k y, both normal: beta = C / sqrt(sx^2 + (k sy)^2 - 2 rho k sx sy), and rho = 2 sin(pi r/6)
        for the rank correlation r. k is what a pound of transition cost takes from the balance."""
        link = "" if rank is None else f"  correlations: [{{between: [reserve, cost], rank: {rank:.0%}}}]\n"
        text = (
            "uncertainty:\n  inputs:\n"
            f"    reserve: {{on: {HOLDER}, add: {{normal: {{sd: £0.2m}}}}}}\n"
            f"    cost: {{on: lines.falls.shift.transition, add: {{normal: {{sd: £0.05m}}}}}}\n{link}"
        )
        found = run(with_uncertainty(tmp_path, text))
        joint = reverse(found).joint
        before = found.results.series("budget_holder.closing")
        moved = after(found, [Change("x", ("lines.falls.shift.transition",), "add", 1e3)])
        slopes = (before - moved.results.series("budget_holder.closing")) / 1e3
        rho = 0.0 if rank is None else 2 * sin(pi * rank / 6)
        spread = [sqrt(0.2e6**2 + (k * 0.05e6) ** 2 - 2 * rho * k * 0.2e6 * 0.05e6) for k in slopes]
        beta = min((c + PENNY) / s for c, s in zip(before, spread, strict=True))
        assert joint is not None and joint.from_uncertainty and not joint.saves
        assert joint.distance == pytest.approx(beta, rel=1e-5)
        assert joint.chance == pytest.approx((1 - erf(beta / sqrt(2))) / 2, rel=1e-4)
        assert sum(piece.part for piece in joint.pieces) == pytest.approx(1)

    def test_the_first_estimate_agrees_with_a_simulation(self, tmp_path: Path) -> None:
        """One uncertain growth and one price for the term: the boundary is nearly flat. Within 4 standard errors of
        20,000 draws and a tenth of the chance for its bend."""
        text = (
            "uncertainty:\n  seed: 11\n  inputs:\n"
            "    demand: {on: lines.*.growth, add: {normal: {sd: 0.7%}}}\n"
            "    prices: {on: tariffs.*.uplift, add: {normal: {sd: 0.8%}}}\n"
        )
        found = run(with_uncertainty(tmp_path, text))
        joint = reverse(found).joint
        made = drawn(found, 20_000, job=prepared(found, keep=["budget_holder.closing"]))
        counted = float((made.rows["budget_holder.closing"].min(axis=0) < -PENNY).mean())
        error = sqrt(counted * (1 - counted) / 20_000)
        assert joint is not None and joint.chance is not None
        assert 0.01 < counted < 0.5
        assert abs(joint.chance - counted) < 4 * error + 0.1 * counted

    @pytest.mark.slow
    def test_dudley_agrees_with_its_simulation(self) -> None:
        """Its own uncertainty and a plan that fails: 95.6% by a flat boundary, 96.2% counted; three points for the bend
        of the boundary and for chance in counts."""
        dudley = run(DUDLEY)
        joint = reverse(dudley).joint
        made = drawn(dudley, 4096, job=prepared(dudley, keep=["budget_holder.closing"]))
        counted = float((made.rows["budget_holder.closing"].min(axis=0) < -PENNY).mean())
        assert joint is not None and joint.saves and joint.chance is not None
        assert abs(joint.chance - counted) < 0.03

    def test_it_is_no_farther_than_any_lever_alone(self, of_base: Reverse) -> None:
        assert of_base.joint is not None and of_base.joint.chance is None
        alone = min(s.steps for s in of_base.singles if s.steps is not None)
        assert 0 < of_base.joint.distance <= alone + 1e-6

    def test_no_pair_is_nearer(self, of_base: Reverse) -> None:
        """No point of any frontier is nearer in steps than the joint answer, but for the last digits."""
        assert of_base.joint is not None
        for f in of_base.pairs:
            for a, b in f.points:
                if b is not None:
                    steps = [(v - t.today) / t.lever.step for v, t in ((a, f.first), (b, f.second))]
                    assert np.hypot(*steps) >= of_base.joint.distance * (1 - 1e-4)

    def test_what_is_written_fails_when_it_is_run(self, base: Run, of_base: Reverse, tmp_path: Path) -> None:
        assert of_base.joint is not None
        answers = [("together", of_base.joint.changes, of_base.joint.proof)]
        answers += [(s.lever.name, (s.change,), s.proof) for s in of_base.singles if s.change and s.proof]
        assert len(answers) >= 3
        for name, changes, proof in answers:
            for file, content in written(base.loaded, changes, f"breaks-{name}", "Breaks").items():
                (tmp_path / file).write_bytes(content)
            again = run(tmp_path / f"breaks-{name}.yaml")
            assert Margins(again, "2021/22").fails == proof.year
            assert least(again, "2021/22") == pytest.approx(proof.margin, abs=1)


class TestMistakes:
    def test_of_the_year(self, base: Run) -> None:
        with pytest.raises(SolveError, match="2018/19 to 2021/22"):
            reverse(base, "2031/32")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("prices", "NAME=ADDRESS:add:SIZE"),
            ("prices=tariffs.*.uplift:is:1%", "NAME=ADDRESS:add:SIZE"),
            ("prices=tariffs.*.uplift:add:£1", "percentage"),
            ("prices=tariffs.*.uplift:times:100%", "changes nothing"),
            ("growth=tariffs.*.uplift:add:1%", "a lever of this name"),
        ],
    )
    def test_of_a_lever(self, base: Run, text: str, said: str) -> None:
        with pytest.raises(SolveError, match=said):
            reverse(base, None, [text])

    def test_of_its_address(self, base: Run) -> None:
        with pytest.raises(ScenarioError) as caught:
            reverse(base, None, ["prices=tariffs.*.uplft:add:1%"])
        assert caught.value.problems[0].place.file == "--lever"
        assert "uplift" in caught.value.problems[0].instead


class TestCommand:
    def test_in_words_and_as_data(self, cli: Cli) -> None:
        plain = cli("solve", BASE, "--reverse", "--by", "2021/22")
        assert plain.code == 0 and max(map(len, plain.out.splitlines())) <= 80
        for title in (lever.title for lever in LEVERS):
            assert title in plain.out
        document = json.loads(cli("solve", BASE, "--reverse", "--json").out)
        assert document["question"] == "fails" and document["fails_as_it_is"] is None
        assert [s["name"] for s in document["one_at_a_time"]] == ["shortfall", "delay", "growth"]

    def test_writes_a_scenario_for_each_answer(self, cli: Cli, tmp_path: Path) -> None:
        answer = cli("solve", FOLDER / "no-share.yaml", "--reverse", "--out", tmp_path)
        assert answer.code == 0 and "fails without any stress" in " ".join(answer.out.split())
        for name in ("saved-reserve", "saved-price", "saved-together"):
            saved = run(tmp_path / f"no-share-{name}.yaml")
            assert Margins(saved, None).fails is None
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "What would save it" in page
        assert (tmp_path / "solve.csv").read_text(encoding="utf-8").startswith("scenario,case,answer")

    def test_mistakes(self, cli: Cli) -> None:
        assert cli("solve", BASE, "--reverse", "--by", "2050/51").code == 2
        assert cli("solve", BASE, "--reverse", "--lever", "x").code == 2
        wrong = cli("solve", BASE, "--reverse", "--lever", "x=lines.*.grwth:add:1%")
        assert wrong.code == 3 and "lines.*.growth" in wrong.err


def test_a_table_of_stresses_tells_it_in_brief(cli: Cli, base: Run, of_base: Reverse) -> None:
    """ST20 of the pack: the amounts of the answers alone, as on the page; a plan that fails says when."""
    answer = json.loads(cli("stress", BASE, "--only", "ST20", "--json").out)
    assert in_brief(base) in json.dumps(answer, ensure_ascii=False)
    for single in of_base.singles[:3]:
        assert single.amount is not None and said(single.fitted, single.amount) in in_brief(base)
    assert "2020/21 as it is" in in_brief(run(FOLDER / "no-share.yaml"))


def test_the_page_is_whole(base: Run, of_base: Reverse) -> None:
    """A chart for each pair, drawn as every chart must be; where a lever makes no difference, words instead."""
    charts = [p for p in parts(base, of_base) if isinstance(p, Chart)]
    assert len(charts) == 6
    for chart in charts:
        check(chart.svg)
    assert page(base, of_base).count("<svg") == 6
    idle = reverse(base, "2019/20", ["idle=lines.planned.cost_to_price:times:110%", "late=tariffs.*.uplift:add:1%"])
    words_said = " ".join(p.text for p in parts(base, idle) if isinstance(p, Words))
    for words in ("no pair fails", "only the first alone fails", "the first makes no difference"):
        assert words in words_said
