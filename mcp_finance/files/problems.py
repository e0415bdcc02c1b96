"""What is wrong with a scenario, where it is wrong, and what to write instead.

The one rule: every complaint carries a place and a remedy, and nothing that came from a file can do harm
when it is shown.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

# Characters that cannot be seen or that reorder what is seen: C0 and C1 controls, surrogates,
# noncharacters, invisible format characters (zero-width, bidirectional overrides, byte-order marks)
# and the Unicode line separators, which editors count as line breaks and YAML 1.2 does not.
UNSAFE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|[\U000e0000-\U000e007f]"
)
WINDOW = 100
MAX_PROBLEMS = 100
_LINE_BREAK = re.compile("\r\n|\r|\n")
_NO_SPACE = re.compile(r"\s*(?:- +)?[^\s:#'\"\[\]{},]+:(?=[^\s:/])")
_LONGEST_WORD = 100
_LISTED = 8


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint: `path` is the dotted path in the scenario, `instead` what to write in its place."""

    place: Place
    path: str
    message: str
    instead: str
    severity: Literal["error", "warning"] = "error"
    source_line: str = ""


class ScenarioError(Exception):
    """A scenario that cannot be used; `problems` holds every complaint, by file, line and column."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = in_order(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(render(problem) for problem in self.problems)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by file, line and column; those at one place stay in the order they were found."""
    return tuple(sorted(problems, key=lambda problem: problem.place))


