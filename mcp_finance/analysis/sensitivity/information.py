"""What it would be worth to know more before deciding: the value of perfect information, of all and of each group.

The rule: whoever decides takes the option with the highest expected worth. Knowing the future first, they would take
the best option in each future: the difference is the expected value of perfect information (EVPI), the most that any
study can be worth. Knowing one group of inputs only, they would take what is best on average for that group's values:
that is its value of partial perfect information (EVPPI). What changes no decision is worth nothing, however much money
it moves. The worth of an option is a measure of the run (its worth to whoever decides, without dislike of risk), and
not to sign is worth nothing.

The average worth for given values of a group is found by regression of each option's worth on what was drawn (Strong,
Oakley and Brennan, Medical Decision Making 34 (2014)): splines and products of a few amounts, amounts and their squares
of many. Each eighth of the draws is decided by a regression on the other seven, and counted at the worth that it has:
so a regression that fits chance cannot overstate a value, a group is never worth more than knowing everything, and the
standard error is that of a mean of independent draws. What a regression does not see is lost, so the figure is, if
anything, too low.

One draw on its way: signing is worth £2.0m on average, so whoever knows no more signs. In this draw `demand` is 1.1% a
year; the regression on the other draws says -£0.6m for that; whoever knows demand does not sign, and is spared the
-£1.3m that this draw comes to: it adds 1.3 to the sum of demand, and 1.3 to that of perfect information.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np

from mcp_finance.analysis.futures.drawn import BY_CHANCE, Futures
from mcp_finance.analysis.futures.simulate import Job, Progress
from mcp_finance.analysis.measure import Measure
from mcp_finance.analysis.sensitivity.sobol import figures, groups
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.streams import BLOCK
from mcp_finance.scenario.uncertain import Uncertain

FOLDS = 8
FEWEST, MOST = FOLDS * BLOCK // 4, 1_000_000
FEW_COLUMNS, MOST_COLUMNS = 4, 40
KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)
FAR = 4.0
NOT_SIGNED = "do not sign"


@dataclass(frozen=True, slots=True)
class Value:
    """The value of knowing a source or a group, with its standard error; nil where the estimate is below it.

    `learnable` is false of chance itself, which nobody can know before it falls.
    """

    name: str
    value: float
    error: float
    learnable: bool = True


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: its title, its mean worth with the error of that, and how often it is the best."""

    title: str
    mean: float
    error: float
    best: float


@dataclass(frozen=True, slots=True)
class Information:
    """The decision, and what information is worth for it. `chosen` is the option taken without any."""

    measure: Measure
    draws: int
    options: tuple[Option, ...]
    chosen: str
    perfect: Value
    values: tuple[Value, ...]


def information(
    jobs: Mapping[str, Job], measure: Measure, draws: int, *, workers: int = 1, progress: Progress | None = None
) -> Information:
    """The value of information for a choice between jobs (by title) and not to sign. They see the same futures.

    Raises:
        ValueError: so few or so many draws give no value.
    """
    if not FEWEST <= draws <= MOST:
        raise ValueError(f"{draws:,} draws: the value of information takes {FEWEST:,} to {MOST:,}")
    worth = []
    for k, job in enumerate(jobs.values()):
        before = k * draws

        def tell(done: int, before: int = before) -> None:
            if progress:
                progress(before + done, draws * len(jobs))

        worth.append(figures(job.ready(), [measure], draws, workers, tell)[0])
    known: dict[str, Array] = {}
    for job in jobs.values():
        known = with_groups(job.futures.uncertain, columns(job.futures, draws)) | known
    return decided(measure, (*jobs, NOT_SIGNED), np.stack([*worth, np.zeros(draws)]), known)


def columns(futures: Futures, draws: int) -> dict[str, Array]:
    """What is drawn of each source as columns, `(columns, draws)`: every year's, or the averages of too many years."""
    parts = [futures.amounts(first, min(first + 8 * BLOCK, draws)) for first in range(0, draws, 8 * BLOCK)]
    found = {}
    for name in parts[0]:
        amounts = np.concatenate([part[name] for part in parts], axis=-1)
        if amounts.shape[0] * amounts.shape[1] > MOST_COLUMNS:
            amounts = amounts.mean(axis=0, keepdims=True)
        found[name] = amounts.reshape(-1, draws)
    return found


def with_groups(uncertain: Uncertain, known: Mapping[str, Array]) -> dict[str, Array]:
    """Every source, and what correlated sources are when they are all known together."""
    several = (group for group in groups(uncertain) if len(group.names) > 1)
    return {**known, **{f"{g.title}, together": np.concatenate([known[n] for n in g.names]) for g in several}}


def decided(measure: Measure, titles: Sequence[str], worth: Array, known: Mapping[str, Array]) -> Information:
    """The value of information from the worth of each option, `(options, draws)`, and what can be known."""
    draws = worth.shape[1]
    means = worth.mean(axis=1)
    chosen, best = int(means.argmax()), worth.argmax(axis=0)
    errors = worth.std(axis=1, ddof=1) / sqrt(draws)
    options = tuple(
        Option(title, float(means[k]), float(errors[k]), float((best == k).mean())) for k, title in enumerate(titles)
    )
    gains = worth.max(axis=0) - worth[chosen]
    values = [_value(name, partial(worth, chosen, given), name != BY_CHANCE) for name, given in known.items()]
    ordered = tuple(sorted(values, key=lambda v: -v.value))
    return Information(measure, draws, options, titles[chosen], _value("everything", gains), ordered)


def _value(name: str, gains: Array, learnable: bool = True) -> Value:
    return Value(name, max(0.0, float(gains.mean())), float(gains.std(ddof=1)) / sqrt(gains.size), learnable)


def partial(worth: Array, chosen: int, known: Array) -> Array:
    """What each draw gains by a decision that knows some columns, over the option chosen without knowing them."""
    draws = worth.shape[1]
    basis, gains = np.stack(list(_basis(known)), axis=1), np.empty(draws)
    basis /= np.sqrt((basis**2).mean(axis=0))
    above = (worth - worth[chosen]).T
    squares, products = basis.T @ basis, basis.T @ above
    for k in range(FOLDS):
        inside = slice(k * draws // FOLDS, (k + 1) * draws // FOLDS)
        own = basis[inside]
        fitted, *_ = np.linalg.lstsq(squares - own.T @ own, products - own.T @ above[inside], rcond=None)
        expected = own @ fitted
        expected[:, chosen] = 0.0
        best = expected.argmax(axis=1)
        gains[inside] = above[inside][np.arange(best.size), best]
    return gains


def _basis(known: Array) -> Iterator[Array]:
    """Functions of the columns for a regression: a constant, and what bends with them."""
    yield np.ones(known.shape[1])
    spread = known.std(axis=1)
    moving = spread > 1e-12 * (np.abs(known).max(axis=1, initial=0.0) + 1e-300)
    scaled = np.clip((known[moving] - known[moving].mean(axis=1)[:, None]) / spread[moving][:, None], -FAR, FAR)
    few = len(scaled) <= FEW_COLUMNS
    for x in scaled:
        yield from (x, x**2)
        if few:
            yield x**3
            knots = (k for k in np.unique(np.quantile(x, KNOTS)) if k < x.max())
            yield from (np.maximum(x - knot, 0.0) ** 3 for knot in knots)
    if few:
        yield from (x * y for x, y in combinations(scaled, 2))
