"""Plots of risk in characters: the frontier of term sheets, pairs that exhaust the reserves, draws behind a payoff.

The rule: each plot stands over a table of its figures, and every kind of point has a character of its own, so that the
plot shows where and the table how much, without colour.

A sheet worth -£12m across and -£3m upwards falls left of the upright line and below the level one: an `x`, one of those
that neither should sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_finance.files.problems import harmless
from mcp_finance.report import plots, svg
from mcp_finance.report.money import measured, number
from mcp_finance.report.payoff_chart import percent
from mcp_finance.report.risk.draws import share_of
from mcp_finance.report.risk.frontier import NEITHER, to_name
from mcp_finance.report.risk.pairs import searched
from mcp_finance.report.risk.shapes import KINDS, Draws, Frontier, Kind, Pairs, caption, scale_of, shown
from mcp_finance.report.svg import Scale

MARKS: dict[Kind, str] = {"pareto": "●", "dominated": "·", "refused": "x", "base": "◆"}
FAILS, CURVE = "░", "●"
MOST_WIDE, LEAST_WIDE, ROWS = 90, 60, 17
_BLOCKS = " ▁▂▃▄▅▆▇█"
_HIGH = 4
_MOST_PAIRS = 7


def frontier(shape: Frontier, width: int = 80) -> RenderableType:
    """Every term sheet as a character, then the frontier and the base in figures."""
    scale = scale_of(shape.unit)
    x_marks = svg.ticks(*plots.extent([tuple(p.x / scale for p in shape.points)], shape.without[0] / scale), 7)
    y_marks = svg.ticks(*plots.extent([tuple(p.y / scale for p in shape.points)], shape.without[1] / scale))
    cells, x, y = _canvas((x_marks[0], x_marks[-1]), y_marks, width)
    column, row = (round(x.at(shape.without[0] / scale)), round(y.at(shape.without[1] / scale)))
    for line in cells:
        line[column] = "┊"
    cells[row] = ["┄"] * len(cells[row])
    for kind in ("dominated", "refused", "pareto", "base"):
        for point in shape.of(kind):
            cells[round(y.at(point.y / scale))][round(x.at(point.x / scale))] = MARKS[kind]
    drawn = _framed(cells, x_marks, y_marks, x, shape.x_title)
    counts = [f"{MARKS[kind]} {KINDS[kind].lower()} ({count})" for kind in KINDS if (count := len(shape.of(kind)))]
    table = _table("Term sheet", "Across", "Upwards")
    for point in to_name(shape):
        values = (shown(v, shape.unit, shape.places, plus=True) for v in (point.x, point.y))
        table.add_row(Text(f"{MARKS[point.kind]} {harmless(point.label)}"), *values)
    corner = f"{NEITHER}: left of ┊ and below ┄, where both are worse off than without a contract."
    left = len(shape.of("pareto")) - sum(point.kind == "pareto" for point in to_name(shape))
    more = [Text(f"and {left} more on the frontier")] if left else []
    key = [Text(text, style="dim") for text in (*counts, corner)]
    return Group(_title(caption(shape.title, shape.unit)), Text(harmless(shape.y_title)), *drawn, *key, table, *more)


def pairs(shape: Pairs, width: int = 80, base_name: str = "as in the scenario") -> RenderableType:
    """The curve with its failing side filled, then some of its pairs in figures."""
    of = (scale_of(shape.x_unit), scale_of(shape.y_unit))
    curve = [(x / of[0], y / of[1]) for x, y in shape.curve]
    base = (shape.base[0] / of[0], shape.base[1] / of[1])
    low, high = plots.extent([tuple(x for x, _ in curve)], base[0])
    x_marks = svg.ticks(low, high)
    y_marks = svg.ticks(*plots.extent([tuple(y for _, y in curve)], base[1]))
    cells, x, y = _canvas(searched(low, high, x_marks), y_marks, width)
    for (x1, y1), (x2, y2) in pairwise(curve) if len(curve) > 1 else ((curve[0], curve[0]),):
        for column in range(round(x.at(x1)), round(x.at(x2)) + 1):
            along = (column - x.at(x1)) / (x.at(x2) - x.at(x1)) if x.at(x2) > x.at(x1) else 0.0
            row = round(y.at(y1 + (y2 - y1) * min(1.0, max(0.0, along))))
            failing = range(row) if shape.failing == "above" else range(row + 1, len(cells))
            for at in failing:
                cells[at][column] = FAILS if cells[at][column] == " " else cells[at][column]
            cells[row][column] = CURVE
    cells[round(y.at(base[1]))][round(x.at(base[0]))] = MARKS["base"]
    table = _table("", harmless(shape.x_title), harmless(shape.y_title))
    step = max(1.0, (len(curve) - 1) / (_MOST_PAIRS - 1))
    chosen = dict.fromkeys(min(len(curve) - 1, round(k * step)) for k in range(_MOST_PAIRS))
    rows = [(CURVE, curve[at]) for at in chosen]
    for mark, (across, upright) in (*rows, (MARKS["base"], base)):
        figures = (measured(across, shape.x_unit, shape.places), measured(upright, shape.y_unit, shape.places))
        table.add_row(Text(mark), *figures)
    key = f"{CURVE} just suffices  {FAILS} {harmless(shape.fails)}  {MARKS['base']} {harmless(base_name)}"
    drawn = _framed(cells, x_marks, y_marks, x, shape.x_title)
    return Group(_title(shape.title), Text(harmless(shape.y_title)), *drawn, Text(key, style="dim"), table)


def draws(shape: Draws, width: int = 80) -> RenderableType:
    """A histogram of the variances with their quantiles beneath it, and the share of draws in every zone."""
    columns = _clamp(width) - 2
    x = Scale(shape.edges[0], shape.edges[-1], 0, columns - 1)
    heights = [shape.counts[at * len(shape.counts) // columns] for at in range(columns)]
    most = max(shape.counts) or 1
    eighths = [max(1 if height else 0, round(8 * _HIGH * height / most)) for height in heights]
    rows = [
        "".join(_BLOCKS[min(8, max(0, eighth - 8 * level))] for eighth in eighths) for level in reversed(range(_HIGH))
    ]
    rule = ["─"] * columns
    if x.low < 0 < x.high:
        rule[round(x.at(0))] = "0"
    cuts = {round(x.at(zone.low)) for zone in shape.zones[1:]}
    for cut in cuts:
        rule[cut] = "┴"
    below = [" "] * columns
    for letter, rate in (("5", shape.p5), ("95", shape.p95), ("M", shape.p50)):
        if x.low <= rate <= x.high:
            at = min(columns - len(letter), round(x.at(rate)))
            below[at : at + len(letter)] = letter
    low, high = percent(x.low, 1), percent(x.high, 1)
    ends = f"{low}{high:>{columns - len(low)}}"
    lines = [Text(line, no_wrap=True) for line in (*rows, "".join(rule), "".join(below), ends)]
    quantiles = f"5 = P5 {percent(shape.p5, 1)}  M = median {percent(shape.p50, 1)}  95 = P95 {percent(shape.p95, 1)}"
    title = f"{number(shape.total)} draws of the variance, % of target"
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    for zone in shape.zones:
        table.add_row(Text(share_of(zone), justify="right"), Text(f"of draws {harmless(zone.name)}"))
    beyond = shape.below + shape.above
    said = f"Beyond the range drawn: {number(shape.below)} below it, {number(shape.above)} above."
    key = f"{quantiles}  ┴ a clause begins or ends"
    return Group(_title(title), *lines, Text(key, style="dim"), table, *([Text(said)] if beyond else []))


def _canvas(across: tuple[float, float], y_marks: Sequence[float], width: int) -> tuple[list[list[str]], Scale, Scale]:
    """Empty cells, the highest row first, and where values fall in them."""
    columns = _clamp(width) - max(map(len, plots.tick_labels(y_marks))) - 3
    cells = [[" "] * columns for _ in range(ROWS)]
    return cells, Scale(*across, 0, columns - 1), Scale(y_marks[0], y_marks[-1], ROWS - 1, 0)


def _framed(
    cells: list[list[str]], x_marks: Sequence[float], y_marks: Sequence[float], x: Scale, title: str
) -> list[Text]:
    """The cells with values at the left and beneath, and what the values beneath are."""
    labels = plots.tick_labels(y_marks)
    margin = max(map(len, labels))
    y = Scale(y_marks[0], y_marks[-1], len(cells) - 1, 0)
    at_row = {round(y.at(mark)): label for mark, label in zip(y_marks, labels, strict=True)}
    found = [
        f"{at_row.get(at, ''):>{margin}} {'┤' if at in at_row else '│'}{''.join(line)}" for at, line in enumerate(cells)
    ]
    columns = len(cells[0])
    rule, values = ["─"] * columns, [" "] * (columns + margin + 2)
    end = 0
    for mark, label in zip(x_marks, plots.tick_labels(x_marks), strict=True):
        if not x.low - 1e-9 <= mark <= x.high + 1e-9:
            continue
        at = round(x.at(mark))
        rule[at] = "┴"
        start = min(max(0, margin + 2 + at - len(label) // 2), len(values) - len(label))
        if start >= end:
            values[start : start + len(label)] = label
            end = start + len(label) + 1
    found += [f"{' ' * (margin + 1)}└{''.join(rule)}", "".join(values), f"{' ' * (margin + 2)}{harmless(title)}"]
    return [Text(line.rstrip(), no_wrap=True, overflow="ellipsis") for line in found]


def _table(*names: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(Text(names[0]), overflow="fold")
    for name in names[1:]:
        table.add_column(Text(name), justify="right")
    return table


def _title(title: str) -> Text:
    return Text(harmless(title), style="bold")


def _clamp(width: int) -> int:
    return max(LEAST_WIDE, min(width, MOST_WIDE))
