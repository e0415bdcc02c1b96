"""From a line's outturn to its recurrent cost."""

from __future__ import annotations

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import MoneyFigure


class Recurrent(Section):
    """Adjustments of a line's outturn, which is its baseline, to its recurrent cost in the reference year.

    Taken off, and written as amounts above nothing: `non_recurrent`, `savings_full_year_effect` (the rest of a year of
    savings already delivered) and `transfers_out`. Added: `committed_investment`, `transfers_in`, `functions_taken_on`
    (commissioner functions), and of either sign `full_year_effect` and `coding_change`.
    """

    non_recurrent: MoneyFigure | None = None
    full_year_effect: MoneyFigure | None = None
    savings_full_year_effect: MoneyFigure | None = None
    committed_investment: MoneyFigure | None = None
    transfers_in: MoneyFigure | None = None
    transfers_out: MoneyFigure | None = None
    coding_change: MoneyFigure | None = None
    functions_taken_on: MoneyFigure | None = None
