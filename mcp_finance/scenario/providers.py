"""Who provides what: the providers of a scenario, its parties, and what they are called.

A scenario without a section `providers` has one hospital, whose id is `hospital`. Sub-contractors are parties only
where they are listed; any other provider is `other`, outside the books.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcp_finance.files.problems import Problem, quoted, suggestion
from mcp_finance.model.party import FIXED, HOSPITAL, OUTSIDE, PRACTICES, Parties
from mcp_finance.scenario.checks.ranges import values_of
from mcp_finance.scenario.checks.references import name_at, written_lines
from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.sections.providers import Provider
from mcp_finance.scenario.validate import Parts

OTHER = "other"
TAKEN = (*FIXED, OUTSIDE, OTHER, "holder", "system")


def parties_of(providers: Mapping[str, Provider]) -> Parties:
    """The parties of a contract with these providers."""
    kinds = {name: p.kind for name, p in providers.items()} or {HOSPITAL: "hospital"}
    return Parties(
        tuple(n for n, kind in kinds.items() if kind == "hospital"),
        tuple(n for n, kind in kinds.items() if kind == "subcontractor"),
        tuple(n for n, p in providers.items() if p.income_floor is not None),
    )


def kind_of(providers: Mapping[str, Provider], provider: str) -> str:
    """`hospital`, `practices`, `subcontractor` or `other`; empty for a provider that there is not."""
    if provider in providers:
        return providers[provider].kind
    return provider if provider in (PRACTICES, OTHER) or (provider == HOSPITAL and not providers) else ""


def titles(scenario: Scenario) -> dict[str, str]:
    """What each party is called in this place."""
    named = {name: provider.title for name, provider in scenario.providers.items()}
    return {p: named.get(p) or str(getattr(scenario.names, p)) for p in parties_of(scenario.providers)}


def check_providers(parts: Parts) -> Iterator[Problem]:
    """Ids that are free, a provider for each line, one provider for each contract, and each balance given once."""
    providers: Mapping[str, Provider] = parts.get("providers") or {}
    for name, provider in providers.items():
        path = ("providers", name)
        if name in TAKEN:
            yield parts.problem(path, f"{quoted(name)} is the name of another party", "another id", key=True)
        for at, value in values_of((*path, "income_floor"), provider.income_floor) if provider.income_floor else ():
            if not 0 <= value <= 1:
                yield parts.problem(at, "a floor above do-nothing income, or below nothing", "0% to 100%")
    yield from _lines(parts, providers)
    balances = parts.get("opening_balances")
    if parts.has("opening_balances", "providers") and (balances.hospital is None) != bool(providers):
        message = "where there are providers, each has its own opening_balance" if providers else "no hospital is given"
        instead = "leave it out" if providers else "hospital: and the hospital's balance on the first day"
        steps = ("opening_balances", "hospital") if providers else ("opening_balances",)
        yield parts.problem(steps, message, instead, key=not providers)


def _lines(parts: Parts, providers: Mapping[str, Provider]) -> Iterator[Problem]:
    known = (*(providers or (HOSPITAL,)), PRACTICES, OTHER)
    lines = written_lines(parts)
    for name, node in lines.items() if parts.has("providers") else ():
        for key, more in (("provider", ()), ("after_transfer", ("holder",))):
            value = name_at(node, (key,))
            if value is not None and value not in (*known, *more):
                message = f"there is no provider {quoted(value)}"
                yield parts.problem(("lines", name, key), message, suggestion(value, (*known, *more)))
    paid: dict[str, str] = {}
    for name, line in (parts.get("lines") or {}).items():
        hospital = kind_of(providers, line.provider) == "hospital"
        if line.contract and hospital and paid.setdefault(line.contract, line.provider) != line.provider:
            message = f"{quoted(line.contract)} also pays {paid[line.contract]}: a contract is with one hospital"
            yield parts.problem(("lines", name, "contract"), message, f"a contract with {line.provider}")
