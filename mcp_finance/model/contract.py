"""The contract's model: every row of this package, and the rows that depend on a scenario's structure.

One pound through the chain: a line's reference-year cost (an input, with its place in the scenario file) is rolled to
the first year in explicit steps -> `opening_baseline` -> `holder_baseline` by form, `line_budget` by index, list and
phase -> the entry `nhs_wpap`, commissioner to budget holder -> `budget_holder.received` -> `budget_holder.closing`,
in the cell of its year on the sheet Statements; and the other way `base_price` x `activity` -> `paid_value` -> kept,
passed on or moved -> an entry out of somebody's account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache

from mcp_finance.model import optional as optionals
from mcp_finance.model.books import ledger, proofs
from mcp_finance.model.books.statements import BRIDGE, opening_inputs, statement_rows
from mcp_finance.model.budget import modes, term
from mcp_finance.model.budget import wpb as budget
from mcp_finance.model.delivery import activity, counterfactual, hospital, prices, programmes, provider, provision
from mcp_finance.model.inputs import INPUTS
from mcp_finance.model.optional import OPTIONAL
from mcp_finance.model.party import PROVIDER, Parties, provider_switch
from mcp_finance.model.people import population
from mcp_finance.model.share import trend as share_trend
from mcp_finance.model.share import variance as share
from mcp_finance.model.share.incentive import UNEARNED_BEFORE, known_unearned_before, unearned_rows
from mcp_finance.model.share.pool_saving import POOL_SAVING, known_pool_saving, pool_saving_rows
from mcp_finance.model.share.settlement import settlement_entries, settlement_inputs, settlement_rows
from mcp_finance.model.structure import Structure
from mcp_finance.model.value import totals as value
from mcp_finance.rows.expr import Expr, plain_name, ref, up
from mcp_finance.rows.formulas import check_formulas
from mcp_finance.rows.model import Model, build
from mcp_finance.rows.row import InputSpec, Row, rows_of
from mcp_finance.terms.compiler.compile import Compiled

SUBJECTS = (
    population,
    term,
    activity,
    programmes,
    prices,
    budget,
    modes,
    hospital,
    provider,
    share_trend,
    share,
    provision,
    counterfactual,
)
ORIGIN = "mcp_finance/model/contract.py"


def contract_model(structure: Structure) -> Model:
    """The model of one contract.

    Raises:
        RowError: rows do not fit together; this is a fault of the package, not of a scenario.
    """
    s = structure
    rows = [*_rolls(s), *contract_rows(s.parties, s.terms, s.optional, s.programmes_on_a_line)]
    written = {row.name for row in rows}
    inputs = [
        *(spec for spec in INPUTS if spec.name not in written),
        *programmes.SHIFT,
        *((programmes.FIRST_OF_LINE,) if structure.programmes_on_a_line > 1 else ()),
        *roll_inputs(structure),
        *(spec for subject in optionals.chosen_of(structure.optional) for spec in subject.inputs),
        *settlement_inputs(structure.terms, structure.parties),
        *structure.figures,
        *opening_inputs(structure.parties),
        *pool_inputs(structure),
        *provider_inputs(structure.parties),
    ]
    model = build(structure.dimensions(), structure.maps(), structure.years, dict.fromkeys(inputs), rows)
    check_formulas(model)
    return model


def contract_rows(
    parties: Parties, terms: tuple[Compiled, ...], optional: Collection[str], programmes_on_a_line: int = 1
) -> Iterator[Row]:
    """Every row of a contract with these term sheets and optional subjects but the roll, which depends on its years.

    A row of an optional subject takes the place of the row of every contract that has its name.
    """
    chosen = optionals.chosen_of(optional)
    added = [row for subject in chosen for row in subject.rows()]
    own = (*rows_of(ledger), *ledger.provider_entries(parties), *settlement_entries(terms))
    entries = (*own, *(row for row in added if row.entry))
    own_names = {row.name for row in added}
    core = [row for row in _core(parties, terms, programmes_on_a_line) if row.name not in own_names]
    yield from core
    yield from added
    known = own_names | {row.name for row in core}
    yield from statement_rows(entries, parties, [step for step in BRIDGE if step in known])
    for subject in chosen:
        yield from subject.generated(parties, entries) if subject.generated else ()
    yield from optionals.befores(chosen, entries)
    yield from optionals.proofs(chosen, parties)


def _core(parties: Parties, terms: tuple[Compiled, ...], programmes_on_a_line: int) -> Iterator[Row]:
    """The rows that every contract has, but for statements."""
    for module in SUBJECTS:
        yield from rows_of(module)
    yield from programmes.chain_rows(programmes_on_a_line)
    yield from pool_saving_rows(tuple(pool.id for sheet in terms for pool in sheet.sheet.pools))
    yield from settlement_rows(terms, parties)
    yield from unearned_rows(terms)
    yield from rows_of(ledger)
    yield from ledger.provider_entries(parties)
    yield from settlement_entries(terms)
    yield from rows_of(value)
    yield from rows_of(proofs)
    yield from provider.provider_rows(parties)


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


def provider_inputs(parties: Parties) -> Iterator[InputSpec]:
    """Switches that pick one provider."""
    for name in parties.providers:
        yield InputSpec(provider_switch(name), "switch", f"1 for {plain_name(name)}, 0 for the others.", ("provider",))


def member_of(name: str) -> tuple[str, str]:
    """`provider_income.royal` is the row of every provider's income and the member `royal`; else no member."""
    row, _, member = name.partition(".")
    chosen = known_rows().get(row)
    return (row, member) if chosen and chosen.dims == (PROVIDER,) else (name, "")


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
    value = Expr("ref", name="recurrent_baseline" if "recurrent" in structure.optional else "reference_baseline")
    for year in structure.rolls:
        growth = up(ref(f"roll.{roll_name(year)}"), along="stream")
        name = f"rolled.{roll_name(year)}"
        yield Row(name, value * (1 + growth), ("line",), "Roll", "GBP", f"The line rolled forward to {year}.", ORIGIN)
        value = ref(name)
    doc = "Value of the line in the first year of the contract: budget and cost both start from it."
    yield Row("opening_baseline", value, ("line",), "Roll", "GBP", doc, ORIGIN)
