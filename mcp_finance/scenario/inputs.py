"""From a checked scenario to the model's inputs: structure, values and the origin of every number.

The structure is made here; the values are filled subject by subject in `mcp_finance.scenario.filling`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mcp_finance.model.contract import contract_model
from mcp_finance.model.ledger import PARTIES
from mcp_finance.model.structure import BASES, Structure
from mcp_finance.scenario.binding import compiled, figure_inputs
from mcp_finance.scenario.filling import books, budget, hospital, money, people, terms, work
from mcp_finance.scenario.filling.filler import Filler, ModelInputs
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.sections.money import FOLLOW_GROWTH
from mcp_finance.scenario.tables import age_id
from mcp_finance.scenario.terms import pools_of
from mcp_finance.scenario.timeline import contract_years, roll_years

NO_CONTRACT = "no_contract"
POOL = "hospital_use"
FILL = (
    people.population,
    work.time_and_activity,
    work.shift,
    money.money,
    money.register,
    hospital.hospital,
    books.books,
    terms.terms,
    budget.recurrent,
    budget.reopening,
    budget.pace,
    budget.index_rules,
    budget.rebase,
    budget.variations,
)
"""What fills the inputs, in the order of `mcp_finance.model.inputs`."""


OPTIONAL_PARTS: Mapping[str, Callable[[Scenario], bool]] = {
    "allocation": lambda s: s.allocation is not None,
    "recurrent": lambda s: any(line.recurrent for line in s.lines.values()),
    "reopening": lambda s: any(t.reopened for t in s.tariffs.values()) or any(x.reopened for x in s.streams.values()),
    "pace": lambda s: any(stream.pace for stream in s.streams.values()),
    "index_rules": lambda s: any(stream.rule not in FOLLOW_GROWTH for stream in s.streams.values()),
    "rebase": lambda s: s.rebase is not None,
    "variations": lambda s: bool(s.variations),
}
"""Whether a scenario has each of `mcp_finance.model.contract.OPTIONAL`."""


def model_inputs(loaded: Loaded) -> ModelInputs:
    """The contract's model and all its inputs, from a checked scenario."""
    filler = Filler(loaded, structure(loaded))
    out = ModelInputs(contract_model(filler.structure), filler.structure.terms)
    for fill in FILL:
        fill(filler, out)
    return out


def structure(loaded: Loaded) -> Structure:
    """Dimensions, groups and years of the scenario's contract."""
    s, lines = loaded.scenario, loaded.scenario.lines.values()
    drivers = {(line.population, line.profile): f"{line.population}_{line.profile}" for line in lines}
    ages = loaded.population.members(1)
    shared = [n for n, line in s.lines.items() if line.scope == "share"]
    pools = pools_of(loaded.terms, shared) or {POOL: tuple(shared)}
    members = {
        "line": tuple(s.lines),
        "contract": tuple(s.hospital_contracts) or (NO_CONTRACT,),
        "pool": tuple(pools),
        "stream": tuple(s.streams),
        "tariff": tuple(s.tariffs),
        "inflation": tuple(s.inflation),
        "driver": tuple(drivers.values()),
        "basis": BASES,
        "age": tuple(age_id(a) for a in ages),
        "party": PARTIES,
    }
    groups = {
        "driver": tuple(drivers[line.population, line.profile] for line in lines),
        "stream": tuple(line.stream for line in lines),
        "tariff": tuple(line.tariff for line in lines),
        "contract": tuple(line.contract or "" for line in lines),
        "pool": tuple(next((pool for pool, within in pools.items() if n in within), "") for n in s.lines),
        "provider_inflation": tuple(line.inflation or "" for line in lines),
        "holder_inflation": tuple(line.holder_inflation or "" for line in lines),
        "shift_inflation": tuple(line.shift.inflation if line.shift else "" for line in lines),
        "basis": tuple("registered" if population == "nhs" else "resident" for population, _ in drivers),
    }
    titles = {"line": tuple(line.title for line in lines), "age": ages}
    if s.variations:
        ledger = s.variations.values()
        members["variation"] = tuple(s.variations)
        titles["variation"] = tuple(v.title for v in ledger)
        groups["variation_stream"] = tuple(v.stream or "" for v in ledger)
        groups["variation_prices"] = tuple(v.inflation or "" for v in ledger)
    return Structure(
        contract_years(s.contract),
        roll_years(s.contract),
        members,
        titles,
        groups,
        frozenset(name for name, has in OPTIONAL_PARTS.items() if has(s)),
        tuple(compiled(bound, tuple(pools)) for bound in loaded.terms),
        tuple(spec for bound in loaded.terms for spec in figure_inputs(bound)),
    )
