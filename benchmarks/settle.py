"""Settlements of the Medicare Shared Savings Program, ENHANCED track: the engine against numpy written by hand.

    python benchmarks/settle.py [--settlements 200000] [--repeats 5] [--rows 1000000]

Three ways to the same payments, in turn, within one process and on one core: by hand; by the numpy reader, floats
alone; and by batches as `mcp-finance settle` makes them, in which every settlement carries a bound on its error, so
that what floats cannot decide to the penny is left to the exact reader. Payments are compared before any time is
printed. Then a table of facts, and one a tenth as long, are settled by the command as processes, and their largest
resident memory is compared. Nothing is asserted on time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mcp_finance.rows.draws import from_array, simulate
from mcp_finance.terms.compiler.compile import compile_terms
from mcp_finance.terms.compiler.parts import party_inputs
from mcp_finance.terms.load import find_terms, load_terms
from mcp_finance.terms.settling.batch import Batch, Figures
from mcp_finance.terms.settling.settle import Settler

Array = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[1]
SHEET = "mssp-enhanced"
PREFIX = "mssp_enhanced"
PEOPLE = (500, 999, 1000, 2999, 3000, 4999, 5000, 5999, 6000, 6999, 7000, 7999, 8000, 8999, 9000, 9999, 10000, 14999,
          15000, 19999, 20000, 49999, 50000, 59999, 60000)  # fmt: skip
RATES = (12.2, 8.7, 8.7, 5.0, 5.0, 3.9, 3.9, 3.6, 3.6, 3.4, 3.4, 3.2, 3.2, 3.1, 3.1, 3.0, 3.0, 2.7, 2.7, 2.5, 2.5, 2.2,
         2.2, 2.0, 2.0)  # fmt: skip


def facts(count: int) -> dict[str, Array]:
    """Made-up facts of so many settlements, by column; an optional one that is not given is 0 and `given` is 0."""
    g = np.random.default_rng(2026)
    target = g.integers(40_000_000, 900_000_000, count).astype(float)
    found = {
        "target": target,
        "actual": np.rint(target * g.normal(0.99, 0.03, count)),
        "people": g.integers(600, 90_000, count).astype(float),
        "py": g.integers(2017, 2025, count).astype(float),
        "met_standard": (g.random(count) < 0.9).astype(float),
        "quality": g.integers(5000, 10_001, count) / 10_000,
    }
    elected = g.random(count) < 0.4
    found["elected_rate"] = np.where(elected, g.integers(0, 5, count) / 200, 0.0)
    found["elected_rate.given"] = elected.astype(float)
    for name in ("eligible", "met_alternative", "months", "disaster_share_of_year", "disaster_share_of_people"):
        found[name] = found[f"{name}.given"] = np.zeros(count)
    found["disaster_relief"] = found["disaster_relief.given"] = np.zeros(count)
    return found


def by_hand(f: dict[str, Array]) -> Array:
    """What the provider is paid: the arithmetic of the sheet for facts that leave its optional clauses blank."""
    table = np.interp(f["people"], PEOPLE, RATES) / 100
    minimum = np.where(f["elected_rate.given"] > 0, f["elected_rate"], table)
    variance = f["target"] - f["actual"]
    threshold = minimum * f["target"] - 1e-12 * f["target"]
    met = f["met_standard"] > 0
    scored = 0.75 * f["quality"]
    share = np.where(met, np.where(f["py"] <= 2020, scored, 0.75), 0.0)
    kept = np.where((f["py"] <= 2018) | (f["py"] > 2020), 0.98, 1.0)
    gain = np.minimum(np.where(variance >= threshold, variance, 0.0) * share * kept, 0.2 * f["target"])
    loss_share = np.where(met, np.clip(1 - scored, 0.4, 0.75), 0.75)
    loss = np.minimum(np.where(-variance >= threshold, -variance, 0.0) * loss_share, 0.15 * f["target"])
    paid: Array = np.where(variance > 0, gain, -loss)
    return paid


def timed(run: Callable[[], object], repeats: int) -> list[float]:
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return found


def speeds(count: int, repeats: int) -> None:
    """Compare the payments of the three ways, and print their speeds and ratios."""
    settler = Settler(compile_terms(load_terms(find_terms(SHEET))))
    compiled, batch, figures = settler.compiled, Batch(settler), Figures(settler)
    given = facts(count)
    model = compiled.model
    cells = compiled.cells | {n: pair for n, (_, pair) in party_inputs(model.dimension["party"].members).items()}
    still = {n: np.array([float(v) for v, _ in pair]).reshape(1, *model.shape(n)) for n, pair in cells.items()}
    named = {use.name: given[use.name.removeprefix(f"{PREFIX}.").removeprefix("care.")] for use in compiled.facts}
    drawn = {name: from_array(values[None]) for name, values in named.items()}
    row = compiled.names("payment")["provider"]

    def by_reader() -> Array:
        paid: Array = simulate(model, still, drawn, count, keep=[row])[row][0]
        return paid

    hand, reader = by_hand(given), by_reader()
    columns, certain = batch.settle(named)
    posted = columns[figures.columns.index("provider_payment")] / 100
    worst = max(float(np.max(np.abs(hand - reader))), float(np.max(np.abs(hand - posted)[certain])))
    if worst > 0.0051:
        raise SystemExit(f"payments differ by up to {worst}")
    ways = {"by hand": lambda: by_hand(given), "numpy reader": by_reader, "batches": lambda: batch.settle(named)}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, run in ways.items():
            found[name] += timed(run, 1)
    print(f"{count:,} settlements of {SHEET}, {len(model.rows)} rows; {certain.mean():.2%} certain by floats alone")
    for name, times in found.items():
        ratio = statistics.median(t / h for t, h in zip(times, found["by hand"], strict=True))
        speed = count / statistics.median(times)
        print(f"{name:<14}{statistics.median(times):>8.3f} s{speed:>13,.0f} a second   by hand x {ratio:.2f}")


def write_table(path: Path, rows: int) -> None:
    """A table of facts, in pieces."""
    columns = ("target", "actual", "people", "py", "met_standard", "quality", "elected_rate")
    given = facts(100_000)
    lines = []
    for k in range(100_000):
        cells = [f"{given[name][k]:.10g}" for name in columns[:-1]]
        elected = f"{given['elected_rate'][k]:.10g}" if given["elected_rate.given"][k] else ""
        lines.append(",".join([*cells, elected]))
    with path.open("w", encoding="utf-8") as stream:
        stream.write("label," + ",".join(columns) + "\n")
        for k in range(rows):
            stream.write(f"ACO {k},{lines[k % 100_000]}\n")


def settled(path: Path, out: Path) -> tuple[float, float]:
    """Seconds and largest resident MiB of settling a table by the command."""
    command = [sys.executable, str(ROOT / "cli.py"), "settle", SHEET, str(path), "--out", str(out), "--force"]
    start = time.perf_counter()
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"settling failed with {child.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def memory(rows: int) -> None:
    """Print time and memory of settling a table, and one a tenth as long."""
    with tempfile.TemporaryDirectory() as folder:
        peaks = []
        for count in (rows // 10, rows):
            path = Path(folder) / f"{count}.csv"
            write_table(path, count)
            seconds, peak = settled(path, Path(folder) / "out.csv")
            peaks.append(peak)
            print(f"table of {count:>9,} rows: {seconds:6.1f} s, {count / seconds:8,.0f} rows a second, {peak:.0f} MiB")
        print(f"memory of ten times the rows: x {peaks[1] / peaks[0]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--settlements", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    speeds(options.settlements, options.repeats)
    if options.rows:
        memory(options.rows)


if __name__ == "__main__":
    main()
