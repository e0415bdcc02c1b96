"""A term sheet as the clauses of a contract: numbered, in the order in which they act, and complete.

The rule: nothing that the sheet says is left out. Every party, fact, definition and number stands somewhere in the
text, the numbers as they are written in the sheet; a clause that the sheet has not got has no heading.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from mcp_finance.terms.checks import literal_of
from mcp_finance.terms.clauses import ALWAYS_PER_POOL, is_per_pool, needs_year
from mcp_finance.terms.compiler.parts import plain
from mcp_finance.terms.fields import Fact, Interpolate, Steps, ends, read_of, values
from mcp_finance.terms.load import Terms
from mcp_finance.terms.reading.phrases import Phrases, listed, party
from mcp_finance.terms.reading.whole import (
    account_said,
    at_risk_said,
    cash_said,
    funding_said,
    limits_said,
    phases_said,
)
from mcp_finance.terms.schema import Adjustment, Band, Pool, Side, Step, TermSheet
from mcp_finance.terms.units import IMPLICIT

STATUS = {
    "published": "published: the terms are those of the source below.",
    "derived": "derived: from published terms, with a reading of ours where they are silent.",
    "illustrative": "ILLUSTRATIVE: the numbers are assumptions and are evidence of no real contract.",
}
KINDS = {"money": "money", "ratio": "ratio", "count": "number", "flag": "yes or no"}
ROUNDED = {"half_up": "a half away from nil", "half_even": "a half to the even digit", "down": "towards nil"}
COINS = {"GBP": "pound", "USD": "dollar", "EUR": "euro"}
GAINS = 3


@dataclass(frozen=True, slots=True)
class Table:
    """A small table; every row has as many cells as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One numbered paragraph, such as 3.2, and the table that belongs to it."""

    number: str
    text: str
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading and its paragraphs."""

    number: int
    title: str
    sentences: tuple[Sentence, ...]


Draft = list[tuple[str, Table | None]]


def preamble(terms: Terms) -> tuple[tuple[str, str], ...]:
    """What stands above the clauses: status, source and statement, each with its name."""
    sheet = terms.sheet
    found = (("Status", STATUS[sheet.status]), ("Source", sheet.source), ("Statement", sheet.statement))
    return tuple((name, " ".join(text.split())) for name, text in (*found, ("Currency", sheet.currency)) if text)


def clauses(terms: Terms) -> tuple[Heading, ...]:
    """The sheet in plain English; headings are numbered from 1, paragraphs within them."""
    sheet = terms.sheet
    say = Phrases(sheet)
    drafts: list[tuple[str, Draft]] = [
        ("Parties and definitions", _definitions(terms, say)),
        ("Target and variance", _variances(sheet, say)),
        ("Gains", _sides(sheet, say, "gain")),
        ("Losses", _sides(sheet, say, "loss")),
        ("The rest", _rest(sheet)),
        ("Limits", _bare(limits_said(sheet, say))),
        ("Phases", _bare(phases_said(sheet))),
        ("Cash backing", _bare(cash_said(sheet, say))),
        ("Account", _bare(account_said(sheet, say))),
        ("Funding", _bare(funding_said(sheet, say))),
        ("Performance payment", _bare(at_risk_said(sheet, say))),
        ("Part-years and rounding", _ending(sheet, say)),
    ]
    kept = [(title, draft) for title, draft in drafts if draft]
    return tuple(
        Heading(n, title, tuple(Sentence(f"{n}.{k}", text, table) for k, (text, table) in enumerate(draft, 1)))
        for n, (title, draft) in enumerate(kept, 1)
    )


def _bare(sentences: list[str]) -> Draft:
    return [(text, None) for text in sentences]


# 1 Parties and definitions -------------------------------------------------------------------------------------------


def _definitions(terms: Terms, say: Phrases) -> Draft:
    sheet = terms.sheet
    found: Draft = [(f"The parties are {listed([party(p) for p in sheet.parties])}.", None)]
    facts = [(name, sheet.facts[name]) for name in sheet.facts]
    facts += [("year", IMPLICIT["year"])] if needs_year(sheet) else []
    facts += [("final_year", IMPLICIT["final_year"])] if sheet.account else []
    several = len(sheet.pools) > 1
    rows = tuple((plain(n), _kind(sheet, n, fact, several), fact.means or plain(n)) for n, fact in facts)
    found.append(("A settlement is given these facts:", Table(("Fact", "Kind", "Meaning"), rows)))
    if several:
        own = [plain(n) for n in dict.fromkeys((*ALWAYS_PER_POOL, *sheet.facts)) if is_per_pool(sheet, n)]
        text = f"{listed(own).capitalize()} are each pool's own; in a clause of all pools they mean the totals."
        found.append((text, None))
    for name, made in sheet.definitions.items():
        anew = " (given in place of the sheet's own)" if name in terms.defined else ""
        if isinstance(made, Interpolate | Steps):
            found.append(_table(name, made, say))
        else:
            found.append((f"“{plain(name)}”{anew} means {say.meaning(made)}.", None))
    return found


