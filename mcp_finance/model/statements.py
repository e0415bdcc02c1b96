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
from mcp_finance.rows.expr import Expr, plain_name, prior, total
from mcp_finance.rows.row import Row

SHEET, AGAINST, CHECKS, STEPS, LEDGER = "Statements", "Against", "Checks", "Bridge", "Ledger"
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
    "bridge_non_recurrent",
    "bridge_full_year_effect",
    "bridge_savings_full_year_effect",
    "bridge_committed_investment",
    "bridge_transfers_in",
    "bridge_transfers_out",
    "bridge_coding_change",
    "bridge_functions_taken_on",
    "bridge_roll",
    "bridge_council",
    "bridge_practices",
    "bridge_index",
    "bridge_list",
    "bridge_rebase",
    "bridge_phase",
    "bridge_variations",
)
"""Every step that a contract may have, in order; those of optional subjects stand in it only where they are used."""
IN_SUM, MOST_IN_SUM = 7, 9
"""Rows in a part of a long sum, and rows above which a sum of entries has parts."""


def statement_rows(entries: Iterable[Row], bridge: Sequence[str]) -> Iterator[Row]:
    """Rows of every party's statement and account, and of the checks; `bridge` has the steps that the contract has."""
    flows = [row for row in entries if row.entry]
    for party in (*PARTIES, OUTSIDE):
        yield from _statement(party, flows)
    for party in PARTIES:
        yield from _against_do_nothing(party)
    whole = _sum(_ref(f"{party}.change_to_date") for party in PARTIES)
    yield _row("system.change_to_date", whole, AGAINST, "All parties' results less do-nothing, since the first year.")
    resources = [r.name for r in flows if r.entry and r.entry.kind == "resource"]
    added, parts = _in_parts("system.resource", resources, MOST_IN_SUM, LEDGER)
    yield from parts
    doc = "All resource entries: staff, suppliers and tax of every party."
    yield _row("system.resource", _sum(map(_ref, added)), SHEET, doc)
    yield from _checks(bridge)


def _statement(party: str, flows: list[Row]) -> Iterator[Row]:
    received = [r.name for r in flows if r.entry and r.entry.payee == party]
    paid = [r.name for r in flows if r.entry and r.entry.payer == party]
    label = plain_name(party)
    for name, flow, does in (("received", received, "receives"), ("paid", paid, "pays")):
        added, parts = _in_parts(f"{party}.{name}", flow, MOST_IN_SUM, LEDGER)
        yield from parts
        yield _row(f"{party}.{name}", _sum(map(_ref, added)), SHEET, f"All that {label} {does}.", party)
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


def _checks(bridge: Sequence[str]) -> Iterator[Row]:
    everyone = _sum(_ref(f"{party}.result") for party in (*PARTIES, OUTSIDE))
    yield _row("check.zero_sum", everyone, CHECKS, "Results of all parties and of outside sum to nothing.")
    for party in PARTIES:
        difference = _ref(f"{party}.result") - _ref(f"proof_{party}")
        meaning = f"Result of {plain_name(party)} from its entries, less its income less cost written separately."
        yield _row(f"check.{party}", difference, CHECKS, meaning, party)
    system = _ref("system.resource") - _ref("system_cost")
    yield _row("check.system_cost", system, CHECKS, "Resource entries less the system's cost reached from activity.")
    yield from _bridge_check(bridge)
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


def _bridge_check(bridge: Sequence[str]) -> Iterator[Row]:
    """Steps of the bridge against the budget that they lead to."""
    steps, parts = _in_parts("bridge", bridge, IN_SUM, STEPS)
    yield from parts
    difference = _sum(map(_ref, steps)) - _ref("wpb")
    yield _row("check.bridge", difference, CHECKS, "Steps of the bridge less the budget that they lead to.")


def _in_parts(name: str, added: Sequence[str], most: int, sheet: str) -> tuple[Sequence[str], list[Row]]:
    """What to add up: the rows themselves, or parts of their sum where they are more than a formula can show."""
    if len(added) <= most:
        return added, []
    groups = [added[k : k + IN_SUM] for k in range(0, len(added), IN_SUM)]
    docs = [f"Part {k} of {len(groups)} of the sum of {plain_name(name)}." for k in range(1, len(groups) + 1)]
    parts = [
        _row(f"{name}.part_{k}", _sum(map(_ref, group)), sheet, doc)
        for k, (group, doc) in enumerate(zip(groups, docs, strict=True), 1)
    ]
    return [part.name for part in parts], parts


def _ref(name: str) -> Expr:
    return Expr("ref", name=name)


def _sum(parts: Iterable[Expr]) -> Expr:
    first, *rest = parts
    for part in rest:
        first = first + part
    return first


def _row(name: str, expr: Expr, sheet: str, doc: str, party: str = "") -> Row:
    tags = {"party": party} if party else {}
    return Row(name, expr, (), sheet, "GBP", doc, ORIGIN, tags=tags)
