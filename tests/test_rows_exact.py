"""The exact reader gives the definitions' fractions, neither more nor less."""

from __future__ import annotations

import gc
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from engine_models import Case, cases, model_of, one_row, ref
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from reference import Reference
from tools import examples

from mcp_finance.rows.evaluate import evaluate
from mcp_finance.rows.exact import Exact, Year
from mcp_finance.rows.expr import (
    choose,
    interpolate,
    last,
    least,
    most,
    prior,
    ratio,
    running,
    shift,
    size,
    total,
    up,
    weighted,
)
from mcp_finance.rows.model import Model
from mcp_finance.rows.operations import OPERATIONS
from mcp_finance.rows.row import Dimension, InputSpec, Map

F = Fraction
RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
PARTS = (1, 3, 7, 10, 60)
"""What the inputs of a random case are divided by: denominators that share some factors and not others."""

Fractions = dict[str, list[list[Fraction]]]
"""For every input its elements in C order, for each year or for all years alike."""


def fractions_of(case: Case, parts: Sequence[int]) -> Fractions:
    """The case's inputs in the first draw, each divided by one of the parts in turn."""
    found = {}
    for k, (name, values) in enumerate(case.draw(0).items()):
        part = parts[k % len(parts)]
        found[name] = [[F(float(v)) / part for v in year.ravel()] for year in values]
    return found


def reference_of(case: Case, fractions: Fractions) -> Reference:
    """The interpreter, which reads floats, told of the fractions beforehand."""
    found = case.reference(0)
    for name, spec in case.model.inputs.items():
        places = list(product(*(range(n) for n in case.model.shape(name))))
        for t in range(len(case.model.years)):
            values = fractions[name][t if spec.yearly else 0]
            found.known |= {(name, t, place): v for place, v in zip(places, values, strict=True)}
    return found


def run(model: Model, fractions: Fractions, keep: Sequence[str], constants: Sequence[str] = ()) -> list[Year]:
    """Every year of the model, each after the one before."""
    exact = Exact(model, keep, {n: fractions[n][0] for n in constants})
    years: list[Year] = []
    for t in range(len(model.years)):
        now = {n: v[t if len(v) > 1 else 0] for n, v in fractions.items() if n not in constants}
        years.append(exact.year(now, years[-1] if years else None))
    return years


def assert_exact(case: Case, fractions: Fractions, years: Sequence[Year]) -> None:
    reference = reference_of(case, fractions)
    for t, year in enumerate(years):
        for name in case.rows:
            dims = case.model.dims_of(name)
            places = product(*(range(n) for n in case.model.shape(name)))
            wanted = [reference.named(name, t, dict(zip(dims, place, strict=True))) for place in places]
            assert list(year[name]) == wanted, (name, t)
            assert all(type(v) is Fraction for v in year[name])


@pytest.mark.parametrize("op", OPERATIONS)
def test_each_operation_is_its_definition(op: str):
    @settings(max_examples=examples(25), deadline=None, suppress_health_check=RELAXED)
    @given(cases(focus=op, rows=2, depth=2), st.lists(st.sampled_from(PARTS), min_size=1, max_size=5))
    def agree(case: Case, parts: list[int]):
        fractions = fractions_of(case, parts)
        assert_exact(case, fractions, run(case.model, fractions, list(case.rows)))

    agree()


@settings(max_examples=examples(150), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=6, depth=3), st.lists(st.sampled_from(PARTS), min_size=1, max_size=5), st.data())
def test_mixed_models_with_any_constants(case: Case, parts: list[int], data: st.DataObject):
    """What is folded beforehand is what would be computed every year."""
    fractions = fractions_of(case, parts)
    same = [n for n, values in fractions.items() if all(v == values[0] for v in values)]
    constants = data.draw(st.lists(st.sampled_from(same), unique=True))
    folded = run(case.model, fractions, list(case.rows), constants)
    assert_exact(case, fractions, folded)
    plain = run(case.model, fractions, list(case.model.rows))
    everything = run(case.model, fractions, list(case.model.rows), same)
    for name in case.model.rows:
        assert [y[name] for y in plain] == [y[name] for y in everything]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=6, depth=3), st.data())
