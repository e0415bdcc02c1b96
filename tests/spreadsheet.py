"""A spreadsheet engine for tests: recalculates a model's formulas, or a workbook's, from its cells."""

from __future__ import annotations

from collections.abc import Mapping, Set
from math import isclose

import formualizer
import numpy as np

from mcp_finance.rows.evaluate import Array, Results
from mcp_finance.rows.formulas import formula_cells
from mcp_finance.rows.layout import OPENING, Layout
from mcp_finance.rows.model import Model

Place = tuple[str, int, int]


class LiveSheets:
    """A model's formulas in a spreadsheet engine; inputs and formulas may be changed and everything recalculated.

    `formulas` replaces the formulas of some places, to prove that a broken one is found.
    """

    def __init__(self, model: Model, inputs: Mapping[str, Array], formulas: Mapping[Place, str] | None = None) -> None:
        self.model, self.layout = model, Layout(model)
        self.inputs: dict[str, Array] = {}
        self.book = formualizer.Workbook()
        for sheet in self.layout.sheets:
            self.book.add_sheet(sheet)
        for name in (*model.inputs, *model.rows):
            for at in self.layout.elements(name):
                for column, key in self.layout.key_cells(at).items():
                    self.book.set_value(self.layout.sheet[name], self.layout.line(name, at), column, key)
        self.change(inputs)
        found = list(formula_cells(self.layout))
        self.rows = {(c.sheet, c.line, c.column): c.name for c in found}
        self.formulas = {(c.sheet, c.line, c.column): c.formula for c in found}
        self.formulas |= formulas or {}
        for (sheet, line, column), formula in self.formulas.items():
            self.book.set_formula(sheet, line, column, formula)

    def change(self, inputs: Mapping[str, Array]) -> None:
        """Write the values that differ from those in the sheets."""
        for name, values in inputs.items():
            if name in self.inputs and np.array_equal(self.inputs[name], values):
                continue
            spec = self.model.inputs[name]
            for at in self.layout.elements(name):
                position = tuple(at[d] for d in spec.dims)
                for year in range(int(spec.growth), len(self.model.years)) if spec.yearly else (OPENING,):
                    value = float(values[(max(year, 0), *position)])
                    before = self.inputs.get(name)
                    if before is None or before[(max(year, 0), *position)] != value:
                        place = (self.layout.sheet[name], self.layout.line(name, at), self.layout.column(year))
                        self.book.set_value(*place, value)
            self.inputs[name] = np.array(values)

    def cells(self, rows: Set[str] | None = None) -> dict[Place, float]:
        """Every formula cell, or those of some rows, as the spreadsheet engine computes it."""
        places = [p for p in self.formulas if rows is None or self.rows[p] in rows]
        values = self.book.evaluate_cells(places)
        return {p: as_number(v) for p, v in zip(places, values, strict=True)}


def cells_of_model(model: Model, inputs: Mapping[str, Array]) -> dict[Place, float]:
    """Every formula cell of the model as a spreadsheet engine computes it, by sheet, line and column."""
    return LiveSheets(model, inputs).cells()


def as_number(value: object) -> float:
    """A cell's number; anything else (an error, a text, nothing) is not a number."""
    if isinstance(value, bool | int | float):
        return float(value)
    return float("nan")


def expected_cells(results: Results, rows: Set[str] | None = None) -> dict[Place, float]:
    """The engine's value for every year cell of every row, or of some rows."""
    model, layout = results.model, Layout(results.model)
    found = {}
    for name in model.rows if rows is None else [n for n in model.rows if n in rows]:
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
