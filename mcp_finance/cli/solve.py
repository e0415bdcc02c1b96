"""`solve`: goal-seek, and with --reverse what it takes to use up the reserves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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
    from mcp_finance.analysis.run import Run
    from mcp_finance.analysis.search.reverse import Reverse
    from mcp_finance.analysis.search.solve import Answer
    from mcp_finance.scenario.amounts import How
    from mcp_finance.scenario.shocked import Change

FILES = ("solve.json", "solve.csv", "report.html")
HOWS: tuple[How, ...] = ("is", "add", "times")
FOUND = "found by solve: no forecast"
LONGEST_ID, LONGEST_TITLE = 60, 120
_ASK = (
    "say what to change and what it should reach: --change ADDRESS --how add --target ROW --year YEAR --goal £0; "
    "or --reverse --by YEAR"
)
NO_MORE = "0"
"""The goal of a break-even, which is what is asked for if no other is."""


def solve(
    scenario: ScenarioArgument,
    change: Annotated[
        list[str] | None, typer.Option("--change", metavar="ADDRESS", help="What to change; may be given again.")
    ] = None,
    how: Annotated[str, typer.Option("--how", metavar="HOW", help="is, add or times.")] = "is",
    target: Annotated[str | None, typer.Option("--target", metavar="ROW", help="The row that is to reach it.")] = None,
    year: Annotated[
        str | None, typer.Option("--year", metavar="WHEN", help="Its year, or: term (added up), lowest, highest.")
    ] = None,
    goal: Annotated[str, typer.Option("--goal", metavar="AMOUNT", help="What it is to reach.")] = NO_MORE,
    between: Annotated[
        tuple[str, str] | None, typer.Option("--between", metavar="LOW HIGH", help="Search between two amounts only.")
    ] = None,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="What it takes to use up the reserves; or to save a plan that does.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--by", metavar="YEAR", help="With --reverse: by the end of this year.")
    ] = None,
    lever: Annotated[
        list[str] | None,
        typer.Option("--lever", metavar="NAME=ADDRESS:HOW:SIZE", help="With --reverse: one more lever, add or times."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write results and scenarios that reach it.")
    ] = None,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    force: ForceOption = False,
) -> None:
    """Find the amount of a change that brings a row to a goal; or, with --reverse, what uses up the reserves."""
    _refuse_mixed(change, target, year, between or goal != NO_MORE, reverse=reverse, by=by, lever=lever)
    if out is not None:
        refuse_existing(out, FILES, force)
    run = load_run(scenario, case, settings, years)
    if reverse:
        found: Answer | Reverse = _reversed(run, by, lever or ())
    else:
        found = _answered(run, change or (), how, target or "", year or "", goal, between)
    if out is not None:
        files = dict(_contents(run, found)) | _scenarios(run, found)
        write_all(out, files, force)
    if as_json:
        typer.echo(json.dumps(_document(run, found), ensure_ascii=False, indent=2))
    elif not quiet:
        _print(run, found)
        if out is not None:
            typer.echo(f"wrote {', '.join([*FILES, *_named(files)])} to {out}", err=True)
    refuse_broken(run.integrity())


def _refuse_mixed(
    change: object, target: object, year: object, between: object, *, reverse: bool, by: object, lever: object
) -> None:
    """One question at a time, and all that it needs.

    Raises:
        CommandError: options of both questions, or too few of one.
    """
    if reverse and any((change, target, year, between)):
        raise CommandError(
            "--reverse asks its own question: leave out --change, --target, --year, --goal and --between"
        )
    if not reverse and (by or lever):
        raise CommandError("--by and --lever belong to --reverse")
    if not reverse and not (change and target and year):
        raise CommandError(_ASK)


def _answered(
    run: Run, change: Sequence[str], how: str, row: str, year: str, goal: str, between: tuple[str, str] | None
) -> Answer:
    from mcp_finance.analysis.search.levers import Lever, SolveError
    from mcp_finance.analysis.search.solve import goal_of, goal_seek, target_of
    from mcp_finance.files.problems import ScenarioError

    chosen = next((h for h in HOWS if h == how), None)
    if chosen is None:
        raise CommandError(f"--how {how}: one of {', '.join(HOWS)}")
    try:
        target = target_of(run, row, year)
        lever = Lever("solved", "What was solved for", tuple(change), chosen)
        return goal_seek(run, lever, target, goal_of(target, goal), between=between)
    except SolveError as error:
        raise CommandError(str(error)) from None
    except ScenarioError as error:
        raise CommandError("the question is not valid", INVALID, error.problems) from None


def _reversed(run: Run, by: str | None, lever: Sequence[str]) -> Reverse:
    from mcp_finance.analysis.search.levers import SolveError
    from mcp_finance.analysis.search.reverse import reverse
    from mcp_finance.files.problems import ScenarioError

    try:
        return reverse(run, by, lever)
    except SolveError as error:
        raise CommandError(str(error)) from None
    except ScenarioError as error:
        raise CommandError("the question is not valid", INVALID, error.problems) from None


def _document(run: Run, found: Answer | Reverse) -> dict[str, Any]:
    from mcp_finance.analysis.search.solve import Answer
    from mcp_finance.report.answers import reversing, solving

    return solving.document(run, found) if isinstance(found, Answer) else reversing.document(run, found)


def _print(run: Run, found: Answer | Reverse) -> None:
    from rich.console import Console

    from mcp_finance.analysis.search.solve import Answer
    from mcp_finance.report.answers.solving_console import answer_text, reverse_text

    console = Console()
    told = answer_text(run, found) if isinstance(found, Answer) else reverse_text(run, found, console.width)
    console.print(told, highlight=False)


def _contents(run: Run, found: Answer | Reverse) -> Iterator[tuple[str, bytes]]:
    """The content of every file but the scenarios."""
    from mcp_finance.analysis.search.solve import Answer
    from mcp_finance.report.answers import reversing, solving

    yield "solve.json", (json.dumps(_document(run, found), ensure_ascii=False, indent=2) + "\n").encode()
    if isinstance(found, Answer):
        yield "solve.csv", solving.points_csv(run, found)
        yield "report.html", solving.page(run, found).encode()
    else:
        yield "solve.csv", reversing.answers_csv(run, found)
        yield "report.html", reversing.page(run, found).encode()


def _scenarios(run: Run, found: Answer | Reverse) -> dict[str, bytes]:
    """A scenario for each answer: of a goal-seek the nearest, of reverse stress each lever alone and all together."""
    from mcp_finance.analysis.search.solve import Answer

    if isinstance(found, Answer):
        return _written(run, found.changes, "solved", f"{found.target.row} at its goal") if found.changes else {}
    files: dict[str, bytes] = {}
    word = "saved" if found.fails else "breaks"
    for single in found.singles:
        if single.change is not None:
            files |= _written(run, [single.change], f"{word}-{single.lever.name}", f"{word} by {single.lever.name}")
    if found.joint is not None:
        word = "saved" if found.joint.saves else "breaks"
        files |= _written(run, found.joint.changes, f"{word}-together", f"{word} by all together", certain=True)
    return files


def _named(files: Iterable[str]) -> list[str]:
    """The scenario files among those written; their tables and term sheets go with them."""
    return [name for name in files if name.endswith(".yaml") and name.count(".") == 1]


def _written(run: Run, changes: Sequence[Change], key: str, words: str, *, certain: bool = False) -> dict[str, bytes]:
    from mcp_finance.rows.row import Origin
    from mcp_finance.scenario.write import written

    scenario, ending = run.loaded.scenario, f"-{key.replace('_', '-')}"
    name = scenario.id[: LONGEST_ID - len(ending)] + ending
    noted = [replace(change, said=(Origin("", "", grade="assumption", note=FOUND),)) for change in changes]
    return written(run.loaded, noted, name, f"{scenario.title}: {words}"[:LONGEST_TITLE], certain=certain)
