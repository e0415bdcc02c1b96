"""Sums of as many rows as a contract has, in groups that a reader of the workbook can still follow.

A formula of the workbook is short by rule. A sum of more rows than fit is written as parts, each a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mcp_finance.rows.expr import Expr
from mcp_finance.rows.row import Row

MOST_TERMS = 5
NIL = Expr("num", value=0.0)


def summed(row: Row, names: Sequence[str]) -> Iterator[Row]:
    """The row as the sum of rows or inputs by name, after its parts where they are many; a name after `-` is taken off.

    `row` gives everything but the expression; its dimensions are those of the rows added up.
    """
    if len(names) <= MOST_TERMS:
        yield replace(row, expr=signed_sum(names))
        return
    parts = []
    for k, at in enumerate(range(0, len(names), MOST_TERMS), 1):
        parts.append(f"{row.name}.part_{k}")
        group = names[at : at + MOST_TERMS]
        yield replace(row, name=parts[-1], expr=signed_sum(group), doc=f"Part {k} of: {row.doc}", entry=None)
    yield from summed(row, parts)


def signed_sum(names: Iterable[str]) -> Expr:
    """A sum of rows or inputs by name; a name after `-` is taken off."""
    found: Expr | None = None
    for name in names:
        ref = Expr("ref", name=name.removeprefix("-"))
        if found is None:
            found = -ref if name.startswith("-") else ref
        else:
            found = found - ref if name.startswith("-") else found + ref
    return NIL if found is None else found
