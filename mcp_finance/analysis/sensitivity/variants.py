"""Many changed runs at once: each is one draw of the reader of many draws.

The rule: the inputs of every variant are those of `mcp_finance.scenario.shocked`, so that a variant is the run that
`after` gives; only the reading is shared. Walking one through: 400 figures moved to either end of their range are 800
variants; an input that any of them moves becomes an array with 800 draws; the rows downstream are computed once, for
all of them together, in about the time of a dozen runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mcp_finance.analysis.run import Run
from mcp_finance.rows.draws import from_array, simulate
from mcp_finance.rows.evaluate import Array
from mcp_finance.scenario.filling.filler import ModelInputs
from mcp_finance.scenario.shocked import changed_inputs

TOGETHER = 1024
"""Variants that are read at once: more would want more memory and save no time."""


@dataclass(frozen=True, slots=True)
class Variants:
    """Rows of every variant, `(years, variants)`; `broken` says which rule of a term sheet each one breaks."""

    rows: dict[str, Array]
    broken: tuple[str, ...]


def evaluated(run: Run, variants: Sequence[ModelInputs], keep: Iterable[str]) -> Variants:
    """Rows without dimensions of every variant of a run's inputs."""
    wanted = tuple(dict.fromkeys(keep))
    parts = [_together(run, variants[k : k + TOGETHER], wanted) for k in range(0, len(variants), TOGETHER)]
    nothing = np.empty((len(run.years), 0))
    rows = {row: np.concatenate([nothing, *(part.rows[row] for part in parts)], axis=1) for row in wanted}
    return Variants(rows, tuple(why for part in parts for why in part.broken))


def _together(run: Run, variants: Sequence[ModelInputs], wanted: tuple[str, ...]) -> Variants:
    count = len(variants)
    moved = dict.fromkeys(name for inputs in variants for name in changed_inputs(run.inputs, inputs))
    drawn = {name: from_array(np.stack([v.values[name] for v in variants], axis=-1)) for name in moved}
    rules = [rule for sheet in run.inputs.terms for rule in sheet.conditions]
    found = simulate(run.model, run.inputs.values, drawn, count, keep=(*wanted, *(rule.row for rule in rules)))
    broken = [""] * count
    for rule in rules:
        values = np.broadcast_to(found[rule.row], (*found[rule.row].shape[:-1], count))
        for k in np.flatnonzero(values.reshape(-1, count).any(axis=0)):
            broken[k] = broken[k] or rule.message
    return Variants({row: np.broadcast_to(found[row], (len(run.years), count)) for row in wanted}, tuple(broken))
