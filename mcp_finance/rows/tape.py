"""Writing rows as a tape of numpy calls over shared buffers.

Each call is bound to its operands and its output when the tape is written; running the tape is a loop without look-ups.
A temporary gives its buffer to the result where the shapes agree, and goes back to the pool where they do not. A row's
buffer goes back once the last row that reads it has been written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcp_finance.rows.evaluate import Array, axis_of
from mcp_finance.rows.expr import Expr
from mcp_finance.rows.model import Model, reads

Call = Callable[[], object]
Tape = tuple[Call, ...]
AnyArray = NDArray[Any]
LAST_YEAR = "last year's "


@dataclass(slots=True)
class Pool:
    """Buffers by shape and type, handed out and taken back."""

    free: dict[tuple[tuple[int, ...], str], list[AnyArray]] = field(default_factory=dict)
    all: list[AnyArray] = field(default_factory=list)

    def get(self, shape: tuple[int, ...], kind: type = float) -> AnyArray:
        stock = self.free.setdefault((shape, np.dtype(kind).char), [])
        if stock:
            return stock.pop()
        self.all.append(np.empty(shape, dtype=kind))
        return self.all[-1]

    def put(self, array: AnyArray) -> None:
        self.free.setdefault((array.shape, array.dtype.char), []).append(array)


@dataclass(frozen=True, slots=True)
class _Value:
    """An operand: its buffer, and whether the buffer may be overwritten by whoever reads it last."""

    array: AnyArray
    spare: bool


BINARY: dict[str, Any] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "least": np.minimum,
    "most": np.maximum,
}
TESTS = (">", ">=", "<", "<=", "and", "or")


class Writer:
    """Writes the tapes for chunks of `draws`.

    `named` are the buffers of inputs and of rows that no draw reaches, `before` those of last year's values; rows in
    `lasting` keep their buffers to the end of the year.
    """

    def __init__(
        self,
        model: Model,
        pool: Pool,
        draws: int,
        named: Mapping[str, Array],
        before: Mapping[str, Array],
        moving: set[str],
        lasting: set[str],
    ) -> None:
        self.model, self.pool, self.draws, self.named, self.before = model, pool, draws, named, before
        self.order = [n for n in model.order if n in moving]
        self.lasting = lasting
        self.tape: list[Call] = []
        self.rows: dict[str, AnyArray] = {}
        self.first_year = True

    def write(self, *, first_year: bool) -> tuple[Tape, dict[str, Array]]:
        """The tape of the first or of a later year, and the buffers of the rows that last to the end of it."""
        self.tape, self.rows, self.first_year = [], {}, first_year
        last_reader = {read: name for name in self.order for read in reads(self.model.rows[name].expr)}
        for name in self.order:
            self.rows[name] = self._own(name, self._value(self.model.rows[name].expr))
            for read in {*reads(self.model.rows[name].expr), name}:
                over = last_reader.get(read, read) == name
                if read in self.rows and over and read not in self.lasting:
                    self.pool.put(self.rows.pop(read))
        ready = dict(self.rows)
        for array in ready.values():
            self.pool.put(array)
        return tuple(self.tape), ready

    def _own(self, name: str, value: _Value) -> AnyArray:
        """The value in a buffer of the row's own: an opening may have fewer dimensions than the row itself."""
        shape = (1, *self.model.full_shape[name], self.draws)
        if value.spare and value.array.shape == shape:
            return value.array
        out = self.pool.get(shape)
        self._call(np.copyto, out, value.array)
        if value.spare:
            self.pool.put(value.array)
        return out

    def _call(self, f: Callable[..., object], *args: object) -> None:
        self.tape.append(partial(f, *args))

    def _value(self, e: Expr) -> _Value:
        if e.op == "num":
            return _Value(np.full((1,) * (len(self.model.dims) + 2), e.value), False)
        if e.op == "ref":
            return self._ref(e.name)
        if e.op == "prior":
            return self._prior(e)
        if e.op in ("total", "weighted", "up", "running", "shift", "last"):
            return self._along(e)
        args = [self._value(a) for a in e.args]
        if e.op == "choose":
            return self._choose(*args)
        if e.op == "ratio":
            return self._ratio(*args)
        if e.op in ("neg", "size"):
            out = self._out(args[0].array.shape, float, args)
            self._call(np.negative if e.op == "neg" else np.absolute, args[0].array, out)
            return _Value(out, True)
        value = args[0]
        for other in args[1:]:
            value = self._binary(e.op, value, other)
        return value

    def _ref(self, name: str) -> _Value:
        return _Value(self.rows[name] if name in self.rows else self.named[name], False)

    def _prior(self, e: Expr) -> _Value:
        name = e.args[0].name
        if self.first_year:
            value = self._value(e.args[1])
            if name not in self.before or value.array.shape == self.before[name].shape:
                return value
            wide = self.pool.get(self.before[name].shape)
            self._call(np.copyto, wide, value.array)
            return _Value(wide, True)
        if name in self.before:
            return _Value(self.before[name], False)
        return _Value(self.named[LAST_YEAR + name], False)

    def _out(self, shape: tuple[int, ...], kind: type, args: list[_Value]) -> AnyArray:
        """A buffer for a result: one of the spare operands if it fits, the others going back to the pool."""
        chosen: AnyArray | None = None
        for value in args:
            if not value.spare:
                continue
            if chosen is None and value.array.shape == shape and value.array.dtype == kind:
                chosen = value.array
            else:
                self.pool.put(value.array)
        return self.pool.get(shape, kind) if chosen is None else chosen

    def _binary(self, op: str, a: _Value, b: _Value) -> _Value:
        shape = np.broadcast_shapes(a.array.shape, b.array.shape)
        out = self._out(shape, bool if op in TESTS else float, [a, b])
        self.tape.append(partial(BINARY[op], a.array, b.array, out=out))
        return _Value(out, True)

    def _choose(self, test: _Value, yes: _Value, no: _Value) -> _Value:
        shape = np.broadcast_shapes(test.array.shape, yes.array.shape, no.array.shape)
        if no.spare and no.array.shape == shape:
            out = no.array
        else:
            out = self.pool.get(shape)
            self._call(np.copyto, out, no.array)
            if no.spare:
                self.pool.put(no.array)
        self.tape.append(partial(np.copyto, out, yes.array, where=test.array))
        for value in (test, yes):
            if value.spare:
                self.pool.put(value.array)
        return _Value(out, True)

    def _ratio(self, above: _Value, below: _Value) -> _Value:
        shape = np.broadcast_shapes(above.array.shape, below.array.shape)
        out, mask = self.pool.get(shape), self.pool.get(below.array.shape, bool)
        self._call(np.not_equal, below.array, 0.0, mask)
        self._call(out.fill, 0.0)
        self.tape.append(partial(np.divide, above.array, below.array, out, where=mask))
        self.pool.put(mask)
        for value in (above, below):
            if value.spare:
                self.pool.put(value.array)
        return _Value(out, True)

    def _along(self, e: Expr) -> _Value:
        x = self._ref(e.args[0].name).array
        axis = axis_of(self.model, e.over) if e.over else 0
        if e.op == "last":
            return _Value(x[_cut(axis, x.shape[axis] - 1, x.shape[axis])], False)
        if e.op == "total":
            return self._total(e, x, axis)
        if e.op == "up":
            return self._up(e, x)
        if e.op == "weighted":
            w = self._ref(e.args[1].name).array
            both = self.pool.get(np.broadcast_shapes(x.shape, w.shape))
            self._call(np.multiply, x, w, both)
            out = self.pool.get(_with(both.shape, axis, 1))
            self._sum(both, axis, out)
            self.pool.put(both)
            return _Value(out, True)
        if e.op == "running":
            out = self.pool.get(x.shape)
            self._call(np.cumsum, x, axis, None, out)
            return _Value(out, True)
        return self._shift(e, x, axis)

    def _shift(self, e: Expr, x: AnyArray, axis: int) -> _Value:
        first = self._value(e.args[1])
        n = x.shape[axis]
        shape = np.broadcast_shapes(x.shape, _with(first.array.shape, axis, n))
        out = self.pool.get(shape)
        at_first = first.array if first.array.shape[axis] == 1 else first.array[_cut(axis, 0, 1)]
        self._call(np.copyto, out[_cut(axis, 0, 1)], at_first)
        self._call(np.copyto, out[_cut(axis, 1, n)], x[_cut(axis, 0, n - 1)])
        if first.spare:
            self.pool.put(first.array)
        return _Value(out, True)

    def _total(self, e: Expr, x: AnyArray, axis: int) -> _Value:
        if not e.by:
            out = self.pool.get(_with(x.shape, axis, 1))
            self._sum(x, axis, out)
            return _Value(out, True)
        link = self.model.map[e.by]
        target = axis_of(self.model, link.target)
        groups = len(self.model.dimension[link.target].members)
        out = self.pool.get(_with(_with(x.shape, axis, 1), target, groups))
        for g in range(groups):
            here = out[_cut(target, g, g + 1)]
            members = [k for k, to in enumerate(link.to) if to == g]
            if not members:
                self._call(here.fill, 0.0)
            elif members == list(range(members[0], members[-1] + 1)):
                self._sum(x[_cut(axis, members[0], members[-1] + 1)], axis, here)
            else:
                self._add_up(x, axis, members, here)
        return _Value(out, True)

    def _sum(self, x: AnyArray, axis: int, out: AnyArray) -> None:
        """Add up member by member: where there is one draw, numpy would add in pairs and round differently."""
        if x.shape[-1] > 1:
            self._call(np.add.reduce, x, axis, None, out, True)
        else:
            self._add_up(x, axis, list(range(x.shape[axis])), out)

    def _add_up(self, x: AnyArray, axis: int, members: list[int], out: AnyArray) -> None:
        self._call(np.copyto, out, x[_cut(axis, members[0], members[0] + 1)])
        for k in members[1:]:
            self._call(np.add, out, x[_cut(axis, k, k + 1)], out)

    def _up(self, e: Expr, x: AnyArray) -> _Value:
        link = self.model.map[e.by]
        source, target = axis_of(self.model, link.source), axis_of(self.model, link.target)
        out = self.pool.get(_with(_with(x.shape, target, 1), source, len(link.to)))
        for k, to in enumerate(link.to):
            here = out[_cut(source, k, k + 1)]
            if to < 0:
                self._call(here.fill, 0.0)
            else:
                self._call(np.copyto, here, x[_cut(target, to, to + 1)])
        return _Value(out, True)


def _cut(axis: int, first: int, last: int) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, slice(first, last))


def _with(shape: tuple[int, ...], axis: int, size: int) -> tuple[int, ...]:
    return (*shape[:axis], size, *shape[axis + 1 :])
