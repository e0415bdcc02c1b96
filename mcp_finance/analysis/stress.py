"""Stresses: what each does to every party, and the first year in which a party fails.

A stress of figures recalculates what lies downstream of them; one that sets clauses is the scenario loaded again with
them as its last layer. Nothing is added up: stresses together are one run with the shocks of all. A stress that does
not apply says why, and one that moves nobody says so too: no row of the table is nil in silence.

A party *fails* in the first year in which the budget holder's cumulative position is beyond its reserve and guarantee
(without the section `reserves`: in which its balance is below nil), or in which any other party is materially worse off
than with nothing done (`warn.worse_off_…`). Who fails anyway is marked: a stress is not to blame for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.analysis.run import run as load_run
from mcp_finance.analysis.shocked import after
from mcp_finance.files.nodes import Mapping as Tree
from mcp_finance.files.problems import ScenarioError, suggestion
from mcp_finance.model.party import HOLDER
from mcp_finance.scenario.addresses import Addresses
from mcp_finance.scenario.load import Over
from mcp_finance.scenario.merge import merge
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.stresses import NotApplicable, Read, changes_of, fitted_to

BEYOND = "first_year_beyond_cover"
POUND = 1.0
"""Less is rounding, as in the rows that warn."""
Reverse = Callable[[Run], str]
"""Answers the reverse stress of a run in words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stress does. With a `reason` it changes nobody's result, and the figures are nil.

    `held` is the change of each party's results over the term; `contract` is what of it the contract hands out: the
    change against do-nothing, which would have met the same stress. `fails` is the first year in which a party fails,
    None if it never does. `left_out` are stresses of a combination that do not apply, with their reasons.
    """

    id: str
    title: str
    basis: str
    held: Mapping[str, float]
    contract: Mapping[str, float]
    fails: Mapping[str, str | None]
    reason: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    @property
    def applies(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class Heat:
    """Parties by stresses. `parties` are their names by id, `fails` the first year in which each fails anyway."""

    parties: Mapping[str, str]
    thresholds: Mapping[str, float]
    fails: Mapping[str, str | None]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One row of the table: a stress, or several at once."""

    id: str
    title: str
    basis: str
    parts: tuple[str, ...]


def stress(
    base: Run,
    found: Read,
    ids: Sequence[str] | None = None,
    combine: Sequence[str] = (),
    reverse: Reverse | None = None,
) -> Heat:
    """Every stress of a pack, or those named, each alone; and those to `combine` together as one more.

    `reverse` answers the stresses that are computed as a reverse stress.

    Raises:
        ValueError: the pack has no such stress.
        ScenarioError: a shock of the pack cannot be read.
    """
    pack, asked = found.pack, []
    for name in pack.stresses if ids is None else ids:
        parts = parts_of(found, (name,))
        asked.append(_Asked(name, pack.stresses[name].title, pack.stresses[name].basis, parts))
    if combine:
        parts = parts_of(found, combine)
        titles = "; ".join(pack.stresses[name].title for name in combine)
        asked.append(_Asked("+".join(combine), titles, "asked for together", parts))
    addresses = Addresses(base.inputs)
    outcomes = tuple(_outcome(base, addresses, found, each, reverse) for each in asked)
    thresholds = {p: base.results.final(f"{p}.threshold") for p in base.parties}
    return Heat(base.parties, thresholds, failures(base), outcomes)


def parts_of(found: Read, ids: Sequence[str]) -> tuple[str, ...]:
    """The stresses that these are, a combination being those that it combines; each once.

    Raises:
        ValueError: the pack has no such stress.
    """
    stresses = found.pack.stresses
    for name in ids:
        if name not in stresses:
            raise ValueError(f"the pack has no stress {name!r}: {suggestion(name, stresses)}")
    return tuple(dict.fromkeys(part for name in ids for part in (stresses[name].combines or (name,))))


def failures(run: Run) -> dict[str, str | None]:
    """The first year in which each party fails, None for those that do not."""
    return {party: _first_failure(run, party) for party in run.parties}


