"""Checks of how budgets are indexed: rules and what each needs, pace of change, and reopened rates."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.checks.ranges import outside_all, values_of
from mcp_finance.scenario.checks.references import entries
from mcp_finance.scenario.kinds import Figure
from mcp_finance.scenario.sections.index_rules import Pace
from mcp_finance.scenario.sections.money import ON_COST_BUILD, Stream
from mcp_finance.scenario.timeline import contract_years
from mcp_finance.scenario.validate import Parts

NEEDS = {
    "cost_build": (ON_COST_BUILD, "cost_build, lesser_of or blend"),
    "weight": (("blend",), "blend"),
    "amounts": (("fixed_schedule",), "fixed_schedule"),
}
"""What only some rules read: which, and how a reader is told."""
SCHEDULE = "or rule: schedule, whose growth holds no population growth"


def check_counted_twice(parts: Parts, path: Steps, stream: Stream) -> Iterator[Problem]:
    """Why a stream may not follow the whole list: its growth already pays for more people."""
    at = (*path, "list_adjustment")
    instead = f"deviation, with assumed_list_growth; {SCHEDULE}"
    if stream.rule == "allocation":
        message = "full list change on top of allocation growth pays for population growth twice"
        yield parts.problem(at, message, instead)
    if stream.rule in ("lesser_of", "blend"):
        message = (
            f"full list change on top of {stream.rule} pays for population growth twice: allocation growth holds it"
        )
        yield parts.problem(at, message, instead)
    if stream.rule == "cost_build" and stream.cost_build:
        series = stream.cost_build.population
        if any(value for _, value in values_of((*path, "cost_build", "population"), series)):
            message = "full list change on top of a cost build with population growth pays for it twice"
            yield parts.problem(at, message, "deviation, with assumed_list_growth; or cost_build: {population: 0%}")


def check_rules(parts: Parts) -> Iterator[Problem]:
    """Every stream has what its rule reads, in its range, and nothing that its rule does not read."""
    for name, stream in (parts.get("streams") or {}).items():
        path: Steps = ("streams", name)
        for key, (rules, words) in NEEDS.items():
            given = getattr(stream, key) is not None
            if stream.rule in rules and not given:
                message = f"a stream with the rule {stream.rule} needs {key}"
                yield parts.problem(path, message, f"{key}: and its value", key=True)
            if given and stream.rule not in rules:
                message = f"{key} has no effect under the rule {stream.rule}"
                yield parts.problem((*path, key), message, f"rule: {words}; or leave it out")
        if stream.weight is not None:
            yield from outside_all(parts, (*path, "weight"), stream.weight.value)
        if stream.amounts is not None:
            yield from _amounts(parts, name, stream)
        if stream.rule == "cost_build" and stream.list_adjustment == "deviation":
            yield from _other_people(parts, path, stream)
        if stream.pace is not None:
            yield from _pace(parts, (*path, "pace"), stream.pace)


def _other_people(parts: Parts, path: Steps, stream: Stream) -> Iterator[Problem]:
    """The list is held against what the cost build pays for: another figure is more often a slip than a weighting."""
    if stream.cost_build is None or stream.assumed_list_growth is None:
        return
    for year in _years(parts)[1:]:
        paid, assumed = stream.cost_build.population.of_year(year)[0], stream.assumed_list_growth.of_year(year)[0]
        if paid and assumed and paid.value != assumed.value:
            message = f"the list is taken to grow by {assumed.value * 100:.6g}% in {year}, but the cost build pays for "
            message += f"{paid.value * 100:.6g}%"
            yield parts.warning((*path, "assumed_list_growth"), message, "the population growth of the cost build")
            break


def _amounts(parts: Parts, name: str, stream: Stream) -> Iterator[Problem]:
    """A fixed schedule pays something, for lines that are in the budget."""
    path: Steps = ("streams", name, "amounts")
    assert stream.amounts is not None
    for at, value in values_of(path, stream.amounts):
        if value <= 0:
            yield parts.problem(at, "an amount of the schedule must be more than nothing", "an amount such as £25.0m")
    lines = parts.get("lines") or {}
    read_all = len(lines) == len(entries(parts, "lines"))
    if read_all and not any(line.stream == name and line.scope == "budget" for line in lines.values()):
        message = "no line of this stream is in the budget, so nothing is paid by its schedule"
        yield parts.problem(path, message, "a line of the stream with scope: budget, or another rule")


def _pace(parts: Parts, path: Steps, pace: Pace) -> Iterator[Problem]:
    distance = pace.distance_from_target.value
    if distance <= -1:
        message = f"{distance * 100:.6g}% from target leaves nothing, or less"
        yield parts.problem((*path, "distance_from_target"), message, "a share above -100%, such as -5.0%")
    for at, value in values_of((*path, "speed"), pace.speed):
        yield from outside_all(parts, at, value)
    for year in _years(parts)[1:]:
        least, most = pace.least.of_year(year)[0], pace.most.of_year(year)[0]
        if least and most and least.value > most.value:
            message = f"the least growth of {year} is above the most, {most.value * 100:.6g}%"
            yield parts.problem((*path, "least"), message, "no more than most")
            break


def check_reopened(parts: Parts) -> Iterator[Problem]:
    """A rate is reopened within its own year, and not in the first, in which indices begin."""
    years = _years(parts)
    for section in ("tariffs", "streams") if years else ():
        for name, entry in (parts.get(section) or {}).items():
            for year, reopened in entry.reopened.items():
                yield from _reopened(parts, (section, name, "reopened", year), year, reopened.from_day, years)


def _reopened(parts: Parts, path: Steps, year: str, day: Figure, years: tuple[str, ...]) -> Iterator[Problem]:
    if year not in years[1:]:
        message = f"{year} is not a year whose rate is read: indices begin in {years[0]}"
        term = f"a year from {years[1]} to {years[-1]}" if years[1:] else "leave it out"
        yield parts.problem(path, message, term, key=True)
    first = parse_financial_year(year)
    if not first <= day.value < first + 1:
        message = f"a rate of {year} is reopened on a day of another year"
        yield parts.problem((*path, "from"), message, f"a day from {first}-04-01 to {first + 1}-03-31")


def _years(parts: Parts) -> tuple[str, ...]:
    return contract_years(parts.get("contract")) if parts.has("contract") else ()
