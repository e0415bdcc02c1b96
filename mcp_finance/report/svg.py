"""Drawing in SVG: small pure helpers that build escaped, deterministic markup.

The rule: text enters the markup only through `label`, `figure` and the attributes of `element`, all of which
clean and escape it, and every coordinate passes through `coordinate`, which fixes its decimals. So no name
from an input file can become markup, and the same chart is always the same bytes.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from mcp_finance.report import palette
from mcp_finance.report.money import MINUS

WIDTH = 880.0
FONT = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans Condensed', sans-serif"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

Point = tuple[float, float]

# XML 1.0 forbids most control characters; the bidirectional controls would let a name reorder its neighbours.
_UNWANTED = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
    "|[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
_LONGEST = 1000
# Widths of Arial in ems, for the characters that stray furthest from its usual 0.56 (lower case and digits).
_WIDTHS = {
    **dict.fromkeys("ijl'|", 0.23),
    **dict.fromkeys(" .,:;!I/ft[]\\", 0.28),
    **dict.fromkeys('r-()`"{}', 0.36),
    **dict.fromkeys("ckJsvxyz", 0.5),
    **dict.fromkeys("ABEFKLPSTVXYZ&", 0.67),
    **dict.fromkeys("CDHNRUw", 0.73),
    **dict.fromkeys("GOQ", 0.78),
    **dict.fromkeys("Mm", 0.84),
    **dict.fromkeys("W%", 0.95),
    "@": 1.02,
    **dict.fromkeys(f"+=<>~{MINUS}", 0.59),
}
_LEEWAY = 1.08


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight-line map of values `low..high` (which must differ) onto coordinates `start..end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The coordinate of `value`."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def clean(content: str) -> str:
    """`content` on one line, without characters XML or a reader could not take, cut to 1,000 characters."""
    return " ".join(_UNWANTED.sub("", content[:_LONGEST]).split())


def coordinate(x: float) -> str:
    """A coordinate with at most two decimals, no trailing zeros and no negative zero."""
    shown = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def element(tag: str, *children: str, **attributes: str | float) -> str:
    """An element; `stroke_width=2` becomes `stroke-width="2"`. Children are markup already made here."""
    written = "".join(
        f" {name.rstrip('_').replace('_', '-')}="
        + quoteattr(_UNWANTED.sub("", value) if isinstance(value, str) else coordinate(value))
        for name, value in attributes.items()
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def label(
    x: float,
    y: float,
    lines: Sequence[str] | str,
    size: float = 16,
    anchor: str = "start",
    *,
    bold: bool = False,
    fill: str = palette.INK,
    halo: bool = False,
    leading: float = 1.2,
) -> str:
    """Text whose first baseline is at `(x, y)`, one line or several; a halo keeps it clear of gridlines."""
    rows = (lines,) if isinstance(lines, str) else tuple(lines)
    extra: dict[str, str | float] = {"font_weight": "bold"} if bold else {}
    if halo:
        extra |= {"stroke": palette.PAPER, "stroke_width": 4, "stroke_linejoin": "round", "paint_order": "stroke"}
    spans = [element("tspan", escape(clean(row)), x=x, y=y + at * size * leading) for at, row in enumerate(rows) if row]
    return element("text", *spans, font_size=size, text_anchor=anchor, fill=fill, **extra) if spans else ""


def line(start: Point, end: Point, colour: str, width: float = 1, dash: str = "") -> str:
    """A straight line; those that are level or upright are drawn crisp."""
    extra: dict[str, str | float] = {"stroke_dasharray": dash} if dash else {}
    if start[0] == end[0] or start[1] == end[1]:
        extra["shape_rendering"] = "crispEdges"
    (x1, y1), (x2, y2) = start, end
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=width, **extra)


def rectangle(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A filled rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, fill=fill)


def polyline(points: Sequence[Point | None], style: palette.Style, width: float) -> str:
    """A line through the points in order, broken where a point is None; a point alone is drawn as a dot."""
    commands: list[str] = []
    dots: list[str] = []
    for at, point in enumerate(points):
        if point is None:
            continue
        before = points[at - 1] if at else None
        after = points[at + 1] if at + 1 < len(points) else None
        commands.append(f"{'L' if before else 'M'}{coordinate(point[0])} {coordinate(point[1])}")
        if before is None and after is None:
            dots.append(element("circle", cx=point[0], cy=point[1], r=width, fill=style.colour))
    if not commands:
        return ""
    extra: dict[str, str | float] = {"stroke_dasharray": style.dash} if style.dash else {}
    stroke = element(
        "path",
        d=" ".join(commands),
        fill="none",
        stroke=style.colour,
        stroke_width=width,
        stroke_linejoin="round",
        **extra,
    )
    return stroke + "".join(dots)


def polygon(points: Iterable[Point], fill: str) -> str:
    """A filled polygon."""
    corners = " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in points)
    return element("polygon", points=corners, fill=fill)


def marker(at: Point, style: palette.Style, size: float = 4.5) -> str:
    """The end marker of a style, centred at a point."""
    x, y = at
    hollow = style.marker in ("ring", "box")
    paint: dict[str, str | float] = {"fill": palette.PAPER if hollow else style.colour}
    if hollow:
        paint |= {"stroke": style.colour, "stroke_width": 2}
    if style.marker in ("disc", "ring"):
        return element("circle", cx=x, cy=y, r=size, **paint)
    if style.marker in ("square", "box"):
        return element("rect", x=x - size, y=y - size, width=2 * size, height=2 * size, **paint)
    base = y + size * (1.5 if style.marker == "diamond" else 1)
    corners = [(x, y - size * 1.5), (x + size * 1.3, y), (x, base), (x - size * 1.3, y)]
    if style.marker == "triangle":
        corners = [(x, y - size * 1.3), (x + size * 1.3, base), (x - size * 1.3, base)]
    return polygon(corners, style.colour)


def hatch(identifier: str, ground: str, stroke: str, width: float = 1) -> str:
    """The definition of a diagonal hatch, to be used as `fill="url(#identifier)"`."""
    return element(
        "pattern",
        rectangle(0, 0, 7, 7, ground),
        line((0, 0), (0, 7), stroke, width),
        id=identifier,
        width=7.0,
        height=7.0,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def figure(
    key: str, title: str, description: str, height: float, body: Sequence[str], definitions: Sequence[str] = ()
) -> str:
    """A whole chart: 880 units wide, named and described for assistive technology under ids made from `key`.

    `key` must be unique in the document it is put into: a letter, then letters, digits, `_` or `-`; any other
    raises ValueError.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"a chart key must be a letter followed by letters, digits, '_' or '-', not {key!r}")
    parts = [
        element("title", escape(clean(title)) or "Chart", id=f"{key}-title"),
        element("desc", escape(clean(description)) or "No description", id=f"{key}-desc"),
        element("defs", *definitions) if definitions else "",
        rectangle(0, 0, WIDTH, height, palette.PAPER),
        *body,
    ]
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        role="img",
        width="100%",
        viewBox=f"0 0 {coordinate(WIDTH)} {coordinate(height)}",
        aria_labelledby=f"{key}-title {key}-desc",
        focusable="false",
        font_family=FONT,
    )


