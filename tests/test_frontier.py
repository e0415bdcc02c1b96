"""Offers of terms in common futures: what is shared is found and changes no digit, money only moves between parties,
the efficient offers are those that no other dominates, and a sweep that cannot be made is refused at its place."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from futures import SCENARIOS, drawn, with_uncertainty
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tools import examples

from mcp_finance.analysis.futures.simulate import prepared
from mcp_finance.analysis.futures.store import Store
from mcp_finance.analysis.offers.common_futures import MOST_NUMBERS, SPAN, Prepared, draw
from mcp_finance.analysis.offers.common_futures import prepare_offers as prepare
from mcp_finance.analysis.offers.frontier import Frontier, dominators, judged, pareto
from mcp_finance.analysis.offers.offers import BASE, Offers, offers
from mcp_finance.analysis.offers.paths import Contract, content, digested, paths
from mcp_finance.analysis.run import Run, run
from mcp_finance.files.problems import Problem, ScenarioError
from mcp_finance.report.answers.frontier import neither, offers_csv, page, verdict, warnings
from mcp_finance.report.risk.shapes import KINDS
from mcp_finance.sampling.paired import mean_of, proportion_of, quantile_of, shortfall_of
from mcp_finance.scenario.sweep import MOST, sweep_of

RATE, LIMIT = "terms.gain_loss.define.share_rate", "terms.gain_loss.define.limit_rate"
SHARE = f"{RATE}=0%,50%,100%"
TWO = ("budget_holder", "commissioner")
OTHER_TERMS = """
schema: mcp-finance-sweep/1
vary:
  terms.gain_loss.define.share_rate: [30%, 70%]
  terms.gain_loss.settled_later: [0%, 100%]
offers:
  banded: {title: A dead band and a cap, set: {terms: {gain_loss: {sheet: banded.yaml, define: {limit_rate: 3%}}}}}
  reserve:
    title: A reserve and a cap on surplus
    set:
      surplus: {cap: 0.1%, excess: returned, carry_losses: true}
      reserves: {build: 5%, target: 1.5%, guarantee: 0, minimum_days: 5}
  faster: {title: Demand grows faster, set: {lines: {falls: {growth: 3%}}}}
  prices: {title: Local prices, set: {lines: {other_emergency: {tariff: local}}}}
"""


@pytest.fixture(scope="module")
def base() -> Run:
    return run(SCENARIOS / "uncertain.yaml")


def compared(found: Offers, draws: int, *, seed: int | None = None, workers: int = 1) -> tuple[Prepared, Store]:
    ready = prepare(found, seed=seed)
    store = Store.in_memory(ready.plan(draws))
    draw(ready, store, workers=workers)
    return ready, store


def surface(base: Run, *options: str, draws: int = 2000, weight: float = 1.0, seed: int | None = None) -> Frontier:
    ready, store = compared(offers(base, sweep_of(options)), draws, seed=seed)
    return judged(ready, store, weight=weight)


def problems_of(base: Run, *options: str, file: Path | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as error:
        offers(base, sweep_of(options, file))
    return error.value.problems


# Paths ----------------------------------------------------------------------------------------------------------------


def structural(folder: Path) -> tuple[Run, Offers]:
    """Offers with other figures, another sheet, reserves, and other demand: values, structure and operations."""
    section = (SCENARIOS / "uncertain.yaml").read_text(encoding="utf-8").partition("uncertainty:")[2]
    path = with_uncertainty(folder, f"uncertainty:{section}")
    shipped = SCENARIOS.parents[1] / "scenarios" / "terms" / "single-rate.yaml"
    sheet = shipped.read_text(encoding="utf-8").replace("id: single-rate", "id: banded")
    gate = "gain:\n      gate: {at: 1% * target, then: excess, bands_on: variance}\n"
    (folder / "banded.yaml").write_text(sheet.replace("gain:\n", gate), encoding="utf-8")
    sweep = folder / "sweep.yaml"
    sweep.write_text(OTHER_TERMS, encoding="utf-8")
    found = run(path)
    return found, offers(found, sweep_of((), sweep))


def test_shared_paths_change_no_digit_of_any_offer(tmp_path: Path) -> None:
    """Each of nine contracts is drawn with the others, then alone from the beginning: every draw is the same float."""
    base, found = structural(tmp_path)
    ready, store = compared(found, 1500, workers=2)
    for k, offer in enumerate(ready.offers):
        alone = drawn(offer.run, 1500, job=prepared(offer.run, seed=base.loaded.scenario.uncertainty.seed))
        for party in base.parties:
            results = alone.rows[f"{party}.result"].sum(axis=0)
            assert np.array_equal(store.arrays[f"{k}.result.{party}"][0], results), (offer.label, party)
    assert len(ready.offers) == 9


def test_other_distributions_are_other_futures(tmp_path: Path) -> None:
    """A case that widens demand, and one that lets prices go their own way: drawn anew, as if they were alone."""
    section = (SCENARIOS / "uncertain.yaml").read_text(encoding="utf-8").partition("uncertainty:")[2]
    cases = """
