"""Many futures of a contract: the plain run where nothing varies, closed forms where there are any, the same numbers
however the work is cut up, and nothing lost when it is stopped."""

from __future__ import annotations

import json
from math import erf, exp, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from futures import SCENARIOS, drawn, problems_of, with_uncertainty

from mcp_finance.analysis.futures.drawn import Futures
from mcp_finance.analysis.futures.one_draw import changes_of
from mcp_finance.analysis.futures.outcomes import kept_rows, outcomes
from mcp_finance.analysis.futures.simulate import MOST_DRAWS, plan_of, prepared, simulate, simulation, store_for
from mcp_finance.analysis.futures.store import DONE, PLAN, StoreError
from mcp_finance.analysis.futures.summary import TERM, summarised
from mcp_finance.analysis.run import run
from mcp_finance.analysis.shocked import after
from mcp_finance.sampling.streams import BLOCK
from mcp_finance.scenario.write import written

STILL = """
uncertainty:
  inputs:
    demand: {on: lines.*.growth, add: {normal: {sd: 0%}}, draw: own, alike: 50%}
    prices: {on: tariffs.nhs.uplift, times: {normal: {sd: 0%}}, timing: yearly}
    cost: {on: inflation.hospital.growth, add: {normal: {sd: 0%}}, timing: walk}
    effect: {on: lines.falls.shift.effect, is: {triangular: {least: 25%, mode: 25%, most: 25%}}}
"""
MANY = 20_000


@pytest.fixture(scope="module")
def uncertain():
    return run(SCENARIOS / "uncertain.yaml")


def test_without_variance_every_draw_is_the_plain_run_to_the_penny(tmp_path: Path):
    found = run(with_uncertainty(tmp_path, STILL))
    kept = [n for n, r in found.model.rows.items() if not r.dims]
    made = drawn(found, 3, job=prepared(found, keep=kept))
    for row, values in made.rows.items():
        plain = found.results.series(row)
        assert np.abs(values - plain[:, None]).max() < 0.005, row


def test_nothing_uncertain_is_refused():
    (problem,) = problems_of(SCENARIOS / "base.yaml")
    assert "nothing in this scenario is uncertain" in problem.message
    assert problem.path == "uncertainty"


def test_a_sum_of_normals_is_normal(tmp_path: Path):
    """Opening balances drawn apart, sd £3m and £4m: added up in one party's books they have an sd of £5m.

    The holder's opening balance moves its closing balance of every year pound for pound; a yearly walk of £4m a year
    in an allocation has an sd of 4m x sqrt(t).
    """
    text = """
uncertainty:
  inputs:
    first: {on: opening_balances.budget_holder, add: {normal: {sd: £3m}}}
    second: {on: inputs.opening_balance.budget_holder, add: {normal: {mean: £1m, sd: £4m}}}
    money: {on: allocation, add: {normal: {sd: £4m}}, timing: walk}
allocation: £200m
"""
    found = run(with_uncertainty(tmp_path, text))
    made = drawn(found, MANY, job=prepared(found, keep=["budget_holder.closing", "headroom"]))
    off = made.rows["budget_holder.closing"] - found.results.series("budget_holder.closing")[:, None]
    assert np.abs(off - off[0]).max() < 1e-6
    within_errors(off[0], mean=1e6, sd=5e6)
    walked = made.rows["headroom"] - found.results.series("headroom")[:, None]
    for t in range(4):
        within_errors(walked[t], mean=0.0, sd=4e6 * sqrt(t + 1))


def test_a_deficit_that_the_parent_meets_is_a_deficit(tmp_path: Path):
    """Years 3 and 4 of the fixture lose £1.7m and £2.3m; with a guarantee of £100m the result of year 4 is nil."""
    text = "reserves: {guarantee: £100m}\nuncertainty: {inputs: {a: {on: allocation, add: {normal: {sd: £1m}}}}}\n"
    found = run(with_uncertainty(tmp_path, text + "allocation: £200m\n", "reserves.yaml"))
    made = summarised(drawn(found, 128))
    assert found.results.series("budget_holder.result")[3] == pytest.approx(0, abs=0.01)
    assert made.chance("deficit.budget_holder", found.years[3]).probability == 1
    assert made.chance("insolvent.budget_holder").probability == 0


