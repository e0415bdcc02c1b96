"""Reverse stress as words, as data and as a page: what fails a plan alone, in pairs and together, or what saves it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from mcp_finance import __version__
from mcp_finance.analysis.run import Run
from mcp_finance.analysis.search.levers import Fitted, Lever
from mcp_finance.analysis.search.reverse import Reverse, smallest
from mcp_finance.analysis.search.together import Joint, Piece
from mcp_finance.analysis.search.turning import Frontier, LeverResult
from mcp_finance.files.problems import harmless
from mcp_finance.model.party import HOLDER
from mcp_finance.report import money, provenance
from mcp_finance.report.answers.amounts import amount_words, said, scale_of
from mcp_finance.report.html import render_page
from mcp_finance.report.risk.pairs import pairs_chart
from mcp_finance.report.risk.shapes import Pairs
from mcp_finance.report.views import NONE, Chart, Heading, Part, Section, Table, Words, amount, names

SCHEMA_VERSION = 1
SAME, SEEN = 1e-6, 0.005
MARGIN = (
    "The margin of a year is the balance at its end and what the parent still guarantees; the plan fails once it is "
    "below nothing."
)
LESS = "Least margin with 1% less"
STEPS = "One standard deviation of each is assumed, the usual ones as large as in the matrix of risks"
FLAT = (
    "The chance is exact where the boundary between futures that fail and those that hold is flat; simulate counts it."
)


def document(run: Run, found: Reverse) -> dict[str, Any]:
    """Everything found as one JSON document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "engine": f"mcp-finance {__version__}",
        "scenario": run.loaded.scenario.id,
        "cases": run.loaded.cases,
        "settings": list(run.loaded.settings),
        "by": found.by,
        "fails_as_it_is": found.fails,
        "margins": dict(zip(run.years, found.margins, strict=True)),
        "question": "saves" if found.fails else "fails",
        "one_at_a_time": [_single(s) for s in found.singles],
        "pairs": [
            {"first": f.first.lever.name, "second": f.second.lever.name, "followed_to": f.limit, "points": f.points}
            for f in found.pairs
        ],
        "together": None if found.joint is None else _together(found.joint),
        "not_in_this_contract": [lever.name for lever in found.absent],
    }


def _single(result: LeverResult) -> dict[str, Any]:
    lever, fitted = result.lever, result.fitted
    return {
        "name": lever.name,
        "title": lever.title,
        "on": list(lever.on),
        "how": lever.how,
        "unit": fitted.unit,
        "amount": result.amount,
        "steps": result.steps,
        "step": lever.step,
        "searched": [fitted.low, fitted.high],
        "proof": None if result.proof is None else asdict(result.proof),
        "closest": asdict(result.closest),
    }


def _together(joint: Joint) -> dict[str, Any]:
    return {
        "from_uncertainty": joint.from_uncertainty,
        "saves": joint.saves,
        "distance": joint.distance,
        "chance_of_failing_first_order": joint.chance,
        "parts": [asdict(piece) for piece in joint.pieces],
        "proof": asdict(joint.proof),
    }


def answers_csv(run: Run, found: Reverse) -> bytes:
    """A line for each answer, pair and part of the joint answer."""
    lines: list[tuple[str | float | None, ...]] = []
    for s in found.singles:
        proof = (s.proof.year, s.proof.margin, s.proof.less) if s.proof else (None, None, None)
        lines.append(("alone", s.lever.name, s.amount, None, None, *proof))
    for f in found.pairs:
        lines += [("pair", f.first.lever.name, a, f.second.lever.name, b, None, None, None) for a, b in f.points]
    if found.joint:
        proof = (found.joint.proof.year, found.joint.proof.margin, found.joint.proof.less)
        lines += [("together, from", p.name, p.least, None, None, *proof) for p in found.joint.pieces]
        lines += [("together, to", p.name, p.most, None, None, *proof) for p in found.joint.pieces]
    schema = {
        "answer": pl.String, "lever": pl.String, "amount": pl.Float64, "with": pl.String, "its_amount": pl.Float64,
        "fails_in": pl.String, "margin": pl.Float64, "margin_with_1_percent_less": pl.Float64,
    }  # fmt: skip
    frame = pl.DataFrame(lines, schema=schema, orient="row")
    named = [pl.lit(run.loaded.scenario.id).alias("scenario"), pl.lit(run.loaded.case).alias("case"), pl.all()]
    stream = io.BytesIO()
    frame.select(named).write_csv(stream)
    return stream.getvalue()


