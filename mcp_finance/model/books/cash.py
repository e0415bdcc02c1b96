"""Monthly cash: when the money of the ledger is paid. Only where a scenario has the section `cash`.

Every entry accrues in its year; here it is paid, month by month, in its year and the next. What an entry is (its kind:
instalments, staff, a term sheet's settlements) says when. One pound of wages at a delay of one month: 11/12 of it is
paid by 31 March, evenly from May on, and 1/12 in April of the next year -> `budget_holder.cash.staff` -> the month's
`budget_holder.cash_flow` -> `budget_holder.cash_balance`, which rolls into the next April.

At each year's end what is not paid yet is somebody's debt and somebody's claim, so that cash, debtors and creditors
are the balance of the accrued books; the same sum reached from the next year's payments is the run-off, had the
contract ended there. Nothing is owed on the first day: opening balances are cash. Within a year every entry accrues
evenly but the annual payment, which has a profile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_finance.model.inputs import DAYS_IN_YEAR
from mcp_finance.model.party import COMMISSIONER, COUNCIL, HOLDER, OTHERS, OUTSIDE, PAID_AS, PRACTICES, Parties
from mcp_finance.model.structure import MONTHS
from mcp_finance.model.sums import NIL, summed
from mcp_finance.model.warn import warning
from mcp_finance.rows.expr import (
    Expr,
    choose,
    interpolate,
    last,
    least,
    most,
    plain_name,
    prior,
    ratio,
    ref,
    running,
    shift,
    size,
    total,
    weighted,
)
from mcp_finance.rows.row import Entry, InputSpec, Row, row

SHEET, MONTHLY, LEDGER, VALUE, CHECKS = "Cash", "Months", "Ledger", "Value", "Checks"
ORIGIN = "mcp_finance/model/books/cash.py"
MONTH, POINT = ("month",), ("instalment",)

HOSPITALS, TO_PRACTICES, STAFF = "hospital_contracts", "practices", "staff"
PROGRAMMES, FUNDING, INSTALMENTS = "programmes", "funding", "instalments"
DELAYED = {
    HOSPITALS: "payments to hospitals for activity",
    TO_PRACTICES: "payments to GP practices",
    OTHERS: "payments to other providers and suppliers, and whatever has no kind of its own",
    STAFF: "pay and supplies of a party's own services",
    PROGRAMMES: "cost of programmes",
    FUNDING: "funding from outside",
}
"""Kinds of flow that accrue evenly and are paid after a delay."""
KIND_BY_NAME = (
    ("nhs_wpap", INSTALMENTS),
    ("council_wpap", INSTALMENTS),
    ("own_services", STAFF),
    ("pension", STAFF),
    ("team", STAFF),
    ("reprovision", PROGRAMMES),
    ("transition", PROGRAMMES),
    ("double_running", PROGRAMMES),
)
"""What the beginning of an entry's name says of its kind; of any other, payer and payee say it."""
BY_PAYEE = {PRACTICES: TO_PRACTICES, COMMISSIONER: OTHERS, HOLDER: OTHERS, COUNCIL: OTHERS}
"""Transfers between parties by payee; any other party is a hospital."""
BUYERS = (COMMISSIONER, HOLDER, COUNCIL)
"""Who buys services from outside; the resource of other parties is pay and supplies."""
SETTLEMENT = "settlement_"

INPUTS = (
    InputSpec("month_end", "years", "End of the month, from the start of its year.", MONTH),
    InputSpec("instalment_time", "years", "End of the instalment's month, from the start of the year.", POINT),
    InputSpec("instalment_share", "share", "Part of the year's payment that is due for the month.", POINT, yearly=True),
    InputSpec("instalment_arrears", "years", "From the month of an instalment to its payment."),
    *(InputSpec(f"payment_delay.{kind}", "years", f"From accrual to payment: {doc}.") for kind, doc in DELAYED.items()),
    InputSpec(
        "settlement_share", "share", "Part of last year's settlements, if settled later, paid in the month.", MONTH
    ),
    InputSpec("advance", "GBP", "Working-capital loan of the commissioner to the budget holder, on the first day."),
    InputSpec("advance_term", "years", "Time from the first day over which the loan is paid back, evenly."),
    DAYS_IN_YEAR,
    *(InputSpec(f"month.{month}", "switch", f"1 for {month}, 0 for the others.", MONTH) for month in MONTHS),
)


@row(sheet=MONTHLY, unit="share", dims=POINT)
def instalment_plan(instalment_share: Expr) -> Expr:
    """Part of the annual payment that is due by the end of the month."""
    return running(instalment_share, over="instalment")


@row(sheet=MONTHLY, unit="share", dims=POINT)
def instalment_plan_before(instalment_plan: Expr) -> Expr:
    """The same of the year before."""
    return prior(instalment_plan)


