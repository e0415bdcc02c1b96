"""What a line of the gain/loss share needs for the baseline that it names, and what has no effect."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.sections.lines import Line
from mcp_finance.scenario.validate import Parts

NEEDS = {"comparator_growth": "comparator", "norm": "norm", "rolling_years": "rolling"}
"""What each baseline is made from; `trend` and `static` need nothing."""


def baseline_series(path: Steps, line: Line) -> Iterator[tuple[Steps, Series, bool]]:
    """Series of a line's baseline: each is growth into a year."""
    if line.comparator_growth is not None:
        yield (*path, "comparator_growth"), line.comparator_growth, True
    if line.norm is not None:
        yield (*path, "norm", "growth"), line.norm.growth, True
    if line.coding_adjustment is not None:
        yield (*path, "coding_adjustment"), line.coding_adjustment, True


def check_share_baselines(parts: Parts) -> Iterator[Problem]:
    """Every line of the share has what its baseline is made from, and no line has what nothing reads."""
    for name, line in (parts.get("lines") or {}).items():
        path: Steps = ("lines", name)
        yield from _needs(parts, path, line)
        if line.scope != "share":
            yield from _unshared(parts, path, line)
        if line.norm is not None:
            yield from _norm(parts, (*path, "norm"), line)


def _needs(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    for key, baseline in NEEDS.items():
        given = getattr(line, key) is not None
        if line.expected == baseline and not given:
            yield parts.problem((*path, "expected"), f"the baseline {baseline} needs {key}", f"{key}: and its value")
        if given and line.expected != baseline:
            message = f"{key} has no effect: the line's baseline is {line.expected}"
            yield parts.problem((*path, key), message, f"expected: {baseline}, or leave it out", key=True)


def _unshared(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    for key, given in (("expected", line.expected != "trend"), ("coding_adjustment", line.coding_adjustment)):
        if given:
            message = f"{key} has no effect: the line is not in the gain/loss share"
            yield parts.problem((*path, key), message, "scope: share, or leave it out", key=True)


def _norm(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    if line.norm is not None and line.norm.activity_per_weighted_person.value <= 0:
        at = (*path, "activity_per_weighted_person")
        yield parts.problem(
            at, "a norm must be more than nothing", "units a year for each weighted person, such as 0.12"
        )
    if line.norm is not None and line.norm.risk_score_cap.value < 0:
        yield parts.problem((*path, "risk_score_cap"), "risk_score_cap is below nothing", "0% or more, such as 3%")
