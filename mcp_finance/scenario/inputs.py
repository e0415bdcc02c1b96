"""From a checked scenario to the model's inputs: structure, values and the origin of every number.

The structure is made here; the values are filled subject by subject in `mcp_finance.scenario.filling`.
"""

from __future__ import annotations

from mcp_finance.model.contract import contract_model
from mcp_finance.model.ledger import PARTIES
from mcp_finance.model.structure import BASES, Structure
from mcp_finance.scenario.binding import compiled, figure_inputs
from mcp_finance.scenario.filling import appraisal, books, hospital, measures, money, people, terms, work
from mcp_finance.scenario.filling.filler import Filler, ModelInputs
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.subjects import subjects_of
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
    measures.measures,
    appraisal.appraisal,
    appraisal.bid,
)
"""What fills the inputs, in the order of `mcp_finance.model.inputs`."""


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
    if schemes := {line.incentive: None for line in lines if line.incentive}:
        members["incentive"] = tuple(schemes)
        groups["incentive"] = tuple(line.incentive or "" for line in lines)
    for own, added in zip((members, titles, groups), measures.measure_structure(s), strict=True):
        own |= added
    return Structure(
        contract_years(s.contract),
        roll_years(s.contract),
        members,
        titles,
        groups,
        subjects_of(loaded.root),
        tuple(compiled(bound, tuple(pools)) for bound in loaded.terms),
        tuple(spec for bound in loaded.terms for spec in figure_inputs(bound)),
    )
