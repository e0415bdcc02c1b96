"""What ten thousand futures say: quantiles and means with their Monte Carlo standard error, and probabilities.

The standard error says how far a figure would move had other random numbers been drawn. It is not the uncertainty of
the future, which the quantiles say, nor of the distributions that somebody chose.

With quasi-random numbers the draws of a block are not independent, the blocks are: the error of a mean or a probability
is then that of the means of blocks. The error of a quantile stays that of independent draws, which is too large if
anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from mcp_finance.analysis.compare import headline_rows
from mcp_finance.analysis.futures.outcomes import outcomes
from mcp_finance.analysis.futures.simulate import Simulation
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.estimates import draws_needed, mean_and_error, proportion_and_error, quantile_and_error
from mcp_finance.sampling.streams import BLOCK

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
TERM = "term"
"""Stands for the year where a figure is of the whole term: a sum of flows, or whether something ever happens."""
FEW_BLOCKS = 8


@dataclass(frozen=True, slots=True)
class Estimate:
    """A row in one year, or over the term: mean, standard deviation and quantiles with their errors; the plain run's.

    `quantiles` has a value and its error by share below.
    """

    row: str
    year: str
    mean: float
    error: float
    sd: float
    quantiles: Mapping[float, tuple[float, float]]
    plain: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How probable an outcome is in one year, or in any year of the term, with its error."""

    key: str
    title: str
    party: str
    year: str
    probability: float
    error: float


@dataclass(frozen=True)
class Summary:
    """All of a simulation in figures. `too_few` are quantiles that so few draws do not give."""

    simulation: Simulation
    estimates: tuple[Estimate, ...]
    chances: tuple[Chance, ...]
    too_few: tuple[float, ...]

    def estimate(self, row: str, year: str = TERM) -> Estimate:
        return next(e for e in self.estimates if e.row == row and e.year == year)

    def by_year(self, row: str) -> tuple[Estimate, ...]:
        """A row's estimates in the years of the contract."""
        return tuple(e for e in self.estimates if e.row == row and e.year != TERM)

    def chance(self, key: str, year: str = TERM) -> Chance:
        return next(c for c in self.chances if c.key == key and c.year == year)


def summarised(simulation: Simulation) -> Summary:
    """Estimates of every row kept and probabilities of every outcome.

    Raises:
        ValueError: fewer than two draws are finished.
    """
    if simulation.draws < 2:
        raise ValueError("at least two draws are needed to say anything of their spread")
    estimates = tuple(e for row in simulation.rows for e in _estimates(simulation, row))
    too_few = tuple(q for q in QUANTILES if simulation.draws < draws_needed(q))
    return Summary(simulation, estimates, tuple(_chances(simulation)), too_few)


def _estimates(simulation: Simulation, row: str) -> Iterator[Estimate]:
    values, years = simulation.rows[row], simulation.base.years
    plain = simulation.base.results.series(row)
    for t, year in enumerate(years):
        yield estimate(values[t], row, year, float(plain[t]), quasi=simulation.quasi > 0)
    if is_flow(simulation, row):
        yield estimate(values.sum(axis=0), row, TERM, float(plain.sum()), quasi=simulation.quasi > 0)


def is_flow(simulation: Simulation, row: str) -> bool:
    """Whether a row's years add up to something: headline money, but for balances."""
    return row in headline_rows(simulation.base) and not row.endswith(".closing")


def estimate(values: Array, row: str, year: str, plain: float, *, quasi: bool = False) -> Estimate:
    """What draws say of one figure, `(draws,)`."""
    ordered = np.sort(values)
    mean, error = mean_and_error(values)
    if quasi:
        error = _between_blocks(values, error)
    found = {q: tuple(float(x) for x in quantile_and_error(ordered, q)) for q in QUANTILES}
    quantiles = {q: (value, spread) for q, (value, spread) in found.items()}
    return Estimate(row, year, float(mean), float(error), float(values.std(ddof=1)), quantiles, plain)


def _between_blocks(values: Array, independent: Array) -> Array:
    """The error of the mean from the means of whole blocks; that of independent draws where there are few blocks."""
    blocks = values.size // BLOCK
    if blocks < FEW_BLOCKS:
        return independent
    means = values[: blocks * BLOCK].reshape(blocks, BLOCK).mean(axis=1)
    return np.asarray(means.std(ddof=1) / sqrt(blocks))


def _chances(simulation: Simulation) -> Iterator[Chance]:
    for outcome in outcomes(simulation.base):
        happens = outcome.test({row: simulation.rows[row] for row in outcome.rows})
        ever = happens.any(axis=0)
        for year, hits in (*zip(simulation.base.years, happens, strict=True), (TERM, ever)):
            probability, error = proportion_and_error(hits.sum(), simulation.draws)
            if simulation.quasi and 0 < float(probability) < 1:
                error = _between_blocks(hits.astype(float), error)
            yield Chance(outcome.key, outcome.title, outcome.party, year, float(probability), float(error))
