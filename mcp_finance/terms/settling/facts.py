"""A table of facts: one settlement a row, read row by row and never whole.

The first line names the columns: facts of the sheet (`<pool>.<fact>` where there are several pools) and, passed
through, `contract`, `year` and `label`. Everything wrong with the columns is said at once, before anything is settled;
everything wrong with rows is gathered with its line, up to the number of problems that are shown.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import MAX_PROBLEMS, UNSAFE, Place, Problem, ScenarioError, quoted, suggestion
from mcp_finance.rows.evaluate import Array
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import FactUse
from mcp_finance.terms.settling.figures import PLAIN, read_cell

KEYS = ("contract", "year", "label")
MOST_COLUMNS = 400
LONGEST_LINE = 20_000
_FAST = {"money": (-1e16, 1e16), "count": (-1e16, 1e16), "ratio": (-10.0, 10.0)}
LONGEST_FAST = 16  # with its point, a figure of at most 15 digits, which a float tells from every other
Facts = dict[str, Fraction | None]
SAMPLE = 4096


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file: its line and text, and its cells."""

    line: int
    text: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row of facts. `claims` holds what persons' claims exceed their attachment by, by fact, where read apart."""

    record: Record
    claims: dict[str, Fraction]


class TooMany(Exception):
    """There are as many problems as are shown, and one more."""


@dataclass
class Complaints:
    """Problems of one file, in the order found."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, record: Record, message: str, instead: str, cell: int | None = None) -> None:
        """A problem of a record, at one of its cells or at its beginning.

        Raises:
            TooMany: there are more problems than are shown.
        """
        column = start_of(record.text, cell) if cell is not None else 1
        text = record.text.rstrip("\r\n")
        self.found.append(Problem(Place(self.file, record.line, column), "", message, instead, source_line=text))
        if len(self.found) > MAX_PROBLEMS:
            raise TooMany

    def refuse(self, line: int, message: str, instead: str) -> ScenarioError:
        """The error of a file that cannot be read any further."""
        return ScenarioError([*self.found, Problem(Place(self.file, line, 1), "", message, instead)])


def start_of(line: str, cell: int) -> int:
    """The column, from 1, at which a cell of a line begins, spaces passed over."""
    at, quoting, left = 0, False, cell
    while left and at < len(line):
        quoting ^= line[at] == '"'
        left -= line[at] == "," and not quoting
        at += 1
    return at + len(line[at:]) - len(line[at:].lstrip(" ")) + 1


def records(stream: TextIO, complaints: Complaints) -> Iterator[Record]:
    """The lines of a CSV file that are not empty, headings among them. A line is one row: cells hold no line breaks.

    Raises:
        ScenarioError: a line is too long, or is not comma-separated text.
        TooMany: there are more problems than are shown.
    """
    number, width = 0, 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise complaints.refuse(number, f"the line has more than {LONGEST_LINE:,} characters", "a shorter line")
        text = line.rstrip("\r\n")
        if not text.isprintable() and (found := UNSAFE.search(text)):
            message = "the line holds a byte that is not UTF-8, or a character that cannot be seen"
            record = Record(number, text, [])
            place = Place(complaints.file, number, found.start() + 1)
            complaints.found.append(Problem(place, "", message, "the file saved as UTF-8, without it"))
            if len(complaints.found) > MAX_PROBLEMS:
                raise TooMany
            continue
        try:
            cells = text.split(",") if '"' not in text else next(csv.reader((line,), strict=True), [])
        except csv.Error as error:
            raise complaints.refuse(number, f"the line cannot be read: {error}", "cells parted by commas") from None
        record = Record(number, text, cells)
        if not any(map(str.strip, cells)):
            continue
        if width and len(cells) != width:
            message = f"{len(cells)} cells stand under {width} headings"
            complaints.add(record, message, "one cell for each heading; a comma inside a cell needs quotation marks")
            continue
        width = width or len(cells)
        yield record


def opened(path: Path) -> TextIO:
    """A CSV file as text; bytes that are not UTF-8 come through as characters that `records` refuses.

    Raises:
        ScenarioError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(SAMPLE)
        _refuse_other_formats(path, start)
        return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise ScenarioError([Problem(Place(str(path), 1, 1), "", message, "the name of a CSV file")]) from None


def _refuse_other_formats(path: Path, start: bytes) -> None:
    """Say at once what a file is that is no table with commas in UTF-8.

    Raises:
        ScenarioError: the file is UTF-16, binary, or parted by semicolons or tabs.
    """
    head = start.split(b"\n")[0]
    kinds = (
        (start[:2] in (b"\xff\xfe", b"\xfe\xff"), "the file is saved as UTF-16", "the same table, saved as UTF-8"),
        (start[:2] == b"PK", "this is a workbook or an archive, not a table of text", "the sheet, saved as CSV"),
        (b"," not in head and b";" in head, "columns are parted by semicolons", "commas between columns"),
        (b"," not in head and b"\t" in head, "columns are parted by tabs", "commas between columns"),
    )
    for is_so, message, instead in kinds:
        if is_so:
            raise ScenarioError([Problem(Place(str(path), 1, 1), "", message, instead)])


def headings(lines: Iterator[Record], complaints: Complaints) -> tuple[Record, list[str]]:
    """The first line of a file and its headings.

    Raises:
        ScenarioError: the file is empty, or has too many columns.
    """
    head = next(lines, None)
    if head is None:
        raise complaints.refuse(1, "the file is empty", "a first line that names the columns")
    if len(head.cells) > MOST_COLUMNS:
        raise complaints.refuse(head.line, f"the table has more than {MOST_COLUMNS} columns", "fewer columns")
    return head, [cell.strip() for cell in head.cells]