def test_a_walk_begins_in_the_first_year_that_has_the_figure(tmp_path: Path):
    """Growth acts from the second year on: there it is one step of 1% from the plan, in the fourth sqrt(3) of them."""
    text = "uncertainty: {inputs: {a: {on: lines.falls.growth, add: {normal: {sd: 1%}}, timing: walk}}}\n"
    found = run(with_uncertainty(tmp_path, text))
    growth = inputs_of(found, ["activity_growth"], MANY)["activity_growth"][:, members(found, "line", "falls")]
    for t in (1, 2, 3):
        within_errors(growth[t], mean=0.012, sd=0.01 * sqrt(t))


def within_errors(values: np.ndarray, *, mean: float, sd: float) -> None:
    """Mean and standard deviation of normal draws, within 4 standard errors."""
    assert abs(values.mean() - mean) < 4 * sd / sqrt(values.size)
    assert abs(values.std() - sd) < 4 * sd / sqrt(2 * values.size)


@pytest.mark.parametrize(("rate", "limited_to"), [(0.5, "2%"), (0.3, "1.2%"), (0.5, "100%")])
def test_one_band_and_a_cap_on_a_normal_variance_have_closed_forms(tmp_path: Path, rate: float, limited_to: str):
    """The variance is linear in one normal draw: V ~ N(m, s). One band pays r V, ~ N(r m, r s); with a limit L either
    way the mean is E[min(max(r V, -L), L)], from the normal's partial expectations. L = 100% never binds."""
    text = f"""
terms:
  gain_loss: {{define: {{share_rate: {rate:.0%}, limit_rate: {limited_to}}}}}
uncertainty:
  inputs:
    volume: {{on: inputs.activity_growth.other_emergency, add: {{normal: {{sd: 0.8%}}}}}}
"""
    found = run(with_uncertainty(tmp_path, text))
    prefix = found.inputs.terms[0].sheet.prefix
    (limit_row,) = (n for n in found.model.rows if n.startswith(f"{prefix}.") and n.endswith(".limit"))
    made = drawn(found, MANY, job=prepared(found, keep=["total_variance", "share_payment", limit_row]))
    t = 1  # growth has acted once
    variance, paid, limit = (made.rows[k][t] for k in ("total_variance", "share_payment", limit_row))
    np.testing.assert_allclose(limit, limit[0])
    growth = inputs_of(found, ["activity_growth"], 2)["activity_growth"][t, members(found, "line", "other_emergency")]
    m = found.results.series("total_variance")[t]
    s = abs((variance[1] - variance[0]) / (growth[1] - growth[0])) * 0.008
    expected = clipped_normal_mean(rate * m, rate * s, float(limit[0]))
    assert abs(paid.mean() - expected) < 4 * paid.std() / sqrt(MANY)
    binding = (np.abs(rate * variance) > limit).mean()
    if limited_to == "100%":
        within_errors(paid, mean=rate * m, sd=rate * s)
        assert binding == 0
    else:
        assert 0.1 < binding < 0.9, "the limit must matter, and not always"


def clipped_normal_mean(m: float, s: float, limit: float) -> float:
    """E[min(max(X, -L), L)] of a normal X."""

    def below(x: float) -> float:
        """E[max(x - X, 0)]: what a normal falls short of x."""
        z = (x - m) / s
        return (x - m) * 0.5 * (1 + erf(z / sqrt(2))) + s * exp(-z * z / 2) / sqrt(2 * pi)

    return limit - below(limit) + below(-limit)


def test_closed_form_of_a_clipped_normal():
    """By hand: symmetric about nil it is nil; far inside the limits it is the mean; far outside it is the limit."""
    assert clipped_normal_mean(0.0, 1.0, 2.0) == pytest.approx(0.0, abs=1e-12)
    assert clipped_normal_mean(0.3, 0.01, 2.0) == pytest.approx(0.3)
    assert clipped_normal_mean(50.0, 1.0, 2.0) == pytest.approx(2.0)


