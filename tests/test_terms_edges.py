"""Where clauses meet: a holder that does not take the rest, limits below nil, and wrong clauses with a memory.

Small sheets as in `test_terms_by_hand.py`: the target is 100, and an actual of 90 is a gain of 10.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from oracles import by_year, made, paid, pool, provider, told

from mcp_finance.files.problems import ScenarioError
from mcp_finance.terms.settling.settle import SettlementError, Settler

HELD = "{bands: [{share: {payer: 40%, hospital: 30%}}]}"
HALF = "bands: [{share: {provider: 50%}}]"


def held_by_payer(whole: str, facts: str = "") -> Settler | None:
    """The payer holds and keeps 40%, the hospital has 30%, and the provider takes the rest; None if that is refused."""
    try:
        return made(pool(HELD), parties="payer, hospital, provider", rest="provider", whole=whole, facts=facts)
    except ScenarioError:
        return None


def test_a_holder_passes_on_what_is_not_its_own() -> None:
    settler = held_by_payer("")
    assert settler is not None
    assert paid(settler, 90) == {"payer": -6, "hospital": 3, "provider": 3}
    assert paid(settler, 110) == {"payer": 6, "hospital": -3, "provider": -3}


def test_cash_backs_the_gains_that_a_holder_passes_on_and_no_loss() -> None:
    """Right, or refused when it is read: the holder gives up no more of a gain than the cash that it released, and
    what others owe it of a loss is no gain of its own."""
    settler = held_by_payer("cash_backing: {rule: cash_backed, limit: saving}", ", saving: money")
    if settler is not None:
        assert paid(settler, 90, saving=20) == {"payer": -6, "hospital": 3, "provider": 3}
        assert paid(settler, 90, saving=2) == {"payer": -2, "hospital": 1, "provider": 1}
        assert paid(settler, 110, saving=-2) == {"payer": 6, "hospital": -3, "provider": -3}


def test_an_account_defers_no_gain_that_a_holder_passes_on() -> None:
    """Right, or refused when it is read: what the holder posts for a gain of others is no loss of its own."""
    terms = "opening: 0, defer_losses_over: 2, recoup: 100%, balance_limit: 50, interest: 0%, at_end: pay"
    settler = held_by_payer(f"account: {{{terms}}}")
    if settler is not None:
        assert paid(settler, 90, year=1) == {"payer": -6, "hospital": 3, "provider": 3}
        assert paid(settler, 110, year=1)["hospital"] == -2


def test_a_fund_collects_no_gain_that_a_holder_passes_on() -> None:
    """Right, or refused when it is read: in a year of gains alone nothing is collected, and nothing paid out."""
    settler = held_by_payer("funding: {payouts_limited_to: collections, short: pro_rata, carry_forward: false}")
    if settler is not None:
        assert paid(settler, 90) == {"payer": 0, "hospital": 0, "provider": 0}
        assert paid(settler, 110) == {"payer": 6, "hospital": -3, "provider": -3}


@pytest.mark.parametrize(
    ("side", "whole"),
    [
        (f"{{gate: {{at: limit, then: all}}, {HALF}}}", ""),
        (f"{{limit_variance: limit, {HALF}}}", ""),
        (f"{{{HALF}, then: [{{cap: limit}}]}}", ""),
        (f"{{{HALF}}}", "party_limits: [{party: provider, gain: limit, loss: limit}]"),
    ],
    ids=["gate", "limit on the variance", "cap", "party limit"],
)
@pytest.mark.parametrize("formula", ["allowance", "2 * allowance", "allowance - 0"])
def test_no_limit_is_below_nil(side: str, whole: str, formula: str) -> None:
    """A limit that facts put below nil is an error of the settlement, however it is written."""
    settler = made(
        pool(side.replace("limit,", f"{formula},").replace("limit}", f"{formula}}}")),
        whole=whole.replace("limit,", f"{formula},").replace("limit}", f"{formula}}}"),
        facts=", allowance: money",
    )
    assert provider(settler, 90, allowance=0) in (0, 5)
    with pytest.raises(SettlementError):
        paid(settler, 90, allowance=-3)


# Wrong clauses with a memory -----------------------------------------------------------------------------------------

ACCOUNT = (
    "account: {opening: 1, defer_losses_over: 2, recoup: 50%, balance_limit: 6, interest: 10%, "
    "expires_after_years: 2, at_expiry: lapse, at_end: pay}"
)
YEARS = (told(108), told(97), told(96), told(100), told(109), told(100, final_year=1))
RIGHT = [Decimal(paid_out) for paid_out in ("-3.1", "1.5", "2", "0", "-3", "-6.6")]
"""Year 1: 1 x 1.1 brought; of 8 lost, 6 are over 2, room for 6 - 1.1 = 4.9. Year 2: 1.21 and 5.39; half of 3 recouped,
1.21 and 0.29. Year 3: 5.1 x 1.1 = 5.61; half of 4 recouped, and 3.61 lapses. Year 5: of 9 lost, 7 are over 2, room for
6. Year 6, the last: 6 x 1.1 falls due."""


def test_an_account_with_all_its_clauses() -> None:
    assert by_year(made(pool(), whole=ACCOUNT), *YEARS) == RIGHT


@pytest.mark.parametrize(
    ("clause", "wrong", "years"),
    [
        (ACCOUNT, "", (1, 2, 3, 5, 6)),
        ("opening: 1", "opening: 0", (1,)),
        ("over: 2", "over: 4", (1, 5, 6)),
        ("recoup: 50%", "recoup: 100%", (2, 3)),
        ("balance_limit: 6", "balance_limit: 60", (1, 5, 6)),
        ("interest: 10%", "interest: 0%", (1, 6)),
        ("years: 2", "years: 1", (1, 3, 6)),
        ("years: 2", "years: 5", (5, 6)),
        ("expires_after_years: 2, at_expiry: lapse, ", "", (5,)),
        ("at_expiry: lapse", "at_expiry: pay", (3,)),
        ("at_end: pay", "at_end: lapse", (6,)),
    ],
    ids=lambda text: (text or "nothing")[:30] if isinstance(text, str) else "",
)
def test_wrong_clauses_of_an_account_show(clause: str, wrong: str, years: tuple[int, ...]) -> None:
    assert ACCOUNT.count(clause) == 1
    found = by_year(made(pool(), whole=ACCOUNT.replace(clause, wrong)), *YEARS)
    assert tuple(k for k, (a, b) in enumerate(zip(found, RIGHT, strict=True), 1) if a != b) == years


def test_a_phase_or_a_fund_that_is_ignored_shows() -> None:
    phase = made(pool(), whole="phase: {shadow: 1, upside_only: 2, two_sided: 3 onward}")
    assert by_year(phase, told(90), told(110), told(110)) == [0, 0, -10]
    assert by_year(made(pool()), told(90), told(110), told(110)) == [10, -10, -10]
    fund = made(pool(), whole="funding: {payouts_limited_to: collections, short: pro_rata, carry_forward: true}")
    assert by_year(fund, told(90), told(104), told(90)) == [0, -4, 4]
    assert by_year(made(pool()), told(90), told(104), told(90)) == [10, -4, 10]
