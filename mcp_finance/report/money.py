"""Figures as words: one rule for every amount shown in the terminal, a report or a workbook.

The rule: a figure is rounded once, in decimal, from the shortest decimal that identifies the stored number,
with ties away from zero (the convention of published accounts), so 0.125 shows as 0.13 and 2.675 as 2.68
where binary formatting would give 0.12 and 2.67. The sign is decided after rounding, so a minus sign never
stands before a zero, and is the true minus sign U+2212. Ordinary hyphens are never used as signs.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

Number = int | float | Decimal

MINUS = "\N{MINUS SIGN}"
_SIZES = ((Decimal(10) ** 3, "k"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 9, "bn"))
_MOST_PLACES = 12
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)


def rounded(x: Number, places: int = 0) -> Decimal:
    """`x` as a Decimal with `places` decimal places, ties away from zero, never negative zero.

    Raises ValueError if `x` is not finite or `places` is not between 0 and 12.
    """
    if not 0 <= places <= _MOST_PLACES:
        raise ValueError(f"decimal places must be between 0 and {_MOST_PLACES}, not {places}")
    if not math.isfinite(x):
        raise ValueError(f"a figure to be shown must be finite, not {x}")
    exact = x if isinstance(x, Decimal) else Decimal(str(x))
    result = exact.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    return abs(result) if result == 0 else result


def number(x: Number, places: int = 0) -> str:
    """`x` with thousands separators and `places` decimals: `-1234.5` gives `'−1,235'` with a true minus."""
    return _signed(rounded(x, places), "", "", plus=False)


def whole(x: Number) -> str:
    """`x` to the nearest whole number with thousands separators."""
    return number(x, 0)


def pounds(x: Number, places: int = 1) -> str:
    """Pounds in the size that reads best: `'£244.3m'`, `'£1.2bn'`, `'£12.0k'`, or `'£950'` under a thousand.

    The size is chosen after rounding, so £999,990 is `'£1.0m'`, not `'£1,000.0k'`.
    """
    return _pounds(x, places, plus=False)


def signed_pounds(x: Number, places: int = 1) -> str:
    """As `pounds`, with a plus sign on gains: `'+£3.2m'`, `'−£3.2m'` (true minus), and plain `'£0'` for zero."""
    return _pounds(x, places, plus=True)


def pounds_exact(x: Number) -> str:
    """Pounds and pence with thousands separators: `'£244,300,000.00'`."""
    return _signed(rounded(x, 2), "£", "", plus=False)


def percent(fraction: Number, places: int = 1) -> str:
    """A fraction as a percentage: `0.023` gives `'2.3%'`."""
    if not math.isfinite(fraction):
        raise ValueError(f"a figure to be shown must be finite, not {fraction}")
    hundredfold = _EXACT.multiply(Decimal(str(fraction)), Decimal(100))
    return _signed(rounded(hundredfold, places), "", "%", plus=False)


def measured(x: Number, unit: str, places: int = 1, *, plus: bool = False) -> str:
    """`x`, already in `unit`, with that unit: `(244.3, '£m')` gives `'£244.3m'`, `(3, '%')` `'3.0%'`.

    A unit that begins with £ encloses the figure; `%` follows it directly; any other follows a space.
    """
    if unit.startswith("£"):
        return _signed(rounded(x, places), "£", unit[1:], plus=plus)
    suffix = unit if unit in ("", "%") else f" {unit}"
    return _signed(rounded(x, places), "", suffix, plus=plus)


def _pounds(x: Number, places: int, *, plus: bool) -> str:
    scaled, suffix = rounded(x, 0), ""
    for size, larger in _SIZES:
        if abs(scaled) >= 1000:
            scaled, suffix = rounded(_EXACT.divide(Decimal(str(x)), size), places), larger
    return _signed(scaled, "£", suffix, plus=plus)


def _signed(value: Decimal, prefix: str, suffix: str, *, plus: bool) -> str:
    sign = MINUS if value < 0 else "+" if plus and value > 0 else ""
    return f"{sign}{prefix}{abs(value):,f}{suffix}"
