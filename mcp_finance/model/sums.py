"""Sums of many rows, in parts where one formula would be too long to read.

The rule: up to nine terms stand in one row; more are added up in named parts of seven, so that the workbook shows each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_finance.rows.expr import Expr
from mcp_finance.rows.row import Row

MOST_TERMS, TERMS_IN_PART = 9, 7
NIL = Expr("num", value=0.0)


def sum_rows(name: str, names: Sequence[str], sheet: str, doc: str, origin: str, party: str = "") -> Iterator[Row]:
    """The row that adds up the named rows, and those of its parts; a name after a minus is taken off."""
    tags = {"party": party} if party else {}
    parts = [names]
    if len(names) > MOST_TERMS:
        parts = [names[k : k + TERMS_IN_PART] for k in range(0, len(names), TERMS_IN_PART)]
        for k, part in enumerate(parts, 1):
            yield Row(f"{name}.part_{k}", signed_sum(part), (), sheet, "GBP", f"Part {k} of: {doc}", origin, tags=tags)
    whole = names if len(parts) == 1 else [f"{name}.part_{k}" for k in range(1, len(parts) + 1)]
    yield Row(name, signed_sum(whole), (), sheet, "GBP", doc, origin, tags=tags)


def signed_sum(names: Sequence[str]) -> Expr:
    """The sum of the named rows, of which those after a minus are taken off; nil of none."""
    terms = [-Expr("ref", name=n[1:]) if n.startswith("-") else Expr("ref", name=n) for n in names]
    whole = terms[0] if terms else NIL
    for term in terms[1:]:
        whole = whole + term
    return whole
