"""A pool of a term sheet as rows: from target and actual to what each party gets of the variance (steps 1 to 6).

One pound on its way: it is part of `variance`, target less actual; as a gain it stands in `gain.variance`; the gate
lets it through to `gain.shared`; it lies in one band, `gain.band_2`; the band's share of it is `gain.band_2.hospital`;
the steps change it to `gain.hospital`; `hospital` is gain less loss, and `hospital.transfer` what of it is posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mcp_finance.files.shape import Steps as Path
from mcp_finance.rows.expr import Expr, choose, least, most, ratio
from mcp_finance.terms.checks import literal_of, rate_of
from mcp_finance.terms.clauses import middle_of
from mcp_finance.terms.compiler.parts import added, plain, said
from mcp_finance.terms.compiler.writer import Writer
from mcp_finance.terms.formula import Number
from mcp_finance.terms.schema import Band, Pool, Side, Step

MONTHS = Number(Fraction(12), "12", "plain")


@dataclass(frozen=True, slots=True)
class PoolRows:
    """What the rest of the sheet reads of a pool: by party, what it got (`shares`) and what is posted (`transfers`)."""

    shares: dict[str, Expr]
    transfers: dict[str, Expr]


def write_pool(writer: Writer, k: int, pool: Pool, phase: tuple[Expr | None, Expr | None]) -> PoolRows:
    """Write a pool's rows. `phase` holds the parts of gains and of losses that this year pays, if there are phases."""
    path: Path = ("pools", k)
    _variance(writer, k, pool, path)
    gains = _Side(writer, k, pool, "gain", pool.gain, (*path, "gain")).write()
    loss_path: Path = (*path, "gain") if isinstance(pool.loss, str) else (*path, "loss")
    losses = _Side(writer, k, pool, "loss", pool.loss_side, loss_path).write()
    shares = _shares(writer, pool, gains, losses, path)
    if pool.held_by != writer.terms.sheet.rest:
        gains, losses = _with_rest(writer, pool, "gain", gains), _with_rest(writer, pool, "loss", losses)
    return PoolRows(shares, _transfers(writer, pool, gains, losses, phase, path))


def _variance(writer: Writer, k: int, pool: Pool, path: Path) -> None:
    target, actual = writer.fact("target", k), writer.fact("actual", k)
    for name, changes in (("target", pool.target_adjust), ("actual", pool.actual_adjust)):
        value = target if name == "target" else actual
        for n, change in enumerate(changes):
            by = change.scale if change.scale is not None else change.add
            assert by is not None
            at: Path = (*path, f"{name}_adjust", n, "scale" if change.scale is not None else "add")
            own = f"{pool.id}.{name}_adjust_{n + 1}"
            amount = writer.formula(f"{own}.by", by, at, k, f"{change.why or 'adjustment'}: {by.text}.")
            value = value * amount if change.scale is not None else value + amount
            value = writer.row(own, value, f"The {name} after {change.why or f'adjustment {n + 1}'}.", at)
        if name == "target":
            doc = "The target after its adjustments, if any: what the actual is compared with."
            target = writer.row(f"{pool.id}.adjusted_target", value, doc, path)
        else:
            actual = value
    if pool.stop_loss is not None:
        actual = _stop_loss(writer, k, pool, actual, path)
    doc = f"Target less actual: positive is a gain. {plain(pool.held_by).capitalize()} holds it before settlement."
    variance = writer.row(f"{pool.id}.variance", target - actual, doc, path)
    rate = ratio(variance, target)
    writer.row(f"{pool.id}.variance_rate", rate, "The variance as a share of the target.", path, kind="ratio")
    name = pool.title or plain(pool.id)
    text = f"{name}: target {{0}} less actual {{1}} is a variance of {{2}}, {{3}} of target"
    writer.tell(text, f"{pool.id}.adjusted_target", actual.name.removeprefix(f"{writer.prefix}."),
                f"{pool.id}.variance", f"{pool.id}.variance_rate", indent=0)  # fmt: skip


