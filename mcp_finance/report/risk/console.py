"""The charts of risk for the terminal: tables with bars and bands in characters, readable at 80 columns and in a file.

The rule: every figure that the drawing on paper shows stands in the table; bars and bands only repeat it, in characters
that differ in shape, so that nothing needs colour. A name gives way before a figure does.

A year in which 5% of draws are below −£56.5m and 95% below £10.9m, half of them between −£33.3m and −£7.1m, is a row of
those five figures and, on the scale of all years, a band such as `·───▒▒▒█▒▒▒───·`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_finance.files.problems import harmless
from mcp_finance.report import plots
from mcp_finance.report.money import number
from mcp_finance.report.risk import grades
from mcp_finance.report.risk.heat import DASH, heat_letters
from mcp_finance.report.risk.names import MOST
from mcp_finance.report.risk.shapes import (
    Bar,
    Fan,
    Grid,
    Heat,
    Indices,
    Ranking,
    Tornado,
    Values,
    caption,
    figure,
    scale_of,
    shown,
)
from mcp_finance.report.svg import Scale

MOST_WIDE, LEAST_WIDE, LEAST_BAND = 110, 60, 12
LOW, HIGH = "░", "█"
TAIL, RANGE, HALF, MEDIAN, BASE, NIL, CROSSED = "·", "─", "▒", "█", "◇", "┊", "┼"


def fan(shape: Fan, width: int = 80) -> RenderableType:
    """A row a year: five quantiles, the run without chance, and a band on one scale for all years."""
    table = _table()
    table.add_column("Year", no_wrap=True)
    columns: list[tuple[str, Values]] = list(zip(("5%", "25%", "Median", "75%", "95%"), shape.quantiles, strict=True))
    if shape.base is not None:
        columns.append(("Scenario", shape.base))
    for name, _ in columns:
        table.add_column(name, justify="right", no_wrap=True)
    texts = [[number(v / scale_of(shape.unit), shape.places) for v in values] for _, values in columns]
    taken = max(map(len, shape.years)) + sum(max(len(name), *map(len, column)) for (name, _), column in
                                             zip(columns, texts, strict=True)) + 2 * (len(columns) + 1)  # fmt: skip
    room = _clamp(width) - taken
    low, high = plots.extent([values for _, values in columns], 0.0)
    x = Scale(low, high if high > low else low + 1.0, 0, max(LEAST_BAND, room) - 1)
    if room >= LEAST_BAND:
        table.add_column(_ends(x, shape.unit, room), no_wrap=True)
    for at, year in enumerate(shape.years):
        band = [_band(shape, at, x, room)] if room >= LEAST_BAND else []
        table.add_row(Text(harmless(year)), *(column[at] for column in texts), *band)
    words = f"{TAIL} 5% and 95%  {RANGE} 90% of draws  {HALF} 50%  {MEDIAN} median  {NIL} nil"
    words += f"  {BASE} {harmless(shape.base_name)}" if shape.base is not None else ""
    return Group(_title(shape.title, shape.unit), table, Text(words, style="dim"))


def _ends(x: Scale, unit: str, columns: int) -> str:
    """The lowest value, nil where there is room for it, and the highest, each above its place."""
    first, last = (number(value / scale_of(unit), 0) for value in (x.low, x.high))
    cells = [*first, *" " * max(1, columns - len(first) - len(last)), *last]
    nil = round(x.at(0))
    if all(cell == " " for cell in cells[max(0, nil - 1) : nil + 2]):
        cells[nil] = "0"
    return "".join(cells)


def _band(shape: Fan, at: int, x: Scale, columns: int) -> str:
    cells = [" "] * columns
    nil = round(x.at(0))
    cells[nil] = NIL
    p5, p25, median, p75, p95 = (round(x.at(values[at])) for values in shape.quantiles)
    cells[p5 : p95 + 1] = RANGE * (p95 + 1 - p5)
    cells[p25 : p75 + 1] = HALF * (p75 + 1 - p25)
    cells[p5] = cells[p95] = TAIL
    cells[nil] = CROSSED if cells[nil] == RANGE else cells[nil]
    if shape.base is not None:
        cells[round(x.at(shape.base[at]))] = BASE
    cells[median] = MEDIAN
    return "".join(cells)


def tornado(shape: Tornado, width: int = 80, most: int = MOST) -> RenderableType:
    """A row for each input: range and grade beneath its name, the outcome at both ends, and a bar about the base."""
    bars = shape.largest(most)
    table = _table()
    for name in ("Input", "At low", "At high"):
        table.add_column(name, justify="left" if name == "Input" else "right", no_wrap=name != "Input", overflow="fold")
    figures = [[number(v / scale_of(shape.unit), shape.places) for v in (bar.low, bar.high)] for bar in bars]
    longest = max((len(text) for row in figures for text in row), default=7)
    room = max(12, (_clamp(width) - 2 * max(7, longest) - 8) * 2 // 5)
    table.add_column("", no_wrap=True, min_width=room)
    reach = max((abs(v - shape.base) for bar in bars for v in (bar.low, bar.high)), default=0.0) or 1.0
    low, high = plots.extent([(bar.low, bar.high) for bar in bars], shape.base)
    x = Scale(low, high if high > low else low + reach, 0, room - 1)
    for bar, texts in zip(bars, figures, strict=True):
        label = Text(harmless(bar.label))
        of = f"{harmless(bar.low_text)} to {harmless(bar.high_text)}, {grades.words(bar.grade).lower()}"
        label.append(f"\n{grades.character(bar.grade)} {of}", style="dim")
        table.add_row(label, *texts, _bar(bar, shape.base, x, room))
    base = f"│ as in the scenario, {shown(shape.base, shape.unit, shape.places)}"
    words = f"{LOW} input at the low end of its range  {HIGH} at the high end  {base}"
    more = shape.rest(most) if bars else "No input was moved"
    return Group(_title(shape.title, shape.unit), table, Text(words, style="dim"), *([Text(more)] if more else []))


def _bar(bar: Bar, base: float, x: Scale, columns: int) -> str:
    """From the base to each end, the farther end first, so that the nearer lies over it."""
    cells, middle = [" "] * columns, round(x.at(base))
    for value, sign in sorted(((bar.low, LOW), (bar.high, HIGH)), key=lambda end: -abs(end[0] - base)):
        end = round(x.at(value))
        cells[min(end, middle) : max(end, middle) + 1] = sign * (abs(end - middle) + 1)
    cells[middle] = "│"
    return "".join(cells)


def heat(shape: Heat, width: int = 80) -> RenderableType:
    """Stresses down, parties across, with signs; the first year that fails stands beneath its figure."""
    letters = heat_letters(shape)
    parts: list[RenderableType] = [_title(shape.title, shape.unit)]
    wide = [_column(shape, k) for k in range(len(shape.columns))]
    for start, end in _blocks(wide, _clamp(width) - 26):
        table = _table()
        table.add_column("Stress", overflow="fold", min_width=24)
        for name, least in zip(shape.columns[start:end], wide[start:end], strict=True):
            table.add_column(Text(harmless(name)), justify="right", overflow="fold", width=least)
        for at, (identifier, title) in enumerate(shape.rows):
            cells = []
            for k in range(start, end):
                value, mark = shape.values[at][k], harmless(shape.marks[at][k])
                said = figure(value, shape.unit, shape.places) if value is not None else ""
                text = Text(said or f"{DASH}{letters.get(shape.notes[at][k], '')}", style=_colour(value))
                cells.append(text.append(f"\n{mark}", style="bold") if mark else text)
            table.add_row(Text(harmless(f"{identifier} {title}")), *cells)
        parts.append(table)
    if any(mark for row in shape.marks for mark in row):
        parts.append(Text(f"Beneath a figure: {harmless(shape.failing)}.", style="dim"))
    parts += [Text(f"{letter}. {harmless(reason)}", style="dim") for reason, letter in letters.items()]
    return Group(*parts)


def _column(shape: Heat, at: int) -> int:
    """How wide a party's column is: its longest word, figure or mark, within reason."""
    words = [*shape.columns[at].split(), *(marks[at] for marks in shape.marks)]
    words += [figure(row[at] or 0.0, shape.unit, shape.places) for row in shape.values]
    return min(14, max(map(len, words)))


