"""VAT, pensions and National Insurance of the budget holder: hand-made cases first, then laws."""

from __future__ import annotations

import numpy as np
import pytest
from contracts import Contract, contract, money_scale, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.rows.evaluate import Array, Results, evaluate

quick = settings(max_examples=examples(40), deadline=None)
SEEDS = st.integers(0, 10**9)
KINDS = ("hospital", "practices", "others", "own_services", "programmes")
NOT = "{vatable: 0%, recovery: 0%}"


def small(*more: str) -> Contract:
    """£10m of prescribing, all of it in the budget from the first day, bought from others; nothing grows."""
    return contract(
        "no-hospital",
        "population.member_share=100%",
        "lines.prescribing.baseline=£10m",
        "lines.prescribing.growth=0%",
        "lines.prescribing.profile=flat",
        "tariffs.local={uplift: 0%, efficiency: 0%}",
        "inflation.others={growth: 0%, delivered_efficiency: 0%}",
        *more,
    )


def vat(others: str = NOT, own: str = NOT, form: str = "llp") -> str:
    spend = f"hospital: {NOT}, practices: {NOT}, others: {others}, own_services: {own}, programmes: {NOT}"
    return f"holder={{form: {form}, vat: {{rate: 20%, {spend}}}}}"


def pay(pension: str, baseline: str = "14.4%") -> str:
    insurance = "{rate: 10.2%, in_baseline: 9.0%}"
    steps = f"pension: {{rate: {pension}, in_baseline: {baseline}}}, national_insurance: {insurance}"
    return f"holder={{form: foundation_trust, pay: {{share: 70%, {steps}}}}}"


def test_losing_recovery_on_ten_million_of_sub_contracts_costs_two_million_a_year() -> None:
    """£10m × 100% vatable × 20% × (1 − 0% recovered) = £2m; with all of it recovered, nothing."""
    lost = small(vat("{vatable: 100%, recovery: 0%}")).results
    kept = small(vat("{vatable: 100%, recovery: 100%}")).results
    assert lost.series("other_subcontracts")[0] == pytest.approx(10e6)
    assert lost.series("irrecoverable_vat")[0] == pytest.approx(2e6)
    assert lost.series("irrecoverable_vat") == pytest.approx(0.2 * lost.series("other_subcontracts"))
    assert kept.series("irrecoverable_vat") == pytest.approx([0, 0, 0])
    fall = kept.series("budget_holder.result") - lost.series("budget_holder.result")
    assert fall == pytest.approx(lost.series("irrecoverable_vat"))


def test_recovery_may_be_lost_in_a_year() -> None:
    """Recovered in the first year and not from the second: the cost begins there, and so does its flag."""
    r = small(vat("{vatable: 60%, recovery: {by_year: {2018/19: 100%}, otherwise: 25%}}")).results
    spent = r.series("other_subcontracts")
    # 60% vatable × 20% × (1 − 25%) = 9% of what is spent
    assert r.series("irrecoverable_vat") == pytest.approx([0, 0.09 * spent[1], 0.09 * spent[2]])
    assert r.series("warn.vat_unrecovered").tolist() == [0, 1, 1]


def test_pension_and_insurance_steps_of_own_staff() -> None:
    """£10m of own services: £7m pay × (20.7% − 14.4%) = £441,000, and × (10.2% − 9.0%) = £84,000."""
    own = ("lines.prescribing.after_transfer=holder", "lines.prescribing.holder_inflation=others")
    r = small(*own, pay("20.7%")).results
    assert r.series("own_services")[0] == pytest.approx(10e6)
    assert r.series("pension_step")[0] == pytest.approx(441_000)
    assert r.series("insurance_step")[0] == pytest.approx(84_000)
    less = small(*own, pay("13.4%")).results
    # a rate one point below the baselines' saves £70,000
    assert less.series("pension_step")[0] == pytest.approx(-70_000)
    assert small(*own, pay("14.4%")).results.series("pension_step") == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("form", ["nhs_trust", "foundation_trust", "llp", "company", "cic"])
def test_the_form_sets_no_figure(form: str) -> None:
    one, other = small(vat("{vatable: 100%, recovery: 30%}", form=form)), small(vat("{vatable: 100%, recovery: 30%}"))
    assert all(np.array_equal(one.results[n], other.results[n]) for n in other.model.rows)


def test_a_budget_holder_of_which_nothing_is_said_has_no_taxes() -> None:
    assert not {"irrecoverable_vat", "pension_step", "vat_rate"} & {*contract("base").model.rows}
    assert set(small("holder={form: nhs_trust}").model.rows) == set(small().model.rows)


