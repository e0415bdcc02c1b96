"""Term sheets of a scenario: each is read, its parties and pools are found in the contract, and every fact is bound.

A fact is bound to a row of the contract by its name, or given as a figure with its evidence. `target` and `actual` of a
pool are the expected and the actual cost of its lines unless the scenario says otherwise; an optional fact that is not
bound is blank; `year` and `final_year` are the contract's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mcp_finance.files.document import inside
from mcp_finance.files.nodes import Scalar, find, place_of
from mcp_finance.files.problems import Problem, ScenarioError, quoted, suggestion
from mcp_finance.files.shape import Steps, dotted, fitted, within
from mcp_finance.model.contract import known_rows, member_of, subject_of_row
from mcp_finance.model.party import FIXED, PROVIDER
from mcp_finance.model.share.measures import SCORE
from mcp_finance.model.share.settlement import CONTRACT_YEAR, FINAL_YEAR, PAYERS, own_names
from mcp_finance.rows.row import Row
from mcp_finance.scenario.checks.between import check_years
from mcp_finance.scenario.checks.references import entries, written_lines
from mcp_finance.scenario.kinds import CountSeries, MoneySeries, RateSeries, Series
from mcp_finance.scenario.merge import SETTING
from mcp_finance.scenario.providers import parties_of
from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.sections.terms import Defined as Given
from mcp_finance.scenario.sections.terms import TermsUse
from mcp_finance.scenario.subjects import brought_by, subjects_of
from mcp_finance.scenario.validate import Parts
from mcp_finance.terms.compiler.compile import Compiled, compile_terms
from mcp_finance.terms.compiler.parts import FactUse
from mcp_finance.terms.formula import FormulaError
from mcp_finance.terms.formula import parse as parse_formula
from mcp_finance.terms.load import Defined, Terms, load_terms, shipped_terms

Bound = str | Series | None
"""The name of a row, a figure, or None for an optional fact that is blank."""
USUAL = {"target": "expected_cost", "actual": "actual_cost", "year": CONTRACT_YEAR, "final_year": FINAL_YEAR}
TAKEN = (
    *FIXED,
    "outside",
    "system",
    "check",
    "warn",
    "party",
    "pool",
    "provider",
    "roll",
    "rolled",
    "opening_balance",
    "cash",
    "month",
    "payment_delay",
)
"""What names of the contract's rows and inputs begin with."""
_ROW = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_UNITS = {"money": ("GBP",), "ratio": ("share", "rate", "index"), "count": ("number", "people"), "flag": ("switch",)}
_SERIES: dict[str, type[Series]] = {
    "money": MoneySeries,
    "ratio": RateSeries,
    "count": CountSeries,
    "flag": CountSeries,
}


@dataclass(frozen=True)
class BoundTerms:
    """A term sheet of the scenario, by itself as rows, and what its facts are, by the name of the fact among rows."""

    key: str
    use: TermsUse
    compiled: Compiled
    facts: dict[str, Bound]

    @property
    def terms(self) -> Terms:
        return self.compiled.terms

    def figures(self) -> Iterator[tuple[FactUse, Series]]:
        """Facts that the scenario gives as figures."""
        for use in self.compiled.facts:
            value = self.facts.get(use.name)
            if isinstance(value, Series) and not use.is_given:
                yield use, value

    def facts_bound_to_rows(self) -> Iterator[FactUse]:
        """Facts that are rows of the contract."""
        for use in self.compiled.facts:
            if isinstance(self.facts.get(use.name), str) and not use.is_given:
                yield use

    def path(self, fact: FactUse) -> Steps:
        """Where the scenario gives a fact."""
        below = self.use.bind.get(fact.pool) if fact.pool else None
        in_pool = isinstance(below, dict) and fact.fact in below
        return ("terms", self.key, "bind", *((fact.pool,) if in_pool else ()), fact.fact)


def read_terms(parts: Parts, folder: Path) -> tuple[tuple[BoundTerms, ...], list[Problem]]:
    """The scenario's term sheets, and every problem with them."""
    problems: list[Problem] = []
    found = []
    for key, use in (parts.get("terms") or {}).items():
        terms = _read(parts, key, use, folder, problems)
        if terms is not None:
            problems += _parties(parts, key, use, terms)
            found.append(_bound(parts, key, use, terms, problems))
    problems += (*_together(parts, found), *_idle_score(parts, found))
    return tuple(found), list(dict.fromkeys(problems))