def limited(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The first `MAX_PROBLEMS` in order, and where there are more, one that says so."""
    ordered = in_order(problems)
    if len(ordered) <= MAX_PROBLEMS:
        return ordered
    message = f"there are more than {MAX_PROBLEMS} problems; those from here on are not shown"
    return (*ordered[:MAX_PROBLEMS], replace(ordered[MAX_PROBLEMS], path="", message=message, instead=""))


def unsafe_problems(text: str, file: str) -> list[Problem]:
    """One problem for each kind of unsafe character in a text, at the first place where it stands."""
    kinds: dict[str, int] = {}
    for found in UNSAFE.finditer(text):
        if len(kinds) < _LISTED:
            kinds.setdefault(found[0], found.start())
    return [
        Problem(
            place_at(text, index, file),
            "",
            f"the invisible or control character U+{ord(character):04X} stands here",
            "the text without it, here and wherever else it stands",
        )
        for character, index in kinds.items()
    ]


def with_source_lines(problems: Iterable[Problem], sources: Mapping[str, Sequence[str]]) -> tuple[Problem, ...]:
    """The problems in order, each with its source line where it has none and its file is in `sources`."""

    def filled(problem: Problem) -> Problem:
        lines = sources.get(problem.place.file, ())
        if problem.source_line or not 0 < problem.place.line <= len(lines):
            return problem
        return replace(problem, source_line=lines[problem.place.line - 1])

    return in_order(filled(problem) for problem in problems)


def render(problem: Problem) -> str:
    """The problem as lines of text: place and message, source line, caret, and what to write instead."""
    place = problem.place
    head = [f"{place.file}:{place.line}:{place.column}"]
    if problem.severity == "warning":
        head.append("warning")
    if problem.path:
        head.append(problem.path)
    head.append(problem.message)
    lines = [harmless(": ".join(head))]
    if problem.source_line.strip():
        source, caret = excerpt(problem.source_line, place.column)
        lines += [source, " " * (caret - 1) + "^"]
    if problem.instead:
        lines.append(f"  write instead: {harmless(problem.instead)}")
    return "\n".join(lines)


def as_json(problem: Problem) -> dict[str, object]:
    """The problem as plain JSON values; a long source line is cut to the window around its column."""
    return {
        "file": harmless(problem.place.file),
        "line": problem.place.line,
        "column": problem.place.column,
        "path": harmless(problem.path),
        "message": harmless(problem.message),
        "instead": harmless(problem.instead),
        "severity": problem.severity,
        "source_line": excerpt(problem.source_line, problem.place.column)[0],
    }


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text as YAML counts them: broken at LF, CR LF or CR, and nowhere else."""
    return tuple(_LINE_BREAK.split(text))


def place_at(text: str, index: int, file: str) -> Place:
    """The place of a character, counted from 0, in the text of a file."""
    before = lines_of(text[:index])
    return Place(file, len(before), len(before[-1]) + 1)


def harmless(text: str) -> str:
    """One printable line of equal length: spaces for tabs and line breaks, U+FFFD for unsafe characters."""
    return UNSAFE.sub("\ufffd", text.translate({9: " ", 10: " ", 13: " "}))


def excerpt(line: str, column: int, width: int = WINDOW) -> tuple[str, int]:
    """At most `width` characters of a source line around a column, and the column within them (from 1)."""
    at = min(max(column, 1), len(line) + 1) - 1
    if len(line) <= width:
        return harmless(line), at + 1
    start = max(0, min(at - width // 2, len(line) - width))
    shown = line[start : start + width]
    if start > 0:
        shown = "…" + shown[1:]
    if start + width < len(line):
        shown = shown[:-1] + "…"
    return harmless(shown), at - start + 1


def quoted(text: str, longest: int = 40) -> str:
    """Text from a file as it may stand inside a message: one line, cut short, in quotation marks."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return f"'{harmless(short)}'"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word closest in spelling, whatever its case, or None when none is close."""
    if len(word) > _LONGEST_WORD:
        return None
    by_folded = {name.casefold(): name for name in known if len(name) <= _LONGEST_WORD}
    close = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Advice for an unknown word: the nearest known one, else the first few that are known."""
    names = list(known)
    close = nearest(word, names)
    if close is not None:
        return f"{quoted(close)} (the nearest known name)"
    if not names:
        return "nothing here; no name is known at this place"
    listed = ", ".join(quoted(name) for name in names[:_LISTED])
    return f"one of {listed}" + (" …" if len(names) > _LISTED else "")


_Spot = tuple[int, int]

# What the YAML parser says (a pattern), whether the trouble is where it began or where it was noticed,
# and the same in plain words.
_SYNTAX = (
    (r"character '\\t'", False, "a tab stands where only spaces may", "spaces for indentation"),
    (
        "that cannot start any token",
        False,
        "a value cannot start with this character",
        "the whole value in quotation marks",
    ),
    (
        "unexpected end of stream|unexpected document separator",
        True,
        "the quotation mark opened here is never closed",
        "the closing mark too; inside single quotation marks an apostrophe is written twice ('')",
    ),
    (
        "escape|hexdecimal",
        False,
        "a backslash in double quotation marks starts an escape that does not exist",
        "single quotation marks, inside which a backslash is itself",
    ),
    (
        "<stream end>",
        True,
        "the bracket or brace opened here is never closed",
        "the closing bracket or brace too",
    ),
    (
        "expected ',' or",
        False,
        "a comma, or the closing bracket or brace, is missing before this",
        "commas between entries, and text that holds a comma, colon or bracket in quotation marks",
    ),
    ("expected the node content", False, "a value is missing before this", "a value, or `null` for none"),
    ("tag|URI", False, "a value cannot start with '!' here", "the whole value in quotation marks"),
    (
        "alphabetic or numeric",
        False,
        "a value cannot start with '&' or '*'",
        "the whole value in quotation marks",
    ),
    ("comment or a line break|indicat", False, "only a line break may stand here", "text on the lines below"),
    (
        "directive|document start|version",
        False,
        "a % line stands above the scenario",
        "no line starting with '%'",
    ),
)


def explain_syntax(said: str, opened: _Spot | None, noticed: _Spot, text: str) -> tuple[_Spot, str, str]:
    """A YAML parser's complaint in plain words: the spot it concerns, the message, and what to write instead.

    Spots are (line, column) from 0: `opened` is where the construct began, `noticed` where parsing stopped.
    """
    lines = lines_of(text)
    if "mapping values" in said or "expected ':'" in said:
        return _explain_colon(said, opened, noticed, lines)
    if "expected <block end>" in said:
        if lines[noticed[0]][: noticed[1]].strip():
            message = "text follows a closing quotation mark, bracket or brace"
            return noticed, message, "the whole value inside one pair of quotation marks"
        return noticed, "this does not line up with the lines above", "the same indentation as its neighbours"
    for pattern, at_opening, message, instead in _SYNTAX:
        if re.search(pattern, said):
            return (opened or noticed) if at_opening else noticed, message, instead
    return noticed, f"this is not YAML ({said})", "keys and values, such as `title: ...`"


def _explain_colon(said: str, opened: _Spot | None, noticed: _Spot, lines: Sequence[str]) -> tuple[_Spot, str, str]:
    """Colons without a space, second colons, missing colons and lines indented under a finished value."""
    row = min(noticed[0], len(lines) - 1)
    above = next((number for number in range(row - 1, -1, -1) if lines[number].strip()), row)
    for number in (above, row):
        if found := _NO_SPACE.match(lines[number]):
            return (number, found.end()), "a space is missing after the colon", "`key: value`"
    if "expected ':'" in said:
        return opened or noticed, "this line has no colon after its key", "`key: value`"
    if ": " in lines[row][: noticed[1]]:
        message = "a second colon followed by a space stands on this line"
        return noticed, message, "the value after the first colon in quotation marks"
    message = "this is indented further than the line above, which already has a value"
    return noticed, message, "the same indentation as the line above"
