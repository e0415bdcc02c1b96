"""The place and its contract: names, term and dates, whom the budget serves, what is published of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool

from mcp_finance.files.figures import FigureError, exact_text
from mcp_finance.files.problems import quoted
from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import (
    CountSeries,
    DateFigure,
    DurationFigure,
    Evidence,
    Money,
    MoneyFigure,
    RateFigure,
    Year,
)
from mcp_finance.scenario.sections.term import BreakPoint, EarlyEnd, Extension
from mcp_finance.scenario.sections.words import Id, Title

LONGEST_TERM = 30


class Names(Section):
    """What the parties are called in this place."""

    commissioner: Title = "Commissioner"
    budget_holder: Title = "Budget holder"
    hospital: Title = "Hospital"
    council: Title = "Council"
    practices: Title = "GP practices"


def _whole_years(raw: object) -> int:
    if type(raw) is int and 1 <= raw <= LONGEST_TERM:
        return raw
    found = quoted(exact_text(raw), 20) if isinstance(raw, str | int | float) else "this"
    message = f"{found} is not a term in whole years from 1 to {LONGEST_TERM}"
    raise FigureError(message, f"a whole number from 1 to {LONGEST_TERM}")


class Contract(Section):
    """Term and dates. Baselines are at the reference year; budget and cost start from the first year.

    `term` counts from the start; without it the contract runs to the end of the `years`, which are those modelled.
    `slippage` delays every transfer and every programme beyond their dates.
    """

    first_year: Year
    years: Annotated[int, BeforeValidator(_whole_years), Field(ge=1, le=LONGEST_TERM)]
    start: DateFigure
    reference_year: Year
    term: DurationFigure | None = None
    extension: Extension | None = None
    ends_early: EarlyEnd | None = None
    break_points: dict[Id, BreakPoint] = Field(default_factory=dict)
    slippage: DurationFigure | None = None


class Range(Evidence):
    """A published range, to stand beside the model's own figure."""

    low: Money
    high: Money


class Published(Section):
    """Published figures shown beside the model's own; never read by the model."""

    contract_total: Range | None = None
    scope_total: MoneyFigure | None = None
    per_head: MoneyFigure | None = None


class Population(Section):
    """People: a table by basis (registered list or residents), age band and year, and whom the budget serves.

    Who is a member stands here, as two shares of the registered list, or in the section `practices`. With
    `non_member_contract` the budget holder serves the patients of non-member practices under a separate contract.
    """

    table: Title
    member_share: RateFigure | None = None
    fully_integrated_share: RateFigure | None = None
    unregistered: CountSeries
    non_member_contract: StrictBool = False


class Profiles(Section):
    """Relative need or use per head by age: a table of profile, age band and weight."""

    table: Title


class Outside(Section):
    """A service that is out, with the reason and no figure."""

    para: str = ""
    why: str
