"""From a merged document to a checked scenario, with every problem at once.

Sections are validated one by one, and lines one by one within theirs, so that a mistake in one place hides none in
another: whatever could be read goes on to the checks of one section against the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mcp_finance.scenario.figures import NULLS, FigureError
from mcp_finance.scenario.nodes import Mapping, Node, Scalar, Sequence, find, place_of, plain
from mcp_finance.scenario.problems import Problem, nearest, quoted, suggestion
from mcp_finance.scenario.schema import SECTIONS, Scenario

KEYED = ("streams", "tariffs", "inflation", "baselines", "lines", "hospital_contracts", "services_outside", "cases")
_YES = ("yes", "on", "y", "1", "true")
_NO = ("no", "off", "n", "0", "false")
Steps = tuple[str | int, ...]


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


def dotted(path: Iterable[str | int]) -> str:
    return ".".join(str(p) for p in path)


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
        if key in root.items and (annotation.is_required() or not _left_out(root.items[key])):
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
            read = _validated(parts, annotation, (key,), {entry: plain(value)}, problems)
            if read is not None and not _holds_refused(value):
                parts.sections[name] |= read
    else:
        read = _validated(parts, annotation, (key,), plain(node), problems)
        if read is not None and not _holds_refused(node):
            parts.sections[name] = read


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _validated(parts: Parts, annotation: Any, path: Steps, raw: object, problems: list[Problem]) -> Any:
    adapter = _ADAPTERS.setdefault(str(annotation), TypeAdapter(annotation))
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            where = _in_document(parts.root, path, detail["loc"])
            if not _refused(find(parts.root, where)):
                problems.append(_problem(parts.root, where, detail))
        return None


def _left_out(node: Node) -> bool:
    return plain(node) is None and not _refused(node)


def _refused(node: Node | None) -> bool:
    """Whether a value was refused when the file was read: nothing is left of it but its text."""
    return isinstance(node, Scalar) and node.value is None and node.text not in NULLS


def _holds_refused(node: Node) -> bool:
    """Whether a value was refused anywhere below: what was read without it would be judged for what it lacks."""
    if isinstance(node, Scalar):
        return _refused(node)
    below = node.items.values() if isinstance(node, Mapping) else node.items
    return any(_holds_refused(inner) for inner in below)


def _problem(root: Mapping, path: Steps, detail: ErrorDetails) -> Problem:
    kind, said = detail["type"], detail["msg"]
    last = str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        known = _known_keys(path)
        where = place_of(root, path, key=True)
        return Problem(where, dotted(path), f"the key {quoted(last)} is unknown here", suggestion(last, known))
    if kind == "missing":
        message = f"{quoted(last)} is missing"
        return Problem(place_of(root, path), dotted((*path, last)), message, f"{last}: and its value")
    where = place_of(root, path, key=last == "[key]")
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, FigureError):
        return Problem(where, dotted(path), error.message, error.instead)
    message, instead = _plain_words(kind, said, detail)
    return Problem(where, dotted(path), message, instead)


def _plain_words(kind: str, said: str, detail: ErrorDetails) -> tuple[str, str]:
    found = quoted(str(detail.get("input")), 30)
    context = detail.get("ctx", {})
    if kind == "literal_error":
        allowed = str(context.get("expected", ""))
        words = [a.strip(" '") for a in allowed.replace(" or ", ",").split(",")]
        word = nearest(str(detail.get("input")), words) if len(words) > 1 else None
        return f"{found} is not one of the words that may stand here", f"{allowed}" + (f" ({word}?)" if word else "")
    if kind == "string_pattern_mismatch":
        return f"{found} cannot be a name here", "a name of small letters, digits and _ that begins with a letter"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"{found} stands where a mapping belongs", "the keys of this section, indented below it"
    if kind == "string_type":
        return f"{found} is not text", "text, in quotes if it looks like a number"
    if kind == "bool_type" or kind == "bool_parsing":
        word = str(detail.get("input")).lower()
        meant = "true" if word in _YES else "false" if word in _NO else "true or false"
        return f"{found} is neither true nor false", meant
    return said[0].lower() + said[1:], "a value of the kind that `mcp-finance schema` gives"


def _in_document(root: Mapping, above: Steps, loc: Iterable[str | int]) -> Steps:
    """The path of an error in the document: steps of the schema that are no keys there (such as forms) are left out."""
    path = above
    for step in loc:
        node = find(root, path)
        known = (isinstance(node, Mapping) and step in node.items) or (
            isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items)
        )
        if known:
            path = (*path, step)
    return path


def _known_keys(path: Steps) -> list[str]:
    """Keys that may stand beside the one at `path`, from the schema."""
    model: Any = Scenario
    for step in path[:-1]:
        fields = getattr(model, "model_fields", None)
        if fields is None:
            return []
        named = {(f.alias or n): f for n, f in fields.items()}
        if step in named:
            model = _inner_model(named[str(step)].annotation)
    fields = getattr(model, "model_fields", {})
    return [f.alias or n for n, f in fields.items()]


def _inner_model(annotation: Any) -> Any:
    """The model inside an annotation: of the section itself, or of a keyed section's entries."""
    if hasattr(annotation, "model_fields"):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_model(argument)) is not None:
            return found
    return None
