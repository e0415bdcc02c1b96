"""The examples that ship beside the program: each runs in every case, holds its checks and makes a report."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import formualizer
import pytest
from test_workbook import place

from mcp_finance.analysis.headlines import headlines
from mcp_finance.analysis.run import Run, run
from mcp_finance.report.html import render_report
from mcp_finance.report.workbook import make_book, workbook_bytes
from mcp_finance.scenario.schema import Scenario, json_schema

ROOT = Path(__file__).parents[1]
EXAMPLES = {path.stem: path for path in sorted((ROOT / "examples").glob("*.yaml"))}
GUIDE = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")


@cache
def finished(name: str, shift: str) -> Run:
    return run(EXAMPLES[name], cases={"shift": shift})


@pytest.mark.parametrize("shift", ["planned", "late"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_runs_and_its_checks_hold(name: str, shift: str) -> None:
    found = finished(name, shift)
    assert [c.name for c in found.integrity() if not c.holds] == []
    assert found.loaded.warnings == ()


def test_the_whole_example_has_every_section_and_its_report_shows_them() -> None:
    found = finished("place-whole", "planned")
    unused = {n for n in Scenario.model_fields if n not in found.loaded.scenario.model_fields_set}
    assert unused <= {"published"}, "sections that no example shows"
    report = render_report(found, headlines(found))
    for key in ("assurance", "appraisal", "bid", "cash", "holder", "programmes", "performance", "practices", "term",
                "variations", "rebase"):  # fmt: skip
        assert f'<section id="{key}">' in report


@pytest.mark.slow
def test_the_workbook_of_the_whole_example_recalculates_to_what_was_computed(tmp_path: Path) -> None:
    found = finished("place-whole", "planned")
    heads, file = headlines(found), tmp_path / "model.xlsx"
    file.write_bytes(workbook_bytes(found, heads))
    workbook = formualizer.load_workbook(str(file))
    workbook.evaluate_all()
    for sheet, data in make_book(found, heads).data.items():
        for address, wanted in data.formulas.items():
            value = workbook.get_value(sheet, *place(address))
            same = value == (pytest.approx(wanted, abs=0.01) if isinstance(wanted, float) else wanted)
            assert same, (sheet, address, value, wanted)


def test_a_small_report_has_no_section_for_what_the_scenario_has_not() -> None:
    found = finished("place", "planned")
    report = render_report(found, headlines(found))
    for key in ("appraisal", "bid", "cash", "holder", "performance", "practices", "term", "variations", "rebase"):
        assert f'<section id="{key}">' not in report


def test_the_guide_names_every_key_of_the_format() -> None:
    definitions = json_schema()["$defs"]
    assert isinstance(definitions, dict)
    keys = {key for d in definitions.values() for key in d.get("properties", {})} | set(
        Scenario.model_json_schema()["properties"]
    )
    missing = sorted(key for key in keys if f"`{key}`" not in GUIDE)
    assert missing == []


def test_what_the_guide_shows_stands_in_an_example() -> None:
    lines = {
        re.sub(r"\s+#.*", "", line).strip()
        for path in EXAMPLES.values()
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    shown = [line for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
    assert len(shown) > 100
    for line in shown:
        said = re.sub(r"\s+#.*", "", line).strip()
        assert said == "" or said.startswith("#") or said in lines, line