def _first_failure(run: Run, party: str) -> str | None:
    if party == HOLDER and BEYOND in run.results:
        year = round(run.results.final(BEYOND))
        return run.years[year - 1] if year else None
    if party == HOLDER:
        fires = run.results.series(f"{HOLDER}.closing") <= -POUND
    else:
        fires = run.results.series(f"warn.worse_off_{party}") >= 1
    return run.years[int(fires.argmax())] if fires.any() else None


def _outcome(base: Run, addresses: Addresses, found: Read, asked: _Asked, reverse: Reverse | None) -> Outcome:
    if found.pack.stresses[asked.parts[0]].computed:
        said = reverse(base) if reverse else "computed: `mcp-finance solve` finds it"
        return _nil(base, asked, said)
    try:
        made = stressed(base, found, asked.parts, addresses)
    except NotApplicable as error:
        return _nil(base, asked, f"not applicable: {error}")
    run = made.run
    held = {p: _result(run, p) - _result(base, p) for p in base.parties}
    contract = {p: _to_date(run, p) - _to_date(base, p) for p in base.parties}
    if all(abs(v) < PENNY for v in (*held.values(), *contract.values())):
        same = _same_inputs(base, run)
        return _nil(base, asked, "moves nothing: its figures are so already" if same else "moves nobody's result")
    broken = tuple(check.name for check in run.integrity() if not check.holds)
    return Outcome(
        asked.id, asked.title, asked.basis, held, contract, failures(run), left_out=made.left_out, broken=broken
    )


@dataclass(frozen=True, slots=True)
class Stressed:
    """A run under stresses, and how it comes about: the run with what they set, and the changes of its inputs.

    `left_out` are the stresses that do not apply, with their reasons.
    """

    run: Run
    start: Run
    changes: tuple[Change, ...]
    left_out: Mapping[str, str]


def stressed(base: Run, found: Read, ids: Sequence[str], addresses: Addresses | None = None) -> Stressed:
    """The run with the stresses of these ids at once.

    Raises:
        NotApplicable: none of them applies; or the scenario with them has problems, which the message says.
        ScenarioError: a shock of the pack cannot be read.
    """
    fitting: dict[str, Tree] = {}
    left_out: dict[str, str] = {}
    over: Tree | None = None
    for name in ids:
        try:
            sets, fitting[name] = fitted_to(found, name, base.loaded)
        except NotApplicable as error:
            left_out[name] = str(error)
            continue
        if sets is not None:
            over = sets if over is None else merge(over, sets)
    start = base if over is None else _rebuilt(base, found, over)
    known = addresses if start is base and addresses else Addresses(start.inputs)
    changes: list[Change] = []
    for name, root in fitting.items():
        try:
            changes += changes_of(found, name, root, start.loaded, known)
        except NotApplicable as error:
            left_out[name] = str(error)
    if len(left_out) == len(ids):
        raise NotApplicable("; ".join(dict.fromkeys(left_out.values())))
    try:
        return Stressed(after(start, changes, known), start, tuple(changes), left_out)
    except ScenarioError as error:
        raise NotApplicable(_first(error)) from None


def _rebuilt(base: Run, found: Read, over: Tree) -> Run:
    """The scenario loaded again, with what is set over it."""
    loaded = base.loaded
    layer = Over(over, found.document.sources)
    try:
        return load_run(loaded.path, cases=loaded.cases, settings=loaded.settings, years=loaded.years, over=layer)
    except ScenarioError as error:
        raise NotApplicable(_first(error)) from None


def _first(error: ScenarioError) -> str:
    """The first problem in words; how many more there are."""
    errors = [p for p in error.problems if p.severity == "error"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].path}: {errors[0].message}{more}".removeprefix(": ")


def _same_inputs(base: Run, other: Run) -> bool:
    before, now = base.inputs.values, other.inputs.values
    return before.keys() == now.keys() and all(np.array_equal(v, now[n]) for n, v in before.items())


def _nil(base: Run, asked: _Asked, reason: str) -> Outcome:
    nil = dict.fromkeys(base.parties, 0.0)
    return Outcome(asked.id, asked.title, asked.basis, nil, nil, failures(base), reason)


def _result(run: Run, party: str) -> float:
    return float(run.results.series(f"{party}.result").sum())


def _to_date(run: Run, party: str) -> float:
    return run.results.final(f"{party}.change_to_date")
