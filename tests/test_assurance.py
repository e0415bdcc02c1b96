"""Assurance: a cell of the matrix of risks is what a scenario with that input changed would give, and nothing else."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from commands import Cli
from contracts import DUDLEY, FIXTURES
from pytest import approx

from mcp_finance.analysis.assurance import RISKS, Exposure, Risk, assurance, changed_inputs, matrix
from mcp_finance.analysis.run import Run, run
from mcp_finance.rows.evaluate import Results, evaluate, recalculate

CASES = ("base", "hospitals", "programmes", "payments", "cash", "taxes")


@cache
def of(fixture: str, *settings: str) -> Run:
    return run(FIXTURES[fixture], settings=settings)


@cache
def cells(fixture: str) -> dict[str, Exposure]:
    return {e.risk.name: e for e in matrix(of(fixture))}


def result(found: Run, party: str) -> float:
    return float(found.results.series(f"{party}.result").sum())


SETTINGS = {
    "prices": ("tariffs.nhs.uplift=3.5%", "tariffs.local.uplift=3.8%"),
    "cost": ("inflation.hospital.growth=3.6%", "inflation.holder.growth=3.4%", "inflation.others.growth=4.1%"),
    "delivery": ("lines.falls.shift.delivery=40%", "lines.other_emergency.shift.delivery=37.5%"),
    "timing": ("lines.falls.shift.delay=30 months", "lines.other_emergency.shift.delay=27 months"),
    "slippage": ("contract.slippage=12 months",),
    "block": ("hospital_contracts.main.marginal_up=0%", "hospital_contracts.main.marginal_down=0%",
              "hospital_contracts.slice.marginal_up=0%", "hospital_contracts.slice.marginal_down=0%"),
}  # fmt: skip
"""What a user would set in `base.yaml` for each of these risks."""


@pytest.mark.parametrize("name", SETTINGS)
def test_a_cell_is_what_the_scenario_would_give_with_that_figure_changed(name: str) -> None:
    before, after, told = of("base"), of("base", *SETTINGS[name]), cells("base")[name]
    for party in before.parties:
        assert told.held[party] == approx(result(after, party) - result(before, party), abs=0.01)
        row = f"{party}.change_to_date"
        assert told.contract[party] == approx(after.results.final(row) - before.results.final(row), abs=0.01)


def test_half_of_a_score_given_as_a_figure() -> None:
    """The score of the payments is 82%: half of it is 41%."""
    before = of("cash")
    after = of("cash", "terms.performance.bind.ips_score=41%")
    told = cells("cash")["performance"].held
    for party in before.parties:
        assert told[party] == approx(result(after, party) - result(before, party), abs=0.01)
    assert told["budget_holder"] < -1e5
    assert sum(told.values()) == approx(0, abs=0.01), "what is not earned stays with who withheld it"


def test_a_point_of_pension_is_a_point_of_own_pay() -> None:
    found = of("taxes")
    pay = float(found.results.series("own_pay").sum())
    told = cells("taxes")["pension"]
    assert (
        told.held == told.contract == approx({p: -pay / 100 * (p == "budget_holder") for p in found.parties}, abs=0.01)
    )


@pytest.mark.parametrize("fixture", CASES)
def test_what_parties_gain_or_lose_together_is_what_outside_pays_in_or_is_used_up(fixture: str) -> None:
    """No risk makes money: all parties' results move by funding less resource, which the books prove."""
    found = of(fixture)

    def outside(results: Results) -> float:
        return float((results.series("outside.paid") - results.series("outside.received")).sum())

    for e in matrix(found):
        after = recalculate(found.model, found.results, changed_inputs(found, e.risk))
        assert sum(e.held.values()) == approx(outside(after) - outside(found.results), abs=0.01)


@pytest.mark.parametrize("fixture", CASES)
def test_a_risk_that_changes_nothing_moves_nobody(fixture: str) -> None:
    same = Risk("same", "Nothing", RISKS[0].inputs, lambda values: values, "")
    absent = Risk("absent", "Nothing", ("no_such_input",), lambda values: values + 1, "")
    unmoved = Risk("deflator", "Nothing but real terms", ("deflator_growth",), lambda values: values + 0.01, "")
    assert matrix(of(fixture), (same, absent, unmoved)) == ()


@pytest.mark.parametrize("name", [r.name for r in RISKS if r.name not in ("performance", "pension")])
def test_the_matrix_of_a_contract_of_twice_the_size_is_twice_the_matrix(name: str, doubled: Run) -> None:
    single, twice = cells("base")[name], {e.risk.name: e for e in matrix(doubled)}[name]
    for party, value in single.held.items():
        assert twice.held[party] == approx(2 * value, abs=0.05)
        assert twice.contract[party] == approx(2 * single.contract[party], abs=0.05)


@pytest.fixture(scope="module")
def doubled() -> Run:
    """`base` with every amount of money in it twice as large; volumes of activity stay, so unit prices double."""
    found = of("base")
    money = {name for name, spec in found.model.inputs.items() if spec.unit == "GBP"}
    values = {name: v * 2 if name in money else v for name, v in found.inputs.values.items()}
    return Run(found.loaded, found.inputs, evaluate(found.model, values))


@pytest.mark.parametrize("fixture", CASES)
def test_a_provider_ends_with_its_settlements_less_what_is_stranded(fixture: str) -> None:
    for effect in assurance(of(fixture)).effects:
        assert effect.stranded == approx(effect.income_lost - effect.cost_released, abs=0.01)
        assert effect.change == approx(effect.settled - effect.stranded, abs=0.01)


def test_growth_acts_from_the_second_year_on() -> None:
    found = of("base")
    for risk in RISKS[:4]:
        for name, after in changed_inputs(found, risk).items():
            before = found.results[name][..., 0]
            assert (after[0] == before[0]).all() and (after[1:] != before[1:]).all()


def test_net_benefit_is_the_systems_and_present_values_need_an_appraisal() -> None:
    plain, appraised = assurance(of("base")).net_benefit, assurance(of("appraisal")).net_benefit
    assert plain.change == of("base").results.final("system.change_to_date")
    assert plain.npv is plain.payback_year is plain.benefit_cost_ratio is None
    assert appraised.npv == of("appraisal").results.final("system.npv")
    assert appraised.payback_year == of("appraisal").results.final("payback_year")


def test_the_command_prints_every_answer_in_eighty_columns(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = cli("assurance", str(FIXTURES["reserves"]))
    assert done.code == 0
    for said in ("Net benefit", "Activity grows a point a year faster", "illustrative sensitivities, not forecasts",
                 "opens with £1.0m, and a parent stands for £1.2m",
                 "Effect on every other provider", "the parent pays under its guarantee", "not graded"):  # fmt: skip
        assert said in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_command_as_data(cli: Cli) -> None:
    document = json.loads(cli("assurance", str(DUDLEY), "--json").out)
    assert set(document["risks"]) == {r.name for r in RISKS} - {"pension"}
    assert document["risks"]["demand"]["held"].keys() == document["parties"].keys()
    assert document["providers"].keys() == {"hospital", "practices"}


def test_a_scenario_at_fault_ends_with_3(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("schema: mcp-finance/1\n", encoding="utf-8")
    assert cli("assurance", str(tmp_path / "bad.yaml")).code == 3
