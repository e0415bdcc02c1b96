"""One run: a scenario with its cases, the model built from it and every row evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcp_finance.rows.evaluate import Results, evaluate
from mcp_finance.rows.model import Model
from mcp_finance.scenario.inputs import ModelInputs, model_inputs
from mcp_finance.scenario.load import Loaded, load

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

    def integrity(self) -> tuple[Integrity, ...]:
        """The model's checks on itself: books, scope and bridge."""
        rows = (r for r in self.model.rows.values() if r.sheet == "Checks")
        return tuple(Integrity(r.name, r.doc, _largest(self.results, r.name)) for r in rows)


def run(
    path: Path, *, cases: Mapping[str, str] | None = None, settings: Sequence[str] = (), years: int | None = None
) -> Run:
    """Load and evaluate a scenario.

    Raises:
        ScenarioError: the scenario has problems.
    """
    loaded = load(path, cases=cases, settings=settings, years=years)
    inputs = model_inputs(loaded)
    return Run(loaded, inputs, evaluate(inputs.model, inputs.values))


def _largest(results: Results, name: str) -> float:
    values = results[name].ravel()
    return float(values[abs(values).argmax()])
