"""Term sheets as two parties see them: what each is worth to both, and the sheets that neither should sign.

The rule: a sheet is a point, its kind told by shape as well as colour; points on the frontier are joined and named, the
rest are counted. The corner in which both are worse off than without a contract is hatched and says so.

A sheet worth −£12m to the provider and −£3m to the commissioner lies left of and below what they have without it, in
the hatched corner. One worth +£4m and +£1m is on the frontier if no other gives one of them more and the other no less.
"""

from __future__ import annotations

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.plots import End, Plot, Swatch
from mcp_finance.report.risk.placing import Wanted, placed
from mcp_finance.report.risk.shapes import KINDS, Frontier, Kind, Point, scale_of, shown
from mcp_finance.report.svg import Scale

MOST_NAMED = 8
STYLES: dict[Kind, palette.Style] = {
    "pareto": palette.Style(palette.DARK_BLUE, "", "disc"),
    "dominated": palette.Style(palette.AXIS, "", "ring"),
    "refused": palette.Style(palette.DARK_PINK, "", "triangle"),
    "base": palette.Style(palette.ORANGE, "", "diamond"),
}
_SIZES: dict[Kind, float] = {"pareto": 5.5, "dominated": 2.5, "refused": 3.5, "base": 6.5}
_HEIGHT, _GRAIN = 400.0, 3.0
NEITHER = "Neither should sign"


def frontier_chart(frontier: Frontier, *, key: str) -> str:
    """Every term sheet as a point, those of the frontier joined and named at the right, the base named too."""
    scale, named = scale_of(frontier.unit), to_name(frontier)
    across, upright = (
        [v / scale for v in values] for values in zip(*((p.x, p.y) for p in frontier.points), strict=True)
    )
    x_marks = svg.ticks(*plots.extent([tuple(across)], frontier.without[0] / scale), 7)
    y_marks = svg.ticks(*plots.extent([tuple(upright)], frontier.without[1] / scale), 6)
    rows = [_words(point, frontier) for point in named]
    subtitle = "Beside a name: its value across, then upwards" if named else ""
    head, top = plots.header(frontier.title, subtitle, "", _swatches(frontier, key))
    title = svg.wrap(frontier.y_title, 15, svg.WIDTH, 2)
    body = [*head, svg.label(0, top + 22, title, fill=palette.MUTED, size=15)]
    top += 36 + len(title) * 18
    left = 14 + plots.widest(plots.tick_labels(y_marks), 15)
    half = plots.widest(plots.tick_labels(x_marks), 15) / 2
    left = max(left, half + 4)
    right = svg.WIDTH - max(half + 4, 40 + max((plots.widest(text, 16, bold=True) for text in rows), default=0.0))
    bottom = top + max(_HEIGHT, sum(len(text) * plots.LEADING + 8 for text in rows))
    x = Scale(x_marks[0], x_marks[-1], left, right)
    plot = Plot((), Scale(y_marks[0], y_marks[-1], bottom, top), y_marks, left, right)
    body += [_corner(frontier, x, plot, key), plots.grid(plot), plots.upright_grid(x, x_marks, top, bottom, 0.0)]
    body += [svg.label((left + right) / 2, bottom + 44 + 18 * at, row, 15, "middle", fill=palette.MUTED)
             for at, row in enumerate(svg.wrap(frontier.x_title, 15, right - left, 2))]  # fmt: skip
    places = [(x.at(p.x / scale), plot.y.at(p.y / scale)) for p in named]
    ends = [
        End(at, text, STYLES[p.kind].colour, p.kind == "base") for at, text, p in zip(places, rows, named, strict=True)
    ]
    body += [plots.end_labels(ends, plot), *_marks(frontier, x, plot), _corner_label(frontier, x, plot)]
    return svg.figure(key, frontier.title, description(frontier), bottom + 74, body, (_hatch(key),))


def to_name(frontier: Frontier) -> tuple[Point, ...]:
    """The points with room for a name: both ends of the frontier, evenly between them, and the base."""
    pareto = frontier.of("pareto")
    if len(pareto) > MOST_NAMED:
        step = (len(pareto) - 1) / (MOST_NAMED - 1)
        pareto = tuple(pareto[round(k * step)] for k in range(MOST_NAMED))
    return (*pareto, *frontier.of("base")[:1])


