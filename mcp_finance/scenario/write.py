"""A scenario written out: what a run read, with further changes as shocks, in a folder that needs nothing else.

The one rule: what is written is what was computed. Figures stand as their author wrote them, amounts of changes with
every digit (`mcp_finance.scenario.amounts`), chosen cases and settings are merged, and tables and term sheets are
copied beside the file; loading it again gives the same inputs to the last bit. All text is untrusted: whatever is not
plainly safe is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from mcp_finance.files.figures import FigureError, unquoted
from mcp_finance.files.nodes import Mapping, Node, Scalar, find
from mcp_finance.files.nodes import Sequence as Listed
from mcp_finance.files.problems import Place, harmless
from mcp_finance.scenario.addresses import Addresses
from mcp_finance.scenario.amounts import text_of
from mcp_finance.scenario.inputs import model_inputs
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.shocked import Change

_PLAIN = re.compile(r"-?[A-Za-z0-9£][A-Za-z0-9£ .%/_+*-]*")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FILE_ID = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_WIDTH = 120
_HERE = Place("", 1, 1)
_NOTHING = Scalar(None, "null", _HERE)
_NOT_WRITTEN = ("cases", "id", "title", "schema")


def written(
    loaded: Loaded, changes: Sequence[Change], id: str, title: str, *, certain: bool = False
) -> dict[str, bytes]:
    """The files of a scenario with changes, by name: `<id>.yaml`, its tables and its term sheets.

    A term that the run made shorter is written in full. A `certain` one is a future that has been drawn: distributions
    are left out, lest they be drawn on top of it.

    Raises:
        ScenarioError: the scenario's own shocks have problems.
        ValueError: an amount cannot be written exactly, a change has no address, or the id is no id.
    """
    if not _FILE_ID.fullmatch(id):
        raise ValueError(f"{id!r} cannot be the id of a scenario")
    files = {f"{id}.population.csv": loaded.population.data, f"{id}.profiles.csv": loaded.profiles.data}
    items = {"schema": loaded.root.items["schema"], "id": _text(id), "title": _text(title)}
    items |= {key: node for key, node in loaded.root.items.items() if key not in _NOT_WRITTEN}
    if certain and "uncertainty" in items:
        items["uncertainty"] = _counts_alone(items["uncertainty"])
    root = _mapping(items)
    root = _with(root, ("population", "table"), _text(f"{id}.population.csv"))
    root = _with(root, ("profiles", "table"), _text(f"{id}.profiles.csv"))
    for bound in loaded.terms:
        name = f"{id}.{bound.key}.yaml"
        files[name] = "\n".join(bound.terms.lines).encode()
        root = _with(root, ("terms", bound.key, "sheet"), _text(name))
    for name, node in _shocks(loaded, changes).items():
        root = _with(root, ("shocks", name), node)
    head = f"# {harmless(loaded.scenario.id)}, {harmless(loaded.case)}, written out with its changes as shocks.\n"
    return {f"{id}.yaml": (head + "".join(lines(root, 0))).encode(), **files}


def _counts_alone(uncertainty: Node) -> Node:
    """The lines whose activity varies by chance, for that is part of the model; nothing else is uncertain any more."""
    counts = find(uncertainty, ("activity_counts",))
    return _mapping({"activity_counts": counts}) if isinstance(counts, Mapping) and counts.items else _NOTHING


def _shocks(loaded: Loaded, changes: Sequence[Change]) -> dict[str, Node]:
    """Each change as an entry of the section `shocks`, under a name that is not taken."""
    if not changes:
        return {}
    addresses = Addresses(model_inputs(loaded))
    taken = set(loaded.scenario.shocks)
    found: dict[str, Node] = {}
    for change in changes:
        stem = change.name if _ID.fullmatch(change.name) else "shock"
        name = next(n for n in (stem, *(f"{stem[:36]}_{k}" for k in range(2, len(changes) + 999))) if n not in taken)
        taken.add(name)
        found[name] = _shock(addresses, change)
    return found


def _shock(addresses: Addresses, change: Change) -> Node:
    named = [a for pattern in change.on for a in addresses.find(pattern)]
    if not named:
        raise ValueError(f"{', '.join(change.on)}: no figure of this scenario")
    address, held = named[0], {t for a in named for t in a.years}

    def amount(value: float) -> Node:
        return _text(text_of(address.unit, change.how, value, last_day=address.last_day))

    on = [_text(pattern) for pattern in change.on]
    items: dict[str, Node] = {"on": on[0] if len(on) == 1 else Listed(tuple(on), _HERE)}
    if isinstance(change.amount, tuple):
        # A draw has an amount for every year; what holds in none of them, such as growth in the first, is not written.
        years = enumerate(zip(addresses.model.years, change.amount, strict=True))
        by_year = {y: amount(v) for t, (y, v) in years if v is not None and (t in held or not held)}
        items[change.how] = _mapping({"by_year": _mapping(by_year)})
    else:
        items[change.how] = amount(change.amount)
    said = change.said[0] if change.said else None
    evidence = {k: getattr(said, k) for k in ("source", "grade", "owner", "date", "note")} if said else {}
    return _mapping(items | {key: _text(text) for key, text in evidence.items() if text})


# YAML -----------------------------------------------------------------------------------------------------------------


def _text(text: str) -> Scalar:
    return Scalar(text, text, _HERE)


def _mapping(items: dict[str, Node]) -> Mapping:
    return Mapping(items, dict.fromkeys(items, _HERE), _HERE)


def _with(root: Mapping, path: tuple[str, ...], node: Node) -> Mapping:
    """The mapping with one node replaced or added, and mappings made on the way to it."""
    below = find(root, path[:1])
    inner = node if len(path) == 1 else _with(below if isinstance(below, Mapping) else _mapping({}), path[1:], node)
    return _mapping(root.items | {path[0]: inner})


def lines(node: Mapping | Listed, depth: int) -> Iterator[str]:
    """The node two spaces a level, what fits on a line on one line."""
    entries = node.items.items() if isinstance(node, Mapping) else ((None, item) for item in node.items)
    for key, value in entries:
        head = f"{'  ' * depth}{'-' if key is None else f'{_scalar(key)}:'}"
        inline = _inline(value)
        if isinstance(value, Scalar) or not value.items or (depth and len(head) + len(inline) < _WIDTH):
            yield f"{head} {inline}\n"
        else:
            yield f"{head}\n"
            yield from lines(value, depth + 1)


def _inline(node: Node) -> str:
    """The node on one line."""
    if isinstance(node, Mapping):
        return f"{{{', '.join(f'{_scalar(key)}: {_inline(value)}' for key, value in node.items.items())}}}"
    if isinstance(node, Listed):
        return f"[{', '.join(_inline(item) for item in node.items)}]"
    return _value(node)


def _value(node: Scalar) -> str:
    """A scalar as it was written, where it was a number, and else as what it is."""
    if isinstance(node.value, str):
        return _scalar(node.value)
    if node.value is None or isinstance(node.value, bool):
        return "null" if node.value is None else str(node.value).lower()
    return node.text


def _scalar(text: str) -> str:
    """Text that is read back as this text: bare where it is plainly safe, else in double quotation marks."""
    try:
        is_safe = _PLAIN.fullmatch(text) and text == text.strip() and unquoted(text) == text
    except FigureError:
        is_safe = False
    return text if is_safe else json.dumps(text, ensure_ascii=False)
