"""From a checked scenario to the model's inputs: structure, values and the origin of every number.

The structure is made in `mcp_finance.scenario.structure`; the values are filled subject by subject in
`mcp_finance.scenario.filling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcp_finance.files.problems import Place, Problem, ScenarioError
from mcp_finance.model.contract import contract_model
from mcp_finance.scenario.filling import (
    appraisal,
    books,
    budget,
    cash,
    holder,
    hospital,
    measures,
    money,
    people,
    practices,
    share_baselines,
    shift,
    shocks,
    term,
    terms,
    work,
)
from mcp_finance.scenario.filling.filler import Filler, ModelInputs
from mcp_finance.scenario.load import Loaded, load, other_choices
from mcp_finance.scenario.structure import structure
from mcp_finance.scenario.uncertain import uncertain

FILL = (
    people.population,
    term.term,
    practices.membership,
    practices.list_change,
    work.time_and_activity,
    shift.shift,
    share_baselines.share_baselines,
    money.money,
    money.register,
    hospital.hospital,
    books.books,
    holder.holder,
    terms.terms,
    cash.cash,
    budget.recurrent,
    budget.reopening,
    budget.pace,
    budget.index_rules,
    budget.rebase,
    budget.variations,
    measures.measures,
    appraisal.appraisal,
    appraisal.bid,
)
"""What fills the inputs, in the order of `mcp_finance.model.inputs`."""


def model_inputs(loaded: Loaded) -> ModelInputs:
    """The contract's model and all its inputs, from a checked scenario; its shocks act last.

    Raises:
        ScenarioError: with every problem of its shocks, which only filled inputs show.
    """
    filler = Filler(loaded, structure(loaded))
    out = ModelInputs(contract_model(filler.structure), filler.structure.terms)
    for fill in FILL:
        fill(filler, out)
    out.words = frozenset(filler.words)
    return shocks.shocks(filler, out)


def problems_of_every_case(path: Path, settings: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Every error of the scenario with its defaults and with each other choice of each group of its cases, once."""
    found: dict[tuple[Place, str, str], Problem] = {}
    for cases in ({}, *other_choices(path)):
        try:
            loaded = load(path, cases=cases, settings=settings)
            if loaded.scenario.shocks or loaded.scenario.uncertainty:
                uncertain(loaded, model_inputs(loaded))
        except ScenarioError as error:
            found |= {(p.place, p.path, p.message): p for p in error.problems if p.severity == "error"}
    return tuple(found.values())
