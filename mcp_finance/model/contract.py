"""The contract's model: every row of this package, and the rows that depend on a scenario's structure.

One pound through the chain: a line's reference-year cost (an input, with its place in the scenario file) is rolled to
the first year in explicit steps -> `opening_baseline` -> `holder_baseline` by form, `line_budget` by index, list and
phase -> the entry `nhs_wpap`, commissioner to budget holder -> `budget_holder.received` -> `budget_holder.closing`,
in the cell of its year on the sheet Statements; and the other way `base_price` x `activity` -> `paid_value` -> kept,
passed on or moved -> an entry out of somebody's account.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

from mcp_finance.model import (
    activity,
    affordability,
    appraisal,
    bid,
    bid_base_case,
    budget,
    counterfactual,
    hospital,
    incentive,
    ledger,
    measures,
    parties,
    per_head,
    population,
    prices,
    provision,
    share,
    value,
)
from mcp_finance.model.incentive import UNEARNED_BEFORE, known_unearned_before, unearned_rows
from mcp_finance.model.inputs import ALLOCATION, INPUTS
from mcp_finance.model.ledger import PARTIES
from mcp_finance.model.pool_saving import POOL_SAVING, known_pool_saving, pool_saving_rows
from mcp_finance.model.settlement import settlement_entries, settlement_inputs, settlement_rows
from mcp_finance.model.statements import statement_rows
from mcp_finance.model.structure import Structure
from mcp_finance.rows.expr import Expr, plain_name, up
from mcp_finance.rows.formulas import check_formulas
from mcp_finance.rows.model import Model, build
from mcp_finance.rows.row import InputSpec, Row, rows_of
from mcp_finance.terms.compiler.compile import Compiled

SUBJECTS = (population, activity, prices, budget, hospital, share, provision, counterfactual)
ORIGIN = "mcp_finance/model/contract.py"
NIL = Expr("num", value=0.0)


@dataclass(frozen=True)
class Optional:
    """A subject that only some contracts have: its modules of rows, and the inputs that they read.

    Its flows are entries in its modules. `proofs` says what they come to, by rows written from the contract's side: for
    a party, income less cost; for `system`, resource used. A name after a minus is taken off. `made` gives rows that no
    module can hold as functions: those of each party, and those with names of two words.
    """

    modules: tuple[ModuleType, ...]
    inputs: tuple[InputSpec, ...]
    proofs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    made: Callable[[Sequence[str]], Iterable[Row]] = lambda parties: ()

    def rows(self) -> Iterator[Row]:
        for module in self.modules:
            yield from rows_of(module)
        yield from self.made(PARTIES)


OPTIONAL: Mapping[str, Optional] = {
    "allocation": Optional((affordability, per_head), (ALLOCATION,), made=lambda _: (per_head.BEYOND_ALLOCATION,)),
    "incentive": Optional((incentive,), ()),
    "measures": Optional((measures,), measures.INPUTS, made=lambda _: measures.warnings()),
    "appraisal": Optional((appraisal,), appraisal.INPUTS, made=appraisal.appraisal_rows),
    "bid": Optional((bid,), bid.INPUTS, made=lambda _: bid.warnings()),
    "bid_base_case": Optional((bid_base_case,), bid_base_case.INPUTS, made=lambda _: bid_base_case.warnings()),
}
"""By the name under which `Structure.optional` holds what a scenario has."""


def contract_model(structure: Structure) -> Model:
    """The model of one contract.

    Raises:
        RowError: rows do not fit together; this is a fault of the package, not of a scenario.
    """
    rows = [*_rolls(structure), *contract_rows(structure.terms, structure.optional)]
    inputs = [
        *INPUTS,
        *roll_inputs(structure),
        *(spec for name in OPTIONAL if name in structure.optional for spec in OPTIONAL[name].inputs),
        *settlement_inputs(structure.terms),
        *structure.figures,
        *pool_inputs(structure),
    ]
    model = build(structure.dimensions(), structure.maps(), structure.years, inputs, rows)
    check_formulas(model)
    return model


def contract_rows(terms: tuple[Compiled, ...], optional: Collection[str]) -> Iterator[Row]:
    """Every row of a contract with these term sheets and optional subjects but the roll, which depends on its years."""
    chosen = [subject for name, subject in OPTIONAL.items() if name in optional]
    added = [row for subject in chosen for row in subject.rows()]
    entries = (*rows_of(ledger), *settlement_entries(terms), *(row for row in added if row.entry))
    for subject in SUBJECTS:
        yield from rows_of(subject)
    yield from pool_saving_rows(tuple(pool.id for sheet in terms for pool in sheet.sheet.pools))
    yield from settlement_rows(terms)
    yield from unearned_rows(terms)
    yield from entries
    yield from statement_rows(entries)
    yield from rows_of(value)
    yield from (row for row in added if not row.entry)
    yield from rows_of(parties)
    yield from _proofs(chosen)


def _proofs(chosen: list[Optional]) -> Iterator[Row]:
    """What the optional subjects bring each party, and the resource they use, for the proofs of `parties`."""
    for party in (*PARTIES, "system"):
        names = [name for subject in chosen for name in subject.proofs.get(party, ())]
        signed = [-Expr("ref", name=n[1:]) if n.startswith("-") else Expr("ref", name=n) for n in names]
        doc = f"What optional subjects bring {plain_name(party)}, written apart from their entries."
        yield Row(
            f"proof_other_{party}", sum(signed[1:], signed[0]) if signed else NIL, (), "Proof", "GBP", doc, ORIGIN
        )


def pool_inputs(structure: Structure) -> Iterator[InputSpec]:
    """Switches that pick one pool, where there are several."""
    pools = structure.members["pool"]
    for pool in pools if len(pools) > 1 else ():
        yield InputSpec(pool_switch(pool), "switch", f"1 for the pool {plain_name(pool)}, 0 for others.", ("pool",))


def pool_switch(pool: str) -> str:
    """The input that is 1 for one pool."""
    return f"pool.{pool}"


@cache
def known_rows(optional: Collection[str] = frozenset(OPTIONAL)) -> Mapping[str, Row]:
    """Rows of contracts with these optional subjects, by name: what the facts of a term sheet may be bound to."""
    subjects = (*SUBJECTS, ledger, value)
    known = {row.name: row for subject in subjects for row in rows_of(subject)}
    known |= {row.name: row for name in OPTIONAL if name in optional for row in OPTIONAL[name].rows()}
    return known | {POOL_SAVING: known_pool_saving(), UNEARNED_BEFORE: known_unearned_before()}


@cache
def subject_of_row() -> Mapping[str, str]:
    """For rows of the optional subjects, the subject."""
    return {row.name: name for name, subject in OPTIONAL.items() for row in subject.rows()}


def roll_name(year: str) -> str:
    """`2017/18` is `2017_18`, as it stands in the names of the roll's rows and inputs."""
    return year.replace("/", "_")


def roll_inputs(structure: Structure) -> Iterator[InputSpec]:
    """Growth of every stream in each year between the reference year and the first."""
    for year in structure.rolls:
        doc = f"Growth of the stream's lines from the year before to {year}, to roll the reference year forward."
        yield InputSpec(f"roll.{roll_name(year)}", "rate", doc, ("stream",))


def _rolls(structure: Structure) -> Iterator[Row]:
    """One row a step, and `opening_baseline`, the value of each line in the first year."""
    value = Expr("ref", name="reference_baseline")
    for year in structure.rolls:
        growth = up(Expr("ref", name=f"roll.{roll_name(year)}"), along="stream")
        name = f"rolled.{roll_name(year)}"
        yield Row(name, value * (1 + growth), ("line",), "Roll", "GBP", f"The line rolled forward to {year}.", ORIGIN)
        value = Expr("ref", name=name)
    doc = "Value of the line in the first year of the contract: budget and cost both start from it."
    yield Row("opening_baseline", value, ("line",), "Roll", "GBP", doc, ORIGIN)
