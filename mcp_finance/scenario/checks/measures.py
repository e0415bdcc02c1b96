"""Whether measures of the performance payment make a score: their levels, their weights and what is reported."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from mcp_finance.files.nodes import Mapping, Node, Scalar, Sequence, find
from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.checks.ranges import outside_all
from mcp_finance.scenario.checks.references import entries
from mcp_finance.scenario.sections.measures import Banded, Measure
from mcp_finance.scenario.timeline import contract_years
from mcp_finance.scenario.validate import Parts

LEVELS = ("achievement", "performance")


def check_measures(parts: Parts) -> Iterator[Problem]:
    """Every measure by itself, and all of them together."""
    found: dict[str, Measure] = parts.get("measures") or {}
    for name, measure in found.items():
        path: Steps = ("measures", name)
        yield from _achievement(parts, path, measure)
        yield from _one_unit(parts, path)
        yield from _people(parts, path, measure)
        if parts.has("contract"):
            yield from _years(parts, path, measure)
    if parts.has("contract") and len(found) == len(entries(parts, "measures")):
        yield from _weights(parts, found)


def _achievement(parts: Parts, path: Steps, measure: Measure) -> Iterator[Problem]:
    """Levels that lie the way that is better."""
    lower, made = measure.direction == "lower", measure.achievement
    side = "above" if lower else "below"
    if made.attains:
        at, linear = (*path, "achievement", *made.attains[0]), made.attains[1]
        if linear.floor.value == linear.target.value:
            message = "nothing lies between the floor and the target"
            yield parts.problem((*at, "floor"), message, f"a floor {side} the target; or binary: {{target: …}}")
        elif (linear.floor.value > linear.target.value) != lower:
            message = f"the floor is not {side} the target, though {measure.direction} is better"
            yield parts.problem((*at, "floor"), message, f"a floor {side} the target, or the other direction")
    if made.improves and made.improves[1].delta.value <= 0:
        at = (*path, "achievement", *made.improves[0], "delta")
        message = "delta is how much better, whatever the direction, and must be more than nothing"
        yield parts.problem(at, message, "an amount such as 5%")
    if made.banded:
        yield from _steps(parts, (*path, "achievement", "banded", "steps"), made.banded, lower)


def _steps(parts: Parts, path: Steps, banded: Banded, lower: bool) -> Iterator[Problem]:
    """Each step is at a better level than the one before, and earns more."""
    before = None
    for key, step in banded.steps.items():
        yield from outside_all(parts, (*path, key, "earns"), step.earns.value)
        if before is not None:
            better = step.at.value < before.at.value if lower else step.at.value > before.at.value
            if not better:
                message = "the step is at no better a level than the one before"
                yield parts.problem((*path, key, "at"), message, "steps from the least to the best")
            if step.earns.value <= before.earns.value:
                message = "the step earns no more than the one before"
                yield parts.problem((*path, key, "earns"), message, "more than the step before, or one step for both")
        before = step


def _one_unit(parts: Parts, path: Steps) -> Iterator[Problem]:
    """Levels of one measure are all percentages or all numbers; nil may be either."""
    kinds: dict[bool, str] = {}
    for key in LEVELS:
        for at, node in _levels(find(parts.root, (*path, key)), (*path, key)):
            kinds.setdefault("%" in node.text, node.text)
            if len(kinds) > 1:
                message = f"{node.text} and {kinds['%' not in node.text]} are levels of one measure"
                yield parts.problem(at, message, "percentages throughout, or numbers throughout")
                return


def _levels(node: Node | None, path: Steps) -> Iterator[tuple[Steps, Scalar]]:
    """Figures below a node that are levels, with their paths: not what a step earns, and no evidence."""
    if isinstance(node, Scalar):
        if node.value != 0:
            yield path, node
    elif isinstance(node, Mapping):
        for key, inner in node.items.items():
            if key not in ("earns", "source", "grade", "owner", "date", "note"):
                yield from _levels(inner, (*path, key))
    elif isinstance(node, Sequence):
        return


def _people(parts: Parts, path: Steps, measure: Measure) -> Iterator[Problem]:
    """Small numbers need both the number and what is small; years of reporting are whole."""
    for given, other in (("denominator", "minimum_denominator"), ("minimum_denominator", "denominator")):
        if getattr(measure, given) is not None and getattr(measure, other) is None:
            message = f"{given} has no effect without {other}"
            yield parts.problem((*path, given), message, f"{other}: beside it, or leave it out")
    years = measure.reporting_years
    if years is not None and years.value != int(years.value):
        message = f"{years.value:g} is no number of whole years"
        yield parts.problem((*path, "reporting_years"), message, "a whole number such as 1")


def _years(parts: Parts, path: Steps, measure: Measure) -> Iterator[Problem]:
    """Years of performance within the term; what a year without one means; weights that are shares."""
    years = contract_years(parts.get("contract"))
    for year in (y for y in measure.performance.by_year or {} if y not in years):
        message = f"{year} lies outside the contract's term, {years[0]} to {years[-1]}"
        instead = f"a year from {years[0]} to {years[-1]}, or leave it out"
        yield parts.problem((*path, "performance", "by_year", year), message, instead, key=True)
    missing = [y for y in years if measure.performance.of_year(y)[0] is None]
    if missing and measure.missing is None:
        more = f" and {len(missing) - 1} more years" * (len(missing) > 1)
        message = f"no performance is given for {missing[0]}{more}, and nothing says what that means"
        yield parts.problem((*path, "performance"), message, "missing: redistribute, nil or full, beside it")
    said: set[Steps] = set()
    for year in years:
        figure, steps = measure.weight.of_year(year)
        at = (*path, "weight", *(() if steps == ("value",) else steps))
        if figure is not None and at not in said:
            said.add(at)
            yield from outside_all(parts, at, figure.value)


def _weights(parts: Parts, found: dict[str, Measure]) -> Iterator[Problem]:
    """The weights of a year sum to 100%, and some measure counts in every year."""
    years = contract_years(parts.get("contract"))
    for year in years if found else ():
        figures = {name: m.weight.of_year(year)[0] for name, m in found.items()}
        weights = {name: figure.value for name, figure in figures.items() if figure is not None}
        if len(weights) < len(found):
            continue
        if not isclose(sum(weights.values()), 1.0, abs_tol=1e-9):
            message = f"the weights of {year} sum to {sum(weights.values()) * 100:.6g}%"
            yield parts.problem(("measures",), message, "weights that sum to 100% in every year", key=True)
            return
        if not any(weights[name] > 0 and _counts(m, year) for name, m in found.items()):
            message = f"no measure counts in {year}, so that nothing could be earned"
            instead = "performance or `missing: nil` of some measure that enough people stand behind"
            yield parts.problem(("measures",), message, instead, key=True)
            return


def _counts(measure: Measure, year: str) -> bool:
    if measure.performance.of_year(year)[0] is None:
        return measure.missing != "redistribute"
    if measure.denominator is None or measure.minimum_denominator is None:
        return True
    people = measure.denominator.of_year(year)[0]
    return people is None or people.value >= measure.minimum_denominator.value
