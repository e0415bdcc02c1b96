"""What a valid term sheet may not have meant: warnings, each with its place and, where there is one, a remedy.

Nothing here is an error: a published contract may jump at its gate, or take the lesser of limits on two bases. But each
of these has been signed by somebody who did not see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from mcp_finance.files.nodes import place_of
from mcp_finance.files.problems import Problem, in_order, quoted
from mcp_finance.files.shape import Steps as Path
from mcp_finance.files.shape import dotted, within
from mcp_finance.terms.checks import literal_of, names_read
from mcp_finance.terms.clauses import definition_formulas, uses
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import plain
from mcp_finance.terms.fields import Interpolate, Steps
from mcp_finance.terms.formula import Term, walk
from mcp_finance.terms.reading.given import FactError
from mcp_finance.terms.reading.payoff import Jump, Payoff, payoff
from mcp_finance.terms.reading.phrases import listed, party
from mcp_finance.terms.reading.spans import Spans
from mcp_finance.terms.schema import Band, Pool, Side, Step, TermSheet

WIDE = Fraction(1)


@dataclass
class _Warnings:
    """The sheet, and what was found so far."""

    compiled: Compiled
    found: list[Problem] = field(default_factory=list)

    @property
    def sheet(self) -> TermSheet:
        return self.compiled.sheet

    def add(self, path: Path, message: str, instead: str = "", *, key: bool = False, at: int = 0) -> None:
        root = self.compiled.terms.root
        place = within(root, path, at) if at else place_of(root, path, key=key)
        self.found.append(Problem(place, dotted(path), message, instead, "warning"))


def lint(compiled: Compiled) -> tuple[Problem, ...]:
    """Every warning of a sheet, in the order of its file."""
    warnings = _Warnings(compiled)
    _jumps(warnings)
    for k, pool in enumerate(warnings.sheet.pools):
        _asymmetry(warnings, k, pool)
        for name, side in _sides(pool):
            _after_caps(warnings, ("pools", k, name), side)
            _loose_shares(warnings, ("pools", k, name), side)
            _idle_rest(warnings, ("pools", k, name), side)
        _rest(warnings, k, pool)
    _limits_asymmetry(warnings)
    _bases(warnings)
    _unread(warnings)
    _outside(warnings)
    _unlimited_losses(warnings)
    _whole(warnings)
    return in_order(warnings.found)


def _sides(pool: Pool) -> Iterator[tuple[str, Side]]:
    """Sides with clauses of their own."""
    yield "gain", pool.gain
    if isinstance(pool.loss, Side):
        yield "loss", pool.loss


def _shares(side: Side) -> bool:
    return any(band.share for band in side.bands)


# Jumps ---------------------------------------------------------------------------------------------------------------


def _jumps(warnings: _Warnings) -> None:
    """The size of the jump at every first-pound gate, as the sheet's own rows have it."""
    sheet = warnings.sheet
    gated = [
        (k, pool, name, side)
        for k, pool in enumerate(sheet.pools)
        for name, side in (("gain", pool.gain), ("loss", pool.loss_side))
        if side.gate is not None and side.gate.then == "all" and _shares(side)
    ]
    if not gated:
        return
    curve: Payoff | None = None
    trouble = ""
    try:
        curve = payoff(warnings.compiled, {}, -WIDE, WIDE)
    except FactError as error:
        trouble = str(error)
    for k, pool, name, _ in gated:
        mirrored = name == "loss" and pool.loss == "as gain"
        path: Path = ("pools", k, name) if mirrored else ("pools", k, name, "gate", "then")
        said = _jump_said(curve, pool, name) if curve is not None else f"its size needs facts: {trouble}"
        message = f"the gate of the {name} shares all of it from the first pound, and amounts jump there: {said}"
        warnings.add(path, message, "then: excess, if a step is not meant")


def _jump_said(curve: Payoff, pool: Pool, name: str) -> str:
    own = pool.title or plain(pool.id)
    for edge in curve.edges:
        if edge.what != f"gate of the {name}" or own not in (edge.pools or (own,)):
            continue
        jump = next((j for j in curve.jumps if abs(j.rate - edge.rate) < 1e-9), None)
        if jump is not None:
            notes = [n for n in curve.notes if " taken as " in n and not n.startswith("the target")]
            assumed = f"; {', '.join(notes)}" if notes else ""
            return f"at {100 * abs(jump.rate):.4g}% of target, {_moved(curve, jump)} (percent of target{assumed})"
    return "not with the facts assumed, where the gate lies at nil or out of reach"


def _moved(curve: Payoff, jump: Jump) -> str:
    rows = [p for p in curve.shares if jump.before[p] != jump.after[p]]
    rates = {p: (100 * jump.before[p] / curve.target, 100 * jump.after[p] / curve.target) for p in rows}
    return listed([f"{party(p)} from {before:.2f} to {after:.2f}" for p, (before, after) in rates.items()])


