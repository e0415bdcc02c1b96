"""The structure of a scenario's contract: its years, dimensions, groups, parties and optional subjects."""

from __future__ import annotations

from mcp_finance.model.structure import BASES, MONTHS, Structure
from mcp_finance.scenario.binding import compiled, figure_inputs
from mcp_finance.scenario.filling.measures import measure_structure
from mcp_finance.scenario.filling.shift import NO_PROGRAMME, programme_title, programmes_of
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.providers import parties_of
from mcp_finance.scenario.subjects import subjects_of
from mcp_finance.scenario.tables import age_id
from mcp_finance.scenario.terms import pools_of
from mcp_finance.scenario.timeline import contract_years, roll_years

NO_CONTRACT = "no_contract"
POOL = "hospital_use"


def structure(loaded: Loaded) -> Structure:
    """Dimensions, groups and years of the scenario's contract."""
    s, lines = loaded.scenario, loaded.scenario.lines.values()
    drivers = {(line.population, line.profile): f"{line.population}_{line.profile}" for line in lines}
    ages = loaded.population.members(1)
    shared = [n for n, line in s.lines.items() if line.scope == "share"]
    programmes = programmes_of(s)
    pools = pools_of(loaded.terms, shared) or {POOL: tuple(shared)}
    parties = parties_of(s.providers)
    paid = {line.contract: line.provider for line in lines if line.contract}
    members = {
        "line": tuple(s.lines),
        "programme": tuple(programmes) or (NO_PROGRAMME,),
        "contract": tuple(s.hospital_contracts) or (NO_CONTRACT,),
        "pool": tuple(pools),
        "stream": tuple(s.streams),
        "tariff": tuple(s.tariffs),
        "inflation": tuple(s.inflation),
        "driver": tuple(drivers.values()),
        "basis": BASES,
        "age": tuple(age_id(a) for a in ages),
        "provider": parties.providers,
        "party": parties.everyone,
    } | ({"break_point": tuple(s.contract.break_points)} if s.contract.break_points else {})
    groups = {
        "driver": tuple(drivers[line.population, line.profile] for line in lines),
        "stream": tuple(line.stream for line in lines),
        "tariff": tuple(line.tariff for line in lines),
        "contract": tuple(line.contract or "" for line in lines),
        "provider": tuple(line.provider if line.provider in parties.providers else "" for line in lines),
        "contract_provider": tuple(paid.get(c, "") for c in members["contract"]),
        "pool": tuple(next((pool for pool, within in pools.items() if n in within), "") for n in s.lines),
        "provider_inflation": tuple(line.inflation or "" for line in lines),
        "holder_inflation": tuple(line.holder_inflation or "" for line in lines),
        "line": tuple(str(path[1]) for path, _ in programmes.values()) or ("",),
        "shift_inflation": tuple(programme.inflation for _, programme in programmes.values()) or ("",),
        "basis": tuple("registered" if population == "nhs" else "resident" for population, _ in drivers),
    }
    titles = {
        "line": tuple(line.title for line in lines),
        "programme": tuple(programme_title(s, path) for path, _ in programmes.values()),
        "age": ages,
    }
    if s.practices:
        members["practice"] = tuple(s.practices)
        titles["practice"] = tuple(p.title for p in s.practices.values())
    if schemes := {line.incentive: None for line in lines if line.incentive}:
        members["incentive"] = tuple(schemes)
        groups["incentive"] = tuple(line.incentive or "" for line in lines)
    for own, added in zip((members, titles, groups), measure_structure(s), strict=True):
        own |= added
    if s.cash is not None:
        members |= {"month": MONTHS, "instalment": ("start", *MONTHS)}
    if s.variations:
        ledger = s.variations.values()
        members["variation"] = tuple(s.variations)
        titles["variation"] = tuple(v.title for v in ledger)
        groups["variation_stream"] = tuple(v.stream or "" for v in ledger)
        groups["variation_prices"] = tuple(v.inflation or "" for v in ledger)
    return Structure(
        years=contract_years(s.contract),
        rolls=roll_years(s.contract),
        members=members,
        titles=titles,
        groups=groups,
        parties=parties,
        programmes_on_a_line=max([1, *(len(line.programmes()) for line in lines)]),
        optional=subjects_of(loaded.root),
        terms=tuple(compiled(bound, tuple(pools)) for bound in loaded.terms),
        figures=tuple(spec for bound in loaded.terms for spec in figure_inputs(bound)),
    )
