"""What fills inputs: cells with their origins, and how figures, series and words of a scenario become them.

Each number keeps its place in the file, its path and its evidence, so that `explain` and the workbook can show the line
on which it stands. A word such as `provider: hospital` becomes a switch with the place of that word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from mcp_finance.files.nodes import place_of
from mcp_finance.files.shape import Steps, dotted
from mcp_finance.model.structure import Structure
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.kinds import Figure, Series
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.sections.lines import Line
from mcp_finance.scenario.tables import Value
from mcp_finance.terms.compiler.compile import Compiled

Cell = tuple[float, Origin]
NOTHING: Cell = (0.0, Origin("", "", grade="definition", note="does not apply to this line"))
AT_PRICE: Cell = (1.0, Origin("", "", grade="definition", note="other providers' price is their cost"))


Role = Literal["own", "part", "offset"]
"""How a figure of the scenario is in a cell: it is the cell, or the cell is its product or its sum with another."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A figure of the scenario that makes a cell together with another: the fraction of a baseline and the baseline."""

    origin: Origin
    unit: str
    value: float
    input: str
    at: tuple[int, ...]
    role: Role


@dataclass
class ModelInputs:
    """A model with its term sheets and values. `origins` has one entry for each element (and year) of each input.

    `behind` holds figures that make a cell with another, `words` the paths of words that became numbers.
    """

    model: Model
    terms: tuple[Compiled, ...] = ()
    values: dict[str, Array] = field(default_factory=dict)
    origins: dict[str, dict[tuple[int, ...], Origin]] = field(default_factory=dict)
    behind: list[Behind] = field(default_factory=list)
    words: frozenset[str] = frozenset()

    def put(self, name: str, cells: Iterable[Cell]) -> None:
        """Set an input without years: one cell for each element."""
        found = list(cells)
        self.values[name] = np.array([c[0] for c in found], dtype=np.float64).reshape((1, *self.model.shape(name)))
        self._originate(name, found, (1, *self.model.shape(name)))

    def put_years(self, name: str, cells: Iterable[Iterable[Cell]]) -> None:
        """Set a yearly input: for each element, one cell for each year."""
        found = [list(c) for c in cells]
        shape = self.model.shape(name)
        years = len(self.model.years)
        flat = np.array([[c[0] for c in element] for element in found], dtype=np.float64).reshape(-1, years)
        self.values[name] = np.moveaxis(flat.reshape((*shape, years)), -1, 0).copy()
        by_year = [element[t] for t in range(years) for element in found]
        self._originate(name, by_year, (years, *shape))

    def _originate(self, name: str, cells: list[Cell], shape: tuple[int, ...]) -> None:
        yearly = self.model.inputs[name].yearly
        self.origins[name] = {}
        for position, cell in zip(np.ndindex(*shape), cells, strict=True):
            self.origins[name][(*position[1:], position[0]) if yearly else position[1:]] = cell[1]


class Filler:
    """A checked scenario and its structure, and how to take cells from them."""

    def __init__(self, loaded: Loaded, structure: Structure) -> None:
        self.loaded, self.s, self.structure = loaded, loaded.scenario, structure
        self.lines = list(loaded.scenario.lines.items())
        self.words: set[str] = set()

    def cell(self, path: Steps, figure: Figure) -> Cell:
        return figure.value, self.origin(path, figure)

    def origin(self, path: Steps, figure: Figure) -> Origin:
        evidence = (figure.source, figure.grade or "", figure.owner, figure.note, figure.date)
        return Origin(self.place((*path, "value")), dotted(path), *evidence)

    def place(self, path: Steps) -> str:
        """Place of a value, its file seen from the scenario's folder: outputs do not say where that folder is."""
        place = place_of(self.loaded.root, path)
        return f"{self.loaded.beside(place.file)}:{place.line}:{place.column}"

    def tabled(self, value: Value) -> Cell:
        number, origin = value
        return number, self.beside(origin)

    def word(self, path: Steps, value: float) -> Cell:
        self.words.add(dotted(path))
        return value, Origin(self.place(path), dotted(path), grade="definition")

    def series(self, path: Steps, series: Series, *, growth: bool) -> list[Cell]:
        cells: list[Cell] = []
        for t, year in enumerate(self.structure.years):
            figure, steps = series.of_year(year)
            if (growth and t == 0) or figure is None:
                cells.append(
                    (0.0, Origin("", dotted(path), grade="definition", note="indices begin in the first year"))
                )
            else:
                value_at = path if steps == ("value",) else (*path, *steps)
                cells.append(self.cell(value_at, figure))
        return cells

    def by_line(self, f: Callable[[Steps, Line], Cell]) -> list[Cell]:
        return [f(("lines", name), line) for name, line in self.lines]

    def optional(self, key: str, otherwise: Cell = NOTHING) -> list[Cell]:
        """A figure of every line that has it; the same cell for all others."""

        def cell(path: Steps, line: Line) -> Cell:
            figure = getattr(line, key)
            return otherwise if figure is None else self.cell((*path, key), figure)

        return self.by_line(cell)

    def beside(self, origin: Origin) -> Origin:
        return replace(origin, place=self.loaded.beside(origin.place))
