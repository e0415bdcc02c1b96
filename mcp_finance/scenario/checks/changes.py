"""Checks of the variation ledger and of rebasing: days, signs, what is indexed by what, and years."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.problems import Problem, quoted, suggestion
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.checks.ranges import outside_all
from mcp_finance.scenario.checks.references import entries
from mcp_finance.scenario.sections.changes import Variation
from mcp_finance.scenario.timeline import contract_years
from mcp_finance.scenario.validate import Parts

MONEY_LEAVES = ("scope_out",)
MONEY_COMES = ("scope_in", "new_burden", "non_recurrent")
INDEXED_BY = {"stream": "streams", "inflation": "inflation"}
MOST_VARIATIONS = 600


def check_variations(parts: Parts) -> Iterator[Problem]:
    ledger = parts.get("variations") or {}
    if len(ledger) > MOST_VARIATIONS:
        message = f"{len(ledger)} variations are more than the model holds"
        yield parts.problem(("variations",), message, f"at most {MOST_VARIATIONS}, small ones together", key=True)
    for name, variation in ledger.items():
        path: Steps = ("variations", name)
        yield from _days(parts, path, variation)
        yield from _signs(parts, path, variation)
        yield from _indexing(parts, path, variation)


def _days(parts: Parts, path: Steps, variation: Variation) -> Iterator[Problem]:
    start, until = variation.from_day.value, variation.until
    if until is not None and until.value <= start:
        yield parts.problem((*path, "until"), "the variation ends before it begins", "a last day on or after its first")
    if variation.kind == "non_recurrent" and until is None:
        message = "a non-recurrent variation needs its last day"
        yield parts.problem(path, message, "until: and a date", key=True)
    if parts.has("contract"):
        first = parse_financial_year(parts.get("contract").first_year)
        if not first <= start < first + parts.get("contract").years:
            message = "the variation begins outside the contract's years"
            yield parts.problem((*path, "from"), message, f"a day from {first}-04-01 to the last year's end")


def _signs(parts: Parts, path: Steps, variation: Variation) -> Iterator[Problem]:
    """Money of what leaves the scope leaves too; of what comes it does not."""
    for name in ("amount", "cost"):
        value = getattr(variation, name).value
        if variation.kind in MONEY_LEAVES and value > 0:
            message = f"{name} is above nothing, but what goes out of scope takes money with it"
            yield parts.problem((*path, name), message, "an amount below nothing such as -£0.5m, or kind: scope_in")
        if variation.kind in MONEY_COMES and value < 0:
            message = f"{name} is below nothing in a variation of the kind {variation.kind}"
            yield parts.problem((*path, name), message, "£0 or more, or kind: scope_out or policy")
    if variation.amount.value == variation.cost.value == 0:
        yield parts.problem(path, "the variation changes nothing", "an amount or a cost, or leave it out", key=True)


def _indexing(parts: Parts, path: Steps, variation: Variation) -> Iterator[Problem]:
    if variation.kind == "non_recurrent" and variation.indexed:
        message = "a non-recurrent variation is not indexed"
        yield parts.problem(path, message, "indexed: false", key=True)
        return
    for name, section in INDEXED_BY.items():
        value = getattr(variation, name)
        if variation.indexed and value is None:
            yield parts.problem(
                path, f"an indexed variation needs {name}", f"{name}: and one of the {section}", key=True
            )
        elif not variation.indexed and value is not None:
            message = f"{name} has no effect: the variation is not indexed"
            yield parts.problem((*path, name), message, "leave it out, or indexed: true")
        elif value is not None and parts.has(section) and value not in entries(parts, section):
            message = f"there is no {quoted(value)} among the {section}"
            yield parts.problem((*path, name), message, suggestion(value, entries(parts, section)))
    stream = (parts.get("streams") or {}).get(variation.stream)
    if variation.indexed and stream is not None and stream.rule == "fixed_schedule":
        message = f"{variation.stream} is paid by a fixed schedule, which indexes no variation"
        yield parts.problem((*path, "stream"), message, "a stream with another rule, or indexed: false")


def check_rebase(parts: Parts) -> Iterator[Problem]:
    """A rebase follows at least one year that is over, and each stands once."""
    if not (rebase := parts.get("rebase")):
        return
    yield from outside_all(parts, ("rebase", "theta"), rebase.theta.value)
    if not rebase.years:
        yield parts.problem(("rebase", "years"), "no year of rebasing is given", "[2021/22], or leave rebase out")
    years = contract_years(parts.get("contract")) if parts.has("contract") else ()
    for k, year in enumerate(rebase.years):
        path: Steps = ("rebase", "years", k)
        if year in rebase.years[:k]:
            yield parts.problem(path, f"{year} stands twice", "each year once")
        if years and year not in years[1:]:
            message = f"{year} is not a year that can be rebased: none before it in the contract is over"
            instead = f"a year from {years[1]} to {years[-1]}" if years[1:] else "leave rebase out"
            yield parts.problem(path, message, instead)
