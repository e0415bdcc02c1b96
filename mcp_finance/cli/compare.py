"""`compare` and `check`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from mcp_finance.cli.options import DIFFERENT, CaseOption, CommandError, JsonOption, SetOption, load_run, write_all

WORST = 10


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A scenario, or SCENARIO@GROUP=CHOICE[,GROUP=CHOICE].")],
    second: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    case: CaseOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two scenarios or cases: headline rows, difference and percent."""
    from mcp_finance.analysis.compare import compare_runs

    a, b = (_chosen(name, case, settings) for name in (first, second))
    found = compare_runs(a, b)
    if a.years != b.years:
        terms = f"{a.years[0]} to {a.years[-1]} against {b.years[0]} to {b.years[-1]}"
        typer.echo(f"the terms differ ({terms}): totals over the term are not alike", err=True)
    if as_json:
        rows = {d.metric: {"a": d.first, "b": d.second, "change": d.change, "percent": d.percent} for d in found}
        typer.echo(json.dumps({"schema_version": 1, "a": first, "b": second, "metrics": rows}, indent=2))
        return
    _table(found, first, second)


def _chosen(name: str, case: list[str] | None, settings: list[str] | None) -> Any:
    """A run of `scenario@group=choice,…`; choices of its own come before those of the options."""
    scenario, _, choices = name.partition("@")
    own = [c for c in choices.split(",") if c]
    groups = {c.partition("=")[0] for c in own}
    return load_run(scenario, [*own, *(c for c in case or [] if c.partition("=")[0] not in groups)], settings, None)


def _table(found: list[Any], first: str, second: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from mcp_finance.report.money import number, percent, pounds, signed_pounds

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for head in ("A", "B", "difference", "%"):
        table.add_column(head, justify="right", no_wrap=True)
    for d in found:
        shown = _shown(d.metric, pounds, percent)
        change = signed_pounds(d.change, 2) if shown is not percent else f"{number(d.change * 100, 1)} pts"
        part = "" if d.percent is None else percent(d.percent)
        table.add_row(escape(d.metric), shown(d.first or 0), shown(d.second or 0), change, part)
    console = Console(highlight=False)
    console.print(f"A: {escape(first)}\nB: {escape(second)}\n")
    console.print(table)


def _shown(metric: str, pounds: Callable[..., str], percent: Callable[..., str]) -> Callable[[float], str]:
    """How a metric is written: shares as percentages, all else as money."""
    if metric.startswith(("live share", "cover", "break-even")):
        return percent
    return lambda value: pounds(value, 2)


def check(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO…", help="Scenarios to run again.")],
    baseline: Annotated[Path, typer.Option("--baseline", metavar="DIR", help="Folder of stored baselines.")],
    absolute: Annotated[float, typer.Option("--abs", min=0, help="Tolerance in the metric's own unit.")] = 0.01,
    relative: Annotated[float, typer.Option("--rel", min=0, help="Tolerance as a share of the stored value.")] = 1e-9,
    update: Annotated[bool, typer.Option("--update", help="Store new baselines; refused in CI.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run scenarios again, in every case of each group, and compare every stored metric; for continuous integration."""
    if update and os.environ.get("CI", "").lower() == "true":
        raise CommandError("--update is refused under CI=true: a baseline is changed by a person, who looks at it")
    if update:
        _update(scenarios, baseline)
        return
    reports = [_check_one(name, run, baseline, absolute, relative) for name, run in _runs(scenarios)]
    failed = [r for r in reports if r["failures"]]
    if as_json:
        typer.echo(json.dumps({"schema_version": 1, "passed": not failed, "runs": reports}, indent=2))
    else:
        for report in reports:
            _told(report)
    if failed:
        raise CommandError(f"{len(failed)} of {len(reports)} runs differ from their baseline", DIFFERENT, printed=True)


def _runs(scenarios: list[str]) -> list[tuple[str, Any]]:
    """The default run of each scenario, and one run for every other choice of each group of its cases."""
    from mcp_finance.scenario.load import other_choices

    found = []
    for name in scenarios:
        run = load_run(name, None, None, None)
        found.append((run.loaded.scenario.id, run))
        for chosen in other_choices(run.loaded.path):
            ((group, choice),) = chosen.items()
            other = load_run(name, [f"{group}={choice}"], None, None)
            found.append((f"{run.loaded.scenario.id}.{group}.{choice}", other))
    return found


def _check_one(name: str, run: Any, baseline: Path, absolute: float, relative: float) -> dict[str, Any]:
    from mcp_finance.analysis.compare import baseline_problems, differences, metrics

    failures = [f"check {c.name} differs by {c.difference:.2f}" for c in run.integrity() if not c.holds]
    path = baseline / f"{name}.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = "is not JSON" if isinstance(error, ValueError) else "cannot be read; --update stores a baseline"
        return {"run": name, "compared": 0, "failures": [*failures, f"{path} {why}"], "worst": []}
    if wrong := baseline_problems(stored):
        return {"run": name, "compared": 0, "failures": [*failures, f"{path} {wrong}"], "worst": []}
    found = differences(stored["metrics"], metrics(run))
    beyond = [d for d in found if d.beyond(absolute, relative)]
    worst = sorted(beyond, key=lambda d: -abs(d.change))[:WORST]
    missing = [d.metric for d in beyond if d.first is None or d.second is None]
    if missing:
        failures.append(f"{len(missing)} metrics are in the run or in the baseline only, such as {missing[0]}")
    if changed := len(beyond) - len(missing):
        failures.append(f"{changed} metrics differ beyond the tolerance")
    rows = [{"metric": d.metric, "stored": d.first, "now": d.second, "change": d.change} for d in worst]
    return {"run": name, "compared": len(found), "failures": failures, "worst": rows}


def _told(report: dict[str, Any]) -> None:
    if not report["failures"]:
        typer.echo(f"{report['run']}: {report['compared']} metrics agree, all checks hold")
        return
    typer.echo(f"{report['run']}: FAILS")
    for failure in report["failures"]:
        typer.echo(f"  {failure}")
    for row in report["worst"]:
        typer.echo(f"  {row['metric']}: stored {row['stored']}, now {row['now']}, change {row['change']:,.2f}")


def _update(scenarios: list[str], baseline: Path) -> None:
    from mcp_finance.analysis.compare import baseline_document

    documents = {
        f"{name}.json": (json.dumps(baseline_document(run), indent=1, ensure_ascii=False) + "\n").encode()
        for name, run in _runs(scenarios)
    }
    write_all(baseline, documents, force=True)
    typer.echo(f"stored {', '.join(documents)} in {baseline}", err=True)
