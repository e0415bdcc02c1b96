"""Reading a term sheet: shape, formulas, units and what clauses say of one another; all problems at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path

from mcp_finance.files.document import Document, parse, read
from mcp_finance.files.nodes import Mapping, texts
from mcp_finance.files.problems import Place, Problem, ScenarioError, nearest, quoted, suggestion, with_source_lines
from mcp_finance.files.shape import fitted
from mcp_finance.terms.checks import check_sheet
from mcp_finance.terms.formula import FormulaError
from mcp_finance.terms.formula import parse as parse_formula
from mcp_finance.terms.schema import TermSheet

DEFINE = "--define"


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition of the sheet given anew from outside: its text, its place, its evidence, and its path there."""

    text: str
    place: Place
    source: str = "given in place of the sheet's own"
    grade: str = "assumption"
    owner: str = ""
    note: str = ""
    path: str = ""
    date: str = ""


Define = Map[str, str | Defined]


@dataclass(frozen=True)
class Terms:
    """A term sheet that can be settled, and the document that it was read from.

    `defined` holds the definitions given anew from outside; `lines` is the sheet's own text.
    """

    sheet: TermSheet
    root: Mapping
    file: str
    sha256: str
    defined: Map[str, Defined]
    lines: tuple[str, ...] = ()


def load_terms(path: Path, *, shown: str | None = None, define: Define | None = None) -> Terms:
    """The term sheet in a file. `define` gives definitions of the sheet anew, by name.

    Raises:
        ScenarioError: with every problem.
    """
    return _terms(read(path, shown=shown), shown or str(path), define or {})


def parse_terms(text: str, file: str, *, define: Define | None = None) -> Terms:
    """The term sheet in a text; `file` is its name in places.

    Raises:
        ScenarioError: with every problem.
    """
    return _terms(parse(text, file), file, define or {})


def _terms(document: Document, file: str, define: Define) -> Terms:
    problems = list(document.problems)
    if document.root is None:
        raise ScenarioError(problems)
    sheet = fitted(document.root, TermSheet, TermSheet, (), texts(document.root), problems)
    given = {
        name: made if isinstance(made, Defined) else Defined(made, Place(DEFINE, number, 1))
        for number, (name, made) in enumerate(define.items(), 1)
    }
    settings = tuple(f"{name}={made.text}" for name, made in given.items())
    if sheet is not None:
        sheet = _redefined(sheet, given, problems)
        places = {name: made.place for name, made in given.items()}
        problems += check_sheet(sheet, document.root, places)
    if problems:
        raise ScenarioError(with_source_lines(problems, {**document.sources, DEFINE: settings}))
    digest = hashlib.sha256("\n".join([*document.lines, *settings]).encode()).hexdigest()
    return Terms(sheet, document.root, file, digest, given, document.lines)


def _redefined(sheet: TermSheet, given: Map[str, Defined], problems: list[Problem]) -> TermSheet:
    definitions = dict(sheet.definitions)
    for name, made in given.items():
        if name not in definitions:
            message = f"the term sheet has no definition {quoted(name)}"
            problems.append(Problem(made.place, name, message, suggestion(name, definitions)))
            continue
        try:
            definitions[name] = parse_formula(made.text)
        except FormulaError as error:
            problems.append(Problem(made.place, f"definitions.{name}", error.message, error.instead))
    return sheet.model_copy(update={"definitions": definitions})


def shipped_terms() -> dict[str, Path]:
    """Term sheets that come with the package, by id."""
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "_data" / "scenarios" / "terms", here.parents[2] / "scenarios" / "terms"):
        if folder.is_dir():
            return {p.stem: p for p in sorted(folder.glob("*.yaml"))}
    return {}


def find_terms(name: str) -> Path:
    """A term sheet's path: a file, or the id of one that comes with the package.

    Raises:
        ScenarioError: there is neither.
    """
    path, shipped = Path(name), shipped_terms()
    if name in shipped and not path.is_file():
        return shipped[name]
    if path.exists() or path.suffix:
        return path
    close = nearest(name, shipped)
    instead = "a file, or the id of one that comes with the package" + (f" ({close}?)" if close else "")
    raise ScenarioError([Problem(Place(name, 1, 1), "", "there is no such term sheet", instead)])
