"""A contract of 30 service lines over 15 years in 100,000 futures: the row engine against numpy written by hand.

    python benchmarks/contract.py [--draws 100000] [--repeats 5]
    python benchmarks/contract.py --draws 1000000 --threads 2 --repeats 3

Each way draws as it would in earnest: the rows by the named streams of `mcp_finance.sampling.streams`, the version by
hand by one generator a chunk, which is as cheap as it gets. Before any time is taken, both are given the same numbers
and compared to a relative 1e-9 of the budget. Runs alternate, and the median of the pairwise ratios is shown. Nothing
is asserted on time. What is measured, and on what grounds, is described in `benchmarks/README.md`.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mcp_finance.rows.draws import BLOCK, Filler, Source, simulate
from mcp_finance.rows.evaluate import evaluate
from mcp_finance.rows.expr import Expr, choose, least, most, prior, size, total
from mcp_finance.rows.model import Model, build
from mcp_finance.rows.row import Dimension, InputSpec, Map, RowFunction, row
from mcp_finance.sampling.streams import Streams

Array = NDArray[np.float64]

LINES, YEARS, POOLS = 30, 15, 3
CHUNK = 4 * BLOCK
BAND_FROM = np.array([0.0, 0.02, 0.05, 0.10])
BAND_WIDTH = np.array([0.02, 0.03, 0.05, 1e9])
BAND_RATE = np.array([0.0, 0.5, 0.3, 0.1])
SETTINGS = {"cap": 0.03, "carry_rate": 0.04, "inflation": 0.025, "price_volatility": 0.012}


def facts() -> dict[str, Array]:
    """Every figure of the contract; `(years or 1, own dimensions)`. The figures are drawn once from a fixed seed."""
    g = np.random.default_rng(2026)
    baseline, unit_cost = g.uniform(5e3, 9e4, LINES), g.uniform(60, 900, LINES)
    growth, volatility = g.uniform(0, 0.035, LINES), g.uniform(0.01, 0.05, LINES)
    stays = 1 - g.uniform(0.1, 0.6, LINES)
    shift, start = g.uniform(0, 0.25, LINES), g.integers(0, 4, LINES)
    start[np.searchsorted(pool_of(), range(POOLS))] = 0
    t = np.arange(1, YEARS + 1)[:, None]
    in_scope = (t - 1 >= start).astype(float)
    target = shift * np.clip((t - start) / 5, 0, 1) * stays
    plan = baseline * (1 + growth) ** t * unit_cost * (1 + SETTINGS["inflation"]) ** t * in_scope * (1 - 0.7 * target)
    budget = np.add.reduceat(plan, np.searchsorted(pool_of(), range(POOLS)), axis=1)
    by_line = {"baseline": baseline, "unit_cost": unit_cost, "growth": growth, "volatility": volatility}
    bands = {"band_from": BAND_FROM, "band_width": BAND_WIDTH, "band_rate": BAND_RATE}
    once = {n: np.asarray(v)[None] for n, v in (by_line | bands | SETTINGS).items()}
    lifetime = {"lifetime_cap": 0.02 * budget.sum(keepdims=True)[0]}
    return once | lifetime | {"in_scope": in_scope, "shift_target": target, "budget": budget}


def pool_of() -> NDArray[np.int64]:
    """Each line's pool; lines stand sorted by pool."""
    return np.sort(np.random.default_rng(5).integers(0, POOLS, LINES))


@row(sheet="Activity", unit="spells", dims=("line",))
def activity(activity: Expr, baseline: Expr, growth: Expr, volatility: Expr, activity_shock: Expr) -> Expr:
    """Activity of the year: last year's, grown by the trend and this year's shock."""
    return prior(activity, opening=baseline) * (1 + growth + volatility * activity_shock)


@row(sheet="Activity", unit="share", dims=("line",))
def remaining(shift_target: Expr, delivery: Expr) -> Expr:
    """What remains of the activity's cost after the part of the shift that is delivered."""
    return 1 - shift_target * delivery


@row(sheet="Cost", unit="index")
def price(price: Expr, inflation: Expr, price_volatility: Expr, price_shock: Expr) -> Expr:
    """Price level, 1 in the year before the contract."""
    return prior(price, opening=1) * (1 + inflation + price_volatility * price_shock)


