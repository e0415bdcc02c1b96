"""A run after changes: only what lies downstream of them is computed anew.

Walking one change through: `after(run, [Change("later", ("lines.*.shift.delay",), "add", 2.0)])` moves one input, the
rows that read it are recalculated in some milliseconds, and the run that comes back has its own inputs, origins and
results. It is the run of the scenario that `mcp_finance.scenario.write` writes with the same changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mcp_finance.analysis.run import Run, broken_rules
from mcp_finance.files.problems import ScenarioError
from mcp_finance.rows.evaluate import recalculate
from mcp_finance.scenario.addresses import Addresses
from mcp_finance.scenario.shocked import Change, changed_inputs, shocked


def after(run: Run, changes: Sequence[Change], addresses: Addresses | None = None) -> Run:
    """The run with changes of its inputs. `addresses` are those of its inputs, if they are known already.

    Raises:
        ScenarioError: a change has no address or cannot be made, or a settlement breaks a rule of its term sheet.
    """
    inputs = shocked(run.inputs, changes, addresses)
    new = {name: inputs.values[name] for name in changed_inputs(run.inputs, inputs)}
    found = replace(run, inputs=inputs, results=recalculate(run.model, run.results, new) if new else run.results)
    if broken := tuple(broken_rules(found)):
        raise ScenarioError(broken)
    return found
