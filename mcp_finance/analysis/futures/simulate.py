"""Ten thousand futures of a contract, and what of them is kept.

The unit of work is a pure function: a job (model, values, what is uncertain, rows to keep) and a span of draws give the
kept rows of those draws. Threads of this machine or workers of a cluster do spans in any order; the numbers are the
same, because every draw's random numbers have names of their own. Finished spans are in the store, so that stopping
loses none of them.

One draw on its way: the span that holds it is opened; the tape runs fifteen years; the holder's closing balance of each
year is copied to the store; when all spans are there, that draw is one of 10,000 in the quantile of every year.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from threading import local

import numpy as np

from mcp_finance import __version__
from mcp_finance.analysis.futures.drawn import Futures
from mcp_finance.analysis.futures.outcomes import kept_rows
from mcp_finance.analysis.futures.store import Plan, Store
from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import Place, Problem, ScenarioError
from mcp_finance.rows.draws import MOST_DRAWS, Ready, Worker, prepare
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.model import Model
from mcp_finance.sampling.streams import BLOCK
from mcp_finance.scenario.uncertain import Uncertain, uncertain

MOST = 10_000_000
Progress = Callable[[int, int], None]
"""Told of draws finished, and of draws in all."""
Block = dict[str, Array]
Spans = Iterable[tuple[int, int]]
Runner = Callable[["Job", Spans], Iterator[tuple[int, int, Block]]]


@dataclass(frozen=True)
class Job:
    """All that a span of draws needs, and nothing else: it may be sent to another machine."""

    model: Model
    values: Mapping[str, Array]
    futures: Futures
    keep: tuple[str, ...]

    def ready(self) -> Ready:
        """The model made ready: done once for each process."""
        return prepare(self.model, self.values, self.futures, keep=self.keep)


def drawn(ready: Ready, worker: Worker, first: int, last: int) -> Block:
    """The kept rows of the draws first..last-1, each `(years, draws)`."""
    out = ready.room(last - first)
    worker.run(first, last, out)
    years, count = len(ready.model.years), last - first
    still = {n: ready.frame[n] for n in ready.kept if n not in out}
    moving = {n: array.reshape(years, -1) for n, array in out.items()}
    return moving | {n: np.broadcast_to(v.reshape(v.shape[0], 1), (years, count)) for n, v in still.items()}


@dataclass(frozen=True)
class Simulation:
    """Draws of a run: `rows[name]` is `(years, draws)`, as far as they are finished. `base` is the plain run."""

    base: Run
    uncertain: Uncertain
    quasi: int
    asked: int
    draws: int
    rows: Mapping[str, Array]

    @property
    def complete(self) -> bool:
        return self.draws == self.asked


def prepared(run: Run, *, seed: int | None = None, quasi: int = 0, keep: Iterable[str] | None = None) -> Job:
    """A run made ready to be drawn.

    Raises:
        ScenarioError: nothing in the scenario is uncertain, or what is cannot be drawn.
    """
    what = uncertain(run.loaded, run.inputs)
    if what.is_nothing:
        raise ScenarioError([_nothing(run)])
    if seed is not None:
        what = replace(what, seed=seed)
    values = {name: run.results[name][..., 0] for name in run.model.inputs}
    rows = tuple(keep) if keep is not None else kept_rows(run)
    return Job(run.model, values, Futures.of(run, what, quasi=quasi), rows)


def _nothing(run: Run) -> Problem:
    return Problem(
        Place(str(run.loaded.path), 1, 1),
        "uncertainty",
        "nothing in this scenario is uncertain, so every draw would be the plain run",
        "a section `uncertainty` that says which inputs are, and how",
    )


def plan_of(run: Run, job: Job, draws: int) -> Plan:
    """What is drawn, with a digest of all that the numbers depend on."""
    said = (
        run.loaded.sha256,
        run.loaded.data_sha256,
        job.futures.uncertain.seed,
        job.futures.quasi,
        __version__,
        np.__version__,
        {n: hashlib.sha256(np.ascontiguousarray(v).tobytes()).hexdigest() for n, v in job.values.items()},
    )
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return Plan(job.keep, len(run.model.years), draws, digest)


def simulate(
    run: Run,
    job: Job,
    store: Store,
    *,
    workers: int = 1,
    chunk: int = 0,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Draw what the store still lacks. Interrupted, it keeps the spans that are finished and gives up the rest.

    Raises:
        KeyboardInterrupt: it was stopped; the store holds what is finished.
    """
    ready = job.ready()
    length = chunk or span_length(ready, store.plan.draws, workers)
    spans = store.missing(length, BLOCK)
    found = runner(job, spans) if runner else threaded(ready, spans, workers)
    tell = progress or (lambda done, of: None)
    tell(store.finished, store.plan.draws)
    for first, last, block in found:
        store.put(first, last, block)
        tell(sum(b - a for a, b in store.done), store.plan.draws)
    return simulation(run, job, store)


def simulation(run: Run, job: Job, store: Store) -> Simulation:
    """What the store holds, as far as it is finished."""
    whole = store.finished
    rows = {name: store.arrays[name][:, :whole] for name in store.plan.rows}
    return Simulation(run, job.futures.uncertain, job.futures.quasi, store.plan.draws, whole, rows)


def span_length(ready: Ready, draws: int, workers: int) -> int:
    """Draws a span: what memory allows, and short enough that every worker has some."""
    each = -(-draws // (4 * max(1, workers)) // BLOCK) * BLOCK
    return max(BLOCK, min(ready.chunk_length(), each, MOST_DRAWS))


def threaded(ready: Ready, spans: Spans, workers: int) -> Iterator[tuple[int, int, Block]]:
    """Spans done by threads, as they finish; not many more are begun than there are threads."""
    own = local()

    def work(first: int, last: int) -> tuple[int, int, Block]:
        if not hasattr(own, "worker"):
            own.worker = ready.worker()
        return first, last, drawn(ready, own.worker, first, last)

    with ThreadPoolExecutor(max(1, workers)) as pool:
        yield from as_finished(pool, work, spans, 2 * max(1, workers))


def as_finished(
    pool: Executor, work: Callable[[int, int], tuple[int, int, Block]], spans: Spans, ahead: int
) -> Iterator[tuple[int, int, Block]]:
    """Results as they come, with at most `ahead` spans begun or waiting. If it is left, those not begun are dropped."""
    todo = iter(spans)
    going: set[Future[tuple[int, int, Block]]] = set()
    try:
        for span in todo:
            going.add(pool.submit(work, *span))
            if len(going) >= ahead:
                finished, going = wait(going, return_when=FIRST_COMPLETED)
                for job in finished:
                    yield job.result()
        while going:
            finished, going = wait(going, return_when=FIRST_COMPLETED)
            for job in finished:
                yield job.result()
    finally:
        for job in going:
            job.cancel()


def store_for(plan: Plan, folder: Path | None, *, replace: bool = False) -> Store:
    """A store in memory, or in a folder."""
    return Store.in_memory(plan) if folder is None else Store.in_folder(plan, folder, replace=replace)