# Sides ---------------------------------------------------------------------------------------------------------------


def _asymmetry(warnings: _Warnings, k: int, pool: Pool) -> None:
    gain, loss = pool.gain, pool.loss_side
    if pool.loss == "as gain" or not (_shares(gain) or _shares(loss)):
        return
    if _shares(gain) != _shares(loss):
        only = "gains" if _shares(gain) else "losses"
        warnings.add(("pools", k, "gain" if _shares(gain) else "loss"), f"only {only} are shared", key=True)
        return
    compared = {
        "requirements": ([t.text for t in gain.requires], [t.text for t in loss.requires]),
        "gates": (_gate(gain), _gate(loss)),
        "limits on the variance": (_text(gain), _text(loss)),
        "bands": ([_band(b) for b in gain.bands], [_band(b) for b in loss.bands]),
        "steps": ([_step(s) for s in gain.then], [_step(s) for s in loss.then]),
    }
    apart = [f"{what} (gain: {_or_none(a)}; loss: {_or_none(b)})" for what, (a, b) in compared.items() if a != b]
    if apart:
        warnings.add(("pools", k, "loss"), f"gain and loss differ in {listed(apart)}", key=True)


def _or_none(words: list[str]) -> str:
    return ", ".join(words) or "none"


def _gate(side: Side) -> list[str]:
    gate = side.gate
    return (
        []
        if gate is None
        else [f"{gate.at.text}, then {gate.then}" + (f" on {gate.bands_on}" if gate.bands_on else "")]
    )


def _text(side: Side) -> list[str]:
    return [] if side.limit_variance is None else [side.limit_variance.text]


def _band(band: Band) -> str:
    shares = " and ".join(f"{plain(p)} {share.text}" for p, share in band.share.items()) or "nobody"
    return shares if band.to is None else f"{shares} up to {band.to.text}"


def _step(step: Step) -> str:
    return f"{step.op} {step.by.text}"


def _limits_asymmetry(warnings: _Warnings) -> None:
    for n, limit in enumerate(warnings.sheet.party_limits):
        gain, loss = (made.text if made is not None else "none" for made in (limit.gain, limit.loss))
        if gain != loss:
            message = f"the limits of {plain(limit.party)} differ (gain: {gain}; loss: {loss})"
            warnings.add(("party_limits", n), message)


def _after_caps(warnings: _Warnings, path: Path, side: Side) -> None:
    """Steps that can lift an amount above a cap before them."""
    spans = Spans(warnings.sheet)
    for n, step in enumerate(side.then):
        caps = [s for s in side.then[:n] if s.op == "cap" and (s.party is None or step.party in (None, s.party))]
        if not caps or step.op == "cap":
            continue
        low, high = spans.of(step.by)
        cap, by = quoted(caps[-1].by.text), quoted(step.by.text)
        if step.op == "scale" and high > 1:
            most = f"can be {100 * high:.4g}%" if high < 1e9 else "is not held to 100%"
            message = f"{by} {most}, so that this step can exceed the cap {cap} before it"
            warnings.add((*path, "then", n, "scale"), message, f"min(100%, {step.by.text}), or the cap after it")
        elif step.op == "subtract" and low < 0:
            message = f"{by} may be below nil, so that this step can exceed the cap {cap} before it"
            warnings.add((*path, "then", n, "subtract"), message, f"max(0, {step.by.text}), or the cap after it")


def _loose_shares(warnings: _Warnings, path: Path, side: Side) -> None:
    spans = Spans(warnings.sheet)
    for n, band in enumerate(side.bands):
        for name, share in band.share.items():
            low, high = spans.of(share)
            if low < 0 or high > 1:
                where = " and ".join(w for w, is_so in (("below 0%", low < 0), ("above 100%", high > 1)) if is_so)
                message = f"the share {quoted(share.text)} may come {where}: such a settlement is an error"
                warnings.add((*path, "bands", n, "share", name), message, f"clamp({share.text}, 0%, 100%)")


def _idle_rest(warnings: _Warnings, path: Path, side: Side) -> None:
    """Shares and steps of the party that takes the rest: it gets what the others leave, whatever these say."""
    rest = warnings.sheet.rest
    told = f"{plain(rest)} takes the rest, whatever its"
    for n, band in enumerate(side.bands):
        if rest in band.share:
            message = f"{told} share of a band says"
            warnings.add((*path, "bands", n, "share", rest), message, "shares of the others alone", key=True)
    for n, step in enumerate(side.then):
        if step.party == rest:
            warnings.add((*path, "then", n, "party"), f"{told} steps say", "a step of another party")


