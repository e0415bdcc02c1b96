"""`simulate`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_finance.cli.drawing import DrawsOption, SeedOption, WorkersOption, progress_bar
from mcp_finance.cli.options import (
    INTERRUPTED,
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
    from mcp_finance.analysis.futures.simulate import Job, Runner, Simulation
    from mcp_finance.analysis.futures.store import Plan, Store
    from mcp_finance.analysis.futures.summary import Summary
    from mcp_finance.analysis.run import Run

FILES = ("simulation.json", "estimates.csv", "probabilities.csv", "report.html")
DRAWS = "draws"
MOST_READ = 2**26
ClusterOption = Annotated[
    str | None, typer.Option("--cluster", metavar="ADDRESS", help="Draw on a dask.distributed scheduler.")
]


def simulate(
    scenario: ScenarioArgument,
    draws: DrawsOption = 10_000,
    seed: SeedOption = None,
    workers: WorkersOption = 2,
    quasi: Annotated[
        int, typer.Option("--quasi", metavar="K", min=0, max=256, help="Quasi-random numbers for K draws of the term.")
    ] = 0,
    draw: Annotated[
        int | None, typer.Option("--draw", metavar="N", min=0, help="Write draw N as a scenario and a workbook.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write results; goes on if interrupted.")
    ] = None,
    cluster: ClusterOption = None,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    force: ForceOption = False,
) -> None:
    """Draw many futures of what the scenario calls uncertain: quantiles with their errors, and probabilities."""
    if draw is not None and out is None:
        raise CommandError("--draw writes files: say where with --out DIR")
    over = force
    if out is not None and draw is None:
        over = force or _was_stopped(out)
        refuse_existing(out, FILES, over)
    found = load_run(scenario, case, settings, years)
    job = _prepared(found, seed, quasi)
    if draw is not None:
        assert out is not None
        _write_draw(found, job, draw, out, force, quiet=quiet or as_json)
        return
    summary = _simulated(found, job, draws, workers, cluster, out, force=force, show=not (quiet or as_json))
    if out is not None:
        write_all(out, dict(_contents(summary)), over)
    _print(summary, as_json=as_json, quiet=quiet)
    if out is not None and not (quiet or as_json):
        typer.echo(f"wrote {', '.join(FILES)} to {out}; the draws are in {out / DRAWS}", err=True)
    if not summary.simulation.complete:
        raise CommandError(_stopped(summary.simulation, out), INTERRUPTED, printed=True)


def _prepared(run: Run, seed: int | None, quasi: int) -> Job:
    from mcp_finance.analysis.futures.simulate import prepared
    from mcp_finance.files.problems import ScenarioError

    try:
        return prepared(run, seed=seed, quasi=quasi)
    except ScenarioError as error:
        raise CommandError("the scenario cannot be simulated", INVALID, error.problems) from None


def _simulated(
    run: Run, job: Job, draws: int, workers: int, cluster: str | None, out: Path | None, *, force: bool, show: bool
) -> Summary:
    """Everything that is drawn, or what was when it was stopped."""
    from mcp_finance.analysis.futures import simulate as drawing
    from mcp_finance.analysis.futures.summary import summarised

    if draws > drawing.MOST:
        raise CommandError(f"--draws {draws}: at most {drawing.MOST:,}")
    with _runner(cluster) as runner, progress_bar(show) as progress:
        store = _store(drawing.plan_of(run, job, draws), None if out is None else out / DRAWS, replace=force)
        try:
            found = drawing.simulate(run, job, store, workers=workers, runner=runner, progress=progress)
        except KeyboardInterrupt:
            found = drawing.simulation(run, job, store)
            if found.draws < 2:
                raise
    return summarised(found)


def _was_stopped(out: Path) -> bool:
    """Whether the folder's results are those of a simulation that was stopped: they may be replaced by its rest."""
    try:
        with (out / FILES[0]).open(encoding="utf-8") as file:
            found = json.loads(file.read(MOST_READ))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("complete") is False


def _store(plan: Plan, folder: Path | None, *, replace: bool) -> Store:
    from mcp_finance.analysis.futures.simulate import store_for
    from mcp_finance.analysis.futures.store import StoreError

    try:
        return store_for(plan, folder, replace=replace)
    except StoreError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"cannot write to {folder}: {error.strerror or error}") from None


@contextmanager
def _runner(address: str | None) -> Iterator[Runner | None]:
    """The cluster's, or none: threads of this machine."""
    if address is None:
        yield None
        return
    from mcp_finance.analysis.futures.cluster import ClusterError, runner

    try:
        with runner(address) as found:
            yield found
    except ClusterError as error:
        raise CommandError(f"--cluster: {error}") from None


def _stopped(simulation: Simulation, out: Path | None) -> str:
    done = f"stopped after {simulation.draws:,} of {simulation.asked:,} draws; the figures are of those"
    return f"{done}; the same command goes on from there" if out is not None else done


def _write_draw(run: Run, job: Job, draw: int, out: Path, force: bool, *, quiet: bool) -> None:
    """One future as a scenario of its own and as a workbook."""
    from mcp_finance.analysis.futures.one_draw import changes_of
    from mcp_finance.analysis.headlines import headlines
    from mcp_finance.analysis.shocked import after
    from mcp_finance.report.workbook import workbook_bytes
    from mcp_finance.scenario.write import written

    changes = changes_of(job.futures, draw, len(run.years))
    name = f"{run.loaded.scenario.id}-draw-{draw}"[:60]
    title = f"{run.loaded.scenario.title}: draw {draw}, seed {job.futures.uncertain.seed}"[:120]
    found = after(run, changes)
    files = written(run.loaded, changes, name, title, certain=True) | {
        f"{name}.xlsx": workbook_bytes(found, headlines(found))
    }
    write_all(out, files, force)
    if not quiet:
        typer.echo(f"wrote {', '.join(files)} to {out}", err=True)


def _contents(summary: Summary) -> Iterator[tuple[str, bytes]]:
    """The content of every output file."""
    from mcp_finance.report.answers import simulation

    document = simulation.document(summary)
    yield "simulation.json", (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    yield "estimates.csv", simulation.estimates_csv(summary)
    yield "probabilities.csv", simulation.probabilities_csv(summary)
    yield "report.html", simulation.page(summary).encode()


def _print(summary: Summary, *, as_json: bool, quiet: bool) -> None:
    from mcp_finance.report.answers import simulation

    if as_json:
        typer.echo(json.dumps(simulation.document(summary), ensure_ascii=False, indent=2))
    elif not quiet:
        from rich.console import Console

        from mcp_finance.report.answers.simulation_console import simulation_text

        console = Console()
        console.print(simulation_text(summary, console.width), highlight=False)
