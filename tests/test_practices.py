"""The register of practices, the separate contract for non-members, and list change with tolerance and lag."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import Contract, Inputs, contract, perturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_model_laws import nil
from test_scenario_errors import BASE, folder_with, place, problems, spoiled
from tools import examples

from mcp_finance.model.people import practices
from mcp_finance.rows.evaluate import Array, Results, evaluate
from mcp_finance.scenario.load import load

STILL = (
    *("activity_growth", "expected_growth", "uplift", "efficiency", "cost_growth", "delivered_efficiency"),
    *("stream_growth", "assumed_list_growth", "roll.2017_18", "roll.2018_19", "unregistered", "shift_delivery"),
    *("transition_cost", "double_running_cost"),
)
NONE_APART = "population.non_member_contract=false"
quick = settings(max_examples=examples(25), deadline=None)


def still(case: Contract, **changes: Array) -> Inputs:
    """The contract's inputs with the same people every year, no growth, no shift, and equal need."""
    out = dict(case.inputs) | {name: case.inputs[name] * 0 for name in STILL}
    out["population"] = np.repeat(out["population"][:1], len(case.model.years), axis=0)
    if "practice_need" in out:
        out["practice_need"] = np.ones_like(out["practice_need"])
    return out | changes


def element(case: Contract, name: str, *members: str) -> tuple[slice | int, ...]:
    """Where an element stands in an input without years."""
    dims = case.model.dims_of(name)
    places = (case.model.dimension[d].members.index(m) for d, m in zip(dims, members, strict=True))
    return (slice(None), *places)


def by_practice(results: Results, row: str, year: int) -> dict[str, float]:
    members = results.model.dimension["practice"].members
    return {p: float(results.series(row, practice=p)[year]) for p in members}


# --- the register, by hand


def test_a_practice_that_joins_on_1_october_counts_half_a_year() -> None:
    """40% full to 30 September 2020; 25% full from July 2019; 15% a member from October 2018 to December 2020.

    Members: 40 + 25 + 15/2 = 72.5; 80; 40 + 25 + 15 x 3/4 = 76.25; 65. Of £6.0m for falls that is the budget.
    """
    case = contract("practices")
    r = evaluate(case.model, still(case))
    members = [0.725, 0.8, 0.7625, 0.65]
    assert r.series("member_share") == pytest.approx(members)
    assert r.series("line_budget", line="falls") == pytest.approx([6e6 * m for m in members])
    assert r.series("members")[:2] == pytest.approx([72_500, 80_000])
    assert r.series("non_members")[:2] == pytest.approx([27_500, 20_000])


def test_core_gp_money_and_qof_follow_full_integration_within_the_year() -> None:
    """Full: 40; 40 + 25 x 3/4 = 58.75; 40/2 + 25 = 45; 25. Core GP money is £8.0m, QOF £1.2m from 1 July 2018."""
    case = contract("practices")
    r = evaluate(case.model, still(case))
    full = np.array([0.4, 0.5875, 0.45, 0.25])
    assert r.series("fully_integrated_share") == pytest.approx(full)
    assert r.series("line_budget", line="gp_core") == pytest.approx(8e6 * full)
    assert r.series("line_budget", line="qof") == pytest.approx(1.2e6 * full * [0.75, 1, 1, 1])


def test_a_practice_that_joins_fully_is_integrated_from_the_day_it_joins() -> None:
    """15% as full from October 2018 to December 2020: 40 + 7.5 = 47.5; 58.75 + 15; 45 + 11.25; 25."""
    case = contract("practices", "practices.late.form=full")
    r = evaluate(case.model, still(case))
    assert r.series("fully_integrated_share") == pytest.approx([0.475, 0.7375, 0.5625, 0.25])
    assert r.series("line_budget", line="gp_core") == pytest.approx([3.8e6, 5.9e6, 4.5e6, 2e6])


def test_a_practice_that_joins_on_the_day_of_a_transfer_brings_all_of_its_part() -> None:
    """Prescribing, £9.0m, passes on 1 October 2018, and so does the late practice: half of £9.0m x 80% is £3.6m.

    The average of the year, 72.5%, would make it £3.2625m.
    """
    case = contract("practices")
    assert evaluate(case.model, still(case)).series("line_budget", line="prescribing")[0] == pytest.approx(3.6e6)


