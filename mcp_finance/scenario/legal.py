"""What a figure may be once it is shocked, by the unit of its input, and what a few of them may be together.

The one rule: a shock makes no scenario that could not have been written. Where a file's own figures are checked as they
are read (`mcp_finance.scenario.checks`), a shocked one is checked here: shares from 0% to 100% but for those listed,
counts and lengths of time from nothing, growth above -100%. `share 103%` is refused, `plan_level 103%` is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mcp_finance.files.figures import FIRST_YEAR, LAST_YEAR, LONGEST_DURATION
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.row import InputSpec
from mcp_finance.scenario.checks.ranges import LONGEST_LAG
from mcp_finance.scenario.filling.filler import ModelInputs
from mcp_finance.terms.clauses import shares_of_all

INFINITE = float("inf")
NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Range:
    """What a figure may be: from `low` (or above it, if `open`) to `high`, in words for a reader."""

    low: float
    high: float
    words: str
    open: bool = False

    def holds(self, value: float) -> bool:
        return (self.low < value if self.open else self.low <= value) and value <= self.high


ANY = Range(-INFINITE, INFINITE, "any amount")
WHOLE = Range(0, 1, "0% to 100%")
NOTHING_OR_MORE = Range(0, INFINITE, "nothing or more")
POSITIVE = Range(0, INFINITE, "more than nothing", open=True)
BY_UNIT: Mapping[str, Range] = {
    "share": WHOLE,
    "rate": Range(-1, INFINITE, "a rate above -100%", open=True),
    "people": NOTHING_OR_MORE,
    "activity": NOTHING_OR_MORE,
    "days": NOTHING_OR_MORE,
    "number": NOTHING_OR_MORE,
    "weight": NOTHING_OR_MORE,
    "years": Range(0, LONGEST_DURATION, "0 to 100 years"),
    "time": Range(FIRST_YEAR, LAST_YEAR, "a day from 1900 to 2200"),
}
BEYOND_ALL = Range(0, INFINITE, "0% or more")
BY_INPUT: Mapping[str, Range] = {
    "plan_level": BEYOND_ALL,
    "fixed_level": BEYOND_ALL,
    "avoided_stay": BEYOND_ALL,
    "activity_chance": BEYOND_ALL,
    "shift_effect": Range(-1, 1, "-100% to 100%"),
    "cost_to_price": POSITIVE,
    "base_activity": POSITIVE,
    "reference_baseline": POSITIVE,
    "reprovision_unit_cost": NOTHING_OR_MORE,
    "team_cost": NOTHING_OR_MORE,
    "transition_cost": NOTHING_OR_MORE,
    "double_running_cost": NOTHING_OR_MORE,
    "release_lag": Range(0, LONGEST_LAG, f"0 to {LONGEST_LAG} years"),
    "efficiency": Range(-1, 1 - NEARLY, "a rate above -100% and below 100%", open=True),
    "delivered_efficiency": Range(-1, 1 - NEARLY, "a rate above -100% and below 100%", open=True),
    "vat_rate": WHOLE,
    "pension_rate": WHOLE,
    "insurance_rate": WHOLE,
    "pension_rate_in_baseline": WHOLE,
    "insurance_rate_in_baseline": WHOLE,
    "contribution_change": Range(-1, INFINITE, "-100% or more"),
    "parent_guarantee": NOTHING_OR_MORE,
    "exit_cost": NOTHING_OR_MORE,
    "break_cost": NOTHING_OR_MORE,
    "expected_variations": NOTHING_OR_MORE,
    "mobilisation_asked": NOTHING_OR_MORE,
    "tolerated_price_gap": BEYOND_ALL,
    "tolerated_variations": BEYOND_ALL,
    "tolerated_first_payment": BEYOND_ALL,
}
"""Inputs whose range is not that of their unit."""


def ranges_of(inputs: ModelInputs) -> Callable[[str], Range]:
    """What each input of a scenario may be, by its name."""
    prefixes = {compiled.sheet.prefix: shares_of_all(compiled.sheet) for compiled in inputs.terms}
    shares = {f"{prefix}.{name}" for prefix, names in prefixes.items() for name in names}
    of_terms = tuple(f"{prefix}." for prefix in prefixes)

    def of(name: str) -> Range:
        return _range(inputs.model.inputs[name], of_terms=name.startswith(of_terms) and name not in shares)

    return of


def _range(spec: InputSpec, *, of_terms: bool) -> Range:
    """A number of a term sheet may be any multiple of what it is taken of, unless it is a share of the whole."""
    if of_terms and spec.unit in ("share", "rate") and not spec.name.endswith(".settled_later"):
        return ANY if spec.name.endswith(".figure") else BEYOND_ALL
    return BY_INPUT.get(spec.name) or BY_UNIT.get(spec.unit, ANY)


def together(values: Mapping[str, Array]) -> Iterator[tuple[frozenset[str], str, str]]:
    """What inputs break together: their names, what is wrong and what to write instead."""

    def of(name: str) -> Array:
        return values.get(name, np.zeros(1))

    if "member_share" in values and np.any(of("fully_integrated_share") > of("member_share")):
        names = frozenset(("fully_integrated_share", "member_share"))
        yield names, "more of the list is fully integrated than is in member practices", "no more than member_share"
    if np.any(of("variable_cost") + of("semi_fixed_cost") > 1 + NEARLY):
        names = frozenset(("variable_cost", "semi_fixed_cost"))
        yield names, "variable and semi-fixed cost are together more than all of the cost", "100% or less together"
    if "practice_list" in values and not np.isclose(of("practice_list").sum(), 1):
        yield (
            frozenset(("practice_list",)),
            "the lists of all practices no longer sum to 100%",
            "shocks that cancel out",
        )
    if "instalment_share" in values and not np.allclose(of("instalment_share").sum(axis=-1), 1):
        yield (
            frozenset(("instalment_share",)),
            "the instalments of a year no longer sum to 100%",
            "shocks that cancel out",
        )
    avoided = of("shift_reach") * (1 - of("shift_overlap")) * of("shift_effect") * of("shift_delivery")
    if np.any(avoided >= 1):
        names = frozenset(("shift_reach", "shift_overlap", "shift_effect", "shift_delivery"))
        yield names, "the shift would avoid all of the line's activity", "less than 100% of it, by reach or effect"
