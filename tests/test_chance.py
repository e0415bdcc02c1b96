"""Luck in a gain share: closed forms against term sheets settled on drawn variances, and the published scale."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from math import inf, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from contracts import DUDLEY, FIXTURES
from hypothesis import given
from hypothesis import strategies as st
from oracles import oracle_folder
from pytest import approx

from mcp_finance.analysis.luck import savings_scale
from mcp_finance.analysis.luck.chance import (
    NORMAL,
    Array,
    Luck,
    Outlook,
    Share,
    Spread,
    band_of,
    beyond,
    drawn_variances,
    outlook,
    simulated_band,
    spread,
)
from mcp_finance.analysis.luck.scheme import (
    ChanceError,
    Counts,
    Scheme,
    dead_bands,
    draw,
    factors,
    needed,
    other_baselines,
    scheme,
    settled,
    with_band,
)
from mcp_finance.analysis.run import Run, run
from mcp_finance.rows.draws import from_array, simulate
from mcp_finance.terms.compiler.compile import compile_terms
from mcp_finance.terms.fields import Interpolate
from mcp_finance.terms.load import load_terms, parse_terms, shipped_terms
from mcp_finance.terms.settling.settle import Settler

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "examples" / "place.yaml"
RULES = ROOT.parent / "shared" / "mssp-rules.md"
ERRORS = 4
DRAWS = 40_000
SHEET = """\
schema: mcp-finance-terms/1
id: plain
title: One rate beyond a dead band
status: illustrative
source: a test
parties: [budget_holder, commissioner]
facts:
  target: {{is: money, means: expected cost}}
  actual: {{is: money, means: actual cost}}
definitions:
  deadband: {band}% * target
  most: {cap}% * target
pools:
  - id: care
    held_by: commissioner
    gain:
      gate: {{at: deadband, then: {then}{bands_on}}}
      bands: [{{share: {{budget_holder: {rate}%}}}}]
      then: [{{cap: most, party: budget_holder}}]
    loss: {loss}
rest: commissioner
"""
SIZES = st.floats(500, 1e6)
BANDS = st.floats(0, 0.1)
SPREADS = st.builds(spread, st.floats(0.1, 10), st.sampled_from([(), (1.0,), (0.1, 0.3, 0.6)]), st.floats(0, 0.9))
SHARES = st.builds(Share, st.floats(0.05, 1), BANDS, st.booleans(), st.none() | st.floats(0.001, 0.2))


def paid_by_sheet(share: Share, variances: Array, *, two_sided: bool = False) -> Array:
    """What the same share pays as a term sheet, settled by its rows; in parts of the target."""
    then, bands_on = ("excess", ", bands_on: excess") if share.excess else ("all", "")
    cap = 100 if share.cap is None else share.cap * 100
    loss = "as gain" if two_sided else "{}"
    text = SHEET.format(band=share.band * 100, cap=cap, then=then, bands_on=bands_on, rate=share.rate * 100, loss=loss)
    compiled = compile_terms(parse_terms(text, "plain.yaml"))
    still = {
        name: np.array([float(v) for v in cells]).reshape(1, *compiled.model.shape(name))
        for name, cells in Settler(compiled).constants.items()
    }
    drawn = {
        f"plain.care.{fact}": values
        for fact, values in (("target", np.ones_like(variances)), ("actual", 1 - variances))
    }
    facts = {use.name: from_array(drawn[f"plain.care.{use.fact}"][None]) for use in compiled.facts}
    row = compiled.names("payment")["budget_holder"]
    return np.asarray(simulate(compiled.model, still, facts, len(variances), keep=[row])[row][0])


def close(drawn: Array, expected: float) -> None:
    """The mean of draws is within four standard errors of what is expected."""
    assert abs(drawn.mean() - expected) <= ERRORS * drawn.std() / sqrt(drawn.size)


def normal(sd: float, count: int = DRAWS) -> Array:
    return sd * np.random.default_rng(7).standard_normal(count)


SHAPES = (
    Share(0.5),
    Share(0.5, 0.01),
    Share(0.5, 0.02, excess=True),
    Share(0.5, 0.01, cap=0.007),
    Share(0.5, 0.01, cap=0.004),
    Share(0.4, 0.005, excess=True, cap=0.004),
)


@pytest.mark.parametrize("share", SHAPES)
def test_a_term_sheet_settled_on_normal_variances_pays_the_closed_form(share: Share) -> None:
    sd = 0.015
    paid = paid_by_sheet(share, normal(sd))
    mean, square = share.moments(sd)
    close(np.asarray(paid > 0, dtype=float), share.probability(sd))
    close(paid, mean)
    close(paid**2, square)


@pytest.mark.parametrize("share", SHAPES)
def test_luck_lasts_where_the_target_is_estimated_once(share: Share) -> None:
    """Fifteen years with the target's own error in each: upside-only, and two-sided."""
    luck, years, terms = Luck(0.012, 0.009), 15, 4_000
    rng = np.random.default_rng(3)
    variances = luck.yearly * rng.standard_normal((terms, years)) + luck.lasting * rng.standard_normal((terms, 1))
    told = outlook(share, luck, years)
    gains = paid_by_sheet(share, variances.ravel()).reshape(terms, years)
    net = paid_by_sheet(share, variances.ravel(), two_sided=True).reshape(terms, years)
    close(np.asarray((gains > 0).any(axis=1), dtype=float), told.at_least_one)
    close(gains.sum(axis=1), told.term_expected)
    close(net.sum(axis=1), 0)
    close((gains.sum(axis=1) - told.term_expected) ** 2, told.term_sd**2)
    close(net.sum(axis=1) ** 2, told.net_sd**2)


