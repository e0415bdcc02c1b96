"""The register of lines: what each is, who provides and buys it, and the demand shift on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, StrictBool, Tag

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import (
    CountFigure,
    DateFigure,
    DurationFigure,
    LastDayFigure,
    MoneyFigure,
    RateFigure,
    RateSeries,
)
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


class Shift(Section):
    """A demand-shift programme on one line. Its costs are required: shift is never free."""

    starts: DateFigure
    delay: DurationFigure
    reach: RateFigure
    effect: RateFigure
    delivery: RateFigure
    ramp: DurationFigure
    reprovision: MoneyFigure
    transition: MoneyFigure
    double_running: MoneyFigure
    inflation: Id


class Line(Section):
    """A leaf: a service, point of delivery, cohort and provider that really exist together."""

    title: Title
    para: str = ""
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
    provider: Literal["hospital", "practices", "other"]
    growth: RateSeries
    expected_growth: RateSeries | None = None
    inflation: Id | None = None
    cost_to_price: RateFigure | None = None
    contract: Id | None = None
    variable_cost: RateFigure | None = None
    after_transfer: Literal["holder", "hospital", "practices", "other"] | None = None
    holder_inflation: Id | None = None
    expires: LastDayFigure | None = None
    mobilisation: DurationFigure | None = None
    follows_integration: StrictBool = False
    incentive: Literal["qof", "cquin", "lis"] | None = None
    shift: Shift | None = None