def test_before_its_transfer_a_line_at_full_scope_has_the_years_average() -> None:
    """Community, £12.0m, passes on 1 July 2019, QOF, £1.2m, here too: in 2018/19 72.5% of one, 40% of the other.

    In 2019/20 they count from July: 80% members; full are 40 + 25 = 65%, and not the year's 58.75%.
    """
    case = contract("practices", "lines.qof.expires=2019-06-30")
    r = evaluate(case.model, still(case))
    assert r.series("full_scope_budget", line="community")[:2] == pytest.approx([8.7e6, 9.6e6])
    assert r.series("full_scope_budget", line="qof")[:2] == pytest.approx([0.48e6, 0.78e6])
    assert r.series("line_budget", line="qof")[:2] == pytest.approx([0, 0.585e6])


def test_a_need_weight_changes_the_member_part_of_its_block_only() -> None:
    """Founders' elderly need 110%: in 2021/22 members are (0.44 + 0.25) / 1.04 = 66.35% of it, and 65% of the flat."""
    case = contract("practices")
    inputs = still(case)
    inputs["practice_need"][element(case, "practice_need", "nhs_elderly", "founders")] = 1.1
    r = evaluate(case.model, inputs)
    assert r.series("member_part", line="falls")[3] == pytest.approx(0.69 / 1.04)
    assert r.series("line_budget", line="falls")[3] == pytest.approx(6e6 * 0.69 / 1.04)
    assert r.series("member_part", line="local_scheme")[3] == pytest.approx(0.65)
    assert r.series("line_budget", line="local_scheme")[3] == pytest.approx(0.9e6 * 0.65)
    elderly = r.series("weighted_people", driver="nhs_elderly")[3]
    assert r.series("weighted_members", driver="nhs_elderly")[3] == pytest.approx(elderly * 0.69 / 1.04)
    assert r.series("member_share")[3] == pytest.approx(0.65)


def test_non_members_are_served_apart_and_virtual_practices_in_shadow() -> None:
    """In 2021/22 23% are no members and 12% virtual. Without core GP money and QOF the NHS lines are £27.9m.

    12.0 community + 6.0 falls + 9.0 prescribing + 0.9 local scheme = 27.9; x 23% = £6.417m; x 12% = £3.348m.
    """
    case = contract("practices")
    r = evaluate(case.model, still(case))
    assert r.series("non_member_contract")[3] == pytest.approx(6.417e6)
    assert r.series("shadow_budget")[3] == pytest.approx(3.348e6)
    # falls: 65% in the budget, 23% under the separate contract, and the commissioner keeps the virtual 12%
    assert r.series("passed", line="falls")[3] == pytest.approx(0.88)
    assert r.series("kept", line="falls")[3] == pytest.approx(0.12)
    assert r.series("kept", line="gp_core")[3] == pytest.approx(0.75)


def test_what_practices_receive_under_their_form() -> None:
    """2021/22: core GP £8.0m passed on if full, QOF £1.2m the holder's own if full, local scheme £0.9m passed on.

    Founders have their own GMS again: 40% x 9.2 = 3.68 from the commissioner and 40% x 0.9 = 0.36 through the holder.
    Followers are full: 25% x 8.9 = 2.225 through the holder, and 25% x 1.2 = 0.3 is no longer theirs.
    """
    case = contract("practices")
    r = evaluate(case.model, still(case))
    own = {"founders": 3.68e6, "followers": 0, "late": 1.38e6, "alliance": 1.212e6, "outside": 0.736e6}
    through = {"founders": 0.36e6, "followers": 2.225e6, "late": 0.135e6, "alliance": 0, "outside": 0.072e6}
    assert by_practice(r, "practice_own_income", 3) == pytest.approx(own, abs=1e-6)
    assert by_practice(r, "practice_income_through_holder", 3) == pytest.approx(through, abs=1e-6)
    change = by_practice(r, "practice_income_change", 3)
    assert change == pytest.approx(dict.fromkeys(own, 0.0) | {"followers": -0.3e6}, abs=1e-6)


# --- the register, as laws


