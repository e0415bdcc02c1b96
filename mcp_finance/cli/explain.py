"""`explain` and `show`: where a number comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcp_finance.cli.options import (
    USAGE,
    CaseOption,
    CommandError,
    JsonOption,
    ScenarioArgument,
    SetOption,
    load_run,
)

if TYPE_CHECKING:
    from mcp_finance.analysis.run import Run
    from mcp_finance.rows.explain import Explanation
    from mcp_finance.rows.model import Model


TERMS = "terms."


def explain(
    row: Annotated[
        str,
        typer.Argument(
            metavar="ROW", help="A row or input, as in `mcp-finance docs model`; or a term sheet, as terms.gain_loss."
        ),
    ],
    scenario: Annotated[
        str, typer.Option("--scenario", "-s", metavar="SCENARIO", help="A scenario file or shipped id.")
    ] = "dudley-2018",
    year: Annotated[str | None, typer.Option("--year", metavar="2019/20", help="Default: the last year.")] = None,
    line: Annotated[
        str | None, typer.Option("--line", metavar="LINE", help="Default: the line that is largest.")
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="DIMENSION=MEMBER", help="An element of another dimension.")
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=0, max=12, help="How many steps to follow.")] = 6,
    case: CaseOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a number: its value, its formula in words and what it reads, down to the line of the scenario file.

    A term sheet of the scenario is explained as a ledger: what each clause did in the year.
    """
    from mcp_finance.files.problems import suggestion
    from mcp_finance.rows.explain import explain as explain_value
    from mcp_finance.rows.explain import largest_element

    found = load_run(scenario, case, settings, None)
    model = found.model
    if row.removeprefix(TERMS) in {bound.key for bound in found.loaded.terms} and row not in model.rows:
        _ledger(found, row.removeprefix(TERMS), _year(model.years, year), as_json=as_json)
        return
    if row not in model.rows and row not in model.inputs:
        raise CommandError(f"there is no row {row!r}: {suggestion(row, (*model.rows, *model.inputs))}", USAGE)
    fixed = _positions(model, row, [*(at or []), *([f"line={line}"] if line else [])])
    when = _year(model.years, year)
    element = largest_element(found.results, row, when, fixed)
    tree = explain_value(found.results, found.inputs.origins, row, when, element, depth)
    if as_json:
        typer.echo(json.dumps({"schema_version": 1, "explanation": _document(tree)}, ensure_ascii=False, indent=2))
        return
    from rich.console import Console

    from mcp_finance.report.console import explanation_tree

    Console().print(explanation_tree(tree))
    if _cut(tree):
        typer.echo(f"some values lie deeper: --depth {depth + 2} follows them further", err=True)


def _ledger(run: Run, key: str, year: int, *, as_json: bool) -> None:
    """What each clause of a term sheet did in one year of the contract, in words."""
    from fractions import Fraction

    from mcp_finance.terms.settling.ledger import told_of

    sheet = next(s for b, s in zip(run.loaded.terms, run.inputs.terms, strict=True) if b.key == key)
    lines = [text for text, _ in told_of(sheet, lambda name: Fraction(float(run.results.series(name)[year])))]
    if as_json:
        content = {"schema_version": 1, "terms": sheet.sheet.id, "year": run.years[year], "ledger": lines}
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{sheet.sheet.title}, {run.years[year]}")
    for line in lines:
        typer.echo(f"  {line}")


def _cut(tree: Explanation) -> bool:
    """Whether some value could be followed further."""
    return tree.deeper or any(_cut(read) for read in tree.reads)


def _positions(model: Model, row: str, options: list[str]) -> dict[str, int]:
    from mcp_finance.files.problems import suggestion

    fixed: dict[str, int] = {}
    for option in options:
        name, _, member = option.partition("=")
        if name not in model.dims_of(row):
            dims = ", ".join(model.dims_of(row)) or "no dimensions"
            raise CommandError(f"{row} has no dimension {name!r}; it has {dims}")
        members = model.dimension[name].members
        if member not in members:
            raise CommandError(f"{name} has no member {member!r}: {suggestion(member, members)}")
        fixed[name] = members.index(member)
    return fixed


def _year(years: tuple[str, ...], year: str | None) -> int:
    if year is None:
        return len(years) - 1
    if year not in years:
        raise CommandError(f"{year!r} is not a year of the contract: {years[0]} to {years[-1]}")
    return years.index(year)


def _document(tree: Explanation) -> dict[str, Any]:
    """An explanation as data."""
    origin = tree.origin
    return {
        "name": tree.name,
        "year": tree.year,
        "at": tree.at,
        "value": tree.value,
        "unit": tree.unit,
        "formula": tree.formula,
        "meaning": tree.meaning,
        "defined": tree.defined,
        "origin": None
        if origin is None
        else {k: getattr(origin, k) for k in ("place", "path", "source", "grade", "owner", "date", "note")},
        "reads": [_document(r) for r in tree.reads],
        "more": tree.more,
        "repeated": tree.repeated,
        "deeper": tree.deeper,
    }


def show(
    scenario: ScenarioArgument,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="The scenario with cases, settings and extended files merged.")
    ] = False,
    origin: Annotated[bool, typer.Option("--origin", help="Add to each value the place that it comes from.")] = False,
    case: CaseOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a scenario: what it is and its cases, or every value as a run would read it."""
    from mcp_finance.files.nodes import plain
    from mcp_finance.scenario.show import leaves, outline

    loaded = load_run(scenario, case, settings, None).loaded
    if not resolved and not origin:
        typer.echo(json.dumps(outline(loaded), ensure_ascii=False, indent=2) if as_json else _told(outline(loaded)))
        return
    found = leaves(loaded)
    if as_json:
        values: Any = plain(loaded.root)
        if origin:
            values = {path: {"value": value, "place": place} for path, value, place in found}
        typer.echo(json.dumps({"schema_version": 1, "values": values}, ensure_ascii=False, indent=2))
        return
    for path, value, place in found:
        typer.echo(f"{path} = {value}" + (f"    # {place}" if origin else ""))


def _told(content: dict[str, Any]) -> str:
    lines = [f"{content['id']}: {content['title']} ({content['status']})", content["statement"], ""]
    lines += [f"lines: {', '.join(content['lines'])}"]
    for group, choices in content["cases"].items():
        lines += [f"case group {group}:", *(f"  {name}{mark}: {title}" for name, mark, title in choices)]
    return "\n".join(lines)
