"""From a merged document to a checked scenario, with every problem at once.

Sections are validated one by one, and lines one by one within theirs, so that a mistake in one place hides none in
another: whatever could be read goes on to the checks of one section against the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mcp_finance.files.nodes import Mapping, place_of, plain
from mcp_finance.files.problems import Problem, quoted, suggestion
from mcp_finance.files.shape import Steps, dotted, fitted, holds_refused, left_out
from mcp_finance.scenario.schema import SECTIONS, Scenario

KEYED = (
    "practices",
    "streams",
    "tariffs",
    "inflation",
    "baselines",
    "lines",
    "hospital_contracts",
    "providers",
    "measures",
    "terms",
    "variations",
    "services_outside",
    "shocks",
    "cases",
)


@dataclass
class Parts:
    """The sections that could be read. A keyed section holds the entries that could."""

    root: Mapping
    sections: dict[str, Any] = field(default_factory=dict)

    def get(self, section: str) -> Any:
        return self.sections.get(section)

    def has(self, *sections: str) -> bool:
        return all(s in self.sections for s in sections)

    def problem(self, path: Steps, message: str, instead: str, *, key: bool = False) -> Problem:
        """A problem at a path of the scenario."""
        return Problem(place_of(self.root, path, key=key), dotted(path), message, instead)

    def warning(self, path: Steps, message: str, instead: str) -> Problem:
        return Problem(place_of(self.root, path), dotted(path), message, instead, "warning")


def read_parts(root: Mapping) -> tuple[Parts, list[Problem]]:
    """Every section of the document that fits the schema, and the problems of the others.

    `null` in place of a section that may be left out leaves it out, so that a file can drop what it extends.
    """
    parts = Parts(root)
    problems: list[Problem] = []
    for key in root.items:
        if key not in SECTIONS:
            where = place_of(root, (key,), key=True)
            problems.append(Problem(where, key, f"the key {quoted(key)} is unknown", suggestion(key, SECTIONS)))
    for key, name in SECTIONS.items():
        annotation = Scenario.model_fields[name]
        if key in root.items and (annotation.is_required() or not left_out(root.items[key])):
            _read_section(parts, key, name, annotation.rebuild_annotation(), problems)
        elif annotation.is_required():
            message, instead = f"the section {quoted(key)} is missing", f"a section {key}: see `mcp-finance schema`"
            problems.append(Problem(root.place, key, message, instead))
        else:
            parts.sections[name] = annotation.get_default(call_default_factory=True)
    return parts, problems


def _read_section(parts: Parts, key: str, name: str, annotation: Any, problems: list[Problem]) -> None:
    node = parts.root.items[key]
    if name in KEYED and isinstance(node, Mapping):
        parts.sections[name] = {}
        for entry, value in node.items.items():
            read = fitted(parts.root, Scenario, annotation, (key,), {entry: plain(value)}, problems)
            if read is not None and not holds_refused(value):
                parts.sections[name] |= read
    else:
        read = fitted(parts.root, Scenario, annotation, (key,), plain(node), problems)
        if read is not None and not holds_refused(node):
            parts.sections[name] = read