@pytest.mark.parametrize("fixture", ["base", "part-year", "whole-list"])
def test_a_register_without_dates_is_the_two_shares(fixture: str) -> None:
    """Practices that stay as they are all along: every row as with the shares, wherever the contract begins."""
    old = contract(fixture)
    member, full = (old.inputs[n].item() for n in ("member_share", "fully_integrated_share"))
    shares = {"full": full, "partial": member - full, "non_member": 1 - member}
    groups = ", ".join(f"g_{f}: {{title: G, list: {s:.0%}, form: {f}}}" for f, s in shares.items())
    nulls = ("population.member_share=null", "population.fully_integrated_share=null")
    new = contract(fixture, *nulls, f"practices={{{groups}}}")
    for name in old.model.rows:
        assert np.allclose(old.results[name], new.results[name], rtol=1e-9, atol=1e-6), name


@quick
@given(seed=st.integers(0, 10**9), apart=st.booleans())
def test_parts_are_the_days_on_which_line_and_practice_are_both_in(seed: int, apart: bool) -> None:
    """Against every hundredth of a day: who belongs, and whether the line has transferred."""
    case = contract("practices") if apart else contract("practices", NONE_APART)
    inputs = perturbed(case, seed)
    inputs |= {n: case.inputs[n] for n in ("term_ends", "extension", "early_end")}  # the contract runs to the last year
    early = np.arange(inputs["mobilisation"].shape[1]) % 2  # every other line passes as soon as the contract begins
    inputs |= {n: inputs[n] * early for n in ("mobilisation", "existing_contract_ends")}
    r = evaluate(case.model, inputs)
    first, steps = float(inputs["first_day"].item()), 20_000
    need = inputs["practice_list"][0] * inputs["practice_need"][0]
    need = (need / need.sum(axis=1, keepdims=True))[list(case.model.map["driver"].to)]
    begun, joining = inputs["contract_start"].item(), inputs["is_joining"][0] > 0
    for year in range(len(case.model.years)):
        time = first + year + (np.arange(steps) + 0.5) / steps
        joins = np.where(inputs["practice_joins"][0] > begun, inputs["practice_joins"][0], -np.inf)[:, None]
        full_from = np.where(inputs["practice_full_from"][0] > begun, inputs["practice_full_from"][0], -np.inf)[:, None]
        member = joining[:, None] & (time >= joins) & (time < inputs["practice_leaves"][0][:, None])
        full = member & (time >= full_from) & (time < inputs["practice_full_until"][0][:, None])
        moved = time >= r["transfer_day"].reshape(-1, 1)
        for k, line in enumerate(case.model.dimension["line"].members):
            belongs = full if inputs["follows_integration"][0, k] else member
            part = belongs if r["is_registered_line"].reshape(-1)[k] else np.ones_like(belongs)
            expected = inputs["in_budget"][0, k] * (need[k] @ (part & moved[k])).mean()
            got = r.series("holder_part", line=line)[year] * r.series("phase", line=line)[year]
            assert got == pytest.approx(expected, abs=3e-4), (line, year)
        assert r.series("member_share")[year] == pytest.approx((inputs["practice_list"][0] @ member).mean(), abs=3e-4)


@pytest.mark.parametrize("name", [spec.name for spec in practices.INPUTS])
def test_membership_moves_no_activity_and_no_share(name: str) -> None:
    moved = contract("practices", NONE_APART).model.downstream([name])
    assert "line_budget" in moved or name == "is_virtual"
    assert not moved & {"activity", "activity_without_shift", "expected_cost", "actual_cost"}
    assert not any(n.startswith("do_nothing_result") for n in moved)


@quick
@given(seed=st.integers(0, 10**9), apart=st.booleans())
def test_what_practices_receive_is_the_ledgers(seed: int, apart: bool) -> None:
    """By practice, what they receive from each party sums to the entries, and nobody receives less than nothing."""
    case = contract("practices") if apart else contract("practices", NONE_APART)
    r = evaluate(case.model, perturbed(case, seed))
    assert nil(r["practice_own_income"].sum(axis=1) - r["contracts.practices"], r)
    assert nil(r["practice_income_through_holder"].sum(axis=1) - r["subcontracts.practices"], r)
    assert nil(r["practice_do_nothing_income"].sum(axis=1) - r["do_nothing_income_practices"], r)


