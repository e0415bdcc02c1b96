"""Settling: one set of facts through a term sheet, exactly, and rounded once.

One pound on its way: a figure in a row of facts is read as the fraction that its digits say, stands in a fact's input,
goes through the sheet's rows in the exact reader, and comes out in `payment`; only then is it rounded to pennies, and
`rest` takes the remainder. Sheets with a memory (an account, gains carried forward, a fund) are settled year after
year: each year reads the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from mcp_finance.rows.exact import Exact, Year
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import party_inputs
from mcp_finance.terms.schema import Rounding

NOTHING = Fraction(0)


class SettlementError(ValueError):
    """Facts that the sheet cannot settle; the message says which rule they break."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one set of facts comes to.

    `payments` by party, rounded, positive if it receives, summing to nil; `shares` the parts of the variance before
    phases and limits between pools, not rounded. `year` holds every row for the ledger and for the year after.
    """

    payments: dict[str, Decimal]
    shares: dict[str, Fraction]
    variance: Fraction
    year: Year


@dataclass(frozen=True)
class Settler:
    """A compiled sheet made ready to settle. With `brief`, years hold no more rows than payments and shares need."""

    compiled: Compiled
    brief: bool = False

    @cached_property
    def exact(self) -> Exact:
        model, compiled = self.compiled.model, self.compiled
        figures = (*compiled.names("payment").values(), *compiled.names("share").values(), *self._variances)
        needed = (*figures, *(condition.row for condition in compiled.conditions))
        return Exact(model, needed if self.brief else model.rows, self.constants)

    @cached_property
    def constants(self) -> dict[str, tuple[Fraction, ...]]:
        """Values of every input that is no fact; tests are decided without tolerance."""
        compiled = self.compiled
        numbers = {name: tuple(value for value, _ in cells) for name, cells in compiled.cells.items()}
        if compiled.tolerance:
            numbers[compiled.tolerance] = (NOTHING,)
        parties = compiled.model.dimension["party"].members
        return numbers | {n: tuple(v for v, _ in cells) for n, (_, cells) in party_inputs(parties).items()}

    @cached_property
    def _variances(self) -> tuple[str, ...]:
        sheet = self.compiled.sheet
        return tuple(f"{sheet.prefix}.{pool.id}.variance" for pool in sheet.pools)

    def settle(self, facts: Mapping[str, Fraction | None], before: Year | None = None) -> Settlement:
        """Settle one set of facts, named as in `Compiled.facts`; None for an optional fact that is blank.

        Raises:
            SettlementError: a fact is missing or not positive as declared, or the facts break a rule of the sheet.
        """
        year = self.exact.year(self.inputs(facts), before)
        for condition in self.compiled.conditions:
            if year[condition.row][0]:
                raise SettlementError(condition.message)
        paid = {p: year[name][0] for p, name in self.compiled.names("payment").items()}
        shares = {p: year[name][0] for p, name in self.compiled.names("share").items()}
        variance = sum((year[name][0] for name in self._variances), NOTHING)
        sheet = self.compiled.sheet
        return Settlement(rounded_payments(paid, sheet.rest, sheet.rounding), shares, variance, year)

    def inputs(self, facts: Mapping[str, Fraction | None]) -> dict[str, tuple[Fraction]]:
        """Facts as the inputs of rows, with the switches that say whether an optional one is given.

        Raises:
            SettlementError: a fact is missing or not positive as declared.
        """
        found = {}
        for use in self.compiled.facts:
            value = facts.get(use.name.removesuffix(".given") if use.is_given else use.name)
            if use.is_given:
                found[use.name] = (Fraction(value is not None),)
                continue
            if value is None and not use.spec.optional and use.fact not in ("final_year", "claims_over"):
                raise SettlementError(f"{use.column} is missing")
            if use.spec.positive and value is not None and value <= 0:
                raise SettlementError(f"{use.column} is {float(value):g}, but the sheet needs it above nil")
            found[use.name] = (NOTHING if value is None else value,)
        return found


def rounded_payments(payments: Mapping[str, Fraction], rest: str, rounding: Rounding) -> dict[str, Decimal]:
    """Payments rounded once, each for itself; `rest` takes the remainder, so that they still sum to nil."""
    found = {p: rounded(value, rounding) for p, value in payments.items() if p != rest}
    balance = -sum(found.values(), Decimal(0)) or Decimal(0).scaleb(-rounding.places)
    return {p: balance if p == rest else found[p] for p in payments}


def rounded(value: Fraction, rounding: Rounding) -> Decimal:
    """A fraction to the places of the sheet; `half_up` rounds a half away from nil."""
    scaled = value * 10**rounding.places
    whole, over = divmod(abs(scaled.numerator), scaled.denominator)
    twice = 2 * over
    if rounding.mode == "half_up":
        whole += twice >= scaled.denominator
    elif rounding.mode == "half_even":
        whole += twice > scaled.denominator or (twice == scaled.denominator and whole % 2 == 1)
    return Decimal(whole if scaled >= 0 else -whole).scaleb(-rounding.places)
