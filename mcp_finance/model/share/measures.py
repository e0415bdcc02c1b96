"""Measures of the performance payment, and the score that they make.

A measure's performance becomes an achievement from 0 to 1 by one of a few functions; its weight in the score is that of
the contract, scaled up for measures that do not count in the year because too few people stand behind them or, where
the contract says so, because nothing was reported. `ips_score` is the sum of achievement times weight: bound to a fact
of a term sheet it earns the performance payment there.

One point on its way: 80% seen in time, where 60% earns nothing and 90% all, is two thirds achieved; at 30% of the
weight, of which a tenth belongs to a measure that does not count, it adds 2/3 × 30% / 90% to the score.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.rows.expr import Expr, choose, least, most, ratio, ref, shift, total, up, weighted
from mcp_finance.rows.row import InputSpec, Row, row

SHEET = "Measures"
MEASURE, STEP = ("measure",), ("measure_step",)
ORIGIN = "mcp_finance/model/share/measures.py"
SCORE = "ips_score"


def _measure(name: str, unit: str, doc: str, *, yearly: bool = False) -> InputSpec:
    return InputSpec(name, unit, doc, MEASURE, yearly)


INPUTS = (
    _measure("measure_weight", "share", "Weight of the measure in the year's score.", yearly=True),
    _measure("performance", "level", "What was reached, or is planned; 0 where nothing is reported.", yearly=True),
    _measure("is_reported", "switch", "1 in years for which the measure's performance is given.", yearly=True),
    _measure("denominator", "number", "People or cases behind the measure's performance.", yearly=True),
    _measure("minimum_denominator", "number", "Fewer people or cases than this, and the measure does not count."),
    _measure("reporting_years", "number", "First years of the contract in which reporting alone earns all."),
    _measure("lower_is_better", "switch", "1 where a lower performance is a better one."),
    _measure("attain_floor", "level", "Performance at which achievement begins."),
    _measure("attain_target", "level", "Performance at which all is achieved."),
    _measure("improve_baseline", "level", "Performance from which improvement is counted."),
    _measure("improve_delta", "level", "Improvement with which all is achieved."),
    _measure(
        "by_threshold", "switch", "1 where performance at the threshold or better achieves all, and any other nil."
    ),
    _measure("threshold", "level", "Performance that achieves all."),
    _measure("better_of", "switch", "1 where the better counts of what is attained and what is improved."),
    _measure("missing_redistributed", "switch", "1 where a year without a report takes the measure out of the score."),
    _measure("missing_full", "switch", "1 where a year without a report counts as all achieved."),
    InputSpec("step_level", "level", "Performance from which the step earns.", STEP),
    InputSpec("step_earns", "share", "Achievement at the step.", STEP),
    InputSpec("is_first_step", "switch", "1 for the first step of a measure.", STEP),
)


@row(sheet=SHEET, unit="number", dims=MEASURE)
def better_sign(lower_is_better: Expr) -> Expr:
    """1 where more is better, -1 where less is."""
    return 1 - lower_is_better - lower_is_better


@row(sheet=SHEET, unit="share", dims=MEASURE)
def attained(performance: Expr, attain_floor: Expr, attain_target: Expr) -> Expr:
    """How far performance has come from floor to target."""
    return ratio(performance - attain_floor, attain_target - attain_floor)


@row(sheet=SHEET, unit="share", dims=MEASURE)
def improved(performance: Expr, improve_baseline: Expr, better_sign: Expr, improve_delta: Expr) -> Expr:
    """How far performance has come from its baseline by the improvement asked for."""
    return ratio((performance - improve_baseline) * better_sign, improve_delta)


@row(sheet=SHEET, unit="level", dims=MEASURE)
def beyond_threshold(performance: Expr, threshold: Expr, better_sign: Expr) -> Expr:
    """How much better performance is than the threshold."""
    return (performance - threshold) * better_sign


@row(sheet=SHEET, unit="share", dims=MEASURE)
def passed_threshold(beyond_threshold: Expr, by_threshold: Expr) -> Expr:
    """1 where the threshold is reached, for measures that have one."""
    return choose(beyond_threshold >= 0, by_threshold, 0)


@row(sheet=SHEET, unit="level", dims=STEP)
def step_performance(performance: Expr) -> Expr:
    """Performance of the measure to which the step belongs."""
    return up(performance, along="measure")


@row(sheet=SHEET, unit="number", dims=STEP)
def step_sign(better_sign: Expr) -> Expr:
    """1 where more is better for the step's measure, -1 where less is."""
    return up(better_sign, along="measure")


