"""Step 9, the account: losses over an amount are put off, and recouped from later gains, the oldest first.

A year's deferral is a year older every year, in rows of its own, so that it can expire; without expiry one row holds
the whole balance. Interest is added to what is brought forward. What the end of the contract finds is paid, or lapses.
"""

from __future__ import annotations

from mcp_finance.files.shape import Steps as Path
from mcp_finance.rows.expr import Expr, least, most, prior
from mcp_finance.terms.compiler.parts import added, plain
from mcp_finance.terms.compiler.writer import Writer
from mcp_finance.terms.schema import Account


def write_account(writer: Writer, party: str, net: Expr) -> Expr:
    """Defer losses over an amount, recoup them from gains, oldest first; what expires is paid or lapses."""
    clause = writer.terms.sheet.account
    assert clause is not None
    path, own = ("account",), f"account.{party}"
    terms = _terms(writer, clause)
    brought = _brought(writer, own, clause, terms)
    total = _row(writer, f"{own}.brought", added(brought), "Deferred losses brought forward, with interest.", path)
    takes = least(total, most(0, net) * terms["recoup"])
    recouped = _row(writer, f"{own}.recouped", takes, "Taken from this year's gain to pay them off.", path)
    left = _taken(writer, own, brought, recouped)
    expired, kept = (left[-1], left[:-1]) if clause.expires_after_years else (None, left)
    after = _row(writer, f"{own}.kept", added(kept) if kept else total * 0, "Still deferred.", path)
    room = most(0, terms["balance_limit"] - after)
    over = most(0, -net - terms["defer_losses_over"])
    deferred = _row(writer, f"{own}.deferred", least(over, room), "Part of this year's loss that is put off.", path)
    final = writer.fact("final_year", None)
    balance = _row(writer, f"{own}.at_end", after + deferred, "Deferred at the end of the year.", path)
    end = _row(writer, f"{own}.ended", balance * final, "Of that, what the end of the contract finds.", path)
    _row(writer, f"{own}.balance", balance - end, "Balance of deferred losses, carried to the next year.", path)
    paid = net - recouped + deferred
    if clause.at_end == "pay":
        paid = paid - end
    if expired is not None and clause.at_expiry == "pay":
        paid = paid - expired
    text = f"account of {plain(party)}: {{0}} brought forward, {{1}} recouped, {{2}} put off, {{3}} deferred at the end"
    _tell(writer, text, total, recouped, deferred, balance)
    fate = {"pay": "is paid", "lapse": "lapses", None: ""}
    if expired is not None:
        _tell(writer, f"account of {plain(party)}: {{0}} expires and {fate[clause.at_expiry]}", expired, test=expired)
    _tell(writer, f"account of {plain(party)}: the contract ends; {{0}} {fate[clause.at_end]}", end, test=end)
    return _row(writer, f"{party}.settled", paid, "After the account.", path)


def _brought(writer: Writer, own: str, clause: Account, terms: dict[str, Expr]) -> list[Expr]:
    """What comes into the year, the youngest first: one row a year of age, or one where nothing expires."""
    grown = 1 + terms["interest"]
    path: Path = ("account",)
    if clause.expires_after_years is None:
        before = prior(_ref(writer, f"{own}.balance"), opening=terms["opening"])
        return [_row(writer, f"{own}.age_1", before * grown, "Brought forward, with interest.", path)]
    found = []
    for age in range(1, clause.expires_after_years + 1):
        if age == 1:
            before = prior(_ref(writer, f"{own}.deferred"), opening=terms["opening"])
        else:
            before = prior(_ref(writer, f"{own}.age_{age - 1}.left"))
        found.append(_row(writer, f"{own}.age_{age}", before * grown, f"Deferred {age} year(s) ago.", path))
    return found


def _taken(writer: Writer, own: str, brought: list[Expr], recouped: Expr) -> list[Expr]:
    """What is left of each year's deferral once gains have paid off the oldest first."""
    left: list[Expr] = []
    older: list[Expr] = []
    for age in range(len(brought), 0, -1):
        amount = brought[age - 1]
        to_take = recouped - added(older) if older else recouped
        taken = _row(writer, f"{own}.age_{age}.taken", least(amount, most(0, to_take)), "Paid off.", ("account",))
        left.insert(0, _row(writer, f"{own}.age_{age}.left", amount - taken, "Left of it.", ("account",)))
        older.append(taken)
    return left


def _terms(writer: Writer, clause: Account) -> dict[str, Expr]:
    """The numbers of the clause, none of them below nil, and no more recouped than the gain."""
    found, made = {}, []
    for name in ("opening", "defer_losses_over", "recoup", "balance_limit", "interest"):
        formula = getattr(clause, name)
        found[name] = writer.formula(f"account.{name}", formula, ("account", name), None, f"{plain(name)}.")
        made.append((formula, found[name]))
    writer.hold("account.below_nil", made, "an amount of the account", ("account",))
    writer.hold_to_all("account.beyond_all", [(clause.recoup, found["recoup"])], "recoup", ("account",))
    return found


def _ref(writer: Writer, name: str) -> Expr:
    return Expr("ref", name=writer.full(name))


def _row(writer: Writer, name: str, expr: Expr, doc: str, path: Path) -> Expr:
    return writer.row(name, expr, doc, path)


def _tell(writer: Writer, text: str, *rows: Expr, test: Expr | None = None) -> None:
    names = [r.name.removeprefix(f"{writer.prefix}.") for r in rows]
    writer.tell(text, *names, test=test.name.removeprefix(f"{writer.prefix}.") if test is not None else "", indent=0)
