"""What the dates of a contract's end say of one another."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.sections.place import Contract
from mcp_finance.scenario.validate import Parts

SECTION: Steps = ("contract",)


def check_term(parts: Parts) -> Iterator[Problem]:
    """A contract has a term that is more than nothing; it ends early, or may be broken, only within it."""
    if not parts.has("contract"):
        return
    contract: Contract = parts.get("contract")
    if contract.term is not None and contract.term.value <= 0:
        yield parts.problem((*SECTION, "term"), "a contract of no length is none", "a length of time such as 10 years")
        return
    if contract.extension is not None and contract.term is None:
        message = "there is nothing to extend: without a term the contract runs to the last year"
        yield parts.problem((*SECTION, "extension"), message, "term: and its length, or leave the extension out")
    last = last_end(contract)
    if (early := contract.ends_early) is not None:
        yield from _within(parts, (*SECTION, "ends_early"), early.on.value, contract, last)
        yield from _cost(parts, (*SECTION, "ends_early", "cost"), early.cost.value)
    for name, point in contract.break_points.items():
        path: Steps = (*SECTION, "break_points", name)
        yield from _within(parts, path, point.on.value, contract, last)
        yield from _cost(parts, (*path, "cost"), point.cost.value)


def last_end(contract: Contract) -> float:
    """Day on which the contract, extended if it is, or the last year ends, whichever is sooner."""
    years_end = float(parse_financial_year(contract.first_year) + contract.years)
    if contract.term is None:
        return years_end
    extended = contract.extension.by.value if contract.extension and contract.extension.taken else 0.0
    return min(years_end, contract.start.value + contract.term.value + extended)


def _within(parts: Parts, path: Steps, on: float, contract: Contract, last: float) -> Iterator[Problem]:
    if on <= contract.start.value:
        yield parts.problem((*path, "on"), "this is before the contract begins", "a last day after its start")
    elif on > last:
        message = "the contract, or its last modelled year, ends before this day"
        yield parts.problem((*path, "on"), message, "a last day within the contract and its years")


def _cost(parts: Parts, path: Steps, value: float) -> Iterator[Problem]:
    if value < 0:
        yield parts.problem(path, "cost is below nothing", "£0 or more")
