"""How hospitals are paid, and how their cost follows activity."""

from __future__ import annotations

from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import NOTHING, Filler, ModelInputs


def hospital(f: Filler, out: ModelInputs) -> None:
    whole = (1.0, Origin("", "", grade="definition", note="all of the cost follows activity"))
    out.put(
        "variable_cost",
        f.by_line(lambda p, x: f.cell((*p, "variable_cost"), x.variable_cost) if x.variable_cost else whole),
    )
    years = len(f.structure.years)
    for key in ("plan_level", "fixed_level", "marginal_up", "marginal_down"):
        contracts = [
            f.series(("hospital_contracts", n, key), getattr(c, key), growth=False)
            for n, c in f.s.hospital_contracts.items()
        ]
        out.put_years(key, contracts or [[NOTHING] * years])
