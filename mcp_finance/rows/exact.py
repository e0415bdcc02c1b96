"""The exact reader: one year at a time, in fractions, so that a settlement is right to the penny.

A float cannot hold 0.1, so a test such as `loss >= 0.3` may fall on the wrong side of its edge by rounding alone. Here
every decimal of a file is the fraction that it says, every operation is exact, and a test is decided as on paper.
Decimals would not do: the slope of a line between two points, say 0.003 / 999, never ends as a decimal, so that the
line would miss its own end point.

A number is held as a pair of whole numbers, numerator and denominator: `Fraction` checks types and divides out common
factors in every operation, and with pairs a sum of equal denominators is one addition. Products and unequal
denominators are brought to lowest terms, so that sums over any number of years stay short; an amount compounded year
after year has a longer denominator every year, which is fine for tens of years.

When a model is made ready, every element of every row becomes a few steps over one flat list of pairs; what depends on
constants alone is worked out then and leaves no step behind. The first year has steps of its own, in which openings
stand for last year's values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import accumulate, pairwise, product
from math import prod

from mcp_finance.rows.axes import Inference
from mcp_finance.rows.expr import Expr
from mcp_finance.rows.model import Model, reads
from mcp_finance.rows.pairs import (
    FIRST_IF,
    ONE,
    ONE_ARGUMENT,
    TESTS,
    TWO_ARGUMENTS,
    ZERO,
    Pair,
    Step,
    Steps,
    Values,
    choice,
    compared,
    quotient,
    total,
)

Numbers = Sequence[Fraction | int]
At = Mapping[str, int]
Place = dict[str, tuple[int, ...]]

NEUTRAL_RIGHT = {("+", ZERO), ("-", ZERO), ("*", ONE), ("/", ONE), ("ratio", ONE)}
NEUTRAL_LEFT = {("+", ZERO), ("*", ONE)}
FEW = 3


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Year:
    """Values of one year. It does not refer to the years before it.

    `values` is the flat list of pairs; `place` says where in it each row's and input's elements stand.
    """

    values: Values
    place: Mapping[str, tuple[int, ...]]

    def __getitem__(self, name: str) -> tuple[Fraction, ...]:
        """Elements of a row or input over its own dimensions, in C order.

        Raises:
            KeyError: no kept row depends on the name.
        """
        return tuple(Fraction(*self.values[k]) for k in self.place[name])

    def __contains__(self, name: object) -> bool:
        return name in self.place


class Exact:
    """A model made ready to be settled: only the rows `keep` and those that they depend on are computed.

    `keep` may name inputs too. `constants` are inputs that are the same in all years and settlements, each flat in
    C order of its own dimensions. A quotient of constants with the divisor 0 is left to the year that needs it.

    Raises:
        ValueError: a name is unknown, or an input has the wrong number of values.
        TypeError: a value is neither a fraction nor a whole number.
    """

    def __init__(self, model: Model, keep: Iterable[str], constants: Mapping[str, Numbers] | None = None) -> None:
        kept, fixed = set(keep), constants or {}
        if unknown := sorted((kept - model.inputs.keys() - model.rows.keys()) | (fixed.keys() - model.inputs.keys())):
            raise ValueError(f"unknown: {', '.join(unknown)}")
        upstream = model.upstream(kept)
        order = [n for n in model.order if n in upstream]
        read = {*kept, *fixed, *(n for row in order for n in reads(model.rows[row].expr))}
        names = [n for n in model.inputs if n in read]
        bounds = pairwise(accumulate((prod(model.shape(n)) for n in names), initial=0))
        place = {n: tuple(range(*ends)) for n, ends in zip(names, bounds, strict=True)}
        pairs = {n: _pairs(n, values, prod(model.shape(n))) for n, values in fixed.items()}
        self._constants = pairs.keys()
        self._inputs = tuple((n, cells[0], len(cells)) for n, cells in place.items() if n not in pairs)
        self._first = _write(model, order, place, pairs, first=True)
        self._later = _write(model, order, place, pairs, first=False)
        self._after = tuple((p.place, self._later.after(p)) for p in (self._first, self._later))

    def year(self, inputs: Mapping[str, Numbers], before: Year | None = None) -> Year:
        """One year, after the year `before`; without one, the first year, in which `prior` is its opening.

        `inputs` holds every input that is read and no constant, flat in C order of its own dimensions; inputs that no
        kept row depends on are passed over.

        Raises:
            ValueError: an input is missing, has the wrong number of values or is one of the constants; `before` is
                not a year of this model.
            TypeError: a value is neither a fraction nor a whole number.
            ZeroDivisionError: a row divides by 0; the message names the row and its element.
        """
        if missing := sorted(n for n, _, _ in self._inputs if n not in inputs):
            raise ValueError(f"inputs without a value: {', '.join(missing)}")
        if twice := sorted(self._constants & inputs.keys()):
            raise ValueError(f"constants given for a year: {', '.join(twice)}")
        program = self._first if before is None else self._later
        values = program.template.copy()
        for name, start, size in self._inputs:
            values[start : start + size] = _pairs(name, inputs[name], size)
        if before is not None:
            old = before.values
            for now, then in self._carried(before):
                values[now] = old[then]
        for out, step in program.steps:
            values[out] = step(values)
        return Year(values, program.place)

    def _carried(self, before: Year) -> tuple[tuple[int, int], ...]:
        """Where last year's values go, and where they stand in a first or a later year."""
        for place, carried in self._after:
            if before.place is place:
                return carried
        raise ValueError("the year before is one of another model")


