"""Units of formulas: money and ratios are never added or compared, and nothing is divided by what may be nil.

A unit is the power of money in it: money 1, ratios and counts 0. A bare number takes whatever unit its neighbours have;
a percent is a ratio, an amount such as £2m is money. Flags are no numbers. A divisor must be a number, something that
is positive by declaration or by its form, or stand inside an `if` whose test says that it is positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_finance.files.problems import quoted, suggestion
from mcp_finance.terms.clauses import Wanted, is_per_pool
from mcp_finance.terms.fields import Fact, Interpolate, Steps, read_of, values
from mcp_finance.terms.formula import COMPARISONS, FUNCTIONS, Formula, FormulaError, Term
from mcp_finance.terms.schema import TermSheet

FLAG = "flag"
Unit = int | str | None
"""A power of money, FLAG, or None for a bare number that takes any unit."""
IMPLICIT: Mapping[str, Fact] = {
    "year": Fact.model_validate({"is": "positive count", "means": "contract year, from 1"}),
    "final_year": Fact.model_validate({"is": "flag", "means": "whether the contract ends with this year"}),
}


def spelled(term: Term) -> str:
    """The term as text, the same for the same term wherever it stands."""
    if term.number is not None:
        return term.number.text
    inner = [spelled(a) for a in term.args]
    if term.op == "neg":
        return f"-{inner[0]}"
    if len(inner) == 2 and term.op not in FUNCTIONS:
        return f"({inner[0]} {term.op} {inner[1]})"
    return term.name or f"{term.op}({', '.join(inner)})"


@dataclass(frozen=True)
class Units:
    """Units of a sheet's names. `known` holds terms that a test around them says are positive."""

    sheet: TermSheet
    in_pool: bool
    open: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()

    def check(self, formula: Formula, wanted: Wanted) -> None:
        """Refuse a formula that its clause could not use.

        Raises:
            FormulaError: a name is unknown, units do not fit, a divisor may be nil.
        """
        root = formula.root
        unit = self.unit(root)
        if wanted == "test":
            if unit != FLAG:
                raise FormulaError(root.at, "this is a number where a test belongs", "a flag, or a test such as a >= b")
        elif unit == FLAG:
            raise FormulaError(root.at, "this is a test where a number belongs", "if(test, 1, 0)")
        elif wanted == "money" and unit not in (1, None):
            raise FormulaError(root.at, "this is a ratio where money belongs", "the ratio times something, 2% * target")
        elif wanted == "ratio" and unit not in (0, None):
            raise FormulaError(root.at, "this is money where a ratio belongs", "a percent, or money divided by money")

    def unit(self, term: Term) -> Unit:
        """The unit of a term; FormulaError where its parts do not fit together."""
        if term.number is not None:
            return {"percent": 0, "money": 1, "plain": None}[term.number.kind]
        if term.op == "name":
            return self._name(term)
        if term.op == "if":
            return self._if(term)
        if term.op == "first":
            return self._first(term)
        found = [self._numeric(arg) for arg in term.args]
        if term.op in COMPARISONS:
            self._same(term, found)
            return FLAG
        if term.op == "*":
            return self._times(term, found, 1)
        if term.op == "/":
            if not self.positive(term.args[1]):
                raise FormulaError(term.args[1].at, *self._may_be_nil(term.args[1]))
            return self._times(term, found, -1)
        return self._same(term, found)

    def _name(self, term: Term) -> Unit:
        name = term.name
        fact = self.sheet.facts.get(name) or IMPLICIT.get(name)
        if fact is not None:
            if fact.optional and name != "final_year":
                raise FormulaError(
                    term.at, f"the fact {quoted(name)} may be blank", f"first({name}, what holds if blank)"
                )
            self._totals(term, fact)
            return FLAG if fact.unit == "flag" else int(fact.unit == "money")
        if name == "adjusted_target" and self.sheet.pools:
            return 1
        if name in self.sheet.definitions:
            if name in self.open:
                circle = " → ".join((*self.open[self.open.index(name) :], name))
                raise FormulaError(
                    term.at, f"definitions read each other in a circle: {circle}", "one of them otherwise"
                )
            return self._definition(term)
        known = [*self.sheet.facts, *self.sheet.definitions, *IMPLICIT, "adjusted_target"]
        raise FormulaError(term.at, f"nothing here is called {quoted(name)}", suggestion(name, known))

    def _totals(self, term: Term, fact: Fact) -> None:
        several = len(self.sheet.pools) > 1 and not self.in_pool
        if several and is_per_pool(self.sheet, term.name) and fact.unit in ("ratio", "flag"):
            message = f"{quoted(term.name)} differs by pool, and this clause is of all pools together"
            raise FormulaError(term.at, message, "a fact of the whole sheet")

    def _definition(self, term: Term) -> Unit:
        name, made = term.name, self.sheet.definitions[term.name]
        inner = Units(self.sheet, self.in_pool, (*self.open, name), self.known)
        try:
            if isinstance(made, Interpolate | Steps):
                inner._numeric(read_of(made).root)
                kinds = {number.kind for number in values(made)}
                return 1 if "money" in kinds else 0 if "percent" in kinds else None
            return inner.unit(made.root)
        except FormulaError as error:
            if self.open:
                raise
            if not self.in_pool and self.sheet.pools:
                Units(self.sheet, True)._definition(term)
                raise FormulaError(
                    term.at, f"{quoted(name)} cannot be read here: {error.message}", error.instead
                ) from None
            return None  # it is reported once, at the definition itself

    def _if(self, term: Term) -> Unit:
        test, yes, no = term.args
        if self.unit(test) != FLAG:
            raise FormulaError(test.at, "if() needs a test first", "a flag, or a test such as a >= b")
        inside = Units(self.sheet, self.in_pool, self.open, self.known | _said_positive(test))
        found = [inside.unit(yes), self.unit(no)]
        if FLAG in found:
            for branch, unit in zip((yes, no), found, strict=True):
                if unit != FLAG and spelled(branch) not in ("0", "1"):
                    raise FormulaError(branch.at, "one branch is a test and this one a number", "a test, or 1 or 0")
            return FLAG
        return self._same(term, found)

    def _first(self, term: Term) -> Unit:
        name, other = term.args
        fact = self.sheet.facts.get(name.name)
        if fact is None or not fact.optional:
            message = f"{quoted(name.name)} is no optional fact, so that it is never blank"
            advice = f"`{name.name}: optional {fact.unit}` among the facts" if fact else "an optional fact"
            raise FormulaError(name.at, message, advice)
        self._totals(name, fact)
        unit = self.unit(other)
        if fact.unit == "flag":
            if unit != FLAG and spelled(other) not in ("0", "1"):
                raise FormulaError(other.at, "this is a number where a flag belongs", "a flag, or 1 or 0")
            return FLAG
        return self._same(term, [int(fact.unit == "money"), unit])

    def _numeric(self, term: Term) -> Unit:
        unit = self.unit(term)
        if unit == FLAG:
            raise FormulaError(term.at, "this is a test where a number belongs", f"if({spelled(term)}, 1, 0)")
        return unit

    def _same(self, term: Term, units: list[Unit]) -> Unit:
        distinct = {u for u in units if u is not None}
        if len(distinct) > 1:
            message = "money and a ratio stand on the two sides of one operation"
            raise FormulaError(term.at, message, "the same unit on both sides, such as 2% * target for 2%")
        return distinct.pop() if distinct else None

    def _times(self, term: Term, units: list[Unit], sign: int) -> Unit:
        a, b = units
        if a is None and b is None:
            return None
        power = int(a or 0) + sign * int(b or 0)
        if not -1 <= power <= 1:
            raise FormulaError(term.at, "money is multiplied by money", "money times a ratio")
        return power

    def positive(self, term: Term) -> bool:
        """Whether the term is above nil for certain."""
        if term.number is not None:
            return term.number.value > 0
        if spelled(term) in self.known:
            return True
        if term.op == "name":
            return self._name_positive(term.name)
        if term.op == "first":
            fact = self.sheet.facts.get(term.args[0].name)
            return fact is not None and fact.positive and self.positive(term.args[1])
        if term.op in ("+", "*", "/", "min"):
            return all(self.positive(a) for a in term.args)
        if term.op == "max":
            return any(self.positive(a) for a in term.args)
        if term.op == "clamp":
            return self.positive(term.args[1]) and self.positive(term.args[2])
        return term.op == "if" and self.positive(term.args[1]) and self.positive(term.args[2])

    def not_below_nil(self, term: Term) -> bool:
        """Whether the term is nil or above for certain."""
        if term.number is not None:
            return term.number.value >= 0
        if self.positive(term):
            return True
        if term.op == "name":
            made = self.sheet.definitions.get(term.name)
            if made is None or term.name in self.open:
                return False
            if isinstance(made, Interpolate | Steps):
                return all(number.value >= 0 for number in values(made))
            return Units(self.sheet, self.in_pool, (*self.open, term.name), self.known).not_below_nil(made.root)
        if term.op == "max":
            return any(self.not_below_nil(a) for a in term.args)
        if term.op in ("if", "clamp"):
            return all(self.not_below_nil(a) for a in term.args[1:])
        return term.op in ("+", "*", "/", "min") and all(self.not_below_nil(a) for a in term.args)

    def _name_positive(self, name: str) -> bool:
        fact = self.sheet.facts.get(name) or IMPLICIT.get(name)
        if fact is not None:
            return fact.positive
        made = self.sheet.definitions.get(name)
        if made is None or name in self.open:
            return False
        if isinstance(made, Interpolate | Steps):
            return all(number.value > 0 for number in values(made))
        return Units(self.sheet, self.in_pool, (*self.open, name), self.known).positive(made.root)

    def _may_be_nil(self, divisor: Term) -> tuple[str, str]:
        text = spelled(divisor).removeprefix("(").removesuffix(")")
        if divisor.number is not None:
            return "this divides by nil", "a number above nil"
        advice = f"`if({text} > 0, …, 0)` around it, or a fact declared as positive"
        return f"this divides by {quoted(text)}, which may be nil", advice


def _said_positive(test: Term) -> frozenset[str]:
    """Terms that are above nil wherever the test holds."""
    if test.op not in (">", "<"):
        return frozenset()
    above, below = test.args if test.op == ">" else reversed(test.args)
    return frozenset({spelled(above)} if below.number is not None else ())
