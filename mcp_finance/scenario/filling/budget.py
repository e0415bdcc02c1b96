"""Recurrent cost, index rules, pace of change, reopened rates, rebasing and variations, where a scenario has them."""

from __future__ import annotations

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.shape import Steps
from mcp_finance.model.budget.recurrent import ADJUSTMENTS
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import NOTHING, Cell, Filler, ModelInputs
from mcp_finance.scenario.kinds import Figure, Series
from mcp_finance.scenario.sections.lines import Line
from mcp_finance.scenario.sections.money import Stream

ELSEWHERE: Cell = (0.0, Origin("", "", grade="definition", note="does not apply to this stream"))
NOT_REOPENED: Cell = (0.0, Origin("", "", grade="definition", note="not reopened in this year"))


def recurrent(f: Filler, out: ModelInputs) -> None:
    if "recurrent" not in f.structure.optional:
        return
    for key in ADJUSTMENTS:
        cells = [_adjustment(f, ("lines", name, "recurrent", key), line) for name, line in f.lines]
        out.put(f"recurrent.{key}", cells)


def _adjustment(f: Filler, path: Steps, line: Line) -> Cell:
    figure: Figure | None = getattr(line.recurrent, str(path[-1]), None)
    return NOTHING if figure is None else f.cell(path, figure)


def reopening(f: Filler, out: ModelInputs) -> None:
    if "reopening" not in f.structure.optional:
        return
    for section, rate in (("tariffs", "uplift"), ("streams", "growth")):
        names = getattr(f.s, section)
        out.put_years(f"{rate}_is_reopened", [[_is_reopened(f, section, n, y) for y in _years(f)] for n in names])
        for name, key in ((f"reopened_{rate}", rate), (f"{rate}_reopened_from", "from")):
            out.put_years(name, [[_reopened(f, section, n, y, key) for y in _years(f)] for n in names])


def _years(f: Filler) -> tuple[str, ...]:
    return f.structure.years


def _is_reopened(f: Filler, section: str, name: str, year: str) -> Cell:
    if year not in getattr(f.s, section)[name].reopened:
        return NOT_REOPENED
    return f.word((section, name, "reopened", year), 1.0)


def _reopened(f: Filler, section: str, name: str, year: str, key: str) -> Cell:
    reopened = getattr(f.s, section)[name].reopened
    if year not in reopened:
        return NOT_REOPENED
    figure = reopened[year].from_day if key == "from" else getattr(reopened[year], key)
    return f.cell((section, name, "reopened", year, key), figure)


def pace(f: Filler, out: ModelInputs) -> None:
    if "pace" not in f.structure.optional:
        return
    streams = f.s.streams.items()
    out.put("has_pace", [f.word(("streams", n, "pace"), 1.0) if s.pace else ELSEWHERE for n, s in streams])
    at = "distance_from_target"
    cells = [
        f.cell(("streams", n, "pace", at), s.pace.distance_from_target) if s.pace else ELSEWHERE for n, s in streams
    ]
    out.put("pace_distance", cells)
    for key in ("speed", "least", "most"):
        out.put_years(f"pace_{key}", [_series(f, ("streams", n, "pace", key), s.pace, growth=True) for n, s in streams])


def _series(f: Filler, path: Steps, section: object, *, growth: bool) -> list[Cell]:
    """The series at the end of a path, if its section is there."""
    series: Series | None = getattr(section, str(path[-1]), None)
    return [ELSEWHERE] * len(_years(f)) if series is None else f.series(path, series, growth=growth)


def index_rules(f: Filler, out: ModelInputs) -> None:
    if "index_rules" not in f.structure.optional:
        return
    streams = f.s.streams.items()
    for key in ("population", "non_demographic", "uplift", "efficiency"):
        cells = [_series(f, ("streams", n, "cost_build", key), s.cost_build, growth=True) for n, s in streams]
        out.put_years(f"cost_build_{key}", cells)
    out.put("allocation_weight", [_weight(f, n, s) for n, s in streams])
    for name, rule in (("takes_lesser", "lesser_of"), ("has_schedule", "fixed_schedule")):
        out.put(name, [f.word(("streams", n, "rule"), float(s.rule == rule)) for n, s in streams])
    out.put_years("schedule_amount", [_series(f, ("streams", n, "amounts"), s, growth=False) for n, s in streams])


def _weight(f: Filler, name: str, stream: Stream) -> Cell:
    """The weight of a blend; of other rules all or nothing."""
    if stream.weight is not None:
        return f.cell(("streams", name, "weight"), stream.weight)
    return f.word(("streams", name, "rule"), float(stream.rule != "cost_build"))


def rebase(f: Filler, out: ModelInputs) -> None:
    if f.s.rebase is None:
        return
    years = f.s.rebase.years
    out.put_years("is_rebased", [[f.word(("rebase", "years"), float(y in years)) for y in _years(f)]])
    out.put("rebase_theta", [f.cell(("rebase", "theta"), f.s.rebase.theta)])
    out.put("rebases_up", [f.word(("rebase", "both_ways"), float(f.s.rebase.both_ways))])


def variations(f: Filler, out: ModelInputs) -> None:
    ledger = f.s.variations.items()
    if not ledger:
        return
    term = parse_financial_year(f.structure.years[0]) + len(f.structure.years)
    no_end: Cell = (term, Origin("", "contract", grade="definition", note="no end: the end of the term"))
    out.put("variation_starts", [f.cell(("variations", n, "from"), v.from_day) for n, v in ledger])
    out.put("variation_ends", [f.cell(("variations", n, "until"), v.until) if v.until else no_end for n, v in ledger])
    out.put("variation_amount", [f.cell(("variations", n, "amount"), v.amount) for n, v in ledger])
    out.put("variation_yearly_cost", [f.cell(("variations", n, "cost"), v.cost) for n, v in ledger])
    out.put("variation_is_indexed", [f.word(("variations", n, "indexed"), float(v.indexed)) for n, v in ledger])
    council = [f.word(("variations", n, "commissioned_by"), float(v.commissioned_by == "council")) for n, v in ledger]
    out.put("variation_is_council", council)
