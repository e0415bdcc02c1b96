"""Clauses one at a time, on small sheets, with the arithmetic written out: what no published settlement reaches.

Unless a test says otherwise the target is 100, so that an actual of 90 is a gain of 10; `payer` holds the variance and
takes the rest. Amounts are positive for the party that receives.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from oracles import ALL, Facts, by_year, made, over_years, paid, pool, provider, settle, shipped_settler, told

from mcp_finance.terms.settling.settle import Settlement, SettlementError, Settler

HALF = "{bands: [{share: {provider: 50%}}]}"
THREE = "provider, hospital, payer"


def value(done: Settlement, name: str) -> Fraction:
    return done.year[f"by_hand.{name}"][0]


def amounts(*numbers: str) -> list[Decimal]:
    return [Decimal(n) for n in numbers]


# One side of a pool --------------------------------------------------------------------------------------------------


def test_steps_act_in_the_order_written() -> None:
    cap_first = made(pool("{bands: [{share: {provider: 50%}}], then: [{cap: 8}, {scale: 90%}]}"))
    cut_first = made(pool("{bands: [{share: {provider: 50%}}], then: [{scale: 90%}, {cap: 8}]}"))
    assert provider(cap_first, 80) == Decimal("7.2")  # 50% of 20 is 10; at most 8; x 90%
    assert provider(cut_first, 80) == 8  # 10 x 90% = 9; at most 8
    assert provider(cap_first, 120) == Decimal("-7.2")


def test_a_subtraction_stops_at_nil() -> None:
    side = "{bands: [{share: {provider: 50%}}], then: [{subtract: relief}]}"
    relieved = made(pool("{}", side), facts=", relief: money")
    assert provider(relieved, 110, relief=2) == -3  # 5 - 2
    assert provider(relieved, 110, relief=7) == 0


def test_a_limit_on_two_bases_with_known_revenue() -> None:
    side = "{bands: [{share: {provider: 50%}}], then: [{cap: 'min(8% * revenue, 4% * target)'}]}"
    limited = made(pool(side), facts=", revenue: money")
    assert provider(limited, 120, revenue=30) == Decimal("-2.4")  # 10; 8% of 30 = 2.4 is less than 4% of 100 = 4
    assert provider(limited, 120, revenue=80) == -4  # 8% of 80 = 6.4 is more than 4
    assert provider(limited, 120, revenue=50) == -4  # both are 4
    assert provider(limited, 104, revenue=30) == -2  # 50% of 4: no limit reached


def test_a_leaver_before_and_after_the_limits() -> None:
    side = "{gate: {at: 15, then: all}, bands: [{share: {provider: 50%}}], then: [{cap: 6}]}"
    after, before = (
        made(pool(side), facts=", months: count", whole=f"period: {{months: months, prorate: {when}}}")
        for when in ("after_limits", "before_limits")
    )
    assert provider(after, 120, months=6) == -3  # 20 reaches 15; 10, at most 6; x 6/12
    assert provider(before, 120, months=6) == 0  # 20 x 6/12 = 10 is below the gate of 15
    assert provider(before, 140, months=6) == -6  # 40 x 6/12 = 20 reaches it; 10, at most 6
    assert provider(after, 140, months=6) == -3  # 20, at most 6; x 6/12
    assert provider(after, 82, months=4) == 2  # 9, at most 6; x 4/12
    assert provider(before, 120, months=9) == -6  # 20 x 9/12 = 15 is at the gate; 7.5, at most 6


def gated(bands: str, on: str, at: int = 1) -> str:
    return f"{{gate: {{at: {at}, then: excess, bands_on: {on}}}, {bands}}}"


def test_an_excess_cut_from_the_variance_or_from_itself() -> None:
    bands = "bands: [{to: 4, share: {provider: 50%}}, {share: {provider: 75%}}]"
    variance, excess = (made(pool(gated(bands, on))) for on in ("variance", "excess"))
    assert provider(variance, 94) == 3  # from 1 to 4: 3 x 50% = 1.5; from 4 to 6: 2 x 75% = 1.5
    assert provider(excess, 94) == Decimal("2.75")  # an excess of 5: 4 x 50% = 2, and 1 x 75%
    assert provider(variance, 98) == provider(excess, 98) == Decimal("0.5")  # 1 x 50%
    assert provider(variance, 99) == provider(excess, 99) == 0
    late = made(pool(gated(bands, "variance", at=5)))
    assert provider(late, 94) == Decimal("0.75")  # the gate lies beyond the first band: 1 x 75%


def test_a_limit_on_the_variance_acts_after_the_gate() -> None:
    bands = "limit_variance: 4, bands: [{to: 4, share: {provider: 50%}}, {share: {provider: 75%}}]"
    variance, excess = (made(pool(gated(bands, on))) for on in ("variance", "excess"))
    assert provider(variance, 80) == Decimal("2.25")  # 19 beyond the gate, at most 4: from 1 to 5, 1.5 + 0.75
    assert provider(excess, 80) == 2  # 4 x 50%
    first_pound = made(pool(f"{{gate: {{at: 1, then: all}}, {bands}}}"))
    assert provider(first_pound, 80) == 2
    assert provider(first_pound, 99) == Decimal("0.5")  # exactly at the gate: all of 1
    assert provider(first_pound, "99.01") == 0


def test_what_is_required_decides_one_side_alone() -> None:
    side = "{requires: [met, 'score >= 60%'], bands: [{share: {provider: 50%}}]}"
    settler = made(pool(side, HALF), facts=", met: flag, score: ratio")
    assert provider(settler, 90, met=1, score="0.6") == 5
    assert provider(settler, 90, met=1, score="0.5999") == 0
    assert provider(settler, 90, met=0, score=1) == 0
    assert provider(settler, 110, met=0, score=0) == -5


def test_adjustments_come_before_the_comparison() -> None:
    extra = "target_adjust: [{scale: 1 - 2%}, {add: 3}], actual_adjust: [{add: 0 - outliers}], "
    gate = "{gate: {at: 1% * adjusted_target, then: all}, bands: [{share: {provider: 100%}}]}"
    settler = made(pool(gate, extra=extra), facts=", outliers: money")
    assert provider(settler, 95, outliers=4) == 10  # 100 x 98% + 3 = 101, less 95 - 4 = 91
    assert provider(settler, 100, outliers=0) == 0  # 101 less 100 is 1, below 1% of 101
    assert provider(settler, "99.99", outliers=0) == Decimal("1.01")


def test_stop_loss_takes_large_claims_out_of_the_actual() -> None:
    settler = made(pool(extra="stop_loss: {attachment: 50000, share: 80%}, "))
    assert provider(settler, 104, claims_over=0) == -4
    assert provider(settler, 104, claims_over=5) == 0  # 104 - 80% x 5 = 100
    assert provider(settler, 104, claims_over=10) == 4


def test_scales_of_steps_and_their_end() -> None:
    settler = made(
        pool("{bands: [{share: {provider: 50%}}], then: [{scale: quality_gate}]}"), facts=", quality: ratio",
        definitions="definitions: {quality_gate: {steps: quality, upto: {60%: 0, 80%: 50%, 100%: 100%}}}",
    )  # fmt: skip
    found = [provider(settler, 80, quality=q) for q in ("0.6", "0.6001", "0.8", "0.81", "1")]
    assert found == [0, 5, 5, 10, 10]  # a step holds up to and including its end
    with pytest.raises(SettlementError, match="beyond the last step"):
        provider(settler, 80, quality="1.0001")


def test_ends_of_steps_are_plain_decimals_too() -> None:
    steps = "definitions: {quality_gate: {steps: quality, upto: {0.6: 0, 0.8: 50%, 1: 100%}}}"
    side = "{bands: [{share: {provider: 50%}}], then: [{scale: quality_gate}]}"
    assert provider(made(pool(side), facts=", quality: ratio", definitions=steps), 80, quality="0.7") == 5


def test_shares_by_formula_stay_within_the_variance() -> None:
    settler = made(
        pool("{bands: [{share: {provider: first_share, hospital: second_share}}]}"),
        facts=", first_share: ratio, second_share: ratio", parties=THREE,
    )  # fmt: skip
    assert paid(settler, 90, first_share="0.6", second_share="0.4") == {"provider": 6, "hospital": 4, "payer": -10}
    with pytest.raises(SettlementError, match="more than 100%"):
        paid(settler, 90, first_share="0.6", second_share="0.4000001")
    with pytest.raises(SettlementError, match="below 0%"):
        paid(settler, 90, first_share="0.6", second_share="-0.1")


def test_facts_that_break_a_declaration() -> None:
    settler = made(pool("{bands: [{share: {provider: 1 / people}}]}"), facts=", people: positive count")
    assert provider(settler, 90, people=4) == Decimal("2.5")
    with pytest.raises(SettlementError, match="people"):
        provider(settler, 90, people=0)
    with pytest.raises(SettlementError, match="people is missing"):
        provider(settler, 90)


# Parties -------------------------------------------------------------------------------------------------------------


def test_pools_are_netted_before_party_limits() -> None:
    limits = "party_limits: [{party: provider, gain: 1.5, loss: 4}]"
    settler = made(pool(HALF, id="beds"), pool(HALF, id="visits"), whole=limits)
    facts = {"beds.target": Fraction(100), "visits.target": Fraction(100)}
    for first, second, expected in ((90, 106, "1.5"), (90, 109, "0.5"), (104, 102, "-3"), (120, 94, "-4")):
        # 5 - 3 = 2, at most 1.5; 5 - 4.5 = 0.5; -2 - 1 = -3; -10 + 3 = -7, at most -4
        done = settle(settler, {**facts, "beds.actual": Fraction(first), "visits.actual": Fraction(second)})
        assert done.payments == {"provider": Decimal(expected), "payer": -Decimal(expected)}


def test_a_limit_by_pool_facts_means_their_total() -> None:
    limits = "party_limits: [{party: provider, gain: 1% * target, loss: 1% * target}]"
    settler = made(pool(HALF, id="beds"), pool(HALF, id="visits"), whole=limits)
    facts = {"beds.target": 100, "visits.target": 300, "beds.actual": 90, "visits.actual": 290}
    assert settle(settler, {k: Fraction(v) for k, v in facts.items()}).payments["provider"] == 4  # 10; 1% of 400


def test_a_holder_that_does_not_take_the_rest() -> None:
    side = "{bands: [{share: {commissioner: 30%, hospital: 20%}}]}"
    settler = made(pool(side, holder="hospital"), parties="commissioner, hospital, provider", rest="provider")
    done = settle(settler, told(90))
    assert done.shares == {"commissioner": 3, "hospital": 2, "provider": 5}
    assert done.payments == {"commissioner": 3, "hospital": -8, "provider": 5}  # it holds 10 and keeps 2
    assert paid(settler, 110) == {"commissioner": -3, "hospital": 8, "provider": -5}


@pytest.mark.parametrize(
    ("mode", "gain", "loss"),
    [("half_up", ("50.01", "25.02"), ("-50.01", "-25.02")), ("half_even", ("50.00", "25.02"), ("-50.00", "-25.02")),
     ("down", ("50.00", "25.01"), ("-50.00", "-25.01"))],
)  # fmt: skip
def test_rounding_is_once_and_the_rest_takes_the_remainder(
    mode: str, gain: tuple[str, ...], loss: tuple[str, ...]
) -> None:
    side = "{bands: [{share: {provider: 50%, hospital: 25.01%}}]}"
    settler = made(pool(side), parties=THREE, whole=f"rounding: {{mode: {mode}}}")
    for actual, expected in (("-0.01", gain), ("200.01", loss)):  # 100.01: halves of 50.005, and 25.012501
        first, second = amounts(*expected)
        if mode != "down":
            second = Decimal("25.01").copy_sign(second)
        assert paid(settler, actual) == {"provider": first, "hospital": second, "payer": -first - second}


def test_rounding_to_whole_pounds() -> None:
    side = "{bands: [{share: {provider: 50%, hospital: 50%}}]}"
    settler = made(pool(side), parties=THREE, whole="rounding: {places: 0}")
    assert paid(settler, 89) == {"provider": 6, "hospital": 6, "payer": -12}  # 5.5 each, and the rest bears the 1
    assert settle(settler, told(89)).shares["payer"] == 0


# Years ---------------------------------------------------------------------------------------------------------------


def test_phases_by_year() -> None:
    settler = made(pool(HALF), whole="phase: {shadow: 1, upside_only: 2 to 3, two_sided: 4 onward}")
    assert by_year(settler, *(told(90) for _ in range(5))) == [0, 5, 5, 5, 5]
    assert by_year(settler, *(told(110) for _ in range(5))) == [0, 0, 0, -5, -5]
    assert [done.shares["provider"] for done in over_years(settler, told(90), told(110))] == [5, -5]
    ended = made(pool(HALF), whole="phase: {upside_only: 1, two_sided: 2 to 3}")
    assert by_year(ended, told(110), told(110), told(110)) == [0, -5, -5]
    with pytest.raises(SettlementError, match="beyond the last phase"):
        settle(ended, told(110, year=4))


def test_a_phase_holds_for_a_holder_that_does_not_take_the_rest() -> None:
    side = "{bands: [{share: {hospital: 60%}}]}"
    phase = "phase: {upside_only: 1, two_sided: 2 onward}"
    settler = made(pool(side, holder="hospital"), parties="hospital, provider", rest="provider", whole=phase)
    assert paid(settler, 90, year=1) == {"hospital": -4, "provider": 4}  # it holds 10 and keeps 6
    assert paid(settler, 110, year=1) == {"hospital": 0, "provider": 0}  # no loss is charged to anybody
    assert paid(settler, 110, year=2) == {"hospital": 4, "provider": -4}


def account(**changed: str) -> Settler:
    """All of the variance is the provider's; losses over 2% of target are put off, as far as 5."""
    terms = {"opening": "0", "recoup": "100%", "balance_limit": "5", "interest": "0%", "at_end": "pay"} | changed
    clauses = ", ".join(f"{name}: {text}" for name, text in terms.items())
    return made(pool(), whole=f"account: {{defer_losses_over: 2% * target, {clauses}}}")