cases:
  spread:
    default: usual
    choices:
      usual: {title: As written, set: {}}
      wide: {title: Wide, set: {uncertainty: {inputs: {demand: {add: {normal: {sd: 2%}}}}}}}
      apart: {title: Apart, set: {uncertainty: {correlations: [{between: [effect, delay], rank: -30%}]}}}
      counts: {title: Counts, set: {uncertainty: {activity_counts: {falls: 9}}}}
"""
    found = run(with_uncertainty(tmp_path, f"uncertainty:{section}{cases}"))
    ready, store = compared(offers(found, sweep_of(["cases.spread=wide,apart,counts"])), 1024)
    assert [offer.label for offer in ready.offers] == [BASE, "spread wide", "spread apart", "spread counts"]
    for k, offer in enumerate(ready.offers):
        results = drawn(offer.run, 1024).rows["budget_holder.result"].sum(axis=0)
        assert np.array_equal(store.arrays[f"{k}.result.budget_holder"][0], results), offer.label


def test_counts_vary_about_the_activity_of_each_offer(base: Run) -> None:
    """Half the delivery leaves more to admit: chance is drawn about that activity, as if the offer were alone."""
    ready, store = compared(offers(base, sweep_of(["lines.falls.shift.delivery=40%"])), 1024)
    alone = drawn(ready.offers[1].run, 1024).rows["hospital.result"].sum(axis=0)
    assert ready.offers[1].run.loaded is base.loaded
    assert np.array_equal(store.arrays["1.result.hospital"][0], alone)


def test_offers_compute_what_their_terms_reach_and_no_more(tmp_path: Path) -> None:
    _, found = structural(tmp_path)
    ready = prepare(found)
    rows = {offer.label: branch.rows for offer, branch in zip(ready.offers, ready.paths.branches, strict=False)}
    whole = ready.paths.branches[0].whole
    assert rows.pop(BASE) == 0
    operational = [rows.pop(label) for label in ("Demand grows faster", "Local prices")]
    assert all(0 < count < whole / 4 for count in rows.values()), (rows, whole)
    assert all(whole / 4 < count <= whole for count in operational), (operational, whole)


def test_without_a_share_is_a_share_of_nothing(base: Run) -> None:
    """Payments held at nil, and a rate of 0%, are two ways to the same pounds in every draw."""
    ready, store = compared(offers(base, sweep_of([f"{RATE}=0%"])), 1100)
    assert ready.without is not None
    for party in base.parties:
        nil, without = (store.arrays[f"{k}.result.{party}"] for k in (1, 2))
        assert np.abs(nil - without).max() < 0.005
        assert np.abs(nil - store.arrays[f"0.result.{party}"]).max() > 1e5 or party not in TWO


def test_what_is_held_counts_as_another_contract(base: Run) -> None:
    """A contract with a row held at nil shares what lies above the row, and nothing below it."""
    job = prepared(base, keep=["budget_holder.result"])
    plain = Contract(job.model, job.values, job.futures, job.keep, {})
    payment = base.inputs.terms[0].payment
    held = replace(plain, held={payment: np.zeros((1, *base.model.shape(payment)))})
    free, bound = digested([plain, held])
    below = base.model.downstream([payment]) | {payment}
    assert {name for name in free if free[name] != bound[name]} == below
    assert paths([plain, held], [free, bound]).branches[1].rows <= len(below)


def test_what_was_drawn_before_a_stop_is_used(base: Run) -> None:
    """Stopped after the first span, 2,048 draws are there, and say what 2,048 draws asked for would have said."""
    found = offers(base, sweep_of([SHARE]))
    ready = prepare(found)
    store = Store.in_memory(ready.plan(10_000))

    def stop(done: int, of: int) -> None:
        assert of == 10_000
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(ready, store, progress=stop)
    part, whole = judged(ready, store), judged(*compared(found, SPAN))
    assert (part.draws, part.asked, part.complete) == (SPAN, 10_000, False)
    assert [view.parties for view in part.views] == [view.parties for view in whole.views]


def test_digests_tell_apart_what_differs() -> None:
    parts = [((1,), (2, 3)), ((1, 2), (3,)), (1, (2, 3)), {"a": 1}, ("a", 1), np.zeros(2), np.zeros((1, 2)), 0.0, -0.0]
    assert len({tuple(content(part)) for part in parts}) == len(parts)


def test_workers_change_nothing(base: Run) -> None:
    found = offers(base, sweep_of([SHARE]))
    one, three = (compared(found, 2500, workers=n)[1] for n in (1, 3))
    assert all(np.array_equal(one.arrays[row], three.arrays[row]) for row in one.plan.rows)


# Money and figures ----------------------------------------------------------------------------------------------------


def test_a_share_only_moves_money_between_the_parties(base: Run) -> None:
    """In every single draw all parties' results add up to what they are under any other share."""
    ready, store = compared(offers(base, sweep_of([SHARE, f"{LIMIT}=1%,4%"])), 1024)
    sums = [sum(store.arrays[f"{k}.result.{p}"][0] for p in base.parties) for k in range(len(ready.tests))]
    assert all(np.abs(found - sums[0]).max() < 0.005 for found in sums)
    assert all(abs(view.together) < 0.005 for view in judged(ready, store).views)


