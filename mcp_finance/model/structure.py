"""What a contract is made of before any figure: its years, its lines and the groups to which they belong.

A line is a leaf: a service, point of delivery, cohort and provider that really exist together. Everything else about it
(the hospital contract that pays for it, its pool in the gain/loss share, its stream, tariff and cost series) is a map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_finance.rows.row import Dimension, InputSpec, Map
from mcp_finance.terms.compiler.compile import Compiled

DIMENSIONS = (
    *("line", "contract", "pool", "stream", "tariff", "inflation", "driver", "basis", "age", "party"),
    *("incentive", "measure", "measure_step"),
)
ORDERED = ("measure_step",)
BASES = ("registered", "resident")
MAPS = {
    "driver": ("line", "driver"),
    "stream": ("line", "stream"),
    "tariff": ("line", "tariff"),
    "contract": ("line", "contract"),
    "pool": ("line", "pool"),
    "provider_inflation": ("line", "inflation"),
    "holder_inflation": ("line", "inflation"),
    "shift_inflation": ("line", "inflation"),
    "basis": ("driver", "basis"),
    "incentive": ("line", "incentive"),
    "measure": ("measure_step", "measure"),
}


@dataclass(frozen=True)
class Structure:
    """`members` and `titles` by dimension, `groups` by map (an id or "" for every member of its source).

    `optional` names the subjects of `mcp_finance.model.contract.OPTIONAL` that the contract has; a dimension or map of
    which nothing is said is not there. `terms` are the term sheets of the contract, their facts bound to its rows or to
    inputs, which are the `figures`. `rolls` are the years from the reference year to the first year, each a step of the
    baseline.
    """

    years: tuple[str, ...]
    rolls: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    optional: frozenset[str] = frozenset()
    terms: tuple[Compiled, ...] = ()
    figures: tuple[InputSpec, ...] = ()

    def dimensions(self) -> tuple[Dimension, ...]:
        points = {d.name: d for sheet in self.terms for d in sheet.dims}
        own = (
            Dimension(d, self.members[d], self.titles.get(d, ()), d in ORDERED) for d in DIMENSIONS if d in self.members
        )
        return (*own, *points.values())

    def maps(self) -> tuple[Map, ...]:
        return tuple(self._map(name, *ends) for name, ends in MAPS.items() if name in self.groups)

    def _map(self, name: str, source: str, target: str) -> Map:
        place = {member: k for k, member in enumerate(self.members[target])} | {"": -1}
        return Map(name, source, target, tuple(place[g] for g in self.groups[name]))