def _kind(sheet: TermSheet, name: str, fact: Fact, several: bool) -> str:
    words = [KINDS[fact.unit]]
    words += ["above nil"] if fact.positive else []
    words += ["may be left blank"] if fact.optional else []
    words += ["for each pool"] if several and is_per_pool(sheet, name) else []
    return ", ".join(words)


def _table(name: str, made: Interpolate | Steps, say: Phrases) -> tuple[str, Table]:
    read = say.amount(read_of(made))
    if isinstance(made, Interpolate):
        how = "in a straight line between the points, and level beyond the first and the last:"
        head = (f"At {read}", plain(name))
    else:
        how = "in steps, each of which holds up to and including its end; beyond the last there is no settlement:"
        head = (f"Up to {read} of", plain(name))
    pairs = zip(ends(made), values(made), strict=True)
    rows = tuple((end.text, value.text) for end, value in pairs)
    return f"“{plain(name)}” is read at {read}, {how}", Table(head, rows)


# 2 Target and variance -----------------------------------------------------------------------------------------------


def _variances(sheet: TermSheet, say: Phrases) -> Draft:
    found = [text for pool in sheet.pools for text in _variance(sheet, pool, say)]
    if sheet.pools:
        found.append("A variance above nil is a gain, below nil a loss; a gain and a loss are amounts above nil.")
    if any(pool.target_adjust for pool in sheet.pools):
        found.append("“target” is the figure before its adjustments, “adjusted target” the figure after them.")
    return _bare(found)


def _variance(sheet: TermSheet, pool: Pool, say: Phrases) -> list[str]:
    """What is compared in one pool, and who holds the difference."""
    adjusted = pool.target_adjust or pool.actual_adjust or pool.stop_loss
    compared = "adjusted target less adjusted actual" if adjusted else "target less actual"
    lines = f", on the lines {listed([plain(n) for n in pool.lines])}" if pool.lines else ""
    found = [f"the variance is {compared}{lines}."]
    found += [_adjusted("target", change, say) for change in pool.target_adjust]
    found += [_adjusted("actual", change, say) for change in pool.actual_adjust]
    if (stop := pool.stop_loss) is not None:
        beyond = f"of what one person's claims exceed {say.amount(stop.attachment)} by"
        found.append(f"{beyond}, {say.amount(stop.share)} is taken out of the actual.")
    found.append(f"{party(pool.held_by)} holds the variance before settlement, in what it paid or did not pay.")
    if len(sheet.pools) > 1:
        return [f"{_title(pool)}: {text}" for text in found]
    return [f"The pool is {_title(pool)}.", *(text[0].upper() + text[1:] for text in found)]


def _adjusted(what: str, change: Adjustment, say: Phrases) -> str:
    why = f": {change.why}" if change.why else ""
    if change.scale is not None:
        return f"the {what} is multiplied by {say.amount(change.scale)}{why}."
    assert change.add is not None
    return f"{say.amount(change.add)} is added to the {what}{why}."


def _title(pool: Pool) -> str:
    name = plain(pool.id)
    return f"{pool.title} ({name})" if pool.title and pool.title.lower() != name else pool.title or name.capitalize()


# 3 and 4 Gains and losses --------------------------------------------------------------------------------------------


def _sides(sheet: TermSheet, say: Phrases, name: str) -> Draft:
    """One side of every pool; pools with the same clauses share them."""
    found: Draft = []
    sides = [
        (pool, "as gain" if name == "loss" and pool.loss == "as gain" else getattr(pool, name)) for pool in sheet.pools
    ]
    for side, group in groupby(sides, key=lambda pair: pair[1]):
        pools = [_title(pool) for pool, _ in group]
        of = f"For {listed(pools)}: " if len(sheet.pools) > 1 else ""
        if isinstance(side, Side):
            said = _SideSaid(sheet, say, name, side).sentences()
        else:
            said = [(f"Clause {GAINS} holds for a loss as it does for a gain: who gets part of a gain there bears the "
                     "same part of a loss.", None)]  # fmt: skip
        if of:
            said = [(f"{of}{said[0][0][0].lower()}{said[0][0][1:]}", said[0][1]), *said[1:]]
        found += said
    return found


