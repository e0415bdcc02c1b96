"""Years of a contract, as labels."""

from __future__ import annotations

from mcp_finance.files.figures import financial_year, parse_financial_year
from mcp_finance.scenario.sections.place import Contract


def contract_years(contract: Contract) -> tuple[str, ...]:
    """Labels of the contract's years, such as `2018/19`."""
    first = parse_financial_year(contract.first_year)
    return tuple(financial_year(first + k) for k in range(contract.years))


def roll_years(contract: Contract) -> tuple[str, ...]:
    """Years after the reference year up to the first year: the steps that roll baselines forward."""
    reference, first = parse_financial_year(contract.reference_year), parse_financial_year(contract.first_year)
    return tuple(financial_year(y) for y in range(reference + 1, first + 1))
