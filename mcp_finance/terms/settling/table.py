"""A table of facts settled: row after row, in memory that does not grow with the table.

Sheets without a memory are settled in batches (`settling.batch`); where a ledger is asked for, and where a
sheet remembers the years before, every row is settled exactly, one after the other. A sheet with a memory needs every
contract whole: its years from 1, one after the other, on rows that follow each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TextIO

from mcp_finance.files.problems import Problem, ScenarioError, quoted
from mcp_finance.rows.exact import Year
from mcp_finance.terms.clauses import has_memory
from mcp_finance.terms.settling.batch import Batch, Figures
from mcp_finance.terms.settling.claims import Claims, claim_lines
from mcp_finance.terms.settling.facts import (
    Complaints,
    FactRow,
    Facts,
    Layout,
    Record,
    TooMany,
    headings,
    layout,
    records,
)
from mcp_finance.terms.settling.settle import Settlement, SettlementError, Settler

BATCH = 32_768


@dataclass(frozen=True, slots=True)
class Settled:
    """One row settled. `figures` as in `Figures`; the settlement itself only where every row is settled exactly."""

    line: int
    keys: tuple[str, ...]
    figures: tuple[int, ...]
    settlement: Settlement | None


@dataclass
class _Memory:
    """The contract that is being settled, its last year, and what that year left behind."""

    contract: str = ""
    year: int = 0
    before: Year | None = None


@dataclass
class Table:
    """A table of facts that is being settled. Problems gather in `complaints`, and then nothing may be used."""

    settler: Settler
    layout: Layout
    lines: Iterator[Record]
    complaints: Complaints
    claims: Claims | None = None
    memory: _Memory = field(default_factory=_Memory)
    rows: int = 0

    @cached_property
    def figures(self) -> Figures:
        return Figures(self.settler)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that are passed through, in their fixed order."""
        return tuple(self.layout.keys)

    def settled(self, *, exactly: bool = False) -> Iterator[Settled]:
        """Every row, settled, in the order of the file. With `exactly`, each with its settlement.

        Raises:
            ScenarioError: at the end, if there was any problem; what came before may then not be used.
        """
        one_by_one = exactly or has_memory(self.settler.compiled.sheet)
        if not exactly:
            self.settler = Settler(self.settler.compiled, brief=True)
        try:
            yield from self._each() if one_by_one else self._batches()
            if self.claims is not None:
                self.claims.end()
        except TooMany:
            pass
        if problems := self._problems():
            raise ScenarioError(problems)
        if not self.rows:
            raise self.complaints.refuse(1, "the table has no rows below its headings", "a row for each settlement")

    def _problems(self) -> list[Problem]:
        return self.complaints.found + (self.claims.complaints.found if self.claims is not None else [])

    def _rows(self) -> Iterator[FactRow]:
        last: tuple[str, str] | None = None
        for record in self.lines:
            self.rows += 1
            if self.claims is None:
                yield FactRow(record, {})
                continue
            key = (self.layout.key(record, "contract"), self.layout.key(record, "year"))
            if key == last:
                message = "the contract and year of the row before stand here again, so that claims have two rows"
                self.complaints.add(record, message, "one row for each contract and year")
            last = key
            facts = self.layout.facts(FactRow(record, {}), self.complaints)
            beyond = self.claims.beyond(key, facts)
            if facts is not None:
                yield FactRow(record, beyond)

    def _each(self) -> Iterator[Settled]:
        remembers = has_memory(self.settler.compiled.sheet)
        for row in self._rows():
            facts = self.layout.facts(row, self.complaints)
            if facts is None:
                self.memory.before, self.memory.contract = None, self.layout.key(row.record, "contract")
                self.memory.year = 0
                continue
            if remembers and not self._follows(row, facts):
                continue
            if (settlement := self._settle(row, facts)) is not None:
                self.memory.before = settlement.year if remembers else None
                yield self._made(row, self.figures.of(settlement), settlement)

    def _follows(self, row: FactRow, facts: Facts) -> bool:
        """Whether a row is the next year of its contract, or the first of another; the memory is made ready for it."""
        memory, contract = self.memory, self.layout.key(row.record, "contract")
        year = int(facts[f"{self.settler.compiled.sheet.prefix}.year"] or 0)
        same, due = contract == memory.contract, memory.year + 1
        after_problem = same and memory.year == 0
        memory.contract, memory.year = contract, year
        if not same:
            memory.before, due = None, 1
        if same and memory.before is not None and self._has_ended(memory.before):
            message = f"year {year} of contract {quoted(contract)} follows its final year"
            self.complaints.add(row.record, message, "no rows after the final year", self.layout.keys["year"])
            return False
        if year == due or after_problem:
            return True
        advice = "every year of a contract from 1, one after the other, on rows that follow each other"
        what = f"year {year} of contract {quoted(contract)}"
        message = f"{what} follows year {due - 1}" if same else f"{what} comes before its year 1"
        self.complaints.add(row.record, message, advice, self.layout.keys["year"])
        return False

    def _has_ended(self, before: Year) -> bool:
        name = f"{self.settler.compiled.sheet.prefix}.final_year"
        return name in before and before[name][0] != 0

    def _settle(self, row: FactRow, facts: Facts) -> Settlement | None:
        try:
            return self.settler.settle(facts, self.memory.before)
        except SettlementError as error:
            self.complaints.add(row.record, str(error), "facts that the sheet can settle")
            return None

    def _made(self, row: FactRow, figures: Sequence[int], settlement: Settlement | None) -> Settled:
        keys = tuple(self.layout.key(row.record, key) for key in self.keys)
        return Settled(row.record.line, keys, tuple(figures), settlement)

    def _batches(self) -> Iterator[Settled]:
        rows, batch = self._rows(), Batch(self.settler)
        while found := list(islice(rows, BATCH)):
            values, odd = self.layout.floats(found)
            columns, certain = batch.settle(values)
            for k, (figures, sure) in enumerate(zip(columns.T.tolist(), certain.tolist(), strict=True)):
                if sure and k not in odd:
                    yield self._made(found[k], figures, None)
                    continue
                facts = self.layout.facts(found[k], self.complaints)
                settlement = self._settle(found[k], facts) if facts is not None else None
                if settlement is not None:
                    yield self._made(found[k], self.figures.of(settlement), None)


def open_table(
    settler: Settler, facts: TextIO, file: str, claims: TextIO | None = None, claims_file: str = ""
) -> Table:
    """Read the headings of a table of facts, and of claims where those of single persons are given.

    Raises:
        ScenarioError: with every problem of the headings.
    """
    complaints, other, sheet = Complaints(file), Complaints(claims_file), settler.compiled.sheet
    lines = records(facts, complaints)
    try:
        head, names = headings(lines, complaints)
        needed = ("contract", "year") if has_memory(sheet) or claims is not None else ()
        for name in needed:
            if name not in names:
                what = "claims are matched by it" if claims is not None else "the sheet carries amounts between years"
                complaints.add(head, f"the column {quoted(name)} is missing: {what}", f"a column {name}")
        found = layout(settler.compiled, head, names, complaints, claims is not None)
        if claims is None:
            return Table(settler, found, lines, complaints)
        if not any(pool.stop_loss for pool in sheet.pools):
            raise complaints.refuse(1, "claims are given, but the sheet has no stop-loss", "no claims")
        made = Claims(settler, claim_lines(records(claims, other), sheet, other), other)
        if other.found:
            raise ScenarioError(other.found)
        return Table(settler, found, lines, complaints, made)
    except TooMany:
        raise ScenarioError([*complaints.found, *other.found]) from None
