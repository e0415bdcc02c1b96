"""The meaning of every operation, written down a second time and as simply as can be.

One element in one year at a time, in fractions, by recursion: nothing is shared with the readers of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.expr import Expr
from mcp_finance.rows.row import Dimension, InputSpec, Map, Row

Dims = tuple[str, ...]
At = Mapping[str, int]
EXACT_BITS = 2**48


class Reference:
    """The value of any element in any year by the definition of each operation, in fractions.

    It reads rows as they were written, before the model lowers them. `exact` says whether every number met on the way
    has so few binary places that floating point holds it, and any sum of such numbers, without rounding.
    """

    def __init__(
        self,
        rows: Mapping[str, Row],
        specs: Mapping[str, InputSpec],
        dims: Mapping[str, Dimension],
        maps: Mapping[str, Map],
        values: Mapping[str, Array],
    ) -> None:
        self.rows, self.specs, self.dims, self.maps, self.values = rows, specs, dims, maps, values
        self.known: dict[tuple[str, int, tuple[int, ...]], Fraction] = {}
        self.largest, self.finest = Fraction(1), 1

    @property
    def exact(self) -> bool:
        return self.finest & (self.finest - 1) == 0 and self.largest * self.finest < EXACT_BITS

    def dims_of(self, name: str) -> Dims:
        return self.rows[name].dims if name in self.rows else self.specs[name].dims

    def seen(self, value: Fraction) -> Fraction:
        self.largest = max(self.largest, abs(value))
        self.finest = max(self.finest, value.denominator)
        if value.denominator & (value.denominator - 1):
            self.finest = 3
            self.largest = Fraction(EXACT_BITS)
        return value

    def named(self, name: str, year: int, at: At) -> Fraction:
        place = tuple(at[d] for d in self.dims_of(name))
        if (name, year, place) not in self.known:
            if name in self.rows:
                own = dict(zip(self.dims_of(name), place, strict=True))
                found = Fraction(self.value(self.rows[name].expr, year, own))
            else:
                found = Fraction(float(self.values[name][(year if self.specs[name].yearly else 0, *place)]))
            self.known[name, year, place] = self.seen(found)
        return self.known[name, year, place]

    def value(self, e: Expr, year: int, at: At) -> Fraction | bool:
        found = MEANING[e.op](self, e, year, at)
        return found if isinstance(found, bool) else self.seen(Fraction(found))

    def sum(self, parts: Sequence[Fraction]) -> Fraction:
        self.seen(sum((abs(p) for p in parts), Fraction(0)))
        return sum(parts, Fraction(0))

    def along(self, name: str, over: str, year: int, at: At, until: int = -1) -> list[Fraction]:
        stop = len(self.dims[over].members) if until < 0 else until
        return [self.named(name, year, {**at, over: k}) for k in range(stop)]


Meaning = Callable[[Reference, Expr, int, At], Fraction | float | bool]


def _args(f: Callable[..., Any]) -> Meaning:
    return lambda r, e, t, at: f(*(r.value(a, t, at) for a in e.args))


def _total(r: Reference, e: Expr, t: int, at: At) -> Fraction:
    name, members = e.args[0].name, list(range(len(r.dims[e.over].members)))
    if e.by:
        link = r.maps[e.by]
        members = [k for k in members if link.to[k] == at[link.target]]
    return r.sum([r.named(name, t, {**at, e.over: k}) for k in members])


def _weighted(r: Reference, e: Expr, t: int, at: At) -> Fraction:
    pairs = zip(*(r.along(a.name, e.over, t, at) for a in e.args), strict=True)
    return r.sum([r.seen(x * w) for x, w in pairs])


def _up(r: Reference, e: Expr, t: int, at: At) -> Fraction:
    link = r.maps[e.by]
    group = link.to[at[link.source]]
    return r.named(e.args[0].name, t, {**at, link.target: group}) if group >= 0 else Fraction(0)


def _shift(r: Reference, e: Expr, t: int, at: At) -> Fraction | bool:
    if at[e.over] == 0:
        return r.value(e.args[1], t, at)
    return r.named(e.args[0].name, t, {**at, e.over: at[e.over] - 1})


def _interpolate(r: Reference, e: Expr, t: int, at: At) -> Fraction:
    x = Fraction(r.value(e.args[0], t, at))
    xs, ys = (r.along(a.name, e.over, t, at) for a in e.args[1:])
    if x <= xs[0]:
        return ys[0]
    for k in range(1, len(xs)):
        slope = r.seen((ys[k] - ys[k - 1]) / (xs[k] - xs[k - 1]))
        r.seen(slope * (abs(x) + abs(xs[k])))
        if x <= xs[k]:
            return ys[k - 1] + slope * (x - xs[k - 1])
    return ys[-1]


def _steps(r: Reference, e: Expr, t: int, at: At) -> Fraction:
    x = Fraction(r.value(e.args[0], t, at))
    ends, values = (r.along(a.name, e.over, t, at) for a in e.args[1:])
    return next((v for end, v in zip(ends, values, strict=True) if x <= end), values[-1])


MEANING: dict[str, Meaning] = {
    "num": lambda r, e, t, at: e.value,
    "ref": lambda r, e, t, at: r.named(e.name, t, at),
    "+": _args(lambda a, b: a + b),
    "-": _args(lambda a, b: a - b),
    "*": _args(lambda a, b: a * b),
    "/": _args(lambda a, b: a / b),
    "neg": _args(lambda a: -a),
    ">": _args(lambda a, b: a > b),
    ">=": _args(lambda a, b: a >= b),
    "<": _args(lambda a, b: a < b),
    "<=": _args(lambda a, b: a <= b),
    "and": _args(lambda a, b: a and b),
    "or": _args(lambda a, b: a or b),
    "least": _args(lambda *a: min(a)),
    "most": _args(lambda *a: max(a)),
    "size": _args(abs),
    "choose": _args(lambda test, yes, no: yes if test else no),
    "ratio": _args(lambda a, b: a / b if b else Fraction(0)),
    "total": _total,
    "weighted": _weighted,
    "up": _up,
    "running": lambda r, e, t, at: r.sum(r.along(e.args[0].name, e.over, t, at, at[e.over] + 1)),
    "shift": _shift,
    "last": lambda r, e, t, at: r.named(e.args[0].name, t, {**at, e.over: len(r.dims[e.over].members) - 1}),
    "prior": lambda r, e, t, at: r.named(e.args[0].name, t - 1, at) if t else r.value(e.args[1], 0, at),
    "interpolate": _interpolate,
    "steps": _steps,
}
