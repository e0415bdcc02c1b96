"""How money grows: the streams of the budget, prices under contract, providers' own cost, and opening balances."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DurationFigure, MoneyFigure, MoneySeries, RateFigure, RateSeries, Year
from mcp_finance.scenario.sections.index_rules import CostBuild, Pace, ReopenedGrowth, ReopenedUplift

FOLLOW_GROWTH = ("allocation", "schedule")
"""Rules under which a stream's budget follows its growth."""
ON_COST_BUILD = ("cost_build", "lesser_of", "blend")
"""Rules under which it reads a cost build."""


class Stream(Section):
    """How budgets are indexed, and how their commissioner is funded for them.

    `allocation` growth already contains population growth, so that only the list's deviation from `assumed_list_growth`
    may be paid on top; `schedule` growth contains none. Under the other rules the commissioner is still funded by
    `growth`, and the contract pays by a cost build, the smaller of the two each year, a blend with `weight` on growth,
    or fixed amounts for the stream's full scope. List change within
    `list_tolerance` is not paid; beyond it the excess is, or all of it where `list_tolerance_mode` is `first_dollar`;
    `list_lag` is how much later it is paid.
    """

    rule: Literal["allocation", "schedule", "cost_build", "lesser_of", "blend", "fixed_schedule"]
    growth: RateSeries
    list_adjustment: Literal["none", "deviation", "full"]
    assumed_list_growth: RateSeries | None = None
    list_tolerance: RateFigure | None = None
    list_tolerance_mode: Literal["excess", "first_dollar"] | None = None
    list_lag: DurationFigure | None = None
    roll: dict[Year, RateFigure] = Field(default_factory=dict)
    cost_build: CostBuild | None = None
    weight: RateFigure | None = None
    amounts: MoneySeries | None = None
    pace: Pace | None = None
    reopened: dict[Year, ReopenedGrowth] = Field(default_factory=dict)


class Tariff(Section):
    """Prices paid under contract: (1 + uplift) × (1 − efficiency) a year."""

    uplift: RateSeries
    efficiency: RateSeries
    reopened: dict[Year, ReopenedUplift] = Field(default_factory=dict)


class Inflation(Section):
    """Providers' own unit cost: (1 + growth) × (1 − delivered efficiency) a year."""

    growth: RateSeries
    delivered_efficiency: RateSeries


class OpeningBalances(Section):
    """Each party's balance on the first day; the budget holder's is its reserve.

    That of the one hospital stands here; where a scenario has `providers`, theirs stand there.
    """

    budget_holder: MoneyFigure
    commissioner: MoneyFigure
    hospital: MoneyFigure | None = None
    council: MoneyFigure
    practices: MoneyFigure


class Deflator(Section):
    """The GDP deflator, for real terms at first-year prices."""

    growth: RateSeries
