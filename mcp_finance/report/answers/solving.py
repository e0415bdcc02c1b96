"""Goal-seek as words, as data and as a page: what was asked, every amount that answers it, or why none does."""

from __future__ import annotations

import io
from typing import Any

import polars as pl

from mcp_finance import __version__
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.search.crossings import Crossing, Point
from mcp_finance.analysis.search.solve import HIGHEST, LOWEST, MONEY, TERM, Answer, Target
from mcp_finance.files.problems import harmless
from mcp_finance.report import money, provenance
from mcp_finance.report.answers.amounts import said
from mcp_finance.report.html import render_page
from mcp_finance.report.views import Part, Section, Table, Words, with_unit

SCHEMA_VERSION = 1
HOW = {"add": "added to", "times": "times", "is": "set to"}
WHEN = {TERM: "added up over the term", LOWEST: "in its lowest year", HIGHEST: "in its highest year"}
_SHOWN, _NAMED = 9, 4


def document(run: Run, answer: Answer) -> dict[str, Any]:
    """The answer as one JSON document."""
    fitted, target = answer.fitted, answer.target
    return {
        "schema_version": SCHEMA_VERSION,
        "engine": f"mcp-finance {__version__}",
        "scenario": run.loaded.scenario.id,
        "cases": run.loaded.cases,
        "settings": list(run.loaded.settings),
        "target": {"row": target.row, "when": target.when, "unit": target.unit, "now": answer.now, "goal": answer.goal},
        "change": {
            "on": list(fitted.lever.on),
            "figures": [a.path for a in fitted.addresses],
            "how": fitted.lever.how,
            "unit": fitted.unit,
            "from": fitted.low,
            "to": fitted.high,
            "today": fitted.today,
        },
        "moves": answer.moves,
        "answers": [
            {"kind": c.kind, **_point(c.at), "other": None if c.other is None else _point(c.other)}
            for c in answer.crossings
        ],
        "closest": _point(answer.closest),
        "tried": [_point(p) for p in answer.points],
    }


def _point(point: Point) -> dict[str, float]:
    return {"amount": point.amount, "value": point.value}


def points_csv(run: Run, answer: Answer) -> bytes:
    """A line for every amount tried; those that answer the question are marked."""
    kinds = {c.at.amount: c.kind for c in answer.crossings}
    lines = [(run.loaded.scenario.id, run.loaded.case, p.amount, p.value, kinds.get(p.amount)) for p in answer.points]
    columns = ("scenario", "case", "amount", answer.target.row, "answer")
    stream = io.BytesIO()
    pl.DataFrame(lines, schema=columns, orient="row").write_csv(stream)
    return stream.getvalue()


def page(run: Run, answer: Answer) -> str:
    """The answer as a report of its own."""
    sections = (Section("answer", "The answer", parts(answer)), provenance.provenance_section(run))
    return render_page(run, "Goal-seek", sections)


def parts(answer: Answer) -> tuple[Part, ...]:
    """What was asked, the answer, and the target over the range that was searched."""
    fitted, target = answer.fitted, answer.target
    paths = [harmless(a.path) for a in fitted.addresses]
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    asked = (
        f"Target: {_named(target)}, now {figure(target, answer.now)}; goal {figure(target, answer.goal)}.",
        f"Change: an amount {HOW[fitted.lever.how]} {', '.join(paths[:_NAMED])}{more}; "
        f"searched from {said(fitted, fitted.low)} to {said(fitted, fitted.high)}.",
    )
    return (Words("What was asked:", asked), *map(Words, sentences(answer)), _table(answer))


def figure(target: Target, value: float) -> str:
    """A value of the target in words."""
    return money.pounds_exact(value) if target.unit == MONEY else with_unit(value, target.unit)


def sentences(answer: Answer) -> list[str]:
    """The answer, the nearest to today first; or that there is none, and where the target comes nearest."""
    if not answer.moves:
        return [f"This change does not move the target: it stays at {figure(answer.target, answer.now)}."]
    if answer.crossings:
        first, *others = answer.crossings
        told = [_told(answer, first)]
        if others:
            count = f"There {'is one more' if len(others) == 1 else f'are {len(others)} more'}, farther from today's: "
            told.append(count + " ".join(_told(answer, other) for other in others))
        return told
    low, high = answer.ends
    ends = " and ".join(f"{_value(answer, p)} at {said(answer.fitted, p.amount)}" for p in (low, high))
    near = answer.closest
    return [
        f"No amount in this range gives the goal. The target is {ends}.",
        f"It comes nearest at {said(answer.fitted, near.amount)}, with {_value(answer, near)}.",
    ]


def _told(answer: Answer, crossing: Crossing) -> str:
    fitted, at, other = answer.fitted, crossing.at, crossing.other
    amount = said(fitted, at.amount)
    if crossing.kind == "stays" and other is not None:
        return f"Any amount from {amount} to {said(fitted, other.amount)} gives {_value(answer, at)}."
    if crossing.kind == "jumps" and other is not None:
        return (
            f"No amount gives the goal exactly: at {amount} the target jumps from {_value(answer, other)} to "
            f"{_value(answer, at)}."
        )
    return f"With {amount} the target is {_value(answer, at)}."


def _value(answer: Answer, point: Point) -> str:
    return figure(answer.target, point.value)


def _named(target: Target) -> str:
    return f"{target.row} {WHEN.get(target.when, f'in {target.when}')} ({harmless(target.title).rstrip('.')})"


def _table(answer: Answer) -> Table:
    """The target at some of the amounts that were tried, and at every answer."""
    points = answer.points
    step = max(1.0, (len(points) - 1) / (_SHOWN - 1))
    chosen = {points[min(len(points) - 1, round(k * step))] for k in range(min(_SHOWN, len(points)))}
    kinds = {c.at: c.kind for c in answer.crossings}
    told = {said(answer.fitted, p.amount): p for p in (*sorted(chosen, key=lambda p: p.amount), *kinds)}
    rows = [
        (words, _value(answer, p), kinds.get(p, ""))
        for words, p in sorted(told.items(), key=lambda pair: pair[1].amount)
    ]
    strong = frozenset(k for k, row in enumerate(rows) if row[2])
    return Table("Some of the amounts tried", ("Amount", "Target", "Goal"), "tnt", tuple(rows), strong, tight=True)
