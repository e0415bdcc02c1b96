"""The explain reader: why a number is what it is, down to the line of the scenario file that a figure stands on.

A second small interpreter over the same graph: it computes nothing, but walks from a value to the values that it reads,
in words. What it returns is a tree of frozen records; printing it is the report's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import inf, prod

import numpy as np

from mcp_finance.rows.evaluate import Results
from mcp_finance.rows.expr import Expr, plain_name, words
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Origin

MOST_READS = 24
FEWER_READS = 6
GIVEN = "supplied, not computed"
Read = tuple[str, int, Mapping[str, int]]
"""Name, year and position of what is read."""
OriginOf = Mapping[str, Mapping[tuple[int, ...], Origin]]
"""For every input, the origin of each element: keys are positions of its dimensions, then of the year if yearly."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One value and what it was made of.

    `year` is the label of the year it belongs to; `reads` are in the order in which the formula names them, without
    parts of a sum that add nothing. `more` counts the reads left out because they add least; `repeated` says that the
    same value has been explained before, and `deeper` that its reads lie below the depth asked for.
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
    repeated: bool = False
    deeper: bool = False


def explain(
    results: Results, origins: OriginOf, name: str, year: int, at: Mapping[str, int], depth: int = 2
) -> Explanation:
    """Explain one element of a row or an input in one year, following reads `depth` levels down.

    Raises:
        KeyError: the model has no such row or input.
    """
    return _explain(results, origins, (name, year, at), depth, MOST_READS, set())


def _explain(
    results: Results, origins: OriginOf, read: Read, depth: int, most: int, seen: set[tuple[object, ...]]
) -> Explanation:
    """One value; each row's element and year is followed once only, where it is first met."""
    name, year, at = read
    model = results.model
    if name in model.inputs:
        return _input(results, origins, name, year, at)
    row, key = model.rows[name], (name, year, *at.items())
    given, repeated = name in results.given, key in seen
    seen.add(key)
    found = [] if given or repeated else _reads(results, row.expr, year, dict(at))
    shown = _largest(found, most) if depth > 0 else []
    below = tuple(_explain(results, origins, r, depth - 1, FEWER_READS, seen) for r in shown)
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
        below,
        len(found) - len(shown) if depth > 0 else 0,
        repeated,
        bool(found) and depth == 0,
    )


def _largest(found: list[tuple[Read, float]], most: int) -> list[Read]:
    """The reads that add most, still in the order of the formula."""
    ranked = sorted(range(len(found)), key=lambda k: -found[k][1])
    return [found[k][0] for k in sorted(ranked[:most])]


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


def _reads(results: Results, expr: Expr, year: int, at: dict[str, int]) -> list[tuple[Read, float]]:
    """What the expression reads at one element, without repeats, in order, each with the size of what it adds.

    Parts of a sum that add nothing are left out; whatever is not part of a sum counts as infinitely large.
    """
    found: dict[tuple[str, int, tuple[tuple[str, int], ...]], tuple[Read, float]] = {}
    for (name, when, where), adds in _walk(results, expr, year, at):
        own = {d: where[d] for d in results.model.dims_of(name)}
        found.setdefault((name, when, tuple(own.items())), ((name, when, own), adds))
    return list(found.values())


def _walk(results: Results, e: Expr, year: int, at: dict[str, int]) -> list[tuple[Read, float]]:
    model = results.model
    if e.op == "ref":
        return [((e.name, year, at), inf)]
    if e.op == "prior":
        if year == 0:
            return _walk(results, e.args[1], 0, at)
        return [((e.args[0].name, year - 1, at), inf)]
    if e.op in ("total", "weighted"):
        return _parts(results, e, year, at)
    if e.op == "up":
        link = model.map[e.by]
        group = link.to[at[link.source]]
        return [((e.args[0].name, year, at | {link.target: group}), inf)] if group >= 0 else []
    if e.op in ("running", "shift", "last"):
        return _ordered(results, e, year, at)
    return [read for a in e.args for read in _walk(results, a, year, at)]


def _parts(results: Results, e: Expr, year: int, at: dict[str, int]) -> list[tuple[Read, float]]:
    """The parts of a sum that add something: values, or pairs of a value and its weight."""
    found: list[tuple[Read, float]] = []
    for where in _summed(results.model, e, at):
        adds = abs(prod(_value(results, a.name, year, where) for a in e.args))
        if adds > 0:
            found += [((a.name, year, where), adds) for a in e.args]
    return found


def _summed(model: Model, e: Expr, at: dict[str, int]) -> list[dict[str, int]]:
    members = range(len(model.dimension[e.over].members))
    if not e.by:
        return [at | {e.over: k} for k in members]
    link = model.map[e.by]
    return [at | {e.over: k} for k in members if link.to[k] == at[link.target]]


def _ordered(results: Results, e: Expr, year: int, at: dict[str, int]) -> list[tuple[Read, float]]:
    name, end = e.args[0].name, len(results.model.dimension[e.over].members) - 1
    if e.op == "last":
        return [((name, year, at | {e.over: end}), inf)]
    if e.op == "running":
        return [((name, year, at | {e.over: k}), inf) for k in range(at[e.over] + 1)]
    if at.get(e.over, 0) == 0:
        return _walk(results, e.args[1], year, at)
    return [((name, year, at | {e.over: at[e.over] - 1}), inf)]


def largest_element(results: Results, name: str, year: int, fixed: Mapping[str, int]) -> dict[str, int]:
    """The element with the largest absolute value among those that agree with `fixed`: a start for an explanation."""
    model = results.model
    ranges = [[fixed[d]] if d in fixed else range(len(model.dimension[d].members)) for d in model.dims_of(name)]
    positions = [dict(zip(model.dims_of(name), p, strict=True)) for p in product(*ranges)]
    sizes = [abs(_value(results, name, year, p)) for p in positions]
    return positions[int(np.argmax(sizes))]
