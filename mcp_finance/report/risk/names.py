"""Names down the left of a chart of level bars, each as high as its words need, with what is known of it beneath.

The rule: a name stands whole, on two lines if it must, and a grade is a shape and a word, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.plots import LEADING, UNITS_IN_WORDS
from mcp_finance.report.risk import grades

MOST = 20
SMALL = 15.0
_WIDE = 300.0


def in_words(unit: str) -> str:
    """The unit as a subtitle has it."""
    return UNITS_IN_WORDS.get(unit, unit[:1].upper() + unit[1:])


@dataclass(frozen=True, slots=True)
class Name:
    """What stands at the left of a row: its name, and in smaller type what is known of it, after a grade's mark."""

    label: str
    beneath: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Names set one below the other: their markup, how wide they are, and where each row begins and the last ends."""

    markup: list[str]
    width: float
    tops: tuple[float, ...]

    def middle(self, at: int) -> float:
        """The middle of a row."""
        return (self.tops[at] + self.tops[at + 1]) / 2


def rows_of(names: Sequence[Name], top: float, least: float = 40.0) -> Rows:
    """The names below `top`, each as high as its words need."""
    body: list[str] = []
    width, tops = 0.0, [top]
    for name in names:
        indent = 20.0 if name.grade else 0.0
        label = svg.wrap(name.label, 16, _WIDE, 2)
        beneath = svg.wrap(name.beneath, SMALL, _WIDE - indent, 2) if name.beneath else ()
        height = max(least, (len(label) + len(beneath)) * LEADING + 13)
        y = tops[-1] + (height - (len(label) + len(beneath)) * LEADING) / 2 + 14
        body.append(svg.label(0, y, label, leading=LEADING / 16))
        y += len(label) * LEADING
        if beneath:
            body.append(svg.label(indent, y, beneath, SMALL, fill=palette.MUTED, leading=LEADING / SMALL))
        if name.grade:
            body.append(svg.marker((7, y - 5), grades.mark(name.grade)))
        width = max(width, plots.widest(label, 16), indent + plots.widest(beneath, SMALL))
        tops.append(tops[-1] + height)
    return Rows(body, width, tuple(tops))
