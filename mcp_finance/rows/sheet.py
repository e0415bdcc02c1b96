"""The docs reader: the formula sheet of a whole model in Markdown, generated from the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.rows.expr import plain_name, words
from mcp_finance.rows.layout import Layout
from mcp_finance.rows.model import Model, reads
from mcp_finance.rows.row import Row


def formula_sheet(model: Model, title: str) -> str:
    """Every input and row of the model with its meaning, unit, axes and formula in words."""
    return "\n".join([*_head(model, title), *_inputs(model), *_sheets(model), ""])


def _head(model: Model, title: str) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    yield (
        f"Generated from the model: {len(model.rows)} rows and {len(model.inputs)} inputs over "
        f"{len(model.years)} years, {model.years[0]} to {model.years[-1]}. Rates are fractions, money is GBP, "
        "time is in financial years (1 October 2018 is 2018.5)."
    )
    yield ""
    yield "| dimension | members |"
    yield "| --- | --- |"
    for d in model.dims:
        shown = ", ".join(d.members[:6]) + (f" … ({len(d.members)})" if len(d.members) > 6 else "")
        yield f"| {d.name} | {shown} |"
    yield ""
    if model.maps:
        yield "Maps: " + "; ".join(f"{m.name} ({m.source} → {m.target})" for m in model.maps) + "."
        yield ""


def _inputs(model: Model) -> Iterator[str]:
    yield "## Inputs"
    yield ""
    yield "| input | unit | by | meaning |"
    yield "| --- | --- | --- | --- |"
    for i in model.inputs.values():
        axes = ", ".join((*i.dims, *(("year",) if i.yearly else ()))) or "–"
        yield f"| `{i.name}` | {i.unit} | {axes} | {_cell(i.doc)} |"
    yield ""


def _sheets(model: Model) -> Iterator[str]:
    for sheet, names in Layout(model).sheets.items():
        rows = [model.rows[n] for n in names if n in model.rows]
        if rows:
            yield f"## {sheet}"
            yield ""
            for row in rows:
                yield from _row(model, row)


def _row(model: Model, row: Row) -> Iterator[str]:
    by = f", by {', '.join(row.dims)}" if row.dims else ""
    yield f"### `{row.name}`"
    yield ""
    yield f"{row.doc} *{row.unit}{by}.*"
    yield ""
    if row.entry:
        yield f"Entry: {plain_name(row.entry.payer)} pays {plain_name(row.entry.payee)} ({row.entry.kind})."
        yield ""
    yield f"> {plain_name(row.name)} = {words(row.expr)}"
    yield ""
    names = dict.fromkeys(reads(row.expr))
    kinds = [f"{plain_name(n)} ({'input' if n in model.inputs else model.rows[n].sheet})" for n in names]
    yield f"Reads: {', '.join(kinds) or 'nothing'}. Defined in `{row.origin}`."
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
