"""The application: its commands, and what becomes of errors."""

from __future__ import annotations

import json
import signal
import sys
from typing import Annotated

import typer

from mcp_finance import __version__
from mcp_finance.cli import (
    assurance,
    chance,
    compare,
    explain,
    frontier,
    info,
    run,
    sensitivity,
    settle,
    simulate,
    solve,
    stress,
    terms,
)
from mcp_finance.cli.options import FAULT, INTERRUPTED, CommandError, wants_json

app = typer.Typer(
    name="mcp-finance",
    help=(
        "Model a whole-population budget and its gain/loss share over the contract's term. "
        "MCP here means multispecialty community provider."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(name="run", short_help="Run a scenario and write its outputs.")(run.run)
app.command(name="validate", short_help="Check a scenario; compute nothing.")(run.validate)
app.command(name="settle", short_help="Settle a table of facts by a term sheet.")(settle.settle)
app.command(name="show", short_help="Show a scenario, its cases or every value.")(explain.show)
app.command(name="explain", short_help="Explain a number down to the scenario file.")(explain.explain)
app.command(name="compare", short_help="Compare two scenarios or cases.")(compare.compare)
app.command(name="assurance", short_help="What assurance asks: net benefit, risks, others.")(assurance.assure)
app.command(name="simulate", short_help="Draw many futures of what is uncertain.")(simulate.simulate)
app.command(name="frontier", short_help="Compare offers of terms in common futures.")(frontier.frontier)
app.command(name="chance", short_help="How much of a gain share is paid for luck.")(chance.chance)
app.command(name="stress", short_help="What each of a pack of stresses does to every party.")(stress.stress)
app.command(name="sensitivity", short_help="Which figures move an outcome, and how far.")(sensitivity.sensitivity)
app.command(name="solve", short_help="Find what reaches a goal, or breaks the plan.")(solve.solve)
app.command(name="check", short_help="Compare runs with stored baselines, for CI.")(compare.check)
app.command(name="schema", short_help="Print the JSON schema of a scenario.")(info.schema)
app.command(name="doctor", short_help="Say what this installation has.")(info.doctor)
docs = typer.Typer(help="Generated documents.", no_args_is_help=True)
docs.command(name="model", short_help="Print every row of the model in words.")(info.docs_model)
app.add_typer(docs, name="docs")
app.add_typer(terms.commands, name="terms", no_args_is_help=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mcp-finance {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that stand before a command."""


def run_app() -> None:
    """Run a command; errors of the user's making are printed, never traced."""
    try:
        app()
    except CommandError as error:
        _complain(error)
        if error.code == INTERRUPTED:
            _leave_in_peace()
        sys.exit(error.code)
    except SystemExit as end:  # the framework makes one of Ctrl-C
        if end.code == INTERRUPTED:
            typer.echo("interrupted", err=True)
            _leave_in_peace()
        raise
    except OSError as error:
        typer.echo(f"cannot go on: {error.strerror or error}", err=True)
        sys.exit(FAULT)


def _leave_in_peace() -> None:
    """Threads end their span before the process does: more presses of Ctrl-C meanwhile shall trace nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _complain(error: CommandError) -> None:
    if wants_json() and error.problems:
        from mcp_finance.files.problems import as_json

        document = {"schema_version": 1, "problems": [as_json(p) for p in error.problems]}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif error.problems:
        from mcp_finance.files.problems import limited, render

        shown = limited(error.problems)
        typer.echo("\n\n".join(render(p) for p in shown), err=True)
        count = sum(p.severity == "error" for p in error.problems)
        typer.echo(f"\n{count} problem{'s' * (count != 1)}: nothing was computed.", err=True)
    elif wants_json() and str(error) and not error.printed:
        typer.echo(json.dumps({"schema_version": 1, "error": str(error), "code": error.code}, ensure_ascii=False))
    elif str(error):
        typer.echo(str(error), err=True)