def test_correlation_is_realised_with_exact_marginals(uncertain):
    """Rank correlations as asked: 50% between years' prices and funding, -30% between effect and delay, and 50% between
    the growth of any two lines, each within 4 standard errors (about 1/sqrt(n) for ranks)."""
    found = uncertain
    values = inputs_of(found, ["uplift", "stream_growth", "shift_effect", "shift_delay", "activity_growth"], MANY)
    tolerance = 4 / sqrt(MANY)
    nhs, core = members(found, "tariff", "nhs"), members(found, "stream", "core")
    for t in (1, 3):
        assert abs(rank_correlation(values["uplift"][t][nhs], values["stream_growth"][t][core]) - 0.5) < tolerance
    falls = members(found, "programme", "falls")
    effect, delay = values["shift_effect"][0][falls], values["shift_delay"][0][falls]
    assert abs(rank_correlation(effect, delay) + 0.3) < tolerance
    growth = values["activity_growth"][2]
    one, two = members(found, "line", "falls"), members(found, "line", "planned")
    assert abs(rank_correlation(growth[one], growth[two]) - 0.5) < tolerance
    assert abs(np.quantile(effect, 0.1) - 0.03) < 4 * quantile_error(effect, 0.1)
    assert abs(effect.mean() - 0.12) < 4 * effect.std() / sqrt(MANY)


def test_correlation_is_that_of_the_draws_also_where_each_has_its_own(tmp_path: Path):
    """Two lines 40% alike have 45% with a third, each of them, and 40% with one another; 70% would be more than can be.

    In normal numbers 0.4658 / sqrt(0.4158) = 0.722 is what the two must share with it.
    """
    text = (
        "uncertainty:\n  inputs:\n"
        "    a: {on: [lines.falls.growth, lines.planned.growth], add: {normal: {sd: 1%}}, draw: own, alike: 40%}\n"
        "    b: {on: lines.community.growth, add: {normal: {sd: 1%}}}\n"
        "  correlations: [{between: [a, b], rank: 45%}]\n"
    )
    found = run(with_uncertainty(tmp_path, text))
    growth = inputs_of(found, ["activity_growth"], MANY)["activity_growth"][1]
    one, two, other = (growth[members(found, "line", n)] for n in ("falls", "planned", "community"))
    for pair, rank in (((one, other), 0.45), ((two, other), 0.45), ((one, two), 0.40)):
        assert abs(rank_correlation(*pair) - rank) < 4 / sqrt(MANY)
    (problem,) = problems_of(with_uncertainty(tmp_path, text.replace("45%", "70%")))
    assert problem.place.line == 7 and "so little alike" in problem.message and "63%" in problem.instead


def quantile_error(values: np.ndarray, p: float) -> float:
    low, high = np.quantile(values, [p - sqrt(p * (1 - p) / values.size), p + sqrt(p * (1 - p) / values.size)])
    return (high - low) / 2


def members(found, dimension: str, name: str) -> int:
    return found.model.dimension[dimension].members.index(name)


def inputs_of(found, names: list[str], draws: int) -> dict[str, np.ndarray]:
    """Inputs as drawn, `(years, own dimensions, draws)`."""
    what = prepared(found).futures
    out = {n: np.empty((len(found.years), *found.model.shape(n), draws)) for n in names}
    for first in range(0, draws, MOST_DRAWS):
        last = min(first + MOST_DRAWS, draws)
        buffers = {n: np.empty((*found.model.shape(n), last - first)) for n in names}
        fill = what.open(names, first, last)
        for t in range(len(found.years)):
            fill(t, buffers)
            for n in names:
                out[n][t][..., first:last] = buffers[n]
    return out


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    ranks = [np.argsort(np.argsort(x)) for x in (a, b)]
    return float(np.corrcoef(*ranks)[0, 1])


def test_a_walk_begins_in_the_first_year_in_which_its_figure_holds(uncertain):
    """Growth acts from the second year on: there its sd is one step's, 0.2%, and two years later that of three."""
    growth = inputs_of(uncertain, ["cost_growth"], MANY)["cost_growth"][:, members(uncertain, "inflation", "hospital")]
    plain = uncertain.results["cost_growth"][:, members(uncertain, "inflation", "hospital"), 0]
    assert (growth[0] == plain[0]).all()
    for t in (1, 3):
        within_errors(growth[t] - plain[t], mean=0.0, sd=0.002 * sqrt(t))