def test_taxes_move_no_other_party() -> None:
    """What the budget holder loses is what leaves the system: nobody else's result, activity or payment moves."""
    taxed, plain = contract("taxes").results, contract("base").results
    for party in ("commissioner", "hospital", "council", "practices"):
        assert np.array_equal(taxed[f"{party}.result"], plain[f"{party}.result"])
    taxes = sum(taxed[n] for n in ("irrecoverable_vat", "pension_step", "insurance_step"))
    assert taxed["system.resource"] - plain["system.resource"] == pytest.approx(taxes)
    assert plain["budget_holder.result"] - taxed["budget_holder.result"] == pytest.approx(taxes)


def future(seed: int) -> tuple[Contract, Results]:
    case = contract("taxes")
    return case, evaluate(case.model, perturbed(case, seed))


def spend(r: Results) -> dict[str, Array]:
    """What the budget holder spends by kind, from the ledger."""
    programmes = r["reprovision"] + r["transition"] + r["double_running"]
    found = (r["subcontracts.hospital"], r["subcontracts.practices"], r["other_subcontracts"], r["own_services"])
    return dict(zip(KINDS, (*found, programmes), strict=True))


@quick
@given(SEEDS)
def test_vat_is_spend_times_share_times_rate_not_recovered(seed: int) -> None:
    _, r = future(seed)
    due = sum(
        paid * r[f"vatable.{kind}"] * r["vat_rate"] * (1 - r[f"vat_recovery.{kind}"]) for kind, paid in spend(r).items()
    )
    assert np.allclose(r["irrecoverable_vat"], due, rtol=1e-9, atol=1e-9 * money_scale(r))


@quick
@given(SEEDS)
def test_full_recovery_costs_nothing(seed: int) -> None:
    case = contract("taxes")
    inputs = perturbed(case, seed)
    r = evaluate(case.model, inputs | {f"vat_recovery.{k}": np.ones_like(inputs[f"vat_recovery.{k}"]) for k in KINDS})
    assert not r["irrecoverable_vat"].any()
    assert not r["warn.vat_unrecovered"].any()


@quick
@given(SEEDS, st.sampled_from(KINDS))
def test_more_recovery_never_costs_more(seed: int, kind: str) -> None:
    case = contract("taxes")
    inputs = perturbed(case, seed)
    inputs["vat_rate"] = np.abs(inputs["vat_rate"])
    name = f"vat_recovery.{kind}"
    before = evaluate(case.model, inputs)
    after = evaluate(case.model, inputs | {name: inputs[name] + (1 - inputs[name]) * 0.5})
    paid = spend(before)[kind]
    cheaper = before["irrecoverable_vat"] - after["irrecoverable_vat"]
    half = 0.5 * paid * inputs["vat_rate"][:, None] * before[f"vatable.{kind}"] * (1 - before[name])
    assert np.allclose(cheaper, half, rtol=1e-9, atol=1e-9 * money_scale(before))


@quick
@given(SEEDS)
def test_rates_of_the_baselines_add_nothing(seed: int) -> None:
    case = contract("taxes")
    inputs = perturbed(case, seed)
    for name in ("pension_rate", "insurance_rate"):
        inputs[name] = np.broadcast_to(inputs[f"{name}_in_baseline"], inputs[name].shape).copy()
    r = evaluate(case.model, inputs)
    assert not r["pension_step"].any() and not r["insurance_step"].any()


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_the_books_hold_with_every_clause_on_the_budget_holder_at_once(seed: int) -> None:
    """Taxes and a council's cut come first, then the cap on the surplus, then the guarantee."""
    case = contract(
        "taxes",
        "reserves={build: 1%, target: 3%, guarantee: £2m, minimum_days: 5}",
        "surplus={cap: 1%, excess: returned, carry_losses: true}",
        "s75={contribution_change: -5%, made_good: {council: 0%, commissioner: 50%}}",
    )
    r = evaluate(case.model, perturbed(case, seed))
    for check in (n for n in case.model.rows if n.startswith("check.")):
        assert np.abs(r[check]).max() <= 1e-9 * money_scale(r), check
    last = r["surplus_returned"] + r["surplus_reinvested"] - r["guarantee_called"]
    assert np.allclose(
        r["before_return.result"] - last, r["budget_holder.result"], rtol=1e-9, atol=1e-9 * money_scale(r)
    )
    both = r["surplus_given_up"] * r["guarantee_called"]
    assert not both[r["general_opening"] >= 0].any(), "nobody gives up a surplus in a year that needs the guarantee"
