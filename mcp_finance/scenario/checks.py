"""What one section of a scenario says of another: each check is a plain function that yields problems.

Checks run on whatever could be read, so a check asks for the sections it needs and says nothing without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isclose
from typing import Any

from mcp_finance.scenario.figures import parse_financial_year
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.problems import Problem, quoted, suggestion
from mcp_finance.scenario.schema import Fraction, Line, Stream
from mcp_finance.scenario.tables import Table
from mcp_finance.scenario.timeline import contract_years, roll_years
from mcp_finance.scenario.validate import Parts, Steps

Check = Callable[[Parts], Iterator[Problem]]
KIND_OF_LINE = {
    "hospital": "a hospital line",
    "practices": "a practice line",
    "other": "a line that moves to the budget holder",
}
PERCENT_OF_ALL = ("member_share", "fully_integrated_share")


def run_checks(parts: Parts) -> list[Problem]:
    """Every problem between sections."""
    return [problem for check in CHECKS for problem in check(parts)]


def check_dates(parts: Parts) -> Iterator[Problem]:
    """The budget begins on or after the first day; the reference year is not after the first."""
    if not parts.has("contract"):
        return
    contract = parts.get("contract")
    first = parse_financial_year(contract.first_year)
    if contract.start.value < first:
        message = f"the budget begins before the first day of {contract.first_year}"
        yield parts.problem(("contract", "start"), message, f"{first}-04-01 or later")
    if contract.start.value >= first + contract.years:
        message = "the budget begins after the last year"
        yield parts.problem(("contract", "start"), message, "a day within the contract's years")
    if parse_financial_year(contract.reference_year) > first:
        message = "the reference year is after the first year"
        yield parts.problem(("contract", "reference_year"), message, f"{contract.first_year} or earlier")


def check_population(parts: Parts) -> Iterator[Problem]:
    if not parts.has("population"):
        return
    section = parts.get("population")
    for name in PERCENT_OF_ALL:
        yield from _share(parts, ("population", name), getattr(section, name).value)
    if section.fully_integrated_share.value > section.member_share.value:
        message = "more of the list is fully integrated than is in member practices"
        yield parts.problem(("population", "fully_integrated_share"), message, "no more than member_share")


def check_streams(parts: Parts) -> Iterator[Problem]:
    """Allocation growth with full list change would pay for the same people twice."""
    for name, stream in (parts.get("streams") or {}).items():
        path: Steps = ("streams", name)
        if stream.rule == "allocation" and stream.list_adjustment == "full":
            yield parts.problem(
                (*path, "list_adjustment"),
                "full list change on top of allocation growth pays for population growth twice",
                "deviation, with assumed_list_growth; or rule: schedule, whose growth holds no population growth",
            )
        if stream.list_adjustment == "deviation" and stream.assumed_list_growth is None:
            message = "the deviation of the list needs the population growth that the stream's growth assumes"
            yield parts.problem((*path, "list_adjustment"), message, "assumed_list_growth: beside it")
        if stream.list_adjustment != "deviation" and stream.assumed_list_growth is not None:
            message = "assumed_list_growth has no effect unless list_adjustment is deviation"
            yield parts.problem((*path, "assumed_list_growth"), message, "list_adjustment: deviation, or leave it out")
        if parts.has("contract"):
            yield from _rolls(parts, path, stream)


def _rolls(parts: Parts, path: Steps, stream: Stream) -> Iterator[Problem]:
    needed = roll_years(parts.get("contract"))
    if missing := [y for y in needed if y not in stream.roll]:
        message = f"the roll from the reference year has no growth for {', '.join(missing)}"
        yield parts.problem((*path, "roll"), message, f"roll: {{{', '.join(f'{y}: …%' for y in needed)}}}")
    for year in (y for y in stream.roll if y not in needed):
        message = f"{year} is not between the reference year and the first year"
        yield parts.problem((*path, "roll", year), message, f"only {', '.join(needed) or 'nothing'}")


def check_series(parts: Parts) -> Iterator[Problem]:
    """Every series has a figure for every year in which it is read."""
    if not parts.has("contract"):
        return
    years = contract_years(parts.get("contract"))
    for path, series, growth in series_of(parts):
        needed = years[1:] if growth else years
        if series.by_year is None:
            continue
        missing = [y for y in needed if y not in series.by_year]
        if missing and series.otherwise is None:
            message = f"no figure is given for {missing[0]}" + (
                f" and {len(missing) - 1} more years" * (len(missing) > 1)
            )
            instead = "otherwise: a figure for the years that by_year leaves out, with its grade"
            yield parts.problem(path, message, instead)
        if not missing and series.otherwise is not None:
            message = "by_year leaves out no year, so otherwise is never read"
            yield parts.warning((*path, "otherwise"), message, "leave it out")
        for year in (y for y in series.by_year if y not in needed and (growth and y == years[0])):
            message = f"growth into {year}, the first year, is never read: indices begin there"
            yield parts.warning((*path, "by_year", year), message, f"{years[1]} as the first year, or leave it out")


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
        for f in ("marginal_up", "marginal_down", "plan_level", "fixed_level"):
            yield ("hospital_contracts", name, f), getattr(contract, f), False
    if parts.get("deflator"):
        yield ("deflator", "growth"), parts.get("deflator").growth, True
    if parts.get("allocation"):
        yield ("allocation",), parts.get("allocation"), False


def check_lines(parts: Parts) -> Iterator[Problem]:
    for name, line in (parts.get("lines") or {}).items():
        path: Steps = ("lines", name)
        yield from _references(parts, path, line)
        yield from _scope(parts, path, line)
        yield from _provider(parts, path, line)
        yield from _ranges(parts, path, line)


def _references(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    """Names of other sections' entries."""
    wanted: list[tuple[Steps, str, str | None]] = [
        (("stream",), "streams", line.stream),
        (("tariff",), "tariffs", line.tariff),
        (("inflation",), "inflation", line.inflation),
        (("holder_inflation",), "inflation", line.holder_inflation),
        (("contract",), "hospital_contracts", line.contract),
    ]
    if line.shift:
        wanted.append((("shift", "inflation"), "inflation", line.shift.inflation))
    if isinstance(line.baseline, Fraction):
        wanted.append((("baseline", "of"), "baselines", line.baseline.of))
    for steps, section, value in wanted:
        known = parts.root.items.get(section)
        names = getattr(known, "items", {})
        if value is not None and value not in names:
            message = f"there is no {quoted(value)} among the {section}"
            yield parts.problem((*path, *steps), message, suggestion(value, names))


