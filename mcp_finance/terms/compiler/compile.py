"""A term sheet compiled to rows.

The rows are those of the one engine, with names that begin with the sheet's id; numbers of the sheet are inputs with
the file and line on which they stand. What a fact is depends on who compiles: for a table of facts each is an input; a
contract binds it to a row of its own. Others read `<id>.payment[party]` (and `<id>.withheld[party]` where a performance
payment is withheld), and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mcp_finance.files.nodes import place_of
from mcp_finance.files.problems import Problem, ScenarioError, quoted
from mcp_finance.files.shape import Steps as Path
from mcp_finance.files.shape import dotted
from mcp_finance.rows.expr import Expr
from mcp_finance.rows.formulas import check_formulas
from mcp_finance.rows.model import Model, build
from mcp_finance.rows.row import Dimension, InputSpec, Row
from mcp_finance.terms.clauses import needs_year
from mcp_finance.terms.compiler.parts import PARTY, Binding, Cells, Condition, FactUse, Line, added, party_inputs
from mcp_finance.terms.compiler.phases import write_phase
from mcp_finance.terms.compiler.settlement import Chain
from mcp_finance.terms.compiler.sides import write_pool
from mcp_finance.terms.compiler.writer import NameClash, Writer
from mcp_finance.terms.load import Terms
from mcp_finance.terms.schema import TermSheet

SETTLEMENT_YEAR = "settlement"
FLAGS_IN_SUM = 8


@dataclass(frozen=True)
class Compiled:
    """One sheet as rows. `cells` are values and origins of the sheet's own inputs, `facts` what it must be given."""

    terms: Terms
    rows: tuple[Row, ...]
    inputs: tuple[InputSpec, ...]
    cells: dict[str, Cells]
    dims: tuple[Dimension, ...]
    facts: tuple[FactUse, ...]
    conditions: tuple[Condition, ...]
    lines: tuple[Line, ...]
    parties: Mapping[str, str]

    @property
    def sheet(self) -> TermSheet:
        return self.terms.sheet

    @property
    def payment(self) -> str:
        """The exported row, by party."""
        return f"{self.sheet.prefix}.payment"

    @property
    def withheld(self) -> str:
        """The row of what is held back from instalments, by party; empty where nothing is."""
        name = f"{self.sheet.prefix}.withheld"
        return name if any(r.name == name for r in self.rows) else ""

    @property
    def tolerance(self) -> str:
        """The input that says how close to an edge a test may fall short; empty where there is no test."""
        name = f"{self.sheet.prefix}.tolerance"
        return name if name in self.cells else ""

    def as_party(self, party: str) -> str:
        """What a party of the sheet is called where the sheet is used."""
        return self.parties.get(party, party)

    @property
    def rules(self) -> str:
        """The row that counts broken rules; empty where facts can break none."""
        return f"{self.sheet.prefix}.rules_broken" if self.conditions else ""

    def names(self, suffix: str) -> dict[str, str]:
        """By party, its row with that suffix, such as `share` or `payment`, where there is one."""
        named = {p: f"{self.sheet.prefix}.{p}.{suffix}" for p in self.sheet.parties}
        return {p: name for p, name in named.items() if name in self._written}

    @cached_property
    def _written(self) -> frozenset[str]:
        return frozenset(row.name for row in self.rows)

    @cached_property
    def units(self) -> Mapping[str, str]:
        """The unit of every row and input, by its name."""
        return {row.name: row.unit for row in self.rows} | {spec.name: spec.unit for spec in self.inputs}

    @cached_property
    def model(self) -> Model:
        """The sheet alone, for one settlement at a time."""
        return standalone((self,))


def compile_terms(terms: Terms, bind: Binding | None = None, parties: Mapping[str, str] | None = None) -> Compiled:
    """Compile a sheet. `bind` gives the expression that a fact is; without it facts are inputs.

    `parties` says what the sheet's parties are called where it is used, if they are called otherwise.

    Raises:
        ScenarioError: a declared name is one that the rows of a clause have.
    """
    writer = Writer(terms, bind, parties or {})
    try:
        _write(writer)
    except NameClash as clash:
        raise ScenarioError([_clash(terms, clash.name)]) from None
    return Compiled(
        terms,
        tuple(writer.rows.values()),
        tuple(writer.inputs.values()),
        writer.cells,
        tuple(writer.dims.values()),
        tuple(writer.facts.values()),
        tuple(writer.conditions),
        tuple(writer.lines),
        writer.parties,
    )


def _write(writer: Writer) -> None:
    sheet = writer.terms.sheet
    if needs_year(sheet):
        writer.fact("year", None)
    phase = write_phase(writer)
    pools = [write_pool(writer, k, pool, phase) for k, pool in enumerate(sheet.pools)]
    Chain(writer).write(pools)
    _rules(writer)


def _rules(writer: Writer) -> None:
    """How many of the rules that only facts can break are broken, as one row."""
    names = list(dict.fromkeys(c.row for c in writer.conditions))
    groups = [names[k : k + FLAGS_IN_SUM] for k in range(0, len(names), FLAGS_IN_SUM)]
    sums = [added(Expr("ref", name=n) for n in group) for group in groups]
    if len(sums) > 1:
        doc = "Part of the rules that facts break."
        sums = [writer.row(f"rules_broken.part_{k + 1}", s, doc, kind="flag") for k, s in enumerate(sums)]
    if sums:
        writer.row(
            "rules_broken", added(sums), "How many rules of the sheet the facts break: none may be.", kind="flag"
        )


def _clash(terms: Terms, row: str) -> Problem:
    """The problem of a declared name that a clause's own rows have."""
    sheet, parts = terms.sheet, row.split(".")
    declared: dict[str, Path] = {party: ("parties", k) for k, party in enumerate(sheet.parties)}
    declared |= {name: ("facts", name) for name in sheet.facts} | {n: ("definitions", n) for n in sheet.definitions}
    name = next((part for part in reversed(parts) if part in declared), parts[-1])
    path = declared.get(name, ())
    message = f"the name {quoted(name)} is one that the clauses have for an amount of their own"
    place = place_of(terms.root, path, key=path[:1] != ("parties",))
    return Problem(place, dotted(path), message, f"another name, such as {name}_of_contract")


def standalone(sheets: Iterable[Compiled]) -> Model:
    """A model of sheets alone, with their facts as inputs: one settlement, or one for each draw.

    Raises:
        RowError: two sheets have the same id; anything else is a fault of the compiler.
    """
    sheets = tuple(sheets)
    parties = tuple(dict.fromkeys(p for s in sheets for p in s.sheet.parties))
    points = {d.name: d for s in sheets for d in s.dims}
    dims = (Dimension(PARTY, parties), *points.values())
    shared = [spec for spec, _ in party_inputs(parties).values()]
    inputs = [*shared, *(i for s in sheets for i in s.inputs)]
    model = build(dims, (), (SETTLEMENT_YEAR,), inputs, [row for s in sheets for row in s.rows])
    check_formulas(model)
    return model
