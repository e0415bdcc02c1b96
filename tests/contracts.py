"""Small contracts for tests: the scenarios of `tests/scenarios`, ready to compute, to perturb and to change.

Run as a program it writes `tests/scenarios/live-inputs.csv`, the table of inputs that must move a result:

    python tests/contracts.py
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mcp_finance.model.books.statements import do_nothing_result as nothing_row
from mcp_finance.rows.evaluate import Array, Results, evaluate, recalculate
from mcp_finance.rows.model import Model
from mcp_finance.rows.row import InputSpec
from mcp_finance.scenario.filling.filler import ModelInputs
from mcp_finance.scenario.inputs import model_inputs
from mcp_finance.scenario.load import Loaded, load
from mcp_finance.terms.compiler.compile import Compiled

FOLDER = Path(__file__).parent / "scenarios"
FIXTURES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
LIVE_INPUTS = FOLDER / "live-inputs.csv"
LIVE_COLUMNS = ("input", "fixture", "element", "year", "moves")
SCENARIOS = Path(__file__).parents[1] / "scenarios"
DUDLEY = SCENARIOS / "dudley-2018.yaml"
RESULT_SHEETS = ("Statements", "Value", "Against", "Budget", "Share", "Reserves", "Appraisal", "Bid", "Stays")

Inputs = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Contract:
    """A scenario, its model with inputs, and its results."""

    loaded: Loaded
    made: ModelInputs
    results: Results

    @property
    def model(self) -> Model:
        return self.made.model

    @property
    def parties(self) -> tuple[str, ...]:
        """Ids of its parties, in their order."""
        return parties_of(self.results)

    @property
    def sheets(self) -> tuple[Compiled, ...]:
        """Its term sheets."""
        return self.made.terms

    def of_sheets(self) -> set[str]:
        """Inputs of its term sheets: their numbers, figures given for their facts and their timing."""
        prefixes = tuple(f"{sheet.sheet.prefix}." for sheet in self.sheets)
        return {name for name in self.model.inputs if prefixes and name.startswith(prefixes)}

    @property
    def inputs(self) -> Inputs:
        return self.made.values

    def with_inputs(self, changes: Mapping[str, Array]) -> Results:
        """All results with some inputs replaced."""
        return recalculate(self.model, self.results, changes)


@cache
def contract(name: str, *settings: str) -> Contract:
    """A fixture by name, with settings as on the command line."""
    return contract_of(load(FIXTURES[name], settings=settings))


@cache
def dudley(shift: str = "evidence-anchored", vintage: str = "bid-time", performance: str = "all-earned") -> Contract:
    return contract_of(load(DUDLEY, cases={"shift": shift, "performance": performance, "vintage": vintage}))


def contract_of(loaded: Loaded) -> Contract:
    made = model_inputs(loaded)
    return Contract(loaded, made, evaluate(made.model, made.values))


def money_scale(results: Results) -> float:
    """The largest amount of money anywhere in the results: what rounding is measured against."""
    rows = (r.name for r in results.model.rows.values() if r.unit == "GBP")
    return max(float(np.abs(results[name]).max()) for name in rows)


def parties_of(results: Results) -> tuple[str, ...]:
    """Ids of the parties of the contract that was evaluated."""
    return results.model.dimension["party"].members


def do_nothing_result(results: Results, party: str) -> Array:
    name = nothing_row(party)
    return results[name] if name else np.zeros_like(results[f"{party}.result"])


NARROW = {
    "plan_level": (0.7, 1.3),
    "fixed_level": (0.7, 1.1),
    "cost_to_price": (0.7, 1.3),
    "marginal_up": (0.0, 1.2),
    "marginal_down": (0.0, 1.2),
    "shift_effect": (-0.9, 0.9),
    "variable_cost": (0.0, 0.6),
    "semi_fixed_cost": (0.0, 0.4),
    "release_lag": (0.0, 3.0),
    "avoided_stay": (0.2, 1.5),
    "instalment_arrears": (0.0, 1.0),
    "list_lag": (0.0, 1.0),
    "advance_term": (0.25, 4.0),
}
"""Ranges of the inputs for which that of their unit does not do."""
WHOLES = ("instalment_share", "settlement_share")
"""Inputs whose elements are parts of one whole."""
FIXED = ("first_day", "model_ends", "half", "contract_year", "month_end", "instalment_time", "days_in_year")
"""True by definition: labels of years and a shape of a triangle stand on them."""
ENDS = ("term_ends", "early_end")
"""Ends of the contract: drawn from its later half, so that most of what is drawn has a contract in force."""
TOLERANCE = ".tolerance"
"""Ends the name of a sheet's input for the last digits that floating point loses: a definition too."""


def perturbed(case: Contract, seed: int, part: float = 1.0) -> Inputs:
    """Inputs drawn at random within valid ranges; about a `part` of them, the others as they are."""
    random = np.random.default_rng(seed)
    out = dict(case.inputs)
    for name, spec in case.model.inputs.items():
        if spec.unit != "switch" and not is_fixed(name) and random.random() < part:
            out[name] = _drawn(random, case, name, spec)
    if "practice_list" in out:
        out["practice_list"] = out["practice_list"] / out["practice_list"].sum()
    else:
        out["fully_integrated_share"] = out["fully_integrated_share"] * out["member_share"]
    return out


