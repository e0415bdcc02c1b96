"""Pace of change: a stream that is off its target share of the allocation is moved towards it, not put there at once.

One pound on its way: a stream that stands 5% below its target share would have 1 / (1 - 5%) times its money at target.
That target grows with the stream's growth. Each year the stream's funding moves from last year's by a part (`speed`) of
the distance to this year's target, but by no less than `least` and no more than `most`. The allocation itself moves, so
pace acts on the commissioner's funding and, through it, on every budget whose rule reads the allocation; a cost build
or a fixed schedule does not follow.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least, most, prior, ratio
from mcp_finance.rows.row import InputSpec, row

SHEET = "Budget"
STREAM = ("stream",)
INPUTS = (
    InputSpec("has_pace", "switch", "1 for streams that move to a target share.", STREAM),
    InputSpec("pace_distance", "rate", "How far the stream stands above its target in the first year.", STREAM),
    InputSpec("pace_speed", "share", "Part of the distance to target that is closed in the year.", STREAM, True, True),
    InputSpec("pace_least", "rate", "Least growth of the year, whatever the target.", STREAM, True, True),
    InputSpec("pace_most", "rate", "Most growth of the year, whatever the target.", STREAM, True, True),
)


@row(sheet=SHEET, unit="index", dims=STREAM)
def target_index(allocation_index: Expr, pace_distance: Expr) -> Expr:
    """What the stream would have at its target share, for one pound of the first year."""
    return ratio(allocation_index, 1 + pace_distance)


@row(sheet=SHEET, unit="index", dims=STREAM)
def towards_target(funding_index: Expr, pace_speed: Expr, target_index: Expr) -> Expr:
    """Last year's funding, moved by its part of the distance to this year's target."""
    return prior(funding_index, opening=1) + pace_speed * (target_index - prior(funding_index, opening=1))


@row(sheet=SHEET, unit="index", dims=STREAM)
def pace_floor(funding_index: Expr, pace_least: Expr) -> Expr:
    """The least that the year's funding may be."""
    return prior(funding_index, opening=1) * (1 + pace_least)


@row(sheet=SHEET, unit="index", dims=STREAM)
def pace_ceiling(funding_index: Expr, pace_most: Expr) -> Expr:
    """The most that the year's funding may be."""
    return prior(funding_index, opening=1) * (1 + pace_most)


@row(sheet=SHEET, unit="index", dims=STREAM)
def funding_index(
    has_pace: Expr, towards_target: Expr, pace_floor: Expr, pace_ceiling: Expr, allocation_index: Expr
) -> Expr:
    """What the stream's commissioner is funded by: at its pace towards target, or as its growth says."""
    return choose(has_pace >= 1, most(pace_floor, least(towards_target, pace_ceiling)), allocation_index)


@row(sheet=SHEET, unit="share", dims=STREAM)
def distance_from_target(funding_index: Expr, target_index: Expr) -> Expr:
    """How far the year's funding stands above the stream's target; negative if below."""
    return ratio(funding_index, target_index) - 1
