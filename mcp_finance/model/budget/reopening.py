"""Rates reopened within a year: a cost uplift or growth that replaces the year's own from a day on.

One pound on its way: a price of £100 uplifted by 4.15%, reopened on 1 October to 4.83%, is paid at £104.15 for half of
the year and £104.83 for the other, £104.49 on average; the following year starts from £104.83. Backdated to 1 April it
is £104.83 throughout. So each index has a level at the end of the year, from which the next year starts, and an average
over the year, which is paid.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least, most, prior
from mcp_finance.rows.row import InputSpec, row

PRICES, BUDGET = "Prices", "Budget"
TARIFF, STREAM = ("tariff",), ("stream",)
INPUTS = (
    InputSpec("uplift_is_reopened", "switch", "1 in years whose uplift is reopened.", TARIFF, True, True),
    InputSpec(
        "reopened_uplift", "rate", "Uplift of the year that replaces the first from a day on.", TARIFF, True, True
    ),
    InputSpec("uplift_reopened_from", "time", "Day from which it does, in financial years.", TARIFF, True, True),
    InputSpec("growth_is_reopened", "switch", "1 in years whose growth is reopened.", STREAM, True, True),
    InputSpec(
        "reopened_growth", "rate", "Growth of the year that replaces the first from a day on.", STREAM, True, True
    ),
    InputSpec("growth_reopened_from", "time", "Day from which it does, in financial years.", STREAM, True, True),
)


def _from_then_on(reopened: Expr, new: Expr, first: Expr) -> Expr:
    return choose(reopened >= 1, new, first)


def _part_after(reopened: Expr, year_end: Expr, day: Expr) -> Expr:
    return reopened * most(0, least(1, year_end - day))


def _average(first: Expr, then: Expr, part: Expr) -> Expr:
    return first + part * (then - first)


@row(sheet=PRICES, unit="rate", dims=TARIFF)
def uplift_in_force(uplift_is_reopened: Expr, reopened_uplift: Expr, uplift: Expr) -> Expr:
    """Uplift at the end of the year."""
    return _from_then_on(uplift_is_reopened, reopened_uplift, uplift)


@row(sheet=PRICES, unit="share", dims=TARIFF)
def uplift_part_after(uplift_is_reopened: Expr, year_end: Expr, uplift_reopened_from: Expr) -> Expr:
    """Part of the year that is paid at the reopened uplift."""
    return _part_after(uplift_is_reopened, year_end, uplift_reopened_from)


@row(sheet=PRICES, unit="rate", dims=TARIFF)
def uplift_paid(uplift: Expr, uplift_in_force: Expr, uplift_part_after: Expr) -> Expr:
    """Uplift on average over the year."""
    return _average(uplift, uplift_in_force, uplift_part_after)


@row(sheet=PRICES, unit="index", dims=TARIFF)
def tariff_level(tariff_level: Expr, uplift_in_force: Expr, efficiency: Expr) -> Expr:
    """Prices at the end of the year, from which the next year starts."""
    return prior(tariff_level, opening=1) * (1 + uplift_in_force) * (1 - efficiency)


@row(sheet=PRICES, unit="index", dims=TARIFF)
def tariff_index(tariff_level: Expr, uplift_paid: Expr, efficiency: Expr) -> Expr:
    """Prices paid under contract on average over the year, 1 in the first year."""
    return prior(tariff_level, opening=1) * (1 + uplift_paid) * (1 - efficiency)


@row(sheet=BUDGET, unit="rate", dims=STREAM)
def growth_in_force(growth_is_reopened: Expr, reopened_growth: Expr, stream_growth: Expr) -> Expr:
    """Growth of the stream at the end of the year."""
    return _from_then_on(growth_is_reopened, reopened_growth, stream_growth)


@row(sheet=BUDGET, unit="share", dims=STREAM)
def growth_part_after(growth_is_reopened: Expr, year_end: Expr, growth_reopened_from: Expr) -> Expr:
    """Part of the year that is paid at the reopened growth."""
    return _part_after(growth_is_reopened, year_end, growth_reopened_from)


@row(sheet=BUDGET, unit="rate", dims=STREAM)
def growth_paid(stream_growth: Expr, growth_in_force: Expr, growth_part_after: Expr) -> Expr:
    """Growth of the stream on average over the year."""
    return _average(stream_growth, growth_in_force, growth_part_after)


@row(sheet=BUDGET, unit="index", dims=STREAM)
def allocation_level(allocation_level: Expr, growth_in_force: Expr) -> Expr:
    """The stream's level at the end of the year, from which the next year starts."""
    return prior(allocation_level, opening=1) * (1 + growth_in_force)


@row(sheet=BUDGET, unit="index", dims=STREAM)
def allocation_index(allocation_level: Expr, growth_paid: Expr) -> Expr:
    """The stream's growth, compounded, on average over the year; 1 in the first year."""
    return prior(allocation_level, opening=1) * (1 + growth_paid)
