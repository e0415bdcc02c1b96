"""Which optional subjects of the model a scenario has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.sections.money import FOLLOW_GROWTH

SUBJECTS: Mapping[str, Callable[[Scenario], bool]] = {
    "allocation": lambda s: s.allocation is not None,
    "practices": lambda s: bool(s.practices),
    "non_member_contract": lambda s: s.population.non_member_contract,
    "list_change": lambda s: any(stream.list_tolerance or stream.list_lag for stream in s.streams.values()),
    "recurrent": lambda s: any(line.recurrent for line in s.lines.values()),
    "reopening": lambda s: any(t.reopened for t in s.tariffs.values()) or any(x.reopened for x in s.streams.values()),
    "pace": lambda s: any(stream.pace for stream in s.streams.values()),
    "index_rules": lambda s: any(stream.rule not in FOLLOW_GROWTH for stream in s.streams.values()),
    "rebase": lambda s: s.rebase is not None,
    "variations": lambda s: bool(s.variations),
    "commissioned_programmes": lambda s: any(
        programme.paid_by == "commissioner" for line in s.lines.values() for programme in line.programmes().values()
    ),
    "break_points": lambda s: bool(s.contract.break_points),
    "ends_early": lambda s: s.contract.ends_early is not None,
    "share_baselines": lambda s: any(line.has_own_baseline for line in s.lines.values()),
    "vat": lambda s: s.holder is not None and s.holder.vat is not None,
    "pay": lambda s: s.holder is not None and s.holder.pay is not None,
    "s75": lambda s: s.s75 is not None,
    "surplus": lambda s: s.surplus is not None,
    "reserves": lambda s: s.reserves is not None,
    "metrics": lambda s: s.reserves is not None and s.reserves.margin_scores is not None,
    "cash": lambda s: s.cash is not None,
}
"""Whether a scenario has each subject of `mcp_finance.model.optional.OPTIONAL`."""


def subjects_of(scenario: Scenario) -> frozenset[str]:
    """Names of the optional subjects that the scenario has."""
    return frozenset(name for name, has in SUBJECTS.items() if has(scenario))
