"""Statements and accounts, generated from the ledger's entries, and the checks that hold the books together.

For each party: what it received and paid, its result, its opening and closing balance; its result against do-nothing,
so far and by year, with a warning where it is materially worse off. Opening plus result is closing for every party in
every year. The checks are differences that must be nil: results of all parties and of `outside` sum to nothing; each
result equals the party's income less cost as `mcp_finance.model.books.proofs` writes it; the resource entries equal the
system's cost reached from activity; the bridge equals the budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mcp_finance.model.party import COMMISSIONER, COUNCIL, HOLDER, OUTSIDE, Parties
from mcp_finance.model.sums import NIL, summed
from mcp_finance.model.warn import warning
from mcp_finance.rows.expr import Expr, most, plain_name, prior, ref, total
from mcp_finance.rows.row import InputSpec, Row

SHEET, AGAINST, PROOF, CHECKS = "Statements", "Against", "Proof", "Checks"
ORIGIN = "mcp_finance/model/books/statements.py"
INCOME_COMPARED = {COMMISSIONER: "nhs_funding", HOLDER: "wpb", COUNCIL: "council_funding"}
"""Income that a party's change is held against; for providers, their income had nothing been done."""
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
    "bridge_pass_through",
    "bridge_variations",
)
"""Every step that a contract may have, in order; those of optional subjects stand in it only where they are used."""


def do_nothing_result(party: str) -> str:
    """The row of a party's result had nothing been done; none for the budget holder, which would not be there."""
    return "" if party == HOLDER else f"do_nothing_result_{party}"


def opening_inputs(parties: Parties) -> Iterator[InputSpec]:
    """Each party's balance on the first day."""
    for party in parties:
        yield InputSpec(f"opening_balance.{party}", "GBP", f"Balance of {plain_name(party)} on the first day.")


def statement_rows(entries: Iterable[Row], parties: Parties, bridge: Sequence[str]) -> Iterator[Row]:
    """Rows of every party's statement and account, and of the checks; `bridge` has the steps that the contract has."""
    flows = [row for row in entries if row.entry]
    for party in (*parties, OUTSIDE):
        yield from _statement(party, flows)
    for party in parties:
        yield from _against_do_nothing(party)
    meaning = "All parties' results less do-nothing, since the first year."
    yield from _summed("system.change_to_date", [f"{party}.change_to_date" for party in parties], AGAINST, meaning)
    resources = [r.name for r in flows if r.entry and r.entry.kind == "resource"]
    meaning = "All resource entries: staff, suppliers and tax of every party."
    yield from _summed("system.resource", resources, SHEET, meaning)
    yield from _checks(parties, bridge)


def _statement(party: str, flows: list[Row]) -> Iterator[Row]:
    received = [r.name for r in flows if r.entry and r.entry.payee == party]
    paid = [r.name for r in flows if r.entry and r.entry.payer == party]
    label = plain_name(party)
    yield from _summed(f"{party}.received", received, SHEET, f"All that {label} receives.", party)
    yield from _summed(f"{party}.paid", paid, SHEET, f"All that {label} pays.", party)
    result = ref(f"{party}.received") - ref(f"{party}.paid")
    yield _row(f"{party}.result", result, SHEET, f"Received less paid by {label}.", party)
    if party == OUTSIDE:
        return
    opening = prior(ref(f"{party}.closing"), opening=ref(f"opening_balance.{party}"))
    yield _row(f"{party}.opening", opening, SHEET, f"Balance of {label} at the start of the year.", party)
    closing = ref(f"{party}.opening") + ref(f"{party}.result")
    yield _row(f"{party}.closing", closing, SHEET, f"Balance of {label} at the end of the year.", party)


def _against_do_nothing(party: str) -> Iterator[Row]:
    label = plain_name(party)
    result = ref(f"{party}.result")
    nothing = do_nothing_result(party)
    change = result - ref(nothing) if nothing else result
    yield _row(f"{party}.change", change, AGAINST, f"Result of {label} less its result had nothing been done.", party)
    so_far = prior(ref(f"{party}.change_to_date")) + ref(f"{party}.change")
    yield _row(f"{party}.change_to_date", so_far, AGAINST, f"The same for {label}, since the first year.", party)
    compared = ref(INCOME_COMPARED.get(party, f"do_nothing_income_{party}"))
    income = prior(ref(f"{party}.threshold")) + compared * ref("materiality")
    meaning = f"Beyond this, either way, {label} counts as better or worse off than do-nothing."
    yield _row(f"{party}.threshold", income, AGAINST, meaning, party)
    worse = most(0, -ref(f"{party}.change_to_date") - ref(f"{party}.threshold"))
    meaning = f"What {label} is worse off than do-nothing since the first year, beyond that."
    yield _row(f"{party}.worse_off_by", worse, AGAINST, meaning, party)
    meaning = f"{label.capitalize()} is materially worse off than do-nothing."
    yield warning(f"worse_off_{party}", f"{party}.worse_off_by", meaning, ORIGIN, AGAINST)


def _checks(parties: Parties, bridge: Sequence[str]) -> Iterator[Row]:
    everyone = [f"{party}.result" for party in (*parties, OUTSIDE)]
    meaning = "Results of all parties and of outside sum to nothing."
    yield from _summed("proof_zero_sum", everyone, PROOF, meaning)
    yield _row("check.zero_sum", ref("proof_zero_sum"), CHECKS, meaning)
    for party in parties:
        difference = ref(f"{party}.result") - ref(f"proof_{party}")
        meaning = f"Result of {plain_name(party)} from its entries, less its income less cost written separately."
        yield _row(f"check.{party}", difference, CHECKS, meaning, party)
    system = ref("system.resource") - ref("system_cost")
    yield _row("check.system_cost", system, CHECKS, "Resource entries less the system's cost reached from activity.")
    meaning = "Steps of the bridge less the budget that they lead to."
    yield from _summed("stepped_budget", bridge, "Bridge", "The budget as the steps of the bridge make it up.")
    yield _row("check.bridge", ref("stepped_budget") - ref("wpb"), CHECKS, meaning)
    stranded = total(ref("stranded_gap"), over="provider")
    meaning = "Stranded cost is what each provider loses on its contracts against do-nothing."
    yield _row("check.stranded_cost", stranded, CHECKS, meaning)
    gaps = total(ref("place_gap"), over="line")
    yield _row(
        "check.scope", gaps, CHECKS, "Every line has one provider and is kept, passed on or moved, counted once."
    )


def _summed(name: str, names: Sequence[str], sheet: str, doc: str, party: str = "") -> Iterator[Row]:
    yield from summed(_row(name, NIL, sheet, doc, party), names)


def _row(name: str, expr: Expr, sheet: str, doc: str, party: str = "") -> Row:
    tags = {"party": party} if party else {}
    return Row(name, expr, (), sheet, "GBP", doc, ORIGIN, tags=tags)
