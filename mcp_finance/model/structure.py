"""What a contract is made of before any figure: its years, its lines and the groups to which they belong.

A line is a leaf: a service, point of delivery, cohort and provider that really exist together. Everything else about it
(the hospital contract that pays for it, its pool in the gain/loss share, its stream, tariff and cost series) is a map.
A demand-shift programme belongs to one line; those of a line stand together, in the order in which they act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mcp_finance.model.party import Parties
from mcp_finance.rows.row import Dimension, InputSpec, Map
from mcp_finance.terms.compiler.compile import Compiled

DIMENSIONS = (
    "line",
    "programme",
    "contract",
    "provider",
    "pool",
    "stream",
    "tariff",
    "inflation",
    "driver",
    "basis",
    "age",
    "variation",
    "practice",
    "party",
    "month",
    "break_point",
    "incentive",
    "measure",
    "measure_step",
)
POINTS = ("instalment",)
"""Dimensions that number the points of a table."""
ORDERED = ("month", "instalment", "programme", "measure_step")
BASES = ("registered", "resident")
MONTHS = ("apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "jan", "feb", "mar")
MAPS = {
    "driver": ("line", "driver"),
    "stream": ("line", "stream"),
    "tariff": ("line", "tariff"),
    "contract": ("line", "contract"),
    "provider": ("line", "provider"),
    "contract_provider": ("contract", "provider"),
    "pool": ("line", "pool"),
    "provider_inflation": ("line", "inflation"),
    "holder_inflation": ("line", "inflation"),
    "line": ("programme", "line"),
    "shift_inflation": ("programme", "inflation"),
    "basis": ("driver", "basis"),
    "variation_stream": ("variation", "stream"),
    "variation_prices": ("variation", "inflation"),
    "incentive": ("line", "incentive"),
    "measure": ("measure_step", "measure"),
}


@dataclass(frozen=True)
class Structure:
    """`members` and `titles` by dimension, `groups` by map (an id or "" for every member of its source).

    `programmes_on_a_line` is the number of demand-shift programmes on the line that has most. `optional` names the
    subjects of `mcp_finance.model.contract.OPTIONAL` that the contract has; a dimension or map of which nothing is said
    is not there. `terms` are the term sheets of the contract, their facts bound to its rows or to inputs, which are the
    `figures`. `rolls` are the years from the reference year to the first year, each a step of the baseline.
    """

    years: tuple[str, ...]
    rolls: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    parties: Parties = field(default_factory=Parties)
    programmes_on_a_line: int = 1
    optional: frozenset[str] = frozenset()
    terms: tuple[Compiled, ...] = ()
    figures: tuple[InputSpec, ...] = ()

    def dimensions(self) -> tuple[Dimension, ...]:
        points = {d.name: d for sheet in self.terms for d in sheet.dims}
        names = [d for d in (*DIMENSIONS, *POINTS) if d in self.members]
        own = (Dimension(d, self.members[d], self.titles.get(d, ()), d in ORDERED) for d in names)
        return (*own, *points.values())

    def maps(self) -> tuple[Map, ...]:
        return tuple(self._map(name, *ends) for name, ends in MAPS.items() if name in self.groups)

    def _map(self, name: str, source: str, target: str) -> Map:
        place = {member: k for k, member in enumerate(self.members[target])} | {"": -1}
        return Map(name, source, target, tuple(place[g] for g in self.groups[name]))
