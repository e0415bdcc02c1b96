"""Settling a table of facts: as every row would be settled alone, all or nothing, every complaint with its place."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from commands import Cli
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import MAX_PROBLEMS, ScenarioError
from mcp_finance.terms.compiler.compile import compile_terms
from mcp_finance.terms.compiler.parts import FactUse
from mcp_finance.terms.load import find_terms, load_terms, parse_terms
from mcp_finance.terms.settling.batch import Batch, Figures
from mcp_finance.terms.settling.facts import Complaints, FactRow, headings, layout, records
from mcp_finance.terms.settling.figures import read_cell
from mcp_finance.terms.settling.ledger import ledger, money, percent
from mcp_finance.terms.settling.posted import as_csv, inert
from mcp_finance.terms.settling.settle import SettlementError, Settler
from mcp_finance.terms.settling.table import open_table

HEAD = "schema: mcp-finance-terms/1\ntitle: A sheet\nstatus: illustrative\nsource: made up\n"
ACCOUNT = f"""{HEAD}id: remembers
parties: [provider, payer]
facts: {{target: money, actual: money}}
pools:
  - {{id: care, held_by: payer, gain: {{bands: [{{share: {{provider: 50%}}}}]}}, loss: as gain}}
rest: payer
account: {{opening: 0, defer_losses_over: 1% * target, recoup: 100%, balance_limit: 5% * target, interest: 0%,
  at_end: pay}}
"""
STOP_LOSS = f"""{HEAD}id: stop
parties: [provider, payer]
facts: {{target: money, actual: money, people: positive count}}
definitions: {{attachment: £50000 + £1 * people}}
pools:
  - {{id: one, held_by: payer, stop_loss: {{attachment: attachment, share: 80%}}, gain: {{bands: [{{share:
      {{provider: 50%}}}}]}}, loss: as gain}}
  - {{id: two, held_by: payer, stop_loss: {{attachment: £1000, share: 100%}}, gain: {{bands: [{{share:
      {{provider: 50%}}}}]}}, loss: as gain}}
