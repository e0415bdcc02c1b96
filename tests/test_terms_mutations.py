"""Deliberately wrong terms: each must break figures of this project, and those that MSSP shares must break real ones.

A mutant is an edit of a sheet's text. A figure is broken if the wrong sheet no longer explains it, or cannot settle it.
Counts are exact: a mutant that breaks fewer figures than before means that figures, or the edit, have lost their teeth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from oracles import (
    SHEETS,
    Example,
    examples,
    explain,
    explain_by_numpy,
    misses,
    own_figures,
    settler_of,
    sheet_text,
)

from mcp_finance.terms.settling.settle import SettlementError, Settler

ALL = tuple(SHEETS.values())
TRACKS = ("mssp-track-1", "mssp-track-1plus", "mssp-track-2", "mssp-track-3")
LOSSES = ("mssp-basic-c", "mssp-basic-d", "mssp-basic-e", "mssp-track-1plus", "mssp-track-2", "mssp-track-3",
          "mssp-enhanced")  # fmt: skip
SCORED_LOSSES = ("mssp-track-2", "mssp-track-3", "mssp-enhanced")
TENTHS = ", ".join(f"{(2 * k + 1) / 20:.2f}%: {k / 10}%" for k in range(20, 60))
REDUCTION = r"\{scale: kept_after_reduction"
CAP_LINE = r" +- \{cap: gain_cap, party: provider.*\n"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong sheet: regular expressions with what replaces them, each of which must be found in every sheet.

    `own` is how many of this project's figures break, `witness` one of them, `supplied` how many of the 1,795; a rule
    that no supplied result reaches breaks none of those.
    """

    name: str
    sheets: Sequence[str]
    edits: Sequence[tuple[str, str]]
    own: int
    witness: str
    supplied: int = 0

    def text(self, sheet: str) -> str:
        text = sheet_text(sheet)
        for pattern, put in self.edits:
            text, count = re.subn(pattern, put, text)
            assert count, f"{self.name}: {sheet} has no {pattern}"
        return text