def test_a_share_worked_by_hand(base: Run) -> None:
    """With no limit, a share of r leaves the holder R + r S in each draw: R without it, S the variances of the term.

    R and S come from an ordinary simulation. Of 2,000 draws the worst 5% are the least 100; their mean is the worth.
    """
    found = surface(base, SHARE, f"{LIMIT}=1000%")
    apart = run(SCENARIOS / "uncertain.yaml", settings=(f"{RATE}=0%",))
    rows = drawn(apart, 2000, job=prepared(apart, keep=["budget_holder.result", "single_rate.care.variance"])).rows
    r, s = (rows[name].sum(axis=0) for name in ("budget_holder.result", "single_rate.care.variance"))
    assert s.std() > 1e5
    for view in found.views[1:]:
        rate = float(view.offer.values[RATE].removesuffix("%")) / 100
        holder = view.parties["budget_holder"]
        assert holder.expected.value == pytest.approx(np.mean(r + rate * s), abs=1)
        assert holder.shortfall.value == pytest.approx(np.sort(r + rate * s)[:100].mean(), abs=1)
        assert holder.worth.value == holder.shortfall.value
    assert len(found.views) == 4


def test_worth_lies_between_what_is_expected_and_the_worst(base: Run) -> None:
    half = surface(base, SHARE, weight=0.5)
    for view in half.views:
        for party in view.parties.values():
            assert party.worth.value == pytest.approx((party.expected.value + party.shortfall.value) / 2)


def test_to_those_who_mind_only_what_they_expect_every_split_is_efficient(base: Run) -> None:
    found = surface(base, SHARE, f"{LIMIT}=1%,4%", weight=0.0)
    assert all(view.efficient for view in found.views)


