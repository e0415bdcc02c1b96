"""VAT that the budget holder pays and does not get back.

Five kinds of spend: sub-contracts with hospitals, with practices and with others, its own services, and demand-shift
programmes. Each says which share of it bears VAT and which share of that VAT is recovered; the legal form sets neither.
A pound paid to another provider, all of it vatable at 20% with nothing recovered, costs 20p more; supplies between
bodies of one NHS VAT group are outside the scope, which is a vatable share of 0%. The entry adds up lines; the proof
goes by kind of spend, VAT charged less VAT recovered.
"""

from __future__ import annotations

from mcp_finance.model.party import HOLDER, OUTSIDE
from mcp_finance.rows.expr import Expr, choose, total, weighted
from mcp_finance.rows.row import InputSpec, entry, row

SHEET, PROOF = "Taxes", "Proof"
LINE = ("line",)
SPEND = {
    "hospital": "sub-contracts with hospitals",
    "practices": "sub-contracts with GP practices",
    "others": "sub-contracts with other providers",
    "own_services": "the services that the budget holder provides",
    "programmes": "demand-shift programmes",
}
INPUTS = (
    InputSpec("vat_rate", "rate", "Standard rate of VAT.", yearly=True),
    *(InputSpec(f"vatable.{kind}", "share", f"Share of {what} that bears VAT.") for kind, what in SPEND.items()),
    *(
        InputSpec(f"vat_recovery.{kind}", "share", f"Share of the VAT on {what} that is recovered.", yearly=True)
        for kind, what in SPEND.items()
    ),
)


@row(sheet=SHEET, unit="share")
def unrecovered__hospital(vatable__hospital: Expr, vat_recovery__hospital: Expr) -> Expr:
    """Part of sub-contracts with hospitals on which VAT is a cost."""
    return vatable__hospital * (1 - vat_recovery__hospital)


@row(sheet=SHEET, unit="share")
def unrecovered__practices(vatable__practices: Expr, vat_recovery__practices: Expr) -> Expr:
    """Part of sub-contracts with GP practices on which VAT is a cost."""
    return vatable__practices * (1 - vat_recovery__practices)


@row(sheet=SHEET, unit="share")
def unrecovered__others(vatable__others: Expr, vat_recovery__others: Expr) -> Expr:
    """Part of sub-contracts with other providers on which VAT is a cost."""
    return vatable__others * (1 - vat_recovery__others)


@row(sheet=SHEET, unit="share")
def unrecovered__own_services(vatable__own_services: Expr, vat_recovery__own_services: Expr) -> Expr:
    """Part of the cost of its own services on which VAT is a cost."""
    return vatable__own_services * (1 - vat_recovery__own_services)


@row(sheet=SHEET, unit="share")
def unrecovered__programmes(vatable__programmes: Expr, vat_recovery__programmes: Expr) -> Expr:
    """Part of the cost of programmes on which VAT is a cost."""
    return vatable__programmes * (1 - vat_recovery__programmes)


@row(sheet=SHEET, unit="share", dims=LINE)
def unrecovered_nhs(
    is_hospital: Expr, unrecovered__hospital: Expr, is_practices: Expr, unrecovered__practices: Expr
) -> Expr:
    """The same part of the line's sub-contract, where the hospital or practices provide it."""
    return is_hospital * unrecovered__hospital + is_practices * unrecovered__practices


@row(sheet=SHEET, unit="switch", dims=LINE)
def is_others(others_line: Expr, is_subcontractor: Expr) -> Expr:
    """1 for lines that neither a hospital nor practices provide today."""
    return others_line + is_subcontractor


@row(sheet=SHEET, unit="share", dims=LINE)
def unrecovered_subcontract(unrecovered_nhs: Expr, is_others: Expr, unrecovered__others: Expr) -> Expr:
    """Part of the line's sub-contract on which VAT is a cost, whoever provides it."""
    return unrecovered_nhs + is_others * unrecovered__others


@row(sheet=SHEET, unit="GBP", dims=LINE)
def vat_on_provision(
    passed_payment: Expr, unrecovered_subcontract: Expr, own_cost: Expr, unrecovered__own_services: Expr, vat_rate: Expr
) -> Expr:
    """VAT not recovered on the line's sub-contract, or on the budget holder's own supplies for it."""
    return (passed_payment * unrecovered_subcontract + own_cost * unrecovered__own_services) * vat_rate


@row(sheet=SHEET, unit="GBP", dims=LINE)
def vat_on_line(vat_on_provision: Expr, programme_cost: Expr, unrecovered__programmes: Expr, vat_rate: Expr) -> Expr:
    """VAT not recovered on all that the line costs the budget holder."""
    return vat_on_provision + programme_cost * unrecovered__programmes * vat_rate


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def irrecoverable_vat(vat_on_line: Expr) -> Expr:
    """VAT that the budget holder pays and does not recover."""
    return total(vat_on_line, over="line")


