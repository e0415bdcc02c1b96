"""What a term sheet is shown to say: complete in words, as a curve what it settles, with warnings in place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import Cli
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from tools import examples

from mcp_finance.report import payoff_chart
from mcp_finance.report.clauses_text import folded
from mcp_finance.terms.clauses import definition_formulas, uses
from mcp_finance.terms.compiler.compile import Compiled, compile_terms
from mcp_finance.terms.compiler.parts import plain
from mcp_finance.terms.fields import Interpolate, Steps, ends, values
from mcp_finance.terms.formula import parse, walk
from mcp_finance.terms.load import Terms, find_terms, load_terms, parse_terms, shipped_terms
from mcp_finance.terms.reading.english import Table, clauses, preamble
from mcp_finance.terms.reading.given import FactError, given_facts
from mcp_finance.terms.reading.lint import lint
from mcp_finance.terms.reading.payoff import Payoff, payoff
from mcp_finance.terms.reading.phrases import Phrases
from mcp_finance.terms.reading.spans import Spans
from mcp_finance.terms.schema import TermSheet, json_schema
from mcp_finance.terms.settling.settle import Settler

SHIPPED = sorted(shipped_terms())
FULL = """
schema: mcp-finance-terms/1
id: every-clause
title: A sheet with every clause
status: illustrative
source: made for this test
statement: every number stands once
parties: [holder, payer, clinic]
facts:
  target: {is: money, means: what was expected}
  actual: money
  income: money
  quality: ratio
  met: flag
  people: positive count
  elected: optional ratio
  months: optional positive count
  size: positive count per pool
  claims_cut: ratio
  saved: money
  score: ratio
definitions:
  deadband: 1.01% * target
  top: min(8.02% * income, 4.03% * target)
  scale: {interpolate: people, points: {5004: 3.05%, 5906: 3.07%}}
  grade: {steps: quality, upto: {'0.608': 10.9%, 1: 99.1%}}
  rate: clamp(first(elected, scale), 2.11%, 97.12%)
  weight: if(size > 313, 61.4%, 62.5%)
pools:
  - id: beds
    title: Hospital beds
    lines: [nel, ae]
    held_by: payer
    target_adjust: [{scale: 1 - 1.16% * claims_cut, why: productivity}, {add: £1.17m, why: growth}]
    actual_adjust: [{add: £18k}]
    stop_loss: {attachment: "£50,019", share: 90.2%}
    gain:
      requires: [met, quality >= 60.21%]
      gate: {at: deadband, then: excess, bands_on: variance}
      limit_variance: 10.22% * target
      bands:
        - {to: 4.23% * target, share: {holder: 50.24%, clinic: 20.25%}}
        - {share: {holder: rate}}
      then:
        - {cap: top, party: holder, why: cap on gains}
        - {scale: grade, why: quality}
        - {subtract: £26, why: fee}
    loss:
      gate: {at: 1.27% * target, then: all}
      bands: [{share: {holder: weight}}]
  - id: drugs
    held_by: payer
    gain: {gate: {at: 1.28% * target, then: excess, bands_on: excess}, bands: [{share: {holder: 30.29%}}]}
    loss: as gain
rest: payer
party_limits: [{party: holder, gain: 1.31% * income, loss: 1.32% * income, why: what it can bear}]
at_risk:
  - {party: clinic, base: income, amount: 9.33%, earned: score, kind: withhold, unearned_to: payer, title: Bonus}
  - {party: holder, base: income, amount: 9.34%, earned: score, kind: top_up, unearned_to: payer}
phase: {shadow: 1, upside_only: 2 to 3, two_sided: 4 onward}
cash_backing: {rule: commissioner_reserve, limit: saved, reserve: £350k, unfunded: carry_forward}
account: {opening: £36, defer_losses_over: 1.37% * target, recoup: 98.38%, balance_limit: 5.39% * target,
  expires_after_years: 7, at_expiry: lapse, interest: 1.41%, at_end: pay}