def text_width(content: str, size: float, *, bold: bool = False) -> float:
    """An estimate, on the generous side, of how wide `content` is drawn in Arial at `size`."""
    ems = sum(_ems(character) for character in content)
    return ems * size * _LEEWAY * (1.07 if bold else 1)


def _ems(character: str) -> float:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if character.isascii():
        return 0.56
    if unicodedata.combining(character):
        return 0.0
    return 0.8 if character <= "\u024f" else 1.05


def shorten(content: str, size: float, width: float, *, bold: bool = False) -> str:
    """`content` if it fits in `width`, otherwise as much of its start as fits with an ellipsis."""
    kept = clean(content)
    if text_width(kept, size, bold=bold) <= width:
        return kept
    while kept and text_width(kept + ELLIPSIS, size, bold=bold) > width:
        kept = kept[:-1].rstrip()
    return kept + ELLIPSIS


def wrap(content: str, size: float, width: float, lines: int = 3, *, bold: bool = False) -> tuple[str, ...]:
    """`content` broken at spaces into at most `lines` lines that fit `width`; what is left over is elided."""
    words = clean(content).split(" ")
    rows: list[str] = []
    while words and len(rows) < lines - 1:
        row = words[0]
        taken = 1
        while taken < len(words) and text_width(f"{row} {words[taken]}", size, bold=bold) <= width:
            row = f"{row} {words[taken]}"
            taken += 1
        rows.append(shorten(row, size, width, bold=bold))
        words = words[taken:]
    if words:
        rows.append(shorten(" ".join(words), size, width, bold=bold))
    return tuple(row for row in rows if row)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Even tick values in steps of 1, 2 or 5 times a power of ten, covering `low..high`.

    There are at least two and at most `about + 2`. A range too narrow to divide is widened first: to 0..1
    about zero, otherwise to a tenth either side. Raises ValueError if the range is reversed or not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or low > high or about < 1:
        raise ValueError(f"cannot place ticks from {low} to {high}")
    largest = max(abs(low), abs(high))
    if high - low <= max(largest * 1e-6, 1e-9):
        low, high = (low - largest / 10, high + largest / 10) if largest > 1e-9 else (0.0, 1.0)
    raw = (high - low) / about
    power = math.floor(math.log10(raw))
    multiple = next(m for m in (1, 2, 5, 10) if m * 10.0**power >= raw * (1 - 1e-9))
    step = multiple * 10.0**power
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(at * step, max(0, -power)) + 0.0 for at in range(first, last + 1))


def tick_places(marks: Sequence[float]) -> int:
    """How many decimals tell the tick values apart."""
    return max(0, -math.floor(math.log10(marks[1] - marks[0]) + 1e-6))


def spread(centres: Sequence[float], heights: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """New centres for labels of the given heights, none overlapping, as near the wanted ones as possible.

    The order is kept (ties by position in the list) and all lie within `low..high` when there is room; when
    there is not they overrun `high`. Least squares under an ordering, by pooling adjacent violators
    (Barlow and others, Statistical Inference under Order Restrictions, 1972).
    """
    order = sorted(range(len(centres)), key=lambda at: (centres[at], at))
    offsets: list[float] = []
    depth = 0.0
    for at in order:
        offsets.append(depth + heights[at] / 2)
        depth += heights[at]
    pools: list[tuple[float, int]] = []
    for at, offset in zip(order, offsets, strict=True):
        pools.append((centres[at] - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, count), (earlier, others) = pools.pop(), pools.pop()
            pools.append(((mean * count + earlier * others) / (count + others), count + others))
    starts = [mean for mean, count in pools for _ in range(count)]
    placed = [0.0] * len(centres)
    for at, offset, start in zip(order, offsets, starts, strict=True):
        placed[at] = max(low, min(start, high - depth)) + offset
    return tuple(placed)
