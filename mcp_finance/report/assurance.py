"""The report's section on assurance: net benefit, who holds which risk, other providers, and early warnings."""

from __future__ import annotations

from collections.abc import Mapping

from mcp_finance.analysis.assurance import SIZES, Effect, Exposure, assurance
from mcp_finance.analysis.run import Run
from mcp_finance.report.assurance_text import benefit_sentence, cover_sentence, warning_sentence
from mcp_finance.report.money import measured
from mcp_finance.report.views import Heading, Part, Section, Table, Words, millions, names

HELD = (
    "Each risk is the run with one input changed. A cell is what that does to a party's results, added up over the "
    "term; all parties together lose what somebody outside gains, or what is used up."
)
CONTRACT = (
    "With nothing done each party would have met the same risk. What is left once that is taken off is the risk that "
    "the contract hands to a party, or takes from it."
)


def assurance_section(run: Run) -> Section:
    """Answers to the questions that an assurance review asks of a novel contract."""
    answers, called = assurance(run), names(run)
    parts: list[Part] = [Words(f"{benefit_sentence(answers.net_benefit)}.")]
    if answers.matrix:
        held = {e.risk.name: e.held for e in answers.matrix}
        contract = {e.risk.name: e.contract for e in answers.matrix}
        parts += [Heading("Who holds which risk"), Words(f"{HELD} {SIZES} {cover_sentence(run)}.")]
        parts.append(_matrix("Change of results over the term, £m", answers.matrix, held, called))
        parts.append(Words(CONTRACT))
        parts.append(
            _matrix("Of it, from the contract: change against do-nothing, £m", answers.matrix, contract, called)
        )
        parts.append(_sizes(answers.matrix))
    parts += [Heading("Effect on every other provider"), _effects(answers.effects, called)]
    warnings = tuple(warning_sentence(w, called) for w in answers.warnings)
    said = "Each with the first year in which it fires:" if warnings else "None fires in any year."
    parts += [Heading("Early warnings"), Words(said, warnings)]
    return Section("assurance", "Assurance", tuple(parts))


def _matrix(
    caption: str, matrix: tuple[Exposure, ...], cells: Mapping[str, Mapping[str, float]], called: Mapping[str, str]
) -> Table:
    rows = []
    for e in matrix:
        of = cells[e.risk.name]
        rows.append((e.risk.title, *(_change(v) for v in of.values()), _change(sum(of.values()))))
    head = ("Risk", *called.values(), "All parties")
    return Table(caption, head, "t" + "n" * (len(head) - 1), tuple(rows))


def _change(value: float) -> str:
    return measured(value / 1e6, "", 1, plus=True)


def _sizes(matrix: tuple[Exposure, ...]) -> Table:
    rows = tuple((e.risk.title, e.risk.why, ", ".join(e.inputs)) for e in matrix)
    return Table("What each risk is", ("Risk", "What may stand behind it", "Inputs changed"), "ttt", rows, tight=True)


def _effects(effects: tuple[Effect, ...], called: Mapping[str, str]) -> Table:
    head = (
        "Provider",
        "Income lost",
        "Cost released",
        "Stranded cost",
        "Of income, guaranteed",
        "Settlements",
        "Against do-nothing",
    )
    rows = tuple(
        (
            called[e.provider],
            *(millions(v) for v in (e.income_lost, e.cost_released, e.stranded, e.top_up, e.settled)),
            _change(e.change),
        )
        for e in effects
    )
    return Table("Other providers over the term, £m", head, "tnnnnnn", rows)
