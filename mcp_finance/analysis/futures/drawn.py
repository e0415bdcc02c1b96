"""Futures of a run: every uncertain input drawn, for the reader of many draws.

The numbers of a draw depend on the seed, the names of what is drawn and the number of the draw, and on nothing else
(`mcp_finance.sampling.streams`): not on workers, chunks, other lines or terms.

One draw on its way, draw 4,217 of `demand: {on: lines.*.growth, add: {normal: {sd: 0.6%}}, draw: own, alike: 50%}`:
block 4, place 121. The stream named `demand` gives what all lines share, each line's own stream what they do not; the
two are mixed to a normal number for each line with the correlation that they have, those of correlated entries by the
factor of their matrix; the distribution makes 0.31% of it, which is added to the growth of that line in every year.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import sqrt

import numpy as np
from numpy.random import Generator

from mcp_finance.analysis.run import Run
from mcp_finance.model.delivery.chance import CHANCE
from mcp_finance.rows.draws import Fill
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.counts import chance_factor
from mcp_finance.sampling.streams import BLOCK, Streams, net
from mcp_finance.scenario.addresses import Address, Use, moved
from mcp_finance.scenario.uncertain import Source, Uncertain

COUNTS = "activity_counts"
BY_CHANCE = "activity counts"
"""Stands for the chance in counts among the names of sources, of which none can have a space."""
Key = tuple[str, str]
"""Name and element of a stream of normal numbers."""


@dataclass(frozen=True)
class Futures:
    """What is drawn, beside the values that it is drawn around. `quasi` leading dimensions are quasi-random.

    `means` is the activity to be expected by line and year, in the plain run, round which counts vary. `elsewhere` are
    seeds of sources (or of `BY_CHANCE`) that are drawn by another seed than the rest.
    """

    uncertain: Uncertain
    values: Mapping[str, Array]
    yearly: Mapping[str, bool]
    lines: tuple[str, ...]
    means: Array
    quasi: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, uncertain: Uncertain, *, quasi: int = 0, seed: int | None = None) -> Futures:
        """The futures of a run, by another seed than the scenario's if one is given."""
        if seed is not None:
            uncertain = Uncertain(seed, uncertain.sources, uncertain.names, uncertain.factor, uncertain.counts)
        values = {n: run.results[n][..., 0] for n in _names(uncertain)}
        yearly = {n: run.model.inputs[n].yearly for n in values}
        return cls(
            uncertain, values, yearly, run.model.dimension["line"].members, run.results["activity"][..., 0], quasi
        )

    @property
    def names(self) -> Collection[str]:
        """Inputs that differ from draw to draw."""
        return self.values.keys()

    def open(self, names: Collection[str], first: int, last: int) -> Fill:
        """Open the draws first..last-1, of which `first` begins a block, for some of the inputs."""
        return Span(self, names, first, last).fill

    def with_seed(self, seed: int, names: Collection[str]) -> Futures:
        """The same futures, but for some sources (or `BY_CHANCE`), whose numbers are those of another seed."""
        return replace(self, elsewhere={**self.elsewhere, **dict.fromkeys(names, seed)})

    def seed_of(self, name: str) -> int:
        return self.elsewhere.get(name, self.uncertain.seed)

    def amounts(self, first: int, last: int) -> dict[str, Array]:
        """What is drawn, by source: `(years or 1, targets, draws)`, and under `BY_CHANCE` `(years, lines, draws)`.

        `first` begins a block. The numbers are those that the draws first..last-1 of a simulation act with.
        """
        span = Span(self, self.names, first, last)
        chance = {CHANCE.name: np.empty((len(self.lines), last - first))} if self.uncertain.counts else {}
        found: dict[str, list[Array]] = {}
        for year in range(self.means.shape[0]):
            span.fill(year, chance)
            for source in self.uncertain.sources:
                if not year or source.timing != "whole_term":
                    found.setdefault(source.name, []).append(np.stack(span.amounts[source.name]))
            if chance:
                found.setdefault(BY_CHANCE, []).append(np.stack(list(span.chances.values())))
        return {name: np.stack(years) for name, years in found.items()}

    def leading(self) -> tuple[Key, ...]:
        """The streams that quasi-random numbers replace: draws for the whole term, in the order of the file."""
        once = [s for s in self.uncertain.sources if s.timing == "whole_term"]
        return tuple(key for source in once for key in _keys(source, self.uncertain.names))[: self.quasi]


def _names(uncertain: Uncertain) -> list[str]:
    drawn = dict.fromkeys(use.input for s in uncertain.sources for a in s.addresses for use in a.uses)
    return [*drawn, *([CHANCE.name] if uncertain.counts and CHANCE.name not in drawn else ())]


def _keys(source: Source, correlated: Collection[str]) -> list[Key]:
    """The streams of a source: what its targets share, and each one's own."""
    shared = [(source.name, "")] if source.shares or source.alike or source.name in correlated else []
    return shared if source.shares else [*shared, *((source.name, t.element) for t in source.targets)]


