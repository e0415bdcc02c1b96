"""One run: a scenario with its cases, the model built from it and every row evaluated.

Some rules of a term sheet only figures can break, such as a score beyond the last step of a scale. A year that breaks
one has no settlement, so the run is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcp_finance.files.nodes import place_of
from mcp_finance.files.problems import Problem, ScenarioError
from mcp_finance.files.shape import dotted
from mcp_finance.model.party import PROVIDER
from mcp_finance.rows.evaluate import Results, evaluate
from mcp_finance.rows.model import Model
from mcp_finance.scenario.filling.filler import ModelInputs
from mcp_finance.scenario.inputs import model_inputs
from mcp_finance.scenario.load import Loaded, Over, load
from mcp_finance.scenario.providers import parties_of, titles

PENNY = 0.01


@dataclass(frozen=True)
class Integrity:
    """One check of the model on itself: the largest difference in any year, which must be nil."""

    name: str
    meaning: str
    difference: float

    @property
    def holds(self) -> bool:
        return abs(self.difference) < PENNY


@dataclass(frozen=True)
class Run:
    """A scenario evaluated."""

    loaded: Loaded
    inputs: ModelInputs
    results: Results

    @property
    def model(self) -> Model:
        return self.inputs.model

    @property
    def years(self) -> tuple[str, ...]:
        return self.model.years

    @property
    def parties(self) -> dict[str, str]:
        """What each party is called, in the order in which they stand."""
        return titles(self.loaded.scenario)

    @property
    def providers(self) -> tuple[str, ...]:
        """Ids of the parties that provide services: hospitals, practices and sub-contractors."""
        return self.model.dimension[PROVIDER].members

    @property
    def hospitals(self) -> tuple[str, ...]:
        return parties_of(self.loaded.scenario.providers).hospitals

    def integrity(self) -> tuple[Integrity, ...]:
        """The model's checks on itself: books, scope and bridge."""
        rows = (r for r in self.model.rows.values() if r.sheet == "Checks")
        return tuple(Integrity(r.name, r.doc, _largest(self.results, r.name)) for r in rows)


def run(
    path: Path,
    *,
    cases: Mapping[str, str] | None = None,
    settings: Sequence[str] = (),
    years: int | None = None,
    over: Over | None = None,
) -> Run:
    """Load and evaluate a scenario, with a last layer `over` it if there is one.

    Raises:
        ScenarioError: the scenario has problems, or a settlement breaks a rule of its term sheet.
    """
    loaded = load(path, cases=cases, settings=settings, years=years, over=over)
    inputs = model_inputs(loaded)
    found = Run(loaded, inputs, evaluate(inputs.model, inputs.values))
    if broken := tuple(broken_rules(found)):
        raise ScenarioError(broken)
    return found


def broken_rules(run: Run) -> Iterator[Problem]:
    """Every rule of a term sheet that a settlement of the run breaks, with its years."""
    for bound, sheet in zip(run.loaded.terms, run.inputs.terms, strict=True):
        path = ("terms", bound.key)
        place = place_of(run.loaded.root, path, key=True)
        for condition in sheet.conditions:
            values = run.results[condition.row].reshape(len(run.years), -1)
            if years := [y for y, v in zip(run.years, values, strict=True) if v.any()]:
                more = f" and {len(years) - 1} more years" if len(years) > 1 else ""
                message = f"there can be no settlement of {years[0]}{more}: {condition.message}"
                yield Problem(place, dotted(path), message, "facts or definitions within the rules of the term sheet")


def _largest(results: Results, name: str) -> float:
    values = results[name].ravel()
    return float(values[abs(values).argmax()])
