"""Settlements of the contract's term sheets in its books.

A sheet exports its payment by party; here it becomes entries between the parties, in the year earned. The entries of
a sheet run between each other party and one in the middle: the holder of its pools, which has the variance, or the
party whose performance is paid. What a performance payment withholds comes off the instalments of the party that
withholds it. Where one sheet has both pools and a performance payment, the gain/loss share is its payment without the
second. A part of each settlement may be paid in the following year: the entry stands in the year earned, and what
is still owed beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mcp_finance.model.party import COMMISSIONER, COUNCIL, HOLDER, Parties
from mcp_finance.rows.expr import Expr, plain_name, prior, ref, weighted
from mcp_finance.rows.row import Entry, InputSpec, Row
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import PARTY, one_hot

SHEET = "Settlement"
LEDGER, CHECKS = "Ledger", "Checks"
ORIGIN = "mcp_finance/model/share/settlement.py"
CONTRACT_YEAR, FINAL_YEAR = "contract_year", "final_year"
PAYERS = (COMMISSIONER, COUNCIL)
"""Who pays the budget in instalments, and may withhold part of them."""
YEAR_INPUTS = (InputSpec(CONTRACT_YEAR, "number", "Year of the contract, from 1.", yearly=True),)


def settlement_inputs(sheets: Iterable[Compiled], parties: Parties) -> Iterator[InputSpec]:
    """Inputs of the sheets, of their timing, and the switches that pick one party."""
    yield from YEAR_INPUTS
    for party in parties:
        yield InputSpec(one_hot(party), "switch", f"1 for {plain_name(party)}, 0 for the others.", (PARTY,))
    for sheet in sheets:
        yield from sheet.inputs
        doc = "Part of a year's settlement that is paid in the following year."
        yield InputSpec(f"{sheet.sheet.prefix}.settled_later", "share", doc)


def settlement_rows(sheets: tuple[Compiled, ...], parties: Parties) -> Iterator[Row]:
    """Rows of the sheets themselves, of their timing, and what the books read of them."""
    for sheet in sheets:
        yield from sheet.rows
        yield from _timing(sheet, sheet.payment)
        if is_mixed(sheet):
            yield from _without_performance(sheet)
            yield from _timing(sheet, _share(sheet), "share_")
    pooled = tuple(s for s in sheets if s.sheet.pools)
    yield _row("settlement", _sum(s.payment for s in sheets), "All settlements of the year, by party.", (PARTY,))
    yield _row("share_settlement", _sum(map(_share, pooled)), "Those of the gain/loss share.", (PARTY,))
    yield _row("settlement_owed", _sum(_owed(s) for s in sheets), "Settled in later years, by party.", (PARTY,))
    yield _row(
        "withheld", _sum(s.withheld for s in sheets if s.withheld), "Withheld from instalments, by payer.", (PARTY,)
    )
    for party in parties:
        yield _row(f"settled_{party}", pick("settlement", party), f"Settlements with {plain_name(party)}.")
    for party in ("budget_holder", "commissioner"):
        yield _row(f"owed_to_{party}", pick("settlement_owed", party), f"Still to be settled with {plain_name(party)}.")
    for party in PAYERS:
        yield _row(
            f"withheld_by_{party}", pick("withheld", party), f"Withheld from instalments by {plain_name(party)}."
        )
    doc = "Withheld from all instalments of the budget holder."
    yield _row("withheld_total", ref("withheld_by_commissioner") + ref("withheld_by_council"), doc)
    doc = "Gain/loss share of the year: the budget holder receives if positive, and pays if negative."
    yield _row("share_payment", pick("share_settlement", "budget_holder"), doc)
    for name, doc in (("settled", "Cash of the gain/loss share in the year."), ("owed", "Of it, settled later.")):
        by_party = _sum(f"{s.sheet.prefix}.{'share_' * is_mixed(s)}{name}" for s in pooled)
        yield _row(f"share_{name}_by_party", by_party, doc, (PARTY,))
        yield _row(
            f"share_{name}", pick(f"share_{name}_by_party", "budget_holder"), f"{doc[:-1]}, to the budget holder."
        )
    doc = "The commissioner's side of the gain/loss share: negative if it pays."
    yield _row("share_to_commissioner", pick("share_settlement", "commissioner"), doc)
    for sheet in sheets:
        if sheet.rules:
            doc = f"Rules of {sheet.sheet.title} that the facts of the year break."
            yield replace(_row(f"check.{sheet.sheet.prefix}", ref(sheet.rules), doc, sheet=CHECKS), unit="number")
    doc = "Performance payments to the budget holder, of what was withheld or on top."
    yield _row("performance_payment", ref("settled_budget_holder") - ref("share_payment"), doc)


def settlement_entries(sheets: Iterable[Compiled]) -> Iterator[Row]:
    """Entries between the party in the middle of each sheet and every other party that it pays or that pays it."""
    for sheet in sheets:
        middle = hub(sheet)
        for party in sheet.names("payment"):
            other = sheet.as_party(party)
            if other == middle:
                continue
            paid = pick(sheet.payment, other)
            name = f"{sheet.sheet.prefix}.with_{other}"
            doc = f"{sheet.sheet.title}: settlement with {plain_name(other)}, in the year earned."
            if sheet.sheet.pools:
                yield _row(name, paid, doc, sheet=LEDGER, entry=Entry(middle, other, "transfer"))
            else:
                yield _row(name, -paid, doc, sheet=LEDGER, entry=Entry(other, middle, "transfer"))


def hub(compiled: Compiled) -> str:
    """The party with which all others of a sheet settle."""
    sheet = compiled.sheet
    middles = {pool.held_by for pool in sheet.pools} or {item.party for item in sheet.at_risk}
    return compiled.as_party(middles.pop() if len(middles) == 1 else sheet.rest)


def pick(name: str, party: str) -> Expr:
    """One party's element of a row by party."""
    return weighted(ref(name), ref(one_hot(party)), over=PARTY)