MUTANTS = (
    # The rules of MSSP -----------------------------------------------------------------------------------------------
    Mutant("share only the excess", ALL, [(r"then: all\}", "then: excess, bands_on: excess}")], 34, "2016 A70411", 654),
    Mutant("no threshold", ALL, [(r"at: threshold,", "at: 0 * threshold,")], 20, "2016 A38110", 483),
    Mutant(
        "steps for interpolation",
        ALL,
        [
            (r"interpolate: people", "steps: people"),
            (r"points: \{500", "upto: {500"),
            (r"60000: 2.0%\}", "60000: 2.0%, 9999999: 2.0%}"),
        ],
        6,
        "2016 A38110",
        17,
    ),
    Mutant(
        "threshold on actual", TRACKS, [(r"threshold: (\w+) \* target", r"threshold: \1 * actual")], 4, "2016 A38110", 6
    ),
    Mutant(
        "threshold rounded to a tenth of a point",
        ["mssp-track-1"],
        [
            (
                r"threshold: table_rate",
                f"rounded_rate: {{steps: table_rate, upto: {{{TENTHS}, 99%: 12.2%}}}}\n  threshold: rounded_rate",
            )
        ],
        1,
        "threshold-at-full-precision",
    ),
    Mutant(
        "a gain reaches its threshold only beyond it",
        ["mssp-track-1"],
        [
            (r"gate: \{at: threshold,", "gate: {at: threshold + 0.01,"),
        ],
        1,
        "exactly-at-the-threshold",
    ),
    Mutant(
        "reduction on losses too",
        LOSSES,
        [(r"- \{cap: loss_limit", "- {scale: kept_after_reduction}\n        - {cap: loss_limit")],
        11,
        "2016 A70411",
        15,
    ),
    Mutant("no reduction", TRACKS, [(r"2018: 98%,", "2018: 100%,")], 12, "2018 A2011", 423),
    Mutant("reduction in every year", ["mssp-track-1"], [(r"2020: 100%,", "2020: 98%,")], 1, "no-reduction-in-2019"),
    Mutant(
        "cap before reduction",
        ["mssp-track-1"],
        [
            (CAP_LINE, ""),
            (rf"( +)- {REDUCTION}", rf"\1- {{cap: gain_cap}}\n\1- {REDUCTION[1:]}"),
        ],
        2,
        "2016 A00755",
        2,
    ),
    Mutant("no cap on gains", ["mssp-track-1"], [(CAP_LINE, ""), (r"  gain_cap: .*\n", "")], 2, "2016 A00755", 2),
    Mutant(
        "no floor on the loss rate",
        SCORED_LOSSES,
        [(r"clamp\(1 - scored_share, 40%,", "min(1 - scored_share,")],
        2,
        "2016 A70411",
        9,
    ),
    Mutant(
        "no ceiling on the loss rate",
        SCORED_LOSSES,
        [(r"clamp\(1 - scored_share, 40%, \d+%\)", "max(1 - scored_share, 40%)")],
        2,
        "enhanced-loss-rate-ceiling",
    ),
    Mutant(
        "a failed standard does not raise the loss rate",
        SCORED_LOSSES,
        [(r"(loss_share: if\(\w+, clamp\(.*\), )\d+%\)", r"\g<1>40%)")],
        3,
        "2018 A3743",
        1,
    ),
    Mutant("loss rate = gain rate", LOSSES, [(r"  loss_share: .*", "  loss_share: gain_share")], 16, "2016 A70411", 29),
    Mutant(
        "quality ignored",
        ALL,
        [(r"scored_share: top_share \* quality", "scored_share: top_share + 0 * quality")],
        21,
        "2018 A3336",
        361,
    ),
    Mutant(
        "standard ignored",
        ["mssp-track-1"],
        [(r"share_to_2020: if\(met_standard, scored_share, 0\)", "share_to_2020: scored_share")],
        2,
        "2014 A80939",
        2,
    ),
    Mutant(
        "one that left early shares",
        ["mssp-basic-c"],
        [(r"(  may_share: .*\n)", r"\1  anyone: if(may_share, py, people)\n"), (r"\[may_share\]", "[anyone >= 0]")],
        1,
        "2022 A1080",
        1,
    ),
    Mutant(
        "no disaster relief",
        LOSSES,
        [(r"subtract: relief", "subtract: 0 * relief"), (r"scale: not_relieved", "scale: 1 + 0 * not_relieved")],
        9,
        "2018 A3743",
        25,
    ),
    Mutant(
        "a leaver bears the whole year",
        ["mssp-enhanced"],
        [(r"scale: part_of_year", "scale: 1 + 0 * part_of_year")],
        2,
        "leaver-at-the-limit",
    ),
    Mutant(
        "a leaver's part before the limit",
        ["mssp-enhanced"],
        [
            (r" +- \{scale: part_of_year.*\n", ""),
            (r"( +)- \{cap: loss_limit", r"\1- {scale: part_of_year}\n\1- {cap: loss_limit"),
        ],
        1,
        "leaver-at-the-limit",
    ),
    Mutant(
        "no limit on losses",
        ["mssp-enhanced", "mssp-track-1plus", "mssp-track-2"],
        [(r"\{cap: loss_limit,", "{cap: 10 * loss_limit,")],
        6,
        "leaver-at-the-limit",
    ),
    Mutant(
        "the greater of two limits",
        ("mssp-basic-e", "mssp-basic-glide-path", "mssp-track-1plus"),
        [(r"loss_limit: min\(", "loss_limit: max(")],
        6,
        "track-1plus-revenue-binds",
    ),
    Mutant(
        "alternative standard ignored",
        ("mssp-basic-b", "mssp-enhanced"),
        [(r"if\(alternative_met, scored_share, 0\)", "0 * if(alternative_met, 1, 0)")],
        2,
        "alternative-standard-gain",
    ),
    Mutant(
        "alternative standard from the start",
        ("mssp-basic-b", "mssp-enhanced"),
        [(r"py >= 2023", "py >= 2000")],
        1,
        "alternative-standard-too-early",
    ),
    # Other sheets ----------------------------------------------------------------------------------------------------
    Mutant(
        "quality before the cap",
        ["golden-example"],
        [(r"( +- \{cap: gain_cap.*\n)( +- \{scale: quality.*\n)", r"\2\1")],
        1,
        "golden-94-share",
    ),
    Mutant(
        "quality on losses too",
        ["golden-example"],
        [(r"( +)- \{cap: loss_collar", r"\1- {scale: quality}\n\1- {cap: loss_collar")],
        1,
        "golden-103",
    ),
    Mutant("bands cut the excess", ["golden-example"], [(r"bands_on: variance", "bands_on: excess")], 1, "golden-95"),
    Mutant(
        "from the first pound",
        ["golden-example"],
        [(r"then: excess, bands_on: variance", "then: all")],
        2,
        "golden-103",
    ),
    Mutant(
        "a collar on the variance",
        ["golden-example"],
        [
            (r" +then:\n +- \{cap: loss_collar.*\n", ""),
            (r"    loss:\n", "    loss:\n      limit_variance: loss_collar\n"),
        ],
        2,
        "golden-110",
    ),
    Mutant("cash backing ignored", ["golden-example"], [(r"rule: cash_backed", "rule: notional")], 1, "golden-94"),
    Mutant(
        "rounded down",
        ["golden-example"],
        [(r"rest: commissioner", "rest: commissioner\nrounding: {mode: down}")],
        1,
        "golden-95",
    ),
    Mutant(
        "rounded early, to whole units",
        ["golden-example", "dudley-performance", "michigan-pihp"],
        [(r"\nrest: (\w+)", r"\nrounding: {places: 0}\nrest: \1")],
        5,
        "michigan-posted",
    ),
    Mutant(
        "limits before netting",
        ["nhs-multilateral-pool"],
        [
            (r"party_limits:(?s:.*)", ""),
            (
                r"    loss: as gain",
                "      then:\n"
                + "\n".join(
                    f"        - {{cap: income_limit * {p}_income, party: {p}}}"
                    for p in ("budget_holder", "hospital", "community")
                )
                + "\n    loss: as gain",
            ),
        ],
        1,
        "netted-before-limits",
    ),
    Mutant(
        "no party limits",
        ["nhs-multilateral-pool", "single-rate", "dudley-illustrative"],
        [(r"(gain|loss): (limit|income_limit \* \w+)", r"\1: 100 * \2")],
        3,
        "dudley-share",
    ),
    Mutant(
        "held by the other party",
        ["part-d-2008", "michigan-pihp"],
        [(r"held_by: \w+((?s:.*)rest: (\w+))", r"held_by: \2\1")],
        2,
        "michigan-posted",
    ),
    Mutant("top-up for withhold", ["dudley-performance"], [(r"kind: withhold", "kind: top_up")], 1, "dudley-withheld"),
    Mutant(
        "bonus after year 2",
        ["aqc-style"],
        [(r"bonus_rate: if\(year <= 2, 10%, 0%\)", "bonus_rate: 10%")],
        2,
        "aqc-third-year-loss",
    ),
    Mutant(
        "quality the same way for losses",
        ["aqc-style"],
        [
            (
                r"quality_share_of_loss: \{interpolate: quality, points: \{0: 80%, 1: 20%\}\}",
                "quality_share_of_loss: {interpolate: quality, points: {0: 20%, 1: 80%}}",
            )
        ],
        1,
        "aqc-third-year-loss",
    ),
)


