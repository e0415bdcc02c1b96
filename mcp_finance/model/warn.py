"""Early warnings: rows named `warn.…` that are 1 in a year in which something is beyond what the scenario tolerates."""

from __future__ import annotations

from mcp_finance.rows.expr import choose, ref
from mcp_finance.rows.row import Row

WARN = "warn."


def warning(name: str, beyond: str, doc: str, origin: str, sheet: str) -> Row:
    """1 in years in which the row `beyond` is 1 or more: a pound, since less is rounding, or a month."""
    fires = choose(ref(beyond) >= 1, 1, 0)
    return Row(f"{WARN}{name}", fires, (), sheet, "switch", doc, origin)
