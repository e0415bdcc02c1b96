"""What a figure may be: a value outside its range is refused, and one that is only unlikely is a warning.

Signs and lengths that no text can break (counts and lengths of time below nothing) are refused where figures are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.sections.lines import Fraction, Line, Shift
from mcp_finance.scenario.validate import Parts

LIKELY_GROWTH = 0.25
LIKELY_COST_TO_PRICE = (0.5, 1.5)
LIKELY_REPROVISION = 3  # times the price of what it stands in for
SHARES = ("marginal_up", "marginal_down")
LEVELS = ("plan_level", "fixed_level")
REDUCTIONS = ("efficiency", "delivered_efficiency")
SHIFT_MONEY = ("reprovision", "transition", "double_running")

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
        if line.shift is not None:
            yield from _shift(parts, (*path, "shift"), line.shift)
            yield from _dear(parts, path, line, line.shift)


def series_of(parts: Parts) -> Iterator[tuple[Steps, Series, bool]]:
    """Every series that could be read, with its path and whether it is growth into each year from the second on."""
    if parts.has("population"):
        yield ("population", "unregistered"), parts.get("population").unregistered, False
    for name, stream in (parts.get("streams") or {}).items():
        yield ("streams", name, "growth"), stream.growth, True
        if stream.assumed_list_growth:
            yield ("streams", name, "assumed_list_growth"), stream.assumed_list_growth, True
    for section, fields in (("tariffs", ("uplift", "efficiency")), ("inflation", ("growth", "delivered_efficiency"))):
        for name, entry in (parts.get(section) or {}).items():
            yield from (((section, name, f), getattr(entry, f), True) for f in fields)
    for name, line in (parts.get("lines") or {}).items():
        yield ("lines", name, "growth"), line.growth, True
        if line.expected_growth:
            yield ("lines", name, "expected_growth"), line.expected_growth, True
    for name, contract in (parts.get("hospital_contracts") or {}).items():
        for f in (*SHARES, *LEVELS):
            yield ("hospital_contracts", name, f), getattr(contract, f), False
    if parts.get("deflator"):
        yield ("deflator", "growth"), parts.get("deflator").growth, True
    if parts.get("allocation"):
        yield ("allocation",), parts.get("allocation"), False
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
        yield parts.problem(path, f"{_percent(value)} lies outside 0% to 100%", "a share from 0% to 100%")


def _percent(value: float) -> str:
    return f"{value * 100:.6g}%"


def _nothing(parts: Parts, path: Steps) -> Problem:
    return parts.problem(path, "a baseline must be more than nothing", "an amount such as £25.0m")


def _values(path: Steps, series: Series) -> Iterator[Value]:
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


def _below_nothing(parts: Parts, path: Steps, value: float, instead: str = "0% or more") -> Iterator[Problem]:
    if value < 0:
        yield parts.problem(path, f"{path[-1]} is below nothing", instead)


def _contracts(parts: Parts) -> Iterator[Problem]:
    for path, series, _ in series_of(parts):
        if path[0] == "hospital_contracts":
            for at, value in _values(path, series):
                if path[-1] in SHARES:
                    yield from outside_all(parts, at, value)
                elif value < 0:
                    yield parts.problem(at, f"{path[-1]} is below nothing", "0% or more")


def _growth(parts: Parts) -> Iterator[Problem]:
    """Growth, uplift, efficiency and roll: each year's factor is above nothing, and its step is a likely one."""
    found = [(path[-1], _values(path, series)) for path, series, growth in series_of(parts) if growth]
    for name, stream in (parts.get("streams") or {}).items():
        path: Steps = ("streams", name, "roll")
        found.append(("roll", iter([((*path, year), figure.value) for year, figure in stream.roll.items()])))
    for kind, values in found:
        for path, value in values:
            if value <= -1:
                message = f"{_percent(value)} a year leaves nothing, or less"
                yield parts.problem(path, message, "a rate above -100%, such as 2.5%")
            elif kind in REDUCTIONS and value >= 1:
                message = f"an efficiency of {_percent(value)} a year leaves nothing, or less"
                yield parts.problem(path, message, "a rate below 100%, such as 1.1%")
            elif kind not in REDUCTIONS and abs(value) > LIKELY_GROWTH:
                message = f"{_percent(value)} a year is unlikely: beyond {_percent(LIKELY_GROWTH)} either way"
                yield parts.warning(path, message, "the rate of one year, if this is of several")


def _line(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    if isinstance(line.baseline, Fraction):
        yield from outside_all(parts, (*path, "baseline", "fraction"), line.baseline.fraction.value)
    elif line.baseline.value <= 0:
        yield _nothing(parts, (*path, "baseline"))
    if line.activity.value <= 0:
        yield parts.problem((*path, "activity"), "activity must be more than nothing", "a volume such as 315000")
    if line.variable_cost is not None:
        yield from outside_all(parts, (*path, "variable_cost"), line.variable_cost.value)


def _cost_to_price(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    if line.cost_to_price is None or line.provider == "other":
        return
    value, at = line.cost_to_price.value, (*path, "cost_to_price")
    low, high = LIKELY_COST_TO_PRICE
    if value <= 0:
        yield parts.problem(at, "a provider's cost must be more than nothing", "a share of its price such as 97%")
    elif not low <= value <= high:
        message = f"a cost of {_percent(value)} of the price is unlikely: outside {_percent(low)} to {_percent(high)}"
        yield parts.warning(at, message, "the provider's own cost for each pound of price, such as 97%")


def _shift(parts: Parts, path: Steps, shift: Shift) -> Iterator[Problem]:
    for name in ("reach", "delivery"):
        yield from outside_all(parts, (*path, name), getattr(shift, name).value)
    for name in SHIFT_MONEY:
        yield from _below_nothing(parts, (*path, name), getattr(shift, name).value, "£0 or more")
    if not -1 <= shift.effect.value <= 1:
        message = "the effect is a share of the activity reached"
        yield parts.problem((*path, "effect"), message, "-100% to 100%")
    elif shift.reach.value * shift.effect.value * shift.delivery.value == 1:
        message = "the shift would avoid all of the line's activity"
        yield parts.problem((*path, "effect"), message, "less than 100% of it, by reach, effect or delivery")


def _dear(parts: Parts, path: Steps, line: Line, shift: Shift) -> Iterator[Problem]:
    """Reprovision that costs several times what it avoids is more often a slip of units than a plan."""
    whole = line.baseline
    if isinstance(whole, Fraction):
        baseline = (parts.get("baselines") or {}).get(whole.of)
        total = baseline.value * whole.fraction.value if baseline else 0.0
    else:
        total = whole.value
    if total <= 0 or line.activity.value <= 0:
        return
    price = total / line.activity.value
    if shift.reprovision.value > LIKELY_REPROVISION * price:
        message = f"reprovision is more than {LIKELY_REPROVISION} times the line's own price of £{price:,.2f} a unit"
        instead = "the cost of reprovision for one unit of activity avoided"
        yield parts.warning((*path, "shift", "reprovision"), message, instead)
