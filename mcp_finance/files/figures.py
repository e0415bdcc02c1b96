"""What one written figure means: money, rates, counts, dates, durations and financial years.

The one rule: a figure is read exactly or refused. Nothing is guessed; a refusal names the kind of thing
that was found and shows how to write the kind that belongs there.

Financial-year time counts years from 1 April: 1 April 2018 is 2018.0 and 1 October 2018 is 2018.5. Every
month is a twelfth of a year, and a day is an equal part of its own month.
"""

from __future__ import annotations

import calendar
import math
import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from mcp_finance.files.problems import quoted

Raw = str | int | float | bool | None  # a scalar of the YAML 1.2 core schema

LARGEST_MONEY = 10**13
LARGEST_RATE = 10
LARGEST_COUNT = 10**10
LONGEST_DURATION = 100
FIRST_YEAR = 1900
LAST_YEAR = 2200

_LONGEST_TEXT = 60
_LONGEST_NUMBER = 40
_SMALLEST = Fraction(1, 10**9)  # below it, advice that repeats the number would be all noughts
_TOO_MANY_MILLIONS = 10_000  # a larger bare number was hardly meant in millions
_MONTHS = 12
_APRIL = 4

# A grouped number cannot start with 0, so that a decimal comma (0,125) is never read as thousands.
_NUMBER = r"(?P<number>(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)"
_AMOUNT = re.compile(rf"(?P<sign>[-+]?) ?(?P<pound>£?) ?{_NUMBER} ?(?P<scale>bn|m|k|)")
_RATE = re.compile(rf"(?P<sign>[-+]?) ?{_NUMBER} ?%")
_DURATION = re.compile(rf"(?P<sign>[-+]?) ?{_NUMBER} ?(?P<unit>months?|years?)")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_FINANCIAL_YEAR = re.compile(r"([0-9]{4})/([0-9]{2})")
_LOOSE_YEAR = re.compile(r"([0-9]{4}) ?[-/\u2013] ?(?:[0-9]{2}|[0-9]{4})")
_COMMA = re.compile(r"[-+]? ?£? ?[0-9]+,[0-9,.]* ?(?:bn|m|k|%)?")
_TEXT_KINDS = (
    (_RATE, "a percentage"),
    (_DATE, "a date"),
    (_FINANCIAL_YEAR, "a financial year"),
    (_DURATION, "a length of time"),
    (_AMOUNT, "an amount of money"),
    (re.compile("[=@].*"), "a spreadsheet formula"),
)
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "bn": 10**9}

