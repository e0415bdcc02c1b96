"""Random models, for tests that hold the readers of rows together.

They hold only numbers with few binary places, and divide only by powers of two, so that every reader must agree with
the definitions in `reference` *exactly*: rounding cannot excuse a difference, and a comparison of equal numbers cannot
fall on different sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from reference import Dims, Reference

from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.expr import (
    Expr,
    choose,
    interpolate,
    last,
    least,
    most,
    prior,
    ratio,
    running,
    shift,
    size,
    steps,
    total,
    up,
    walk,
    weighted,
    words,
)
from mcp_finance.rows.model import Model, build
from mcp_finance.rows.row import Dimension, InputSpec, Map, Row, RowFunction

ORDER = ("area", "pool", "line", "month", "point")
DIM_SETS: tuple[Dims, ...] = (
    (),
    ("area",),
    ("pool",),
    ("line",),
    ("month",),
    ("area", "pool"),
    ("area", "month"),
    ("pool", "month"),
    ("line", "month"),
    ("area", "line", "month"),
)
MAP_ENDS = {"pool": ("line", "pool"), "home": ("pool", "area"), "keeper": ("line", "area")}
HALVES = tuple(k / 2 for k in range(-4, 7))
DIVISORS = (0.0, 0.5, 1.0, 2.0, -2.0)


def ref(name: str) -> Expr:
    return Expr("ref", name=name)


def one_row(name: str, expr: Expr, dims: Dims = (), sheet: str = "Rows", **kw: Any) -> Row:
    return Row(name, expr, dims, sheet, "GBP", f"The row {name}.", **kw)


def model_of(
    functions: Sequence[RowFunction | Row],
    inputs: Sequence[InputSpec],
    dims: Sequence[Dimension] = (),
    maps: Sequence[Map] = (),
    years: int = 3,
) -> Model:
    """A model from row functions or rows, over years labelled 1, 2, 3."""
    rows = [f.trace() if isinstance(f, RowFunction) else f for f in functions]
    return build(dims, maps, [str(1 + k) for k in range(years)], inputs, rows)


@dataclass(frozen=True, repr=False)
class Case:
    """A random model, the rows as written, and inputs for every draw (those not in `drawn` are the same in all)."""

    model: Model
    rows: dict[str, Row]
    inputs: dict[str, Array]
    drawn: tuple[str, ...]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a failing test prints."""
        printer.text(self.story())

    def story(self) -> str:
        m = self.model
        lines = [f"{len(m.years)} years", *(f"{d.name}: {len(d.members)}" for d in m.dims)]
        lines += [f"{x.name}: {x.source} to {x.target} {x.to}" for x in m.maps]
        lines += [f"{r.name} {r.dims} on {r.sheet} = {words(r.expr)}" for r in m.rows.values()]
        used = dict.fromkeys(e.name for r in m.rows.values() for e in walk(r.expr) if e.name in m.inputs)
        lines += [f"{n}{' (drawn)' if n in self.drawn else ''} = {self.inputs[n].tolist()}" for n in used]
        return "\n".join(["Case", *lines])

    @property
    def draws(self) -> int:
        return next(iter(self.inputs.values())).shape[-1]

    def draw(self, k: int) -> dict[str, Array]:
        return {n: v[..., k] for n, v in self.inputs.items()}

    def reference(self, k: int) -> Reference:
        m = self.model
        return Reference(self.rows, m.inputs, m.dimension, m.map, self.draw(k))

    def expected(self, name: str, reference: Reference) -> Array:
        """The row by the reference, `(years, *own dimensions)`."""
        dims, shape = self.model.dims_of(name), self.model.shape(name)
        out = np.empty((len(self.model.years), *shape))
        for t, *place in product(*(range(n) for n in out.shape)):
            out[(t, *place)] = float(reference.named(name, t, dict(zip(dims, place, strict=True))))
        return out


Pick = Callable[[Sequence[Any]], Any]
Maker = Callable[["Writer", Dims, int], "Expr | None"]


