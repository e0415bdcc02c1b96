"""`stress`: a pack of stresses on a scenario, each alone or several at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_finance.cli.options import (
    BROKEN,
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
    from mcp_finance.analysis.stress import Heat
    from mcp_finance.scenario.stresses import Read

FILES = ("stress.csv", "stress.json", "report.html")


def stress(
    scenario: ScenarioArgument,
    only: Annotated[str | None, typer.Option("--only", metavar="ST02a,ST04a", help="Only these stresses.")] = None,
    combine: Annotated[
        str | None, typer.Option("--combine", metavar="ST02a,ST07a", help="These at once, as one more row.")
    ] = None,
    pack: Annotated[
        Path | None, typer.Option("--pack", metavar="FILE", help="A pack of your own; default: ST01 to ST21.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write the table and a report page here.")
    ] = None,
    write: Annotated[
        str | None, typer.Option("--write", metavar="ST02a,ST07a", help="Write the scenario under these to --out too.")
    ] = None,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    force: ForceOption = False,
) -> None:
    """Stress a scenario: what each stress does to every party, and the first year in which a party fails."""
    from mcp_finance.analysis.stress import stress as stress_run
    from mcp_finance.files.problems import ScenarioError
    from mcp_finance.report.answers.reversing import in_brief
    from mcp_finance.report.answers.stress import stress_document, stress_files
    from mcp_finance.scenario.stresses import read_pack

    if write is not None and out is None:
        raise CommandError("--write needs --out DIR, the folder of the scenario that it writes")
    if out is not None:
        refuse_existing(out, FILES, force)
    try:
        found = read_pack(pack)
        run = load_run(scenario, case, settings, years)
        heat = stress_run(run, found, _listed(only), _listed(combine) or (), in_brief)
        files = _scenario(run, found, _listed(write) or ())
    except ScenarioError as error:
        raise CommandError("the pack is not valid", INVALID, error.problems) from None
    except ValueError as error:
        raise CommandError(str(error)) from None
    if out is not None:
        files |= stress_files(run, heat, found.pack.id)
        write_all(out, files, force)
    if as_json:
        typer.echo(json.dumps(stress_document(run, heat, found.pack.id), ensure_ascii=False, indent=2))
    elif not quiet:
        from rich.console import Console

        from mcp_finance.report.answers.stress_console import heat_text

        console = Console(highlight=False)
        console.print(heat_text(run, heat, console.width))
    if out is not None and not (quiet or as_json):
        typer.echo(f"wrote {', '.join(files)} to {out}", err=True)
    refuse_broken(run.integrity())
    _refuse_broken_stress(heat)


def _listed(text: str | None) -> tuple[str, ...] | None:
    """Names with commas between them.

    Raises:
        CommandError: there is a list, and no name in it.
    """
    if text is None:
        return None
    if not (names := tuple(name.strip() for name in text.split(",") if name.strip())):
        raise CommandError(f"{text!r} names no stress; write ids with commas between them, such as ST02a,ST04a")
    return names


def _scenario(run: Run, found: Read, ids: tuple[str, ...]) -> dict[str, bytes]:
    """The files of the scenario under some stresses at once, if any are asked for."""
    from mcp_finance.analysis.stress import parts_of, stressed
    from mcp_finance.scenario.stresses import NotApplicable
    from mcp_finance.scenario.write import written

    if not ids:
        return {}
    try:
        made = stressed(run, found, parts_of(found, ids))
    except NotApplicable as error:
        raise CommandError(f"--write {','.join(ids)}: not applicable: {error}") from None
    name = "-".join((run.loaded.scenario.id, *ids)).lower()[:60]
    title = f"{run.loaded.scenario.title}: {', '.join(ids)}"[:120]
    return written(made.start.loaded, made.changes, name, title)


def _refuse_broken_stress(heat: Heat) -> None:
    broken: Iterable[str] = (f"{o.id} ({', '.join(o.broken)})" for o in heat.outcomes if o.broken)
    if said := "; ".join(broken):
        raise CommandError(f"the model's own check failed under {said}", BROKEN, printed=True)