def broken(mutant: Mutant) -> Iterator[str]:
    """The project's own figures that a mutant breaks."""
    for sheet in mutant.sheets:
        settler = settler_of(mutant.text(sheet))
        for real in own_figures():
            if real.sheet == sheet and not _holds(partial(explain, settler, real)):
                yield real.name
        for example in (*examples("worked.json"), *examples("by_hand.json")):
            if example.sheet == sheet and not _holds(partial(hits, settler, example)):
                yield example.id


def hits(settler: Settler, example: Example) -> bool:
    return not misses(settler, example)


def _holds(figure: Callable[[], object]) -> bool:
    try:
        return bool(figure())
    except SettlementError:
        return False


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_wrong_terms_break_figures_of_this_project(mutant: Mutant) -> None:
    found = list(broken(mutant))
    assert len(found) == mutant.own > 0, found
    assert mutant.witness in found


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.sheets[0] in ALL], ids=lambda mutant: mutant.name)
def test_wrong_terms_break_supplied_settlements(mutant: Mutant) -> None:
    unexplained = 0
    for sheet in set(mutant.sheets) & set(ALL):
        found = explain_by_numpy(settler_of(mutant.text(sheet)).compiled, sheet)
        unexplained += sum(not how for how in found.values())
    assert unexplained == mutant.supplied


def test_the_sheets_as_they_stand_break_nothing() -> None:
    as_they_stand = Mutant("none", tuple({*ALL, *(e.sheet for e in examples("by_hand.json"))}), [], 0, "")
    assert not list(broken(as_they_stand))