def _pairs(name: str, values: Numbers, size: int) -> list[Pair]:
    if len(values) != size:
        raise ValueError(f"{name}: {len(values)} values, but {size} are needed")
    for value in values:
        if not isinstance(value, (Fraction, int)):
            raise TypeError(f"{name}: {value!r} is a {type(value).__name__}, not a fraction or a whole number")
    return [value.as_integer_ratio() for value in values]


@dataclass(frozen=True, slots=True)
class _Program:
    """A flat list with all constants in it, the steps that fill the rest, and where everything then stands.

    `back` lists the cells that hold last year's values: the cell, the name and the element.
    """

    template: Values
    steps: tuple[tuple[int, Step], ...]
    place: Place
    back: tuple[tuple[int, str, int], ...]

    def after(self, earlier: _Program) -> tuple[tuple[int, int], ...]:
        return tuple((cell, earlier.place[name][k]) for cell, name, k in self.back)


def _write(
    model: Model, order: Sequence[str], place: Place, constants: Mapping[str, list[Pair]], *, first: bool
) -> _Program:
    writer = _Writer(model, first, place.copy(), [ZERO] * sum(map(len, place.values())))
    for name, pairs in constants.items():
        for cell, pair in zip(place[name], pairs, strict=True):
            writer.template[cell] = pair
            writer.known.add(cell)
    for name in order:
        writer.row(name)
    back = tuple((cell, name, k) for (name, k), cell in writer.back.items())
    return _Program(writer.template, tuple(writer.row_steps), writer.place, back)