@row(sheet=SHEET, unit="share", dims=STEP)
def step_before(step_earns: Expr, is_first_step: Expr) -> Expr:
    """Achievement at the step before, nil for the first of a measure."""
    return shift(step_earns, over="measure_step", first=0) * (1 - is_first_step)


@row(sheet=SHEET, unit="share", dims=STEP)
def step_gain(step_performance: Expr, step_level: Expr, step_sign: Expr, step_earns: Expr, step_before: Expr) -> Expr:
    """What the step adds to the one before, once its level is reached."""
    return choose((step_performance - step_level) * step_sign >= 0, step_earns - step_before, 0)


@row(sheet=SHEET, unit="share", dims=MEASURE)
def stepped(step_gain: Expr) -> Expr:
    """Achievement by the highest step reached."""
    return total(step_gain, over="measure_step", by="measure")


@row(sheet=SHEET, unit="share", dims=MEASURE)
def by_one_function(attained: Expr, improved: Expr, passed_threshold: Expr, stepped: Expr) -> Expr:
    """Achievement by the measure's function: all but that one are nil."""
    return attained + improved + passed_threshold + stepped


@row(sheet=SHEET, unit="share", dims=MEASURE)
def raw_achievement(better_of: Expr, attained: Expr, improved: Expr, by_one_function: Expr) -> Expr:
    """Achievement before it is held between nothing and all."""
    return choose(better_of >= 1, most(attained, improved), by_one_function)


@row(sheet=SHEET, unit="share", dims=MEASURE)
def achievement(raw_achievement: Expr) -> Expr:
    """Achievement between nothing and all."""
    return most(0, least(1, raw_achievement))


@row(sheet=SHEET, unit="share", dims=MEASURE)
def reported_score(contract_year: Expr, reporting_years: Expr, achievement: Expr) -> Expr:
    """What a report earns: its achievement, or all in the years that pay for reporting."""
    return choose(contract_year <= reporting_years, 1, achievement)


@row(sheet=SHEET, unit="share", dims=MEASURE)
def measure_score(is_reported: Expr, reported_score: Expr, missing_full: Expr) -> Expr:
    """The measure's score; without a report, nil or all as the contract says."""
    return choose(is_reported >= 1, reported_score, missing_full)


@row(sheet=SHEET, unit="switch", dims=MEASURE)
def is_large_enough(denominator: Expr, minimum_denominator: Expr) -> Expr:
    """1 where enough people or cases stand behind the performance reported."""
    return choose(denominator >= minimum_denominator, 1, 0)


@row(sheet=SHEET, unit="switch", dims=MEASURE)
def measure_counts(is_reported: Expr, is_large_enough: Expr, missing_redistributed: Expr) -> Expr:
    """1 where the measure is in the year's score."""
    return choose(is_reported >= 1, is_large_enough, 1 - missing_redistributed)


@row(sheet=SHEET, unit="share", dims=MEASURE)
def weight_in_score(measure_weight: Expr, measure_counts: Expr) -> Expr:
    """The measure's weight by contract, nil where it does not count."""
    return measure_weight * measure_counts


@row(sheet=SHEET, unit="share")
def weights_in_score(weight_in_score: Expr) -> Expr:
    """Weights of all measures that count."""
    return total(weight_in_score, over="measure")


@row(sheet=SHEET, unit="share", dims=MEASURE)
def counted_weight(weight_in_score: Expr, weights_in_score: Expr) -> Expr:
    """The measure's weight, scaled up so that the measures that count have all of it."""
    return ratio(weight_in_score, weights_in_score)


@row(sheet=SHEET, unit="share", dims=MEASURE)
def measure_points(measure_score: Expr, counted_weight: Expr) -> Expr:
    """What the measure adds to the year's score."""
    return measure_score * counted_weight


@row(sheet=SHEET, unit="share")
def ips_score(measure_score: Expr, counted_weight: Expr) -> Expr:
    """Improvement Payment Scheme score of the year: the measures' scores by their weights."""
    return weighted(measure_score, counted_weight, over="measure")


def warnings() -> Iterator[Row]:
    """A score that is nil only because nothing was left to make it."""
    doc = "No measure counts in the year, so that the score is nil."
    none = choose(ref("weights_in_score") <= 0, 1, 0)
    yield Row("warn.no_measure_counts", none, (), SHEET, "switch", doc, ORIGIN)
