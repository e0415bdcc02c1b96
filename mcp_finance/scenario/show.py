"""A scenario as a reader may want to see it: in outline, or every value with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcp_finance.files.nodes import Mapping, Node, Scalar
from mcp_finance.scenario.load import Loaded


def outline(loaded: Loaded) -> dict[str, Any]:
    """What the scenario is, its lines and its cases; `*` marks the choices taken."""
    s = loaded.scenario
    return {
        "schema_version": 1,
        "id": s.id,
        "title": s.title,
        "status": s.status,
        "statement": s.statement,
        "lines": list(s.lines),
        "cases": {
            name: [(c, " *" if loaded.cases[name] == c else "", choice.title) for c, choice in group.choices.items()]
            for name, group in s.cases.items()
        },
    }


def leaves(loaded: Loaded) -> list[tuple[str, object, str]]:
    """Path, value and place of every scalar but those of cases that were not taken."""
    found = [leaf for key, node in loaded.root.items.items() if key != "cases" for leaf in _leaves(node, key)]
    return [(path, value, loaded.beside(place)) for path, value, place in found]


def _leaves(node: Node, path: str) -> Iterator[tuple[str, object, str]]:
    if isinstance(node, Scalar):
        yield path, node.text if isinstance(node.value, float) else node.value, _place(node)
    elif isinstance(node, Mapping):
        for key, child in node.items.items():
            yield from _leaves(child, f"{path}.{key}")
    else:
        for k, child in enumerate(node.items):
            yield from _leaves(child, f"{path}.{k}")


def _place(node: Scalar) -> str:
    return f"{node.place.file}:{node.place.line}:{node.place.column}"