def test_an_account_defers_recoups_and_fills_up() -> None:
    done = over_years(account(), told(106), told(97), told(108), told(90, final_year=1))
    # Lost 6: 2 paid, 4 put off. Gained 3: all recouped. Lost 8: 6 over 2, room for 5 - 1. Gained 10: 5 recouped.
    assert [d.payments["provider"] for d in done] == [-2, 0, -4, 5]
    assert [value(d, "account.provider.balance") for d in done] == [4, 1, 5, 0]


def test_an_account_at_the_end() -> None:
    assert by_year(account(), told(106, final_year=1)) == [-6]  # 2 paid, and the 4 put off fall due at once
    assert by_year(account(at_end="lapse"), told(106, final_year=1)) == [-2]
    assert by_year(account(), told(106), told(100, final_year=1)) == [-2, -4]
    assert by_year(account(at_end="lapse"), told(106), told(100, final_year=1)) == [-2, 0]


def test_an_account_with_part_recoupment_interest_and_an_opening() -> None:
    assert by_year(account(recoup="50%"), told(106), told(97), told(90)) == amounts("-2", "1.5", "7.5")
    # 4 put off; half of 3 recouped, 2.5 left; then all 2.5, less than half of 10
    assert by_year(account(interest="10%"), told(106), told(100), told(90)) == amounts("-2", "0", "5.16")
    # 4 x 1.1 x 1.1 = 4.84 off 10
    assert by_year(account(opening="3"), told(90)) == [7]


