"""The tornado: how far each input alone, over its own range, moves one outcome away from that of the scenario.

The rule: a bar begins at the scenario's own outcome, and its length is what the input changes. Which end of the range a
bar belongs to is told by hatch as well as colour, and the outcome at each end stands in figures beside it. An input
that moves the outcome to one side only has two thin bars, the low end's above the high end's.
"""

from __future__ import annotations

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.plots import LEADING
from mcp_finance.report.risk import grades
from mcp_finance.report.risk.names import MOST, SMALL, Name, in_words, rows_of
from mcp_finance.report.risk.shapes import Bar, Tornado, scale_of, shown
from mcp_finance.report.svg import Scale


def tornado_chart(tornado: Tornado, *, key: str, most: int = MOST, base_name: str = "As in the scenario") -> str:
    """Each input's range as a bar about the scenario's outcome, the longest at the top, at most `most` of them."""
    bars, scale = tornado.largest(most), scale_of(tornado.unit)
    values = [v / scale for bar in bars for v in (bar.low, bar.high)]
    marks = svg.ticks(*plots.extent([tuple(values)], tornado.base / scale))
    ends = [shown(v, tornado.unit, tornado.places) for bar in bars for v in (bar.low, bar.high)]
    head, top = plots.header(tornado.title, in_words(tornado.unit), "", _tornado_key(key) if bars else ())
    names = [Name(bar.label, _range(bar), bar.grade) for bar in bars]
    rows = rows_of(names, top + 40)
    room = 10 + max(plots.widest(ends, SMALL), plots.widest(plots.tick_labels(marks), 15) / 2)
    x = Scale(marks[0], marks[-1], rows.width + 12 + room, svg.WIDTH - room)
    base = x.at(tornado.base / scale)
    bottom = rows.tops[-1] + 4
    said = f"{base_name}: {shown(tornado.base, tornado.unit, tornado.places)}"
    said = svg.shorten(said, 16, svg.WIDTH, bold=True)
    half = svg.text_width(said, 16, bold=True) / 2
    body = [*head, *rows.markup, plots.upright_grid(x, marks, top + 34, bottom, 0.0)]
    body.append(svg.label(max(half, min(base, svg.WIDTH - half)), top + 24, said, 16, "middle", bold=True))
    body += [_both_ends(bar, x, scale, base, rows.middle(at), key) for at, bar in enumerate(bars)]
    body.append(svg.line((base, top + 30), (base, bottom), palette.INK, 2))
    body += [_figures(bar, tornado, x, scale, rows.middle(at)) for at, bar in enumerate(bars)]
    more = svg.wrap(tornado.rest(most), 16, svg.WIDTH, 2) if bars else ("No input was moved",)
    body.append(svg.label(0, bottom + 50, more, fill=palette.MUTED))
    height = bottom + (54 + len(more) * LEADING if more else 34)
    return svg.figure(key, tornado.title, _tornado_words(tornado, most), height, body, (_low_hatch(key),))


def _low_hatch(key: str) -> str:
    return svg.hatch(f"{key}-low", palette.ORANGE, palette.PAPER, 2.5)


def _tornado_key(key: str) -> list[plots.Swatch]:
    fills = ((f"url(#{key}-low)", "Input at the low end of its range"), (palette.DARK_BLUE, "At the high end"))
    return [(svg.rectangle(0, 0, 28, 14, fill), name) for fill, name in fills]


def _range(bar: Bar) -> str:
    return f"{bar.low_text} to {bar.high_text}, {grades.words(bar.grade).lower()}"


def _both_ends(bar: Bar, x: Scale, scale: float, base: float, middle: float, key: str) -> str:
    """A bar from the base to each end: one half of the row each where both ends lie on the same side of it."""
    low, high = x.at(bar.low / scale), x.at(bar.high / scale)
    together = (low - base) * (high - base) > 0
    body = []
    for at, (end, fill) in enumerate(((low, f"url(#{key}-low)"), (high, palette.DARK_BLUE))):
        height = 11.0 if together else 22.0
        top = middle - 11 + (11 if together and at else 0)
        body.append(svg.rectangle(min(base, end), top, abs(end - base), height, fill))
    return "".join(body)


def _figures(bar: Bar, tornado: Tornado, x: Scale, scale: float, middle: float) -> str:
    """The outcome at each end, outside the bar; one above the other where both lie on the same side of the base."""
    low, high = (shown(v, tornado.unit, tornado.places) for v in (bar.low, bar.high))
    left, right = (
        x.at(min(bar.low, bar.high, tornado.base) / scale) - 8,
        x.at(max(bar.low, bar.high, tornado.base) / scale) + 8,
    )
    if bar.low == bar.high == tornado.base:
        return svg.label(right, middle + 5.5, low, SMALL, halo=True)
    if (bar.low - tornado.base) * (bar.high - tornado.base) > 0:
        above = bar.high > tornado.base
        return svg.label(
            right if above else left,
            middle - 3,
            (low, high),
            SMALL,
            "start" if above else "end",
            halo=True,
            leading=1.2,
        )
    first, last = (low, high) if bar.low <= bar.high else (high, low)
    return svg.label(left, middle + 5.5, first, SMALL, "end", halo=True) + svg.label(
        right, middle + 5.5, last, SMALL, halo=True
    )


def _tornado_words(tornado: Tornado, most: int) -> str:
    def show(value: float) -> str:
        return shown(value, tornado.unit, tornado.places)

    said = [f"The outcome is {show(tornado.base)} as the scenario stands."]
    said += [
        f"{bar.label} from {bar.low_text} to {bar.high_text}: from {show(bar.low)} to {show(bar.high)}."
        for bar in tornado.largest(min(most, 5))
    ]
    return " ".join((*said, tornado.rest(most)))