def test_keeping_fewer_rows_changes_none_of_them(case: Case, data: st.DataObject):
    fractions = fractions_of(case, [1])
    kept = data.draw(st.sampled_from(list(case.model.rows)))
    whole, part = (run(case.model, fractions, keep) for keep in (list(case.model.rows), [kept]))
    upstream = case.model.upstream([kept])
    for name in case.model.rows:
        assert (name in part[0]) == (name in upstream)
        assert name not in upstream or [y[name] for y in part] == [y[name] for y in whole]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=6, depth=3))
def test_numpy_agrees_where_floats_do_not_round(case: Case):
    reference = case.reference(0)
    for name in case.rows:
        case.expected(name, reference)
    assume(reference.exact)
    years = run(case.model, fractions_of(case, [1]), list(case.rows))
    together = evaluate(case.model, case.draw(0))
    for name in case.rows:
        floats = np.array([[float(v) for v in y[name]] for y in years])
        np.testing.assert_array_equal(floats, together[name][..., 0].reshape(floats.shape))


POINT = Dimension("point", tuple(f"p{k}" for k in range(5)), (), True)
MONTH = Dimension("month", tuple(f"m{k:02}" for k in range(12)), (), True)
LINE = Dimension("line", ("a", "b", "c"))
POOL = Dimension("pool", ("p", "q"))
LINK = Map("pool", "line", "pool", (1, -1, 1))


def settlement(years: int = 3) -> Model:
    """A corridor with a share, a quality scale and a deficit carried with interest: no row jumps."""
    gain, low, high = ref("gain"), ref("low"), ref("high")
    rows = [
        one_row("within", least(most(0, gain - low), high - low) * ref("share")),
        one_row("quality", interpolate(ref("score"), ref("at"), ref("value"), over="point")),
        one_row("due", ref("within") * ref("quality") + least(0, gain + prior(ref("deficit")))),
        one_row("deficit", least(ref("due"), 0) * (1 + ref("interest"))),
        one_row("part", ratio(size(ref("due")), ref("gain")) / ref("high")),
        one_row("flow", ref("due") * ref("profile"), ("month",)),
        one_row("cash", running(ref("flow"), over="month") + prior(ref("closing")), ("month",)),
        one_row("closing", last(ref("cash"), over="month")),
        one_row("weight", weighted(ref("cost"), ref("price"), over="line")),
        one_row("pooled", total(ref("cost"), over="line", by="pool"), ("pool",)),
        one_row("shared", up(ref("pooled"), along="pool") + ref("cost") * ref("price"), ("line",)),
    ]
    inputs = [InputSpec(n, "GBP", "-", yearly=True) for n in ("gain", "score")]
    inputs += [InputSpec(n, "1", "-") for n in ("low", "high", "share", "interest")]
    inputs += [InputSpec(n, "1", "-", ("point",)) for n in ("at", "value")]
    inputs += [InputSpec("cost", "GBP", "-", ("line",), yearly=True), InputSpec("price", "GBP", "-", ("line",))]
    inputs += [InputSpec("profile", "1", "-", ("month",))]
    return model_of(rows, inputs, [LINE, POOL, MONTH, POINT], [LINK], years=years)


def decimals(seed: int, model: Model, years: int) -> Fractions:
    dice = random.Random(seed)

    def money(n: int) -> list[Fraction]:
        return [F(dice.randrange(-(10**8), 10**8), 100) for _ in range(n)]

    found = {}
    for name, spec in model.inputs.items():
        n = int(np.prod(model.shape(name)))
        found[name] = [money(n) for _ in range(years if spec.yearly else 1)]
    found |= {"low": [[F("1234.56")]], "high": [[F("98765.43")]], "share": [[F("0.37")]], "interest": [[F("0.035")]]}
    found["at"] = [sorted(found["at"][0])]
    return found


