"""Facts for a curve: those that are given, and for the others values that are said to be assumed.

The rule: no assumption is silent. Every fact that was not given is named in a note with the value that it was taken to
have. The target is 100 (or 100 million, where the sheet has amounts of money), other money its size, ratios 100%,
flags yes, optional facts blank, counts 10,000 (or the last end of a table of steps that they are read in), the year
the first that is two-sided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import quoted, suggestion
from mcp_finance.terms.clauses import ALWAYS_PER_POOL, definition_formulas, uses
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import FactUse, plain
from mcp_finance.terms.fields import Steps, ends
from mcp_finance.terms.formula import walk
from mcp_finance.terms.reading.phrases import listed
from mcp_finance.terms.schema import TermSheet
from mcp_finance.terms.settling.figures import read_cell

SIZE, PEOPLE = Fraction(100), Fraction(10_000)
LARGE = Fraction(10**8)


class FactError(ValueError):
    """A fact that the sheet has not got, or that cannot be read."""


@dataclass(frozen=True, slots=True)
class Given:
    """Values by the name of the fact among rows; `target` is that of all pools, or the size that money is taken at.

    `notes` say what was assumed, `in_percent` whether amounts are percents of the target.
    """

    values: Mapping[str, Fraction]
    target: Fraction
    notes: tuple[str, ...]
    in_percent: bool


def given_facts(compiled: Compiled, texts: Mapping[str, str], varied: Iterable[str]) -> Given:
    """Values for every fact but those `varied`; `texts` gives some by name, or by `pool.name` where pools have own.

    Raises:
        FactError: a name is unknown, a text is no value of its fact, or the target is nil.
    """
    sheet, varied = compiled.sheet, set(varied)
    stated = _stated(compiled, texts, varied)
    pools = [pool.id for pool in sheet.pools]
    size = LARGE if pools and has_amounts(sheet) else SIZE
    whole = stated.get("target", size)
    if whole is None or whole <= 0:
        raise FactError("target must be above nil for a curve over its percents")
    targets = {pool: _own(stated, pool, "target", whole / len(pools)) for pool in pools}
    total = sum(targets.values(), Fraction(0)) if pools else SIZE
    values: dict[str, Fraction] = {}
    said: dict[str, list[str]] = {}
    for use in compiled.facts:
        found = stated.get(use.column, stated.get(use.fact)) if _is_stated(stated, use) else None
        if use.is_given:
            values[use.name] = Fraction(found is not None)
        elif use.fact == "target" and use.pool:
            values[use.name] = targets[use.pool]
        elif found is not None:
            values[use.name] = found
        elif use.fact not in varied:
            values[use.name], words = _assumed(sheet, use, targets.get(use.pool, total))
            said.setdefault(words, []).append(plain(use.fact))
    notes = [f"{listed(list(dict.fromkeys(names)))} {words}" for words, names in said.items()]
    is_sized = any(n == "target" or n.endswith(".target") for n in stated)
    sized = () if is_sized or not pools else (_target_note(sheet, size),)
    return Given(values, total, (*sized, *notes), not is_sized and size == SIZE)


def _target_note(sheet: TermSheet, size: Fraction) -> str:
    several = ", equally divided among the pools" if len(sheet.pools) > 1 else ""
    why = "so that amounts are percents of it" if size == SIZE else "since the sheet has amounts of money"
    return f"the target is taken as {int(size):,}{several}, {why}"


def has_amounts(sheet: TermSheet) -> bool:
    """Whether an amount of money stands in the sheet, so that a target of 100 would make nonsense of it."""
    formulas = [*(use.formula for use in uses(sheet)), *(made for _, _, made in definition_formulas(sheet))]
    written = any(t.number is not None and t.number.kind == "money" for made in formulas for t in walk(made.root))
    alone = [use.formula.root.number for use in uses(sheet) if use.wanted == "money"]
    return written or any(number is not None and number.value != 0 for number in alone)


def _own(stated: Mapping[str, Fraction | None], pool: str, name: str, default: Fraction) -> Fraction:
    found = stated.get(f"{pool}.{name}", default)
    if found is None or found <= 0:
        raise FactError(f"{pool}.{name} must be above nil for a curve over its percents")
    return found


def _is_stated(stated: Mapping[str, Fraction | None], use: FactUse) -> bool:
    return use.column in stated or use.fact in stated


def _assumed(sheet: TermSheet, use: FactUse, size: Fraction) -> tuple[Fraction, str]:
    """The value that a fact is taken to have, and how to say so."""
    spec = use.spec
    if use.fact == "year":
        year = first_year(sheet)
        return Fraction(year), f"taken as {year}"
    if use.fact == "claims_over":
        return Fraction(0), "taken as nil"
    if use.fact == "final_year":
        return Fraction(0), "taken as no"
    if spec.optional:
        return Fraction(0), "left blank"
    if spec.unit == "count":
        found = _last_step(sheet, use.fact)
        return found or PEOPLE, f"taken as {float(found or PEOPLE):,.10g}" if not found else f"taken as {found}"
    return {
        "money": (size, "taken as large as the target" if sheet.pools else f"taken as {SIZE}"),
        "ratio": (Fraction(1), "taken as 100%"),
        "flag": (Fraction(1), "taken as yes"),
    }[spec.unit]


def first_year(sheet: TermSheet) -> int:
    """The first contract year that settles both ways; failing that, the first that pays gains; otherwise 1."""
    phase = sheet.phase
    spans = (phase.two_sided or phase.upside_only) if phase is not None else []
    return min((first for first, _ in spans), default=1)


def _last_step(sheet: TermSheet, fact: str) -> Fraction | None:
    """The last end of the shortest table of steps that is read at the fact itself."""
    tables = [made for made in sheet.definitions.values() if isinstance(made, Steps) and made.steps.root.name == fact]
    return min((ends(table)[-1].value for table in tables), default=None)


def _stated(compiled: Compiled, texts: Mapping[str, str], varied: set[str]) -> dict[str, Fraction | None]:
    several = len(compiled.sheet.pools) > 1
    specs = {name: use for use in compiled.facts for name in (use.fact, use.column)}
    known = {name for use in compiled.facts for name in (use.fact, use.column if several else use.fact)}
    known = {name for name in known if name.rpartition(".")[2] not in varied}
    found: dict[str, Fraction | None] = {}
    for name, text in texts.items():
        base = name.rpartition(".")[2]
        if base in varied:
            raise FactError(f"the curve varies {base}: give the range instead")
        if name not in specs or (base in ALWAYS_PER_POOL and not compiled.sheet.pools):
            raise FactError(f"the sheet has no fact {quoted(name)}: {suggestion(name, sorted(known))}")
        try:
            found[name] = read_cell(text, specs[name], name, compiled.sheet.currency)
        except FigureError as error:
            raise FactError(f"{error.message}; write {error.instead}") from None
    return found