NULLS = ("", "~", "null", "Null", "NULL")
_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_INTEGER = re.compile("[-+]?[0-9]+")
_PREFIXED = re.compile("0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_MONEY_ADVICE = "an amount such as £25.0m, £1.2bn, £30k or £1,234,567"
_RATE_ADVICE = "a percentage such as 2.5%"
_COUNT_ADVICE = "a number such as 315000, 315,000 or 1.2m"
_DATE_ADVICE = "a date such as 2018-04-01"
_DURATION_ADVICE = "a length of time such as 3 months or 2 years"
_YEAR_ADVICE = "a financial year such as 2018/19"


class FigureError(ValueError):
    """A figure that cannot be read; `message` says what was found, `instead` what to write.

    `at` is where in the value's text the trouble is, from 0.
    """

    at: int = 0

    def __init__(self, message: str, instead: str) -> None:
        super().__init__(message, instead)
        self.message = message
        self.instead = instead

    def __str__(self) -> str:
        return f"{self.message}; write {self.instead}"


def unquoted(text: str) -> Raw:
    """The value of unquoted text by the core schema of YAML 1.2: `010` is 10, `no` and dates are text.

    Raises FigureError for infinities, for NaN and for numbers too long or too large to be meant.
    """
    if text in NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NOT_FINITE.fullmatch(text):
        raise FigureError(f"{text} is not a number", "a number, with its unit where it has one (£25.0m, 2.5%)")
    decimal, prefixed = _INTEGER.fullmatch(text), _PREFIXED.fullmatch(text)
    if not (decimal or prefixed or _FLOAT.fullmatch(text)):
        return text
    if len(text) > _LONGEST_NUMBER:
        message = f"the number {quoted(text, 20)} has more than {_LONGEST_NUMBER} characters"
        raise FigureError(message, "fewer digits")
    if decimal or prefixed:
        return int(text, 10 if decimal else 0)
    value = float(text)
    if not math.isfinite(value):
        raise FigureError(f"{text} is too large for a number", "a smaller number")
    return value


def parse_money(raw: Raw) -> float:
    """Pounds sterling, from `£25.0m`, `£1.2bn`, `£30k`, `-£3m` or `£1,234,567`; of bare numbers only 0 is allowed.

    Raises FigureError for anything else and for amounts beyond £10,000bn either way.
    """
    exact = _number(raw)
    if exact is not None and exact != 0:
        raise FigureError("a bare number is ambiguous as money", _money_advice(exact))
    if exact is None and (found := _match(_AMOUNT, raw)):
        exact = _scaled(found)
    if exact is None:
        raise _refusal(raw, "money belongs", _MONEY_ADVICE)
    return _bounded(exact, -LARGEST_MONEY, LARGEST_MONEY, "£10,000bn either way", _MONEY_ADVICE)


def parse_rate(raw: Raw) -> float:
    """A fraction of one, from a percentage such as `2.5%` (0.025); of bare numbers only 0 is allowed.

    Raises FigureError for anything else and for rates beyond 1000% either way.
    """
    exact = _number(raw)
    if exact is not None and exact != 0:
        raise FigureError("a bare number is ambiguous as a rate", _rate_advice(exact))
    if exact is None and (found := _match(_RATE, raw)):
        exact = _scaled(found) / 100
    if exact is None:
        raise _refusal(raw, "a rate belongs", _RATE_ADVICE)
    return _bounded(exact, -LARGEST_RATE, LARGEST_RATE, "1000% either way", _RATE_ADVICE)


def parse_count(raw: Raw) -> float:
    """A number of people, admissions or the like, 0 to 10bn, from `315000`, `315,000` or `1.2m`.

    Raises FigureError for anything else.
    """
    return _bounded(_count(raw), 0, LARGEST_COUNT, "the range 0 to 10bn", _COUNT_ADVICE)


def parse_count_change(raw: Raw) -> float:
    """What is added to a count, from `-500` or `1.2m`: 10bn or less either way.

    Raises FigureError for anything else.
    """
    return _bounded(_count(raw), -LARGEST_COUNT, LARGEST_COUNT, "10bn either way", _COUNT_ADVICE)


def _count(raw: Raw) -> Fraction:
    exact = _number(raw)
    if exact is None and (found := _match(_AMOUNT, raw)) and not found["pound"]:
        exact = _scaled(found)
    if exact is None:
        raise _refusal(raw, "a count belongs", _COUNT_ADVICE)
    return exact


def parse_date(raw: Raw) -> float:
    """Financial-year time at the start of a day, from `2018-04-01` (2018.0).

    Raises FigureError for anything else, for days that do not exist and for years outside 1900 to 2200.
    """
    return _time(_calendar_day(raw))


def parse_last_day(raw: Raw) -> float:
    """Financial-year time at the end of a last day: `2018-03-31` is 2018.0, the start of the day after.

    Raises FigureError as parse_date does.
    """
    return _time(_calendar_day(raw) + timedelta(days=1))


def parse_duration(raw: Raw) -> float:
    """Years, from `3 months` (0.25) or `2 years`; of bare numbers only 0 is allowed.

    Raises FigureError for anything else, for negative lengths and for more than 100 years.
    """
    return _bounded(_duration(raw), 0, LONGEST_DURATION, "the range 0 to 100 years", _DURATION_ADVICE)


def parse_duration_change(raw: Raw) -> float:
    """What is added to a date or to a length of time, in years, from `-3 months` or `2 years`.

    Raises FigureError for anything else and for more than 100 years either way.
    """
    return _bounded(_duration(raw), -LONGEST_DURATION, LONGEST_DURATION, "100 years either way", _DURATION_ADVICE)


def _duration(raw: Raw) -> Fraction:
    exact = _number(raw)
    if exact is not None and exact != 0:
        plausible = _SMALLEST <= exact <= LONGEST_DURATION * _MONTHS
        text = exact_text(raw)
        instead = f"{text} months or {text} years" if plausible else _DURATION_ADVICE
        raise FigureError("a bare number is ambiguous as a length of time", instead)
    if exact is None and (found := _match(_DURATION, raw)):
        exact = _scaled(found) / (_MONTHS if found["unit"].startswith("month") else 1)
    if exact is None:
        raise _refusal(raw, "a length of time belongs", _DURATION_ADVICE)
    return exact


def parse_financial_year(raw: Raw) -> int:
    """The calendar year in which a financial year starts: 2018 for `2018/19`.

    Raises FigureError for anything else, and where the two parts do not follow on.
    """
    found = _match(_FINANCIAL_YEAR, raw)
    if not found:
        loose = _match(_LOOSE_YEAR, raw) or re.fullmatch("([0-9]{4})", exact_text(raw))
        start = int(loose[1]) if loose else 0
        instead = financial_year(start) if FIRST_YEAR <= start <= LAST_YEAR else _YEAR_ADVICE
        raise _refusal(raw, "a financial year belongs", instead)
    start = int(found[1])
    if not FIRST_YEAR <= start <= LAST_YEAR:
        raise FigureError(f"{found[0]} is outside {FIRST_YEAR} to {LAST_YEAR}", _YEAR_ADVICE)
    if financial_year(start) != found[0]:
        raise FigureError(f"the two parts of {found[0]} do not follow on", financial_year(start))
    return start


def financial_year(start: int) -> str:
    """The name of the financial year that starts on 1 April of a calendar year: `2018/19` for 2018."""
    return f"{start:04d}/{(start + 1) % 100:02d}"


def format_time(time: float) -> str:
    """The ISO date nearest to a financial-year time. Raises FigureError outside 1900 to 2200."""
    if not FIRST_YEAR - 1 <= time < LAST_YEAR + 1:
        raise FigureError(f"the time {time!r} is outside {FIRST_YEAR} to {LAST_YEAR}", _DATE_ADVICE)
    year = math.floor(time)
    month = min(int((time - year) * _MONTHS), _MONTHS - 1)
    within = (time - year) * _MONTHS - month
    first = date(year + (month + _APRIL - 1) // _MONTHS, (month + _APRIL - 1) % _MONTHS + 1, 1)
    days = calendar.monthrange(first.year, first.month)[1]
    return (first + timedelta(days=round(within * days))).isoformat()


def exact_text(raw: Raw) -> str:
    """A value as a scenario file writes it, no digit lost and no exponent (`0.00001`, `true`, `null`)."""
    if raw is None:
        return "null"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float):
        if not math.isfinite(raw):
            return ".nan" if math.isnan(raw) else ".inf" if raw > 0 else "-.inf"
        plain = format(Decimal(repr(raw)), "f")
        return plain.removesuffix(".0")
    return str(Decimal(raw)) if isinstance(raw, int) else raw


def _tidy(raw: Raw) -> str:
    """Text with single ordinary spaces and the typographic minus sign as a hyphen; empty if not text."""
    if not isinstance(raw, str) or len(raw) > _LONGEST_TEXT:
        return ""
    return " ".join(raw.split()).replace("\u2212", "-")


def _match(pattern: re.Pattern[str], raw: Raw) -> re.Match[str] | None:
    return pattern.fullmatch(_tidy(raw))


def _number(raw: Raw) -> Fraction | None:
    """A bare number, exactly, whether it came as a number or as text without sign or unit of its kind."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, float):
        # The shortest decimal that names the float is what its author wrote.
        return Fraction(repr(raw)) if math.isfinite(raw) else None
    if isinstance(raw, int):
        return Fraction(raw)
    found = _match(_AMOUNT, raw)
    return _scaled(found) if found and not found["pound"] and not found["scale"] else None


def _scaled(found: re.Match[str]) -> Fraction:
    parts = found.groupdict()
    size = Fraction(parts["number"].replace(",", "")) * _SCALES[parts.get("scale") or ""]
    return -size if parts["sign"] == "-" else size


def _bounded(exact: Fraction, low: int, high: int, bounds: str, instead: str) -> float:
    if not low <= exact <= high:
        raise FigureError(f"the figure is outside {bounds}", instead)
    return float(exact)


def _money_advice(exact: Fraction) -> str:
    """The bare number in pounds, and in millions where its author may have meant those."""
    size = abs(exact)
    if not _SMALLEST <= size <= LARGEST_MONEY:
        return _MONEY_ADVICE
    sign = "-" if exact < 0 else ""
    pounds = f"{sign}£{_decimal_text(size, ',')}"
    return f"{pounds} or {pounds}m" if size < _TOO_MANY_MILLIONS else pounds


def _rate_advice(exact: Fraction) -> str:
    """The percentage a bare number is equal to, and beside it the one its author may have meant."""
    if not _SMALLEST <= abs(exact) <= 100 * LARGEST_RATE:
        return _RATE_ADVICE
    equal, meant = (_decimal_text(number) for number in (100 * exact, exact))
    return f"{equal}%" if abs(exact) < 1 else f"{meant}%, or {equal}% if that is what is meant"


def _decimal_text(number: Fraction, grouping: str = "") -> str:
    text = format(Decimal(number.numerator) / Decimal(number.denominator), f"{grouping}f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _calendar_day(raw: Raw) -> date:
    found = _match(_DATE, raw)
    if not found:
        raise _refusal(raw, "a date belongs", _DATE_ADVICE)
    year, month, day = (int(part) for part in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise FigureError(f"the date {found[0]} is outside {FIRST_YEAR} to {LAST_YEAR}", _DATE_ADVICE)
    try:
        return date(year, month, day)
    except ValueError:
        raise FigureError(f"there is no day {found[0]} in the calendar", _DATE_ADVICE) from None


def _time(day: date) -> float:
    days = calendar.monthrange(day.year, day.month)[1]
    year, month = (day.year, day.month - _APRIL) if day.month >= _APRIL else (day.year - 1, day.month + 8)
    return float(year + (month + Fraction(day.day - 1, days)) / _MONTHS)


def _refusal(raw: Raw, wanted: str, instead: str) -> FigureError:
    return FigureError(f"{_kind(raw)} stands where {wanted}", instead)


def _kind(raw: object) -> str:
    """The kind of thing a value is, in the words of a message; a file may hold a list where a figure belongs."""
    if raw is None:
        return "nothing"
    if isinstance(raw, list | dict):
        return "a list" if isinstance(raw, list) else "a mapping"
    if isinstance(raw, bool):
        return f"a true-or-false value ({exact_text(raw)})"
    if isinstance(raw, float) and not math.isfinite(raw):
        return "a value that is not a number" if math.isnan(raw) else "an infinite value"
    if isinstance(raw, int | float):
        return f"the bare number {exact_text(raw)[:_LONGEST_TEXT]}"
    return _text_kind(str(raw))


def _text_kind(raw: str) -> str:
    text = _tidy(raw)
    found = _AMOUNT.fullmatch(text)
    if found and not found["pound"]:
        return f"the bare number {text}"
    if text.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        return f"a value that is not a number ({quoted(text)})"
    for pattern, kind in _TEXT_KINDS:
        if pattern.fullmatch(text):
            return kind
    if _COMMA.fullmatch(text):
        return f"a comma that does not separate thousands ({quoted(text)})"
    return f"the text {quoted(raw)}" if raw.strip() else "empty text"