def test_deferred_losses_are_paid_off_oldest_first_and_expire() -> None:
    years = (told(106), told(105), told(95), told(100))
    # Years 1 and 2 put off 4 and 3. Year 3 gains 5: 4 of year 1 and 1 of year 2. Year 4: the 2 left of year 2 expire.
    for fate, last in (("pay", -2), ("lapse", 0)):
        settler = account(balance_limit="20", expires_after_years="2", at_expiry=fate)
        assert by_year(settler, *years) == [-2, -2, 0, last]
    # Nothing gained: the 4 of year 1 expire at the end of year 3, the 3 of year 2 at the end of year 4.
    settler = account(balance_limit="20", expires_after_years="2", at_expiry="pay")
    assert by_year(settler, told(106), told(105), told(100), told(100), told(100)) == [-2, -2, -4, -3, 0]
    forgiving = account(balance_limit="20", expires_after_years="2", at_expiry="lapse")
    assert by_year(forgiving, told(106), told(105), told(100), told(90)) == [-2, -2, 0, 7]  # 10 - 3


def test_each_party_has_its_own_account() -> None:
    terms = "opening: 0, defer_losses_over: 1, recoup: 100%, balance_limit: 9, interest: 0%, at_end: pay"
    side, whole = "{bands: [{share: {provider: 50%, hospital: 50%}}]}", f"account: {{parties: [provider], {terms}}}"
    settler = made(pool(side), parties=THREE, whole=whole)
    first, second = (done.payments for done in over_years(settler, told(106), told(90)))
    assert first == {"provider": -1, "hospital": -3, "payer": 4}
    assert second == {"provider": 3, "hospital": 5, "payer": -8}  # 5 - 2