def grid(shape: Grid, width: int = 80) -> RenderableType:
    """One input down, the other across; the cell of the scenario in brackets."""
    texts = [["" if v is None else figure(v, shape.unit, shape.places) for v in row] for row in shape.values]
    if shape.base is not None:
        row, column = shape.base
        texts[row][column] = f"[{texts[row][column]}]"
    wide = [max(len(name), *(len(row[k]) for row in texts)) for k, name in enumerate(shape.columns)]
    head = f"Down: {harmless(shape.down)}. Across: {harmless(shape.across)}."
    parts: list[RenderableType] = [_title(shape.title, shape.unit), Text(head, style="dim")]
    for start, end in _blocks(wide, _clamp(width) - max(map(len, shape.rows)) - 2):
        table = _table()
        table.add_column("", no_wrap=True)
        for name in shape.columns[start:end]:
            table.add_column(Text(harmless(name)), justify="right", no_wrap=True)
        for at, name in enumerate(shape.rows):
            cells = [Text(texts[at][k] or DASH, style=_colour(shape.values[at][k])) for k in range(start, end)]
            table.add_row(Text(harmless(name), style="bold"), *cells)
        parts.append(table)
    return Group(*parts, *([Text("[ ] the scenario as it stands", style="dim")] if shape.base else []))


