"""Sobol' indices: those of functions whose indices are known in closed form, within four standard errors, which are
themselves what they say; groups that hang together; and the same numbers for any number of workers."""

from __future__ import annotations

from functools import reduce
from math import pi, sin, sqrt
from operator import add, mul

import numpy as np
import pytest
from drawn_models import ANSWER, job_of
from futures import SCENARIOS
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from tools import examples

from mcp_finance.analysis.futures.drawn import BY_CHANCE, Futures
from mcp_finance.analysis.futures.simulate import Job, prepared
from mcp_finance.analysis.measure import measure
from mcp_finance.analysis.run import run
from mcp_finance.analysis.sensitivity.sobol import FEWEST, Sobol, groups, sobol
from mcp_finance.rows.expr import Expr, ref, size
from mcp_finance.sampling.distributions import Normal, Uniform
from mcp_finance.scenario.uncertain import Uncertain

MANY = 16_384
UNIT = Normal(0.0, 1.0)


def indices(job: Job, draws: int = MANY) -> Sobol:
    (found,) = sobol(job, [ANSWER], draws)
    return found


def within_four_errors(found: Sobol, expected: dict[str, tuple[float, float]]) -> None:
    """First-order and total index of every group, by its title."""
    assert {i.group.title for i in found.indices} == set(expected)
    for i in found.indices:
        first, total = expected[i.group.title]
        assert abs(i.first - first) <= 4 * i.first_error + 1e-12, i
        assert abs(i.total - total) <= 4 * i.total_error + 1e-12, i


def test_a_sum_of_normals_has_its_shares_of_the_variance():
    """3a + 4b + 0c: variances 9 and 16 of 25, each alone and in all."""
    drawn = {"a": Normal(0.0, 3.0), "b": Normal(0.0, 4.0), "c": UNIT}
    found = indices(job_of(ref("a") + ref("b") + 0 * ref("c"), drawn))
    within_four_errors(found, {"a": (0.36, 0.36), "b": (0.64, 0.64), "c": (0.0, 0.0)})
    assert found.variance == approx(25, rel=0.03)
    assert abs(found.alone - 1) <= 4 * found.alone_error
    assert max(i.total_error for i in found.indices) < 0.02


def test_a_product_of_normals_is_all_interaction():
    """a b with means of nil: knowing one alone tells nothing of the average, leaving one open leaves all open."""
    found = indices(job_of(ref("a") * ref("b"), dict.fromkeys("ab", UNIT)))
    within_four_errors(found, {"a": (0.0, 1.0), "b": (0.0, 1.0)})
    assert abs(found.alone) <= 4 * found.alone_error


def test_the_g_function_of_sobol():
    """The product of (|z| + w) / (1 + w), z = 4x - 2 uniform from -2 to 2 (Saltelli et al. 2010, section 4).

    Alone V = 1 / (3 (1 + w)^2), all together the product of 1 + V less 1, in all V times the product of the others.
    """
    weights = {"a": 0.0, "b": 1.0, "c": 4.5, "d": 9.0}
    terms: list[Expr] = [(size(ref(n)) + ref(f"w_{n}")) / (1 + ref(f"w_{n}")) for n in weights]
    fixed = {f"w_{n}": w for n, w in weights.items()}
    own = {n: 1 / (3 * (1 + w) ** 2) for n, w in weights.items()}
    whole = float(np.prod([1 + v for v in own.values()]) - 1)
    expected = {n: (v / whole, v * (whole + 1) / (1 + v) / whole) for n, v in own.items()}
    found = indices(job_of(reduce(mul, terms), dict.fromkeys(weights, Uniform(-2.0, 2.0)), fixed=fixed))
    within_four_errors(found, expected)
    assert [i.group.title for i in found.indices][:2] == ["a", "b"]
    assert abs(found.alone - sum(first for first, _ in expected.values())) <= 4 * found.alone_error
    assert found.alone < 1


def test_a_function_that_turns_and_interacts():
    """Ishigami's in kind: a + 2 b^2 + c^2 a, all uniform from -1 to 1.

    E(y | a) = a (1 + 1/3), variance 16/27; of b: 4 x 4/45; of a and c together: variance of a (c^2 - 1/3), 4/135.
    """
    a, b, c = ref("a"), ref("b"), ref("c")
    found = indices(job_of(a + b * b + b * b + c * c * a, dict.fromkeys("abc", Uniform(-1.0, 1.0))))
    of_a, of_b, both = 16 / 27, 16 / 45, 4 / 135
    whole = of_a + of_b + both
    within_four_errors(
        found, {"a": (of_a / whole, (of_a + both) / whole), "b": (of_b / whole,) * 2, "c": (0.0, both / whole)}
    )


def test_correlated_sources_are_one_group():
    """a + b + c, a and b with a rank correlation of 50%: 2 sin(pi/12) between normals, so together 2 + 4 sin(pi/12)."""
    job = job_of(ref("a") + ref("b") + ref("c"), dict.fromkeys("abc", UNIT), {("a", "b"): 0.5})
    together = 2 + 4 * sin(pi / 12)
    found = indices(job)
    share = together / (together + 1)
    within_four_errors(found, {"a and b": (share, share), "c": (1 - share, 1 - share)})


