"""Names that a sheet declares never change what its clauses do, whatever the clauses call their own rows."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

import pytest

from mcp_finance.files.problems import ScenarioError
from mcp_finance.terms.compiler.compile import Compiled, compile_terms
from mcp_finance.terms.load import parse_terms
from mcp_finance.terms.settling.settle import Settler

FREE = "freely_named"
SHEET: dict[str, Any] = {
    "schema": "mcp-finance-terms/1",
    "id": "named",
    "title": "A sheet with most clauses",
    "status": "illustrative",
    "source": "nobody",
    "parties": ["payer", "provider", "trust"],
    "facts": {"target": "money", "actual": "money", "income": "money", "score": "ratio", "months": "positive count"},
    "definitions": {"scale_of": {"steps": "score", "upto": {"50%": "0", "100%": "100%"}}, "gate_at": "1% * target"},
    "pools": [
        {
            "id": "care",
            "held_by": "payer",
            "target_adjust": [{"scale": "99%"}],
            "stop_loss": {"attachment": "10", "share": "50%"},
            "gain": {
                "requires": ["score >= 10%"],
                "gate": {"at": "gate_at", "then": "all"},
                "limit_variance": "20% * target",
                "bands": [
                    {"to": "5% * target", "share": {"provider": "50%", "trust": "10%"}},
                    {"share": {"provider": "40%"}},
                ],
                "then": [{"cap": "8% * target"}, {"scale": "scale_of"}],
            },
            "loss": "as gain",
        }
    ],
    "rest": "payer",
    "party_limits": [{"party": "trust", "gain": "1% * income", "loss": "1% * income"}],
    "at_risk": [
        {
            "party": "provider",
            "base": "income",
            "amount": "10%",
            "earned": "score",
            "kind": "withhold",
            "unearned_to": "payer",
        }
    ],
    "phase": {"upside_only": 1, "two_sided": "2 onward"},
    "cash_backing": {"rule": "cash_backed", "limit": "income"},
    "period": {"months": "months", "prorate": "after_limits"},
}


def compiled(content: dict[str, Any]) -> Compiled:
    return compile_terms(parse_terms(json.dumps(content), "named.yaml"))


def payments(made: Compiled) -> dict[str, str]:
    values = {
        "target": 100,
        "actual": 88,
        "income": 200,
        "score": Fraction(6, 10),
        "months": 9,
        "claims_over": 4,
        "year": 2,
    }
    facts = {u.name: Fraction(values.get(u.fact, 1)) for u in made.facts if not u.is_given}
    return {p: str(v) for p, v in Settler(made).settle(facts).payments.items()}


def words() -> list[str]:
    """Every word of every row's and input's name of the sheet, and with `funding` and an account."""
    found: set[str] = set()
    for extra in ({}, {"funding": {"payouts_limited_to": "collections", "short": "pro_rata", "carry_forward": True}}):
        made = compiled(SHEET | extra)
        for name in (*made.model.rows, *made.model.inputs):
            found |= set(name.removeprefix("named.").split("."))
    return sorted(w for w in found if re.fullmatch(r"[a-z][a-z0-9_]*", w) and w not in SHEET["facts"])


def with_definition(word: str) -> dict[str, Any]:
    """The sheet with a definition of that name, which the cap reads."""
    content = json.loads(json.dumps(SHEET))
    content["definitions"][word] = "3% * target"
    content["pools"][0]["gain"]["then"][0]["cap"] = word
    return dict(content)


def with_fact(word: str) -> dict[str, Any]:
    content = json.loads(json.dumps(SHEET))
    content["facts"][word] = "money per pool"
    content["pools"][0]["gain"]["then"][0]["cap"] = f"{word} + 3% * target"
    return dict(content)


def with_party(word: str) -> dict[str, Any]:
    return dict(json.loads(json.dumps(SHEET).replace('"trust"', f'"{word}"')))


def with_pool(word: str) -> dict[str, Any]:
    return dict(json.loads(json.dumps(SHEET).replace('"care"', f'"{word}"')))


@pytest.mark.parametrize("named", [with_definition, with_fact, with_party, with_pool])
def test_a_name_is_refused_or_changes_nothing(named: Any) -> None:
    usual = payments(compiled(named(FREE)))
    refused, kept = 0, 0
    for word in words():
        try:
            made = compiled(named(word))
        except ScenarioError as error:
            refused += 1
            assert all(p.message and p.instead and p.place.line for p in error.problems)
            continue
        kept += 1
        assert payments(made) == {word if p == FREE else p: v for p, v in usual.items()}, word
    assert refused >= 5 and kept >= 5


def test_the_problem_stands_at_the_name() -> None:
    with pytest.raises(ScenarioError) as refused:
        compiled(with_definition("variance"))
    (problem,) = refused.value.problems
    assert problem.path == "definitions.variance" and "'variance'" in problem.message
