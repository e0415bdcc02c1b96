"""The numpy reader for one future: every row once, for all years at once where no circle through `prior` forbids it.

Arrays have a fixed order of axes: year, then every dimension of the model (size 1 where the row has not got it), then
draws last. Outside this package an array shows only its own axes: `(years, *own dimensions, draws)`.

A reader can be given rows as well as inputs and computes only what lies downstream of them:

    recalculate(model, results, {"member_share": array})       # all else is taken from `results`

Rows in a circle through `prior` (an account that earns interest on its own balance) are stepped year by year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mcp_finance.rows.expr import Expr
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Map

Array = NDArray[np.float64]
Frame = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Results:
    """Values of rows and inputs. `values[name]` has axes `(years, *own dimensions, draws)`; inputs may have 1 year.

    Rows in `given` were supplied, not computed, and stay as they are in a recalculation.
    """

    model: Model
    full: Frame
    given: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Array:
        return compact(self.model, name, self.full[name])

    def __contains__(self, name: object) -> bool:
        return name in self.full

    def series(self, name: str, **at: str) -> Array:
        """One value a year, of one element, in the first draw. `at` names a member for each dimension of the row."""
        position = tuple(self.model.dimension[d].members.index(at[d]) for d in self.model.dims_of(name))
        found = np.moveaxis(self[name], 0, -1)[(*position, 0)]
        return np.broadcast_to(found, (len(self.model.years),))

    def final(self, name: str, **at: str) -> float:
        """The last year's value of one element, in the first draw."""
        return float(self.series(name, **at)[-1])


def expand(model: Model, name: str, values: Array) -> Array:
    """From `(years or 1, *own dimensions[, draws])` to the fixed order of axes.

    Raises:
        ValueError: the shape does not fit the model.
    """
    own = model.shape(name)
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1 + len(own):
        array = array[..., None]
    if array.shape[1:-1] != own or array.shape[0] not in (1, len(model.years)):
        raise ValueError(f"{name}: shape {array.shape}, but ({len(model.years)} or 1, {own}, draws) is needed")
    return array.reshape(array.shape[0], *model.full_shape[name], array.shape[-1])


def compact(model: Model, name: str, full: Array) -> Array:
    """From the fixed order of axes to `(years or 1, *own dimensions, draws)`."""
    return full.reshape(full.shape[0], *model.shape(name), full.shape[-1])


def evaluate(model: Model, inputs: Mapping[str, Array], *, given: Mapping[str, Array] | None = None) -> Results:
    """Every row, in every year. `given` rows are taken as they are and not computed.

    Raises:
        ValueError: an input is missing or has the wrong shape.
    """
    if missing := sorted(model.inputs.keys() - inputs.keys()):
        raise ValueError(f"inputs without a value: {', '.join(missing)}")
    supplied = given or {}
    frame = {n: expand(model, n, inputs[n]) for n in model.inputs}
    frame |= {n: expand(model, n, v) for n, v in supplied.items()}
    _compute(model, frame, set(model.rows) - supplied.keys())
    return Results(model, frame, frozenset(supplied))


def opening_values(results: Results) -> dict[str, Array]:
    """For every row or input that has an opening, its value before the first year, over its own dimensions."""
    reader = _AllYears(results.model, results.full)
    found = {}
    for name, opening in results.model.openings().items():
        value = np.asarray(reader.value(opening))
        first = value[0, ..., 0] if value.ndim else value
        wide = np.broadcast_to(first, results.full[name].shape[1:-1])
        found[name] = wide.reshape(results.model.shape(name))
    return found


def evaluate_static(model: Model, inputs: Mapping[str, Array], rows: set[str]) -> Frame:
    """All inputs given and the `rows`, which must not depend on any other, in the fixed order of axes."""
    frame = {n: expand(model, n, v) for n, v in inputs.items()}
    _compute(model, frame, rows)
    return frame


