"""The charts of a report, drawn as self-contained SVG: the same input always gives the same bytes.

Each public function takes plain figures and gives one `<svg>` element as text, safe to place inline: every
name is escaped and nothing is fetched. Lines are labelled where they end, bars start at zero unless the
chart says in words that they do not, and every distinction made by colour is also made by dash, hatch,
marker or sign. Inputs that cannot be drawn honestly (figures that are not finite, series of the wrong
length, steps that do not add up) raise ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.money import measured, number, rounded
from mcp_finance.report.plots import LEADING, End, Line, Plot, Swatch, Values, Words, scaled
from mcp_finance.report.svg import Scale
from mcp_finance.report.waterfall import Step, waterfall

__all__ = [
    "Band",
    "Panel",
    "Series",
    "Step",
    "by_year",
    "gap_chart",
    "line_chart",
    "positions",
    "small_multiples",
    "sparkline",
    "waterfall",
]

_MOST_PANELS = 20


@dataclass(frozen=True, slots=True)
class Series:
    """One named line: a value for each year, None where there is none; `emphasis` draws it heavier."""

    name: str
    values: Sequence[float | None]
    emphasis: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A named range drawn behind the lines of a chart: the lowest and highest value of each year."""

    name: str
    low: Sequence[float | None]
    high: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """One small chart of `small_multiples`: values by year and those they are compared with."""

    name: str
    values: Sequence[float | None]
    comparison: Sequence[float | None]


def line_chart(
    title: str,
    description: str,
    years: Sequence[str],
    series: Sequence[Series],
    unit: str = "£m",
    scale: float = 1e6,
    band: Band | None = None,
    zero: bool = True,
    *,
    key: str,
    subtitle: str | None = None,
    places: int = 1,
) -> str:
    """Lines by year, each labelled with its name and last value where it ends.

    Values are divided by `scale` to be in `unit`. With `zero` the axis includes zero; without, a note says
    so where it does not. `subtitle` replaces the words for the unit. `key` makes the ids: see `svg.figure`.
    """
    lines = _lines(years, series, scale)
    edges: tuple[Values, ...] = ()
    swatches: list[Swatch] = []
    if band is not None:
        edges = tuple(scaled(band.name, values, len(years), scale) for values in (band.low, band.high))
        swatches.append((svg.rectangle(0, 0, 28, 14, palette.BAND_TINT), band.name))

    def behind(plot: Plot) -> str:
        pairs = [(plot.points(edges[0]), plot.points(edges[1]))] if edges else []
        return "".join(area.markup(palette.BAND_TINT) for low, high in pairs for area in plots.areas(low, high))

    words = Words(title, description, subtitle, unit, places, key)
    return by_year(words, years, lines, edges, swatches, behind, (), zero=zero)


def gap_chart(
    title: str,
    description: str,
    years: Sequence[str],
    income: Series,
    cost: Series,
    unit: str = "£m",
    scale: float = 1e6,
    zero: bool = False,
    *,
    key: str,
    subtitle: str | None = None,
    places: int = 1,
) -> str:
    """Two lines and what lies between them: tinted where income is above cost, hatched where it is below.

    The gap in the last year both are known is labelled beside their ends. Other arguments as `line_chart`.
    """
    above, below = _lines(years, (income, cost), scale)
    below = Line(below.name, below.values, palette.Style(palette.DARK_PINK, "9 4", "square"), below.bold)
    gaps = [None if a is None or b is None else a - b for a, b in zip(above.values, below.values, strict=True)]
    fills = {True: palette.SURPLUS_TINT, False: f"url(#{key}-deficit)"}
    swatches = [
        (svg.rectangle(0, 0, 28, 14, fills[surplus]), f"{name}: {higher.name} above {lower.name}")
        for surplus, name, higher, lower in ((True, "Surplus", income, cost), (False, "Deficit", cost, income))
        if any(gap and (gap > 0) == surplus for gap in gaps)
    ]
    extra: list[tuple[int, float, tuple[str, ...]]] = []
    if (end := plots.last(tuple(gaps))) and rounded(end[1], places) != 0:
        at, gap = end
        middle = (below.values[at] or 0.0) + gap / 2
        extra = [(at, middle, (measured(abs(gap), unit, places), "Surplus" if gap > 0 else "Deficit"))]

    def behind(plot: Plot) -> str:
        found = plots.areas(plot.points(above.values), plot.points(below.values))
        return "".join(area.markup(fills[area.first_higher]) for area in found)

    words = Words(title, description, subtitle, unit, places, key)
    return by_year(words, years, (above, below), (), swatches, behind, extra, zero=zero)