# Cash, funds, performance --------------------------------------------------------------------------------------------


def cash(rule: str, extra: str = "", share: str = ALL, parties: str = "provider, payer") -> Settler:
    whole = f"cash_backing: {{rule: {rule}, limit: saving{extra}}}"
    return made(pool(share), facts=", saving: money", whole=whole, parties=parties)


def test_cash_backing_lapses_or_carries_forward() -> None:
    years = (told(90, saving=4), told(98, saving=9))
    assert by_year(cash("cash_backed"), *years) == [4, 2]  # 6 of 10 lapse
    carried = cash("cash_backed", ", unfunded: carry_forward")
    assert by_year(carried, *years) == [4, 8]  # 2 and the 6 of year 1
    done = over_years(carried, told(90, saving=4), told(103, saving=5), told(100, saving=5))
    assert [d.payments["provider"] for d in done] == [4, 2, 1]  # 5 of the 6 less a loss of 3; then the last 1
    assert [value(d, "cash.unfunded") for d in done] == [6, 1, 0]


def test_cash_is_shared_in_proportion_and_never_below_nil() -> None:
    both = cash("cash_backed", share="{bands: [{share: {provider: 60%, hospital: 40%}}]}", parties=THREE)
    assert paid(both, 90, saving=5) == {"provider": 3, "hospital": 2, "payer": -5}
    assert paid(both, 90, saving=-5) == {"provider": 0, "hospital": 0, "payer": 0}
    assert paid(both, 110, saving=-5) == {"provider": -6, "hospital": -4, "payer": 10}


