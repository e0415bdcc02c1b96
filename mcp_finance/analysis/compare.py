"""Two runs side by side, and runs against a stored baseline.

`compare` puts the headline rows of two runs next to each other. `check` is for continuous integration: it runs a
scenario again, tests the model's own laws and compares every stored metric within tolerance; a missing baseline or
metric is a failure, because a check that compares nothing would pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from mcp_finance.analysis.headlines import headlines
from mcp_finance.analysis.run import Run
from mcp_finance.rows.expr import plain_name

HEADLINE_ROWS = (
    "wpb",
    "holder_cost",
    "share_payment",
    "share_unfunded",
    "hospital_income",
    "hospital_cost",
    "stranded_cost",
    "system_cost",
)
BASELINE_VERSION = 1
KEY_LABELS = {
    "contract_total": "contract total",
    "per_head": "NHS budget a head",
    "first_payment": "first year's payment",
    "live_share_1": "live share, year 1",
    "live_share_2": "live share, year 2",
    "live_share_3": "live share, year 3",
    "result_total": "income less cost",
    "worst_year": "worst year",
    "deepest_deficit": "deepest deficit",
    "reserve_cover": "cover by reserves",
    "break_even_saving": "break-even saving",
}
"""Short labels that are the same in both runs, whatever their years."""


@dataclass(frozen=True)
class Difference:
    """One metric in two runs; `None` where a run has not got it."""

    metric: str
    first: float | None
    second: float | None

    @property
    def change(self) -> float:
        return (self.second or 0.0) - (self.first or 0.0)

    @property
    def percent(self) -> float | None:
        return self.change / abs(self.first) if self.first else None

    def beyond(self, absolute: float, relative: float) -> bool:
        """Whether the two differ by more than both tolerances allow, or one is missing."""
        if self.first is None or self.second is None:
            return True
        return abs(self.change) > max(absolute, relative * abs(self.first))


def headline_rows(run: Run) -> tuple[str, ...]:
    """The rows that are compared and stored by year: those of the contract, and each party's result and balance."""
    return (*HEADLINE_ROWS, *(f"{p}.result" for p in run.parties), *(f"{p}.closing" for p in run.parties))


def compare_runs(first: Run, second: Run) -> list[Difference]:
    """Headlines, each party against do-nothing and the headline rows over the term, of two runs."""
    return differences(_overview(first), _overview(second))


def _overview(run: Run) -> dict[str, float]:
    heads = headlines(run)
    found = {KEY_LABELS.get(m.key, m.label): m.value for m in heads.metrics}
    found |= {f"{plain_name(p.party)} v do-nothing": p.change for p in heads.parties}
    for row in headline_rows(run):
        if not row.endswith("closing"):
            found[f"{plain_name(row)}, total"] = float(run.results.series(row).sum())
    return found


def metrics(run: Run) -> dict[str, float]:
    """Every metric that a baseline stores: the headline rows by year, and the headlines."""
    found = {m.key: m.value for m in headlines(run).metrics}
    for row in headline_rows(run):
        found |= {f"{row} {y}": float(v) for y, v in zip(run.years, run.results.series(row), strict=True)}
    return found


def differences(first: Mapping[str, float], second: Mapping[str, float]) -> list[Difference]:
    """Metrics of either, in the order of the first."""
    names = dict.fromkeys([*first, *second])
    return [Difference(n, first.get(n), second.get(n)) for n in names]


def baseline_document(run: Run) -> dict[str, object]:
    """What is stored for a scenario: its metrics. The values are the model's own and prove nothing but constancy."""
    return {
        "about": "Values of the model itself, kept to notice change. They are not evidence of anything else.",
        "version": BASELINE_VERSION,
        "scenario": run.loaded.scenario.id,
        "cases": run.loaded.cases,
        "metrics": metrics(run),
    }


def baseline_problems(stored: object) -> str:
    """What is wrong with a stored baseline, or nothing."""
    if not isinstance(stored, dict) or stored.get("version") != BASELINE_VERSION:
        return f"is not a baseline of version {BASELINE_VERSION}"
    values = stored.get("metrics")
    if not isinstance(values, dict) or not values:
        return "stores no metric"
    if not all(isinstance(v, int | float) and isfinite(v) for v in values.values()):
        return "stores a metric that is not a number"
    return ""