funding: {payouts_limited_to: collections, short: pro_rata, carry_forward: true, opening: £4.2m}
period: {months: "first(months, 11)", prorate: before_limits}
rounding: {places: 3, mode: half_even}
"""


@cache
def sheet_of(name: str) -> Terms:
    return parse_terms(FULL, "full.yaml") if name == "every-clause" else load_terms(find_terms(name))


@cache
def compiled_of(name: str) -> Compiled:
    return compile_terms(sheet_of(name))


def words_of(terms: Terms) -> str:
    parts = [said for _, said in preamble(terms)]
    for heading in clauses(terms):
        parts.append(heading.title)
        for sentence in heading.sentences:
            parts.append(sentence.text)
            if sentence.table is not None:
                parts += [*sentence.table.head, *(cell for row in sentence.table.rows for cell in row)]
    return "\n".join(parts)


def numbers_of(sheet: TermSheet) -> Iterator[str]:
    """The text of every number of a sheet's formulas and tables."""
    for formula in [*(u.formula for u in uses(sheet)), *(f for _, _, f in definition_formulas(sheet))]:
        yield from (t.number.text for t in walk(formula.root) if t.number is not None)
    for made in sheet.definitions.values():
        if isinstance(made, Interpolate | Steps):
            yield from (n.text for n in (*ends(made), *values(made)))


def stands(text: str, words: str) -> bool:
    """Whether a number stands in the words, and not as a part of another."""
    return re.search(rf"(?<![\w.,]){re.escape(text)}(?!\.?\d|%)", words) is not None


# In words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SHIPPED, "every-clause"])
def test_every_number_and_name_of_a_sheet_stands_in_its_words(name: str) -> None:
    terms = sheet_of(name)
    sheet, words = terms.sheet, words_of(terms)
    missing = [text for text in numbers_of(sheet) if not stands(text, words)]
    assert not missing
    low = words.lower()
    names = [*sheet.parties, *sheet.facts, *sheet.definitions, *(p.id for p in sheet.pools)]
    names += [line for p in sheet.pools for line in p.lines]
    assert not [n for n in names if plain(n) not in low]
    said = [sheet.source, sheet.statement, sheet.currency, *(p.title for p in sheet.pools)]
    said += [fact.means for fact in sheet.facts.values()] + [item.title for item in sheet.at_risk]
    sides = [side for p in sheet.pools for side in (p.gain, p.loss_side)]
    said += [step.why for side in sides for step in side.then] + [limit.why for limit in sheet.party_limits]
    said += [a.why for p in sheet.pools for a in (*p.target_adjust, *p.actual_adjust)]
    assert not [text for text in said if " ".join(text.split()) not in words]


def test_numbers_that_are_no_formulas_are_said_too() -> None:
    words = words_of(sheet_of("every-clause"))
    for said in ("within 7 years", "to 3 decimal places", "a half to the even digit", "year 1 (shadow)",
                 "years 2 to 3 (upside only)", "year 4 and after (two-sided)", "to 12 months", "carried forward",
                 "lapses", "is paid in full"):  # fmt: skip
        assert said in words, said


@pytest.mark.parametrize("name", [*SHIPPED, "every-clause"])
def test_clauses_are_numbered_like_a_contract(name: str) -> None:
    found = clauses(sheet_of(name))
    assert [h.number for h in found] == list(range(1, len(found) + 1))
    for heading in found:
        wanted = [f"{heading.number}.{k}" for k in range(1, len(heading.sentences) + 1)]
        assert [s.number for s in heading.sentences] == wanted
        assert all(s.text[0].isupper() or s.text[0] in "“" for s in heading.sentences), heading


def test_only_the_clauses_that_are_there_have_a_heading() -> None:
    order = ["Parties and definitions", "Target and variance", "Gains", "Losses", "The rest", "Limits", "Phases",
             "Cash backing", "Account", "Funding", "Performance payment", "Part-years and rounding"]  # fmt: skip
    assert [h.title for h in clauses(sheet_of("every-clause"))] == order
    found = [h.title for h in clauses(sheet_of("dudley-performance"))]
    assert found == ["Parties and definitions", "Performance payment", "Part-years and rounding"]


