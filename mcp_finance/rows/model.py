"""A model: rows and input declarations that fit together, in an order in which they can be computed.

Building a model proves what the readers rely on: every name is known, every row has the dimensions that it declares
(so that broadcasting never makes cells by accident), operations along an axis have an axis to work along, one opening a
row, no circle within a year. `interpolate` and `steps` are lowered here to helper rows over their points, so that the
readers never meet them and the workbook needs no lookups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TypeVar

from mcp_finance.rows.axes import Inference, check_dimensions, check_maps
from mcp_finance.rows.expr import Expr, RowError, walk, words
from mcp_finance.rows.lower import lower
from mcp_finance.rows.operations import OPERATIONS
from mcp_finance.rows.order import blocks, same_year_order
from mcp_finance.rows.row import Dimension, InputSpec, Map, Row

MOST_ELEMENTS = 600

T = TypeVar("T")


@dataclass(frozen=True)
class Model:
    """Structure only: no values. `dims` is the fixed order of axes; `years` are labels such as `2018/19`."""

    dims: tuple[Dimension, ...]
    maps: tuple[Map, ...]
    years: tuple[str, ...]
    inputs: dict[str, InputSpec]
    rows: dict[str, Row]
    order: tuple[str, ...]

    @cached_property
    def axis(self) -> dict[str, int]:
        """Position of each dimension in the fixed order."""
        return {d.name: k for k, d in enumerate(self.dims)}

    @cached_property
    def dimension(self) -> dict[str, Dimension]:
        return {d.name: d for d in self.dims}

    @cached_property
    def map(self) -> dict[str, Map]:
        return {m.name: m for m in self.maps}

    @cached_property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """The rows in computing order, those of one circle through `prior` together."""
        return blocks(self.order, {n: set(reads(r.expr)) & self.rows.keys() for n, r in self.rows.items()})

    @cached_property
    def readers(self) -> dict[str, frozenset[str]]:
        """For every row and input, the rows that read it, this year's value or last year's."""
        found: dict[str, set[str]] = {n: set() for n in (*self.inputs, *self.rows)}
        for name, row in self.rows.items():
            for read in reads(row.expr):
                found[read].add(name)
        return {n: frozenset(f) for n, f in found.items()}

    def dims_of(self, name: str) -> tuple[str, ...]:
        return self.rows[name].dims if name in self.rows else self.inputs[name].dims

    def shape(self, name: str) -> tuple[int, ...]:
        """Sizes of the row's or input's own dimensions, in the fixed order, without years and draws."""
        return tuple(len(self.dimension[d].members) for d in self.dims_of(name))

    @cached_property
    def full_shape(self) -> dict[str, tuple[int, ...]]:
        """For every row and input the sizes of all dimensions in the fixed order, 1 where it has not got one."""
        return {
            name: tuple(len(d.members) if d.name in self.dims_of(name) else 1 for d in self.dims)
            for name in (*self.inputs, *self.rows)
        }

    def downstream(self, names: Iterable[str], fixed: Set[str] = frozenset()) -> set[str]:
        """Every row that a change of `names` can move; `names` themselves only where they are read by one another.

        Rows in `fixed` do not move, and nothing moves through them.
        """
        found: set[str] = set()
        todo = list(names)
        while todo:
            for reader in self.readers[todo.pop()]:
                if reader not in found and reader not in fixed:
                    found.add(reader)
                    todo.append(reader)
        return found

    def upstream(self, names: Iterable[str], given: Set[str] = frozenset()) -> set[str]:
        """The rows among `names` and every row that they depend on; rows `given` depend on nothing."""
        found: set[str] = set()
        todo = [n for n in names if n in self.rows]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                if name not in given:
                    todo.extend(n for n in reads(self.rows[name].expr) if n in self.rows)
        return found

    def openings(self) -> dict[str, Expr]:
        """For every row or input that some row reads with `prior`, its opening."""
        return {e.args[0].name: e.args[1] for r in self.rows.values() for e in walk(r.expr) if e.op == "prior"}


def reads(expr: Expr) -> Iterator[str]:
    """Names that the expression reads, in any year."""
    return (e.name for e in walk(expr) if e.op == "ref")


def build(
    dims: Iterable[Dimension],
    maps: Iterable[Map],
    years: Iterable[str],
    inputs: Iterable[InputSpec],
    rows: Iterable[Row],
) -> Model:
    """Check the parts against each other, lower what is to be lowered, and put the rows in order.

    Raises:
        RowError: a name is unknown or defined twice, dimensions differ from those declared, a row has more than 600
            elements, two openings disagree, or rows read each other in a circle within one year.
    """
    specs = _unique((i.name, i) for i in inputs)
    defined = _unique((r.name, r) for row in rows for r in lower(row))
    if both := sorted(specs.keys() & defined.keys()):
        raise RowError(f"{', '.join(both)}: a row and an input have the same name")
    _check_names(specs, defined)
    model = Model(tuple(dims), tuple(maps), tuple(years), specs, defined, same_year_order(defined))
    check_dimensions(model.dims)
    check_maps(model.dimension, model.maps)
    for name in (*specs, *defined):
        _check_axes(model, name)
    for name in model.order:
        row = model.rows[name]
        if OPERATIONS[row.expr.op].gives_test:
            raise RowError(f"row {name} is a comparison, not a number: write choose(test, 1, 0)")
        found = Inference(model.dimension, model.map, model.dims_of, name).dims(row.expr)
        if found != row.dims:
            raise RowError(f"row {name} declares dims {row.dims} but its expression has {found}")
        _check_blanks(model, row)
    _check_openings(model)
    return model


def _unique(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    out: dict[str, T] = {}
    for name, value in pairs:
        if name in out:
            raise RowError(f"{name} is defined twice")
        out[name] = value
    return out


def _check_names(specs: dict[str, InputSpec], rows: dict[str, Row]) -> None:
    for row in rows.values():
        if missing := sorted(set(reads(row.expr)) - specs.keys() - rows.keys()):
            raise RowError(f"row {row.name} ({row.origin}) reads {', '.join(missing)}, which nobody defines")


def _check_axes(model: Model, name: str) -> None:
    dims = model.dims_of(name)
    if unknown := [d for d in dims if d not in model.axis]:
        raise RowError(f"{name}: unknown dimension {', '.join(unknown)}")
    if crossed := [m for m in model.maps if m.name == m.target and {m.source, m.target} <= set(dims)]:
        raise RowError(
            f"{name}: {crossed[0].source} and {crossed[0].target} cannot be crossed, for the map {crossed[0].name} "
            "places each member of the one in the other; give the map a name of its own if they must be"
        )
    if list(dims) != sorted(dims, key=model.axis.__getitem__):
        raise RowError(f"{name}: dims {dims} are not in the fixed order {tuple(model.axis)}")
    if prod(model.shape(name)) > MOST_ELEMENTS:
        raise RowError(f"{name} has {prod(model.shape(name))} elements; no row may exceed {MOST_ELEMENTS}")


def _check_blanks(model: Model, row: Row) -> None:
    """Refuse a bare growth input in `least` or `most`: its first cell is blank, and MIN and MAX pass over blanks."""
    for e in walk(row.expr):
        for arg in e.args if e.op in ("least", "most") else ():
            named = arg.args[0] if arg.op in ("up", "shift", "last", "prior") else arg
            if named.op == "ref" and named.name in model.inputs and model.inputs[named.name].growth:
                raise RowError(f"row {row.name}: {e.op}() may not take the growth {named.name} itself: use 1 + growth")


def _check_openings(model: Model) -> None:
    seen: dict[str, tuple[str, Expr]] = {}
    for row in model.rows.values():
        for e in walk(row.expr):
            if e.op != "prior":
                continue
            name, opening = e.args[0].name, e.args[1]
            if name in model.inputs and not model.inputs[name].yearly:
                raise RowError(f"row {row.name} reads the prior of {name}, which has one value for all years")
            if any(inner.op == "prior" for inner in walk(opening)):
                raise RowError(f"row {row.name}: the opening of {name} may not itself look back a year")
            if name in seen and words(seen[name][1]) != words(opening):
                raise RowError(f"rows {seen[name][0]} and {row.name} give {name} two different openings")
            seen[name] = (row.name, opening)
