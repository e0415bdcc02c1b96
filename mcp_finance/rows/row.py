"""What a model is made of: dimensions, maps between them, inputs and rows.

A row is a plain function. Its parameter names are the rows and inputs that it reads, its docstring is its meaning:

    >>> @row(sheet="Cost", unit="GBP", dims=("line",))
    ... def line_cost(activity: Expr, unit_cost: Expr) -> Expr:
    ...     '''Cost of the line's activity.'''
    ...     return activity * unit_cost
    >>> line_cost.trace().name
    'line_cost'

A qualified name such as `budget_holder.result` is written with two underscores for the dot, as a parameter and as the
name of a function.
The decorator is a thin layer over `Row`, which a compiler of other notations may call directly.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

from mcp_finance.rows.expr import Expr, RowError

Kind = Literal["transfer", "resource", "funding"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A static axis. `members` are ids, in order; an `ordered` dimension may be run along (month, band, point)."""

    name: str
    members: tuple[str, ...]
    titles: tuple[str, ...] = ()
    ordered: bool = False

    def title(self, k: int) -> str:
        return self.titles[k] if self.titles else self.members[k]


@dataclass(frozen=True, slots=True)
class Map:
    """For every member of `source` the position of its group in `target`, or -1 where it has none."""

    name: str
    source: str
    target: str
    to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A flow of money: who pays whom, and whether it is a transfer, a use of resource or funding from outside."""

    payer: str
    payee: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one number came from: its place in a file and its evidence."""

    place: str
    path: str
    source: str = ""
    grade: str = ""
    owner: str = ""
    note: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """A number that rows read: its axes, unit and meaning. Values are given apart, so that a model is structure only.

    `growth` marks a yearly input that acts from the second year on; its first year is 0 and has no cell to fill in.
    """

    name: str
    unit: str
    doc: str
    dims: tuple[str, ...] = ()
    yearly: bool = False
    growth: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One named series over the years, perhaps one per member of its dimensions.

    `origin` is the place of its definition; `tags` carries keys that are not dimensions, such as a statement's party.
    """

    name: str
    expr: Expr
    dims: tuple[str, ...]
    sheet: str
    unit: str
    doc: str
    origin: str = ""
    entry: Entry | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowFunction:
    """A row as written: the function and what the decorator said of it."""

    function: Callable[..., Expr]
    sheet: str
    unit: str
    dims: tuple[str, ...]
    entry: Entry | None = None

    def trace(self) -> Row:
        """Call the function once, on symbols.

        Raises:
            RowError: the function does something that no expression can hold, or has no docstring.
        """
        f = self.function
        name = f.__name__.replace("__", ".")
        symbols = {p: Expr("ref", name=p.replace("__", ".")) for p in inspect.signature(f).parameters}
        try:
            expr = f(**symbols)
        except RowError as error:
            raise RowError(f"row {name}: {error}") from None
        except TypeError as error:
            raise RowError(f"row {name}: {error}; rows may use only the operations of rows.operations") from None
        if not isinstance(expr, Expr):
            raise RowError(f"row {name} returns {type(expr).__name__}, not an expression")
        if not f.__doc__:
            raise RowError(f"row {name} has no docstring: say in one sentence what it means")
        place = f"{f.__module__.replace('.', '/')}.py:{f.__code__.co_firstlineno}"
        return Row(name, expr, self.dims, self.sheet, self.unit, inspect.cleandoc(f.__doc__), place, self.entry)


def row(*, sheet: str, unit: str, dims: tuple[str, ...] = ()) -> Callable[[Callable[..., Expr]], RowFunction]:
    """Mark a function as a row on a sheet, with its unit and its declared dimensions."""

    def mark(f: Callable[..., Expr]) -> RowFunction:
        return RowFunction(f, sheet, unit, dims)

    return mark


def entry(*, payer: str, payee: str, kind: Kind, sheet: str = "Ledger") -> Callable[[Callable[..., Expr]], RowFunction]:
    """Mark a function as a flow of money between two parties, in GBP a year."""

    def mark(f: Callable[..., Expr]) -> RowFunction:
        return RowFunction(f, sheet, "GBP", (), Entry(payer, payee, kind))

    return mark


def rows_of(module: ModuleType) -> tuple[Row, ...]:
    """The rows of a module, traced, in the order in which they are written."""
    members: dict[str, Any] = vars(module)
    return tuple(f.trace() for f in members.values() if isinstance(f, RowFunction))
