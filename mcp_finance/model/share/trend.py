"""What the gain/loss share compares where every line keeps the trend of its hospital plan and its way of counting."""

from __future__ import annotations

from mcp_finance.rows.expr import Expr
from mcp_finance.rows.row import row

SHEET = "Share"
LINE = ("line",)


@row(sheet=SHEET, unit="activity", dims=LINE)
def share_expected_activity(expected_activity: Expr) -> Expr:
    """Activity as the gain/loss share expects it: as hospital plans do."""
    return expected_activity


@row(sheet=SHEET, unit="activity", dims=LINE)
def compared_in_force(activity_in_force: Expr) -> Expr:
    """Actual activity as it is compared: as it is counted."""
    return activity_in_force