def _stop_loss(writer: Writer, k: int, pool: Pool, actual: Expr, path: Path) -> Expr:
    clause = pool.stop_loss
    assert clause is not None
    at: Path = (*path, "stop_loss")
    own = f"{pool.id}.stop_loss"
    doc = f"Each person's claims count in full up to here: {clause.attachment.text}."
    writer.formula(f"{own}.attachment", clause.attachment, (*at, "attachment"), k, doc)
    share = writer.formula(f"{own}.share", clause.share, (*at, "share"), k, "Part of the excess that is taken out.")
    over = writer.fact("claims_over", k)
    out = writer.row(own, over * share, "What is taken out of the actual for large claims.", at)
    writer.tell("large claims: {0} lies beyond the attachment, {1} is taken out", f"{pool.id}.claims_over", own)
    return writer.row(f"{pool.id}.actual_after_stop_loss", actual - out, "The actual without it.", at)


@dataclass(frozen=True)
class _Side:
    """One side of a pool; `name` is gain or loss, amounts are sizes."""

    writer: Writer
    k: int
    pool: Pool
    name: str
    side: Side
    path: Path

    @property
    def own(self) -> str:
        return f"{self.pool.id}.{self.name}"

    @property
    def x(self) -> str:
        """The row of the variance on this side."""
        return f"{self.own}.variance"

    def write(self) -> dict[str, Expr]:
        """What each party gets, or bears, of this side; parties without a share are left out."""
        variance = Expr("ref", name=self.writer.full(f"{self.pool.id}.variance"))
        sided = most(0, variance if self.name == "gain" else -variance)
        x = self.writer.row(self.x, sided, f"The variance where it is a {self.name}, nil elsewhere.", self.path)
        if not any(band.share for band in self.side.bands):
            return {}
        x = self._prorated_variance(x)
        x, start = self._gate(self._required(x))
        x = self._limited(x)
        widths = [self._width(n, band, x, start) for n, band in enumerate(self.side.bands)]
        found = {party: self._party(party, widths) for party in self._sharing()}
        self._not_below_nil()
        return found

    def _sharing(self) -> list[str]:
        rest = self.writer.terms.sheet.rest
        found = dict.fromkeys(p for band in self.side.bands for p in band.share if p != rest)
        return [p for p in self.writer.terms.sheet.parties if p in found]

    def _prorated_variance(self, x: Expr) -> Expr:
        period = self.writer.terms.sheet.period
        if period is None or period.prorate != "before_limits":
            return x
        doc = "The part of the variance that belongs to the months of the year that count."
        return self.writer.row(f"{self.own}.part_year", x * self._part_of_year(), doc, ("period",))

    def _part_of_year(self) -> Expr:
        period = self.writer.terms.sheet.period
        assert period is not None
        months = self.writer.formula("months_counted", period.months, ("period", "months"), None, "Months that count.")
        whole = self.writer.number("months_in_year", MONTHS, ("period",), "Months in a year.")
        outside = choose((months < 0) | (months > whole), 1, 0)
        self.writer.condition("months_counted.outside", outside, "the months that count are not 0 to 12", ("period",))
        return self.writer.row(
            "part_of_year", months / whole, "Months that count, of twelve.", ("period",), kind="ratio"
        )

    def _required(self, x: Expr) -> Expr:
        for n, test in enumerate(self.side.requires):
            own = f"{self.own}.required_{n + 1}"
            met = self.writer.test(own, test, (*self.path, "requires", n), self.k, f"1 if this is so: {test.text}.")
            x = self.writer.row(f"{own}.variance", x * met, f"Nil unless: {test.text}.", (*self.path, "requires", n))
            name = met.name.removeprefix(f"{self.writer.prefix}.")
            unmet = f"required for a {self.name}: {test.text}. It is not so: no {self.name} is shared"
            self.writer.tell("", test=name, otherwise=unmet)
        return x

    def _gate(self, x: Expr) -> tuple[Expr, Expr | None]:
        """The variance that goes through the gate, and where in the whole variance the first slice begins."""
        gate, writer = self.side.gate, self.writer
        if gate is None:
            return x, None
        at: Path = (*self.path, "gate")
        doc = f"Below this nothing is shared: {gate.at.text}."
        threshold = writer.formula(f"{self.own}.gate", gate.at, (*at, "at"), self.k, doc)
        name = threshold.name.removeprefix(f"{writer.prefix}.")
        if gate.then == "excess":
            doc = "The variance beyond the gate: only the excess is shared."
            shared = writer.row(f"{self.own}.shared", most(0, x - threshold), doc, at)
            text = (
                f"gate of {{0}} ({said(writer.terms.sheet, gate.at)}): what lies beyond it, {{1}}, goes into the bands"
            )
            writer.tell(text, name, f"{self.own}.shared", test=self.x)
            return shared, threshold if gate.bands_on == "variance" else None
        reached = choose(x + writer.money_edge(self.k) >= threshold, 1, 0)
        doc = "1 if the variance has reached the gate; the test is >=."
        reached = writer.row(f"{self.own}.reached", reached, doc, at, kind="flag")
        doc = "All of the variance once the gate is reached, from the first pound; nil below it."
        shared = writer.row(f"{self.own}.shared", x * reached, doc, at)
        text = f"gate of {{0}} ({said(writer.terms.sheet, gate.at)}), all once it is reached: {{1}} goes into the bands"
        writer.tell(text, name, f"{self.own}.shared", test=self.x)
        return shared, None

    def _limited(self, x: Expr) -> Expr:
        made = self.side.limit_variance
        if made is None:
            return x
        at: Path = (*self.path, "limit_variance")
        limit = self.writer.formula(f"{self.own}.limit", made, at, self.k, f"The most that is shared: {made.text}.")
        doc = "What is shared, up to the limit on the variance."
        limited = self.writer.row(f"{self.own}.limited", least(x, limit), doc, at)
        text = f"limit of {{0}} ({said(self.writer.terms.sheet, made)}) on the variance: {{1}} goes into the bands"
        self.writer.tell(text, limit.name.removeprefix(f"{self.writer.prefix}."), f"{self.own}.limited", test=self.x)
        return limited

    def _not_below_nil(self) -> None:
        """One condition for gate, limit, first band and steps, as far as they cannot be seen to be nil or above."""
        made = [((*self.path, "gate", "at"), f"{self.own}.gate", self.side.gate.at)] if self.side.gate else []
        if self.side.limit_variance is not None:
            made.append(((*self.path, "limit_variance"), f"{self.own}.limit", self.side.limit_variance))
        if self.side.bands[0].to is not None:
            made.append(((*self.path, "bands", 0, "to"), f"{self.own}.band_1.to", self.side.bands[0].to))
        for n, step in enumerate(self.side.then):
            made.append(((*self.path, "then", n, step.op), f"{self.own}.step_{n + 1}", step.by))
        amounts = [
            (formula, self.writer.formula(name, formula, path, self.k, f"{formula.text}."))
            for path, name, formula in made
        ]
        what = f"a gate, limit, band or step of the {self.name}"
        self.writer.hold(f"{self.own}.below_nil", amounts, what, self.path, in_pool=True)

    def _width(self, n: int, band: Band, x: Expr, start: Expr | None) -> Expr:
        """What of the shared variance lies in a band. Slices of the whole variance begin at the gate."""
        writer, at = self.writer, (*self.path, "bands", n)
        sheet = writer.terms.sheet
        before = self._end(n - 1) if n else None
        top = x if start is None else x + start
        if band.to is not None:
            end = self._end(n)
            top = least(top, end)
            self._increasing(n, before)
        bottom = start if before is None else before if start is None else most(start, before)
        width = top if bottom is None else most(0, top - bottom)
        text = f"up to {said(sheet, band.to)}" if band.to is not None else "beyond that" if n else "all of it"
        name = f"{self.own}.band_{n + 1}"
        shares = ", ".join(f"{plain(p)} {said(sheet, s)}" for p, s in band.share.items())
        writer.tell(f"band {n + 1}, {text}: {{0}} lies in it; {shares or 'nobody shares it'}", name, test=name)
        return writer.row(name, width, f"The part of the variance in band {n + 1}, {text}.", at)

    def _end(self, n: int) -> Expr:
        band = self.side.bands[n]
        assert band.to is not None
        at: Path = (*self.path, "bands", n, "to")
        return self.writer.formula(
            f"{self.own}.band_{n + 1}.to", band.to, at, self.k, f"End of the band: {band.to.text}."
        )

    def _increasing(self, n: int, before: Expr | None) -> None:
        """A condition where ends cannot be compared as they are written."""
        bands = self.side.bands
        this, last = bands[n].to, bands[n - 1].to if n else None
        if this is None or last is None or before is None:
            return
        pair = rate_of(this.root), rate_of(last.root)
        if pair[0] is None or pair[1] is None or pair[0][1] != pair[1][1]:
            violated = choose(self._end(n) < before, 1, 0)
            message = f"band {n + 1} of the {self.name} ends before it begins"
            self.writer.condition(f"{self.own}.band_{n + 1}.reversed", violated, message, (*self.path, "bands", n))

    def _party(self, party: str, widths: list[Expr]) -> Expr:
        """What one party gets of this side: its shares of the bands, and the steps."""
        writer, parts = self.writer, []
        for n, band in enumerate(self.side.bands):
            if party in band.share:
                parts.append(self._slice(n, band, party, widths[n]))
        own = f"{self.own}.{party}"
        value = parts[0]
        if len(parts) > 1:
            value = writer.row(
                f"{own}.gross", added(parts), f"{plain(party).capitalize()}: its shares of all bands.", self.path
            )
        for n, step in enumerate(self.side.then):
            if step.party in (None, party):
                value = self._step(n, step, own, value)
        period = writer.terms.sheet.period
        if period is not None and period.prorate == "after_limits":
            value = writer.row(
                f"{own}.prorated", value * self._part_of_year(), "The part of the year that counts.", ("period",)
            )
        doc = f"{plain(party).capitalize()}'s part of the {self.name}, after all steps."
        return writer.row(own, value, doc, self.path)

    def _slice(self, n: int, band: Band, party: str, width: Expr) -> Expr:
        made, at = band.share[party], (*self.path, "bands", n, "share", party)
        own = f"{self.own}.band_{n + 1}.{party}"
        doc = f"Share of {plain(party)} in band {n + 1}: {made.text}."
        share = self.writer.formula(f"{own}.share", made, at, self.k, doc)
        self._share_condition(n, band)
        return self.writer.row(own, width * share, f"{plain(party).capitalize()}: {made.text} of band {n + 1}.", at)

    def _share_condition(self, n: int, band: Band) -> None:
        """Shares by formula must be neither below nil nor together above one; those that are numbers were checked."""
        if all(literal_of(self.writer.terms.sheet, s) is not None for s in band.share.values()):
            return
        at: Path = (*self.path, "bands", n, "share")
        shares = [
            self.writer.formula(
                f"{self.own}.band_{n + 1}.{p}.share", s, (*at, p), self.k, f"Share of {plain(p)}: {s.text}."
            )
            for p, s in band.share.items()
        ]
        over = choose(added(shares) > 1 + self.writer.tolerance(), 1, 0)
        below = choose(least(*shares) < 0, 1, 0) if len(shares) > 1 else choose(shares[0] < 0, 1, 0)
        name = f"{self.own}.band_{n + 1}"
        self.writer.condition(f"{name}.shared_twice", over, f"the shares of band {n + 1} add up to more than 100%", at)
        self.writer.condition(f"{name}.below_nil", below, f"a share of band {n + 1} is below 0%", at)

    def _step(self, n: int, step: Step, own: str, value: Expr) -> Expr:
        at: Path = (*self.path, "then", n, step.op)
        why = step.why or f"{step.op} {step.by.text}"
        by = self.writer.formula(f"{self.own}.step_{n + 1}", step.by, at, self.k, f"{why}: {step.by.text}.")
        if step.op == "scale":
            after = value * by
        elif step.op == "cap":
            after = least(value, by)
        else:
            after = most(0, value - by)
        name = f"{own}.after_{n + 1}"
        done = self.writer.row(name, after, f"After step {n + 1}, {why}.", at)
        before = value.name.removeprefix(f"{self.writer.prefix}.")
        party = plain(own.rpartition(".")[2])
        word = {"scale": "scaled by", "cap": "capped at", "subtract": "less"}[step.op]
        text = f"{party}: {{0}} {word} {{1}} ({why}) is {{2}}"
        self.writer.tell(text, before, by.name.removeprefix(f"{self.writer.prefix}."), name, test=self.x, indent=2)
        return done