@row(sheet=MONTHLY, unit="share", dims=MONTH)
def instalments_by(month_end: Expr, instalment_arrears: Expr, instalment_time: Expr, instalment_plan: Expr) -> Expr:
    """Part of the year's annual payment that is paid by the month's end: the plan, later by the arrears."""
    return interpolate(month_end - instalment_arrears, at=instalment_time, value=instalment_plan, over="instalment")


@row(sheet=MONTHLY, unit="share")
def instalments_in_year(instalments_by: Expr) -> Expr:
    """Part of the annual payment that is paid within its year."""
    return last(instalments_by, over="month")


@row(sheet=MONTHLY, unit="share", dims=MONTH)
def instalments_after(
    month_end: Expr, instalment_arrears: Expr, instalment_time: Expr, instalment_plan_before: Expr
) -> Expr:
    """Part of last year's annual payment that is paid by the month's end, in both years together."""
    later = 1 + month_end - instalment_arrears
    return interpolate(later, at=instalment_time, value=instalment_plan_before, over="instalment")


@row(sheet=MONTHLY, unit="share")
def instalments_next(instalment_plan: Expr, instalments_in_year: Expr) -> Expr:
    """Part of the annual payment that is paid in the next year."""
    return last(instalment_plan, over="instalment") - instalments_in_year


@row(sheet=MONTHLY, unit="share", dims=MONTH)
def settled_by(settlement_share: Expr) -> Expr:
    """Part of last year's settlements, as far as settled later, that is paid by the month's end."""
    return running(settlement_share, over="month")


@row(sheet=MONTHLY, unit="years", dims=MONTH)
def time_to_date(contract_year: Expr, month_end: Expr) -> Expr:
    """Years from the first day to the month's end."""
    return contract_year - 1 + month_end


@row(sheet=MONTHLY, unit="GBP", dims=MONTH)
def advance_left(advance: Expr, time_to_date: Expr, advance_term: Expr) -> Expr:
    """What the budget holder still has of the commissioner's loan at the month's end."""
    return advance * most(0, 1 - ratio(time_to_date, advance_term))


@row(sheet=SHEET, unit="GBP")
def advance_closing(advance_left: Expr) -> Expr:
    """What is left of the loan at the end of the year: a debt of the budget holder, a claim of the commissioner."""
    return last(advance_left, over="month")


@row(sheet=SHEET, unit="GBP")
def advance_opening(advance_closing: Expr) -> Expr:
    """What is left of the loan before the year; nil before the first, in which it is lent."""
    return prior(advance_closing)


@row(sheet=MONTHLY, unit="GBP", dims=MONTH)
def advance_flow(advance_left: Expr, advance_opening: Expr) -> Expr:
    """The loan to the budget holder in the month, less what it pays back."""
    return advance_left - shift(advance_left, over="month", first=advance_opening)


def cash_rows(parties: Parties, entries: Sequence[Row]) -> Iterator[Row]:
    """When entries are paid, and the monthly cash of every party, from the entries of the contract."""
    for kind in dict.fromkeys(kind_of(e) for e in entries):
        yield from _kind(kind)
    for e in entries:
        left = ref(e.name) * ref(f"cash.unpaid.{kind_of(e)}")
        yield _row(f"cash.owed.{e.name}", left, f"Of {plain_name(e.name)} of the year, what is not paid at its end.")
    for party in (*parties, OUTSIDE):
        yield from _flows(party, entries)
    for party in parties:
        yield from _balances(party, entries)
        yield from _run_off(party, entries)
        yield from _insolvency(party)
    everyone = [f"{party}.cash_flow" for party in (*parties, OUTSIDE)]
    yield from summed(_monthly("cash.everyone", NIL, "Cash of all parties and of outside in the month: nil."), everyone)
    doc = "Cash of all parties and of outside in the month, either way."
    yield _monthly("cash.gap", size(ref("cash.everyone")), doc)
    doc = "Monthly cash of all parties and of outside sums to nothing."
    yield _row("check.cash.zero_sum", total(ref("cash.gap"), over="month"), doc, sheet=CHECKS)


def kind_of(entry: Row) -> str:
    """When an entry is paid is told by its kind: a term sheet's settlements, what its name says, or who pays whom."""
    flow = _flow(entry)
    if paid_as := entry.tags.get(PAID_AS):
        return paid_as
    sheet, settles, _ = entry.name.partition(".with_")
    if settles:
        return SETTLEMENT + sheet
    for beginning, kind in KIND_BY_NAME:
        if entry.name.startswith(beginning):
            return kind
    if flow.kind == "funding":
        return FUNDING
    if flow.kind == "resource":
        return OTHERS if flow.payer in BUYERS else STAFF
    return BY_PAYEE.get(flow.payee, HOSPITALS)


