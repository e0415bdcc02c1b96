"""Facts of a term sheet as expressions over the contract's rows, and the sheet compiled with them.

A fact may be bound to any row of the contract but one that the settlement of the same year moves: that is a circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcp_finance.files.problems import Problem
from mcp_finance.model.contract import contract_rows, known_rows, member_of, pool_switch
from mcp_finance.model.party import of_provider
from mcp_finance.model.share.pool_saving import POOL_SAVING
from mcp_finance.model.share.settlement import CONTRACT_YEAR, FINAL_YEAR
from mcp_finance.rows.expr import Expr, total, weighted
from mcp_finance.rows.order import same_year_reads
from mcp_finance.rows.row import InputSpec, Row
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.providers import parties_of
from mcp_finance.scenario.subjects import subjects_of
from mcp_finance.scenario.terms import USUAL, BoundTerms
from mcp_finance.scenario.validate import Parts
from mcp_finance.terms.compiler.compile import Compiled, compile_terms
from mcp_finance.terms.compiler.parts import FactUse, added

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
    if name == POOL_SAVING and len(pools) == 1:
        return Expr("ref", name="commissioner_cash_saving")
    name, member = member_of(name)
    row = Expr("ref", name=name)
    if member:
        return of_provider(name, member)
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


def check_circles(parts: Parts, sheets: tuple[BoundTerms, ...]) -> Iterator[Problem]:
    """Facts bound to rows that read, within a year, the settlement that reads the fact."""
    named = [(b, use) for b in sheets for use in b.facts_bound_to_rows() if b.facts[use.name] not in USUAL.values()]
    if not named:
        return
    pools = tuple(p.id for b in sheets for p in b.terms.sheet.pools)
    parties = parties_of(parts.get("providers") or {})
    bound_sheets = tuple(compiled(b, pools) for b in sheets)
    rows = {r.name: r for r in contract_rows(parties, bound_sheets, subjects_of(parts.root))}
    for bound, use in named:
        if circle := _circle(rows, use.name):
            message = f"this makes a circle within a year: {' reads '.join(circle)}"
            yield parts.problem(bound.path(use), message, "a row that the settlement does not move, or a figure")


def _circle(rows: Mapping[str, Row], start: str) -> list[str]:
    """The shortest way from a row through what it reads in the same year back to itself; empty if there is none."""
    came_from: dict[str, str] = {}
    reached = [start]
    for name in reached:
        for read in same_year_reads(rows[name].expr) if name in rows else ():
            if read == start:
                way = [name]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return [*reversed(way), start]
            if read not in came_from:
                came_from[read] = name
                reached.append(read)
    return []
