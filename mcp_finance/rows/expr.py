"""Expressions: what a row function returns when it is called once on symbols.

An expression is a small immutable tree. Python's operators build it, and so do the functions of this module, and
nothing else does: a reader need only know the operations in `mcp_finance.rows.operations`. Rows hold no numbers but
0 and 1; every other number is an input, so that it has a cell in the workbook, a unit and a source.

Operations along an axis (`total`, `weighted`, `up`, `running`, `shift`, `last`, `prior`, `interpolate`, `steps`) take
*named* rows or inputs, never expressions: the workbook then shows what is summed or carried, in cells of its own.

    >>> price = Expr("ref", name="price_index")
    >>> growth = Expr("ref", name="price_growth")
    >>> words(prior(price, opening=1) * (1 + growth))
    "last year's price index (in the first year, 1) × (1 + price growth)"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from mcp_finance.rows.operations import OPERATIONS

Number = int | float


class RowError(Exception):
    """A row is written in a way that the readers could not all carry out; the message says what to write instead."""


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """One node: an operation of `OPERATIONS`, its arguments, and the axis or map along which it works.

    `name` is set on a `ref` only, `value` on a `num` only; `over` is a dimension, `by` a map.
    """

    op: str
    args: tuple[Expr, ...] = ()
    name: str = ""
    value: float = 0.0
    over: str = ""
    by: str = ""

    def __add__(self, other: Expr | Number) -> Expr:
        return _operation("+", self, other)

    def __radd__(self, other: Number) -> Expr:
        return _operation("+", other, self)

    def __sub__(self, other: Expr | Number) -> Expr:
        return _operation("-", self, other)

    def __rsub__(self, other: Number) -> Expr:
        return _operation("-", other, self)

    def __mul__(self, other: Expr | Number) -> Expr:
        return _operation("*", self, other)

    def __rmul__(self, other: Number) -> Expr:
        return _operation("*", other, self)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return _operation("/", self, other)

    def __rtruediv__(self, other: Number) -> Expr:
        return _operation("/", other, self)

    def __neg__(self) -> Expr:
        return _operation("neg", self)

    def __gt__(self, other: Expr | Number) -> Expr:
        return _operation(">", self, other)

    def __ge__(self, other: Expr | Number) -> Expr:
        return _operation(">=", self, other)

    def __lt__(self, other: Expr | Number) -> Expr:
        return _operation("<", self, other)

    def __le__(self, other: Expr | Number) -> Expr:
        return _operation("<=", self, other)

    def __and__(self, other: Expr) -> Expr:
        return _operation("and", self, other)

    def __or__(self, other: Expr) -> Expr:
        return _operation("or", self, other)

    def __bool__(self) -> NoReturn:
        raise RowError(
            "a row has no single truth value: write choose(test, a, b) instead of `if`, "
            "least() and most() instead of min() and max(), & and | instead of `and` and `or`"
        )

    def __eq__(self, other: object) -> NoReturn:
        raise RowError("rows are not compared with == or !=: write >=, <= or a difference")

    def __ne__(self, other: object) -> NoReturn:
        raise RowError("rows are not compared with == or !=: write >=, <= or a difference")

    def __hash__(self) -> int:
        return id(self)

    def __abs__(self) -> NoReturn:
        raise RowError("write size(row) instead of abs(row)")

    def __pow__(self, other: object) -> NoReturn:
        raise RowError("rows have no powers: compound year by year with prior()")

    def __float__(self) -> NoReturn:
        raise RowError("a row is not a number: its value exists only when a reader evaluates it")

    def __iter__(self) -> NoReturn:
        raise RowError("a row is not a sequence: use total(row, over=...) or weighted(x, w, over=...)")


def _wrap(x: Expr | Number) -> Expr:
    if isinstance(x, Expr):
        return x
    if isinstance(x, bool) or x not in (0, 1):
        raise RowError(f"the number {x!r} stands in a row: make it an input, so that it has a cell and a source")
    return Expr("num", value=float(x))


def _operation(op: str, *args: Expr | Number) -> Expr:
    nodes = tuple(_wrap(a) for a in args)
    wants_tests = op in ("and", "or")
    for k, node in enumerate(nodes):
        is_test = OPERATIONS[node.op].gives_test
        if op == "choose" and k == 0:
            if not is_test:
                raise RowError("choose(test, a, b) needs a comparison such as `x >= y` as its first argument")
        elif not wants_tests:
            _number(node)
        elif not is_test:
            raise RowError("& and | join comparisons, not numbers")
    return Expr(op, nodes)


def _number(x: Expr | Number) -> Expr:
    node = _wrap(x)
    if OPERATIONS[node.op].gives_test:
        raise RowError("a comparison is not a number: turn it into one with choose(test, 1, 0)")
    return node


def _named(x: Expr, where: str) -> Expr:
    if not isinstance(x, Expr) or x.op != "ref":
        raise RowError(f"{where} takes a named row or input: give the expression a row of its own and name it here")
    return x


def least(first: Expr | Number, *others: Expr | Number) -> Expr:
    """The smallest of the arguments, element by element."""
    return _operation("least", first, *others)


def most(first: Expr | Number, *others: Expr | Number) -> Expr:
    """The largest of the arguments, element by element."""
    return _operation("most", first, *others)


def size(x: Expr) -> Expr:
    """The absolute value."""
    return _operation("size", x)


def choose(test: Expr, yes: Expr | Number, no: Expr | Number) -> Expr:
    """`yes` where the test holds, `no` elsewhere; a reader may compute both."""
    return _operation("choose", test, yes, no)


def ratio(above: Expr | Number, below: Expr) -> Expr:
    """`above / below`, and 0 where `below` is 0."""
    return _operation("ratio", above, below)


def total(x: Expr, over: str, by: str = "") -> Expr:
    """Sum over a dimension; with `by`, one sum per group of that map from the dimension. Unmapped members drop out."""
    return Expr("total", (_named(x, "total()"),), over=over, by=by)


def weighted(x: Expr, w: Expr, over: str) -> Expr:
    """Sum of `x * w` over a dimension that is the innermost of both."""
    return Expr("weighted", (_named(x, "weighted()"), _named(w, "weighted()")), over=over)


def up(x: Expr, along: str) -> Expr:
    """A group's value read for each of its members; 0 for members that the map leaves out."""
    return Expr("up", (_named(x, "up()"),), by=along)


