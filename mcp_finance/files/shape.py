"""Whether a placed document has the shape that a schema asks for, with every mismatch in plain words at its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mcp_finance.files.figures import NULLS, FigureError
from mcp_finance.files.nodes import Mapping, Node, Scalar, Sequence, find, place_of, plain
from mcp_finance.files.problems import Place, Problem, nearest, quoted, suggestion

_YES = ("yes", "on", "y", "1", "true")
_NO = ("no", "off", "n", "0", "false")
Steps = tuple[str | int, ...]


def dotted(path: Iterable[str | int]) -> str:
    return ".".join(str(p) for p in path)


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def fitted(root: Mapping, schema: Any, annotation: Any, path: Steps, raw: object, problems: list[Problem]) -> Any:
    """The value of `raw`, which stands at `path` of the document, as `annotation` reads it; None after problems.

    `schema` is the model of the whole document, which knows the keys that may stand beside a wrong one.
    """
    adapter = _ADAPTERS.setdefault(str(annotation), TypeAdapter(annotation))
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            where = _in_document(root, path, detail["loc"])
            if not refused(find(root, where)):
                problems.append(_problem(root, schema, where, detail))
        return None


def left_out(node: Node) -> bool:
    """Whether the value is `null`, which leaves a key out."""
    return plain(node) is None and not refused(node)


def refused(node: Node | None) -> bool:
    """Whether a value was refused when the file was read: nothing is left of it but its text."""
    return isinstance(node, Scalar) and node.value is None and node.text not in NULLS


def holds_refused(node: Node) -> bool:
    """Whether a value was refused anywhere below: what was read without it would be judged for what it lacks."""
    if isinstance(node, Scalar):
        return refused(node)
    below = node.items.values() if isinstance(node, Mapping) else node.items
    return any(holds_refused(inner) for inner in below)


def _problem(root: Mapping, schema: Any, path: Steps, detail: ErrorDetails) -> Problem:
    kind, said = detail["type"], detail["msg"]
    last = str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        known = _known_keys(schema, path)
        where = place_of(root, path, key=True)
        return Problem(where, dotted(path), f"the key {quoted(last)} is unknown here", suggestion(last, known))
    if kind == "missing":
        message = f"{quoted(last)} is missing"
        return Problem(place_of(root, path), dotted((*path, last)), message, f"{last}: and its value")
    where = place_of(root, path, key=last == "[key]")
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, FigureError):
        return Problem(within(root, path, error.at), dotted(path), error.message, error.instead)
    message, instead = _plain_words(kind, said, detail)
    return Problem(where, dotted(path), message, instead)


def within(root: Mapping, path: Steps, at: int) -> Place:
    """The place of a character in the text of the value at `path`; of the value, where it runs over several lines."""
    node = find(root, path)
    if not at or not isinstance(node, Scalar) or "\n" in node.text:
        return place_of(root, path)
    return replace(node.place, column=node.place.column + at + node.quoted)


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


def _known_keys(schema: Any, path: Steps) -> list[str]:
    """Keys that may stand beside the one at `path`, from the schema."""
    model = schema
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