@dataclass(slots=True)
class _Writer:
    """Writes rows, in computing order, as steps over the flat list; an expression's value stands in the cell returned.

    Cells in `known` hold a constant already. `made` remembers the parts of the row being written, so that what has
    fewer dimensions than the row is computed once; a branch of `choose` only reads it, for its steps may never run.
    """

    model: Model
    first: bool
    place: Place
    template: Values
    known: set[int] = field(default_factory=set)
    constants: dict[Pair, int] = field(default_factory=dict)
    back: dict[tuple[str, int], int] = field(default_factory=dict)
    made: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)
    dims: dict[int, tuple[str, ...]] = field(default_factory=dict)
    row_steps: Steps = field(default_factory=list)
    steps: Steps = field(default_factory=list)
    element: str = ""

    def row(self, name: str) -> None:
        dims = [self.model.dimension[d] for d in self.model.dims_of(name)]
        self.made.clear()
        self.steps = self.row_steps
        cells = []
        for position in product(*(range(len(d.members)) for d in dims)):
            at = {d.name: k for d, k in zip(dims, position, strict=True)}
            members = ", ".join(f"{d.name} {d.members[at[d.name]]}" for d in dims)
            self.element = f"{name} ({members})" if members else name
            cells.append(self.cell(self.model.rows[name].expr, at))
        self.place[name] = tuple(cells)

    def cell(self, e: Expr, at: At) -> int:
        if e.op == "num":
            return self.constant((int(e.value), 1))
        if e.op == "ref":
            return self.named(e.name, at)
        key = self.key(e, at)
        if key not in self.made:
            found = WRITERS.get(e.op, _Writer.elementwise)(self, e, at)
            if self.steps is not self.row_steps:
                return found
            self.made[key] = found
        return self.made[key]

    def key(self, e: Expr, at: At) -> tuple[int, tuple[int, ...]]:
        if id(e) not in self.dims:
            m = self.model
            self.dims[id(e)] = Inference(m.dimension, m.map, m.dims_of, self.element).dims(e)
        return id(e), tuple(at[d] for d in self.dims[id(e)])

    def number(self, name: str, at: At) -> int:
        """The position of an element among the elements of its row or input."""
        k = 0
        for d in self.model.dims_of(name):
            k = k * len(self.model.dimension[d].members) + at[d]
        return k

    def named(self, name: str, at: At) -> int:
        return self.place[name][self.number(name, at)]

    def new(self, value: Pair = ZERO) -> int:
        self.template.append(value)
        return len(self.template) - 1

    def constant(self, value: Pair) -> int:
        value = value if value[0] else ZERO
        if value not in self.constants:
            self.constants[value] = self.new(value)
            self.known.add(self.constants[value])
        return self.constants[value]

    def step(self, step: Step, *operands: int) -> int:
        if self.known.issuperset(operands):
            try:
                return self.constant(step(self.template))
            except ZeroDivisionError:
                pass  # a branch that is never taken may hold it: let the year raise it
        self.steps.append((self.new(), step))
        return self.steps[-1][0]

    def elementwise(self, e: Expr, at: At) -> int:
        cells = [self.cell(a, at) for a in e.args]
        if e.op in ONE_ARGUMENT:
            return self.step(ONE_ARGUMENT[e.op](cells[0]), cells[0])
        return reduce(lambda a, b: self.two(e.op, a, b), cells)

    def two(self, op: str, a: int, b: int) -> int:
        left = self.template[a] if a in self.known else None
        right = self.template[b] if b in self.known else None
        if op == "*" and ZERO in (left, right):
            return self.constant(ZERO)
        if (op, right) in NEUTRAL_RIGHT:
            return a
        if (op, left) in NEUTRAL_LEFT:
            return b
        return self.step(self.operation(op, a, b), a, b)

    def operation(self, op: str, a: int, b: int) -> Step:
        if op in TESTS:
            return compared(TESTS[op], a, b, self.constant(ONE), self.constant(ZERO))
        if op in FIRST_IF:
            return compared(FIRST_IF[op], a, b, a, b)
        return quotient(a, b, self.element) if op == "/" else TWO_ARGUMENTS[op](a, b)

    def choose(self, e: Expr, at: At) -> int:
        test = self.cell(e.args[0], at)
        if test in self.known:
            return self.cell(e.args[1] if self.template[test][0] else e.args[2], at)
        outside, branches = self.steps, []
        for branch in e.args[1:]:
            self.steps = []
            branches.append((self.cell(branch, at), self.steps))
        self.steps = outside
        return self.step(choice(test, *branches), test)

    def sum(self, cells: Iterable[int]) -> int:
        """The sum of any number of cells, the constants among them added beforehand."""
        cells = list(cells)
        fixed = self.constant(total([k for k in cells if k in self.known])(self.template))
        free = [k for k in cells if k not in self.known]
        if len(free) < FEW:
            return reduce(lambda a, b: self.two("+", a, b), free, fixed)
        return self.step(total([fixed, *free]), *free)

    def total(self, e: Expr, at: At) -> int:
        name, members = e.args[0].name, range(len(self.model.dimension[e.over].members))
        link = self.model.map[e.by] if e.by else None
        return self.sum(
            self.named(name, {**at, e.over: k}) for k in members if link is None or link.to[k] == at[link.target]
        )

    def weighted(self, e: Expr, at: At) -> int:
        places = [{**at, e.over: k} for k in range(len(self.model.dimension[e.over].members))]
        x, w = (a.name for a in e.args)
        return self.sum(self.two("*", self.named(x, place), self.named(w, place)) for place in places)

    def up(self, e: Expr, at: At) -> int:
        link = self.model.map[e.by]
        group = link.to[at[link.source]]
        return self.named(e.args[0].name, {**at, link.target: group}) if group >= 0 else self.constant(ZERO)

    def running(self, e: Expr, at: At) -> int:
        """The sums up to every element so far, outside any branch, so that each is the one before and one more."""
        outside, self.steps = self.steps, self.row_steps
        found = self.constant(ZERO)
        for k in range(at[e.over] + 1):
            place = {**at, e.over: k}
            key = self.key(e, place)
            if key not in self.made:
                self.made[key] = self.two("+", found, self.named(e.args[0].name, place))
            found = self.made[key]
        self.steps = outside
        return found

    def shift(self, e: Expr, at: At) -> int:
        if at[e.over] == 0:
            return self.cell(e.args[1], at)
        return self.named(e.args[0].name, {**at, e.over: at[e.over] - 1})

    def last(self, e: Expr, at: At) -> int:
        return self.named(e.args[0].name, {**at, e.over: len(self.model.dimension[e.over].members) - 1})

    def prior(self, e: Expr, at: At) -> int:
        if self.first:
            return self.cell(e.args[1], at)
        where = e.args[0].name, self.number(e.args[0].name, at)
        if where not in self.back:
            self.back[where] = self.new()
        return self.back[where]


WRITERS: dict[str, Callable[[_Writer, Expr, At], int]] = {
    "choose": _Writer.choose,
    "total": _Writer.total,
    "weighted": _Writer.weighted,
    "up": _Writer.up,
    "running": _Writer.running,
    "shift": _Writer.shift,
    "last": _Writer.last,
    "prior": _Writer.prior,
}