def test_counts_vary_by_chance_and_nothing_else_does(uncertain):
    """Of a line named, activity has its own chance in every year: mean 1, variance 2.5 for each unit to be expected."""
    factor = inputs_of(uncertain, ["activity_chance"], MANY)["activity_chance"]
    falls, planned = members(uncertain, "line", "falls"), members(uncertain, "line", "planned")
    assert (factor[:, planned] == 1).all()
    for t in range(4):
        mean = uncertain.results["activity"][t, falls, 0]
        sd = sqrt(2.5 / mean)
        assert abs(factor[t, falls].mean() - 1) < 4 * sd / sqrt(MANY)
        assert abs(factor[t, falls].std() - sd) < 4 * sd / sqrt(2 * MANY)
    assert abs(np.corrcoef(factor[0, falls], factor[1, falls])[0, 1]) < 4 / sqrt(MANY)


@pytest.mark.parametrize(("workers", "chunk"), [(1, BLOCK), (2, 0), (3, 2 * BLOCK), (2, 5 * BLOCK)])
def test_workers_and_chunks_do_not_move_a_bit(uncertain, workers: int, chunk: int):
    draws = 6 * BLOCK + 77
    whole = drawn(uncertain, draws)
    parts = drawn(uncertain, draws, workers=workers, chunk=chunk)
    assert all(whole.rows[n].tobytes() == parts.rows[n].tobytes() for n in whole.rows)


def test_fewer_draws_are_the_first_of_more(uncertain):
    few, many = drawn(uncertain, 500), drawn(uncertain, 2 * BLOCK + 3)
    assert all(np.array_equal(few.rows[n], many.rows[n][:, :500]) for n in few.rows)


def test_other_terms_and_other_lines_leave_the_draws_alone(tmp_path: Path, uncertain):
    """Common random numbers: a settlement at another rate, and a line more, see the same futures."""
    section = (SCENARIOS / "uncertain.yaml").read_text(encoding="utf-8").partition("uncertainty:")[2]
    more = """
  extra:
    title: Another line
    commissioned_by: commissioner
    scope: excluded
    baseline: £5m
    activity: {value: 100, unit: spells}
    population: nhs
    profile: flat
    stream: core
    tariff: nhs
    provider: hospital
    contract: main
    inflation: hospital
    cost_to_price: 99%
    variable_cost: 60%
    growth: 1.1%
"""
    terms = "terms: {gain_loss: {define: {share_rate: 30%}}}\n"
    other = run(with_uncertainty(tmp_path, f"{terms}lines:{more}uncertainty:{section}"))
    names = ["activity_growth", "uplift", "shift_effect"]
    before, after = inputs_of(uncertain, names, 50), inputs_of(other, names, 50)
    lines = uncertain.model.dimension["line"].members
    at = [members(other, "line", name) for name in lines]
    np.testing.assert_array_equal(before["activity_growth"], after["activity_growth"][:, at])
    np.testing.assert_array_equal(before["uplift"], after["uplift"])
    np.testing.assert_array_equal(before["shift_effect"], after["shift_effect"])


def test_an_interrupted_simulation_goes_on_to_the_same_numbers(tmp_path: Path, uncertain):
    """Stopped after two spans, what is finished can be used; started again, it ends at the same bits."""
    job, draws = prepared(uncertain), 5 * BLOCK + 10
    plan = plan_of(uncertain, job, draws)
    whole = drawn(uncertain, draws, job=job)
    told: list[int] = []

    def stop(done: int, of: int) -> None:
        told.append(done)
        if done >= 2 * BLOCK:
            raise KeyboardInterrupt

    store = store_for(plan, tmp_path / "draws")
    with pytest.raises(KeyboardInterrupt):
        simulate(uncertain, job, store, workers=1, chunk=BLOCK, progress=stop)
    part = simulation(uncertain, job, store)
    assert not part.complete and BLOCK <= part.draws <= 2 * BLOCK
    assert np.array_equal(part.rows["wpb"], whole.rows["wpb"][:, : part.draws])
    assert summarised(part).simulation.draws == part.draws
    again = store_for(plan, tmp_path / "draws")
    assert again.finished == part.draws
    made = simulate(uncertain, job, again, workers=1, chunk=2 * BLOCK)
    assert made.complete
    assert all(made.rows[n].tobytes() == whole.rows[n].tobytes() for n in whole.rows)


