"""A spreadsheet engine for tests: recalculates a model's formulas, or a workbook's, from its cells."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose

import formualizer
import numpy as np

from mcp_finance.rows.evaluate import Array, Results
from mcp_finance.rows.formulas import formula_cells
from mcp_finance.rows.layout import OPENING, Layout
from mcp_finance.rows.model import Model


def cells_of_model(model: Model, inputs: Mapping[str, Array]) -> dict[tuple[str, int, int], float]:
    """Every formula cell of the model as a spreadsheet engine computes it, by sheet, line and column."""
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
            position = tuple(at[d] for d in spec.dims)
            for year in range(int(spec.growth), len(model.years)) if spec.yearly else (OPENING,):
                value = float(inputs[name][(max(year, 0), *position)])
                book.set_value(layout.sheet[name], layout.line(name, at), layout.column(year), value)
    places = []
    for cell in formula_cells(layout):
        book.set_formula(cell.sheet, cell.line, cell.column, cell.formula)
        places.append((cell.sheet, cell.line, cell.column))
    values = book.evaluate_cells(places)
    return {p: as_number(v) for p, v in zip(places, values, strict=True)}


def as_number(value: object) -> float:
    """A cell's number; anything else (an error, a text, nothing) is not a number."""
    if isinstance(value, bool | int | float):
        return float(value)
    return float("nan")


def expected_cells(results: Results) -> dict[tuple[str, int, int], float]:
    """The engine's value for every year cell of every row."""
    model, layout = results.model, Layout(results.model)
    found = {}
    for name in model.rows:
        values = results[name]
        for at in layout.elements(name):
            position = tuple(at[d] for d in model.dims_of(name))
            for year in range(len(model.years)):
                place = (layout.sheet[name], layout.line(name, at), layout.column(year))
                found[place] = float(values[(year, *position, 0)])
    return found


def differences(
    sheet: Mapping[tuple[str, int, int], float], engine: Mapping[tuple[str, int, int], float], within: float
) -> list[tuple[tuple[str, int, int], float, float]]:
    """Cells that differ by more than `within` (and by more than rounding in the twelfth figure)."""
    return [
        (place, sheet[place], value)
        for place, value in engine.items()
        if not isclose(sheet[place], value, rel_tol=1e-12, abs_tol=within)
        and not (np.isnan(sheet[place]) and np.isnan(value))
    ]
