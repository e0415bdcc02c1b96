"""What is wrong with the section `cash` beyond its shape."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.model.structure import MONTHS
from mcp_finance.scenario.checks.ranges import outside_all
from mcp_finance.scenario.checks.references import entries
from mcp_finance.scenario.kinds import Figure
from mcp_finance.scenario.sections.cash import Cash, PaymentTerms, Profile
from mcp_finance.scenario.timeline import contract_years
from mcp_finance.scenario.validate import Parts


def check_cash(parts: Parts) -> Iterator[Problem]:
    """Profiles are all of the payment, delays end within the next year, a loan is a loan, settlements exist."""
    section: Cash | None = parts.get("cash")
    if section is None:
        return
    yield from _profile(parts, ("cash", "instalments", "profile"), section.instalments.profile)
    for year, profile in section.instalments.by_year.items():
        path: Steps = ("cash", "instalments", "by_year", year)
        yield from _profile(parts, path, profile)
        yield from _year(parts, path, year)
    yield from _within_a_year(parts, ("cash", "instalments", "arrears"), section.instalments.arrears)
    for kind in PaymentTerms.model_fields:
        if delay := getattr(section.payment_terms, kind):
            yield from _within_a_year(parts, ("cash", "payment_terms", kind), delay)
    if section.advance is not None:
        if section.advance.amount.value <= 0:
            message = "an advance must be more than nothing"
            yield parts.problem(("cash", "advance", "amount"), message, "an amount such as £2.0m, or no advance")
        if section.advance.repaid.value <= 0:
            message = "an advance that is paid back at once is none"
            yield parts.problem(("cash", "advance", "repaid"), message, "a length of time such as 12 months")
    if section.settlement_month is not None and not entries(parts, "terms"):
        message = "settlement_month has no effect: the contract has no term sheets"
        yield parts.problem(("cash", "settlement_month"), message, "leave it out, or terms: with a sheet")


def _profile(parts: Parts, path: Steps, profile: Profile | str) -> Iterator[Problem]:
    if not isinstance(profile, Profile):
        return
    shares = {month: getattr(profile, month).value for month in MONTHS}
    for month, share in shares.items():
        yield from outside_all(parts, (*path, month), share)
    if not isclose(sum(shares.values()), 1.0, abs_tol=1e-9):
        message = f"the shares of the twelve months sum to {sum(shares.values()) * 100:.6g}%"
        yield parts.problem(path, message, "shares that sum to 100%, or profile: equal", key=True)


def _year(parts: Parts, path: Steps, year: str) -> Iterator[Problem]:
    years = contract_years(parts.get("contract")) if parts.has("contract") else (year,)
    if year not in years:
        term = f"{years[0]} to {years[-1]}"
        message = f"{year} lies outside the contract's term, {term}"
        yield parts.problem(path, message, f"a year from {term}, or leave it out", key=True)


def _within_a_year(parts: Parts, path: Steps, delay: Figure) -> Iterator[Problem]:
    if delay.value > 1:
        message = "money of a year is paid by the end of the next"
        yield parts.problem(path, message, "a length of time from 0 to 12 months")