def test_an_illustrative_sheet_says_so_first() -> None:
    assert preamble(sheet_of("golden-example"))[0][1].startswith("ILLUSTRATIVE")
    assert "ILLUSTRATIVE" not in preamble(sheet_of("mssp-enhanced"))[0][1]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("2.5% * target", "2.5% of target"),
        ("target * 2.5%", "2.5% of target"),
        ("min(8% * income, 4% * target)", "the lesser of 8% of income and 4% of target"),
        ("max(1, people, 3)", "the greatest of 1, people and 3"),
        ("clamp(1 - quality, 40%, 75%)", "(1 less quality), but no less than 40% and no more than 75%"),
        ("first(elected, 3%)", "elected, or 3% where elected is left blank"),
        ("if(met, 1, 0)", "1 if “met” holds, otherwise 0"),
        ("if(quality >= 60%, target, 0)", "target if quality is at least 60%, otherwise 0"),
        ("(1 - quality) * target", "(1 less quality) × target"),
        ("1 - quality * score", "1 less quality × score"),
        ("target - (actual - saved)", "target less (actual less saved)"),
        ("target / people / 12", "(target divided by people) divided by 12"),
        ("-(target + actual)", "minus (target plus actual)"),
    ],
)
def test_formulas_in_words(formula: str, said: str) -> None:
    assert Phrases(sheet_of("every-clause").sheet).meaning(parse(formula)) == said


def test_a_long_table_is_folded_and_keeps_every_row() -> None:
    rows = tuple((str(k), f"{k}%") for k in range(25))
    head, made = folded(Table(("At", "Rate"), rows))
    assert len(head) == 6 and len(made) == 9
    assert sorted((row[k], row[k + 1]) for row in made for k in (0, 2, 4) if row[k]) == sorted(rows)


# The curve -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SHIPPED, "every-clause"])
def test_the_curve_is_what_the_sheet_settles(name: str) -> None:
    compiled = compiled_of(name)
    curve = payoff(compiled)
    varied = ("actual",) if compiled.sheet.pools else ("ips_score",)
    fixed = given_facts(compiled, {}, varied).values
    blank = {use.name.removesuffix(".given") for use in compiled.facts if use.is_given and not fixed[use.name]}
    known: dict[str, Fraction | None] = {n: None if n in blank else v for n, v in fixed.items()}
    for rate in (Fraction(-11, 100), Fraction(-3, 100), Fraction(0), Fraction(3, 100), Fraction(77, 1000)):
        if not compiled.sheet.pools:
            moved = {use.name: abs(rate) for use in compiled.facts if use.fact in varied}
        else:
            moved = {
                use.name: _actual(compiled, known, use.pool, rate) for use in compiled.facts if use.fact == "actual"
            }
        settled = Settler(compiled).settle(known | moved)
        at = float(abs(rate) if not compiled.sheet.pools else rate)
        k = min(range(len(curve.rates)), key=lambda i: abs(curve.rates[i] - at))
        if abs(curve.rates[k] - at) < 1e-12:
            for party, share in settled.shares.items():
                assert curve.shares[party][k] == pytest.approx(float(share), abs=1e-7)
        for party, paid in settled.payments.items():
            assert curve.at(party, at, payment=True) == pytest.approx(float(paid), abs=0.0051)


def _actual(compiled: Compiled, known: dict[str, Fraction | None], pool: str, rate: Fraction) -> Fraction:
    """The actual of a pool at which its variance is that rate of its target: settled twice, as the line between."""
    use = next(u for u in compiled.facts if u.fact == "actual" and u.pool == pool)
    base = {u.name: Fraction(0) for u in compiled.facts if u.fact == "actual"}
    row = f"{compiled.sheet.prefix}.{pool}."
    found = [Settler(compiled).settle(known | base | {use.name: Fraction(x)}).year for x in (0, 1)]
    nil, one = (year[row + "variance"][0] for year in found)
    return (rate * found[0][row + "adjusted_target"][0] - nil) / (one - nil)


@pytest.mark.parametrize("name", [*SHIPPED, "every-clause"])
def test_shares_are_the_variance_and_payments_sum_to_nil(name: str) -> None:
    curve = payoff(compiled_of(name))
    for k, rate in enumerate(curve.rates):
        if curve.shares:
            assert sum(v[k] for v in curve.shares.values()) == pytest.approx(rate * curve.target, abs=1e-8)
        assert sum(v[k] for v in curve.payments.values()) == pytest.approx(0, abs=1e-8)


