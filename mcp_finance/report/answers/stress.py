"""Stresses in the report and as files: an accessible table a question, one line a party and stress in CSV and JSON.

The report of a run has no stresses unless they are asked for: `stress_section` is a section like any other, for a
report that holds a pack's results.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mcp_finance.analysis.run import Run
from mcp_finance.analysis.stress import Heat, Outcome
from mcp_finance.files.problems import harmless
from mcp_finance.report.answers.stress_console import ANYWAY, fails_words, left_out_lines
from mcp_finance.report.money import measured
from mcp_finance.report.views import NONE, Section, Table, Words, names

COLUMNS = ("stress", "title", "party", "change", "change_against_do_nothing", "fails", "fails_anyway", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def stress_section(run: Run, heat: Heat) -> Section:
    """Change of results, change against do-nothing and first year that fails, by stress and party."""
    called = names(run)
    applied = [o for o in heat.outcomes if o.applies]
    years = {o.id: {p: _year(heat, o, p) for p in heat.parties} for o in applied}
    held = {o.id: {p: _change(v) for p, v in o.held.items()} for o in applied}
    contract = {o.id: {p: _change(v) for p, v in o.contract.items()} for o in applied}
    others = tuple(f"{o.id} {harmless(o.title)}: {harmless(o.reason)}" for o in heat.outcomes if not o.applies)
    without = tuple(line for o in applied for line in left_out_lines(o))
    words = Words("No size is a forecast. Without effect here, or in part:", (*others, *without))
    return Section(
        "stress",
        "Stresses",
        (
            _table("Change of results over the term, £m", applied, held, called),
            _table("Of it, from the contract: change against do-nothing, £m", applied, contract, called),
            Words(f"{fails_words(called)} {ANYWAY} marks who fails in the same year without the stress."),
            _table("First year that fails", applied, years, called),
            *((words,) if words.items else ()),
        ),
    )


def _table(
    caption: str, outcomes: list[Outcome], cells: Mapping[str, Mapping[str, str]], called: Mapping[str, str]
) -> Table:
    rows = tuple((f"{o.id} {harmless(o.title)}", *cells[o.id].values()) for o in outcomes)
    return Table(caption, ("Stress", *called.values()), "t" + "n" * len(called), rows)


def _change(value: float) -> str:
    return measured(value / 1e6, "", 1, plus=True)


def _year(heat: Heat, outcome: Outcome, party: str) -> str:
    year = outcome.fails[party]
    return NONE if year is None else f"{year}{ANYWAY if year == heat.fails[party] else ''}"


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
    return {"stress.csv": stress_csv(heat).encode(), "stress.json": f"{document}\n".encode()}
