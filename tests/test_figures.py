"""Laws and examples of written figures: exact, or refused with the kind found and a remedy."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.files.figures import (
    FigureError,
    Raw,
    exact_text,
    financial_year,
    format_time,
    parse_count,
    parse_date,
    parse_duration,
    parse_financial_year,
    parse_last_day,
    parse_money,
    parse_rate,
    unquoted,
)
from mcp_finance.scenario.kinds import CountFigure, DateFigure, DurationFigure, Figure, MoneyFigure, RateFigure

PARSERS: tuple[Callable[[Raw], float], ...] = (
    parse_money,
    parse_rate,
    parse_count,
    parse_date,
    parse_last_day,
    parse_duration,
    parse_financial_year,
)
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
AMOUNTS = st.decimals(0, 9_999, places=3)
RAWS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80)


@given(AMOUNTS, st.sampled_from(["", "-", "+"]), st.sampled_from(["", "k", "m", "bn"]), st.booleans())
def test_money_is_the_exact_decimal_scaled(size: Decimal, sign: str, scale: str, spaced: bool) -> None:
    text = f"{sign}£{' ' if spaced else ''}{size}{scale}"
    exact = Fraction(size) * {"": 1, "k": 10**3, "m": 10**6, "bn": 10**9}[scale]
    assert parse_money(text) == float(-exact if sign == "-" else exact)


@given(st.integers(-(10**13), 10**13))
def test_thousands_separators_change_nothing(pounds: int) -> None:
    text = f"{'-' if pounds < 0 else ''}£{abs(pounds):,}"
    assert parse_money(text) == float(pounds)


@given(st.decimals(-1000, 1000, places=4))
def test_a_rate_is_the_float_nearest_to_its_percentage(percent: Decimal) -> None:
    assert parse_rate(f"{percent:f}%") == float(f"{percent.scaleb(-2):f}")


@given(st.floats(-0.9, 0.9).filter(lambda rate: abs(rate) > 1e-9))
def test_the_advice_for_a_bare_rate_means_the_same_rate(rate: float) -> None:
    with pytest.raises(FigureError) as refused:
        parse_rate(rate)
    assert parse_rate(refused.value.instead) == pytest.approx(rate, rel=1e-15)


@given(DAYS)
def test_a_date_survives_the_round_trip_through_time(day: date) -> None:
    assert format_time(parse_date(day.isoformat())) == day.isoformat()


@given(DAYS.filter(lambda day: day < date(2200, 12, 31)))
def test_the_end_of_a_last_day_is_the_start_of_the_next(day: date) -> None:
    assert parse_last_day(day.isoformat()) == parse_date((day + timedelta(days=1)).isoformat())


@given(DAYS, DAYS)
def test_time_keeps_the_order_of_days(one: date, other: date) -> None:
    assert (one < other) == (parse_date(one.isoformat()) < parse_date(other.isoformat()))


@given(st.floats(1900, 2200), st.floats(-0.45, 0.45))
def test_a_time_is_shown_as_its_nearest_day(time: float, part_of_day: float) -> None:
    day = format_time(time)
    shifted = parse_date(day) + part_of_day / 31 / 12
    assert format_time(shifted) == day
    assert abs(parse_date(day) - time) <= 0.5 / 28 / 12 + 1e-9


@given(st.integers(1900, 2200), st.integers(0, 11))
def test_the_first_of_a_month_is_an_exact_twelfth(year: int, month: int) -> None:
    first = date(year + (month + 3) // 12, (month + 3) % 12 + 1, 1)
    if first.year <= 2200:
        assert parse_date(first.isoformat()) == float(year + Fraction(month, 12))


@given(st.integers(1900, 2200))
def test_a_financial_year_survives_the_round_trip(year: int) -> None:
    assert parse_financial_year(financial_year(year)) == year


@given(st.integers(1900, 2200), st.integers(0, 99))
def test_the_parts_of_a_financial_year_must_follow_on(year: int, second: int) -> None:
    text = f"{year}/{second:02d}"
    if second == (year + 1) % 100:
        assert parse_financial_year(text) == year
    else:
        with pytest.raises(FigureError, match="do not follow on"):
            parse_financial_year(text)


@given(st.integers(0, 1200))
def test_months_are_twelfths_of_years(months: int) -> None:
    assert parse_duration(f"{months} months") == months / 12
    if months <= 100:
        assert parse_duration(f"{months} years") == months


@given(RAWS)
def test_anything_is_read_or_refused_with_a_remedy(raw: Raw) -> None:
    for parser in PARSERS:
        try:
            assert math.isfinite(parser(raw))
        except FigureError as refused:
            assert refused.message and refused.instead
            assert len(refused.message) < 200 and len(refused.instead) < 400


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none())
def test_exact_text_loses_nothing(raw: Raw) -> None:
    text = exact_text(raw)
    if isinstance(raw, float):
        assert "e" not in text and float(text) == raw
    elif len(text) <= 40:
        assert unquoted(text) == raw


@pytest.mark.parametrize(
    ("raw", "pounds"),
    [
        ("£244.3m", 244_300_000.0),
        ("£25.0m", 25e6),
        ("£1.2bn", 1.2e9),
        ("£30k", 30e3),
        ("£738", 738.0),
        ("-£3m", -3e6),
        ("\u2212£3m", -3e6),
        ("£1,234,567", 1_234_567.0),
        ("£ 25m", 25e6),
        ("£\u00a025m", 25e6),
        ("25.0m", 25e6),
        ("1,234k", 1_234e3),
        (0, 0.0),
        (0.0, 0.0),
        ("0", 0.0),
    ],
)
def test_money(raw: Raw, pounds: float) -> None:
    assert parse_money(raw) == pounds


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("2.5%", "a percentage stands where money belongs"),
        ("25,0", "a comma that does not separate thousands"),
        ("£1,23m", "a comma that does not separate thousands"),
        ("0,125", "a comma that does not separate thousands"),
        ("3 months", "a length of time"),
        ("2018-04-01", "a date"),
        ("2018/19", "a financial year"),
        ("=A1+1", "a spreadsheet formula"),
        ("@SUM(A1)", "a spreadsheet formula"),
        (True, "a true-or-false value"),
        (None, "nothing"),
        ("  ", "empty text"),
        ("nan", "not a number"),
        (math.nan, "not a number"),
        (-math.inf, "infinite"),
        ("$3m", "the text"),
        ("(£3m)", "the text"),
        ("£-3m", "the text"),
        ("£3M", "the text"),
        ("٣", "the text"),
        ("£" + "9" * 70, "the text"),
        ("£10,001bn", "outside"),
        ("-£100,000bn", "outside"),
        (10**400, "ambiguous as money"),
        (-1e14, "ambiguous as money"),
    ],
)
def test_what_is_not_money(raw: Raw, kind: str) -> None:
    with pytest.raises(FigureError) as refused:
        parse_money(raw)
    assert kind in refused.value.message
    assert "£25.0m" in refused.value.instead


@pytest.mark.parametrize(
    ("raw", "instead"),
    [
        (45, "£45 or £45m"),
        ("45", "£45 or £45m"),
        (-0.5, "-£0.5 or -£0.5m"),
        (1508, "£1,508 or £1,508m"),
        (25_000_000, "£25,000,000"),
        ("25,000,000", "£25,000,000"),
        (19.99, "£19.99 or £19.99m"),
    ],
)
def test_a_bare_number_is_not_money(raw: Raw, instead: str) -> None:
    with pytest.raises(FigureError) as refused:
        parse_money(raw)
    assert (refused.value.message, refused.value.instead) == ("a bare number is ambiguous as money", instead)
    assert parse_money(instead.partition(" or ")[0]) == float(str(raw).replace(",", ""))


FIGURES = {
    MoneyFigure: parse_money,
    RateFigure: parse_rate,
    CountFigure: parse_count,
    DateFigure: parse_date,
    DurationFigure: parse_duration,
}
WRITTEN = st.text(st.sampled_from("0123456789,.£%-+ kmbnyearsoth"), max_size=12) | st.from_regex(
    r"[-+]?£?[1-9][0-9]{0,2}(,[0-9]{3})?(\.[0-9])?(k|m|bn|%| months| years)?|20[0-9]{2}-[01][0-9]-[0-3][0-9]",
    fullmatch=True,
)


def allowed(figure: type[Figure], raw: Raw) -> bool:
    """Whether the JSON schema of a figure lets a bare value stand there."""
    forms = figure.model_json_schema()["anyOf"][0]
    for form in forms.get("anyOf", [forms]):
        if "pattern" in form and isinstance(raw, str) and re.search(form["pattern"], raw):
            return True
        if isinstance(raw, int | float) and (form.get("const", ...) == raw or form.get("type") == "number"):
            return bool(raw >= form.get("minimum", raw))
    return False


@settings(max_examples=examples(400))
@given(WRITTEN | st.integers(-3, 3))
def test_the_json_schema_allows_what_is_read_and_no_other_kind(raw: Raw) -> None:
    for figure, parser in FIGURES.items():
        try:
            parser(raw)
        except FigureError as refused:
            assert not allowed(figure, raw) or "outside" in refused.message or "no day" in refused.message
        else:
            assert allowed(figure, raw) or parser(raw) == 0


@pytest.mark.parametrize(
    ("figure", "good", "bad"),
    [
        (
            MoneyFigure,
            ["£25.0m", "-£3m", "£1,234,567", "£ 25m", "25.0m", "0", 0],
            ["45", "1,234", 45, "2.5%", "£1,23m"],
        ),
        (RateFigure, ["2.5%", "-0.4%", "\u22120.4 %", 0], ["0.025", 0.5, "£3m", "2.5"]),
        (CountFigure, [315000, "315,000", "1.2m", 0], [-1, "-5", "£3", "5%", "many"]),
        (DateFigure, ["2018-04-01"], ["1 April 2018", "2018-13-01", "2018/19", 2018]),
        (DurationFigure, ["3 months", "1 year", "1.5 years", 0], [3, "3", "6 weeks", "-1 months"]),
    ],
)
def test_what_the_json_schema_allows(figure: type[Figure], good: list[Raw], bad: list[Raw]) -> None:
    assert [raw for raw in good if not allowed(figure, raw)] == []
    assert [raw for raw in bad if allowed(figure, raw)] == []


@pytest.mark.parametrize(
    ("raw", "rate"),
    [("2.5%", 0.025), ("-0.4%", -0.004), ("100%", 1.0), ("2.5 %", 0.025), (0, 0.0), (0.0, 0.0), ("-0%", 0.0)],
)
def test_rates(raw: Raw, rate: float) -> None:
    assert parse_rate(raw) == rate
    assert math.copysign(1, parse_rate(raw)) == (-1 if rate < 0 else 1)


@pytest.mark.parametrize(
    ("raw", "message", "instead"),
    [
        (0.025, "a bare number is ambiguous as a rate", "2.5%"),
        ("0.025", "a bare number is ambiguous as a rate", "2.5%"),
        (1e-7, "a bare number is ambiguous as a rate", "0.00001%"),
        (-0.5, "a bare number is ambiguous as a rate", "-50%"),
        (2.5, "a bare number is ambiguous as a rate", "2.5%, or 250% if that is what is meant"),
        (1, "a bare number is ambiguous as a rate", "1%, or 100% if that is what is meant"),
        (10**60, "a bare number is ambiguous as a rate", "a percentage such as 2.5%"),
        ("£3m", "an amount of money stands where a rate belongs", "a percentage such as 2.5%"),
        (False, "a true-or-false value (false) stands where a rate belongs", "a percentage such as 2.5%"),
        ("1001%", "the figure is outside 1000% either way", "a percentage such as 2.5%"),
    ],
)
def test_what_is_not_a_rate(raw: Raw, message: str, instead: str) -> None:
    with pytest.raises(FigureError) as refused:
        parse_rate(raw)
    assert (refused.value.message, refused.value.instead) == (message, instead)


@pytest.mark.parametrize(
    ("raw", "count"), [(315_000, 315e3), ("315,000", 315e3), ("1.2m", 1.2e6), (0.5, 0.5), (0, 0.0)]
)
def test_counts(raw: Raw, count: float) -> None:
    assert parse_count(raw) == count


@pytest.mark.parametrize("raw", ["£3", -1, "-1", 10**10 + 1, "5%", None, True, "1700 admissions"])
def test_what_is_not_a_count(raw: Raw) -> None:
    with pytest.raises(FigureError):
        parse_count(raw)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2018-04-01", 2018.0),
        ("2018-10-01", 2018.5),
        ("2019-01-01", 2018.75),
        ("2018-04-16", 2018 + 0.5 / 12),
        ("2018-03-01", 2017 + 11 / 12),
    ],
)
def test_dates(text: str, time: float) -> None:
    assert parse_date(text) == time


def test_the_contract_that_expires_in_march_ends_with_the_financial_year() -> None:
    assert parse_last_day("2018-03-31") == 2018.0


@pytest.mark.parametrize("raw", ["2018-02-29", "2018-13-01", "1899-12-31", "01/04/2018", "2018-4-1", 2018, None])
def test_what_is_not_a_date(raw: Raw) -> None:
    with pytest.raises(FigureError) as refused:
        parse_date(raw)
    assert "2018-04-01" in refused.value.instead


@pytest.mark.parametrize("time", [math.nan, math.inf, 0.0, 3000.0])
def test_a_time_outside_the_calendar_is_refused(time: float) -> None:
    with pytest.raises(FigureError):
        format_time(time)


@pytest.mark.parametrize(
    ("text", "years"),
    [("3 months", 0.25), ("1 month", 1 / 12), ("18 months", 1.5), ("2 years", 2.0), ("1.5 years", 1.5)],
)
def test_durations(text: str, years: float) -> None:
    assert parse_duration(text) == years


@pytest.mark.parametrize("raw", [3, "3", "-1 months", "101 years", "6 weeks", "3 months 2 years", True])
def test_what_is_not_a_duration(raw: Raw) -> None:
    with pytest.raises(FigureError):
        parse_duration(raw)


def test_a_bare_duration_is_answered_with_both_readings() -> None:
    with pytest.raises(FigureError) as refused:
        parse_duration(3)
    assert refused.value.instead == "3 months or 3 years"


@pytest.mark.parametrize("raw", [2018, "2018", "2018-19", "2018/2019", "2018 - 19", "2018\u201319"])
def test_other_ways_to_write_a_financial_year_are_corrected(raw: Raw) -> None:
    with pytest.raises(FigureError) as refused:
        parse_financial_year(raw)
    assert refused.value.instead == "2018/19"


def test_the_century_rolls_over() -> None:
    assert parse_financial_year("1999/00") == 1999


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("3.", 3.0),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2018-04-01", "2018-04-01"),
        ("2018/19", "2018/19"),
        ("~", None),
        ("", None),
        ("True", True),
        ("-3", -3),
    ],
)
def test_unquoted_text_follows_the_core_schema(text: str, value: Raw) -> None:
    read = unquoted(text)
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize("text", [".nan", ".inf", "-.Inf", "1e999", "9" * 41, "0x" + "f" * 40, "1." + "0" * 50])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(FigureError):
        unquoted(text)


def test_a_refusal_reads_as_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"a percentage stands where money belongs; write an amount such as £25.0m"):
        parse_money("2.5%")
