"""The payoff curve of a term sheet drawn, as SVG and as characters: each party's amount against the variance.

Both drawings have the same panels: shares of the variance, and what is paid, where that is something else. A jump is
two ends and a gap, never a steep line, and the figure itself says which facts were assumed. In the terminal every
party is a letter, so that nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_finance.files.problems import harmless
from mcp_finance.report import palette, plots
from mcp_finance.report import svg as pen
from mcp_finance.report.money import number
from mcp_finance.report.plots import End, Plot
from mcp_finance.report.svg import Point, Scale
from mcp_finance.terms.reading.payoff import Edge, Payoff, Values
from mcp_finance.terms.reading.phrases import listed, party

SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€"}
SIZES = ((1e9, "bn", " billion"), (1e6, "m", " million"), (1e3, "k", " thousand"))
COLOURS = ("blue", "cyan", "magenta", "yellow", "green", "red", "bright_blue", "bright_magenta")
MEETING, MOST_WIDE, ROWS_A_TICK = "*", 110, 3
PANEL_HEIGHT = 300.0
CAPTION = 15.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot: amounts by party, in the unit shown."""

    title: str
    amounts: dict[str, Values]


@dataclass(frozen=True, slots=True)
class Strip:
    """What is drawn beneath the first plot, over the same variances, and what it says in words.

    `draw` is given the first plot's scale along the bottom and how far down it reaches; it gives its markup and how far
    down that does. `marks` are rates at which faint lines stand behind the curve.
    """

    draw: Callable[[Scale, float], tuple[list[str], float]]
    words: tuple[str, ...]
    marks: Values = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """How amounts are shown: divided by `scale`, with what stands before and after them; `words` name it."""

    scale: float
    before: str
    after: str
    words: str

    def show(self, value: float, places: int = 2) -> str:
        """An amount, already divided, with its unit."""
        shown = number(value, places)
        sign, figure = (shown[0], shown[1:]) if not shown[0].isdigit() else ("", shown)
        return f"{sign}{self.before}{figure}{self.after}"


def unit_of(payoff: Payoff) -> Unit:
    """The unit that suits the amounts."""
    if payoff.in_percent:
        return Unit(1.0, "", "%", "% of target") if payoff.over == "variance" else Unit(1.0, "", "", "amounts")
    largest = max(abs(v) for values in (*payoff.shares.values(), *payoff.payments.values()) for v in values)
    symbol = SYMBOLS.get(payoff.currency, f"{payoff.currency} ")
    for scale, short, words in SIZES:
        if largest >= scale:
            return Unit(scale, symbol, short, f"{symbol.strip()}{words}")
    return Unit(1.0, symbol, "", symbol.strip())


def panels(payoff: Payoff) -> tuple[Panel, ...]:
    """What is drawn: shares, and payments where they are not simply the shares of those who hold nothing."""
    scale = unit_of(payoff).scale
    shares = {p: tuple(v / scale for v in values) for p, values in payoff.shares.items()}
    paid = {p: tuple(v / scale for v in values) for p, values in payoff.payments.items()}
    if payoff.over == "score":
        return (Panel("What is paid: positive receives", paid),)
    first = Panel("Share of the variance", shares)
    return (first,) if payoff.pays_the_shares else (first, Panel("What is paid: positive receives", paid))


def captions(payoff: Payoff) -> tuple[str, ...]:
    """Sentences beneath the curve: who is paid, where clauses begin, what was assumed."""
    found = []
    if payoff.pays_the_shares:
        holder = party(payoff.holders[0])
        others = [party(p) for p in payoff.payments if p not in payoff.holders]
        paid = ("is paid", "pays") if len(others) == 1 else ("are paid", "pay")
        moves = f"{listed(others)} {paid[0]} these amounts by {holder}, or {paid[1]} them to it"
        found.append(f"{moves}; {holder}'s own share stays where it is.")
    if payoff.outside:
        found.append(f"{listed([party(p) for p in payoff.outside])} neither gains nor loses.")
    if payoff.edges:
        named = [f"{listed([str(e) for e in group])} at {rate}" for rate, group in groupby(payoff.edges, _at)]
        found.append(f"Upright lines: {'; '.join(named)}.")
    found += [_jump(payoff, k) for k in range(len(payoff.jumps))]
    if payoff.notes:
        found.append(f"Assumed: {'; '.join(payoff.notes)}.")
    return tuple(found)


def _at(edge: Edge) -> str:
    return percent(edge.rate)


def percent(rate: float, places: int = 2) -> str:
    """A rate as percents, without trailing noughts."""
    shown = number(100 * rate, places)
    return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown}%"