@row(sheet="Cost", unit="GBP", dims=("line",))
def line_cost(activity: Expr, remaining: Expr, unit_cost: Expr, price: Expr, in_scope: Expr) -> Expr:
    """Cost of the line in the years in which it is in scope."""
    return activity * remaining * (unit_cost * in_scope) * price


@row(sheet="Share", unit="GBP", dims=("pool",))
def variance(budget: Expr, line_cost: Expr) -> Expr:
    """Budget less cost of the pool; positive is a gain."""
    return budget - total(line_cost, over="line", by="pool")


@row(sheet="Share", unit="share", dims=("pool",))
def relative_size(variance: Expr, budget: Expr) -> Expr:
    """Size of the variance as a share of the budget."""
    return size(variance) / budget


@row(sheet="Share", unit="share", dims=("pool", "band"))
def in_band(relative_size: Expr, band_from: Expr, band_width: Expr, band_rate: Expr) -> Expr:
    """What the band shares of its part of the variance."""
    return least(most(relative_size - band_from, 0), band_width) * band_rate


@row(sheet="Share", unit="GBP", dims=("pool",))
def shared_size(in_band: Expr, budget: Expr) -> Expr:
    """Size of what the bands share."""
    return total(in_band, over="band") * budget


@row(sheet="Share", unit="GBP", dims=("pool",))
def pool_share(variance: Expr, shared_size: Expr) -> Expr:
    """The commissioner's part of the pool's gain or loss."""
    return choose(variance >= 0, shared_size, -shared_size)


@row(sheet="Share", unit="GBP")
def share_cap(cap: Expr, budget: Expr) -> Expr:
    """The most that is shared in a year, either way."""
    return cap * total(budget, over="pool")


@row(sheet="Share", unit="GBP")
def share(pool_share: Expr, share_cap: Expr) -> Expr:
    """The commissioner's part over all pools, within the cap."""
    return least(most(total(pool_share, over="pool"), -share_cap), share_cap)


@row(sheet="Result", unit="GBP")
def result(variance: Expr, share: Expr) -> Expr:
    """What the budget holder keeps of the variance."""
    return total(variance, over="pool") - share


@row(sheet="Result", unit="GBP")
def position(result: Expr, closing: Expr) -> Expr:
    """The year's result and the deficit brought forward."""
    return result + prior(closing)


@row(sheet="Result", unit="GBP")
def closing(position: Expr, carry_rate: Expr) -> Expr:
    """The deficit carried forward, with interest; never positive."""
    return least(position, 0) * (1 + carry_rate)


@row(sheet="Result", unit="GBP")
def paid(position: Expr, paid_so_far: Expr, lifetime_cap: Expr) -> Expr:
    """Gain paid out, within what is left of the cap over the contract's life."""
    return least(most(position, 0), lifetime_cap - prior(paid_so_far))


@row(sheet="Result", unit="GBP")
def paid_so_far(paid_so_far: Expr, paid: Expr) -> Expr:
    """Gain paid out until now."""
    return prior(paid_so_far) + paid


ROWS: tuple[RowFunction, ...] = (
    activity,
    remaining,
    price,
    line_cost,
    variance,
    relative_size,
    in_band,
    shared_size,
    pool_share,
    share_cap,
    share,
    result,
    position,
    closing,
    paid,
    paid_so_far,
)
AXES = {
    "line": ["baseline", "unit_cost", "growth", "volatility", "in_scope", "shift_target", "activity_shock", "delivery"],
    "pool": ["budget"],
    "band": ["band_from", "band_width", "band_rate"],
}
YEARLY = ("in_scope", "shift_target", "budget", "activity_shock", "price_shock")


def contract() -> Model:
    """The rows above over their dimensions."""
    axis = {name: (dim,) for dim, names in AXES.items() for name in names}
    names = [*facts(), "activity_shock", "price_shock", "delivery"]
    inputs = [InputSpec(n, "1", n.replace("_", " "), axis.get(n, ()), n in YEARLY) for n in names]
    dims = [
        Dimension(d, tuple(f"{d}{k}" for k in range(n))) for d, n in (("pool", POOLS), ("line", LINES), ("band", 4))
    ]
    maps = [Map("pool", "line", "pool", tuple(int(k) for k in pool_of()))]
    return build(dims, maps, [str(2018 + t) for t in range(YEARS)], inputs, [r.trace() for r in ROWS])


