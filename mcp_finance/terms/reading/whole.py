"""The clauses of a sheet as a whole in plain English: what happens to the settlements of its pools together."""

from __future__ import annotations

from mcp_finance.terms.reading.phrases import Phrases, listed, party
from mcp_finance.terms.schema import LAST_YEAR, TermSheet

EXPIRED = {"pay": "is paid in full", "lapse": "lapses"}


def limits_said(sheet: TermSheet, say: Phrases) -> list[str]:
    """What each party may gain or lose at most."""
    found = []
    over = ", all pools together," if len(sheet.pools) > 1 else ""
    for limit in sheet.party_limits:
        sides = [("gains", limit.gain), ("loses", limit.loss)]
        most = [f"{verb} no more than {say.amount(made)}" for verb, made in sides if made is not None]
        why = f": {limit.why}" if limit.why else ""
        if most:
            found.append(f"{party(limit.party)}{over} {' and '.join(most)}{why}.")
    return found


def phases_said(sheet: TermSheet) -> list[str]:
    """What is paid in which contract years."""
    if (phase := sheet.phase) is None:
        return []
    kinds = (
        (phase.shadow, "shadow", "shares are computed and reported, and nothing is paid"),
        (phase.upside_only, "upside only", "gains are paid, and losses are computed but not charged"),
        (phase.two_sided, "two-sided", "gains are paid and losses charged"),
    )
    found = []
    for spans, name, meaning in kinds:
        if spans:
            found.append(f"In {listed([years_said(*span) for span in spans])} ({name}) {meaning}.")
    return found


def years_said(first: int, last: int) -> str:
    """Contract years in words."""
    if first == last:
        return f"year {first}"
    return f"year {first} and after" if last == LAST_YEAR else f"years {first} to {last}"


def cash_said(sheet: TermSheet, say: Phrases) -> list[str]:
    """How far gains must be backed by cash."""
    if (cash := sheet.cash_backing) is None:
        return []
    limit = say.amount(cash.limit)
    rules = {
        "cash_backed": f"Gains of all parties together are paid only up to {limit}, each in the same proportion.",
        "notional": f"Gains are paid in full, whether or not they released cash; what they exceed {limit} by is the "
        f"{party(sheet.rest)}'s loss.",
        "commissioner_reserve": f"Gains of all parties together are paid only up to {limit} and a reserve of "
        f"{say.amount(cash.reserve) if cash.reserve else ''}, each in the same proportion.",
    }
    found = [rules[cash.rule]]
    if cash.rule != "notional":
        fate = {"lapse": "lapses", "carry_forward": "is carried forward and claimed again with the next year's gain"}
        found.append(f"What is not paid for want of cash {fate[cash.unfunded]}. Losses are not affected.")
    return found


def account_said(sheet: TermSheet, say: Phrases) -> list[str]:
    """How losses are put off and paid out of later gains."""
    if (account := sheet.account) is None:
        return []
    parties = [party(p) for p in account.parties or [p for p in sheet.parties if p != sheet.rest]]
    found = [
        f"An account is kept for {listed(parties)}, which begins at {say.amount(account.opening)}.",
        f"What a year's loss exceeds {say.amount(account.defer_losses_over)} by is put off to the account, as long as "
        f"its balance stays within {say.amount(account.balance_limit)}.",
        f"Of a later gain {say.amount(account.recoup)} goes to pay off the balance, the oldest part first.",
        f"The balance earns interest of {say.amount(account.interest)} a year.",
    ]
    if account.expires_after_years is not None and account.at_expiry is not None:
        years = f"{account.expires_after_years} year{'s' * (account.expires_after_years != 1)}"
        found.append(f"What is not paid off within {years} {EXPIRED[account.at_expiry]}.")
    else:
        found.append("What is put off does not expire.")
    found.append(f"At the end of the contract (final year) what is left of the balance {EXPIRED[account.at_end]}.")
    return found


def funding_said(sheet: TermSheet, say: Phrases) -> list[str]:
    """Out of what gains are paid."""
    if (funding := sheet.funding) is None:
        return []
    opening = f" The fund begins at {say.amount(funding.opening)}." if funding.opening is not None else ""
    left = "is carried forward to later years" if funding.carry_forward else "is not carried forward"
    return [
        f"Gains are paid only out of what losses collect; if that is short, every gain is paid pro rata.{opening}",
        f"What is left in the fund {left}.",
    ]


def at_risk_said(sheet: TermSheet, say: Phrases) -> list[str]:
    """What is paid for performance."""
    found = []
    for item in sheet.at_risk:
        earner, payer = party(item.party), party(item.unearned_to)
        title = f"{item.title}: " if item.title else ""
        stake = f"{say.amount(item.amount)} of {say.amount(item.base)}"
        if item.kind == "withhold":
            how = f"{payer} withholds {stake} from {earner}'s instalments, and settlement pays what is earned"
        else:
            how = f"{earner} may earn {stake} on top of its instalments, which are whole, from {payer}"
        found.append(f"{title}{how}. Earned is {say.amount(item.earned)} of it; {payer} keeps what is not earned.")
    return found
