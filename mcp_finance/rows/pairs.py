"""Exact numbers as pairs of whole numbers, numerator and denominator, and the steps that are taken with them.

A step reads slots of a flat list of pairs and returns a pair; the denominator is above 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd
from operator import ge, gt, le, lt

Pair = tuple[int, int]
Values = list[Pair]
Step = Callable[[Values], Pair]
Compare = Callable[[int, int], bool]
Steps = list[tuple[int, Step]]

ZERO: Pair = (0, 1)
ONE: Pair = (1, 1)


def lowest(n: int, d: int) -> Pair:
    """The same number in lowest terms."""
    common = gcd(n, d)
    return (n, d) if common == 1 else (n // common, d // common)


def summed(sign: int) -> Callable[[int, int], Step]:
    """A step that adds, or with sign -1 subtracts."""

    def made(a: int, b: int) -> Step:
        def step(v: Values) -> Pair:
            (n, d), (m, e) = v[a], v[b]
            if d == e:
                return n + sign * m, d
            return lowest(n * e + sign * m * d, d * e) if m else (n, d)

        return step

    return made


def multiplied(a: int, b: int) -> Step:
    """A step that multiplies."""

    def step(v: Values) -> Pair:
        (n, d), (m, e) = v[a], v[b]
        return lowest(n * m, d * e) if n and m else ZERO

    return step


def quotient(a: int, b: int, element: str = "") -> Step:
    """A quotient; where the divisor is 0 it is 0, or for a named element an error."""

    def step(v: Values) -> Pair:
        (n, d), (m, e) = v[a], v[b]
        if element and not m:
            raise ZeroDivisionError(f"row {element} divides by 0")
        if not n or not m:
            return ZERO
        return lowest(n * e, d * m) if m > 0 else lowest(-n * e, -d * m)

    return step


def compared(compare: Compare, a: int, b: int, yes: int, no: int) -> Step:
    """A step that is one of two slots by a comparison of two others."""

    def step(v: Values) -> Pair:
        (n, d), (m, e) = v[a], v[b]
        return v[yes] if compare(n * e, m * d) else v[no]

    return step


def choice(test: int, yes: tuple[int, Steps], no: tuple[int, Steps]) -> Step:
    """One of two branches, of which only the one chosen is computed."""

    def step(v: Values) -> Pair:
        found, steps = yes if v[test][0] else no
        for out, inner in steps:
            v[out] = inner(v)
        return v[found]

    return step


def total(cells: Sequence[int]) -> Step:
    """A step that sums slots."""

    def step(v: Values) -> Pair:
        n, d = ZERO
        for k in cells:
            m, e = v[k]
            if e == d:
                n += m
            elif m:
                common = gcd(d, e)
                n, d = n * (e // common) + m * (d // common), d // common * e
        return lowest(n, d)

    return step


ONE_ARGUMENT: dict[str, Callable[[int], Step]] = {
    "neg": lambda a: lambda v: (-v[a][0], v[a][1]),
    "size": lambda a: lambda v: (abs(v[a][0]), v[a][1]),
}
TWO_ARGUMENTS: dict[str, Callable[[int, int], Step]] = {
    "+": summed(1),
    "-": summed(-1),
    "*": multiplied,
    "ratio": quotient,
    "and": lambda a, b: lambda v: v[b] if v[a][0] else ZERO,
    "or": lambda a, b: lambda v: ONE if v[a][0] else v[b],
}
TESTS: dict[str, Compare] = {">": gt, ">=": ge, "<": lt, "<=": le}
FIRST_IF: dict[str, Compare] = {"least": le, "most": ge}