CONSTANTS = ("low", "high", "share", "interest", "at", "value", "price", "profile")


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_numpy_agrees_to_rounding(seed: int, years: int):
    model = settlement(years)
    fractions = decimals(seed, model, years)
    exact = run(model, fractions, list(model.rows), CONSTANTS)
    arrays = {
        n: np.array([[float(x) for x in year] for year in v]).reshape(-1, *model.shape(n)) for n, v in fractions.items()
    }
    floats = evaluate(model, arrays)
    for name in model.rows:
        found = np.array([[float(v) for v in y[name]] for y in exact])
        biggest = max(1.0, np.abs(found).max(), 1e6 if name == "quality" else 0)  # a difference of points this large
        numpy = floats[name][..., 0].reshape(-1, found.shape[1])
        np.testing.assert_allclose(numpy, found, rtol=0, atol=1e-9 * biggest)


def values(model: Model, keep: str, inputs: Mapping[str, Sequence[Fraction | int]]) -> tuple[Fraction, ...]:
    """One year's values, which must be the same with all inputs and with none as constants."""
    found = Exact(model, [keep]).year(inputs)[keep]
    assert Exact(model, [keep], inputs).year({})[keep] == found
    return found


def test_a_test_at_its_edge_is_decided_as_on_paper():
    model = model_of(
        [one_row("hit", choose(ref("a") - ref("b") >= ref("edge"), 1, 0))],
        [InputSpec(n, "1", "-") for n in ("a", "b", "edge")],
    )
    floats = evaluate(model, {"a": np.array([0.3]), "b": np.array([0.1]), "edge": np.array([0.2])})
    assert floats.final("hit") == 0, "floating point falls short of the edge"
    assert values(model, "hit", {"a": [F("0.3")], "b": [F("0.1")], "edge": [F("0.2")]}) == (1,)


@pytest.mark.parametrize(("x", "wanted"), [("0", "0"), ("1", "0"), ("500.5", "0.0015"), ("1000", "0.003")])
def test_a_slope_without_a_finite_decimal_still_meets_its_points(x: str, wanted: str):
    point = Dimension("point", ("a", "b"), (), True)
    specs = [InputSpec("x", "1", "-"), *(InputSpec(n, "1", "-", ("point",)) for n in ("at", "value"))]
    model = model_of([one_row("y", interpolate(ref("x"), ref("at"), ref("value"), over="point"))], specs, [point])
    inputs = {"x": [F(x)], "at": [1, 1000], "value": [0, F("0.003")]}
    assert values(model, "y", inputs) == (F(wanted),)


def test_whole_numbers_divide_exactly():
    specs = [InputSpec("a", "1", "-"), InputSpec("b", "1", "-")]
    model = model_of([one_row("y", ref("a") / ref("b") + ratio(ref("a"), ref("b")))], specs)
    assert values(model, "y", {"a": [1], "b": [-3]}) == (F(-2, 3),)


def test_a_branch_that_is_not_taken_is_not_computed():
    specs = [InputSpec("x", "1", "-")]
    model = model_of([one_row("y", choose(ref("x") > 0, 1 / ref("x"), ref("x")))], specs)
    assert values(model, "y", {"x": [0]}) == (0,)
    assert values(model, "y", {"x": [4]}) == (F(1, 4),)


def test_what_a_branch_computes_is_not_taken_for_granted_elsewhere():
    specs = [InputSpec("open", "1", "-", ("line",)), InputSpec("x", "1", "-")]
    model = model_of([one_row("y", choose(ref("open") > 0, ref("x") + 1, 0), ("line",))], specs, [LINE])
    assert values(model, "y", {"open": [0, 1, 0], "x": [6]}) == (0, 7, 0)


def test_a_running_sum_is_whole_though_branches_before_it_are_not_taken():
    specs = [InputSpec(n, "1", "-", ("month",)) for n in ("x", "open")]
    chosen = choose(ref("open") > 0, running(ref("x"), over="month") + 1, 0)
    model = model_of([one_row("y", chosen, ("month",))], specs, [MONTH])
    opened = [k in (4, 11) for k in range(12)]
    wanted = tuple(sum(range(k + 1)) + 1 if opened[k] else 0 for k in range(12))
    assert values(model, "y", {"x": list(range(12)), "open": [int(o) for o in opened]}) == wanted


