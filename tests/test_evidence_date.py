"""The date of a figure: read as it is written, and shown wherever its other evidence is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Cli
from contracts import FIXTURES
from openpyxl import load_workbook

from mcp_finance.analysis.run import run
from mcp_finance.files.problems import ScenarioError
from mcp_finance.report.assumptions import assumptions_section, logged
from mcp_finance.report.views import Table

DATED = 'materiality={value: 1%, owner: Finance, date: "2026-11-01"}'
SERIES = "deflator.growth={value: 1.9%, date: 2026-10}"


def test_a_date_reaches_the_log_and_the_inputs() -> None:
    found = run(FIXTURES["base"], settings=[DATED, SERIES])
    dates = {entry.path: entry.date for entry in logged(found)}
    assert (dates["materiality"], dates["deflator.growth"]) == ("2026-11-01", "2026-10")
    tables = [part for part in assumptions_section(found).parts if isinstance(part, Table)]
    assert tables[0].head[5:7] == ("Owner", "Date")
    assert any("2026-11-01" in row for row in tables[0].rows)


def test_a_log_without_dates_has_no_column_of_them() -> None:
    tables = [p for p in assumptions_section(run(FIXTURES["base"])).parts if isinstance(p, Table)]
    assert "Date" not in tables[0].head


def test_a_date_stands_in_the_workbook_and_in_explain(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", FIXTURES["base"], "--set", DATED, "--out", tmp_path / "out").code == 0
    sheet = load_workbook(tmp_path / "out" / "model.xlsx")["Inputs"]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert any("Finance" in line and "2026-11-01" in line for line in lines)
    answer = cli("explain", "materiality", "--scenario", FIXTURES["base"], "--set", DATED, "--json")
    assert "2026-11-01" in json.dumps(json.loads(answer.out))


@pytest.mark.parametrize("written", ["soon", "1/11/2026", "2026-11-01T09:00"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        run(FIXTURES["base"], settings=[f'materiality={{value: 1%, date: "{written}"}}'])
    (problem,) = [p for p in refused.value.problems if p.severity == "error"]
    assert (problem.path, problem.message) == ("materiality.date", f"'{written}' is not the date of a figure")
