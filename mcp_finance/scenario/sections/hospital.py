"""How hospitals are paid."""

from __future__ import annotations

from typing import Literal

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import RateSeries


class HospitalContract(Section):
    """Fixed sum for a plan, and marginal rates above and below it.

    `kind` is the regime, a word for some of the four (`mcp_finance.scenario.checks.regimes`). Without it all are given.
    """

    kind: Literal["results", "marginal_rate", "blended", "aligned", "block", "guaranteed"] | None = None
    marginal_up: RateSeries | None = None
    marginal_down: RateSeries | None = None
    plan_level: RateSeries | None = None
    fixed_level: RateSeries | None = None
