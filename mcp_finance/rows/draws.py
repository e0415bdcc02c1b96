"""The numpy reader for many futures: draws in chunks, year by year, with every buffer reused.

Rows that no draw reaches are computed once, by `mcp_finance.rows.evaluate`. The others become a tape: a list of numpy
calls bound to their operands and outputs. One tape serves the first year (where `prior` is its opening) and one the
later years (where it is last year's value, kept in a buffer of its own). A buffer is handed on as soon as the last row
that reads it has been computed, so working memory follows the widest moment of the model and not its size; the length
of a chunk is taken from that.

One pound on its way: a source fills the buffer of a drawn input for the year; the tape runs; rows to keep are copied to
their place `(year, ..., draws of this chunk)`; rows read by `prior` are copied aside; the next year begins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mcp_finance.rows.evaluate import Array, Frame, compact, evaluate_static
from mcp_finance.rows.expr import walk
from mcp_finance.rows.model import Model, reads
from mcp_finance.rows.tape import LAST_YEAR, Pool, Tape, Writer

Filler = Callable[[int, Array], None]
Source = Callable[[int, int], Filler]
"""`source(first, last)` opens the draws first..last-1; what it returns fills `(own dimensions..., draws)` for a year.
Years are asked for in order."""
Fill = Callable[[int, Mapping[str, Array]], None]

BLOCK = 1024
MOST_DRAWS = 8192
WORKING_BYTES = 48 * 2**20


class Drawn(Protocol):
    """What is drawn: inputs, or rows whose values are given. Names that share a draw are opened and filled together."""

    @property
    def names(self) -> Collection[str]: ...

    def open(self, names: Collection[str], first: int, last: int) -> Fill:
        """Open the draws first..last-1 of some names; what it returns fills their buffers for a year, in order."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Sources that share nothing, one a name."""

    sources: Mapping[str, Source]

    @property
    def names(self) -> Collection[str]:
        return self.sources.keys()

    def open(self, names: Collection[str], first: int, last: int) -> Fill:
        fillers = {name: self.sources[name](first, last) for name in names}

        def fill(year: int, buffers: Mapping[str, Array]) -> None:
            for name, filler in fillers.items():
                filler(year, buffers[name])

        return fill


def from_array(values: Array) -> Source:
    """A source that reads ready draws, `(years or 1, *own dimensions, draws)`."""

    def open_draws(first: int, last: int) -> Filler:
        def fill(year: int, out: Array) -> None:
            out[...] = values[year if values.shape[0] > 1 else 0, ..., first:last]

        return fill

    return open_draws


def simulate(
    model: Model,
    inputs: Mapping[str, Array],
    drawn: Drawn | Mapping[str, Source],
    draws: int,
    *,
    keep: Iterable[str],
    chunk: int = 0,
    threads: int = 1,
) -> dict[str, Array]:
    """The kept rows in every year and draw, each `(years, *own dimensions, draws)`.

    The numbers do not depend on `chunk` or `threads` as long as the sources do not. Kept rows that no draw reaches have
    one draw. Rows that no kept row depends on are not computed. Inputs can be kept too, drawn or not.

    Raises:
        ValueError: as `prepare` does.
    """
    ready = prepare(model, inputs, drawn, keep=keep)
    out = ready.room(draws)
    length = chunk or ready.chunk_length()
    spans = [(k, min(k + length, draws)) for k in range(0, draws, length)]

    def work(own: list[tuple[int, int]]) -> None:
        worker = ready.worker()
        for first, last in own:
            worker.run(first, last, {n: a[..., first:last] for n, a in out.items()})

    if threads <= 1:
        work(spans)
    else:
        with ThreadPoolExecutor(threads) as workers:
            for job in [workers.submit(work, spans[k::threads]) for k in range(threads)]:
                job.result()
    return {n: compact(model, n, out[n] if n in out else ready.frame[n]) for n in ready.kept}


def prepare(
    model: Model, inputs: Mapping[str, Array], drawn: Drawn | Mapping[str, Source], *, keep: Iterable[str]
) -> Ready:
    """A model made ready for many draws: what no draw reaches is computed here, once.

    Names drawn may be rows: those are taken as given and what they alone depend on is not computed.

    Raises:
        ValueError: an input has neither a value nor a source, has the wrong shape, or a source has no row or input.
    """
    sources = Apart(drawn) if isinstance(drawn, Mapping) else drawn
    names = frozenset(sources.names)
    kept = tuple(dict.fromkeys(keep))
    if others := sorted(names - model.inputs.keys() - model.rows.keys()):
        raise ValueError(f"neither inputs nor rows: {', '.join(others)}")
    given = names & model.rows.keys()
    reached, wanted = model.downstream(names, given), model.upstream(kept, given)
    still = wanted - reached - given
    if missing := sorted(model.inputs.keys() - inputs.keys() - names):
        raise ValueError(f"inputs without a value: {', '.join(missing)}")
    frame = evaluate_static(model, {n: inputs[n] for n in model.inputs if n not in names}, still)
    return Ready(model, frame, (reached & wanted) - given, names, sources, kept)


