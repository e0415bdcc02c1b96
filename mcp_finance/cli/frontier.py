"""`frontier`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_finance.cli.drawing import SeedOption, WorkersOption, progress_bar
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
    from mcp_finance.analysis.offers.common_futures import Prepared
    from mcp_finance.analysis.offers.frontier import Frontier
    from mcp_finance.analysis.run import Run

FILES = ("frontier.json", "offers.csv", "report.html")


def frontier(
    scenario: ScenarioArgument,
    sweep: Annotated[
        list[str] | None,
        typer.Option("--sweep", metavar="PATH=V,V", help="Values of a figure, a setting or cases.GROUP; crossed."),
    ] = None,
    sweep_file: Annotated[
        Path | None, typer.Option("--sweep-file", metavar="FILE", help="A sweep as YAML: vary, offers, without.")
    ] = None,
    party: Annotated[
        list[str] | None, typer.Option("--party", metavar="ID", help="Who negotiates: two of the parties.")
    ] = None,
    tail_weight: Annotated[
        str, typer.Option("--tail-weight", metavar="%", help="Of the way from expected to the worst 5%.")
    ] = "100%",
    draws: Annotated[int, typer.Option("--draws", "-n", metavar="N", min=100, help="How many futures.")] = 4_000,
    seed: SeedOption = None,
    workers: WorkersOption = 2,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write results.")] = None,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    force: ForceOption = False,
) -> None:
    """Compare offers of terms in common futures: what each is worth to whom, and which nobody should sign."""
    if out is not None:
        refuse_existing(out, FILES, force)
    two, weight = _two(party), _weight(tail_weight)
    found = load_run(scenario, case, settings, years)
    if unknown := [p for p in two if p not in found.parties]:
        raise CommandError(f"--party {unknown[0]}: the parties are {', '.join(found.parties)}")
    prepared = _prepared(found, sweep or (), sweep_file, seed)
    made = _judged(prepared, draws, workers, two, weight, show=not (quiet or as_json))
    if out is not None:
        write_all(out, dict(_contents(made)), force)
    _print(made, as_json=as_json, quiet=quiet)
    if out is not None and not (quiet or as_json):
        typer.echo(f"wrote {', '.join(FILES)} to {out}", err=True)
    if not made.complete:
        raise CommandError(
            f"stopped after {made.draws:,} of {made.asked:,} draws; the figures are of those",
            INTERRUPTED,
            printed=True,
        )


def _two(party: Sequence[str] | None) -> tuple[str, str]:
    from mcp_finance.analysis.offers.frontier import TWO

    if not party:
        return TWO
    if len(set(party)) != 2 or len(party) != 2:
        raise CommandError("--party: name two different parties, such as --party budget_holder --party commissioner")
    return party[0], party[1]


def _weight(text: str) -> float:
    from mcp_finance.files.figures import FigureError, parse_rate

    try:
        weight = parse_rate(text)
    except FigureError as error:
        raise CommandError(f"--tail-weight {text}: {error.message}; write {error.instead}") from None
    if not 0 <= weight <= 1:
        raise CommandError(
            f"--tail-weight {text}: 0% (only what is expected counts) to 100% (only the worst 5% of futures count)"
        )
    return weight


def _prepared(run: Run, options: Sequence[str], file: Path | None, seed: int | None) -> Prepared:
    from mcp_finance.analysis.offers.common_futures import prepare_offers
    from mcp_finance.analysis.offers.offers import offers
    from mcp_finance.files.problems import ScenarioError
    from mcp_finance.scenario.sweep import sweep_of

    try:
        return prepare_offers(offers(run, sweep_of(options, file)), seed=seed)
    except ScenarioError as error:
        raise CommandError("the offers cannot be compared", INVALID, error.problems) from None


def _judged(
    prepared: Prepared, draws: int, workers: int, two: tuple[str, str], weight: float, *, show: bool
) -> Frontier:
    """The offers by all that was drawn, or by what was when it was stopped."""
    from mcp_finance.analysis.futures.store import Store
    from mcp_finance.analysis.offers.common_futures import draw
    from mcp_finance.analysis.offers.frontier import judged
    from mcp_finance.sampling.paired import FEWEST

    try:
        store = Store.in_memory(prepared.plan(draws))
    except ValueError as error:
        raise CommandError(f"--draws {draws}: {error}") from None
    with progress_bar(show) as progress:
        try:
            draw(prepared, store, workers=workers, progress=progress)
        except KeyboardInterrupt:
            if store.finished < FEWEST:
                raise
    return judged(prepared, store, two=two, weight=weight)


def _contents(found: Frontier) -> Iterator[tuple[str, bytes]]:
    """The content of every output file."""
    from mcp_finance.report.answers import frontier as report

    yield "frontier.json", (json.dumps(report.document(found), ensure_ascii=False, indent=2) + "\n").encode()
    yield "offers.csv", report.offers_csv(found)
    yield "report.html", report.page(found).encode()


def _print(found: Frontier, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        from mcp_finance.report.answers.frontier import document

        typer.echo(json.dumps(document(found), ensure_ascii=False, indent=2))
    elif not quiet:
        from rich.console import Console

        from mcp_finance.report.answers.frontier_console import frontier_text

        console = Console()
        console.print(frontier_text(found, console.width), highlight=False)
