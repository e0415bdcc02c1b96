"""`settle`: a term sheet and a table of facts, settled row by row."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from mcp_finance.cli.options import (
    INVALID,
    CommandError,
    DefineOption,
    ForceOption,
    JsonOption,
    TermsArgument,
    refuse_existing,
    refuse_odd_target,
)

if TYPE_CHECKING:
    from mcp_finance.terms.settling.settle import Settler
    from mcp_finance.terms.settling.table import Table

    Seen = Callable[[], None]

EVERY = 8192


def settle(
    terms: TermsArgument,
    facts: Annotated[Path, typer.Argument(metavar="FACTS.csv", help="Facts: one settlement a row.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file.")] = None,
    ledger: Annotated[bool, typer.Option("--ledger", help="Show every step of each settlement in words.")] = False,
    as_json: JsonOption = False,
    define: DefineOption = None,
    claims: Annotated[
        Path | None, typer.Option("--claims", metavar="CLAIMS.csv", help="Claims of single persons, for a stop-loss.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Settle a table of facts: who pays whom, to the penny. Nothing is written unless every row can be settled."""
    from mcp_finance.files.problems import ScenarioError
    from mcp_finance.terms.settling.facts import opened
    from mcp_finance.terms.settling.posted import as_csv, as_ledger
    from mcp_finance.terms.settling.posted import as_json as as_document
    from mcp_finance.terms.settling.table import open_table

    if out is not None:
        refuse_odd_target(out, [facts, Path(terms), *([claims] if claims is not None else [])])
        refuse_existing(out.parent, [out.name], force)
    try:
        with contextlib.ExitStack() as stack:
            settler = _settler(terms, define_of(define or []))
            rows = stack.enter_context(opened(facts))
            people = stack.enter_context(opened(claims)) if claims is not None else None
            table = open_table(settler, rows, str(facts), people, str(claims or ""))
            if as_json:
                pieces = as_document(table, with_ledger=ledger)
            else:
                pieces = as_ledger(table) if ledger else as_csv(table)
            target = stack.enter_context(_spooled(out, force))
            with _progress(table) as seen:
                for piece in pieces:
                    target.write(piece)
                    seen()
    except ScenarioError as error:
        raise CommandError("the facts cannot be settled", INVALID, error.problems) from None
    if out is not None:
        typer.echo(f"wrote {table.rows:,} settlement{'s' * (table.rows != 1)} to {out}", err=True)


def define_of(options: list[str]) -> dict[str, str]:
    """`name=formula` options as a mapping.

    Raises:
        CommandError: an option is not of that form, or a name is given twice.
    """
    found: dict[str, str] = {}
    for option in options:
        name, equals, formula = (part.strip() for part in option.partition("="))
        if not (name and equals and formula):
            raise CommandError(f"--define {option}: write NAME=FORMULA, such as share_rate=50%")
        if name in found:
            raise CommandError(f"--define {option}: {name} is given twice")
        found[name] = formula
    return found


def _settler(terms: str, define: dict[str, str]) -> Settler:
    from mcp_finance.terms.compiler.compile import compile_terms
    from mcp_finance.terms.load import find_terms, load_terms
    from mcp_finance.terms.settling.settle import Settler

    return Settler(compile_terms(load_terms(find_terms(terms), define=define)))


@contextlib.contextmanager
def _spooled(out: Path | None, force: bool) -> Iterator[IO[str]]:
    """A stream whose text comes to `out`, or to standard output, only when all of it is there.

    Raises:
        CommandError: the file cannot be written, or has come up meanwhile.
    """
    if out is None:
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as stream:
            yield stream
            stream.seek(0)
            shutil.copyfileobj(stream, sys.stdout)
        return
    temporary = ""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        refuse_existing(out.parent, [out.name], force)
        Path(temporary).replace(out)
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror or error}") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


@contextlib.contextmanager
def _progress(table: Table) -> Iterator[Seen]:
    """Something to call for each settlement: on a terminal, the count is shown now and then."""
    shown = sys.stderr.isatty()
    count = 0

    def seen() -> None:
        nonlocal count
        count += 1
        if shown and count % EVERY == 0:
            typer.echo(f"\r{table.rows:,} rows settled", err=True, nl=False)

    try:
        yield seen
    finally:
        if shown and count >= EVERY:
            typer.echo("\r\033[K", err=True, nl=False)
