"""Labels inside a plot: each takes the first of its places that is free, and one that has none is left out.

The rule: words never cover words, nor a line that they are told to avoid. What is left out for want of room still
stands in the chart's description.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mcp_finance.report import svg

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A label of one line and the places it may take: centre or end of its baseline, and which end that is."""

    text: str
    places: tuple[tuple[float, float, str], ...]
    bold: bool = False
    size: float = 15.0


def about(text: str, point: svg.Point, *, bold: bool = False) -> Wanted:
    """A label of a point: right of it and above, left and above, then below."""
    x, y = point
    sides = ((x + 10, "start"), (x - 10, "end"), (x, "middle"))
    return Wanted(
        text, tuple((at, y + down, anchor) for down in (-8, 20, -22, -40, -58, 38) for at, anchor in sides), bold
    )


def placed(labels: Sequence[Wanted], room: Box, avoid: Sequence[svg.Point] = ()) -> str:
    """The labels as markup: earlier ones choose first, and none covers a point of those to avoid."""
    body: list[str] = []
    taken: list[Box] = [(x - 1, y - 1, x + 1, y + 1) for x, y in avoid]
    for wanted in labels:
        width = svg.text_width(svg.clean(wanted.text), wanted.size, bold=wanted.bold)
        for x, y, anchor in wanted.places:
            left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width
            box = (left, y - 0.8 * wanted.size, left + width, y + 0.25 * wanted.size)
            inside = room[0] <= box[0] and room[1] <= box[1] and box[2] <= room[2] and box[3] <= room[3]
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                body.append(svg.label(x, y, wanted.text, wanted.size, anchor, bold=wanted.bold, halo=True))
                break
    return "".join(body)


def along(line: Sequence[svg.Point], step: float = 5.0) -> list[svg.Point]:
    """Points along a line, near enough to one another that no word fits between them."""
    found = list(line)
    for (x, y), (to_x, to_y) in pairwise(line):
        count = int(math.hypot(to_x - x, to_y - y) / step)
        found += [(x + (to_x - x) * k / (count + 1), y + (to_y - y) * k / (count + 1)) for k in range(1, count + 1)]
    return found


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
