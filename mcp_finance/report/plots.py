"""The parts charts share: a heading, a plot by year, labels at the ends of its lines, small panels on one scale.

The rule: a plot is laid out around its words. The room for tick values and end labels is measured first and
the figures get what is left, so no label is cut off; labels that would collide are moved apart and led back
to their points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcp_finance.report import palette, svg
from mcp_finance.report.money import number
from mcp_finance.report.svg import Point, Scale

Values = tuple[float | None, ...]
Swatch = tuple[str, str]
"""Markup of a 28 by 14 sample, and the words beside it."""

UNITS_IN_WORDS = {"£m": "£ million", "£bn": "£ billion", "£k": "£ thousand", "%": "Per cent"}
LEADING = 19.0
_LARGEST = 1e12
_PANEL = 116.0


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says besides its figures, and how it shows them."""

    title: str
    description: str
    subtitle: str | None
    unit: str
    places: int
    key: str

    def beneath_title(self) -> str:
        """The subtitle: as given, otherwise the unit in words."""
        return (
            UNITS_IN_WORDS.get(self.unit, self.unit[:1].upper() + self.unit[1:])
            if self.subtitle is None
            else self.subtitle
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line ready to draw: values already in the unit shown, one for each year."""

    name: str
    values: Values
    style: palette.Style
    bold: bool


@dataclass(frozen=True, slots=True)
class End:
    """A label at the right of a plot, its figure first, and the point it belongs to."""

    point: Point
    rows: tuple[str, ...]
    colour: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """The rectangle figures are drawn in: where each year and each value falls, and the tick values."""

    xs: tuple[float, ...]
    y: Scale
    marks: tuple[float, ...]
    left: float
    right: float

    def points(self, values: Values) -> list[Point | None]:
        """Where the values fall, None where there is none."""
        return [None if v is None else (x, self.y.at(v)) for x, v in zip(self.xs, values, strict=True)]


@dataclass(frozen=True, slots=True)
class Area:
    """What lies between two lines from one crossing to the next: which is higher on the page, both outlines."""

    first_higher: bool
    first: list[Point]
    second: list[Point]

    def markup(self, fill: str) -> str:
        """The area as a filled polygon."""
        return svg.polygon((*self.first, *reversed(self.second)), fill)


def scaled(name: str, values: Sequence[float | None], count: int, scale: float) -> Values:
    """The values in the unit shown, as many as there are years, each finite and at most a million million.

    Raises ValueError if they are not, or if `scale` is not above zero.
    """
    if not 0 < scale < float("inf"):
        raise ValueError(f"the scale of a chart must be above zero, not {scale}")
    if len(values) != count:
        raise ValueError(f"{name!r} has {len(values)} values for {count} years")
    for at, value in enumerate(values):
        if value is not None and not abs(value) <= _LARGEST * scale:
            raise ValueError(f"{name!r} cannot be drawn: value {at + 1} is {value}")
    return tuple(None if value is None else value / scale for value in values)


def extent(sets: Sequence[Values], include: float | None = None) -> tuple[float, float]:
    """The lowest and highest known value, and `include` if given; 0 and 1 where nothing is known."""
    known = [value for values in sets for value in values if value is not None]
    known += [] if include is None else [include]
    return (min(known), max(known)) if known else (0.0, 1.0)


def last(values: Values) -> tuple[int, float] | None:
    """The position and figure of the last known value."""
    return next(((at, v) for at, v in reversed(list(enumerate(values))) if v is not None), None)


def widest(rows: Sequence[str], size: float, *, bold: bool = False) -> float:
    """The width of the widest row."""
    return max((svg.text_width(row, size, bold=bold) for row in rows), default=0.0)


def tick_labels(marks: Sequence[float]) -> list[str]:
    """Tick values as text, all to the places that tell them apart."""
    return [number(mark, svg.tick_places(marks)) for mark in marks]


def across(left: float, right: float, count: int) -> tuple[float, ...]:
    """`count` places evenly from `left` to `right`; one alone stands in the middle."""
    if count == 1:
        return ((left + right) / 2,)
    return tuple(left + at * (right - left) / (count - 1) for at in range(count))


def header(title: str, subtitle: str, note: str, swatches: Sequence[Swatch]) -> tuple[list[str], float]:
    """The title, the unit, any warning about the axis, and a key; then how far down they reach."""
    body: list[str] = []
    y = 0.0
    for content, size, bold, fill, most in (
        (title, 20, True, palette.INK, 3),
        (subtitle, 16, False, palette.MUTED, 2),
        (note, 16, True, palette.INK, 2),
    ):
        if rows := svg.wrap(content, size, svg.WIDTH, most, bold=bold):
            body.append(svg.label(0, y + size, rows, size, bold=bold, fill=fill, leading=1.25))
            y += len(rows) * size * 1.25 + 3
    x = 0.0
    y += 4 if swatches else 0
    for at, (swatch, name) in enumerate(swatches):
        shown = svg.shorten(name, 16, svg.WIDTH - 40)
        width = 36 + svg.text_width(shown, 16)
        if at and x + width > svg.WIDTH:
            x, y = 0.0, y + 24
        place = f"translate({svg.coordinate(x)} {svg.coordinate(y + 3)})"
        body.append(svg.element("g", swatch, transform=place))
        body.append(svg.label(x + 36, y + 16, shown))
        x += width + 28
    return body, y + (24 if swatches else 0)


def areas(first: Sequence[Point | None], second: Sequence[Point | None]) -> list[Area]:
    """The areas between two lines, split where they cross and broken where either has no value.

    A year that stands alone is drawn as a bar 16 wide; where the lines coincide there is no area.
    """
    dense = _crossings(first, second)
    found: list[Area] = []
    for at, here in enumerate(dense):
        before = dense[at - 1] if at else None
        after = dense[at + 1] if at + 1 < len(dense) else None
        if here is None or (before is None and after is not None):
            continue
        x, one, other = here
        start, one_before, other_before = before or (x - 8, one, other)
        gap = one + one_before - other - other_before
        if gap == 0:
            continue
        if not (found and found[-1].first_higher == (gap < 0) and found[-1].first[-1][0] == start):
            found.append(Area(gap < 0, [(start, one_before)], [(start, other_before)]))
        end = x if before else x + 8
        found[-1].first.append((end, one))
        found[-1].second.append((end, other))
    return found


def _crossings(
    first: Sequence[Point | None], second: Sequence[Point | None]
) -> list[tuple[float, float, float] | None]:
    """Each place with the heights of both lines, and the places between where they cross."""
    dense: list[tuple[float, float, float] | None] = []
    for one, other in zip(first, second, strict=True):
        here = None if one is None or other is None else (one[0], one[1], other[1])
        before = dense[-1] if dense else None
        if here and before:
            gap, next_gap = before[1] - before[2], here[1] - here[2]
            if gap * next_gap < 0:
                share = gap / (gap - next_gap)
                height = before[1] + share * (here[1] - before[1])
                dense.append((before[0] + share * (here[0] - before[0]), height, height))
        dense.append(here)
    return dense


def grid(plot: Plot, *, numbered: bool = True, strong: float = 0.0) -> str:
    """Level gridlines with their values at the left; the one at `strong` is darker."""
    body = []
    for mark, shown in zip(plot.marks, tick_labels(plot.marks), strict=True):
        y = plot.y.at(mark)
        body.append(svg.line((plot.left, y), (plot.right, y), palette.AXIS if mark == strong else palette.GRID))
        if numbered:
            body.append(svg.label(plot.left - 10, y + 5.5, shown, 15, "end", fill=palette.MUTED))
    return "".join(body)


def upright_grid(x: Scale, marks: Sequence[float], top: float, bottom: float, strong: float) -> str:
    """Upright gridlines with their values beneath; the one totals start from is darker."""
    shown = tick_labels(marks)
    chosen = spaced(len(marks), x.at(marks[1]) - x.at(marks[0]), widest(shown, 15))
    colours = [palette.AXIS if mark == strong else palette.GRID for mark in marks]
    body = [svg.line((x.at(m), top), (x.at(m), bottom), colour) for m, colour in zip(marks, colours, strict=True)]
    body += [svg.label(x.at(marks[at]), bottom + 20, shown[at], 15, "middle", fill=palette.MUTED) for at in chosen]
    return "".join(body)


def spaced(count: int, gap: float, width: float) -> list[int]:
    """Which of `count` labels, `gap` apart and up to `width` wide, to show: both ends, evenly where possible."""
    every = max(1, math.ceil((width + 8) / gap)) if gap > 0 else count
    every = next((e for e in range(every, 2 * every) if (count - 1) % e == 0), every)
    if every >= count:
        return [count - 1]
    return [at for at in range(0, count - 1, every) if count - 1 - at >= every] + [count - 1]


def year_axis(plot: Plot, names: Sequence[str]) -> str:
    """As many of the years as fit beneath a plot, each with a tick."""
    bottom = plot.y.start
    gap = plot.xs[1] - plot.xs[0] if len(plot.xs) > 1 else 0.0
    return "".join(
        svg.line((plot.xs[at], bottom), (plot.xs[at], bottom + 6), palette.AXIS)
        + svg.label(plot.xs[at], bottom + 23, names[at], 15, "middle", fill=palette.MUTED)
        for at in spaced(len(names), gap, widest(names, 15))
    )


def end_labels(ends: Sequence[End], plot: Plot) -> str:
    """Each end's figure and name at the right of the plot, moved apart, with a leader from its point."""
    heights = [len(end.rows) * LEADING + 8 for end in ends]
    centres = svg.spread([end.point[1] for end in ends], heights, plot.y.end - 12, plot.y.start + 12)
    body = []
    for end, centre in zip(ends, centres, strict=True):
        target = (plot.right + 24, centre)
        if plot.right - end.point[0] < 20:
            corner = (plot.right + 4, end.point[1])
            body.append(svg.line(end.point, corner, end.colour, 1.25))
            body.append(svg.line(corner, target, end.colour, 1.25))
        else:
            body.append(svg.line(end.point, target, end.colour, 1, "1 3"))
        first = centre - (len(end.rows) - 1) * LEADING / 2 + 5.5
        x = plot.right + 30
        body.append(svg.label(x, first, end.rows[0], bold=True))
        body.append(svg.label(x, first + LEADING, end.rows[1:], bold=end.bold, leading=LEADING / 16))
    return "".join(body)


def panels(
    years: Sequence[str],
    drawn: Sequence[tuple[str, tuple[Line, ...]]],
    top: float,
    most: int,
    reference: float,
    show: Callable[[float], str],
    deficit: str = "",
    absent: str = "No data",
) -> tuple[list[str], float]:
    """Named small charts, at most `most` to a row, on one scale; then the height they reach.

    The gridline at `reference` is darker. With `deficit`, a fill, the areas from there to the lines are
    tinted above and filled with it below. `show` makes the label of a final value, `absent` stands in a
    panel without values.
    """
    marks = svg.ticks(*extent([line.values for _, lines in drawn for line in lines], reference), 3)
    gutter = 10 + widest(tick_labels(marks), 15)
    finals = [show(end[1]) for _, lines in drawn for line in lines if (end := last(line.values))]
    reserve = 26 + widest(finals, 15, bold=True)
    fitting = next(c for c in range(most, 0, -1) if c == 1 or (svg.WIDTH - gutter) / c - reserve >= 100)
    columns = math.ceil(len(drawn) / math.ceil(len(drawn) / fitting))
    width = (svg.WIDTH - gutter) / columns
    body: list[str] = []
    for start in range(0, len(drawn), columns):
        row = drawn[start : start + columns]
        names = [svg.wrap(name, 16, width - 12, 2, bold=True) for name, _ in row]
        base = top + 36 + max(len(rows) for rows in names) * 20.0
        for at, (_, lines) in enumerate(row):
            left = gutter + at * width
            right = left + width - reserve
            body.append(svg.label(left, base - 20 * len(names[at]), names[at], bold=True, leading=1.25))
            y = Scale(marks[0], marks[-1], base + _PANEL, base)
            plot = Plot(across(left + 5, right - 5, len(years)), y, marks, left, right)
            body.append(_panel(plot, lines, reference, show, deficit, numbered=not at))
            if not any(last(line.values) for line in lines):
                middle = (plot.left + plot.right) / 2
                body.append(svg.label(middle, base + _PANEL / 2 + 5, absent, 15, "middle", halo=True))
            body.append(_panel_years(plot, years))
        top = base + _PANEL + 32
    return body, top


def _panel(
    plot: Plot, lines: Sequence[Line], reference: float, show: Callable[[float], str], deficit: str, *, numbered: bool
) -> str:
    body = []
    level = plot.y.at(reference)
    for line in lines if deficit else ():
        for area in areas(plot.points(line.values), [(x, level) for x in plot.xs]):
            body.append(area.markup(palette.SURPLUS_TINT if area.first_higher else deficit))
    body.append(grid(plot, numbered=numbered, strong=reference))
    ends = [(line, end[0], end[1]) for line in lines if (end := last(line.values))]
    body += [svg.polyline(plot.points(line.values), line.style, 2.5) for line, _, _ in reversed(ends)]
    heights = [plot.y.at(value) for _, _, value in ends]
    placed = svg.spread(heights, [18.0] * len(ends), plot.y.end - 9, plot.y.start + 9)
    for (line, at, value), height, centre in zip(ends, heights, placed, strict=True):
        body.append(svg.marker((plot.xs[at], height), line.style, 3.5))
        body.append(svg.label(plot.right + 6, centre + 5.5, show(value), 15, bold=line.bold))
    return "".join(body)


def _panel_years(plot: Plot, years: Sequence[str]) -> str:
    places = [(years[0], plot.left, "start"), (years[-1], plot.right, "end")]
    if len(years) == 1:
        places = [(years[0], plot.xs[0], "middle")]
    room = (plot.right - plot.left) / 2 - 4
    return "".join(
        svg.label(x, plot.y.start + 20, svg.shorten(year, 15, room), 15, anchor, fill=palette.MUTED)
        for year, x, anchor in places
    )
