"""Demand-shift programmes: what each does to the activity of its line, when, at what cost, and who pays.

A line has one programme (`shift`) or several (`shifts`, by id, in the order in which they act on it). Every programme
takes its share of the activity that those before it leave, so that together they never avoid more than there is.
"""

from __future__ import annotations

from typing import Literal

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DateFigure, DurationFigure, LastDayFigure, MoneyFigure, RateFigure, RateSeries
from mcp_finance.scenario.sections.words import Id


class Shift(Section):
    """A demand-shift programme on a line. Its costs are required: shift is never free.

    `relocate` moves activity into the community and takes none away: the gain/loss share does not count it. `decay` is
    what is lost each year of the effect once the ramp is complete; `induced` is demand that the programme calls forth,
    as a share of the activity that it newly reaches. `team` is paid from the programme's start, whatever it avoids.
    `ends` is its last day: effect, induced demand and costs end with it.
    """

    kind: Literal["avoid", "relocate"] = "avoid"
    starts: DateFigure
    ends: LastDayFigure | None = None
    delay: DurationFigure
    reach: RateFigure
    effect: RateFigure
    delivery: RateSeries
    ramp: DurationFigure
    shape: Literal["linear", "s_curve", "step"] = "linear"
    decay: RateFigure | None = None
    induced: RateFigure | None = None
    reprovision: MoneyFigure
    team: MoneyFigure | None = None
    transition: MoneyFigure
    double_running: MoneyFigure
    inflation: Id
    paid_by: Literal["budget_holder", "commissioner"] = "budget_holder"


class Programme(Shift):
    """One of several programmes on a line.

    `overlap` is the share of the people it reaches whom earlier programmes of the line already serve: it has no effect
    on them.
    """

    overlap: RateFigure | None = None