def test_differences_in_common_futures_are_ten_times_as_certain(base: Run) -> None:
    """A share of 45% in place of 50%: the error of independent runs is the root of the sum of their squared errors."""
    found = surface(base, f"{RATE}=45%")
    holder = found.views[1].parties["budget_holder"]
    apart = np.hypot(holder.expected.error, found.views[0].parties["budget_holder"].expected.error)
    assert holder.expected.change_error < apart / 10
    assert holder.shortfall.change_error < np.hypot(holder.shortfall.error, holder.shortfall.error) / 10


def test_the_error_of_a_difference_is_what_other_seeds_bring(base: Run) -> None:
    """Of 24 seeds the differences have a standard deviation that is known to 1/sqrt(46) of itself, 15%."""
    found = offers(base, sweep_of([f"{RATE}=30%"]))
    made = [judged(*compared(found, 512, seed=seed)).views[1].parties["commissioner"] for seed in range(24)]
    for what in ("expected", "shortfall"):
        figures = [getattr(party, what) for party in made]
        spread = np.std([f.change for f in figures], ddof=1)
        assert spread == pytest.approx(np.mean([f.change_error for f in figures]), rel=4 * 0.15)


def test_an_offer_that_changes_nothing_is_named_and_left_out(base: Run) -> None:
    found = surface(base, f"{RATE}=50%,60%")
    assert found.alike == ("share rate 50%",)
    assert [view.offer.label for view in found.views] == [BASE, "share rate 60%"]


def test_a_setting_and_a_figure_are_the_same_offer(base: Run) -> None:
    """30% reached by moving a figure, and by loading the scenario with a setting beside a word that is swept too."""
    moved = offers(base, sweep_of([f"{RATE}=30%"])).all[1]
    loaded = run(SCENARIOS / "uncertain.yaml", settings=(f"{RATE}=30%",))
    assert moved.run.loaded is base.loaded
    assert all(np.array_equal(moved.run.inputs.values[n], v) for n, v in loaded.inputs.values.items())


# Laws -----------------------------------------------------------------------------------------------------------------

POINTS = arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.integers(-3, 3).map(float))


@settings(max_examples=examples(300))
@given(POINTS)
def test_no_efficient_offer_is_dominated_and_every_other_one_is_by_an_efficient_one(points: np.ndarray) -> None:
    efficient, over = pareto(points), dominators(points)
    assert efficient.any()
    for k, point in enumerate(points):
        beaten = [j for j, other in enumerate(points) if (other >= point).all() and (other > point).any()]
        assert bool(efficient[k]) == (not beaten)
        assert (over[k] is None) == bool(efficient[k])
        assert over[k] is None or (over[k] in beaten and efficient[over[k]])


def test_three_offers_by_hand() -> None:
    """(1, 5) and (2, 4) are efficient; (2, 3) is beaten by (2, 4), which gives one as much and the other 1 more."""
    assert dominators(np.array([[1.0, 5.0], [2.0, 3.0], [2.0, 4.0]])) == [None, 2, None]


def test_of_two_better_offers_the_one_with_the_larger_least_gain_is_named() -> None:
    """Over (0, 0), (3, 1) gains at least 1 and (2, 2) at least 2."""
    assert dominators(np.array([[0.0, 0.0], [3.0, 1.0], [2.0, 2.0]])) == [2, None, None]


def test_a_penny_is_no_difference() -> None:
    assert pareto(np.array([[1.001, 2.0], [1.0, 2.0]])).all()


def test_paired_figures_by_hand() -> None:
    """Of 1..200 the mean is 100.5, the mean of the worst ten 5.5, and the P5 lies 0.95 of the way from 10 to 11."""
    x = np.arange(200.0, 0.0, -1.0)
    assert mean_of(x).value == 100.5
    assert shortfall_of(x, 0.05).value == pytest.approx(5.5)
    assert quantile_of(x, 0.05).value == pytest.approx(10.95)
    assert (mean_of(x + 3) - mean_of(x)).error == pytest.approx(0, abs=1e-12)
    assert (mean_of(2 * x) - mean_of(x)).error == pytest.approx(mean_of(x).error)
    assert proportion_of(np.zeros(300))[1] == pytest.approx(0.01)
    with pytest.raises(ValueError, match="nothing of a tail"):
        quantile_of(x[:99], 0.05)