def test_the_jump_at_a_first_pound_gate_is_share_times_gate() -> None:
    curve = payoff(compiled_of("mssp-enhanced"))
    loss, gain = curve.jumps
    assert [loss.rate, gain.rate] == pytest.approx([-0.03, 0.03])
    assert gain.before["provider"] == 0
    assert gain.after["provider"] == pytest.approx(0.75 * 3 * 0.98)
    assert loss.after["provider"] == pytest.approx(-0.40 * 3)
    assert len(curve.breaks) == 2
    assert not payoff(compiled_of("golden-example")).jumps


def test_edges_lie_where_the_sheet_has_them() -> None:
    edges = payoff(compiled_of("golden-example")).edges
    assert [str(e) for e in edges] == ["gate of the loss", "gate of the gain", "end of band 1 of the gain"]
    assert [e.rate for e in edges] == pytest.approx([-0.01, 0.01, 0.04])
    places = {str(e): e.rate for e in payoff(compiled_of("every-clause"), {"months": "6"}).edges}
    assert places["gate of the gain (Hospital beds)"] != pytest.approx(places["gate of the gain (drugs)"])
    assert places["gate of the gain (drugs)"] == pytest.approx(2 * 0.0128)


def test_facts_are_given_or_said_to_be_assumed() -> None:
    compiled = compiled_of("golden-example")
    curve = payoff(compiled, {"cash_saving": "1.2", "quality": "90%"})
    assert curve.at("budget_holder", 0.06) == pytest.approx(2.25)
    assert curve.at("budget_holder", 0.06, payment=True) == pytest.approx(1.2)
    assert not curve.pays_the_shares
    assert not any("quality" in note or "cash" in note for note in curve.notes)
    sized = payoff(compiled, {"target": "£50m"})
    assert not sized.in_percent
    assert sized.at("budget_holder", -0.10) == pytest.approx(-0.5e6)
    for name in SHIPPED:
        compiled = compiled_of(name)
        notes = " ".join(payoff(compiled).notes)
        given_by_curve = ("actual", *(("ips_score",) if not compiled.sheet.pools else ()))
        assert not [f for f in compiled.sheet.facts if f not in given_by_curve and plain(f) not in notes]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"nonsense": "1"}, "no fact 'nonsense'"),
        ({"actual": "1"}, "the curve varies actual"),
        ({"quality": "£3"}, "quality"),
        ({"target": "0"}, "above nil"),
        ({"target": "=1+1"}, "target"),
    ],
)
def test_facts_that_cannot_be_are_refused(facts: dict[str, str], said: str) -> None:
    with pytest.raises(FactError, match=said):
        payoff(compiled_of("golden-example"), facts)


def test_a_sheet_with_amounts_of_money_is_not_drawn_at_a_target_of_100() -> None:
    curve = payoff(compiled_of("every-clause"))
    assert not curve.in_percent
    assert curve.target == pytest.approx(50e6 * (1 - 0.0116) + 1.17e6 + 50e6, rel=1e-9)
    assert len(curve.jumps) == 1
    assert "since the sheet has amounts of money" in curve.notes[0]


def test_facts_that_break_a_rule_and_empty_ranges_are_refused() -> None:
    with pytest.raises(FactError, match="lies beyond the last step"):
        payoff(compiled_of("mssp-enhanced"), {"py": "2100"})
    with pytest.raises(FactError, match="range"):
        payoff(compiled_of("golden-example"), {}, Fraction(1, 10), Fraction(1, 10))


def test_the_year_says_what_is_paid() -> None:
    compiled = compiled_of("every-clause")
    for year, pays_losses in (("1", False), ("3", False), ("4", True)):
        curve = payoff(compiled, {"year": year, "target": "£900m", "score": "0"})
        assert (curve.payments["holder"][0] < -1) == pays_losses
    assert "year taken as 4" in payoff(compiled).notes


