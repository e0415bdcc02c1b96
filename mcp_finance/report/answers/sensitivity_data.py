"""The sensitivity of a scenario as tables of figures, a file each, and as one document.

The rule: the document holds the rows of the tables, so that neither says what the other does not; figures have every
digit. Words come from a file that anybody may have written: what a spreadsheet would take for a formula is marked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from mcp_finance.analysis.measure import Measure
from mcp_finance.analysis.sensitivity.grid import Grid
from mcp_finance.analysis.sensitivity.information import Information
from mcp_finance.analysis.sensitivity.ranges import ILLUSTRATIVE, SHARES
from mcp_finance.analysis.sensitivity.sensitivity import Sensitivity
from mcp_finance.analysis.sensitivity.sobol import Sobol
from mcp_finance.analysis.sensitivity.tornado import WEAKNESS, Tornado


def csv_files(found: Sensitivity) -> dict[str, bytes]:
    """Every table as a file, with every digit."""
    files = {"tornado.csv": _csv(_bar_rows(found)), "unmoved.csv": _csv(_unmoved_rows(found.tornado))}
    if found.grid:
        files["grid.csv"] = _csv(_grid_rows(found.grid))
    if found.indices:
        files["indices.csv"] = _csv(_index_rows(found.indices))
    if found.information:
        files["value.csv"] = _csv(_value_rows(found.information))
    return files


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return stream.getvalue().encode()


def _cell(value: object) -> object:
    """Words that a spreadsheet would take for a formula are marked as words."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _bar_rows(found: Sensitivity) -> Iterator[tuple[object, ...]]:
    ranked = {id(b): rank for rank, b in enumerate(found.tornado.by_weakness(), 1)}
    parties = [f"{p}.{end}" for p in found.run.parties for end in ("low", "high")]
    head = ("figure", "title", "grade", "weakness", "basis", "source", "low_text", "low_cut", "high_text", "high_cut")
    yield (*head, "outcome_low", "outcome_high", "outcome", "reach", "same_way", "weak_rank", *parties)
    for b in found.tornado.bars:
        r = b.range
        what = (r.path, r.label, r.grade, b.weakness, r.basis, r.source)
        ends = (r.low.text, r.low.cut, r.high.text, r.high.cut)
        results = (value for p in found.run.parties for value in b.parties[p])
        yield (*what, *ends, b.low, b.high, b.base, b.reach, b.one_sided, ranked.get(id(b), ""), *results)


def _unmoved_rows(found: Tornado) -> Iterator[tuple[object, ...]]:
    yield ("figure", "title", "grade", "why")
    yield from ((u.path, u.title, u.grade, u.why) for u in found.unmoved)


def _grid_rows(found: Grid) -> Iterator[tuple[object, ...]]:
    yield ("down", "across", "outcome", "why_none", "as_in_the_scenario")
    for i, down in enumerate(found.down.texts):
        for j, across in enumerate(found.across.texts):
            value = found.values[i][j]
            yield (down, across, "" if value is None else value, found.why[i][j], found.base == (i, j))


def _index_rows(found: tuple[Sobol, ...]) -> Iterator[tuple[object, ...]]:
    yield ("outcome", "row", "group", "sources", "first", "first_error", "total", "total_error")
    for one in found:
        for i in one.indices:
            estimates = (i.first, i.first_error, i.total, i.total_error)
            yield (one.measure.title, one.measure.row, i.group.title, " ".join(i.group.names), *estimates)


def _value_rows(found: Information) -> Iterator[tuple[object, ...]]:
    yield ("known", "value", "error", "learnable")
    yield from ((v.name, v.value, v.error, v.learnable) for v in (found.perfect, *found.values))


def document(found: Sensitivity) -> dict[str, Any]:
    """The answer as data."""
    asked, bars = found.asked, found.tornado
    made: dict[str, Any] = {
        "schema_version": 1,
        "scenario": found.run.loaded.scenario.id,
        "cases": found.run.loaded.cases,
        "outcome": _measure(asked.measure),
        "base": bars.base,
        "ranges": {**SHARES, **asked.shares},
        "ranges_are": ILLUSTRATIVE,
        "weakness": dict(WEAKNESS),
        "tornado": _records(_bar_rows(found)),
        "unmoved": _records(_unmoved_rows(bars)),
        "move_nothing": bars.idle,
    }
    if found.grid:
        axes = {"down": found.grid.down, "across": found.grid.across}
        made["grid"] = {k: {"on": a.on, "how": a.how, "values": list(a.texts)} for k, a in axes.items()}
        made["grid"] |= {"cells": _records(_grid_rows(found.grid))}
    if found.indices or found.information:
        made |= {"seed": found.seed, "draws": asked.draws}
    if found.indices:
        made["indices"] = _records(_index_rows(found.indices))
    if found.information:
        made["value_of_information"] = {
            "worth": _measure(asked.worth),
            "options": {o.title: {"mean": o.mean, "error": o.error, "best": o.best} for o in found.information.options},
            "chosen": found.information.chosen,
            "values": _records(_value_rows(found.information)),
        }
    return made


def _measure(measure: Measure) -> dict[str, object]:
    return {"row": measure.row, "title": measure.title, "unit": measure.unit}


def _records(rows: Iterator[tuple[object, ...]]) -> list[dict[str, object]]:
    head = [str(name) for name in next(rows)]
    return [dict(zip(head, row, strict=True)) for row in rows]