@row(sheet=SHEET, unit="switch")
def warn__vat_unrecovered(irrecoverable_vat: Expr) -> Expr:
    """1 in years in which VAT is a cost to the budget holder."""
    return choose(irrecoverable_vat > 0, 1, 0)


@row(sheet=PROOF, unit="GBP")
def bought_from__hospital(passed_payment: Expr, is_hospital: Expr) -> Expr:
    """Paid to hospitals."""
    return weighted(passed_payment, is_hospital, over="line")


@row(sheet=PROOF, unit="GBP")
def bought_from__practices(passed_payment: Expr, is_practices: Expr) -> Expr:
    """Paid to GP practices."""
    return weighted(passed_payment, is_practices, over="line")


@row(sheet=PROOF, unit="GBP")
def bought_from__others(passed_payment: Expr, is_others: Expr) -> Expr:
    """Paid to other providers."""
    return weighted(passed_payment, is_others, over="line")


@row(sheet=PROOF, unit="GBP")
def vat_charged__hospital(bought_from__hospital: Expr, vatable__hospital: Expr, vat_rate: Expr) -> Expr:
    """VAT charged on sub-contracts with hospitals, recovered or not."""
    return bought_from__hospital * vatable__hospital * vat_rate


@row(sheet=PROOF, unit="GBP")
def vat_charged__practices(bought_from__practices: Expr, vatable__practices: Expr, vat_rate: Expr) -> Expr:
    """VAT charged on sub-contracts with GP practices, recovered or not."""
    return bought_from__practices * vatable__practices * vat_rate


@row(sheet=PROOF, unit="GBP")
def vat_charged__others(bought_from__others: Expr, vatable__others: Expr, vat_rate: Expr) -> Expr:
    """VAT charged on sub-contracts with other providers, recovered or not."""
    return bought_from__others * vatable__others * vat_rate


@row(sheet=PROOF, unit="GBP")
def vat_charged__own_services(own_cost_total: Expr, vatable__own_services: Expr, vat_rate: Expr) -> Expr:
    """VAT charged on supplies of its own services, recovered or not."""
    return own_cost_total * vatable__own_services * vat_rate


@row(sheet=PROOF, unit="GBP")
def vat_charged__programmes(programme_cost_total: Expr, vatable__programmes: Expr, vat_rate: Expr) -> Expr:
    """VAT charged on programmes, recovered or not."""
    return programme_cost_total * vatable__programmes * vat_rate


@row(sheet=PROOF, unit="GBP")
def own_cost_total(own_cost: Expr) -> Expr:
    """Cost of all services that the budget holder provides, before taxes."""
    return total(own_cost, over="line")


@row(sheet=PROOF, unit="GBP")
def programme_cost_total(programme_cost: Expr) -> Expr:
    """Cost of all programmes, before taxes."""
    return total(programme_cost, over="line")


@row(sheet=PROOF, unit="GBP")
def vat_charged_on_subcontracts(
    vat_charged__hospital: Expr, vat_charged__practices: Expr, vat_charged__others: Expr
) -> Expr:
    """VAT charged on all sub-contracts."""
    return vat_charged__hospital + vat_charged__practices + vat_charged__others


@row(sheet=PROOF, unit="GBP")
def vat_back_from_nhs(
    vat_charged__hospital: Expr,
    vat_recovery__hospital: Expr,
    vat_charged__practices: Expr,
    vat_recovery__practices: Expr,
) -> Expr:
    """VAT recovered on sub-contracts with hospitals and practices."""
    return vat_charged__hospital * vat_recovery__hospital + vat_charged__practices * vat_recovery__practices


@row(sheet=PROOF, unit="GBP")
def vat_back_on_subcontracts(vat_back_from_nhs: Expr, vat_charged__others: Expr, vat_recovery__others: Expr) -> Expr:
    """VAT recovered on all sub-contracts."""
    return vat_back_from_nhs + vat_charged__others * vat_recovery__others


@row(sheet=PROOF, unit="GBP")
def vat_back_on_own_cost(
    vat_charged__own_services: Expr,
    vat_recovery__own_services: Expr,
    vat_charged__programmes: Expr,
    vat_recovery__programmes: Expr,
) -> Expr:
    """VAT recovered on its own services and on programmes."""
    return vat_charged__own_services * vat_recovery__own_services + vat_charged__programmes * vat_recovery__programmes


@row(sheet=PROOF, unit="GBP")
def vat_charged(
    vat_charged_on_subcontracts: Expr, vat_charged__own_services: Expr, vat_charged__programmes: Expr
) -> Expr:
    """VAT charged on all spend of the budget holder."""
    return vat_charged_on_subcontracts + vat_charged__own_services + vat_charged__programmes


@row(sheet=PROOF, unit="GBP")
def proof_vat(vat_charged: Expr, vat_back_on_subcontracts: Expr, vat_back_on_own_cost: Expr) -> Expr:
    """VAT charged less VAT recovered."""
    return vat_charged - vat_back_on_subcontracts - vat_back_on_own_cost