def _jump(payoff: Payoff, k: int) -> str:
    jump, unit = payoff.jumps[k], unit_of(payoff)
    rows = (payoff.shares or payoff.payments).keys()
    moved = [
        f"{party(p)} from {unit.show(jump.before[p] / unit.scale)} to {unit.show(jump.after[p] / unit.scale)}"
        for p in rows
        if abs(jump.before[p] - jump.after[p]) > 1e-9 * payoff.target
    ]
    return f"Jump at {percent(jump.rate)}: {', '.join(moved)}."


# SVG -----------------------------------------------------------------------------------------------------------------


def svg(payoff: Payoff, title: str, *, key: str, note: str = "", strip: Strip | None = None) -> str:
    """The curve as one SVG figure, named and described; `key` makes the ids of a document unique.

    A `strip` is drawn beneath the first plot, its words beneath the captions.

    Raises:
        ValueError: `key` is none (see `figure`), or amounts cannot be drawn.
    """
    unit = unit_of(payoff)
    across = "Variance, % of target: below nil a loss, above nil a gain" if payoff.shares else "Score, %"
    amount = "Amount" if unit.words == "amounts" else f"Amount, {unit.words}"
    head, top = plots.header(title, amount, note, ())
    body = [*head]
    for panel in panels(payoff):
        drawn, x, top = _panel(payoff, panel, top + 14, unit, across, strip.marks if strip else ())
        body += drawn
        if strip and panel == panels(payoff)[0]:
            drawn, top = strip.draw(x, top)
            body += drawn
    words = strip.words if strip else ()
    for text in (*captions(payoff), *words):
        rows = pen.wrap(text, CAPTION, pen.WIDTH - 4, 8)
        body.append(pen.label(0, top + CAPTION, rows, CAPTION, fill=palette.MUTED, leading=1.25))
        top += len(rows) * CAPTION * 1.25 + 7
    return pen.figure(key, title, " ".join((description(payoff), *words)), top + 6, body)


def description(payoff: Payoff) -> str:
    """The curve in words, for those who do not see it."""
    unit, low, high = unit_of(payoff), payoff.rates[0], payoff.rates[-1]
    what = "a variance" if payoff.shares else "a score"
    said = []
    for panel in panels(payoff):
        ends = [
            f"at {what} of {percent(rate)} "
            + ", ".join(f"{party(p)} {unit.show(v[k])}" for p, v in panel.amounts.items())
            for rate, k in ((low, 0), (high, -1))
        ]
        said.append(f"{panel.title}: {'; '.join(ends)}.")
    return " ".join((*said, *(_jump(payoff, k) for k in range(len(payoff.jumps)))))


def _panel(
    payoff: Payoff, panel: Panel, top: float, unit: Unit, across: str, behind: Values
) -> tuple[list[str], Scale, float]:
    """One plot beneath `top`, its scale along the bottom, and how far down it reaches."""
    for name, values in panel.amounts.items():
        plots.scaled(name, values, len(payoff.rates), 1.0)
    marks = pen.ticks(*plots.extent(list(panel.amounts.values()), 0.0), 6)
    ends = {p: (unit.show(v[-1]), *pen.wrap(party(p), 16, 170)) for p, v in panel.amounts.items()}
    left = 14 + plots.widest(plots.tick_labels(marks), 15)
    right = pen.WIDTH - 40 - max(plots.widest(rows, 16, bold=True) for rows in ends.values())
    body = [pen.label(0, top + 16, panel.title, 16, bold=True)]
    top += 40
    bottom = top + max(PANEL_HEIGHT, sum(len(rows) * plots.LEADING + 8 for rows in ends.values()))
    x = Scale(payoff.rates[0], payoff.rates[-1], left, right)
    plot = Plot(tuple(map(x.at, payoff.rates)), Scale(marks[0], marks[-1], bottom, top), marks, left, right)
    body.append(plots.grid(plot))
    body += [pen.line((x.at(rate), top), (x.at(rate), bottom), palette.BAND_CORE, 2) for rate in behind]
    body += [pen.line((x.at(e.rate), top), (x.at(e.rate), bottom), palette.AXIS, 1, "2 4") for e in payoff.edges]
    body += _axis(payoff, x, plot, across)
    labels, lines = [], []
    for at, (name, values) in enumerate(panel.amounts.items()):
        style = palette.style(at)
        lines.append(_curve(payoff, plot, values, style))
        labels.append(End((plot.xs[-1], plot.y.at(values[-1])), ends[name], style.colour, False))
        lines.append(pen.marker((plot.xs[-1], plot.y.at(values[-1])), style))
    return [*body, *reversed(lines), plots.end_labels(labels, plot)], x, bottom + 56


