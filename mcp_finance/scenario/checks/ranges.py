"""What a figure may be: a value outside its range is refused, and one that is only unlikely is a warning.

Signs and lengths that no text can break (counts and lengths of time below nothing) are refused where figures are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.checks.holder_series import holder_series
from mcp_finance.scenario.checks.share_baselines import baseline_series
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.sections.lines import Fraction, Line
from mcp_finance.scenario.validate import Parts

LIKELY_GROWTH = 0.25
LONGEST_LAG = 3
LIKELY_COST_TO_PRICE = (0.5, 1.5)
SHARES = ("marginal_up", "marginal_down")
LEVELS = ("plan_level", "fixed_level")
REDUCTIONS = ("efficiency", "delivered_efficiency")
SPEED = "speed"
OF_STREAM = {
    "cost_build": ("population", "non_demographic", "uplift", "efficiency"),
    "pace": (SPEED, "least", "most"),
}
"""Series of the sections of a stream, all of them growth."""

Value = tuple[Steps, float]


def check_ranges(parts: Parts) -> Iterator[Problem]:
    """Every figure that could be read lies in its range."""
    yield from _settlement(parts)
    yield from _contracts(parts)
    yield from _growth(parts)
    for name, baseline in (parts.get("baselines") or {}).items():
        if baseline.value <= 0:
            yield _nothing(parts, ("baselines", name))
    for name, line in (parts.get("lines") or {}).items():
        path: Steps = ("lines", name)
        yield from _line(parts, path, line)
        yield from _cost_to_price(parts, path, line)


def series_of(parts: Parts) -> Iterator[tuple[Steps, Series, bool]]:
    """Every series that could be read, with its path and whether it is growth into each year from the second on."""
    if parts.has("population"):
        yield ("population", "unregistered"), parts.get("population").unregistered, False
    for name, stream in (parts.get("streams") or {}).items():
        yield ("streams", name, "growth"), stream.growth, True
        if stream.assumed_list_growth:
            yield ("streams", name, "assumed_list_growth"), stream.assumed_list_growth, True
        for section in (s for s in ("cost_build", "pace") if getattr(stream, s)):
            series = [(f, getattr(getattr(stream, section), f)) for f in OF_STREAM[section]]
            yield from ((("streams", name, section, f), found, True) for f, found in series)
        if stream.amounts:
            yield ("streams", name, "amounts"), stream.amounts, False
    for section, fields in (("tariffs", ("uplift", "efficiency")), ("inflation", ("growth", "delivered_efficiency"))):
        for name, entry in (parts.get(section) or {}).items():
            yield from (((section, name, f), getattr(entry, f), True) for f in fields)
    for name, line in (parts.get("lines") or {}).items():
        yield ("lines", name, "growth"), line.growth, True
        if line.stay:
            yield ("lines", name, "stay", "growth"), line.stay.growth, True
        if line.expected_growth:
            yield ("lines", name, "expected_growth"), line.expected_growth, True
        for steps, programme in line.programmes().items():
            yield ("lines", name, *steps, "delivery"), programme.delivery, False
        yield from baseline_series(("lines", name), line)
    for name, provider in (parts.get("providers") or {}).items():
        if provider.income_floor:
            yield ("providers", name, "income_floor"), provider.income_floor, False
    for name, contract in (parts.get("hospital_contracts") or {}).items():
        for f in (*SHARES, *LEVELS):
            if series := getattr(contract, f):
                yield ("hospital_contracts", name, f), series, False
    if parts.get("deflator"):
        yield ("deflator", "growth"), parts.get("deflator").growth, True
    if parts.get("allocation"):
        yield ("allocation",), parts.get("allocation"), False
    yield from holder_series(parts)
    for name, measure in (parts.get("measures") or {}).items():
        yield ("measures", name, "weight"), measure.weight, False
        if measure.denominator:
            yield ("measures", name, "denominator"), measure.denominator, False
    if parts.get("appraisal"):
        yield ("appraisal", "discount_rate"), parts.get("appraisal").discount_rate, True
    for key in ("price", "expected_variations", "base_case_cost") if parts.get("bid") else ():
        if series := getattr(parts.get("bid"), key):
            yield ("bid", key), series, False


def outside_all(parts: Parts, path: Steps, value: float) -> Iterator[Problem]:
    """A problem for a share of a whole that lies outside 0% to 100%."""
    if not 0 <= value <= 1:
        yield parts.problem(path, f"{percent(value)} lies outside 0% to 100%", "a share from 0% to 100%")


def percent(value: float) -> str:
    return f"{value * 100:.6g}%"


def _nothing(parts: Parts, path: Steps) -> Problem:
    return parts.problem(path, "a baseline must be more than nothing", "an amount such as £25.0m")


def reopened_rates(parts: Parts) -> Iterator[Value]:
    """Every rate of a reopened year with its path."""
    for section, rate in (("tariffs", "uplift"), ("streams", "growth")):
        for name, entry in (parts.get(section) or {}).items():
            for year, reopened in entry.reopened.items():
                yield (section, name, "reopened", year, rate), getattr(reopened, rate).value


def values_of(path: Steps, series: Series) -> Iterator[Value]:
    """Every figure of a series with its path."""
    if series.value is not None:
        yield path, series.value
    for year, figure in (series.by_year or {}).items():
        yield (*path, "by_year", year), figure.value
    if series.otherwise is not None:
        yield (*path, "otherwise"), series.otherwise.value


def _settlement(parts: Parts) -> Iterator[Problem]:
    """When term sheets are settled, and the threshold below which nothing counts."""
    for name, use in (parts.get("terms") or {}).items():
        yield from outside_all(parts, ("terms", name, "settled_later"), use.settled_later.value)
    if materiality := parts.get("materiality"):
        yield from outside_all(parts, ("materiality",), materiality.value)


def below_nothing(parts: Parts, path: Steps, value: float, instead: str = "0% or more") -> Iterator[Problem]:
    if value < 0:
        yield parts.problem(path, f"{path[-1]} is below nothing", instead)


def _contracts(parts: Parts) -> Iterator[Problem]:
    for path, series, _ in series_of(parts):
        if path[0] == "hospital_contracts":
            for at, value in values_of(path, series):
                if path[-1] in SHARES:
                    yield from outside_all(parts, at, value)
                elif value < 0:
                    yield parts.problem(at, f"{path[-1]} is below nothing", "0% or more")


def _growth(parts: Parts) -> Iterator[Problem]:
    """Growth, uplift, efficiency and roll: each year's factor is above nothing, and its step is a likely one."""
    found = [(path[-1], values_of(path, series)) for path, series, growth in series_of(parts) if growth]
    for name, stream in (parts.get("streams") or {}).items():
        path: Steps = ("streams", name, "roll")
        found.append(("roll", iter([((*path, year), figure.value) for year, figure in stream.roll.items()])))
    found.append(("reopened", reopened_rates(parts)))
    for kind, values in found:
        for path, value in values:
            if value <= -1:
                message = f"{percent(value)} a year leaves nothing, or less"
                yield parts.problem(path, message, "a rate above -100%, such as 2.5%")
            elif kind in REDUCTIONS and value >= 1:
                message = f"an efficiency of {percent(value)} a year leaves nothing, or less"
                yield parts.problem(path, message, "a rate below 100%, such as 1.1%")
            elif kind not in (*REDUCTIONS, SPEED) and abs(value) > LIKELY_GROWTH:
                message = f"{percent(value)} a year is unlikely: beyond {percent(LIKELY_GROWTH)} either way"
                yield parts.warning(path, message, "the rate of one year, if this is of several")


