"""Laws and examples of figures as words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_finance.report import money

MINUS = "\N{MINUS SIGN}"
FIGURES = st.floats(-1e15, 1e15, allow_nan=False)
PLACES = st.integers(0, 4)
SIZES = {"bn": Decimal(10) ** 9, "m": Decimal(10) ** 6, "k": Decimal(10) ** 3, "": Decimal(1)}


def read(shown: str) -> Decimal:
    """The amount a reader takes from `shown`."""
    match = re.fullmatch(rf"([{MINUS}+]?)£([\d,]+(?:\.\d+)?)(bn|m|k|)", shown)
    assert match is not None, shown
    sign, digits, size = match.groups()
    return Decimal(digits.replace(",", "")) * SIZES[size] * (-1 if sign == MINUS else 1)


@given(FIGURES, PLACES)
def test_pounds_are_within_half_of_the_last_digit_shown(x: float, places: int) -> None:
    shown = money.pounds(x, places)
    size = SIZES[shown.lstrip(f"{MINUS}£0123456789,.")]
    digit = size.scaleb(-places) if size > 1 else size
    assert abs(read(shown) - Decimal(str(x))) <= digit / 2


@given(FIGURES, PLACES)
def test_pounds_use_the_largest_size_that_leaves_a_whole_part(x: float, places: int) -> None:
    digits = money.pounds(x, places).strip(f"{MINUS}£bnmk").replace(",", "")
    if abs(x) < 9e11:
        assert float(digits) < 1000
    if abs(x) >= 1000:
        assert float(digits) >= 1


@given(st.one_of(FIGURES, st.floats(-1, 1)), PLACES)
def test_a_minus_never_stands_before_a_zero(x: float, places: int) -> None:
    every = (
        money.pounds(x, places),
        money.signed_pounds(x, places),
        money.pounds_exact(x),
        money.percent(x, places),
        money.number(x, places),
        money.whole(x),
        money.measured(x, "£m", places, plus=True),
    )
    nearest = money.rounded(x, places)
    assert nearest != 0 or not nearest.is_signed()
    for shown in every:
        assert "-" not in shown
        if not re.search(r"[1-9]", shown):
            assert not shown.startswith((MINUS, "+"))
        elif x < 0:
            assert shown.startswith(MINUS)


@given(FIGURES, PLACES)
def test_the_opposite_figure_differs_only_in_sign(x: float, places: int) -> None:
    assert money.number(-x, places).lstrip(MINUS) == money.number(x, places).lstrip(MINUS)
    assert money.signed_pounds(-x, places).lstrip(f"{MINUS}+") == money.signed_pounds(x, places).lstrip(f"{MINUS}+")


@given(st.integers(-(10**12), 10**12))
def test_whole_pounds_survive_exactly(x: int) -> None:
    assert read(money.pounds_exact(x)) == x
    assert int(money.whole(x).replace(",", "").replace(MINUS, "-")) == x


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (244_300_000, "£244.3m"),
        (-3_200_000, f"{MINUS}£3.2m"),
        (1_250_000_000, "£1.3bn"),
        (12_000, "£12.0k"),
        (950.4, "£950"),
        (999.6, "£1.0k"),
        (999_990, "£1.0m"),
        (999_949, "£999.9k"),
        (999_950_000, "£1.0bn"),
        (-0.4, "£0"),
        (-0.0, "£0"),
        (4_200_000_000_000, "£4,200.0bn"),
        (Decimal("1250000"), "£1.3m"),
    ],
)
def test_pounds(x: float | Decimal, shown: str) -> None:
    assert money.pounds(x) == shown


def test_ties_round_away_from_zero_as_in_accounts() -> None:
    assert money.number(0.125, 2) == "0.13"
    assert money.number(-0.125, 2) == f"{MINUS}0.13"
    assert money.number(2.675, 2) == "2.68"
    assert money.percent(0.00125, 2) == "0.13%"
    assert money.pounds(250_000, 1) == "£250.0k"


def test_other_forms() -> None:
    assert money.pounds_exact(244.3e6) == "£244,300,000.00"
    assert money.pounds_exact(-0.004) == "£0.00"
    assert money.signed_pounds(3.2e6) == "+£3.2m"
    assert money.signed_pounds(-3.2e6) == f"{MINUS}£3.2m"
    assert money.signed_pounds(0) == "£0"
    assert money.percent(0.023) == "2.3%"
    assert money.percent(-0.023) == f"{MINUS}2.3%"
    assert money.percent(-0.0001) == "0.0%"
    assert money.whole(-1234.5) == f"{MINUS}1,235"
    assert money.measured(244.3, "£m") == "£244.3m"
    assert money.measured(3, "%", 0, plus=True) == "+3%"
    assert money.measured(1200, "beds", 0) == "1,200 beds"
    assert money.measured(1.04, "", 2) == "1.04"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_figures_that_are_not_finite_are_refused(bad: float | Decimal) -> None:
    for form in (money.pounds, money.signed_pounds, money.pounds_exact, money.percent, money.whole):
        with pytest.raises(ValueError, match="finite"):
            form(bad)


@pytest.mark.parametrize("places", [-1, 13])
def test_absurd_places_are_refused(places: int) -> None:
    with pytest.raises(ValueError, match="places"):
        money.number(1.0, places)
