"""How a stream's budget is indexed where it does not simply follow its growth, and rates reopened within a year."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DateFigure, RateFigure, RateSeries


class CostBuild(Section):
    """Growth of a budget by cost: (1 + population) × (1 + non_demographic) × (1 + uplift) × (1 − efficiency) a year."""

    population: RateSeries
    non_demographic: RateSeries
    uplift: RateSeries
    efficiency: RateSeries


class Pace(Section):
    """Pace of change of an allocation towards its target share.

    `distance_from_target` is where the stream stands in the first year: below nothing if it is under target. `speed` is
    the part of the distance that is closed each year; growth is never below `least` nor above `most`.
    """

    distance_from_target: RateFigure
    speed: RateSeries
    least: RateSeries
    most: RateSeries


class ReopenedGrowth(Section):
    """Growth of a year that replaces its first figure from a day on, 1 April if backdated."""

    growth: RateFigure
    from_day: Annotated[DateFigure, Field(alias="from")]


class ReopenedUplift(Section):
    """Uplift of a year that replaces its first figure from a day on, 1 April if backdated."""

    uplift: RateFigure
    from_day: Annotated[DateFigure, Field(alias="from")]
