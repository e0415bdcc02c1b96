"""What a model refuses and says, the order it finds, and what a recalculation leaves alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from engine_models import Case, cases, model_of, one_row, ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import evaluate, expand, recalculate
from mcp_finance.rows.expr import (
    Expr,
    RowError,
    choose,
    interpolate,
    last,
    least,
    most,
    plain_name,
    prior,
    ratio,
    running,
    shift,
    size,
    steps,
    total,
    up,
    weighted,
    words,
)
from mcp_finance.rows.formulas import check_formulas, formula, formula_cells
from mcp_finance.rows.layout import Layout
from mcp_finance.rows.model import Model, build, reads
from mcp_finance.rows.operations import OPERATIONS
from mcp_finance.rows.order import same_year_reads
from mcp_finance.rows.row import Dimension, InputSpec, Map, Row, RowFunction, row, rows_of
from mcp_finance.rows.sheet import formula_sheet

RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large]
A, B, TEST = ref("a"), ref("b"), ref("a") > ref("b")
POOL = Dimension("pool", ("p", "q"))
LINE = Dimension("line", ("x", "y", "z"))
MONTH = Dimension("month", ("m1", "m2"), ordered=True)
DIMS = (POOL, LINE, MONTH)
MAPS = (Map("pool", "line", "pool", (1, -1, 0)),)
INPUTS = (
    InputSpec("scalar", "1", "-"),
    InputSpec("yearly", "1", "-", yearly=True),
    InputSpec("by_pool", "1", "-", ("pool",)),
    InputSpec("by_line", "1", "-", ("line",), yearly=True),
    InputSpec("by_month", "1", "-", ("month",), yearly=True),
    InputSpec("line_month", "1", "-", ("line", "month")),
    InputSpec("growth", "1", "-", yearly=True, growth=True),
    InputSpec("pool_growth", "1", "-", ("pool",), yearly=True, growth=True),
)


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda: A * 2, "the number 2 stands in a row: make it an input"),
        (lambda: 0.5 + A, "the number 0.5 stands in a row"),
        (lambda: A - True, "the number True stands in a row"),
        (lambda: A * math.nan, "the number nan stands in a row"),
        (lambda: A + "1", "the number '1' stands in a row"),
        (lambda: A if A > B else B, "write choose(test, a, b) instead of `if`"),
        (lambda: max(A, B), "least() and most() instead of min() and max()"),
        (lambda: min(A, B), "least() and most() instead of min() and max()"),
        (lambda: A > B > 1, "a row has no single truth value"),
        (lambda: TEST and TEST, "& and | instead of `and` and `or`"),
        (lambda: abs(A), "write size(row) instead of abs(row)"),
        (lambda: A == B, "rows are not compared with == or !="),
        (lambda: A != B, "rows are not compared with == or !="),
        (lambda: A**B, "compound year by year with prior()"),
        (lambda: math.exp(A), "a row is not a number"),
        (lambda: sum(A), "a row is not a sequence: use total(row, over=...)"),
        (lambda: choose(A, B, 0), "choose(test, a, b) needs a comparison"),
        (lambda: TEST + 1, "turn it into one with choose(test, 1, 0)"),
        (lambda: least(TEST, 1), "turn it into one with choose(test, 1, 0)"),
        (lambda: size(TEST), "turn it into one with choose(test, 1, 0)"),
        (lambda: prior(A, opening=TEST), "turn it into one with choose(test, 1, 0)"),
        (lambda: shift(A, over="month", first=TEST), "turn it into one with choose(test, 1, 0)"),
        (lambda: interpolate(TEST, A, B, over="month"), "turn it into one with choose(test, 1, 0)"),
        (lambda: steps(TEST, A, B, over="month"), "turn it into one with choose(test, 1, 0)"),
        (lambda: TEST & A, "& and | join comparisons, not numbers"),
        (lambda: A | TEST, "& and | join comparisons, not numbers"),
        (lambda: total(A + B, over="line"), "total() takes a named row or input"),
        (lambda: weighted(A, -B, over="line"), "weighted() takes a named row or input"),
        (lambda: up(A * B, along="pool"), "up() takes a named row or input"),
        (lambda: running(-A, over="month"), "running() takes a named row or input"),
        (lambda: shift(-A, over="month", first=0), "shift() takes a named row or input"),
        (lambda: last(-A, over="month"), "last() takes a named row or input"),
        (lambda: prior(-A), "prior() takes a named row or input"),
        (lambda: interpolate(A, -A, B, over="month"), "interpolate() takes a named row or input"),
        (lambda: steps(A, B, -B, over="month"), "steps() takes a named row or input"),
    ],
)
def test_what_no_expression_can_hold(write: Callable[[], object], says: str):
    with pytest.raises(RowError) as error:
        write()
    assert says in str(error.value)


def bare(a: Expr) -> Expr:
    return a + 1


def powered(a: Expr) -> Expr:
    """Raised to a power by a string of tricks."""
    return a // 1


def numeric(a: Expr) -> Expr:
    """Not an expression."""
    return 1  # type: ignore[return-value]


def branching(a: Expr) -> Expr:
    """Branches."""
    return a if a > 0 else -a


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (bare, "row bare has no docstring: say in one sentence what it means"),
        (powered, "row powered: unsupported operand type(s)"),
        (numeric, "row numeric returns int, not an expression"),
        (branching, "row branching: a row has no single truth value"),
    ],
)
def test_row_functions_that_cannot_be_traced(function: Callable[..., Expr], says: str):
    with pytest.raises(RowError, match=r"^row ") as error:
        RowFunction(function, "Sheet", "GBP", ()).trace()
    assert says in str(error.value)


def built(*rows: Row, dims=DIMS, maps=MAPS, inputs=INPUTS) -> Model:
    return model_of(rows, inputs, dims, maps)


def r(expr: Expr, dims: tuple[str, ...] = (), name: str = "r") -> Row:
    return one_row(name, expr, dims)


S, Y, P, L, M, LM, G, PG = (ref(i.name) for i in INPUTS)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([r(S + ref("nowhere") + ref("lost"))], "row r () reads lost, nowhere, which nobody defines"),
        ([r(L)], "row r declares dims () but its expression has ('line',)"),
        ([r(S, ("line",))], "row r declares dims ('line',) but its expression has ()"),
        ([r(LM, ("month", "line"))], "r: dims ('month', 'line') are not in the fixed order"),
        ([r(L, ("hospital",))], "r: unknown dimension hospital"),
        ([r(P * L, ("pool", "line"))], "line and pool cannot be crossed"),
        ([r(S), r(Y)], "r is defined twice"),
        ([r(S, name="scalar")], "scalar: a row and an input have the same name"),
        ([r(S > 0)], "row r is a comparison, not a number: write choose(test, 1, 0)"),
        ([r(total(L, over="ward"))], "row r: unknown dimension ward"),
        ([r(total(S, over="line"))], "row r: total: scalar has no dimension line; it has ()"),
        ([r(total(L, over="line", by="home"), ("pool",))], "row r: unknown map home; there are pool"),
        ([r(total(M, over="month", by="pool"))], "row r: the map pool starts from line, not month"),
        ([r(weighted(LM, L, over="line"), ("month",))], "line is not the innermost dimension of line_month"),
        ([r(weighted(L, M, over="line"))], "row r: weighted: by_month has no dimension line"),
        ([r(up(L, along="pool"), ("line",))], "row r: up: by_line needs the dimension pool and not line"),
        ([r(up(P, along="ward"), ("line",))], "row r: unknown map ward"),
        ([r(running(L, over="line"), ("line",))], "row r: running: line is not an ordered dimension"),
        ([r(shift(L, over="line", first=0), ("line",))], "row r: shift: line is not an ordered dimension"),
        ([r(last(L, over="line"))], "row r: last: line is not an ordered dimension"),
        ([r(running(LM, over="line"), ("line", "month"))], "running: line is not the innermost dimension"),
        ([r(last(S, over="month"))], "row r: last: scalar has no dimension month"),
        ([r(least(G, 1))], "row r: least() may not take the growth growth itself: use 1 + growth"),
        ([r(most(prior(G), 0))], "row r: most() may not take the growth growth itself"),
        ([r(most(0, up(PG, along="pool")), ("line",))], "row r: most() may not take the growth pool_growth itself"),
        ([r(prior(S))], "row r reads the prior of scalar, which has one value for all years"),
        ([r(prior(Y, opening=L), ("line",))], "the opening of yearly has dimensions that the row itself has not"),
        ([r(prior(Y, opening=prior(Y)))], "row r: the opening of yearly may not itself look back a year"),
        ([r(prior(Y, opening=1), name="one"), r(prior(Y), name="two")], "rows one and two give yearly two different"),
        ([r(interpolate(S, M, M, over="month") + steps(S, M, M, over="month"))], "interpolates or steps twice"),
    ],
)
def test_what_no_model_can_hold(rows: list[Row], says: str):
    with pytest.raises(RowError) as error:
        built(*rows)
    assert says in str(error.value)


def test_a_total_may_not_arrive_where_the_row_already_is():
    crossed = InputSpec("crossed", "1", "-", ("pool", "line"))
    free = Map("home", "line", "pool", (0, 0, 1))
    with pytest.raises(RowError, match="total: crossed already has the dimension pool"):
        built(r(total(ref("crossed"), over="line", by="home"), ("pool",)), inputs=[crossed], maps=[free])


@pytest.mark.parametrize(
    ("rows", "circle"),
    [
        ([r(ref("r") + 1)], "r reads r"),
        ([r(ref("b") + S, name="a"), r(-ref("a"), name="b")], "a reads b reads a"),
        (
            [r(S, name="s"), r(ref("c") + 0, name="a"), r(ref("a") + 0, name="b"), r(ref("b") + 0, name="c")],
            "a reads c reads b reads a",
        ),
        ([r(prior(ref("r"), opening=ref("r")))], "r reads r"),
    ],
)
def test_a_circle_within_a_year_is_printed(rows: list[Row], circle: str):
    with pytest.raises(RowError) as error:
        built(*rows)
    assert str(error.value) == f"a circle within one year: {circle}; break it with prior()"


@pytest.mark.parametrize(
    ("dims", "maps", "says"),
    [
        ([POOL, POOL], [], "the dimension pool is declared twice"),
        ([Dimension("pool", ())], [], "needs at least one member"),
        ([Dimension("pool", ("a", "b"), ("A",))], [], "a title for each or for none"),
        ([Dimension("pool", ("a", "A"))], [], "the same member twice"),
        ([Dimension("pool", ("a*",))], [], "has the member 'a*'"),
        ([Dimension("pool", (">1",))], [], "has the member '>1'"),
        ([Dimension("pool", (" ",))], [], "has the member ' '"),
        ([POOL], [Map("m", "pool", "ward", (0, 0))], "two known dimensions are needed"),
        ([POOL], [Map("m", "pool", "pool", (0, 0))], "two known dimensions are needed"),
        ([POOL, LINE], [Map("m", "line", "pool", (0, 1))], "must place each of the 3 members of line among 2"),
        ([POOL, LINE], [Map("m", "line", "pool", (0, 1, 2))], "must place each of the 3 members of line among 2"),
        ([POOL, LINE], [Map("m", "line", "pool", (0, 1, -2))], "must place each of the 3 members of line among 2"),
        ([POOL, LINE], [Map("line", "line", "pool", (0, 1, 1))], "the map line has the name of another map or of a"),
        ([POOL, LINE], [Map("m", "line", "pool", (0, 1, 1))] * 2, "the map m has the name of another map"),
    ],
)
def test_dimensions_and_maps_that_do_not_fit(dims: list[Dimension], maps: list[Map], says: str):
    with pytest.raises(RowError) as error:
        build(dims, maps, ["1"], [], [])
    assert says in str(error.value)


def test_no_row_exceeds_six_hundred_elements():
    wide = Dimension("wide", tuple(f"w{k}" for k in range(300)))
    for members, refused in ((2, False), (3, True)):
        deep = Dimension("deep", tuple(f"d{k}" for k in range(members)))
        row_ = r(ref("a") + ref("b"), ("wide", "deep"))
        parts = ([wide, deep], [], ["1"], [InputSpec("a", "1", "-", ("wide",)), InputSpec("b", "1", "-", ("deep",))])
        if refused:
            with pytest.raises(RowError, match="r has 900 elements; no row may exceed 600"):
                build(*parts, [row_])
        else:
            assert build(*parts, [row_]).shape("r") == (300, 2)


def test_formulas_that_a_reader_could_not_follow():
    long = S
    for _ in range(40):
        long = long + Y
    with pytest.raises(RowError, match=r"row r \(\) needs a formula of \d+ characters, more than 110: split it"):
        check_formulas(built(r(long)))
    with pytest.raises(RowError, match="needs two IFs in one formula: split it into two rows"):
        check_formulas(built(r(choose(S > 0, ratio(S, Y), 0))))
    with pytest.raises(RowError, match=r"the opening of r needs a formula of \d+ characters"):
        check_formulas(built(r(prior(ref("r"), opening=long))))
    with pytest.raises(RowError, match="the opening of yearly needs two IFs"):
        check_formulas(built(r(prior(Y, opening=choose(S > 0, ratio(S, S), 0)))))
    check_formulas(built(r(choose(S > 0, Y, 0) + S)))
    opening_apart = prior(Y, opening=choose(S > 0, 1, 0))
    check_formulas(built(r(choose(S > 0, opening_apart, 0))))


@pytest.mark.parametrize(("start", "length"), [(-S, 110), (S, 111)])
def test_one_hundred_and_ten_characters_and_no_more(start: Expr, length: int):
    layout = Layout(built(r(start)))
    for _ in range((length - len("=" + formula(layout, "r", {}, 0))) // len("+1")):
        start = start + 1
    model = built(r(start))
    assert len("=" + formula(layout, "r", {}, 0)) < len("=" + formula(Layout(model), "r", {}, 0)) == length
    if length == 110:
        check_formulas(model)
    else:
        with pytest.raises(RowError, match="a formula of 111 characters, more than 110"):
            check_formulas(model)


def test_the_length_is_that_of_the_formula_as_written():
    """Years far to the right have two letters, and the message shows the very formula."""
    wide = [Dimension(f"d{k}", ("a",)) for k in range(30)]
    expr = S
    for _ in range(8):
        expr = expr + Y
    model = built(r(expr, name="fits"), dims=(*DIMS, *wide))
    check_formulas(model)
    *_, in_the_last_year = formula_cells(Layout(model))
    longest = in_the_last_year.formula
    assert len(longest) > 100
    with pytest.raises(RowError) as error:
        check_formulas(built(r(expr + Y + Y, name="fits"), dims=(*DIMS, *wide)))
    assert longest in str(error.value)
    assert f"needs a formula of {len(longest) + 2 * len('+Inputs!AN10')} characters" in str(error.value)


def test_a_formula_is_refused_for_its_longest_element():
    long = Y
    for _ in range(40):
        long = long + Y
    only_the_first = shift(M, over="month", first=long)
    with pytest.raises(RowError, match="more than 110"):
        check_formulas(built(r(only_the_first, ("month",))))


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({}, "inputs without a value: by_line, by_month"),
        ({"scalar": np.zeros((2,))}, r"scalar: shape \(2, 1\), but \(3 or 1, \(\), draws\) is needed"),
        ({"by_line": np.zeros((3, 2))}, r"by_line: shape \(3, 2, 1\), but"),
        ({"by_line": np.zeros((3, 2, 1))}, r"by_line: shape \(3, 2, 1\), but"),
        ({"by_line": np.zeros(3)}, r"by_line: shape \(3,\), but"),
        ({"by_line": np.zeros((2, 3))}, r"by_line: shape \(2, 3, 1\), but"),
    ],
)
def test_inputs_that_do_not_fit(inputs: dict[str, np.ndarray], says: str):
    model = built(r(S))
    full = {n: np.zeros((1, *model.shape(n))) for n in model.inputs} | inputs if inputs else {"scalar": np.zeros(1)}
    with pytest.raises(ValueError, match=says):
        evaluate(model, full)


def test_expand_keeps_the_numbers_in_their_places():
    model = built(r(S))
    values = np.arange(3 * 3 * 2, dtype=float).reshape(3, 3, 2)
    full = expand(model, "line_month", values)
    assert full.shape == (3, 1, 3, 2, 1)
    assert np.array_equal(full[:, 0, :, :, 0], values)


def test_rows_read_in_one_year_come_first():
    model = built(
        r(ref("b") + prior(ref("c"), opening=ref("d")), name="a"),
        r(S, name="b"),
        r(ref("a") + 1, name="c"),
        r(Y, name="d"),
    )
    place = {n: k for k, n in enumerate(model.order)}
    assert all(place[n] < place[m] for m in model.rows for n in same_year_reads(model.rows[m].expr) if n in place)
    circles = [set(block) for block in model.blocks if len(block) > 1]
    assert circles == [{"a", "c"}]
    assert model.blocks[-1] in (("a", "c"),)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=6, depth=2))
def test_blocks_hold_every_row_once_and_in_order(case: Case):
    model = case.model
    assert sorted(n for block in model.blocks for n in block) == sorted(model.rows)
    done: set[str] = set()
    for block in model.blocks:
        done |= set(block)
        assert all({n for n in reads(model.rows[m].expr) if n in model.rows} <= done for m in block)
        for m in block if len(block) > 1 else ():
            assert m in model.downstream([m]), "rows of one block reach each other"


@settings(max_examples=examples(80), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=6, depth=2), st.data())
def test_a_recalculation_is_an_evaluation(case: Case, data: st.DataObject):
    """Changed inputs and given rows: the same numbers, and arrays that nothing moves are the very same objects."""
    model = case.model
    before = evaluate(model, case.draw(0))
    inputs = data.draw(st.lists(st.sampled_from(sorted(model.inputs)), max_size=3, unique=True))
    rows = data.draw(st.lists(st.sampled_from(sorted(model.rows)), max_size=2, unique=True))
    new = {n: case.inputs[n][..., 1] + 1 for n in inputs}
    own = {n: np.full((len(model.years), *model.shape(n)), 7.25) for n in rows}
    after = recalculate(model, before, new | own)
    plain = evaluate(model, case.draw(0) | new, given=own)
    moved = model.downstream({*new, *own}, frozenset(own)) | new.keys() | own.keys()
    for name in (*model.inputs, *model.rows):
        np.testing.assert_array_equal(after[name], plain[name], err_msg=name)
        assert (after.full[name] is before.full[name]) == (name not in moved)
    assert all((after[n] == 7.25).all() for n in rows)
    again = recalculate(model, after, {n: case.draw(0)[n] for n in inputs})
    held = evaluate(model, case.draw(0), given=own)
    moved = model.downstream(inputs, frozenset(own)) | set(inputs)
    for name in model.rows:
        np.testing.assert_array_equal(again[name], held[name], err_msg="given rows stay given")
        assert (again.full[name] is after.full[name]) == (name not in moved), "nothing moves through a given row"


def test_a_recalculation_refuses_unknown_names():
    model = built(r(S))
    before = evaluate(model, {n: np.zeros((1, *model.shape(n))) for n in model.inputs})
    with pytest.raises(ValueError, match="neither inputs nor rows: elsewhere"):
        recalculate(model, before, {"elsewhere": np.zeros(1)})


def test_a_given_row_breaks_its_circle():
    a = one_row("a", prior(ref("b"), opening=1) + Y)
    b = one_row("b", ref("a") * S)
    model = built(a, b)
    inputs = {n: np.full((1, *model.shape(n)), 2.0) for n in model.inputs}
    results = evaluate(model, inputs, given={"b": np.array([10.0, 20.0, 30.0])})
    assert results.series("a").tolist() == [3, 12, 22]
    assert results.series("b").tolist() == [10, 20, 30]
    assert results.final("a") == 22
    assert "a" in results
    assert "c" not in results


def test_results_are_read_by_member():
    model = built(r(L + LM, ("line", "month")))
    inputs = {n: np.zeros((1, *model.shape(n))) for n in model.inputs}
    inputs["by_line"] = np.arange(9.0).reshape(3, 3)
    results = evaluate(model, inputs)
    assert results.series("r", line="y", month="m2").tolist() == [1, 4, 7]
    assert results.series("by_pool", pool="q").tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (A - (B - A), "a − (b − a)"),
        (A - B - A, "a − b − a"),
        (A / (B * A), "a ÷ (b × a)"),
        ((A + B) * -A, "(a + b) × −a"),
        (-(A + B), "−(a + b)"),
        (choose((A > B) & ((A < 1) | (B >= 0)), A, 0), "(a if a > b and (a < 1 or b ≥ 0), otherwise 0)"),
        (ratio(A + B, A * B), "((a + b) ÷ (a × b), or 0 where that is 0)"),
        (prior(A), "last year's a"),
        (prior(A, opening=B - 1), "last year's a (in the first year, b − 1)"),
        (total(A, over="line", by="pool"), "the total of a over line for each pool"),
        (up(ref("x.y_z"), along="pool"), "x: y z of its pool"),
        (least(A, 1, most(B, 0)), "the least of (a, 1, the most of (b, 0))"),
        (size(A - B), "the size of (a − b)"),
        (weighted(A, B, over="line"), "the total of a × b over line"),
        (shift(A, over="month", first=0), "a of the month before (for the first, 0)"),
        (last(A, over="month"), "a at the last month"),
        (running(A, over="month"), "the running total of a over month"),
        (interpolate(A, B, A, over="month"), "a read at a between the points b"),
        (steps(A, B, A, over="month"), "a of the step of b that holds a"),
    ],
)
def test_rows_in_words(expr: Expr, text: str):
    assert words(expr) == text


def test_names_in_words():
    assert plain_name("hospital_share.in_band") == "hospital share: in band"


@settings(max_examples=examples(40), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=4, depth=2))
def test_the_formula_sheet_names_everything(case: Case):
    text = formula_sheet(case.model, "All rows")
    assert text.startswith("# All rows\n")
    for name, row_ in case.model.rows.items():
        assert f"### `{name}`\n" in text
        assert f"> {plain_name(name)} = {words(row_.expr)}\n" in text
    assert all(f"| `{n}` |" in text for n in case.model.inputs)


def test_every_operation_has_a_meaning_in_words():
    assert all(o.meaning for o in OPERATIONS.values())
    assert all(o.words for op, o in OPERATIONS.items() if op not in ("num", "ref"))


def test_rows_of_a_module_are_those_marked():
    class Module:
        @row(sheet="Cost", unit="GBP", dims=("line",))
        def cost(by_line: Expr, scalar: Expr) -> Expr:
            """Cost of the line."""
            return by_line * scalar

    (found,) = rows_of(Module)  # type: ignore[arg-type]
    assert (found.name, found.dims, found.sheet, found.doc) == ("cost", ("line",), "Cost", "Cost of the line.")
    assert found.origin.partition(":")[2].isdigit()
