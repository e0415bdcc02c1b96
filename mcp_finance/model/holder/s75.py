"""What the council pays into the pooled budget when its contribution departs from its budget.

The scope keeps its size and so does its cost; what changes is the council's payment for it. Of a pound cut, the part
that the pool's risk share lays on the council is made good by it and the part laid on the commissioner is paid by that;
the budget holder bears the rest. An increase is shared the same way. The entries go by the council's whole budget, the
proof by line.
"""

from __future__ import annotations

from mcp_finance.model.party import COMMISSIONER, COUNCIL, HOLDER
from mcp_finance.rows.expr import Expr, weighted
from mcp_finance.rows.row import InputSpec, entry, row

SHEET, PROOF = "Council", "Proof"
LINE = ("line",)
INPUTS = (
    InputSpec("contribution_change", "rate", "Change of the council's payment, of its budget.", yearly=True),
    InputSpec("made_good_by_council", "share", "Part of the change that the council makes good itself."),
    InputSpec("made_good_by_commissioner", "share", "Part of the change that the commissioner makes good."),
)


@row(sheet=SHEET, unit="GBP")
def contribution_changed(council_budget: Expr, contribution_change: Expr) -> Expr:
    """Change of the council's contribution, before any of it is made good; negative for a cut."""
    return council_budget * contribution_change


@entry(payer=COUNCIL, payee=HOLDER, kind="transfer")
def s75_change(contribution_changed: Expr, made_good_by_council: Expr) -> Expr:
    """Change of what the council pays into the pooled budget; negative for a cut."""
    return contribution_changed * (1 - made_good_by_council)


@entry(payer=COMMISSIONER, payee=HOLDER, kind="transfer")
def s75_made_good(contribution_changed: Expr, made_good_by_commissioner: Expr) -> Expr:
    """What the commissioner makes good of a cut by the council; negative if the council pays more."""
    return -contribution_changed * made_good_by_commissioner


@row(sheet=PROOF, unit="GBP", dims=LINE)
def s75_line_change(line_budget: Expr, contribution_change: Expr) -> Expr:
    """Change of what is paid for the line, were it the council's."""
    return line_budget * contribution_change


@row(sheet=PROOF, unit="GBP")
def s75_gap(s75_line_change: Expr, is_council: Expr) -> Expr:
    """The change of the council's lines."""
    return weighted(s75_line_change, is_council, over="line")


@row(sheet=PROOF, unit="GBP")
def proof_s75_council(s75_gap: Expr, made_good_by_council: Expr) -> Expr:
    """What the council makes good, less the change: what it gains by a cut."""
    return s75_gap * made_good_by_council - s75_gap


@row(sheet=PROOF, unit="GBP")
def proof_s75_commissioner(s75_gap: Expr, made_good_by_commissioner: Expr) -> Expr:
    """What the commissioner bears of a cut."""
    return s75_gap * made_good_by_commissioner


@row(sheet=PROOF, unit="share")
def borne_by_holder(made_good_by_council: Expr, made_good_by_commissioner: Expr) -> Expr:
    """Part of the change that nobody makes good."""
    return 1 - made_good_by_council - made_good_by_commissioner


@row(sheet=PROOF, unit="GBP")
def proof_s75_holder(s75_gap: Expr, borne_by_holder: Expr) -> Expr:
    """What the budget holder bears of a cut."""
    return s75_gap * borne_by_holder
