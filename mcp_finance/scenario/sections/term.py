"""How the contract ends: an extension, an early end, and the days on which either side may break it."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DurationFigure, LastDayFigure, MoneyFigure


class Extension(Section):
    """By how long the term may be extended, and whether it is."""

    by: DurationFigure
    taken: StrictBool


class EarlyEnd(Section):
    """The contract ends after the day `on`. What the exit costs the budget holder falls in that year.

    Paid by the commissioner, it is made good to the budget holder.
    """

    on: LastDayFigure
    cost: MoneyFigure
    paid_by: Literal["holder", "commissioner"]


class BreakPoint(Section):
    """A last day on which the contract may be ended, and what the exit would cost the budget holder."""

    on: LastDayFigure
    cost: MoneyFigure
