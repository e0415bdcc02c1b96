"""The results as one long table with a fixed schema, and the record of a run.

| column | meaning |
| --- | --- |
| scenario, case | ids of the scenario and of the choices taken |
| row | name of the row, as in `mcp-finance docs model` |
| year | financial year, such as `2018/19` |
| line, contract, pool, stream, tariff, inflation, driver, basis, age, month | key on each dimension it has, else null |
| programme, provider, practice, variation, break_point, incentive, measure, measure_step | the same |
| party | key of rows by party, or the party whose statement the row belongs to, else null |
| point | number of the point, in rows of a term sheet's table, else null |
| unit | unit of the value: `GBP`, `activity`, `people`, `index`, `share` … |
| value | 64-bit float |
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mcp_finance import __version__
from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import as_json
from mcp_finance.model.structure import DIMENSIONS
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Dimension

COLUMNS = ("scenario", "case", "row", "year", *DIMENSIONS, "point", "unit", "value")
SCHEMA_VERSION = 1


def results_frame(run: Run) -> pl.DataFrame:
    """Every row of the model in every year and element, in the order of the model."""
    model = run.model
    names = list(model.rows)
    shapes = [run.results[n][..., 0].shape for n in names]
    sizes = [int(np.prod(shape)) for shape in shapes]
    row_codes = np.repeat(np.arange(len(names)), sizes)
    places = [_positions(model, n, shape) for n, shape in zip(names, shapes, strict=True)]
    points = [d for d in model.dims if d.name not in DIMENSIONS]
    keys = {"year": model.years, **{d.name: d.members for d in model.dims if d.name in DIMENSIONS}}
    columns = {d: _nothing(sum(sizes)) for d in DIMENSIONS} | {
        "scenario": pl.repeat(run.loaded.scenario.id, sum(sizes), eager=True),
        "case": pl.repeat(run.loaded.case, sum(sizes), eager=True),
        "row": pl.Series(names).gather(row_codes),
        "unit": pl.Series([model.rows[n].unit for n in names]).gather(row_codes),
        "value": pl.Series(np.concatenate([run.results[n][..., 0].ravel() for n in names])),
    }
    for key, members in keys.items():
        codes = np.concatenate([place[key] for place in places])
        columns[key] = pl.Series([*members, None], dtype=pl.String).gather(codes)
    for absent in (d for d in DIMENSIONS if d not in columns):
        columns[absent] = pl.repeat(None, sum(sizes), dtype=pl.String, eager=True)
    tagged = pl.Series([model.rows[n].tags.get("party") for n in names], dtype=pl.String).gather(row_codes)
    nothing = pl.repeat(None, sum(sizes), dtype=pl.String, eager=True)
    columns |= {name: nothing for name in DIMENSIONS if name not in keys}
    columns["party"] = columns["party"].zip_with(columns["party"].is_not_null(), tagged)
    columns["point"] = _point(points, places, len(columns["party"]))
    return pl.DataFrame([columns[c].alias(c) for c in COLUMNS])


def _nothing(count: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).gather(np.zeros(count, dtype=np.int64))


def _point(points: list[Dimension], places: list[dict[str, NDArray[np.int64]]], count: int) -> pl.Series:
    """The number of the point in whichever table of a term sheet a row belongs to; no row belongs to two."""
    found = _nothing(count)
    for d in points:
        codes = np.concatenate([place[d.name] for place in places])
        own = pl.Series([*d.members, None], dtype=pl.String).gather(codes)
        found = own.zip_with(own.is_not_null(), found)
    return found


def _positions(model: Model, name: str, shape: tuple[int, ...]) -> dict[str, NDArray[np.int64]]:
    """Position of every value on the years and on each dimension; the place after the last stands for none.

    A dimension that the model has not got has no members, so that its first place is none.
    """
    index = np.indices(shape).reshape(len(shape), -1)
    found = {"year": index[0]} | {name: np.zeros(index.shape[1], dtype=np.int64) for name in DIMENSIONS}
    for d in model.dims:
        none = np.full(index.shape[1], len(d.members))
        found[d.name] = index[1 + model.rows[name].dims.index(d.name)] if d.name in model.rows[name].dims else none
    return found


def run_record(run: Run, seed: int = 0) -> dict[str, Any]:
    """What was run, on what, and whether the model's own checks hold: the content of `run.json`."""
    loaded = run.loaded
    return {
        "schema_version": SCHEMA_VERSION,
        "engine": {"name": "mcp-finance", "version": __version__},
        "scenario": {
            "id": loaded.scenario.id,
            "title": loaded.scenario.title,
            "status": loaded.scenario.status,
            "sha256": loaded.sha256,
            "data_sha256": loaded.data_sha256,
        },
        "cases": loaded.cases,
        "settings": list(loaded.settings),
        "years": list(run.years),
        "seed": seed,
        "warnings": [as_json(w) for w in loaded.warnings],
        "integrity": [
            {"check": c.name, "meaning": c.meaning, "difference": c.difference, "holds": c.holds}
            for c in run.integrity()
        ],
    }
