"""The explain reader: why a number is what it is, down to the line of the scenario file that a figure stands on.

A second small interpreter over the same graph: it computes nothing, but walks from a value to the values that it reads,
in words. What it returns is a tree of frozen records; printing it is the report's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from mcp_finance.rows.evaluate import Results
from mcp_finance.rows.expr import Expr, plain_name, words
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Origin

MOST_READS = 24
GIVEN = "supplied, not computed"
Read = tuple[str, int, Mapping[str, int]]
"""Name, year and position of what is read."""
OriginOf = Mapping[str, Mapping[tuple[int, ...], Origin]]
"""For every input, the origin of each element: keys are positions of its dimensions, then of the year if yearly."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One value and what it was made of.

    `year` is the label of the year it belongs to; `reads` are in the order in which the formula names them. `more`
    counts the reads left out because they add least.
    """

    name: str
    label: str
    year: str
    at: dict[str, str]
    value: float
    unit: str
    formula: str
    meaning: str
    defined: str
    origin: Origin | None
    reads: tuple[Explanation, ...]
    more: int = 0


def explain(
    results: Results, origins: OriginOf, name: str, year: int, at: Mapping[str, int], depth: int = 2
) -> Explanation:
    """Explain one element of a row or an input in one year, following reads `depth` levels down.

    Raises:
        KeyError: the model has no such row or input.
    """
    model = results.model
    if name in model.inputs:
        return _input(results, origins, name, year, at)
    row = model.rows[name]
    given = name in results.given
    found = _reads(model, row.expr, year, dict(at)) if depth > 0 and not given else []
    shown = _largest(results, found)
    return Explanation(
        name,
        plain_name(name),
        model.years[year],
        _labels(model, at),
        _value(results, name, year, at),
        row.unit,
        GIVEN if given else words(row.expr),
        row.doc,
        row.origin,
        None,
        tuple(explain(results, origins, *read, depth - 1) for read in shown),
        len(found) - len(shown),
    )


def _largest(results: Results, found: list[Read]) -> list[Read]:
    """The reads with the largest values, still in the order of the formula."""
    ranked = sorted(range(len(found)), key=lambda k: -abs(_value(results, *found[k])))
    return [found[k] for k in sorted(ranked[:MOST_READS])]


def _input(results: Results, origins: OriginOf, name: str, year: int, at: Mapping[str, int]) -> Explanation:
    model, spec = results.model, results.model.inputs[name]
    position = tuple(at[d] for d in spec.dims)
    known = origins.get(name, {})
    origin = known.get((*position, year) if spec.yearly else position)
    return Explanation(
        name,
        plain_name(name),
        model.years[year] if spec.yearly else "every year",
        _labels(model, at),
        _value(results, name, year, at),
        spec.unit,
        "",
        spec.doc,
        "",
        origin,
        (),
    )


def _labels(model: Model, at: Mapping[str, int]) -> dict[str, str]:
    return {d: model.dimension[d].members[k] for d, k in at.items()}


def _value(results: Results, name: str, year: int, at: Mapping[str, int]) -> float:
    values = results[name]
    position = tuple(at[d] for d in results.model.dims_of(name))
    return float(values[(year if values.shape[0] > 1 else 0, *position, 0)])


def _reads(model: Model, expr: Expr, year: int, at: dict[str, int]) -> list[Read]:
    """What the expression reads at one element: name, year, position; without repeats, in order."""
    found: dict[tuple[str, int, tuple[tuple[str, int], ...]], Read] = {}
    for name, when, where in _walk(model, expr, year, at):
        own = {d: where[d] for d in model.dims_of(name)}
        found.setdefault((name, when, tuple(own.items())), (name, when, own))
    return list(found.values())


def _walk(model: Model, e: Expr, year: int, at: dict[str, int]) -> list[Read]:
    if e.op == "ref":
        return [(e.name, year, at)]
    if e.op == "prior":
        if year == 0:
            return _walk(model, e.args[1], 0, at)
        return [(e.args[0].name, year - 1, at)]
    if e.op in ("total", "weighted"):
        return [(a.name, year, where) for where in _summed(model, e, at) for a in e.args]
    if e.op == "up":
        link = model.map[e.by]
        group = link.to[at[link.source]]
        return [(e.args[0].name, year, at | {link.target: group})] if group >= 0 else []
    if e.op in ("running", "shift", "last"):
        return _ordered(model, e, year, at)
    return [read for a in e.args for read in _walk(model, a, year, at)]


def _summed(model: Model, e: Expr, at: dict[str, int]) -> list[dict[str, int]]:
    members = range(len(model.dimension[e.over].members))
    if not e.by:
        return [at | {e.over: k} for k in members]
    link = model.map[e.by]
    return [at | {e.over: k} for k in members if link.to[k] == at[link.target]]


def _ordered(model: Model, e: Expr, year: int, at: dict[str, int]) -> list[Read]:
    name, end = e.args[0].name, len(model.dimension[e.over].members) - 1
    if e.op == "last":
        return [(name, year, at | {e.over: end})]
    if e.op == "running":
        return [(name, year, at | {e.over: k}) for k in range(at[e.over] + 1)]
    if at.get(e.over, 0) == 0:
        return _walk(model, e.args[1], year, at)
    return [(name, year, at | {e.over: at[e.over] - 1})]


def largest_element(results: Results, name: str, year: int, fixed: Mapping[str, int]) -> dict[str, int]:
    """The element with the largest absolute value among those that agree with `fixed`: a start for an explanation."""
    model = results.model
    ranges = [[fixed[d]] if d in fixed else range(len(model.dimension[d].members)) for d in model.dims_of(name)]
    positions = [dict(zip(model.dims_of(name), p, strict=True)) for p in product(*ranges)]
    sizes = [abs(_value(results, name, year, p)) for p in positions]
    return positions[int(np.argmax(sizes))]