@dataclass
class Writer:
    """Writes random expressions whose dimensions lie within given ones; `number` is the row being written."""

    pick: Pick
    rows: dict[str, Dims]
    specs: dict[str, InputSpec]
    openings: dict[str, Expr] = field(default_factory=dict)
    number: int = 0
    may_look_back: bool = True

    def dims_of(self, name: str) -> Dims:
        return self.rows[name] if name in self.rows else self.specs[name].dims

    def names(self) -> list[str]:
        """Inputs and rows written before; growth inputs are read as `1 + g` only."""
        return [n for n, s in self.specs.items() if not s.growth] + list(self.rows)[: self.number]

    def among(self, names: Sequence[Any]) -> Any:
        return self.pick(list(names)) if names else None

    def expr(self, within: Dims, depth: int) -> Expr:
        if depth > 0:
            ops = [op for op in MAKERS if self.may_look_back or op != "prior"]
            made = MAKERS[self.pick(ops)](self, within, depth - 1)
            if made is not None:
                return made
        fitting = [n for n in self.names() if set(self.dims_of(n)) <= set(within)]
        return ref(self.pick(fitting))

    def test(self, within: Dims, depth: int) -> Expr:
        if depth > 0 and self.pick((False, True)):
            left, right = self.test(within, depth - 1), self.test(within, depth - 1)
            return left & right if self.pick((False, True)) else left | right
        return comparison(self, within, depth, self.pick((">", ">=", "<", "<=")))


def comparison(w: Writer, within: Dims, depth: int, op: str) -> Expr:
    a, b = w.expr(within, depth - 1), w.pick((0, 1, w.expr(within, depth - 1)))
    return {">": a > b, ">=": a >= b, "<": a < b, "<=": a <= b}[op]


def _two(f: Callable[[Expr, Expr], Expr]) -> Maker:
    return lambda w, within, depth: f(w.expr(within, depth), w.expr(within, depth))


def _tested(op: str) -> Maker:
    def make(w: Writer, within: Dims, depth: int) -> Expr:
        if op in ("and", "or"):
            a, b = w.test(within, depth - 1), w.test(within, depth - 1)
            test = a & b if op == "and" else a | b
        else:
            test = comparison(w, within, depth, op)
        return choose(test, w.expr(within, 0), w.pick((0, 1, w.expr(within, 0))))

    return make


def _times(w: Writer, within: Dims, depth: int) -> Expr:
    growth = [n for n, s in w.specs.items() if s.growth and set(s.dims) <= set(within)]
    plain = [n for n, s in w.specs.items() if not s.growth and set(s.dims) <= set(within)]
    factor = 1 + ref(w.pick(growth)) if growth and w.pick((False, True)) else ref(w.pick(plain))
    return w.expr(within, depth) * factor


def _divided(f: Callable[[Expr, Expr], Expr], prefix: str) -> Maker:
    def make(w: Writer, within: Dims, depth: int) -> Expr:
        divisors = [n for n, s in w.specs.items() if n.startswith(prefix) and set(s.dims) <= set(within)]
        return f(w.expr(within, depth), ref(w.pick(divisors)))

    return make


def make_total(w: Writer, within: Dims, depth: int, *, by: bool | None = None) -> Expr | None:
    ways: list[tuple[str, str, str]] = []
    for n in w.names():
        dims = set(w.dims_of(n))
        ways += [(n, d, "") for d in dims if by is not True and dims - {d} <= set(within)]
        for m, (source, target) in MAP_ENDS.items():
            fits = source in dims and target not in dims and dims - {source} | {target} <= set(within)
            ways += [(n, source, m)] if fits and by is not False else []
    way = w.among(sorted(ways))
    return total(ref(way[0]), over=way[1], by=way[2]) if way else None


def make_weighted(w: Writer, within: Dims, depth: int) -> Expr | None:
    deep = [(n, w.dims_of(n)) for n in w.names() if w.dims_of(n)]
    pairs = [
        (x, y, xs[-1])
        for x, xs in deep
        for y, ys in deep
        if y in w.specs and xs[-1] == ys[-1] and {*xs, *ys} - {xs[-1]} <= set(within)
    ]
    pair = w.among(pairs)
    return weighted(ref(pair[0]), ref(pair[1]), over=pair[2]) if pair else None


def make_up(w: Writer, within: Dims, depth: int) -> Expr | None:
    ways = [
        (n, m)
        for n in w.names()
        for m, (source, target) in MAP_ENDS.items()
        if target in w.dims_of(n)
        and source not in w.dims_of(n)
        and set(w.dims_of(n)) - {target} | {source} <= set(within)
    ]
    way = w.among(ways)
    return up(ref(way[0]), along=way[1]) if way else None


