"""Sobol' indices: how much of an outcome's variance comes from each uncertain group of inputs.

The rule: the first-order index of a group is the share of the variance that would go, on average, if the group were
known; the total index is the share that would be left if all else were known. Their difference is what the group does
together with others. Indices are of groups that are independent of each other: sources that are correlated, directly or
through others, are one group, and chance in the counts of activity is one.

Two matrices of draws, A by the scenario's seed and B by another, and for each group A with that group's numbers from B;
the numbers of a draw have names of their own, so that this takes no more than another seed for some names
(`Futures.with_seed`). With k groups and N draws the contract is computed N (k + 2) times. The estimators are those of
Saltelli et al. (Computer Physics Communications 181 (2010), table 2): mean of B (AB - A) for the first order, and
Jansen's (ibid. 117 (1999)) half mean square of A - AB for the total, each over the variance of A and B together.

Their standard errors come from the same draws: an estimate is a ratio of means of independent terms, so its error is
that of the mean of each term's own share in it (delta method).

One draw on its way: the holder's result is -£3.0m in A and -£8.0m in B, on average -£5.0m; with only `demand` taken
from B it is -£6.5m. It adds (-8.0 + 5.0)(-6.5 + 3.0) = 10.5 to the first-order sum of demand and 3.5^2 / 2 = 6.1 to
its total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from mcp_finance.analysis.futures.drawn import BY_CHANCE
from mcp_finance.analysis.futures.simulate import Job, Progress, span_length, threaded
from mcp_finance.analysis.measure import Measure
from mcp_finance.rows.draws import Ready
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.streams import BLOCK
from mcp_finance.scenario.uncertain import Uncertain

ANOTHER = 2**63
"""Added to the seed for the second matrix; no scenario's own seed is as large."""
FEWEST, MOST = BLOCK, 1_000_000
LINKED = 1e-9


@dataclass(frozen=True, slots=True)
class Group:
    """Sources whose numbers hang together, and those of no other group."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """A group's first-order and total index with their standard errors."""

    group: Group
    first: float
    first_error: float
    total: float
    total_error: float


@dataclass(frozen=True, slots=True)
class Sobol:
    """Indices of one outcome, the largest total first. Without variance there are none.

    `alone` is the share of the variance that groups explain alone; what is missing to 1 they explain together.
    """

    measure: Measure
    draws: int
    mean: float
    variance: float
    indices: tuple[Index, ...]
    alone: float = 0.0
    alone_error: float = 0.0


def groups(uncertain: Uncertain) -> tuple[Group, ...]:
    """Independent groups of what is uncertain, in the order of the file, chance in counts last."""
    correlation = uncertain.factor @ uncertain.factor.T
    linked: dict[str, set[str]] = {name: {name} for name in (s.name for s in uncertain.sources)}
    for i, one in enumerate(uncertain.names):
        for j, other in enumerate(uncertain.names[:i]):
            if abs(correlation[i, j]) > LINKED and linked[one] is not linked[other]:
                both = linked[one] | linked[other]
                linked |= dict.fromkeys(both, both)
    found = dict.fromkeys(tuple(n for n in linked if n in linked[name]) for name in linked)
    by_chance = (Group("Chance in activity counts", (BY_CHANCE,)),) if uncertain.counts else ()
    return (*(Group(_words(names), names) for names in found), *by_chance)


def _words(names: tuple[str, ...]) -> str:
    *before, last = (name.replace("_", " ") for name in names)
    return f"{', '.join(before)} and {last}" if before else last


def sobol(
    job: Job, measures: Sequence[Measure], draws: int, *, workers: int = 1, progress: Progress | None = None
) -> tuple[Sobol, ...]:
    """Indices of every measure, whose rows the job must keep.

    Raises:
        ValueError: so few or so many draws give no indices.
    """
    if not FEWEST <= draws <= MOST:
        raise ValueError(f"{draws:,} draws: Sobol' indices take {FEWEST:,} to {MOST:,}")
    found, futures = groups(job.futures.uncertain), job.futures
    second = futures.uncertain.seed + ANOTHER
    every = tuple(name for group in found for name in group.names)
    designs = [futures, futures.with_seed(second, every), *(futures.with_seed(second, g.names) for g in found)]
    ready, whole = job.ready(), draws * len(designs)
    outcomes = []
    for k, design in enumerate(designs):
        tell = _told(progress, k * draws, whole)
        outcomes.append(figures(replace(ready, sources=design), measures, draws, workers, tell))
    return tuple(_indices(measure, found, [outcome[at] for outcome in outcomes]) for at, measure in enumerate(measures))


def _told(progress: Progress | None, before: int, whole: int) -> Callable[[int], None]:
    return lambda done: progress(before + done, whole) if progress else None


def figures(
    ready: Ready, measures: Sequence[Measure], draws: int, workers: int, tell: Callable[[int], None] = lambda done: None
) -> Array:
    """The figure of every measure in every draw, `(measures, draws)`."""
    out, done = np.empty((len(measures), draws)), 0
    length = span_length(ready, draws, workers)
    spans = [(first, min(first + length, draws)) for first in range(0, draws, length)]
    for first, last, block in threaded(ready, spans, workers):
        for at, measure in enumerate(measures):
            out[at, first:last] = measure.of(block[measure.row])
        done += last - first
        tell(done)
    return out


def _indices(measure: Measure, found: Sequence[Group], outcomes: Sequence[Array]) -> Sobol:
    a, b, *mixed = outcomes
    centre = float((a.mean() + b.mean()) / 2)
    variance = float(((a - centre) ** 2 + (b - centre) ** 2).mean() / 2)
    scale = abs(centre) + 1
    if variance <= (1e-12 * scale) ** 2:
        return Sobol(measure, a.size, centre, 0.0, ())
    estimated, alone = estimates(a, b, dict(zip(found, mixed, strict=True)))
    return Sobol(measure, a.size, centre, variance, tuple(sorted(estimated, key=lambda i: -i.total)), *alone)


def estimates(a: Array, b: Array, mixed: Mapping[Group, Array]) -> tuple[list[Index], tuple[float, float]]:
    """Indices from the outcomes in A, in B, and in A with each group from B; the sum of those of first order."""
    centre = (a.mean() + b.mean()) / 2
    a, b = a - centre, b - centre
    spread = (a**2 + b**2) / 2
    found, alone = [], np.zeros_like(a)
    for group, ab in mixed.items():
        single = b * (ab - centre - a)
        alone += single
        first = _ratio(single, spread)
        total = _ratio((a - ab + centre) ** 2 / 2, spread)
        found.append(Index(group, *first, *total))
    return found, _ratio(alone, spread)


def _ratio(above: Array, below: Array) -> tuple[float, float]:
    """A ratio of two means over the same draws, and its standard error."""
    under = float(below.mean())
    ratio = float(above.mean()) / under
    return ratio, float((above - ratio * below).std(ddof=1)) / under / sqrt(above.size)
