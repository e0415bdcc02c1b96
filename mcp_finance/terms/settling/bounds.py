"""How far a float may be from the exact number, as rows of the same engine.

For every row there is one more, `<row>~error`: a bound on the distance between what floats make of the row and what
fractions make of it. An operation hands on the errors of its arguments and adds its own rounding; a test whose two
sides lie closer together than their errors is in doubt, and then the difference between the two branches is part of the
error. So a result and its bound together say whether floats have decided everything as fractions would have: whatever
is left in doubt is for the exact reader. Tests are taken as written: the tolerance of tests must be nil here.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace

from mcp_finance.rows.axes import Inference
from mcp_finance.rows.expr import Expr, choose, last, most, shift, size, total
from mcp_finance.rows.model import Model, build
from mcp_finance.rows.row import InputSpec, Row

ERROR = "~error"
ROUNDING, SUMMED, UNKNOWN = "float~rounding", "float~summed", "float~unknown"
CONSTANTS = {ROUNDING: 2.0**-52, SUMMED: 2.0**-46, UNKNOWN: float("inf")}
"""Values of the inputs that bounds need: twice the error of one operation, that of a sum of up to 64, and no bound."""
NOUGHT = Expr("num", value=0.0)


class NoBound(Exception):
    """A row uses an operation that has no bound here; the exact reader must do the work."""


def error_of(name: str) -> str:
    """The name of a row's or input's error."""
    return name + ERROR


def with_errors(model: Model, keep: Iterable[str], nil: Set[str], exact: Set[str]) -> Model:
    """The rows that `keep` needs, each with its error; those that floats hold exactly, whatever the facts, have none.

    `nil` are inputs that are 0; `exact` are inputs of no dimension whose floats are the numbers meant. All other
    inputs get an input for their error.

    Raises:
        NoBound: a row looks back a year, or works along an axis in a way that has no bound.
    """
    wanted = model.upstream(keep)
    bounds = _Bounds(model, set(nil), set(nil | exact))
    for name, spec in model.inputs.items():
        bounds.inputs[name] = spec
        if name not in bounds.exact:
            bounds.inputs[error_of(name)] = replace(spec, name=error_of(name))
    for name in CONSTANTS:
        bounds.inputs[name] = InputSpec(name, "number", "A constant of floating point.")
    for name in model.order:
        if name in wanted:
            bounds.write(model.rows[name])
    return build(model.dims, model.maps, model.years, bounds.inputs.values(), bounds.rows.values())


def _added(*parts: Expr | None) -> Expr | None:
    found = None
    for part in parts:
        found = part if found is None else found if part is None else found + part
    return found


def _or_nil(error: Expr | None) -> Expr:
    return NOUGHT if error is None else error


@dataclass
class _Bounds:
    """Writes errors; None stands for an error that is nil whatever the facts."""

    model: Model
    nil: set[str]
    exact: set[str]
    inputs: dict[str, InputSpec] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def write(self, row: Row) -> None:
        self.rows[row.name] = row
        error = self.of(row.expr)
        if error is None and not row.dims:
            self.exact.add(row.name)
            if self.is_nil(row.expr):
                self.nil.add(row.name)
            return
        error = _or_nil(error)
        if self.dims(error, row.name) != row.dims:
            error = error + Expr("ref", name=row.name) * NOUGHT
        own = replace(row, name=error_of(row.name), expr=error, doc=f"Bound on the error of {row.name}.", entry=None)
        self.rows[own.name] = own

    def dims(self, e: Expr, owner: str) -> tuple[str, ...]:
        known = {name: spec.dims for name, spec in self.inputs.items()} | {n: r.dims for n, r in self.rows.items()}
        return Inference(self.model.dimension, self.model.map, known.__getitem__, owner).dims(e)

    def is_nil(self, e: Expr) -> bool:
        if e.op == "*":
            return any(map(self.is_nil, e.args))
        return (e.op == "num" and e.value == 0) or (e.op == "ref" and e.name in self.nil)

    def rounding(self, e: Expr) -> Expr:
        return size(e) * Expr("ref", name=ROUNDING)

    def of(self, e: Expr) -> Expr | None:
        """The error of an expression."""
        if e.op == "num" or self.is_nil(e):
            return None
        if e.op == "ref":
            return None if e.name in self.exact else Expr("ref", name=error_of(e.name))
        if e.op in ("neg", "size"):
            return self.of(e.args[0])
        if e.op in ("least", "most"):
            errors = [x for a in e.args if (x := self.of(a)) is not None]
            return most(errors[0], *errors[1:]) if len(errors) > 1 else errors[0] if errors else None
        if e.op in ("+", "-"):
            if any(map(self.is_nil, e.args)):
                return _added(*map(self.of, e.args))
            return _added(*map(self.of, e.args), self.rounding(e))
        if e.op in ("/", "ratio"):
            return self.quotient(e)
        if e.op == "*":
            return self.product(e)
        if e.op == "choose":
            return self.choice(*e.args)
        return self.along(e)

    def product(self, e: Expr) -> Expr | None:
        (a, b), (x, y) = e.args, map(self.of, e.args)
        first = size(b) * x if x is not None else None
        second = size(a) * y if y is not None else None
        both = x * y if x is not None and y is not None else None
        return _added(first, second, both, self.rounding(e))

    def quotient(self, e: Expr) -> Expr | None:
        b, (x, y) = e.args[1], map(self.of, e.args)
        above = _added(x, size(e) * y if y is not None else None)
        if above is None:
            return self.rounding(e)
        if y is None:
            return Expr(e.op, (above, size(b))) + self.rounding(e)
        found = choose(size(b) > y + y, above / (size(b) - y), Expr("ref", name=UNKNOWN)) + self.rounding(e)
        return found if e.op == "/" else choose(size(b) + y <= 0, 0, found)

    def choice(self, test: Expr, a: Expr, b: Expr) -> Expr | None:
        x, y = self.of(a), self.of(b)
        taken = None if x is None and y is None else choose(test, _or_nil(x), _or_nil(y))
        if (sure := self.sure(test)) is None:
            return taken
        if a.op == b.op == "num":
            apart: Expr | None = Expr("num", value=abs(a.value - b.value))
        else:
            apart = size(a - b)
        either = _added(apart, x, y)
        return choose(sure, _or_nil(taken), _or_nil(either))

    def sure(self, test: Expr) -> Expr | None:
        """A test that the test comes out the same in fractions; None where it always does."""
        if test.op in ("and", "or"):
            found = [x for a in test.args if (x := self.sure(a)) is not None]
            return found[0] & found[1] if len(found) > 1 else found[0] if found else None
        a, b = test.args
        error = _added(self.of(a), self.of(b))
        return None if error is None else size(a - b) >= error + error

    def along(self, e: Expr) -> Expr | None:
        first = e.args[0].name
        own = Expr("ref", name=error_of(first))
        if e.op == "last":
            return last(own, over=e.over)
        if e.op == "shift":
            return shift(own, over=e.over, first=_or_nil(self.of(e.args[1])))
        if e.op == "total" and not e.by:
            sizes = f"{first}~size"
            row = self.model.rows[first]
            self.rows.setdefault(sizes, replace(row, name=sizes, expr=size(e.args[0]), entry=None))
            summed = total(Expr("ref", name=sizes), over=e.over) * Expr("ref", name=SUMMED)
            return total(own, over=e.over) + summed
        raise NoBound(e.op)
