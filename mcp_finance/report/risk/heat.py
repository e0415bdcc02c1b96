"""Shaded tables: parties by stresses, and one outcome over two inputs, as data for a template to place.

The rule: a cell's shade repeats what its figure says. Every figure has its sign and stands in dark ink on a light
ground, gains turquoise and losses orange, in four steps at round figures that the key beneath the table names; a cell
without a figure is grey, has a dash, and says why in a note.

A loss of £31.2m in a table whose largest figure is £80m is beyond the step of 20 and short of that of 50: shade -3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcp_finance.files.problems import harmless
from mcp_finance.report import money
from mcp_finance.report.risk.shapes import Grid, Heat, caption, figure, scale_of

DASH = "–"
STEPS = 3
_SIZES = tuple(m * 10.0**power for power in range(13, -13, -1) for m in (5, 2, 1))


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in words; its shade from -4 to 4, None where there is none; its mark; the letter of its note."""

    text: str
    shade: int | None
    mark: str = ""
    note: str = ""
    strong: bool = False

    @property
    def tone(self) -> str:
        """The class that colours it: n4 to n1 for losses, z for nil, p1 to p4 for gains, x for none."""
        if self.shade is None:
            return "x"
        return "z" if not self.shade else f"{'p' if self.shade > 0 else 'n'}{abs(self.shade)}"


@dataclass(frozen=True, slots=True)
class Shaded:
    """A table with shaded cells. `rows` are an id (or none), a name and cells; `scale` is the key: tones and words."""

    caption: str
    corner: str
    across: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    scale: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    kind: str = "shaded"


def heat_table(heat: Heat) -> Shaded:
    """Stresses down, parties across: each cell its figure with a sign, and the first year that fails if one does."""
    steps = steps_of([v for row in heat.values for v in row if v is not None], heat.unit, heat.places)
    letters = heat_letters(heat)
    rows = []
    for at, (identifier, title) in enumerate(heat.rows):
        cells = zip(heat.values[at], heat.marks[at], heat.notes[at], strict=True)
        found = tuple(_cell(v, steps, heat.unit, heat.places, mark, letters.get(note, "")) for v, mark, note in cells)
        rows.append((harmless(identifier), harmless(title), found))
    notes = [f"{letter}. {harmless(reason)}" for reason, letter in letters.items()]
    if any(mark for row in heat.marks for mark in row):
        notes.insert(0, f"In bold beneath a figure: {harmless(heat.failing)}.")
    columns = tuple(map(harmless, heat.columns))
    return Shaded(
        harmless(caption(heat.title, heat.unit)),
        "Stress",
        "",
        columns,
        tuple(rows),
        _key(steps, heat.unit),
        tuple(notes),
    )


def heat_letters(heat: Heat) -> dict[str, str]:
    """The letter of every reason for a cell without a figure."""
    return {reason: _letter(at) for at, reason in enumerate(heat.reasons)}


def grid_table(grid: Grid) -> Shaded:
    """One input down, the other across; the cell of the scenario is framed and says so."""
    steps = steps_of([v for row in grid.values for v in row if v is not None], grid.unit, grid.places)
    rows = []
    for at, (name, values) in enumerate(zip(grid.rows, grid.values, strict=True)):
        cells = []
        for k, value in enumerate(values):
            base = grid.base == (at, k)
            cells.append(_cell(value, steps, grid.unit, grid.places, "scenario" if base else "", "", strong=base))
        rows.append(("", harmless(name), tuple(cells)))
    notes = ("“scenario” marks the cell of the scenario as it stands.",) if grid.base else ()
    corner, columns = harmless(grid.down), tuple(map(harmless, grid.columns))
    key = _key(steps, grid.unit)
    return Shaded(
        harmless(caption(grid.title, grid.unit)), corner, harmless(grid.across), columns, tuple(rows), key, notes
    )


def _cell(
    value: float | None, steps: tuple[float, ...], unit: str, places: int, mark: str, note: str, *, strong: bool = False
) -> Cell:
    if value is None:
        return Cell(DASH, None, harmless(mark), note, strong)
    return Cell(figure(value, unit, places), shade(value, steps, unit, places), harmless(mark), note, strong)


def steps_of(values: list[float], unit: str, places: int = 1) -> tuple[float, ...]:
    """Three sizes at which the shade deepens, in the unit: the round figures (1, 2, 5) next below the largest.

    None is less than the last decimal shown.
    """
    largest = max((10.0 ** (1 - places), *(abs(v) / scale_of(unit) for v in values)))
    start = next(k for k, size in enumerate(_SIZES) if size < largest * (1 - 1e-9))
    return tuple(reversed(_SIZES[start : start + STEPS]))


def shade(value: float, steps: tuple[float, ...], unit: str, places: int = 1) -> int:
    """How deep a figure is shaded: 0 where it shows as nil, otherwise 1 to 4 with its sign."""
    size = value / scale_of(unit)
    if money.rounded(size, places) == 0:
        return 0
    return int(math.copysign(1 + sum(abs(size) >= step for step in steps), size))


def _key(steps: tuple[float, ...], unit: str) -> tuple[tuple[str, str], ...]:
    """Each shade and the figure from which it holds, from the deepest loss to the largest gain."""
    places = max(0, -math.floor(math.log10(steps[0]) + 1e-9))

    def at(step: float, sign: int) -> str:
        return money.measured(sign * step, unit, places, plus=True)

    losses = [(f"n{k + 2}", at(step, -1)) for k, step in reversed(list(enumerate(steps)))]
    gains = [(f"p{k + 2}", at(step, 1)) for k, step in enumerate(steps)]
    return (*losses, ("n1", "any loss"), ("z", "nil"), ("p1", "any gain"), *gains)


def _letter(at: int) -> str:
    """a to z, then aa, ab and so on."""
    return (_letter(at // 26 - 1) if at >= 26 else "") + chr(ord("a") + at % 26)
