"""What a sheet may not be given: amounts beyond their bounds, years after the last, other currencies, odd targets."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mcp_finance.cli.app import app
from mcp_finance.cli.options import CommandError
from mcp_finance.files.problems import ScenarioError
from mcp_finance.terms.compiler.compile import Compiled, compile_terms
from mcp_finance.terms.load import parse_terms
from mcp_finance.terms.settling.settle import SettlementError, Settler

ROOT = Path(__file__).parents[1]


def sheet(**changes: Any) -> dict[str, Any]:
    """Half of the variance both ways, with the fact `x`, and with changes; `x` must be read by one of them."""
    side = {"bands": [{"share": {"provider": "50%"}}]}
    content: dict[str, Any] = {
        "schema": "mcp-finance-terms/1",
        "id": "bounds",
        "title": "Bounds",
        "status": "illustrative",
        "source": "nobody",
        "parties": ["payer", "provider"],
        "facts": {"target": "money", "actual": "money", "x": "money"},
        "pools": [{"id": "care", "held_by": "payer", "gain": side | changes.pop("gain", {}), "loss": "as gain"}],
        "rest": "payer",
    }
    content["facts"] |= changes.pop("facts", {})
    return content | changes


def compiled(content: dict[str, Any]) -> Compiled:
    return compile_terms(parse_terms(json.dumps(content), "bounds.yaml"))


def settled(content: dict[str, Any], x: float, variance: float = 10) -> str:
    made = compiled(content)
    values = {"target": Fraction(100), "actual": 100 - Fraction(variance), "x": Fraction(str(x)), "year": Fraction(1)}
    facts = {u.name: values.get(u.fact, Fraction(0)) for u in made.facts if not u.is_given}
    return str(Settler(made).settle(facts).payments["provider"])


RATIO = {"x": "ratio"}
ITEM = {"party": "provider", "base": "100", "amount": "10%", "earned": "x", "kind": "top_up", "unearned_to": "payer"}
ACCOUNT = {"opening": "2", "defer_losses_over": "0", "balance_limit": "100", "interest": "0", "at_end": "pay"}
FUND = {"payouts_limited_to": "collections", "short": "pro_rata", "carry_forward": True, "opening": "x"}
CASES: list[tuple[dict[str, Any], float, float, str, str]] = [
    (sheet(gain={"gate": {"at": "x", "then": "all"}}), 5, -1, "5.00", "a gate, limit, band or step of the gain"),
    (sheet(gain={"limit_variance": "2 * x"}), 2, -1, "2.00", "a gate, limit, band or step of the gain"),
    (sheet(gain={"then": [{"scale": "x"}]}, facts=RATIO), 0.5, -0.5, "2.50", "a gate, limit, band or step of the gain"),
    (sheet(gain={"then": [{"cap": "x"}]}), 3, -3, "3.00", "a gate, limit, band or step of the gain"),
    (
        sheet(gain={"bands": [{"to": "50 - x", "share": {"provider": "10%"}}, {"share": {"provider": "50%"}}]}),
        46, 51, "3.40", "a gate, limit, band or step of the gain",
    ),
    (sheet(party_limits=[{"party": "provider", "gain": "x", "loss": "x"}]), 3, -3, "3.00", "a party's limit"),
    (
        sheet(cash_backing={"rule": "commissioner_reserve", "limit": "0", "reserve": "x"}),
        3, -3, "3.00", "the reserve",
    ),
    (
        sheet(funding=FUND),
        4, -4, "4.00", "the fund's opening",
    ),
    (sheet(account=ACCOUNT | {"recoup": "x"}, facts=RATIO), 0.2, 1.5, "4.00", "recoup is above 100%"),
    (sheet(at_risk=[ITEM], facts=RATIO), 0.8, 1.5, "13.00", "above 100%"),
    (sheet(at_risk=[ITEM], facts=RATIO), 0.8, -0.5, "13.00", "below nil"),
    (sheet(period={"months": "x", "prorate": "after_limits"}, facts={"x": "count"}), 9, 13, "3.75", "not 0 to 12"),
    (sheet(period={"months": "x", "prorate": "before_limits"}, facts={"x": "count"}), 9, -1, "3.75", "not 0 to 12"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "good", "bad", "paid", "said"), CASES)
def test_within_bounds_it_settles_and_beyond_it_says_why(
    content: dict[str, Any], good: float, bad: float, paid: str, said: str
) -> None:
    assert settled(content, good) == paid
    with pytest.raises(SettlementError) as refused:
        settled(content, bad)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("content", "path", "said"),
    [
        (sheet(period={"months": "target + x", "prorate": "after_limits"}), "period.months", "money where a ratio"),
        (sheet(currency="EUR", gain={"then": [{"cap": "£4 + x"}]}), "pools.0.gain.then.0.cap", "is in pounds"),
        (sheet(gain={"then": [{"cap": "x / (1 - 1)"}]}), "pools.0.gain.then.0.cap", "'1 - 1'"),
        (sheet(gain={"then": [{"cap": "x / 0"}]}), "pools.0.gain.then.0.cap", "divides by nil"),
    ],
)
def test_what_can_be_seen_at_load_is_refused_there(content: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        compiled(content)
    assert [(p.path, said in p.message) for p in refused.value.problems] == [(path, True)]


def test_nothing_follows_the_final_year(tmp_path: Path) -> None:
    account = ACCOUNT | {"recoup": "100%", "expires_after_years": 3, "at_expiry": "lapse"}
    content = sheet(account=account, gain={"then": [{"cap": "x"}]})
    (tmp_path / "t.yaml").write_text(json.dumps(content), encoding="utf-8")
    lines = ["contract,year,final_year,target,actual,x", "a,1,0,100,120,50", "a,2,1,100,100,50", "a,3,0,100,100,50"]
    (tmp_path / "f.csv").write_text("\n".join(lines), encoding="utf-8")
    done = CliRunner().invoke(app, ["settle", str(tmp_path / "t.yaml"), str(tmp_path / "f.csv")])
    assert isinstance(done.exception, CommandError)
    assert "final year" in done.exception.problems[0].message
    (tmp_path / "f.csv").write_text("\n".join(lines[:-1]), encoding="utf-8")
    done = CliRunner().invoke(app, ["settle", str(tmp_path / "t.yaml"), str(tmp_path / "f.csv")])
    # 2 at the opening and the 10 put off in year 1 are paid in year 2, the last
    assert done.stdout.splitlines()[-1] == "a,2,0.00,0.00,0.00,12.00,-12.00"


def test_a_file_that_is_read_or_no_ordinary_file_is_never_replaced(tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text((ROOT / "examples/terms/facts.csv").read_text(encoding="utf-8"), encoding="utf-8")
    link = tmp_path / "link.csv"
    link.symlink_to(facts)
    before = facts.read_bytes()
    for out in (facts, link, tmp_path):
        done = CliRunner().invoke(app, ["settle", "golden-example", str(facts), "--out", str(out), "--force"])
        assert isinstance(done.exception, CommandError), done.output
    assert facts.read_bytes() == before and link.is_symlink()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"label;target;actual\na;1;2\n", "semicolons"),
        (b"label\ttarget\tactual\na\t1\t2\n", "tabs"),
        ("label,target\na,1\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04....", "workbook"),
    ],
)
def test_a_table_in_another_format_is_named_as_what_it_is(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    done = CliRunner().invoke(app, ["settle", "golden-example", str(tmp_path / "f.csv")])
    assert isinstance(done.exception, CommandError)
    assert [said in p.message for p in done.exception.problems] == [True]
