"""Providers that are parties of the contract: hospitals, and sub-contractors with books of their own."""

from __future__ import annotations

from typing import Literal

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import MoneyFigure, RateSeries
from mcp_finance.scenario.sections.words import Title


class Provider(Section):
    """A hospital, paid under hospital contracts, or a sub-contractor, paid a price for each unit.

    `income_floor` guarantees it a share of the income that it would have had with nothing done; the commissioner pays.
    """

    kind: Literal["hospital", "subcontractor"]
    title: Title
    opening_balance: MoneyFigure
    income_floor: RateSeries | None = None
