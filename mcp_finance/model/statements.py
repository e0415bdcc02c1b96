"""Statements and accounts, generated from the ledger's entries, and the checks that hold the books together.

For each party: what it received and paid, its result, its opening and closing balance; its result against do-nothing,
so far and by year. Opening plus result is closing for every party in every year. The checks are differences that must
be nil: results of all parties and of `outside` sum to nothing; each result equals the party's income less cost as
`mcp_finance.model.parties` writes it; the resource entries equal the system's cost reached from activity; the bridge
equals the budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mcp_finance.model.ledger import OUTSIDE, PARTIES
from mcp_finance.model.sums import NIL, summed
from mcp_finance.rows.expr import Expr, plain_name, prior, total
from mcp_finance.rows.row import Row

SHEET, AGAINST, CHECKS = "Statements", "Against", "Checks"
ORIGIN = "mcp_finance/model/statements.py"
DO_NOTHING_RESULT = {p: f"do_nothing_result_{p}" for p in PARTIES if p != "budget_holder"}
"""Without the contract there is no budget holder: its result is held against nothing."""
INCOME_COMPARED = {
    "commissioner": "nhs_funding",
    "budget_holder": "wpb",
    "hospital": "do_nothing_hospital_income",
    "council": "council_funding",
    "practices": "do_nothing_income_practices",
}
BRIDGE = (
    "bridge_reference",
    "bridge_roll",
    "bridge_council",
    "bridge_practices",
    "bridge_index",
    "bridge_list",
    "bridge_phase",
)


def statement_rows(entries: Iterable[Row]) -> Iterator[Row]:
    """Rows of every party's statement and account, and of the checks."""
    flows = [row for row in entries if row.entry]
    for party in (*PARTIES, OUTSIDE):
        yield from _statement(party, flows)
    for party in PARTIES:
        yield from _against_do_nothing(party)
    whole = _sum(_ref(f"{party}.change_to_date") for party in PARTIES)
    yield _row("system.change_to_date", whole, AGAINST, "All parties' results less do-nothing, since the first year.")
    resources = [r.name for r in flows if r.entry and r.entry.kind == "resource"]
    meaning = "All resource entries: staff, suppliers and tax of every party."
    yield from _summed("system.resource", resources, SHEET, meaning)
    yield from _checks()


def _statement(party: str, flows: list[Row]) -> Iterator[Row]:
    received = [r.name for r in flows if r.entry and r.entry.payee == party]
    paid = [r.name for r in flows if r.entry and r.entry.payer == party]
    label = plain_name(party)
    yield from _summed(f"{party}.received", received, SHEET, f"All that {label} receives.", party)
    yield from _summed(f"{party}.paid", paid, SHEET, f"All that {label} pays.", party)
    result = _ref(f"{party}.received") - _ref(f"{party}.paid")
    yield _row(f"{party}.result", result, SHEET, f"Received less paid by {label}.", party)
    if party == OUTSIDE:
        return
    opening = prior(_ref(f"{party}.closing"), opening=_ref(f"opening_balance.{party}"))
    yield _row(f"{party}.opening", opening, SHEET, f"Balance of {label} at the start of the year.", party)
    closing = _ref(f"{party}.opening") + _ref(f"{party}.result")
    yield _row(f"{party}.closing", closing, SHEET, f"Balance of {label} at the end of the year.", party)


def _against_do_nothing(party: str) -> Iterator[Row]:
    label = plain_name(party)
    result = _ref(f"{party}.result")
    change = result - _ref(DO_NOTHING_RESULT[party]) if party in DO_NOTHING_RESULT else result
    yield _row(f"{party}.change", change, AGAINST, f"Result of {label} less its result had nothing been done.", party)
    so_far = prior(_ref(f"{party}.change_to_date")) + _ref(f"{party}.change")
    yield _row(f"{party}.change_to_date", so_far, AGAINST, f"The same for {label}, since the first year.", party)
    income = prior(_ref(f"{party}.threshold")) + _ref(INCOME_COMPARED[party]) * _ref("materiality")
    meaning = f"Beyond this, either way, {label} counts as better or worse off than do-nothing."
    yield _row(f"{party}.threshold", income, AGAINST, meaning, party)


def _checks() -> Iterator[Row]:
    everyone = _sum(_ref(f"{party}.result") for party in (*PARTIES, OUTSIDE))
    yield _row("check.zero_sum", everyone, CHECKS, "Results of all parties and of outside sum to nothing.")
    for party in PARTIES:
        difference = _ref(f"{party}.result") - _ref(f"proof_{party}")
        meaning = f"Result of {plain_name(party)} from its entries, less its income less cost written separately."
        yield _row(f"check.{party}", difference, CHECKS, meaning, party)
    system = _ref("system.resource") - _ref("system_cost")
    yield _row("check.system_cost", system, CHECKS, "Resource entries less the system's cost reached from activity.")
    bridge = _sum(map(_ref, BRIDGE)) - _ref("wpb")
    yield _row("check.bridge", bridge, CHECKS, "Steps of the bridge less the budget that they lead to.")
    stranded = _ref("hospital_margin") - _ref("do_nothing_result_hospital") + _ref("stranded_cost")
    yield _row(
        "check.stranded_cost",
        stranded,
        CHECKS,
        "Stranded cost is what the hospital loses on its contracts against do-nothing.",
    )
    gaps = total(_ref("place_gap"), over="line")
    yield _row(
        "check.scope", gaps, CHECKS, "Every line has one provider and is kept, passed on or moved, counted once."
    )


def _ref(name: str) -> Expr:
    return Expr("ref", name=name)


def _sum(parts: Iterable[Expr]) -> Expr:
    first, *rest = parts
    for part in rest:
        first = first + part
    return first


def _summed(name: str, names: Sequence[str], sheet: str, doc: str, party: str = "") -> Iterator[Row]:
    yield from summed(_row(name, NIL, sheet, doc, party), names)


def _row(name: str, expr: Expr, sheet: str, doc: str, party: str = "") -> Row:
    tags = {"party": party} if party else {}
    return Row(name, expr, (), sheet, "GBP", doc, ORIGIN, tags=tags)