@dataclass(frozen=True, slots=True)
class _SideSaid:
    """Says one side of a pool; `name` is gain or loss."""

    sheet: TermSheet
    say: Phrases
    name: str
    side: Side

    def sentences(self) -> Draft:
        if not any(band.share for band in self.side.bands):
            return [(f"Nothing of a {self.name} is shared.", None)]
        conditions = [self.say.condition(test) for test in self.side.requires]
        found: Draft = [(f"A {self.name} is shared only if {' and '.join(conditions)}.", None)] if conditions else []
        found += [(text, None) for text in self._gate()]
        if self.side.limit_variance is not None:
            after = ", counted from the gate" if self.side.gate and self.side.gate.then == "excess" else ""
            found.append(
                (f"No more of a {self.name} is shared than {self.say.amount(self.side.limit_variance)}{after}.", None)
            )
        found += [self._bands()]
        return [*found, *((self._step(n, step), None) for n, step in enumerate(self.side.then))]

    def _gate(self) -> list[str]:
        gate = self.side.gate
        if gate is None:
            return []
        at, coin = self.say.amount(gate.at), COINS.get(self.sheet.currency, "unit of money")
        if gate.then == "all":
            return [f"Nothing of a {self.name} below {at} is shared; a {self.name} that reaches it is shared from the "
                    f"first {coin}."]  # fmt: skip
        shared = f"Nothing of a {self.name} up to {at} is shared; beyond it only the excess is."
        if gate.bands_on == "variance":
            return [f"{shared} Bands are slices of the whole {self.name}, and the first begins at {at}."]
        return [f"{shared} Bands are slices of the excess, measured from {at} on."]

    def _bands(self) -> tuple[str, Table | None]:
        bands, verb = self.side.bands, "gets" if self.name == "gain" else "bears"
        limited = "what is shared" if self.side.gate or self.side.limit_variance else f"a {self.name}"
        if len(bands) == 1:
            parts = [f"{party(p)} {verb} {self.say.amount(s)}" for p, s in bands[0].share.items()]
            return f"Of {limited}, {listed(parts)}.", None
        named = list(dict.fromkeys(p for band in bands for p in band.share if p != self.sheet.rest))
        head = (f"Slice of the {self.name}", *(party(p) for p in named), f"{party(self.sheet.rest)} (the rest)")
        rows = tuple((self._slice(n), *self._shares(band, named)) for n, band in enumerate(bands))
        return f"Each party {verb} its share of every slice that {limited} reaches into:", Table(head, rows)

    def _slice(self, n: int) -> str:
        bands, gate = self.side.bands, self.side.gate
        above = bands[n - 1].to if n else gate.at if gate is not None and gate.bands_on == "variance" else None
        to = bands[n].to
        if to is None:
            return f"beyond {self.say.amount(above)}" if above is not None else "all of it"
        start = f"from {self.say.amount(above)} " if above is not None else ""
        return f"{start}{'up ' if not start else ''}to {self.say.amount(to)}"

    def _shares(self, band: Band, named: list[str]) -> tuple[str, ...]:
        cells = [self.say.amount(band.share[p]) if p in band.share else "none" for p in named]
        known = [literal_of(self.sheet, band.share[p]) for p in named if p in band.share]
        sure = [value for value in known if value is not None]
        rest = f"{float(100 * (1 - sum(sure))):g}%" if len(sure) == len(known) else "the remainder"
        return (*cells, rest)

    def _step(self, n: int, step: Step) -> str:
        whose = f"{party(step.party)}'s amount" if step.party else "every sharing party's amount"
        by, why = self.say.amount(step.by), f": {step.why}" if step.why else ""
        done = {
            "scale": f"multiplied by {by}",
            "cap": f"limited to {by}",
            "subtract": f"reduced by {by}, though not below nil",
        }[step.op]
        order = "Then" if n == 0 else "After that"
        return f"{order} {whose} is {done}{why}."


# 5 and 12 ------------------------------------------------------------------------------------------------------------


def _rest(sheet: TermSheet) -> Draft:
    if not sheet.pools:
        return []
    rest = party(sheet.rest)
    holders = list(dict.fromkeys(party(p.held_by) for p in sheet.pools))
    text = f"What these clauses allocate to no other party is left with {rest}."
    posted = f"Who holds a variance already has it: only what moves between {listed(holders)} and the others is paid."
    return [(text, None), (posted, None)]


def _ending(sheet: TermSheet, say: Phrases) -> Draft:
    found: Draft = []
    if (period := sheet.period) is not None:
        what = {
            "before_limits": "the variance counts before gates and limits",
            "after_limits": "amounts count after the steps and limits of their pool",
        }[period.prorate]
        months = say.amount(period.months)
        part = f"({months})" if " " in months else months
        found.append((f"For part of a year {what}, in the proportion of {part} to 12 months.", None))
    mode, places = ROUNDED[sheet.rounding.mode], sheet.rounding.places
    text = (
        f"Payments are rounded once, at the end, to {places} decimal places of {sheet.currency}, {mode}; "
        f"{party(sheet.rest)} takes the remainder, so that all payments sum to nil."
    )
    return [*found, (text, None)]