def page(run: Run, found: Reverse) -> str:
    """Everything found as a report of its own."""
    sections = (Section("reverse", "Reverse stress", tuple(parts(run, found))), provenance.provenance_section(run))
    return render_page(run, "Reverse stress", sections)


def parts(run: Run, found: Reverse) -> Iterator[Part]:
    """In short, one at a time, in pairs, together."""
    yield Words(in_short(run, found))
    yield Words(MARGIN)
    yield Heading("What would save it, one at a time" if found.fails else "What fails it, one at a time")
    if any(s.amount is not None for s in found.singles):
        yield _singles(found)
    none = tuple(_no_answer(s) for s in found.singles if s.amount is None)
    absent = tuple(f"{lever.title}: this contract has no such figures." for lever in found.absent)
    if none or absent:
        yield Words("None on its own:", (*none, *absent))
    if found.pairs:
        yield Heading("In pairs")
        for k, frontier in enumerate(found.pairs):
            yield from pair_parts(frontier, f"pair-{k}")
    yield Heading("Together, the most plausible combination")
    if found.joint is None:
        yield Words("No combination was found within eight standard deviations that changes the outcome.")
    else:
        yield from _joint(found.joint, [s.lever for s in found.singles if s.lever.why])


def in_short(run: Run, found: Reverse) -> str:
    """Whether the plan holds until the year asked, and its least margin until then."""
    called, until = names(run)[HOLDER], run.years.index(found.by) + 1
    least = min(found.margins[:until])
    year = run.years[found.margins.index(least)]
    if found.fails:
        return (
            f"The plan fails without any stress: reserves of {called} are used up in {found.fails}, and by the end of "
            f"{found.by} {amount(-least)} is missing at the worst. So the question is turned round: what would save it."
        )
    holds = f"Without any stress the reserves of {called} last until the end of {found.by}"
    return f"{holds}; the least margin is {amount(least)}, in {year}."


def in_brief(run: Run) -> str:
    """What uses up the reserves within the term, each lever alone, in one sentence: for a table of stresses."""
    alone = smallest(run)
    if failing := next((s.proof.year for s in alone if s.steps == 0 and s.proof), None):
        return f"the reserves are used up in {failing} as it is; `mcp-finance solve --reverse` says what would save it"
    told = [f"{_lower(s.lever.title)}: {said(s.fitted, s.amount)}" for s in alone if s.amount is not None]
    none = [_lower(s.lever.title) for s in alone if s.amount is None]
    if not told:
        return f"reserves last, whatever is turned ({', '.join(none) or 'no lever in this contract'})"
    rest = f"; none: {', '.join(none)}" if none else ""
    return f"reserves are used up, each alone, from {'; '.join(told)}{rest}"


def _singles(found: Reverse) -> Table:
    rows = []
    for s in found.singles:
        if s.amount is not None and s.proof is not None:
            when = () if found.fails else (s.proof.year or NONE,)
            rows.append((s.lever.title, said(s.fitted, s.amount), *when, amount(s.proof.less)))
    head = ("Lever", "Holds from", LESS) if found.fails else ("Lever", "Fails from", "In", LESS)
    return Table("One at a time", head, "tnn" if found.fails else "tntn", tuple(rows))


def _no_answer(result: LeverResult) -> str:
    fitted, near = result.fitted, result.closest
    ends = f"searched from {said(fitted, fitted.low)} to {said(fitted, fitted.high)}"
    nearest = f"the least margin comes nearest to nothing at {said(fitted, near.amount)}, with {amount(near.value)}"
    return f"{result.lever.title}: {ends}; {nearest}."


def pair_parts(frontier: Frontier, key: str) -> Iterator[Part]:
    """The frontier of a pair, drawn and as a table; or in words, where there is no curve."""
    first, second = frontier.first, frontier.second
    if (shape := pairs_of(frontier)) is None:
        yield Words(f"{_both(frontier)}: {_no_curve(frontier)}.")
        return
    yield Chart(pairs_chart(shape, key=key))
    rows = tuple((said(first, a), NONE if b is None else said(second, b)) for a, b in frontier.points)
    yield Table(f"{_both(frontier)}: pairs that just fail", (first.lever.title, second.lever.title), "tn", rows)