def test_notional_gains_and_a_reserve() -> None:
    done = settle(cash("notional"), told(90, saving=4))
    assert done.payments["provider"] == 10 and value(done, "cash.unfunded") == 6  # in full; 6 released no cash
    assert provider(cash("commissioner_reserve", ", reserve: 3"), 90, saving=4) == 7
    assert provider(cash("commissioner_reserve", ", reserve: 3"), 90, saving=-4) == 3
    assert provider(cash("commissioner_reserve", ", reserve: 30"), 90, saving=4) == 10


def test_over_recovery_is_what_losses_charge_beyond_the_bill() -> None:
    for saving, expected in ((-4, 6), (-12, 0), (3, 10)):  # the bill rose by 4, by 12, or fell
        done = settle(cash("cash_backed"), told(110, saving=saving))
        assert done.payments["provider"] == -10 and value(done, "cash.over_recovery") == expected


def fund(extra: str) -> Settler:
    pools = [pool(f"{{bands: [{{share: {{{party}: 100%}}}}]}}", id=f"pool_{party}") for party in ("a", "b", "c")]
    whole = f"funding: {{payouts_limited_to: collections, short: pro_rata, {extra}}}"
    return made(*pools, parties="a, b, c, payer", whole=whole)


def variances(a: int, b: int, c: int) -> Facts:
    targets = {f"pool_{party}.target": Fraction(100) for party in "abc"}
    return targets | {f"pool_{party}.actual": Fraction(100 - v) for party, v in zip("abc", (a, b, c), strict=True)}