def recalculate(model: Model, before: Results, changes: Mapping[str, Array]) -> Results:
    """What `before` becomes when inputs or rows are replaced: only rows downstream of the changes are computed.

    Rows replaced here, like those given to `before`, are not computed.

    Raises:
        ValueError: a change names neither an input nor a row, or has the wrong shape.
    """
    if unknown := sorted(changes.keys() - before.full.keys()):
        raise ValueError(f"neither inputs nor rows: {', '.join(unknown)}")
    given = before.given | (changes.keys() & model.rows.keys())
    todo = model.downstream(changes, given) - given
    frame = {n: v for n, v in before.full.items() if n not in todo}
    frame |= {n: expand(model, n, v) for n, v in changes.items()}
    _compute(model, frame, todo)
    return Results(model, frame, given)


def _compute(model: Model, frame: Frame, todo: set[str]) -> None:
    for block in model.blocks:
        names = [n for n in block if n in todo]
        if len(block) == 1 and names and not _reads_itself(model, block[0]):
            reader = _AllYears(model, frame)
            frame[block[0]] = _full_years(model, block[0], reader.value(model.rows[block[0]].expr))
        elif names:
            _step_years(model, frame, names)


def _reads_itself(model: Model, name: str) -> bool:
    return name in model.readers[name]


def _full_years(model: Model, name: str, value: Array | float) -> Array:
    array = _full_dims(model, name, np.asarray(value, dtype=np.float64))
    if array.shape[0] == len(model.years):
        return array
    return np.broadcast_to(array, (len(model.years), *array.shape[1:]))


def _full_dims(model: Model, name: str, value: Array) -> Array:
    """The value over all of the row's elements: an opening may have fewer dimensions than the row itself."""
    shape = model.full_shape[name]
    if value.shape[1:-1] == shape:
        return value
    years, draws = (value.shape[0], value.shape[-1]) if value.ndim else (1, 1)
    return np.broadcast_to(value, (years, *shape, draws))


def _step_years(model: Model, frame: Frame, names: list[str]) -> None:
    """Step the rows of one circle year by year; rows of it that were supplied stand already in the frame."""
    years: dict[str, list[Array]] = {n: [] for n in names}
    for t in range(len(model.years)):
        reader = _OneYear(model, frame, years, t)
        for name in names:
            value = np.asarray(reader.value(model.rows[name].expr), dtype=np.float64)
            years[name].append(_full_dims(model, name, value))
    for name, values in years.items():
        draws = max(v.shape[-1] for v in values)
        frame[name] = np.empty((len(values), *model.full_shape[name], draws))
        for t, value in enumerate(values):
            frame[name][t] = value[0]


class _AllYears:
    """Evaluates an expression for every year at once."""

    def __init__(self, model: Model, frame: Frame) -> None:
        self.model, self.frame = model, frame

    def ref(self, name: str) -> Array:
        return self.frame[name]

    def prior(self, e: Expr) -> Array:
        now = self.frame[e.args[0].name]
        first = self.value(e.args[1])
        opening = first[:1] if isinstance(first, np.ndarray) and first.ndim else first
        wide = now.shape if np.ndim(opening) == 0 else np.broadcast_shapes(now[:1].shape, np.shape(opening))
        out = np.empty((len(self.model.years), *wide[1:]))
        out[:1] = opening
        out[1:] = now if now.shape[0] == 1 else now[:-1]
        return out

    def value(self, e: Expr) -> Array | float:
        if e.op == "ref":
            return self.ref(e.name)
        if (elementwise := ELEMENTWISE.get(e.op)) is not None:
            return elementwise(*[self.value(a) for a in e.args])
        if e.op == "num":
            return e.value
        if e.op == "prior":
            return self.prior(e)
        return ALONG[e.op](self.model, e, [np.asarray(self.value(a)) for a in e.args])


class _OneYear(_AllYears):
    """Evaluates an expression for one year of a circle; `years` holds what the circle's rows were so far."""

    def __init__(self, model: Model, frame: Frame, years: Mapping[str, list[Array]], t: int) -> None:
        super().__init__(model, frame)
        self.years, self.t = years, t

    def ref(self, name: str) -> Array:
        if name in self.years:
            return self.years[name][self.t]
        return self._at(self.frame[name], self.t)

    def prior(self, e: Expr) -> Array:
        name = e.args[0].name
        if self.t == 0:
            return np.asarray(self.value(e.args[1]))
        return self.years[name][self.t - 1] if name in self.years else self._at(self.frame[name], self.t - 1)

    @staticmethod
    def _at(array: Array, t: int) -> Array:
        return array if array.shape[0] == 1 else array[t : t + 1]