def _line(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    if isinstance(line.baseline, Fraction):
        yield from outside_all(parts, (*path, "baseline", "fraction"), line.baseline.fraction.value)
    elif line.baseline.value <= 0:
        yield _nothing(parts, (*path, "baseline"))
    if line.activity.value <= 0:
        yield parts.problem((*path, "activity"), "activity must be more than nothing", "a volume such as 315000")
    for name in ("variable_cost", "semi_fixed_cost"):
        if figure := getattr(line, name):
            yield from outside_all(parts, (*path, name), figure.value)
    if line.variable_cost and line.semi_fixed_cost and line.variable_cost.value + line.semi_fixed_cost.value > 1:
        message = "variable and semi-fixed cost are together more than all of the cost"
        yield parts.problem((*path, "semi_fixed_cost"), message, "what is left beside variable_cost, or less")
    if line.release_lag and line.release_lag.value > LONGEST_LAG:
        message = f"a lag of {line.release_lag.value:.6g} years is longer than the model follows"
        yield parts.problem((*path, "release_lag"), message, f"{LONGEST_LAG} years or less")
    if line.stay:
        yield from outside_all(parts, (*path, "stay", "bed_cost"), line.stay.bed_cost.value)
        yield from below_nothing(parts, (*path, "stay", "avoided"), line.stay.avoided.value)


def _cost_to_price(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    if line.cost_to_price is None or line.provider == "other":
        return
    value, at = line.cost_to_price.value, (*path, "cost_to_price")
    low, high = LIKELY_COST_TO_PRICE
    if value <= 0:
        yield parts.problem(at, "a provider's cost must be more than nothing", "a share of its price such as 97%")
    elif not low <= value <= high:
        message = f"a cost of {percent(value)} of the price is unlikely: outside {percent(low)} to {percent(high)}"
        yield parts.warning(at, message, "the provider's own cost for each pound of price, such as 97%")
