"""Person-level stop-loss: what single persons' claims exceed their attachment by, out of a table of claims.

The table has a line or several for each person who claimed: contract, year, pool (where several pools have one),
person and amount. It is read once, beside the table of facts and in the same order of contracts and years; within a
contract and year a pool's lines stand together, and persons in order of their names (numbers by size). So memory holds
one person at a time, and a person who comes twice is noticed. A row of facts without claims has nothing beyond.

The rule itself is a row of the one engine, read exactly: a small model in which every person is a year, and the excess
so far is last year's and this person's. The attachment is the sheet's own row, on the facts of the row that it is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import quoted, suggestion
from mcp_finance.rows.exact import Exact, Year
from mcp_finance.rows.expr import Expr, most, prior
from mcp_finance.rows.model import build
from mcp_finance.rows.row import InputSpec, Row
from mcp_finance.terms.compiler.parts import FactUse
from mcp_finance.terms.compiler.writer import CLAIMS
from mcp_finance.terms.formula import Formula
from mcp_finance.terms.schema import Pool, TermSheet
from mcp_finance.terms.settling.facts import Complaints, Facts, Record, headings
from mcp_finance.terms.settling.figures import MOST_DIGITS, read_cell
from mcp_finance.terms.settling.settle import Settler

COLUMNS = ("contract", "year", "pool", "person", "amount")
AMOUNT = FactUse("amount", "amount", "", CLAIMS)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the table. `order` sorts persons within a pool."""

    record: Record
    key: Key
    pool: str
    person: str
    amount: Fraction

    @property
    def order(self) -> tuple[int, int, str]:
        is_number = self.person.isdecimal() and len(self.person) <= MOST_DIGITS
        return (0, int(self.person), "") if is_number else (1, 0, self.person)


@dataclass
class Claims:
    """A table of claims on its way beside a table of facts. `next` is the first line that is not used yet."""

    settler: Settler
    lines: Iterator[Claim]
    complaints: Complaints
    next: Claim | None = None

    def __post_init__(self) -> None:
        self.next = next(self.lines, None)

    def beyond(self, key: Key, facts: Facts | None) -> dict[str, Fraction]:
        """What the claims of a contract and year exceed the attachment by, in every pool with a stop-loss, by fact.

        Without facts the claims are only passed over.

        Raises:
            ScenarioError: the table of claims cannot be read further.
            TooMany: there are more problems than are shown.
        """
        sheet = self.settler.compiled.sheet
        found = {f"{sheet.prefix}.{pool.id}.claims_over": Fraction(0) for pool in self._pools}
        attachments = self._attachments(facts) if facts is not None else None
        seen: set[str] = set()
        while self.next is not None and self.next.key == key:
            pool = self.next.pool
            if pool in seen:
                message = f"the claims of {pool} in this contract and year do not stand together"
                self.complaints.add(self.next.record, message, "all lines of a pool together")
            seen.add(pool)
            total = self._pool(self.next, attachments[pool] if attachments is not None else None)
            found[f"{sheet.prefix}.{pool}.claims_over"] += total
        return found

    def _pool(self, first: Claim, attachment: Fraction | None) -> Fraction:
        """The excess of all persons of one pool in one contract and year; every line of it is used."""
        year: Year | None = None
        last: Claim | None = None
        while (claim := self.next) is not None and (claim.key, claim.pool) == (first.key, first.pool):
            if last is not None and claim.order <= last.order:
                message = f"the person {quoted(claim.person)} stands after {quoted(last.person)}"
                advice = "persons in order, numbers by size, within a contract, year and pool"
                self.complaints.add(claim.record, message, advice)
            last, amount = claim, self._person(claim)
            if attachment is not None:
                year = self._excess.year({"attachment": (attachment,), "claim": (amount,)}, year)
        return year["excess"][0] if year is not None else Fraction(0)

    def _person(self, first: Claim) -> Fraction:
        """All that one person claimed: the lines that follow each other."""
        amount = Fraction(0)
        while (claim := self.next) is not None and claim.key == first.key:
            if (claim.pool, claim.person) != (first.pool, first.person):
                break
            amount += claim.amount
            self.next = next(self.lines, None)
        return amount

    def end(self) -> None:
        """Complain of claims that no row of facts has used.

        Raises:
            TooMany: there are more problems than are shown.
        """
        if self.next is not None:
            contract, year = self.next.key
            message = f"no row of facts for contract {quoted(contract)}, year {quoted(year)} follows here"
            advice = "claims in the same order of contracts and years as the rows of facts, each of which has its row"
            self.complaints.add(self.next.record, message, advice)

    @cached_property
    def _pools(self) -> list[Pool]:
        return [pool for pool in self.settler.compiled.sheet.pools if pool.stop_loss is not None]

    @cached_property
    def _excess(self) -> Exact:
        claim, attachment, excess = (Expr("ref", name=n) for n in ("claim", "attachment", "excess"))
        inputs = [InputSpec("claim", "", "What a person claimed."), InputSpec("attachment", "", "The attachment.")]
        doc = "What this person and those before exceed the attachment by."
        row = Row("excess", prior(excess) + most(0, claim - attachment), (), "", "", doc)
        return Exact(build((), (), ("person",), inputs, [row]), ["excess"])

    @cached_property
    def _attachment_rows(self) -> dict[str, str]:
        compiled = self.settler.compiled
        known = {*compiled.model.inputs, *compiled.model.rows}
        return {pool.id: attachment_row(compiled.sheet, pool, known) for pool in self._pools}

    @cached_property
    def _attachment_model(self) -> Exact:
        compiled = self.settler.compiled
        return Exact(compiled.model, self._attachment_rows.values(), self.settler.constants)

    def _attachments(self, facts: Facts) -> dict[str, Fraction]:
        inputs = self.settler.inputs(facts)
        year = self._attachment_model.year(inputs)
        return {pool: year[name][0] for pool, name in self._attachment_rows.items()}


