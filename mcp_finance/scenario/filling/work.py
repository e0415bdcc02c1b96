"""Dates, activity and the demand shift of every line."""

from __future__ import annotations

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.shape import Steps
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import NOTHING, Cell, Filler, ModelInputs
from mcp_finance.scenario.sections.lines import Line


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
    out.put_years("activity_growth", growth)
    out.put_years("expected_growth", expected)


def shift(f: Filler, out: ModelInputs) -> None:
    out.put("half", [(0.5, Origin("", "half", grade="definition", note="area under a straight line"))])
    names = {
        "shift_starts": "starts",
        "shift_delay": "delay",
        "shift_ramp": "ramp",
        "shift_reach": "reach",
        "shift_effect": "effect",
        "shift_delivery": "delivery",
        "reprovision_unit_cost": "reprovision",
        "transition_cost": "transition",
        "double_running_cost": "double_running",
    }
    for name, key in names.items():
        out.put(name, [_shift_cell(f, ("lines", n, "shift", key), line, key) for n, line in f.lines])


def _shift_cell(f: Filler, path: Steps, line: Line, key: str) -> Cell:
    return f.cell(path, getattr(line.shift, key)) if line.shift else NOTHING