def _both(frontier: Frontier) -> str:
    return f"{frontier.first.lever.title}, and {_lower(frontier.second.lever.title)}"


def _no_curve(frontier: Frontier) -> str:
    """Why a pair has no curve: none fails, or one of the two makes no difference."""
    second = frontier.second
    far = f"as far as {said(second, frontier.limit)} of the second"
    amounts = [b for _, b in frontier.points if b is not None]
    if not amounts:
        return f"no pair fails, {far}"
    if len(amounts) < len(frontier.points):
        return f"only the first alone fails, {far}"
    return f"the first makes no difference, {said(second, amounts[0])} of the second fails all the same"


def drawn_pairs(found: Reverse) -> Iterator[Pairs]:
    """The frontiers that are drawn, in order."""
    return (shape for frontier in found.pairs if (shape := pairs_of(frontier)))


def pairs_of(frontier: Frontier) -> Pairs | None:
    """The frontier as it is drawn; None where it is no curve: too few pairs fail, or all at one amount."""
    first, second = frontier.first, frontier.second
    amounts = [b for _, b in frontier.points if b is not None]
    is_level = len(amounts) == len(frontier.points) and max(amounts) - min(amounts) < SAME * max(map(abs, amounts))
    if len(amounts) < 2 or is_level:
        return None
    x, y = scale_of(first.unit, first.lever.how), scale_of(second.unit, second.lever.how)
    curve = sorted((a * x.times, b * y.times) for a, b in frontier.points if b is not None)
    return Pairs(
        title=_both(frontier),
        curve=tuple(curve),
        base=(first.today * x.times, second.today * y.times),
        x_title=_axis(first),
        y_title=_axis(second),
        x_unit=_drawn(x.unit),
        y_unit=_drawn(y.unit),
        failing="above" if second.lever.step > 0 else "below",
        places=2,
    )


def _axis(fitted: Fitted) -> str:
    unit = scale_of(fitted.unit, fitted.lever.how).unit
    return f"{fitted.lever.title}, {unit}" if unit else fitted.lever.title


def _drawn(unit: str) -> str:
    """The unit of an axis whose values are in it already: a percent sign would divide them by a hundred again."""
    return "" if unit.startswith("%") else unit


def _joint(joint: Joint, levers: Sequence[Lever]) -> Iterator[Part]:
    away = money.number(abs(joint.distance), 2)
    middle = "the middle of all futures" if joint.from_uncertainty else "the plan"
    if joint.saves:
        yield Words(f"Here {middle} fails; the nearest future that holds is {away} standard deviations away.")
    else:
        year = f", in {joint.proof.year}" if joint.proof.year else ""
        yield Words(f"The nearest future that fails{year} is {away} standard deviations from {middle}.")
    if joint.chance is None:
        own = ", ".join(f"{_lower(lever.title)} by {lever.why}" for lever in levers)
        yield Words(f"{STEPS} ({own}): an assumption, so that no chance is given.")
    else:
        counts = " Chance in the counts of activity has no part in it." if joint.chance_in_counts else ""
        yield Words(f"A first estimate of the chance of failing: {money.percent(joint.chance, 2)}. {FLAT}{counts}")
    rows = [(harmless(p.title), _ends(p), money.percent(p.part, 0)) for p in joint.pieces if p.part >= SEEN]
    head = ("What", "Amount", "Part of the distance, squared")
    yield Table("The combination", head, "ttn", tuple(rows))
    if rest := [f"{harmless(p.title)} ({_ends(p)})" for p in joint.pieces if p.part < SEEN]:
        yield Words(f"All else is at its middle or close by: {', '.join(rest)}.")
    yield Words(f"With 1% less of all of it the least margin is {amount(joint.proof.less)}.")


def _ends(piece: Piece) -> str:
    """The amounts of a piece from least to most; one, where all are alike."""
    return " to ".join(dict.fromkeys(amount_words(piece.unit, piece.how, v) for v in (piece.least, piece.most)))


def _lower(title: str) -> str:
    return f"{title[:1].lower()}{title[1:]}"
