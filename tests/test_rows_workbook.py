"""The workbook's formulas: few functions, one IF, the same in every year, and a broken one is caught where it breaks.

That every cell equals the engine is held for random models by `test_rows_operations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import formualizer
import numpy as np
import pytest
from engine_models import Case, cases, model_of, one_row, ref
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from spreadsheet import as_number, cells_of_model, differences, expected_cells
from tools import examples

from mcp_finance.rows.evaluate import evaluate, recalculate
from mcp_finance.rows.expr import (
    Expr,
    RowError,
    choose,
    last,
    least,
    most,
    prior,
    ratio,
    running,
    shift,
    total,
    up,
    weighted,
)
from mcp_finance.rows.formulas import MOST_CHARACTERS, Cell, check_formulas, formula, formula_cells
from mcp_finance.rows.layout import OPENING, Layout, letters, quoted
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Dimension, InputSpec, Map, row

RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
ALLOWED = {"SUM", "SUMPRODUCT", "SUMIFS", "INDEX", "MATCH", "MIN", "MAX", "IF", "AND", "OR", "ABS"}
REFERENCE = re.compile(r"(\$?)([A-Z]{1,3})(\$?)([0-9]+)(?![A-Za-z0-9!'(])")
SHEET = re.compile(r"'(?:[^']|'')*'!|[A-Za-z]+!")


def number_of(column: str) -> int:
    n = 0
    for letter in column:
        n = 26 * n + ord(letter) - 64
    return n


def relative(cell: Cell) -> str:
    """The formula with every reference as an offset from its own cell, or as it is where a dollar fixes it."""

    def offset(found: re.Match[str]) -> str:
        fixed_column, column, fixed_line, line = found.groups()
        across = column if fixed_column else f"[{number_of(column) - cell.column:+}]"
        down = line if fixed_line else f"[{int(line) - cell.line:+}]"
        return f"R{down}C{across}"

    names = SHEET.findall(cell.formula)
    text = REFERENCE.sub(offset, SHEET.sub("@", cell.formula))
    return "".join([*names, text])


def by_element(model: Model) -> Iterator[list[Cell]]:
    """The year cells of each element, in the order of the years."""
    found: dict[tuple[str, int], list[Cell]] = {}
    for cell in formula_cells(Layout(model)):
        if cell.year != OPENING:
            found.setdefault((cell.name, cell.line), []).append(cell)
    yield from found.values()


@settings(max_examples=examples(100), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=5, depth=2))
def test_every_formula_is_the_same_in_every_year(case: Case):
    for cells in by_element(case.model):
        assert [c.year for c in cells] == list(range(len(case.model.years)))
        assert len({relative(c) for c in cells}) == 1, [c.formula for c in cells]


@settings(max_examples=examples(100), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=4, depth=2))
def test_only_plain_functions_and_short_formulas(case: Case):
    try:
        check_formulas(case.model)
    except RowError:
        assume(False)
    places = set()
    for cell in formula_cells(Layout(case.model)):
        text = SHEET.sub("", cell.formula)
        assert set(re.findall(r"[A-Z]+(?=\()", text)) <= ALLOWED, cell.formula
        assert len(cell.formula) <= MOST_CHARACTERS
        assert text.count("IF(") <= 1
        assert not re.search(r"(?<![A-Z$0-9])[2-9]|[0-9]\.[0-9]", text), "no literals but 0 and 1"
        places.add((cell.sheet, cell.line, cell.column))
    assert len(places) == sum(1 for _ in formula_cells(Layout(case.model))), "no two formulas in one cell"


@settings(max_examples=examples(60), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=4, depth=2), st.integers(0, 2))
def test_a_changed_input_moves_sheet_and_engine_alike(case: Case, draw: int):
    references = [case.reference(k) for k in (0, draw)]
    for reference in references:
        for name in case.rows:
            case.expected(name, reference)
    assume(all(r.exact for r in references))
    results = recalculate(case.model, evaluate(case.model, case.draw(0)), case.draw(draw))
    assert differences(cells_of_model(case.model, case.draw(draw)), expected_cells(results), within=0.0) == []


def account() -> Model:
    """A small contract that meets every kind of formula."""

    @row(sheet="Activity", unit="spells", dims=("line",))
    def activity(activity: Expr, baseline: Expr, growth: Expr) -> Expr:
        """Activity, grown."""
        return prior(activity, opening=baseline) * (1 + growth)

    @row(sheet="Unit cost", unit="GBP", dims=("line",))
    def cost(activity: Expr, pool_price: Expr) -> Expr:
        """Cost at the pool's price."""
        return activity * up(pool_price, along="pool")

    @row(sheet="Unit cost", unit="GBP", dims=("pool",))
    def pool_cost(cost: Expr) -> Expr:
        """Cost of the pool."""
        return total(cost, over="line", by="pool")

    @row(sheet="Result", unit="GBP")
    def result(budget: Expr, pool_cost: Expr) -> Expr:
        """Budget less cost."""
        return budget - total(pool_cost, over="pool")

    @row(sheet="Result", unit="GBP")
    def weight(activity: Expr, baseline: Expr) -> Expr:
        """Activity weighted by its baseline."""
        return weighted(activity, baseline, over="line")

    @row(sheet="Result", unit="GBP", dims=("month",))
    def flow(result: Expr, season: Expr) -> Expr:
        """The month's part of the result."""
        return choose(result >= 0, result, most(result, 0)) * season

    @row(sheet="Result", unit="GBP", dims=("month",))
    def cash(flow: Expr, closing: Expr) -> Expr:
        """Cash of the month."""
        return prior(closing) + running(flow, over="month")

    @row(sheet="Result", unit="GBP")
    def closing(cash: Expr) -> Expr:
        """Cash at the end of the year."""
        return last(cash, over="month")

    @row(sheet="Result", unit="GBP", dims=("month",))
    def change(cash: Expr, closing: Expr) -> Expr:
        """Cash against the month before."""
        return ratio(cash - shift(cash, over="month", first=0), least(closing, 1))

    specs = [
        InputSpec("baseline", "spells", "-", ("line",)),
        InputSpec("growth", "1", "-", ("line",), yearly=True, growth=True),
        InputSpec("pool_price", "GBP", "-", ("pool",), yearly=True),
        InputSpec("budget", "GBP", "-", yearly=True),
        InputSpec("season", "1", "-", ("month",)),
    ]
    dims = [
        Dimension("pool", ("p", "q")),
        Dimension("line", ("a", "b", "c")),
        Dimension("month", ("m1", "m2"), ordered=True),
    ]
    rows = [activity, cost, pool_cost, result, weight, flow, cash, closing, change]
    return model_of(rows, specs, dims, [Map("pool", "line", "pool", (1, 0, -1))], years=4)


