"""What a unit is paid and what it costs.

Contract prices follow the tariff: uplift less the efficiency factor. A provider's own unit cost follows pay and
prices, and falls only by the efficiency that it delivers, which is an input of its own: an efficiency factor that
nobody delivers lowers income and not cost. All indices are 1 in the first year, to which the reference-year baselines
are rolled in explicit steps, one row a year (`mcp_finance.model.contract` writes them).
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, prior, ratio, up
from mcp_finance.rows.row import row

SHEET = "Prices"
LINE = ("line",)


@row(sheet=SHEET, unit="index", dims=("tariff",))
def tariff_index(tariff_index: Expr, uplift: Expr, efficiency: Expr) -> Expr:
    """Prices paid under contract, 1 in the first year."""
    return prior(tariff_index, opening=1) * (1 + uplift) * (1 - efficiency)


@row(sheet=SHEET, unit="index", dims=("inflation",))
def cost_index(cost_index: Expr, cost_growth: Expr, delivered_efficiency: Expr) -> Expr:
    """Providers' own unit cost, 1 in the first year."""
    return prior(cost_index, opening=1) * (1 + cost_growth) * (1 - delivered_efficiency)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def base_price(opening_baseline: Expr, base_activity: Expr) -> Expr:
    """Price of a unit in the first year: the constant price base of plan, settlement and comparison."""
    return ratio(opening_baseline, base_activity)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def price(base_price: Expr, tariff_index: Expr) -> Expr:
    """Price of a unit under today's contracts."""
    return base_price * up(tariff_index, along="tariff")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def base_unit_cost(base_price: Expr, cost_to_price: Expr) -> Expr:
    """A unit's cost to its provider in the first year."""
    return base_price * cost_to_price


@row(sheet=SHEET, unit="GBP", dims=LINE)
def provider_unit_cost(base_unit_cost: Expr, stay_cost_index: Expr, cost_index: Expr) -> Expr:
    """A unit's cost to today's provider: its prices, and the length of stay as far as cost follows it."""
    return base_unit_cost * stay_cost_index * up(cost_index, along="provider_inflation")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def holder_unit_cost(base_unit_cost: Expr, cost_index: Expr) -> Expr:
    """A unit's cost to the budget holder, where it provides the line."""
    return base_unit_cost * up(cost_index, along="holder_inflation")


@row(sheet=SHEET, unit="GBP", dims=LINE)
def line_value(price: Expr, activity: Expr) -> Expr:
    """The line's activity at contract price."""
    return price * activity
