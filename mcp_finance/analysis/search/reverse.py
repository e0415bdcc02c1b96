"""Reverse stress: what it takes for the budget holder's reserves to be used up by a given year.

The question is turned round: not what a stress does, but which stress does it. Levers
(`mcp_finance.analysis.search.levers`) are turned one at a time until the plan fails, two at a time along a frontier,
and all together to the most plausible combination that fails. A plan that fails as it is turns the question once more:
how much of each lever, back or forth, of reserve or of price would save it.

One lever: the margin stays above nothing with growth up to 1.5498 points a year faster, and is -£0.01 at that: the
answer, and with 1% less of it the plan holds by £11,315.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from mcp_finance.analysis.run import Run
from mcp_finance.analysis.search.levers import LEVERS, RESCUES, Lever
from mcp_finance.analysis.search.margins import Margins
from mcp_finance.analysis.search.together import Joint, joint
from mcp_finance.analysis.search.turning import Frontier, LeverResult, Turned


@dataclass(frozen=True, slots=True)
class Reverse:
    """Everything that reverse stress finds. `fails` is the year in which the plan fails as it is, if by the year asked;
    then `singles` are what would save it and there are no pairs. `absent` are levers that the contract has not got."""

    by: str
    fails: str | None
    margins: tuple[float, ...]
    singles: tuple[LeverResult, ...]
    pairs: tuple[Frontier, ...]
    joint: Joint | None
    absent: tuple[Lever, ...]


def reverse(run: Run, by: str | None = None, more: Sequence[str] = ()) -> Reverse:
    """Reverse stress of a run, by the end of a year (the last, if none is given), with levers of one's own as text.

    Raises:
        SolveError: the run has not got the year, or a lever cannot be read.
        ScenarioError: a lever moves nothing, or the scenario's `uncertainty` cannot be drawn.
    """
    at = Margins(run, by)
    own = tuple(at.read(text) for text in more)
    turned = Turned(at, at.fitting((*LEVERS, *own)))
    if at.fails is None:
        singles = tuple(turned.single(k) for k in range(len(turned.levers)))
        pairs = tuple(turned.frontier(a, b) for a, b in combinations(singles, 2))
    else:
        saving = Turned(at, at.fitting((*LEVERS, *own, *RESCUES)))
        singles, pairs = tuple(saving.single(k, saving=True) for k in range(len(saving.levers))), ()
    margins = tuple(at.margins_of(run))
    return Reverse(at.by, at.fails, margins, singles, pairs, joint(at, turned), at.absent(LEVERS))


def smallest(run: Run, by_year: str | None = None, levers: Sequence[Lever] = LEVERS) -> tuple[LeverResult, ...]:
    """One at a time, the smallest amount of each lever with which the plan fails by a year; 0 steps if it does already.

    Levers that the contract has not got are left out.
    """
    at = Margins(run, by_year)
    turned = Turned(at, at.fitting(levers))
    return tuple(turned.single(k) for k in range(len(turned.levers)))
