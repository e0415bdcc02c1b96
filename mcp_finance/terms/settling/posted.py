"""Settlements as text: a CSV table, one JSON document, or a ledger to be read; made piece by piece.

Money is written exactly as posted, to the sheet's places. A text from the table that a spreadsheet would take for a
formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from mcp_finance.terms.settling.ledger import ledger
from mcp_finance.terms.settling.table import Settled, Table

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Pieces = Iterator[str]


def amount(units: int, places: int) -> str:
    """Whole units of the smallest coin as a decimal: `amount(-5, 2)` is `-0.05`."""
    if not places:
        return str(units)
    whole, part = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}.{part:0{places}d}"


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_csv(table: Table) -> Pieces:
    """A line of headings and a line for each settlement.

    Raises:
        ScenarioError: at the end, if there was any problem.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    places = table.settler.compiled.sheet.rounding.places
    writer.writerow((*table.keys, *table.figures.columns))
    for made in table.settled():
        writer.writerow((*map(inert, made.keys), *(amount(n, places) for n in made.figures)))
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()


def as_json(table: Table, *, with_ledger: bool) -> Pieces:
    """One document; money is text, so that no digit is lost.

    Raises:
        ScenarioError: at the end, if there was any problem.
    """
    compiled = table.settler.compiled
    head = {"schema_version": 1, "sheet": compiled.sheet.id, "sha256": compiled.terms.sha256}
    yield json.dumps(head, indent=2)[:-2] + ',\n  "settlements": ['
    before = "\n    "
    for made in table.settled(exactly=with_ledger):
        document = _document(table, made)
        if made.settlement is not None and with_ledger:
            document["ledger"] = ledger(compiled, made.settlement)
        yield before + json.dumps(document, ensure_ascii=False)
        before = ",\n    "
    yield "\n  ]\n}\n"


def _document(table: Table, made: Settled) -> dict[str, object]:
    sheet = table.settler.compiled.sheet
    figures = dict(zip(table.figures.columns, made.figures, strict=True))
    texts = {name: amount(n, sheet.rounding.places) for name, n in figures.items()}
    document: dict[str, object] = {"line": made.line, **dict(zip(table.keys, made.keys, strict=True))}
    if sheet.pools:
        document |= {"variance": texts["variance"], "shares": {p: texts[f"{p}_share"] for p in sheet.parties}}
    return document | {"payments": {p: texts[f"{p}_payment"] for p in sheet.parties}}


def as_ledger(table: Table) -> Pieces:
    """For each settlement a heading and its ledger in words.

    Raises:
        ScenarioError: at the end, if there was any problem.
    """
    compiled = table.settler.compiled
    for made in table.settled(exactly=True):
        assert made.settlement is not None
        named = "".join(f", {name} {key}" for name, key in zip(table.keys, made.keys, strict=True) if key)
        lines = ledger(compiled, made.settlement)
        yield "\n".join([f"{compiled.sheet.title}: line {made.line}{named}", *(f"  {x}" for x in lines), "", ""])