@pytest.mark.parametrize("figure", [quantile_of, shortfall_of])
def test_errors_of_tails_are_those_of_many_samples(figure: object) -> None:
    """300 samples of 1,000 normals, with and without a fifth of other noise: the error of a tail and of a difference.

    The sd of 300 is known to 4%; the error of a P5 comes from a density that is itself estimated, from above if
    anything.
    """
    assert callable(figure)
    generator = np.random.default_rng(7)
    made = []
    for _ in range(300):
        x = generator.normal(size=1000)
        y = x + 0.2 * generator.normal(size=1000)
        own, other = figure(x, 0.05), figure(y, 0.05)
        made.append((own.value, own.error, (other - own).value, (other - own).error))
    value, error, change, change_error = np.array(made).T
    assert value.std() == pytest.approx(error.mean(), rel=0.25)
    assert change.std() == pytest.approx(change_error.mean(), rel=0.3)
    assert change.std() < value.std() / 1.5


# Judgement ------------------------------------------------------------------------------------------------------------


def test_verdicts_follow_from_the_figures(base: Run) -> None:
    found = surface(base, f"{RATE}=0%,25%,75%", f"{LIMIT}=0.1%,1%,4%")
    assert found.without is not None
    for view in found.views:
        for party in TWO:
            gap = view.parties[party].worth.value - found.without.parties[party].worth.value
            against = view.parties[party].against
            assert against is not None
            assert against[0] == pytest.approx(gap, abs=0.01)
            assert (party in view.worse_for) == (gap < -0.01)
        assert neither(found, view) == (not view.efficient or set(view.worse_for) == set(TWO))
        if view.better:
            better = found.views[view.better.offer]
            assert better.efficient
            assert all(better.parties[p].worth.value >= view.parties[p].worth.value - 0.01 for p in TWO)
    assert {view.offer.label for view in found.efficient()} == {v.offer.label for v in found.views if v.efficient}


def test_without_says_what_the_parties_have_if_the_sweep_says_so(base: Run, tmp_path: Path) -> None:
    file = tmp_path / "sweep.yaml"
    half = "without: {title: Half, set: {terms: {gain_loss: {define: {share_rate: 25%}}}}}"
    file.write_text(f"schema: mcp-finance-sweep/1\nvary: {{{RATE}: [0%]}}\n{half}\n", encoding="utf-8")
    found = offers(base, sweep_of((), file))
    assert found.without is not None
    assert found.without.label == "Half"
    assert found.without.run.results.final("budget_holder.change_to_date") == pytest.approx(
        offers(base, sweep_of([f"{RATE}=25%"])).all[1].run.results.final("budget_holder.change_to_date")
    )


def test_a_contract_without_pools_has_no_reference(tmp_path: Path) -> None:
    text = "uncertainty:\n  inputs: {demand: {on: lines.*.growth, add: {normal: {sd: 1%}}}}\n"
    found = run(with_uncertainty(tmp_path, text, "no-share.yaml"))
    ready, store = compared(offers(found, sweep_of(["opening_balances.budget_holder=£2m"])), 200)
    judged_ = judged(ready, store)
    assert judged_.without is None
    assert not any(view.worse_for for view in judged_.views)


def test_the_example_has_an_offer_for_every_kind_of_change() -> None:
    """None of its seven offers is the contract as it stands; a guarantee is money from outside, the others are not."""
    folder = SCENARIOS.parents[1] / "examples"
    example = run(folder / "place-uncertain.yaml")
    found = judged(*compared(offers(example, sweep_of((), folder / "sweeps" / "place.yaml")), 200))
    assert len(found.views) == 8
    assert found.alike == ()
    together = {view.offer.label: view.together for view in found.views}
    assert together.pop("A parent's guarantee of £5m") > 1e6
    assert all(abs(change) < 0.01 for change in together.values())
    assert any("A parent's guarantee of £5m +£5" in warning for warning in warnings(found))
    said = [verdict(found, k) for k, view in enumerate(found.views) if view.better]
    assert any("from outside +£5" in words for words in said)
    assert any("others together" in words for words in said)


