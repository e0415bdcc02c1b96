"""Checks on a bid: its price against the model's cost of the same scope, and what it relies on beyond the price.

A bidder's price for a year stands beside what the budget's lines cost the budget holder in the model in that year; a
price below it by more than is tolerated is a loss that somebody expects to be made good. So is income from variations
that are not agreed yet, and a first payment that is large for the price. Each check is an amount beyond what the
scenario tolerates, and a warning that is 1 where that is a pound or more.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.model.warn import warning
from mcp_finance.rows.expr import Expr, most, prior, ratio
from mcp_finance.rows.row import InputSpec, Row, row

SHEET = "Bid"
ORIGIN = "mcp_finance/model/value/bid.py"
INPUTS = (
    InputSpec("bid_price", "GBP", "The bidder's price for the scope.", yearly=True),
    InputSpec("expected_variations", "GBP", "Income that the bidder expects from later variations.", yearly=True),
    InputSpec("mobilisation_asked", "GBP", "Payment that the bidder asks for in the first month."),
    InputSpec("tolerated_price_gap", "share", "Part of the price by which it may lie below cost."),
    InputSpec("tolerated_variations", "share", "Part of the price that may be expected from variations besides."),
    InputSpec("tolerated_first_payment", "share", "Part of the first year's price that may be asked for at once."),
)


@row(sheet=SHEET, unit="GBP")
def price_gap(bid_price: Expr, holder_cost: Expr) -> Expr:
    """Price less the modelled cost of the scope: negative is a price below cost."""
    return bid_price - holder_cost


@row(sheet=SHEET, unit="share")
def price_gap_share(price_gap: Expr, bid_price: Expr) -> Expr:
    """The same as a share of the price."""
    return ratio(price_gap, bid_price)


@row(sheet=SHEET, unit="GBP")
def price_gap_to_date(price_gap_to_date: Expr, price_gap: Expr) -> Expr:
    """Price less modelled cost since the first year."""
    return prior(price_gap_to_date) + price_gap


@row(sheet=SHEET, unit="GBP")
def bid_price_to_date(bid_price_to_date: Expr, bid_price: Expr) -> Expr:
    """Price since the first year."""
    return prior(bid_price_to_date) + bid_price


@row(sheet=SHEET, unit="share")
def price_gap_share_to_date(price_gap_to_date: Expr, bid_price_to_date: Expr) -> Expr:
    """Price less modelled cost since the first year, as a share of the price since then."""
    return ratio(price_gap_to_date, bid_price_to_date)


@row(sheet=SHEET, unit="GBP")
def price_beyond_tolerance(price_gap: Expr, tolerated_price_gap: Expr, bid_price: Expr) -> Expr:
    """What the price is below modelled cost, beyond what is tolerated."""
    return most(0, -price_gap - tolerated_price_gap * bid_price)


@row(sheet=SHEET, unit="share")
def variation_reliance(expected_variations: Expr, bid_price: Expr) -> Expr:
    """Income expected from variations for each pound of price."""
    return ratio(expected_variations, bid_price)


@row(sheet=SHEET, unit="GBP")
def variations_beyond_tolerance(expected_variations: Expr, tolerated_variations: Expr, bid_price: Expr) -> Expr:
    """Income expected from variations beyond what is tolerated."""
    return most(0, expected_variations - tolerated_variations * bid_price)


@row(sheet=SHEET, unit="GBP")
def gap_after_variations(price_gap: Expr, expected_variations: Expr) -> Expr:
    """Price and expected variations less modelled cost: what is short even if all variations are agreed."""
    return price_gap + expected_variations


@row(sheet=SHEET, unit="GBP")
def first_year_price(first_year_price: Expr, bid_price: Expr) -> Expr:
    """The bidder's price for the first year."""
    return prior(first_year_price, opening=bid_price)


@row(sheet=SHEET, unit="share")
def first_payment_share(mobilisation_asked: Expr, first_year_price: Expr) -> Expr:
    """Payment asked for in the first month as a share of the first year's price."""
    return ratio(mobilisation_asked, first_year_price)


@row(sheet=SHEET, unit="GBP")
def first_payment_beyond_tolerance(
    mobilisation_asked: Expr, tolerated_first_payment: Expr, first_year_price: Expr
) -> Expr:
    """Payment asked for in the first month beyond what is tolerated."""
    return most(0, mobilisation_asked - tolerated_first_payment * first_year_price)


def warnings() -> Iterator[Row]:
    """The three checks as warnings."""
    for name, beyond, doc in (
        ("price_below_cost", "price_beyond_tolerance", "The bid's price is below the modelled cost of the scope."),
        ("relies_on_variations", "variations_beyond_tolerance", "The bid relies on income from later variations."),
        (
            "large_first_payment",
            "first_payment_beyond_tolerance",
            "The bid asks for a large payment in the first month.",
        ),
    ):
        yield warning(name, beyond, doc, ORIGIN, SHEET)
