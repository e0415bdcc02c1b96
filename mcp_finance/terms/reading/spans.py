"""How low and how high a formula can come, as far as the sheet itself says.

Facts that are ratios or counts are taken as nil or more, since a score or a number of people below nil means nothing;
money may be anything unless it is declared positive. What cannot be said is without bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from mcp_finance.terms.fields import Interpolate, Steps, values
from mcp_finance.terms.formula import COMPARISONS, Formula, Term
from mcp_finance.terms.schema import LAST_YEAR, TermSheet

Span = tuple[float, float]
ANY: Span = (-inf, inf)


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of a sheet's formulas."""

    sheet: TermSheet

    def of(self, formula: Formula) -> Span:
        """The least and the most that a formula can be."""
        return self._term(formula.root)

    def _term(self, term: Term) -> Span:
        if term.number is not None:
            value = float(term.number.value)
            return value, value
        if term.op == "name":
            return self._name(term.name)
        if term.op in COMPARISONS:
            return 0.0, 1.0
        found = [self._term(a) for a in (term.args[1:] if term.op == "if" else term.args)]
        lows, highs = [low for low, _ in found], [high for _, high in found]
        if term.op in ("if", "first"):
            return min(lows), max(highs)
        if term.op in ("min", "max"):
            chosen = min if term.op == "min" else max
            return chosen(lows), chosen(highs)
        if term.op == "clamp":
            return max(lows[1], min(lows[0], lows[2])), max(highs[1], min(highs[0], highs[2]))
        if term.op == "neg":
            return -highs[0], -lows[0]
        return _combined(term.op, found[0], found[1])

    def _name(self, name: str) -> Span:
        fact = self.sheet.facts.get(name)
        if fact is not None:
            if fact.unit == "flag":
                return 0.0, 1.0
            return (0.0, inf) if fact.positive or fact.unit != "money" else ANY
        if name == "year":
            return 1.0, float(LAST_YEAR)
        made = self.sheet.definitions.get(name)
        if made is None:
            return (0.0, 1.0) if name == "final_year" else ANY
        if isinstance(made, Interpolate | Steps):
            found = [float(number.value) for number in values(made)]
            return min(found), max(found)
        return self._term(made.root)


def _combined(op: str, a: Span, b: Span) -> Span:
    if op == "+":
        return a[0] + b[0], a[1] + b[1]
    if op == "-":
        return a[0] - b[1], a[1] - b[0]
    if op == "/":
        if b[0] <= 0:
            return (0.0, inf) if a[0] >= 0 and b[0] >= 0 else ANY
        b = (1 / b[1], 1 / b[0])
    ends = [_times(x, y) for x in a for y in b]
    return min(ends), max(ends)


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y
