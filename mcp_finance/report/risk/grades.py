"""How good evidence is, as a mark: a shape for each grade, the same on paper and in the terminal, words beside it."""

from __future__ import annotations

from mcp_finance.analysis.headlines import UNGRADED
from mcp_finance.report import palette
from mcp_finance.report.views import GRADES

WEAK = frozenset(("assumption", UNGRADED))
_MARKS = {
    "exact-published": palette.Style(palette.DARK_BLUE, "", "disc"),
    "exact-secondary": palette.Style(palette.DARK_BLUE, "", "ring"),
    "derived": palette.Style(palette.TURQUOISE, "", "square"),
    "definition": palette.Style(palette.DARK_GREY, "", "diamond"),
    "assumption": palette.Style(palette.ORANGE, "", "triangle"),
    UNGRADED: palette.Style(palette.DARK_PINK, "", "box"),
}
_CHARACTERS = {"disc": "●", "ring": "○", "square": "■", "diamond": "◆", "triangle": "▲", "box": "□"}


def mark(grade: str) -> palette.Style:
    """The colour and shape of a grade; any other word raises ValueError."""
    if grade not in _MARKS:
        raise ValueError(f"{grade!r} is no grade of evidence: {', '.join(_MARKS)}")
    return _MARKS[grade]


def character(grade: str) -> str:
    """The same shape as one character."""
    return _CHARACTERS[mark(grade).marker]


def words(grade: str) -> str:
    """The grade as a reader knows it."""
    mark(grade)
    return GRADES[grade]
