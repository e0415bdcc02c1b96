"""Reverse stress of two inputs: the pairs that just exhaust the reserves, and the side of them on which they run out.

The rule: the plot ends where the search ended, so nothing unsearched looks safe; the failing side is hatched and named.

With a shortfall of 22% alone, or a delay of 3.1 years alone, or 9% with 1.4 years, the reserves are just gone: three
points of the curve. The scenario itself, nothing short and nothing late, lies on the side where they last.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.money import measured
from mcp_finance.report.plots import Plot
from mcp_finance.report.risk.placing import Wanted, about, along, placed
from mcp_finance.report.risk.shapes import Pairs, scale_of
from mcp_finance.report.svg import Scale

CURVE = palette.Style(palette.DARK_PINK, "", "disc")
BASE = palette.Style(palette.ORANGE, "", "diamond")
_HEIGHT = 380.0


def pairs_chart(pairs: Pairs, *, key: str, base_name: str = "As in the scenario") -> str:
    """The curve of pairs, its failing side hatched, and the pair of the scenario."""
    curve = [_scaled(pairs, point) for point in pairs.curve]
    here = _scaled(pairs, pairs.base)
    x_low, x_high = plots.extent([tuple(x for x, _ in curve)], here[0])
    y_low, y_high = plots.extent([tuple(y for _, y in curve)], here[1])
    x_marks = svg.ticks(x_low, x_high)
    y_marks = svg.ticks(y_low - (y_high - y_low) * 0.2 * (pairs.failing == "below"),
                        y_high + (y_high - y_low) * 0.2 * (pairs.failing == "above"))  # fmt: skip
    swatch = (svg.rectangle(0, 0, 28, 14, f"url(#{key}-fails)"), pairs.fails)
    head, top = plots.header(pairs.title, "", "", (swatch,))
    title = svg.wrap(pairs.y_title, 15, svg.WIDTH, 2)
    body = [*head, svg.label(0, top + 22, title, fill=palette.MUTED, size=15)]
    top += 36 + len(title) * 18
    half = plots.widest(plots.tick_labels(x_marks), 15) / 2 + 4
    left, right = max(half, 14 + plots.widest(plots.tick_labels(y_marks), 15)), svg.WIDTH - half
    x = Scale(*searched(x_low, x_high, x_marks), left, right)
    plot = Plot((), Scale(y_marks[0], y_marks[-1], top + _HEIGHT, top), y_marks, left, right)
    line = [(x.at(a), plot.y.at(b)) for a, b in curve]
    base = (x.at(here[0]), plot.y.at(here[1]))
    body += [_failing(line, plot, pairs, key), plots.grid(plot), _across(x, x_marks, plot)]
    body += [svg.label((left + right) / 2, plot.y.start + 44 + 18 * at, row, 15, "middle", fill=palette.MUTED)
             for at, row in enumerate(svg.wrap(pairs.x_title, 15, right - left, 2))]  # fmt: skip
    body += [svg.polyline(line, CURVE, 3), *(svg.marker(at, CURVE) for at in dict.fromkeys((line[0], line[-1])))]
    body.append(svg.marker(base, BASE, 7))
    labels = [about(f"{base_name}: {_said(pairs, pairs.base)}", base, bold=True)]
    labels += [about(_said(pairs, pairs.curve[at]), line[at]) for at in dict.fromkeys((0, len(line) - 1))]
    labels += [_side(pairs.fails, line, plot, above=pairs.failing == "above")]
    labels += [_side(pairs.holds, line, plot, above=pairs.failing == "below")]
    body.append(placed(labels, (left + 2, top, right, plot.y.start), along(line)))
    fails = svg.hatch(f"{key}-fails", palette.DEFICIT_TINT, palette.ORANGE, 0.75)
    return svg.figure(key, pairs.title, description(pairs, base_name), plot.y.start + 74, body, (fails,))


def description(pairs: Pairs, base_name: str = "As in the scenario") -> str:
    """The curve in words: its ends, its middle, and the scenario."""
    middle = len(pairs.curve) // 2
    places = dict.fromkeys((pairs.curve[0], pairs.curve[middle], pairs.curve[-1]))
    said = "; ".join(_said(pairs, point) for point in places)
    side = f"{pairs.fails} {pairs.failing} the curve"
    names = f"{pairs.x_title} and {pairs.y_title}"
    return f"{names} that just suffice: {said}. {side}. {base_name}: {_said(pairs, pairs.base)}."


def searched(low: float, high: float, marks: Sequence[float]) -> tuple[float, float]:
    """Where the plot begins and ends: where the search did, unless that is one place."""
    return (low, high) if high - low > 1e-6 * max(1e-3, abs(high)) else (marks[0], marks[-1])


def _scaled(pairs: Pairs, point: tuple[float, float]) -> tuple[float, float]:
    return point[0] / scale_of(pairs.x_unit), point[1] / scale_of(pairs.y_unit)


def _said(pairs: Pairs, point: tuple[float, float]) -> str:
    x, y = _scaled(pairs, point)
    return f"{measured(x, pairs.x_unit, pairs.places)}, {measured(y, pairs.y_unit, pairs.places)}"


def _failing(line: Sequence[svg.Point], plot: Plot, pairs: Pairs, key: str) -> str:
    """The hatched area from the curve to the top or the bottom of the plot; a lone point has none."""
    edge = plot.y.end if pairs.failing == "above" else plot.y.start
    corners = [(line[0][0], edge), *line, (line[-1][0], edge)]
    return svg.polygon(corners, f"url(#{key}-fails)") if len(line) > 1 else ""


def _across(x: Scale, marks: Sequence[float], plot: Plot) -> str:
    """Upright gridlines at the values that lie within what was searched."""
    shown = plots.tick_labels(marks)
    inside = [at for at, mark in enumerate(marks) if x.low - 1e-9 <= mark <= x.high + 1e-9]
    top, bottom = plot.y.end, plot.y.start
    return "".join(
        svg.line((x.at(marks[at]), top), (x.at(marks[at]), bottom), palette.GRID)
        + svg.label(x.at(marks[at]), bottom + 20, shown[at], 15, "middle", fill=palette.MUTED)
        for at in inside
    )


def _side(text: str, line: Sequence[svg.Point], plot: Plot, *, above: bool) -> Wanted:
    """The name of one side of the curve, where it has most room."""
    edge = plot.y.end if above else plot.y.start
    spots = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(line)] or list(line)
    roomiest = sorted(spots, key=lambda spot: -abs(spot[1] - edge))
    middles = [(x, (y + edge) / 2 + 5) for x, y in roomiest]
    return Wanted(text, tuple((x, y, anchor) for x, y in middles for anchor in ("middle", "end", "start")), True, 16)
