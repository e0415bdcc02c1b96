"""Two term sheets compared: in common futures against independent runs of the same size, and how much is computed anew.

    python benchmarks/terms.py [--scenario dudley-2018] [--draws 4096] [--repeats 5]

The error of a difference between independent runs is the root of the sum of both squared errors; that of one in common
futures is what `frontier` prints. Both are checked by what happens: each comparison is made again with other seeds, and
the standard deviations of its differences stand beside the errors. Where the scenario has no section `uncertainty`, a
made-up one is laid over it (`SPREADS`). Nothing is asserted on time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcp_finance.analysis.futures.store import Store
from mcp_finance.analysis.offers.common_futures import SPAN, Prepared, draw, prepare_offers
from mcp_finance.analysis.offers.frontier import Frontier, judged
from mcp_finance.analysis.offers.offers import offers
from mcp_finance.analysis.run import Run, run
from mcp_finance.files.document import parse
from mcp_finance.scenario.load import Over, find_scenario
from mcp_finance.scenario.sweep import sweep_of

SPREADS = """
uncertainty:
  seed: 1
  inputs:
    demand: {on: lines.*.growth, add: {normal: {sd: 0.5%}}, draw: own, alike: 50%, note: made up}
    prices: {on: tariffs.*.uplift, add: {normal: {sd: 0.7%}}, timing: yearly, note: made up}
    funding: {on: streams.*.growth, add: {normal: {sd: 0.7%}}, timing: yearly, note: made up}
  correlations:
    - {between: [prices, funding], rank: 50%}
"""
OPTIONS = (
    "terms.gain_loss.define.share_rate=25%,40%,45%",
    "terms.gain_loss.define.limit_rate=2.5%,2%",
)
MEASURES = ("expected", "shortfall")
SEEDS, DRAWS_A_SEED = 20, 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One difference: its value, its error in common futures and from independent runs, and what other seeds bring."""

    label: str
    party: str
    measure: str
    value: float
    common: float
    apart: float

    @property
    def ratio(self) -> float:
        return self.apart / self.common if self.common else float("inf")


def loaded(name: str) -> Run:
    """The scenario, with made-up spreads where it has none."""
    path = find_scenario(name)
    found = run(path)
    spreads = parse(SPREADS, "spreads")
    if found.loaded.scenario.uncertainty or spreads.root is None:
        return found
    return run(path, over=Over(spreads.root, {"spreads": tuple(spreads.lines)}))


def surface(ready: Prepared, draws: int) -> Frontier:
    """All offers in common futures."""
    store = Store.in_memory(ready.plan(draws))
    draw(ready, store)
    return judged(ready, store)


def lines(found: Frontier) -> list[Line]:
    """Every offer's difference from the contract as it stands, to both parties."""
    made = []
    for view in found.views[1:]:
        for party in found.two:
            for measure in MEASURES:
                f, base = (getattr(v.parties[party], measure) for v in (view, found.views[0]))
                apart = float(np.hypot(f.error, base.error))
                made.append(Line(view.offer.label, party, measure, f.change, f.change_error, apart))
    return made


def by_seeds(base: Run, options: Sequence[str]) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Standard deviations of differences over seeds: both offers by one seed, and each by a seed of its own."""
    asked = offers(base, sweep_of(options))
    made = [surface(prepare_offers(asked, seed=seed), DRAWS_A_SEED) for seed in range(100, 100 + SEEDS)]
    found = {}
    for line in lines(made[0]):
        k = next(k for k, v in enumerate(made[0].views) if v.offer.label == line.label)
        own, stands = (
            np.array([getattr(f.views[j].parties[line.party], line.measure).value for f in made]) for j in (k, 0)
        )
        apart = own - np.roll(stands, 1)
        found[line.label, line.party, line.measure] = (float((own - stands).std(ddof=1)), float(apart.std(ddof=1)))
    return found


def seconds(ready: Prepared, draws: int) -> float:
    """Time of drawing, on one thread, its tapes made beforehand."""
    along = ready.paths.worker()
    along.run(0, SPAN, ready.reduced)
    began = time.perf_counter()
    for first in range(0, draws, SPAN):
        along.run(first, first + SPAN, ready.reduced)
    return time.perf_counter() - began


def main() -> None:
    """Print both comparisons."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--scenario", default="dudley-2018")
    arguments.add_argument("--draws", type=int, default=4096)
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--sweep", action="append", help="what is compared, as for the command frontier")
    asked = arguments.parse_args()
    options = asked.sweep or OPTIONS
    base = loaded(asked.scenario)
    ready = prepare_offers(offers(base, sweep_of(options)))
    _errors(base, options, lines(surface(ready, asked.draws)), asked.draws)
    _work(base, ready, options, asked.draws, asked.repeats)


def _errors(base: Run, options: Sequence[str], found: list[Line], draws: int) -> None:
    seen = by_seeds(base, options)
    scale = (draws / DRAWS_A_SEED) ** 0.5
    print(f"{base.loaded.scenario.id}, {draws:,} draws; errors of differences from the contract as it stands, £m;")
    print(f"in brackets the standard deviation over {SEEDS} seeds, brought to {draws:,} draws\n")
    print(f"{'offer':38}{'party':15}{'measure':10}{'change':>9}{'common':>17}{'independent':>18}{'ratio':>7}")
    for line in found:
        common, apart = (sd / scale / 1e6 for sd in seen[line.label, line.party, line.measure])
        print(
            f"{line.label:38}{line.party:15}{line.measure:10}{line.value / 1e6:9.3f}"
            f"{line.common / 1e6:9.4f} ({common:.4f}){line.apart / 1e6:10.3f} ({apart:.3f}){line.ratio:7.0f}"
        )
    ratios = [line.ratio for line in found if line.common]
    print(f"\nindependent / common: least {min(ratios):.0f}, median {statistics.median(ratios):.0f} (aim: at least 10)")


def _work(base: Run, ready: Prepared, options: Sequence[str], draws: int, repeats: int) -> None:
    alone = prepare_offers(offers(base, sweep_of([options[0].partition(",")[0]])))
    pairs = [(seconds(ready, draws), seconds(alone, draws)) for _ in range(repeats)]
    more = len(ready.paths.branches) - len(alone.paths.branches)
    each = statistics.median((many - few) / more for many, few in pairs)
    whole = statistics.median(few for _, few in pairs) - (len(alone.paths.branches) - 1) * each
    rows = [branch.rows for branch in ready.paths.branches[1:]]
    print(f"rows computed anew for an offer: {min(rows)} to {max(rows)} of {ready.paths.branches[0].whole}")
    print(f"time of an offer more: {each * 1e3:.1f} ms, {each / whole:.1%} of a simulation's {whole * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