def _scope(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    """Budget lines need a transfer; others must not speak of one."""
    for name in ("after_transfer", "expires", "mobilisation"):
        given = getattr(line, name) is not None
        if line.scope == "budget" and not given:
            yield parts.problem(path, f"a line in the budget needs {name}", f"{name}: and its value", key=True)
        if line.scope != "budget" and given:
            message = f"{name} has no effect: the line is not in the budget"
            yield parts.problem((*path, name), message, "scope: budget, or leave it out")
    if line.scope == "share" and line.provider != "hospital":
        message = "only hospital lines can be in the gain/loss share"
        yield parts.problem((*path, "scope"), message, "excluded, or provider: hospital")
    if line.scope == "share" and parts.has("share") and parts.get("share") is None:
        yield parts.problem((*path, "scope"), "the scenario has no section `share`", "a section share, or excluded")
    if line.after_transfer not in (None, "holder", line.provider):
        message = f"after its transfer the line is provided by the holder or still by {line.provider}"
        yield parts.problem((*path, "after_transfer"), message, f"holder or {line.provider}")
    if (line.after_transfer == "holder") != (line.holder_inflation is not None):
        instead = "holder_inflation: a name of the section inflation, where after_transfer is holder and only there"
        steps = path if line.holder_inflation is None else (*path, "holder_inflation")
        yield parts.problem(steps, "holder_inflation does not go with after_transfer", instead, key=True)
    if line.follows_integration and not (line.scope == "budget" and line.provider == "practices"):
        message = "only core GP money in the budget follows full integration"
        yield parts.problem((*path, "follows_integration"), message, "false, or leave it out")


def _provider(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    """Each provider's cost is described where the model reads it, and only there."""
    hospital, own_cost = line.provider == "hospital", line.provider in ("hospital", "practices")
    needs = {
        "contract": (hospital, "the hospital does not provide it"),
        "variable_cost": (hospital, "the hospital does not provide it"),
        "inflation": (own_cost, "other providers are paid a price, whatever it costs them"),
        "cost_to_price": (own_cost or line.after_transfer == "holder", "nobody's own cost of it is modelled"),
    }
    for name, (needed, why_not) in needs.items():
        given = getattr(line, name) is not None
        if needed and not given:
            yield parts.problem(path, f"{KIND_OF_LINE[line.provider]} needs {name}", f"{name}: and its value", key=True)
        if given and not needed:
            yield parts.problem((*path, name), f"{name} has no effect: {why_not}", "leave it out")
    if line.expected_growth is not None and line.provider != "hospital":
        message = "expected_growth has no effect: no plan or settlement reads this line"
        yield parts.problem((*path, "expected_growth"), message, "growth alone")
    if line.commissioned_by == "council" and line.provider != "other":
        message = "lines of the council are provided by others"
        yield parts.problem((*path, "provider"), message, "other")


def _ranges(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    if isinstance(line.baseline, Fraction):
        yield from _share(parts, (*path, "baseline", "fraction"), line.baseline.fraction.value)
    elif line.baseline.value <= 0:
        yield parts.problem((*path, "baseline"), "a baseline must be more than nothing", "an amount such as £25.0m")
    if line.activity.value <= 0:
        yield parts.problem((*path, "activity"), "activity must be more than nothing", "a volume such as 315000")
    if line.variable_cost is not None:
        yield from _share(parts, (*path, "variable_cost"), line.variable_cost.value)
    if line.shift is None:
        return
    for name in ("reach", "delivery"):
        yield from _share(parts, (*path, "shift", name), getattr(line.shift, name).value)
    shift = line.shift
    if not -1 <= shift.effect.value <= 1:
        message = "the effect is a share of the activity reached"
        yield parts.problem((*path, "shift", "effect"), message, "-100% to 100%")
    elif shift.reach.value * shift.effect.value * shift.delivery.value == 1:
        message = "the shift would avoid all of the line's activity"
        yield parts.problem((*path, "shift", "effect"), message, "less than 100% of it, by reach, effect or delivery")


def _share(parts: Parts, path: Steps, value: float) -> Iterator[Problem]:
    if not 0 <= value <= 1:
        yield parts.problem(path, f"{value:.6g} lies outside 0% to 100%", "a share from 0% to 100%")


def check_payers(parts: Parts) -> Iterator[Problem]:
    """A hospital contract pays at one rate for all its lines, so those of one contract should have one payer."""
    lines = (parts.get("lines") or {}).items()
    stays = [(n, line) for n, line in lines if line.contract and line.after_transfer != "holder"]
    kept = {line.contract: name for name, line in reversed(stays) if line.scope != "budget"}
    for name, line in stays:
        if line.scope == "budget" and line.contract in kept:
            message = f"this contract also pays for {kept[line.contract]}, which the commissioner buys"
            instead = "a contract of its own for what the budget holder buys, or its shift moves the other's payment"
            yield parts.warning(("lines", name, "contract"), message, instead)


def check_fractions(parts: Parts) -> Iterator[Problem]:
    """The fractions of a baseline sum to it: every pound is in one line and in one only."""
    if not parts.whole:
        return
    sums: dict[str, float] = dict.fromkeys(parts.get("baselines") or {}, 0.0)
    for line in (parts.get("lines") or {}).values():
        if isinstance(line.baseline, Fraction) and line.baseline.of in sums:
            sums[line.baseline.of] += line.baseline.fraction.value
    for name, total in sums.items():
        if not isclose(total, 1.0, abs_tol=1e-9):
            message = f"the lines' fractions of this baseline sum to {total * 100:.6f}%"
            yield parts.problem(("baselines", name), message, "fractions that sum to 100%", key=True)


def check_cases(parts: Parts) -> Iterator[Problem]:
    """Every choice of a group sets each path that the group says belongs together."""
    for name, group in (parts.get("cases") or {}).items():
        for choice, case in group.choices.items():
            for path in group.together:
                if not _sets(case.set, path):
                    where: Steps = ("cases", name, "choices", choice)
                    message = f"the choice does not set {path}, which belongs together in this group"
                    yield parts.problem(where, message, f"{path} in its `set`, or not in `together`", key=True)


def _sets(content: Any, path: str) -> bool:
    for step in path.split("."):
        if not isinstance(content, dict) or step not in content:
            return False
        content = content[step]
    return True


def check_tables(parts: Parts, population: Table, profiles: Table) -> Iterator[Problem]:
    """Tables cover every basis, age band, year and profile that is read."""
    where: Steps = ("population", "table")
    ages = population.members(1)
    for basis in ("registered", "resident"):
        for year in contract_years(parts.get("contract")) if parts.has("contract") else ():
            if missing := [a for a in ages if (basis, a, year) not in population.values]:
                message = f"the table has no {basis} people of {', '.join(missing[:3])} in {year}"
                yield parts.problem(where, message, "a line for every basis, age band and year of the contract")
                break
    for name, line in (parts.get("lines") or {}).items():
        if line.profile not in profiles.members(0):
            message = f"there is no profile {quoted(line.profile)} in the table"
            yield parts.problem(("lines", name, "profile"), message, suggestion(line.profile, profiles.members(0)))
    for profile in profiles.members(0):
        if missing := [a for a in ages if (profile, a) not in profiles.values]:
            message = f"the profile {profile} has no weight for {', '.join(missing[:3])}"
            yield parts.problem(("profiles", "table"), message, "one weight for each age band of the population")


CHECKS: tuple[Check, ...] = (
    check_dates,
    check_population,
    check_streams,
    check_series,
    check_lines,
    check_payers,
    check_fractions,
    check_cases,
)
