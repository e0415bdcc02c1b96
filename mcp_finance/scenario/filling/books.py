"""Opening balances, the deflator, and the allocation."""

from __future__ import annotations

from mcp_finance.files.shape import Steps
from mcp_finance.model.ledger import PARTIES
from mcp_finance.scenario.filling.filler import Filler, ModelInputs


def books(f: Filler, out: ModelInputs) -> None:
    for party in PARTIES:
        path: Steps = ("opening_balances", party)
        out.put(f"opening_balance.{party}", [f.cell(path, getattr(f.s.opening_balances, party))])
    out.put_years("deflator_growth", [f.series(("deflator", "growth"), f.s.deflator.growth, growth=True)])
    out.put("materiality", [f.cell(("materiality",), f.s.materiality)])
    if f.s.allocation is not None:
        out.put_years("allocation", [f.series(("allocation",), f.s.allocation, growth=False)])
