"""Many draws: what no draw reaches is computed once, kept results are the only thing that grows, sources are asked
for each year in order, and mistakes are refused in words.

That the numbers are those of one future, whatever the chunk and the threads, is held by `test_rows_operations`.
"""

from __future__ import annotations

import tracemalloc
from collections import defaultdict

import numpy as np
import pytest
from engine_models import Case, cases, model_of, one_row, ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.draws import Filler, from_array, prepare, simulate
from mcp_finance.rows.evaluate import Array, evaluate
from mcp_finance.rows.expr import prior, total
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Dimension, InputSpec

RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large]
LINES = 12


def small_model(years: int = 4) -> Model:
    """A drawn recurrence by line and its total, beside rows that no draw reaches."""
    line = Dimension("line", tuple(f"l{k}" for k in range(LINES)))
    specs = [
        InputSpec("start", "1", "-", ("line",)),
        InputSpec("shock", "1", "-", ("line",), yearly=True),
        InputSpec("rate", "1", "-", yearly=True),
        InputSpec("spread", "1", "-"),
    ]
    rows = [
        one_row("level", prior(ref("level"), opening=ref("start")) * (1 + ref("shock")), ("line",)),
        one_row("all", total(ref("level"), over="line") * ref("quiet")),
        one_row("quiet", prior(ref("quiet"), opening=1) * (1 + ref("rate"))),
        one_row("aside", ref("quiet") + ref("spread")),
        one_row("drawn_aside", ref("shock") * ref("spread"), ("line",)),
    ]
    return model_of(rows, specs, [line], years=years)


def inputs_of(model: Model) -> dict[str, Array]:
    g = np.random.default_rng(3)
    return {
        n: g.normal(0.02, 0.1, (len(model.years) if s.yearly else 1, *model.shape(n))) for n, s in model.inputs.items()
    }


def shocks(first: int, last: int) -> Filler:
    """Numbers that depend on the draw, the line and the year alone, computed without keeping any array of them."""

    def fill(year: int, out: Array) -> None:
        np.multiply(np.arange(LINES)[:, None] + 1.0, np.arange(first, last), out=out)
        out *= 1e-7 * (year + 1)

    return fill


def test_rows_that_no_draw_reaches_have_one_draw():
    model = small_model()
    found = simulate(model, inputs_of(model), {"shock": shocks}, 50, keep=[*model.rows, *model.inputs])
    alone = evaluate(model, inputs_of(model))
    for name in ("quiet", "aside", "start", "rate", "spread"):
        assert found[name].shape[-1] == 1, name
        np.testing.assert_array_equal(found[name], alone[name])
    for name in ("level", "all", "drawn_aside", "shock"):
        assert found[name].shape == (4, *model.shape(name), 50), name


def test_drawn_inputs_can_be_kept():
    model = small_model()
    found = simulate(model, inputs_of(model), {"shock": shocks}, 5, keep=["shock"], chunk=2)["shock"]
    plain = np.empty_like(found)
    for t in range(4):
        shocks(0, 5)(t, plain[t])
    np.testing.assert_array_equal(found, plain)


def test_sources_are_asked_for_each_year_in_order_and_each_draw_once():
    asked: dict[tuple[int, int], list[int]] = defaultdict(list)

    def counting(first: int, last: int) -> Filler:
        filler = shocks(first, last)

        def fill(year: int, out: Array) -> None:
            asked[first, last].append(year)
            assert out.shape == (LINES, last - first)
            filler(year, out)

        return fill

    model = small_model()
    simulate(model, inputs_of(model), {"shock": counting}, 10, keep=["all"], chunk=4)
    assert asked == {(0, 4): [0, 1, 2, 3], (4, 8): [0, 1, 2, 3], (8, 10): [0, 1, 2, 3]}


def test_sources_that_no_kept_row_needs_are_never_opened():
    def untouchable(first: int, last: int) -> Filler:
        raise AssertionError("nobody needs these draws")

    model = small_model()
    found = simulate(model, inputs_of(model), {"shock": untouchable}, 10, keep=["aside"])
    assert found["aside"].shape == (4, 1)


