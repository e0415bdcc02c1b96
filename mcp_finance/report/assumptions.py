"""The log of assumptions: every figure of a scenario with its evidence, what most needs attention first.

The rule of the order: weakest grade first, and within a grade the figure that bears on most money, which is the
reference-year cost of the lines that read it. Figures of a table that share their first key and their evidence are one
entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mcp_finance.analysis.headlines import UNGRADED
from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.report import money
from mcp_finance.report.views import GRADES, NONE, Section, Table, Words, amount, last_day, millions, with_unit
from mcp_finance.rows.row import InputSpec, Origin
from mcp_finance.scenario.kinds import Evidence

WEAKEST_FIRST = (UNGRADED, "assumption", "derived", "exact-secondary", "exact-published", "definition")
_TABLES = {"population": "population", "age_weight": "profiles"}
_SELECTED = {
    "fully_integrated_share": "follows_integration",
}
_NO_MONEY = ("deflator_growth", "materiality", "first_day")
_PENNIES = ("reprovision_unit_cost",)


UNSAID = {"owner": "an owner", "date": "a date"}


@dataclass(frozen=True, slots=True)
class Logged:
    """One figure with its evidence; `bears_on` is the money on which it bears, in GBP."""

    path: str
    value: str
    grade: str
    source: str
    owner: str
    date: str
    note: str
    bears_on: float

    @property
    def order(self) -> tuple[int, float]:
        return WEAKEST_FIRST.index(self.grade), -self.bears_on


def assumptions_section(run: Run) -> Section:
    """The log as a table. The columns of owners and dates are left out where no figure names one."""
    log = sorted(logged(run), key=lambda entry: entry.order)
    said = [key for key in ("owner", "date") if any(getattr(entry, key) for entry in log)]
    head = ("Figure", "Value", "Grade", "Bears on, £m", "Source", *(key.capitalize() for key in said), "Note")
    rows = tuple(_row(entry, said) for entry in log)
    words = Words(
        f"{len(rows)} entries: weakest grade first, then the figure that bears on most money (the reference-year cost "
        "of the lines that read it). Words such as a line's provider are in the table of scope. "
        + " ".join(f"No figure names {what}." for key, what in UNSAID.items() if key not in said)
    )
    table = Table("Every figure of the scenario", head, "tttn" + "t" * (len(head) - 4), rows, tight=True)
    return Section("assumptions", "Log of assumptions", (words, table), folded=True)


def _row(entry: Logged, said: Sequence[str]) -> tuple[str, ...]:
    words = (harmless(str(getattr(entry, key))) or NONE for key in ("source", *said, "note"))
    bears = millions(entry.bears_on) if entry.bears_on else NONE
    return (harmless(entry.path), entry.value, GRADES[entry.grade], bears, *words)


def logged(run: Run) -> Iterator[Logged]:
    """Every figure that the model reads, each once, and the published figures beside them."""
    seen: set[tuple[str, str]] = set()
    for name, spec in run.model.inputs.items():
        if spec.unit == "switch":
            continue
        if name in _TABLES:
            yield from _table_entries(run, name)
            continue
        for position, origin in run.inputs.origins[name].items():
            if origin.place and (origin.path, origin.place) not in seen:
                seen.add((origin.path, origin.place))
                yield _entry(origin, _shown(run, name, spec, position), _bears_on(run, name, spec, position))
    yield from _beside(run)


def _entry(origin: Origin, value: str, bears_on: float) -> Logged:
    grade = origin.grade or UNGRADED
    return Logged(origin.path, value, grade, origin.source, origin.owner, origin.date, origin.note, bears_on)


def _value(run: Run, name: str, spec: InputSpec, position: tuple[int, ...]) -> float:
    place = (position[-1], *position[:-1]) if spec.yearly else (0, *position)
    return float(run.inputs.values[name][place])


def _shown(run: Run, name: str, spec: InputSpec, position: tuple[int, ...]) -> str:
    value = _value(run, name, spec, position)
    if name == "existing_contract_ends":
        return last_day(value)
    if name == "base_activity":
        line = run.model.dimension["line"].members[position[0]]
        return with_unit(value, harmless(run.loaded.scenario.lines[line].activity.unit))
    if spec.unit == "GBP" and name not in _PENNIES:
        return amount(value) if abs(value) < 1e5 else money.measured(value / 1e6, "£m", 3)
    return with_unit(value, spec.unit)


def _bears_on(run: Run, name: str, spec: InputSpec, position: tuple[int, ...]) -> float:
    """Reference-year cost of the lines that the figure applies to; its own size for a balance or an allocation."""
    if name in _NO_MONEY:
        return 0.0
    if name.startswith("opening_balance.") or name == "allocation":
        return abs(_value(run, name, spec, position))
    costs = run.inputs.values["reference_baseline"][0]
    chosen = np.ones(len(costs), dtype=bool)
    if (shared := _of_terms(run, name)) is not None:
        chosen = run.inputs.values["in_share" if shared else "in_budget"][0] > 0
    elif name in _SELECTED:
        chosen = run.inputs.values[_SELECTED[name]][0] > 0
    elif spec.dims:
        chosen = _lines_of(run, spec.dims[0], position[0], len(costs))
    return float(costs[chosen].sum())


def _of_terms(run: Run, name: str) -> bool | None:
    """Whether a number of a term sheet is one of a gain/loss share; None for all other inputs."""
    for bound in run.loaded.terms:
        if name.startswith(f"{bound.terms.sheet.prefix}."):
            return bool(bound.terms.sheet.pools)
    return None


def _lines_of(run: Run, dimension: str, member: int, count: int) -> NDArray[np.bool_]:
    """Which lines belong to a member of a dimension, by any of the maps that lead there or from there."""
    if dimension == "line":
        return np.array([k == member for k in range(count)], dtype=np.bool_)
    if leading := [m for m in run.model.maps if m.source == dimension and m.target == "line"]:
        return np.array([any(m.to[member] == k for m in leading) for k in range(count)], dtype=np.bool_)
    links = [m for m in run.model.maps if m.source == "line" and m.target == dimension]
    return np.array([any(link.to[k] == member for link in links) for k in range(count)], dtype=np.bool_)


def _table_entries(run: Run, name: str) -> Iterator[Logged]:
    """One entry for the figures of a table that share their first key and their evidence."""
    groups: dict[tuple[str, ...], dict[str, tuple[float, float]]] = {}
    spec = run.model.inputs[name]
    for position, origin in run.inputs.origins[name].items():
        key = (
            origin.path.partition(".")[0],
            origin.grade or UNGRADED,
            origin.source,
            origin.owner,
            origin.date,
            origin.note,
        )
        bears = _bears_through_driver(run, name, position[0])
        groups.setdefault(key, {})[origin.path] = (_value(run, name, spec, position), bears)
    for (first, grade, source, owner, date, note), figures in groups.items():
        values = [value for value, _ in figures.values()]
        places = 0 if spec.unit == "people" else 3
        low, high = (money.number(edge, places) for edge in (min(values), max(values)))
        shown = f"{len(values):,} figures, {low} to {high} {'people' if spec.unit == 'people' else ''}".strip()
        bears = max(bears for _, bears in figures.values())
        yield Logged(f"{_TABLES[name]}.table: {first}", shown, grade, source, owner, date, note, bears)


def _bears_through_driver(run: Run, name: str, member: int) -> float:
    costs = run.inputs.values["reference_baseline"][0]
    drivers = [member]
    if name == "population":
        drivers = [k for k, basis in enumerate(run.model.map["basis"].to) if basis == member]
    return float(sum(costs[_lines_of(run, "driver", driver, len(costs))].sum() for driver in drivers))


def _beside(run: Run) -> Iterator[Logged]:
    """Figures that no row reads: totals that lines are fractions of, and published figures shown beside the model's."""
    s = run.loaded.scenario
    now = {b.origin.path: b.value for b in run.inputs.behind}
    for key, whole in s.baselines.items():
        value = now.get(f"baselines.{key}", whole.value)
        yield _stated(f"baselines.{key}", whole, money.measured(value / 1e6, "£m", 3), value)
    p = s.published
    if p.contract_total:
        text = f"{amount(p.contract_total.low)} to {amount(p.contract_total.high)}"
        yield _stated("published.contract_total", p.contract_total, text, 0.0)
    if p.scope_total:
        yield _stated("published.scope_total", p.scope_total, amount(p.scope_total.value), 0.0)
    if p.per_head:
        yield _stated("published.per_head", p.per_head, money.pounds(p.per_head.value, 0), 0.0)


def _stated(path: str, said: Evidence, value: str, bears_on: float) -> Logged:
    return Logged(path, value, said.grade or UNGRADED, said.source, said.owner, said.date, said.note, bears_on)
