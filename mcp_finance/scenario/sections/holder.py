"""The budget holder itself: legal form and taxes, reserves and guarantee, surplus, and the council's pooled money."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import CountFigure, MoneyFigure, RateFigure, RateSeries

Form = Literal["nhs_trust", "foundation_trust", "llp", "company", "cic"]
OUTSIDE_VAT_GROUP: tuple[Form, ...] = ("llp", "company", "cic")
"""Forms that are in no NHS VAT group, so that VAT on what they buy must be thought of."""


class VatOn(Section):
    """One kind of spend: which share of it bears VAT, and which share of that VAT is recovered."""

    vatable: RateFigure
    recovery: RateSeries


class Vat(Section):
    """VAT on what the budget holder buys. Nothing follows from its form: each share is given."""

    rate: RateSeries
    hospital: VatOn
    practices: VatOn
    others: VatOn
    own_services: VatOn
    programmes: VatOn


class Contribution(Section):
    """An employer's effective rate on all pay, by year, and the rate that the lines' baselines hold."""

    rate: RateSeries
    in_baseline: RateFigure


class Pay(Section):
    """Pay in the budget holder's own services. Their `inflation` must not hold the same step of a rate."""

    share: RateFigure
    pension: Contribution
    national_insurance: Contribution


class Holder(Section):
    """Legal form, VAT and pay. `form` is shown and says what must be given; it sets no figure."""

    form: Form
    vat: Vat | None = None
    pay: Pay | None = None


class MarginScores(Section):
    """Least margins of income that score 1 (best), 2 and 3; below the last the score is 4."""

    score_1: RateFigure
    score_2: RateFigure
    score_3: RateFigure


class Reserves(Section):
    """The reserve, which opens at the budget holder's opening balance, and the parent's guarantee; 0 where none."""

    build: RateFigure
    target: RateFigure
    guarantee: MoneyFigure
    minimum_days: CountFigure
    margin_scores: MarginScores | None = None


class Surplus(Section):
    """The share of turnover that may be kept as surplus, and what becomes of the excess."""

    cap: RateFigure
    excess: Literal["returned", "reinvested"]
    carry_losses: StrictBool


class MadeGood(Section):
    """Who makes good a change of the council's contribution; the budget holder bears the rest."""

    council: RateFigure
    commissioner: RateFigure


class PooledFund(Section):
    """A council's contribution that departs from its part of the budget, and the pool's risk share of that."""

    contribution_change: RateSeries
    made_good: MadeGood
