"""The workbook reader: every row as one formula, the same in every year and element.

Only SUM, SUMPRODUCT, SUMIFS, INDEX, MATCH, MIN, MAX, IF, AND, OR and ABS are written, at most 110 characters and one
IF a formula, so that a reader can follow a cell without a second screen. A row that would need more is refused when
the model is built, and its author gives a part of it a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_finance.rows.expr import Expr, RowError
from mcp_finance.rows.layout import OPENING, Layout, letters, quoted
from mcp_finance.rows.model import Model
from mcp_finance.rows.operations import OPERATIONS

MOST_CHARACTERS = 110
ANY_YEAR = 0
THIS_YEAR, LAST_YEAR = "\x01", "\x02"
"""Stand-ins for the columns of a year and of the year before it, in a formula written for any year."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A formula in its place. `year` is a position, or `OPENING`."""

    name: str
    at: Mapping[str, int]
    year: int
    sheet: str
    line: int
    column: int
    formula: str

    @property
    def address(self) -> str:
        return f"{letters(self.column)}{self.line}"


def formula_cells(layout: Layout) -> Iterator[Cell]:
    """Every formula of the model, openings first within a line."""
    openings = layout.model.openings()
    for name, row in layout.model.rows.items():
        for at in layout.elements(name):
            here = _Here(layout, name, at)
            if name in openings:
                yield here.cell(OPENING, here.text(openings[name], OPENING, 0))
            pattern = here.text(row.expr, ANY_YEAR, 0)
            for year in range(len(layout.model.years)):
                yield here.cell(year, _in_year(layout, pattern, year))
    for name in [n for n in layout.model.inputs if n in openings]:
        for at in layout.elements(name):
            here = _Here(layout, name, at)
            yield here.cell(OPENING, here.text(openings[name], OPENING, 0))


def formula(layout: Layout, name: str, at: Mapping[str, int], year: int) -> str:
    """The formula of one element in one year, without the equals sign."""
    return _in_year(layout, _Here(layout, name, at).text(layout.model.rows[name].expr, ANY_YEAR, 0), year)


def _in_year(layout: Layout, pattern: str, year: int) -> str:
    """A formula written for any year, with the columns of one year: so it is the same formula in all of them."""
    this, before = layout.column(year), layout.column(year - 1)
    return pattern.replace(THIS_YEAR, letters(this)).replace(LAST_YEAR, letters(before))


def check_formulas(model: Model) -> None:
    """Refuse rows that would not be readable in a workbook.

    Raises:
        RowError: a formula or an opening is longer than 110 characters or has more than one IF.
    """
    layout = Layout(model)
    for name, row in model.rows.items():
        _check_formula(layout, name, row.expr, ANY_YEAR, f"row {name} ({row.origin})")
    for name, opening in model.openings().items():
        _check_formula(layout, name, opening, OPENING, f"the opening of {name}")


def _check_formula(layout: Layout, name: str, expr: Expr, year: int, what: str) -> None:
    """Refuse an expression by its longest formula: the last year has the longest column letters."""
    if _ifs(expr) > 1:
        raise RowError(f"{what} needs two IFs in one formula: split it into two rows")
    last = len(layout.model.years) - 1
    patterns = (_Here(layout, name, at).text(expr, year, 0) for at in layout.elements(name))
    text = "=" + max((_in_year(layout, p, last) for p in patterns), key=len)
    if len(text) > MOST_CHARACTERS:
        raise RowError(
            f"{what} needs a formula of {len(text)} characters, more than {MOST_CHARACTERS}: split it. {text}"
        )


def _ifs(expr: Expr) -> int:
    """IFs in the formula of an expression; the opening of a `prior` stands in a cell of its own."""
    return OPERATIONS[expr.op].ifs + sum(_ifs(a) for a in (expr.args[:1] if expr.op == "prior" else expr.args))