def _owed(sheet: Compiled) -> str:
    return f"{sheet.sheet.prefix}.owed"


def is_mixed(compiled: Compiled) -> bool:
    """Whether a sheet has both pools and a performance payment."""
    return bool(compiled.sheet.pools and compiled.sheet.at_risk)


def own_names(compiled: Compiled) -> set[str]:
    """Names that begin with the sheet's id and that the contract gives to rows and inputs of its own."""
    items = range(1, len(compiled.sheet.at_risk) + 1)
    words = ["settled_later", *(f"{of}{name}" for of in ("", "share_") for name in ("settled", "owed"))]
    words += [
        "share_payment",
        *(f"performance_{n}" for n in items),
        *(f"with_{compiled.as_party(party)}" for party in compiled.sheet.parties),
    ]
    return {f"{compiled.sheet.prefix}.{word}" for word in words}


def _share(compiled: Compiled) -> str:
    """The row of a sheet's gain/loss share, by party."""
    return f"{compiled.sheet.prefix}.share_payment" if is_mixed(compiled) else compiled.payment


def _without_performance(compiled: Compiled) -> Iterator[Row]:
    """A sheet's payment less its performance payments, which are added up item by item."""
    prefix, so_far = compiled.sheet.prefix, Expr("num", value=0.0)
    for n, item in enumerate(compiled.sheet.at_risk, 1):
        payee, payer = (ref(one_hot(compiled.as_party(p))) for p in (item.party, item.unearned_to))
        paid = ref(f"{prefix}.at_risk_{n}.paid") * (payee - payer)
        doc = f"Performance payments of {compiled.sheet.title}, up to item {n}."
        yield _row(f"{prefix}.performance_{n}", paid if n == 1 else so_far + paid, doc, (PARTY,))
        so_far = ref(f"{prefix}.performance_{n}")
    doc = f"{compiled.sheet.title}: the gain/loss share, without performance payments."
    yield _row(_share(compiled), ref(compiled.payment) - so_far, doc, (PARTY,))


def _timing(compiled: Compiled, payment: str, of: str = "") -> Iterator[Row]:
    prefix, later = compiled.sheet.prefix, ref(f"{compiled.sheet.prefix}.settled_later")
    paid, settled, owed = ref(payment), f"{prefix}.{of}settled", f"{prefix}.{of}owed"
    doc = "Cash settled in the year, for this year and the year before."
    yield _row(settled, prior(paid) * later + paid * (1 - later), doc, (PARTY,))
    doc = "Earned and not yet settled; after the last year, what is settled when the term is over."
    yield _row(owed, prior(ref(owed)) + paid - ref(settled), doc, (PARTY,))


def _sum(names: Iterable[str]) -> Expr:
    """The sum of rows by party; nil by party where there are none."""
    found = [ref(name) for name in names]
    total = found[0] if found else ref(one_hot(HOLDER)) * 0
    for other in found[1:]:
        total = total + other
    return total


def _row(
    name: str, expr: Expr, doc: str, dims: tuple[str, ...] = (), *, sheet: str = SHEET, entry: Entry | None = None
) -> Row:
    return Row(name, expr, dims, sheet, "GBP", doc, ORIGIN, entry)