def _read(parts: Parts, key: str, use: TermsUse, folder: Path, problems: list[Problem]) -> Terms | None:
    path: Steps = ("terms", key, "sheet")
    shipped, unread = shipped_terms(), list(_unread(parts, key, use))
    problems += unread
    define = {} if unread else {name: _defined(parts, key, name, made) for name, made in use.define.items()}
    try:
        file = shipped[use.sheet] if use.sheet in shipped else inside(folder, use.sheet)
        shown = f"terms/{use.sheet}.yaml" if use.sheet in shipped else str(folder / use.sheet)
        terms = load_terms(file, shown=shown, define=define)
        return None if unread else terms
    except ValueError as error:
        names = [*_files(folder), *shipped]
        problems.append(parts.problem(path, str(error), suggestion(use.sheet, names)))
    except ScenarioError as error:
        if any("no such file" in p.message for p in error.problems):
            message = f"there is no term sheet {quoted(use.sheet)}"
            problems.append(parts.problem(path, message, suggestion(use.sheet, [*_files(folder), *shipped])))
        elif define and _loads(file, {}):
            named = [replace(p, path=define[p.path].path) if p.path in define else p for p in error.problems]
            problems += (*_spoilt(parts, key, use, file, define), *named)
        else:
            message = f"the term sheet {quoted(use.sheet)} cannot be used"
            problems += (parts.problem(path, message, "a sheet without problems"), *error.problems)
    return None


def _unread(parts: Parts, key: str, use: TermsUse) -> Iterator[Problem]:
    """Definitions given anew that are no formulas."""
    for name, made in use.define.items():
        try:
            parse_formula(made.value)
        except FormulaError as error:
            path = _value_path(parts, ("terms", key, "define", name))
            at = 0 if place_of(parts.root, path).file == SETTING else error.at
            place = within(parts.root, path, at)
            yield Problem(place, f"terms.{key}.define.{name}", error.message, error.instead)


def _spoilt(parts: Parts, key: str, use: TermsUse, file: Path, define: dict[str, Defined]) -> Iterator[Problem]:
    """The definitions with which a sheet cannot be used that can be used as it is."""
    known = load_terms(file).sheet.definitions
    for name, made in define.items():
        if name in known and not _loads(file, {name: made}):
            path = _value_path(parts, ("terms", key, "define", name))
            message = f"with this definition the term sheet {quoted(use.sheet)} cannot be used"
            yield parts.problem(path, message, "a definition that fits the sheet")


def _loads(file: Path, define: dict[str, Defined]) -> bool:
    try:
        load_terms(file, define=define)
    except ScenarioError:
        return False
    return True


def _defined(parts: Parts, key: str, name: str, made: Given) -> Defined:
    path: Steps = ("terms", key, "define", name)
    place, evidence = place_of(parts.root, path), (made.source, made.grade or "", made.owner, made.note)
    return Defined(made.value, place, *evidence, dotted(path), made.date)


def _value_path(parts: Parts, path: Steps) -> Steps:
    return (*path, "value") if find(parts.root, (*path, "value")) else path


def _files(folder: Path) -> list[str]:
    """Term sheets beside the scenario, as a scenario names them."""
    return [f"terms/{path.name}" for path in sorted((folder / "terms").glob("*.yaml"))]


def _parties(parts: Parts, key: str, use: TermsUse, terms: Terms) -> Iterator[Problem]:
    """Every party of the sheet is one of the contract's, each another."""
    path: Steps = ("terms", key)
    for name in use.parties:
        if name not in terms.sheet.parties:
            message = f"the term sheet has no party {quoted(name)}"
            yield parts.problem((*path, "parties", name), message, suggestion(name, terms.sheet.parties), key=True)
    if terms.sheet.currency != "GBP":
        message = f"the term sheet is in {terms.sheet.currency}, and the contract's books are in GBP"
        yield parts.problem((*path, "sheet"), message, "a sheet in GBP")
    everyone = parties_of(parts.get("providers") or {}).everyone
    taken: dict[str, str] = {}
    for name in terms.sheet.parties:
        other = use.parties.get(name, name)
        where: Steps = (*path, "parties", name) if name in use.parties else (*path, "sheet")
        if other not in everyone:
            message = f"the contract has no party {quoted(other)}, which the term sheet {quoted(terms.sheet.id)} has"
            yield parts.problem(where, message, f"parties: {{{name}: …}}, one of {', '.join(everyone)}")
        elif other in taken:
            yield parts.problem(where, f"{quoted(taken[other])} and {quoted(name)} are both {other}", "one party each")
        taken[other] = name
    for item in terms.sheet.at_risk:
        payer = use.parties.get(item.unearned_to, item.unearned_to)
        if item.kind == "withhold" and payer not in PAYERS:
            message = f"{quoted(payer)} pays no instalments, so that it cannot withhold any"
            yield parts.problem((*path, "sheet"), message, " or ".join(PAYERS))


