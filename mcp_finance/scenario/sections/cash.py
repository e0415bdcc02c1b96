"""When the contract's money is paid: instalments, payment delays, settlements and a loan for working capital."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DurationFigure, MoneyFigure, RateFigure, Year

Month = Literal["apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "jan", "feb", "mar"]


class Profile(Section):
    """Part of the annual payment that is due for each month; together all of it."""

    apr: RateFigure
    may: RateFigure
    jun: RateFigure
    jul: RateFigure
    aug: RateFigure
    sep: RateFigure
    oct: RateFigure
    nov: RateFigure
    dec: RateFigure
    jan: RateFigure
    feb: RateFigure
    mar: RateFigure


def _profile_form(raw: object) -> str:
    return "shares by month" if isinstance(raw, dict | Profile) else "equal"


class Instalments(Section):
    """How the annual payment is paid over the year; `arrears` run from the month of an instalment to its payment.

    `by_year` gives single years a profile of their own: a first year that begins late or is paid early for
    mobilisation, or a year in which the payment changes from a month on.
    """

    profile: Annotated[
        Annotated[Profile, Tag("shares by month")] | Annotated[Literal["equal"], Tag("equal")],
        Discriminator(_profile_form),
    ]
    arrears: DurationFigure
    by_year: dict[Year, Profile] = Field(default_factory=dict)


class PaymentTerms(Section):
    """From accrual to payment, by kind of flow; what is left out is paid as it accrues, evenly in its year."""

    hospital_contracts: DurationFigure | None = None
    practices: DurationFigure | None = None
    other_providers: DurationFigure | None = None
    staff: DurationFigure | None = None
    programmes: DurationFigure | None = None
    funding: DurationFigure | None = None


class Advance(Section):
    """A loan of the commissioner to the budget holder on the first day, paid back evenly; no income of anybody."""

    amount: MoneyFigure
    repaid: DurationFigure


class Cash(Section):
    """Monthly cash.

    What a term sheet settles later is paid in the `settlement_month` of the following year, or evenly over it; the
    other part of a settlement is paid evenly within its own year.
    """

    instalments: Instalments
    payment_terms: PaymentTerms = PaymentTerms()
    settlement_month: Month | None = None
    advance: Advance | None = None
