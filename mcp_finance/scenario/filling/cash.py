"""When money is paid: the calendar, instalments, delays, settlements and the loan for working capital."""

from __future__ import annotations

from mcp_finance.files.shape import Steps
from mcp_finance.model.books.cash import DELAYED
from mcp_finance.model.structure import MONTHS
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import Cell, Filler, ModelInputs
from mcp_finance.scenario.sections.cash import Cash, Profile

DAYS_IN_YEAR = 365.0


def cash(f: Filler, out: ModelInputs) -> None:
    """The section `cash`; where it is silent, money is paid as it accrues."""
    section = f.s.cash
    if section is None:
        return
    count = len(MONTHS)
    ends = [_defined((k + 1) / count, "months are twelfths of a year") for k in range(count)]
    out.put("month_end", ends)
    out.put("instalment_time", [_defined(0.0, "start of the year"), *ends])
    profiles = [[_defined(0.0, "start of the year"), *_profile(f, section, year)] for year in f.structure.years]
    out.put_years("instalment_share", zip(*profiles, strict=True))
    out.put("instalment_arrears", [f.cell(("cash", "instalments", "arrears"), section.instalments.arrears)])
    for kind in DELAYED:
        delay = getattr(section.payment_terms, kind)
        as_accrued = _defined(0.0, "no delay given: paid evenly in the year in which it accrues")
        out.put(f"payment_delay.{kind}", [f.cell(("cash", "payment_terms", kind), delay) if delay else as_accrued])
    out.put("settlement_share", _settlements(f, section))
    none = _defined(0.0, "no advance given")
    loan = section.advance
    out.put("advance", [f.cell(("cash", "advance", "amount"), loan.amount) if loan else none])
    out.put("advance_term", [f.cell(("cash", "advance", "repaid"), loan.repaid) if loan else none])
    out.put("days_in_year", [_defined(DAYS_IN_YEAR, "leap days left out")])
    for month in MONTHS:
        out.put(f"month.{month}", [_defined(float(m == month), "picks one month") for m in MONTHS])


def _profile(f: Filler, section: Cash, year: str) -> list[Cell]:
    """The year's own profile, or that of all years."""
    path: Steps = ("cash", "instalments", "by_year", year)
    profile: Profile | str | None = section.instalments.by_year.get(year)
    if profile is None:
        path, profile = ("cash", "instalments", "profile"), section.instalments.profile
    if not isinstance(profile, Profile):
        return [f.word(path, 1 / len(MONTHS)) for _ in MONTHS]
    return [f.cell((*path, month), getattr(profile, month)) for month in MONTHS]


def _settlements(f: Filler, section: Cash) -> list[Cell]:
    if section.settlement_month is None:
        return [_defined(1 / len(MONTHS), "no settlement_month given: paid evenly over the following year")] * len(
            MONTHS
        )
    return [f.word(("cash", "settlement_month"), float(month == section.settlement_month)) for month in MONTHS]


def _defined(value: float, note: str) -> Cell:
    return value, Origin("", "cash", grade="definition", note=note)
