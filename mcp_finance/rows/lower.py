"""Lowering: `interpolate` and `steps` become helper rows over their points.

A row `r` that interpolates gets two rows: `r.slope`, the slope of the line that ends at each point, and `r.part`,
that slope times the width of the line that lies above x. The last point's value less the sum of the parts is the
interpolated value, flat beyond both ends and exact at and beyond the last point. A row that steps gets `r.part`: the
rise at each step, where x lies beyond the step before. So the workbook shows every line or step in a cell of its own,
and no reader needs a lookup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mcp_finance.rows.expr import Expr, RowError, choose, last, most, ratio, shift, total, walk
from mcp_finance.rows.row import Row


def lower(row: Row) -> Iterator[Row]:
    """The row's helper rows, if any, and then the row itself without `interpolate` and `steps`.

    Raises:
        RowError: the row has more than one of them, or one inside the other.
    """
    found = [e for e in walk(row.expr) if e.op in ("interpolate", "steps")]
    if not found:
        yield row
        return
    if len(found) > 1:
        raise RowError(f"row {row.name} interpolates or steps twice: give each a row of its own")
    helpers = _interpolation if found[0].op == "interpolate" else _steps
    rows, value = helpers(row, found[0])
    yield from rows
    yield replace(row, expr=_replaced(row.expr, found[0], value))


def _interpolation(row: Row, e: Expr) -> tuple[list[Row], Expr]:
    x, at, value = e.args
    slope = ratio(value - shift(value, over=e.over, first=value), at - shift(at, over=e.over, first=at))
    above = most(0, at - most(x, shift(at, over=e.over, first=at)))
    first = _helper(row, "slope", slope, (e.over,), "Slope of the line that ends at each point; nil at the first.")
    part = Expr("ref", name=first.name) * above
    second = _helper(row, "part", part, (*row.dims, e.over), "What each line would still add above the argument.")
    return [first, second], last(value, over=e.over) - total(Expr("ref", name=second.name), over=e.over)


def _steps(row: Row, e: Expr) -> tuple[list[Row], Expr]:
    x, upto, value = e.args
    rise = value - shift(value, over=e.over, first=0)
    beyond = choose(x > shift(upto, over=e.over, first=x - 1), 1, 0)
    part = _helper(
        row, "part", rise * beyond, (*row.dims, e.over), "What each step adds, once the one before is passed."
    )
    return [part], total(Expr("ref", name=part.name), over=e.over)


def _helper(row: Row, suffix: str, expr: Expr, dims: tuple[str, ...], doc: str) -> Row:
    tags = {**row.tags, "label": f"{row.tags['label']}.{suffix}"} if "label" in row.tags else row.tags
    return replace(row, name=f"{row.name}.{suffix}", expr=expr, dims=dims, doc=doc, entry=None, tags=tags)


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr is old:
        return new
    return replace(expr, args=tuple(_replaced(a, old, new) for a in expr.args))
