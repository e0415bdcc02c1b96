"""A contract as a function of standard normal numbers: chosen points instead of drawn ones.

Every uncertain input begins as normal numbers of its own (`mcp_finance.analysis.futures.drawn`): one for the whole term
or one a year, what its targets share and what each has to itself. Here those numbers are given instead of drawn, so
that a search can walk among futures: the origin is every input at its median, and the farther from it, the less
plausible. The same code makes amounts of them as in a simulation. Chance in counts has no such numbers and stands at
its mean.

One point on its way: with `demand` drawn once and shared, z = 1.5 in its place gives its 93rd percentile, that amount
moves the growth of every line, and the tape runs fifteen years. As changes, the point can be written as a scenario.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mcp_finance.analysis.futures.drawn import Futures, Key, Span
from mcp_finance.analysis.futures.one_draw import Drawn, source_changes
from mcp_finance.analysis.run import Run
from mcp_finance.rows.draws import Fill, prepare
from mcp_finance.rows.evaluate import Array
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.uncertain import Uncertain

SIZES = (1, 32, 256)
"""Points evaluated at once; buffers are made once for each size, and what is left of one is filled with the last."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a normal number goes: its stream, and its year if it is drawn every year."""

    key: Key
    year: int | None

    @property
    def source(self) -> str:
        return self.key[0]


class _Given:
    """A stream that gives chosen numbers, `(years or 1, points)`, a year at each call."""

    def __init__(self, values: Array) -> None:
        self.values, self.year = values, 0

    def normal(self, out: Array) -> None:
        out[...] = self.values[self.year]
        self.year += 1


class _Chosen(Span):
    """A span whose normal numbers are given."""

    def __init__(self, futures: Futures, names: Collection[str], given: Mapping[Key, Array]) -> None:
        super().__init__(futures, names, 0, next(iter(given.values())).shape[1])
        self.given = {key: _Given(given[key]) for keys in self.keys.values() for key in keys}

    def _normal(self, key: Key, out: Array) -> None:
        self.given[key].normal(out)


class Standard:
    """The rows of a run at points of standard normal numbers, `(places, points)`."""

    def __init__(self, run: Run, uncertain: Uncertain, keep: Iterable[str]) -> None:
        self.run, self.uncertain = run, replace(uncertain, counts={})
        self.futures = Futures.of(run, self.uncertain)
        self._points: dict[Key, Array] = {}
        values = {name: run.results[name][..., 0] for name in run.model.inputs}
        self._ready = prepare(run.model, values, self, keep=keep)
        self._worker = self._ready.worker()

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every normal number, in the order of the file."""
        span = Span(self.futures, self.futures.names, 0, 1)
        timing = {s.name: s.timing for s in self.uncertain.sources}
        years = range(len(self.run.years))
        return tuple(
            Place(key, year)
            for name, keys in span.keys.items()
            for key in keys
            for year in (years if timing[name] != "whole_term" else (None,))
        )

    @property
    def names(self) -> Collection[str]:
        return self.futures.names

    def open(self, names: Collection[str], first: int, last: int) -> Fill:
        """The points that are being evaluated, for the reader of many draws."""
        return _Chosen(self.futures, names, self._points).fill

    def rows(self, points: Array) -> dict[str, Array]:
        """The kept rows, each `(years, points)`."""
        count = points.shape[1]
        size = next((s for s in SIZES if s >= count), count)
        self._points = self._by_key(np.concatenate([points, np.repeat(points[:, -1:], size - count, axis=1)], axis=1))
        out = self._ready.room(size)
        self._worker.run(0, size, out)
        years = len(self.run.years)
        found = {}
        for name in self._ready.kept:
            values = out[name] if name in out else self._ready.frame[name]
            found[name] = np.broadcast_to(values.reshape(values.shape[0], -1), (years, size))[:, :count]
        return found

    def amounts(self, point: Array) -> Drawn:
        """What each target of each source is moved by at a point, a year each."""
        span = _Chosen(self.futures, self.futures.names, self._by_key(point[:, None]))
        found: Drawn = {}
        for year in range(len(self.run.years)):
            span.fill(year, {})
            for name, targets in span.amounts.items():
                for k, values in enumerate(targets):
                    found.setdefault((name, k), []).append(float(values[0]))
        return found

    def changes(self, point: Array) -> tuple[Change, ...]:
        """A point as changes of the scenario, in the order in which they act."""
        amounts = self.amounts(point)
        return tuple(c for source in self.uncertain.sources for c in source_changes(source, amounts))

    def _by_key(self, points: Array) -> dict[Key, Array]:
        """The numbers of each stream, `(years or 1, points)`."""
        found: dict[Key, list[Array]] = {}
        for place, values in zip(self.places, points, strict=True):
            found.setdefault(place.key, []).append(values)
        return {key: np.stack(values) for key, values in found.items()}