def _shares(writer: Writer, pool: Pool, gains: dict[str, Expr], losses: dict[str, Expr], path: Path) -> dict[str, Expr]:
    """By party, its part of the variance: gain less loss; what is left goes to `rest`."""
    sheet = writer.terms.sheet
    found: dict[str, Expr] = {}
    for party in sheet.parties:
        if party != sheet.rest and (party in gains or party in losses):
            doc = f"{plain(party).capitalize()}'s part of the variance: its gain less its loss."
            found[party] = writer.row(f"{pool.id}.{party}", _net(gains.get(party), losses.get(party)), doc, path)
    variance = Expr("ref", name=writer.full(f"{pool.id}.variance"))
    left = variance - added(found.values()) if found else variance
    doc = f"What nobody else is allocated is left with {plain(sheet.rest)}."
    found[sheet.rest] = writer.row(f"{pool.id}.{sheet.rest}", left, doc, ("rest",))
    for party, share in found.items():
        text = f"{plain(party)}: {{0}} of the variance" + (", which is the rest" if party == sheet.rest else "")
        writer.tell(text, share.name.removeprefix(f"{writer.prefix}."))
    return found


def _net(gain: Expr | None, loss: Expr | None) -> Expr:
    if gain is None:
        assert loss is not None
        return -loss
    return gain if loss is None else gain - loss