def _axis(payoff: Payoff, x: Scale, plot: Plot, across: str) -> Iterator[str]:
    """Values beneath a plot, the upright at nil, and what they are."""
    bottom = plot.y.start
    low, high = 100 * x.low, 100 * x.high
    marks = [m for m in pen.ticks(low, high, 6) if low - 1e-9 <= m <= high + 1e-9]
    places = pen.tick_places(marks) if len(marks) > 1 else 0
    for mark in marks:
        at = x.at(mark / 100)
        yield pen.line((at, bottom), (at, bottom + 6), palette.AXIS)
        yield pen.label(at, bottom + 22, number(mark, places), 15, "middle", fill=palette.MUTED)
    if low < 0 < high:
        yield pen.line((x.at(0), plot.y.end), (x.at(0), bottom), palette.AXIS)
    yield pen.label((plot.left + plot.right) / 2, bottom + 44, across, 15, "middle", fill=palette.MUTED)


def _curve(payoff: Payoff, plot: Plot, values: Values, style: palette.Style) -> str:
    """A line with a gap at every jump, and the two ends of the gap as rings and dots."""
    points: list[Point | None] = []
    ends = []
    for k, point in enumerate(zip(plot.xs, map(plot.y.at, values), strict=True)):
        points.append(point)
        if k in payoff.breaks and abs(values[k] - values[k + 1]) > 1e-9 * max(map(abs, values)):
            points.append(None)
            after = (plot.xs[k + 1], plot.y.at(values[k + 1]))
            near, far = (point, after) if payoff.rates[k] >= 0 else (after, point)
            ends.append(pen.line(near, (near[0], far[1]), style.colour, 1, "1 3"))
            ends.append(pen.marker(near, palette.Style(style.colour, "", "ring"), 3.5))
            ends.append(pen.marker(far, palette.Style(style.colour, "", "disc"), 3.5))
    return pen.polyline(_thinned(points), style, 2.75) + "".join(ends)


def _thinned(points: Sequence[Point | None]) -> list[Point | None]:
    """The points without those that lie on the line between their neighbours."""
    kept: list[Point | None] = []
    for k, point in enumerate(points):
        before = kept[-1] if kept else None
        after = points[k + 1] if k + 1 < len(points) else None
        if point is not None and before is not None and after is not None:
            run = after[0] - before[0]
            level = before[1] + (after[1] - before[1]) * ((point[0] - before[0]) / run if run else 0.0)
            if run > 0.5 and abs(level - point[1]) < 0.01:
                continue
        kept.append(point)
    return kept


# Terminal ------------------------------------------------------------------------------------------------------------


def drawing(payoff: Payoff, width: int = 80) -> RenderableType:
    """The curve in characters, with a table of the amounts at every place that matters."""
    wide, unit = max(40, min(width, MOST_WIDE)), unit_of(payoff)
    parts: list[RenderableType] = []
    for panel in panels(payoff):
        letters = _letters(tuple(panel.amounts))
        amount = "" if unit.words == "amounts" else f", {unit.words}"
        parts += [Text(f"{panel.title}{amount}", style="bold"), *_plotted(payoff, panel, letters, wide)]
        parts += [_legend(letters), Text(), _amounts(payoff, panel), Text()]
    return Group(*parts, *(Text(harmless(text)) for text in captions(payoff)))


def _letters(parties: tuple[str, ...]) -> dict[str, str]:
    """A letter for each party: its first that is still free."""
    found: dict[str, str] = {}
    for name in parties:
        choices = [c for c in name.upper() if c.isalnum()] + list("123456789")
        found[name] = next(c for c in choices if c not in found.values())
    return found


def _legend(letters: dict[str, str]) -> Text:
    text = Text()
    for k, (name, letter) in enumerate(letters.items()):
        text.append(letter, style=f"bold {COLOURS[k % len(COLOURS)]}")
        text.append(f" {party(name)}   ")
    return text.append(f"{MEETING} where they meet")


