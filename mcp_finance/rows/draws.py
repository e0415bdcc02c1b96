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

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from mcp_finance.rows.evaluate import Array, Frame, compact, evaluate_static
from mcp_finance.rows.expr import walk
from mcp_finance.rows.model import Model, reads
from mcp_finance.rows.tape import LAST_YEAR, Pool, Tape, Writer

Filler = Callable[[int, Array], None]
Source = Callable[[int, int], Filler]
"""`source(first, last)` opens the draws first..last-1; what it returns fills `(own dimensions..., draws)` for a year.
Years are asked for in order."""

BLOCK = 1024
MOST_DRAWS = 8192
WORKING_BYTES = 48 * 2**20


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
    drawn: Mapping[str, Source],
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
        ValueError: an input has neither a value nor a source, has the wrong shape, or a source is not for an input.
    """
    kept = tuple(keep)
    if missing := sorted(model.inputs.keys() - inputs.keys() - drawn.keys()):
        raise ValueError(f"inputs without a value: {', '.join(missing)}")
    if others := sorted(drawn.keys() - model.inputs.keys()):
        raise ValueError(f"only inputs can be drawn, not {', '.join(others)}")
    reached, wanted = model.downstream(drawn), model.upstream(kept)
    moving = reached & wanted
    frame = evaluate_static(model, {n: inputs[n] for n in model.inputs if n not in drawn}, wanted - reached)
    varied = dict.fromkeys(n for n in kept if n in moving or n in drawn)
    out = {n: np.empty((len(model.years), *model.full_shape[n], draws)) for n in varied}
    work = _Work(model, frame, moving, drawn, out)
    length = chunk or work.chunk_length()
    spans = [(k, min(k + length, draws)) for k in range(0, draws, length)]
    if threads <= 1:
        work.run(spans)
    else:
        with ThreadPoolExecutor(threads) as workers:
            for job in [workers.submit(work.run, spans[k::threads]) for k in range(threads)]:
                job.result()
    return {n: compact(model, n, out[n] if n in out else frame[n]) for n in kept}


@dataclass(frozen=True, slots=True)
class _Work:
    """What every chunk shares."""

    model: Model
    frame: Frame
    moving: set[str]
    drawn: Mapping[str, Source]
    out: Mapping[str, Array]

    def chunk_length(self) -> int:
        """Draws a chunk, a multiple of the block: as many as keep the tape's buffers within the working memory."""
        fit = WORKING_BYTES // (8 * max(1, _plan(self, 1).elements))
        return int(max(BLOCK, min(MOST_DRAWS, fit // BLOCK * BLOCK)))

    def run(self, spans: list[tuple[int, int]]) -> None:
        plans: dict[int, _Plan] = {}
        for first, last in spans:
            if last - first not in plans:
                plans[last - first] = _plan(self, last - first)
            plan = plans[last - first]
            plan.run(self, {name: self.drawn[name](first, last) for name in plan.random}, first, last)


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

    def run(self, work: _Work, fillers: Mapping[str, Filler], first: int, last: int) -> None:
        for t in range(len(work.model.years)):
            self._bring(work, fillers, t)
            for call in self.later if t else self.opening:
                call()
            now = self.random | (self.rows_later if t else self.rows_opening)
            for name, array in work.out.items():
                np.copyto(array[t : t + 1, ..., first:last], now[name])
            for name, buffer in self.before.items():
                np.copyto(buffer, now[name])

    def _bring(self, work: _Work, fillers: Mapping[str, Filler], t: int) -> None:
        """This year's inputs, still and drawn, into their buffers."""
        for name, buffer in self.still.items():
            plain = name.removeprefix(LAST_YEAR)
            year = t - 1 if name != plain else t
            if work.frame[plain].shape[0] > 1 and year >= 0:
                np.copyto(buffer, work.frame[plain][year : year + 1])
        for name, buffer in self.random.items():
            fillers[name](t, buffer.reshape(*work.model.shape(name), buffer.shape[-1]))


def _plan(work: _Work, draws: int) -> _Plan:
    model, moving, drawn = work.model, work.moving, work.drawn
    pool = Pool()
    still = {n: work.frame[n.removeprefix(LAST_YEAR)][:1].copy() for n in _still(model, moving, drawn)}
    random = {
        n: np.empty((1, *model.full_shape[n], draws)) for n in drawn if n in work.out or model.readers[n] & moving
    }
    before = {
        n: np.empty((1, *model.full_shape[n], draws)) for n in _last_years(model, moving) if n in moving or n in drawn
    }
    writer = Writer(model, pool, draws, still | random, before, moving, {*work.out, *before})
    opening, rows_opening = writer.write(first_year=True)
    later, rows_later = writer.write(first_year=False)
    elements = sum(a.size for a in (*pool.all, *random.values(), *before.values()))
    return _Plan(still, random, before, opening, later, rows_opening, rows_later, elements)


def _last_years(model: Model, moving: set[str]) -> set[str]:
    """Names whose last year's value a moving row reads."""
    found = (e for n in moving for e in walk(model.rows[n].expr) if e.op == "prior")
    return {e.args[0].name for e in found}


def _still(model: Model, moving: set[str], drawn: Mapping[str, Source]) -> list[str]:
    """What moving rows read and no draw reaches, in the same year or (with a prefix) in the year before."""
    names = {read for n in moving for read in reads(model.rows[n].expr)}
    quiet = sorted(n for n in names if n not in moving and n not in drawn)
    return quiet + [LAST_YEAR + n for n in quiet if n in _last_years(model, moving)]
