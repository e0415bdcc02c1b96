"""Formulas of a term sheet in words: `min(8% * income, 4% * target)` is "the lesser of 8% of income and 4% of target".

Every number keeps the text that the sheet has, every name its words, and brackets stand wherever words alone could be
read in two ways. A formula too long to be followed as a sentence stays a formula, with its names spelt out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcp_finance.terms.compiler.parts import plain
from mcp_finance.terms.fields import Interpolate, Steps
from mcp_finance.terms.formula import COMPARISONS, Formula, Term
from mcp_finance.terms.schema import TermSheet
from mcp_finance.terms.units import FLAG, Units

LONGEST, SHORT = 230, 34
_COMPARED = {">=": "is at least", "<=": "is at most", ">": "is more than", "<": "is less than"}
_JOINED = {"+": "plus", "-": "less", "*": "×", "/": "divided by"}
_CHOSEN = {"min": ("the lesser of", "the least of"), "max": ("the greater of", "the greatest of")}

_Say = Callable[[Term], str]


def party(name: str) -> str:
    """A party as contracts call it: with a capital, and no article."""
    return plain(name).capitalize()


def listed(words: list[str] | tuple[str, ...]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@dataclass(frozen=True, slots=True)
class Phrases:
    """Says the formulas of a sheet."""

    sheet: TermSheet

    def amount(self, formula: Formula) -> str:
        """A formula as it stands in a clause; a name that is defined shortly is followed by its definition."""
        name = formula.root.name
        made = self.sheet.definitions.get(name)
        if made is None or isinstance(made, Interpolate | Steps):
            return self.meaning(formula)
        said = self.meaning(made)
        return f"{plain(name)} ({said})" if len(said) <= SHORT else plain(name)

    def meaning(self, formula: Formula) -> str:
        """A formula as an amount, a rate or, where it is one, a flag."""
        flag = self._is_flag(formula.root)
        said = self._flag(formula.root) if flag else self._value(formula.root)
        return said if len(said) <= LONGEST else f"the result of {plain(formula.text).replace(' * ', ' × ')}"

    def condition(self, formula: Formula) -> str:
        """A test as it stands after `if`."""
        said = self._test(formula.root)
        return said if len(said) <= LONGEST else f"this holds: {plain(formula.text)}"

    def _is_flag(self, term: Term) -> bool:
        return Units(self.sheet, bool(self.sheet.pools)).unit(term) == FLAG

    def _value(self, term: Term) -> str:
        if term.number is not None:
            return term.number.text
        if term.op == "name":
            return plain(term.name)
        if term.op == "neg":
            return f"minus {self._operand(term.args[0])}"
        if term.op in _CHOSEN:
            words = [self._item(a) for a in term.args]
            return f"{_CHOSEN[term.op][len(words) > 2]} {listed(words)}"
        if term.op == "clamp":
            x, low, high = (self._operand(a) for a in term.args)
            return f"{x}, but no less than {low} and no more than {high}"
        if term.op == "if":
            return self._chosen(term, self._value)
        if term.op == "first":
            return self._first(term, self._value)
        return self._joined(term)

    def _joined(self, term: Term) -> str:
        a, b = term.args
        if term.op == "*":
            for rate, of in ((a, b), (b, a)):
                if rate.number is not None and rate.number.kind == "percent" and of.number is None:
                    return f"{rate.number.text} of {self._operand(of)}"
        same = {"+": ("+", "-", "*", "/"), "-": ("+", "-", "*", "/"), "*": ("*",), "/": ()}[term.op]
        left = self._value(a) if a.op in same else self._operand(a)
        right = self._value(b) if term.op in "+-" and b.op in ("*", "/") else self._operand(b)
        return f"{left} {_JOINED[term.op]} {right}"

    def _operand(self, term: Term) -> str:
        return self._value(term) if term.op in ("name", "number") else f"({self._value(term)})"

    def _item(self, term: Term) -> str:
        """One of several in a list: sums and products need no brackets there."""
        return self._value(term) if term.op in ("+", "-", "*", "/") else self._operand(term)

    def _chosen(self, term: Term, say: _Say) -> str:
        test, yes, no = term.args
        first = say(yes) if yes.op not in ("if", "first", "clamp") else f"({say(yes)})"
        return f"{first} if {self._test(test)}, otherwise {say(no)}"

    def _first(self, term: Term, say: _Say) -> str:
        name, other = plain(term.args[0].name), term.args[1]
        said = say(other) if other.op in ("name", "number") else f"({say(other)})"
        return f"{name}, or {said} where {name} is left blank"

    def _flag(self, term: Term) -> str:
        """A term that is yes or no; 1 and 0 stand for them."""
        if term.number is not None:
            return f"{'yes' if term.number.value else 'no'} ({term.number.text})"
        if term.op in COMPARISONS:
            return f"whether {self._test(term)}"
        if term.op == "if":
            return self._chosen(term, self._flag)
        return self._first(term, self._flag) if term.op == "first" else self._value(term)

    def _test(self, term: Term) -> str:
        if term.op in COMPARISONS:
            a, b = (self._item(arg) for arg in term.args)
            return f"{a} {_COMPARED[term.op]} {b}"
        return f"“{plain(term.name)}” holds" if term.op == "name" else f"({self._flag(term)}) holds"