def test_draws_are_bounded(base: Run) -> None:
    ready = prepare(offers(base, sweep_of([SHARE])))
    with pytest.raises(ValueError, match="100 are the fewest"):
        ready.plan(99)
    with pytest.raises(ValueError, match=f"at most {MOST_NUMBERS // 40 // 1024 * 1024:,} draws"):
        ready.plan(10_000_000)


# Bad sweeps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("share_rate", "not a path, an equals sign and values"),
        (f"{RATE}=", "a value is missing"),
        (f"{RATE}=30%,,40%", "a value is missing"),
        ("opening_balances.budget_holder=£1,200,£2,400", "a comma between digits"),
        (f"{RATE}=30%,30%", "stands twice"),
        (f"{RATE}=-30%", "outside what it may be"),
        (f"{RATE}=plenty", "plenty"),
        ("inputs.nothing=3", "no figure of this scenario"),
        ("lines.*.nothing=3", "no figure of this scenario"),
        ("terms.gain_lost.sheet=x", "there is no 'gain_lost'"),
        ("cases.shift=none", "there is no group of cases 'shift'"),
        ("contract.years=3", "other years"),
        ("uncertainty\u202e=3", "invisible character"),
        (f"{RATE}={'9' * 5000}", "too long"),
    ],
)
def test_bad_options_say_what_is_wrong_at_their_place(base: Run, option: str, message: str) -> None:
    problems = problems_of(base, f"{LIMIT}=1%", option)
    assert any(message in problem.message for problem in problems), problems
    assert {(p.place.file, p.place.line) for p in problems} == {("--sweep", 2)}


def test_a_value_that_the_sheet_itself_refuses_is_no_offer(base: Run) -> None:
    """A share of 130% moves a figure like any other, but no sheet with it could be written."""
    problems = problems_of(base, f"{LIMIT}=1%", f"{RATE}=40%,130%")
    assert ("--sweep", 2) in {(p.place.file, p.place.line) for p in problems}
    assert all("130%" in p.message or "0% to 100%" in p.instead for p in problems), problems
    assert len(offers(base, sweep_of([f"{LIMIT}=1%", f"{RATE}=40%,100%"])).all) == 3


def test_all_problems_of_a_sweep_come_at_once(base: Run) -> None:
    problems = problems_of(base, "inputs.nothing=3", "lines.*.never=1%", f"{RATE}=-1%")
    assert len(problems) == 2
    assert [p.place.line for p in problems_of(base, "a", "b=", f"{RATE}=1%")] == [1, 2]


def test_too_many_offers_and_none(base: Run) -> None:
    many = ",".join(f"{k}%" for k in range(20))
    (problem,) = problems_of(base, f"{RATE}={many}", f"{LIMIT}={many}")
    assert problem.message == "these are 400 offers together"
    assert str(MOST) in problem.instead
    (problem,) = problems_of(base)
    assert "nothing is swept" in problem.message
    (problem,) = problems_of(base, f"{RATE}=1%", f"{RATE}=2%")
    assert "varied twice" in problem.message


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("schema: mcp-finance-sweep/1\nvari: {}\n", 2, 1, "'vari' is unknown"),
        (f"schema: mcp-finance-sweep/1\nvary:\n  {RATE}: [30%, -5%]\n", 3, 44, "outside what it may be"),
        (f"schema: mcp-finance-sweep/1\nvary:\n  {RATE}: [[30%]]\n", 3, 39, "no single value"),
        ("schema: mcp-finance-sweep/1\noffers: {a: {title: A, set: {uncertainty: {}}}}\n", 2, 30, "cannot set"),
        ("schema: mcp-finance-sweep/1\noffers: {a: {title: A, set: {terms: {no: {}}}}}\n", 2, 42, "is missing"),
        ("schema: mcp-finance-sweep/1\noffers: {a: {title: A, set: {contract: {years: 3}}}}\n", 2, 10, "other years"),
        ("schema: other/1\n", 1, 9, "mcp-finance-sweep/1"),
    ],
)
def test_bad_files_say_what_is_wrong_at_their_place(
    base: Run, tmp_path: Path, text: str, line: int, column: int, message: str
) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(text, encoding="utf-8")
    problems = problems_of(base, file=file)
    found = [(p.place.file, p.place.line, p.place.column) for p in problems if message in f"{p.message} {p.instead}"]
    assert (str(file), line, column) in found, problems