def description(frontier: Frontier) -> str:
    """The frontier in words: how many sheets of each kind, and the two ends of the frontier."""
    counts = [f"{len(found)}: {KINDS[kind].lower()}" for kind in KINDS if (found := frontier.of(kind))]
    said = [f"Of {len(frontier.points)} term sheets, {'; '.join(counts)}."]
    pareto = frontier.of("pareto")
    for point in dict.fromkeys((*pareto[:1], *pareto[-1:], *frontier.of("base")[:1])):
        x, y = (shown(v, frontier.unit, frontier.places, plus=True) for v in (point.x, point.y))
        said.append(f"{point.label}: {frontier.x_title} {x}, {frontier.y_title} {y}.")
    return " ".join(said)


def _words(point: Point, frontier: Frontier) -> tuple[str, ...]:
    x, y = (shown(v, frontier.unit, frontier.places, plus=True) for v in (point.x, point.y))
    return (f"{x}, {y}", *svg.wrap(point.label, 16, 215, 2, bold=point.kind == "base"))


def _swatches(frontier: Frontier, key: str) -> list[Swatch]:
    found: list[Swatch] = []
    for kind, words in KINDS.items():
        if count := len(frontier.of(kind)):
            said = words if kind == "base" else f"{words} ({count})"
            found.append((svg.marker((14, 7), STYLES[kind], _SIZES[kind]), said))
    x, y = frontier.without
    if any(p.x < x for p in frontier.points) and any(p.y < y for p in frontier.points):
        found.append((svg.rectangle(0, 0, 28, 14, f"url(#{key}-neither)"), NEITHER))
    return found


def _hatch(key: str) -> str:
    return svg.hatch(f"{key}-neither", palette.DEFICIT_TINT, palette.ORANGE, 0.75)


def _corner(frontier: Frontier, x: Scale, plot: Plot, key: str) -> str:
    """Where both are worse off than without a contract, and the two lines that bound it."""
    scale = scale_of(frontier.unit)
    at, level = x.at(frontier.without[0] / scale), plot.y.at(frontier.without[1] / scale)
    area = svg.rectangle(plot.left, level, at - plot.left, plot.y.start - level, f"url(#{key}-neither)")
    lines = (((at, plot.y.end), (at, plot.y.start)), ((plot.left, level), (plot.right, level)))
    return area + "".join(svg.line(start, end, palette.INK, 1.5) for start, end in lines)


def _corner_label(frontier: Frontier, x: Scale, plot: Plot) -> str:
    scale = scale_of(frontier.unit)
    room = (plot.left, plot.y.at(frontier.without[1] / scale), x.at(frontier.without[0] / scale), plot.y.start)
    return placed([Wanted(NEITHER, ((plot.left + 10, plot.y.start - 12, "start"),), True)], room)


def _marks(frontier: Frontier, x: Scale, plot: Plot) -> list[str]:
    """The points, those that matter most on top; where many of one kind would lie on one another, one is drawn."""
    scale = scale_of(frontier.unit)
    body = []
    drawn: dict[Kind, list[svg.Point]] = {kind: [] for kind in KINDS}
    for kind in KINDS:
        seen = set()
        for point in frontier.of(kind):
            at = (x.at(point.x / scale), plot.y.at(point.y / scale))
            cell = (round(at[0] / _GRAIN), round(at[1] / _GRAIN))
            if kind in ("pareto", "base") or cell not in seen:
                drawn[kind].append(at)
            seen.add(cell)
    for kind in ("dominated", "refused"):
        body += [svg.marker(at, STYLES[kind], _SIZES[kind]) for at in drawn[kind]]
    if len(drawn["pareto"]) > 1:
        body.append(svg.polyline(drawn["pareto"], STYLES["pareto"], 2))
    for kind in ("pareto", "base"):
        body += [svg.marker(at, STYLES[kind], _SIZES[kind]) for at in drawn[kind]]
    return body