def test_a_folder_of_another_simulation_is_refused(tmp_path: Path, uncertain):
    job = prepared(uncertain)
    store_for(plan_of(uncertain, job, 100), tmp_path / "draws")
    with pytest.raises(StoreError, match="another simulation"):
        store_for(plan_of(uncertain, prepared(uncertain, seed=5), 100), tmp_path / "draws")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    with pytest.raises(StoreError, match=r"letter\.txt"):
        store_for(plan_of(uncertain, job, 100), tmp_path / "mine")


@pytest.mark.parametrize("line", ["0 99999999", "banana", "1024", "7 3", "-1 5", "0 102"])
def test_a_ledger_that_was_cut_or_changed_counts_only_whole_lines(tmp_path: Path, uncertain, line: str):
    """An unfinished last line, or one that cannot be, is drawn again."""
    job = prepared(uncertain)
    plan = plan_of(uncertain, job, 2 * BLOCK)
    whole = drawn(uncertain, 2 * BLOCK, job=job)
    simulate(uncertain, job, store_for(plan, tmp_path), chunk=BLOCK)
    (tmp_path / DONE).write_text(f"{BLOCK} {2 * BLOCK}\n{line}")
    again = store_for(plan, tmp_path)
    again.arrays["wpb"][:, :BLOCK] = np.nan
    made = simulate(uncertain, job, again)
    assert made.rows["wpb"].tobytes() == whole.rows["wpb"].tobytes()
    assert json.loads((tmp_path / PLAN).read_text())["draws"] == 2 * BLOCK


def test_kept_rows_are_what_outcomes_read(uncertain):
    kept = kept_rows(uncertain)
    assert all(row in kept for outcome in outcomes(uncertain) for row in outcome.rows)
    keys = {outcome.key for outcome in outcomes(uncertain)}
    assert {"deficit.budget_holder", "insolvent.hospital", "share_unfunded"} <= keys
    assert any(key.startswith("limit.") for key in keys)


def test_probabilities_count_draws(uncertain):
    """By hand from the rows kept: the share of draws with a deficit, by year and ever."""
    found = summarised(drawn(uncertain, 3000))
    result = found.simulation.rows["budget_holder.result"]
    for t, year in enumerate(uncertain.years):
        chance = found.chance("deficit.budget_holder", year)
        assert chance.probability == pytest.approx((result[t] < -0.01).mean(), abs=0)
    ever = found.chance("deficit.budget_holder", TERM)
    p = (result < -0.01).any(axis=0).mean()
    assert ever.probability == p and ever.error == pytest.approx(sqrt(p * (1 - p) / 3000))


def test_estimates_are_those_of_the_draws(uncertain):
    found = summarised(drawn(uncertain, 3000))
    total = found.simulation.rows["budget_holder.result"].sum(axis=0)
    made = found.estimate("budget_holder.result")
    assert made.mean == pytest.approx(total.mean()) and made.error == pytest.approx(total.std(ddof=1) / sqrt(3000))
    assert made.quantiles[0.90][0] == pytest.approx(np.quantile(total, 0.90))
    assert made.plain == pytest.approx(uncertain.results.series("budget_holder.result").sum())
    assert found.too_few == ()
    assert summarised(drawn(uncertain, 300)).too_few != ()


def test_quasi_random_draws_have_less_error_and_say_so(uncertain):
    """With quasi-random numbers for what is drawn once, the mean of blocks varies less."""
    draws = 16 * BLOCK
    plain = summarised(drawn(uncertain, draws)).estimate("hospital.result")
    quasi = summarised(drawn(uncertain, draws, job=prepared(uncertain, quasi=12))).estimate("hospital.result")
    assert quasi.error < plain.error
    assert abs(quasi.mean - plain.mean) < 4 * sqrt(plain.error**2 + quasi.error**2)


def test_quasi_random_draws_do_not_depend_on_chunks(uncertain):
    draws, job = 3 * BLOCK + 5, prepared(uncertain, quasi=4)
    whole, parts = drawn(uncertain, draws, job=job), drawn(uncertain, draws, job=job, workers=2, chunk=BLOCK)
    assert all(whole.rows[n].tobytes() == parts.rows[n].tobytes() for n in whole.rows)


