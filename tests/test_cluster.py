"""The same draws on a scheduler and two worker processes of this machine, by TCP on loopback.

Every figure is compared bit for bit with that of one thread, also where a worker is killed in the middle.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import distributed
import numpy as np
import pytest
from commands import Cli
from futures import SCENARIOS

from mcp_finance import __version__
from mcp_finance.analysis.futures.cluster import ClusterError, runner
from mcp_finance.analysis.futures.simulate import Job, Simulation, plan_of, prepared, simulate
from mcp_finance.analysis.futures.store import Store
from mcp_finance.analysis.run import Run, run

ROOT = Path(__file__).resolve().parents[1]
DRAWS = 12 * 1024 + 300
UNCERTAIN = """extends: place.yaml
id: place-uncertain
uncertainty:
  seed: 7
  inputs:
    demand: {on: lines.*.growth, add: {normal: {sd: 0.5%}}, draw: own, alike: 50%}
    delay: {on: lines.*.shift.delay, add: {pert: {least: 0 months, mode: 6 months, most: 36 months}}}
    prices: {on: tariffs.nhs.uplift, add: {normal: {sd: 0.7%}}, timing: yearly}
  activity_counts: {frailty_admissions: 2.5}
"""


class Cluster:
    """A scheduler and workers of one thread each, as processes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.about = folder, folder / "scheduler.json"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("dask_scheduler", "--port", "0")
        self.address = ""

    def _start(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(self.about)]
        command += ["--host", "127.0.0.1", "--no-dashboard", *options]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def add(self, *options: str) -> None:
        """One more worker."""
        place = self.folder / str(len(self.workers))
        own = ("--nthreads", "1", "--no-nanny", "--local-directory", str(place))
        self.workers.append(self._start("dask_worker", *own, *options))

    def wait(self) -> None:
        """Until every worker that lives is there."""
        until(self.about.exists)
        self.address = json.loads(self.about.read_text())["address"]
        alive = sum(process.poll() is None for process in self.workers)
        with distributed.Client(self.address, set_as_default=False, timeout=30) as client:
            until(lambda: len(client.nthreads()) == alive)

    def kill(self, k: int) -> None:
        self.workers[k].send_signal(signal.SIGKILL)
        assert self.workers[k].wait(10) == -signal.SIGKILL

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def until(true: Callable[[], bool], seconds: float = 40) -> None:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, "it took too long"
        time.sleep(0.05)


@contextmanager
def cluster_of(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster with so many workers, all of them there."""
    found = Cluster(folder)
    try:
        for _ in range(workers):
            found.add()
        found.wait()
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster_of(tmp_path_factory.mktemp("cluster"), 2) as found:
        yield found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Job]:
    folder = shutil.copytree(ROOT / "examples", tmp_path_factory.mktemp("place") / "examples")
    (folder / "uncertain.yaml").write_text(UNCERTAIN, encoding="utf-8")
    found = run(folder / "uncertain.yaml")
    return found, prepared(found)


@pytest.fixture(scope="module")
def one_thread(place: tuple[Run, Job]) -> Simulation:
    return simulate(*place, Store.in_memory(plan_of(*place, DRAWS)))


def drawn_on(address: str, place: tuple[Run, Job], progress: Callable[[int, int], None] | None = None) -> Simulation:
    with runner(address, seconds=30) as there:
        return simulate(*place, Store.in_memory(plan_of(*place, DRAWS)), runner=there, progress=progress)


def same(a: Simulation, b: Simulation) -> bool:
    return a.draws == b.draws == DRAWS and all(np.array_equal(a.rows[n], b.rows[n]) for n in a.rows)


def test_two_workers_draw_what_one_thread_draws(
    cluster: Cluster, place: tuple[Run, Job], one_thread: Simulation
) -> None:
    told: list[int] = []
    found = drawn_on(cluster.address, place, lambda done, of: told.append(done))
    assert same(found, one_thread)
    assert told == sorted(told) and len(told) == 14  # nothing yet, twelve blocks, and the part of a thirteenth


def test_a_worker_killed_in_the_middle_costs_no_result(
    cluster: Cluster, place: tuple[Run, Job], one_thread: Simulation
) -> None:
    killed: list[int] = []

    def kill(done: int, of: int) -> None:
        if done and not killed:
            cluster.kill(0)
            killed.append(done)

    found = drawn_on(cluster.address, place, kill)
    assert killed and killed[0] < DRAWS / 2
    assert same(found, one_thread)
    cluster.add()  # two workers again, for other tests
    cluster.wait()


@pytest.mark.slow
def test_a_scheduler_that_dies_is_said_and_what_was_finished_is_kept(
    tmp_path: Path, place: tuple[Run, Job], one_thread: Simulation
) -> None:
    store = Store.in_memory(plan_of(*place, DRAWS))
    with cluster_of(tmp_path, 1) as cluster:

        def kill(done: int, of: int) -> None:
            if done:
                cluster.scheduler.kill()

        with (
            pytest.raises(ClusterError, match="gave up in the middle: its scheduler is gone"),
            runner(cluster.address) as there,
        ):
            simulate(*place, store, runner=there, progress=kill)
    assert 0 < sum(last - first for first, last in store.done) < DRAWS
    assert same(simulate(*place, store), one_thread)


def test_the_command_prints_the_same_figures(cluster: Cluster, cli: Cli) -> None:
    command = ("simulate", SCENARIOS / "uncertain.yaml", "--draws", 2500, "--json")
    there = cli(*command, "--cluster", cluster.address)
    assert there.code == 0 and json.loads(there.out) == json.loads(cli(*command).out)


def test_the_command_refuses_an_address_and_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    answer = cli("simulate", SCENARIOS / "uncertain.yaml", "--cluster", "nonsense", "--out", tmp_path / "out")
    assert answer.code == 2 and answer.out == "" and "start one, or give its address as tcp://HOST:PORT" in answer.err
    assert not (tmp_path / "out").exists()


def test_an_address_where_nothing_answers_is_refused_in_seconds() -> None:
    start = time.monotonic()
    with socket.socket() as silent:  # it takes connections, and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for address in (f"tcp://127.0.0.1:{silent.getsockname()[1]}", "tcp://127.0.0.1:1", "nonsense"):
            with pytest.raises(ClusterError, match="no dask"), runner(address, seconds=0.5):
                pass
    assert time.monotonic() - start < 20


@pytest.mark.slow
def test_workers_that_cannot_give_the_same_numbers_are_refused(tmp_path: Path) -> None:
    without, older = tmp_path / "without.py", tmp_path / "older.py"
    without.write_text("import sys\nsys.modules['mcp_finance'] = None\n", encoding="utf-8")
    older.write_text("import mcp_finance\nmcp_finance.__version__ = '0.0.1'\n", encoding="utf-8")
    with cluster_of(tmp_path, 0) as cluster:
        refused(cluster, "has no workers")
        cluster.add("--preload", str(without))
        refused(cluster, f"cannot load mcp-finance-model {__version__}")
        cluster.kill(0)
        cluster.add("--preload", str(older))
        refused(cluster, f"has mcp-finance-model 0.0.1, and here is {__version__}")


def refused(cluster: Cluster, message: str) -> None:
    cluster.wait()
    with pytest.raises(ClusterError, match=re.escape(message)), runner(cluster.address, seconds=30):
        pass
