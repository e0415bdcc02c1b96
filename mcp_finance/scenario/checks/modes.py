"""How the budget holder runs a line, and that no unit of activity stands in two lines."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.problems import Problem
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.sections.lines import Fraction, Line
from mcp_finance.scenario.validate import Parts

WHOLE_BUDGETS = {"nhs_budget": "nhs_risk_base", "wpb": "risk_base"}
"""Rows that hold what is paid straight on, and the rows that leave it out."""


def check_modes(parts: Parts) -> Iterator[Problem]:
    """A mode belongs to a line of the budget, and says what `after_transfer` says if both are given."""
    lines: dict[str, Line] = parts.get("lines") or {}
    for name, line in lines.items():
        path: Steps = ("lines", name)
        if line.mode is None:
            continue
        if line.scope != "budget":
            message = "mode has no effect: the line is not in the budget"
            yield parts.problem((*path, "mode"), message, "scope: budget, or leave it out")
        elif line.after_transfer not in (None, line.after):
            message = f"a line that is {line.mode} is provided by {line.after} after its transfer"
            yield parts.problem((*path, "after_transfer"), message, f"{line.after}, or leave it out")
        if line.mode == "pass_through" and line.shift is not None:
            message = "what this programme saves goes to the commissioner, and its cost to the budget holder"
            yield parts.warning(
                (*path, "shift"), message, "mode: subcontract_back, if the saving is to be the holder's"
            )
    if any(line.mode == "pass_through" for line in lines.values()):
        yield from _bases(parts)


def _bases(parts: Parts) -> Iterator[Problem]:
    """A performance payment on the whole budget also withholds from what is only passed on."""
    for name, use in (parts.get("terms") or {}).items():
        for fact, row in use.bind.items():
            if isinstance(row, str) and row in WHOLE_BUDGETS:
                message = f"{row} holds lines that are paid straight on, of which the budget holder keeps nothing"
                yield parts.warning(
                    ("terms", name, "bind", fact), message, f"{WHOLE_BUDGETS[row]}, which leaves them out"
                )


def check_leaves(parts: Parts) -> Iterator[Problem]:
    """Two lines of one baseline with the same point of delivery, cohort and provider count the same activity twice."""
    first: dict[tuple[str, str | None, str | None, str], str] = {}
    for name, line in (parts.get("lines") or {}).items():
        if not isinstance(line.baseline, Fraction) or (line.pod, line.cohort) == (None, None):
            continue
        leaf = (line.baseline.of, line.pod, line.cohort, line.provider)
        if (other := first.setdefault(leaf, name)) != name:
            message = (
                f"{other} has the same baseline, point of delivery, cohort and provider: one activity counted twice"
            )
            yield parts.problem(("lines", name), message, "another pod or cohort, or one line for both", key=True)
