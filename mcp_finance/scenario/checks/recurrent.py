"""Checks of the adjustments from a line's outturn to its recurrent cost: signs, and that something is left."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.sections.lines import Fraction, Line
from mcp_finance.scenario.sections.recurrent import Recurrent
from mcp_finance.scenario.validate import Parts

TAKEN_OFF = ("non_recurrent", "savings_full_year_effect", "transfers_out")
ADDED = ("committed_investment", "transfers_in", "functions_taken_on")
EITHER = ("full_year_effect", "coding_change")


def check_recurrent(parts: Parts) -> Iterator[Problem]:
    """Amounts that are taken off or added stand above nothing, and the line's recurrent cost too."""
    for name, line in (parts.get("lines") or {}).items():
        if line.recurrent is not None:
            path: Steps = ("lines", name, "recurrent")
            yield from _signs(parts, path, line.recurrent)
            yield from _left(parts, path, line, line.recurrent)


def _signs(parts: Parts, path: Steps, recurrent: Recurrent) -> Iterator[Problem]:
    for keys, word in ((TAKEN_OFF, "taken off"), (ADDED, "added")):
        for key in keys:
            if _amount(recurrent, key) < 0:
                message = f"{key} is {word} whatever its sign, and stands below nothing"
                yield parts.problem((*path, key), message, f"the amount that is {word}, £0 or more")
    if all(getattr(recurrent, key) is None for key in (*TAKEN_OFF, *ADDED, *EITHER)):
        yield parts.problem(
            path, "no adjustment is given", f"{TAKEN_OFF[0]}: and its amount, or leave it out", key=True
        )


def _left(parts: Parts, path: Steps, line: Line, recurrent: Recurrent) -> Iterator[Problem]:
    """Nothing is said of a line whose outturn cannot be known or is refused elsewhere."""
    outturn = _outturn(parts, line)
    change = sum(_amount(recurrent, key) for key in (*ADDED, *EITHER))
    left = outturn + change - sum(_amount(recurrent, key) for key in TAKEN_OFF)
    if outturn > 0 >= left:
        message = f"the adjustments leave £{left:,.0f} of an outturn of £{outturn:,.0f}"
        yield parts.problem(path, message, "adjustments that leave a recurrent cost above nothing", key=True)


def _outturn(parts: Parts, line: Line) -> float:
    if not isinstance(line.baseline, Fraction):
        return line.baseline.value
    whole = (parts.get("baselines") or {}).get(line.baseline.of)
    return float(whole.value * line.baseline.fraction.value) if whole else 0.0


def _amount(recurrent: Recurrent, key: str) -> float:
    figure = getattr(recurrent, key)
    return 0.0 if figure is None else float(figure.value)