@dataclass(frozen=True, slots=True)
class Ready:
    """What every chunk shares: `frame` holds what no draw reaches, `moving` the rows to compute in each draw."""

    model: Model
    frame: Frame
    moving: set[str]
    names: frozenset[str]
    sources: Drawn
    kept: tuple[str, ...]

    @property
    def varied(self) -> tuple[str, ...]:
        """Kept names that differ from draw to draw."""
        return tuple(n for n in self.kept if n in self.moving or n in self.names)

    def room(self, draws: int) -> dict[str, Array]:
        """Empty arrays for the kept names that vary, in the fixed order of axes."""
        years = len(self.model.years)
        return {n: np.empty((years, *self.model.full_shape[n], draws)) for n in self.varied}

    def chunk_length(self) -> int:
        """Draws a chunk, a multiple of the block: as many as keep the tape's buffers within the working memory."""
        fit = WORKING_BYTES // (8 * max(1, _plan(self, 1).elements))
        return int(max(BLOCK, min(MOST_DRAWS, fit // BLOCK * BLOCK)))

    def worker(self) -> Worker:
        """Buffers of one thread."""
        return Worker(self, {})


@dataclass(frozen=True, slots=True)
class Worker:
    """One thread's tapes, by length of chunk."""

    ready: Ready
    plans: dict[int, _Plan]

    def run(self, first: int, last: int, out: Mapping[str, Array]) -> None:
        """Draws first..last-1 of the names that vary, into arrays of that many draws."""
        if last - first not in self.plans:
            self.plans[last - first] = _plan(self.ready, last - first)
        plan = self.plans[last - first]
        plan.run(self.ready, self.ready.sources.open(tuple(plan.random), first, last), out)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Buffers and tapes for one chunk length: `still` for what no draw reaches, `before` for last year's values."""

    still: dict[str, Array]
    random: dict[str, Array]
    before: dict[str, Array]
    opening: Tape
    later: Tape
    rows_opening: dict[str, Array]
    rows_later: dict[str, Array]
    elements: int

    def run(self, work: Ready, fill: Fill, out: Mapping[str, Array]) -> None:
        for t in range(len(work.model.years)):
            self._bring(work, fill, t)
            for call in self.later if t else self.opening:
                call()
            self._keep(t, out)

    def _keep(self, t: int, out: Mapping[str, Array]) -> None:
        """Copy what the year leaves: rows to keep, and values that the next year reads."""
        now = self.random | (self.rows_later if t else self.rows_opening)
        for name, array in out.items():
            np.copyto(array[t : t + 1], now[name])
        for name, buffer in self.before.items():
            np.copyto(buffer, now[name])

    def _bring(self, work: Ready, fill: Fill, t: int) -> None:
        """This year's inputs, still and drawn, into their buffers."""
        for name, buffer in self.still.items():
            plain = name.removeprefix(LAST_YEAR)
            year = t - 1 if name != plain else t
            if work.frame[plain].shape[0] > 1 and year >= 0:
                np.copyto(buffer, work.frame[plain][year : year + 1])
        fill(t, {n: b.reshape(*work.model.shape(n), b.shape[-1]) for n, b in self.random.items()})


def _plan(work: Ready, draws: int) -> _Plan:
    model, moving, drawn, varied = work.model, work.moving, work.names, work.varied
    pool = Pool()
    still = {n: work.frame[n.removeprefix(LAST_YEAR)][:1].copy() for n in _still(model, moving, drawn)}
    random = {
        n: np.empty((1, *model.full_shape[n], draws)) for n in sorted(drawn) if n in varied or model.readers[n] & moving
    }
    before = {
        n: np.empty((1, *model.full_shape[n], draws)) for n in _last_years(model, moving) if n in moving or n in drawn
    }
    writer = Writer(model, pool, draws, still | random, before, moving, {*varied, *before})
    opening, rows_opening = writer.write(first_year=True)
    later, rows_later = writer.write(first_year=False)
    elements = sum(a.size for a in (*pool.all, *random.values(), *before.values()))
    return _Plan(still, random, before, opening, later, rows_opening, rows_later, elements)


def _last_years(model: Model, moving: set[str]) -> set[str]:
    """Names whose last year's value a moving row reads."""
    found = (e for n in moving for e in walk(model.rows[n].expr) if e.op == "prior")
    return {e.args[0].name for e in found}


def _still(model: Model, moving: set[str], drawn: Collection[str]) -> list[str]:
    """What moving rows read and no draw reaches, in the same year or (with a prefix) in the year before."""
    names = {read for n in moving for read in reads(model.rows[n].expr)}
    quiet = sorted(n for n in names if n not in moving and n not in drawn)
    return quiet + [LAST_YEAR + n for n in quiet if n in _last_years(model, moving)]