# Drawn ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SHIPPED, "every-clause"])
def test_the_figure_is_named_described_and_within_its_view(name: str) -> None:
    from test_charts import check

    curve = payoff(compiled_of(name))
    drawn = payoff_chart.svg(curve, "<b>Payoff</b> & more", key="payoff")
    check(drawn)
    root = ElementTree.fromstring(drawn)
    texts = list(root.itertext())
    assert "<b>Payoff</b> & more" in texts[0]
    assert any(t.startswith("Assumed: ") for t in texts)
    assert drawn == payoff_chart.svg(curve, "<b>Payoff</b> & more", key="payoff")
    for one in curve.shares or curve.payments:
        assert plain(one).capitalize() in texts[1]


def test_payments_are_drawn_where_they_are_not_the_shares() -> None:
    assert len(payoff_chart.panels(payoff(compiled_of("golden-example")))) == 1
    assert len(payoff_chart.panels(payoff(compiled_of("golden-example"), {"cash_saving": "1"}))) == 2
    assert len(payoff_chart.panels(payoff(compiled_of("nhs-multilateral-pool")))) == 2


def test_a_jump_is_a_gap_in_the_line() -> None:
    whole, broken = (payoff_chart.svg(payoff(compiled_of(n)), "t", key="k") for n in ("golden-example", "mssp-basic-e"))
    moves = [[p.get("d", "").count("M") for p in ElementTree.fromstring(d).iter() if p.tag.endswith("path")]
             for d in (whole, broken)]  # fmt: skip
    assert set(moves[0]) == {1}
    assert set(moves[1]) == {3}


def shown(curve: Payoff, width: int) -> list[str]:
    console = Console(width=width, no_color=True, highlight=False, legacy_windows=False)
    with console.capture() as got:
        console.print(payoff_chart.drawing(curve, width))
    return got.get().splitlines()


@pytest.mark.parametrize("name", [*SHIPPED, "every-clause"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_drawing_fits_and_needs_no_colour(name: str, width: int) -> None:
    curve = payoff(compiled_of(name))
    lines = shown(curve, width)
    assert all(len(line) <= width for line in lines)
    assert not any("\x1b" in line for line in lines)
    legend = next(line for line in lines if "* where they meet" in line)
    letters = re.findall(r"(\S) [A-Z][a-z ]+?(?=   )", legend)
    plotted = "".join(line for line in lines if re.match(r"^ *−?[\d.,]* [+|]", line))
    assert len(letters) == len(set(letters)) == len(curve.shares or curve.payments)
    assert all(letter in plotted or "*" in plotted for letter in letters)


def test_the_drawing_shows_both_sides_of_a_jump() -> None:
    text = "\n".join(shown(payoff(compiled_of("mssp-enhanced")), 80))
    assert re.search(r"^3%, just short +0\.00% +3\.00%", text, re.MULTILINE)
    assert re.search(r"^3% +2\.21% +0\.79%", text, re.MULTILINE)


# Warnings ------------------------------------------------------------------------------------------------------------

BASE = """schema: mcp-finance-terms/1
id: judged
title: Judged
status: illustrative
source: made for this test
parties: [holder, payer]
facts: {target: money, actual: money}
definitions: {limit: 5% * target}
pools:
  - id: care
    held_by: payer
    gain:
      bands: [{share: {holder: 50%}}]
      then: [{cap: limit, party: holder}]
    loss: as gain
rest: payer
"""


def warned(text: str) -> list[str]:
    return [f"{p.place.line}:{p.path}: {p.message}" for p in lint(compile_terms(parse_terms(text, "judged.yaml")))]


def test_a_plain_sheet_has_no_warning() -> None:
    assert warned(BASE) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    gain:\n", "    gain:\n      gate: {at: 2% * target, then: all}\n", "Holder from 0.00 to 1.00"),
        ("{limit: 5% * target}", "{limit: 5% * target, spare: 3%}", "no clause reads the definition 'spare'"),
        ("[holder, payer]", "[holder, payer, idle]", "6:parties.2: idle never gets or bears anything"),
        ("      then: [{cap: limit, party: holder}]\n", "", "nothing limits what holder may lose"),
        ("    loss: as gain\n", "", "only gains are shared"),
        (
            "    loss: as gain\n",
            "    loss: {bands: [{share: {holder: 40%}}], then: [{cap: limit}]}\n",
            "differ in bands",
        ),
        ("{holder: 50%}", "{holder: 50%, payer: 20%}", "13:pools.0.gain.bands.0.share.payer: payer takes the rest"),
        ("party: holder}]", "party: holder}, {cap: limit, party: payer}]", "whatever its steps say"),
        ("money}\n", "money, score: ratio}\n", None),
        ("rest: payer", "rest: holder", "16:rest: payer holds the variance of care, but holder takes the rest"),
        ("actual: money}", "actual: money, income: money}", None),
    ],
)
def test_each_warning(old: str, new: str, said: str | None) -> None:
    assert old in BASE
    text = BASE.replace(old, new)
    if "score" in new:
        loose = text.replace("holder}]", "holder}, {scale: score}]")
        assert any("'score' is not held to 100%" in w and ":pools.0.gain.then.1.scale" in w for w in warned(loose))
        assert not any("held to" in w for w in warned(text.replace("holder}]", 'holder}, {scale: "min(1, score)"}]')))
        shared = warned(text.replace("holder: 50%", "holder: score"))
        assert any("may come above 100%" in w for w in shared)
        assert not any("above" in w for w in warned(text.replace("holder: 50%", 'holder: "clamp(score, 0, 1)"')))
    elif "income" in new:
        text = text.replace("5% * target", '"min(5% * target, 2% * income)"')
        assert any("different bases (target against income)" in w for w in warned(text))
    else:
        assert said is not None and any(said in w for w in warned(text)), warned(text)