rest: payer
"""
STOP_HEAD = "contract,year,people,one.target,one.actual,two.target,two.actual"


@pytest.fixture
def cli(cli: Cli) -> Cli:
    """The command `settle`."""
    return partial(cli, "settle")


@cache
def shipped(name: str) -> Settler:
    return Settler(compile_terms(load_terms(find_terms(name))))


def made(text: str) -> Settler:
    return Settler(compile_terms(parse_terms(text, "sheet.yaml")))


def table_csv(settler: Settler, text: str, claims: str | None = None) -> list[dict[str, str]]:
    """The rows of the CSV that settling a table of facts gives."""
    people = io.StringIO(claims) if claims is not None else None
    table = open_table(settler, io.StringIO(text), "facts.csv", people, "claims.csv")
    return list(csv.DictReader(io.StringIO("".join(as_csv(table)))))


def complaints(settler: Settler, text: str, claims: str | None = None) -> list[tuple[str, int, int, str]]:
    with pytest.raises(ScenarioError) as error:
        table_csv(settler, text, claims)
    return [(p.place.file, p.place.line, p.place.column, p.message) for p in error.value.problems]


def column(settler: Settler, use: FactUse) -> str:
    return use.column if len(settler.compiled.sheet.pools) > 1 else use.fact


# Floats and fractions ------------------------------------------------------------------------------------------------

EDGES = {
    "people": ["999", "1000", "5000", "5999", "60000", "7500", "123"],
    "py": ["2018", "2019", "2020", "2021", "2022", "2023", "2100"],
    "quality": ["0", "0.6", "60%", "0.8", "1", "0.3", "0.7999999999", "0.333333333333333333333", "91.25%"],
    "elected_rate": ["", "0", "0.5%", "0.01", "2%"],
    "months": ["", "6", "12", "7"],
    "years": ["1", "2", "3", "4"],
}
MONEY = st.one_of(
    st.integers(0, 10_000_000).map(str),
    st.integers(0, 10**9).map(lambda pence: f"{pence // 100}.{pence % 100:02d}"),
    st.sampled_from(["100", "99", "101", "96", "104", "99.01", "100000000", "99000000", "0", "0.1", "0.3", "1e0"]),
    st.sampled_from(["0.00000000000000000001", "12345678901234567.89", "1,234.50", "33.333333333333333333333"]),
)


def cells(use: FactUse) -> st.SearchStrategy[str]:
    if use.fact in EDGES:
        return st.sampled_from(EDGES[use.fact])
    if use.spec.unit == "flag":
        return st.sampled_from(["1", "0", "yes", "no"] + [""] * use.spec.optional)
    if use.spec.unit == "ratio":
        return st.sampled_from(["0", "0.5", "10%", "1", "82%", "0.9"] + [""] * use.spec.optional)
    if use.spec.unit == "count":
        return st.sampled_from(["1", "2", "3", "12", "5000"])
    return st.one_of(MONEY, st.just("")) if use.spec.optional else MONEY


@st.composite
def facts_rows(draw: st.DrawFn, name: str) -> list[dict[str, str]]:
    """Rows of facts, many with an actual that lies on, or a hair beside, a round part of the target."""
    uses = [use for use in shipped(name).compiled.facts if not use.is_given]
    found = []
    for _ in range(draw(st.integers(1, 6))):
        row = {column(shipped(name), use): draw(cells(use)) for use in uses}
        for at in [n for n in row if n.endswith("target") and row[n].replace(".", "", 1).isdigit()]:
            part = draw(st.sampled_from([None, "0.99", "1.01", "0.96", "0.978", "1.035", "0.97", "0.9"]))
            if part is not None:
                hair = draw(st.sampled_from(["0", "0", "0.01", "-0.01", "0.0000000000001"]))
                exact = Fraction(row[at]) * Fraction(part) + Fraction(hair)
                scaled = int(exact * 10**16)
                sign = "-" if scaled < 0 else ""
                row[at.replace("target", "actual")] = f"{sign}{abs(scaled) // 10**16}.{abs(scaled) % 10**16:016d}"
        found.append(row)
    return found


@pytest.mark.parametrize(
    "name",
    ["single-rate", "golden-example", "mssp-enhanced", "nhs-multilateral-pool", "mssp-basic-e", "part-d-2006",
     "michigan-pihp", "aqc-style"],
)  # fmt: skip
@settings(max_examples=examples(40))
@given(data=st.data())
def test_a_batch_settles_as_the_exact_reader_settles_each_row(name: str, data: st.DataObject) -> None:
    settler = shipped(name)
    rows = data.draw(facts_rows(name))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    alone = Complaints("facts.csv")
    lines = records(io.StringIO(text.getvalue()), alone)
    head, names = headings(lines, alone)
    found = layout(settler.compiled, head, names, alone, claims=False)
    held = [FactRow(record, {}) for record in lines]
    floats, odd = found.floats(held)
    columns, certain = Batch(settler).settle(floats)
    for k, row in enumerate(held):
        exact = found.facts(row, alone)
        if exact is None:
            assert k in odd, "a cell that is refused is never settled by floats"
            continue
        try:
            figures = Figures(settler).of(settler.settle(exact))
        except SettlementError:
            assert k in odd or not certain[k], "a row that breaks a rule of the sheet is never settled by floats"
            continue
        if certain[k] and k not in odd:
            assert tuple(columns[:, k].tolist()) == figures


def test_floats_settle_most_rows_and_leave_edges_to_fractions() -> None:
    settler = shipped("single-rate")
    names = [use.name for use in settler.compiled.facts]
    import numpy as np

    def certain(target: float, actual: float) -> bool:
        return bool(Batch(settler).settle(dict(zip(names, np.array([[target], [actual]]), strict=True)))[1][0])

    assert certain(1000, 990)
    assert not certain(1000, 989.99), "half of a penny over is a half"
    assert certain(1000, 989.98)


def test_a_gate_that_is_exactly_reached_is_reached() -> None:
    sheet = (
        f"{HEAD}id: gate\nparties: [a, b]\nfacts: {{target: money, actual: money}}\nrest: b\npools:\n"
        "  - {id: p, held_by: b, gain: {gate: {at: 10% * target, then: all}, bands: [{share: {a: 100%}}]}}\n"
    )
    rows = "target,actual\n0.3,0.27\n0.7,0.63\n3,2.7\n3,2.71\n"
    assert [r["a_payment"] for r in table_csv(made(sheet), rows)] == ["0.03", "0.07", "0.30", "0.00"]


def test_every_sheet_that_remembers_nothing_can_be_settled_in_batches() -> None:
    from mcp_finance.terms.clauses import has_memory
    from mcp_finance.terms.load import shipped_terms

    found = [shipped(name) for name in shipped_terms()]
    without = [s for s in found if not has_memory(s.compiled.sheet)]
    assert len(without) > 20
    for settler in without:
        assert Batch(settler)._model.rows


# Cells ---------------------------------------------------------------------------------------------------------------


def use(name: str) -> FactUse:
    return next(u for u in shipped("mssp-enhanced").compiled.facts if u.fact == name and not u.is_given)


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("target", "1234.56", "1234.56"),
        ("target", "$1,234.56", "1234.56"),
        ("target", "-$2m", "-2000000"),
        ("target", "\u2212$1.5bn", "-1500000000"),
        ("target", " 7 ", "7"),
        ("quality", "12.5%", "0.125"),
        ("quality", "0.1", "0.1"),
        ("met_standard", "TRUE", "1"),
        ("met_standard", "no", "0"),
        ("people", "12,345", "12345"),
    ],
)
def test_a_cell_is_what_it_says(fact: str, text: str, value: str) -> None:
    assert read_cell(text, use(fact), fact, "USD") == Fraction(value)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("target", "£1"), ("target", "5%"), ("target", "2m"), ("target", "1e6"), ("target", "ten"), ("target", ""),
        ("target", "1,23"), ("target", "nan"), ("target", "=1+1"), ("target", "9" * 31), ("target", "1_000"),
        ("quality", "90"), ("quality", "$1"), ("met_standard", "2"), ("met_standard", "y"), ("months", "0"),
    ],
)  # fmt: skip
def test_a_cell_that_says_something_else_is_refused(fact: str, text: str) -> None:
    with pytest.raises(FigureError) as error:
        read_cell(text, use(fact), fact, "USD")
    assert error.value.instead


def test_an_optional_fact_may_be_blank() -> None:
    assert read_cell("", use("elected_rate"), "elected_rate", "USD") is None


# Tables --------------------------------------------------------------------------------------------------------------

GOLDEN = "contract,year,label,target,actual,quality,cash_saving\n"


def test_the_published_columns_and_figures() -> None:
    rows = table_csv(shipped("golden-example"), GOLDEN + 'D,1,=A1,£100m,£94m,90%,"£1,200,000"\nD,2,b,100,103,0.9,0\n')
    assert rows[0] == {
        "contract": "D",
        "year": "1",
        "label": "'=A1",
        "variance": "6000000.00",
        "budget_holder_share": "2250000.00",
        "commissioner_share": "3750000.00",
        "budget_holder_payment": "1200000.00",
        "commissioner_payment": "-1200000.00",
    }
    assert rows[1]["budget_holder_payment"] == "-0.60"


@given(st.text())
def test_no_text_becomes_a_formula(text: str) -> None:
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert inert(text).endswith(text)


def test_every_problem_of_the_headings_is_said_at_once() -> None:
    found = complaints(shipped("golden-example"), "targt,actual,actual,quality\n1,2,3,4\n")
    assert [(line, column) for _, line, column, _ in found] == [(1, 1), (1, 1), (1, 1), (1, 14)]
    told = " ".join(message for *_, message in found)
    for name in ("'targt'", "'target'", "'cash_saving'", "'actual' stands twice"):
        assert name in told


def test_every_bad_row_is_told_with_its_place() -> None:
    rows = 'D,1,a,ten,94,90%,$12\nD,2,b,100,94,90%,1\n\nD,3,"x,y",,94,90%,1\nD,4\n'
    found = complaints(shipped("golden-example"), GOLDEN + rows)
    assert [(file, line, column) for file, line, column, _ in found] == [
        ("facts.csv", 2, 7),
        ("facts.csv", 2, 18),
        ("facts.csv", 5, 11),
        ("facts.csv", 6, 1),
    ]


def test_problems_are_many_but_bounded() -> None:
    found = complaints(shipped("golden-example"), GOLDEN + "D,1,a,ten,94,90%,1\n" * 5000)
    assert len(found) == MAX_PROBLEMS + 1


def test_facts_that_break_a_rule_of_the_sheet_are_told_with_their_line() -> None:
    head = "target,actual,people,py,met_standard,quality\n"
    found = complaints(shipped("mssp-enhanced"), head + "100,90,6000,2022,1,1\n100,90,6000,2100,1,1\n")
    assert [(line, "beyond the last step" in message) for _, line, _, message in found] == [(3, True)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "no rows"),
        ("D,1,a,1,2,1,\x00\n", "cannot be seen"),
        ('D,1,"a,1,2,1,1\n', "cannot be read"),
        ("D,1," + "a" * 30_000, "characters"),
    ],
)
def test_a_file_that_is_no_table_is_refused(rows: str, message: str) -> None:
    assert message in complaints(shipped("golden-example"), GOLDEN + rows)[0][3]


def test_an_empty_file_is_refused() -> None:
    assert "empty" in complaints(shipped("golden-example"), "")[0][3]


def test_rounded_shares_add_up_to_the_variance_and_payments_to_nil() -> None:
    rows = "".join(f"100.0{k},99.{k}1,1,1,1\n" for k in range(10))
    head = "emergency.target,emergency.actual,budget_holder_income,hospital_income,community_income,"
    text = head + "outpatients.target,outpatients.actual\n" + rows.replace(",1,1,1", ",1,1,1,7,6.33")
    for row in table_csv(shipped("nhs-multilateral-pool"), text):
        parties = shipped("nhs-multilateral-pool").compiled.sheet.parties
        assert sum(Fraction(row[f"{p}_share"]) for p in parties) == Fraction(row["variance"])
        assert sum(Fraction(row[f"{p}_payment"]) for p in parties) == 0


# Memory --------------------------------------------------------------------------------------------------------------


def test_a_deferred_loss_is_recouped_from_the_next_gain_of_the_same_contract() -> None:
    rows = "contract,year,final_year,target,actual\nA,1,,1000,1100\nA,2,no,1000,900\nB,1,0,1000,900\n"
    paid = [row["provider_payment"] for row in table_csv(made(ACCOUNT), rows)]
    assert paid == ["-10.00", "10.00", "50.00"]  # a loss of 50: 10 paid, 40 deferred; 40 of the next 50 pays it off


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ("A,2,1000,1100\n", 2, "before its year 1"),
        ("A,1,1000,1100\nA,3,1000,900\n", 3, "follows year 1"),
        ("A,1,1000,1100\nB,1,1000,900\nA,2,1000,900\n", 4, "before its year 1"),
        ("A,1,1000,1100\nA,1,1000,900\n", 3, "follows year 1"),
    ],
)
def test_years_of_a_contract_must_follow_each_other(rows: str, line: int, message: str) -> None:
    found = complaints(made(ACCOUNT), "contract,year,target,actual,final_year\n" + rows.replace("\n", ",\n"))
    assert [(at, message in said) for _, at, _, said in found] == [(line, True)]


def test_a_bad_row_is_not_blamed_on_those_after_it() -> None:
    found = complaints(
        made(ACCOUNT), "contract,year,target,actual,final_year\nA,1,1000,1100,\nA,2,x,1,\nA,3,1000,1,\nA,4,y,1,\n"
    )
    assert [line for _, line, _, _ in found] == [3, 5]


def test_a_sheet_that_remembers_needs_contract_and_year() -> None:
    told = " ".join(m for *_, m in complaints(made(ACCOUNT), "target,actual\n1,2\n"))
    assert "'contract'" in told
    assert "'year'" in told


# Claims --------------------------------------------------------------------------------------------------------------

CLAIMS = """contract,year,pool,person,amount
A,1,one,7,"£60,100.00"
A,1,one,10,30000
A,1,one,10,25100.50
A,1,two,x,999
A,1,two,y,1001
B,1,one,1,50099
"""


def test_claims_of_persons_beyond_the_attachment() -> None:
    rows = f"{STOP_HEAD}\nA,1,100,200000,180000,0,0\nB,1,100,200000,180000,0,0\nC,1,100,200000,180000,0,0\n"
    found = table_csv(made(STOP_LOSS), rows, CLAIMS)
    # attachment 50,100: persons 7 and 10 exceed it by 10,000 and 5,000.50, of which 80%; pool two by 1
    assert [row["variance"] for row in found] == ["32001.40", "20000.00", "20000.00"]


def test_claims_and_a_column_of_excess_say_the_same() -> None:
    head = f"{STOP_HEAD},one.claims_over,two.claims_over\n"
    rows = head + "A,1,100,200000,180000,0,0,15000.50,1\n"
    assert table_csv(made(STOP_LOSS), rows)[0]["variance"] == "32001.40"


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ("A,1,one,7,1\nZ,1,one,7,1\n", 3, "no row of facts"),
        ("A,1,one,10,1\nA,1,one,7,1\n", 3, "stands after"),
        ("A,1,one,7,1\nA,1,two,7,1\nA,1,one,8,1\n", 4, "do not stand together"),
        ("A,1,three,7,1\n", 2, "no pool"),
        ("A,1,one,,1\n", 2, "names no person"),
        ("A,1,one,7,lots\n", 2, "no figure"),
    ],
)
def test_claims_that_cannot_be_used_are_told(lines: str, line: int, message: str) -> None:
    facts = f"{STOP_HEAD}\nA,1,100,200000,180000,0,0\n"
    found = complaints(made(STOP_LOSS), facts, "contract,year,pool,person,amount\n" + lines)
    assert [(file, at, message in said) for file, at, _, said in found] == [("claims.csv", line, True)]


def test_claims_need_columns_and_a_sheet_with_a_stop_loss() -> None:
    facts = f"{STOP_HEAD}\nA,1,100,200000,180000,0,0\n"
    assert len(complaints(made(STOP_LOSS), facts, "contract,year,persn\nA,1,2\n")) == 4
    assert "no stop-loss" in complaints(shipped("golden-example"), GOLDEN + "D,1,a,1,1,1,1\n", CLAIMS)[0][3]
    assert len(complaints(made(STOP_LOSS), facts)) == 2, "without claims the columns of excess are needed"


# Ledger --------------------------------------------------------------------------------------------------------------


def facts_of(name: str, **values: str) -> Mapping[str, Fraction | None]:
    return {u.name: Fraction(values[u.fact]) for u in shipped(name).compiled.facts if u.fact in values}


def test_the_ledger_tells_every_step_to_the_penny() -> None:
    values = {"target": "100000000", "actual": "94000000", "quality": "0.9", "cash_saving": "1200000"}
    settlement = shipped("golden-example").settle(facts_of("golden-example", **values))
    told = ledger(shipped("golden-example").compiled, settlement)
    assert told[0] == (
        "Hospital use: target £100,000,000.00 less actual £94,000,000.00 is a variance of £6,000,000.00, 6.0% of target"
    )
    text = "\n".join(told)
    for amount in ("£1,000,000.00", "£3,000,000.00", "£2,500,000.00", "90.0%", "£2,250,000.00", "£1,050,000.00"):
        assert amount in text
    assert told[-1] == "payment to commissioner: −£1,200,000.00"
    assert "loss" not in told[1], "clauses of the other side are not told"


def test_the_ledger_says_which_requirement_is_not_met() -> None:
    values = {"target": "100", "actual": "90", "people": "6000", "py": "2022", "met_standard": "1", "quality": "1"}
    settler = shipped("mssp-enhanced")
    facts = facts_of("mssp-enhanced", **values)
    name = next(u.name for u in settler.compiled.facts if u.fact == "eligible" and not u.is_given)
    assert "It is not so" not in "\n".join(ledger(settler.compiled, settler.settle(facts)))
    text = "\n".join(ledger(settler.compiled, settler.settle({**facts, name: Fraction(0)})))
    assert "required for a gain: may_share. It is not so: no gain is shared" in text
    assert "$100.00" in text


def test_figures_in_words() -> None:
    assert money(Fraction(-1, 200), "GBP", 2) == "−£0.01"
    assert money(Fraction(1234567), "CHF", 0) == "CHF 1,234,567"
    assert percent(Fraction(3655, 100000)) == "3.655%"
    assert percent(Fraction(1, 3)) == "33.3333%"


@pytest.mark.parametrize("name", ["golden-example", "mssp-enhanced", "nhs-multilateral-pool", "dudley-performance"])
def test_no_line_of_a_ledger_has_a_gap(name: str) -> None:
    settler = shipped(name)
    facts = {u.name: Fraction(1) for u in settler.compiled.facts if not u.is_given}
    told = ledger(settler.compiled, settler.settle(facts))
    assert told
    assert all(line.strip() and "{" not in line for line in told)


# The command ---------------------------------------------------------------------------------------------------------


def test_the_command_writes_csv_json_or_a_ledger(cli: Cli, tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text("\ufeff" + GOLDEN + "D,1,a,£100m,£94m,90%,1200000\n", encoding="utf-8")
    assert cli("golden-example", facts).out.splitlines()[1].startswith("D,1,a,6000000.00,")
    document: dict[str, Any] = json.loads(cli("golden-example", facts, "--json", "--ledger").out)
    assert document["schema_version"] == 1
    assert document["sheet"] == "golden-example"
    assert len(document["sha256"]) == 64
    (one,) = document["settlements"]
    assert one["payments"] == {"budget_holder": "1200000.00", "commissioner": "-1200000.00"}
    assert one["line"] == 2
    assert one["ledger"][-1].startswith("payment to commissioner")
    assert "contract D, year 1, label a" in cli("golden-example", facts, "--ledger").out


def test_a_definition_can_be_given_anew(cli: Cli, tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text("target,actual\n1000,990\n", encoding="utf-8")
    assert cli("single-rate", facts).out.splitlines()[1].startswith("10.00,5.00,")
    assert cli("single-rate", facts, "--define", "share_rate=20%").out.splitlines()[1].startswith("10.00,2.00,")
    assert cli("single-rate", facts, "--define", "share_rat=20%").code == 3
    assert cli("single-rate", facts, "--define", "share_rate").code == 2


def test_a_bad_row_leaves_everything_as_it_was(cli: Cli, tmp_path: Path) -> None:
    facts, out = tmp_path / "facts.csv", tmp_path / "out.csv"
    facts.write_text("target,actual\n1000,990\n1000,x\n", encoding="utf-8")
    out.write_text("mine", encoding="utf-8")
    answer = cli("single-rate", facts, "--out", out, "--force")
    assert answer.code == 3
    assert "facts.csv:3:6" in answer.err
    assert out.read_text(encoding="utf-8") == "mine"
    assert {p.name for p in tmp_path.iterdir()} == {"facts.csv", "out.csv"}
    answer = cli("single-rate", facts)
    assert (answer.code, answer.out) == (3, ""), "nothing is half printed"
    assert json.loads(cli("single-rate", facts, "--json").out)["problems"][0]["line"] == 3


def test_a_file_is_replaced_only_by_force(cli: Cli, tmp_path: Path) -> None:
    facts, out = tmp_path / "facts.csv", tmp_path / "out.csv"
    facts.write_text("target,actual\n1000,990\n", encoding="utf-8")
    assert cli("single-rate", facts, "--out", out).code == 0
    first = out.read_text(encoding="utf-8")
    assert first.splitlines()[1] == "10.00,5.00,5.00,5.00,-5.00"
    out.write_text("mine", encoding="utf-8")
    assert cli("single-rate", facts, "--out", out).code == 2
    assert out.read_text(encoding="utf-8") == "mine"
    assert cli("single-rate", facts, "--out", out, "--force").code == 0
    assert out.read_text(encoding="utf-8") == first


def test_a_file_or_sheet_that_is_not_there_is_told(cli: Cli, tmp_path: Path) -> None:
    assert cli("single-rate", tmp_path / "none.csv").code == 3
    assert cli("single-rat", tmp_path / "none.csv").code == 3


def test_floats_are_sure_of_most_settlements_of_a_long_sheet() -> None:
    """Blank optional facts are nil exactly, so that no condition on them is ever in doubt."""
    import numpy as np

    settler, count = shipped("mssp-enhanced"), 400
    g = np.random.default_rng(7)
    target = g.integers(40_000_000, 900_000_000, count).astype(float)
    known = {
        "target": target,
        "actual": np.rint(target * g.normal(0.99, 0.03, count)),
        "people": g.integers(600, 90_000, count).astype(float),
        "py": np.full(count, 2022.0),
        "met_standard": np.ones(count),
        "quality": g.integers(5000, 10_001, count) / 10_000,
    }
    floats = {u.name: known.get(u.fact, np.zeros(count)) for u in settler.compiled.facts}
    assert Batch(settler).settle(floats)[1].mean() > 0.7
