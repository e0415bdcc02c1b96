"""What one section of a scenario says of another: each check is a plain function that yields problems.

Checks run on whatever could be read, so a check asks for the sections it needs and says nothing without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import isclose
from typing import Any

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.checks.bid import check_bid, check_incentives
from mcp_finance.scenario.checks.cash import check_cash
from mcp_finance.scenario.checks.changes import check_rebase, check_variations
from mcp_finance.scenario.checks.holder import check_holder
from mcp_finance.scenario.checks.index import check_counted_twice, check_reopened, check_rules
from mcp_finance.scenario.checks.measures import check_measures
from mcp_finance.scenario.checks.modes import check_leaves, check_modes
from mcp_finance.scenario.checks.practices import check_list_change, check_membership, check_practices
from mcp_finance.scenario.checks.ranges import check_ranges, series_of
from mcp_finance.scenario.checks.recurrent import check_recurrent
from mcp_finance.scenario.checks.references import check_profiles, check_references, entries, name_at, written_lines
from mcp_finance.scenario.checks.regimes import check_regimes
from mcp_finance.scenario.checks.share_baselines import check_share_baselines
from mcp_finance.scenario.checks.shift import check_shift
from mcp_finance.scenario.checks.term import check_term
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.providers import check_providers, kind_of
from mcp_finance.scenario.sections.lines import Fraction, Line
from mcp_finance.scenario.sections.money import Stream
from mcp_finance.scenario.tables import Table
from mcp_finance.scenario.timeline import contract_years, roll_years
from mcp_finance.scenario.validate import Parts

Check = Callable[[Parts], Iterator[Problem]]
KIND_OF_LINE = {
    "hospital": "a hospital line",
    "practices": "a practice line",
    "subcontractor": "a sub-contractor's line",
    "other": "a line that moves to the budget holder",
}


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


def check_streams(parts: Parts) -> Iterator[Problem]:
    """Growth that holds population growth, with full list change, would pay for the same people twice."""
    for name, stream in (parts.get("streams") or {}).items():
        path: Steps = ("streams", name)
        if stream.list_adjustment == "full":
            yield from check_counted_twice(parts, path, stream)
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
    for path, series, growth in series_of(parts):
        yield from check_years(parts, path, series, growth)


def check_years(parts: Parts, path: Steps, series: Series, growth: bool) -> Iterator[Problem]:
    """A series has a figure for every year of the contract in which it is read, and none for others."""
    years = contract_years(parts.get("contract"))
    needed = years[1:] if growth else years
    if series.by_year is None:
        return
    missing = [y for y in needed if y not in series.by_year]
    if missing and series.otherwise is None:
        message = f"no figure is given for {missing[0]}" + (f" and {len(missing) - 1} more years" * (len(missing) > 1))
        instead = "otherwise: a figure for the years that by_year leaves out, with its grade"
        yield parts.problem(path, message, instead)
    if not missing and series.otherwise is not None:
        message = "by_year leaves out no year, so otherwise is never read"
        yield parts.warning((*path, "otherwise"), message, "leave it out")
    yield from _unread_years(parts, path, series.by_year, growth)


def _unread_years(parts: Parts, path: Steps, by_year: Iterable[str], growth: bool) -> Iterator[Problem]:
    """Years outside the term are mistakes; growth into the first year is often published, and is never read."""
    years = contract_years(parts.get("contract"))
    term = f"{years[0]} to {years[-1]}"
    for year in by_year:
        if year not in years:
            message = f"{year} lies outside the contract's term, {term}"
            yield parts.problem((*path, "by_year", year), message, f"a year from {term}, or leave it out", key=True)
        elif growth and year == years[0]:
            message = f"growth into {year}, the first year, is never read: indices begin there"
            yield parts.warning((*path, "by_year", year), message, "growth into later years, or leave it out")


def check_lines(parts: Parts) -> Iterator[Problem]:
    for name, line in (parts.get("lines") or {}).items():
        path: Steps = ("lines", name)
        kind = kind_of(parts.get("providers") or {}, line.provider)
        yield from _scope(parts, path, line, kind)
        if kind:
            yield from _provider(parts, path, line, kind)


def _scope(parts: Parts, path: Steps, line: Line, kind: str) -> Iterator[Problem]:
    """Budget lines need a transfer; others must not speak of one."""
    for name in ("after_transfer", "expires", "mobilisation"):
        given = getattr(line, name) is not None
        if line.scope == "budget" and not given and not (name == "after_transfer" and line.mode):
            yield parts.problem(path, f"a line in the budget needs {name}", f"{name}: and its value", key=True)
        if line.scope != "budget" and given:
            message = f"{name} has no effect: the line is not in the budget"
            yield parts.problem((*path, name), message, "scope: budget, or leave it out")
    if line.scope == "share" and kind not in ("hospital", ""):
        message = "only hospital lines can be in the gain/loss share"
        yield parts.problem((*path, "scope"), message, "excluded, or a hospital as provider")
    if kind and line.after_transfer not in (None, "holder", line.provider):
        message = f"after its transfer the line is provided by the holder or still by {line.provider}"
        yield parts.problem((*path, "after_transfer"), message, f"holder or {line.provider}")
    if (line.after == "holder") != (line.holder_inflation is not None):
        instead = "holder_inflation: a name of the section inflation, where after_transfer is holder and only there"
        steps = path if line.holder_inflation is None else (*path, "holder_inflation")
        yield parts.problem(steps, "holder_inflation does not go with after_transfer", instead, key=True)
    if line.follows_integration and not (line.scope == "budget" and kind == "practices"):
        message = "only core GP money in the budget follows full integration"
        yield parts.problem((*path, "follows_integration"), message, "false, or leave it out")


def _provider(parts: Parts, path: Steps, line: Line, kind: str) -> Iterator[Problem]:
    """Each provider's cost is described where the model reads it, and only there."""
    hospital, own_cost = kind == "hospital", kind in ("hospital", "practices", "subcontractor")
    needs = {
        "contract": (hospital, "no hospital provides it"),
        "variable_cost": (hospital, "no hospital provides it"),
        "inflation": (own_cost, "other providers are paid a price, whatever it costs them"),
        "cost_to_price": (own_cost, "other providers' price is their cost, and the budget holder starts from it"),
    }
    for name, (needed, why_not) in needs.items():
        given = getattr(line, name) is not None
        if needed and not given:
            yield parts.problem(path, f"{KIND_OF_LINE[kind]} needs {name}", f"{name}: and its value", key=True)
        if given and not needed:
            yield parts.problem((*path, name), f"{name} has no effect: {why_not}", "leave it out")
    if (line.semi_fixed_cost is None) != (line.release_lag is None):
        alone = "semi_fixed_cost" if line.semi_fixed_cost else "release_lag"
        message = f"{alone} stands alone"
        yield parts.problem((*path, alone), message, "semi_fixed_cost and release_lag, or neither")
    for name in ("semi_fixed_cost", "stay"):
        if getattr(line, name) is not None and not hospital:
            yield parts.problem((*path, name), f"{name} has no effect: no hospital provides it", "leave it out")
    if line.expected_growth is not None and kind != "hospital":
        message = "expected_growth has no effect: no plan or settlement reads this line"
        yield parts.problem((*path, "expected_growth"), message, "growth alone")
    if line.commissioned_by == "council" and kind != "other":
        message = "lines of the council are provided by others"
        yield parts.problem((*path, "provider"), message, "other")


