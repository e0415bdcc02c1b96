"""Sums of as many rows as a contract has, in groups that a reader of the workbook can still follow.

A formula of the workbook is short by rule. A sum of more rows than fit is written as parts, each a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mcp_finance.rows.expr import Expr, ref
from mcp_finance.rows.row import Row

MOST_TERMS = 5
NIL = Expr("num", value=0.0)


def summed(row: Row, names: Sequence[str]) -> Iterator[Row]:
    """The row as the sum of rows or inputs by name, after its parts where they are many; a name after `-` is taken off.

    `row` gives everything but the expression; its dimensions are those of the rows added up.
    """
    count = 0
    while len(names) > MOST_TERMS:
        parts = []
        for at in range(0, len(names), MOST_TERMS):
            count += 1
            parts.append(f"{row.name}.part_{count}")
            group = signed_sum(names[at : at + MOST_TERMS])
            yield replace(row, name=parts[-1], expr=group, doc=f"Part {count} of: {row.doc}", entry=None)
        names = parts
    yield replace(row, expr=signed_sum(names))


def signed_sum(names: Iterable[str]) -> Expr:
    """A sum of rows or inputs by name; a name after `-` is taken off."""
    found: Expr | None = None
    for name in names:
        term = ref(name.removeprefix("-"))
        if found is None:
            found = -term if name.startswith("-") else term
        else:
            found = found - term if name.startswith("-") else found + term
    return NIL if found is None else found
