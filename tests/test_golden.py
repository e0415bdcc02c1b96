"""The worked numbers of the settlement's specification that no other file holds; of an expected cost of 100.

A gate of 1, gain bands of 50% up to 4 and 75% beyond. The full example (actual 94.0, 103.0 and 99.2) and the 19.68 of a
performance payment stand in `test_terms_by_hand.py`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from oracles import made, pool, provider, settle, shipped_settler, told

BANDS = "bands: [{to: 4, share: {provider: 50%}}, {share: {provider: 75%}}]"


def gain(then: str, actual: str, bands_on: str = "") -> Fraction | Decimal | int:
    on = f", bands_on: {bands_on}" if bands_on else ""
    return provider(made(pool(f"{{gate: {{at: 1, then: {then}{on}}}, {BANDS}}}")), actual)


def test_a_variance_of_five_uncapped() -> None:
    """Bands that cut the variance: from 1 to 4 at 50%, from 4 to 5 at 75%: 1.5 + 0.75. Of the excess: 4 at 50%."""
    assert gain("excess", "95.0", "variance") == Decimal("2.25")
    assert gain("excess", "95.0", "excess") == 2
    assert gain("all", "95.0") == Decimal("2.75")  # 4 at 50% and 1 at 75%


@pytest.mark.parametrize(("then", "at", "within"), [("excess", "0", "0"), ("all", "0.5", "0")])
def test_a_variance_exactly_at_the_gate(then: str, at: str, within: str) -> None:
    """Of the excess nothing is left; of all of it, the gate is reached: 1 x 50%."""
    on = "variance" if then == "excess" else ""
    assert gain(then, "99.0", on) == Decimal(at)
    assert gain(then, "99.01", on) == Decimal(within)


@pytest.mark.parametrize(
    ("actual", "earned", "paid", "unfunded"),
    [
        ("95.0", "2.25", "1.0", "1.25"),  # 1.5 + 0.75, below the cap of 2.5; cash 20% of 5.0
        ("99.0", "0", "0", "0"),  # exactly at the deadband
        ("101.0", "0", "0", "0"),
        ("105.0", "-1.0", "-1.0", "0"),  # 30% of 4.0 is 1.2; the collar is 1.0
    ],
)
def test_the_golden_sheet_at_quality_of_one(actual: str, earned: str, paid: str, unfunded: str) -> None:
    settler = shipped_settler("golden-example")
    saving = (100 - Fraction(actual)) / 5
    done = settle(settler, told(actual, quality="1", cash_saving=saving))
    assert done.shares["budget_holder"] == Fraction(earned)
    assert Fraction(done.payments["budget_holder"]) == Fraction(paid)
    assert done.year["golden_example.cash.unfunded"][0] == Fraction(unfunded)
