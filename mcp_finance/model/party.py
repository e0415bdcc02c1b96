"""The parties of a contract: who they are, and the order in which they stand everywhere.

Commissioner, budget holder, council and practices are always there. Hospitals and sub-contractors are as many as the
scenario has, by its own ids; each is a party with income, cost and books of its own. Providers are the parties that
services are bought from: hospitals, practices and sub-contractors, the dimension `provider`. Whoever else is paid
stands `outside`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mcp_finance.rows.expr import Expr, ref, weighted

COMMISSIONER, HOLDER, HOSPITAL, COUNCIL, PRACTICES = "commissioner", "budget_holder", "hospital", "council", "practices"
OUTSIDE = "outside"
FIXED = (COMMISSIONER, HOLDER, COUNCIL, PRACTICES)
PROVIDER = "provider"
PAID_AS = "paid_as"
"""Tag of an entry that says how its kind is paid; of others, name, payer and payee say it."""
OTHERS = "other_providers"
"""The kind of what providers other than hospitals and practices are paid."""


@dataclass(frozen=True)
class Parties:
    """`hospitals` and `subcontractors` by id; `guaranteed` are the providers whose income has a floor."""

    hospitals: tuple[str, ...] = (HOSPITAL,)
    subcontractors: tuple[str, ...] = ()
    guaranteed: tuple[str, ...] = ()

    @property
    def providers(self) -> tuple[str, ...]:
        return (*self.hospitals, PRACTICES, *self.subcontractors)

    @property
    def everyone(self) -> tuple[str, ...]:
        return (COMMISSIONER, HOLDER, *self.hospitals, COUNCIL, PRACTICES, *self.subcontractors)

    def __iter__(self) -> Iterator[str]:
        return iter(self.everyone)

    def __len__(self) -> int:
        return len(self.everyone)


def provider_switch(provider: str) -> str:
    """The input that is 1 for one provider."""
    return f"{PROVIDER}.{provider}"


def of_provider(name: str, provider: str) -> Expr:
    """One provider's element of a row by provider."""
    return weighted(ref(name), ref(provider_switch(provider)), over=PROVIDER)