def test_warnings_of_the_whole_sheet() -> None:
    facts = BASE.replace("actual: money}", "actual: money, saved: money}")
    notional = facts + "cash_backing: {rule: notional, limit: saved}\n"
    assert any("whether or not they released cash" in w for w in warned(notional))
    account = "account: {opening: 0, defer_losses_over: 0, recoup: 1, balance_limit: limit, interest: 0, at_end: pay}\n"
    assert any("never expire" in w for w in warned(BASE + account))
    funding = "funding: {payouts_limited_to: collections, short: pro_rata, carry_forward: false}\n"
    assert any("nothing will ever be paid" in w for w in warned(BASE.replace("    loss: as gain\n", "") + funding))
    assert not any("ever be paid" in w for w in warned(BASE + funding))


def test_warnings_have_the_place_of_what_they_warn_of() -> None:
    for name in SHIPPED:
        lines = shipped_terms()[name].read_text(encoding="utf-8").splitlines()
        for problem in lint(compiled_of(name)):
            assert problem.severity == "warning"
            assert lines[problem.place.line - 1][problem.place.column - 1 :].strip()
    found = {p.path for p in lint(compiled_of("mssp-basic-e"))}
    assert {"pools.0.gain.gate.then", "definitions.loss_limit", "pools.0.loss"} <= found


@given(st.floats(0, 3), st.floats(0, 3), st.booleans(), st.sampled_from([None, 0.5]))
@settings(max_examples=examples(200), deadline=None)
def test_spans_hold_what_a_formula_can_be(a: float, b: float, flag: bool, given_rate: float | None) -> None:
    """The same formulas worked by hand lie within their spans."""
    spans = Spans(sheet_of("every-clause").sheet)
    clamped = max(0.2, min(a, 0.9))
    worked = {
        "clamp(quality, 20%, 90%)": clamped,
        "1 - quality * score": 1 - a * b,
        "min(quality, score, 1)": min(a, b, 1),
        "max(quality, 50%) + score": max(a, 0.5) + b,
        "if(met, 30%, 40%)": 0.3 if flag else 0.4,
        "first(elected, 25%)": 0.25 if given_rate is None else given_rate,
        "-clamp(score, 0, 1)": -max(0.0, min(b, 1.0)),
        "quality / max(1, score)": a / max(1, b),
    }
    for text, value in worked.items():
        low, high = spans.of(parse(text))
        assert low - 1e-12 <= value <= high + 1e-12, text
    assert spans.of(parse("clamp(quality, 20%, 90%)")) == pytest.approx((0.2, 0.9))
    assert spans.of(parse("min(quality, 1)")) == (0, 1)


# Commands ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def cli(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The commands below `terms`, on a plain terminal of 80 columns."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    return partial(cli, "terms")


