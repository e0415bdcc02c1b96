"""The report: well formed, self-contained, the same every time, and safe whatever the scenario says."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_finance.analysis.headlines import Headlines, headlines
from mcp_finance.analysis.run import Run, run
from mcp_finance.files.figures import format_time
from mcp_finance.report import views
from mcp_finance.report.assumptions import WEAKEST_FIRST, logged
from mcp_finance.report.html import render_report, template_folder
from mcp_finance.scenario.load import find_scenario

DUDLEY = find_scenario("dudley-2018")
VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}
HOSTILE = {
    "title": "<script>alert(1)</script> {{ 7 * 7 }} {% raw %}",
    "statement": "</style><img src=http://evil.example/x> [bold]loud[/bold]",
    "holder": "=cmd|'/c calc'!A1 <b>",
    "line": "</svg><script>alert(2)</script>{{ config }}",
    "note": "<iframe src=//evil.example></iframe> {{ note }}",
}


class Reader(HTMLParser):
    """Follows the nesting of elements, and keeps headings, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack and self.stack[-1] == tag, f"</{tag}> closes {self.stack[-3:]} at {self.getpos()}"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.stack and re.fullmatch("h[1-6]", self.stack[-1]):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@cache
def finished(years: int | None = None, shift: str = "evidence-anchored") -> tuple[Run, Headlines, str]:
    found = run(DUDLEY, cases={"shift": shift}, years=years)
    shown = headlines(found)
    return found, shown, render_report(found, shown)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "dudley-2018").mkdir()
    for table in (DUDLEY.parent / "dudley-2018").iterdir():
        (folder / "dudley-2018" / table.name).write_bytes(table.read_bytes())
    text = DUDLEY.read_text(encoding="utf-8")
    quoted = {k: "'" + v.replace("'", "''") + "'" for k, v in HOSTILE.items()}
    swaps = (
        ("title: Dudley MCP, 2018/19 to 2032/33", f"title: {quoted['title']}"),
        ("statement: >-\n", f"statement: {quoted['statement']}\n"),
        ("  budget_holder: MCP\n", f"  budget_holder: {quoted['holder']}\n"),
        ("    title: GP premises\n", f"    title: {quoted['line']}\n"),
        ("note: reimbursed at cost}", f"note: {quoted['note']}}}"),
    )
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    text = re.sub(rf"({re.escape(quoted['statement'])}\n)(  .*\n)+", r"\1", text)
    (folder / "hostile.yaml").write_text(text, encoding="utf-8")
    return run(folder / "hostile.yaml")


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert reader.stack == []
    return reader


@pytest.mark.parametrize(("years", "shift"), [(None, "evidence-anchored"), (1, "none"), (2, "stp-style")])
def test_every_report_is_well_formed_and_its_headings_step_by_one(years: int | None, shift: str) -> None:
    levels = [level for level, _ in read(finished(years, shift)[2]).headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_sections_come_in_the_order_of_the_questions() -> None:
    titles = [text for level, text in read(finished()[2]).headings if level == 2]
    assert titles == [
        "Headlines",
        "Contents",
        "Budget against cost",
        "From budget to result in the final year",
        "Each party's position",
        "Assurance",
        "Activity by line",
        "Demand-shift programmes",
        "The hospital",
        "The gain/loss share",
        "Scope",
        "Terms",
        "Log of assumptions",
        "Integrity checks and warnings",
        "Provenance",
    ]


def test_it_fetches_nothing_runs_nothing_and_is_small() -> None:
    markup = finished()[2]
    tags = read(markup).tags
    assert not {tag for tag, _ in tags} & {"script", "iframe", "object", "embed", "link", "img", "form", "base"}
    for _, attributes in tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)", markup)
    assert len(markup.encode()) < 600_000


def test_links_and_ids_agree() -> None:
    tags = read(finished()[2]).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {(a["href"] or "")[1:] for tag, a in tags if tag == "a"} <= set(ids)


def test_tables_have_a_caption_and_scoped_headings_and_level_rows() -> None:
    markup = finished()[2]
    tables = re.findall(r"<table.*?</table>", markup, flags=re.S)
    assert len(tables) > 10
    for table in tables:
        assert re.search(r"<caption>[^<]+</caption>", table)
        assert not re.search(r"<th(?![^>]*scope=)[ >]", table)
        widths = {len(re.findall(r"<t[hd][ >]", row)) for row in re.findall(r"<tr.*?</tr>", table, flags=re.S)}
        assert len(widths) == 1


def test_two_renders_are_the_same_bytes() -> None:
    found, shown, markup = finished()
    assert render_report(found, shown) == markup
    again = run(DUDLEY)
    assert render_report(again, headlines(again)) == markup


def test_no_path_of_this_machine_is_shown() -> None:
    assert str(Path(DUDLEY).parent) not in finished()[2]


