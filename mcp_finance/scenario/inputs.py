"""From a checked scenario to the model's inputs: structure, values and the origin of every number.

The structure is made in `mcp_finance.scenario.structure`; the values are filled subject by subject in
`mcp_finance.scenario.filling`.
"""

from __future__ import annotations

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
    term,
    terms,
    work,
)
from mcp_finance.scenario.filling.filler import Filler, ModelInputs
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.structure import structure

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
    """The contract's model and all its inputs, from a checked scenario."""
    filler = Filler(loaded, structure(loaded))
    out = ModelInputs(contract_model(filler.structure), filler.structure.terms)
    for fill in FILL:
        fill(filler, out)
    return out