def _monthly(f: Callable[[Writer, Expr, Dims], Expr], *, inside: bool) -> Maker:
    def make(w: Writer, within: Dims, depth: int) -> Expr | None:
        if inside and "month" not in within:
            return None
        ways = [n for n in w.names() if "month" in w.dims_of(n) and set(w.dims_of(n)) - {"month"} <= set(within)]
        name = w.among(ways)
        return f(w, ref(name), within) if name else None

    return make


def make_prior(w: Writer, within: Dims, depth: int) -> Expr | None:
    yearly = [n for n, s in w.specs.items() if s.yearly and not s.growth]
    return look_back(w, within, depth, [*yearly, *w.rows])


def make_circle(w: Writer, within: Dims, depth: int) -> Expr:
    """A balance carried forward from this row or a later one, with growth and within bounds; rows before are read."""
    names = list(w.rows)
    carried = look_back(w, within, depth, names[w.number :])
    assert carried is not None, "a row may always look back at itself"
    grown = carried * (1 + ref("growth")) if w.pick((False, True)) else carried
    before = [n for n in names[: w.number] if set(w.dims_of(n)) <= set(within)]
    moved = grown + ref(before[-1]) if before else grown - w.expr(within, depth)
    return w.pick((moved, least(moved, w.expr(within, 0)), most(moved, 0)))


def look_back(w: Writer, within: Dims, depth: int, names: Sequence[str]) -> Expr | None:
    """Last year's value of one of the names; each has one opening in all of the model."""
    name = w.among([n for n in names if set(w.dims_of(n)) <= set(within)])
    if name is None:
        return None
    if name not in w.openings:
        w.may_look_back = False
        w.openings[name] = w.pick((0, 1, w.expr(w.dims_of(name), depth)))
        w.may_look_back = True
    return prior(ref(name), opening=w.openings[name])


MAKERS: dict[str, Maker] = {
    "num": lambda w, within, depth: w.expr(within, depth) + w.pick((0, 1)),
    "ref": lambda w, within, depth: w.expr(within, 0),
    "+": _two(lambda a, b: a + b),
    "-": _two(lambda a, b: a - b),
    "*": _times,
    "/": _divided(lambda a, b: a / b, "power"),
    "neg": lambda w, within, depth: -w.expr(within, depth),
    ">": _tested(">"),
    ">=": _tested(">="),
    "<": _tested("<"),
    "<=": _tested("<="),
    "and": _tested("and"),
    "or": _tested("or"),
    "least": lambda w, within, depth: least(w.expr(within, depth), w.expr(within, 0), w.pick((0, 1))),
    "most": lambda w, within, depth: most(w.pick((0, 1)), w.expr(within, depth), w.expr(within, 0)),
    "size": lambda w, within, depth: size(w.expr(within, depth)),
    "choose": lambda w, within, depth: choose(w.test(within, depth), w.expr(within, depth), w.expr(within, 0)),
    "ratio": _divided(ratio, "divisor"),
    "total": make_total,
    "weighted": make_weighted,
    "up": make_up,
    "running": _monthly(lambda w, x, within: running(x, over="month"), inside=True),
    "shift": _monthly(lambda w, x, within: shift(x, over="month", first=w.expr(within, 1)), inside=True),
    "last": _monthly(lambda w, x, within: last(x, over="month"), inside=False),
    "prior": make_prior,
}


def make_points(w: Writer, within: Dims, op: str) -> Expr:
    """`interpolate` or `steps` at an argument that has all the row's dimensions, as lowering demands."""
    x = w.expr(within, 1) + ref(carrier(within))
    if op == "interpolate":
        return interpolate(x, ref("points_at"), ref("points_value"), over="point")
    return steps(x, ref("points_at"), ref("points_value"), over="point")


def carrier(dims: Dims) -> str:
    """The input that gives a row all of its dimensions."""
    return "_".join(("base", *dims))


def _specs(pick: Pick) -> dict[str, InputSpec]:
    specs = [InputSpec(carrier(d), "GBP", "Base.", d, yearly=pick((True, False))) for d in DIM_SETS]
    specs += [InputSpec(f"once_{d}", "GBP", "The same in all years.", (d,)) for d in ("pool", "line", "month")]
    specs += [InputSpec("growth", "1", "Growth.", (), yearly=True, growth=True)]
    specs += [InputSpec("growth_line", "1", "Growth.", ("line",), yearly=True, growth=True)]
    specs += [InputSpec("divisor", "1", "Divisor.", (), yearly=True), InputSpec("divisor_line", "1", "-", ("line",))]
    specs += [InputSpec("power", "1", "A power of two.", (), yearly=True)]
    specs += [
        InputSpec(n, "1", "Points.", ("point",), yearly=pick((True, False))) for n in ("points_at", "points_value")
    ]
    return {s.name: s for s in specs}


