"""What a business case is judged by: the discount rate, and a bid beside the model's own cost."""

from __future__ import annotations

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import MoneyFigure, MoneySeries, RateFigure, RateSeries


class Appraisal(Section):
    """Net present value against do-nothing. The discount rate is a real one, on money at first-year prices."""

    discount_rate: RateSeries


class Tolerances(Section):
    """Parts of the price beyond which a check on the bid warns."""

    price_gap: RateFigure
    variations: RateFigure
    first_payment: RateFigure


class Bid(Section):
    """A bid for the scope of the budget: its price a year, and what it relies on beyond it."""

    price: MoneySeries
    base_case_cost: MoneySeries | None = None
    expected_variations: MoneySeries
    mobilisation_asked: MoneyFigure
    tolerances: Tolerances
