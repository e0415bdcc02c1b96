"""The value of information: closed forms for normal worths within four standard errors, and laws that hold to the
last digit: no group is worth more than everything, and what changes no decision is worth nothing."""

from __future__ import annotations

from functools import reduce
from math import erf, exp, pi, sin, sqrt
from operator import add

import numpy as np
import pytest
from drawn_models import ANSWER, job_of
from futures import SCENARIOS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pytest import approx
from tools import examples

from mcp_finance.analysis.futures.drawn import BY_CHANCE
from mcp_finance.analysis.futures.simulate import Job, prepared
from mcp_finance.analysis.measure import measure
from mcp_finance.analysis.run import run
from mcp_finance.analysis.sensitivity.information import (
    FEWEST,
    MOST_COLUMNS,
    NOT_SIGNED,
    Information,
    Value,
    columns,
    decided,
    information,
    partial,
)
from mcp_finance.rows.draws import simulate
from mcp_finance.rows.expr import ref
from mcp_finance.sampling.distributions import Normal

MANY = 65_536
UNIT = Normal(0.0, 1.0)


def loss(mean: float, sd: float) -> float:
    """What an option of normal worth gains by being taken only where it is above nil: E max(w, 0) - max(E w, 0)."""
    z = abs(mean) / sd
    return sd * (exp(-z * z / 2) / sqrt(2 * pi) - z * (1 - erf(z / sqrt(2))) / 2)


def close(found: Value, expected: float, *, slack: float = 0.0) -> None:
    assert abs(found.value - expected) <= 4 * found.error + slack, found


def value(found: Information, name: str) -> Value:
    return next(v for v in found.values if v.name == name)


@pytest.mark.parametrize("mean", [-2.0, 0.0, 1.5])
def test_a_sum_of_normals_signed_or_not(mean: float):
    """Worth a + b + c, sd 3, 1 and 0 about a mean: all together sqrt(10), each alone its own sd (Raiffa, Schlaifer)."""
    drawn = {"a": Normal(mean, 3.0), "b": Normal(0.0, 1.0), "c": Normal(0.0, 0.0)}
    found = information({"sign": job_of(reduce(add, map(ref, "abc")), drawn)}, ANSWER, MANY)
    assert found.chosen == ("sign" if found.options[0].mean > 0 else NOT_SIGNED)
    if mean:
        close(found.perfect, loss(mean, sqrt(10)))
        close(value(found, "a"), loss(mean, 3.0))
        close(value(found, "b"), loss(mean, 1.0), slack=0.002)
    else:  # whichever is chosen by chance is worth a little more than nil in these draws, by its own error
        close(found.perfect, loss(0.0, sqrt(10)), slack=4 * found.options[0].error)
        close(value(found, "a"), loss(0.0, 3.0), slack=4 * found.options[0].error)
    assert value(found, "c").value == 0
    assert found.perfect.error < 0.02 * max(1.0, found.perfect.value)


def test_a_worth_that_bends_is_seen_by_the_regression():
    """a^2 - 2: signed where |a| > sqrt 2. E max = 2 (phi(r) r + Q(r)) - 4 Q(r) with r = sqrt 2; the mean is -1."""
    r = sqrt(2)
    beyond, height = (1 - erf(r / sqrt(2))) / 2, exp(-r * r / 2) / sqrt(2 * pi)
    expected = 2 * (r * height + beyond) - 4 * beyond
    job = job_of(ref("a") * ref("a") - ref("two") + ref("b"), {"a": UNIT, "b": Normal(0, 0.01)}, fixed={"two": 2.0})
    found = information({"sign": job}, ANSWER, MANY)
    close(value(found, "a"), expected)
    assert value(found, "a").value >= 0.995 * found.perfect.value


def test_two_offers_are_seen_in_the_same_futures():
    """a + b against a: the second is better by -b, whatever a; the mean of a is so high that one is always signed."""
    drawn = {"a": Normal(50.0, 1.0), "b": Normal(0.5, 1.0)}
    jobs = {"with b": job_of(ref("a") + ref("b"), drawn), "without": job_of(ref("a") + 0 * ref("b"), drawn)}
    found = information(jobs, ANSWER, MANY)
    assert found.chosen == "with b"
    close(found.perfect, loss(0.5, 1.0))
    close(value(found, "b"), loss(0.5, 1.0))
    assert value(found, "a").value <= 4 * value(found, "a").error + 0.001
    assert [o.best for o in found.options] == approx([0.691, 0.309, 0.0], abs=0.01)


def test_what_changes_no_decision_is_worth_nothing():
    found = information({"sign": job_of(ref("a"), {"a": Normal(100.0, 1.0)})}, ANSWER, FEWEST)
    assert (found.perfect.value, found.perfect.error) == (0.0, 0.0)
    assert found.values == (Value("a", 0.0, 0.0),)


