"""The budget holder's result before the clauses that act on a result: a surplus that is given up, a guarantee called.

Such clauses come last, one after another: surplus first, then the guarantee. Each reads the result of every entry but
its own and those of later ones, so that no clause depends on itself. The proof goes the same way from the contract's
side: the margin on budget and cost, and what the optional subjects before it bring.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mcp_finance.model.party import HOLDER
from mcp_finance.model.sums import NIL, summed
from mcp_finance.rows.expr import ref
from mcp_finance.rows.row import Row

SHEET, PROOF = "Reserves", "Proof"
ORIGIN = "mcp_finance/model/holder/before.py"


def before_rows(name: str, entries: Iterable[Row], later: Collection[str]) -> Iterator[Row]:
    """What the budget holder receives, pays and makes, without the `later` entries."""
    flows = [(row.name, row.entry) for row in entries if row.entry and row.name not in later]
    received = [n for n, entry in flows if entry.payee == HOLDER]
    paid = [n for n, entry in flows if entry.payer == HOLDER]
    what = name.replace("_", " ")
    yield from summed(
        Row(f"{name}.received", NIL, (), SHEET, "GBP", f"Income of the budget holder {what}.", ORIGIN), received
    )
    yield from summed(
        Row(f"{name}.paid", NIL, (), SHEET, "GBP", f"Spending of the budget holder {what}.", ORIGIN), paid
    )
    result = ref(f"{name}.received") - ref(f"{name}.paid")
    yield Row(f"{name}.result", result, (), SHEET, "GBP", f"Income less spending {what}.", ORIGIN)


def proof_before(name: str, proofs: Iterable[str]) -> Iterator[Row]:
    """The same result from the contract's side, with the proofs of optional subjects that come before."""
    doc = f"The budget holder's result {name.replace('_', ' ')}, written apart from the entries."
    yield from summed(Row(f"proof_{name}", NIL, (), PROOF, "GBP", doc, ORIGIN), ["holder_margin", *proofs])