def indices(shape: Indices, width: int = 80, most: int = MOST) -> RenderableType:
    """A row for each input: both indices with their intervals, and a bar of them, one laid over the other."""
    kept = shape.largest(most)
    table = _table()
    for name in ("Input", "Alone", "With interactions"):
        table.add_column(name, justify="left" if name == "Input" else "right", no_wrap=name != "Input", overflow="fold")
    texts = [(str(index.first), str(index.total)) for index in kept]
    room = max(10, (_clamp(width) - 6 - 2 * max((len(t) for row in texts for t in row), default=17)) // 3)
    table.add_column("", no_wrap=True, min_width=room)
    largest = max((max(0.0, i.first.value, i.total.value) for i in kept), default=0.0) or 1.0
    for index, figures in zip(kept, texts, strict=True):
        first, total = (max(0, round(e.value / largest * room)) for e in (index.first, index.total))
        table.add_row(Text(harmless(index.label)), *figures, HIGH * first + LOW * max(0, total - first))
    words = f"In brackets: {harmless(shape.interval)}.  {HIGH} alone  {LOW} added by interactions"
    left = len(shape.indices) - len(kept)
    more = [Text(f"Not shown: {left} more")] if left else []
    return Group(_title(shape.title, ""), table, Text(words, style="dim"), *more)


def ranking(shape: Ranking, width: int = 80, most: int = MOST) -> RenderableType:
    """A row for each group of inputs: its grade in words, the money it moves, and a bar, light for weak evidence."""
    kept = shape.weights[:most]
    table = _table()
    for name in ("Input", "Evidence", "Moves"):
        table.add_column(name, justify="right" if name == "Moves" else "left", no_wrap=name == "Moves", overflow="fold")
    room = max(10, _clamp(width) // 4)
    table.add_column("", no_wrap=True, min_width=room)
    largest = max((weight.amount for weight in kept), default=0.0) or 1.0
    for weight in kept:
        weak = weight.grade in grades.WEAK
        said = grades.words(weight.grade) + (f"; {harmless(weight.detail)}" if weight.detail else "")
        evidence = Text(f"{grades.character(weight.grade)} {said}", style="yellow" if weak else "")
        amount = number(weight.amount / scale_of(shape.unit), shape.places)
        table.add_row(Text(harmless(weight.label)), evidence, amount, (LOW if weak else HIGH) * round(
            weight.amount / largest * room))  # fmt: skip
    left = len(shape.weights) - len(kept)
    words = f"{LOW} assumption or not graded  {HIGH} better evidence" + (f"  not shown: {left} more" if left else "")
    return Group(_title(shape.title, shape.unit), table, Text(words, style="dim"))


def _table() -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")


def _title(title: str, unit: str) -> Text:
    return Text(harmless(caption(title, unit)), style="bold")


def _colour(value: float | None) -> str:
    return "dim" if value is None else "red" if value < 0 else "green" if value > 0 else ""


def _clamp(width: int) -> int:
    return max(LEAST_WIDE, min(width, MOST_WIDE))


def _blocks(wide: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Which columns stand side by side: as many as fit, at least one."""
    found, start, taken = [], 0, 0
    for at, one in enumerate(wide):
        if at > start and taken + one + 2 > room:
            found.append((start, at))
            start, taken = at, 0
        taken += one + 2
    return [*found, (start, len(wide))]
