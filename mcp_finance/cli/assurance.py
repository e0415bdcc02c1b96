"""`assurance`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from mcp_finance.cli.options import (
    CaseOption,
    JsonOption,
    ScenarioArgument,
    SetOption,
    YearsOption,
    load_run,
    refuse_broken,
)

if TYPE_CHECKING:
    from mcp_finance.analysis.assurance import Assurance
    from mcp_finance.analysis.run import Run


def assure(
    scenario: ScenarioArgument,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    as_json: JsonOption = False,
) -> None:
    """What assurance asks: net benefit, who holds which risk in pounds, other providers, warnings, assumptions."""
    from mcp_finance.analysis.assurance import assurance

    found = load_run(scenario, case, settings, years)
    answers = assurance(found)
    if as_json:
        typer.echo(json.dumps(_document(found, answers), ensure_ascii=False, indent=2))
    else:
        from rich.console import Console

        from mcp_finance.report.assurance_text import assurance_text

        Console().print(assurance_text(found, answers), highlight=False)
    refuse_broken(found.integrity())


def _document(run: Run, answers: Assurance) -> dict[str, Any]:
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
    }
