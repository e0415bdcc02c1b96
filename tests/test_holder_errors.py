"""Bad sections on the budget holder: each is refused at its place, in plain words, with what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from contracts import FIXTURES, FOLDER

from mcp_finance.files.problems import Problem, ScenarioError
from mcp_finance.scenario.load import load

BESIDE = ("base.yaml", "population.csv", "profiles.csv")


class Bad(NamedTuple):
    """A change of a fixture, the words that it turns wrong (the place is where they begin), and the complaint."""

    fixture: str
    old: str
    new: str
    at: str
    says: str
    instead: str


BAD = {
    "an LLP without VAT": Bad(
        "surplus", "surplus:", "holder: {form: llp}\nsurplus:", "llp", "is in no NHS VAT group", "vat: with rate"
    ),
    "an unknown form": Bad(
        "taxes", "form: llp", "form: partnership", "partnership", "not one of the words", "nhs_trust"
    ),
    "VAT without recovery": Bad(
        "taxes", "{vatable: 5%, recovery: 20%}", "{vatable: 5%}", "{vatable: 5%}", "'recovery' is missing", "recovery"
    ),
    "VAT without one kind of spend": Bad(
        "taxes", "    practices: {vatable: 10%, recovery: 0%}\n", "", "rate: 20%", "'practices' is missing", "practices"
    ),
    "more than all is vatable": Bad("taxes", "vatable: 5%", "vatable: 105%", "105%", "105% lies outside", "0% to 100%"),
    "more than all is recovered": Bad(
        "taxes", "2019/20: 100%}, otherwise", "2019/20: 101%}, otherwise", "101%", "101% lies outside", "0% to 100%"
    ),
    "a rate of VAT as a number": Bad("taxes", "rate: 20%", "rate: 20", "20\n", "ambiguous as a rate", "20%"),
    "a negative pension rate": Bad("taxes", "{2018/19: 14.4%}", "{2018/19: -14.4%}", "-14.4%", "outside 0%", "0% to"),
    "a year without a rate": Bad(
        "taxes",
        ", otherwise: 20.7%}",
        "}",
        "{by_year: {2018/19: 14.4%}}",
        "no figure is given for 2019/20",
        "otherwise:",
    ),
    "pay without what the baselines hold": Bad(
        "taxes", ", in_baseline: 9.2%", "", "{rate: {by_year: {2018/19: 9.0%", "'in_baseline' is missing", "in_baseline"
    ),
    "a guarantee below nothing": Bad(
        "reserves", "guarantee: £1.2m", "guarantee: -£1.2m", "-£1.2m", "the guarantee is below nothing", "£0 or more"
    ),
    "no word on a guarantee": Bad(
        "reserves", "  guarantee: £1.2m\n", "", "build: 1%", "'guarantee' is missing", "guarantee"
    ),
    "a target beyond the budget": Bad(
        "reserves", "target: 4%", "target: 104%", "104%", "104% lies outside", "0% to 100%"
    ),
    "days below nothing": Bad("reserves", "minimum_days: 10", "minimum_days: -10", "-10", "0 to 10bn", "315000"),
    "scores the wrong way round": Bad(
        "reserves",
        "score_1: 1%",
        "score_1: -5%",
        "margin_scores",
        "a better score takes a lower margin",
        "margins that fall",
    ),
    "more cut than there is": Bad(
        "reserves", "otherwise: -20%", "otherwise: -120%", "-120%", "take back more than it pays", "-5%"
    ),
    "more made good than all": Bad(
        "reserves", "council: 10%", "council: 80%", "made_good", "105% of the change is made good", "no more than 100%"
    ),
    "a council without a line": Bad(
        "reserves",
        "s75:",
        "lines: {social_care: null}\ns75:",
        "s75",
        "the council has no line in the budget",
        "leave it out",
    ),
    "a cap beyond turnover": Bad("surplus", "cap: 0.1%", "cap: 110%", "110%", "110% lies outside", "0% to 100%"),
    "an unknown use of the excess": Bad(
        "surplus", "excess: returned", "excess: kept", "kept", "not one of the words", "returned"
    ),
    "yes for a switch": Bad(
        "surplus", "carry_losses: true", "carry_losses: yes", "yes", "neither true nor false", "true"
    ),
}


def spoil(bad: Bad, folder: Path) -> tuple[str, tuple[Problem, ...]]:
    """The spoiled text and its problems."""
    for name in BESIDE:
        (folder / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    text = FIXTURES[bad.fixture].read_text(encoding="utf-8")
    assert bad.old in text, bad.old
    text = text.replace(bad.old, bad.new, 1)
    (folder / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(folder / "bad.yaml")
    return text, caught.value.problems


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_is_refused_in_its_place_with_advice(bad: Bad, tmp_path: Path) -> None:
    text, found = spoil(bad, tmp_path)
    at = text.index(bad.at, text.index("extends:"))
    line, column = text[:at].count("\n") + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    fitting = [p for p in found if bad.says in p.message and (p.place.line, p.place.column) == (line, column)]
    assert fitting, (line, column, *map(str, found))
    assert bad.instead in fitting[0].instead
    assert fitting[0].severity == "error"
    assert Path(fitting[0].place.file).name == "bad.yaml"


def test_problems_of_all_sections_come_together(tmp_path: Path) -> None:
    """One mistake in each section of one file."""
    more = (
        "reserves: {build: 1%, target: 4%, guarantee: -£1m, minimum_days: 5}\n"
        "s75: {contribution_change: -5%, made_good: {council: 0%, commissioner: 101%}}\n"
        "surplus: {cap: -1%, excess: returned, carry_losses: true}\nholder:"
    )
    _, found = spoil(Bad("taxes", "holder:\n  form: llp", f"{more}\n  form: cic\n  spare: 1", "", "", ""), tmp_path)
    assert {p.path for p in found} >= {
        "holder.spare",
        "reserves.guarantee",
        "s75.made_good.commissioner",
        "surplus.cap",
    }