def test_a_chain_of_correlations_is_one_group_in_the_order_of_the_file():
    drawn = dict.fromkeys("abcdef", UNIT)
    job = job_of(ref("a"), drawn, {("a", "f"): 0.5, ("b", "d"): 0.2, ("d", "f"): 0.3})
    assert [g.names for g in groups(job.futures.uncertain)] == [("a", "b", "d", "f"), ("c",), ("e",)]


def test_an_outcome_that_does_not_vary_has_no_indices():
    found = indices(job_of(ref("a") + ref("five"), {"a": Normal(2.0, 0.0)}, fixed={"five": 5.0}), FEWEST)
    assert found == Sobol(ANSWER, FEWEST, approx(7.0), 0.0, ())


@pytest.mark.parametrize(("sd", "seeds"), [(1.0, 60), (0.1, 240)])
def test_standard_errors_are_what_they_say(sd: float, seeds: int):
    """Over many seeds the spread of an estimate is its error, as far as a spread of so many is known, four times over.

    With a small sd of b nearly all variance is a's: the ratio is then known better than what it is a ratio of.
    """
    expr, drawn = ref("a") + ref("b") * (1 + ref("a")), {"a": UNIT, "b": Normal(0.0, sd)}
    every = [indices(job_of(expr, drawn, seed=seed), FEWEST).indices for seed in range(seeds)]
    for pick, error in (("first", "first_error"), ("total", "total_error")):
        for title in "ab":
            mine = [next(i for i in found if i.group.title == title) for found in every]
            spread = float(np.std([getattr(i, pick) for i in mine], ddof=1))
            said = float(np.mean([getattr(i, error) for i in mine]))
            assert spread == approx(said, rel=4 / sqrt(2 * seeds)), (pick, title)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(any))
@settings(max_examples=examples(24))
def test_additive_outcomes_have_equal_indices_that_sum_to_one(weights: list[int]):
    names = "abcd"[: len(weights)]
    drawn = {n: Normal(1.0, w) for n, w in zip(names, weights, strict=True)}
    found = indices(job_of(reduce(add, map(ref, names)), drawn), 2 * FEWEST)
    squares = sum(w * w for w in weights)
    shares = [(i, weights[names.index(i.group.title)] ** 2 / squares) for i in found.indices]
    assert all(abs(i.total - share) <= 4 * i.total_error + 1e-9 for i, share in shares)
    assert abs(found.alone - 1) <= 4 * found.alone_error + 1e-9


@pytest.fixture(scope="module")
def contract() -> Job:
    return prepared(run(SCENARIOS / "uncertain.yaml"), keep=["budget_holder.result", "hospital.result"])


def test_groups_of_a_contract(contract: Job):
    """Prices and funding are correlated, so are effect and delay; chance in counts is a group of its own."""
    found = [g.names for g in groups(contract.futures.uncertain)]
    assert found == [("demand",), ("prices", "funding"), ("cost",), ("list",), ("effect", "delay"), (BY_CHANCE,)]


def test_a_contract_whose_indices_do_not_depend_on_workers(contract: Job):
    base = run(SCENARIOS / "uncertain.yaml")
    asked = [measure(base, "budget_holder.result"), measure(base, "hospital.result", "2020/21")]
    one, two = (sobol(contract, asked, 2 * FEWEST, workers=workers) for workers in (1, 2))
    assert one == two
    for found in one:
        assert found.indices
        assert found.alone <= 1 + 4 * found.alone_error
        for i in found.indices:
            assert -4 * i.first_error <= i.first <= i.total + 4 * (i.first_error + i.total_error)


def test_another_seed_for_some_sources_leaves_all_others_alone(contract: Job):
    futures = contract.futures
    own, other = futures.amounts(0, FEWEST), futures.with_seed(99, ["cost", BY_CHANCE]).amounts(0, FEWEST)
    for name, amounts in own.items():
        same = bool((amounts == other[name]).all())
        assert same == (name not in ("cost", BY_CHANCE)), name


def test_another_seed_for_all_sources_is_another_seed(contract: Job):
    futures, old = contract.futures, contract.futures.uncertain
    other = Uncertain(99, old.sources, old.names, old.factor, old.counts)
    whole = Futures(other, futures.values, futures.yearly, futures.lines, futures.means, quasi=3)
    names = [*(s.name for s in old.sources), BY_CHANCE]
    some = Futures(old, futures.values, futures.yearly, futures.lines, futures.means, quasi=3).with_seed(99, names)
    expected = whole.amounts(0, FEWEST)
    for name, amounts in some.amounts(0, FEWEST).items():
        assert np.array_equal(amounts, expected[name]), name


def test_too_few_draws_are_refused():
    with pytest.raises(ValueError, match="1,024 to 1,000,000"):
        indices(job_of(ref("a"), {"a": UNIT}), 100)
