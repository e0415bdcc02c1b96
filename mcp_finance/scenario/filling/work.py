"""Dates and activity of every line."""

from __future__ import annotations

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.model.delivery.chance import CHANCE
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import Cell, Filler, ModelInputs

BY_NO_CHANCE: Cell = (1.0, Origin("", "", grade="definition", note="its activity does not vary by chance"))


def _as_expected(f: Filler, line: str) -> Cell:
    """Activity by chance in the plain run: what is to be expected. A simulation draws it."""
    counts = f.s.uncertainty.activity_counts if f.s.uncertainty else {}
    return f.word(("uncertainty", "activity_counts", line), 1.0) if line in counts else BY_NO_CHANCE


def time_and_activity(f: Filler, out: ModelInputs) -> None:
    contract = f.s.contract
    out.put("first_day", [f.word(("contract", "first_year"), parse_financial_year(contract.first_year))])
    out.put("contract_start", [f.cell(("contract", "start"), contract.start)])
    out.put("existing_contract_ends", f.optional("expires"))
    out.put("mobilisation", f.optional("mobilisation"))
    out.put("base_activity", f.by_line(lambda p, line: f.cell((*p, "activity"), line.activity)))
    growth = [f.series(("lines", n, "growth"), line.growth, growth=True) for n, line in f.lines]
    expected = [
        f.series(("lines", n, "expected_growth"), line.expected_growth, growth=True)
        if line.expected_growth
        else growth[k]
        for k, (n, line) in enumerate(f.lines)
    ]
    if "chance" in f.structure.optional:
        out.put_years(CHANCE.name, [[_as_expected(f, name)] * len(f.structure.years) for name, _ in f.lines])
    out.put_years("activity_growth", growth)
    out.put_years("expected_growth", expected)