def _rest(warnings: _Warnings, k: int, pool: Pool) -> None:
    """Where `rest` is not the holder, what is not shared leaves the holder altogether."""
    sheet = warnings.sheet
    if pool.held_by == sheet.rest:
        return
    holder, rest = plain(pool.held_by), plain(sheet.rest)
    sides = [side for side in (pool.gain, pool.loss_side) if _shares(side)]
    stops = ["the gate"] if any(side.gate for side in sides) else []
    stops += ["a requirement"] if any(side.requires for side in sides) else []
    stops += ["the limit"] if any(side.limit_variance is not None for side in sides) else []
    stops += ["a cap"] if any(step.op == "cap" for side in sides for step in side.then) else []
    message = f"{holder} holds the variance of {plain(pool.id)}, but {rest} takes the rest"
    if stops:
        message += (
            f": all that {listed(stops)} keeps from being shared moves to {rest}, and does not stay with {holder}"
        )
    else:
        message += f": all that no band gives to {holder} moves to {rest}"
    warnings.add(("rest",), message, f"rest: {pool.held_by}, if what is not shared is to stay where it is")


# The whole -----------------------------------------------------------------------------------------------------------


def _bases(warnings: _Warnings) -> None:
    sheet = warnings.sheet
    formulas = [(path, made) for _, path, made in definition_formulas(sheet)]
    formulas += [(use.path, use.formula) for use in uses(sheet)]
    for path, made in formulas:
        for term in walk(made.root):
            bases = [_money(sheet, arg) for arg in term.args] if term.op == "min" else []
            kinds = list(dict.fromkeys(b for b in bases if b))
            if len(kinds) > 1:
                said = " against ".join(listed([plain(n) for n in kind]) for kind in kinds)
                message = f"one min() of amounts on different bases ({said}): which of them binds depends on the facts"
                warnings.add(path, message, at=term.at)


def _money(sheet: TermSheet, term: Term) -> tuple[str, ...]:
    """The money facts that a term depends on."""
    todo = [t.name for t in walk(term) if t.op == "name"]
    found: set[str] = set()
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name == "adjusted_target" or (name in sheet.facts and sheet.facts[name].unit == "money"):
            found.add(name)
        made = sheet.definitions.get(name)
        if made is not None and not isinstance(made, Interpolate | Steps):
            todo += [t.name for t in made.names()]
    return tuple(sorted(found))


def _unread(warnings: _Warnings) -> None:
    read = names_read(warnings.sheet)
    for name in warnings.sheet.definitions:
        if name not in read:
            message = f"no clause reads the definition {quoted(name)}"
            warnings.add(("definitions", name), message, "a clause that reads it, or no such definition", key=True)


def _outside(warnings: _Warnings) -> None:
    """Parties that the sheet names and gives nothing to do."""
    sheet = warnings.sheet
    active = {sheet.rest, *(p.held_by for p in sheet.pools)}
    active |= {name for item in sheet.at_risk for name in (item.party, item.unearned_to)}
    for pool in sheet.pools:
        for side in (pool.gain, pool.loss_side):
            active |= {p for b in side.bands for p, share in b.share.items() if literal_of(sheet, share) != 0}
    for n, name in enumerate(sheet.parties):
        if name not in active:
            message = f"{plain(name)} never gets or bears anything"
            warnings.add(("parties", n), message, "a share for it, or the sheet without it")


def _unlimited_losses(warnings: _Warnings) -> None:
    sheet = warnings.sheet
    limited = {limit.party for limit in sheet.party_limits if limit.loss is not None}
    for k, pool in enumerate(sheet.pools):
        side = pool.loss_side
        if not side.bands or side.limit_variance is not None:
            continue
        capped = {step.party for step in side.then if step.op == "cap"}
        for name, share in side.bands[-1].share.items():
            free = literal_of(sheet, share) != 0 and name not in limited and not capped & {name, None}
            if free and name != sheet.rest:
                message = f"nothing limits what {plain(name)} may lose"
                remedy = "a cap, limit_variance, a last band of 0%, or a party limit"
                warnings.add(("pools", k, "loss"), message, remedy, key=True)


def _whole(warnings: _Warnings) -> None:
    sheet = warnings.sheet
    if sheet.cash_backing is not None and sheet.cash_backing.rule == "notional":
        message = f"gains are paid whether or not they released cash; the gap is {plain(sheet.rest)}'s loss"
        warnings.add(("cash_backing", "rule"), message, "rule: cash_backed, or a reserve")
    if sheet.account is not None and sheet.account.expires_after_years is None:
        message = "deferred losses never expire"
        warnings.add(("account",), message, "expires_after_years and at_expiry", key=True)
    unfilled = sheet.funding is not None and sheet.funding.opening is None
    if unfilled and not any(_shares(pool.loss_side) for pool in sheet.pools):
        message = "gains are paid out of losses collected, and no losses are shared: nothing will ever be paid"
        warnings.add(("funding",), message, "an opening fund, or losses", key=True)