def _values(spec: InputSpec, shape: tuple[int, ...], years: int, grid: Sequence[float], at: int) -> Array:
    """Numbers read from a drawn grid in a fixed pattern, so that a case needs few draws of Hypothesis."""
    n = (years if spec.yearly else 1) * int(np.prod(shape))
    stride = 1 + at % 5
    picked = [grid[(at + stride * k) % len(grid)] for k in range(n)]
    if spec.name.startswith("divisor"):
        picked = [DIVISORS[int(2 * abs(v)) % 5] for v in picked]
    if spec.name.startswith("power"):
        picked = [(0.5, 1.0, 2.0)[int(2 * abs(v)) % 3] for v in picked]
    values = np.array(picked, dtype=float).reshape(-1, *shape)
    if spec.name == "points_at":
        gaps = np.array([(0.5, 1.0, 2.0)[int(2 * abs(v)) % 3] for v in picked]).reshape(-1, *shape)
        values = np.cumsum(gaps, axis=-1) - 2
    if spec.growth:
        values[0] = 0
    return values


@st.composite
def cases(draw: st.DrawFn, focus: str = "", rows: int = 4, depth: int = 2) -> Case:
    """A random case; its first row has the operation `focus` at its root."""

    def pick(options: Sequence[Any]) -> Any:
        return options[draw(st.integers(0, len(options) - 1))]

    years = draw(st.integers(1, 4))
    sizes = {d: draw(st.integers(1, 3)) for d in ORDER} | {"line": draw(st.integers(1, 5))}
    ordered = ("month", "point")
    dims = [Dimension(d, tuple(f"{d}{k}" for k in range(sizes[d])), (), d in ordered) for d in ORDER]
    maps = [
        Map(m, s, t, tuple(draw(st.lists(st.integers(-1, sizes[t] - 1), min_size=sizes[s], max_size=sizes[s]))))
        for m, (s, t) in MAP_ENDS.items()
    ]
    names = [f"r{k}" for k in range(draw(st.integers(1, rows)))]
    shared = pick(DIM_SETS)
    writer = Writer(pick, {n: pick((shared, shared, pick(DIM_SETS))) for n in names}, _specs(pick))
    written = []
    for k, name in enumerate(names):
        writer.number = k
        written.append(_row(writer, name, focus if k == 0 else "", depth, pick))
    order = draw(st.permutations(written))
    model = build(dims, maps, [str(t) for t in range(years)], writer.specs.values(), order)
    grid = draw(st.lists(st.sampled_from(HALVES), min_size=3, max_size=7))
    drawn = tuple(n for n in writer.specs if draw(st.integers(0, 3)) == 0)
    inputs = {}
    for at, (name, spec) in enumerate(writer.specs.items()):
        per_draw = [_values(spec, model.shape(name), years, grid, at + 3 * k * (name in drawn)) for k in range(3)]
        inputs[name] = np.stack(per_draw, axis=-1)
    return Case(model, {r.name: r for r in written}, inputs, drawn)


def _row(writer: Writer, name: str, focus: str, depth: int, pick: Pick) -> Row:
    op = focus or pick(("mixed", "circle", "mixed", "circle", "interpolate", "steps"))
    dims = writer.rows[name]
    if op == "circle":
        made = make_circle(writer, dims, depth)
        return one_row(name, made + ref(carrier(dims)), dims, sheet=pick(("One", "Other sheet")))
    if op in ("interpolate", "steps"):
        return one_row(name, make_points(writer, dims, op), dims, sheet=pick(("One", "Other sheet")))
    if focus:
        starts = [d for d in DIM_SETS if focus not in ("running", "shift") or "month" in d]
        dims = writer.rows[name] = pick(starts)
    made = MAKERS[focus](writer, dims, depth) if focus else writer.expr(dims, depth)
    if made is None:
        dims = writer.rows[name] = ("area", "line", "month")
        made = MAKERS[focus](writer, dims, depth)
    assert made is not None
    return one_row(name, made + ref(carrier(dims)), dims, sheet=pick(("One", "Other sheet")))
