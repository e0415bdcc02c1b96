"""What the gain/loss share expects of each line: five baselines, of which a line names one.

- trend: reference activity moved by ageing and the expected growth, as hospital plans have it.
- static: reference activity. Under growth it makes losses.
- comparator: reference activity moved by all of the growth of matched areas.
- norm: a norm for each person weighted by need, times people; need per head counts up to a cap on its growth, so that
  closer coding of need makes no savings.
- rolling: the average of the last years' actual activity, the reference activity before the first year. It ratchets.

Hospital plans keep the trend. Where coding or counting changes, actual activity is compared as it would have been
counted before; the hospital is paid for what it counts, so the cash beside the share is not adjusted.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, least, prior, ratio, total, up
from mcp_finance.rows.row import InputSpec, row

SHEET = "Baselines"
LINE, DRIVER = ("line",), ("driver",)
METHODS = ("trend", "static", "comparator", "norm", "rolling")
WINDOW = (1, 2, 3, 4, 5)


def _switch(method: str) -> InputSpec:
    return InputSpec(f"by_{method}", "switch", f"1 where the line's baseline is {method}.", LINE)


def _growth(name: str, doc: str) -> InputSpec:
    return InputSpec(name, "rate", doc, LINE, yearly=True, growth=True)


INPUTS = (
    *(_switch(method) for method in METHODS),
    _growth("comparator_growth", "Growth of the line's activity in matched areas, all causes."),
    InputSpec("norm_rate", "activity", "Units that the norm allows each weighted person in the first year.", LINE),
    _growth("norm_growth", "Growth of the norm for each weighted person."),
    InputSpec("risk_score_cap", "share", "Most by which need per head may rise over the term and still count.", LINE),
    *(
        InputSpec(f"roll_weight_{k}", "share", f"Weight of the year {k} before this in the average.", LINE)
        for k in WINDOW
    ),
    _growth("coding_adjustment", "Growth of counted activity that is a change of coding or counting alone."),
)


@row(sheet=SHEET, unit="index", dims=LINE)
def comparator_index(comparator_index: Expr, comparator_growth: Expr) -> Expr:
    """Activity of matched areas, 1 in the first year."""
    return prior(comparator_index, opening=1) * (1 + comparator_growth)


@row(sheet=SHEET, unit="activity", dims=LINE)
def comparator_activity(base_activity: Expr, comparator_index: Expr) -> Expr:
    """Reference activity, grown as matched areas have grown."""
    return base_activity * comparator_index


@row(sheet=SHEET, unit="people", dims=DRIVER)
def driver_heads(driver_people: Expr) -> Expr:
    """The people behind each driver of demand, of all ages."""
    return total(driver_people, over="age")


@row(sheet=SHEET, unit="index", dims=DRIVER)
def need_per_head(weighted_people: Expr, driver_heads: Expr) -> Expr:
    """Weighted people for each person: how needy the population is."""
    return ratio(weighted_people, driver_heads)


@row(sheet=SHEET, unit="index", dims=DRIVER)
def first_need_per_head(first_need_per_head: Expr, need_per_head: Expr) -> Expr:
    """The same in the first year."""
    return prior(first_need_per_head, opening=need_per_head)


@row(sheet=SHEET, unit="index", dims=DRIVER)
def need_growth(need_per_head: Expr, first_need_per_head: Expr) -> Expr:
    """Need per head for one in the first year."""
    return ratio(need_per_head, first_need_per_head)


@row(sheet=SHEET, unit="weighted people", dims=DRIVER)
def people_at_first_need(driver_heads: Expr, first_need_per_head: Expr) -> Expr:
    """Today's people, weighted as needy as they were in the first year."""
    return driver_heads * first_need_per_head


@row(sheet=SHEET, unit="index", dims=LINE)
def capped_need(need_growth: Expr, risk_score_cap: Expr) -> Expr:
    """Need per head for one in the first year, as far as the cap on its growth lets it count."""
    return least(up(need_growth, along="driver"), 1 + risk_score_cap)


@row(sheet=SHEET, unit="weighted people", dims=LINE)
def norm_people(people_at_first_need: Expr, capped_need: Expr) -> Expr:
    """Weighted people whom the norm counts."""
    return up(people_at_first_need, along="driver") * capped_need


