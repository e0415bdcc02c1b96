"""The payoff curve of a term sheet with the draws behind it: how often each stretch of it is the one that counts.

The rule: curve and draws share one scale, so a clause that no draw reaches is seen to be idle; draws beyond the range
drawn are counted and said, never dropped. Nothing of the sheet is computed here: where it begins and ends to share is
read from the curve.

A draw whose actual cost is 1.3% above the target is a variance of -0.013. With gates at 2% either side it is counted
in the dead band, as part of the share that is written over it, and in the column from -1.5% to -1.0%.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mcp_finance.report import palette, payoff_chart, plots, svg
from mcp_finance.report.money import number
from mcp_finance.report.payoff_chart import Strip, percent
from mcp_finance.report.risk.shapes import Draws, Zone
from mcp_finance.report.svg import Scale
from mcp_finance.terms.reading.payoff import Payoff

DEAD = "in the dead band"
_STRIP, _QUANTILES = 96.0, (0.05, 0.5, 0.95)
_CLOSE = 1e-9


def draws_of(payoff: Payoff, rates: Sequence[float], bins: int = 60) -> Draws:
    """Simulated variances, as rates of the target, counted over the curve's range and between its edges.

    Raises:
        ValueError: there are no draws, or one is not finite.
    """
    found = np.asarray(rates, dtype=float).reshape(-1)
    if not found.size or not np.isfinite(found).all():
        raise ValueError("there must be draws, and each of them finite")
    low, high = payoff.rates[0], payoff.rates[-1]
    counts, edges = np.histogram(found, bins=bins, range=(low, high))
    p5, p50, p95 = map(float, np.quantile(found, _QUANTILES))
    below, above = int((found < low).sum()), int((found > high).sum())
    return Draws(
        tuple(map(float, edges)), tuple(map(int, counts)), below, above, p5, p50, p95, tuple(_zones(payoff, found))
    )


def _zones(payoff: Payoff, found: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[Zone]:
    """Every stretch from one edge to the next, named, with the share of draws in it; the last holds its own end."""
    low, high = payoff.rates[0], payoff.rates[-1]
    cuts = [low, *sorted({e.rate for e in payoff.edges if low + _CLOSE < e.rate < high - _CLOSE}), high]
    zones = []
    for start, end in pairwise(cuts):
        inside = (found >= start) & ((found <= end) if end == high else (found < end))
        zones.append(Zone(_name(payoff, start, end), start, end, float(inside.mean())))
    return zones


def _name(payoff: Payoff, start: float, end: float) -> str:
    """The dead band where nobody but the holder gets any part of the variance, otherwise the rates it lies between."""
    shares = payoff.shares or payoff.payments
    others = [p for p in shares if p not in payoff.holders]
    inside = [start + part * (end - start) for part in (0.25, 0.5, 0.75)]  # at nil nothing is shared in any case
    found = [payoff.at(p, rate, payment=not payoff.shares) for p in others for rate in inside]
    idle = all(abs(value) <= _CLOSE * payoff.target for value in found)
    if idle and start <= 0 <= end:
        return DEAD
    return f"between {percent(start)} and {percent(end)}" + (", where nothing is shared" if idle else "")


def words(draws: Draws) -> tuple[str, ...]:
    """The draws in sentences: three quantiles, the share in every zone, and those beyond the range drawn."""
    said = [
        f"Upright lines in blue: in the median draw the variance is {_rate(draws.p50)}; one draw in twenty is below "
        f"{_rate(draws.p5)} and one above {_rate(draws.p95)}."
    ]
    if draws.zones:
        said.append(f"Of {number(draws.total)} draws, {'; '.join(f'{share_of(z)} {z.name}' for z in draws.zones)}.")
    if beyond := draws.below + draws.above:
        end = f"{number(draws.below)} below it, {number(draws.above)} above"
        said.append(f"Beyond the range drawn: {number(beyond)} of {number(draws.total)} draws, {end}.")
    return tuple(said)


def payoff_with_draws(payoff: Payoff, draws: Draws, title: str, *, key: str, note: str = "") -> str:
    """The payoff curve with a histogram of the draws beneath it, over the same variances."""

    def strip(x: Scale, top: float) -> tuple[list[str], float]:
        return _strip(draws, x, top)

    marks = tuple(q for q in (draws.p5, draws.p50, draws.p95) if payoff.rates[0] <= q <= payoff.rates[-1])
    return payoff_chart.svg(payoff, title, key=key, note=note, strip=Strip(strip, words(draws), marks))


def _strip(draws: Draws, x: Scale, top: float) -> tuple[list[str], float]:
    """The histogram, the share of each zone over it, and the three quantiles beneath."""
    body = [svg.label(0, top + 18, f"{number(draws.total)} draws over the same variances", bold=True)]
    top += 68
    bottom = top + _STRIP
    cuts = [zone.low for zone in draws.zones[1:]]
    body.append(_columns(draws, x, top, bottom))
    body += [svg.line((x.at(cut), top - 36), (x.at(cut), bottom), palette.AXIS, 1, "2 4") for cut in cuts]
    body.append(svg.line((x.start, bottom), (x.end, bottom), palette.AXIS))
    for zone in draws.zones:
        body.append(_over(zone, x, top - 22))
    marked = [("P5", draws.p5), ("Median", draws.p50), ("P95", draws.p95)]
    inside = [(name, rate) for name, rate in marked if x.low <= rate <= x.high]
    texts = [f"{name} {_rate(rate)}" for name, rate in inside]
    widths = [svg.text_width(text, 15, bold=True) + 14 for text in texts]
    for (_, rate), text, centre in zip(
        inside, texts, svg.spread([x.at(r) for _, r in inside], widths, 0, svg.WIDTH), strict=True
    ):
        body.append(svg.line((x.at(rate), top), (x.at(rate), bottom + 4), palette.INK, 2))
        body.append(svg.line((x.at(rate), bottom + 4), (centre, bottom + 14), palette.INK, 1))
        body.append(svg.label(centre, bottom + 28, text, 15, "middle", bold=True))
    return body, bottom + 48


def _columns(draws: Draws, x: Scale, top: float, bottom: float) -> str:
    """The counts as one path, the most frequent as high as the strip."""
    most = max(draws.counts) or 1
    path = [f"M{svg.coordinate(x.at(draws.edges[0]))} {svg.coordinate(bottom)}"]
    for count, (start, end) in zip(draws.counts, pairwise(draws.edges), strict=True):
        level = svg.coordinate(bottom - (bottom - top) * count / most)
        path.append(f"L{svg.coordinate(x.at(start))} {level}L{svg.coordinate(x.at(end))} {level}")
    path.append(f"L{svg.coordinate(x.at(draws.edges[-1]))} {svg.coordinate(bottom)}Z")
    return svg.element("path", d="".join(path), fill=palette.BAND_CORE)


def _over(zone: Zone, x: Scale, y: float) -> str:
    """The share of a zone above it, with its name where there is room; nothing where the share has none."""
    room = x.at(zone.high) - x.at(zone.low) - 8
    rows = [row for row in (share_of(zone), zone.name if zone.name == DEAD else "") if row]
    fitting = [row for row in rows if plots.widest((row,), 15, bold=True) <= room]
    if rows[0] not in fitting:
        return ""
    return svg.label((x.at(zone.low) + x.at(zone.high)) / 2, y, fitting, 15, "middle", bold=True)


def share_of(zone: Zone) -> str:
    return percent(zone.share, 1 if 0 < zone.share < 0.01 else 0)


def _rate(rate: float) -> str:
    return percent(rate, 1)
