"""From pools to what is paid: netting, party limits, cash backing, account, funding and performance (steps 7 to 11).

Each step has one row a party, read by the next. Parties other than the holder of the pools are written, and the holder
pays or receives what makes the sheet sum to nil (`rest` does, where pools have different holders). The one row that
others read is `payment`, by party; `withheld`, by the party that keeps back part of its instalments, stands beside it
where a performance payment is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mcp_finance.files.shape import Steps as Path
from mcp_finance.rows.expr import Expr, choose, least, most, prior, ratio, steps
from mcp_finance.rows.row import InputSpec, Origin
from mcp_finance.terms.clauses import middle_of
from mcp_finance.terms.compiler.parts import added, plain, said
from mcp_finance.terms.compiler.sides import PoolRows
from mcp_finance.terms.compiler.writer import Writer
from mcp_finance.terms.formula import Number
from mcp_finance.terms.schema import LAST_YEAR, Account, CashBacking, Phase
from mcp_finance.terms.units import Units

PARTY = "party"
TERMS_IN_SUM = 5


def one_hot(party: str) -> str:
    """The input that is 1 for one party and 0 for the others: it puts rows by party together and takes them apart."""
    return f"{PARTY}.{party}"


def party_inputs(parties: tuple[str, ...]) -> dict[str, tuple[InputSpec, tuple[tuple[Fraction, Origin], ...]]]:
    """Inputs of the dimension `party`, shared by all sheets of a model, with their values."""
    origin = Origin("", PARTY, grade="definition", note="picks one party")
    return {
        one_hot(party): (
            InputSpec(one_hot(party), "switch", f"1 for {plain(party)}, 0 for the others.", (PARTY,)),
            tuple((Fraction(p == party), origin) for p in parties),
        )
        for party in parties
    }


def write_phase(writer: Writer) -> tuple[Expr | None, Expr | None]:
    """The parts of gains and of losses that are paid in the year, 1 or 0."""
    phase = writer.terms.sheet.phase
    if phase is None:
        return None, None
    spans: list[tuple[tuple[int, int], int, int]] = sorted(
        [(s, 0, 0) for s in phase.shadow]
        + [(s, 1, 0) for s in phase.upside_only]
        + [(s, 1, 1) for s in phase.two_sided]
    )
    year = writer.fact("year", None)
    is_open = spans[-1][0][1] == LAST_YEAR
    ends = [first if is_open and k == len(spans) - 1 else last for k, ((first, last), _, _) in enumerate(spans)]
    dim = writer.points(len(spans))
    place = writer.place(("phase",))
    origin = Origin(place, "phase", writer.terms.sheet.source, "definition", note=_words(phase))
    upto = writer.put(
        writer.full("phase.upto"),
        "Last year of each phase.",
        [(Fraction(e), origin) for e in ends],
        kind="count",
        dims=(dim,),
    )
    found = []
    for side in ("gain", "loss"):
        cells = [(Fraction(gains if side == "gain" else losses), origin) for _, gains, losses in spans]
        doc = f"1 where a {side} is paid in the phase."
        value = writer.put(writer.full(f"phase.{side}.paid"), doc, cells, kind="flag", dims=(dim,))
        doc = f"1 if the year pays a {side}: {_words(phase)}."
        found.append(writer.row(f"phase.{side}", steps(year, upto, value, over=dim), doc, ("phase",), kind="flag"))
    if not is_open:
        last = writer.number(
            "phase.last_year", Number(Fraction(ends[-1]), str(ends[-1]), "plain"), ("phase",), "Last year."
        )
        writer.condition("phase.over", choose(year > last, 1, 0), "the year lies beyond the last phase", ("phase",))
    writer.tell("", test="phase.gain", otherwise="phase: a gain is worked out this year and not paid", indent=0)
    writer.tell("", test="phase.loss", otherwise="phase: a loss is worked out this year and not charged", indent=0)
    return found[0], found[1]


def _words(phase: Phase) -> str:
    spoken = []
    for name in ("shadow", "upside_only", "two_sided"):
        for first, last in getattr(phase, name):
            years = f"{first} onward" if last == LAST_YEAR else str(first) if first == last else f"{first} to {last}"
            spoken.append(f"{plain(name)} year {years}")
    return ", ".join(spoken)


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
            net = {p: self._account(p, n, sheet.account) if p in named else n for p, n in net.items()}
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
        doubtful: list[Expr] = []
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
                self.tell(f"{plain(party)}: {{0}}, limited to a {side} of {{1}} ({limit_said})", net[party], most_of)
                net = net | {party: self.row(name, clipped, f"After the limit on its {side}.", at)}
                if not Units(self.writer.terms.sheet, False).not_below_nil(made.root):
                    doubtful.append(most_of)
        self.writer.below_nil("limits_below_nil", doubtful, "a party's limit", ("party_limits",))
        return net

    # Cash backing ----------------------------------------------------------------------------------------------------

    def _cash_backed(self, net: dict[str, Expr], clause: CashBacking) -> dict[str, Expr]:
        path: Path = ("cash_backing",)
        carries = clause.unfunded == "carry_forward"
        limit = self._cash_limit(clause, path)
        claims: dict[str, Expr] = {}
        for party, value in net.items():
            unpaid = prior(self._ref(f"cash.{party}.unfunded")) if carries else None
            claim = most(0, value) + unpaid if unpaid is not None else most(0, value)
            doc = f"Gain of {plain(party)}" + (", with what was not paid before." if carries else ".")
            claims[party] = self.row(f"cash.{party}.claim", claim, doc, path)
        total = self.row("cash.claims", added(claims.values()), "Gains of all parties.", path)
        unpaid_doc = "Gains beyond the cash that they released."
        gap = self.row("cash.unfunded", most(0, total - limit), unpaid_doc, path)
        self._over_recovery(net, limit, path)
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

    def _cash_limit(self, clause: CashBacking, path: Path) -> Expr:
        saving = self.writer.formula(
            "cash.saving", clause.limit, (*path, "limit"), None, f"Cash released: {clause.limit.text}."
        )
        if clause.reserve is None:
            return self.row("cash.limit", most(0, saving), "Gains are backed up to here.", path)
        doc = f"Reserve set aside for gains: {clause.reserve.text}."
        reserve = self.writer.formula("cash.reserve", clause.reserve, (*path, "reserve"), None, doc)
        return self.row("cash.limit", most(0, saving) + reserve, "Gains are backed up to here: cash and reserve.", path)

    def _over_recovery(self, net: dict[str, Expr], limit: Expr, path: Path) -> None:
        saving = self.writer.formula("cash.saving", self._clause().limit, (*path, "limit"), None, "Cash released.")
        charged = [self.row(f"cash.{p}.charged", most(0, -v), f"Loss of {plain(p)}.", path) for p, v in net.items()]
        doc = "Losses charged beyond what the bill rose by."
        self.row("cash.over_recovery", most(0, added(charged) - most(0, -saving)), doc, path)

    def _clause(self) -> CashBacking:
        clause = self.writer.terms.sheet.cash_backing
        assert clause is not None
        return clause

    def _ref(self, name: str) -> Expr:
        return Expr("ref", name=self.writer.full(name))

    # Account ---------------------------------------------------------------------------------------------------------

    def _account_terms(self, clause: Account) -> dict[str, Expr]:
        """The numbers of the clause, none of them below nil."""
        units, found, doubtful = Units(self.writer.terms.sheet, False), {}, []
        for name in ("opening", "defer_losses_over", "recoup", "balance_limit", "interest"):
            made = getattr(clause, name)
            found[name] = self.writer.formula(f"account.{name}", made, ("account", name), None, f"{plain(name)}.")
            if not units.not_below_nil(made.root):
                doubtful.append(found[name])
        self.writer.below_nil("account.below_nil", doubtful, "an amount of the account", ("account",))
        return found

    def _account(self, party: str, net: Expr, clause: Account) -> Expr:
        """Defer losses over an amount, recoup them from gains, oldest first; what expires is paid or lapses."""
        path, own = ("account",), f"account.{party}"
        terms = self._account_terms(clause)
        brought = self._brought(own, clause, terms)
        total = self.row(f"{own}.brought", added(brought), "Deferred losses brought forward, with interest.", path)
        takes = least(total, most(0, net) * terms["recoup"])
        recouped = self.row(f"{own}.recouped", takes, "Taken from this year's gain to pay them off.", path)
        left = self._taken(own, brought, recouped)
        expired, kept = (left[-1], left[:-1]) if clause.expires_after_years else (None, left)
        after = self.row(f"{own}.kept", added(kept) if kept else total * 0, "Still deferred.", path)
        room = most(0, terms["balance_limit"] - after)
        over = most(0, -net - terms["defer_losses_over"])
        deferred = self.row(f"{own}.deferred", least(over, room), "Part of this year's loss that is put off.", path)
        final = self.writer.fact("final_year", None)
        balance = self.row(f"{own}.at_end", after + deferred, "Deferred at the end of the year.", path)
        end = self.row(f"{own}.ended", balance * final, "Of that, what the end of the contract finds.", path)
        self.row(f"{own}.balance", balance - end, "Balance of deferred losses, carried to the next year.", path)
        paid = net - recouped + deferred
        if clause.at_end == "pay":
            paid = paid - end
        if expired is not None and clause.at_expiry == "pay":
            paid = paid - expired
        text = f"account of {plain(party)}: {{0}} brought forward, {{1}} recouped, {{2}} deferred, {{3}} at the end"
        self.tell(text, total, recouped, deferred, balance)
        return self.row(f"{party}.settled", paid, "After the account.", path)

    def _brought(self, own: str, clause: Account, terms: dict[str, Expr]) -> list[Expr]:
        """What comes into the year, the youngest first: one row a year of age, or one where nothing expires."""
        grown = 1 + terms["interest"]
        path: Path = ("account",)
        if clause.expires_after_years is None:
            before = prior(self._ref(f"{own}.balance"), opening=terms["opening"])
            return [self.row(f"{own}.age_1", before * grown, "Brought forward, with interest.", path)]
        found = []
        for age in range(1, clause.expires_after_years + 1):
            if age == 1:
                before = prior(self._ref(f"{own}.deferred"), opening=terms["opening"])
            else:
                before = prior(self._ref(f"{own}.age_{age - 1}.left"))
            found.append(self.row(f"{own}.age_{age}", before * grown, f"Deferred {age} year(s) ago.", path))
        return found

    def _taken(self, own: str, brought: list[Expr], recouped: Expr) -> list[Expr]:
        """What is left of each year's deferral once gains have paid off the oldest first."""
        left: list[Expr] = []
        older: list[Expr] = []
        for age in range(len(brought), 0, -1):
            amount = brought[age - 1]
            to_take = recouped - added(older) if older else recouped
            taken = self.row(f"{own}.age_{age}.taken", least(amount, most(0, to_take)), "Paid off.", ("account",))
            left.insert(0, self.row(f"{own}.age_{age}.left", amount - taken, "Left of it.", ("account",)))
            older.append(taken)
        return left

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