def check_payers(parts: Parts) -> Iterator[Problem]:
    """A hospital contract pays at one rate for all its lines, so those of one contract should have one payer."""
    lines = (parts.get("lines") or {}).items()
    stays = [(n, line) for n, line in lines if line.contract and line.after != "holder"]
    kept = {line.contract: name for name, line in reversed(stays) if line.scope != "budget"}
    for name, line in stays:
        if line.scope == "budget" and line.contract in kept:
            message = f"this contract also pays for {kept[line.contract]}, which the commissioner buys"
            instead = "a contract of its own for what the budget holder buys, or its shift moves the other's payment"
            yield parts.warning(("lines", name, "contract"), message, instead)


def check_fractions(parts: Parts) -> Iterator[Problem]:
    """The fractions of a baseline sum to it: every pound is in one line and in one only.

    Nothing is said while a line cannot be read or names no baseline: its fraction may be the one that is missing.
    """
    lines = written_lines(parts)
    wholes = [name_at(node, ("baseline", "of")) for node in lines.values()]
    if len(lines) != len(parts.get("lines") or {}) or not {w for w in wholes if w} <= set(entries(parts, "baselines")):
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
    """Tables cover every basis, age band, year and profile that is read.

    A table with rows that were refused is not said to lack what those rows may hold.
    """
    where: Steps = ("population", "table")
    ages = population.members(1)
    for basis in ("registered", "resident"):
        for year in contract_years(parts.get("contract")) if parts.has("contract") and population.whole else ():
            if missing := [a for a in ages if (basis, a, year) not in population.values]:
                message = f"the table has no {basis} people of {', '.join(missing[:3])} in {year}"
                yield parts.problem(where, message, "a line for every basis, age band and year of the contract")
                break
    yield from check_profiles(parts, profiles)
    for profile in profiles.members(0) if profiles.whole else ():
        if missing := [a for a in ages if (profile, a) not in profiles.values]:
            message = f"the profile {profile} has no weight for {', '.join(missing[:3])}"
            yield parts.problem(("profiles", "table"), message, "one weight for each age band of the population")


CHECKS: tuple[Check, ...] = (
    check_rules,
    check_reopened,
    check_recurrent,
    check_variations,
    check_rebase,
    check_dates,
    check_membership,
    check_practices,
    check_list_change,
    check_streams,
    check_series,
    check_references,
    check_ranges,
    check_shift,
    check_lines,
    check_providers,
    check_regimes,
    check_payers,
    check_fractions,
    check_cases,
    check_cash,
    check_holder,
    check_term,
    check_modes,
    check_share_baselines,
    check_leaves,
    check_measures,
    check_bid,
    check_incentives,
)