@quick
@given(name=st.sampled_from(["practices", "non-members"]), seed=st.integers(0, 10**9))
def test_the_separate_contract_leaves_budget_and_share_alone(name: str, seed: int) -> None:
    """With it and without it: the same budget, withheld sums and settlements; the books hold; activity counted once."""
    case, without = contract(name), contract(name, NONE_APART)
    inputs = perturbed(case, seed)
    r, plain = evaluate(case.model, inputs), evaluate(without.model, inputs)
    same = ("line_budget", "full_scope_budget", "wpb", "nhs_wpap", "council_wpap", "withheld_total", "bridge_practices")
    for row in (*same, "expected_cost", "actual_cost", "share_payment", "share_settlement", "settlement", "activity"):
        assert np.array_equal(r[row], plain[row]), row
    assert np.allclose(r["kept"] + r["passed"] + r["moved"], 1, rtol=0, atol=1e-12)
    assert (r["kept"] >= -1e-12).all()
    # income is the indexed value of exactly the activity that the holder takes on beyond the budget
    value = (r["indexed_baseline"] * (plain["kept"] - r["kept"])).sum(axis=1)
    assert nil(r["non_member_contract"] - value, r)
    assert "non_member_contract" not in without.model.rows
    paid = r["wpb"] + r["non_member_contract"]  # nil before any line transfers, when a programme may already cost
    assert nil((r["holder_cost_share"] * paid - r["holder_cost"]) * (paid != 0), r)


@pytest.mark.parametrize(("name", "members"), [("practices", 0.65), ("non-members", 0.9)])
def test_a_council_line_of_registered_people_is_not_in_the_commissioners_contract(name: str, members: float) -> None:
    """Social care for the registered list: the council keeps buying for those who are no members."""
    case = contract(name, "lines.social_care.population=nhs")
    r = evaluate(case.model, still(case))
    assert r.series("kept", line="social_care")[3] == pytest.approx(1 - members)
    assert r.series("non_member_value", line="social_care")[3] == pytest.approx(0)


def test_without_a_register_non_members_are_the_rest_of_the_list() -> None:
    """90% members: a tenth of £6.0m for falls from the start, and of £9.0m prescribing for half a year."""
    case = contract("non-members")
    r = evaluate(case.model, still(case))
    assert r.series("non_member_contract")[0] == pytest.approx(0.1 * 6e6 + 0.1 * 9e6 / 2)
    assert r.series("kept", line="falls")[0] == pytest.approx(0)


# --- list change


def paid(change: float, tolerance: float, lag: float = 0.0, first_dollar: bool = False) -> Array:
    """`list_deviation` of core for a list that is `change` above what is assumed from the second year on."""
    case = contract("non-members")
    inputs = still(case)
    inputs["population"] = inputs["population"].copy()
    inputs["population"][1:, 0] *= 1 + change
    for name, value in (("list_tolerance", tolerance), ("list_lag", lag), ("list_first_dollar", float(first_dollar))):
        inputs[name] = np.full_like(inputs[name], value)
    r = evaluate(case.model, inputs)
    # of £6.0m for falls, 90% are members'
    assert r.series("list_adjustment", line="falls") == pytest.approx(5.4e6 * r.series("list_deviation", stream="core"))
    return r.series("list_deviation", stream="core")


@pytest.mark.parametrize("sign", [1, -1])
def test_beyond_a_tolerance_of_2_percent_a_deviation_of_3_pays_1_or_3(sign: int) -> None:
    assert paid(sign * 0.03, 0.02) == pytest.approx([0, sign * 0.01, sign * 0.01, sign * 0.01])
    assert paid(sign * 0.03, 0.02, first_dollar=True) == pytest.approx([0, *[sign * 0.03] * 3])
    assert paid(sign * 0.019, 0.02, first_dollar=True) == pytest.approx([0] * 4)
    assert paid(sign * 0.019, 0.02) == pytest.approx([0] * 4)


def test_a_lag_pays_its_part_a_year_later() -> None:
    """3% beyond 2% is 1%: half of it with a lag of six months, nothing of it with one of a year, in the first year."""
    assert paid(0.03, 0.02, lag=0.5) == pytest.approx([0, 0.005, 0.01, 0.01])
    assert paid(0.03, 0.02, lag=1.0) == pytest.approx([0, 0, 0.01, 0.01])
    assert paid(0.03, 0.0, lag=0.25) == pytest.approx([0, 0.0225, 0.03, 0.03])


