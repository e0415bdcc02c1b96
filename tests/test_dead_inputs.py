"""No input is dead: each moves a result somewhere, and the workbook follows it there.

`tests/scenarios/live-inputs.csv` names for every input a fixture, an element and a year in which a change moves a
result. It is generated (`python tests/contracts.py`) and held complete here: an input without a line fails. Growth
acts from the second year on, so its first year is never among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin

import numpy as np
import pytest
from contracts import (
    FIXTURES,
    LIVE_COLUMNS,
    RESULT_SHEETS,
    all_inputs,
    contract,
    element_at,
    nudged,
    read_live_inputs,
)
from pydantic import BaseModel
from spreadsheet import LiveSheets, differences, expected_cells

from mcp_finance.scenario.kinds import Figure, Section, Series
from mcp_finance.scenario.schema import Scenario

LIVE = read_live_inputs()
PRESENTATIONAL = re.compile(r"published\..*")
"""Figures shown beside the model's own and never read by it."""
THROUGH_LINES = re.compile(r"baselines\.\*")
"""Totals that reach the model as the lines' fractions of them."""


def test_table_is_complete() -> None:
    assert tuple(LIVE[0]) == LIVE_COLUMNS
    assert [line["input"] for line in LIVE] == all_inputs()
    assert all(line["fixture"] in FIXTURES and line["moves"] for line in LIVE)


@cache
def sheets(fixture: str) -> LiveSheets:
    case = contract(fixture)
    return LiveSheets(case.model, case.inputs)


@pytest.mark.parametrize("line", LIVE, ids=lambda line: line["input"])
def test_a_change_moves_a_result_and_the_workbook_follows(line: dict[str, str]) -> None:
    case, name = contract(line["fixture"]), line["input"]
    year = case.model.years.index(line["year"]) if line["year"] else None
    assert not (case.model.inputs[name].growth and year == 0)
    changed = nudged(case, name, element_at(case, name, line["element"]), year)
    after = case.with_inputs({name: changed})
    assert case.model.rows[line["moves"]].sheet in RESULT_SHEETS
    assert np.abs(after[line["moves"]] - case.results[line["moves"]]).max() >= 0.01
    live = sheets(line["fixture"])
    live.change({name: changed})
    try:
        assert differences(live.cells(), expected_cells(after), within=0.01) == []
    finally:
        live.change({name: case.inputs[name]})


@pytest.mark.parametrize("fixture", FIXTURES)
def test_workbook_equals_engine(fixture: str) -> None:
    live, case = sheets(fixture), contract(fixture)
    assert differences(live.cells(), expected_cells(case.results), within=0.01) == []


def test_growth_into_the_first_year_is_nil() -> None:
    """Whatever a series says of the first year: indices begin there."""
    case = contract("base", "deflator.growth={by_year: {2018/19: 9%, 2019/20: 2%}, otherwise: 1%}")
    for name in (n for n, spec in case.model.inputs.items() if spec.growth):
        assert not case.inputs[name][0].any(), name
    assert case.results.series("deflator")[:2] == pytest.approx([1, 1.02])


# --- the scenario's own figures


def numeric_fields(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Paths of every figure and series in the schema, with `*` for ids."""
    for name, info in model.model_fields.items():
        yield from _in_annotation(info.rebuild_annotation(), f"{above}{info.alias or name}")


def _in_annotation(annotation: Any, path: str) -> Iterator[str]:
    if get_origin(annotation) is Annotated:
        yield from _in_annotation(get_args(annotation)[0], path)
    elif get_origin(annotation) is dict:
        yield from _in_annotation(get_args(annotation)[1], f"{path}.*")
    elif isinstance(annotation, type) and issubclass(annotation, Figure | Series):
        yield path
    elif isinstance(annotation, type) and issubclass(annotation, Section):
        if {"low", "high"} <= annotation.model_fields.keys():
            yield path
        yield from numeric_fields(annotation, f"{path}.")
    else:
        for argument in get_args(annotation):
            if argument is not type(None):
                yield from _in_annotation(argument, path)


FIELDS = sorted(set(numeric_fields(Scenario)))


def paths_behind_inputs() -> set[str]:
    """Paths of the scenario from which the inputs of all fixtures come, with `*` for ids and years."""
    found: set[str] = set()
    for fixture in FIXTURES:
        case = contract(fixture)
        for origins in case.made.origins.values():
            found |= {_general(origin.path) for origin in origins.values()}
    return found


def _general(path: str) -> str:
    path = re.sub(r"\.(value|by_year\.[^.]*|otherwise)$", "", path)
    path = re.sub(r"\.roll\.[^.]*$", ".roll.*", path)
    return re.sub(r"^(streams|tariffs|inflation|baselines|lines|hospital_contracts)\.[^.]*", r"\1.*", path)


def test_schema_is_walked() -> None:
    assert {"share.rate", "lines.*.shift.reach", "streams.*.roll.*", "lines.*.baseline.fraction"} <= set(FIELDS)
    assert {"published.contract_total", "allocation", "population.unregistered"} <= set(FIELDS)
    assert len(FIELDS) > 40


@pytest.mark.parametrize("field", FIELDS)
def test_every_figure_of_the_schema_reaches_an_input(field: str) -> None:
    if PRESENTATIONAL.fullmatch(field):
        assert field not in paths_behind_inputs()
    elif not THROUGH_LINES.fullmatch(field):
        assert field in paths_behind_inputs()


def test_a_baseline_reaches_its_lines() -> None:
    before, after = contract("base"), contract("base", "baselines.emergency=£33m")
    change = after.inputs["reference_baseline"] / before.inputs["reference_baseline"]
    lines = before.model.dimension["line"].members
    assert {line for line, c in zip(lines, change[0], strict=True) if not np.isclose(c, 1)} == {
        "falls",
        "other_emergency",
    }
    assert np.allclose(change[0][[lines.index("falls"), lines.index("other_emergency")]], 1.1)


def test_published_figures_move_nothing() -> None:
    plain = contract("base")
    shown = contract("base", "published={scope_total: £1bn, per_head: £9}")
    assert all(np.array_equal(plain.inputs[name], shown.inputs[name]) for name in plain.inputs)
