"""The fan: where half and where nine tenths of the draws lie in every year, and their median.

The rule: a band is never without its edges, which are labelled with their figures where they end, so that the chart can
be read without its colours.
"""

from __future__ import annotations

from mcp_finance.report import palette, plots, svg
from mcp_finance.report.charts import by_year
from mcp_finance.report.plots import Line, Plot, Words, scaled
from mcp_finance.report.risk.shapes import Fan, scale_of, shown

MEDIAN = palette.Style(palette.DARK_BLUE, "", "disc")
BASE = palette.Style(palette.ORANGE, "9 4", "diamond")
_EDGES = ("5% are below", "25% are below", "75% are below", "95% are below")
_BANDS = ((0, 3, palette.BAND_TINT, "90% of draws"), (1, 2, palette.BAND_CORE, "50% of draws"))
_OUTER, _INNER = palette.Style(palette.AXIS, "2 3", "disc"), palette.Style(palette.DARK_BLUE, "", "disc")


def fan_chart(fan: Fan, *, key: str, subtitle: str | None = None) -> str:
    """The fan as one SVG figure: bands of 50% and 90%, the median in bold, the run without chance dashed."""
    scale = scale_of(fan.unit)
    p5, p25, median, p75, p95 = (scaled(fan.title, values, len(fan.years), scale) for values in fan.quantiles)
    edges = (p5, p25, p75, p95)
    lines = [Line("Median", median, MEDIAN, True)]
    if fan.base is not None:
        lines.append(Line(fan.base_name, scaled(fan.base_name, fan.base, len(fan.years), scale), BASE, False))

    def behind(plot: Plot) -> str:
        points = [plot.points(values) for values in edges]
        body = [a.markup(fill) for low, high, fill, _ in _BANDS for a in plots.areas(points[low], points[high])]
        styles = (_OUTER, _INNER, _INNER, _OUTER)
        body += [svg.polyline(line, style, 1) for line, style in zip(points, styles, strict=True)]
        return "".join(body)

    end = len(fan.years) - 1
    extra = [
        (end, values[-1] or 0.0, (shown(at[-1], fan.unit, fan.places), name))
        for values, at, name in zip(edges, (fan.p5, fan.p25, fan.p75, fan.p95), _EDGES, strict=True)
    ]
    swatches = [(svg.rectangle(0, 0, 28, 14, fill), name) for _, _, fill, name in _BANDS]
    words = Words(fan.title, description(fan), subtitle, fan.unit, fan.places, key)
    return by_year(words, fan.years, lines, edges, swatches, behind, extra, zero=True, bold_extra=False)


def description(fan: Fan) -> str:
    """The fan in words: its last year, and the first year in which the median is below nil."""
    p5, p25, median, p75, p95 = (shown(values[-1], fan.unit, fan.places) for values in fan.quantiles)
    said = [
        f"In {fan.years[-1]} the median of the draws is {median}; half of them lie between {p25} and {p75}, "
        f"nine tenths between {p5} and {p95}."
    ]
    for name, values in (("one draw in twenty", fan.p5), ("half of the draws", fan.p50)):
        first = next((year for year, v in zip(fan.years, values, strict=True) if v < 0), None)
        said.append(f"The first year with {name} below nil is {first}." if first else f"No year has {name} below nil.")
    if fan.base is not None:
        said.append(f"{fan.base_name}: {shown(fan.base[-1], fan.unit, fan.places)}.")
    return " ".join(said)
