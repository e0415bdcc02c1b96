"""Rank correlation between inputs, by a Gaussian copula: correlated normals that each input's own marginal then reads.

A pair is given by Spearman's rank correlation, which no marginal changes. Normals whose ranks have that correlation
have the correlation 2 sin(pi rank / 6) (Pearson, Drapers' Company Research Memoirs, Biometric Series IV (1907)). Not
every set of pairs can be: two inputs that both follow a third must follow one another. Such a set is refused, with
the fewest inputs that already contradict one another and the values that each of their pairs may have.

One draw: rank 0.5 is a correlation of 0.5176; independent normals (1, -0.5) become (1, 0.5176 - 0.5 * 0.8556) = (1,
0.09).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from mcp_finance.sampling.special import Array

Pairs = Mapping[tuple[str, str], float]

LEAST_EIGENVALUE = 1e-9
"""A matrix with a smaller eigenvalue is treated as not positive definite: its factor would be rounding."""
_REPAIRS = 3


class CorrelationError(ValueError):
    """Correlations that no set of inputs has: what is wrong, what to write instead, and between which inputs."""

    def __init__(self, message: str, instead: str, culprits: Sequence[str]) -> None:
        self.message = message
        self.instead = instead
        self.culprits = tuple(culprits)
        super().__init__(message, instead, self.culprits)

    def __str__(self) -> str:
        return f"{self.message}; {self.instead}"


def normal_correlation(rank: Array | float) -> Array:
    """The correlation of two normals whose ranks have the correlation `rank`: 2 sin(pi rank / 6)."""
    return np.asarray(2.0 * np.sin(np.pi / 6.0 * np.asarray(rank, dtype=float)))


def rank_correlation(normal: Array | float) -> Array:
    """Spearman's rank correlation of two normals with this correlation: (6/pi) asin(normal / 2)."""
    return np.asarray(6.0 / np.pi * np.arcsin(np.asarray(normal, dtype=float) / 2.0))


def factor(names: Sequence[str], pairs: Pairs) -> Array:
    """The lower triangular L with which L @ independent normals have the rank correlations of `pairs`, in order of
    `names`.

    Pairs that are not given are uncorrelated.

    Raises:
        CorrelationError: a pair is out of range, names an unknown input, is given twice, or contradicts others.
    """
    matrix = _matrix(names, pairs)
    if names and not _possible(matrix):
        raise _contradiction(names, matrix)
    return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)


def _matrix(names: Sequence[str], pairs: Pairs) -> Array:
    place = {name: k for k, name in enumerate(names)}
    matrix = np.eye(len(names))
    for (one, other), rank in pairs.items():
        for name in (one, other):
            if name not in place:
                raise CorrelationError(f"{name} is not among the inputs", f"name one of {', '.join(names)}", [name])
        if one == other:
            raise CorrelationError(f"{one} is paired with itself", "name two different inputs", [one])
        if (other, one) in pairs and pairs[other, one] != rank:
            raise CorrelationError(
                f"{one} and {other} are given {_show(rank)} and {_show(pairs[other, one])}",
                "give each pair once",
                [one, other],
            )
        _require_rank(one, other, rank)
        matrix[place[one], place[other]] = matrix[place[other], place[one]] = normal_correlation(rank)
    return matrix


def _require_rank(one: str, other: str, rank: float) -> None:
    if not abs(rank) <= 1:
        message = f"the rank correlation of {one} and {other} is {_show(rank)}"
        raise CorrelationError(message, "write a number between -100% and 100%, without these two", [one, other])
    if abs(rank) == 1:
        sense = "rise and fall together" if rank > 0 else "move against one another"
        raise CorrelationError(
            f"{one} and {other} with a rank correlation of {_show(rank)} {sense} without exception: they are one input",
            "make only one of the two uncertain and let the other follow it, or write less than 100% either way",
            [one, other],
        )


def _possible(matrix: Array) -> bool:
    """Whether a correlation matrix is positive definite, and more than by rounding."""
    return bool(np.linalg.eigvalsh(matrix)[0] > LEAST_EIGENVALUE)


