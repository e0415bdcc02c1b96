"""One cell of a table of facts: what it may say, and what it is exactly.

Plain decimals are read for every kind of fact. A ratio may be a percent, an amount of money may have thousands commas,
the sign of the sheet's currency and a size (k, m, bn), and a flag is 1 or 0, true or false, yes or no.
"""

from __future__ import annotations

import re
from fractions import Fraction

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import quoted
from mcp_finance.terms.compiler.parts import FactUse
from mcp_finance.terms.schema import LAST_YEAR

SIGNS = {"GBP": "£", "USD": "$", "EUR": "€"}
MOST_DIGITS = 30
MOST_RATIO = 10
PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_DECIMAL = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_FIGURE = re.compile(
    rf"(?P<minus>[-\u2212])?(?P<sign>[£$€])?(?P<digits>[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|{_DECIMAL})"
    r"\s?(?P<after>%|k|m|bn)?"
)
_SIZES = {"": 1, "k": 10**3, "m": 10**6, "bn": 10**9}
_FLAGS = {"1": 1, "true": 1, "yes": 1, "0": 0, "false": 0, "no": 0}
_EXAMPLES = {"money": "an amount such as {sign}1,234,567.89 or -1234567.89", "ratio": "a ratio such as 12.5% or 0.125"}


def read_cell(text: str, use: FactUse, column: str, currency: str) -> Fraction | None:
    """What a cell says of a fact; None for an optional fact that is left blank.

    Raises:
        FigureError: the cell says nothing that the fact can be.
    """
    text = text.strip()
    if not text:
        if use.spec.optional or use.fact == "final_year":
            return None
        raise FigureError(f"{column} is blank", _example(use, currency))
    if use.spec.unit == "flag":
        if text.lower() not in _FLAGS:
            raise FigureError(f"{column} is a flag, and {quoted(text)} is none", "1 or 0, true or false, yes or no")
        return Fraction(_FLAGS[text.lower()])
    value = _number(text, use, column, currency)
    if use.spec.positive and value <= 0:
        raise FigureError(f"{column} is {quoted(text)}, but the sheet needs it above nil", "a figure above nil")
    if use.fact == "year" and (value.denominator != 1 or value > LAST_YEAR):
        message = f"{quoted(text)} is not a year of the contract"
        raise FigureError(message, f"the contract year as a whole number from 1 to {LAST_YEAR}")
    return value


def _number(text: str, use: FactUse, column: str, currency: str) -> Fraction:
    found = _FIGURE.fullmatch(text)
    if found is None or len(found["digits"]) > MOST_DIGITS:
        why = "is no figure" if found is None else f"has more than {MOST_DIGITS} digits"
        raise FigureError(f"{column}: {quoted(text)} {why}", _example(use, currency))
    sign, after, unit = found["sign"], found["after"] or "", use.spec.unit
    if (sign or after in ("k", "m", "bn")) and unit != "money":
        raise FigureError(f"{column} is no money, but {quoted(text)} is", _example(use, currency))
    if sign and sign != SIGNS.get(currency):
        raise FigureError(f"{column}: {quoted(text)} is not in {currency}, the sheet's currency", f"{currency} amounts")
    if after and after != "%" and not sign:
        raise FigureError(f"{column}: {quoted(text)} has a size and no currency", _example(use, currency))
    if after == "%" and unit != "ratio":
        raise FigureError(f"{column} is no ratio, but {quoted(text)} is", _example(use, currency))
    value = Fraction(found["digits"].replace(",", "")) * (-1 if found["minus"] else 1)
    if unit == "ratio" and not after and abs(value) > MOST_RATIO:
        raise FigureError(f"{column}: {quoted(text)} is a ratio beyond 1000%", f"{text}%, if that is what is meant")
    return value / 100 if after == "%" else value * _SIZES[after]


def _example(use: FactUse, currency: str) -> str:
    kept = ", or nothing" if use.spec.optional else ""
    known = {"flag": "1 or 0, true or false, yes or no"} | _EXAMPLES
    return known.get(use.spec.unit, "a number such as 1234.5").format(sign=SIGNS.get(currency, "")) + kept
