"""Checks on a bid against the bidder's own base case of cost. Only where a scenario gives that base case."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.model.warn import warning
from mcp_finance.rows.expr import Expr, most, ratio
from mcp_finance.rows.row import InputSpec, Row, row

SHEET = "Bid"
ORIGIN = "mcp_finance/model/value/bid_base_case.py"
INPUTS = (InputSpec("base_case_cost", "GBP", "Cost of the scope in the bidder's own base case.", yearly=True),)


@row(sheet=SHEET, unit="GBP")
def base_case_gap(bid_price: Expr, base_case_cost: Expr) -> Expr:
    """Price less the bidder's own base case of cost: negative is a price below it."""
    return bid_price - base_case_cost


@row(sheet=SHEET, unit="share")
def base_case_gap_share(base_case_gap: Expr, bid_price: Expr) -> Expr:
    """The same as a share of the price."""
    return ratio(base_case_gap, bid_price)


@row(sheet=SHEET, unit="GBP")
def model_beyond_base_case(holder_cost: Expr, base_case_cost: Expr) -> Expr:
    """Modelled cost of the scope less the bidder's base case: what the bidder has not seen, or the model has wrong."""
    return holder_cost - base_case_cost


@row(sheet=SHEET, unit="GBP")
def base_case_beyond_tolerance(base_case_gap: Expr, tolerated_price_gap: Expr, bid_price: Expr) -> Expr:
    """What the price is below the bidder's base case of cost, beyond what is tolerated."""
    return most(0, -base_case_gap - tolerated_price_gap * bid_price)


def warnings() -> Iterator[Row]:
    """The check as a warning."""
    doc = "The bid's price is below the bidder's own base case of cost."
    yield warning("price_below_base_case", "base_case_beyond_tolerance", doc, ORIGIN, SHEET)
