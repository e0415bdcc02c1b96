"""How money grows: the streams of the budget, prices under contract, providers' own cost, and opening balances."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DurationFigure, MoneyFigure, RateFigure, RateSeries, Year


class Stream(Section):
    """How budgets are indexed, and how their commissioner is funded for them.

    `allocation` growth already contains population growth, so that only the list's deviation from `assumed_list_growth`
    may be paid on top; `schedule` growth contains none. List change within `list_tolerance` is not paid; beyond it the
    excess is, or all of it where `list_tolerance_mode` is `first_dollar`. `list_lag` is how much later it is paid.
    """

    rule: Literal["allocation", "schedule"]
    growth: RateSeries
    list_adjustment: Literal["none", "deviation", "full"]
    assumed_list_growth: RateSeries | None = None
    list_tolerance: RateFigure | None = None
    list_tolerance_mode: Literal["excess", "first_dollar"] | None = None
    list_lag: DurationFigure | None = None
    roll: dict[Year, RateFigure] = Field(default_factory=dict)


class Tariff(Section):
    """Prices paid under contract: (1 + uplift) × (1 − efficiency) a year."""

    uplift: RateSeries
    efficiency: RateSeries


class Inflation(Section):
    """Providers' own unit cost: (1 + growth) × (1 − delivered efficiency) a year."""

    growth: RateSeries
    delivered_efficiency: RateSeries


class OpeningBalances(Section):
    """Each party's balance on the first day; the budget holder's is its reserve."""

    budget_holder: MoneyFigure
    commissioner: MoneyFigure
    hospital: MoneyFigure
    council: MoneyFigure
    practices: MoneyFigure


class Deflator(Section):
    """The GDP deflator, for real terms at first-year prices."""

    growth: RateSeries
