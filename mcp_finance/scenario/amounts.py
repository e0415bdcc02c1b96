"""What the amount of a shock is, by the unit of the figure that it changes: how it is read, and how it is written.

The one rule: what is written is read back as the same number, to the last bit, so that a simulated draw written to a
file gives the same pounds. `text_of("rate", "add", 0.1)` is `10%` and is read as the float 0.1; a number that has no
such text (a day that is no whole day, a figure beyond its bounds) is refused in writing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from mcp_finance.files import figures
from mcp_finance.files.figures import FigureError, Raw, exact_text, format_time

How = Literal["is", "add", "times"]
Read = Callable[[Raw], float]

PERCENT = ("rate", "share", "weight", "index", "level")
COUNTS = ("people", "activity", "days", "number")
_MONTHS = 12


def read_amount(unit: str, how: How, raw: Raw, *, last_day: bool = False) -> float:
    """The amount of a shock on a figure of a unit: a factor for `times`, else a figure of the unit or a change of it.

    With `last_day` the figure is a last day, which is held as the day after it.

    Raises:
        FigureError: the amount cannot be read, or a date is to be multiplied.
    """
    return _reader(unit, how, last_day)(raw)


def _reader(unit: str, how: How, last_day: bool) -> Read:
    if how == "times":
        if unit == "time":
            raise FigureError("a date cannot be multiplied", "`add` with a length of time such as 12 months")
        return figures.parse_rate
    if unit in PERCENT:
        return figures.parse_rate
    if unit == "GBP":
        return figures.parse_money
    if unit in COUNTS:
        return figures.parse_count if how == "is" else figures.parse_count_change
    if unit == "years":
        return figures.parse_duration if how == "is" else figures.parse_duration_change
    if unit == "time":
        day = figures.parse_last_day if last_day else figures.parse_date
        return day if how == "is" else figures.parse_duration_change
    raise FigureError(f"a figure in {unit or 'no unit'} takes no shock", "another figure")


def text_of(unit: str, how: How, value: float, *, last_day: bool = False) -> str:
    """The text that `read_amount` reads as exactly this number.

    Raises:
        ValueError: there is none.
    """
    text = _text(unit, how, float(value), last_day)
    try:
        read = read_amount(unit, how, text, last_day=last_day)
    except FigureError as error:
        raise ValueError(f"{value!r} cannot be written as an amount in {unit}: {error}") from None
    if read != value:
        raise ValueError(f"{value!r} cannot be written exactly as an amount in {unit}: {text} is {read!r}")
    return text


def _text(unit: str, how: How, value: float, last_day: bool) -> str:
    if how == "times" or unit in PERCENT:
        return f"{format(Decimal(repr(value)).scaleb(2), 'f')}%"
    if unit == "GBP":
        return f"{'-' if value < 0 else ''}£{exact_text(abs(value))}"
    if unit == "time" and how == "is":
        day = date.fromisoformat(format_time(value))
        return (day - timedelta(days=1) if last_day else day).isoformat()
    if unit in ("time", "years"):
        return f"{exact_text(value)} years"
    return exact_text(value)


def shown(unit: str, value: float) -> str:
    """A figure for a note, rounded to what a reader takes in."""
    if unit in PERCENT:
        return f"{value * 100:.6g}%"
    if unit == "GBP":
        return f"{'-' if value < 0 else ''}£{abs(value):,.2f}".removesuffix(".00")
    if unit == "years":
        return f"{value * _MONTHS:.6g} months"
    return format_time(value) if unit == "time" else f"{value:,.6g}"