def test_a_share_by_hand() -> None:
    """cv 2 on 50,000 people: sd 0.8944%. At 1%: 1 - Phi(1.1180) = 13.18%; 0.5 * 0.8944% * phi(1.1180) = 0.0955%.

    With no dead band half of all years are paid: 0.5 * sd / sqrt(2 pi) = 0.1784%. Fifteen years that share no error
    miss a gain with 0.8682 ** 15 = 12.0%.
    """
    luck = spread(2.0).luck(50_000)
    assert luck.sd == approx(2 / sqrt(50_000)) and luck.lasting == 0
    found = outlook(Share(0.5, 0.01), luck, 15)
    assert found.probability == approx(0.1318, abs=5e-5)
    assert found.expected == approx(0.000955, abs=5e-7)
    assert found.at_least_one == approx(1 - (1 - found.probability) ** 15)
    assert found.term_expected == approx(15 * found.expected)
    assert Share(0.5).expected(luck.sd) == approx(0.5 * luck.sd / sqrt(2 * pi))
    assert Share(0.5).probability(luck.sd) == 0.5


def test_variance_that_falls_with_people_by_hand() -> None:
    """Weights 10, 30 and 60%: squares sum to 0.46. Half of a person's variance lasts: (1 - 0.5) * 2 ** 2 = 2 a head."""
    found = spread(2.0, (0.1, 0.3, 0.6), 0.5, 0.01)
    assert found.yearly_head == approx(2) and found.lasting_head == approx(0.92)
    assert found.floor == approx(0.01 * sqrt(1.46))
    assert found.luck(1e12).sd == approx(found.floor, rel=1e-4)