def test_a_first_element_that_serves_all_is_computed_once_and_kept():
    line, month = Dimension("line", ("a", "b")), Dimension("month", ("m0", "m1"), (), True)
    specs = [InputSpec("x", "1", "-", ("line", "month")), InputSpec("s", "1", "-")]
    model = model_of(
        [one_row("y", shift(ref("x"), over="month", first=ref("s") + 1), ("line", "month"))], specs, [line, month]
    )
    assert values(model, "y", {"x": [1, 2, 3, 4], "s": [6]}) == (7, 1, 7, 3)


def test_division_by_nought_names_the_row_and_its_element():
    specs = [InputSpec("x", "1", "-", ("line",)), InputSpec("y", "1", "-", ("line",))]
    model = model_of([one_row("price", ref("x") / ref("y"), ("line",))], specs, [LINE])
    with pytest.raises(ZeroDivisionError, match=r"row price \(line b\) divides by 0"):
        Exact(model, ["price"]).year({"x": [1, 2, 3], "y": [1, 0, 1]})
    folded = Exact(model, ["price"], {"x": [1, 2, 3], "y": [1, 0, 1]})
    with pytest.raises(ZeroDivisionError, match=r"row price \(line b\)"):
        folded.year({})


def test_last_years_value_of_a_constant_is_its_opening_first():
    specs = [InputSpec("x", "1", "-", yearly=True), InputSpec("start", "1", "-")]
    model = model_of([one_row("y", prior(ref("x"), opening=ref("start")))], specs)
    assert [y["y"] for y in run(model, {"x": [[F(5)]] * 3, "start": [[F(2)]]}, ["y"], ["x"])] == [(2,), (5,), (5,)]


def test_inputs_and_helper_rows_can_be_read():
    model = settlement()
    fractions = decimals(1, model, 3)
    year = run(model, fractions, ["quality"], ["at", "share"])[2]
    assert year["score"] == tuple(fractions["score"][2])
    assert (year["at"], year["share"]) == (tuple(fractions["at"][0]), (F("0.37"),))
    assert len(year["quality.part"]) == 5
    assert "gain" not in year
    with pytest.raises(KeyError):
        year["gain"]
    assert run(model, fractions, ["gain"])[1]["gain"] == tuple(fractions["gain"][1])


def test_what_is_wrong_with_the_inputs_is_said():
    model = settlement()
    given = {n: v[0] for n, v in decimals(1, model, 3).items()}
    exact = Exact(model, ["due"], {"share": given.pop("share")})
    exact.year(given)
    less = {n: v for n, v in given.items() if n not in ("low", "gain", "profile")}
    with pytest.raises(ValueError, match=r"inputs without a value: gain, low$"):
        exact.year(less)
    with pytest.raises(ValueError, match="at: 2 values, but 5 are needed"):
        exact.year(given | {"at": [F(1), F(2)]})
    with pytest.raises(ValueError, match="constants given for a year: share"):
        exact.year(given | {"share": [F(1)]})
    with pytest.raises(TypeError, match=r"low: 0\.1 is a float"):
        exact.year({**given, "low": [0.1]})
    with pytest.raises(ValueError, match="share: 2 values, but 1 are needed"):
        Exact(model, ["due"], {"share": [F(1), F(2)]})
    with pytest.raises(ValueError, match="unknown: nobody, nothing"):
        Exact(model, ["due", "nothing"], {"nobody": [F(1)]})
    with pytest.raises(ValueError, match="the year before is one of another model"):
        exact.year(given, before=Exact(model, ["due"]).year(given | {"share": [F(1)]}))


def test_a_long_chain_holds_two_years_only():
    model = model_of([one_row("sum", prior(ref("sum")) + ref("x"))], [InputSpec("x", "1", "-", yearly=True)])
    exact = Exact(model, ["sum"])
    year = exact.year({"x": [F(1, 3)]})
    size_of_first = len(year.values)
    for t in range(2, 1001):
        before, year = year, exact.year({"x": [F(1, 3)]}, year)
        if t % 250 == 0:
            assert sum(isinstance(o, Year) for o in gc.get_objects()) == 2
            assert before["sum"] == (F(t - 1, 3),)
    assert year["sum"] == (F(1000, 3),)
    assert len(year.values) <= size_of_first + 1
    assert max(d for _, d in year.values) == 3, "denominators do not grow with a sum"
