"""The tree of a scenario file: values, mappings and sequences, each with its place."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass

from mcp_finance.files.figures import Raw
from mcp_finance.files.problems import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `text` is what the file says, before it was taken as a number or a truth value."""

    value: Raw
    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """Nodes by key, in the order written; `keys` holds the place of each key."""

    items: dict[str, Node]
    keys: dict[str, Place]
    place: Place


@dataclass(frozen=True, slots=True)
class Sequence:
    """Nodes in a row."""

    items: tuple[Node, ...]
    place: Place


Node = Scalar | Mapping | Sequence


def plain(node: Node) -> object:
    """The node as dicts, lists and bare values."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(item) for key, item in node.items.items()}


def texts(node: Node) -> object:
    """The node as dicts, lists and values, every number as the text that the file says: no digit is lost."""
    if isinstance(node, Scalar):
        is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return node.text if is_number else node.value
    if isinstance(node, Sequence):
        return [texts(item) for item in node.items]
    return {key: texts(item) for key, item in node.items.items()}


def find(node: Node, path: Seq[str | int]) -> Node | None:
    """The node at a path of keys and list positions (from 0), or None if there is none."""
    found: Node | None = node
    for step in path:
        if isinstance(found, Mapping) and isinstance(step, str):
            found = found.items.get(step)
        elif isinstance(found, Sequence) and isinstance(step, int) and 0 <= step < len(found.items):
            found = found.items[step]
        else:
            return None
    return found


def place_of(root: Node, path: Seq[str | int], *, key: bool = False) -> Place:
    """The place of the node at a path, or of its nearest ancestor that exists; of its key if `key`."""
    for length in range(len(path), 0, -1):
        node = find(root, path[:length])
        if node is None:
            continue
        parent, last = find(root, path[: length - 1]), path[length - 1]
        if key and isinstance(parent, Mapping) and isinstance(last, str):
            return parent.keys.get(last, node.place)
        return node.place
    return root.place