class Span:
    """Draws first..last-1, filled year by year."""

    def __init__(self, futures: Futures, names: Collection[str], first: int, last: int) -> None:
        self.futures, self.draws = futures, last - first
        wanted, seed_of = set(names), futures.seed_of
        acting = [s for s in futures.uncertain.sources if wanted & {u.input for a in s.addresses for u in a.uses}]
        together = set(futures.uncertain.names) if any(s.name in futures.uncertain.names for s in acting) else set()
        needed = [s for s in futures.uncertain.sources if s in acting or s.name in together]
        self.sources = acting
        self.keys = {s.name: _keys(s, futures.uncertain.names) for s in needed}
        every = [key for keys in self.keys.values() for key in keys]
        leading = futures.leading()
        nets = {s: net(s, len(leading), first, last) for s in {seed_of(name) for name, _ in leading}}
        self.points = {key: nets[seed_of(key[0])][k] for k, key in enumerate(leading)}
        self.streams = {k: Streams.open(seed_of(k[0]), *k, first, last) for k in every if k not in self.points}
        self.normals = {key: np.empty(self.draws) for key in every}
        self.timing = {s.name: s.timing for s in needed}
        self.amounts = {s.name: [np.empty(self.draws) for _ in s.targets] for s in acting}
        self.uses = {name: list(_uses(acting, name)) for name in names}
        chance = futures.uncertain.counts if CHANCE.name in wanted else {}
        by_chance = seed_of(BY_CHANCE)
        self.counts = {line: Streams.open(by_chance, COUNTS, line, first, last) for line in chance}
        self.chances = {line: np.empty(self.draws) for line in chance}

    def fill(self, year: int, buffers: Mapping[str, Array]) -> None:
        """This year's values of the inputs, each `(own dimensions..., draws)`."""
        self._draw(year)
        for name, buffer in buffers.items():
            if year and not self.futures.yearly[name]:
                continue
            values = self.futures.values[name]
            buffer[...] = values[year if values.shape[0] > 1 else 0][..., None]
            if name == CHANCE.name:
                self._chance(year, buffer)
            for source, k, address, use in self.uses[name]:
                if not use.years or year in use.years:
                    cell = buffer[use.at]
                    figure = address.values[year if len(address.values) > 1 else 0]
                    cell[...] = moved(source.how, cell, self.amounts[source.name][k], np.asarray(figure), use.role)

    def _draw(self, year: int) -> None:
        """Amounts of the year: normals, correlated, through each distribution, added up where they walk."""
        due = {name for name, timing in self.timing.items() if year == 0 or timing != "whole_term"}
        for name in due:
            for key in self.keys[name]:
                self._normal(key, self.normals[key])
        common = self._correlated(due)
        for source in self.sources:
            if source.name not in due:
                continue
            for k, amount in enumerate(self.amounts[source.name]):
                self._amount(source, k, year, common.get(source.name), amount)

    def _normal(self, key: Key, out: Array) -> None:
        """The next normal numbers of a stream."""
        if key in self.points:
            out[...] = self.points[key]
        else:
            self.streams[key].normal(out)

    def _correlated(self, due: Collection[str]) -> dict[str, Array]:
        """What the targets of each source share: its own normals, or mixed with those of sources before it."""
        names, factor = self.futures.uncertain.names, self.futures.uncertain.factor
        found = {}
        for name in due:
            if (name, "") not in self.normals:
                continue
            found[name] = self.normals[name, ""]
            if name in names:
                i = names.index(name)
                mixed = factor[i, i] * self.normals[name, ""]
                for j in range(i):
                    if factor[i, j]:
                        mixed += factor[i, j] * self.normals[names[j], ""]
                found[name] = mixed
        return found

    def _amount(self, source: Source, k: int, year: int, common: Array | None, out: Array) -> None:
        """A target's amount of the year; a walk takes its first step in the first year that has the figure."""
        if source.shares:
            assert common is not None
            z = common
        else:
            z = self.normals[source.name, source.targets[k].element]
            if common is not None:
                z = sqrt(source.alike) * common + sqrt(1 - source.alike) * z
        begins = min((t for a in source.targets[k].addresses for t in a.years), default=0)
        if source.timing == "walk" and year > begins:
            step = source.distribution.from_normal(z)
            out[...] = out * step if source.how == "times" else out + step
        else:
            out[...] = source.distribution.from_normal(z)

    def _chance(self, year: int, buffer: Array) -> None:
        for line, streams in self.counts.items():
            at = self.futures.lines.index(line)
            mean, phi = float(self.futures.means[year, at]), self.futures.uncertain.counts[line]
            streams.each(partial(_counted, mean, phi), self.chances[line])
            buffer[at] *= self.chances[line]


def _counted(mean: float, phi: float, generator: Generator, draws: int) -> Array:
    return chance_factor(generator, mean, phi, draws)


def _uses(sources: list[Source], name: str) -> list[tuple[Source, int, Address, Use]]:
    """What acts on an input, in the order of the file."""
    return [
        (source, k, address, use)
        for source in sources
        for k, target in enumerate(source.targets)
        for address in target.addresses
        for use in address.uses
        if use.input == name
    ]


def place_of_draw(draw: int) -> tuple[int, int]:
    """First draw of the block that holds a draw, and its place in the block."""
    return draw // BLOCK * BLOCK, draw % BLOCK
