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


@dataclass(frozen=True)
class Terms:
    """A term sheet that can be settled, and the document that it was read from.

    `defined` holds the definitions given anew from outside, as text, with the place of each.
    """

    sheet: TermSheet
    root: Mapping
    file: str
    sha256: str
    defined: Map[str, Place]


def load_terms(path: Path, *, shown: str | None = None, define: Map[str, str] | None = None) -> Terms:
    """The term sheet in a file. `define` gives definitions of the sheet anew, by name.

    Raises:
        ScenarioError: with every problem.
    """
    return _terms(read(path, shown=shown), shown or str(path), define or {})


def parse_terms(text: str, file: str, *, define: Map[str, str] | None = None) -> Terms:
    """The term sheet in a text; `file` is its name in places.

    Raises:
        ScenarioError: with every problem.
    """
    return _terms(parse(text, file), file, define or {})


def _terms(document: Document, file: str, define: Map[str, str]) -> Terms:
    problems = list(document.problems)
    if document.root is None:
        raise ScenarioError(problems)
    sheet = fitted(document.root, TermSheet, TermSheet, (), texts(document.root), problems)
    places: dict[str, Place] = {}
    if sheet is not None:
        sheet = _redefined(sheet, define, places, problems)
        problems += check_sheet(sheet, document.root)
    if problems:
        sources = {**document.sources, DEFINE: tuple(map(_setting, define.items()))}
        raise ScenarioError(with_source_lines(problems, sources))
    text = "\n".join([*document.lines, *map(_setting, define.items())])
    return Terms(sheet, document.root, file, hashlib.sha256(text.encode()).hexdigest(), places)


def _setting(pair: tuple[str, str]) -> str:
    return f"{pair[0]}={pair[1]}"


def _redefined(sheet: TermSheet, define: Map[str, str], places: dict[str, Place], problems: list[Problem]) -> TermSheet:
    made = dict(sheet.definitions)
    for number, (name, text) in enumerate(define.items(), 1):
        place = Place(DEFINE, number, 1)
        if name not in made:
            message = f"the sheet has no definition {quoted(name)}"
            problems.append(Problem(place, name, message, suggestion(name, made)))
            continue
        try:
            made[name], places[name] = parse_formula(text), place
        except FormulaError as error:
            problems.append(Problem(place, f"definitions.{name}", error.message, error.instead))
    return sheet.model_copy(update={"definitions": made})


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
