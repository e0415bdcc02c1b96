"""The workbook: every formula recalculates to the engine's value, also after a change, and a broken one is found."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import formualizer
import openpyxl
import pytest
from tools import need

from mcp_finance.analysis.headlines import headlines
from mcp_finance.analysis.run import Run, run
from mcp_finance.report.book import Book
from mcp_finance.report.workbook import make_book, workbook_bytes
from mcp_finance.rows.evaluate import recalculate
from mcp_finance.rows.layout import Layout, letters
from mcp_finance.scenario.load import find_scenario

PENNY = 0.01
ALLOWED = {"SUM", "SUMPRODUCT", "SUMIFS", "INDEX", "MATCH", "MIN", "MAX", "IF", "AND", "OR", "ABS", "ROUND"}


@cache
def dudley() -> Run:
    return run(find_scenario("dudley-2018"))


@cache
def book() -> Book:
    return make_book(dudley(), headlines(dudley()))


@cache
def content() -> bytes:
    return workbook_bytes(dudley(), headlines(dudley()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "model.xlsx"
    file.write_bytes(content())
    return file


def place(address: str) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Z]+)(\d+)", address)
    assert found
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def recalculated(workbook: formualizer.Workbook) -> dict[tuple[str, str], object]:
    workbook.evaluate_all()
    return {
        (sheet, address): workbook.get_value(sheet, *place(address))
        for sheet, data in book().data.items()
        for address in data.formulas
    }


def differing(found: dict[tuple[str, str], object], wanted: dict[tuple[str, str], object]) -> list[tuple[str, str]]:
    def same(a: object, b: object) -> bool:
        if isinstance(a, int | float) and isinstance(b, int | float):
            return abs(a - b) < PENNY
        return a == b

    return [key for key, value in wanted.items() if not same(found[key], value)]


def cached() -> dict[tuple[str, str], object]:
    return {(sheet, a): v for sheet, data in book().data.items() for a, v in data.formulas.items()}


def test_every_formula_of_the_file_recalculates_to_its_cached_value(path: Path) -> None:
    found = recalculated(formualizer.load_workbook(str(path)))
    assert len(found) > 30_000
    assert differing(found, cached()) == []


@pytest.mark.parametrize("name", ["terms", "account", "block", "elected"])
def test_every_formula_of_a_file_with_term_sheets_recalculates(name: str, tmp_path: Path) -> None:
    """As it is, and after a number of a sheet and a figure of a fact have changed."""
    found = run(Path(__file__).parent / "scenarios" / f"{name}.yaml")
    made, layout, file = make_book(found, headlines(found)), Layout(found.model), tmp_path / "model.xlsx"
    file.write_bytes(workbook_bytes(found, headlines(found)))
    workbook = formualizer.load_workbook(str(file))
    workbook.evaluate_all()
    for sheet, data in made.data.items():
        for address, wanted in data.formulas.items():
            value = workbook.get_value(sheet, *place(address))
            assert value == (pytest.approx(wanted, abs=PENNY) if isinstance(wanted, float) else wanted), (
                sheet,
                address,
            )
    prefix = f"{found.inputs.terms[0].sheet.prefix}."
    changes = {}
    for number in (
        n for n, s in found.model.inputs.items() if n.startswith(prefix) and s.unit == "share" and not s.dims
    ):
        years = range(len(found.years)) if found.model.inputs[number].yearly else (-1,)
        changes[number] = found.inputs.values[number] * 0.8
        for year in years:
            new = float(changes[number][max(year, 0)])
            workbook.set_value("Inputs", layout.first[number], layout.column(year), new)
    assert changes
    workbook.evaluate_all()
    after = recalculate(found.model, found.results, changes)
    for row in found.model.rows:
        for at in layout.elements(row):
            position = tuple(at[d] for d in found.model.dims_of(row))
            for t in range(len(found.years)):
                cell = workbook.get_value(layout.sheet[row], layout.line(row, at), layout.column(t))
                assert cell == pytest.approx(float(after[row][(t, *position, 0)]), abs=PENNY), (row, at, t)


def test_a_reader_of_values_sees_every_value(path: Path) -> None:
    values = openpyxl.load_workbook(path, data_only=True)
    for (sheet, address), wanted in cached().items():
        assert values[sheet][address].value is not None, (sheet, address, wanted)


def test_after_a_change_every_cell_of_the_file_equals_the_engine(path: Path) -> None:
    found = dudley()
    layout = Layout(found.model)
    workbook = formualizer.load_workbook(str(path))
    changes = {}
    for name, year in (("dudley_illustrative.share_rate", None), ("activity_growth", 3), ("member_share", None)):
        values = found.inputs.values[name].copy()
        first = tuple(0 for _ in found.model.shape(name))
        spot = (year or 0, *first)
        values[spot] = values[spot] * 0.9 + 0.004
        changes[name] = values
        column = layout.constant_column if year is None else layout.column(year)
        workbook.set_value("Inputs", layout.first[name], column, float(values[spot]))
    cells = recalculated(workbook)
    after = recalculate(found.model, found.results, changes)
    for name in found.model.rows:
        for at in layout.elements(name):
            position = tuple(at[d] for d in found.model.dims_of(name))
            line = layout.line(name, at)
            for t in range(len(found.years)):
                cell = cells[layout.sheet[name], f"{letters(layout.column(t))}{line}"]
                assert cell == pytest.approx(float(after[name][(t, *position, 0)]), abs=PENNY), (name, at, t)


def test_a_broken_formula_is_found_in_its_cell_and_its_dependants_and_nowhere_else(path: Path) -> None:
    found = dudley()
    layout = Layout(found.model)
    year, row = 4, "holder_cost"
    line, column = layout.first[row], layout.column(year)
    workbook = formualizer.load_workbook(str(path))
    workbook.set_formula(layout.sheet[row], line, column, f"={letters(column)}{line - 100}+1")
    wrong = {(s, a) for s, a in differing(recalculated(workbook), cached()) if s != "Summary"}
    assert (layout.sheet[row], f"{letters(column)}{line}") in wrong
    below = found.model.downstream([row]) | {row}
    allowed = {
        (layout.sheet[n], f"{letters(layout.column(t))}{i}")
        for n in below
        for i in range(layout.lines(n)[0], layout.lines(n)[1] + 1)
        for t in range(year, len(found.years))
    }
    assert wrong <= allowed
    assert {s for s, _ in wrong} & {"Checks"}


def test_formulas_are_short_plain_and_allowed() -> None:
    pattern = re.compile(r"([A-Z][A-Z.]+)\(")
    for sheet, data in book().data.items():
        for line in data.cells.values():
            for cell in line.values():
                for formula in re.findall(r"<f>(.*?)</f>", cell):
                    assert set(pattern.findall(formula)) <= ALLOWED, (sheet, formula)
                    assert sheet == "Summary" or len(formula.replace("&lt;", "<").replace("&gt;", ">")) < 110


def test_two_runs_give_the_same_bytes_and_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    again = run(find_scenario("dudley-2018"))
    assert workbook_bytes(again, headlines(again)) == content()
    archive = zipfile.ZipFile(io.BytesIO(content()))
    assert b"dcterms:created" not in archive.read("docProps/core.xml")
    assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_document_is_dated_by_source_date_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1522540800")
    archive = zipfile.ZipFile(io.BytesIO(workbook_bytes(dudley(), headlines(dudley()))))
    assert b"2018-04-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_charts_have_alternative_text() -> None:
    archive = zipfile.ZipFile(io.BytesIO(content()))
    drawing = archive.read("xl/drawings/drawing1.xml").decode()
    assert drawing.count("descr=") == 2


def test_text_that_begins_with_an_equals_sign_stays_text(tmp_path: Path) -> None:
    hostile = run(find_scenario("dudley-2018"), settings=("title='=1+1'", "lines.prescribing.title='=cmd|calc'"))
    file = tmp_path / "model.xlsx"
    file.write_bytes(workbook_bytes(hostile, headlines(hostile)))
    sheet = openpyxl.load_workbook(file)["Summary"]
    assert sheet["A1"].value == "=1+1"
    assert sheet["A1"].data_type == "s"
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            assert b"<f>cmd" not in archive.read(name)


def test_no_text_of_the_workbook_names_a_folder_of_this_machine() -> None:
    here = str(find_scenario("dudley-2018").parent).encode()
    with zipfile.ZipFile(io.BytesIO(content())) as archive:
        assert not [n for n in archive.namelist() if here in archive.read(n)]


RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""


@pytest.mark.slow
def test_libreoffice_recalculates_every_cell_to_the_engines_value(tmp_path: Path) -> None:
    """Cached values are first replaced by nought, so that values kept from the file could not pass."""
    office = need("soffice", "libreoffice")
    source, profile = tmp_path / "zero.xlsx", tmp_path / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(RECALCULATE_ALWAYS, encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO(content())) as old, zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name).decode() if name.startswith("xl/worksheets/") else old.read(name)
            if isinstance(part, str):
                part = re.sub(r"(</f>)<v>[^<]*</v>", r"\1<v>0</v>", part)
            new.writestr(name, part)
    command = [office, f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "out"), str(source)], check=True, timeout=300, capture_output=True
    )
    values = openpyxl.load_workbook(tmp_path / "out" / "zero.xlsx", data_only=True)
    found = {key: values[key[0]][key[1]].value for key in cached()}
    assert differing(found, cached()) == []


def test_numbers_of_the_inputs_sheet_are_the_scenarios() -> None:
    found = dudley()
    layout = Layout(found.model)
    cells = book().data["Inputs"].cells
    for name, spec in found.model.inputs.items():
        years = range(int(spec.growth), len(found.years)) if spec.yearly else (-1,)
        for at in layout.elements(name):
            position = tuple(at[d] for d in spec.dims)
            for year in years:
                cell = cells[layout.line(name, at)][layout.column(year)]
                assert f"<v>{float(found.inputs.values[name][(max(year, 0), *position)])!r}</v>" in cell


def test_the_bytes_do_not_depend_on_the_xml_library_or_the_hash_seed(tmp_path: Path) -> None:
    code = (
        "import sys; from mcp_finance.analysis.headlines import headlines\n"
        "from mcp_finance.analysis.run import run\n"
        "from mcp_finance.report.workbook import workbook_bytes\n"
        "from mcp_finance.scenario.load import find_scenario\n"
        "r = run(find_scenario('dudley-2018')); sys.stdout.buffer.write(workbook_bytes(r, headlines(r)))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    environment |= {"OPENPYXL_LXML": "False", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, env=environment, capture_output=True, check=True, cwd=Path(__file__).parents[1])
    assert found.stdout == content()
