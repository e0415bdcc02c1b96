"""`terms show`, `terms lint`, `terms list` and `terms schema`: what a term sheet says, in words and as a curve."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcp_finance.cli.options import (
    INVALID,
    CommandError,
    DefineOption,
    ForceOption,
    JsonOption,
    TermsArgument,
    write_all,
)

if TYPE_CHECKING:
    from mcp_finance.terms.load import Terms
    from mcp_finance.terms.reading.payoff import Payoff

commands = typer.Typer(help="Read a term sheet: in plain English, as a curve, and for what it may not have meant.")

FactOption = Annotated[
    list[str] | None, typer.Option("--fact", metavar="NAME=VALUE", help="A fact of the curve, such as target=£50m.")
]


@commands.command(name="show", short_help="Print a term sheet in plain English, and its payoff curve.")
def show(
    terms: TermsArgument,
    fact: FactOption = None,
    define: DefineOption = None,
    low: Annotated[
        str | None, typer.Option("--from", metavar="-15%", help="Where the curve begins, of target.")
    ] = None,
    high: Annotated[str | None, typer.Option("--to", metavar="15%", help="Where the curve ends, of target.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write the curve as SVG.")] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print a term sheet in plain English, clause by clause, and draw what each party gets against the variance.

    Facts that are not given are assumed, and the drawing says so.
    """
    from mcp_finance.terms.compiler.compile import compile_terms
    from mcp_finance.terms.reading.given import FactError
    from mcp_finance.terms.reading.payoff import HIGH, LOW, payoff

    loaded = load(terms, define)
    facts, span = pairs("--fact", fact), (_rate("--from", low, LOW), _rate("--to", high, HIGH))
    trouble, curve = "", None
    try:
        curve = payoff(compile_terms(loaded), facts, *span)
    except FactError as error:
        if facts or svg or low or high:
            raise CommandError(str(error)) from None
        trouble = str(error)
    if svg is not None and curve is not None:
        _write_svg(loaded, curve, svg, force=force)
    if as_json:
        typer.echo(json.dumps(document(loaded, curve), ensure_ascii=False, indent=2))
    else:
        _print(loaded, curve)
    if trouble:
        typer.echo(f"no curve: {trouble} (--fact NAME=VALUE)", err=True)
    if svg is not None:
        typer.echo(f"wrote {svg}", err=True)


def load(name: str, define: Sequence[str] | None = None) -> Terms:
    """A term sheet by its file or id.

    Raises:
        CommandError: there is none, or it has problems.
    """
    from mcp_finance.files.problems import ScenarioError
    from mcp_finance.terms.load import find_terms, load_terms

    try:
        return load_terms(find_terms(name), define=dict(pairs("--define", define)))
    except ScenarioError as error:
        raise CommandError("the term sheet is not valid", INVALID, error.problems) from None


def pairs(option: str, texts: Sequence[str] | None) -> dict[str, str]:
    """`name=value` options by name.

    Raises:
        CommandError: one is not of that form, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise CommandError(f"{option} {text}: write NAME=VALUE")
        if name.strip() in found:
            raise CommandError(f"{option} {text}: {name.strip()} is given twice")
        found[name.strip()] = value.strip()
    return found


def _rate(option: str, text: str | None, default: Fraction) -> Fraction:
    from mcp_finance.files.figures import FigureError
    from mcp_finance.terms.formula import parse_number

    if text is None:
        return default
    try:
        number = parse_number(text)
    except FigureError as error:
        raise CommandError(f"{option} {text}: {error.message}; write {error.instead}") from None
    if number.kind == "money":
        raise CommandError(f"{option} {text}: write a percent of the target, such as 10%")
    return number.value


def _title(loaded: Terms) -> str:
    return f"Payoff: {loaded.sheet.title}"


def _write_svg(loaded: Terms, curve: Payoff, path: Path, *, force: bool) -> None:
    from mcp_finance.report.payoff_chart import svg as drawn

    note = "Illustrative: no real contract" if loaded.sheet.status == "illustrative" else ""
    content = drawn(curve, _title(loaded), key="payoff", note=note) + "\n"
    write_all(path.parent, {path.name: content.encode()}, force)


def _print(loaded: Terms, curve: Payoff | None) -> None:
    from rich.console import Console
    from rich.text import Text

    from mcp_finance.report.clauses_text import contract
    from mcp_finance.report.payoff_chart import drawing

    console = Console()
    console.print(contract(loaded), highlight=False)
    if curve is not None:
        console.print(Text())
        console.print(drawing(curve, console.width), highlight=False)


def document(loaded: Terms, curve: Payoff | None) -> dict[str, Any]:
    """The clauses and the curve as data."""
    from mcp_finance.terms.reading.english import clauses

    sheet = loaded.sheet
    found: dict[str, Any] = {
        "schema_version": 1,
        **{name: getattr(sheet, name) for name in ("id", "title", "status", "source", "statement", "currency")},
        "clauses": [asdict(heading) for heading in clauses(loaded)],
        "payoff": None,
    }
    if curve is not None:
        found["payoff"] = asdict(curve) | {"breaks": sorted(curve.breaks)}
    return found


@commands.command(name="lint", short_help="Warn of what a term sheet may not have meant.")
def lint(
    terms: TermsArgument,
    strict: Annotated[bool, typer.Option("--strict", help="End with 3 if there is a warning.")] = False,
    define: DefineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Warn of what a valid term sheet may not have meant: jumps, loose limits, sides that differ."""
    from mcp_finance.files.problems import as_json as problem_json
    from mcp_finance.files.problems import render
    from mcp_finance.terms.compiler.compile import compile_terms
    from mcp_finance.terms.reading.lint import lint as find

    found = _with_lines(find(compile_terms(load(terms, define))), terms)
    if as_json:
        typer.echo(
            json.dumps(
                {"schema_version": 1, "warnings": [problem_json(p) for p in found]}, ensure_ascii=False, indent=2
            )
        )
    else:
        for problem in found:
            typer.echo(render(problem) + "\n")
        typer.echo(f"{terms}: {len(found) or 'no'} warning{'s' * (len(found) != 1)}", err=True)
    if strict and found:
        raise CommandError("", INVALID)


def _with_lines(found: Sequence[Any], name: str) -> tuple[Any, ...]:
    from mcp_finance.files.document import read
    from mcp_finance.files.problems import with_source_lines
    from mcp_finance.terms.load import find_terms

    return with_source_lines(found, read(find_terms(name)).sources)


@commands.command(name="list", short_help="List the term sheets that come with the package.")
def list_terms(as_json: JsonOption = False) -> None:
    """List the term sheets that come with the package, with status and title."""
    from mcp_finance.terms.load import load_terms, shipped_terms

    sheets = [load_terms(path).sheet for path in shipped_terms().values()]
    if as_json:
        rows = [{"id": s.id, "title": s.title, "status": s.status} for s in sheets]
        typer.echo(json.dumps({"schema_version": 1, "terms": rows}, ensure_ascii=False, indent=2))
        return
    wide = max((len(s.id) for s in sheets), default=0)
    for sheet in sheets:
        typer.echo(f"{sheet.id:{wide}}  {sheet.status:12}  {sheet.title}")


@commands.command(name="schema", short_help="Print the JSON schema of a term sheet.")
def schema() -> None:
    """Print the JSON schema of a term sheet, for editors."""
    from mcp_finance.terms.schema import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
