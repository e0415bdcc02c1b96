"""Every operation means the same in every reader: one future, many draws, a spreadsheet, and the definition itself."""

from __future__ import annotations

import numpy as np
import pytest
from engine_models import MAKERS, Case, cases, model_of, one_row, ref
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from reference import MEANING
from spreadsheet import cells_of_model, differences, expected_cells
from tools import examples

from mcp_finance.rows.draws import from_array, simulate
from mcp_finance.rows.evaluate import evaluate
from mcp_finance.rows.expr import (
    Expr,
    interpolate,
    last,
    least,
    most,
    prior,
    ratio,
    running,
    shift,
    steps,
    total,
    up,
    walk,
    weighted,
)
from mcp_finance.rows.operations import OPERATIONS
from mcp_finance.rows.row import Dimension, InputSpec, Map, row

RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
LOWERED = ("interpolate", "steps")


def test_no_operation_is_missed():
    assert OPERATIONS.keys() == MEANING.keys()
    assert OPERATIONS.keys() == MAKERS.keys() | set(LOWERED)


@pytest.mark.parametrize("op", OPERATIONS)
def test_each_operation_in_every_reader(op: str):
    @settings(max_examples=examples(25), deadline=None, suppress_health_check=RELAXED)
    @given(cases(focus=op, rows=2, depth=2), st.integers(1, 3), st.integers(1, 2))
    def agree(case: Case, chunk: int, threads: int):
        readers_agree(case, chunk, threads)

    agree()


@settings(max_examples=examples(120), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=6, depth=3), st.integers(1, 3), st.integers(1, 2))
def test_mixed_models_in_every_reader(case: Case, chunk: int, threads: int):
    readers_agree(case, chunk, threads)


def readers_agree(case: Case, chunk: int, threads: int) -> None:
    """Every reader gives exactly what the definitions give, in each of the case's draws."""
    references = [case.reference(k) for k in range(case.draws)]
    expected = {n: np.stack([case.expected(n, r) for r in references], axis=-1) for n in case.rows}
    assume(all(r.exact for r in references))
    sources = {n: from_array(case.inputs[n]) for n in case.drawn}
    kept = list(case.model.rows)
    many = simulate(case.model, case.draw(0), sources, case.draws, keep=kept, chunk=chunk, threads=threads)
    together = evaluate(case.model, case.inputs)
    for name, values in expected.items():
        one_for_all = many[name].shape[-1] == 1
        np.testing.assert_array_equal(many[name], values[..., :1] if one_for_all else values, err_msg=name)
        assert not one_for_all or name not in case.model.downstream(case.drawn)
        np.testing.assert_array_equal(together[name], values, err_msg=name)
        for k in range(case.draws):
            one = evaluate(case.model, case.draw(k))[name]
            assert one.shape == (*values.shape[:-1], 1)
            np.testing.assert_array_equal(one[..., 0], values[..., k], err_msg=name)
    results = evaluate(case.model, case.draw(0))
    sheet = cells_of_model(case.model, case.draw(0))
    assert differences(sheet, expected_cells(results), within=0.0) == []


@settings(max_examples=examples(60), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=5, depth=3), st.integers(0, 2**32 - 1), st.integers(1, 23), st.integers(1, 3))
def test_chunks_and_threads_do_not_move_a_bit(case: Case, seed: int, draws: int, threads: int):
    random = np.random.default_rng(seed)
    inputs = {n: v[..., :1] * random.normal(1, 0.3, v[..., :1].shape) for n, v in case.inputs.items()}
    assume(case.drawn)
    wide = {n: inputs[n] * random.normal(1, 0.3, (*inputs[n].shape[:-1], draws)) for n in case.drawn}
    sources = {n: from_array(v) for n, v in wide.items()}

    def run(chunk: int, threads: int) -> dict[str, np.ndarray]:
        return simulate(case.model, inputs, sources, draws, keep=case.model.rows, chunk=chunk, threads=threads)

    whole = run(draws, 1)
    for chunk in (1, 2, 5):
        parts = run(chunk, threads)
        assert all(whole[n].tobytes() == parts[n].tobytes() for n in whole)
    together = evaluate(case.model, inputs | wide)
    for name, values in whole.items():
        if np.abs(together[name]).max() < 1e6 and name in case.rows and smooth(case.rows[name].expr):
            np.testing.assert_allclose(values, together[name][..., : values.shape[-1]], rtol=1e-9, atol=1e-6)


