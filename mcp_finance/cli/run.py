"""`run` and `validate`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcp_finance.cli.options import (
    INVALID,
    CaseOption,
    CommandError,
    ForceOption,
    JsonOption,
    QuietOption,
    ScenarioArgument,
    SetOption,
    YearsOption,
    load_run,
    refuse_broken,
    refuse_existing,
    write_all,
)

if TYPE_CHECKING:
    from mcp_finance.analysis.headlines import Headlines
    from mcp_finance.analysis.run import Run
    from mcp_finance.files.problems import Problem

FILES = ("results.parquet", "results.csv", "run.json", "model.xlsx", "report.html")
FEW = 5
OutOption = Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write all outputs to this folder.")]


def run(
    scenario: ScenarioArgument,
    out: OutOption = None,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    force: ForceOption = False,
    workbook: Annotated[bool, typer.Option("--workbook/--no-workbook", help="Write model.xlsx.")] = True,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
) -> None:
    """Run a scenario: a summary on the terminal, and with --out the results, the workbook and the report."""
    left_out = {"model.xlsx": workbook, "report.html": report}
    names = [n for n in FILES if left_out.get(n, True)]
    if out is not None:
        refuse_existing(out, names, force)
    found = load_run(scenario, case, settings, years)
    from mcp_finance.analysis.headlines import headlines

    heads = headlines(found)
    if out is not None:
        write_all(out, {name: _content(name, found, heads) for name in names}, force)
    _print(found, heads, as_json=as_json, quiet=quiet)
    if out is not None and not (quiet or as_json):
        typer.echo(f"wrote {', '.join(names)} to {out}", err=True)
    refuse_broken(heads.integrity)


def _content(name: str, found: Run, heads: Headlines) -> bytes:
    """The content of one output file."""
    if name == "model.xlsx":
        from mcp_finance.report.workbook import workbook_bytes

        return workbook_bytes(found, heads)
    if name == "report.html":
        from mcp_finance.report.html import render_report

        return render_report(found, heads).encode()
    from mcp_finance.report.results import results_frame, run_record

    if name == "run.json":
        return (json.dumps(run_record(found), ensure_ascii=False, indent=2) + "\n").encode()
    stream = io.BytesIO()
    frame = results_frame(found)
    if name == "results.csv":
        frame.write_csv(stream)
    else:
        frame.write_parquet(stream)
    return stream.getvalue()


def _print(found: Run, heads: Headlines, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary_document(found, heads), ensure_ascii=False, indent=2))
        return
    if quiet:
        return
    from rich.console import Console

    from mcp_finance.report.console import print_problems, print_summary

    if found.loaded.warnings:
        print_problems(Console(stderr=True), found.loaded.warnings)
    print_summary(Console(), found, heads)


def summary_document(found: Run, heads: Headlines) -> dict[str, Any]:
    """The summary as data."""
    from mcp_finance.report.results import run_record

    record = run_record(found)
    return record | {
        "headlines": {
            m.key: {"label": m.label, "value": m.value, "real": m.real, "unit": m.unit, "beside": m.beside}
            for m in heads.metrics
        },
        "affordability": heads.affordability,
        "bridge": {row: value for row, _, value in heads.bridge},
        "parties": {
            p.party: {
                "name": p.name,
                "result": p.result,
                "closing": p.closing,
                "against_do_nothing": p.change,
                "threshold": p.threshold,
                "verdict": p.verdict,
            }
            for p in heads.parties
        },
        "evidence": {
            "figures": heads.evidence.counts,
            "baseline_by_grade": heads.evidence.money,
            "ungraded": list(heads.evidence.ungraded),
        },
    }


def _every_problem(scenario: str, settings: list[str] | None) -> tuple[Problem, ...]:
    """Problems of every case; none where there is no such scenario, which loading it will say."""
    from mcp_finance.files.problems import ScenarioError
    from mcp_finance.scenario.inputs import problems_of_every_case
    from mcp_finance.scenario.load import find_scenario

    try:
        return problems_of_every_case(find_scenario(scenario), settings or ())
    except ScenarioError as error:
        return error.problems


def validate(
    scenario: ScenarioArgument,
    case: CaseOption = None,
    settings: SetOption = None,
    ungraded: Annotated[bool, typer.Option("--ungraded", help="List every figure without a grade.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check a scenario and compute nothing; every problem is reported at once, without --case of every case."""
    from mcp_finance.analysis.headlines import evidence
    from mcp_finance.files.problems import as_json as problem_json
    from mcp_finance.files.problems import render

    if not case and (problems := _every_problem(scenario, settings)):
        raise CommandError("the scenario is not valid", INVALID, problems)
    found = load_run(scenario, case, settings, None)
    grades = evidence(found)
    if as_json:
        warnings = [problem_json(w) for w in found.loaded.warnings]
        document = {"schema_version": 1, "valid": True, "problems": warnings, "ungraded": list(grades.ungraded)}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for warning in found.loaded.warnings:
        typer.echo(render(warning), err=True)
    counts = ", ".join(f"{n} {grade}" for grade, n in sorted(grades.counts.items()))
    typer.echo(f"{scenario} is valid: {len(found.loaded.scenario.lines)} lines, figures {counts}.")
    if grades.ungraded:
        typer.echo(f"{len(grades.ungraded)} figures have no grade{'' if ungraded else '; --ungraded lists them all'}:")
    for path in grades.ungraded if ungraded else grades.ungraded[:FEW]:
        typer.echo(f"  {path}")
