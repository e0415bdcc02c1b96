"""Changes of a contract while it runs: variations, and rebasing of the budget."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DateFigure, LastDayFigure, MoneyFigure, RateFigure, Year
from mcp_finance.scenario.sections.words import Id, Title


class Variation(Section):
    """One entry of the variation ledger: its money, its cost and its days.

    `amount` is what it adds to the budget a year, and `cost` what it costs the budget holder a year, both at first-year
    prices; amounts below nothing take money out. `stream` says which index the amount follows and `inflation` which
    prices the cost follows, unless it is not `indexed`.
    """

    title: Title
    kind: Literal["scope_in", "scope_out", "policy", "new_burden", "non_recurrent"]
    commissioned_by: Literal["commissioner", "council"]
    amount: MoneyFigure
    cost: MoneyFigure
    from_day: Annotated[DateFigure, Field(alias="from")]
    until: LastDayFigure | None = None
    indexed: StrictBool = True
    stream: Id | None = None
    inflation: Id | None = None


class Rebase(Section):
    """Years in which the budget is cut by a part (theta) of the underspend rate since it was last set.

    Only years that are over count. An overspend raises the budget only if the contract rebases `both_ways`.
    """

    years: list[Year]
    theta: RateFigure
    both_ways: StrictBool = False
