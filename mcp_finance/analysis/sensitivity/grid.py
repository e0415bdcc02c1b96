"""Two figures moved together: an outcome for every pair of values, in one table.

The rule: a cell is the run with both changes, in the order in which they are given, and the scenario's own cell is
marked where both values leave everything as it is. A pair that no scenario may have, or of which a term sheet has no
settlement, is a cell without a figure that says why.

Walking one cell through: `lines.*.shift.effect times 50%, 100%` down and `lines.*.shift.delay add 0 months, 12 months`
across have four cells; the first is half the effect with no further delay, the second row's first is the scenario.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from mcp_finance.analysis.measure import Measure
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.sensitivity.variants import evaluated
from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import Place, ScenarioError
from mcp_finance.scenario.addresses import Addresses
from mcp_finance.scenario.amounts import How, read_amount
from mcp_finance.scenario.shocked import Change, Where, applied, targets

MOST_VALUES = 25
_GIVEN = re.compile(r"(?P<on>.+?)\s+(?P<how>is|add|times)\s+(?P<values>.+)")
Cell = TypeVar("Cell")
_HOW: dict[str, How] = {"is": "is", "add": "add", "times": "times"}


@dataclass(frozen=True, slots=True)
class Axis:
    """A figure (or all of a pattern) and the values that it takes: amounts of a change, and each in words.

    `own` is the position of the value that changes nothing, if there is one.
    """

    on: str
    how: How
    amounts: tuple[float, ...]
    texts: tuple[str, ...]
    own: int | None

    @property
    def title(self) -> str:
        return self.on if self.how == "is" else f"{self.on}, {'added to it' if self.how == 'add' else 'times'}"


@dataclass(frozen=True, slots=True)
class Grid:
    """`values[i][j]` is the outcome with the i-th value down and the j-th across; None where `why` says why."""

    measure: Measure
    down: Axis
    across: Axis
    values: tuple[tuple[float | None, ...], ...]
    why: tuple[tuple[str, ...], ...]
    base: tuple[int, int] | None


def axis(run: Run, text: str) -> Axis:
    """`ADDRESS is|add|times VALUE, VALUE…` as an axis; a comma within a figure has no space after it.

    Raises:
        FigureError: it is not of that form, or a value cannot be read.
        ScenarioError: the address is no figure of the scenario.
    """
    if not (found := _GIVEN.fullmatch(text.strip())):
        raise FigureError(f"{text!r} is no figure with values", "ADDRESS is|add|times VALUE, VALUE, …")
    addresses, how, place = Addresses(run.inputs), _HOW[found["how"]], Place("--grid", 1, 1)
    named, problems = targets(addresses, (found["on"],), how, Where("grid", (place,), place))
    if problems:
        raise ScenarioError(problems)
    texts = tuple(value.strip() for value in re.split(r",\s+|,(?!\d{3}\b)", found["values"]) if value.strip())
    if not 1 <= len(texts) <= MOST_VALUES:
        raise FigureError(f"{len(texts)} values of {found['on']}", f"1 to {MOST_VALUES} values")
    last_day = named[0].last_day and how == "is"
    amounts = tuple(read_amount(named[0].unit, how, value, last_day=last_day) for value in texts)
    figures = {a.values[t] for a in named for t in a.years or (0,)}
    still = figures if how == "is" and len(figures) == 1 else {"add": {0.0}, "times": {1.0}}.get(how, set())
    own = next((k for k, amount in enumerate(amounts) if amount in still), None)
    return Axis(found["on"], how, amounts, texts, own)


def grid(run: Run, measure: Measure, down: Axis, across: Axis) -> Grid:
    """The outcome for every pair of values."""
    addresses = Addresses(run.inputs)
    pairs = list(product(down.amounts, across.amounts))
    tried = [applied(run.inputs, _changes(down, across, pair), addresses) for pair in pairs]
    legal = [k for k, (_, problems) in enumerate(tried) if not problems]
    variants = evaluated(run, [tried[k][0] for k in legal], [measure.row])
    outcome = measure.of(variants.rows[measure.row])
    found: list[float | None] = [None] * len(pairs)
    why = [problems[0].message if problems else "" for _, problems in tried]
    for place, k in enumerate(legal):
        why[k] = variants.broken[place]
        found[k] = None if why[k] else float(outcome[place])
    wide = len(across.amounts)
    base = (down.own, across.own) if down.own is not None and across.own is not None else None
    return Grid(measure, down, across, _rows(found, wide), _rows(why, wide), base)


def _changes(down: Axis, across: Axis, pair: tuple[float, float]) -> tuple[Change, Change]:
    return (
        Change("down", (down.on,), down.how, pair[0]),
        Change("across", (across.on,), across.how, pair[1]),
    )


def _rows(cells: Sequence[Cell], wide: int) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(cells[k : k + wide]) for k in range(0, len(cells), wide))