@pytest.mark.parametrize("mode", ["excess", "first_dollar"])
def test_no_tolerance_and_no_lag_change_nothing(mode: str) -> None:
    plain = contract("base")
    clause = (f"streams.core.list_tolerance_mode={mode}", "streams.core.list_tolerance=0%", "streams.core.list_lag=0")
    other = contract("base", *clause)
    assert "list_gap" in other.model.rows and "list_gap" not in plain.model.rows
    for name in plain.model.rows:
        assert np.allclose(plain.results[name], other.results[name], rtol=1e-12, atol=1e-6), name


@quick
@given(seed=st.integers(0, 10**9))
def test_list_change_is_never_paid_beyond_what_it_is(seed: int) -> None:
    """Within the tolerance nothing, beyond it between the excess and all of it, in its own direction."""
    case = contract("non-members")
    inputs = perturbed(case, seed)
    inputs["list_tolerance"] = inputs["list_tolerance"] / 10
    r = evaluate(case.model, inputs)
    gap, counted, tolerance = r["list_gap"], r["list_counted"], inputs["list_tolerance"][..., None]
    excess = np.maximum(np.abs(gap) - tolerance, 0)
    assert (np.abs(counted) >= excess - 1e-12).all() and (np.abs(counted) <= np.abs(gap) + 1e-12).all()
    assert (counted * gap >= 0).all() and not counted[np.abs(gap) <= tolerance].any()
    assert np.allclose(r["list_deviation"][1:].sum(axis=0) - counted[1:].sum(axis=0), late(case, inputs, counted))


def late(case: Contract, inputs: Inputs, counted: Array) -> Array:
    """What is still unpaid after the last year, taken off: the lag's part of the last year's, none being due before."""
    assert not counted[0].any()
    return np.asarray(-counted[-1] * inputs["list_lag"][0][:, None])


# --- mistakes

SHARES = "  member_share: 90%\n  fully_integrated_share: 60%\n"
REGISTER = """\
practices:
  first: {title: First, list: 60%, form: full}
  second: {title: Second, list: 30%, form: partial, joins: 2018-10-01, full_from: 2019-07-01}
  third: {title: Third, list: 10%, form: non_member}

profiles:
"""
TEXT = spoiled(SHARES, "", spoiled("profiles:\n", REGISTER))


def test_the_register_itself_is_fine(tmp_path: Path) -> None:
    assert load(folder_with(tmp_path, TEXT)).warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "at", "says", "instead"),
    [
        ("list: 10%", "list: 9%", "|practices:", "sum to 99.000000%", "100%"),
        ("list: 10%", "list: -10%", "list: |-10%", "lies outside 0% to 100%", "0% to 100%"),
        ("form: non_member", "form: outsider", "form: |outsider", "is not one of the words", "non_member"),
        ("joins: 2018-10-01", "joins: 2018-03-31", "joins: |2018-03-31", "joins lies outside", "2018-04-01"),
        ("joins: 2018-10-01", "joins: 2022-04-01", "joins: |2022-04-01", "joins lies outside", "before 2022-04-01"),
        ("form: full}", "form: full, leaves: 2022-04-01}", "leaves: |2022-04-01", "leaves lies outside", "before"),
        ("full_from: 2019-07-01", "leaves: 2018-09-01", "leaves: |2018-09-01", "leaves before it joins", "after"),
        ("form: full}", "form: full, leaves: 2018-04-01}", "leaves: |2018-04-01", "leaves before it joins", "after"),
        ("2019-07-01", "2018-09-01", "full_from: |2018-09-01", "integrates fully before it joins", "joins or later"),
        ("2019-07-01}", "2019-07-01, full_until: 2019-06-01}", "full_until: |2019", "ends before it begins", "after"),
        ("2019-07-01}", "2019-07-01, leaves: 2019-06-01}", "full_from: |2019", "the practice has left", "before it"),
        (
            "form: full}",
            "form: full, full_from: 2019-07-01}",
            "full_from: |2019-07-01}\n  s",
            "from the day",
            "partial",
        ),
        ("full_from: 2019-07-01", "full_until: 2020-10-01", "full_until: |2020", "never fully integrated", "full_from"),
        ("non_member}", "non_member, joins: 2019-04-01}", "joins: |2019-04-01", "non_member throughout", "partial"),
        (
            "form: non_member",
            "form: virtual, leaves: 2019-04-01",
            "leaves: |2019-04-01",
            "virtual throughout",
            "partial",
        ),
        ("form: full}", "form: full, need: {flatt: 105%}}", "|flatt: 105%", "no line has the profile", "'flat'"),
        ("form: full}", "form: full, need: {flat: 0%}}", "flat: |0%", "more than nothing", "103%"),
        ("form: full}", "form: full, need: {flat: 1.05}}", "flat: |1.05", "ambiguous as a rate", "105%"),
        ("form: full}", "from: full}", "|{title: First", "'form' is missing", "form"),
        (
            "  unregistered",
            "  member_share: 90%\n  unregistered",
            "member_share: |90%",
            "says it again",
            "leave it out",
        ),
        ("  unregistered", f"{SHARES}  unregistered", "member_share: |90%", "says it again", "the section practices"),
        (REGISTER, "profiles:\n", "|population:", "nothing says which practices", "a section practices"),
        (
            "population: nhs\n    profile: flat\n",
            "population: resident\n    profile: flat\n",
            "|resident",
            "serve",
            "nhs",
        ),
    ],
)
def test_a_register_that_cannot_be_is_refused(
    old: str, new: str, at: str, says: str, instead: str, tmp_path: Path
) -> None:
    refused(spoiled(old, new, TEXT), at, says, instead, tmp_path)


