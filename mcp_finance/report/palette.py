"""Colours and line styles: nothing is told apart by colour alone.

The colours are the categorical palette of the Government Analysis Function. Each series also has its own
dash pattern and end marker, so a chart survives a black-and-white printer. Text is always in a dark ink:
turquoise, orange and light purple meet the 3:1 contrast asked of graphics but not the 4.5:1 asked of text.
"""

from __future__ import annotations

from dataclasses import dataclass

DARK_BLUE = "#12436D"
TURQUOISE = "#28A197"
DARK_PINK = "#801650"
ORANGE = "#F46A25"
DARK_GREY = "#3D3D3D"
LIGHT_PURPLE = "#A285D1"
CATEGORICAL = (DARK_BLUE, TURQUOISE, DARK_PINK, ORANGE, DARK_GREY, LIGHT_PURPLE)

PAPER = "#FFFFFF"
INK = "#1A1A1A"
MUTED = "#505A5F"
GRID = "#E1E3E5"
AXIS = "#6F777B"

SURPLUS_TINT = "#D4ECEA"
DEFICIT_TINT = "#FDE7DC"
BAND_TINT = "#DCE3EA"
BAND_CORE = "#A3BAD1"

_DASHES = ("", "9 4", "2 3", "13 4 2 4", "5 3", "15 4 2 3 2 4")
_MARKERS = ("disc", "square", "triangle", "diamond", "ring", "box")


@dataclass(frozen=True, slots=True)
class Style:
    """How one series is drawn: colour, SVG dash pattern ('' is solid) and the name of its end marker."""

    colour: str
    dash: str
    marker: str


def style(index: int) -> Style:
    """The style of the series at `index`; no two of the first 36 are alike in both colour and dash."""
    turn = index + index // len(CATEGORICAL)
    return Style(
        CATEGORICAL[index % len(CATEGORICAL)],
        _DASHES[turn % len(_DASHES)],
        _MARKERS[turn % len(_MARKERS)],
    )


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two `#RRGGBB` colours, 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
