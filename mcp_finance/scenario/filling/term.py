"""When the contract ends, what an exit costs, and the days on which it may be broken."""

from __future__ import annotations

from dataclasses import replace

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import Behind, Cell, Filler, ModelInputs

NO_EXTENSION: Cell = (0.0, Origin("", "", grade="definition", note="no extension"))
NO_SLIPPAGE: Cell = (0.0, Origin("", "", grade="definition", note="transfers and programmes as planned"))


def term(f: Filler, out: ModelInputs) -> None:
    contract = f.s.contract
    years_end = float(parse_financial_year(contract.first_year) + contract.years)
    origin = replace(f.word(("contract", "years"), years_end)[1], note="end of the last year")
    out.put("model_ends", [(years_end, origin)])
    ends: Cell = (years_end, origin)
    if contract.term is not None:
        ends = (contract.start.value + contract.term.value, f.origin(("contract", "term"), contract.term))
        for key, figure, unit in (("start", contract.start, "time"), ("term", contract.term, "years")):
            of_both = f.origin(("contract", key), figure)
            out.behind.append(Behind(of_both, unit, figure.value, "term_ends", (), "offset"))
    out.put("term_ends", [ends])
    extension, early = contract.extension, contract.ends_early
    path = ("contract", "extension")
    out.put("extension", [f.cell((*path, "by"), extension.by) if extension else NO_EXTENSION])
    out.put("extension_taken", [f.word((*path, "taken"), float(extension.taken)) if extension else NO_EXTENSION])
    out.put("early_end", [f.cell(("contract", "ends_early", "on"), early.on) if early else (years_end, origin)])
    slippage = contract.slippage
    out.put("slippage", [f.cell(("contract", "slippage"), slippage) if slippage else NO_SLIPPAGE])
    if early is not None:
        out.put("exit_cost", [f.cell(("contract", "ends_early", "cost"), early.cost)])
        paid = f.word(("contract", "ends_early", "paid_by"), float(early.paid_by == "holder"))
        out.put("exit_paid_by_holder", [paid])
    if points := contract.break_points:
        at = {name: ("contract", "break_points", name) for name in points}
        out.put("break_on", [f.cell((*at[name], "on"), point.on) for name, point in points.items()])
        out.put("break_cost", [f.cell((*at[name], "cost"), point.cost) for name, point in points.items()])