SEED = 2018
Fillers = tuple[Filler, Filler, Filler]
Numbers = Callable[[int, int], Fillers]
"""The shocks of activity, of prices and the shift delivered, of the draws first..last-1."""
LEAST_DELIVERED, MOST_DELIVERED = 0.3, 1.1


def keyed(name: str, elements: int) -> Source:
    """Normal numbers as simulations draw them: a stream for each element and block of 1,024 draws."""

    def opened(first: int, last: int) -> Filler:
        streams = [Streams.open(SEED, name, str(k), first, last) for k in range(elements)]

        def fill(year: int, out: Array) -> None:
            for one, own in zip(streams, out.reshape(elements, -1), strict=True):
                one.normal(own)

        return fill

    return opened


def deliveries(first: int, last: int) -> Filler:
    """Share of the shift that is delivered, the same in all years: the buffer keeps it after the first."""
    streams = [Streams.open(SEED, "delivery", str(k), first, last) for k in range(LINES)]

    def fill(year: int, out: Array) -> None:
        if year == 0:
            for one, own in zip(streams, out, strict=True):
                one.each(lambda g, n: g.uniform(LEAST_DELIVERED, MOST_DELIVERED, n), own)

    return fill


SOURCES = {
    "activity_shock": keyed("activity_shock", LINES),
    "price_shock": keyed("price_shock", 1),
    "delivery": deliveries,
}


def as_simulations(first: int, last: int) -> Fillers:
    """The numbers that the rows draw, for the proof that both ways agree."""
    shocks, prices, delivered = (source(first, last) for source in SOURCES.values())
    return shocks, prices, delivered


def cheapest(first: int, last: int) -> Fillers:
    """The fewest calls: one generator a chunk fills whole arrays."""
    g = np.random.Generator(np.random.SFC64([SEED, first]))

    def normal(year: int, out: Array) -> None:
        g.standard_normal(out=out)

    def delivered(year: int, out: Array) -> None:
        g.random(out=out)
        out *= MOST_DELIVERED - LEAST_DELIVERED
        out += LEAST_DELIVERED

    return normal, normal, delivered


Kept = dict[str, Array]


def by_rows(model: Model, figures: dict[str, Array], draws: int, threads: int = 1) -> Kept:
    """Result and closing deficit by the row engine, `(years, draws)`."""
    return simulate(model, figures, SOURCES, draws, keep=("result", "closing"), threads=threads)


def by_hand(figures: dict[str, Array], draws: int, numbers: Numbers = cheapest, threads: int = 1) -> Kept:
    """The same by hand: constants folded, every large array reused, pools as slices of the sorted lines."""
    out = {n: np.empty((YEARS, draws)) for n in ("result", "closing")}

    def chunk(first: int) -> None:
        last = min(first + CHUNK, draws)
        _by_hand(figures, first, last, numbers(first, last), out)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(chunk, range(0, draws, CHUNK)))
    return out


