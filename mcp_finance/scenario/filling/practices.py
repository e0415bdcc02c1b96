"""Who is a member: two shares of the list, or the register of practices with its dates and need weights."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import Cell, Filler, ModelInputs
from mcp_finance.scenario.sections.practices import Practice


def membership(f: Filler, out: ModelInputs) -> None:
    """The two shares of the population, or the register."""
    if f.s.practices:
        _register(f, out)
        return
    for name in ("member_share", "fully_integrated_share"):
        share = getattr(f.s.population, name)
        out.put(name, [f.cell(("population", name), share)])


def _register(f: Filler, out: ModelInputs) -> None:
    register = f.s.practices.items()
    out.put("practice_list", [f.cell(("practices", name, "list"), p.list) for name, p in register])
    profiles = {f"{line.population}_{line.profile}": line.profile for _, line in f.lines}
    drivers = f.structure.members["driver"]
    out.put("practice_need", [_need(f, name, p, profiles[d]) for d in drivers for name, p in register])
    for name, forms in (("is_joining", ("partial", "full")), ("is_virtual", ("virtual",))):
        out.put(name, [f.word(("practices", n, "form"), float(p.form in forms)) for n, p in register])
    end = float(parse_financial_year(f.s.contract.first_year) + f.s.contract.years)
    out.put("practice_joins", _days(f, "joins", ((0.0, "a member from the beginning"),) * len(register)))
    out.put("practice_leaves", _days(f, "leaves", ((end, "never leaves"),) * len(register)))
    begun = ((0.0, "from the day it joins") if p.form == "full" else (end, "never") for _, p in register)
    out.put("practice_full_from", _days(f, "full_from", begun))
    out.put("practice_full_until", _days(f, "full_until", ((end, "as long as a member"),) * len(register)))


def _need(f: Filler, name: str, practice: Practice, profile: str) -> Cell:
    if profile in practice.need:
        return f.cell(("practices", name, "need", profile), practice.need[profile])
    note = "no need weight is given: the list's average"
    return 1.0, Origin("", f"practices.{name}.need", grade="definition", note=note)


def _days(f: Filler, key: str, otherwise: Iterable[tuple[float, str]]) -> list[Cell]:
    """A date of every practice that has it; the day and note given for all others."""
    cells: list[Cell] = []
    for (name, practice), (day, note) in zip(f.s.practices.items(), otherwise, strict=True):
        figure = getattr(practice, key)
        missing = (day, Origin("", f"practices.{name}.{key}", grade="definition", note=note))
        cells.append(missing if figure is None else f.cell(("practices", name, key), figure))
    return cells


def list_change(f: Filler, out: ModelInputs) -> None:
    """Tolerance and lag of list change, where any stream has either."""
    if "list_change" not in f.structure.optional:
        return
    streams = f.s.streams.items()
    at_once = Origin("", "", grade="definition", note="list change is paid in full and at once")
    for name in ("list_tolerance", "list_lag"):
        found = [(("streams", n, name), getattr(stream, name)) for n, stream in streams]
        out.put(name, [(0.0, at_once) if figure is None else f.cell(path, figure) for path, figure in found])
    modes = [
        f.word(("streams", n, "list_tolerance_mode"), float(stream.list_tolerance_mode == "first_dollar"))
        for n, stream in streams
    ]
    out.put("list_first_dollar", modes)