FIGURES = {
    "alike: 50%": "alike: 40%",
    "sd: 0.6%": "sd: 0.5%",
    "rank: 50%": "rank: 40%",
    "rank: -30%": "rank: -20%",
    "falls: 2.5": "falls: 2",
    "other_emergency: 3": "other_emergency: 4",
    "mean: 12%": "mean: 13%",
    "mode: 6 months": "mode: 7 months",
    "timing: walk": "timing: yearly",
    "draw: own, alike: 50%": "draw: shared",
    "seed: 2018": "seed: 2019",
}


@pytest.mark.parametrize("before", FIGURES)
def test_everything_that_is_written_of_uncertainty_moves_a_draw(tmp_path: Path, uncertain, before: str):
    text = (SCENARIOS / "uncertain.yaml").read_text(encoding="utf-8")
    assert before in text
    other = run(with_uncertainty(tmp_path, text.partition("id: uncertain\n")[2].replace(before, FIGURES[before])))
    keep = ["wpb", "hospital.result", "budget_holder.result"]
    one, two = (drawn(found, 20, job=prepared(found, keep=keep)) for found in (uncertain, other))
    assert any(not np.array_equal(one.rows[n], two.rows[n]) for n in keep)


def test_another_seed_gives_other_draws(uncertain):
    job = prepared(uncertain, seed=99)
    assert isinstance(job.futures, Futures) and job.futures.uncertain.seed == 99
    assert not np.array_equal(drawn(uncertain, 50).rows["wpb"], drawn(uncertain, 50, job=job).rows["wpb"])


def test_any_draw_can_be_written_out_and_is_the_same_to_the_penny(tmp_path: Path, uncertain):
    """Draws of the first and of a later block: their scenario, loaded again, gives the rows that were kept of them."""
    made = drawn(uncertain, BLOCK + 50)
    job = prepared(uncertain)
    for draw in (0, 17, BLOCK + 49):
        changes = changes_of(job.futures, draw, len(uncertain.years))
        folder = tmp_path / str(draw)
        folder.mkdir()
        for name, content in written(uncertain.loaded, changes, f"draw-{draw}", f"Draw {draw}").items():
            (folder / name).write_bytes(content)
        again = run(folder / f"draw-{draw}.yaml")
        for row, values in made.rows.items():
            assert np.abs(again.results.series(row) - values[:, draw]).max() < 0.005, row
        assert all(check.holds for check in again.integrity())
        assert after(uncertain, changes).results.final("wpb") == pytest.approx(again.results.final("wpb"))


def test_more_than_memory_holds_is_refused_with_what_it_holds(uncertain):
    with pytest.raises(StoreError, match=r"at most [0-9,]+ here, or more with --out"):
        store_for(plan_of(uncertain, prepared(uncertain), 10_000_000), None)


def test_a_written_draw_is_a_future_and_draws_no_more(tmp_path: Path, uncertain):
    """Its distributions are left out; chance in counts stays, round what the draw has."""
    changes = changes_of(prepared(uncertain).futures, 5, len(uncertain.years))
    for name, content in written(uncertain.loaded, changes, "one", "One", certain=True).items():
        (tmp_path / name).write_bytes(content)
    again = run(tmp_path / "one.yaml")
    what = prepared(again).futures
    assert what.uncertain.sources == () and set(what.uncertain.counts) == {"falls", "other_emergency"}
    line, first = members(uncertain, "line", "falls"), inputs_of(again, ["activity_chance"], MANY)["activity_chance"][0]
    drawn_then = again.results["activity_chance"][0, line, 0]
    assert drawn_then != 1 and abs(first[line].mean() - drawn_then) < 4 * first[line].std() / sqrt(MANY)


def test_a_rule_of_a_term_sheet_that_is_broken_is_an_outcome(uncertain):
    keys = [outcome.key for outcome in outcomes(uncertain) if outcome.key.startswith("broken.")]
    assert len(keys) == len(uncertain.inputs.terms)
    assert summarised(drawn(uncertain, 500)).chance(keys[0]).probability == 0
