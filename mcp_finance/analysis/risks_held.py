"""Who holds which risk, in pounds: each uncertain input drawn alone, and what that does to every party.

A matrix of round numbers says who stands where; this one says how far: one source of uncertainty keeps its
distribution, all others stay as in the scenario, and a party's change of results over the term is read at the middle of
the draws and at the end that one future in ten is worse than. Sources that hang together are drawn one by one all the
same, so the lines do not add up to the uncertainty of the whole; `simulate` has that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mcp_finance.analysis.futures.drawn import COUNTS, Futures
from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.rows.draws import simulate
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.estimates import quantile_and_error
from mcp_finance.scenario.uncertain import Uncertain, uncertain

WORSE = 0.10
"""The share of futures that are worse than the figure called P90: nine in ten are better."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A party's change of results over the term: in the middle, and where one future in ten is worse; with errors."""

    middle: float
    middle_error: float
    worse: float
    worse_error: float


@dataclass(frozen=True, slots=True)
class Held:
    """One source of uncertainty and what it does to each party. `on` is what it acts on."""

    name: str
    on: tuple[str, ...]
    losses: Mapping[str, Loss]


def risks_held(run: Run, draws: int, *, threads: int = 1) -> tuple[Held, ...]:
    """Every source of the scenario's uncertainty alone, those that move nobody left out.

    Raises:
        ScenarioError: the scenario's uncertainty has problems.
    """
    whole = uncertain(run.loaded, run.inputs)
    return tuple(held for name, on, alone in _alone(whole) if (held := _held(run, name, on, alone, draws, threads)))


def _alone(whole: Uncertain) -> Iterator[tuple[str, tuple[str, ...], Uncertain]]:
    nothing = replace(whole, sources=(), names=(), factor=np.empty((0, 0)), counts={})
    for source in whole.sources:
        yield source.name, tuple(a.path for a in source.addresses), replace(nothing, sources=(source,))
    if whole.counts:
        yield COUNTS, tuple(f"lines.{line}" for line in whole.counts), replace(nothing, counts=whole.counts)


def _held(run: Run, name: str, on: tuple[str, ...], alone: Uncertain, draws: int, threads: int) -> Held | None:
    values: dict[str, Array] = {n: run.results[n][..., 0] for n in run.model.inputs}
    rows = {party: f"{party}.result" for party in run.parties}
    found = simulate(run.model, values, Futures.of(run, alone), draws, keep=rows.values(), threads=threads)
    losses = {}
    for party, row in rows.items():
        change = np.sort(found[row].sum(axis=0) - run.results.series(row).sum())
        if change[-1] - change[0] > PENNY:
            (middle, middle_error), (worse, worse_error) = (quantile_and_error(change, q) for q in (0.5, WORSE))
            losses[party] = Loss(float(middle), float(middle_error), float(worse), float(worse_error))
    return Held(name, on, losses) if losses else None
