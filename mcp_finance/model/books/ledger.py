"""Every flow of money, as an entry: who pays whom, and of what kind.

Entries of providers and settlements of term sheets are generated, one a provider or party.

Statements are generated from these entries and from nothing else (`mcp_finance.model.books.statements`); each party's
income less cost is also written separately there, from the contract's side, and the two must agree in every year and
draw. Amounts are in the year in which they are earned; a negative settlement flows the other way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mcp_finance.model.party import (
    COMMISSIONER,
    COUNCIL,
    HOLDER,
    OTHERS,
    OUTSIDE,
    PAID_AS,
    Parties,
    of_provider,
)
from mcp_finance.rows.expr import Expr, plain_name, total, weighted
from mcp_finance.rows.row import Entry, Kind, Row, entry

ORIGIN = "mcp_finance/model/books/ledger.py"


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


def provider_entries(parties: Parties) -> Iterator[Row]:
    """What each provider is paid by commissioner and budget holder, and what its services cost it."""
    for p in parties.providers:
        who = plain_name(p)
        kept, passed = of_provider("kept_by_provider", p), of_provider("passed_by_provider", p)
        tags = {PAID_AS: OTHERS} if p in parties.subcontractors else {}
        bought = _entry(f"contracts.{p}", kept, f"Services of {who} that the commissioner buys.", COMMISSIONER, p)
        yield replace(bought, tags=tags)
        bought = _entry(f"subcontracts.{p}", passed, f"Services of {who} that the budget holder buys.", HOLDER, p)
        yield replace(bought, tags=tags)
        cost = of_provider("provider_cost", p)
        yield _entry(f"services.{p}", cost, f"What the modelled services cost {who}.", p, OUTSIDE, "resource")
    for p in parties.guaranteed:
        topped_up = of_provider("provider_top_up", p)
        doc = f"What lifts the income of {plain_name(p)} to its guaranteed floor."
        yield _entry(f"guarantee.{p}", topped_up, doc, COMMISSIONER, p)


def _entry(name: str, expr: Expr, doc: str, payer: str, payee: str, kind: Kind = "transfer") -> Row:
    return Row(name, expr, (), "Ledger", "GBP", doc, ORIGIN, Entry(payer, payee, kind))
