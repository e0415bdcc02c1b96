"""The last two sections of the report: the model's checks on itself, and what was run, so that it can be run again."""

from __future__ import annotations

from mcp_finance import __version__
from mcp_finance.analysis.headlines import Headlines
from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.report import money
from mcp_finance.report.views import Heading, Section, Table, Words
from mcp_finance.rows.expr import plain_name


def checks_section(run: Run, h: Headlines) -> Section:
    """The model's checks on itself, and the warnings of the scenario."""
    rows = tuple(
        (
            plain_name(c.name).removeprefix("check: "),
            c.meaning,
            money.pounds_exact(c.difference),
            "holds" if c.holds else "does not hold",
        )
        for c in h.integrity
    )
    table = Table(
        "Checks: the largest difference in any year must be nil",
        ("Check", "Meaning", "Difference", "Outcome"),
        "ttnt",
        rows,
    )
    warnings = tuple(
        (
            f"{_file(w.place.file)}:{w.place.line}:{w.place.column}",
            harmless(w.path),
            harmless(w.message),
            harmless(w.instead),
        )
        for w in run.loaded.warnings
    )
    head = ("Place", "Path", "Warning", "Write instead")
    found = Table("Warnings", head, "tttt", warnings) if warnings else Words("The scenario has no warnings.")
    return Section("checks", "Integrity checks and warnings", (table, Heading("Warnings"), found))


def provenance_section(run: Run) -> Section:
    """What was run, so that it can be run again."""
    loaded, s = run.loaded, run.loaded.scenario
    tables = {"population": s.population.table, "profiles": s.profiles.table}
    tables |= {f"terms.{b.key}": f"term sheet {b.terms.sheet.id}" for b in loaded.terms}
    rows = [
        ("Scenario", f"{s.id} ({_file(str(loaded.path))})"),
        ("Status", s.status),
        ("Cases", "; ".join(f"{group}: {choice}" for group, choice in loaded.cases.items()) or "none"),
        ("Settings on the command line", "; ".join(map(harmless, loaded.settings)) or "none"),
        ("Years", f"{run.years[0]} to {run.years[-1]}, reference year {s.contract.reference_year}"),
        ("SHA-256 of the scenario as resolved", loaded.sha256),
        *((f"SHA-256 of {harmless(tables[k])}", digest) for k, digest in loaded.data_sha256.items()),
        ("Engine", f"mcp-finance {__version__}"),
    ]
    return Section("provenance", "Provenance", (Table("What was run", ("Item", "Value"), "tt", tuple(rows)),))


def _file(path: str) -> str:
    return harmless(path.replace("\\", "/").rsplit("/", 1)[-1])