def figures(model: Model) -> dict[str, np.ndarray]:
    g = np.random.default_rng(1)
    found = {n: g.uniform(0.5, 2, (4 if s.yearly else 1, *model.shape(n))) for n, s in model.inputs.items()}
    found["growth"][0] = 0
    found["budget"] += 100
    return found


def test_the_account_reads_as_expected():
    model = account()
    check_formulas(model)
    layout = Layout(model)
    at = {"line": 1}
    assert formula(layout, "activity", at, 0) == "G8*(1+Inputs!H13)"
    assert formula(layout, "pool_cost", {"pool": 0}, 1) == "SUMIFS(I$7:I$9,$D$7:$D$9,$D12)"
    assert "INDEX(Inputs!" in formula(layout, "cost", at, 2)
    assert "'Unit cost'!" in formula(layout, "result", {}, 0)


A, B, C = ref("a"), ref("b"), ref("c")


@pytest.mark.parametrize(
    "expr",
    [
        C - (A - B),
        C / (A / B),
        C / (A * B),
        -(A - B) - -C,
        C * shift(A, over="month", first=B + C),
        C - shift(A, over="month", first=B - C),
        C / shift(A, over="month", first=B * C),
        ratio(A - B, C),
        ratio(C, A - B),
        ratio(C, A * B),
        ratio(C, A / B),
        ratio(C, -A),
        C - ratio(A, B),
        -choose(A > B, A, C - B) * C,
        C - least(A - B, B - C),
    ],
)
def test_brackets_are_where_they_must_be(expr: Expr):
    months = Dimension("month", ("m1", "m2"), ordered=True)
    specs = [InputSpec(n, "1", "-", ("month",)) for n in "abc"]
    model = model_of([one_row("r", expr, ("month",))], specs, [months], years=1)
    inputs = {"a": np.array([[2.0, 7.0]]), "b": np.array([[5.0, -3.0]]), "c": np.array([[11.0, 13.0]])}
    results = evaluate(model, inputs)
    assert np.isfinite(results["r"]).all()
    assert differences(cells_of_model(model, inputs), expected_cells(results), within=1e-12) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Cost", "Cost"),
        ("Hospital share", "'Hospital share'"),
        ("A1", "'A1'"),
        ("RC", "'RC'"),
        ("Q's", "'Q''s'"),
        ("2018", "'2018'"),
        ("Café", "'Café'"),
    ],
)
def test_sheet_names_in_formulas(name: str, text: str):
    assert quoted(name) == text


