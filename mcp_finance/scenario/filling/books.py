"""Opening balances, the deflator, and the allocation."""

from __future__ import annotations

from mcp_finance.files.shape import Steps
from mcp_finance.scenario.filling.filler import Filler, ModelInputs


def books(f: Filler, out: ModelInputs) -> None:
    for party in f.structure.parties:
        path: Steps = ("opening_balances", party)
        if party in f.s.providers:
            path, balance = ("providers", party, "opening_balance"), f.s.providers[party].opening_balance
        else:
            balance = getattr(f.s.opening_balances, party)
        out.put(f"opening_balance.{party}", [f.cell(path, balance)])
    out.put_years("deflator_growth", [f.series(("deflator", "growth"), f.s.deflator.growth, growth=True)])
    out.put("materiality", [f.cell(("materiality",), f.s.materiality)])
    if f.s.allocation is not None:
        out.put_years("allocation", [f.series(("allocation",), f.s.allocation, growth=False)])
