"""Ten thousand futures of a whole contract, from what its scenario calls uncertain to the figures of the summary.

    python benchmarks/simulate.py [SCENARIO] [--draws 10000] [--threads 2] [--repeats 3]

Each repeat is a process of its own, so that its largest resident memory is its own. Then one more draws on one thread
under Python's profiler, with numpy's calls counted to the function that made them, for the share of time by part.
Nothing is asserted. The scenario is Dudley's, with its own section `uncertainty`.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import resource
import statistics
import subprocess
import sys
import time
from math import prod
from types import CodeType

from mcp_finance.analysis.futures.simulate import Job, drawn, plan_of, prepared, simulate, store_for
from mcp_finance.analysis.futures.summary import summarised
from mcp_finance.analysis.run import Run, run
from mcp_finance.rows.draws import Ready
from mcp_finance.scenario.load import find_scenario

PARTS = {
    "rows: the tape": ("rows/draws.py", "run"),
    "kept rows copied": ("rows/draws.py", "_keep"),
    "counts: chance": ("sampling/counts.py", ""),
    "normal numbers": ("sampling/streams.py", ""),
    "distributions": ("sampling/", ""),
    "inputs filled": ("analysis/futures.py", ""),
}
"""Files and functions of each part; what no part before it has claimed."""


def once(scenario: str, draws: int, threads: int) -> dict[str, float]:
    """One simulation with its summary: seconds of each step, and what there was to compute."""
    found = run(find_scenario(scenario))
    start = time.perf_counter()
    job = prepared(found)
    made, spent = time.perf_counter(), time.process_time()
    done = simulate(found, job, store_for(plan_of(found, job, draws), None), workers=threads)
    simulated, spent = time.perf_counter(), time.process_time() - spent
    summarised(done)
    end = time.perf_counter()
    return {
        "prepared": made - start,
        "drawn": simulated - made,
        "processors": spent,
        "summary": end - simulated,
        "whole": end - start,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def elements(ready: Ready) -> int:
    """Figures of a year that differ from draw to draw."""
    return sum(prod(ready.model.shape(name)) for name in ready.moving)


def parts(found: Run, job: Job, draws: int) -> dict[str, float]:
    """Seconds by part on one thread."""
    ready = job.ready()
    worker, length = ready.worker(), ready.chunk_length()
    drawn(ready, worker, 0, length)  # buffers and first calls are no part of what is asked
    profile = cProfile.Profile(builtins=False)
    profile.enable()
    for first in range(0, max(draws // length, 1) * length, length):
        drawn(ready, worker, first, first + length)
    profile.disable()
    seconds = dict.fromkeys([*PARTS, "the rest"], 0.0)
    for entry in profile.getstats():
        if isinstance(entry.code, CodeType):
            file, function = entry.code.co_filename, entry.code.co_name
            fits = (part for part, (place, name) in PARTS.items() if place in file and name in ("", function))
            seconds[next(fits, "the rest")] += entry.inlinetime
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("scenario", nargs="?", default="dudley-2018")
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    draws, threads = options.draws, options.threads
    if options.alone:
        print(json.dumps(once(options.scenario, draws, threads)))
        return
    command = [sys.executable, __file__, options.scenario, "--alone", f"--draws={draws}", f"--threads={threads}"]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(options.repeats)
    ]
    middle = {name: statistics.median(r[name] for r in runs) for name in runs[0]}
    found = run(find_scenario(options.scenario))
    job = prepared(found)
    ready = job.ready()
    count, years = elements(ready), len(found.years)
    each = middle["processors"] / (count * years * draws)
    print(f"{found.loaded.scenario.title}: {draws:,} draws, {threads} threads; medians of {options.repeats} processes")
    print(
        f"  {len(ready.moving)} of {len(found.model.rows)} rows differ by draw, {count:,} figures a year; {years} years"
    )
    lines = [
        ("whole, from the loaded scenario (aim 15 s)", f"{middle['whole']:.2f} s"),
        ("  prepared, libraries loaded", f"{middle['prepared']:.2f} s"),
        ("  drawn", f"{middle['drawn']:.2f} s, {draws / middle['drawn']:,.0f} draws a second"),
        ("  drawn, of processors", f"{middle['processors']:.2f} s"),
        ("  summary", f"{middle['summary']:.2f} s"),
        ("processor time of a figure, year and draw", f"{each * 1e9:.2f} ns"),
        ("largest resident memory (aim 1 GB)", f"{max(r['peak'] for r in runs) / 1e6:.0f} MB"),
    ]
    seconds = parts(found, job, draws)
    whole = sum(seconds.values())
    lines += [(f"share of drawing: {name}", f"{spent / whole:.0%}") for name, spent in seconds.items()]
    for label, value in lines:
        print(f"  {label:<46}{value:>32}")


if __name__ == "__main__":
    main()
