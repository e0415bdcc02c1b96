"""What a compiled term sheet is made of besides rows, and small tools for expressions and names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from mcp_finance.rows.expr import Expr, walk
from mcp_finance.rows.operations import OPERATIONS
from mcp_finance.rows.row import InputSpec, Origin
from mcp_finance.terms.fields import Fact
from mcp_finance.terms.formula import Formula
from mcp_finance.terms.schema import TermSheet


@dataclass(frozen=True, slots=True)
class FactUse:
    """A fact that the sheet's rows read: its name among rows, its name in the sheet, and its pool if it has one."""

    name: str
    fact: str
    pool: str
    spec: Fact
    is_given: bool = False
    """Whether this is the switch that says if an optional fact was given."""

    @property
    def column(self) -> str:
        """Its name in a table of facts of a sheet with several pools."""
        return f"{self.pool}.{self.fact}" if self.pool else self.fact


@dataclass(frozen=True, slots=True)
class Condition:
    """A row that is 1 where a settlement breaks a rule that only facts can break, and what to say then."""

    row: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the step ledger: `text` holds the values of `names` at {0}, {1} and so on.

    With `test`, the line is told only where that row is not nil, and `otherwise` where it is.
    """

    text: str
    names: tuple[str, ...] = ()
    test: str = ""
    otherwise: str = ""
    indent: int = 0


PARTY = "party"
LONGEST = 92
"""Characters of a formula, roughly, that leave room for long references."""
Cells = tuple[tuple[Fraction, Origin], ...]
Binding = Callable[[FactUse], Expr]


def one_hot(party: str) -> str:
    """The input that is 1 for one party and 0 for the others: it puts rows by party together and takes them apart."""
    return f"{PARTY}.{party}"


def party_inputs(parties: tuple[str, ...]) -> dict[str, tuple[InputSpec, tuple[tuple[Fraction, Origin], ...]]]:
    """Inputs of the dimension `party`, shared by all sheets of a model, with their values."""
    origin = Origin("", PARTY, grade="definition", note="picks one party")
    return {
        one_hot(party): (
            InputSpec(one_hot(party), "switch", f"1 for {plain(party)}, 0 for the others.", (PARTY,)),
            tuple((Fraction(p == party), origin) for p in parties),
        )
        for party in parties
    }


def said(sheet: TermSheet, formula: Formula) -> str:
    """A formula for a sentence; for the name of a definition what it means, or the number that it is."""
    made = sheet.definitions.get(formula.root.name)
    if not isinstance(made, Formula):
        return formula.text
    return made.text if made.root.number is not None else f"{plain(formula.root.name)}: {made.text}"


def added(parts: Iterable[Expr]) -> Expr:
    """The sum of one or more expressions."""
    first, *rest = parts
    for part in rest:
        first = first + part
    return first


def ifs(expr: Expr) -> int:
    """IFs in the formula of an expression."""
    return sum(OPERATIONS[e.op].ifs for e in walk(expr))


def suffixed(name: str) -> Iterable[str]:
    """The name, and then the name with numbers from 2."""
    yield name
    yield from (f"{name}_{k}" for k in range(2, 200))


def plain(name: object) -> str:
    """A name as a reader would say it."""
    return str(name).replace(".", ": ").replace("_", " ")


def replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    """The expression with one part of it replaced."""
    if expr is old:
        return new
    return replace(expr, args=tuple(replaced(a, old, new) for a in expr.args))