def smooth(expr: Expr) -> bool:
    """Whether rounding in what is read cannot make the row jump: nothing but sums and products of inputs."""
    return all(e.op in ("num", "ref", "+", "-", "*", "neg") and not e.name.startswith("r") for e in walk(expr))


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_interpolate_is_numpys(data: st.DataObject):
    n = data.draw(st.integers(1, 6))
    tidy = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))
    at = sorted(data.draw(st.lists(tidy, min_size=n, max_size=n, unique=True)))
    value = data.draw(st.lists(tidy, min_size=n, max_size=n))
    x = [*at, at[0] - 1, at[-1] + 1, -1e7, 1e7, *data.draw(st.lists(tidy, min_size=1, max_size=5))]
    found = read_points(interpolate, x, at, value)
    biggest = 1 + max(abs(v) for v in value)
    np.testing.assert_allclose(found, np.interp(x, at, value), rtol=0, atol=1e-9 * biggest)
    beyond = [k for k, v in enumerate(x) if v >= at[-1]]
    assert all(found[k] == value[-1] for k in beyond), "exact at and beyond the last point"


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_steps_are_exact(data: st.DataObject):
    n = data.draw(st.integers(1, 6))
    quarter = st.integers(-400, 400).map(lambda k: k / 4)
    upto = sorted(data.draw(st.lists(quarter, min_size=n, max_size=n, unique=True)))
    value = data.draw(st.lists(quarter, min_size=n, max_size=n))
    x = [*upto, *(v + 0.25 for v in upto), *(v - 0.25 for v in upto), -1e9, 1e9]
    plain = [next((v for end, v in zip(upto, value, strict=True) if at <= end), value[-1]) for at in x]
    assert list(read_points(steps, x, upto, value)) == plain


def read_points(operation, x: list[float], at: list[float], value: list[float]) -> np.ndarray:
    """The operation at each of `x`, by the engine and (in passing) by a spreadsheet."""
    dims = [
        Dimension("case", tuple(f"c{k}" for k in range(len(x)))),
        Dimension("point", tuple(f"p{k}" for k in range(len(at))), ordered=True),
    ]
    specs = [
        InputSpec("x", "1", "Argument.", ("case",)),
        InputSpec("at", "1", "Points.", ("point",)),
        InputSpec("value", "1", "Values.", ("point",)),
    ]
    model = model_of([one_row("y", operation(ref("x"), ref("at"), ref("value"), over="point"), ("case",))], specs, dims)
    inputs = {"x": np.array([x]), "at": np.array([at]), "value": np.array([value])}
    results = evaluate(model, inputs)
    sheet = cells_of_model(model, inputs)
    assert differences(sheet, expected_cells(results), within=1e-9 * (1 + np.abs(value).max())) == []
    return results["y"][0, :, 0]


@settings(max_examples=examples(80), deadline=None)
@given(
    st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=4),
    st.lists(st.sampled_from((0.0, -0.0, 3.0, -7.0, 1e-3)), min_size=4, max_size=4),
)
def test_quotients_of_any_numbers(above: list[float], below: list[float]):
    member = Dimension("line", ("a", "b", "c", "d"))
    specs = [InputSpec("above", "1", "-", ("line",)), InputSpec("below", "1", "-", ("line",))]
    a, b = ref("above"), ref("below")
    guarded = one_row("guarded", ratio(a, b), ("line",))
    bare = one_row("bare", a / most(b, 1), ("line",))
    model = model_of([guarded, bare], specs, [member])
    inputs = {"above": np.array([above]), "below": np.array([below])}
    results = evaluate(model, inputs)
    plain = [x / y if y else 0.0 for x, y in zip(above, below, strict=True)]
    assert results["guarded"][0, :, 0].tolist() == plain
    many = simulate(model, inputs, {"above": from_array(inputs["above"][..., None])}, 1, keep=["guarded", "bare"])
    assert many["guarded"].tobytes() == results["guarded"].tobytes()
    assert many["bare"].tobytes() == results["bare"].tobytes()
    sheet = cells_of_model(model, inputs)
    assert differences(sheet, expected_cells(results), within=0.0) == []


MONTH = Dimension("month", tuple(f"m{k:02}" for k in range(12)), ordered=True)


