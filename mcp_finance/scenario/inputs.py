"""From a checked scenario to the model's inputs: structure, values and the origin of every number.

Each number keeps its place in the file, its path, source, grade, owner and note, so that `explain` and the workbook can
show the line on which it stands. A word such as `provider: hospital` becomes a switch with the place of that word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.nodes import place_of
from mcp_finance.files.shape import Steps, dotted
from mcp_finance.model.contract import contract_model, pool_switch, roll_name
from mcp_finance.model.ledger import PARTIES
from mcp_finance.model.settlement import CONTRACT_YEAR, FINAL_YEAR
from mcp_finance.model.structure import BASES, Structure
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.binding import compiled, figure_inputs, figure_name
from mcp_finance.scenario.kinds import Figure, Series
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.schema import Fraction, Line
from mcp_finance.scenario.tables import Value, age_id
from mcp_finance.scenario.terms import pools_of
from mcp_finance.scenario.timeline import contract_years, roll_years
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.compiler.parts import one_hot

NO_CONTRACT = "no_contract"
POOL = "hospital_use"
Cell = tuple[float, Origin]
NOTHING: Cell = (0.0, Origin("", "", grade="definition", note="does not apply to this line"))
AT_PRICE: Cell = (1.0, Origin("", "", grade="definition", note="other providers' price is their cost"))


@dataclass
class ModelInputs:
    """A model with its term sheets and values. `origins` has one entry for each element (and year) of each input."""

    model: Model
    terms: tuple[Compiled, ...] = ()
    values: dict[str, Array] = field(default_factory=dict)
    origins: dict[str, dict[tuple[int, ...], Origin]] = field(default_factory=dict)

    def put(self, name: str, cells: Iterable[Cell]) -> None:
        """Set an input without years: one cell for each element."""
        found = list(cells)
        self.values[name] = np.array([c[0] for c in found], dtype=np.float64).reshape((1, *self.model.shape(name)))
        self._originate(name, found, (1, *self.model.shape(name)))

    def put_years(self, name: str, cells: Iterable[Iterable[Cell]]) -> None:
        """Set a yearly input: for each element, one cell for each year."""
        found = [list(c) for c in cells]
        shape = self.model.shape(name)
        years = len(self.model.years)
        flat = np.array([[c[0] for c in element] for element in found], dtype=np.float64).reshape(-1, years)
        self.values[name] = np.moveaxis(flat.reshape((*shape, years)), -1, 0).copy()
        by_year = [element[t] for t in range(years) for element in found]
        self._originate(name, by_year, (years, *shape))

    def _originate(self, name: str, cells: list[Cell], shape: tuple[int, ...]) -> None:
        yearly = self.model.inputs[name].yearly
        self.origins[name] = {}
        for position, cell in zip(np.ndindex(*shape), cells, strict=True):
            self.origins[name][(*position[1:], position[0]) if yearly else position[1:]] = cell[1]


def model_inputs(loaded: Loaded) -> ModelInputs:
    """The contract's model and all its inputs, from a checked scenario."""
    builder = _Builder(loaded, structure(loaded))
    out = ModelInputs(contract_model(builder.structure), builder.structure.terms)
    builder.population(out)
    builder.time_and_activity(out)
    builder.shift(out)
    builder.money(out)
    builder.register(out)
    builder.hospital(out)
    builder.books(out)
    builder.terms(out)
    return out