def test_nothing_uncertain_pays_nothing() -> None:
    still = outlook(Share(0.5, 0.0), Luck(0.0), 15)
    assert still == Outlook(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert Share(0.5, 0.01).expected(0.0, 0.03) == 0.015
    assert Share(0.5, 0.01, excess=True, cap=0.004).expected(0.0, 0.03) == 0.004


@given(SPREADS, SIZES, st.floats(1.01, 100), SHARES)
def test_a_larger_list_is_paid_less_for_luck(made: Spread, people: float, more: float, share: Share) -> None:
    small, large = made.luck(people).sd, made.luck(people * more).sd
    assert large < small
    assert share.probability(large) <= share.probability(small) <= 0.5
    assert share.expected(large) <= share.expected(small) + 1e-15


@given(SHARES, st.floats(1e-4, 0.1), st.floats(0, 0.05))
def test_a_larger_dead_band_pays_less_for_luck(share: Share, sd: float, more: float) -> None:
    wider = Share(share.rate, share.band + more, share.excess, share.cap)
    assert wider.probability(sd) <= share.probability(sd)
    assert wider.expected(sd) <= share.expected(sd) + 1e-15


@given(SHARES, st.floats(1e-4, 0.1), st.floats(-0.1, 0.1))
def test_what_is_paid_lies_between_nothing_and_the_cap(share: Share, sd: float, mean: float) -> None:
    paid, square = share.moments(sd, mean)
    most = share.cap if share.cap is not None else inf
    assert -1e-12 <= paid <= min(most, 1) * share.probability(sd, mean) + 1e-12
    assert square >= paid**2 - 1e-12


@given(SPREADS, SIZES, st.floats(0.001, 0.49))
def test_the_dead_band_of_a_size_and_the_size_of_a_dead_band(made: Spread, people: float, level: float) -> None:
    band = made.band(people, level)
    assert Share(0.5, band).probability(made.luck(people).sd) == approx(level)
    assert made.people(band, level) == approx(people, rel=1e-6)


def test_no_list_is_large_enough_where_shocks_alone_are_too_much() -> None:
    made = spread(2.0, shock=0.01)
    assert made.people(0.01 * beyond(0.05) * 0.999, 0.05) is None
    assert made.people(0.01 * beyond(0.05) * 1.01, 0.05) is not None


def test_more_behind_the_target_or_lasting_in_people_is_less_luck() -> None:
    one, three, right = (spread(2.0, w).luck(10_000).sd for w in ((1.0,), (1 / 3,) * 3, ()))
    assert one > three > right
    assert spread(2.0, (1.0,), 0.6).luck(10_000).sd < one


@pytest.mark.parametrize(("weights", "correlation"), [((), 0.0), ((0.2, 0.8), 0.4)])
def test_gamma_costs_need_nearly_the_dead_band_of_normal_ones(weights: tuple[float, ...], correlation: float) -> None:
    """At 50,000 people the mean of gamma costs is normal to within its error and a fiftieth."""
    made = spread(2.0, weights, correlation)
    found = simulated_band(2.0, 50_000, 0.05, weights=weights, correlation=correlation, draws=DRAWS)
    exact = made.band(50_000, 0.05)
    assert abs(found.value - exact) <= ERRORS * found.error + exact / 50
    assert 0 < found.error < exact / 20


def test_the_error_of_a_simulated_band_is_that_of_a_quantile() -> None:
    """sqrt(p (1 - p) / n) over the density: for 5% of 40,000, 0.00109 / phi(1.645) = 0.0106 deviations."""
    found = band_of(normal(1.0), 0.05)
    exact = sqrt(0.05 * 0.95 / DRAWS) / NORMAL.pdf(beyond(0.05))
    assert found.error == approx(exact, rel=0.2)
    assert abs(found.value - beyond(0.05)) <= ERRORS * exact


def test_common_shocks_are_drawn_once_for_everybody() -> None:
    rng = np.random.default_rng(1)
    drawn = drawn_variances(0.01, (), 0.02, 1e9, DRAWS, rng)
    assert drawn.std() == approx(0.02, rel=ERRORS / sqrt(2 * DRAWS))


# The published sliding scale


def test_one_cv_makes_every_row_of_the_published_scale() -> None:
    found = savings_scale.fit()
    assert found.agrees
    assert (round(found.low, 3), round(found.high, 3)) == (2.134, 2.137)
    for rate in found.rates:
        assert round(rate.rebuilt, 3) == rate.published
    chances = {r.people: r.chance for r in found.rates}
    assert [round(chances[n], 2) for n in (500, 5_000, 20_000, 50_000)] == [0.10, 0.10, 0.05, 0.01]


def no_cv(monkeypatch: pytest.MonkeyPatch, levels: dict[int, float]) -> bool:
    monkeypatch.setattr(savings_scale, "LEVELS", levels)
    return not savings_scale.fit().agrees


@pytest.mark.parametrize(
    "levels",
    [{5_000: 0.95, 20_000: 0.975, 50_000: 0.995}, *({5_000: level} for level in (0.9, 0.95, 0.99))],
    ids=["two-sided", "90%", "95%", "99%"],
)
def test_no_other_reading_of_the_levels_has_such_a_cv(
    monkeypatch: pytest.MonkeyPatch, levels: dict[int, float]
) -> None:
    assert no_cv(monkeypatch, levels)


def test_common_shocks_are_not_in_the_scale() -> None:
    """With 0.14% of cost and any cv, some row is no longer as printed; with 0.12% one cv still makes them all."""
    steps = np.linspace(2.0, 2.2, 401)

    def makes_all(cv: float, shock: float) -> bool:
        rows = savings_scale.KNOTS.items()
        return all(
            abs(savings_scale.deviations(n) * sqrt(cv**2 / n + shock**2) - rate) <= savings_scale.PRINTED
            for n, rate in rows
        )

    assert any(makes_all(cv, 0.0012) for cv in steps)
    assert not any(makes_all(cv, 0.0014) for cv in steps)


def test_another_study_comes_to_the_same_chances() -> None:
    """DeLia, Hoover and Cantor (2012): 2% both ways, 5,000 people 0.24 and 0.26, 50,000 people 0.02 and 0.02."""
    sd = spread(savings_scale.fit().cv).luck
    assert round(Share(0.5, 0.02).probability(sd(5_000).sd), 2) == round((0.24 + 0.26) / 2, 2)
    assert round(Share(0.5, 0.02).probability(sd(50_000).sd), 2) == 0.02


def test_the_scale_is_the_one_of_the_shipped_term_sheet() -> None:
    table = load_terms(shipped_terms()["mssp-track-1"]).sheet.definitions["table_rate"]
    assert isinstance(table, Interpolate)
    points = {float(x): float(y.value) for x, y in table.points.items()}
    assert len(points) == 25
    for people, rate in points.items():
        assert abs(savings_scale.published(people) - rate) < 1e-4, people
    assert savings_scale.published(7_500) == approx(0.033)
    assert savings_scale.published(100) == 0.122 and savings_scale.published(1e6) == 0.02


def results_of(year: int) -> tuple[Array, Array]:
    """People assigned, and the variance as a part of the target, of every organisation of a year."""
    with (oracle_folder() / f"mssp_py{year}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    people = np.array([float(r["n_assigned"]) for r in rows])
    return people, np.array([float(r["bench_minus_exp"]) / float(r["benchmark_total"]) for r in rows])


def test_real_results_spread_more_than_the_scale_allows_for_luck() -> None:
    people, variance = results_of(2014)
    rates = np.array([savings_scale.published(n) for n in people])
    luck = savings_scale.fit().cv / np.sqrt(people)
    by_luck = np.mean([NORMAL.cdf(-rate / sd) for rate, sd in zip(rates, luck, strict=True)])
    assert (len(people), round(float((variance <= -rates).mean()), 2), round(float(by_luck), 2)) == (333, 0.20, 0.07)
    assert (int((people >= 20_000).sum()), round(float(variance[people >= 20_000].std()), 3)) == (75, 0.031)
    for year in (2014, 2016, 2018, 2022):
        people, variance = results_of(year)
        large = people >= 20_000
        least = savings_scale.fit().cv * sqrt(np.mean(1 / people[large]))
        assert 0.011 < least < 0.0125
        assert 0.031 < variance[large].std() < 0.037


@pytest.mark.skipif(not RULES.exists(), reason="the rules are not beside this checkout")
def test_the_scale_is_the_one_of_the_rules() -> None:
    rows = re.findall(r"([\d,]+)–([\d,]+) \| ([\d.]+) → ([\d.]+)%", RULES.read_text(encoding="utf-8"))
    assert len(rows) >= 10
    for low, high, first, last in rows:
        a, b = (float(n.replace(",", "")) for n in (low, high))
        assert savings_scale.published(a) == approx(float(first) / 100)
        assert savings_scale.published(b + 1) == approx(float(last) / 100)


# A scenario's own share


@cache
def of(path: Path, *settings: str) -> Run:
    return run(path, settings=settings)


@cache
def scheme_of(path: Path, *settings: str) -> Scheme:
    return scheme(of(path, *settings))


def test_luck_of_a_scheme_by_hand() -> None:
    """26,000 admissions, one line: with phi 1.5 and a casemix of 1, sqrt(2.5 / 26000) = 0.981% a year, and as much for
    the reference year. Over four years of counts the second is half. A cost a head: 0.981% * sqrt(306000) = 5.42."""
    found = scheme_of(PLACE)
    assert found.people == 306_000 and found.settled == tuple(range(1, 10))
    luck = found.luck(Counts(1.5, 1.0))
    assert luck.yearly == approx(sqrt(2.5 / 26_000)) and luck.lasting == approx(luck.yearly)
    assert found.luck(Counts(1.5, 1.0, baseline_years=4)).lasting == approx(luck.yearly / 2)
    assert found.luck(Counts(1.5, 1.0, baseline_years=0)).lasting == 0
    assert found.spread(Counts(1.5, 1.0)).yearly_head == approx(5.42**2, rel=2e-3)
    assert found.luck(Counts(1.0, shock=0.01, baseline_years=0)).yearly == approx(sqrt(1 / 26_000 + 0.0001))


def test_luck_of_two_lines_by_hand() -> None:
    """Dudley's admissions cost £2,513.41 and attendances £154.157: sum of p^2 a over C^2, at phi 1."""
    found = scheme_of(DUDLEY)
    cost, units = found.cost[0], found.units[0]
    assert list(np.round(units)) == [22_531, 138_300]
    expected = sum(c**2 / a for c, a in zip(cost, units, strict=True)) / cost.sum() ** 2
    assert found.luck(Counts(1.0)).yearly == approx(sqrt(expected)) == approx(0.004895, abs=1e-6)


@given(st.floats(1, 50), st.floats(0, 3), st.floats(0.01, 5))
def test_more_overdispersion_is_more_luck(phi: float, casemix: float, more: float) -> None:
    found = scheme_of(PLACE)
    assert found.luck(Counts(phi + more, casemix)).sd > found.luck(Counts(phi, casemix)).sd
    assert found.luck(Counts(phi, casemix + more)).sd > found.luck(Counts(phi, casemix)).sd


DRAWN = (
    Counts(1.0),
    Counts(4.0),
    Counts((2.0, 5.0), 1.5),
    Counts(1.0, shock=0.01, baseline_years=4),
    Counts(3.0, 1.0, 0.002, 3),
)


@pytest.mark.parametrize("counts", DRAWN)
def test_drawn_factors_have_the_variance_asked_and_no_bias(counts: Counts) -> None:
    found, draws = scheme_of(DUDLEY), 20_000
    year, base = factors(found, counts, 1.0, draws, 5)
    for drawn, units, years in ((year[3], found.units[3], 1), (base, found.reference, counts.baseline_years)):
        for k, values in enumerate(drawn):
            sd = sqrt((counts.per_unit(2)[k] / units[k] + counts.shock**2) / years)
            assert abs(values.mean() - 1) <= ERRORS * sd / sqrt(draws)
            assert values.std() == approx(sd, rel=ERRORS / sqrt(2 * draws))
    assert abs(np.corrcoef(year[3, 0], year[4, 0])[0, 1]) <= ERRORS / sqrt(draws)


def test_a_draw_is_settled_as_it_was_drawn() -> None:
    """The variance of the first year is what the factors make of the lines: dear past years raise the target."""
    found, counts = scheme_of(DUDLEY), Counts(2.0, 1.0, 0.01)
    year, base = factors(found, counts, 1.0, 1_000, 6)
    drawn = draw(found, counts, people=found.people, draws=1_000, seed=6)
    assert drawn.variance == approx(1 - (found.cost[0] @ year[0]) / (found.cost[0] @ base), abs=1e-12)


@pytest.mark.parametrize("path", [PLACE, DUDLEY], ids=["place", "dudley"])
def test_the_variance_that_is_drawn_is_the_one_derived(path: Path) -> None:
    found, counts, draws = scheme_of(path), Counts(3.0, 1.0), 10_000
    drawn = draw(found, counts, people=found.people, draws=draws, seed=2)
    sd = found.luck(counts).sd
    assert drawn.variance.std() == approx(sd, rel=ERRORS / sqrt(2 * draws) + sd)
    simulated, closed = needed(drawn, 0.1), found.spread(counts).band(found.people, 0.1)
    assert abs(simulated.value - closed) <= ERRORS * simulated.error + closed * sd


@pytest.mark.parametrize("part", [1.0, 0.25])
def test_a_symmetric_contract_pays_luck_back_and_its_gains_are_the_closed_form(part: float) -> None:
    """Dudley's illustrative share: half of every variance both ways, to 2.5% of cost, which luck does not reach here.

    Its activity grows, so that later years have less luck of their own beside that of the target: the probability of
    at least one gain lies between those of a term of last years and a term of first years.
    """
    found, counts, draws = scheme_of(DUDLEY), Counts(1.0), 20_000
    people = found.people * part
    drawn = draw(found, counts, people=people, draws=draws, seed=4)
    told = settled(found, drawn, people=people, band=None)
    assert abs(told.net.value) <= ERRORS * told.net.error
    assert abs(told.probability.value - 0.5) <= ERRORS * told.probability.error
    luck = found.spread(counts).luck(people)
    first = np.maximum(drawn.paid[0], 0)
    cost = found.cost[0].sum() * part
    assert abs(first.mean() - Share(0.5, cap=0.025).expected(luck.sd) * cost) <= (
        ERRORS * first.std() / sqrt(draws) + luck.sd**2 * cost
    )
    grown = Luck(luck.yearly * sqrt(found.units[0].sum() / found.units[-1].sum()), luck.lasting)
    least, most = (outlook(Share(0.5), by, 15).at_least_one for by in (grown, luck))
    assert least - 0.01 < told.at_least_one.value < most
    assert told.gains_of_target == approx(told.gains.value / (found.cost.sum() * part))


def test_an_upside_only_year_keeps_what_luck_pays() -> None:
    """The place settles nothing in its first year, gains in its second and both ways from its third."""
    found = scheme_of(PLACE)
    drawn = draw(found, Counts(2.0), people=found.people, draws=4_000, seed=1)
    assert not drawn.paid[0].any()
    assert drawn.paid[1].min() >= 0 and drawn.paid[1].max() > 0
    assert drawn.paid[2].min() < 0


def test_dead_bands_and_sizes_are_monotone_in_a_scheme() -> None:
    bands = [scheme_of(PLACE, *with_band(of(PLACE).loaded.terms, b)) for b in (0.0, 0.01, 0.02)]
    counts = Counts(2.0)

    def paid(found: Scheme, people: float, counts: Counts = counts) -> tuple[float, float]:
        told = settled(found, draw(found, counts, people=people, draws=3_000, seed=1), people=people, band=None)
        return told.probability.value, told.gains_of_target

    by_band = [paid(found, 306_000) for found in bands]
    assert by_band == sorted(by_band, reverse=True) and by_band[0] > by_band[-1]
    by_size = [paid(bands[1], n) for n in (100_000, 306_000, 1_000_000)]
    assert by_size == sorted(by_size, reverse=True) and by_size[0] > by_size[-1]
    by_phi = [paid(bands[1], 306_000, Counts(phi)) for phi in (1.0, 2.0, 5.0)]
    assert by_phi == sorted(by_phi) and by_phi[0] < by_phi[-1]


def test_a_dead_band_is_put_where_the_sheet_has_one() -> None:
    terms = of(PLACE).loaded.terms
    assert dead_bands(terms) == {"gain_loss": ("deadband",)}
    assert with_band(terms, 0.0125) == ("terms.gain_loss.define={deadband: 1.25% * target}",)
    as_written, again = scheme_of(PLACE), scheme_of(PLACE, *with_band(terms, 0.005))
    counts = Counts(2.0)
    one, other = (draw(f, counts, people=306_000, draws=1_000, seed=1).paid for f in (as_written, again))
    assert np.array_equal(one, other)
    assert dead_bands(of(DUDLEY).loaded.terms) == {}
    without = of(FIXTURES["terms"]).loaded.terms
    assert scheme_of(FIXTURES["terms"], *with_band(without, 0.01)).settled


def test_a_line_keeps_its_draws_whatever_the_others_do() -> None:
    found = scheme_of(DUDLEY)
    one, other = (factors(found, Counts(phis), 1.0, 2_000, 1)[0] for phis in ((2.0, 2.0), (2.0, 9.0)))
    assert np.array_equal(one[:, 0], other[:, 0]) and not np.array_equal(one[:, 1], other[:, 1])


def test_the_same_seed_is_the_same_draw_and_another_is_not() -> None:
    found, counts = scheme_of(PLACE), Counts(2.0)
    one, again, other = (draw(found, counts, people=306_000, draws=1_000, seed=s).paid for s in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


@pytest.mark.parametrize(
    "fixture", ["programmes", "rebase", "hospitals", "practices", "non-members", "measures", "terms"]
)
def test_without_change_no_variance_is_left(fixture: str) -> None:
    assert abs(scheme_of(FIXTURES[fixture]).neutral.series("total_variance")).max() < 0.01


def test_programmes_and_growth_that_was_not_expected_are_no_luck() -> None:
    """The place expects 1.5% and grows by 1.4%, and its programmes avoid admissions: the variance has neither."""
    assert abs(of(PLACE).results.series("total_variance")).max() > 1e5
    assert abs(scheme_of(PLACE).neutral.series("total_variance")).max() < 0.01
    assert other_baselines(of(PLACE)) == ()


def test_a_line_with_another_baseline_is_held_against_its_trend() -> None:
    fixture = FIXTURES["share-baselines"]
    found = of(fixture)
    assert other_baselines(found)
    assert abs(scheme_of(fixture).neutral.series("total_variance")).max() < 0.01


def test_a_list_too_small_to_say_anything_is_refused() -> None:
    with pytest.raises(ChanceError, match="too few"):
        draw(scheme_of(PLACE), Counts(1.5), people=100, draws=1_000, seed=1)


def test_more_draws_than_are_held_are_refused() -> None:
    with pytest.raises(ChanceError, match="at most 1,000,000 draws"):
        draw(scheme_of(DUDLEY), Counts(1.5), people=315_000, draws=2_000_000, seed=1)


# The command

PLAIN = ("chance", "--people", "5000,10000,60000", "--cv", "2.0", "--share", "50%", "--dead-band", "0%,1%,2%")
OWN = ("chance", PLACE, "--overdispersion", "1.5", "--draws", "1000")


def test_the_command_on_a_plain_share(cli: Cli) -> None:
    told = cli(*PLAIN, "--draws", "1000")
    assert told.code == 0 and "Two-sided" in told.out and "cv of one person's cost" in told.out
    document = json.loads(cli(*PLAIN, "--json", "--draws", "1000", "--cost-per-head", "£2,000").out)
    assert document["schema_version"] == 1 and len(document["cells"]) == 9
    cell = document["cells"][1]
    assert cell["probability"] == approx(1 - NORMAL.cdf(0.01 / (2 / sqrt(5_000))))
    assert cell["expected_pounds"] == approx(cell["expected"] * 10_000_000)


def test_the_command_on_a_scenario(cli: Cli) -> None:
    told = cli(*OWN, "--dead-band", "0.5%,2%")
    assert told.code == 0 and "as written" in told.out and "Were counts independent" in told.out
    document = json.loads(cli(*OWN, "--json").out)
    assert document["lines"] == ["other_emergency"] and document["luck"]["cv_per_head"] == approx(4.2017, abs=1e-3)
    assert len(document["settled"][0]["by_year"]) == 10
    assert "no dead band of its own" in cli("chance", DUDLEY, "--overdispersion", "1", "--draws", "1000").out.lower()


def test_a_scenario_may_say_how_its_counts_vary(cli: Cli) -> None:
    told = cli(
        "chance", PLACE, "--set", "uncertainty={activity_counts: {other_emergency: 1.5}}", "--draws", "1000", "--json"
    )
    given = cli(*OWN, "--json")
    assert json.loads(told.out) == json.loads(given.out)
    assert json.loads(told.out)["assumed"]["overdispersion"] == {"other_emergency": 1.5}


def test_the_command_as_csv(cli: Cli) -> None:
    lines = cli(*OWN, "--dead-band", "1%", "--csv").out.splitlines()
    assert len(lines) == 3 and lines[0].startswith("people,dead_band,probability,probability_error")
    assert lines[1].startswith("306000.0,as written,") and lines[2].startswith("306000.0,0.01,")


@pytest.mark.parametrize("width", [80, 120])
def test_every_answer_fits_the_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for command in (("chance", "--published-scale"), (*PLAIN, "--draws", "1000", "--cost-per-head", "£1,500"), OWN):
        told = cli(*command)
        assert told.code == 0 and "…" not in told.out
        assert max(map(len, told.out.splitlines())) <= width


def test_the_published_scale_is_shown_with_what_it_rests_on(cli: Cli) -> None:
    told = cli("chance", "--published-scale").out
    assert "2.134 to 2.137" in told and "not read at source" in told.replace("\n", " ")
    assert json.loads(cli("chance", "--published-scale", "--json").out)["agrees"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("chance",), 2, "needs --people, --cv, --share and --dead-band"),
        (("chance", PLACE), 3, "how counts of other_emergency vary is not known"),
        (("chance", PLACE, "--overdispersion", "0.5"), 2, "from 1 to 1000"),
        (("chance", PLACE, "--overdispersion", "nan"), 2, "from 1 to 1000"),
        (("chance", PLACE, "--overdispersion", "1", "--cv", "2"), 2, "--cv is for a share without a scenario"),
        ((*PLAIN, "--overdispersion", "2"), 2, "--overdispersion is for a scenario"),
        ((*PLAIN, "--level", "60%"), 2, "below 50%"),
        ((*PLAIN, "--shock", "3"), 2, "ambiguous as a rate"),
        ((*PLAIN, "--baseline-weights", "50%,40%"), 2, "add up to 100%"),
        (("chance", "--published-scale", "--cv", "2"), 2, "takes no other figure"),
        (("chance", "--people", "315,000", "--cv", "2", "--share", "5%", "--dead-band", "1%"), 2, "100 and more"),
        (("chance", DUDLEY, "--overdispersion", "1", "--dead-band", "1%"), 3, "no gain has a gate"),
        (("chance", PLACE, "--overdispersion", "1", "--people", "200"), 3, "too few to share"),
    ],
)
def test_what_cannot_be_answered_is_said(cli: Cli, arguments: tuple[object, ...], code: int, said: str) -> None:
    told = cli(*arguments)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
