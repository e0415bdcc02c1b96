"""The waterfall: how one total becomes another, step by step, and proof that the steps add up.

The rule: nothing is drawn whose totals are not the running sum of its steps. Steps run down the page, so
their names stay level and whole however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.money import measured
from mcp_finance.report.plots import LEADING, Swatch, Words, scaled
from mcp_finance.report.svg import Scale

_MOST_STEPS = 40
_BAR = 22.0


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall: a running total, or a change that leads from one total to the next."""

    label: str
    value: float
    kind: Literal["total", "change"]


def waterfall(
    title: str,
    description: str,
    steps: Sequence[Step],
    unit: str = "£m",
    scale: float = 1e6,
    *,
    key: str,
    subtitle: str | None = None,
    places: int = 1,
    crop: bool | None = None,
) -> str:
    """How one total becomes another: a row for each step, totals from the axis, changes from the step before.

    The first step may be a total; every later total must equal the running sum within half of the last
    digit shown (`scale / 10**places / 2`), or ValueError is raised. With `crop` left to itself, the axis
    starts away from zero when the changes would otherwise be too short to read, and the chart says so.
    """
    levels = _levels(steps, scale, places)
    marks, base = _axis(steps, levels, crop)
    shown = [measured(step.value / scale, unit, places, plus=step.kind == "change") for step in steps]
    names = [svg.wrap(step.label, 16, 270, bold=step.kind == "total") for step in steps]
    left = 24 + max(plots.widest(rows, 16, bold=True) for rows in names)
    left = max(left, 4 + plots.widest(plots.tick_labels(marks), 15) / 2)
    x = Scale(marks[0], marks[-1], left, svg.WIDTH - 14 - plots.widest(shown, 16, bold=True))
    note = f"Axis cropped: bars start at {measured(base, unit, svg.tick_places(marks))}, not at zero" if base else ""
    words = Words(title, description, subtitle, unit, places, key)
    head, top = plots.header(title, words.beneath_title(), note, _swatches(steps, key))
    tops = [top + 12]
    for rows in names:
        tops.append(tops[-1] + max(34.0, len(rows) * LEADING + 12))
    text: list[str] = []
    for at, step in enumerate(steps):
        middle = (tops[at] + tops[at + 1]) / 2 + 5.5
        total = step.kind == "total"
        end = x.at(max(base if total else levels[at][0], levels[at][1]))
        start = middle - (len(names[at]) - 1) * LEADING / 2
        text.append(svg.label(0, start, names[at], bold=total, leading=LEADING / 16))
        text.append(svg.label(end + 8, middle, shown[at], bold=total, halo=True))
    rows_drawn = _rows(steps, levels, x, tops, base, f"url(#{key}-fall)")
    body = (*head, plots.upright_grid(x, marks, tops[0] - 4, tops[-1] + 4, base), rows_drawn, *text)
    fall = svg.hatch(f"{key}-fall", palette.ORANGE, palette.PAPER, 2.5)
    return svg.figure(key, title, description, tops[-1] + 36, body, (fall,))


def _levels(steps: Sequence[Step], scale: float, places: int) -> list[tuple[float, float]]:
    """Where each bar starts and ends, in units shown; raises ValueError if a total is not the running sum."""
    if not 0 < len(steps) <= _MOST_STEPS:
        raise ValueError(f"a waterfall needs 1 to {_MOST_STEPS} steps, not {len(steps)}")
    levels: list[tuple[float, float]] = []
    running = 0.0
    for at, step in enumerate(steps):
        scaled(step.label, (step.value,), 1, scale)
        value = step.value / scale
        if step.kind == "change":
            levels.append((running, running + value))
            running += value
            continue
        if at and abs(value - running) > 0.5 * 10.0**-places + 1e-9:
            raise ValueError(f"the steps do not add up: {step.label!r} is {value}, but they come to {running}")
        levels.append((0.0, value))
        running = running if at else value
    return levels


def _axis(
    steps: Sequence[Step], levels: Sequence[tuple[float, float]], crop: bool | None
) -> tuple[tuple[float, ...], float]:
    """Tick values, and where bars of totals start: zero unless the axis is cropped."""
    ends = [end for _, end in levels]
    ends += [start for step, (start, _) in zip(steps, levels, strict=True) if step.kind == "change"]
    low, high = min(ends), max(ends)
    span, furthest = high - low, max(abs(low), abs(high))
    wanted = span < furthest / 4 if crop is None else crop
    if wanted and low * high > 0 and span > furthest * 1e-6:
        marks = svg.ticks(low - span / 3, high) if low > 0 else svg.ticks(low, high + span / 3)
        base = marks[0] if low > 0 else marks[-1]
        if base * low > 0:
            return marks, base
    return svg.ticks(min(0.0, low), max(0.0, high)), 0.0


def _swatches(steps: Sequence[Step], key: str) -> list[Swatch]:
    present = {
        "Total": any(step.kind == "total" for step in steps),
        "Increase": any(step.kind == "change" and step.value > 0 for step in steps),
        "Decrease": any(step.kind == "change" and step.value < 0 for step in steps),
    }
    fills = (palette.DARK_BLUE, palette.TURQUOISE, f"url(#{key}-fall)")
    samples = zip(fills, present, strict=True)
    return [(svg.rectangle(0, 0, 28, 14, fill), name) for fill, name in samples if present[name]]


def _rows(
    steps: Sequence[Step],
    levels: Sequence[tuple[float, float]],
    x: Scale,
    tops: Sequence[float],
    base: float,
    fall: str,
) -> str:
    """Bars, the connectors from each to the next, and break marks on the totals of a cropped axis."""
    body = []
    bars = [(above + below - _BAR) / 2 for above, below in pairwise(tops)]
    for at, (step, (start, end)) in enumerate(zip(steps, levels, strict=True)):
        total = step.kind == "total"
        near, far = sorted((x.at(base if total else start), x.at(end)))
        fill = palette.TURQUOISE if step.value > 0 else fall if step.value < 0 else palette.AXIS
        fill = palette.DARK_BLUE if total else fill
        body.append(svg.rectangle(near, bars[at], max(1.5, far - near), _BAR, fill))
        if at + 1 < len(steps):
            body.append(svg.line((x.at(end), bars[at] + _BAR), (x.at(end), bars[at + 1]), palette.AXIS, 1, "3 2"))
        if total and base:
            middle = x.at(base) + (12 if base > 0 else -12)
            ends = (bars[at] + _BAR + 2, bars[at] - 2)
            body += [svg.line((middle + s - 3, ends[0]), (middle + s + 3, ends[1]), palette.PAPER, 3) for s in (-4, 4)]
    return "".join(body)