def structure(loaded: Loaded) -> Structure:
    """Dimensions, groups and years of the scenario's contract."""
    s, lines = loaded.scenario, loaded.scenario.lines.values()
    drivers = {(line.population, line.profile): f"{line.population}_{line.profile}" for line in lines}
    ages = loaded.population.members(1)
    shared = [n for n, line in s.lines.items() if line.scope == "share"]
    pools = pools_of(loaded.terms, shared) or {POOL: tuple(shared)}
    members = {
        "line": tuple(s.lines),
        "contract": tuple(s.hospital_contracts) or (NO_CONTRACT,),
        "pool": tuple(pools),
        "stream": tuple(s.streams),
        "tariff": tuple(s.tariffs),
        "inflation": tuple(s.inflation),
        "driver": tuple(drivers.values()),
        "basis": BASES,
        "age": tuple(age_id(a) for a in ages),
        "party": PARTIES,
    }
    groups = {
        "driver": tuple(drivers[line.population, line.profile] for line in lines),
        "stream": tuple(line.stream for line in lines),
        "tariff": tuple(line.tariff for line in lines),
        "contract": tuple(line.contract or "" for line in lines),
        "pool": tuple(next((pool for pool, within in pools.items() if n in within), "") for n in s.lines),
        "provider_inflation": tuple(line.inflation or "" for line in lines),
        "holder_inflation": tuple(line.holder_inflation or "" for line in lines),
        "shift_inflation": tuple(line.shift.inflation if line.shift else "" for line in lines),
        "basis": tuple("registered" if population == "nhs" else "resident" for population, _ in drivers),
    }
    titles = {"line": tuple(line.title for line in lines), "age": ages}
    return Structure(
        contract_years(s.contract),
        roll_years(s.contract),
        members,
        titles,
        groups,
        s.allocation is not None,
        tuple(compiled(bound, tuple(pools)) for bound in loaded.terms),
        tuple(spec for bound in loaded.terms for spec in figure_inputs(bound)),
    )


