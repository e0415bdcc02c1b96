"""What the gain/loss share expects of a line, where that is not the trend of its hospital plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mcp_finance.files.figures import FigureError, exact_text
from mcp_finance.files.problems import quoted
from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import CountFigure, RateFigure, RateSeries

LONGEST_ROLL = 5
Baseline = Literal["trend", "static", "comparator", "norm", "rolling"]


class Norm(Section):
    """A norm for each person weighted by need; need per head rises by no more than `risk_score_cap` over the term."""

    activity_per_weighted_person: CountFigure
    growth: RateSeries
    risk_score_cap: RateFigure


def _whole_years(raw: object) -> int:
    if type(raw) is int and 1 <= raw <= LONGEST_ROLL:
        return raw
    found = quoted(exact_text(raw), 20) if isinstance(raw, str | int | float) else "this"
    message = f"{found} is not a number of whole years from 1 to {LONGEST_ROLL}"
    raise FigureError(message, f"a whole number from 1 to {LONGEST_ROLL}")


RollingYears = Annotated[int, BeforeValidator(_whole_years), Field(ge=1, le=LONGEST_ROLL)]