@pytest.mark.parametrize("years", [None, 1])
def test_every_headline_figure_is_shown(years: int | None) -> None:
    _, shown, markup = finished(years)
    text = read(markup).text
    for metric in shown.metrics:
        assert metric.label in text
        assert views.metric_value(metric, metric.value) in text
        if metric.real is not None:
            assert views.metric_value(metric, metric.real) in text
        assert metric.beside in text and metric.comment in text
    for party in shown.parties:
        assert party.name in text and party.verdict in text
        assert views.in_millions(party.change, plus=True) in text and views.in_millions(party.threshold) in text
    for _, label, value in shown.bridge:
        assert label in text and views.millions(value) in text
    assert shown.affordability in text


def test_status_statement_cases_and_provenance_are_shown() -> None:
    found, _, markup = finished()
    text = read(markup).text
    assert "Status of the scenario: reconstruction" in text
    assert " ".join(found.loaded.scenario.statement.split()) in text
    assert all(choice in text for choice in found.loaded.cases.values())
    assert found.loaded.sha256 in text
    assert text.index("reconstruction") < text.index("Contract total")


def test_every_line_and_every_service_outside_is_in_the_scope() -> None:
    found, _, markup = finished()
    scope = markup[markup.index('id="scope"') : markup.index('id="assumptions"')]
    text = read(f"<section {scope[: scope.rindex('<section')]}").text
    assert all(line.title in text for line in found.loaded.scenario.lines.values())
    assert all(outside.why in text for outside in found.loaded.scenario.services_outside.values())


def test_the_log_holds_every_graded_figure_once_weakest_and_largest_first() -> None:
    found, shown, markup = finished()
    log = list(logged(found))
    assumed = [entry for entry in log if entry.grade == "assumption"]
    assert len(assumed) == shown.evidence.counts["assumption"]
    assert len({entry.path for entry in assumed}) == len(assumed)
    order = [entry.order for entry in sorted(log, key=lambda entry: entry.order)]
    assert order[0][0] == WEAKEST_FIRST.index("assumption") and order == sorted(order)
    section = markup[markup.index('id="assumptions"') :]
    assert section.count("<tr>") >= len(log)


def test_hostile_words_stay_words(hostile: Run) -> None:
    markup = render_report(hostile, headlines(hostile))
    reader = read(markup)
    assert not {tag for tag, _ in reader.tags} & {"script", "iframe", "img", "b"}
    for words in HOSTILE.values():
        assert words in reader.text
    assert "49" not in reader.text[: reader.text.index("Headlines")]


def test_templates_lie_in_the_checkout_or_the_package() -> None:
    assert (template_folder() / "report.html.j2").is_file()
    assert (template_folder() / "report.css").is_file()


@given(st.integers(0, 300 * 12 - 1))
def test_dates_are_said_as_the_calendar_has_them(month: int) -> None:
    time = 1900 + month / 12
    year, number, first = (int(part) for part in format_time(time).split("-"))
    assert views.day(time) == f"{first} {views.MONTHS[number - 1]} {year}"
    assert views.last_day(time).split()[0] in ("28", "29", "30", "31")


@given(st.floats(-1e10, 1e10))
def test_money_keeps_its_sign_and_never_a_hyphen(value: float) -> None:
    for text in (views.amount(value), views.in_millions(value), views.in_millions(value, plus=True)):
        assert "-" not in text and "£" in text
        assert text.startswith("\N{MINUS SIGN}") <= (value < 0)


def test_figures_without_a_grade_and_checks_that_fail_are_listed() -> None:
    found, shown, _ = finished(1, "none")
    bare = replace(shown.evidence, ungraded=("lines.a.<b>", "materiality"), counts={"not graded": 2})
    failed = (replace(shown.integrity[0], difference=-2.5), *shown.integrity[1:])
    text = read(render_report(found, replace(shown, evidence=bare, integrity=failed))).text
    assert "Not graded (2): lines.a.<b> materiality" in text
    assert "−£2.50 does not hold" in text


def test_a_scenario_without_a_gain_loss_share_says_so() -> None:
    found = run(Path(__file__).parent / "scenarios" / "no-share.yaml", settings=("statement=''",))
    assert found.loaded.terms == () and found.loaded.scenario.statement == ""
    text = read(render_report(found, headlines(found))).text
    assert "The scenario has no gain/loss share." in text and "The scenario as written: it has none" in text


def test_a_contract_that_never_falls_below_nil_needs_no_cover() -> None:
    found = run(DUDLEY, cases={"shift": "none", "vintage": "hindsight"})
    shown = headlines(found)
    text = read(render_report(found, shown)).text
    assert "above its costs" in text and "never go below nil" in text and "no deficit to cover" in text
    assert "of the deepest cumulative deficit" not in text