def _bound(parts: Parts, key: str, use: TermsUse, terms: Terms, problems: list[Problem]) -> BoundTerms:
    path: Steps = ("terms", key, "bind")
    sheet = compile_terms(terms)
    uses = [u for u in sheet.facts if not u.is_given]
    pools = {p.id for p in terms.sheet.pools}
    known = {u.fact for u in uses} | pools
    for name in use.bind:
        if name not in known:
            message = f"the term sheet has no fact {quoted(name)}"
            problems.append(parts.problem((*path, name), message, suggestion(name, known), key=True))
    for pool in (name for name in use.bind if name in pools):
        below = use.bind[pool]
        per_pool = [u.fact for u in uses if u.pool == pool]
        if not isinstance(below, dict):
            message = f"{quoted(pool)} is a pool: its facts stand below it"
            problems.append(parts.problem((*path, pool), message, f"{{{per_pool[0]}: …}}"))
            continue
        for name in below.keys() - set(per_pool):
            message = f"the pool has no fact {quoted(name)} of its own"
            problems.append(parts.problem((*path, pool, name), message, suggestion(name, per_pool), key=True))
    found: dict[str, Bound] = {}
    for fact in uses:
        found[fact.name] = _fact(parts, path, use, fact, problems)
    bound = BoundTerms(key, use, sheet, found)
    for fact, series in bound.figures() if parts.has("contract") else ():
        problems += check_years(parts, bound.path(fact), series, False)
    return bound


def _fact(parts: Parts, path: Steps, use: TermsUse, fact: FactUse, problems: list[Problem]) -> Bound:
    below = use.bind.get(fact.pool) if fact.pool else None
    if isinstance(below, dict) and fact.fact in below:
        path, raw = (*path, fact.pool, fact.fact), below[fact.fact]
    elif fact.fact in use.bind:
        path, raw = (*path, fact.fact), use.bind[fact.fact]
    elif fact.fact in USUAL:
        return USUAL[fact.fact]
    else:
        if not fact.spec.optional:
            message = f"the fact {quoted(fact.column)} of the term sheet is not bound"
            advice = f"{fact.fact}: and the name of a row of the contract, or a figure"
            problems.append(parts.problem(path[:2], message, advice, key=True))
        return None
    node = find(parts.root, path)
    text = node.text if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    if _ROW.fullmatch(text):
        _row(parts, path, text, fact, problems)
        return text
    return _figure(parts, path, raw, fact, problems)


def _figure(parts: Parts, path: Steps, raw: Any, fact: FactUse, problems: list[Problem]) -> Bound:
    if fact.spec.unit == "flag":
        raw = _as_number(raw)
    kind = _SERIES[fact.spec.unit]
    found: Series | None = fitted(parts.root, Scenario, kind, path, raw, problems)
    return found


def _as_number(raw: Any) -> Any:
    """True and false, wherever they stand in a figure, as 1 and 0."""
    if isinstance(raw, dict):
        return {k: _as_number(v) for k, v in raw.items()}
    return float(raw) if isinstance(raw, bool) else raw


def _row(parts: Parts, path: Steps, name: str, fact: FactUse, problems: list[Problem]) -> None:
    """Refuse a row that is unknown, has another unit, or has dimensions that the fact could not sum."""
    rows, providers = known_rows(subjects_of(parts.root)), parties_of(parts.get("providers") or {}).providers
    of, member = member_of(name)
    row = rows.get(of)
    fits = [r.name for r in rows.values() if _fits(r, fact)]
    if member and member not in providers:
        message = f"the row {quoted(of)} has no {quoted(member)}"
        problems.append(parts.problem(path, message, suggestion(member, providers)))
    elif row is None and name in subject_of_row():
        needed = brought_by(subject_of_row()[name])
        message = f"the contract has the row {quoted(name)} only where the scenario has {needed}"
        problems.append(parts.problem(path, message, f"{needed} in the scenario, or another row"))
    elif row is None:
        message = f"the contract has no row {quoted(name)}"
        problems.append(parts.problem(path, message, suggestion(name, fits)))
    elif row.unit not in _UNITS[fact.spec.unit]:
        message = f"the row {quoted(name)} is in {row.unit}, and the fact {quoted(fact.fact)} is {fact.spec.unit}"
        problems.append(parts.problem(path, message, suggestion(name, fits)))
    elif not (member or _fits(row, fact)):
        message = f"the row {quoted(name)} has a value for each {', '.join(row.dims)}"
        problems.append(parts.problem(path, message, suggestion(name, fits)))