def _fold(f: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    def folded(first: Array, *rest: Array) -> Array:
        for a in rest:
            first = f(first, a)
        return first

    return folded


def _ratio(above: Array, below: Array) -> Array:
    out = np.zeros(np.broadcast_shapes(np.shape(above), np.shape(below)))
    return np.divide(above, below, out=out, where=np.asarray(below) != 0)


ELEMENTWISE: dict[str, Callable[..., Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "neg": np.negative,
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "least": _fold(np.minimum),
    "most": _fold(np.maximum),
    "size": np.absolute,
    "choose": np.where,
    "ratio": _ratio,
}


def axis_of(model: Model, dimension: str) -> int:
    """The array axis of a dimension: years are axis 0."""
    return model.axis[dimension] + 1


@dataclass(frozen=True, slots=True)
class _Grouping:
    """A map as arrays: each member's group, who has one, and the members in the order of their groups."""

    group: NDArray[np.intp]
    mapped: NDArray[np.bool_]
    order: NDArray[np.intp]
    present: NDArray[np.intp]
    starts: NDArray[np.intp]


@cache
def _grouping(link: Map) -> _Grouping:
    to = np.asarray(link.to)
    order = np.argsort(to, kind="stable")
    order = order[to[order] >= 0]
    present, starts = np.unique(to[order], return_index=True)
    return _Grouping(np.maximum(to, 0), to >= 0, order, present, starts)


def _total(model: Model, e: Expr, args: list[Array]) -> Array:
    axis = axis_of(model, e.over)
    if not e.by:
        summed: Array = np.add.reduce(args[0], axis=axis, keepdims=True)
        return summed
    link, groups = model.map[e.by], _grouping(model.map[e.by])
    target = axis_of(model, link.target)
    moved = args[0].take(groups.order, axis=axis).swapaxes(axis, target)
    size = len(model.dimension[link.target].members)
    out = np.zeros((*moved.shape[:target], size, *moved.shape[target + 1 :]))
    if len(groups.order):
        out[(slice(None),) * target + (groups.present,)] = np.add.reduceat(moved, groups.starts, axis=target)
    return out


def _weighted(model: Model, e: Expr, args: list[Array]) -> Array:
    summed: Array = np.add.reduce(args[0] * args[1], axis=axis_of(model, e.over), keepdims=True)
    return summed


def _up(model: Model, e: Expr, args: list[Array]) -> Array:
    link, groups = model.map[e.by], _grouping(model.map[e.by])
    source, target = axis_of(model, link.source), axis_of(model, link.target)
    found: Array = args[0].take(groups.group, axis=target).swapaxes(source, target)
    if not groups.mapped.all():
        mapped = groups.mapped.reshape([-1 if k == source else 1 for k in range(found.ndim)])
        found = np.where(mapped, found, 0.0)
    return found


def _running(model: Model, e: Expr, args: list[Array]) -> Array:
    summed: Array = np.cumsum(args[0], axis=axis_of(model, e.over))
    return summed


def _shift(model: Model, e: Expr, args: list[Array]) -> Array:
    axis = axis_of(model, e.over)
    moved, first = args
    if first.ndim == 0:
        first = first.reshape((1,) * moved.ndim)
    at_first = np.take(first, [0], axis=axis)
    shape = list(np.broadcast_shapes(np.take(moved, [0], axis=axis).shape, at_first.shape))
    rest = np.take(moved, range(moved.shape[axis] - 1), axis=axis)
    wide = [*shape]
    wide[axis] = rest.shape[axis]
    return np.concatenate([np.broadcast_to(at_first, shape), np.broadcast_to(rest, wide)], axis=axis)


def _last(model: Model, e: Expr, args: list[Array]) -> Array:
    found: Array = np.take(args[0], [-1], axis=axis_of(model, e.over))
    return found


ALONG: dict[str, Callable[[Model, Expr, list[Array]], Array]] = {
    "total": _total,
    "weighted": _weighted,
    "up": _up,
    "running": _running,
    "shift": _shift,
    "last": _last,
}
