"""Names that lines use: each must be an entry of its section.

They are checked in the document as it was written, so that a line with a wrong figure in it still has its wrong names
found in the same run.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.files.nodes import Mapping, Node, Scalar, find
from mcp_finance.files.problems import Problem, quoted, suggestion
from mcp_finance.files.shape import Steps
from mcp_finance.scenario.tables import Table
from mcp_finance.scenario.validate import Parts

NAMES: tuple[tuple[Steps, str], ...] = (
    (("stream",), "streams"),
    (("tariff",), "tariffs"),
    (("inflation",), "inflation"),
    (("holder_inflation",), "inflation"),
    (("contract",), "hospital_contracts"),
    (("baseline", "of"), "baselines"),
)


def check_references(parts: Parts) -> Iterator[Problem]:
    """Every name in a line is an entry of the section it refers to; a section that is no mapping is not asked."""
    for line, node in written_lines(parts).items():
        for steps, section in (*NAMES, *_of_programmes(node)):
            value = name_at(node, steps)
            if value is None or not parts.has(section):
                continue
            known = entries(parts, section)
            if value not in known:
                message = f"there is no {quoted(value)} among the {section}"
                yield parts.problem(("lines", line, *steps), message, suggestion(value, known))


def _of_programmes(line: Node) -> Iterator[tuple[Steps, str]]:
    """The names that the programmes of a line use."""
    yield ("shift", "inflation"), "inflation"
    several = find(line, ("shifts",))
    for name in several.items if isinstance(several, Mapping) else ():
        yield ("shifts", name, "inflation"), "inflation"


def check_profiles(parts: Parts, profiles: Table) -> Iterator[Problem]:
    """Every line's profile is in the table, if all of the table could be read."""
    known = profiles.members(0)
    for line, node in written_lines(parts).items():
        value = name_at(node, ("profile",))
        if profiles.whole and value is not None and value not in known:
            message = f"there is no profile {quoted(value)} in the table"
            yield parts.problem(("lines", line, "profile"), message, suggestion(value, known))


def written_lines(parts: Parts) -> dict[str, Node]:
    """The lines of the document, whether they could be read or not."""
    lines = parts.root.items.get("lines")
    return lines.items if isinstance(lines, Mapping) else {}


def entries(parts: Parts, section: str) -> tuple[str, ...]:
    """The names of a section's entries in the document, whether they could be read or not."""
    node = parts.root.items.get(section)
    return tuple(node.items) if isinstance(node, Mapping) else ()


def name_at(line: Node, steps: Steps) -> str | None:
    """The text at a path of a line, or None where there is none."""
    node = find(line, steps)
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None
