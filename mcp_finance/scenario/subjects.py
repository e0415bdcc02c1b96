"""Which optional subjects a scenario has: read from the document as it is written.

A section that cannot be read for its mistakes is there all the same, so that nothing which needs it is called missing.
"""

from __future__ import annotations

from mcp_finance.files.nodes import Mapping, Node, Scalar, find
from mcp_finance.files.shape import Steps, left_out

OWN_INDEX = ("cost_build", "lesser_of", "blend", "fixed_schedule")
OWN_BASELINE = ("static", "comparator", "norm", "rolling")

Mark = tuple[Steps, frozenset[str]]
"""Something of a scenario: a path in which `*` is any id, and the words that stand there if only some of them count."""


def _at(path: str, *words: str) -> Mark:
    return tuple(path.split(".")), frozenset(words)


SUBJECTS: dict[str, tuple[Mark, ...]] = {
    "allocation": (_at("allocation"),),
    "practices": (_at("practices"),),
    "non_member_contract": (_at("population.non_member_contract", "True"),),
    "list_change": (_at("streams.*.list_tolerance"), _at("streams.*.list_lag")),
    "incentive": (_at("lines.*.incentive"),),
    "measures": (_at("measures"),),
    "appraisal": (_at("appraisal"),),
    "bid": (_at("bid"),),
    "bid_base_case": (_at("bid.base_case_cost"),),
    "recurrent": (_at("lines.*.recurrent"),),
    "reopening": (_at("tariffs.*.reopened"), _at("streams.*.reopened")),
    "pace": (_at("streams.*.pace"),),
    "index_rules": (_at("streams.*.rule", *OWN_INDEX),),
    "rebase": (_at("rebase"),),
    "chance": (_at("uncertainty.activity_counts"),),
    "variations": (_at("variations"),),
    "commissioned_programmes": (
        _at("lines.*.shift.paid_by", "commissioner"),
        _at("lines.*.shifts.*.paid_by", "commissioner"),
    ),
    "break_points": (_at("contract.break_points"),),
    "ends_early": (_at("contract.ends_early"),),
    "share_baselines": (_at("lines.*.expected", *OWN_BASELINE), _at("lines.*.coding_adjustment")),
    "vat": (_at("holder.vat"),),
    "pay": (_at("holder.pay"),),
    "s75": (_at("s75"),),
    "surplus": (_at("surplus"),),
    "reserves": (_at("reserves"),),
    "metrics": (_at("reserves.margin_scores"),),
    "cash": (_at("cash"),),
}
"""What of a scenario brings each subject of `mcp_finance.model.optional.OPTIONAL`: any of these."""


def subjects_of(root: Mapping) -> frozenset[str]:
    """The optional subjects of a scenario, by the names of `mcp_finance.model.optional.OPTIONAL`."""
    return frozenset(name for name, marks in SUBJECTS.items() if any(is_given(root, *mark) for mark in marks))


def brought_by(subject: str) -> str:
    """What of a scenario brings a subject, in words."""
    steps, _ = SUBJECTS[subject][0]
    return ".".join("…" if step == "*" else str(step) for step in steps)


def is_given(node: Node, steps: Steps, words: frozenset[str] = frozenset()) -> bool:
    """Whether something other than `null` or an empty mapping stands at the path, and is one of the words."""
    if "*" in steps:
        k = steps.index("*")
        above = find(node, steps[:k])
        below = above.items.values() if isinstance(above, Mapping) else ()
        return any(is_given(inner, steps[k + 1 :], words) for inner in below)
    found = find(node, steps)
    if found is None or left_out(found) or (isinstance(found, Mapping) and not found.items):
        return False
    return not words or (isinstance(found, Scalar) and str(found.value) in words)
