"""Amounts of changes and levers in words, by what they change: `+1.55 points`, `14.2 months`, `54.1% of today's`."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_finance.analysis.search.levers import Fitted
from mcp_finance.report import money
from mcp_finance.report.views import last_day, with_unit
from mcp_finance.scenario.amounts import COUNTS, PERCENT, How

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Scale:
    """What an amount is shown in: `unit`, and how many of them are one of the model's; `plus` marks a change."""

    unit: str
    times: float
    places: int
    plus: bool


def scale_of(unit: str, how: How) -> Scale:
    """The scale of an amount by what it changes, and how."""
    is_change = how == "add"
    if how == "times":
        return Scale("% of today's", 100, 2, plus=False)
    if unit in PERCENT:
        return Scale("points" if is_change else "%", 100, 4, plus=is_change)
    if unit in ("years", "time"):
        return Scale("months", MONTHS, 1, plus=is_change)
    if unit == "GBP":
        return Scale("£", 1, 0, plus=is_change)
    return Scale("" if unit in COUNTS else unit, 1, 2, plus=is_change)


def amount_words(unit: str, how: How, amount: float, *, is_last_day: bool = False) -> str:
    """An amount as a reader says it; a date that is set is said as a date."""
    if unit == "time" and how == "is":
        return last_day(amount) if is_last_day else with_unit(amount, unit)
    scale = scale_of(unit, how)
    if scale.unit.startswith("%"):
        return money.measured(amount * scale.times, "%", scale.places) + scale.unit[1:]
    return money.measured(amount * scale.times, scale.unit, scale.places, plus=scale.plus)


def said(fitted: Fitted, amount: float) -> str:
    """An amount of a lever in words."""
    return amount_words(fitted.unit, fitted.lever.how, amount, is_last_day=fitted.last_day)
