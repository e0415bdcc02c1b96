"""Affordability: what the commissioner pays against its allocation. Only where a scenario gives the allocation."""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, least, prior
from mcp_finance.rows.row import row

SHEET = "Value"


@row(sheet=SHEET, unit="GBP")
def headroom(allocation: Expr, commissioner__paid: Expr) -> Expr:
    """Allocation less all that the commissioner pays; negative is a gap."""
    return allocation - commissioner__paid


@row(sheet=SHEET, unit="GBP")
def worst_headroom(worst_headroom: Expr, headroom: Expr) -> Expr:
    """The least headroom of any year so far."""
    return least(prior(worst_headroom, opening=headroom), headroom)
