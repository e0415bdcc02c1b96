"""The register of lines: what each is, who provides and buys it, and the demand shift on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, StrictBool, Tag

from mcp_finance.files.section import Section
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.kinds import (
    CountFigure,
    DurationFigure,
    LastDayFigure,
    MoneyFigure,
    RateFigure,
    RateSeries,
)
from mcp_finance.scenario.sections.baselines import Baseline, Norm, RollingYears
from mcp_finance.scenario.sections.recurrent import Recurrent
from mcp_finance.scenario.sections.shift import Programme, Shift
from mcp_finance.scenario.sections.words import Id, Title


class Fraction(Section):
    """A line as a fraction of one of the `baselines`."""

    of: Id
    fraction: RateFigure


def _baseline_form(raw: object) -> str:
    return "fraction of a baseline" if isinstance(raw, dict) and "of" in raw else "amount"


class Activity(CountFigure):
    """Volume in the reference year, in the line's own unit."""

    unit: Title


class Stay(Section):
    """Bed-days of a line: the average stay, its growth, the stay of an avoided unit, and the cost that follows days.

    Avoided admissions are usually the short ones: `avoided` is their stay for each day of the average one.
    """

    days: CountFigure
    growth: RateSeries
    avoided: RateFigure
    bed_cost: RateFigure


class Line(Section):
    """A leaf: a service, point of delivery, cohort and provider that really exist together.

    `provider` is `hospital` where there is one, `practices`, `other`, or one of the scenario's `providers`.
    `mode` says how the budget holder runs a line of the budget: it provides it (`direct`), buys it from today's
    provider (`subcontract_back`), or pays it straight on at cost (`pass_through`). `after_transfer` says the same of
    the first two.
    """

    title: Title
    para: str = ""
    pod: Id | None = None
    cohort: Id | None = None
    commissioned_by: Literal["commissioner", "council"]
    scope: Literal["budget", "share", "excluded"]
    baseline: Annotated[
        Annotated[Fraction, Tag("fraction of a baseline")] | Annotated[MoneyFigure, Tag("amount")],
        Discriminator(_baseline_form),
    ]
    activity: Activity
    population: Literal["nhs", "resident"]
    profile: Id
    stream: Id
    tariff: Id
    provider: Id
    growth: RateSeries
    expected_growth: RateSeries | None = None
    expected: Baseline = "trend"
    comparator_growth: RateSeries | None = None
    norm: Norm | None = None
    rolling_years: RollingYears | None = None
    coding_adjustment: RateSeries | None = None
    inflation: Id | None = None
    cost_to_price: RateFigure | None = None
    contract: Id | None = None
    variable_cost: RateFigure | None = None
    semi_fixed_cost: RateFigure | None = None
    release_lag: DurationFigure | None = None
    stay: Stay | None = None
    after_transfer: Id | None = None
    mode: Literal["direct", "subcontract_back", "pass_through"] | None = None
    holder_inflation: Id | None = None
    expires: LastDayFigure | None = None
    mobilisation: DurationFigure | None = None
    follows_integration: StrictBool = False
    incentive: Literal["qof", "cquin", "lis"] | None = None
    shift: Shift | None = None
    shifts: dict[Id, Programme] = Field(default_factory=dict)
    recurrent: Recurrent | None = None

    @property
    def has_own_baseline(self) -> bool:
        """Whether the gain/loss share compares the line otherwise than its hospital plan does."""
        return self.expected != "trend" or self.coding_adjustment is not None

    @property
    def after(self) -> str | None:
        """Who provides the line once it has transferred: `holder`, or today's provider; None if it never does."""
        if self.mode is None:
            return self.after_transfer
        return "holder" if self.mode == "direct" else self.provider

    def programmes(self) -> Mapping[Steps, Shift]:
        """Its demand-shift programmes in order, by their path within the line."""
        several: dict[Steps, Shift] = {("shifts", name): programme for name, programme in self.shifts.items()}
        return {("shift",): self.shift} | several if self.shift else several
