"""The nearest point at which a function changes sides, in units of plausibility: what reverse stress calls most likely.

Among all combinations of standard normal numbers at which a plan just fails, the one nearest to the origin is the most
probable; its distance is the reliability index, and if the boundary were flat the chance of failing would be that of
a normal number beyond it (Hasofer and Lind, J. Eng. Mech. Div. ASCE 100 (1974); Rackwitz and Fiessler, Computers and
Structures 9 (1978)). The search goes out from the origin in straight lines to the boundary, and turns each line towards
the gradient found there as long as that brings it nearer. Margins of a contract have kinks, so several lines start, and
the nearest of all wins; a point that is held at a bound stays there.

One search: g = 3 - x - y. Along x it meets 0 at (3, 0), where the gradient points to (1, 1): along that at (1.5, 1.5),
2.12 from the origin, and no turn brings it nearer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mcp_finance.rows.evaluate import Array

Margin = Callable[[Array], Array]
"""The margin at each of some points, `(numbers, points)`; below the level a point fails."""

REACH, RADII, ROUNDS, CLOSE, TURNS = 8.0, 32, 5, 10, 30
BLENDS = (1.0, 0.5, 0.25, 0.1, 0.04, 0.016)
STEP, ENOUGH = 1e-4, 1e-7
ALL_AXES, LINES = 6, 4


def nearest(margin: Margin, low: Array, high: Array, level: float = 0.0) -> Array | None:
    """The nearest point on the far side of the level from the origin, within bounds; None within reach."""
    search = _Search(margin, low, high, level)
    lines = search.starts()
    lengths = search.lengths(lines)
    found: Array | None = None
    for k in np.argsort(lengths)[:LINES]:
        if np.isfinite(lengths[k]):
            point = search.improved(lines[:, k], float(lengths[k]))
            if found is None or np.linalg.norm(point) < np.linalg.norm(found):
                found = point
    return found


class _Search:
    def __init__(self, margin: Margin, low: Array, high: Array, level: float) -> None:
        self.margin, self.low, self.high, self.level = margin, low[:, None], high[:, None], level
        self.dims = len(low)
        self.fails = bool(margin(np.zeros((self.dims, 1)))[0] < level)

    def over(self, points: Array) -> Array:
        """Whether points lie on the other side than the origin."""
        return np.asarray((self.margin(points) < self.level) != self.fails)

    def at(self, line: Array, length: float) -> Array:
        """The point of a line at a distance along it, held within bounds."""
        return np.asarray(np.clip(line * length, self.low[:, 0], self.high[:, 0]))

    def starts(self) -> Array:
        """Lines from the origin: down the gradient there, and along the axes on which it is steepest."""
        steepest = self.towards(np.zeros(self.dims))
        axes = np.argsort(-np.abs(steepest))[:ALL_AXES]
        lines = [steepest, *(s * np.eye(self.dims)[k] for k in axes for s in (1.0, -1.0))]
        return np.stack(lines, axis=1)

    def towards(self, point: Array) -> Array:
        """The direction in which the other side is nearest, by differences; nothing where the margin is flat."""
        near = point[:, None] + STEP * np.concatenate([np.eye(self.dims), -np.eye(self.dims)], axis=1)
        values = self.margin(np.clip(near, self.low, self.high))
        slope = (values[self.dims :] - values[: self.dims]) * (-1.0 if self.fails else 1.0)
        size = float(np.linalg.norm(slope))
        return slope / size if size > 0 and np.isfinite(size) else np.zeros(self.dims)

    def lengths(self, lines: Array, reach: float = REACH, rounds: int = ROUNDS) -> Array:
        """How far along each line the other side begins; infinite where it does not within reach."""
        count = lines.shape[1]
        near, far = np.zeros(count), np.full(count, reach)
        found = np.ones(count, dtype=bool)
        for _ in range(rounds):
            parts = near + (far - near) * np.arange(1, RADII + 1)[:, None] / RADII
            points = np.clip(lines[:, None, :] * parts, self.low[:, :, None], self.high[:, :, None])
            over = self.over(points.reshape(self.dims, -1)).reshape(RADII, count)
            found &= over.any(axis=0)
            first = np.argmax(over, axis=0)
            each = np.arange(count)
            near, far = np.where(first > 0, parts[first - 1, each], near), parts[first, each]
        return np.where(found, far, np.inf)

    def improved(self, line: Array, length: float) -> Array:
        """The point of a line after all turns that bring it nearer."""
        best = self.at(line, length)
        for _ in range(TURNS):
            steepest, size = self.towards(best), float(np.linalg.norm(best))
            lines = np.stack([(1 - b) * line + b * steepest for b in BLENDS], axis=1)
            sizes = np.linalg.norm(lines, axis=0)
            lines = lines[:, sizes > ENOUGH] / sizes[sizes > ENOUGH]
            lengths = self.lengths(lines, length)
            points = {k: self.at(lines[:, k], float(r)) for k, r in enumerate(lengths) if np.isfinite(r)}
            k = min(points, key=lambda k: float(np.linalg.norm(points[k])), default=None)
            if k is None or np.linalg.norm(points[k]) >= size * (1 - ENOUGH):
                break
            line, length, best = lines[:, k], float(lengths[k]), points[k]
        return self.at(line, float(self.lengths(line[:, None], length, CLOSE)[0]))