def _transfers(
    writer: Writer,
    pool: Pool,
    gains: dict[str, Expr],
    losses: dict[str, Expr],
    phase: tuple[Expr | None, Expr | None],
    path: Path,
) -> dict[str, Expr]:
    """By party but the one in the middle, what is posted for it: the holder has the variance, the others get theirs."""
    sheet = writer.terms.sheet
    found: dict[str, Expr] = {}
    for party in sheet.parties:
        shares = party in gains or party in losses
        if party == middle_of(sheet) or not (party == pool.held_by or shares):
            continue
        own = f"{pool.id}.{party}.transfer"
        gain, loss = gains.get(party), losses.get(party)
        if party == pool.held_by:
            gain = _passed_on(writer, pool, "gain", gain, party, path)
            loss = _passed_on(writer, pool, "loss", loss, party, path)
            gain, loss = loss, gain
            paid = (phase[1], phase[0])
            doc = f"{plain(party).capitalize()} holds it: what others bear of a loss, less what they get of a gain."
        else:
            paid = phase
            doc = f"What is posted for {plain(party)}."
        pair = [x if x is None or part is None else x * part for x, part in zip((gain, loss), paid, strict=True)]
        found[party] = writer.row(own, _net(*pair), doc, path)
    return found


def _with_rest(writer: Writer, pool: Pool, side: str, shares: dict[str, Expr]) -> dict[str, Expr]:
    """The parts of a side with that of `rest`, which the holder passes on to it."""
    rest = writer.terms.sheet.rest
    x = Expr("ref", name=writer.full(f"{pool.id}.{side}.variance"))
    left = x - added(shares.values()) if shares else x
    doc = f"What of the {side} nobody else is allocated, and {plain(pool.held_by)} passes on to {plain(rest)}."
    return shares | {rest: writer.row(f"{pool.id}.{side}.{rest}", left, doc, ("rest",))}


def _passed_on(writer: Writer, pool: Pool, side: str, kept: Expr | None, holder: str, path: Path) -> Expr:
    """What of a side does not stay with its holder."""
    x = Expr("ref", name=writer.full(f"{pool.id}.{side}.variance"))
    doc = f"The part of the {side} that does not stay with {plain(holder)}, who holds it."
    return writer.row(f"{pool.id}.{side}.passed_on", x if kept is None else x - kept, doc, path)
