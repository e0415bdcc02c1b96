"""How hospitals are paid."""

from __future__ import annotations

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import RateSeries


class HospitalContract(Section):
    """Fixed sum for a plan, and marginal rates above and below it."""

    marginal_up: RateSeries
    marginal_down: RateSeries
    plan_level: RateSeries
    fixed_level: RateSeries