def _flow(entry: Row) -> Entry:
    assert entry.entry is not None
    return entry.entry


def _kind(kind: str) -> Iterator[Row]:
    """Parts of this year's and of last year's entries of a kind that are paid by a month's end and in the month."""
    label, end = plain_name(kind), ref("month_end")
    if kind == INSTALMENTS:
        paid = ref("instalments_by")
        late = ref("instalments_after") - prior(ref("instalments_in_year"))
    elif kind.startswith(SETTLEMENT):
        later = ref(f"{kind.removeprefix(SETTLEMENT)}.settled_later")
        paid, late = end * (1 - later), ref("settled_by") * later
    else:
        delay = ref(f"payment_delay.{kind}")
        paid, late = most(0, end - delay), least(delay, end)
    for name, of, expr in (("paid", "the year's", paid), ("late", "last year's", late)):
        by = f"cash.{name}_by.{kind}"
        yield _monthly(by, expr, f"Part of {of} {label} that is paid by the month's end.", unit="share")
        inside = ref(by) - shift(ref(by), over="month", first=0)
        yield _monthly(f"cash.{name}.{kind}", inside, f"Part of {of} {label} that is paid in the month.", unit="share")
    unpaid = 1 - last(ref(f"cash.paid_by.{kind}"), over="month")
    yield _row(f"cash.unpaid.{kind}", unpaid, f"Part of {label} that is not paid within its year.", unit="share")
    even = last(ref(f"cash.late_by.{kind}"), over="month")
    paid_next = ref("instalments_next") if kind == INSTALMENTS else even
    yield _row(f"cash.paid_next.{kind}", paid_next, f"Part of {label} that is paid in the next year.", unit="share")


def _flows(party: str, entries: Sequence[Row]) -> Iterator[Row]:
    """The party's cash of the month, by kind and in all."""
    label, kinds = plain_name(party), _kinds(party, entries)
    for kind in kinds:
        of_kind = [e for e in entries if kind_of(e) == kind]
        signed = [e.name if _flow(e).payee == party else f"-{e.name}" for e in of_kind if _is_of(party, e)]
        due, what = f"{party}.due.{kind}", plain_name(kind)
        doc = f"Earned by {label} in the year, less what it is to pay: {what}."
        yield from summed(_row(due, NIL, doc, party, sheet=LEDGER), signed)
        cash = ref(due) * ref(f"cash.paid.{kind}") + prior(ref(due)) * ref(f"cash.late.{kind}")
        yield _monthly(f"{party}.cash.{kind}", cash, f"Cash of {label} in the month: {what}.", party)
    flows = [f"{party}.cash.{kind}" for kind in kinds] + _loan("advance_flow", party, HOLDER, COMMISSIONER)
    doc = f"Cash that {label} receives less what it pays in the month."
    yield from summed(_monthly(f"{party}.cash_flow", NIL, doc, party), flows)


def _balances(party: str, entries: Sequence[Row]) -> Iterator[Row]:
    """Cash from month to month and year to year, and what joins it to the accrued books."""
    label = plain_name(party)
    opening = prior(ref(f"{party}.cash_closing"), opening=ref(f"opening_balance.{party}"))
    yield _row(f"{party}.cash_opening", opening, f"Cash of {label} at the start of the year.", party)
    balance = ref(f"{party}.cash_opening") + running(ref(f"{party}.cash_flow"), over="month")
    yield _monthly(f"{party}.cash_balance", balance, f"Cash of {label} at the month's end.", party)
    closing = last(ref(f"{party}.cash_balance"), over="month")
    yield _row(f"{party}.cash_closing", closing, f"Cash of {label} at the end of the year.", party)
    owed = [f"cash.owed.{e.name}" for e in entries if _flow(e).payee == party]
    owing = [f"cash.owed.{e.name}" for e in entries if _flow(e).payer == party]
    owed += ["advance_closing"] * (party == COMMISSIONER)
    owing += ["advance_closing"] * (party == HOLDER)
    doc = f"What others owe {label} at the end of the year."
    yield from summed(_row(f"{party}.debtors", NIL, doc, party), owed)
    doc = f"What {label} owes at the end of the year."
    yield from summed(_row(f"{party}.creditors", NIL, doc, party), owing)
    books = ref(f"{party}.cash_closing") + ref(f"{party}.debtors") - ref(f"{party}.creditors")
    doc = f"Balance of {label} less its cash, debtors and creditors."
    yield _row(f"check.cash.{party}", ref(f"{party}.closing") - books, doc, party, sheet=CHECKS)


