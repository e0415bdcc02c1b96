"""Demand-shift programmes: what their figures may be, and what those of one line may say beside each other."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.checks.ranges import below_nothing, outside_all, values_of
from mcp_finance.scenario.sections.lines import Fraction, Line
from mcp_finance.scenario.sections.shift import Programme, Shift
from mcp_finance.scenario.validate import Parts

LIKELY_REPROVISION = 3  # times the price of what it stands in for
MOST_PROGRAMMES = 12
SHARES = ("reach", "overlap", "decay", "induced")
MONEY = ("reprovision", "team", "transition", "double_running")


def check_shift(parts: Parts) -> Iterator[Problem]:
    """Every programme of every line that could be read, and those of each line together."""
    for name, line in (parts.get("lines") or {}).items():
        path: Steps = ("lines", name)
        yield from _together(parts, path, line)
        for steps, programme in line.programmes().items():
            yield from _figures(parts, (*path, *steps), programme)
            yield from _dates(parts, (*path, *steps), programme)
            yield from _meaning(parts, (*path, *steps), programme)
            yield from _dear(parts, (*path, *steps), line, programme)


def _together(parts: Parts, path: Steps, line: Line) -> Iterator[Problem]:
    """One form, not too many, overlap only with what comes before, and relocation after all that avoids."""
    if line.shift is not None and line.shifts:
        message = "the line has both shift and shifts"
        yield parts.problem((*path, "shifts"), message, "all programmes in shifts, and shift: null", key=True)
    if len(line.shifts) > MOST_PROGRAMMES:
        message = f"the line has {len(line.shifts)} programmes, more than {MOST_PROGRAMMES}"
        yield parts.problem((*path, "shifts"), message, "fewer, each of several that act alike", key=True)
    relocation = ""
    for number, (name, programme) in enumerate(line.shifts.items()):
        at: Steps = (*path, "shifts", name)
        if programme.overlap is not None and not number:
            message = "the first programme of a line has none before it to overlap with"
            yield parts.problem((*at, "overlap"), message, "overlap on the later of the two, or leave it out")
        if relocation and programme.kind == "avoid":
            message = f"{name} avoids activity, and stands after {relocation}, which relocates it"
            yield parts.problem(at, message, "programmes that relocate after all that avoid", key=True)
        relocation = relocation or (name if programme.kind == "relocate" else "")


def _figures(parts: Parts, path: Steps, programme: Shift) -> Iterator[Problem]:
    for key in SHARES:
        if figure := getattr(programme, key, None):
            yield from outside_all(parts, (*path, key), figure.value)
    for at, value in values_of((*path, "delivery"), programme.delivery):
        yield from outside_all(parts, at, value)
    for key in MONEY:
        if figure := getattr(programme, key):
            yield from below_nothing(parts, (*path, key), figure.value, "£0 or more")
    if not -1 <= programme.effect.value <= 1:
        message = "the effect is a share of the activity reached"
        yield parts.problem((*path, "effect"), message, "-100% to 100%")
    elif _most_avoided(programme) == 1:
        message = "the shift would avoid all of the line's activity"
        yield parts.problem((*path, "effect"), message, "less than 100% of it, by reach, effect or delivery")


def _most_avoided(programme: Shift) -> float:
    """Share of what earlier programmes leave that is avoided at full ramp, in the year in which most is delivered."""
    overlap = programme.overlap.value if isinstance(programme, Programme) and programme.overlap else 0.0
    delivered = max((value for _, value in values_of((), programme.delivery)), default=0.0)
    return programme.reach.value * (1 - overlap) * programme.effect.value * delivered


def _dates(parts: Parts, path: Steps, programme: Shift) -> Iterator[Problem]:
    if programme.ends is not None and programme.ends.value <= programme.starts.value:
        message = "the programme ends before it starts"
        yield parts.problem((*path, "ends"), message, "a last day after starts, or leave it out")


def _meaning(parts: Parts, path: Steps, programme: Shift) -> Iterator[Problem]:
    """Words and figures of one programme that would contradict each other."""
    if programme.shape == "step" and programme.ramp.value:
        message = "a step has no ramp"
        yield parts.problem((*path, "ramp"), message, "0 months, or shape: linear or s_curve")
    if programme.shape == "s_curve" and not programme.ramp.value:
        message = "an S-curve needs a ramp"
        yield parts.problem((*path, "ramp"), message, "a length of time such as 3 years, or shape: step")
    if programme.kind == "relocate" and programme.effect.value < 0:
        message = "relocation cannot bring activity into the line"
        yield parts.problem((*path, "effect"), message, "0% or more, or kind: avoid")


def _dear(parts: Parts, path: Steps, line: Line, programme: Shift) -> Iterator[Problem]:
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
    if programme.reprovision.value > LIKELY_REPROVISION * price:
        message = f"reprovision is more than {LIKELY_REPROVISION} times the line's own price of £{price:,.2f} a unit"
        instead = "the cost of reprovision for one unit of activity avoided"
        yield parts.warning((*path, "reprovision"), message, instead)
