"""Which optional subjects a scenario has: read from the document as it is written.

A section that cannot be read for its mistakes is there all the same, so that nothing which needs it is called missing.
"""

from __future__ import annotations

from mcp_finance.files.nodes import Mapping, Node, find
from mcp_finance.files.shape import Steps, left_out

SUBJECTS: dict[str, Steps] = {
    "allocation": ("allocation",),
    "incentive": ("lines", "*", "incentive"),
    "measures": ("measures",),
    "appraisal": ("appraisal",),
    "bid": ("bid",),
    "bid_base_case": ("bid", "base_case_cost"),
}
"""What of a scenario brings each subject of `mcp_finance.model.contract.OPTIONAL`; `*` is any id."""


def subjects_of(root: Mapping) -> frozenset[str]:
    """The optional subjects of a scenario, by the names of `mcp_finance.model.contract.OPTIONAL`."""
    return frozenset(name for name, steps in SUBJECTS.items() if _is_given(root, steps))


def brought_by(subject: str) -> str:
    """What of a scenario brings a subject, in words."""
    return ".".join("…" if step == "*" else str(step) for step in SUBJECTS[subject])


def _is_given(node: Node, steps: Steps) -> bool:
    """Whether something other than `null` or an empty mapping stands at the path."""
    if "*" in steps:
        k = steps.index("*")
        above = find(node, steps[:k])
        below = above.items.values() if isinstance(above, Mapping) else ()
        return any(_is_given(inner, steps[k + 1 :]) for inner in below)
    found = find(node, steps)
    return found is not None and not left_out(found) and not (isinstance(found, Mapping) and not found.items)