def _by_hand(f: dict[str, Array], first: int, last: int, numbers: Fillers, out: Kept) -> None:
    n = last - first
    z, work, delivered = np.empty((LINES, n)), np.empty((LINES, n)), np.empty((LINES, n))
    zp, price, closing, so_far = np.empty(n), np.ones(n), np.zeros(n), np.zeros(n)
    cost, share, band = np.empty((POOLS, n)), np.empty((POOLS, n)), np.empty((POOLS, n))
    level = np.repeat(f["baseline"][0][:, None], n, axis=1)
    trend, volatility = (1 + f["growth"][0])[:, None], f["volatility"][0][:, None]
    starts = [*np.searchsorted(pool_of(), range(POOLS)), LINES]
    shocks, prices, deliver = numbers
    deliver(0, delivered)
    for t in range(YEARS):
        shocks(t, z)
        prices(t, zp)
        np.multiply(z, volatility, out=z)
        np.add(z, trend, out=z)
        np.multiply(level, z, out=level)
        unit = f["unit_cost"][0] * f["in_scope"][t]
        np.multiply(delivered, (-unit * f["shift_target"][t])[:, None], out=work)
        np.add(work, unit[:, None], out=work)
        np.multiply(work, level, out=work)
        for k in range(POOLS):
            np.add.reduce(work[starts[k] : starts[k + 1]], axis=0, out=cost[k])
        zp *= f["price_volatility"][0]
        zp += 1 + f["inflation"][0]
        price *= zp
        budget = f["budget"][t][:, None]
        np.multiply(cost, price, out=cost)
        variance = np.subtract(budget, cost, out=cost)
        relative = np.abs(variance) / budget
        share.fill(0.0)
        for low, width, rate in zip(f["band_from"][0], f["band_width"][0], f["band_rate"][0], strict=True):
            np.subtract(relative, low, out=band)
            np.clip(band, 0.0, width, out=band)
            band *= rate
            share += band
        share *= np.copysign(budget, variance, out=band)
        cap = f["cap"][0] * budget.sum()
        result = variance.sum(axis=0) - np.clip(share.sum(axis=0), -cap, cap)
        position = result + closing
        np.minimum(position, 0, out=closing)
        closing *= 1 + f["carry_rate"][0]
        so_far += np.minimum(np.maximum(position, 0), f["lifetime_cap"][0] - so_far)
        out["result"][t, first:last], out["closing"][t, first:last] = result, closing


def random_numbers(numbers: Numbers, draws: int) -> None:
    """The random numbers alone."""
    for first in range(0, draws, CHUNK):
        last = min(first + CHUNK, draws)
        many, one = np.empty((LINES, last - first)), np.empty(last - first)
        shocks, prices, delivered = numbers(first, last)
        delivered(0, many)
        for t in range(YEARS):
            shocks(t, many)
            prices(t, one)


def summary(kept: Kept) -> Array:
    """Mean, fifth and ninety-fifth percentile of the result and the chance of a deficit, `(4, years)`."""
    result, closing = (kept[n].reshape(YEARS, -1) for n in ("result", "closing"))
    found = np.empty((4, YEARS))
    for t in range(YEARS):
        found[0, t], found[3, t] = result[t].mean(), (closing[t] < 0).mean()
        found[1:3, t] = np.quantile(result[t], [0.05, 0.95])
    return found


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of every repeat, by what was run."""

    seconds: dict[str, list[float]]

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def ratio(self, above: str, below: str, without: str = "") -> float:
        """Median over the repeats of one time over another, both less a third."""
        less = self.seconds[without] if without else [0.0] * len(self.seconds[above])
        triples = zip(self.seconds[above], self.seconds[below], less, strict=True)
        return statistics.median((a - c) / (b - c) for a, b, c in triples)


def alternate(jobs: dict[str, Callable[[], object]], repeats: int) -> Times:
    """Processor seconds of all jobs in turn, `repeats` times over: other work on the machine disturbs them less."""
    seconds: dict[str, list[float]] = {n: [] for n in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            seconds[name].append(time.process_time() - start)
    return Times(seconds)


def agree(rows: Kept, hand: Kept, figures: dict[str, Array]) -> float:
    """Largest difference relative to the year's budget; more than 1e-9 is an error."""
    scale = figures["budget"].sum(axis=1, keepdims=True)
    worst = max(float((np.abs(rows[n].reshape(YEARS, -1) - hand[n]) / scale).max()) for n in hand)
    if not worst <= 1e-9:
        raise AssertionError(f"the two ways differ by {worst:g} of the budget")
    return worst


def working_memory(model: Model, figures: dict[str, Array], draws: int) -> int:
    """Most bytes held at a time beyond the kept rows."""
    tracemalloc.start()
    kept = by_rows(model, figures, draws)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - sum(v.nbytes for v in kept.values())


