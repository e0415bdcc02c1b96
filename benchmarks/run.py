"""Time whole runs of Dudley as processes, against the bare start of the libraries that a run needs.

    python benchmarks/run.py [REPEATS]

Prints processor seconds of the finished child process, which other work on the machine disturbs less than wall time,
as medians, and each as a ratio to importing numpy, polars, pydantic and ruamel.yaml. Nothing is asserted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLI = [sys.executable, str(ROOT / "cli.py")]
RUN = [*CLI, "run", "dudley-2018", "--quiet", "--force"]


def commands(folder: str) -> dict[str, list[str]]:
    """What is timed."""
    return {
        "import numpy, polars, pydantic, ruamel.yaml": [
            sys.executable,
            "-c",
            "import numpy, polars, pydantic, ruamel.yaml",
        ],
        "--help (target 0.6 s)": [*CLI, "--help"],
        "run, no outputs": RUN,
        "run, results only (target 1.5 s)": [*RUN, "--out", folder, "--no-workbook", "--no-report"],
        "run, all outputs (target 5 s)": [*RUN, "--out", folder],
    }


def processor_seconds(command: list[str]) -> tuple[float, float]:
    """Processor and wall seconds of one finished run."""
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, time.perf_counter() - start


def evaluation() -> tuple[int, float]:
    """Rows of Dudley's model, and seconds of one evaluation: the median of twenty."""
    from mcp_finance.analysis.run import run
    from mcp_finance.rows.evaluate import evaluate
    from mcp_finance.scenario.load import find_scenario

    inputs = run(find_scenario("dudley-2018")).inputs
    taken = []
    for _ in range(20):
        start = time.perf_counter()
        evaluate(inputs.model, inputs.values)
        taken.append(time.perf_counter() - start)
    return len(inputs.model.rows), statistics.median(taken)


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        timed = commands(folder)
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in timed}
        for _ in range(repeats):
            for name, command in timed.items():
                found[name].append(processor_seconds(command))
    base = statistics.median(spent for spent, _ in next(iter(found.values())))
    print(f"{'':<46}{'processor':>10}{'wall':>8}{'ratio':>8}")
    for name, runs in found.items():
        spent, wall = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"{name:<46}{spent:>8.2f} s{wall:>6.2f} s{spent / base:>8.2f}")
    rows, seconds = evaluation()
    aim = 5 + rows * 0.02
    print(f"one evaluation of {rows} rows: {seconds * 1e3:.1f} ms; the aim of 5 ms and 20 µs a row is {aim:.1f} ms")


if __name__ == "__main__":
    main()