def test_many_columns_are_fitted_by_their_squares():
    """Twelve yearly amounts of sd 1 in a sum: knowing the source is knowing everything, a loss of sd sqrt 12."""
    years, yearly = 12, ref("a")
    job = job_of(yearly, {"a": UNIT}, years=years, timing="yearly")
    whole = type(ANSWER)("answer", None, "the answer", "GBP")
    found = information({"sign": job}, whole, MANY // 4)
    close(value(found, "a"), loss(0.0, sqrt(years)), slack=4 * found.options[0].error)
    assert value(found, "a").value >= 0.98 * found.perfect.value


def test_many_columns_that_bend_are_seen():
    """Five yearly squares less 1: the straight part is nothing, the squares are everything."""
    job = job_of(ref("a") * ref("a") - 1, {"a": UNIT}, years=5, timing="yearly")
    whole = type(ANSWER)("answer", None, "the answer", "GBP")
    found = information({"sign": job}, whole, MANY // 4)
    assert value(found, "a").value >= 0.98 * found.perfect.value > 0.5


matrices = arrays(np.float64, (3, 256), elements=st.floats(-1e9, 1e9, width=32))


@given(
    matrices, arrays(np.float64, st.tuples(st.integers(1, 6), st.just(256)), elements=st.floats(-1e6, 1e6, width=32))
)
@settings(max_examples=examples(60))
def test_no_group_is_worth_more_than_everything(worth: np.ndarray, known: np.ndarray):
    chosen = int(worth.mean(axis=1).argmax())
    gains = partial(worth, chosen, known)
    assert (gains <= worth.max(axis=0) - worth[chosen]).all()
    found = decided(ANSWER, ("a", "b", "c"), worth, {"known": known})
    assert 0 <= found.values[0].value <= found.perfect.value
    assert sum(o.best for o in found.options) == approx(1)


@given(matrices, st.floats(-1e6, 1e6, width=32))
@settings(max_examples=examples(24))
def test_a_sum_paid_under_every_option_changes_no_value(worth: np.ndarray, more: float):
    a, b = (decided(ANSWER, "abc", w, {"known": worth[:1]}).perfect for w in (worth, worth + more))
    assert a.value == approx(b.value, rel=1e-6, abs=1e-6 * (np.abs(worth).max() + abs(more) + 1))


@pytest.fixture(scope="module")
def contract() -> Job:
    return prepared(run(SCENARIOS / "uncertain.yaml"), keep=["budget_holder.result", "tariff_index"])


def test_columns_are_what_the_draws_act_with():
    """Two years of one input: kept beside the answer, it is the columns to the last bit."""
    job = job_of(ref("a"), {"a": UNIT}, years=2, timing="walk")
    kept = simulate(job.model, job.values, job.futures, 2048, keep=["a"])["a"]
    assert np.array_equal(columns(job.futures, 2048)["a"], kept)
    assert kept[1].std() == approx(sqrt(2), rel=0.1)


def test_columns_of_a_contract(contract: Job):
    """Draws for the whole term have a column a target, yearly ones one a year, and chance one a line and year."""
    found = columns(contract.futures, 1024)
    lines, years = 6, 4
    shapes = {name: len(values) for name, values in found.items()}
    targets = {s.name: len(s.targets) for s in contract.futures.uncertain.sources}
    assert shapes == {
        "demand": targets["demand"],
        "prices": years,
        "funding": years,
        "cost": years,
        "list": targets["list"],
        "effect": 1,
        "delay": 1,
        BY_CHANCE: 2 * years,
    }
    assert targets["demand"] >= lines
    assert found[BY_CHANCE].mean() == approx(1, abs=0.01)


def test_too_many_columns_become_averages_over_the_years():
    years = MOST_COLUMNS + 1
    job = job_of(ref("a"), {"a": UNIT}, years=years, timing="yearly")
    (average,) = columns(job.futures, 4096)["a"]
    assert average.std() == approx(1 / sqrt(years), rel=0.05)


def test_a_contract_decided_by_what_the_commissioner_gains():
    """The commissioner's change against do-nothing: chance can be known by nobody, and says so."""
    base = run(SCENARIOS / "uncertain.yaml")
    asked = measure(base, "commissioner.change_to_date")
    found = information({"sign": prepared(base, keep=[asked.row])}, asked, FEWEST, workers=2)
    assert {v.name for v in found.values} == {
        *("demand", "prices", "funding", "cost", "list", "effect", "delay"),
        *("prices and funding, together", "effect and delay, together", BY_CHANCE),
    }
    assert all(v.value <= found.perfect.value for v in found.values)
    assert [v.name for v in found.values if not v.learnable] == [BY_CHANCE]


def test_correlated_sources_tell_of_each_other_and_are_worth_more_together():
    """a + b of sd 1 with a rank correlation of 50%, r = 2 sin(pi/12) between them.

    Given a the average is (1 + r) a; both together are everything, of sd sqrt(2 + 2 r).
    """
    r = 2 * sin(pi / 12)
    job = job_of(ref("a") + ref("b"), {"a": Normal(0.5, 1.0), "b": UNIT}, {("a", "b"): 0.5})
    found = information({"sign": job}, ANSWER, MANY)
    close(value(found, "a"), loss(0.5, 1 + r))
    close(value(found, "b"), loss(0.5, 1 + r))
    close(value(found, "a and b, together"), loss(0.5, sqrt(2 + 2 * r)))


def test_too_few_draws_are_refused():
    with pytest.raises(ValueError, match="2,048 to 1,000,000"):
        information({"sign": job_of(ref("a"), {"a": UNIT})}, ANSWER, 100)
