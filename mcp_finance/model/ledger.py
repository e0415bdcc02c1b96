"""Every flow of money, as an entry: who pays whom, and of what kind. Settlements of term sheets are generated.

Statements are generated from these entries and from nothing else (`mcp_finance.model.statements`); each party's income
less cost is also written separately there, from the contract's side, and the two must agree in every year and draw.
Amounts are in the year in which they are earned; a negative settlement flows the other way.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, total, weighted
from mcp_finance.rows.row import entry

COMMISSIONER, HOLDER, HOSPITAL, COUNCIL, PRACTICES = "commissioner", "budget_holder", "hospital", "council", "practices"
OUTSIDE = "outside"
PARTIES = (COMMISSIONER, HOLDER, HOSPITAL, COUNCIL, PRACTICES)


@entry(payer=OUTSIDE, payee=COMMISSIONER, kind="funding")
def nhs_funding(indexed_baseline: Expr, is_nhs: Expr) -> Expr:
    """Funding of the NHS lines: their opening cost, grown by their streams."""
    return weighted(indexed_baseline, is_nhs, over="line")


@entry(payer=OUTSIDE, payee=COUNCIL, kind="funding")
def council_funding(indexed_baseline: Expr, is_council: Expr) -> Expr:
    """Funding of the council's lines: their opening cost, grown by their streams."""
    return weighted(indexed_baseline, is_council, over="line")


@entry(payer=COMMISSIONER, payee=HOLDER, kind="transfer")
def nhs_wpap(nhs_budget: Expr, withheld_by_commissioner: Expr) -> Expr:
    """Instalments of the Whole Population Annual Payment for the NHS lines: what is withheld is settled later."""
    return nhs_budget - withheld_by_commissioner


@entry(payer=COUNCIL, payee=HOLDER, kind="transfer")
def council_wpap(council_budget: Expr, withheld_by_council: Expr) -> Expr:
    """Instalments of the Whole Population Annual Payment for the council's lines, without what is withheld."""
    return council_budget - withheld_by_council


@entry(payer=COMMISSIONER, payee=HOSPITAL, kind="transfer")
def hospital_contracts(kept_payment: Expr, is_hospital: Expr) -> Expr:
    """Hospital activity that the commissioner buys."""
    return weighted(kept_payment, is_hospital, over="line")


@entry(payer=HOLDER, payee=HOSPITAL, kind="transfer")
def hospital_subcontracts(passed_payment: Expr, is_hospital: Expr) -> Expr:
    """Hospital activity that the budget holder buys."""
    return weighted(passed_payment, is_hospital, over="line")


@entry(payer=COMMISSIONER, payee=PRACTICES, kind="transfer")
def practice_contracts(kept_payment: Expr, is_practices: Expr) -> Expr:
    """Primary medical services that the commissioner buys."""
    return weighted(kept_payment, is_practices, over="line")


@entry(payer=HOLDER, payee=PRACTICES, kind="transfer")
def practice_subcontracts(passed_payment: Expr, is_practices: Expr) -> Expr:
    """Primary medical services that the budget holder buys."""
    return weighted(passed_payment, is_practices, over="line")


@entry(payer=COMMISSIONER, payee=OUTSIDE, kind="resource")
def other_nhs_contracts(kept_payment: Expr, is_other: Expr) -> Expr:
    """Services of other providers that the commissioner buys."""
    return weighted(kept_payment, is_other, over="line")


@entry(payer=COUNCIL, payee=OUTSIDE, kind="resource")
def council_contracts(kept_payment: Expr, is_council: Expr) -> Expr:
    """Services that the council buys or provides."""
    return weighted(kept_payment, is_council, over="line")


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def other_subcontracts(passed_payment: Expr, others_line: Expr) -> Expr:
    """Services of other providers that the budget holder buys."""
    return weighted(passed_payment, others_line, over="line")


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def own_services(own_cost: Expr) -> Expr:
    """Staff and suppliers of the services that the budget holder provides."""
    return total(own_cost, over="line")


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def reprovision(programme_reprovision: Expr, paid_by_holder: Expr) -> Expr:
    """Community services and teams in place of activity avoided or relocated."""
    return weighted(programme_reprovision, paid_by_holder, over="programme")


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def transition(programme_transition: Expr, paid_by_holder: Expr) -> Expr:
    """One-off cost of change."""
    return weighted(programme_transition, paid_by_holder, over="programme")


@entry(payer=HOLDER, payee=OUTSIDE, kind="resource")
def double_running(programme_double_running: Expr, paid_by_holder: Expr) -> Expr:
    """Old and new services side by side."""
    return weighted(programme_double_running, paid_by_holder, over="programme")


@entry(payer=HOSPITAL, payee=OUTSIDE, kind="resource")
def hospital_staff_and_supplies(line_provider_cost: Expr, is_hospital: Expr) -> Expr:
    """What the hospital's modelled lines cost it."""
    return weighted(line_provider_cost, is_hospital, over="line")


@entry(payer=PRACTICES, payee=OUTSIDE, kind="resource")
def practice_staff_and_premises(line_provider_cost: Expr, is_practices: Expr) -> Expr:
    """What primary medical services cost the practices."""
    return weighted(line_provider_cost, is_practices, over="line")
