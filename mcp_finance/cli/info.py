"""`schema`, `docs model` and `doctor`."""

from __future__ import annotations

import json
import platform
import shutil
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from mcp_finance import __version__
from mcp_finance.cli.options import FAULT, CommandError, JsonOption, load_run

LIBRARIES = ("jinja2", "numpy", "openpyxl", "polars", "pydantic", "rich", "ruamel.yaml", "typer")
TOOLS = {"soffice": "LibreOffice, to open the workbook", "chromium": "Chromium, to look at the report"}


def schema() -> None:
    """Print the JSON schema of a scenario file, for editors."""
    from mcp_finance.scenario.schema import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def docs_model(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="The scenario whose model is described.")
    ] = "dudley-2018",
) -> None:
    """Print the formula sheet of the whole model in Markdown, generated from its rows."""
    from mcp_finance.rows.sheet import formula_sheet

    found = load_run(scenario, None, None, None)
    typer.echo(formula_sheet(found.model, f"The model of {found.loaded.scenario.title}"))


def doctor(as_json: JsonOption = False) -> None:
    """Say what this installation has, and try a shipped scenario from end to end."""
    from mcp_finance.scenario.load import shipped_scenarios

    libraries = {name: _version(name) for name in LIBRARIES}
    tools = {name: shutil.which(name) or "" for name in TOOLS}
    shipped = shipped_scenarios()
    checks = {name: _trial(path) for name, path in shipped.items()}
    sound = bool(checks) and all(checks.values()) and all(libraries.values())
    if as_json:
        document = {
            "schema_version": 1,
            "version": __version__,
            "python": platform.python_version(),
            "libraries": libraries,
            "tools": {name: bool(path) for name, path in tools.items()},
            "scenarios": checks,
            "sound": sound,
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        typer.echo(f"mcp-finance {__version__} on Python {platform.python_version()}")
        for name, version in libraries.items():
            typer.echo(f"  {name} {version or 'MISSING'}")
        for name, use in TOOLS.items():
            typer.echo(f"  {name}: {'found' if tools[name] else 'not found'} ({use}; optional)")
        for name, holds in checks.items():
            typer.echo(f"  scenario {name}: {'runs, all checks hold' if holds else 'FAILS'}")
        typer.echo("all is well" if sound else "something is missing or broken: see above")
    if not sound:
        raise CommandError("", FAULT)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _trial(path: Path) -> bool:
    """Whether a scenario runs and its books hold."""
    found = load_run(str(path), None, None, None)
    return all(check.holds for check in found.integrity())
