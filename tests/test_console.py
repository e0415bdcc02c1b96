"""The terminal: one screen of 80 columns, no text of a scenario ever read as markup."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from mcp_finance.analysis.headlines import Headlines, headlines
from mcp_finance.analysis.run import Run, run
from mcp_finance.files.problems import Place, Problem, render
from mcp_finance.report import views
from mcp_finance.report.console import explanation_tree, print_problems, print_summary, summary
from mcp_finance.report.money import number
from mcp_finance.rows.explain import Explanation, explain
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.load import find_scenario


@cache
def finished(years: int | None = None, shift: str = "evidence-anchored") -> tuple[Run, Headlines]:
    found = run(find_scenario("dudley-2018"), cases={"shift": shift}, years=years)
    return found, headlines(found)


def shown(what: RenderableType, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False, color_system=None).print(what, highlight=False)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(("years", "shift"), [(None, "evidence-anchored"), (None, "none"), (1, "none")])
def test_the_summary_is_one_screen(width: int, years: int | None, shift: str) -> None:
    lines = shown(summary(*finished(years, shift)), width).splitlines()
    assert len(lines) <= 32
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(("years", "shift"), [(None, "evidence-anchored"), (1, "none")])
def test_every_headline_figure_is_on_it(width: int, years: int | None, shift: str) -> None:
    found, heads = finished(years, shift)
    text = shown(summary(found, heads), width)
    for metric in heads.metrics:
        start = "Live, of full scope:" if metric.row == "live_share" else metric.label
        line = next(line for line in text.splitlines() if line.startswith(start))
        assert views.metric_value(metric, metric.value) in line
        assert metric.real is None or views.metric_value(metric, metric.real) in line
        assert metric.beside.removeprefix("published ") in line
    for party in heads.parties:
        line = next(line for line in text.splitlines() if line.startswith(party.name))
        assert views.in_millions(party.change, plus=True) in line and line.rstrip().endswith(party.verdict)
    flat = " ".join(text.split())
    assert views.in_millions(heads.bridge[0][2]) in flat
    assert f"= {views.in_millions(heads.bridge[-1][2])} payable" in flat
    for value in found.results.series("budget_holder.result"):
        assert f" {number(float(value) / 1e6, 1)}" in flat
    assert "reconstruction" in text and heads.affordability in text and "checks hold" in text
    assert views.amount(heads.evidence.assumed_money) in text


def test_a_failed_check_is_named() -> None:
    found, heads = finished()
    broken = replace(heads, integrity=(replace(heads.integrity[0], difference=1.0), *heads.integrity[1:]))
    assert f"FAILED: {heads.integrity[0].name}" in shown(summary(found, broken))


@given(st.text(max_size=60))
def test_no_title_or_name_is_read_as_markup_or_breaks_the_screen(words: str) -> None:
    found, heads = finished(1, "none")
    scenario = found.loaded.scenario
    names = scenario.names.model_copy(update={"hospital": f"[red]{words}[/red]"})
    hostile = scenario.model_copy(update={"title": f"[bold]{words}[/bold]\x1b[2J", "names": names})
    text = shown(summary(replace(found, loaded=replace(found.loaded, scenario=hostile)), heads))
    assert "[bold]" in text and "[red]" in text and "\x1b" not in text
    lines = text.splitlines()
    assert len(lines) <= 32 and max(map(cell_len, lines)) <= 80


def test_print_summary_prints_the_summary() -> None:
    out = io.StringIO()
    print_summary(Console(file=out, width=80, color_system=None), *finished())
    assert out.getvalue() == shown(summary(*finished()))


def test_problems_are_printed_as_they_are() -> None:
    long = "x" * 90
    problem = Problem(
        Place("a.yaml", 3, 9), "lines.a", "[bold]no[/bold] :smile:", "5%", source_line=f"  note: [b]{long}"
    )
    out = io.StringIO()
    print_problems(Console(file=out, width=80, color_system=None), [problem, problem])
    assert out.getvalue() == f"{render(problem)}\n" * 2


def test_an_explanation_leads_to_the_line_of_the_file() -> None:
    found, _ = finished()
    line = found.model.dimension["line"].members.index("acsc_admissions")
    tree = explain(found.results, found.inputs.origins, "transfer_day", 1, {"line": line}, depth=2)
    text = shown(explanation_tree(tree))
    assert max(map(cell_len, text.splitlines())) <= 80
    assert "transfer day [acsc_admissions], 2019/20: 1 April 2019" in text
    assert "= the most of" in text and "defined in mcp_finance/model/delivery/activity.py" in text
    origin = next(read.origin for read in tree.reads if read.name == "mobilisation")
    assert origin is not None
    assert ":".join(origin.place.rsplit(":", 2)[1:]) in text
    assert "grade: Assumption" in text and origin.note in text


def test_an_explanation_reads_no_markup() -> None:
    origin = Origin("a.yaml:1:2", "lines.x", "[red]s[/red]", "", "[i]o", "=cmd\x1b[2J")
    leaf = Explanation("x", "x", "every year", {}, -1234.5, "GBP", "", "[bold]m", "", origin, ())
    text = shown(explanation_tree(leaf))
    for words in ("[red]s[/red]", "[i]o", "=cmd", "[bold]m", "a.yaml:1:2", "Not graded", "−£1,234.50"):
        assert words in text
    assert "\x1b" not in text