@settings(max_examples=examples(20), deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_monthly_cash_is_opening_and_running_flow(seed: int, years: int):
    """Cash of every month is last year's closing cash and the flows since; the account earns nothing."""

    @row(sheet="Cash", unit="GBP", dims=("month",))
    def cash(closing_cash: Expr, flow: Expr, opening_cash: Expr) -> Expr:
        """Cash at the end of the month."""
        return prior(closing_cash, opening=opening_cash) + running(flow, over="month")

    @row(sheet="Cash", unit="GBP")
    def closing_cash(cash: Expr) -> Expr:
        """Cash at the end of the year."""
        return last(cash, over="month")

    specs = [
        InputSpec("flow", "GBP", "Flow of the month.", ("month",), yearly=True),
        InputSpec("opening_cash", "GBP", "Cash at the start."),
    ]
    model = model_of([closing_cash, cash], specs, [MONTH], years=years)
    pence = np.random.default_rng(seed).integers(-(10**6), 10**6, (years, 12)) / 4
    inputs = {"flow": pence, "opening_cash": np.array([1000.0])}
    results = evaluate(model, inputs)
    plain = 1000 + np.cumsum(pence.ravel()).reshape(years, 12)
    assert np.array_equal(results["cash"][..., 0], plain)
    assert np.array_equal(results.series("closing_cash"), plain[:, -1])
    kept = simulate(model, inputs, {"flow": from_array(pence[..., None])}, 1, keep=["cash"])["cash"]
    assert np.array_equal(kept[..., 0], plain)
    sheet = cells_of_model(model, inputs)
    assert differences(sheet, expected_cells(results), within=0.0) == []


@settings(max_examples=examples(25), deadline=None)
@given(st.data())
def test_an_account_by_vintage_is_used_first_in_first_out(data: st.DataObject):
    """Deposits lapse after `life` years; what is drawn comes from the oldest deposit that is still live."""
    years, life = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    whole = st.lists(st.integers(0, 20), min_size=years, max_size=years)
    deposits, wanted = data.draw(whole), data.draw(whole)
    ages = range(years)
    arriving = np.array([[deposits[t] * (t == v) for v in ages] for t in ages], dtype=float)
    live = np.array([[t < v + life for v in ages] for t in ages], dtype=float)
    inputs = {"arriving": arriving, "live": live, "wanted": np.array(wanted, dtype=float)}
    model = model_of(
        vintage_account(), VINTAGE_INPUTS, [Dimension("vintage", tuple(f"v{k}" for k in ages), (), True)], years=years
    )
    results = evaluate(model, inputs)
    paid, left = fifo(deposits, wanted, life)
    assert results.series("paid").tolist() == paid
    assert results["balance"].sum(axis=1)[:, 0].tolist() == left
    sources = {n: from_array(inputs[n][..., None]) for n in ("arriving", "wanted")}
    assert simulate(model, inputs, sources, 1, keep=["paid"])["paid"][:, 0].tolist() == paid
    sheet = cells_of_model(model, inputs)
    assert differences(sheet, expected_cells(results), within=0.0) == []


VINTAGE_INPUTS = [
    InputSpec("arriving", "GBP", "Deposited this year.", ("vintage",), yearly=True),
    InputSpec("live", "1", "Whether the deposit still stands.", ("vintage",), yearly=True),
    InputSpec("wanted", "GBP", "What is to be paid.", yearly=True),
]


def vintage_account():
    @row(sheet="Account", unit="GBP", dims=("vintage",))
    def available(balance: Expr, arriving: Expr, live: Expr) -> Expr:
        """Deposits brought forward and new, as far as they still stand."""
        return (prior(balance) + arriving) * live

    @row(sheet="Account", unit="GBP", dims=("vintage",))
    def reach(available: Expr) -> Expr:
        """Available in this deposit and all older ones."""
        return running(available, over="vintage")

    @row(sheet="Account", unit="GBP", dims=("vintage",))
    def older(reach: Expr) -> Expr:
        """Available in older deposits."""
        return shift(reach, over="vintage", first=0)

    @row(sheet="Account", unit="GBP", dims=("vintage",))
    def taken(available: Expr, older: Expr, wanted: Expr) -> Expr:
        """Taken from this deposit once the older ones are used."""
        return least(available, most(wanted - older, 0))

    @row(sheet="Account", unit="GBP", dims=("vintage",))
    def balance(available: Expr, taken: Expr) -> Expr:
        """What is left of the deposit."""
        return available - taken

    @row(sheet="Account", unit="GBP")
    def paid(taken: Expr) -> Expr:
        """Paid in all."""
        return total(taken, over="vintage")

    return [paid, balance, taken, older, reach, available]


def fifo(deposits: list[int], wanted: list[int], life: int) -> tuple[list[float], list[float]]:
    """Paid and left in every year, by a queue of (year of deposit, what is left of it)."""
    queue: list[list[int]] = []
    paid, left = [], []
    for t, (new, want) in enumerate(zip(deposits, wanted, strict=True)):
        queue = [[v, x] for v, x in [*queue, [t, new]] if t < v + life]
        out = 0
        for pot in queue:
            take = min(pot[1], want - out)
            pot[1] -= take
            out += take
        paid.append(float(out))
        left.append(float(sum(x for _, x in queue)))
    return paid, left


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=8), st.integers(0, 40))
def test_a_cap_on_a_cumulative_and_a_carried_deficit(gains: list[int], cap: int):
    @row(sheet="Result", unit="GBP")
    def position(gain: Expr, deficit: Expr) -> Expr:
        """This year's gain and the deficit brought forward."""
        return gain + prior(deficit)

    @row(sheet="Result", unit="GBP")
    def deficit(position: Expr, interest: Expr) -> Expr:
        """Carried forward, with interest."""
        return least(position, 0) * (1 + interest)

    @row(sheet="Result", unit="GBP")
    def paid(position: Expr, so_far: Expr, cap: Expr) -> Expr:
        """Paid, within what is left of the cap."""
        return least(most(position, 0), cap - prior(so_far))

    @row(sheet="Result", unit="GBP")
    def so_far(so_far: Expr, paid: Expr) -> Expr:
        """Paid until now."""
        return prior(so_far) + paid

    specs = [InputSpec("gain", "GBP", "-", yearly=True), InputSpec("interest", "1", "-"), InputSpec("cap", "GBP", "-")]
    model = model_of([so_far, paid, deficit, position], specs, years=len(gains))
    inputs = {"gain": np.array(gains, dtype=float), "interest": np.array([0.25]), "cap": np.array([float(cap)])}
    carried, total_paid, plain = 0.0, 0.0, []
    for gain in gains:
        plain.append(min(max(gain + carried, 0), cap - total_paid))
        carried = min(gain + carried, 0) * 1.25
        total_paid += plain[-1]
    assert evaluate(model, inputs).series("paid").tolist() == plain
    sources = {"gain": from_array(inputs["gain"][:, None])}
    assert simulate(model, inputs, sources, 1, keep=["paid"])["paid"][:, 0].tolist() == plain


