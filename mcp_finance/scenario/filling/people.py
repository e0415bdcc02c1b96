"""People by age, whom the budget serves, and their relative need."""

from __future__ import annotations

from mcp_finance.model.structure import BASES
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import Filler, ModelInputs


def population(f: Filler, out: ModelInputs) -> None:
    s, table = f.s.population, f.loaded.population.values
    ages = f.loaded.population.members(1)
    people = [[f.tabled(table[basis, age, year]) for year in f.structure.years] for basis in BASES for age in ages]
    out.put_years("population", people)
    out.put("is_registered", [(float(b == "registered"), Origin("", b, grade="definition")) for b in BASES])
    out.put_years("unregistered", [f.series(("population", "unregistered"), s.unregistered, growth=False)])
    profile_of = {f"{line.population}_{line.profile}": line.profile for _, line in f.lines}
    weights = f.loaded.profiles.values
    out.put(
        "age_weight",
        [f.tabled(weights[profile_of[d], a]) for d in f.structure.members["driver"] for a in ages],
    )
