"""All that is asked of a scenario's sensitivity, in one answer: what moves it, how far, and what knowing more is worth.

The rule: tornado and grid need nothing but the scenario; indices and the value of information need to know what is
uncertain, and are refused where nothing is. Each part is computed by a module of its own; this one asks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mcp_finance.analysis.futures.simulate import Progress, prepared
from mcp_finance.analysis.measure import Measure, party_measures
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.sensitivity.grid import Axis, Grid, grid
from mcp_finance.analysis.sensitivity.information import Information, information
from mcp_finance.analysis.sensitivity.ranges import SHARES
from mcp_finance.analysis.sensitivity.sobol import Sobol, sobol
from mcp_finance.analysis.sensitivity.tornado import Tornado, tornado

DRAWS = 8192


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: an outcome, ranges by grade, and what more than a tornado is wanted.

    `others` are runs of the same scenario with other choices, by title, between which somebody may decide.
    """

    measure: Measure
    worth: Measure
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    axes: tuple[Axis, Axis] | None = None
    indices: bool = False
    value: bool = False
    others: Mapping[str, Run] = field(default_factory=dict)
    draws: int = DRAWS
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The answer; indices of the outcome come first, then those of every party's result."""

    run: Run
    asked: Asked
    tornado: Tornado
    grid: Grid | None
    indices: tuple[Sobol, ...]
    information: Information | None
    seed: int | None


def sensitivity(run: Run, asked: Asked, *, workers: int = 1, progress: Progress | None = None) -> Sensitivity:
    """Everything that was asked.

    Raises:
        ScenarioError: nothing is uncertain where that is needed, or what is has problems.
        ValueError: so few or so many draws give no indices or no value.
    """
    indices: tuple[Sobol, ...] = ()
    value, seed = None, None
    if asked.indices or asked.value:
        seed = prepared(run, seed=asked.seed, keep=()).futures.uncertain.seed
    bars = tornado(run, asked.measure, asked.shares)
    table = grid(run, asked.measure, *asked.axes) if asked.axes else None
    if asked.indices:
        measures = _each_once((asked.measure, *party_measures(run)))
        job = prepared(run, seed=asked.seed, keep=[m.row for m in measures])
        indices = sobol(job, measures, asked.draws, workers=workers, progress=progress)
    if asked.value:
        options = {"sign": run, **asked.others}
        jobs = {title: prepared(r, seed=asked.seed, keep=[asked.worth.row]) for title, r in options.items()}
        value = information(jobs, asked.worth, asked.draws, workers=workers, progress=progress)
    return Sensitivity(run, asked, bars, table, indices, value, seed)


def _each_once(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    return tuple(dict.fromkeys(measures))
