"""Tables beside a scenario: population by age and year, and age profiles, as CSV.

A table is read whole, with every problem in it; each figure keeps its line, source and grade. Files are bounded in size
and must lie in the scenario's folder or below.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from mcp_finance.files.document import inside
from mcp_finance.files.figures import FigureError, financial_year, parse_count, parse_financial_year
from mcp_finance.files.problems import Place, Problem, lines_of, quoted, suggestion
from mcp_finance.rows.row import Origin

MOST_BYTES = 4 * 2**20
MOST_LINES = 50_000
POPULATION_COLUMNS = ("basis", "age", "year", "persons", "grade", "source")
PROFILE_COLUMNS = ("profile", "age", "weight", "grade", "source", "note")
BASES = ("registered", "resident")

T = TypeVar("T")
Value = tuple[float, Origin]
Columns = Sequence[str]
Keys = Mapping[str, Callable[[str], str]]


@dataclass(frozen=True)
class Table:
    """Figures by their keys, in the order of the file: `(basis, age, year)` or `(profile, age)`.

    `file` and `lines` are its name and text as problems show them; `whole` says that no row of it was refused.
    """

    values: Mapping[tuple[str, ...], Value] = field(default_factory=dict)
    data: bytes = b""
    file: str = ""
    lines: tuple[str, ...] = ()
    whole: bool = False

    def members(self, key: int) -> tuple[str, ...]:
        """The distinct keys at a position, in the order of the file."""
        return tuple(dict.fromkeys(keys[key] for keys in self.values))


def age_id(text: str) -> str:
    """`0-4` and `85+` as ids: `age_0_4`, `age_85_plus`."""
    return "age_" + text.strip().replace("+", "_plus").replace("-", "_").replace(" ", "_").lower()


def read_population(folder: Path, name: str, at: Place) -> tuple[Table, list[Problem]]:
    """People by basis, age band and financial year."""
    return _read(folder, name, at, POPULATION_COLUMNS, {"basis": _basis, "age": str, "year": _year})


def read_profiles(folder: Path, name: str, at: Place) -> tuple[Table, list[Problem]]:
    """Relative weight by profile and age band."""
    return _read(folder, name, at, PROFILE_COLUMNS, {"profile": str, "age": str})


def _basis(cell: str) -> str:
    if cell not in BASES:
        raise FigureError(f"{quoted(cell)} is not a basis of population", "registered or resident")
    return cell


def _year(cell: str) -> str:
    return financial_year(parse_financial_year(cell))


def _read(folder: Path, name: str, at: Place, columns: Columns, keys: Keys) -> tuple[Table, list[Problem]]:
    try:
        path = inside(folder, name)
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except (ValueError, OSError) as error:
        why = str(error) if isinstance(error, ValueError) else f"{quoted(name)} cannot be read: {error.strerror}"
        return Table(), [Problem(at, "", why, "the name of a CSV file in the scenario's folder or below")]
    if data is None:
        message = f"{quoted(name)} is larger than {MOST_BYTES >> 20} MiB"
        return Table(), [Problem(at, "", message, "a smaller table")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Table(), [Problem(at, "", f"{quoted(name)} is not text in UTF-8", "the table saved as UTF-8")]
    shown = str(Path(at.file).parent / name) if at.file and not at.file.startswith("--") else name
    values, problems = _values(text, shown, columns, keys)
    return Table(values, data, shown, lines_of(text), not problems), problems


def _values(text: str, shown: str, columns: Columns, keys: Keys) -> tuple[dict[tuple[str, ...], Value], list[Problem]]:
    """Figures by key, and the problems of all rows; the figure stands in the first column after the keys."""
    problems: list[Problem] = []
    values: dict[tuple[str, ...], Value] = {}
    for row in _rows(text, shown, columns, problems):
        parsed = {name: row.parsed(name, read, problems) for name, read in keys.items()}
        number = row.parsed(columns[len(keys)], parse_count, problems)
        key = tuple(part for part in parsed.values() if part is not None)
        if number is None or len(key) < len(keys):
            continue
        if key in values:
            message = f"{', '.join(key)} stands twice in the table"
            problems.append(Problem(row.place(), "", message, "one line for each"))
        cells = row.cells
        evidence = (cells["source"], cells["grade"], "", cells.get("note", ""))
        values.setdefault(key, (number, Origin(f"{shown}:{row.line}", ".".join(key), *evidence)))
    if not values and not problems:
        message = "the table has no lines below its headings"
        problems.append(Problem(Place(shown, 1, 1), "", message, "a line for each figure"))
    return values, problems


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its last line in the file, its cells by heading, and where each cell begins on that line."""

    file: str
    line: int
    cells: Mapping[str, str]
    columns: Mapping[str, int]

    def place(self, name: str = "") -> Place:
        return Place(self.file, self.line, self.columns.get(name, 1))

    def parsed(self, name: str, read: Callable[[str], T], problems: list[Problem]) -> T | None:
        """The meaning of a cell, or None after a problem in its place."""
        try:
            return read(self.cells[name])
        except FigureError as error:
            problems.append(Problem(self.place(name), "", error.message, error.instead))
            return None


def _rows(text: str, shown: str, columns: Columns, problems: list[Problem]) -> Iterator[_Row]:
    lines = lines_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [h.strip() for h in next(reader, [])]
        if missing := [c for c in columns if c not in head]:
            message = f"the table has no column {', '.join(missing)}"
            instead = suggestion(missing[0], head) or f"a first line with {', '.join(columns)}"
            problems.append(Problem(Place(shown, 1, 1), "", message, instead))
            return
        for cells in reader:
            if not any(c.strip() for c in cells):
                continue
            if reader.line_num > MOST_LINES:
                message = f"the table has more than {MOST_LINES:,} lines"
                problems.append(Problem(Place(shown, reader.line_num, 1), "", message, "a shorter table"))
                return
            if len(cells) != len(head):
                message = f"{len(cells)} cells stand under {len(head)} headings"
                problems.append(Problem(Place(shown, reader.line_num, 1), "", message, "one cell for each heading"))
                continue
            starts = _starts(lines[reader.line_num - 1], len(cells))
            named = {h: c.strip() for h, c in zip(head, cells, strict=True)}
            yield _Row(shown, reader.line_num, named, dict(zip(head, starts, strict=False)))
    except csv.Error as error:
        message = f"the table cannot be read: {error}"
        problems.append(Problem(Place(shown, reader.line_num, 1), "", message, "plain comma-separated lines"))


def _starts(line: str, cells: int) -> tuple[int, ...]:
    """Columns, from 1, at which a line's cells begin; none for a line that is only the end of a row."""
    starts, quoting = [1], False
    for position, character in enumerate(line, 1):
        if character == '"':
            quoting = not quoting
        elif character == "," and not quoting:
            starts.append(position + 1)
    begun = (start + len(line[start - 1 :]) - len(line[start - 1 :].lstrip(" ")) for start in starts)
    return tuple(begun) if len(starts) == cells else ()
