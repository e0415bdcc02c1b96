"""Settlements and worked examples that stand in this project as figures: a fresh clone proves them.

`settlements/mssp.csv` holds published results chosen so that every rule of every track decides one of them, and
`settlements/worked.json` the worked examples, published or derived from published terms; `settlements/by_hand.json`
holds cases made for the rules that no published figure reaches.
"""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from oracles import (
    SHEETS,
    YEARS,
    Example,
    Real,
    examples,
    explain,
    misses,
    oracle_folder,
    own_figures,
    settle,
    shipped_settler,
)

from mcp_finance.terms.load import shipped_terms

RULES = (
    "gain shared", "loss shared", "gain below the threshold", "loss below the threshold",
    "not shared by a one-sided track", "near threshold above", "near threshold below", "cap on gains",
    "standard failed, gain reached", "standard failed, loss reached", "reporting only counts as 100%", "score of nil",
    "under 5,000 people", "60,000 people and more", "two-sided by the table", "rounded score", "loss share floor",
    "loss share by quality", "disaster relief in part", "disaster relief in full", "left early, not eligible",
    "revenue limit unpublished", *(f"threshold chosen: {rate}" for rate in ("0", "0.5", "1", "1.5", "2")),
)  # fmt: skip
WORKED = 23
NAMES = {
    "n_assigned": "people", "met_qps": "met_standard", "met_alt_qps": "met_alternative", "msr_elected": "elected_rate",
    "euc_share_of_year": "disaster_share_of_year", "euc_share_of_people": "disaster_share_of_people",
}  # fmt: skip
"""Facts of the supplied examples by the names that the sheets have for them."""


@pytest.mark.parametrize("real", own_figures(), ids=lambda real: real.name)
def test_a_published_settlement(real: Real) -> None:
    assert explain(shipped_settler(real.sheet), real), settle(shipped_settler(real.sheet), real.facts).payments


def test_the_chosen_settlements_cover_every_rule() -> None:
    figures = own_figures()
    assert len({real.name for real in figures}) == len(figures) >= 40
    met = Counter(rule for real in figures for rule in RULES if rule in real.columns["rule"])
    assert not [rule for rule in RULES if not met[rule]]
    assert {real.sheet for real in figures} == set(SHEETS.values())
    assert {real.py for real in figures} == set(YEARS)
    for sheet in SHEETS.values():
        sides = {real.columns["rule"].split()[0] for real in figures if real.sheet == sheet}
        assert sides == {"gain", "loss"}, sheet


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
def test_a_worked_example(example: Example) -> None:
    assert example.expect and not misses(shipped_settler(example.sheet), example)


@pytest.mark.parametrize("example", examples("by_hand.json"), ids=lambda example: example.id)
def test_a_case_made_by_hand(example: Example) -> None:
    assert example.expect and not misses(shipped_settler(example.sheet), example)


def test_every_shipped_sheet_has_figures() -> None:
    figures = {example.sheet for file in ("worked.json", "by_hand.json") for example in examples(file)}
    assert figures | {real.sheet for real in own_figures()} >= shipped_terms().keys()


def test_there_are_twenty_three_worked_examples() -> None:
    assert len({example.id for example in examples()}) == len(examples()) == WORKED
    assert {example.status for example in examples()} == {"published", "derived"}


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
def test_facts_called_immaterial_are(example: Example) -> None:
    """What a source leaves out and a sheet must be told changes nothing: the same result at other values."""
    others = {"target": Fraction(777), "actual": Fraction(12345), "py": Fraction(2017), "quality": Fraction(9, 10)}
    others |= {"people": Fraction(777), "met_standard": Fraction(0)}
    changed = {n: others[n] for n in example.facts.keys() - example.given.keys()}
    settler = shipped_settler(example.sheet)
    assert not misses(settler, Example(**{**_fields(example), "facts": {**example.facts, **changed}}))


def _fields(example: Example) -> dict[str, Any]:
    return {name: getattr(example, name) for name in Example.__slots__}


def test_the_copied_examples_are_those_supplied() -> None:
    supplied = json.loads((oracle_folder() / "worked_examples.json").read_text(encoding="utf-8"))
    own = {example.id: example for example in examples()}
    assert [e["id"] for e in supplied] == list(own) and len(own) == WORKED
    for e in supplied:
        copy = own[e["id"]]
        facts = {NAMES.get(name, name): Fraction(str(value)) for name, value in e["facts"].items()}
        assert facts == {name: copy.facts[name] for name in copy.given}, copy.id
        expected = e["expect"].values() if isinstance(e["expect"], dict) else [e["expect"]]
        assert [Fraction(str(v)) for v in expected] == list(copy.expect.values()), copy.id
        assert (Fraction(e["tolerance"]), e["status"], e["source"]) == (copy.tolerance, copy.status, copy.source)
