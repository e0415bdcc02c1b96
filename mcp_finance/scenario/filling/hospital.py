"""How hospitals are paid, how their cost follows activity and bed-days, and what income is guaranteed."""

from __future__ import annotations

from mcp_finance.model.party import provider_switch
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.checks.regimes import LEVELS, level_of
from mcp_finance.scenario.filling.filler import NOTHING, Cell, Filler, ModelInputs

ALL_VARIABLE: Cell = (1.0, Origin("", "", grade="definition", note="all of the cost follows activity"))
AVERAGE: Cell = (1.0, Origin("", "", grade="definition", note="no stay is given"))
NO_FLOOR: Cell = (0.0, Origin("", "", grade="definition", note="no income is guaranteed"))
STAY = {
    "length_of_stay": ("days", NOTHING),
    "avoided_stay": ("avoided", AVERAGE),
    "bed_cost_share": ("bed_cost", NOTHING),
}


def hospital(f: Filler, out: ModelInputs) -> None:
    out.put("variable_cost", f.optional("variable_cost", ALL_VARIABLE))
    for name in ("semi_fixed_cost", "release_lag"):
        out.put(name, f.optional(name))
    _stays(f, out)
    for key in LEVELS:
        cells = [_level(f, name, key) for name in f.s.hospital_contracts]
        out.put_years(key, cells or [[NOTHING] * len(f.structure.years)])
    _providers(f, out)


def _level(f: Filler, name: str, key: str) -> list[Cell]:
    """A level or rate of a hospital contract, given or as the word of its regime says."""
    path, contract = ("hospital_contracts", name), f.s.hospital_contracts[name]
    if series := getattr(contract, key):
        return f.series((*path, key), series, growth=False)
    return [f.word((*path, "kind"), level_of(contract, key) or 0.0)] * len(f.structure.years)


def _stays(f: Filler, out: ModelInputs) -> None:
    for name, (key, otherwise) in STAY.items():
        cells = [
            f.cell(("lines", n, "stay", key), getattr(line.stay, key)) if line.stay else otherwise
            for n, line in f.lines
        ]
        out.put(name, cells)
    nothing = [NOTHING] * len(f.structure.years)
    growth = [
        f.series(("lines", n, "stay", "growth"), line.stay.growth, growth=True) if line.stay else nothing
        for n, line in f.lines
    ]
    out.put_years("stay_growth", growth)


def _providers(f: Filler, out: ModelInputs) -> None:
    parties = f.structure.parties
    chosen = Origin("", "providers", grade="definition", note="picks one member")
    out.put("hospital_provider", [(float(p in parties.hospitals), chosen) for p in parties.providers])
    for provider in parties.providers:
        out.put(provider_switch(provider), [(float(p == provider), chosen) for p in parties.providers])
    out.put("has_floor", [(float(p in parties.guaranteed), chosen) for p in parties.providers])
    floors = []
    for p in parties.providers:
        floor = f.s.providers[p].income_floor if p in f.s.providers else None
        given = f.series(("providers", p, "income_floor"), floor, growth=False) if floor else None
        floors.append(given or [NO_FLOOR] * len(f.structure.years))
    out.put_years("income_floor", floors)
