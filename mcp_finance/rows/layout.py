"""Where every row and input stands in the workbook.

All sheets share one grid: label, item, unit, then one key column for each dimension and map, then a column for
constants and openings, then the years. So a year has the same column letter on every sheet, last year is always one
column to the left, and an opening stands just left of the first year. A row takes one line for each of its elements,
the innermost dimension running fastest, below a title line; the keys on each line are what SUMIFS and MATCH look for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from mcp_finance.rows.model import Model

INPUT_SHEET = "Inputs"
LABEL, ITEM, UNIT, FIRST_KEY = 1, 2, 3, 4
HEADER_ROW = 4
FIRST_ROW = 6
OPENING = -1


@dataclass(frozen=True)
class Layout:
    """Places of a model's cells; rows and columns are numbered from 1, as in a spreadsheet."""

    model: Model

    @cached_property
    def keys(self) -> dict[str, int]:
        """Key columns: a dimension and a map of the same name share one."""
        names = dict.fromkeys([d.name for d in self.model.dims] + [m.name for m in self.model.maps])
        return {name: FIRST_KEY + k for k, name in enumerate(names)}

    @cached_property
    def constant_column(self) -> int:
        return FIRST_KEY + len(self.keys)

    def column(self, year: int) -> int:
        """Column of a year by position; `OPENING` is the column of constants and openings."""
        return self.constant_column + 1 + year

    @property
    def after_years(self) -> int:
        """First column after the years, where meanings and sources stand."""
        return self.column(len(self.model.years))

    @cached_property
    def sheets(self) -> dict[str, tuple[str, ...]]:
        """Names by sheet, inputs first, in the order of definition."""
        found: dict[str, list[str]] = {INPUT_SHEET: list(self.model.inputs)}
        for row in self.model.rows.values():
            found.setdefault(row.sheet, []).append(row.name)
        return {sheet: tuple(names) for sheet, names in found.items()}

    @cached_property
    def sheet(self) -> dict[str, str]:
        return {name: sheet for sheet, names in self.sheets.items() for name in names}

    @cached_property
    def first(self) -> dict[str, int]:
        """Line of the first element of every row and input."""
        found: dict[str, int] = {}
        for names in self.sheets.values():
            line = FIRST_ROW
            for name in names:
                found[name] = line + 1
                line += prod(self.model.shape(name)) + 2
        return found

    def title_line(self, name: str) -> int:
        return self.first[name] - 1

    def line(self, name: str, at: Mapping[str, int]) -> int:
        """Line of the element of `name` at the positions `at` (others than its own dimensions are ignored)."""
        k = 0
        for d in self.model.dims_of(name):
            k = k * len(self.model.dimension[d].members) + at[d]
        return self.first[name] + k

    def lines(self, name: str) -> tuple[int, int]:
        """First and last line of a row or input."""
        return self.first[name], self.first[name] + prod(self.model.shape(name)) - 1

    def elements(self, name: str) -> Iterator[dict[str, int]]:
        """Positions of every element, in the order of the lines."""
        dims = self.model.dims_of(name)
        for at in product(*(range(len(self.model.dimension[d].members)) for d in dims)):
            yield dict(zip(dims, at, strict=True))

    def key_cells(self, at: Mapping[str, int]) -> dict[int, str]:
        """Column and text of the keys on an element's line: its members, and its groups by every map."""
        members = {self.keys[d]: self.model.dimension[d].members[k] for d, k in at.items()}
        groups = {
            self.keys[m.name]: self.model.dimension[m.target].members[m.to[at[m.source]]]
            for m in self.model.maps
            if m.source in at and m.to[at[m.source]] >= 0
        }
        return groups | members

    def item(self, at: Mapping[str, int]) -> str:
        """The element's titles, for a reader."""
        return ", ".join(self.model.dimension[d].title(k) for d, k in at.items())

    def is_constant(self, name: str) -> bool:
        """An input with one value for all years."""
        return name in self.model.inputs and not self.model.inputs[name].yearly


def quoted(sheet: str) -> str:
    """A sheet's name as a formula writes it: bare where it is one plain word, otherwise in quotes."""
    plain = sheet.isascii() and sheet.isalpha() and len(sheet) > len("RC")
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


def letters(column: int) -> str:
    """`1` is `A`, `27` is `AA`."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
