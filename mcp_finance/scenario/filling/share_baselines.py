"""The baselines of the gain/loss share, line by line."""

from __future__ import annotations

from mcp_finance.model.share.baselines import METHODS, WINDOW
from mcp_finance.scenario.filling.filler import NOTHING, Cell, Filler, ModelInputs
from mcp_finance.scenario.kinds import RateSeries
from mcp_finance.scenario.sections.lines import Line


def share_baselines(f: Filler, out: ModelInputs) -> None:
    if "share_baselines" not in f.structure.optional:
        return
    for method in METHODS:
        out.put(f"by_{method}", [f.word(("lines", n, "expected"), float(x.expected == method)) for n, x in f.lines])
    for k in WINDOW:
        out.put(f"roll_weight_{k}", [_weight(f, n, line, k) for n, line in f.lines])
    out.put_years("comparator_growth", [_growth(f, n, "comparator_growth", x.comparator_growth) for n, x in f.lines])
    out.put_years("coding_adjustment", [_growth(f, n, "coding_adjustment", x.coding_adjustment) for n, x in f.lines])
    growth = [_growth(f, n, "norm.growth", x.norm.growth if x.norm else None) for n, x in f.lines]
    out.put_years("norm_growth", growth)
    for name, key in (("norm_rate", "activity_per_weighted_person"), ("risk_score_cap", "risk_score_cap")):
        cells = [f.cell(("lines", n, "norm", key), getattr(x.norm, key)) if x.norm else NOTHING for n, x in f.lines]
        out.put(name, cells)


def _growth(f: Filler, name: str, key: str, series: RateSeries | None) -> list[Cell]:
    if series is None:
        return [NOTHING] * len(f.structure.years)
    return f.series(("lines", name, *key.split(".")), series, growth=True)


def _weight(f: Filler, name: str, line: Line, k: int) -> Cell:
    """The same weight for each year of the average, none for those before."""
    if line.rolling_years is None:
        return NOTHING
    return f.word(("lines", name, "rolling_years"), 1 / line.rolling_years if k <= line.rolling_years else 0.0)