def _contradiction(names: Sequence[str], matrix: Array) -> CorrelationError:
    culprits = _culprits(matrix)
    own = [names[k] for k in culprits]
    part = matrix[np.ix_(culprits, culprits)]
    told = ", ".join(
        f"{own[i]} and {own[j]} {_show(float(rank_correlation(part[i, j])))}"
        for i, j in combinations(range(len(own)), 2)
        if part[i, j]
    )
    rest = "" if np.count_nonzero(part) == part.size else " (pairs not given are 0%)"
    repairs = list(_repairs(matrix, culprits))
    remedy = "with the others as they are, write "
    if not repairs:
        repairs = [replace(r, row=culprits[r.row], column=culprits[r.column]) for r in _repairs(part, range(len(own)))]
        remedy = "there are other contradictions too; to settle this one, write "
    repairs.sort(key=lambda repair: repair.change)
    ways = ", or ".join(f"{names[r.row]} and {names[r.column]} between {r.between()}" for r in repairs[:_REPAIRS])
    return CorrelationError(
        f"the rank correlations of {', '.join(own[:-1])} and {own[-1]} contradict one another: {told}{rest}",
        remedy + ways,
        own,
    )


def _culprits(matrix: Array) -> list[int]:
    """The fewest inputs found whose own correlations are already impossible; without any one of them, they are
    possible.

    A pair within -1..1 is possible, so triples come first, the worst of them if there are several. Failing that, the
    leading minor at which it first fails, less every input that it fails without.
    """
    if triple := _worst_triple(matrix):
        return triple
    size = next(k for k in range(2, len(matrix) + 1) if not _possible(matrix[:k, :k]))
    left = list(range(size))
    for k in range(size):
        fewer = [j for j in left if j != k]
        if not _possible(matrix[np.ix_(fewer, fewer)]):
            left = fewer
    return left


def _worst_triple(matrix: Array) -> list[int]:
    """The three inputs whose matrix has the least eigenvalue, if that is not above 0.

    An input without correlations is in no impossible triple. The triples of one first input are looked at together.
    """
    worst, found = LEAST_EIGENVALUE, list[int]()
    linked = [k for k in range(len(matrix)) if np.count_nonzero(matrix[k]) > 1]
    for k, first in enumerate(linked):
        others = np.array(linked[k + 1 :], dtype=np.int64)
        one, two = np.triu_indices(len(others), 1)
        if not len(one):
            continue
        triples = np.stack([np.full(len(one), first), others[one], others[two]], axis=1)
        least = np.linalg.eigvalsh(matrix[triples[:, :, None], triples[:, None, :]])[:, 0]
        if least.min() <= worst:
            worst, found = float(least.min()), triples[least.argmin()].tolist()
    return found


@dataclass(frozen=True, slots=True)
class _Repair:
    """Between which rank correlations one pair is possible with the others, and by how much it must change."""

    row: int
    column: int
    low: float
    high: float
    change: float

    def between(self) -> str:
        """The interval, narrowed to the fewest digits that leave one."""
        for digits in range(5):
            unit = 10.0 ** (2 + digits)
            low, high = math.ceil(self.low * unit + 1e-6) / unit, math.floor(self.high * unit - 1e-6) / unit
            if low < high:
                break
        return f"{low:.{digits}%} and {high:.{digits}%}"


def _repairs(matrix: Array, culprits: Sequence[int]) -> Iterator[_Repair]:
    """For each pair of culprits of which one coefficient alone makes the matrix possible, the interval of it that does.

    With R the matrix of all others, and a, b the correlations of i and j with them, x = corr(i, j) does if and only if
    |x - a'R^-1 b| < sqrt((1 - a'R^-1 a)(1 - b'R^-1 b)): the partial correlation is then within -1..1. Both factors are
    above 0 if the matrix is possible without i, and without j.
    """
    for i, j in combinations(culprits, 2):
        if not all(_possible(np.delete(np.delete(matrix, k, 0), k, 1)) for k in (i, j)):
            continue
        rest = [k for k in range(len(matrix)) if k not in (i, j)]
        a, b = matrix[rest, i], matrix[rest, j]
        towards_a, towards_b = np.linalg.solve(matrix[np.ix_(rest, rest)], np.stack([a, b], axis=1)).T
        centre, half = float(a @ towards_b), math.sqrt((1 - a @ towards_a) * (1 - b @ towards_b))
        low, high, now = (float(rank_correlation(x)) for x in (centre - half, centre + half, matrix[i, j]))
        yield _Repair(i, j, low, high, max(low - now, now - high))


def _show(rank: float) -> str:
    """A correlation as it is written: percent, without digits that say nothing."""
    return f"{round(100 * rank, 6):g}%"
