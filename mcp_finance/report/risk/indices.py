"""What the outcome's uncertainty comes from: Sobol' indices with their intervals, and the money on weak evidence.

The rule: an estimate is never drawn without the interval that its error leaves open, as a line and in figures; evidence
that is an assumption or not graded is hatched, and says so in words.
"""

from __future__ import annotations

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.risk import grades
from mcp_finance.report.risk.names import MOST, SMALL, Name, in_words, rows_of
from mcp_finance.report.risk.shapes import Estimate, Indices, Ranking, scale_of, shown
from mcp_finance.report.svg import Scale

_BAR = 14.0


def indices_chart(found: Indices, *, key: str, most: int = MOST) -> str:
    """Each input's first-order and total index, one bar above the other, each with its interval as a line."""
    kept = found.largest(most)
    estimates = [e for index in kept for e in (index.first, index.total)]
    marks = svg.ticks(*plots.extent([tuple(v for e in estimates for v in (e.low, e.high))], 0.0))
    fills = ((palette.DARK_BLUE, "Alone (first order)"), (f"url(#{key}-total)", "With interactions (total)"))
    swatches = [(svg.rectangle(0, 0, 28, 14, fill), name) for fill, name in fills]
    swatches.append((_whisker(2, 26, 7), found.interval))
    head, top = plots.header(found.title, "Share of the variance of the outcome", "", swatches if kept else ())
    rows = rows_of([Name(index.label) for index in kept], top + 10, 54.0)
    half = plots.widest(plots.tick_labels(marks), 15) / 2
    room = 12 + max(half, plots.widest([str(e) for e in estimates], SMALL))
    x = Scale(marks[0], marks[-1], rows.width + 20 + half, svg.WIDTH - room)
    bottom = rows.tops[-1] + 4
    body = [*head, *rows.markup, plots.upright_grid(x, marks, top + 6, bottom, 0.0)]
    for at, index in enumerate(kept):
        body.append(_estimate(index.first, x, rows.middle(at) - 11, palette.DARK_BLUE))
        body.append(_estimate(index.total, x, rows.middle(at) + 11, f"url(#{key}-total)"))
    more = _left_out(len(found.indices), len(kept), "No input is uncertain")
    body.append(svg.label(0, bottom + 50, more, fill=palette.MUTED))
    definition = svg.hatch(f"{key}-total", palette.TURQUOISE, palette.PAPER, 2.5)
    return svg.figure(key, found.title, found.description(), bottom + (62 if more else 34), body, (definition,))


def ranking_chart(ranking: Ranking, *, key: str, most: int = MOST) -> str:
    """Groups of inputs with the money that each moves, in their order; weak evidence hatched, the grade in words."""
    kept, scale = ranking.weights[:most], scale_of(ranking.unit)
    marks = svg.ticks(*plots.extent([tuple(weight.amount / scale for weight in kept)], 0.0))
    texts = [shown(weight.amount, ranking.unit, ranking.places) for weight in kept]
    head, top = plots.header(ranking.title, in_words(ranking.unit), "", _evidence(key) if kept else ())
    names = [Name(w.label, _beneath(grades.words(w.grade), w.detail), w.grade) for w in kept]
    rows = rows_of(names, top + 10)
    half = plots.widest(plots.tick_labels(marks), 15) / 2
    room = 12 + max(half, plots.widest(texts, 16, bold=True))
    x = Scale(marks[0], marks[-1], rows.width + 20 + half, svg.WIDTH - room)
    bottom = rows.tops[-1] + 4
    body = [*head, *rows.markup, plots.upright_grid(x, marks, top + 6, bottom, 0.0)]
    for at, (weight, text) in enumerate(zip(kept, texts, strict=True)):
        end, middle = x.at(weight.amount / scale), rows.middle(at)
        fill = f"url(#{key}-weak)" if weight.grade in grades.WEAK else palette.DARK_BLUE
        body.append(svg.rectangle(x.at(0), middle - 11, end - x.at(0), 22, fill))
        body.append(svg.label(end + 8, middle + 5.5, text, bold=True, halo=True))
    more = _left_out(len(ranking.weights), len(kept), "No input moves money")
    body.append(svg.label(0, bottom + 50, more, fill=palette.MUTED))
    said = [
        f"{w.label} ({grades.words(w.grade).lower()}): {text}." for w, text in zip(kept[:5], texts[:5], strict=True)
    ]
    weak = svg.hatch(f"{key}-weak", palette.ORANGE, palette.PAPER, 2.5)
    words = " ".join(said) or "No input moves money."
    return svg.figure(key, ranking.title, words, bottom + (62 if more else 34), body, (weak,))


def _evidence(key: str) -> list[plots.Swatch]:
    fills = ((f"url(#{key}-weak)", "Assumption or not graded"), (palette.DARK_BLUE, "Better evidence"))
    return [(svg.rectangle(0, 0, 28, 14, fill), name) for fill, name in fills]


def _beneath(grade: str, detail: str) -> str:
    return f"{grade}; {detail}" if detail else grade


def _left_out(count: int, kept: int, none: str) -> str:
    return none if not kept else f"Not shown: {count - kept} more" if count > kept else ""


def _estimate(e: Estimate, x: Scale, middle: float, fill: str) -> str:
    """One bar from nought, its interval across its end, and its figures beyond both."""
    ends = sorted((x.at(0), x.at(e.value)))
    bar = svg.rectangle(ends[0], middle - _BAR / 2, ends[1] - ends[0], _BAR, fill)
    figures = svg.label(max(ends[1], x.at(e.high)) + 8, middle + 5.5, str(e), SMALL, halo=True)
    return bar + _whisker(x.at(e.low), x.at(e.high), middle) + figures


def _whisker(start: float, end: float, y: float) -> str:
    """A level line with short ends, light beneath so that it is seen on a dark bar too."""
    strokes = [((start, y), (end, y)), *(((x, y - 4), (x, y + 4)) for x in (start, end))]
    return "".join(
        svg.line(a, b, colour, width) for colour, width in ((palette.PAPER, 4), (palette.INK, 1.5)) for a, b in strokes
    )
