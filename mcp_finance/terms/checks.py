"""What one clause of a term sheet says of another, and of itself: every problem, before anything is computed.

Numbers that can be compared as they stand are: shares of a band, ends of bands that are rates of the same thing, limits
below nil. What depends on facts (an end that a fact moves, a share by formula) becomes a condition of each settlement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from fractions import Fraction

from mcp_finance.files.nodes import Mapping, place_of
from mcp_finance.files.problems import Place, Problem, quoted, suggestion
from mcp_finance.files.shape import Steps as Path
from mcp_finance.files.shape import dotted, within
from mcp_finance.terms.clauses import ALWAYS_PER_POOL, definition_formulas, holder_of, middle_of, uses
from mcp_finance.terms.fields import Interpolate, Steps
from mcp_finance.terms.formula import Formula, FormulaError, Term, walk
from mcp_finance.terms.schema import RESERVED, Band, Side, TermSheet
from mcp_finance.terms.units import Units

ROW_WORDS = (
    "payment",
    "withheld",
    "edge",
    "tolerance",
    "phase",
    "cash",
    "account",
    "fund",
    "at_risk",
    "party",
    "outside",
)


@dataclass
class Judged:
    """A sheet, the document that it was read from, and the problems found so far."""

    sheet: TermSheet
    root: Mapping
    defined: Map[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, path: Path, message: str, instead: str, *, key: bool = False, at: int = 0) -> None:
        place = within(self.root, path, at) if at else place_of(self.root, path, key=key)
        if path[:1] == ("definitions",):
            place = self.defined.get(str(path[1]), place)
        self.problems.append(Problem(place, dotted(path), message, instead))

    def party(self, path: Path, name: str, *, key: bool = False) -> None:
        if name not in self.sheet.parties:
            message = f"there is no party {quoted(name)}"
            self.refuse(path, message, suggestion(name, self.sheet.parties), key=key)


def check_sheet(sheet: TermSheet, root: Mapping, defined: Map[str, Place] | None = None) -> list[Problem]:
    """Every problem of a sheet that has the right shape; `defined` are places of definitions given from outside."""
    judged = Judged(sheet, root, defined or {})
    _names(judged)
    _parties(judged)
    for k, pool in enumerate(sheet.pools):
        judged.party(("pools", k, "held_by"), pool.held_by)
        for side in ("gain", "loss"):
            clauses = getattr(pool, side)
            if isinstance(clauses, Side):
                _side(judged, ("pools", k, side), clauses)
    _formulas(judged)
    _facts_used(judged)
    _phase(judged)
    _currency(judged)
    _whole(judged)
    return judged.problems


def _names(judged: Judged) -> None:
    sheet = judged.sheet
    named: list[tuple[Path, str]] = [(("parties", k), p) for k, p in enumerate(sheet.parties)]
    named += [(("pools", k, "id"), pool.id) for k, pool in enumerate(sheet.pools)]
    named += [(("facts", name), name) for name in sheet.facts]
    named += [(("definitions", name), name) for name in sheet.definitions]
    count = Counter(name for _, name in named)
    seen: set[str] = set()
    for path, name in named:
        if name in (*RESERVED, *ROW_WORDS):
            judged.refuse(path, f"{quoted(name)} has a meaning of its own", "another name", key=True)
        elif count[name] > 1 and name in seen:
            message = f"{quoted(name)} names two things: a party, pool, fact or definition"
            judged.refuse(path, message, "a name of its own for each", key=True)
        seen.add(name)


def _parties(judged: Judged) -> None:
    sheet = judged.sheet
    judged.party(("rest",), sheet.rest)
    for n, limit in enumerate(sheet.party_limits):
        judged.party(("party_limits", n, "party"), limit.party)
        if limit.party == middle_of(sheet):
            message = f"{quoted(limit.party)} is what the others settle with, so that nothing can limit what it gets"
            judged.refuse(("party_limits", n, "party"), message, "another party")
    for n, item in enumerate(sheet.at_risk):
        judged.party(("at_risk", n, "party"), item.party)
        judged.party(("at_risk", n, "unearned_to"), item.unearned_to)
        if item.party == item.unearned_to:
            judged.refuse(("at_risk", n, "unearned_to"), "a party pays itself", "who keeps what is not earned")
    for n, name in enumerate(sheet.account.parties if sheet.account else ()):
        judged.party(("account", "parties", n), name)
        if name == middle_of(sheet):
            judged.refuse(("account", "parties", n), "the party that the others settle with has no account", "another")


def _side(judged: Judged, path: Path, side: Side) -> None:
    for n, band in enumerate(side.bands):
        for party in band.share:
            judged.party((*path, "bands", n, "share", party), party, key=True)
        _shares(judged, (*path, "bands", n, "share"), band)
        is_last = n == len(side.bands) - 1
        if is_last and band.to is not None:
            judged.refuse((*path, "bands", n, "to"), "the last band ends", "no `to`: the last band is open")
        elif not is_last and band.to is None:
            judged.refuse((*path, "bands", n), "only the last band may be open", "`to`, the upper end of the band")
    _ends(judged, path, side)
    for n, step in enumerate(side.then):
        if step.party is not None:
            judged.party((*path, "then", n, "party"), step.party)
        if step.op != "scale":
            _below_nil(judged, (*path, "then", n, step.op), step.by)
    if side.limit_variance is not None:
        _below_nil(judged, (*path, "limit_variance"), side.limit_variance)
    if (gate := side.gate) is not None:
        _below_nil(judged, (*path, "gate", "at"), gate.at)
        if gate.then == "excess" and gate.bands_on is None:
            message = "an excess can be cut in two ways: from the whole variance, or from the excess itself"
            judged.refuse((*path, "gate"), message, "bands_on: variance, or bands_on: excess")
        if gate.then == "all" and gate.bands_on is not None:
            judged.refuse((*path, "gate", "bands_on"), "bands_on belongs to `then: excess`", "nothing here")


def _shares(judged: Judged, path: Path, band: Band) -> None:
    total = Fraction(0)
    for party, share in band.share.items():
        value = literal_of(judged.sheet, share)
        if value is None:
            continue
        total += value
        if not 0 <= value <= 1:
            judged.refuse((*path, party), f"a share of {quoted(share.text)} is outside 0% to 100%", "0% to 100%")
    if total > 1:
        message = f"the shares of this band add up to {float(100 * total):g}%"
        judged.refuse(path, message, "shares that add up to 100% or less; `rest` is left with what remains")


def literal_of(sheet: TermSheet, formula: Formula) -> Fraction | None:
    """The value of a formula that is one number, or the name of a definition that is."""
    made = sheet.definitions.get(formula.root.name)
    return _literal(made.root if isinstance(made, Formula) else formula.root)


def _literal(term: Term) -> Fraction | None:
    """The value of a formula that is one number."""
    if term.op == "neg":
        inner = _literal(term.args[0])
        return None if inner is None else -inner
    return term.number.value if term.number is not None else None


def rate_of(term: Term) -> tuple[Fraction, str] | None:
    """`4% * target` as (1/25, "target"), a number as itself times nothing; None for other forms."""
    value = _literal(term)
    if value is not None:
        return value, ""
    if term.op == "name":
        return Fraction(1), term.name
    if term.op == "*":
        for a, b in (term.args, reversed(term.args)):
            rate = _literal(a)
            if rate is not None and b.op == "name":
                return rate, b.name
    return None


def _ends(judged: Judged, path: Path, side: Side) -> None:
    """Ends that are rates of the same thing must increase."""
    before: dict[str, tuple[Fraction, str]] = {}
    for n, band in enumerate(side.bands):
        found = rate_of(band.to.root) if band.to is not None else None
        if found is None or band.to is None:
            continue
        rate, of = found
        if rate < 0:
            judged.refuse((*path, "bands", n, "to"), "a band ends below nil", "an end above nil")
        elif of in before and rate <= before[of][0]:
            message = f"the end {quoted(band.to.text)} is not beyond the end before it, {quoted(before[of][1])}"
            judged.refuse((*path, "bands", n, "to"), message, "ends that increase")
        before[of] = (rate, band.to.text)


def _below_nil(judged: Judged, path: Path, formula: Formula) -> None:
    found = rate_of(formula.root)
    if found is not None and found[0] < 0:
        judged.refuse(path, f"{quoted(formula.text)} is below nil", "a limit of nil or more")


def _formulas(judged: Judged) -> None:
    sheet = judged.sheet
    for name, path, formula in definition_formulas(sheet):
        units = Units(sheet, bool(sheet.pools), (name,))
        made = sheet.definitions[name]
        try:
            if isinstance(made, Interpolate | Steps):
                units.check(formula, "any")
            else:
                units.unit(formula.root)
        except FormulaError as error:
            judged.refuse(path, error.message, error.instead, at=error.at)
    for use in uses(sheet):
        try:
            Units(sheet, use.pool is not None).check(use.formula, use.wanted)
        except FormulaError as error:
            judged.refuse(use.path, error.message, error.instead, at=error.at)


def names_read(sheet: TermSheet) -> set[str]:
    """Every fact and definition that some clause reads, directly or through definitions."""
    inner = {name: {t.name for t in formula.names()} for name, _, formula in definition_formulas(sheet)}
    found: set[str] = set()
    todo = [t.name for use in uses(sheet) for t in use.formula.names()]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += inner.get(name, ())
    return found


def _facts_used(judged: Judged) -> None:
    sheet = judged.sheet
    read = names_read(sheet)
    for name in ALWAYS_PER_POOL if sheet.pools else ():
        if name not in sheet.facts:
            judged.refuse(("facts",), f"the fact {quoted(name)} is missing", f"{name}: money", key=True)
        elif sheet.facts[name].unit != "money" or sheet.facts[name].optional:
            judged.refuse(("facts", name), f"{quoted(name)} is money, and never blank", "money")
    for name, fact in sheet.facts.items():
        if name not in read and not (sheet.pools and name in ALWAYS_PER_POOL):
            message = f"no clause reads the fact {quoted(name)}"
            judged.refuse(("facts", name), message, "a clause that reads it, or no such fact", key=True)
        if fact.per_pool and not sheet.pools:
            judged.refuse(("facts", name), "there are no pools for a fact to differ by", fact.unit)


def _phase(judged: Judged) -> None:
    if (phase := judged.sheet.phase) is None:
        return
    spans = sorted((*phase.shadow, *phase.upside_only, *phase.two_sided))
    expected = 1
    for first, last in spans:
        if first != expected:
            wrong = f"year {expected} has no phase" if first > expected else f"year {first} has two phases"
            judged.refuse(("phase",), wrong, "every year from 1 in one of shadow, upside_only and two_sided", key=True)
            return
        expected = last + 1
    if not spans:
        judged.refuse(("phase",), "no year has a phase", "{upside_only: 1, two_sided: 2 onward}", key=True)


def _moves(sheet: TermSheet) -> bool:
    """Whether anybody but the party in the middle has a share."""
    sides = [side for pool in sheet.pools for side in (pool.gain, pool.loss_side)]
    sharing = {party for side in sides for band in side.bands for party in band.share} | {sheet.rest}
    return bool(sharing - {middle_of(sheet)})


def _currency(judged: Judged) -> None:
    """Pounds belong in a sheet in pounds; amounts of other currencies are written bare."""
    if judged.sheet.currency == "GBP":
        return
    formulas = [(u.path, u.formula) for u in uses(judged.sheet)]
    formulas += [(path, formula) for _, path, formula in definition_formulas(judged.sheet)]
    for path, formula in formulas:
        for term in walk(formula.root):
            if term.number is not None and term.number.kind == "money":
                message = f"{quoted(term.number.text)} is in pounds, and the sheet is in {judged.sheet.currency}"
                judged.refuse(path, message, "the amount without the sign", at=term.at)


def _whole(judged: Judged) -> None:
    sheet = judged.sheet
    if not sheet.pools and not sheet.at_risk:
        judged.refuse((), "the sheet has neither pools nor anything at risk", "`pools` or `at_risk`")
    for name in ("cash_backing", "account", "funding"):
        if getattr(sheet, name) is not None and sheet.pools and not holder_of(sheet):
            message = f"{quoted(name)} needs one holder, and the pools are held by different parties"
            judged.refuse((name,), message, "the same held_by in every pool", key=True)
        elif getattr(sheet, name) is not None and sheet.pools and not _moves(sheet):
            message = f"{quoted(name)} acts on what is settled, and nobody but the holder shares anything"
            judged.refuse((name,), message, "a share for another party, or no such clause", key=True)
    if not sheet.pools:
        for name in ("party_limits", "cash_backing", "account", "funding", "period", "phase"):
            if getattr(sheet, name):
                judged.refuse((name,), f"{quoted(name)} acts on pools, and there are none", "pools", key=True)