def is_fixed(name: str) -> bool:
    """Whether an input is true by definition."""
    return name in FIXED or name.endswith(TOLERANCE)


def _drawn(random: np.random.Generator, case: Contract, name: str, spec: InputSpec) -> Array:
    old = case.inputs[name]
    first, years = float(case.inputs["first_day"][0]), len(case.model.years)
    if name in NARROW:
        new = random.uniform(*NARROW[name], old.shape)
    elif name.startswith("opening_balance"):
        new = random.uniform(-5e6, 5e6, old.shape)
    elif name == "contract_start":
        new = np.array(first + random.uniform(0, years - 1)).reshape(old.shape)
    elif name in ENDS:
        new = np.array(first + random.uniform(years / 2, years + 1)).reshape(old.shape)
    elif spec.unit == "time":
        new = first + random.uniform(-1, years + 1, old.shape)
    elif spec.unit == "years":
        new = random.uniform(0, 4, old.shape) * (random.random(old.shape) > 0.25)
    elif spec.unit == "rate":
        new = random.uniform(-0.08, 0.12, old.shape)
    elif spec.unit == "share":
        new = random.uniform(0, 1, old.shape)
    else:
        new = old * random.uniform(0.3, 3, old.shape)
    if spec.growth:
        new[0] = 0
    if name in WHOLES:
        new /= new.sum(axis=-1, keepdims=True)
    if name.endswith((".at", ".upto")):
        new = np.sort(new)
    return np.asarray(new, dtype=np.float64)


def nudged(case: Contract, name: str, at: tuple[int, ...], year: int | None = None) -> Array:
    """The input with one element (of one year, or of all) moved a little, within what a scenario may say."""
    spec, new = case.model.inputs[name], case.inputs[name].copy()
    where = (slice(None) if year is None else year, *at)
    old = new[where]
    if spec.unit == "switch":
        new[where] = 1 - old
    elif spec.unit == "rate":
        new[where] = old + 0.01
    elif spec.unit in ("time", "years"):
        new[where] = old + (-0.25 if name == "model_ends" else 0.25)  # nothing is modelled beyond its end
    elif name.endswith("phase.upto"):
        new[where] = old + 1
    elif spec.unit == "share":
        new[where] = np.where(old >= 0.5, old * 0.9, old + 0.05)
    else:
        new[where] = np.where(old == 0, 1000.0, old * 1.05)
    if spec.growth and year is None:
        new[0] = 0
    return new


def elements(case: Contract, name: str) -> Iterator[tuple[tuple[int, ...], int | None]]:
    """Every number of an input that may be changed: its element, and its year if it has years."""
    spec = case.model.inputs[name]
    for at in np.ndindex(*case.model.shape(name)):
        for year in range(int(spec.growth), len(case.model.years)) if spec.yearly else (None,):
            yield at, year


def element_words(case: Contract, name: str, at: tuple[int, ...]) -> str:
    dims = case.model.dims_of(name)
    return " ".join(case.model.dimension[d].members[k] for d, k in zip(dims, at, strict=True))


def element_at(case: Contract, name: str, words: str) -> tuple[int, ...]:
    """The position of an element from its words."""
    dims = case.model.dims_of(name)
    return tuple(case.model.dimension[d].members.index(w) for d, w in zip(dims, words.split(), strict=True))


def moved_result(case: Contract, name: str, changed: Array) -> str:
    """The first result, in the order of `RESULT_SHEETS`, that moves by a penny in any year; empty if none does.

    Results are money, and bed-days; they are of the whole contract, or of one of its break points.
    """
    after = case.with_inputs({name: changed})
    rows = case.model.rows.values()
    for sheet in RESULT_SHEETS:
        for row in (
            r for r in rows if r.sheet == sheet and r.unit in ("GBP", "bed-days") and set(r.dims) <= {"break_point"}
        ):
            if np.abs(after[row.name] - case.results[row.name]).max() >= 0.01:
                return row.name
    return ""


def all_inputs() -> list[str]:
    """Every input that any fixture has, but tolerances: they move nothing while no test is at its edge."""
    found = dict.fromkeys(name for fixture in FIXTURES for name in contract(fixture).model.inputs)
    return [name for name in found if not name.endswith(TOLERANCE)]


def live_inputs() -> Iterator[tuple[str, str, str, str, str]]:
    """For every input, the first fixture (and its first element and year) in which a change moves a result."""
    for name in all_inputs():
        yield next(_moves(name), (name, "", "", "", ""))


def _moves(name: str) -> Iterator[tuple[str, str, str, str, str]]:
    for fixture in ("base", *FIXTURES):
        case = contract(fixture)
        if name not in case.model.inputs:
            continue
        for at, year in elements(case, name):
            if moved := moved_result(case, name, nudged(case, name, at, year)):
                label = "" if year is None else case.model.years[year]
                yield name, fixture, element_words(case, name, at), label, moved


def read_live_inputs() -> list[dict[str, str]]:
    with LIVE_INPUTS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


if __name__ == "__main__":
    with LIVE_INPUTS.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(LIVE_COLUMNS)
        writer.writerows(live_inputs())
