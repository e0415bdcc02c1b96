"""From pools to what is paid: netting, party limits, cash backing, account, funding and performance (steps 7 to 11).

Each step has one row a party, read by the next. Parties other than the holder of the pools are written, and the holder
pays or receives what makes the sheet sum to nil (`rest` does, where pools have different holders). The one row that
others read is `payment`, by party; `withheld`, by the party that keeps back part of its instalments, stands beside it
where a performance payment is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcp_finance.files.shape import Steps as Path
from mcp_finance.rows.expr import Expr, least, most, prior, ratio
from mcp_finance.terms.clauses import middle_of
from mcp_finance.terms.compiler.account import write_account
from mcp_finance.terms.compiler.parts import PARTY, added, one_hot, plain, said
from mcp_finance.terms.compiler.sides import PoolRows
from mcp_finance.terms.compiler.writer import Writer
from mcp_finance.terms.formula import Formula
from mcp_finance.terms.schema import CashBacking

TERMS_IN_SUM = 4


@dataclass(frozen=True)
class Chain:
    """The steps between pools and payment. Amounts by party, the one in the middle left out."""

    writer: Writer

    @property
    def others(self) -> list[str]:
        sheet = self.writer.terms.sheet
        return [p for p in sheet.parties if p != self.middle]

    @property
    def middle(self) -> str:
        """The party that takes the other side of all payments."""
        return middle_of(self.writer.terms.sheet)

    def write(self, pools: list[PoolRows]) -> None:
        """Write every step and the rows that the sheet exports."""
        sheet = self.writer.terms.sheet
        self._shares(pools)
        net = self._netted(pools)
        net = self._limited(net)
        if sheet.cash_backing is not None:
            net = self._cash_backed(net, sheet.cash_backing)
        if sheet.account is not None:
            named = sheet.account.parties or list(net)
            net = {p: write_account(self.writer, p, n) if p in named else n for p, n in net.items()}
        if sheet.funding is not None:
            net = self._funded(net)
        self._payment(self._performance(net))

    def row(self, name: str, expr: Expr, doc: str, path: Path = (), kind: str = "money") -> Expr:
        return self.writer.row(name, expr, doc, path, kind=kind)

    def tell(self, text: str, *rows: Expr | str, test: str = "") -> None:
        names = [r if isinstance(r, str) else r.name.removeprefix(f"{self.writer.prefix}.") for r in rows]
        self.writer.tell(text, *names, test=test, indent=0)

    def _shares(self, pools: list[PoolRows]) -> None:
        for party in self.writer.terms.sheet.parties:
            parts = [pool.shares[party] for pool in pools if party in pool.shares]
            if parts:
                self.row(
                    f"{party}.share", added(parts), f"{plain(party).capitalize()}'s part of the variance of all pools."
                )

    def _netted(self, pools: list[PoolRows]) -> dict[str, Expr]:
        found = {}
        for party in self.others:
            parts = [pool.transfers[party] for pool in pools if party in pool.transfers]
            if parts:
                doc = f"What all pools together post for {plain(party)}."
                found[party] = self.row(f"{party}.netted", added(parts), doc, ("pools",))
        return found

    def _limited(self, net: dict[str, Expr]) -> dict[str, Expr]:
        limits: list[tuple[Formula, Expr]] = []
        for n, limit in enumerate(self.writer.terms.sheet.party_limits):
            party = limit.party
            for side in ("gain", "loss"):
                made = getattr(limit, side)
                if made is None or party not in net:
                    continue
                at: Path = ("party_limits", n, side)
                doc = f"The most that {plain(party)} may {'gain' if side == 'gain' else 'lose'}: {made.text}."
                most_of = self.writer.formula(f"{party}.{side}_limit_{n + 1}", made, at, None, doc)
                clipped = least(net[party], most_of) if side == "gain" else most(net[party], -most_of)
                name = f"{party}.limited_{side}_{n + 1}"
                limit_said = said(self.writer.terms.sheet, made)
                after = self.row(name, clipped, f"After the limit on its {side}.", at)
                self.tell(f"{plain(party)}: {{0}}, with a limit of {{1}} ({limit_said}) on a {side}, is {{2}}",
                          net[party], most_of, after)  # fmt: skip
                net = net | {party: after}
                limits.append((made, most_of))
        self.writer.hold("limits_below_nil", limits, "a party's limit", ("party_limits",))
        return net

    # Cash backing ----------------------------------------------------------------------------------------------------

    def _cash_backed(self, net: dict[str, Expr], clause: CashBacking) -> dict[str, Expr]:
        path: Path = ("cash_backing",)
        carries = clause.unfunded == "carry_forward"
        doc = f"Cash released: {clause.limit.text}."
        saving = self.writer.formula("cash.saving", clause.limit, (*path, "limit"), None, doc)
        limit = self._cash_limit(clause, saving, path)
        claims: dict[str, Expr] = {}
        for party, value in net.items():
            unpaid = prior(self._ref(f"cash.{party}.unfunded")) if carries else None
            claim = most(0, value) + unpaid if unpaid is not None else most(0, value)
            doc = f"Gain of {plain(party)}" + (", with what was not paid before." if carries else ".")
            claims[party] = self.row(f"cash.{party}.claim", claim, doc, path)
        total = self.row("cash.claims", added(claims.values()), "Gains of all parties.", path)
        unpaid_doc = "Gains beyond the cash that they released."
        gap = self.row("cash.unfunded", most(0, total - limit), unpaid_doc, path)
        self._over_recovery(net, saving, path)
        if clause.rule == "notional":
            self.tell("cash: {0} of gains are paid in full; {1} of them released no cash", total, gap)
            for party in net:
                self.row(
                    f"cash.{party}.unfunded", Expr("num", value=0.0) * claims[party], "Nothing is held back.", path
                )
            return net
        part = self.row(
            "cash.paid_share", least(1, ratio(limit, total)), "Part of the gains that is paid.", path, "ratio"
        )
        fate = "is carried forward" if carries else "lapses"
        self.tell(f"cash: {{0}} of gains against {{1}}; {{2}} is not backed by cash and {fate}", total, limit, gap)
        found = {}
        for party, value in net.items():
            paid = self.row(f"cash.{party}.paid", claims[party] * part, f"Gain of {plain(party)} that is paid.", path)
            self.row(f"cash.{party}.unfunded", claims[party] - paid, f"Gain of {plain(party)} that is not.", path)
            found[party] = self.row(f"{party}.backed", paid + least(0, value), "What is paid, or the loss.", path)
        return found

    def _cash_limit(self, clause: CashBacking, saving: Expr, path: Path) -> Expr:
        if clause.reserve is None:
            return self.row("cash.limit", most(0, saving), "Gains are backed up to here.", path)
        doc = f"Reserve set aside for gains: {clause.reserve.text}."
        reserve = self.writer.formula("cash.reserve", clause.reserve, (*path, "reserve"), None, doc)
        self.writer.hold("cash.below_nil", [(clause.reserve, reserve)], "the reserve", path)
        return self.row("cash.limit", most(0, saving) + reserve, "Gains are backed up to here: cash and reserve.", path)

    def _over_recovery(self, net: dict[str, Expr], saving: Expr, path: Path) -> None:
        charged = [self.row(f"cash.{p}.charged", most(0, -v), f"Loss of {plain(p)}.", path) for p, v in net.items()]
        doc = "Losses charged beyond what the bill rose by."
        self.row("cash.over_recovery", most(0, added(charged) - most(0, -saving)), doc, path)

    def _ref(self, name: str) -> Expr:
        return Expr("ref", name=self.writer.full(name))

    # Funding, performance, payment -----------------------------------------------------------------------------------

    def _funded(self, net: dict[str, Expr]) -> dict[str, Expr]:
        clause, path = self.writer.terms.sheet.funding, ("funding",)
        assert clause is not None
        collected = self.row("fund.collections", added([most(0, -v) for v in net.values()]), "Losses collected.", path)
        asked = self.row("fund.payouts", added([most(0, v) for v in net.values()]), "Gains to be paid.", path)
        available: Expr = collected
        if clause.carry_forward:
            opening: Expr | int = 0
            if clause.opening is not None:
                opening = self.writer.formula(
                    "fund.opening", clause.opening, (*path, "opening"), None, "Fund at the start."
                )
                self.writer.hold("fund.below_nil", [(clause.opening, opening)], "the fund's opening", path)
            available = collected + prior(self._ref("fund.balance"), opening=opening)
        available = self.row("fund.available", available, "What gains can be paid from.", path)
        part = self.row(
            "fund.paid_share", least(1, ratio(available, asked)), "Part of every gain that is paid.", path, "ratio"
        )
        self.row("fund.balance", available - asked * part, "Left in the fund.", path)
        self.tell("fund: {0} available for gains of {1}", available, asked)
        found = {}
        for party, value in net.items():
            expr = most(0, value) * part + least(0, value)
            found[party] = self.row(f"{party}.funded", expr, "After funding.", path)
        return found

    def _performance(self, net: dict[str, Expr]) -> dict[str, list[Expr]]:
        """For every party the parts of its payment: its settlement, and performance payments to it or by it."""
        sheet = self.writer.terms.sheet
        parts: dict[str, list[Expr]] = {p: [net[p]] if p in net else [] for p in self.others}
        withheld: dict[str, list[Expr]] = {}
        for n, item in enumerate(sheet.at_risk):
            path, own = ("at_risk", n), f"at_risk_{n + 1}"
            base, amount, score = (
                self.writer.formula(
                    f"{own}.{name}", getattr(item, name), (*path, name), None, f"{plain(name)}: {made.text}."
                )
                for name, made in (("base", item.base), ("amount", item.amount), ("earned", item.earned))
            )
            shares = [(item.amount, amount), (item.earned, score)]
            self.writer.hold(f"{own}.below_nil", [(item.base, base), *shares], "base, amount or score", path)
            self.writer.hold_to_all(f"{own}.beyond_all", shares, "the amount at risk or the score", path)
            name = item.title or "performance payment"
            stake = self.row(f"{own}.at_stake", base * amount, f"{name}: what can be earned.", path)
            earned = self.row(f"{own}.paid", stake * score, f"{name}: what is earned.", path)
            self.row(
                f"{own}.unearned", stake - earned, f"{name}: what is not, left with {plain(item.unearned_to)}.", path
            )
            text = f"{name}: {{0}} at stake for {plain(item.party)}, {{1}} earned, from {plain(item.unearned_to)}"
            self.tell(text, stake, earned)
            if item.party in parts:
                parts[item.party].append(earned)
            if item.unearned_to in parts:
                parts[item.unearned_to].append(-earned)
            if item.kind == "withhold":
                withheld.setdefault(item.unearned_to, []).append(stake)
        if withheld:
            self._by_party(
                "withheld", {p: added(w) for p, w in withheld.items()}, "Held back from its instalments, by payer."
            )
        return parts

    def _payment(self, parts: dict[str, list[Expr]]) -> None:
        sheet = self.writer.terms.sheet
        paid = {
            party: self.row(
                f"{party}.payment", added(found), f"{plain(party).capitalize()} receives; below nil it pays."
            )
            for party, found in parts.items()
            if found
        }
        balance = -added(paid.values()) if paid else Expr("num", value=0.0)
        doc = f"{plain(self.middle).capitalize()} takes the other side of all payments, so that they sum to nil."
        other = self.row(f"{self.middle}.payment", balance, doc, ("rest",))
        doc = "Settlement by party: positive receives, and all sum to nil."
        self._by_party("payment", paid | {self.middle: other}, doc)
        for party in sheet.parties:
            if party in paid or party == self.middle:
                self.tell(f"payment to {plain(party)}: {{0}}", f"{party}.payment")

    def _by_party(self, name: str, values: dict[str, Expr], doc: str) -> None:
        """Rows of single parties as one row by party."""
        named = {p: self.row(f"{name}.{p}", v, doc) if v.op != "ref" else v for p, v in values.items()}
        products = [
            value * Expr("ref", name=one_hot(self.writer.parties.get(party, party))) for party, value in named.items()
        ]
        groups = [products[k : k + TERMS_IN_SUM] for k in range(0, len(products), TERMS_IN_SUM)]
        sums = [added(group) for group in groups]
        if len(sums) > 1:
            sums = [
                self.writer.row(f"{name}.part_{k + 1}", s, f"Part of {name}.", dims=(PARTY,))
                for k, s in enumerate(sums)
            ]
        self.writer.row(name, added(sums), doc, dims=(PARTY,))