def compared(draws: int, repeats: int) -> None:
    """Both ways in turn in one process, on one thread."""
    figures, model = facts(), contract()
    hand, rows = by_hand(figures, draws, as_simulations), by_rows(model, figures, draws)
    worst = agree(rows, hand, figures)
    still = figures | {"activity_shock": np.zeros((YEARS, LINES)), "price_shock": np.zeros(YEARS)}
    still["delivery"] = np.full((1, LINES), 0.7)
    times = alternate(
        {
            "cheapest": lambda: random_numbers(cheapest, draws),
            "keyed": lambda: random_numbers(as_simulations, draws),
            "hand": lambda: summary(by_hand(figures, draws)),
            "rows": lambda: summary(by_rows(model, figures, draws)),
            "summary": lambda: summary(hand),
            "one": lambda: evaluate(model, still),
        },
        repeats,
    )
    one = min(times.seconds["one"])
    print(f"{len(model.rows)} rows, {YEARS} years, {draws:,} draws; medians of {repeats} runs in turn, processor time")
    report(
        ("cheapest random numbers alone", f"{times.median('cheapest'):.3f} s"),
        ("random numbers of the rows alone", f"{times.median('keyed'):.3f} s"),
        ("summary alone", f"{times.median('summary'):.3f} s"),
        (
            "numpy by hand, with both",
            f"{times.median('hand'):.3f} s, {times.median('hand') / draws * 1e6:.1f} µs a draw",
        ),
        ("rows, with both", f"{times.median('rows'):.3f} s, {times.median('rows') / draws * 1e6:.1f} µs a draw"),
        ("rows / by hand (aim 1.5)", f"{times.ratio('rows', 'hand'):.2f}"),
        ("working memory of the rows", f"{working_memory(model, figures, draws) / 1e6:.0f} MB"),
        ("one evaluation", f"{one * 1e3:.2f} ms, {one / len(model.rows) * 1e6:.0f} µs a row"),
        ("largest difference, share of the budget", f"{worst:.1e}"),
    )


def alone(way: str, draws: int, threads: int) -> None:
    """One way once: wall and processor seconds, and the largest resident memory of this process in bytes."""
    figures, model = facts(), contract()
    start, spent = time.perf_counter(), time.process_time()
    summary(by_rows(model, figures, draws, threads) if way == "rows" else by_hand(figures, draws, threads=threads))
    taken = time.perf_counter() - start, time.process_time() - spent
    print(*taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def by_processes(draws: int, threads: int, repeats: int) -> None:
    """Each way in processes of its own, in turn, with its largest resident memory."""
    ways = {
        "rows": ("rows", threads),
        "hand": ("hand", 1),
        f"hand on {threads}": ("hand", threads),
    }
    wall: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    peak = dict.fromkeys(ways, 0.0)
    for _ in range(repeats):
        for name, (way, own) in ways.items():
            command = [sys.executable, __file__, "--alone", way, "--draws", str(draws), "--threads", str(own)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            taken, spent, most = map(float, said.split())
            wall[name].append(taken)
            processor[name].append(spent)
            peak[name] = max(peak[name], most)
    times, spent_by = Times(wall), Times(processor)
    print(f"{draws:,} draws, summary included, each in a process; medians of {repeats} alternating runs")
    for name, (way, own) in ways.items():
        label = f"{'rows' if way == 'rows' else 'numpy by hand'}, {own} thread{'s' * (own > 1)}"
        report(
            (label, f"{times.median(name):.2f} s, at most {peak[name] / 1e6:.0f} MB"),
            ("  of processors", f"{spent_by.median(name):.2f} s"),
        )
    report(
        (f"rows on {threads} / by hand on 1 (aim 2)", f"{times.ratio('rows', 'hand'):.2f}"),
        (f"rows on {threads} / by hand on {threads}", f"{times.ratio('rows', f'hand on {threads}'):.2f}"),
        ("processor time, rows / by hand on 1", f"{spent_by.ratio('rows', 'hand'):.2f}"),
    )


def report(*lines: tuple[str, str]) -> None:
    for label, value in lines:
        print(f"  {label:<42}{value:>28}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--alone", choices=("rows", "hand"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        alone(options.alone, options.draws, options.threads)
    elif options.threads > 1:
        by_processes(options.draws, options.threads, options.repeats)
    else:
        compared(options.draws, options.repeats)


if __name__ == "__main__":
    main()
