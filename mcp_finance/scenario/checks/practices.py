"""Who is a member, and when: the two shares of the population or the register of practices, and its dates."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from mcp_finance.files.figures import format_time, parse_financial_year
from mcp_finance.files.problems import Problem, quoted, suggestion
from mcp_finance.files.shape import Steps
from mcp_finance.rows.model import MOST_ELEMENTS
from mcp_finance.scenario.checks.ranges import outside_all
from mcp_finance.scenario.checks.references import entries, name_at, written_lines
from mcp_finance.scenario.sections.place import Contract, Population
from mcp_finance.scenario.sections.practices import Practice
from mcp_finance.scenario.validate import Parts

SHARES = ("member_share", "fully_integrated_share")
DATES = ("joins", "leaves", "full_from", "full_until")
MEMBERS = ("partial", "full")


def check_membership(parts: Parts) -> Iterator[Problem]:
    """Exactly one of the two ways to say who is a member."""
    if not parts.has("population", "practices"):
        return
    section: Population = parts.get("population")
    given = [name for name in SHARES if getattr(section, name) is not None]
    if entries(parts, "practices"):
        for name in given:
            message = f"the register of practices says who is a member, and {name} says it again"
            yield parts.problem(("population", name), message, "leave it out, or the section practices")
    elif not given:
        instead = "member_share and fully_integrated_share, or a section practices"
        yield parts.problem(("population",), "nothing says which practices are members", instead, key=True)
    elif len(given) == 1:
        (missing,) = set(SHARES) - set(given)
        yield parts.problem(("population",), f"{given[0]} needs {missing} beside it", f"{missing}: and its value")
    else:
        yield from _shares(parts, section)


def _shares(parts: Parts, section: Population) -> Iterator[Problem]:
    member, full = section.member_share, section.fully_integrated_share
    assert member is not None and full is not None
    for name, share in zip(SHARES, (member, full), strict=True):
        yield from outside_all(parts, ("population", name), share.value)
    if full.value > member.value:
        message = "more of the list is fully integrated than is in member practices"
        yield parts.problem(("population", "fully_integrated_share"), message, "no more than member_share")


def check_practices(parts: Parts) -> Iterator[Problem]:
    """Shares that are the whole list, forms with the dates that they need, and need of profiles that lines have."""
    register: dict[str, Practice] = parts.get("practices") or {}
    for name, practice in register.items():
        path: Steps = ("practices", name)
        yield from outside_all(parts, (*path, "list"), practice.list.value)
        yield from _need(parts, path, practice)
        yield from _form(parts, path, practice)
        if parts.has("contract") and practice.form in MEMBERS:
            yield from _dates(parts, path, practice, parts.get("contract"))
    if not register or len(register) != len(entries(parts, "practices")):
        return
    whole = sum(practice.list.value for practice in register.values())
    if not isclose(whole, 1.0, abs_tol=1e-9):
        message = f"the practices' shares of the list sum to {whole * 100:.6f}%"
        yield parts.problem(
            ("practices",), message, "shares that sum to 100%, with all practices of the list", key=True
        )
    yield from _lines(parts, len(register))


def _lines(parts: Parts, practices: int) -> Iterator[Problem]:
    lines = parts.get("lines") or {}
    if len(lines) * practices > MOST_ELEMENTS:
        message = f"{practices} practices of {len(lines)} lines are more than {MOST_ELEMENTS} parts"
        instead = f"groups of practices that move together, {MOST_ELEMENTS // len(lines)} at most"
        yield parts.problem(("practices",), message, instead, key=True)
    for name, line in lines.items():
        if line.provider == "practices" and line.population != "nhs":
            message = "practices serve the registered list, which the register divides between them"
            yield parts.problem(("lines", name, "population"), message, "nhs")


def _need(parts: Parts, path: Steps, practice: Practice) -> Iterator[Problem]:
    used = sorted({p for node in written_lines(parts).values() if (p := name_at(node, ("profile",)))})
    for profile, need in practice.need.items():
        if profile not in used:
            message = f"no line has the profile {quoted(profile)}"
            yield parts.problem((*path, "need", profile), message, suggestion(profile, used), key=True)
        if need.value <= 0:
            message = "need must be more than nothing"
            yield parts.problem((*path, "need", profile), message, "a share of the list's average, such as 103%")


def _form(parts: Parts, path: Steps, practice: Practice) -> Iterator[Problem]:
    """Dates go with the forms that have them."""
    for name in DATES:
        if getattr(practice, name) is not None and practice.form not in MEMBERS:
            message = f"{name} has no effect: the practice is {practice.form} throughout"
            yield parts.problem((*path, name), message, "form: partial or full, or leave it out")
    if practice.form == "full" and practice.full_from is not None:
        message = "a practice whose form is full is fully integrated from the day it joins"
        yield parts.problem((*path, "full_from"), message, "form: partial where it integrates later, or leave it out")
    if practice.form == "partial" and practice.full_until is not None and practice.full_from is None:
        message = "full_until has no effect: the practice is never fully integrated"
        yield parts.problem((*path, "full_until"), message, "full_from beside it, or leave it out")


def _dates(parts: Parts, path: Steps, practice: Practice, contract: Contract) -> Iterator[Problem]:
    """Every date lies within the contract, and they follow on: joins, full_from, full_until, leaves."""
    end = float(parse_financial_year(contract.first_year) + contract.years)
    said = {name: figure.value for name in DATES if (figure := getattr(practice, name)) is not None}
    for name, day in said.items():
        if not contract.start.value <= day < end:
            message = f"{name} lies outside the contract"
            instead = f"a day from {format_time(contract.start.value)} to before {format_time(end)}"
            yield parts.problem((*path, name), message, instead)
    begins = said.get("joins", contract.start.value)
    leaves = said.get("leaves", end)
    full = said.get("full_from", begins)
    if leaves <= begins:
        yield parts.problem((*path, "leaves"), "the practice leaves before it joins", "a day after it joins")
    if full < begins:
        message = "the practice integrates fully before it joins"
        yield parts.problem((*path, "full_from"), message, "the day it joins or later")
    if said.get("full_until", end) <= full:
        message = "full integration ends before it begins"
        yield parts.problem((*path, "full_until"), message, "a day after full_from, or after it joins")
    for name in ("full_from", "full_until"):
        if name in said and begins < leaves <= said[name]:
            message = f"{name} has no effect: the practice has left"
            yield parts.problem((*path, name), message, "a day before it leaves, or leave it out")


def check_list_change(parts: Parts) -> Iterator[Problem]:
    """Tolerance and lag lie in their ranges, and stand where list change is paid at all."""
    for name, stream in (parts.get("streams") or {}).items():
        path: Steps = ("streams", name)
        if stream.list_tolerance is not None:
            yield from outside_all(parts, (*path, "list_tolerance"), stream.list_tolerance.value)
        elif stream.list_tolerance_mode is not None:
            message = "list_tolerance_mode has no effect: there is no tolerance"
            yield parts.problem((*path, "list_tolerance_mode"), message, "list_tolerance beside it, or leave it out")
        if stream.list_lag is not None and stream.list_lag.value > 1:
            message = "list change is paid at most a year later"
            yield parts.problem((*path, "list_lag"), message, "0 months to 12 months")
        for key in ("list_tolerance", "list_lag"):
            if stream.list_adjustment == "none" and getattr(stream, key) is not None:
                message = f"{key} has no effect: the stream's budget does not follow the list"
                yield parts.problem((*path, key), message, "list_adjustment: deviation, or leave it out")
