"""`sensitivity`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from mcp_finance.cli.drawing import SeedOption, WorkersOption, progress_bar
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
    refuse_existing,
    write_all,
)

if TYPE_CHECKING:
    from mcp_finance.analysis.measure import Measure
    from mcp_finance.analysis.run import Run
    from mcp_finance.analysis.sensitivity.grid import Axis
    from mcp_finance.analysis.sensitivity.sensitivity import Sensitivity

REPORT = "report.html"
ALWAYS = ("tornado.csv", "unmoved.csv", "sensitivity.json", REPORT)
Found = TypeVar("Found")


def sensitivity(
    scenario: ScenarioArgument,
    outcome: Annotated[str | None, typer.Option("--outcome", metavar="ROW", help="A row of one figure a year.")] = None,
    year: Annotated[str, typer.Option("--year", metavar="YEAR|term", help="A year such as 2026/27.")] = "term",
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, max=500, help="How many figures to show.")] = 20,
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", metavar="GRADE=SHARE", help="Range either way of a grade, or date=6 months."),
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option("--grid", metavar="'ADDRESS is|add|times V, V…'", help="Twice: what goes down, and across."),
    ] = None,
    sobol: Annotated[bool, typer.Option("--sobol", help="Sobol' indices of what is uncertain.")] = False,
    value: Annotated[bool, typer.Option("--value", help="What knowing more is worth for a decision.")] = False,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="GROUP=CHOICE", help="Another choice to decide between.")
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", "-n", metavar="N", min=2048, max=1_000_000, help="Draws of --sobol and --value.")
    ] = 8192,
    seed: SeedOption = None,
    workers: WorkersOption = 2,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write report and tables.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    force: ForceOption = False,
) -> None:
    """Which figures move an outcome: tornado, weak evidence, two-way grid, Sobol' indices, value of information."""
    from mcp_finance.analysis.sensitivity import sensitivity as analysis
    from mcp_finance.analysis.sensitivity.ranges import SHARES, with_share
    from mcp_finance.files.problems import ScenarioError

    if option and not value:
        raise CommandError("--option is a choice to decide between: it needs --value")
    asks = (("grid.csv", grid), ("indices.csv", sobol), ("value.csv", value))
    names = [*ALWAYS, *(name for name, wanted in asks if wanted)]
    if out is not None:
        refuse_existing(out, names, force)
    run = load_run(scenario, case, settings, years)
    measure = _asked("--outcome, --year", lambda: _measure(run, outcome, year))
    asked = analysis.Asked(
        measure,
        _worth(run, measure, outcome),
        {**SHARES, **dict(_asked("--range", lambda: [with_share(text) for text in ranges or ()]))},
        _axes(run, grid),
        sobol,
        value,
        _others(scenario, case, settings, years, option),
        draws,
        seed,
    )
    try:
        with progress_bar((sobol or value) and not (quiet or as_json)) as progress:
            found = analysis.sensitivity(run, asked, workers=workers, progress=progress)
    except ScenarioError as error:
        raise CommandError("the scenario is not valid", INVALID, error.problems) from None
    _print(found, top, as_json=as_json, quiet=quiet)
    if out is not None:
        write_all(out, _files(found, top), force)
        if not quiet:
            typer.echo(f"wrote {', '.join(names)} to {out}", err=True)


def _asked(option: str, ask: Callable[[], Found]) -> Found:
    """What an option asks for; its mistakes end the command in its own name."""
    from mcp_finance.files.figures import FigureError
    from mcp_finance.files.problems import ScenarioError

    try:
        return ask()
    except ScenarioError as error:
        raise CommandError("the scenario is not valid", INVALID, error.problems) from None
    except FigureError as error:
        raise CommandError(f"{option}: {error.message}; write {error.instead}") from None
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from None


def _measure(run: Run, outcome: str | None, year: str) -> Measure:
    from mcp_finance.analysis.measure import measure

    return measure(run, outcome, year) if outcome else measure(run, year=year)


def _worth(run: Run, measure: Measure, outcome: str | None) -> Measure:
    """What a decision is made by: the outcome asked for, or the holder's present value where there is an appraisal."""
    from mcp_finance.analysis.measure import measure as of
    from mcp_finance.model.party import HOLDER

    row = f"{HOLDER}.npv"
    return of(run, row) if outcome is None and row in run.model.rows else measure


def _axes(run: Run, grid: Sequence[str] | None) -> tuple[Axis, Axis] | None:
    from mcp_finance.analysis.sensitivity.grid import axis

    if not grid:
        return None
    if len(grid) != 2:
        raise CommandError("--grid is given twice: once for what goes down, once for what goes across")
    return _asked("--grid", lambda: (axis(run, grid[0]), axis(run, grid[1])))


def _others(
    scenario: str, case: list[str] | None, settings: list[str] | None, years: int | None, options: Sequence[str] | None
) -> dict[str, Run]:
    """A run for each other choice; choices of --case that it does not replace stay."""
    found = {}
    for text in options or ():
        group = text.partition("=")[0].strip()
        kept = [c for c in case or () if c.partition("=")[0].strip() != group]
        found[text] = load_run(scenario, [*kept, text], settings, years)
    return found


def _print(found: Sensitivity, top: int, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        from mcp_finance.report.answers.sensitivity_data import document

        typer.echo(json.dumps(document(found), ensure_ascii=False, indent=2))
    elif not quiet:
        from rich.console import Console

        from mcp_finance.report.answers.sensitivity_console import sensitivity_text

        console = Console()
        console.print(sensitivity_text(found, console.width, top), highlight=False)


def _files(found: Sensitivity, top: int) -> dict[str, bytes]:
    from mcp_finance.report.answers.sensitivity import sections
    from mcp_finance.report.answers.sensitivity_data import csv_files, document
    from mcp_finance.report.html import render_page

    text = json.dumps(document(found), ensure_ascii=False, indent=2) + "\n"
    page = render_page(found.run, "Sensitivity", sections(found, top))
    return csv_files(found) | {"sensitivity.json": text.encode(), REPORT: page.encode()}
