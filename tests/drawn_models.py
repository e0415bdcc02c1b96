"""Small models of rows whose inputs are drawn, for tests that know the answer in closed form."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from engine_models import model_of, one_row

from mcp_finance.analysis.futures.drawn import Futures
from mcp_finance.analysis.futures.simulate import Job
from mcp_finance.analysis.measure import Measure
from mcp_finance.rows.expr import Expr
from mcp_finance.rows.row import InputSpec
from mcp_finance.sampling.copula import factor
from mcp_finance.sampling.distributions import Distribution
from mcp_finance.scenario.addresses import Address, Use
from mcp_finance.scenario.uncertain import Source, Target, Uncertain

ANSWER = Measure("answer", 0, "the answer", "GBP")


def job_of(
    answer: Expr,
    drawn: Mapping[str, Distribution],
    correlations: Mapping[tuple[str, str], float] | None = None,
    *,
    fixed: Mapping[str, float] | None = None,
    seed: int = 7,
    years: int = 1,
    timing: str = "whole_term",
) -> Job:
    """A job that draws inputs of one row, each by a distribution of its own; `fixed` are its other inputs."""
    others = fixed or {}
    specs = [InputSpec(name, "number", "-", yearly=True) for name in (*drawn, *others)]
    model = model_of([one_row("answer", answer)], specs, years=years)
    values = {name: np.full(years, others.get(name, 0.0)) for name in (*drawn, *others)}
    pairs = correlations or {}
    names = tuple(n for n in drawn if any(n in pair for pair in pairs))
    sources = tuple(_source(name, distribution, years, timing) for name, distribution in drawn.items())
    uncertain = Uncertain(seed, sources, names, factor(names, pairs), {})
    plain = {name: values[name] for name in drawn}
    futures = Futures(uncertain, plain, dict.fromkeys(drawn, True), (), np.zeros((years, 0)))
    return Job(model, values, futures, ("answer",))


def _source(name: str, distribution: Distribution, years: int, timing: str) -> Source:
    every = tuple(range(years))
    address = Address(name, "number", name, (Use(name, (), every),), (0.0,) * years, every)
    return Source(name, "is", distribution, timing, (Target("", (address,)),), 0.0, True)
