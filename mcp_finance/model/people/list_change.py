"""List change with a tolerance and a lag, by stream. Only where a scenario gives either.

The deviation of the list from what the stream's growth assumes counts only beyond the tolerance; or, where the clause
is first-dollar, in full once it is beyond. Of what counts, the lag's part is paid a year later: a lag of six months
pays half in the year and half in the next. A list 3% above what is assumed, with a tolerance of 2%, pays 1% of the
budget, or 3% first-dollar; with a lag of a year it pays that in the following year.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, most, prior, ratio, size
from mcp_finance.rows.row import InputSpec, row

SHEET = "Budget"
STREAM = ("stream",)
INPUTS = (
    InputSpec("list_tolerance", "share", "Deviation of the list, either way, within which nothing is paid.", STREAM),
    InputSpec("list_first_dollar", "switch", "1 where a deviation beyond the tolerance is paid in full.", STREAM),
    InputSpec("list_lag", "years", "How much later list change is paid, up to one year.", STREAM),
)


@row(sheet=SHEET, unit="share", dims=STREAM)
def list_gap(list_adjusted: Expr, list_index: Expr, assumed_list_index: Expr) -> Expr:
    """How far the list has gone beyond what the stream's growth already pays for, before tolerance and lag."""
    return list_adjusted * (ratio(list_index, assumed_list_index) - 1)


@row(sheet=SHEET, unit="share", dims=STREAM)
def list_beyond(list_gap: Expr, list_tolerance: Expr) -> Expr:
    """How far the gap, either way, lies beyond the tolerance."""
    return most(0, size(list_gap) - list_tolerance)


@row(sheet=SHEET, unit="share", dims=STREAM)
def list_paid_size(list_beyond: Expr, list_tolerance: Expr, list_first_dollar: Expr) -> Expr:
    """What of the gap is paid: the excess, or all of it where a breach is paid from the first dollar."""
    return list_beyond + choose(list_beyond > 0, list_first_dollar * list_tolerance, 0)


@row(sheet=SHEET, unit="share", dims=STREAM)
def list_counted(list_gap: Expr, list_paid_size: Expr) -> Expr:
    """The deviation that counts this year, with its sign."""
    return choose(list_gap >= 0, list_paid_size, -list_paid_size)


@row(sheet=SHEET, unit="share", dims=STREAM)
def list_deviation(list_counted: Expr, list_lag: Expr) -> Expr:
    """The deviation paid this year: the part of this year's without lag, and the lag's part of last year's."""
    return list_counted * (1 - list_lag) + prior(list_counted) * list_lag