def test_rows_that_no_kept_row_needs_are_not_computed():
    """A row that would fail is left alone: it divides by nothing, which numpy would announce."""
    broken = one_row("broken", ref("x") / ref("nil"))
    broken_draws = one_row("broken_draws", ref("y") / ref("nil"))
    sound = one_row("sound", ref("y") + ref("x"))
    specs = [InputSpec(n, "1", "-") for n in ("x", "y", "nil")]
    model = model_of([broken, broken_draws, sound], specs)
    inputs = {"x": np.ones(1), "y": np.ones(1), "nil": np.zeros(1)}
    with np.errstate(divide="raise"):
        simulate(model, inputs, {"y": from_array(np.ones((1, 4)))}, 4, keep=["sound"])
        with pytest.raises(FloatingPointError):
            simulate(model, inputs, {"y": from_array(np.ones((1, 4)))}, 4, keep=["broken_draws"])


@pytest.mark.parametrize(
    ("inputs", "drawn", "says"),
    [
        (("start", "rate"), ("shock",), "inputs without a value: spread"),
        (("start", "rate", "spread", "shock"), ("levels",), "neither inputs nor rows: levels"),
        (("start", "rate", "spread", "shock"), ("elsewhere",), "neither inputs nor rows: elsewhere"),
    ],
)
def test_mistakes_are_refused(inputs: tuple[str, ...], drawn: tuple[str, ...], says: str):
    model = small_model()
    values = {n: v for n, v in inputs_of(model).items() if n in inputs}
    with pytest.raises(ValueError, match=says):
        simulate(model, values, dict.fromkeys(drawn, shocks), 5, keep=["all"])


def test_a_failure_in_a_thread_is_not_lost():
    def failing(first: int, last: int) -> Filler:
        raise OSError(f"no draws from {first}")

    model = small_model()
    with pytest.raises(OSError, match="no draws from"):
        simulate(model, inputs_of(model), {"shock": failing}, 10, keep=["all"], chunk=3, threads=2)


def test_no_draws_give_empty_arrays():
    model = small_model()
    assert simulate(model, inputs_of(model), {"shock": shocks}, 0, keep=["all"])["all"].shape == (4, 0)


@settings(max_examples=examples(50), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=5, depth=2), st.data())
def test_keeping_less_changes_no_number(case: Case, data: st.DataObject):
    sources = {n: from_array(case.inputs[n]) for n in case.drawn}
    names = [*case.model.rows, *case.model.inputs]
    whole = simulate(case.model, case.draw(0), sources, case.draws, keep=names)
    some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    part = simulate(case.model, case.draw(0), sources, case.draws, keep=some, chunk=2)
    assert part.keys() == set(some)
    assert all(part[n].tobytes() == whole[n].tobytes() for n in some)


@settings(max_examples=examples(50), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=6, depth=2), st.data())
def test_rows_may_be_given_and_only_what_lies_downstream_is_computed(case: Case, data: st.DataObject):
    """Rows with the values they would have change no number, whatever they depend on is not asked for."""
    sources = {n: from_array(case.inputs[n]) for n in case.drawn}
    names = list(case.model.rows)
    whole = simulate(case.model, case.draw(0), sources, case.draws, keep=names)
    some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    wide = {n: np.broadcast_to(whole[n], (*whole[n].shape[:-1], case.draws)) for n in some}
    given_rows = {n: from_array(v) for n, v in wide.items()}
    again = simulate(case.model, case.draw(0), sources | given_rows, case.draws, keep=names, chunk=2)
    for n in names:
        np.testing.assert_array_equal(*np.broadcast_arrays(whole[n], again[n]), err_msg=n)
    ready = prepare(case.model, case.draw(0), sources | given_rows, keep=some)
    assert not ready.moving


@settings(max_examples=examples(40), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=4, depth=2))
def test_inputs_and_sources_are_left_as_they_were(case: Case):
    inputs = case.draw(0)
    before = {n: v.copy() for n, v in inputs.items()}
    arrays = {n: case.inputs[n].copy() for n in case.drawn}
    sources = {n: from_array(v) for n, v in arrays.items()}
    first = simulate(case.model, inputs, sources, case.draws, keep=case.model.rows)
    second = simulate(case.model, inputs, sources, case.draws, keep=case.model.rows)
    assert all(np.array_equal(before[n], inputs[n]) for n in inputs)
    assert all(np.array_equal(arrays[n], case.inputs[n]) for n in arrays)
    assert all(first[n].tobytes() == second[n].tobytes() for n in first)


def test_working_memory_does_not_grow_with_the_draws():
    model = small_model()
    inputs = inputs_of(model)

    def working(draws: int) -> int:
        tracemalloc.start()
        kept = simulate(model, inputs, {"shock": shocks}, draws, keep=["all"])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - kept["all"].nbytes

    few, many = working(20_000), working(100_000)
    assert many < few * 1.2 + 2**20
    assert many < 48 * 2**20
