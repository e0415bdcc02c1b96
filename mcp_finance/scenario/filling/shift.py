"""Demand-shift programmes of every line; a contract without any has one that does nothing."""

from __future__ import annotations

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.shape import Steps
from mcp_finance.model.delivery.programmes import FIRST_OF_LINE
from mcp_finance.model.party import HOLDER
from mcp_finance.rows.expr import plain_name
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import NOTHING, Cell, Filler, ModelInputs
from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.sections.shift import Shift

NO_PROGRAMME = "no_programme"
NOT_SAID: Cell = (0.0, Origin("", "", grade="definition", note="the programme has none"))
FIGURES = {
    "shift_starts": "starts",
    "shift_delay": "delay",
    "shift_ramp": "ramp",
    "shift_reach": "reach",
    "shift_overlap": "overlap",
    "shift_effect": "effect",
    "shift_decay": "decay",
    "shift_induced": "induced",
    "reprovision_unit_cost": "reprovision",
    "team_cost": "team",
    "transition_cost": "transition",
    "double_running_cost": "double_running",
}
WORDS = {"s_curve": ("shape", "s_curve"), "relocates": ("kind", "relocate"), "paid_by_holder": ("paid_by", HOLDER)}
"""The key and the word that are 1."""
Programmes = dict[str, tuple[Steps, Shift]]


def programmes_of(s: Scenario) -> Programmes:
    """Every programme by its id, with its path; those of a line together, in the order in which they act.

    The programme of a `shift` has its line's id, those of `shifts` its line's and their own.
    """
    return {
        ".".join((name, *map(str, steps[1:]))): (("lines", name, *steps), programme)
        for name, line in s.lines.items()
        for steps, programme in line.programmes().items()
    }


def programme_title(s: Scenario, path: Steps) -> str:
    """The title of the programme's line, and which of several it is."""
    return ": ".join((s.lines[str(path[1])].title, *(plain_name(str(step)) for step in path[3:])))


def shift(f: Filler, out: ModelInputs) -> None:
    found = list(programmes_of(f.s).values())
    years = len(f.structure.years)
    out.put("half", [(0.5, Origin("", "half", grade="definition", note="area under a straight line"))])
    for name, key in FIGURES.items():
        out.put(name, [_figure(f, (*path, key), programme) for path, programme in found] or [NOTHING])
    for name, (key, word) in WORDS.items():
        cells = [f.word((*path, key), float(getattr(programme, key) == word)) for path, programme in found]
        out.put(name, cells or [NOTHING])
    out.put("shift_ends", [_end(f, (*path, "ends"), programme) for path, programme in found] or [NOTHING])
    delivery = [f.series((*path, "delivery"), programme.delivery, growth=False) for path, programme in found]
    out.put_years("shift_delivery", delivery or [[NOTHING] * years])
    if f.structure.programmes_on_a_line > 1:
        lines = [path[1] for path, _ in found]
        in_order = Origin("", "shifts", grade="definition", note="programmes act in the order of the file")
        out.put(FIRST_OF_LINE.name, [(float(lines.index(line) == k), in_order) for k, line in enumerate(lines)])


def _figure(f: Filler, path: Steps, programme: Shift) -> Cell:
    """A figure of a programme; nothing where it may be left out and is."""
    figure = getattr(programme, str(path[-1]), None)
    return NOT_SAID if figure is None else f.cell(path, figure)


def _end(f: Filler, path: Steps, programme: Shift) -> Cell:
    if programme.ends is not None:
        return f.cell(path, programme.ends)
    first = parse_financial_year(f.s.contract.first_year)
    note = "the programme does not end within the contract"
    return float(first + len(f.structure.years)), Origin("", "ends", grade="definition", note=note)