def _plotted(payoff: Payoff, panel: Panel, letters: dict[str, str], width: int) -> list[Text]:
    marks = pen.ticks(*plots.extent(list(panel.amounts.values()), 0.0), 6)
    shown = plots.tick_labels(marks)
    margin = max(map(len, shown)) + 2
    columns, rows = width - margin - 1, ROWS_A_TICK * (len(marks) - 1) + 1
    grid = _cells(payoff, panel, letters, marks, columns, rows)
    found = []
    for k, cells in enumerate(grid):
        is_mark = (rows - 1 - k) % ROWS_A_TICK == 0
        label = shown[(rows - 1 - k) // ROWS_A_TICK] if is_mark else ""
        line = Text(f"{label:>{margin - 2}} {'+' if is_mark else '|'}", no_wrap=True)
        for cell in cells:
            at = list(letters.values()).index(cell) if cell in letters.values() else -1
            line.append(cell, style=f"bold {COLOURS[at % len(COLOURS)]}" if at >= 0 else "")
        found.append(line)
    return [*found, *_beneath(payoff, columns, margin)]


def _cells(
    payoff: Payoff, panel: Panel, letters: dict[str, str], marks: Values, columns: int, rows: int
) -> list[list[str]]:
    """The plot as characters, the highest row first."""
    grid = [[" "] * columns for _ in range(rows)]
    x = Scale(payoff.rates[0], payoff.rates[-1], 0, columns - 1)
    y = Scale(marks[0], marks[-1], rows - 1, 0)
    for edge in payoff.edges:
        for cells in grid:
            cells[round(x.at(edge.rate))] = ":"
    if x.low < 0 < x.high:
        for cells in grid:
            cells[round(x.at(0))] = "|"
    grid[round(y.at(0))] = ["-"] * columns
    for name, values in panel.amounts.items():
        for k in range(columns):
            rate = x.low + (x.high - x.low) * k / (columns - 1)
            row = round(y.at(_between(payoff.rates, values, rate)))
            grid[row][k] = letters[name] if grid[row][k] in " :|-" else MEETING
    return grid


def _between(rates: Values, values: Values, rate: float) -> float:
    k = next((k for k, r in enumerate(rates) if r >= rate - 1e-12), len(rates) - 1)
    if k == 0 or rates[k] == rates[k - 1]:
        return values[k]
    part = (rate - rates[k - 1]) / (rates[k] - rates[k - 1])
    return values[k - 1] + min(1.0, max(0.0, part)) * (values[k] - values[k - 1])


def _beneath(payoff: Payoff, columns: int, margin: int) -> list[Text]:
    """The values along the bottom, and what they are."""
    low, high = 100 * payoff.rates[0], 100 * payoff.rates[-1]
    x = Scale(low, high, 0, columns - 1)
    marks = [m for m in pen.ticks(low, high, 6) if low - 1e-9 <= m <= high + 1e-9]
    places = pen.tick_places(marks) if len(marks) > 1 else 0
    line, rule = [" "] * (columns + margin), ["-"] * columns
    for mark in marks:
        at, shown = round(x.at(mark)), f"{number(mark, places)}%"
        rule[at] = "+"
        start = min(max(0, margin + at - len(shown) // 2), columns + margin - len(shown))
        line[start : start + len(shown)] = shown
    words = "variance, % of target" if payoff.shares else "score"
    ends = ("< loss", "gain >") if low < 0 < high and payoff.shares else ("", "")
    below = f"{ends[0]}{words:^{columns - len(ends[0]) - len(ends[1])}}{ends[1]}"
    texts = (" " * (margin - 1) + "+" + "".join(rule), "".join(line), " " * margin + below)
    return [Text(text.rstrip(), no_wrap=True) for text in texts]


def _amounts(payoff: Payoff, panel: Panel) -> Table:
    """The amounts at the ends, at nil, at every edge and on both sides of every jump."""
    unit = unit_of(payoff)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(Text("At a variance of" if payoff.shares else "At a score of"))
    for name in panel.amounts:
        table.add_column(Text(party(name)), justify="right")
    jumps = {round(j.rate, 9): j for j in payoff.jumps}
    fives = [k / 20 for k in range(-200, 201)] if payoff.rates[-1] - payoff.rates[0] <= 0.5 else []
    wanted = {round(r, 9) for r in (payoff.rates[0], 0.0, payoff.rates[-1], *fives, *(e.rate for e in payoff.edges))}
    for rate in sorted(wanted | set(jumps)):
        if not payoff.rates[0] - 1e-9 <= rate <= payoff.rates[-1] + 1e-9:
            continue
        rows = [(percent(rate), [_between(payoff.rates, v, rate) for v in panel.amounts.values()])]
        if (jump := jumps.get(rate)) is not None and set(panel.amounts) <= jump.before.keys() and payoff.shares:
            k = min(range(len(payoff.rates)), key=lambda i: abs(payoff.rates[i] - jump.rate))
            near = k - 1 if jump.rate >= 0 else k + 1
            below = (f"{percent(rate)}, just short", [v[near] for v in panel.amounts.values()])
            rows = [(percent(rate), [v[k] for v in panel.amounts.values()])]
            rows = [below, *rows] if jump.rate >= 0 else [*rows, below]
        for label, values in rows:
            table.add_row(Text(label), *(unit.show(v) for v in values))
    return table
