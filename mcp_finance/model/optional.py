"""Subjects that only some contracts have: their rows are there only where a scenario has their section.

A subject brings its modules of rows and its inputs; a row of its own takes the place of the row or input of every
contract that has its name. Flows among its rows are entries like any other; what they come to
is also written from the contract's side, and the proofs of the books read it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from mcp_finance.model.books import cash
from mcp_finance.model.budget import breaks, ending, index_rules, pace, rebase, recurrent, reopening, variations
from mcp_finance.model.delivery import chance, commissioned
from mcp_finance.model.holder import metrics, pay, reserves, s75, surplus, vat
from mcp_finance.model.holder.before import before_rows, proof_before
from mcp_finance.model.inputs import ALLOCATION
from mcp_finance.model.party import HOLDER, Parties
from mcp_finance.model.people import list_change, non_members, practice_income, practices
from mcp_finance.model.share import baselines as share_baselines
from mcp_finance.model.share import incentive, measures
from mcp_finance.model.sums import NIL, summed
from mcp_finance.model.value import affordability, appraisal, bid, bid_base_case, per_head
from mcp_finance.rows.expr import plain_name
from mcp_finance.rows.row import InputSpec, Row, rows_of

ORIGIN = "mcp_finance/model/optional.py"
SYSTEM = "system"


@dataclass(frozen=True)
class Optional:
    """A subject that only some contracts have: its modules of rows, and the inputs that they read.

    `proofs` says what its entries come to, by rows written from the contract's side: for a party, income less cost; for
    `system`, resource used. A name after a minus is taken off. `generated` makes rows from the parties and all entries
    of the contract, as statements are made. `before` is the name of the budget holder's result without the entries of a
    subject that acts on it, nor of the later ones that do.
    """

    modules: tuple[ModuleType, ...]
    inputs: tuple[InputSpec, ...]
    proofs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    generated: Callable[[Parties, Sequence[Row]], Iterable[Row]] | None = None
    before: str = ""

    def rows(self) -> Iterator[Row]:
        for module in self.modules:
            yield from rows_of(module)


OPTIONAL: Mapping[str, Optional] = {
    "allocation": Optional(
        (affordability, per_head), (ALLOCATION,), generated=lambda _, __: (per_head.BEYOND_ALLOCATION,)
    ),
    "incentive": Optional((incentive,), ()),
    "measures": Optional((measures,), measures.INPUTS, generated=lambda _, __: measures.warnings()),
    "appraisal": Optional((appraisal,), appraisal.INPUTS, generated=appraisal.appraisal_rows),
    "bid": Optional((bid,), bid.INPUTS, generated=lambda _, __: bid.warnings()),
    "bid_base_case": Optional((bid_base_case,), bid_base_case.INPUTS, generated=lambda _, __: bid_base_case.warnings()),
    "practices": Optional((practices, practice_income), practices.INPUTS),
    "non_member_contract": Optional((non_members,), (), non_members.PROOFS),
    "list_change": Optional((list_change,), list_change.INPUTS),
    "recurrent": Optional((recurrent,), recurrent.INPUTS),
    "reopening": Optional((reopening,), reopening.INPUTS),
    "pace": Optional((pace,), pace.INPUTS),
    "index_rules": Optional((index_rules,), index_rules.INPUTS),
    "rebase": Optional((rebase,), rebase.INPUTS),
    "chance": Optional((chance,), chance.INPUTS),
    "variations": Optional((variations,), variations.INPUTS, variations.PROOFS),
    "break_points": Optional((breaks,), breaks.INPUTS),
    "ends_early": Optional((ending,), ending.INPUTS, ending.PROOFS),
    "share_baselines": Optional((share_baselines,), share_baselines.INPUTS),
    "commissioned_programmes": Optional((commissioned,), (), commissioned.PROOFS),
    "vat": Optional((vat,), vat.INPUTS, {"budget_holder": ("-proof_vat",), SYSTEM: ("proof_vat",)}),
    "pay": Optional((pay,), pay.INPUTS, {"budget_holder": ("-proof_pay",), SYSTEM: ("proof_pay",)}),
    "s75": Optional(
        (s75,),
        s75.INPUTS,
        {
            "budget_holder": ("proof_s75_holder",),
            "commissioner": ("proof_s75_commissioner",),
            "council": ("proof_s75_council",),
        },
    ),
    "surplus": Optional(
        (surplus,),
        surplus.INPUTS,
        {
            "budget_holder": ("-proof_given_up",),
            "commissioner": ("proof_surplus_returned",),
            SYSTEM: ("proof_surplus_reinvested",),
        },
        before=surplus.BEFORE,
    ),
    "reserves": Optional((reserves,), reserves.INPUTS, {"budget_holder": ("proof_guarantee",)}, before=reserves.BEFORE),
    "metrics": Optional((metrics,), metrics.INPUTS),
    "cash": Optional((cash,), cash.INPUTS, generated=cash.cash_rows),
}
"""By the name under which `Structure.optional` holds what a scenario has; those that act on a result in their order."""


def chosen_of(optional: Collection[str]) -> list[Optional]:
    """The subjects of these names, in the order in which they are listed."""
    return [subject for name, subject in OPTIONAL.items() if name in optional]


def proofs(chosen: Sequence[Optional], parties: Parties) -> Iterator[Row]:
    """What the optional subjects bring each party, and the resource they use, for the proofs of the books."""
    for party in (*parties, SYSTEM):
        names = [name for subject in chosen for name in subject.proofs.get(party, ())]
        doc = f"What optional subjects bring {plain_name(party)}, written apart from their entries."
        yield from summed(Row(f"proof_other_{party}", NIL, (), "Proof", "GBP", doc, ORIGIN), names)


def befores(chosen: Sequence[Optional], entries: Sequence[Row]) -> Iterator[Row]:
    """The budget holder's result before each subject that acts on it, and its proof; other subjects come earlier."""
    acting = [subject for subject in chosen if subject.before]
    for k, subject in enumerate(acting):
        later = {row.name for other in acting[k:] for row in other.rows()}
        earlier = [other for other in chosen if other not in acting[k:]]
        yield from before_rows(subject.before, entries, later)
        yield from proof_before(subject.before, [n for s in earlier for n in s.proofs.get(HOLDER, ())])
