"""The series of the sections on the budget holder, by path."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.shape import Steps
from mcp_finance.model.holder.vat import SPEND
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.validate import Parts


def holder_series(parts: Parts) -> Iterator[tuple[Steps, Series, bool]]:
    """Every series that could be read; none of them is growth."""
    holder, pooled = parts.get("holder"), parts.get("s75")
    if holder and holder.vat:
        path: Steps = ("holder", "vat")
        yield (*path, "rate"), holder.vat.rate, False
        for kind in SPEND:
            yield (*path, kind, "recovery"), getattr(holder.vat, kind).recovery, False
    if holder and holder.pay:
        for key in ("pension", "national_insurance"):
            yield ("holder", "pay", key, "rate"), getattr(holder.pay, key).rate, False
    if pooled:
        yield ("s75", "contribution_change"), pooled.contribution_change, False
