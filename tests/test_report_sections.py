"""Sections of the report that only some contracts have: there, well formed, and the figures of their rows."""

from __future__ import annotations

import io
from functools import cache

import pytest
from contracts import FIXTURES
from rich.cells import cell_len
from rich.console import Console
from test_report import read

from mcp_finance.analysis.headlines import headlines
from mcp_finance.analysis.run import Run, run
from mcp_finance.analysis.warnings import EarlyWarning, early_warnings
from mcp_finance.report.assurance import assurance_section
from mcp_finance.report.assurance_text import warning_sentence
from mcp_finance.report.cash import cash_section
from mcp_finance.report.changes import rebase_section, term_section, variations_section
from mcp_finance.report.console import WORSE_OFF, print_summary
from mcp_finance.report.holder import holder_section
from mcp_finance.report.hospitals import hospital_section
from mcp_finance.report.html import render_report
from mcp_finance.report.people import practices_section
from mcp_finance.report.performance import performance_section
from mcp_finance.report.programmes import programmes_section
from mcp_finance.report.views import Section, Table, millions
from mcp_finance.report.worth import appraisal_section, bid_section

SECTIONS = {
    "cash": (cash_section, {"cash"}),
    "holder": (holder_section, {"reserves", "surplus", "taxes"}),
    "term": (term_section, {"ends-early", "extended"}),
    "variations": (variations_section, {"variations"}),
    "rebase": (rebase_section, {"rebase"}),
    "practices": (practices_section, {"practices", "non-members"}),
    "performance": (performance_section, {"measures"}),
    "appraisal": (appraisal_section, {"appraisal"}),
    "bid": (bid_section, {"bid"}),
}
TRIED = sorted({f for _, fixtures in SECTIONS.values() for f in fixtures} | {"base", "hospitals", "programmes"})


@cache
def of(fixture: str) -> Run:
    return run(FIXTURES[fixture])


def table(section: Section, start: str) -> dict[str, tuple[str, ...]]:
    """Rows of the table whose caption begins so, by their first cell."""
    (found,) = (p for p in section.parts if isinstance(p, Table) and p.caption.startswith(start))
    return {row[0]: row[1:] for row in found.rows}


@pytest.mark.parametrize("fixture", TRIED)
def test_a_section_is_there_where_its_subject_is(fixture: str) -> None:
    for make, fixtures in SECTIONS.values():
        assert bool(list(make(of(fixture)))) == (fixture in fixtures)


@pytest.mark.parametrize("fixture", TRIED)
def test_reports_are_well_formed_and_every_row_has_a_cell_for_every_heading(fixture: str) -> None:
    found = of(fixture)
    assert read(render_report(found, headlines(found))).headings
    for section in (assurance_section(found), hospital_section(found), *programmes_section(found)):
        for part in section.parts:
            if isinstance(part, Table):
                assert len(part.layout) == len(part.head) and {len(r) for r in part.rows} <= {len(part.head)}


def test_the_matrix_of_risks_adds_up_to_all_parties() -> None:
    """To the tenth that is shown, seven parties may be off by seven twentieths."""
    for row in table(assurance_section(of("hospitals")), "Change of results").values():
        *parties, together = (float(cell.replace("\N{MINUS SIGN}", "-").replace(",", "")) for cell in row)
        assert sum(parties) == pytest.approx(together, abs=0.4)


def test_gains_and_cash_of_contracts_are_those_of_hospitals_before_what_is_guaranteed() -> None:
    r = of("hospitals").results
    rows = table(hospital_section(of("hospitals")), "Hospital contracts")
    assert rows["Main"][0] == "Royal Infirmary" and rows["District main"][0] == "District General"
    whole = ("provider_notional_gain", "provider_contract_saving")
    assert rows["All contracts"][-2:] == tuple(millions(float(r[row].sum())) for row in whole)
    regimes = table(hospital_section(of("regimes")), "Hospital contracts")
    assert [regimes[c][1] for c in ("Main", "Slice", "District main", "Royal elective")] == [
        "marginal rate", "results", "block", "blended"]  # fmt: skip


def test_cash_shows_the_first_year_and_the_month_in_which_each_party_fails() -> None:
    found = of("cash")
    (section,) = cash_section(found)
    rows = table(section, "Cash of every party")
    balance = found.results["budget_holder.cash_balance"][..., 0]
    lowest, working, months, first, _ = rows["Budget holder"]
    assert lowest == millions(float(balance.min())) and working == millions(-float(balance.min()))
    assert int(months) == int((balance <= -1).sum())
    assert first == found.years[int((balance <= -1).any(axis=1).argmax())]
    assert rows["GP practices"][2:4] == ("0", "\N{EM DASH}")


def test_what_practices_are_paid_is_the_ledgers() -> None:
    found = of("practices")
    (section,) = practices_section(found)
    rows = table(section, "Practices over the term")
    paid = [sum(float(row[k]) for row in rows.values()) for k in (5, 6)]
    entries = [found.results.series(f"{buyer}.practices").sum() / 1e6 for buyer in ("contracts", "subcontracts")]
    assert paid == pytest.approx(entries, abs=0.3)


def test_points_of_measures_add_up_to_the_score() -> None:
    (section,) = performance_section(of("measures"))
    rows = table(section, "Points by measure")
    score = [float(cell.rstrip("%")) for cell in rows.pop("Score")[1:]]
    for t, wanted in enumerate(score):
        points = [row[1 + t] for row in rows.values()]
        assert sum(float(p.rstrip("%")) for p in points if p.endswith("%")) == pytest.approx(wanted, abs=0.5)
    assert any(row[1] == "\N{EM DASH}" for row in rows.values()), "too few people in 2018/19"


@pytest.mark.parametrize("fixture", ["hospitals", "cash", "reserves", "bid"])
def test_the_terminal_keeps_to_eighty_columns_and_warns(fixture: str) -> None:
    out, found = io.StringIO(), of(fixture)
    print_summary(Console(file=out, width=80, color_system=None), found, headlines(found))
    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 80
    for title in found.parties.values():
        assert any(line.startswith(title) for line in lines)
    warned = [line for line in lines if line.startswith("Warns: ")]
    assert len(warned) == sum(not w.name.startswith(WORSE_OFF) for w in early_warnings(found))
    assert any(line.startswith("Cash: first below nil") for line in lines) == (fixture == "cash")


def test_a_warning_says_its_first_year_and_calls_parties_by_their_names() -> None:
    found = of("reserves")
    said = [warning_sentence(w, found.parties) for w in early_warnings(found)]
    assert "2020/21: the parent pays under its guarantee" in said
    assert "2019/20: years that end with less cash than the minimum days" in said
    own = EarlyWarning("warn.worse_off_royal", "Royal is worse off.", "2018/19")
    assert warning_sentence(own, {"royal": "Royal Infirmary"}) == "2018/19: Royal Infirmary is worse off"
    tax = EarlyWarning("warn.vat_unrecovered", "1 in years in which VAT is a cost.", "2018/19")
    assert warning_sentence(tax, {}) == "2018/19: VAT is a cost"