# Command --------------------------------------------------------------------------------------------------------------

SMALL = str(SCENARIOS / "uncertain.yaml")


@pytest.mark.parametrize("width", [80, 120])
def test_the_command_tells_offers_apart(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    answer = cli("frontier", SMALL, "--sweep", SHARE, "--sweep", f"{LIMIT}=1%,4%", "-n", 1000)
    assert answer.code == 0, answer.err
    assert all(len(line.rstrip()) <= width for line in answer.out.splitlines())
    flat = " ".join(answer.out.split())
    for said in ("6 offers between", "share rate 100%", "Neither should sign", "± is the Monte Carlo standard error"):
        assert said in flat
    assert "1,000 draws are too few for the worst 5%: draw 2,000 or more" in flat
    assert any(words.lower() in flat for words in KINDS.values())


def test_the_command_writes_what_it_prints(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    args = ("frontier", SMALL, "--sweep", SHARE, "-n", 500, "--out", out)
    answer = cli(*args, "--json")
    document = json.loads(answer.out)
    assert document == json.loads((out / "frontier.json").read_text(encoding="utf-8"))
    assert document["schema_version"] == 1
    assert [offer["label"] for offer in document["offers"]] == [BASE, "share rate 0%", "share rate 100%"]
    rows = list(csv.DictReader(io.StringIO((out / "offers.csv").read_text(encoding="utf-8"))))
    expected = {(r["label"], r["party"]): float(r["value"]) for r in rows if r["measure"] == "expected"}
    for offer in document["offers"]:
        for party, said in offer["results"].items():
            assert expected[offer["label"], party] == pytest.approx(said["expected"]["value"])
    written = (out / "report.html").read_text(encoding="utf-8")
    assert "share rate 100%" in written
    assert "<script" not in written
    assert cli(*args).code == 2
    assert cli(*args, "--force", "--quiet").out == ""


def test_names_from_a_file_do_no_harm(base: Run, tmp_path: Path) -> None:
    """A title that is markup or a formula stays text on the page and in a spreadsheet."""
    file = tmp_path / "sweep.yaml"
    title = '"=HYPERLINK(1) <b>[red]"'
    file.write_text(
        f"schema: mcp-finance-sweep/1\noffers: {{a: {{title: {title}, set: {{materiality: 2%}}}}, "
        f"b: {{title: {title}, set: {{terms: {{gain_loss: {{define: {{share_rate: 1%}}}}}}}}}}}}\n",
        encoding="utf-8",
    )
    ready, store = compared(offers(base, sweep_of((), file)), 200)
    found = judged(ready, store)
    assert "<b>[red]" not in page(found)
    assert "&lt;b&gt;[red]" in page(found)
    text = offers_csv(found).decode()
    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--sweep", "nothing"), 3, "--sweep:1:1"),
        (("--sweep", SHARE, "--party", "commissioner"), 2, "two different parties"),
        (("--sweep", SHARE, "--party", "commissioner", "--party", "nobody"), 2, "--party nobody"),
        (("--sweep", SHARE, "--tail-weight", "120%"), 2, "--tail-weight 120%"),
        (("--sweep", SHARE, "--tail-weight", "much"), 2, "--tail-weight much"),
        (("--sweep", SHARE, "--draws", "9000000"), 2, "at most"),
        (("--sweep-file", "nowhere.yaml"), 3, "there is no such file"),
    ],
)
def test_bad_commands_end_with_words_and_a_code(cli: Cli, args: tuple[str, ...], code: int, said: str) -> None:
    answer = cli("frontier", SMALL, *args)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


def test_nothing_uncertain_is_refused(cli: Cli) -> None:
    answer = cli("frontier", SCENARIOS / "base.yaml", "--sweep", SHARE)
    assert answer.code == 3
    assert "nothing in this scenario is uncertain" in answer.err
