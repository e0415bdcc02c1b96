"""`assurance`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcp_finance.cli.options import (
    INVALID,
    CaseOption,
    CommandError,
    JsonOption,
    ScenarioArgument,
    SetOption,
    YearsOption,
    load_run,
    refuse_broken,
)

if TYPE_CHECKING:
    from mcp_finance.analysis.assurance import Assurance
    from mcp_finance.analysis.risks_held import Held
    from mcp_finance.analysis.run import Run

MOST_DRAWS = 1_000_000


def assure(
    scenario: ScenarioArgument,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    draws: Annotated[
        int | None,
        typer.Option("--draws", "-n", metavar="N", min=100, max=MOST_DRAWS, help="Draw each uncertain input alone."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What assurance asks: net benefit, who holds which risk in pounds, other providers, warnings, assumptions."""
    from mcp_finance.analysis.assurance import assurance

    found = load_run(scenario, case, settings, years)
    answers = assurance(found)
    held = _held(found, draws) if draws is not None else ()
    if as_json:
        typer.echo(json.dumps(_document(found, answers, held), ensure_ascii=False, indent=2))
    else:
        from rich.console import Console

        from mcp_finance.report.assurance_text import assurance_text, held_text

        console = Console()
        console.print(assurance_text(found, answers), highlight=False)
        if draws is not None:
            console.print(held_text(found, held, draws), highlight=False)
    refuse_broken(found.integrity())


def _held(run: Run, draws: int) -> tuple[Held, ...]:
    """Who holds which uncertain input; a scenario that has none is refused."""
    from mcp_finance.analysis.futures.simulate import prepared
    from mcp_finance.analysis.risks_held import risks_held
    from mcp_finance.files.problems import ScenarioError

    try:
        prepared(run)
        return risks_held(run, draws)
    except ScenarioError as error:
        raise CommandError("the scenario cannot be simulated", INVALID, error.problems) from None


def _document(run: Run, answers: Assurance, held: tuple[Held, ...]) -> dict[str, Any]:
    from dataclasses import asdict

    from mcp_finance.analysis.assurance import SIZES
    from mcp_finance.analysis.headlines import evidence

    return {
        "schema_version": 1,
        "scenario": run.loaded.scenario.id,
        "cases": run.loaded.cases,
        "parties": run.parties,
        "net_benefit": asdict(answers.net_benefit),
        "risks": {
            e.risk.name: {
                "title": e.risk.title,
                "why": e.risk.why,
                "inputs": list(e.inputs),
                "held": dict(e.held),
                "contract": dict(e.contract),
            }
            for e in answers.matrix
        },
        "sizes": SIZES,
        "providers": {e.provider: {k: v for k, v in asdict(e).items() if k != "provider"} for e in answers.effects},
        "warnings": {w.name: {"means": w.label, "first_year": w.first_year} for w in answers.warnings},
        "figures_by_grade": evidence(run).counts,
        "uncertain_inputs_alone": {
            h.name: {"on": list(h.on), "parties": {p: asdict(loss) for p, loss in h.losses.items()}} for h in held
        },
    }
