"""The step ledger of a settlement: what each clause did, in words, with every amount to the penny.

The sentences are the sheet's own (`Compiled.lines`), written beside the rows that they tell of; here they get their
figures. Payments are those posted, rounded; all other amounts are shown to the sheet's places.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.schema import Rounding
from mcp_finance.terms.settling.figures import SIGNS
from mcp_finance.terms.settling.settle import Settlement, rounded

STEP = "  "
MINUS = "−"
PERCENT_PLACES, NUMBER_PLACES = 4, 6


def ledger(compiled: Compiled, settlement: Settlement) -> list[str]:
    """The lines of one settlement's ledger, those of a pool's clauses indented."""
    return [text for text, _ in told(compiled, settlement)]


def told(compiled: Compiled, settlement: Settlement) -> list[tuple[str, tuple[str, ...]]]:
    """The lines of the ledger, each with the names of the rows whose values it holds."""
    posted = {name: Fraction(settlement.payments[party]) for party, name in compiled.names("payment").items()}
    return told_of(compiled, lambda name: posted.get(name, settlement.year[name][0]))


def told_of(compiled: Compiled, value: Callable[[str], Fraction]) -> list[tuple[str, tuple[str, ...]]]:
    """The same of any values of the sheet's rows, such as those of one year of a contract."""
    found = []
    for line in compiled.lines:
        is_so = not line.test or value(line.test) != 0
        if text := line.text if is_so else line.otherwise:
            values = (_said(compiled, name, value(name)) for name in line.names)
            found.append((STEP * line.indent + text.format(*values), line.names))
    return found


def _said(compiled: Compiled, name: str, value: Fraction) -> str:
    unit = compiled.units[name]
    if unit == compiled.sheet.currency:
        return money(value, compiled.sheet.currency, compiled.sheet.rounding.places)
    if unit == "switch":
        return "yes" if value else "no"
    if unit == "share":
        return percent(value)
    return _signed(_short(value, NUMBER_PLACES, 0), "", "")


def money(value: Fraction, currency: str, places: int) -> str:
    """An amount to the penny: `£1,234.50`, `−£0.10`, `CHF 5.00`."""
    return _signed(rounded(value, Rounding(places=places)), SIGNS.get(currency, f"{currency} "), "")


def percent(value: Fraction) -> str:
    """A ratio as a percent, with as many of four decimals as it needs: `6.0%`, `3.655%`."""
    return _signed(_short(100 * value, PERCENT_PLACES, 1), "", "%")


def _short(value: Fraction, most: int, least: int) -> Decimal:
    """The value with at most and at least so many decimals, zeros at its end left out."""
    found = rounded(value, Rounding(places=most))
    places = next(p for p in range(least, most + 1) if round(found, p) == found)
    return round(found, places)


def _signed(value: Decimal, before: str, after: str) -> str:
    return f"{MINUS if value < 0 else ''}{before}{abs(value):,f}{after}"