def _run_off(party: str, entries: Sequence[Row]) -> Iterator[Row]:
    """What the next year brings of this one, and cash after it: the accrued balance, had the contract ended here."""
    label, kinds = plain_name(party), _kinds(party, entries)
    for kind in kinds:
        coming = ref(f"{party}.due.{kind}") * ref(f"cash.paid_next.{kind}")
        doc = f"Of what {label} earned in the year, less what it is to pay, the cash of the next: {plain_name(kind)}."
        yield _row(f"{party}.run_off.{kind}", coming, doc, party)
    flows = [f"{party}.run_off.{kind}" for kind in kinds] + _loan("advance_closing", party, COMMISSIONER, HOLDER)
    doc = f"Cash that {label} would still receive, less what it would pay, had the contract ended with the year."
    yield from summed(_row(f"{party}.run_off", NIL, doc, party), flows)
    after = ref(f"{party}.cash_closing") + ref(f"{party}.run_off")
    yield _row(f"{party}.cash_after_run_off", after, f"Cash of {label} once all of that is paid.", party)
    unsettled = ref(f"{party}.closing") - ref(f"{party}.cash_after_run_off")
    doc = f"Balance of {label} less its cash once all is paid."
    yield _row(f"check.run_off.{party}", unsettled, doc, party, sheet=CHECKS)


def _insolvency(party: str) -> Iterator[Row]:
    """Whether the party's cash lasts: less than a pound below nil is rounding."""
    label, balance = plain_name(party), ref(f"{party}.cash_balance")
    for month in MONTHS:
        picked = weighted(balance, ref(f"month.{month}"), over="month")
        yield _row(f"{party}.cash_in.{month}", picked, f"Cash of {label} at the end of {month}.", party)
    lowest, to_date = ref(f"{party}.lowest_cash"), ref(f"{party}.lowest_cash_to_date")
    every = least(*(ref(f"{party}.cash_in.{month}") for month in MONTHS))
    yield _row(f"{party}.lowest_cash", every, f"Lowest cash of {label} at a month's end of the year.", party)
    so_far = least(prior(to_date, opening=lowest), lowest)
    doc = f"Lowest cash of {label} at a month's end since the first year."
    yield _row(f"{party}.lowest_cash_to_date", so_far, doc, party, sheet=VALUE)
    doc = f"Most cash so far that {label} would have needed from elsewhere to stay above nil at every month's end."
    yield _row(f"{party}.working_capital", most(0, -to_date), doc, party, sheet=VALUE)
    doc = f"1 where {label} ends the month a pound or more below nil."
    yield _monthly(f"{party}.overdrawn", choose(-balance >= 1, 1, 0), doc, party, unit="switch")
    months, first = total(ref(f"{party}.overdrawn"), over="month"), ref(f"{party}.first_year_insolvent")
    doc = f"Months of the year that {label} ends below nil."
    yield _row(f"{party}.months_overdrawn", months, doc, party, unit="number")
    if party == HOLDER:
        doc = f"The cash of {label} runs out at a month's end."
        yield warning(f"overdrawn_{party}", f"{party}.months_overdrawn", doc, ORIGIN, SHEET)
    now = ref("contract_year") * least(1, ref(f"{party}.months_overdrawn"))
    since = choose(prior(first) > 0, prior(first), now)
    doc = f"Year of the contract in which {label} first ends a month below nil; 0 if it never has."
    yield _row(f"{party}.first_year_insolvent", since, doc, party, sheet=VALUE, unit="number")
    daily = ref(f"{party}.paid") / ref("days_in_year")
    yield _row(f"{party}.daily_cost", daily, f"All that {label} pays in the year, for each day.", party, sheet=VALUE)
    days = ratio(lowest, ref(f"{party}.daily_cost"))
    doc = f"Liquidity of {label}: days of its cost that its lowest cash of the year covers."
    yield _row(f"{party}.liquidity_days", days, doc, party, sheet=VALUE, unit="days")


def _kinds(party: str, entries: Sequence[Row]) -> list[str]:
    """Kinds of the entries that the party pays or receives, in order."""
    return list(dict.fromkeys(kind_of(e) for e in entries if _is_of(party, e)))


def _is_of(party: str, entry: Row) -> bool:
    return party in (_flow(entry).payer, _flow(entry).payee)


def _loan(name: str, party: str, payee: str, payer: str) -> list[str]:
    """A row of the commissioner's loan, added for who receives it and taken off for who pays it."""
    return {payee: [name], payer: [f"-{name}"]}.get(party, [])


def _row(
    name: str,
    expr: Expr,
    doc: str,
    party: str = "",
    *,
    dims: tuple[str, ...] = (),
    sheet: str = SHEET,
    unit: str = "GBP",
) -> Row:
    return Row(name, expr, dims, sheet, unit, doc, ORIGIN, tags={"party": party} if party else {})


def _monthly(name: str, expr: Expr, doc: str, party: str = "", *, unit: str = "GBP") -> Row:
    return _row(name, expr, doc, party, dims=MONTH, sheet=MONTHLY, unit=unit)
