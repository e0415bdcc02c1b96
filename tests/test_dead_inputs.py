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
    TOLERANCE,
    Contract,
    all_inputs,
    contract,
    element_at,
    moved_result,
    nudged,
    read_live_inputs,
)
from pydantic import BaseModel
from spreadsheet import LiveSheets, differences, expected_cells

from mcp_finance.rows.evaluate import Array
from mcp_finance.scenario.kinds import Figure, Section, Series
from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.validate import KEYED

LIVE = read_live_inputs()
PRESENTATIONAL = re.compile(r"published\..*")
"""Figures shown beside the model's own and never read by it."""
DRAWN = re.compile(r"uncertainty\..*")
"""What only a simulation reads: `test_simulate` holds that every figure of it moves a draw."""
THROUGH_LINES = re.compile(r"baselines\.\*")
"""Totals that reach the model as the lines' fractions of them."""
LAST_ENDS = ("rich.multiplier.at", "rich.phase.upto")
"""Ends of steps: the last of them says only what lies beyond it, which the model tells by the step before."""


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


def numbers_of_sheets() -> list[str]:
    """Inputs that hold the numbers of term sheets, tables with all their points; the tolerance is no term."""
    found = {name for fixture in FIXTURES for sheet in contract(fixture).sheets for name in sheet.cells}
    return sorted(name for name in found if not name.endswith(TOLERANCE))


@pytest.mark.parametrize("name", numbers_of_sheets())
def test_every_number_of_a_term_sheet_moves_a_result(name: str) -> None:
    """Each point of each table too, a little up or a little down, in some fixture that uses the sheet."""
    having = [contract(f) for f in FIXTURES if name in contract(f).model.inputs]
    for at in np.ndindex(*having[0].model.shape(name)):
        if name in LAST_ENDS and at[0] == having[0].model.shape(name)[0] - 1:
            continue
        assert any(moved_result(case, name, new) for case in having for new in up_and_down(case, name, at)), at


def up_and_down(case: Contract, name: str, at: tuple[int, ...]) -> tuple[Array, Array]:
    up = nudged(case, name, at)
    down = 2 * case.inputs[name] - up
    return up, up if case.model.inputs[name].unit == "switch" else down


@pytest.mark.parametrize("fixture", FIXTURES)
def test_no_settlement_of_a_fixture_breaks_a_rule(fixture: str) -> None:
    case = contract(fixture)
    broken = [c for sheet in case.sheets for c in sheet.conditions if case.results[c.row].any()]
    assert broken == []


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


@cache
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
    path = re.sub(r"\.(roll|reopened|need)\.[^.]*", r".\1.*", path)
    path = re.sub(r"\.by_year\.[^.]*\.", ".by_year.*.", path)
    path = re.sub(r"\.break_points\.[^.]*", ".break_points.*", path)
    path = re.sub(r"\.shifts\.[^.]*\.", ".shifts.*.", path)
    path = re.sub(r"\.steps\.[^.]*", ".steps.*", path)
    return re.sub(rf"^({'|'.join(KEYED)})\.[^.]*", r"\1.*", path)


def test_schema_is_walked() -> None:
    assert {"terms.*.settled_later", "lines.*.shift.reach", "streams.*.roll.*", "lines.*.baseline.fraction"} <= set(
        FIELDS
    )
    assert {"published.contract_total", "allocation", "population.unregistered"} <= set(FIELDS)
    assert len(FIELDS) > 40


@pytest.mark.parametrize("field", FIELDS)
def test_every_figure_of_the_schema_reaches_an_input(field: str) -> None:
    if PRESENTATIONAL.fullmatch(field):
        assert field not in paths_behind_inputs()
    elif not (THROUGH_LINES.fullmatch(field) or DRAWN.fullmatch(field)):
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


def test_definitions_and_figures_of_facts_reach_inputs_with_their_place() -> None:
    """What a scenario says of a term sheet is an input, at the line of the scenario and with its evidence."""
    path = FIXTURES["account"]
    text = path.read_text(encoding="utf-8").splitlines()
    case = contract("account")
    (defined,) = case.made.origins["deferred.first_loss.rate"].values()
    assert case.inputs["deferred.first_loss.rate"].item() == 0.004
    assert (defined.path, defined.grade, defined.note) == (
        "terms.losses.define.first_loss",
        "assumption",
        "in place of the sheet's",
    )
    months = case.made.origins["deferred.months.figure"]
    assert {o.path for o in months.values()} == {
        "terms.losses.bind.months.by_year.2018/19",
        "terms.losses.bind.months.otherwise",
    }
    for origin, words in ((defined, "0.4% * target"), (months[(0,)], "9}"), (months[(1,)], "12}")):
        file, line, column = origin.place.split(":")
        assert file == "account.yaml" and text[int(line) - 1][int(column) - 1 :].startswith((words, "{value: " + words))


def test_published_figures_move_nothing() -> None:
    plain = contract("base")
    shown = contract("base", "published={scope_total: £1bn, per_head: £9}")
    assert all(np.array_equal(plain.inputs[name], shown.inputs[name]) for name in plain.inputs)