@dataclass(frozen=True)
class Layout:
    """Where each fact and each key stands among a table's cells; a fact that stands nowhere is blank.

    `claims` are facts that are read from a table of claims.
    """

    compiled: Compiled
    file: str
    uses: tuple[FactUse, ...]
    names: tuple[str, ...]
    cells: tuple[int | None, ...]
    keys: dict[str, int]
    claims: frozenset[str] = frozenset()

    def key(self, record: Record, name: str) -> str:
        """A key of a row, or nothing where the table has no such column."""
        return record.cells[self.keys[name]].strip() if name in self.keys else ""

    def facts(self, row: FactRow, complaints: Complaints) -> Facts | None:
        """The facts of a row by their names among rows, exactly; None after a problem.

        Raises:
            TooMany: there are more problems than are shown.
        """
        found: Facts = {}
        before = len(complaints.found)
        for use, name, cell in zip(self.uses, self.names, self.cells, strict=True):
            if use.name in row.claims or cell is None:
                found[use.name] = row.claims.get(use.name)
                continue
            try:
                found[use.name] = read_cell(row.record.cells[cell], use, name, self.currency)
            except FigureError as error:
                complaints.add(row.record, error.message, error.instead, cell)
        return found if len(complaints.found) == before else None

    @cached_property
    def currency(self) -> str:
        return self.compiled.sheet.currency

    def floats(self, rows: Sequence[FactRow]) -> tuple[dict[str, Array], set[int]]:
        """The facts of rows as floats, and the rows that floats cannot stand for: they hold a problem, or odd digits.

        Facts have their names among rows, the switches that say whether an optional fact is given among them.
        """
        found: dict[str, Array] = {}
        odd: set[int] = set()
        given = {use.name for use in self.compiled.facts if use.is_given}
        for use, name, cell in zip(self.uses, self.names, self.cells, strict=True):
            values, blank = np.zeros(len(rows)), np.ones(len(rows), dtype=np.bool_)
            if use.name in self.claims:
                texts: list[str | Fraction] = [row.claims[use.name] for row in rows]
                self._read(use, name, texts, values, blank, odd)
            elif cell is not None:
                self._read(use, name, [row.record.cells[cell] for row in rows], values, blank, odd)
            found[use.name] = values
            if f"{use.name}.given" in given:
                found[f"{use.name}.given"] = np.where(blank, 0.0, 1.0)
        return found, odd

    def _read(
        self,
        use: FactUse,
        name: str,
        cells: Sequence[str | Fraction],
        values: Array,
        blank: NDArray[np.bool_],
        odd: set[int],
    ) -> None:
        """One column as floats; most cells are plain figures within these bounds, and need no more than a look."""
        low, high = _FAST.get(use.spec.unit, (0.0, 0.0)) if use.fact != "year" else (0.0, 0.0)
        low = max(low, 0.0) if use.spec.positive else low
        optional = use.spec.optional
        for k, cell in enumerate(cells):
            if not cell and optional:
                continue
            if isinstance(cell, str) and len(cell) <= LONGEST_FAST and PLAIN.fullmatch(cell):
                number = float(cell)
                if low < number < high:
                    values[k], blank[k] = number, False
                    continue
            try:
                value = read_cell(cell, use, name, self.currency) if isinstance(cell, str) else cell
            except FigureError:
                odd.add(k)
                continue
            if value is not None:
                values[k], blank[k] = float(value), False
                if values[k].is_integer() and value.denominator != 1:
                    odd.add(k)


def layout(compiled: Compiled, head: Record, names: list[str], complaints: Complaints, claims: bool) -> Layout:
    """Match headings to the sheet. With `claims`, what persons' claims exceed their attachment by is read elsewhere.

    Raises:
        ScenarioError: a column is unknown, missing or there twice; all such problems at once.
    """
    uses = tuple(use for use in compiled.facts if not use.is_given)
    several = len(compiled.sheet.pools) > 1
    columns = {(use.column if several else use.fact): use for use in uses}
    apart = frozenset(use.name for use in uses if claims and use.fact == "claims_over")
    for k, name in enumerate(names):
        if name in names[:k]:
            complaints.add(head, f"the column {quoted(name)} stands twice", "one column of each name", k)
        elif name not in columns and name not in KEYS:
            left = [c for c in columns if c not in names] or list(columns)
            message = f"the sheet has no fact {quoted(name)}"
            complaints.add(head, message, suggestion(name, left), k)
        elif name in columns and columns[name].name in apart:
            complaints.add(head, f"{quoted(name)} is given here and by claims", "one of the two", k)
    for name, use in columns.items():
        optional = use.spec.optional or use.name in apart
        if name not in names and not optional:
            advice = f"a column {name}: {use.spec.means or use.spec.unit}"
            complaints.add(head, f"the fact {quoted(name)} has no column", advice)
    if complaints.found:
        raise ScenarioError(complaints.found)
    cells = tuple(names.index(c) if c in names else None for c in columns)
    keys = {key: names.index(key) for key in KEYS if key in names and (key not in columns or key == "year")}
    shown = tuple(c if c in names else "" for c in columns)
    return Layout(compiled, complaints.file, uses, shown, cells, keys, apart)
