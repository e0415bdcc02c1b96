"""What the contract pays where a stream's budget does not simply follow its commissioner's funding.

One pound on its way: its commissioner's funding grows with the allocation (`funding_index`), whatever the rule.
The budget grows with it, or with a cost build (population, other demand, cost uplift and efficiency, compounded), or
with the smaller of the two each year, or with a blend of them; growth of a year acts on the year before, so that a year
in which the smaller bites is never made up. A fixed schedule pays its amounts for the stream's full scope, from the
first year on, whatever the baseline: the difference between the two stands in the bridge as indexation.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least, prior, ratio, total
from mcp_finance.rows.row import InputSpec, row

SHEET = "Budget"
STREAM, LINE = ("stream",), ("line",)


def _built(name: str, doc: str) -> InputSpec:
    return InputSpec(f"cost_build_{name}", "rate", doc, STREAM, True, True)


INPUTS = (
    _built("population", "Population growth that the cost build pays for."),
    _built("non_demographic", "Growth of demand beyond population that the cost build pays for."),
    _built("uplift", "Cost uplift of the cost build."),
    _built("efficiency", "Efficiency taken off the cost build."),
    InputSpec("allocation_weight", "share", "Weight of the allocation's growth beside the cost build's.", STREAM),
    InputSpec("takes_lesser", "switch", "1 where the smaller growth of allocation and cost build is paid.", STREAM),
    InputSpec("has_schedule", "switch", "1 where fixed amounts are paid.", STREAM),
    InputSpec("schedule_amount", "GBP", "The fixed schedule: the stream's budget at full scope.", STREAM, True),
)


@row(sheet=SHEET, unit="rate", dims=STREAM)
def cost_build_growth(
    cost_build_population: Expr, cost_build_non_demographic: Expr, cost_build_uplift: Expr, cost_build_efficiency: Expr
) -> Expr:
    """Growth of the cost build: its four factors, compounded."""
    demand = (1 + cost_build_population) * (1 + cost_build_non_demographic)
    return demand * (1 + cost_build_uplift) * (1 - cost_build_efficiency) - 1


@row(sheet=SHEET, unit="rate", dims=STREAM)
def allocation_growth(funding_index: Expr) -> Expr:
    """Growth of the commissioner's funding since last year."""
    return ratio(funding_index, prior(funding_index, opening=1)) - 1


@row(sheet=SHEET, unit="rate", dims=STREAM)
def blended_growth(cost_build_growth: Expr, allocation_weight: Expr, allocation_growth: Expr) -> Expr:
    """The two growths by their weights: all of the one, all of the other, or some of each."""
    return cost_build_growth + allocation_weight * (allocation_growth - cost_build_growth)


@row(sheet=SHEET, unit="rate", dims=STREAM)
def ruled_growth(takes_lesser: Expr, allocation_growth: Expr, cost_build_growth: Expr, blended_growth: Expr) -> Expr:
    """Growth of the year under the stream's rule."""
    return choose(takes_lesser >= 1, least(allocation_growth, cost_build_growth), blended_growth)


@row(sheet=SHEET, unit="index", dims=STREAM)
def ruled_index(ruled_index: Expr, ruled_growth: Expr) -> Expr:
    """Growth under the stream's rule, compounded; 1 in the first year."""
    return prior(ruled_index, opening=1) * (1 + ruled_growth)


@row(sheet=SHEET, unit="GBP", dims=LINE)
def opening_scope(opening_baseline: Expr, holder_part: Expr) -> Expr:
    """The budget holder's part of the line in the first year, not indexed."""
    return opening_baseline * holder_part


@row(sheet=SHEET, unit="GBP", dims=STREAM)
def opening_scope_by_stream(opening_scope: Expr) -> Expr:
    """The same for all lines of each stream."""
    return total(opening_scope, over="line", by="stream")


@row(sheet=SHEET, unit="index", dims=STREAM)
def schedule_index(schedule_amount: Expr, opening_scope_by_stream: Expr) -> Expr:
    """The fixed amount for each pound of the stream in the first year."""
    return ratio(schedule_amount, opening_scope_by_stream)


@row(sheet=SHEET, unit="index", dims=STREAM)
def budget_index(has_schedule: Expr, schedule_index: Expr, ruled_index: Expr) -> Expr:
    """What the contract pays for the stream's lines, for one pound of the first year."""
    return choose(has_schedule >= 1, schedule_index, ruled_index)
