"""The same draws on other machines: an existing dask.distributed scheduler and its workers.

A block of 1,024 draws is a pure function of the job and its number, so where it is computed, how often it had to be
begun and in what order blocks come back can change no figure. The scheduler computes a block again elsewhere when the
worker that had it dies.

One block on its way: the job is sent to the cluster once, as the result of a task of its own, which any worker can
make again; task `mcp-finance-3f0c…-4096` names job and block; a worker that has not yet seen the job makes it ready,
once for its process; the kept rows of draws 4,096 to 5,119 come back and are put where a thread would have put them.

Workers must have the versions of this package, numpy and scipy that are here: others could round differently. What is
sent are pickles, which a cluster trusts and which are trusted here: name a scheduler only if it is yours.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from threading import Lock, Thread, local
from time import sleep
from types import ModuleType
from typing import Any

import numpy as np

from mcp_finance import __version__
from mcp_finance.analysis.futures.simulate import Block, Job, Runner, Spans, drawn
from mcp_finance.rows.draws import Ready
from mcp_finance.sampling.streams import BLOCK

ANSWER_SECONDS, RESULT_SECONDS, POLL_SECONDS = 8.0, 60.0, 0.01
AHEAD = 3
"""Blocks begun or waiting for each thread of the cluster: enough that none waits for us, few enough to be held here."""
RETRIES = 2
"""How often a block that failed is tried elsewhere; a block whose worker died is, in any case, by the scheduler."""
Versions = tuple[tuple[str, str], ...]


class ClusterError(Exception):
    """A cluster that cannot be used, or no longer; the message says why and what to do."""


@contextmanager
def runner(address: str, *, seconds: float = ANSWER_SECONDS) -> Iterator[Runner]:
    """A runner of spans on the scheduler at an address, such as `tcp://10.0.0.5:8786`; it is left when this ends.

    Raises:
        ClusterError: nothing answers there within so many seconds, it has no workers, or they have other versions.
    """
    with _quiet():
        client = _connected(address, seconds)
        try:
            _refuse_others(client, address)
            yield lambda job, spans: _run(client, address, job, spans)
        finally:
            with suppress(OSError, TimeoutError):
                client.close(timeout=2)


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing on stderr from the client's own log and warnings: what matters of them is said here in words."""
    distributed = _distributed()
    logs = [logging.getLogger(name) for name in (distributed.__name__, distributed.client.__name__)]
    before = [log.level for log in logs]
    try:
        for log in logs:
            log.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)


def _distributed() -> ModuleType:
    try:
        return import_module("distributed")
    except ModuleNotFoundError:
        message = "a cluster needs dask.distributed: pip install 'mcp-finance-model[cluster]'"
        raise ClusterError(message) from None


def _connected(address: str, seconds: float) -> Any:
    """A client of the scheduler."""
    make = partial(_distributed().Client, address, timeout=seconds, set_as_default=False)
    try:
        return _within(2 * seconds, make)
    except (OSError, ValueError, TimeoutError, ImportError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        message = f"no dask.distributed scheduler answers at {address} ({reason})"
        raise ClusterError(f"{message}: start one, or give its address as tcp://HOST:PORT") from None


def _within(seconds: float, make: Callable[[], Any]) -> Any:
    """What `make` gives, or a TimeoutError. A client waits for ever for something that takes its call and is silent."""
    found: Future[Any] = Future()

    def work() -> None:
        try:
            found.set_result(make())
        except BaseException as error:
            found.set_exception(error)

    Thread(target=work, daemon=True).start()
    try:
        return found.result(seconds)
    except TimeoutError as error:
        raise TimeoutError(str(error) or f"it takes calls and says nothing for {seconds:.0f} s") from None


def versions() -> Versions:
    """What a worker must have as it is here, for the same numbers."""
    return (("mcp-finance-model", __version__), ("numpy", np.__version__), ("scipy", version("scipy")))


def _refuse_others(client: Any, address: str) -> None:
    found: Mapping[str, Versions | Exception] = client.run(versions, on_error="return")
    if not found:
        raise ClusterError(f"the scheduler at {address} has no workers: start some with `dask worker {address}`")
    for worker, theirs in found.items():
        if isinstance(theirs, Exception):
            message = f"the worker {worker} cannot load mcp-finance-model {__version__} ({theirs})"
            raise ClusterError(f"{message}: install that version there")
        if theirs != versions():
            raise ClusterError(f"the worker {worker} has {_other(theirs, versions())}: install the same there")


def _other(theirs: Versions, ours: Versions) -> str:
    """Where two sets of versions differ, naming both."""
    pairs = zip(theirs, ours, strict=True)
    return ", ".join(f"{name} {there}, and here is {here}" for (name, there), (_, here) in pairs if there != here)


def _run(client: Any, address: str, job: Job, spans: Spans) -> Iterator[tuple[int, int, Block]]:
    """Blocks as they come, with a bounded number begun or waiting; those are given up if this is left."""
    distributed = _distributed()
    payload = pickle.dumps(job, protocol=5)
    digest = hashlib.sha256(payload + repr(versions()).encode()).hexdigest()
    sent = client.submit(bytes, payload, key=f"mcp-finance-{digest}")
    todo = _blocks(spans)
    going: dict[str, tuple[int, int]] = {}

    def begin(first: int, last: int) -> Any:
        name = f"mcp-finance-{digest}-{first}-{last}"
        going[name] = (first, last)
        return client.submit(_block, versions(), sent, first, last, key=name, retries=RETRIES)

    try:
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        waiting = distributed.as_completed([begin(*span) for span in islice(todo, ahead)], loop=client.loop)
        while going:
            _until_ready(client, waiting)
            future = next(waiting)
            yield *going.pop(future.key), future.result(timeout=RESULT_SECONDS)
            for span in islice(todo, 1):
                waiting.add(begin(*span))
    except distributed.KilledWorker:
        raise ClusterError(_given_up(address, "workers died of it, perhaps for want of memory")) from None
    except (CancelledError, OSError, TimeoutError):
        raise ClusterError(_given_up(address, "its scheduler is gone, or the network")) from None


def _given_up(address: str, why: str) -> str:
    return f"the cluster at {address} gave up in the middle: {why}; a folder of draws keeps what had come back"


def _until_ready(client: Any, waiting: Any) -> None:
    """Wait for the next block. Without its scheduler a client would wait for ever."""
    while not waiting.has_ready():
        if client.status != "running":
            raise ConnectionError
        sleep(POLL_SECONDS)


def _blocks(spans: Spans) -> Iterator[tuple[int, int]]:
    """Spans cut at every block: a dead worker costs no more than that, and no message is large."""
    return ((k, min(k + BLOCK, last)) for first, last in spans for k in range(first, last, BLOCK))


_own = local()
_one = Lock()


def _block(expected: Versions, payload: bytes, first: int, last: int) -> Block:
    """On a worker: the kept rows of one block."""
    if expected != versions():  # a worker that came after the others had been asked
        raise ClusterError(f"a worker has {_other(versions(), expected)}: install the same there")
    with _one:
        ready = _ready(payload)
    if getattr(_own, "ready", None) is not ready:
        _own.ready, _own.worker = ready, ready.worker()
    return drawn(ready, _own.worker, first, last)


@lru_cache(maxsize=2)
def _ready(payload: bytes) -> Ready:
    """On a worker: a job made ready, once for its process."""
    job: Job = pickle.loads(payload)
    return job.ready()
