"""A scenario file as a tree of placed nodes.

The one rule: reading never fails. Whatever bytes a file holds, the outcome is a tree, or the problems that
prevent one, each with its place; nothing in a file can construct an object, repeat itself through aliases
or grow beyond fixed bounds. Scalars follow the core schema of YAML 1.2, so `no` is text and dates are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError

from mcp_finance.files.figures import FigureError, unquoted
from mcp_finance.files.nodes import Mapping, Node, Scalar, Sequence
from mcp_finance.files.problems import (
    MAX_PROBLEMS,
    UNSAFE,
    Place,
    Problem,
    explain_syntax,
    limited,
    lines_of,
    place_at,
    quoted,
    unsafe_problems,
    with_source_lines,
)

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000
LONGEST_KEY = 200

_SAMPLE = 4096
_FEW = 10
_LONG_WORD = re.compile(r"\S{1000,}")


_Stream = Iterator[events.Event]
_Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What was read: the tree (None if there is none), every problem, and the lines of each file by name.

    `lines` are those of the file asked for; `sources` holds every file that the tree has nodes from.
    """

    root: Mapping | None
    problems: tuple[Problem, ...]
    lines: tuple[str, ...]
    sources: Map[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """The state of one reading. `at`, if given, is the place of every node (text from a command line)."""

    text: str
    file: str
    lines: tuple[str, ...]
    at: Place | None = None
    nodes: int = 0
    problems: list[Problem] = field(default_factory=list)

    def place(self, mark: Any) -> Place:
        return self.at or Place(self.file, mark.line + 1, mark.column + 1)

    def problem(self, place: Place, path: Seq[str], message: str, instead: str) -> Problem:
        line = self.lines[0 if self.at else min(place.line, len(self.lines)) - 1]
        return Problem(place, ".".join(path), message, instead, source_line=line)

    def add(self, place: Place, path: Seq[str], message: str, instead: str) -> None:
        problem = self.problem(place, path, message, instead)
        if len(self.problems) > MAX_PROBLEMS:
            raise _StopReading(problem)
        self.problems.append(problem)


class _StopReading(Exception):
    """Carries the problem after which nothing more can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read(path: Path, *, shown: str | None = None) -> Document:
    """The document in a file; `shown` is the file's name in places (the path as given, if left out).

    Raises nothing for a missing, unreadable or malformed file: the document then says what is wrong.
    """
    file = str(path) if shown is None else shown
    start = Place(file, 1, 1)
    try:
        if path.is_dir():
            return _unread(start, "this is a directory, not a file", "the name of a scenario file, such as place.yaml")
        data = _bytes(path)
    except FileNotFoundError:
        return _unread(start, "there is no such file", "the name of a file that exists")
    except (OSError, ValueError):
        return _unread(start, "the file cannot be opened", "the name of an ordinary file that may be read")
    if len(data) > MAX_BYTES:
        return _too_large(start)
    return _decoded(data, file)


def parse(text: str, file: str) -> Document:
    """The document in a text; `file` is its name in places. Raises nothing, whatever the text."""
    start = Place(file, 1, 1)
    if len(text) > MAX_BYTES:
        return _too_large(start)
    text = text.removeprefix("\ufeff")
    lines = lines_of(text)
    reading = _Reading(UNSAFE.sub("\ufffd", text), file, lines, problems=unsafe_problems(text, file))
    root = _read_root(reading)
    if root is not None and not isinstance(root, Mapping):
        kind = "a list" if isinstance(root, Sequence) else "a single value"
        reading.add(root.place, (), f"the file is {kind}", "keys and values, such as `title: ...`")
        root = None
    problems = with_source_lines(limited(reading.problems), {file: lines})
    return Document(root, problems, lines, {file: lines})


def parse_value(text: str, at: Place, source_line: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """A value written outside any file (a command line), with `at` as the place of all its nodes."""
    reading = _Reading(UNSAFE.sub("\ufffd", text), at.file, (source_line,), at)
    if len(text) > MAX_BYTES:
        reading.add(at, (), "the value is too long", "a shorter value")
        return None, tuple(reading.problems)
    if UNSAFE.search(text):
        reading.add(at, (), "the value holds an invisible or control character", "the value without it")
    node = _read_root(reading)
    return node, limited(reading.problems)


def inside(folder: Path, relative: str, *, start: Path | None = None) -> Path:
    """The file that `relative` names, seen from `start` (the folder itself, if left out), links resolved.

    Raises ValueError if the name is empty or absolute, has a drive, a backslash, a colon or an invisible
    character, or if what it names lies outside `folder`.
    """
    if not relative.strip() or UNSAFE.search(relative) or len(lines_of(relative)) > 1:
        raise ValueError("the file name is empty or holds an invisible character")
    windows = PureWindowsPath(relative)
    if PurePosixPath(relative).is_absolute() or windows.drive or windows.root:
        raise ValueError(f"{quoted(relative)} is not relative to the scenario's folder")
    if "\\" in relative or ":" in relative:
        raise ValueError(f"{quoted(relative)} holds a backslash or a colon; folders are separated by '/'")
    try:
        within = folder.resolve()
        target = ((start or folder) / relative).resolve()
    except (OSError, RuntimeError):
        raise ValueError(f"{quoted(relative)} cannot be followed to a file") from None
    if not target.is_relative_to(within):
        raise ValueError(f"{quoted(relative)} is outside the scenario's folder")
    return target


def _unread(start: Place, message: str, instead: str) -> Document:
    return Document(None, (Problem(start, "", message, instead),), ())


def _too_large(start: Place) -> Document:
    return _unread(start, "the file is larger than 1 MiB", "a smaller file; long tables belong in CSV files")


def _bytes(path: Path) -> bytes:
    """At most one byte more than the limit; raises OSError for folders, devices and pipes as well."""
    if path.exists() and not path.is_file():
        raise OSError("not an ordinary file")
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _decoded(data: bytes, file: str) -> Document:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _unread(Place(file, 1, 1), "the file is saved as UTF-16", "the same text, saved as UTF-8")
    if _is_binary(data):
        return _unread(Place(file, 1, 1), "this is a binary file, not text", "the name of a scenario file in YAML")
    try:
        return parse(data.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        return _with_bad_bytes(data, error.start, file)


def _is_binary(data: bytes) -> bool:
    """A zero byte, or more characters that cannot be text than a wrong encoding or a stray paste brings in."""
    start = data[:_SAMPLE].decode("utf-8", errors="replace")
    strange = sum(character == "\ufffd" or (character < " " and character not in "\t\n\r") for character in start)
    return b"\0" in data[:_SAMPLE] or strange > max(_FEW, len(start) // _FEW)


def _with_bad_bytes(data: bytes, at: int, file: str) -> Document:
    """The rest is still read, with a mark in place of each bad byte, so that all problems show at once."""
    good = data[:at].decode("utf-8-sig")
    document = parse(data.decode("utf-8-sig", errors="replace"), file)
    message = f"the byte {data[at]:#04x} is not UTF-8 text"
    problem = Problem(place_at(good, len(good), file), "", message, "the same text, saved as UTF-8")
    problems = with_source_lines((problem, *document.problems), document.sources)
    return replace(document, problems=problems)


def _read_root(reading: _Reading) -> Node | None:
    try:
        return _first_document(reading)
    except _StopReading as stop:
        reading.problems.append(stop.problem)
        return None


def _refuse_long_tags(reading: _Reading) -> None:
    """The parser takes time with the square of a tag's length, so it is given no long word with a `!`."""
    for found in _LONG_WORD.finditer(reading.text):
        if "!" in found[0]:
            place = reading.at or place_at(reading.text, found.start(), reading.file)
            message = "a word of more than 1,000 characters with a '!' in it starts here"
            raise _StopReading(reading.problem(place, (), message, "shorter words"))


def _events(reading: _Reading) -> _Stream:
    _refuse_long_tags(reading)
    try:
        yield from YAML(typ="safe", pure=True).parse(reading.text)
    except MarkedYAMLError as error:
        raise _StopReading(_syntax_problem(reading, error)) from None
    except Exception:
        # The parser fails in its own ways on impossible escapes and directives.
        place = reading.at or Place(reading.file, 1, 1)
        message = "this is not YAML that can be read: an escape or a directive in it is impossible"
        raise _StopReading(reading.problem(place, (), message, "plain text without backslashes")) from None


def _syntax_problem(reading: _Reading, error: MarkedYAMLError) -> Problem:
    marks = (error.context_mark, error.problem_mark)
    opened, stopped = ((mark.line, mark.column) if mark is not None else None for mark in marks)
    words = explain_syntax(str(error.problem), opened, stopped or opened or (0, 0), reading.text)
    (line, column), message, instead = words
    return reading.problem(reading.at or Place(reading.file, line + 1, column + 1), (), message, instead)


def _first_document(reading: _Reading) -> Node | None:
    stream = _events(reading)
    root: Node | None = None
    started = False
    for event in stream:
        if isinstance(event, events.DocumentStartEvent):
            place = reading.place(event.start_mark)
            if started:
                reading.add(place, (), "a second document starts here", "one document in each file")
                break
            started = True
            if event.version or event.tags:
                reading.add(place, (), "a % directive stands above the document", "no line starting with '%'")
        elif isinstance(event, events.NodeEvent):
            root = _node(reading, stream, event, ())
    if root is None:
        place = reading.at or Place(reading.file, 1, 1)
        reading.add(place, (), "there is nothing here", "a value" if reading.at else "a scenario")
    return root


def _node(reading: _Reading, stream: _Stream, event: events.NodeEvent, path: _Keys) -> Node:
    place = reading.place(event.start_mark)
    _count(reading, place, path)
    if isinstance(event, events.AliasEvent):
        reading.add(place, path, f"an alias stands here ({quoted(f'*{event.anchor}')})", "the value again")
        return Scalar(None, f"*{event.anchor}", place)
    if event.anchor is not None:
        reading.add(place, path, f"an anchor stands here ({quoted(f'&{event.anchor}')})", "only the value")
    if isinstance(event, events.ScalarEvent | events.CollectionStartEvent) and event.tag is not None:
        reading.add(place, path, f"a tag stands here ({quoted(str(event.tag))})", "only the value")
    if isinstance(event, events.ScalarEvent):
        return _scalar(reading, event, place, path)
    if len(path) >= MAX_DEPTH:
        message = f"the nesting is more than {MAX_DEPTH} levels deep"
        raise _StopReading(reading.problem(place, path[:3], message, "fewer levels"))
    if isinstance(event, events.SequenceStartEvent):
        return Sequence(tuple(_sequence_items(reading, stream, path)), place)
    return _mapping(reading, stream, place, path)


def _count(reading: _Reading, place: Place, path: _Keys) -> None:
    reading.nodes += 1
    if reading.nodes > MAX_NODES:
        message = f"the file holds more than {MAX_NODES:,} keys and values"
        raise _StopReading(reading.problem(place, path[:3], message, "a smaller file; tables belong in CSV"))


def _sequence_items(reading: _Reading, stream: _Stream, path: _Keys) -> Iterator[Node]:
    for position, event in enumerate(stream):
        if isinstance(event, events.SequenceEndEvent):
            return
        if isinstance(event, events.NodeEvent):
            yield _node(reading, stream, event, (*path, str(position)))


def _mapping(reading: _Reading, stream: _Stream, place: Place, path: _Keys) -> Mapping:
    items: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for event in stream:
        if isinstance(event, events.MappingEndEvent):
            break
        if not isinstance(event, events.NodeEvent):
            continue
        key = _key(reading, stream, event, path)
        key_place = reading.place(event.start_mark)
        inner = (*path, "?" if key is None else key)
        following = next(stream)
        if not isinstance(following, events.NodeEvent):
            continue
        _refuse_bare_key(reading, event, following, inner)
        node = _node(reading, stream, following, inner)
        if isinstance(node, Scalar) and not node.text and not node.quoted:
            # The parser places a value left empty at whatever comes next, often lines below.
            node = replace(node, place=key_place)
        if key in items:
            first = keys[key]
            where = f"first at line {first.line}, column {first.column}"
            message = f"the key {quoted(key)} is written twice in one mapping, {where}"
            reading.add(key_place, inner, message, "each key once")
        elif key is not None:
            items[key], keys[key] = node, key_place
    return Mapping(items, keys, place)


def _key(reading: _Reading, stream: _Stream, event: events.NodeEvent, path: _Keys) -> str | None:
    """The key's text, or None for one that is refused; its entry is read all the same, and then left out."""
    node = _node(reading, stream, event, (*path, "?"))
    if not isinstance(node, Scalar) or isinstance(event, events.AliasEvent):
        reading.add(node.place, path, "a list, a mapping or an alias stands as a key", "a word as the key")
        return None
    if node.text == "<<" and not node.quoted:
        advice = "the keys themselves, or `extends: base.yaml` at the top"
        reading.add(node.place, path, "a merge key (<<) stands here", advice)
        return None
    if len(node.text) > LONGEST_KEY:
        reading.add(node.place, path, f"a key of more than {LONGEST_KEY} characters stands here", "a short key")
        return None
    if isinstance(node.value, str) or type(node.value) in (int, float):
        return node.text
    kind = "nothing" if node.value is None else f"{node.text} (a truth value)"
    advice = f"a word as the key, or '{node.text}' in quotation marks"
    reading.add(node.place, path, f"{kind} stands as a key", advice)
    return None


def _refuse_bare_key(reading: _Reading, key: events.NodeEvent, value: events.NodeEvent, path: _Keys) -> None:
    """A comma inside braces ends an entry, so that `{value: £1,234}` would silently be £1 and a key 234."""
    if not isinstance(key, events.ScalarEvent) or not isinstance(value, events.ScalarEvent):
        return
    unwritten = not value.value and value.style is None
    if unwritten and ":" not in reading.text[key.end_mark.index : value.start_mark.index]:
        message = f"{quoted(key.value)} has no value; inside braces a comma ends an entry"
        advice = "`key: value`, and text or a number that holds a comma in quotation marks"
        reading.add(reading.place(key.start_mark), path, message, advice)


def _scalar(reading: _Reading, event: events.ScalarEvent, place: Place, path: _Keys) -> Scalar:
    text = str(event.value)
    if event.style is not None:
        if event.style == '"' and UNSAFE.search(text):
            reading.add(place, path, "the text holds an escaped control character", "the text without it")
            text = UNSAFE.sub("\ufffd", text)
        return Scalar(text, text, place, quoted=True)
    try:
        return Scalar(unquoted(text), text, place)
    except FigureError as error:
        reading.add(place, path, error.message, error.instead)
        return Scalar(None, text, place)
