"""Baselines, prices, costs and the growth of budgets; what each line is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mcp_finance.files.shape import Steps
from mcp_finance.model.contract import roll_name
from mcp_finance.model.party import PRACTICES
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import AT_PRICE, NOTHING, Behind, Cell, Filler, ModelInputs
from mcp_finance.scenario.providers import OTHER
from mcp_finance.scenario.sections.lines import Fraction, Line


def money(f: Filler, out: ModelInputs) -> None:
    out.put("reference_baseline", f.by_line(lambda path, line: _baseline(f, path, line)))
    out.behind += _parts(f)
    for name, sections, key in (
        ("uplift", "tariffs", "uplift"),
        ("efficiency", "tariffs", "efficiency"),
        ("cost_growth", "inflation", "growth"),
        ("delivered_efficiency", "inflation", "delivered_efficiency"),
        ("stream_growth", "streams", "growth"),
    ):
        entries = getattr(f.s, sections)
        found = [f.series((sections, n, key), getattr(e, key), growth=True) for n, e in entries.items()]
        out.put_years(name, found)
    out.put("cost_to_price", f.optional("cost_to_price", AT_PRICE))
    years = len(f.structure.years)
    assumed = [
        f.series(("streams", n, "assumed_list_growth"), e.assumed_list_growth, growth=True)
        if e.assumed_list_growth
        else [NOTHING] * years
        for n, e in f.s.streams.items()
    ]
    out.put_years("assumed_list_growth", assumed)
    for year in f.structure.rolls:
        cells = [f.cell(("streams", n, "roll", year), e.roll[year]) for n, e in f.s.streams.items()]
        out.put(f"roll.{roll_name(year)}", cells)
    follow = [
        f.word(("streams", n, "list_adjustment"), float(e.list_adjustment != "none")) for n, e in f.s.streams.items()
    ]
    out.put("list_adjusted", follow)


def _baseline(f: Filler, path: Steps, line: Line) -> Cell:
    if not isinstance(line.baseline, Fraction):
        return f.cell((*path, "baseline"), line.baseline)
    whole = f.s.baselines[line.baseline.of]
    part = line.baseline.fraction
    origin = f.origin((*path, "baseline", "fraction"), part)
    grades = ("exact-published", "exact-secondary", "derived", "assumption")
    weakest = max((g for g in (part.grade, whole.grade) if g in grades), key=grades.index, default="")
    note = f"{part.value:.4%} of {line.baseline.of} (£{whole.value:,.0f}). {part.note}".strip()
    return whole.value * part.value, Origin(
        origin.place, origin.path, part.source or whole.source, weakest, origin.owner, note, part.date or whole.date
    )


def _parts(f: Filler) -> Iterator[Behind]:
    """The two figures of every line that is a fraction of a baseline."""
    for k, (name, line) in enumerate(f.lines):
        if isinstance(line.baseline, Fraction):
            whole: Steps = ("baselines", line.baseline.of)
            part: Steps = ("lines", name, "baseline", "fraction")
            for path, figure, unit in (
                (whole, f.s.baselines[line.baseline.of], "GBP"),
                (part, line.baseline.fraction, "share"),
            ):
                yield Behind(f.origin(path, figure), unit, figure.value, "reference_baseline", (k,), "part")


def register(f: Filler, out: ModelInputs) -> None:
    parties = f.structure.parties
    switches: dict[str, tuple[str, Callable[[Line], bool]]] = {
        "in_budget": ("scope", lambda line: line.scope == "budget"),
        "in_share": ("scope", lambda line: line.scope == "share"),
        "follows_integration": ("follows_integration", lambda line: line.follows_integration),
        "is_hospital": ("provider", lambda line: line.provider in parties.hospitals),
        "is_practices": ("provider", lambda line: line.provider == PRACTICES),
        "is_subcontractor": ("provider", lambda line: line.provider in parties.subcontractors),
        "is_other": ("provider", lambda line: line.provider == OTHER and line.commissioned_by != "council"),
        "is_council": ("commissioned_by", lambda line: line.commissioned_by == "council"),
        "moves_to_holder": ("mode", lambda line: line.after == "holder"),
        "passes_through": ("mode", lambda line: line.mode == "pass_through"),
    }
    for name, (key, test) in switches.items():
        cells = [f.word(_said(n, line, key), float(test(line))) for n, line in f.lines]
        out.put(name, cells)


def _said(name: str, line: Line, key: str) -> Steps:
    """Where a line says it: its mode in `after_transfer`, if that is what it gives."""
    return ("lines", name, "after_transfer" if key == "mode" and line.mode is None else key)
