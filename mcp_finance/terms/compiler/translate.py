"""The terms of one formula as expressions; parts that would not fit in one readable cell get rows of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_finance.files.shape import Steps as Path
from mcp_finance.rows.expr import Expr, choose, least, most, ratio
from mcp_finance.terms.compiler.parts import LONGEST, ifs, plain, suffixed
from mcp_finance.terms.formula import COMPARISONS, Number, Term
from mcp_finance.terms.units import FLAG, Units

if TYPE_CHECKING:
    from mcp_finance.terms.compiler.writer import Writer


@dataclass(frozen=True, slots=True)
class Translator:
    """Turns the terms of one formula into expressions; `base` names its numbers, `owner` its parts."""

    writer: Writer
    base: str
    owner: str
    path: Path
    pool: int | None

    def kind(self, term: Term) -> str:
        unit = Units(self.writer.terms.sheet, self.pool is not None).unit(term)
        return "flag" if unit == FLAG else "money" if unit == 1 else "ratio"

    def value(self, term: Term) -> Expr:
        if term.number is not None:
            return self._number(term.number)
        if term.op == "name":
            return self.writer.name(term.name, self.pool)
        if term.op == "if":
            return choose(self.test(term.args[0]), self.part(term.args[1]), self.part(term.args[2]))
        if term.op == "first":
            return self._first(term, self.part(term.args[1]))
        return self._operation(term.op, [self.part(a) for a in term.args], term)

    def _operation(self, op: str, args: list[Expr], term: Term) -> Expr:
        if op == "neg":
            return -args[0]
        if op in ("min", "max"):
            return least(*args) if op == "min" else most(*args)
        if op == "clamp":
            return most(args[1], least(args[0], args[2]))
        if op == "/":
            return args[0] / args[1] if term.args[1].number is not None else ratio(args[0], args[1])
        a, b = args
        return a + b if op == "+" else a - b if op == "-" else a * b

    def part(self, term: Term) -> Expr:
        """A term inside another, in a row of its own where it is long or holds an IF."""
        expr = self.value(term)
        if expr.op in ("ref", "num") or (ifs(expr) == 0 and self.writer.length(expr) <= LONGEST // 3):
            return expr
        return self._hoisted(expr, self.kind(term))

    def _hoisted(self, expr: Expr, kind: str) -> Expr:
        part = next(n for n in suffixed(f"{self.owner}.part") if self.writer.full(n) not in self.writer.rows)
        return self.writer.row(part, expr, f"Part of {plain(self.owner)}.", self.path, kind=kind)

    def _number(self, number: Number) -> Expr:
        if number.kind == "plain" and number.value in (0, 1):
            return Expr("num", value=float(number.value))
        name = {"percent": "rate", "money": "amount", "plain": "number"}[number.kind]
        what = f"{number.text} in {plain(self.base)}."
        return self.writer.number(f"{self.base}.{name}", number, self.path, what)

    def _first(self, term: Term, other: Expr) -> Expr:
        name = term.args[0].name
        given = self.writer.fact(name, self.pool, given=True)
        return choose(given >= 1, self.writer.fact(name, self.pool), other)

    def test(self, term: Term) -> Expr:
        """The term as a comparison of expressions."""
        if term.op not in COMPARISONS:
            flag = self.flag(term)
            return (flag if flag.op in ("ref", "num") else self._hoisted(flag, "flag")) >= 1
        a, b = (self.part(arg) for arg in term.args)
        edge = self.writer.edge(term.args[0], term.args[1], self.pool)
        if term.op == ">=":
            return a + edge >= b
        if term.op == "<=":
            return a - edge <= b
        return a - edge > b if term.op == ">" else a + edge < b

    def flag(self, term: Term) -> Expr:
        """The term as 1 or 0."""
        if term.op in COMPARISONS:
            return choose(self.test(term), 1, 0)
        if term.op == "if":
            return choose(self.test(term.args[0]), self._branch(term.args[1]), self._branch(term.args[2]))
        if term.op == "first":
            return self._first(term, self._branch(term.args[1]))
        return self.value(term)

    def _branch(self, term: Term) -> Expr:
        flag = self.flag(term)
        return flag if flag.op in ("ref", "num") else self._hoisted(flag, "flag")