def test_a_fund_pays_pro_rata_what_it_collects_and_keeps_the_rest() -> None:
    years = (variances(6, -4, 2), variances(3, -10, 0), variances(9, 0, 5))
    keeping = over_years(fund("carry_forward: true"), *years)
    # 4 for 8 asked: half of each. 10 for 3: 7 stay. 7 for 14: half of each.
    assert [list(d.payments.values())[:3] for d in keeping] == [
        [3, -4, 1], [3, -10, 0], amounts("4.5", "0", "2.5")]  # fmt: skip
    assert [value(d, "fund.balance") for d in keeping] == [0, 7, 0]
    spending = over_years(fund("carry_forward: false"), *years)
    assert [d.payments["a"] for d in spending] == [3, 3, 0]
    opened = over_years(fund("carry_forward: true, opening: 2"), *years)
    assert [d.payments["a"] for d in opened] == amounts("4.5", "3", "4.5")  # (4 + 2) / 8 of 6


def performance(kind: str, whole: str = "") -> Settler:
    item = f"{{party: provider, base: budget, amount: 10%, earned: score, kind: {kind}, unearned_to: payer}}"
    facts = ", budget: money, score: ratio" + (", saving: money" if whole else "")
    return made(pool(), facts=facts, whole=f"at_risk: [{item}]\n{whole}")


def test_a_performance_payment_withheld_or_on_top() -> None:
    facts = told(100, budget=240, score="0.82")
    done = settle(performance("withhold"), facts)
    held = dict(zip(("provider", "payer"), done.year["by_hand.withheld"], strict=True))
    assert held == {"provider": 0, "payer": 24}  # instalments are 240 - 24 = 216
    assert done.payments == {"provider": Decimal("19.68"), "payer": Decimal("-19.68")}  # 24 x 82%
    assert 240 - held["payer"] + Fraction(done.payments["provider"]) == Fraction("235.68")
    assert value(done, "at_risk_1.unearned") == Fraction("4.32")
    on_top = performance("top_up")
    assert settle(on_top, facts).payments["provider"] == Decimal("19.68") and not on_top.compiled.withheld


def test_performance_is_added_to_the_settlement_and_never_limited_by_cash() -> None:
    settler = performance("withhold", "cash_backing: {rule: cash_backed, limit: saving}")
    assert provider(settler, 90, budget=240, score="0.82", saving=0) == Decimal("19.68")
    assert provider(settler, 90, budget=240, score="0.82", saving=4) == Decimal("23.68")
    assert provider(settler, 110, budget=240, score="0.5", saving=0) == 2  # 12 earned, 10 lost


def test_the_golden_settlement() -> None:
    """Expected 100: deadband 1%, 50% to 4% and 75% beyond, cap 2.5%, quality 90%; loss 30%, collar 1%."""
    settler = shipped_settler("golden-example")

    def done(actual: str) -> list[Fraction]:
        cash_saving = (100 - Fraction(actual)) / 5  # the hospital is paid 20% of price
        found = settle(settler, told(actual, quality="0.9", cash_saving=cash_saving))
        payment = Fraction(found.payments["budget_holder"])
        return [found.shares["budget_holder"], payment, found.year["golden_example.cash.unfunded"][0]]

    # 3.0 x 50% + 2.0 x 75% = 3.0, capped at 2.5, x 0.9 = 2.25; cash 0.2 x 6.0 = 1.2; 2.25 - 1.2 = 1.05
    assert done("94.0") == [Fraction("2.25"), Fraction("1.2"), Fraction("1.05")]
    assert done("103.0") == [Fraction("-0.6"), Fraction("-0.6"), 0]  # (3.0 - 1.0) x 30%
    assert done("99.2") == [0, 0, 0]  # 0.8% is within 1%