def test_show_prints_clauses_and_curve(cli: Cli) -> None:
    code, out, err = cli("show", "golden-example")
    assert (code, err) == (0, "")
    assert "ILLUSTRATIVE" in out and "3. Gains" in out and "Assumed:" in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_show_as_data(cli: Cli) -> None:
    document = json.loads(cli("show", "mssp-enhanced", "--json", "--from", "-5%", "--to", "5%")[1])
    assert document["schema_version"] == 1
    assert document["clauses"][2]["title"] == "Gains"
    curve = document["payoff"]
    assert curve["rates"][0] == -0.05 and curve["rates"][-1] == 0.05
    assert len(curve["shares"]["provider"]) == len(curve["rates"])


def test_show_takes_definitions_anew(cli: Cli) -> None:
    out = cli("show", "golden-example", "--define", "deadband=2% * target")[1]
    assert "“deadband” (given in place of the sheet's own) means 2% of target." in out
    assert "gate of the gain at 2%" in " ".join(out.split())


def test_svg_is_written_and_never_replaced(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "curve.svg"
    assert cli("show", "golden-example", "--svg", str(file))[0] == 0
    first = file.read_text(encoding="utf-8")
    assert "Illustrative: no real contract" in first
    assert cli("show", "single-rate", "--svg", str(file))[0] == 2
    assert file.read_text(encoding="utf-8") == first
    assert cli("show", "single-rate", "--svg", str(file), "--force")[0] == 0
    assert file.read_text(encoding="utf-8") != first


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("show", "no-such"), 3, "no such term sheet"),
        (("show", "golden-example", "--fact", "quality"), 2, "NAME=VALUE"),
        (("show", "golden-example", "--fact", "quality=1", "--fact", "quality=1"), 2, "twice"),
        (("show", "golden-example", "--fact", "wrong=1"), 2, "wrong"),
        (("show", "golden-example", "--from", "x"), 2, "--from"),
        (("show", "golden-example", "--from", "£5"), 2, "percent"),
        (("show", "golden-example", "--define", "wrong=1"), 3, "wrong"),
        (("lint", "golden-example", "--strict"), 3, "quality"),
        (("lint", "single-rate", "--strict"), 0, "no warnings"),
        (("lint", "golden-example"), 0, "2 warnings"),
    ],
)
def test_answers(cli: Cli, args: tuple[str, ...], code: int, said: str) -> None:
    found, out, err = cli(*args)
    assert found == code, out + err
    assert said in out + err
    assert "Traceback" not in err


def test_lint_as_data_and_with_places(cli: Cli) -> None:
    document = json.loads(cli("lint", "golden-example", "--json")[1])
    assert [w["severity"] for w in document["warnings"]] == ["warning", "warning"]
    assert "quality" in document["warnings"][0]["source_line"]
    assert re.search(r"golden-example\.yaml:\d+:\d+: warning: ", cli("lint", "golden-example")[1])


def test_list_names_every_shipped_sheet(cli: Cli) -> None:
    out = cli("list")[1]
    assert [line.split()[0] for line in out.splitlines()] == SHIPPED
    rows = json.loads(cli("list", "--json")[1])["terms"]
    assert {r["status"] for r in rows} <= {"published", "derived", "illustrative"}


def test_schema_describes_every_clause(cli: Cli) -> None:
    schema = json.loads(cli("schema")[1])
    assert schema == json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert {"pools", "rest", "at_risk", "account"} <= schema["properties"].keys()
    words, long = schema["$defs"]["Fact"]["anyOf"]
    for said in ("money", "optional positive count", "positive count per pool", "optional  flag"):
        assert re.search(words["pattern"], said)
    assert not re.search(words["pattern"], "pounds")
    assert long["required"] == ["is"]
    assert set(schema["required"]) == {"schema", "id", "title", "status", "source", "parties", "facts", "rest"}


def test_shipped_sheets_fit_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    from mcp_finance.files.document import read
    from mcp_finance.files.nodes import plain as plain_values

    judge = jsonschema.Draft202012Validator(json_schema())
    for name, path in shipped_terms().items():
        root = read(path).root
        assert root is not None
        assert not [error.message for error in judge.iter_errors(plain_values(root))], name