def positions(
    title: str,
    description: str,
    years: Sequence[str],
    series: Sequence[Series],
    unit: str = "£m",
    scale: float = 1e6,
    *,
    key: str,
    subtitle: str | None = None,
    places: int = 1,
    names: tuple[str, str] = ("In surplus", "In deficit"),
) -> str:
    """Each party's position by year in a panel of its own, all on one scale, with the final value labelled.

    Above the zero line is tinted, below it hatched. At most 20 series, or ValueError.
    """
    _panel_count(years, len(series))
    drawn = [
        (one.name, (Line(one.name, scaled(one.name, one.values, len(years), scale), palette.style(0), True),))
        for one in series
    ]
    known = [value for _, lines in drawn for value in lines[0].values if value is not None]
    deficit = f"url(#{key}-deficit)"
    swatches = [
        (svg.rectangle(0, 0, 28, 14, fill), name)
        for fill, name, sign in ((palette.SURPLUS_TINT, names[0], 1), (deficit, names[1], -1))
        if any(value * sign > 0 for value in known)
    ]
    words = Words(title, description, subtitle, unit, places, key)
    head, top = plots.header(title, words.beneath_title(), "", swatches)
    body, height = plots.panels(years, drawn, top, 3, 0.0, lambda value: measured(value, unit, places), deficit)
    return svg.figure(key, title, description, height, (*head, *body), (_deficit(key),))


def small_multiples(
    title: str,
    description: str,
    years: Sequence[str],
    panels: Sequence[Panel],
    *,
    key: str,
    names: tuple[str, str] = ("With shift", "Do nothing"),
    subtitle: str | None = None,
) -> str:
    """Each line of activity as an index, in a panel of its own: as planned (solid) and compared (dashed).

    Both lines of a panel share one base, the first known value of the comparison (of the values where it
    has none), so a change in the first year itself still shows. A panel whose base is not above zero has no
    index and says so. At most 20 panels, or ValueError, all on one scale.
    """
    _panel_count(years, len(panels))
    styles = (palette.style(0), palette.Style(palette.ORANGE, "5 3", "ring"))
    drawn = []
    for panel in panels:
        both = [scaled(panel.name, values, len(years), 1.0) for values in (panel.values, panel.comparison)]
        indexed = _index(panel.name, both)
        looks = zip(names, indexed, styles, (True, False), strict=True)
        drawn.append((panel.name, tuple(Line(name, values, style, bold) for name, values, style, bold in looks)))
    swatches = [
        (svg.polyline(((0, 7), (28, 7)), style, 2.5) + svg.marker((14, 7), style, 3.5), name)
        for style, name in zip(styles, names, strict=True)
    ]
    default = f"Index, {years[0]} = 100"
    head, top = plots.header(title, default if subtitle is None else subtitle, "", swatches)
    body, height = plots.panels(years, drawn, top, 4, 100.0, number, absent="No base year")
    return svg.figure(key, title, description, height, (*head, *body))


def sparkline(values: Sequence[float | None], title: str = "", width: float = 120, height: float = 28) -> str:
    """A word-sized line for a table cell, ending in a dot; with no title it is hidden from screen readers."""
    known = scaled("sparkline", values, len(values), 1e6)
    low, high = plots.extent([known])
    flat = high - low <= max(abs(low), abs(high)) * 1e-9
    y = Scale(-1, 1, height - 5, 5) if flat else Scale(low, high, height - 5, 5)
    xs = plots.across(5, width - 5, len(known)) if known else ()
    points = [None if v is None else (x, y.at(0.0 if flat else v)) for x, v in zip(xs, known, strict=True)]
    body = svg.polyline(points, palette.style(0), 1.75)
    if end := plots.last(known):
        body += svg.marker((xs[end[0]], y.at(0.0 if flat else end[1])), palette.style(0), 2.75)
    name: dict[str, str | float] = {"aria_hidden": "true"}
    if title:
        name = {"role": "img", "aria_label": svg.clean(title)}
    box = f"0 0 {svg.coordinate(width)} {svg.coordinate(height)}"
    size: dict[str, str | float] = {"width": width, "height": height, "viewBox": box}
    return svg.element("svg", body, xmlns="http://www.w3.org/2000/svg", class_="sparkline", **size, **name)