def _fits(row: Row, fact: FactUse) -> bool:
    """A row of one value; of pools for a pool's fact, or for money; of lines or contracts for money of the whole."""
    if row.unit not in _UNITS[fact.spec.unit]:
        return False
    if row.dims == ("pool",):
        return bool(fact.pool) or fact.spec.unit == "money"
    return not row.dims or (
        row.dims in (("line",), ("contract",), (PROVIDER,)) and fact.spec.unit == "money" and not fact.pool
    )


def _together(parts: Parts, sheets: list[BoundTerms]) -> Iterator[Problem]:
    """Ids of sheets and pools are each used once, and every shared line is in one pool."""
    lines = parts.get("lines") or {}
    shared = [n for n, line in lines.items() if line.scope == "share"]
    ids: dict[str, str] = {}
    pools: dict[str, str] = {}
    for bound in sheets:
        where: Steps = ("terms", bound.key, "sheet")
        yield from _names(parts, bound, where)
        if bound.terms.sheet.prefix in ids:
            message = f"{quoted(ids[bound.terms.sheet.prefix])} uses a term sheet of the same id"
            yield parts.problem(where, message, "a sheet with an id of its own")
        ids[bound.terms.sheet.prefix] = bound.key
        for pool in bound.terms.sheet.pools:
            if pool.id in pools:
                message = f"the pool {quoted(pool.id)} is also one of {quoted(pools[pool.id])}"
                yield parts.problem(where, message, "pools with ids of their own")
            pools[pool.id] = bound.key
    whole = len(lines) == len(written_lines(parts)) and len(sheets) == len(entries(parts, "terms"))
    if not parts.has("lines", "terms") or not whole:
        return
    yield from _lines(parts, sheets, shared)


def _idle_score(parts: Parts, sheets: list[BoundTerms]) -> Iterator[Problem]:
    """Measures make a score; without a fact that is bound to it they move nothing."""
    bound = any(fact == SCORE for sheet in sheets for fact in sheet.facts.values())
    if parts.get("measures") and not bound and len(sheets) == len(entries(parts, "terms")):
        message = f"no fact of a term sheet is bound to {SCORE}, so that the measures earn nothing"
        yield parts.warning(("measures",), message, f"a term sheet with a performance payment, its score: {SCORE}")


def _names(parts: Parts, bound: BoundTerms, where: Steps) -> Iterator[Problem]:
    """Names of a sheet that would be those of the contract's own rows and inputs."""
    if bound.terms.sheet.prefix in (*TAKEN, *parties_of(parts.get("providers") or {})):
        message = f"the contract has rows whose names begin with {quoted(bound.terms.sheet.prefix)}"
        yield parts.problem(where, message, "a sheet with another id")
    sheet = bound.compiled
    written = {*(r.name for r in sheet.rows), *(i.name for i in sheet.inputs)}
    for name in sorted(own_names(sheet) & written):
        word = name.removeprefix(f"{bound.terms.sheet.prefix}.")
        message = f"the term sheet calls something {quoted(word)}, which is a row of the contract's own"
        yield parts.problem(where, message, "a sheet with another name for it")


def _lines(parts: Parts, sheets: list[BoundTerms], shared: list[str]) -> Iterator[Problem]:
    all_pools = [(b, p) for b in sheets for p in b.terms.sheet.pools]
    if not all_pools:
        for name in shared:
            message = "the scenario has no term sheet with pools"
            yield parts.problem(("lines", name, "scope"), message, "a section terms, or excluded")
        return
    if len(all_pools) == 1 and not all_pools[0][1].lines:
        return
    taken: dict[str, str] = {}
    for bound, pool in all_pools:
        where: Steps = ("terms", bound.key, "sheet")
        if not pool.lines:
            yield parts.problem(
                where, f"the pool {quoted(pool.id)} names no lines", "lines, where there are several pools"
            )
        for name in pool.lines:
            if name not in shared:
                message = f"the pool {quoted(pool.id)} has the line {quoted(name)}, which is not in the gain/loss share"
                yield parts.problem(where, message, suggestion(name, shared))
            elif name in taken:
                yield parts.problem(where, f"the line {quoted(name)} is in two pools", "each line in one")
            taken[name] = pool.id
    for name in (n for n in shared if n not in taken):
        message = "no pool of a term sheet has this line"
        yield parts.problem(("lines", name, "scope"), message, "excluded, or the line in a pool's `lines`")


def pools_of(sheets: tuple[BoundTerms, ...], shared: list[str]) -> dict[str, tuple[str, ...]]:
    """The contract's pools and their lines; a single pool without lines has every line in the share."""
    pools = {p.id: tuple(p.lines) for b in sheets for p in b.terms.sheet.pools}
    return {name: lines or tuple(shared) for name, lines in pools.items()}
