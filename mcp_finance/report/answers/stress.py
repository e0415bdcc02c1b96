"""Stresses as a page of heat tables and as files: one line a party and stress in CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from mcp_finance.analysis.run import Run
from mcp_finance.analysis.stress import Heat, Outcome
from mcp_finance.files.problems import harmless
from mcp_finance.report import provenance
from mcp_finance.report.answers.stress_console import ANYWAY, WITHOUT, fails_words, left_out_lines
from mcp_finance.report.html import render_page
from mcp_finance.report.risk.heat import heat_table
from mcp_finance.report.risk.shapes import Heat as Shape
from mcp_finance.report.views import NONE, Section, Table, Words, names

COLUMNS = ("stress", "title", "party", "change", "change_against_do_nothing", "fails", "fails_anyway", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def page(run: Run, heat: Heat) -> str:
    """The stresses as a report page."""
    sections = (*_sections(run, heat), provenance.provenance_section(run))
    return render_page(run, "Stresses of a whole-population budget", sections)


def _sections(run: Run, heat: Heat) -> Iterator[Section]:
    """Change of results with the first year that fails, change against do-nothing, and what does not apply."""
    called = names(run)
    applied = [o for o in heat.outcomes if o.applies]
    said = f"{fails_words(called)} {ANYWAY} marks who fails in the same year without the stress. No size is a forecast."
    if applied:
        held = _heat(
            heat, applied, called, "Change of results over the term, and the first year that fails", years=True
        )
        contract = _heat(heat, applied, called, "Of it, from the contract: change against do-nothing", years=False)
        yield Section("stress", "What each stress does", (Words(said), heat_table(held)))
        yield Section("contract", "What of it the contract brings", (heat_table(contract),))
        basis = tuple((o.id, harmless(o.title), harmless(o.basis) or NONE) for o in applied)
        yield Section("basis", "What they rest on", (Table("Basis", ("Stress", "Title", "Basis"), "ttt", basis),), True)
    others = tuple(f"{o.id} {harmless(o.title)}: {harmless(o.reason)}" for o in heat.outcomes if not o.applies)
    without = tuple(line for o in applied for line in left_out_lines(o))
    if others or without:
        yield Section("others", WITHOUT, (Words("", (*others, *without)),))


def _heat(heat: Heat, applied: list[Outcome], called: Mapping[str, str], title: str, *, years: bool) -> Shape:
    """A heat table of the parties in every stress that applies."""
    nothing = tuple(("",) * len(called) for _ in applied)
    return Shape(
        tuple((o.id, harmless(o.title)) for o in applied),
        tuple(called.values()),
        tuple(tuple((o.held if years else o.contract)[p] for p in called) for o in applied),
        tuple(tuple(_year(heat, o, p) for p in called) for o in applied) if years else nothing,
        nothing,
        title,
    )


def _year(heat: Heat, outcome: Outcome, party: str) -> str:
    year = outcome.fails[party]
    return "" if year is None else f"{year}{ANYWAY if year == heat.fails[party] else ''}"


def stress_csv(heat: Heat) -> str:
    """One line for each stress and party, in pounds."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for o in heat.outcomes:
        for party in heat.parties:
            numbers = (f"{o.held[party]:.2f}", f"{o.contract[party]:.2f}")
            years = (o.fails[party] or "", heat.fails[party] or "")
            writer.writerow((o.id, _text(o.title), party, *numbers, *years, _text(o.reason)))
    return stream.getvalue()


def _text(text: str) -> str:
    """Text from a file that a spreadsheet will not take for a formula."""
    shown = harmless(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def stress_document(run: Run, heat: Heat, pack: str) -> dict[str, Any]:
    """The table as data."""
    return {
        "schema_version": 1,
        "scenario": run.loaded.scenario.id,
        "cases": run.loaded.cases,
        "pack": pack,
        "parties": dict(heat.parties),
        "thresholds": dict(heat.thresholds),
        "fails": dict(heat.fails),
        "stresses": {o.id: {k: v for k, v in asdict(o).items() if k != "id"} for o in heat.outcomes},
    }


def stress_files(run: Run, heat: Heat, pack: str) -> dict[str, bytes]:
    """The files that a command writes."""
    document = json.dumps(stress_document(run, heat, pack), ensure_ascii=False, indent=2)
    return {
        "stress.csv": stress_csv(heat).encode(),
        "stress.json": f"{document}\n".encode(),
        "report.html": page(run, heat).encode(),
    }
