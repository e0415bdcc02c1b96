"""The order in which rows can be computed.

Within a year a row follows the rows that it reads in the same year, openings included (they are evaluated in the first
year). Over all years, rows that reach each other through `prior` form a block that must be stepped year by year; every
other row is a block of its own and can be computed for all years at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcp_finance.rows.expr import Expr, RowError
from mcp_finance.rows.row import Row


def same_year_reads(expr: Expr) -> Iterator[str]:
    """Names read in the same year, or in the first year as an opening."""
    if expr.op == "ref":
        yield expr.name
    for arg in expr.args[1:] if expr.op == "prior" else expr.args:
        yield from same_year_reads(arg)


def same_year_order(rows: Mapping[str, Row]) -> tuple[str, ...]:
    """Row names such that each comes after all it reads within a year.

    Raises:
        RowError: rows read each other in a circle within one year; the message prints the circle.
    """
    order: dict[str, None] = {}
    for start in rows:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        _enter(start, rows, order, path, stack)
        while stack:
            name, rest = stack[-1]
            following = next((n for n in rest if n in rows and n not in order), None)
            if following is None:
                stack.pop()
                path.pop()
                order[name] = None
            elif following in path:
                circle = [*path[path.index(following) :], following]
                raise RowError(f"a circle within one year: {' reads '.join(circle)}; break it with prior()")
            else:
                _enter(following, rows, order, path, stack)
    return tuple(order)


def _enter(
    name: str,
    rows: Mapping[str, Row],
    order: Mapping[str, None],
    path: list[str],
    stack: list[tuple[str, Iterator[str]]],
) -> None:
    if name not in order:
        path.append(name)
        stack.append((name, same_year_reads(rows[name].expr)))


def blocks(order: tuple[str, ...], reads: Mapping[str, set[str]]) -> tuple[tuple[str, ...], ...]:
    """Strongly connected groups of rows (Tarjan), each after all it reads; inside a group, same-year order."""
    place = {n: k for k, n in enumerate(order)}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_rows: list[str] = []
    found: list[tuple[str, ...]] = []
    for start in order:
        if start in index:
            continue
        work: list[tuple[str, Iterator[str]]] = []
        _discover(start, index, low, open_rows, work, reads, place)
        while work:
            name, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    cut = open_rows.index(name)
                    found.append(tuple(sorted(open_rows[cut:], key=place.__getitem__)))
                    del open_rows[cut:]
            elif following not in index:
                _discover(following, index, low, open_rows, work, reads, place)
            elif following in open_rows:
                low[name] = min(low[name], index[following])
    return tuple(found)


def _discover(
    name: str,
    index: dict[str, int],
    low: dict[str, int],
    open_rows: list[str],
    work: list[tuple[str, Iterator[str]]],
    reads: Mapping[str, set[str]],
    place: Mapping[str, int],
) -> None:
    index[name] = low[name] = len(index)
    open_rows.append(name)
    work.append((name, iter(sorted(reads[name], key=place.__getitem__))))
