"""Demand-shift programmes that the commissioner of their line pays for, NHS or council.

Such a programme is outside the budget: its re-provision comes off the cash that the commissioner saves
(`commissioner_reprovision`), or the gain would be paid from money already spent.
"""

from __future__ import annotations

from mcp_finance.model.party import COMMISSIONER, COUNCIL, OUTSIDE
from mcp_finance.rows.expr import Expr, up, weighted
from mcp_finance.rows.row import entry, row

SHEET = "Shift"
PROGRAMME, LINE = ("programme",), ("line",)
PROOFS = {
    COMMISSIONER: ("-unbudgeted_nhs_programmes",),
    COUNCIL: ("-unbudgeted_council_programmes",),
}


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def commissioners_programme_cost(all_programme_cost: Expr, paid_by_holder: Expr) -> Expr:
    """What the programme costs its line's commissioner."""
    return all_programme_cost * (1 - paid_by_holder)


@row(sheet=SHEET, unit="switch", dims=PROGRAMME)
def nhs_programme(is_nhs: Expr) -> Expr:
    """1 for programmes on NHS lines."""
    return up(is_nhs, along="line")


@row(sheet=SHEET, unit="switch", dims=PROGRAMME)
def council_programme(is_council: Expr) -> Expr:
    """1 for programmes on the council's lines."""
    return up(is_council, along="line")


@entry(payer=COMMISSIONER, payee=OUTSIDE, kind="resource")
def commissioner_programmes(commissioners_programme_cost: Expr, nhs_programme: Expr) -> Expr:
    """Demand-shift programmes that the NHS commissioner pays for."""
    return weighted(commissioners_programme_cost, nhs_programme, over="programme")


@entry(payer=COUNCIL, payee=OUTSIDE, kind="resource")
def council_programmes(commissioners_programme_cost: Expr, council_programme: Expr) -> Expr:
    """Demand-shift programmes that the council pays for."""
    return weighted(commissioners_programme_cost, council_programme, over="programme")


@row(sheet="Proof", unit="GBP", dims=LINE)
def unbudgeted_programme_cost(programme_cost: Expr, holder_programme_cost: Expr) -> Expr:
    """The line's demand shift, less what of it the budget holder pays."""
    return programme_cost - holder_programme_cost


@row(sheet="Proof", unit="GBP")
def unbudgeted_nhs_programmes(unbudgeted_programme_cost: Expr, is_nhs: Expr) -> Expr:
    """The same of the NHS commissioner's lines."""
    return weighted(unbudgeted_programme_cost, is_nhs, over="line")


@row(sheet="Proof", unit="GBP")
def unbudgeted_council_programmes(unbudgeted_programme_cost: Expr, is_council: Expr) -> Expr:
    """The same of the council's lines."""
    return weighted(unbudgeted_programme_cost, is_council, over="line")
