"""Measures of the performance payment: their levels, weights and performance."""

from __future__ import annotations

from collections.abc import Callable

from mcp_finance.files.shape import Steps
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.filling.filler import Cell, Filler, ModelInputs
from mcp_finance.scenario.kinds import Series
from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.sections.measures import Measure, Step

NO_STEP = "no_step"
NO_PART: Cell = (0.0, Origin("", "", grade="definition", note="does not apply to this measure"))
UNREPORTED: Cell = (0.0, Origin("", "", grade="definition", note="not reported"))


def steps_of(scenario: Scenario) -> dict[str, tuple[str, str, Step]]:
    """Every step of a measure by steps, by an id of its own: its measure, its name and itself."""
    return {
        f"{name}.{key}": (name, key, step)
        for name, measure in scenario.measures.items()
        for key, step in (measure.achievement.banded.steps if measure.achievement.banded else {}).items()
    }


def measures(f: Filler, out: ModelInputs) -> None:
    if not f.s.measures:
        return
    _words(f, out)
    _levels(f, out)
    _steps(f, out)
    _by_year(f, out)


def _each(f: Filler, cell: Callable[[Steps, Measure], Cell]) -> list[Cell]:
    return [cell(("measures", name), measure) for name, measure in f.s.measures.items()]


def _words(f: Filler, out: ModelInputs) -> None:
    words: dict[str, tuple[str, Callable[[Measure], bool]]] = {
        "lower_is_better": ("direction", lambda m: m.direction == "lower"),
        "by_threshold": ("achievement", lambda m: m.achievement.passes is not None),
        "better_of": ("achievement", lambda m: m.achievement.better_of is not None),
        "missing_redistributed": ("missing", lambda m: m.missing == "redistribute"),
        "missing_full": ("missing", lambda m: m.missing == "full"),
    }
    for name, (key, test) in words.items():

        def cell(path: Steps, m: Measure, key: str = key, test: Callable[[Measure], bool] = test) -> Cell:
            return f.word((*path, key), float(test(m))) if getattr(m, key) is not None else NO_PART

        out.put(name, _each(f, cell))


def _levels(f: Filler, out: ModelInputs) -> None:
    def optional(key: str) -> Callable[[Steps, Measure], Cell]:
        def cell(path: Steps, m: Measure) -> Cell:
            found = getattr(m, key)
            return NO_PART if found is None else f.cell((*path, key), found)

        return cell

    def of(part: str, key: str) -> Callable[[Steps, Measure], Cell]:
        def cell(path: Steps, m: Measure) -> Cell:
            found = getattr(m.achievement, part)
            return NO_PART if found is None else f.cell((*path, "achievement", *found[0], key), getattr(found[1], key))

        return cell

    def threshold(path: Steps, m: Measure) -> Cell:
        found = m.achievement.passes
        return NO_PART if found is None else f.cell((*path, "achievement", *found[0]), found[1])

    for name, part, key in (
        ("attain_floor", "attains", "floor"),
        ("attain_target", "attains", "target"),
        ("improve_baseline", "improves", "baseline"),
        ("improve_delta", "improves", "delta"),
    ):
        out.put(name, _each(f, of(part, key)))
    out.put("threshold", _each(f, threshold))
    out.put("minimum_denominator", _each(f, optional("minimum_denominator")))
    out.put("reporting_years", _each(f, optional("reporting_years")))


def _steps(f: Filler, out: ModelInputs) -> None:
    found = steps_of(f.s).values()
    first = {next(iter(m.achievement.banded.steps)): n for n, m in f.s.measures.items() if m.achievement.banded}
    where: list[Steps] = [("measures", n, "achievement", "banded", "steps", key) for n, key, _ in found]
    steps = [step for _, _, step in found]
    levels = [f.cell((*p, "at"), s.at) for p, s in zip(where, steps, strict=True)]
    earns = [f.cell((*p, "earns"), s.earns) for p, s in zip(where, steps, strict=True)]
    out.put("step_level", levels or [NO_PART])
    out.put("step_earns", earns or [NO_PART])
    order = [f.word(p, float(first.get(key) == n)) for p, (n, key, _) in zip(where, found, strict=True)]
    out.put("is_first_step", order or [NO_PART])


def _by_year(f: Filler, out: ModelInputs) -> None:
    years = len(f.structure.years)

    def series(key: str, found: Series | None, name: str) -> list[Cell]:
        return [NO_PART] * years if found is None else f.series(("measures", name, key), found, growth=False)

    each = f.s.measures.items()
    out.put_years("measure_weight", [series("weight", m.weight, n) for n, m in each])
    out.put_years("denominator", [series("denominator", m.denominator, n) for n, m in each])
    out.put_years("performance", [_performance(f, n, m) for n, m in each])
    is_reported = [[_is_reported(f, n, m, year) for year in f.structure.years] for n, m in each]
    out.put_years("is_reported", is_reported)


def _performance(f: Filler, name: str, m: Measure) -> list[Cell]:
    cells = f.series(("measures", name, "performance"), m.performance, growth=False)
    given = [m.performance.of_year(year)[0] is not None for year in f.structure.years]
    return [cell if there else UNREPORTED for cell, there in zip(cells, given, strict=True)]


def _is_reported(f: Filler, name: str, m: Measure, year: str) -> Cell:
    return f.word(("measures", name), float(m.performance.of_year(year)[0] is not None))


Named = dict[str, tuple[str, ...]]


def measure_structure(scenario: Scenario) -> tuple[Named, Named, Named]:
    """Members, titles and groups that the measures add to the contract's structure."""
    if not scenario.measures:
        return {}, {}, {}
    steps = steps_of(scenario)
    members = {"measure": tuple(scenario.measures), "measure_step": tuple(steps) or (NO_STEP,)}
    titles = {"measure": tuple(f"{m.domain}: {m.title}" for m in scenario.measures.values())}
    return members, titles, {"measure": tuple(name for name, _, _ in steps.values()) or ("",)}