def running(x: Expr, over: str) -> Expr:
    """Cumulative sum along an ordered dimension, the element itself included."""
    return Expr("running", (_named(x, "running()"),), over=over)


def shift(x: Expr, over: str, first: Expr | Number) -> Expr:
    """The element before, along an ordered dimension; `first` for the first element."""
    return Expr("shift", (_named(x, "shift()"), _number(first)), over=over)


def last(x: Expr, over: str) -> Expr:
    """The value at the last element of an ordered dimension."""
    return Expr("last", (_named(x, "last()"),), over=over)


def prior(x: Expr, opening: Expr | Number = 0) -> Expr:
    """Last year's value; in the first year `opening`, which is evaluated in the first year."""
    return Expr("prior", (_named(x, "prior()"), _number(opening)))


def interpolate(x: Expr, at: Expr, value: Expr, over: str) -> Expr:
    """Straight lines between the points (`at`, `value`) of an ordered dimension; flat beyond its ends.

    `at` must increase. Lowered to helper rows by the model: a slope times a clipped width for every point.
    """
    points = (_number(x), _named(at, "interpolate()"), _named(value, "interpolate()"))
    return Expr("interpolate", points, over=over)


def steps(x: Expr, upto: Expr, value: Expr, over: str) -> Expr:
    """The `value` of the first step whose end `upto` is not below `x`; beyond the last end, the last value.

    A step applies up to and including its end. `upto` must increase. Lowered to helper rows by the model.
    """
    return Expr("steps", (_number(x), _named(upto, "steps()"), _named(value, "steps()")), over=over)


def ref(name: str) -> Expr:
    """A row or an input by its name, for rows that are generated and not written as functions."""
    return Expr("ref", name=name)


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything in it, from the outside in."""
    yield expr
    for arg in expr.args:
        yield from walk(arg)


def words(expr: Expr) -> str:
    """The expression as a sentence fragment in plain English."""
    return _words(expr, 0)


def plain_name(name: str) -> str:
    """A row's name as a reader would say it: `budget_holder.result` becomes `budget holder: result`."""
    return name.replace(".", ": ").replace("_", " ")


def _is_nought(expr: Expr) -> bool:
    return expr.op == "num" and expr.value == 0


def _words(expr: Expr, tight: int) -> str:
    if expr.op == "num":
        return f"{expr.value:g}"
    if expr.op == "ref":
        return plain_name(expr.name)
    operation = OPERATIONS[expr.op]
    if operation.level:
        parts = [_words(a, operation.level + (k and operation.firm)) for k, a in enumerate(expr.args)]
        text = operation.words.format(*parts)
        return f"({text})" if operation.level < tight else text
    inner = [_words(a, 5 + k if expr.op == "ratio" else 0) for k, a in enumerate(expr.args)]
    if expr.op == "prior" and not _is_nought(expr.args[1]):
        return f"{operation.words.format(*inner)} (in the first year, {inner[1]})"
    by = f" for each {plain_name(expr.by)}" if expr.by and expr.op == "total" else ""
    return operation.words.format(
        *inner, all=", ".join(inner), over=plain_name(expr.over), by=by, along=plain_name(expr.by)
    )