def refused(text: str, at: str, says: str, instead: str, tmp_path: Path) -> None:
    path = folder_with(tmp_path, text)
    found = problems(path)
    fitting = [p for p in found if says in p.message]
    assert fitting, "\n".join(map(str, found))
    assert (fitting[0].place.line, fitting[0].place.column) == place(text, at)
    assert instead in fitting[0].instead


def test_more_parts_than_a_row_may_have_are_refused(tmp_path: Path) -> None:
    """7 lines of 86 practices are 602 parts, and 85 are 595."""
    for count in (85, 86):
        register = "".join(f"  p{k}: {{title: P, list: 1%, form: full}}\n" for k in range(1, count))
        rest = f"  p0: {{title: P, list: {101 - count}%, form: partial}}\n"
        text = spoiled(REGISTER, f"practices:\n{rest}{register}\nprofiles:\n", TEXT)
        if count == 85:
            assert load(folder_with(tmp_path, text)).warnings == ()
        else:
            refused(text, "|practices:", "more than 600 parts", "85 at most", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "at", "says", "instead"),
    [
        (SHARES, "", "|population:", "nothing says which practices", "member_share and fully_integrated_share"),
        (SHARES, SHARES[:20], "|table: pop", "member_share needs fully", "fully_integrated_share: and"),
        ("unregistered:", "non_member_contract: yes\n  unregistered:", "contract: |yes", "neither true nor", "true"),
        ("growth: 0.5%\n    roll", "growth: 0.5%\n    list_lag: 13 months\n    roll", "|13 m", "a year later", "12"),
        ("growth: 0.5%\n    roll", "growth: 0.5%\n    list_tolerance: 101%\n    roll", "|101%", "outside 0%", "100%"),
        (
            "growth: 0.5%\n    roll",
            "growth: 0.5%\n    list_tolerance_mode: excess\n    roll",
            "|excess",
            "no tolerance",
            "beside",
        ),
        (
            "adjustment: none",
            "adjustment: none\n    list_tolerance: 1%",
            "tolerance: |1%",
            "not follow the list",
            "dev",
        ),
        ("adjustment: none", "adjustment: none\n    list_lag: 1 years", "lag: |1 y", "not follow the list", "leave"),
    ],
)
def test_other_mistakes_are_refused(old: str, new: str, at: str, says: str, instead: str, tmp_path: Path) -> None:
    refused(spoiled(old, new), at, says, instead, tmp_path)


def test_tolerance_does_not_excuse_full_list_change_on_allocation_growth(tmp_path: Path) -> None:
    text = BASE.replace("list_adjustment: deviation", "list_adjustment: full\n    list_tolerance: 2%", 1)
    assert any("pays for population growth twice" in p.message for p in problems(folder_with(tmp_path, text)))