@given(st.integers(1, 16384))
def test_column_letters(column: int):
    assert number_of(letters(column)) == column


def test_keys_name_members_and_groups():
    layout = Layout(account())
    pool, line = layout.keys["pool"], layout.keys["line"]
    assert layout.key_cells({"line": 0}) == {pool: "q", line: "a"}
    assert layout.key_cells({"line": 2}) == {line: "c"}
    assert layout.key_cells({"pool": 0}) == {pool: "p"}


@settings(max_examples=examples(100), deadline=None, suppress_health_check=RELAXED)
@given(cases(rows=5, depth=1))
def test_no_two_lines_stand_on_each_other(case: Case):
    layout = Layout(case.model)
    lines = [(layout.sheet[n], layout.title_line(n)) for n in (*case.model.inputs, *case.model.rows)]
    lines += [
        (layout.sheet[n], layout.line(n, at))
        for n in (*case.model.inputs, *case.model.rows)
        for at in layout.elements(n)
    ]
    assert len(lines) == len(set(lines))


def precedents(cell: Cell) -> set[tuple[str, int, int]]:
    """Every cell that a formula reads."""
    found: set[tuple[str, int, int]] = set()
    pattern = re.compile(rf"({SHEET.pattern})?{REFERENCE.pattern}(?::{REFERENCE.pattern})?")
    for match in pattern.finditer(cell.formula):
        sheet, _, column, _, line, _, column_to, _, line_to = match.groups()
        name = sheet[:-1].strip("'").replace("''", "'") if sheet else cell.sheet
        first, last = number_of(column), number_of(column_to or column)
        for k in range(int(line), int(line_to or line) + 1):
            found |= {(name, k, c) for c in range(first, last + 1)}
    return found


def dependants(cells: list[Cell], start: tuple[str, int, int]) -> set[tuple[str, int, int]]:
    """The cell and everything that reads it, however far away."""
    reads = {(c.sheet, c.line, c.column): precedents(c) for c in cells}
    found = {start}
    while more := {place for place, read in reads.items() if place not in found and read & found}:
        found |= more
    return found


def recalculated(model: Model, inputs: dict[str, np.ndarray], broken: Cell) -> dict[tuple[str, int, int], float]:
    """The sheet with one formula replaced by itself plus one; values as a spreadsheet engine computes them."""
    layout = Layout(model)
    book = formualizer.Workbook()
    for sheet in layout.sheets:
        book.add_sheet(sheet)
    for name in (*model.inputs, *model.rows):
        for at in layout.elements(name):
            for column, key in layout.key_cells(at).items():
                book.set_value(layout.sheet[name], layout.line(name, at), column, key)
    for name, spec in model.inputs.items():
        for at in layout.elements(name):
            for year in range(len(model.years)) if spec.yearly else (OPENING,):
                value = float(inputs[name][(max(year, 0), *(at[d] for d in spec.dims))])
                book.set_value(layout.sheet[name], layout.line(name, at), layout.column(year), value)
    places = []
    for cell in formula_cells(layout):
        text = cell.formula + "+1" if cell == broken else cell.formula
        book.set_formula(cell.sheet, cell.line, cell.column, text)
        places.append((cell.sheet, cell.line, cell.column))
    return {p: as_number(v) for p, v in zip(places, book.evaluate_cells(places), strict=True)}


@pytest.mark.parametrize("name", account().rows)
def test_a_broken_formula_is_caught_where_it_breaks_and_where_it_is_read(name: str):
    """The cell itself differs, what differs reads it, and no other cell does."""
    model = account()
    inputs = figures(model)
    expected = expected_cells(evaluate(model, inputs))
    assert differences(cells_of_model(model, inputs), expected, within=1e-9) == []
    cells = list(formula_cells(Layout(model)))
    for broken in [c for c in cells if c.name == name and c.year == 1]:
        place = (broken.sheet, broken.line, broken.column)
        wrong = {p for p, *_ in differences(recalculated(model, inputs, broken), expected, within=1e-9)}
        assert place in wrong
        assert wrong <= dependants(cells, place)
        if name in ("activity", "pool_cost", "result"):
            assert wrong & {p for p in expected if p != place and p in dependants(cells, place)}
