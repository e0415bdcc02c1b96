"""Numbers of the term sheets, figures given for their facts, and their timing."""

from __future__ import annotations

from mcp_finance.files.shape import Steps
from mcp_finance.model.contract import pool_switch
from mcp_finance.model.share.settlement import CONTRACT_YEAR
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.binding import figure_name
from mcp_finance.scenario.filling.filler import Filler, ModelInputs
from mcp_finance.terms.compiler.parts import one_hot


def terms(f: Filler, out: ModelInputs) -> None:
    """Numbers of the term sheets, figures that the scenario gives for their facts, and their timing."""
    count = len(f.structure.years)
    in_order = Origin("", "contract", grade="definition", note="years of the contract, in order")
    out.put_years(CONTRACT_YEAR, [[(t + 1.0, in_order) for t in range(count)]])
    chosen = Origin("", "parties", grade="definition", note="picks one member")
    for party in f.structure.parties:
        out.put(one_hot(party), [(float(p == party), chosen) for p in f.structure.parties])
    pools = f.structure.members["pool"]
    for pool in pools if len(pools) > 1 else ():
        out.put(pool_switch(pool), [(float(p == pool), chosen) for p in pools])
    for bound, sheet in zip(f.loaded.terms, f.structure.terms, strict=True):
        path: Steps = ("terms", bound.key, "settled_later")
        out.put(f"{sheet.sheet.prefix}.settled_later", [f.cell(path, bound.use.settled_later)])
        for name, cells in sheet.cells.items():
            out.put(name, [(float(value), f.beside(origin)) for value, origin in cells])
        for use, series in bound.figures():
            out.put_years(figure_name(use), [f.series(bound.path(use), series, growth=False)])
