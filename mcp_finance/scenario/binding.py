"""Facts of a term sheet as expressions over the contract's rows, and the sheet compiled with them."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.model.contract import known_rows, pool_switch
from mcp_finance.model.settlement import CONTRACT_YEAR, FINAL_YEAR
from mcp_finance.rows.expr import Expr, total, weighted
from mcp_finance.rows.row import InputSpec
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.terms import BoundTerms
from mcp_finance.terms.compile import Compiled, compile_terms
from mcp_finance.terms.writer import FactUse, added

NIL, ONE = Expr("num", value=0.0), Expr("num", value=1.0)
UNITS = {"money": "GBP", "ratio": "share", "count": "number", "flag": "switch"}


def compiled(bound: BoundTerms, pools: tuple[str, ...]) -> Compiled:
    """The sheet with its facts bound. `pools` are all pools of the contract."""

    def bind(use: FactUse) -> Expr:
        value = bound.facts.get(use.name.removesuffix(".given") if use.is_given else use.name)
        if use.is_given:
            return NIL if value is None else ONE
        if isinstance(value, Series):
            return Expr("ref", name=figure_name(use))
        return NIL if value is None else _row(value, use, bound, pools)

    return compile_terms(bound.terms, bind, bound.use.parties)


def _row(name: str, use: FactUse, bound: BoundTerms, pools: tuple[str, ...]) -> Expr:
    """A row of the contract as one value: of the fact's pool, of the sheet's pools, or of all lines or contracts."""
    row = Expr("ref", name=name)
    dims = () if name in (CONTRACT_YEAR, FINAL_YEAR) else known_rows()[name].dims
    if dims != ("pool",):
        return total(row, over=dims[0]) if dims else row
    own = (use.pool,) if use.pool else tuple(p.id for p in bound.terms.sheet.pools)
    if set(own) == set(pools):
        return total(row, over="pool")
    return added(weighted(row, Expr("ref", name=pool_switch(pool)), over="pool") for pool in own)


def figure_name(use: FactUse) -> str:
    """The input that holds a figure given for a fact."""
    return f"{use.name}.figure"


def figure_inputs(bound: BoundTerms) -> Iterator[InputSpec]:
    """An input for each fact that the scenario gives as a figure."""
    for use, _ in bound.figures():
        doc = f"{use.spec.means or use.column}: given by the scenario."
        yield InputSpec(figure_name(use), UNITS[use.spec.unit], doc, yearly=True)