@row(sheet=SHEET, unit="index", dims=LINE)
def norm_index(norm_index: Expr, norm_growth: Expr) -> Expr:
    """The norm for each weighted person, 1 in the first year."""
    return prior(norm_index, opening=1) * (1 + norm_growth)


@row(sheet=SHEET, unit="activity", dims=LINE)
def norm_activity(norm_rate: Expr, norm_index: Expr, norm_people: Expr) -> Expr:
    """Activity that the norm allows the people served."""
    return norm_rate * norm_index * norm_people


@row(sheet=SHEET, unit="index", dims=LINE)
def coding_index(coding_index: Expr, coding_adjustment: Expr) -> Expr:
    """Activity as it is counted for one unit as it was counted in the first year."""
    return prior(coding_index, opening=1) * (1 + coding_adjustment)


@row(sheet=SHEET, unit="share", dims=LINE)
def counted_as_before(coding_index: Expr) -> Expr:
    """Part of actual activity that would have been counted as the baseline was."""
    return ratio(1, coding_index)


@row(sheet=SHEET, unit="activity", dims=LINE)
def compared_in_force(activity_in_force: Expr, counted_as_before: Expr) -> Expr:
    """Actual activity as it is compared, while the contract is in force."""
    return activity_in_force * counted_as_before


@row(sheet=SHEET, unit="activity", dims=LINE)
def compared_activity(activity: Expr, counted_as_before: Expr) -> Expr:
    """The whole year's activity as it would have been counted before."""
    return activity * counted_as_before


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity_1_before(compared_activity: Expr, base_activity: Expr) -> Expr:
    """Activity of the year before; before the first year, the reference activity."""
    return prior(compared_activity, opening=base_activity)


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity_2_before(activity_1_before: Expr, base_activity: Expr) -> Expr:
    """Activity two years before."""
    return prior(activity_1_before, opening=base_activity)


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity_3_before(activity_2_before: Expr, base_activity: Expr) -> Expr:
    """Activity three years before."""
    return prior(activity_2_before, opening=base_activity)


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity_4_before(activity_3_before: Expr, base_activity: Expr) -> Expr:
    """Activity four years before."""
    return prior(activity_3_before, opening=base_activity)


@row(sheet=SHEET, unit="activity", dims=LINE)
def activity_5_before(activity_4_before: Expr, base_activity: Expr) -> Expr:
    """Activity five years before."""
    return prior(activity_4_before, opening=base_activity)


@row(sheet=SHEET, unit="activity", dims=LINE)
def rolled_last_two(activity_1_before: Expr, activity_2_before: Expr, roll_weight_1: Expr, roll_weight_2: Expr) -> Expr:
    """The last two years' part of the average."""
    return activity_1_before * roll_weight_1 + activity_2_before * roll_weight_2


@row(sheet=SHEET, unit="activity", dims=LINE)
def rolled_two_before(
    activity_3_before: Expr, activity_4_before: Expr, roll_weight_3: Expr, roll_weight_4: Expr
) -> Expr:
    """The two years' before them."""
    return activity_3_before * roll_weight_3 + activity_4_before * roll_weight_4


@row(sheet=SHEET, unit="activity", dims=LINE)
def rolling_activity(
    rolled_last_two: Expr, rolled_two_before: Expr, activity_5_before: Expr, roll_weight_5: Expr
) -> Expr:
    """Average of the last years' activity."""
    return rolled_last_two + rolled_two_before + activity_5_before * roll_weight_5


@row(sheet=SHEET, unit="activity", dims=LINE)
def expected_on_record(by_static: Expr, base_activity: Expr, by_rolling: Expr, rolling_activity: Expr) -> Expr:
    """Expected activity of lines whose baseline is what was counted: static or rolling."""
    return by_static * base_activity + by_rolling * rolling_activity


@row(sheet=SHEET, unit="activity", dims=LINE)
def expected_from_others(by_comparator: Expr, comparator_activity: Expr, by_norm: Expr, norm_activity: Expr) -> Expr:
    """Expected activity of lines whose baseline comes from elsewhere: matched areas or a norm."""
    return by_comparator * comparator_activity + by_norm * norm_activity


@row(sheet=SHEET, unit="activity", dims=LINE)
def share_expected_activity(
    by_trend: Expr, expected_activity: Expr, expected_on_record: Expr, expected_from_others: Expr
) -> Expr:
    """Activity as the gain/loss share expects it, by the baseline that the line names."""
    return by_trend * expected_activity + expected_on_record + expected_from_others