@dataclass(frozen=True, slots=True)
class _Here:
    """The element whose formula is written."""

    layout: Layout
    name: str
    at: Mapping[str, int]

    @property
    def sheet(self) -> str:
        return self.layout.sheet[self.name]

    @property
    def line(self) -> int:
        return self.layout.line(self.name, self.at)

    def cell(self, year: int, text: str) -> Cell:
        return Cell(self.name, self.at, year, self.sheet, self.line, self.layout.column(year), f"={text}")

    def text(self, e: Expr, year: int, tight: int) -> str:
        if e.op == "num":
            return f"{e.value:g}"
        if e.op == "ref":
            return self.ref(e.name, self.at, year)
        if e.op == "prior":
            return self.prior(e)
        if e.op in ("total", "weighted", "up", "running", "shift", "last"):
            return self.along(e, year)
        operation = OPERATIONS[e.op]
        infix = operation.level and not operation.excel.endswith(")")
        if not infix:
            inner = [self.text(a, year, 0) for a in e.args]
            if e.op == "ratio":
                inner = [self.text(e.args[0], year, 5), self.text(e.args[1], year, 6)]
            return operation.excel.format(*inner, all=",".join(inner))
        parts = [self.text(a, year, operation.level + (k and operation.firm)) for k, a in enumerate(e.args)]
        text = operation.excel.format(*parts)
        return f"({text})" if operation.level < tight else text

    def ref(self, name: str, at: Mapping[str, int], year: int) -> str:
        """A cell of another row; openings and constants read a fixed column."""
        return self.prefix(name) + self.place(name, year) + str(self.layout.line(name, at))

    def place(self, name: str, year: int) -> str:
        """The column reference of a name in a year."""
        if self.layout.is_constant(name):
            return "$" + letters(self.layout.constant_column)
        return letters(self.layout.column(0)) if year == OPENING else THIS_YEAR

    def prefix(self, name: str) -> str:
        sheet = self.layout.sheet[name]
        return "" if sheet == self.sheet else f"{quoted(sheet)}!"

    def prior(self, e: Expr) -> str:
        name = e.args[0].name
        return self.prefix(name) + LAST_YEAR + str(self.layout.line(name, self.at))

    def block(self, name: str, year: int, first: int, last: int) -> str:
        column = self.place(name, year)
        return f"{self.prefix(name)}{column}${first}:{column}${last}"

    def key_block(self, name: str, key: str) -> str:
        column = "$" + letters(self.layout.keys[key])
        first, last = self.layout.lines(name)
        return f"{self.prefix(name)}{column}${first}:{column}${last}"

    def own_key(self, key: str) -> str:
        return f"${letters(self.layout.keys[key])}{self.line}"

    def along(self, e: Expr, year: int) -> str:
        x = e.args[0].name
        if e.op == "up":
            return self.up(e, x, year)
        size = len(self.layout.model.dimension[e.over].members)
        here = dict(self.at)
        if e.op == "last":
            return self.ref(x, here | {e.over: size - 1}, year)
        if e.op == "shift":
            before = here.get(e.over, 0) - 1
            return self.ref(x, here | {e.over: before}, year) if before >= 0 else self.text(e.args[1], year, 6)
        if e.op == "running":
            first = self.layout.line(x, here | {e.over: 0})
            column = self.place(x, year)
            return f"SUM({self.prefix(x)}{column}${first}:{column}{self.layout.line(x, here)})"
        if e.op == "weighted":
            return f"SUMPRODUCT({self.innermost(x, e.over, year)},{self.innermost(e.args[1].name, e.over, year)})"
        return self.total(e, x, year)

    def innermost(self, name: str, over: str, year: int) -> str:
        size = len(self.layout.model.dimension[over].members)
        ends = [self.layout.line(name, dict(self.at) | {over: k}) for k in (0, size - 1)]
        return self.block(name, year, ends[0], ends[1])

    def total(self, e: Expr, x: str, year: int) -> str:
        dims = self.layout.model.dims_of(x)
        if not e.by and dims[-1] == e.over:
            return f"SUM({self.innermost(x, e.over, year)})"
        pairs = [(d, d) for d in dims if d != e.over]
        if e.by:
            pairs.append((e.by, self.layout.model.map[e.by].target))
        return self.sumifs(x, year, pairs)

    def up(self, e: Expr, x: str, year: int) -> str:
        link = self.layout.model.map[e.by]
        if link.to[self.at[link.source]] < 0:
            return "0"
        dims = self.layout.model.dims_of(x)
        if dims == (link.target,):
            values = self.block(x, year, *self.layout.lines(x))
            return f"INDEX({values},MATCH({self.own_key(e.by)},{self.key_block(x, link.target)},0))"
        return self.sumifs(x, year, [(d, e.by if d == link.target else d) for d in dims])

    def sumifs(self, x: str, year: int, pairs: list[tuple[str, str]]) -> str:
        criteria = "".join(f",{self.key_block(x, theirs)},{self.own_key(ours)}" for theirs, ours in pairs)
        return f"SUMIFS({self.block(x, year, *self.layout.lines(x))}{criteria})"