def attachment_row(sheet: TermSheet, pool: Pool, known: set[str]) -> str:
    """The row or input that holds a pool's attachment: a formula has a row of its own, a name is what it names."""
    assert pool.stop_loss is not None
    own = f"{sheet.prefix}.{pool.id}.stop_loss.attachment"
    made: object = pool.stop_loss.attachment
    while own not in known and isinstance(made, Formula) and made.root.op == "name":
        name = made.root.name
        own = next((n for n in (f"{sheet.prefix}.{pool.id}.{name}", f"{sheet.prefix}.{name}") if n in known), own)
        made = sheet.definitions.get(name)
    return own


def claim_lines(lines: Iterator[Record], sheet: TermSheet, complaints: Complaints) -> Iterator[Claim]:
    """The lines of a table of claims; those with a problem are passed over.

    Raises:
        ScenarioError: the headings are not those of such a table.
        TooMany: there are more problems than are shown.
    """
    head, names = headings(lines, complaints)
    pools = [pool.id for pool in sheet.pools if pool.stop_loss is not None]
    for k, name in enumerate(names):
        if name not in COLUMNS:
            complaints.add(head, f"a table of claims has no column {quoted(name)}", suggestion(name, COLUMNS), k)
        elif name in names[:k]:
            complaints.add(head, f"the column {quoted(name)} stands twice", "one column of each name", k)
    for name in COLUMNS:
        if name not in names and (name != "pool" or len(pools) > 1):
            complaints.add(head, f"the table of claims has no column {name}", f"a column {name}")
    if complaints.found:
        return
    at = {name: k for k, name in enumerate(names)}
    for record in lines:
        cells = {name: record.cells[k].strip() for name, k in at.items()}
        pool = cells.get("pool", pools[0])
        if pool not in pools:
            message = f"{quoted(pool)} is no pool with a stop-loss"
            complaints.add(record, message, suggestion(pool, pools), at["pool"])
            continue
        if not cells["person"]:
            complaints.add(record, "the line names no person", "the person's name or number", at["person"])
            continue
        try:
            amount = read_cell(cells["amount"], AMOUNT, "amount", sheet.currency)
        except FigureError as error:
            complaints.add(record, error.message, error.instead, at["amount"])
            continue
        yield Claim(record, (cells["contract"], cells["year"]), pool, cells["person"], amount or Fraction(0))
