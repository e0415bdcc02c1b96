"""Tables beside a scenario: population by age and year, and age profiles, as CSV.

A table is read whole, with every problem in it; each figure keeps its line, source and grade. Files are bounded in size
and must lie in the scenario's folder or below.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcp_finance.rows.row import Origin
from mcp_finance.scenario.document import inside
from mcp_finance.scenario.figures import FigureError, financial_year, parse_count, parse_financial_year
from mcp_finance.scenario.problems import Place, Problem, quoted, suggestion

MOST_BYTES = 4 * 2**20
MOST_LINES = 50_000
POPULATION_COLUMNS = ("basis", "age", "year", "persons", "grade", "source")
PROFILE_COLUMNS = ("profile", "age", "weight", "grade", "source", "note")
BASES = ("registered", "resident")

Value = tuple[float, Origin]


@dataclass(frozen=True)
class Table:
    """Figures by their keys, in the order of the file: `(basis, age, year)` or `(profile, age)`."""

    values: Mapping[tuple[str, ...], Value] = field(default_factory=dict)
    data: bytes = b""

    def members(self, key: int) -> tuple[str, ...]:
        """The distinct keys at a position, in the order of the file."""
        return tuple(dict.fromkeys(keys[key] for keys in self.values))


def age_id(text: str) -> str:
    """`0-4` and `85+` as ids: `age_0_4`, `age_85_plus`."""
    return "age_" + text.strip().replace("+", "_plus").replace("-", "_").replace(" ", "_").lower()


def read_population(folder: Path, name: str, at: Place) -> tuple[Table, list[Problem]]:
    """People by basis, age band and financial year."""
    return _read(folder, name, at, POPULATION_COLUMNS, 3, _population_key)


def read_profiles(folder: Path, name: str, at: Place) -> tuple[Table, list[Problem]]:
    """Relative weight by profile and age band."""
    return _read(folder, name, at, PROFILE_COLUMNS, 2, _profile_key)


def _population_key(cells: Mapping[str, str]) -> tuple[str, ...]:
    if cells["basis"] not in BASES:
        raise FigureError(f"{quoted(cells['basis'])} is not a basis of population", "registered or resident")
    return cells["basis"], cells["age"], financial_year(parse_financial_year(cells["year"]))


def _profile_key(cells: Mapping[str, str]) -> tuple[str, ...]:
    return cells["profile"], cells["age"]


def _read(
    folder: Path, name: str, at: Place, columns: Sequence[str], keys: int, key_of: object
) -> tuple[Table, list[Problem]]:
    assert callable(key_of)
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
    problems: list[Problem] = []
    values: dict[tuple[str, ...], Value] = {}
    for line, cells in _lines(text, shown, columns, problems):
        try:
            key = key_of(cells)
            value = parse_count(cells[columns[keys]])
        except FigureError as error:
            problems.append(Problem(Place(shown, line, 1), "", error.message, error.instead))
            continue
        if key in values:
            message = f"{', '.join(key)} stands twice in the table"
            problems.append(Problem(Place(shown, line, 1), "", message, "one line for each"))
        origin = Origin(f"{shown}:{line}", ".".join(key), cells["source"], cells["grade"], "", cells.get("note", ""))
        values.setdefault(key, (value, origin))
    return Table(values, data), problems


def _lines(
    text: str, shown: str, columns: Sequence[str], problems: list[Problem]
) -> Iterator[tuple[int, dict[str, str]]]:
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
            yield reader.line_num, {h: c.strip() for h, c in zip(head, cells, strict=True)}
    except csv.Error as error:
        message = f"the table cannot be read: {error}"
        problems.append(Problem(Place(shown, reader.line_num, 1), "", message, "plain comma-separated lines"))