def test_an_opening_with_fewer_dimensions_fills_all_of_the_row():
    line = Dimension("line", ("a", "b", "c"))
    grown = one_row("grown", prior(ref("grown"), opening=ref("start")) * ref("rate"), ("line",))
    joined = one_row("joined", prior(ref("by_line"), opening=0) + ref("rate"), ("line",))
    sums = [one_row(f"sum_{n}", total(ref(n), over="line")) for n in ("grown", "joined")]
    specs = [InputSpec("start", "1", "-"), InputSpec("rate", "1", "-", yearly=True)]
    specs.append(InputSpec("by_line", "1", "-", ("line",), yearly=True))
    model = model_of([grown, joined, *sums], specs, [line])
    inputs = {"start": np.array([2.0]), "rate": np.ones(3), "by_line": np.ones((3, 3))}
    drawn = {"rate": from_array(np.ones((3, 2)))}
    for values in (evaluate(model, inputs), simulate(model, inputs, drawn, 2, keep=[*model.rows])):
        assert values["grown"].shape[:2] == values["joined"].shape[:2] == (3, 3)
        assert values["sum_grown"][:, 0].tolist() == [6, 6, 6]
        assert values["sum_joined"][:, 0].tolist() == [3, 6, 6]


def test_infinite_and_missing_numbers_of_a_group_stay_with_its_members():
    dims = [Dimension("pool", ("p", "q")), Dimension("line", ("a", "b"))]
    specs = [InputSpec("x", "1", "-", ("pool",))]
    link = Map("pool", "line", "pool", (1, -1))
    model = model_of([one_row("y", up(ref("x"), along="pool"), ("line",))], specs, dims, [link])
    inputs = {"x": np.array([[np.inf, 1.0]])}
    drawn = {"x": from_array(inputs["x"][..., None])}
    for values in (evaluate(model, inputs), simulate(model, inputs, drawn, 1, keep=["y"])):
        assert values["y"][0, :, 0].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("members", [9, 40, 300])
def test_a_chunk_of_one_draw_adds_in_the_same_order(members: int):
    """With one draw numpy could add in pairs; a sum must not depend on how many draws stand beside it."""
    line = Dimension("line", tuple(f"l{k}" for k in range(members)))
    pool = Dimension("pool", ("p", "q"))
    link = Map("pool", "line", "pool", tuple(int(k > 3) for k in range(members)))
    specs = [InputSpec(n, "1", "-", ("line",)) for n in ("x", "w")]
    rows = [
        one_row("all", total(ref("x"), over="line")),
        one_row("some", total(ref("x"), over="line", by="pool"), ("pool",)),
        one_row("product", weighted(ref("x"), ref("w"), over="line")),
    ]
    model = model_of(rows, specs, [pool, line], [link])
    random = np.random.default_rng(members)
    inputs = {"w": random.normal(size=(1, members))}
    drawn = {"x": from_array(random.normal(size=(1, members, 7)))}
    names = ["all", "some", "product"]
    whole = simulate(model, inputs, drawn, 7, keep=names)
    for chunk in (1, 2, 3):
        parts = simulate(model, inputs, drawn, 7, keep=names, chunk=chunk)
        assert all(whole[n].tobytes() == parts[n].tobytes() for n in names)
