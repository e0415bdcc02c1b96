"""Laws of term sheets, held over random valid sheets and random facts, and the readers held together.

Every law is exact, in fractions; the numpy reader and the workbook are held to the exact reader within their stated
tolerances, wherever no test is nearer to its edge than that.
"""

from __future__ import annotations

import json
from copy import deepcopy
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from spreadsheet import cells_of_model, differences, expected_cells
from term_sheets import (
    Content,
    Facts,
    compiled,
    facts_of,
    in_numpy,
    inputs_of,
    settle,
    sheets,
    unrounded,
)
from tools import examples

from mcp_finance.terms.compiler.compile import Compiled

RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
laws = settings(max_examples=examples(60), suppress_health_check=RELAXED)
NEAR = Fraction(1, 10**9)


def share_of(made: Compiled, facts: Facts) -> dict[str, Fraction]:
    return settle(made, facts).shares


def with_variance(made: Compiled, facts: Facts, rate: Fraction) -> Facts:
    """The same facts with every pool's variance a given part of its target."""
    pools = [p.id for p in made.sheet.pools]
    prefix = made.sheet.prefix
    changed = {f"{prefix}.{p}.actual": facts[f"{prefix}.{p}.target"] * (1 - rate) for p in pools}
    return facts | changed


@laws
@given(st.data())
def test_parties_and_rest_share_the_whole_variance(data: st.DataObject) -> None:
    made = compiled(data.draw(sheets()))
    found = settle(made, data.draw(facts_of(made)))
    assert sum(found.shares.values()) == found.variance


@laws
@given(st.data())
def test_payments_sum_to_nil_before_and_after_rounding(data: st.DataObject) -> None:
    made = compiled(data.draw(sheets()))
    found = settle(made, data.draw(facts_of(made)))
    assert sum(unrounded(made, found).values()) == 0
    assert sum(found.payments.values()) == 0
    by_party = found.year[made.payment]
    members = made.model.dimension["party"].members
    assert dict(zip(members, by_party, strict=True)) == {p: unrounded(made, found).get(p, 0) for p in members}


@laws
@given(st.data())
def test_what_is_not_posted_stays_with_the_holder(data: st.DataObject) -> None:
    """Without clauses on the net and with one holder who takes the rest, each other party is paid its share."""
    content = data.draw(sheets(pools=1, after=False))
    content["pools"][0]["held_by"] = content["rest"]
    made = compiled(content)
    found = settle(made, data.draw(facts_of(made)))
    for party, paid in unrounded(made, found).items():
        if party != content["rest"]:
            assert paid == found.shares[party]


@laws
@given(st.data(), st.integers(1, 10**6))
def test_money_scales(data: st.DataObject, k: int) -> None:
    made = compiled(data.draw(sheets()))
    facts = data.draw(facts_of(made))
    money = {u.name for u in made.facts if u.spec.unit == "money"}
    times = Fraction(k, 1000)
    larger = {name: value * times if name in money else value for name, value in facts.items()}
    before, after = unrounded(made, settle(made, facts)), unrounded(made, settle(made, larger))
    assert after == {party: value * times for party, value in before.items()}


@laws
@given(st.data())
def test_splitting_a_band_changes_nothing(data: st.DataObject) -> None:
    content = data.draw(sheets(pools=1))
    made = compiled(content)
    facts = data.draw(facts_of(made))
    split = deepcopy(content)
    bands = split["pools"][0]["gain"]["bands"]
    k = data.draw(st.integers(0, len(bands) - 1))
    low = float(bands[k - 1]["to"].split("%")[0]) if k else 0.0
    high = float(bands[k]["to"].split("%")[0]) if "to" in bands[k] else low + 4
    bands.insert(k, {"to": f"{(low + high) / 2:g}% * target", "share": bands[k]["share"]})
    other = compiled(split)
    assert len(other.rows) > len(made.rows)
    assert unrounded(made, settle(made, facts)) == unrounded(other, settle(other, facts))


@laws
@given(st.data(), st.integers(-2000, 2000))
def test_a_symmetric_sheet_mirrors(data: st.DataObject, rate: int) -> None:
    made = compiled(data.draw(sheets(mirrored=True, after=False)))
    facts = data.draw(facts_of(made))
    gain = share_of(made, with_variance(made, facts, Fraction(rate, 10_000)))
    loss = share_of(made, with_variance(made, facts, -Fraction(rate, 10_000)))
    assert gain == {party: -value for party, value in loss.items()}


@laws
@given(st.data(), st.integers(-2000, 2000), st.integers(0, 500))
def test_amounts_never_fall_as_the_variance_rises(data: st.DataObject, rate: int, step: int) -> None:
    """The rest excepted where a gate opens to all of the variance at once."""
    content = data.draw(sheets(pools=1, after=False))
    made = compiled(content)
    facts = data.draw(facts_of(made))
    low = share_of(made, with_variance(made, facts, Fraction(rate, 10_000)))
    high = share_of(made, with_variance(made, facts, Fraction(rate + step, 10_000)))
    at_once = '"all"' in json.dumps(content)
    for party, value in low.items():
        if party != content["rest"] or not at_once:
            assert high[party] >= value, party