def _lines(years: Sequence[str], series: Sequence[Series], scale: float) -> tuple[Line, ...]:
    if not years or not series:
        raise ValueError("a chart needs at least one year and one series")
    return tuple(
        Line(one.name, scaled(one.name, one.values, len(years), scale), palette.style(at), one.emphasis)
        for at, one in enumerate(series)
    )


def _panel_count(years: Sequence[str], count: int) -> None:
    if not years or not 0 < count <= _MOST_PANELS:
        raise ValueError(f"small charts need at least one year and 1 to {_MOST_PANELS} panels, not {count}")


def _index(name: str, both: Sequence[Values]) -> list[Values]:
    base = next((value for values in reversed(both) for value in values if value is not None), 0.0)
    if base <= 0:
        return [(None,) * len(values) for values in both]
    indexed = [tuple(None if value is None else value / base * 100 for value in values) for values in both]
    return [scaled(name, values, len(values), 1.0) for values in indexed]


def _deficit(key: str) -> str:
    return svg.hatch(f"{key}-deficit", palette.DEFICIT_TINT, palette.ORANGE)


def by_year(
    words: Words,
    years: Sequence[str],
    lines: Sequence[Line],
    edges: Sequence[Values],
    swatches: Sequence[Swatch],
    behind: Callable[[Plot], str],
    extra: Sequence[tuple[int, float, tuple[str, ...]]],
    *,
    zero: bool,
    bold_extra: bool = True,
) -> str:
    """A whole chart of lines by year: `behind` draws what lies under them, `extra` are labels of other points."""
    marks = svg.ticks(*plots.extent([*(line.values for line in lines), *edges], 0.0 if zero else None), 6)
    note = "" if marks[0] <= 0 <= marks[-1] else "The axis does not start at zero"
    head, top = plots.header(words.title, words.beneath_title(), note, swatches)
    ends = [(line, *end) for line in lines if (end := plots.last(line.values))]
    rows = [_end_rows(line, years, at, value, words) for line, at, value in ends]
    texts = [*rows, *(text for _, _, text in extra)]
    names = [svg.shorten(year, 15, 110) for year in years]
    half = plots.widest(names, 15) / 2 + 4
    left = max(half, 12 + plots.widest(plots.tick_labels(marks), 15))
    right = svg.WIDTH - max(half, 40 + max((plots.widest(text, 16, bold=True) for text in texts), default=0.0))
    top += 24
    bottom = top + max(320.0, sum(len(text) * LEADING + 8 for text in texts))
    xs = plots.across(left + 8, right - 8, len(years))
    plot = Plot(xs, Scale(marks[0], marks[-1], bottom, top), marks, left, right)
    labels = [
        End((xs[at], plot.y.at(value)), text, line.style.colour, line.bold)
        for (line, at, value), text in zip(ends, rows, strict=True)
    ]
    labels += [End((xs[at], plot.y.at(value)), text, palette.AXIS, bold_extra) for at, value, text in extra]
    body = [*head, behind(plot), plots.grid(plot), plots.year_axis(plot, names), plots.end_labels(labels, plot)]
    body += [svg.polyline(plot.points(line.values), line.style, 4 if line.bold else 2.5) for line in lines]
    body += [svg.marker((xs[at], plot.y.at(value)), line.style) for line, at, value in ends]
    if not ends:
        body.append(svg.label((left + right) / 2, (top + bottom) / 2, "No data", anchor="middle", halo=True))
    return svg.figure(words.key, words.title, words.description, bottom + 34, body, (_deficit(words.key),))


def _end_rows(line: Line, years: Sequence[str], at: int, value: float, words: Words) -> tuple[str, ...]:
    """The figure, the name, and the year where it is not the last."""
    early = () if at == len(years) - 1 else (svg.shorten(f"in {years[at]}", 16, 190, bold=line.bold),)
    name = svg.wrap(line.name, 16, 190, bold=line.bold)
    return (measured(value, words.unit, words.places), *name, *early)