class _Builder:
    """Fills the inputs subject by subject; names and order follow `mcp_finance.model.inputs`."""

    def __init__(self, loaded: Loaded, structure: Structure) -> None:
        self.loaded, self.s, self.structure = loaded, loaded.scenario, structure
        self.lines = list(loaded.scenario.lines.items())

    def cell(self, path: Steps, figure: Figure) -> Cell:
        return figure.value, self.origin(path, figure)

    def origin(self, path: Steps, figure: Figure) -> Origin:
        evidence = (figure.source, figure.grade or "", figure.owner, figure.note)
        return Origin(self.place((*path, "value")), dotted(path), *evidence)

    def place(self, path: Steps) -> str:
        """Place of a value, its file seen from the scenario's folder: outputs do not say where that folder is."""
        place = place_of(self.loaded.root, path)
        return f"{self.loaded.beside(place.file)}:{place.line}:{place.column}"

    def tabled(self, value: Value) -> Cell:
        number, origin = value
        return number, self.beside(origin)

    def word(self, path: Steps, value: float) -> Cell:
        return value, Origin(self.place(path), dotted(path), grade="definition")

    def series(self, path: Steps, series: Series, *, growth: bool) -> list[Cell]:
        cells: list[Cell] = []
        for t, year in enumerate(self.structure.years):
            figure, steps = series.of_year(year)
            if (growth and t == 0) or figure is None:
                cells.append(
                    (0.0, Origin("", dotted(path), grade="definition", note="indices begin in the first year"))
                )
            else:
                value_at = path if steps == ("value",) else (*path, *steps)
                cells.append(self.cell(value_at, figure))
        return cells

    def by_line(self, f: Callable[[Steps, Line], Cell]) -> list[Cell]:
        return [f(("lines", name), line) for name, line in self.lines]

    def population(self, out: ModelInputs) -> None:
        s, table = self.s.population, self.loaded.population.values
        ages = self.loaded.population.members(1)
        people = [
            [self.tabled(table[basis, age, year]) for year in self.structure.years] for basis in BASES for age in ages
        ]
        out.put_years("population", people)
        out.put("is_registered", [(float(b == "registered"), Origin("", b, grade="definition")) for b in BASES])
        for name in ("member_share", "fully_integrated_share"):
            out.put(name, [self.cell(("population", name), getattr(s, name))])
        out.put_years("unregistered", [self.series(("population", "unregistered"), s.unregistered, growth=False)])
        profile_of = {f"{line.population}_{line.profile}": line.profile for _, line in self.lines}
        weights = self.loaded.profiles.values
        out.put(
            "age_weight",
            [self.tabled(weights[profile_of[d], a]) for d in self.structure.members["driver"] for a in ages],
        )

    def time_and_activity(self, out: ModelInputs) -> None:
        contract = self.s.contract
        out.put("first_day", [self.word(("contract", "first_year"), parse_financial_year(contract.first_year))])
        out.put("contract_start", [self.cell(("contract", "start"), contract.start)])
        out.put("existing_contract_ends", self.optional("expires"))
        out.put("mobilisation", self.optional("mobilisation"))
        out.put("base_activity", self.by_line(lambda p, line: self.cell((*p, "activity"), line.activity)))
        growth = [self.series(("lines", n, "growth"), line.growth, growth=True) for n, line in self.lines]
        expected = [
            self.series(("lines", n, "expected_growth"), line.expected_growth, growth=True)
            if line.expected_growth
            else growth[k]
            for k, (n, line) in enumerate(self.lines)
        ]
        out.put_years("activity_growth", growth)
        out.put_years("expected_growth", expected)

    def optional(self, key: str, otherwise: Cell = NOTHING) -> list[Cell]:
        """A figure of every line that has it; the same cell for all others."""

        def cell(path: Steps, line: Line) -> Cell:
            figure = getattr(line, key)
            return otherwise if figure is None else self.cell((*path, key), figure)

        return self.by_line(cell)

    def shift(self, out: ModelInputs) -> None:
        out.put("half", [(0.5, Origin("", "half", grade="definition", note="area under a straight line"))])
        names = {
            "shift_starts": "starts",
            "shift_delay": "delay",
            "shift_ramp": "ramp",
            "shift_reach": "reach",
            "shift_effect": "effect",
            "shift_delivery": "delivery",
            "reprovision_unit_cost": "reprovision",
            "transition_cost": "transition",
            "double_running_cost": "double_running",
        }
        for name, key in names.items():
            out.put(name, [self._shift_cell(("lines", n, "shift", key), line, key) for n, line in self.lines])

    def _shift_cell(self, path: Steps, line: Line, key: str) -> Cell:
        return self.cell(path, getattr(line.shift, key)) if line.shift else NOTHING

    def money(self, out: ModelInputs) -> None:
        out.put("reference_baseline", self.by_line(self._baseline))
        for name, sections, key in (
            ("uplift", "tariffs", "uplift"),
            ("efficiency", "tariffs", "efficiency"),
            ("cost_growth", "inflation", "growth"),
            ("delivered_efficiency", "inflation", "delivered_efficiency"),
            ("stream_growth", "streams", "growth"),
        ):
            entries = getattr(self.s, sections)
            found = [self.series((sections, n, key), getattr(e, key), growth=True) for n, e in entries.items()]
            out.put_years(name, found)
        out.put("cost_to_price", self.optional("cost_to_price", AT_PRICE))
        years = len(self.structure.years)
        assumed = [
            self.series(("streams", n, "assumed_list_growth"), e.assumed_list_growth, growth=True)
            if e.assumed_list_growth
            else [NOTHING] * years
            for n, e in self.s.streams.items()
        ]
        out.put_years("assumed_list_growth", assumed)
        for year in self.structure.rolls:
            cells = [self.cell(("streams", n, "roll", year), e.roll[year]) for n, e in self.s.streams.items()]
            out.put(f"roll.{roll_name(year)}", cells)
        follow = [
            self.word(("streams", n, "list_adjustment"), float(e.list_adjustment != "none"))
            for n, e in self.s.streams.items()
        ]
        out.put("list_adjusted", follow)

    def _baseline(self, path: Steps, line: Line) -> Cell:
        if not isinstance(line.baseline, Fraction):
            return self.cell((*path, "baseline"), line.baseline)
        whole = self.s.baselines[line.baseline.of]
        part = line.baseline.fraction
        origin = self.origin((*path, "baseline", "fraction"), part)
        grades = ("exact-published", "exact-secondary", "derived", "assumption")
        weakest = max((g for g in (part.grade, whole.grade) if g in grades), key=grades.index, default="")
        note = f"{part.value:.4%} of {line.baseline.of} (£{whole.value:,.0f}). {part.note}".strip()
        return whole.value * part.value, Origin(
            origin.place, origin.path, part.source or whole.source, weakest, origin.owner, note
        )

    def register(self, out: ModelInputs) -> None:
        switches: dict[str, tuple[str, Callable[[Line], bool]]] = {
            "in_budget": ("scope", lambda line: line.scope == "budget"),
            "in_share": ("scope", lambda line: line.scope == "share"),
            "follows_integration": ("follows_integration", lambda line: line.follows_integration),
            "is_hospital": ("provider", lambda line: line.provider == "hospital"),
            "is_practices": ("provider", lambda line: line.provider == "practices"),
            "is_other": ("provider", lambda line: line.provider == "other" and line.commissioned_by != "council"),
            "is_council": ("commissioned_by", lambda line: line.commissioned_by == "council"),
            "moves_to_holder": ("after_transfer", lambda line: line.after_transfer == "holder"),
        }
        for name, (key, test) in switches.items():
            cells = [self.word(("lines", n, key), float(test(line))) for n, line in self.lines]
            out.put(name, cells)

    def hospital(self, out: ModelInputs) -> None:
        whole = (1.0, Origin("", "", grade="definition", note="all of the cost follows activity"))
        out.put(
            "variable_cost",
            self.by_line(lambda p, x: self.cell((*p, "variable_cost"), x.variable_cost) if x.variable_cost else whole),
        )
        years = len(self.structure.years)
        for key in ("plan_level", "fixed_level", "marginal_up", "marginal_down"):
            contracts = [
                self.series(("hospital_contracts", n, key), getattr(c, key), growth=False)
                for n, c in self.s.hospital_contracts.items()
            ]
            out.put_years(key, contracts or [[NOTHING] * years])

    def books(self, out: ModelInputs) -> None:
        for party in PARTIES:
            path: Steps = ("opening_balances", party)
            out.put(f"opening_balance.{party}", [self.cell(path, getattr(self.s.opening_balances, party))])
        out.put_years("deflator_growth", [self.series(("deflator", "growth"), self.s.deflator.growth, growth=True)])
        out.put("materiality", [self.cell(("materiality",), self.s.materiality)])
        if self.s.allocation is not None:
            out.put_years("allocation", [self.series(("allocation",), self.s.allocation, growth=False)])

    def terms(self, out: ModelInputs) -> None:
        """Numbers of the term sheets, figures that the scenario gives for their facts, and their timing."""
        count = len(self.structure.years)
        in_order = Origin("", "contract", grade="definition", note="years of the contract, in order")
        out.put_years(CONTRACT_YEAR, [[(t + 1.0, in_order) for t in range(count)]])
        out.put_years(FINAL_YEAR, [[(float(t == count - 1), in_order) for t in range(count)]])
        chosen = Origin("", "parties", grade="definition", note="picks one member")
        for party in PARTIES:
            out.put(one_hot(party), [(float(p == party), chosen) for p in PARTIES])
        pools = self.structure.members["pool"]
        for pool in pools if len(pools) > 1 else ():
            out.put(pool_switch(pool), [(float(p == pool), chosen) for p in pools])
        for bound, sheet in zip(self.loaded.terms, self.structure.terms, strict=True):
            path: Steps = ("terms", bound.key, "settled_later")
            out.put(f"{sheet.sheet.prefix}.settled_later", [self.cell(path, bound.use.settled_later)])
            for name, cells in sheet.cells.items():
                out.put(name, [(float(value), self.beside(origin)) for value, origin in cells])
            for use, series in bound.figures():
                out.put_years(figure_name(use), [self.series(bound.path(use), series, growth=False)])

    def beside(self, origin: Origin) -> Origin:
        return replace(origin, place=self.loaded.beside(origin.place))