@laws
@given(st.data(), st.integers(0, 100), st.integers(-2000, 2000))
def test_one_open_band_without_a_gate_is_share_times_variance(data: st.DataObject, share: int, rate: int) -> None:
    content = data.draw(sheets(pools=1, after=False))
    holder = next(p for p in content["parties"] if p != content["rest"])
    bands = {"bands": [{"share": {holder: f"{share}%"}}], "gate": {"at": "0", "then": "all"}}
    content["pools"][0] |= {"gain": bands, "loss": "as gain"}
    content["facts"] = {"target": "money", "actual": "money"}
    made = compiled(content)
    facts = with_variance(made, data.draw(facts_of(made)), Fraction(rate, 10_000))
    found = settle(made, facts)
    assert found.shares[holder] == Fraction(share, 100) * found.variance


def gated(then: str, gate: int, share: int) -> Content:
    clause = {"at": f"{gate / 100:g}% * target", "then": then} | ({"bands_on": "variance"} if then == "excess" else {})
    side = {"gate": clause, "bands": [{"share": {"budget_holder": f"{share}%"}}]}
    return {
        "schema": "mcp-finance-terms/1",
        "id": "gated",
        "title": "One gate",
        "status": "illustrative",
        "source": "nobody",
        "parties": ["budget_holder", "commissioner"],
        "facts": {"target": "money", "actual": "money"},
        "pools": [{"id": "care", "held_by": "commissioner", "gain": side, "loss": "as gain"}],
        "rest": "commissioner",
    }


@laws
@given(st.sampled_from(["all", "excess"]), st.integers(1, 500), st.integers(0, 100), st.integers(1, 10**9))
def test_a_gate_jumps_by_share_times_gate_and_an_excess_is_continuous(
    then: str, gate: int, share: int, target: int
) -> None:
    made = compiled(gated(then, gate, share))
    edge = Fraction(target) * gate / 10_000
    tiny = Fraction(1, 10**12)
    at, below = (
        share_of(made, {"gated.care.target": Fraction(target), "gated.care.actual": target - v})["budget_holder"]
        for v in (edge, edge - tiny)
    )
    assert below == 0
    assert at == (edge * share / 100 if then == "all" else 0)


@laws
@given(st.data())
def test_numpy_and_the_exact_reader_agree(data: st.DataObject) -> None:
    """Before rounding, within 1e-9 of the largest money fact, wherever no gate lies within 1e-9 of its edge."""
    made = compiled(data.draw(sheets()))
    facts = data.draw(facts_of(made))
    found = settle(made, facts)
    largest = max(abs(v) for n, v in facts.items() if n.endswith((".target", ".actual", "income", "cash_saving")))
    assume(not _near_an_edge(made, found.year, largest * NEAR))
    floats = in_numpy(made, facts)
    for name in made.model.rows:
        row = made.model.rows[name]
        if row.unit == "GBP":
            for exact, value in zip(found.year[name], floats[name].ravel(), strict=True):
                assert abs(exact - Fraction(float(value))) <= largest * NEAR, name


def _near_an_edge(made: Compiled, year: object, near: Fraction) -> bool:
    """Whether some variance lies beside its gate, but not on it: there floats may go either way."""
    for name in made.model.rows:
        if name.endswith(".reached"):
            side = name.removesuffix(".reached")
            gap = year[f"{side}.variance"][0] - _gate(made, year, side)  # type: ignore[index]
            if 0 < abs(gap) <= near:
                return True
    return False


def _gate(made: Compiled, year: object, side: str) -> Fraction:
    name = f"{side}.gate" if f"{side}.gate" in made.model.rows else f"{side.replace('.loss', '.gain')}.gate"
    return year[name][0]  # type: ignore[index,no-any-return]


@settings(max_examples=12, suppress_health_check=RELAXED)
@given(st.data())
def test_every_cell_of_the_workbook_equals_the_engine(data: st.DataObject) -> None:
    made = compiled(data.draw(sheets()))
    facts = data.draw(facts_of(made))
    results = in_numpy(made, facts)
    cells = cells_of_model(made.model, inputs_of(made, facts))
    expected = expected_cells(results)
    assert expected.keys() <= cells.keys()
    assert differences(cells, expected, within=0.01) == []


@pytest.mark.parametrize("then", ["all", "excess"])
def test_the_edge_itself_is_reached_in_every_reader(then: str) -> None:
    """0.07 x 100.1 has no float; the variance is exactly the gate, and the test is >=."""
    made = compiled(gated(then, 700, 50))
    facts = {"gated.care.target": Fraction("100.1"), "gated.care.actual": Fraction("93.093")}
    exact = settle(made, facts).shares["budget_holder"]
    assert exact == (Fraction("3.5035") if then == "all" else 0)
    assert abs(in_numpy(made, facts)["gated.care.budget_holder"].item() - float(exact)) < 1e-9
