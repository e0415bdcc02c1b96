"""Laws and examples of reading: any bytes give a tree or placed problems, by the core schema of YAML 1.2."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import examples

from mcp_finance.files.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, Document, inside, parse, parse_value, read
from mcp_finance.files.nodes import Mapping, Node, Scalar, Sequence, find, place_of, plain
from mcp_finance.files.problems import (
    UNSAFE,
    Place,
    Problem,
    ScenarioError,
    as_json,
    excerpt,
    harmless,
    lines_of,
    nearest,
    place_at,
    render,
    suggestion,
    with_source_lines,
)

WORDS = st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda text: not UNSAFE.search(text))
VALUES = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | WORDS
TREES = st.recursive(
    VALUES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=3),
    max_leaves=12,
)
YAMLISH = st.text(st.sampled_from("ab:- \n\t'\"[]{},#&*!|>%@?<.~0129£\u00e9\\x\r\x00\ufeff"), max_size=60)


def tree(text: str) -> object:
    document = parse(text, "s.yaml")
    assert document.root is not None and document.problems == ()
    return plain(document.root)


def complaints(text: str) -> list[tuple[int, int, str]]:
    found = parse(text, "s.yaml").problems
    return [(problem.place.line, problem.place.column, problem.message) for problem in found]


def assert_sound(document: Document) -> None:
    """Either a tree or a problem; every problem lies in the file and can be shown."""
    assert (document.root is not None) or document.problems
    for problem in document.problems:
        assert problem.message and problem.place.line >= 1 and problem.place.column >= 1
        shown = render(problem)
        assert not UNSAFE.search(shown) and "\t" not in shown and len(shown.splitlines()) <= 4
        shown.encode()
        json.dumps(as_json(problem))


@given(st.dictionaries(WORDS, TREES, min_size=1, max_size=3))
def test_what_json_writes_is_read_back(data: dict[str, object]) -> None:
    assert tree(json.dumps(data, ensure_ascii=False)) == data
    escaped = json.dumps(data)
    if "\\ud" not in escaped:  # JSON writes the rarer characters as surrogate pairs, which YAML does not know
        assert tree(escaped) == data


@given(st.dictionaries(WORDS, TREES, min_size=1, max_size=3))
def test_every_node_is_placed_where_its_text_stands(data: dict[str, object]) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    document = parse(text, "s.yaml")
    assert document.root is not None

    def check(node: Node) -> None:
        rest = document.lines[node.place.line - 1][node.place.column - 1 :]
        if isinstance(node, Mapping):
            assert rest.startswith("{")
            for key, place in node.keys.items():
                assert document.lines[place.line - 1][place.column - 1 :].startswith(
                    json.dumps(key, ensure_ascii=False)
                )
                check(node.items[key])
        elif isinstance(node, Sequence):
            assert rest.startswith("[")
            for item in node.items:
                check(item)
        else:
            assert rest.startswith(json.dumps(node.value, ensure_ascii=False))

    check(document.root)


@given(st.binary(max_size=200))
def test_reading_any_bytes_raises_nothing(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    assert_sound(read(path))


@settings(max_examples=examples(400))
@given(YAMLISH | st.text(max_size=60))
def test_parsing_any_text_raises_nothing(text: str) -> None:
    document = parse(text, "s.yaml")
    assert_sound(document)
    place = Place("--set", 3, 1)
    node, problems = parse_value(text, place, "a=" + text)
    assert node is not None or problems
    assert all(problem.place == place for problem in problems)


@given(st.text(max_size=40), st.integers(0, 40))
def test_a_place_is_where_its_character_is(text: str, index: int) -> None:
    if index < len(text) and text[index] not in "\r\n":
        place = place_at(text, index, "f")
        assert lines_of(text)[place.line - 1][place.column - 1] == text[index]


@given(st.text(max_size=400), st.integers(1, 500))
def test_an_excerpt_is_short_and_keeps_the_caret_on_its_character(line: str, column: int) -> None:
    shown, caret = excerpt(line, column)
    assert len(shown) <= 100 and 1 <= caret <= len(shown) + 1
    if column <= len(line) and shown[caret - 1] != "…":
        assert shown[caret - 1] == harmless(line[column - 1])


def test_scalars_follow_the_core_schema_and_keep_their_text() -> None:
    text = "a: NO\nb: 010\nc: 1e3\nd: 2018-04-01\ne:\nf: '7'\ng: 2.10\nh: £25.0m\ni: true\n"
    document = parse(text, "s.yaml")
    assert document.root is not None
    assert plain(document.root) == {
        "a": "NO", "b": 10, "c": 1000.0, "d": "2018-04-01", "e": None, "f": "7", "g": 2.1, "h": "£25.0m",
        "i": True,
    }  # fmt: skip
    assert find(document.root, ["g"]) == Scalar(2.1, "2.10", Place("s.yaml", 7, 4))
    assert find(document.root, ["f"]) == Scalar("7", "7", Place("s.yaml", 6, 4), quoted=True)
    assert place_of(document.root, ["e"]) == Place("s.yaml", 5, 1)


def test_block_text_comments_and_a_byte_order_mark_are_read() -> None:
    assert tree("\ufeff# note\na: >-\n  one\n  two\nb: |\n  x\r\n") == {"a": "one two", "b": "x\n"}


def test_an_integer_key_is_its_text() -> None:
    assert tree("2018: a\n2018/19: b\n010: c\n") == {"2018": "a", "2018/19": "b", "010": "c"}


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a:\n\t- b", 2, 1, "a tab stands"),
        ("a: 'x", 1, 4, "quotation mark opened here is never closed"),
        ("a: [1, 2", 1, 4, "bracket or brace opened here is never closed"),
        ("a: {b: 1\nc: 2\n", 2, 2, "a comma, or the closing bracket"),
        ("a:1\nb: 2", 1, 3, "a space is missing after the colon"),
        ("l:\n  f:1\n  x: 2\n", 2, 5, "a space is missing after the colon"),
        ("a: It's: wrong", 1, 8, "a second colon"),
        ("a: 1\n b: 2", 2, 3, "indented further"),
        ("a: 1\nb\n", 2, 1, "no colon"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "does not line up"),
        ("a: 'x' y\n", 1, 8, "text follows a closing"),
        ("a: @x", 1, 4, "cannot start with this character"),
        ('a: "\\q"', 1, 6, "a backslash"),
        ("a: }", 1, 4, "a value is missing"),
        ("a: !x!y z", 1, 4, "cannot start with '!'"),
        ("%YAML 3.0\n---\na: 1", 1, 1, "a % line"),
        ('a: "\\UFFFFFFFF"', 1, 1, "an escape or a directive"),
    ],
)
def test_a_syntax_error_is_one_problem_in_plain_words(text: str, line: int, column: int, words: str) -> None:
    document = parse(text, "s.yaml")
    (problem,) = document.problems
    assert document.root is None
    assert (problem.place.line, problem.place.column) == (line, column)
    assert words in problem.message and problem.instead
    assert problem.source_line == document.lines[line - 1]


@pytest.mark.parametrize(
    ("text", "line", "column", "words", "kept"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "twice in one mapping, first at line 1, column 1", {"a": 1, "b": 2}),
        ("a: !!python/object:os.system x\n", 1, 4, "a tag", {"a": "x"}),
        ("a: ! x\n", 1, 4, "a tag", {"a": "x"}),
        ("a: &n 1\n", 1, 4, "an anchor", {"a": 1}),
        ("a: *n\n", 1, 4, "an alias", {"a": None}),
        ("<<: {a: 1}\nb: 2\n", 1, 1, "a merge key", {"b": 2}),
        ("null: 1\nb: 2\n", 1, 1, "nothing stands as a key", {"b": 2}),
        ("true: 1\nb: 2\n", 1, 1, "stands as a key", {"b": 2}),
        ("? [x]\n: 1\nb: 2\n", 1, 3, "stands as a key", {"b": 2}),
        ("a: 1\nb: .nan\n", 2, 4, "is not a number", {"a": 1, "b": None}),
        ("a: -.inf\n", 1, 4, "is not a number", {"a": None}),
        ("a: 1e999\n", 1, 4, "too large", {"a": None}),
        (f"a: {'9' * 5000}\n", 1, 4, "more than 40 characters", {"a": None}),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document", {"a": 1}),
        ("%YAML 1.1\n---\na: 1\n", 2, 1, "a % directive", {"a": 1}),
        ("a: x\x07y\n", 1, 5, "U+0007", {"a": "x\ufffdy"}),
        ("a: x\u202ey\n", 1, 5, "U+202E", {"a": "x\ufffdy"}),
        ("a: x\u2028y\n", 1, 5, "U+2028", {"a": "x\ufffdy"}),
        ('a: "x\\0"\n', 1, 4, "an escaped control character", {"a": "x\ufffd"}),
        ('a: "\\ud800"\n', 1, 4, "an escaped control character", {"a": "\ufffd"}),
        (f"{'k' * 201}: 1\nb: 2\n", 1, 1, "a key of more than 200 characters", {"b": 2}),
    ],
)
def test_an_ordinary_problem_does_not_stop_the_reading(
    text: str, line: int, column: int, words: str, kept: dict[str, object]
) -> None:
    document = parse(text, "s.yaml")
    (problem,) = document.problems
    assert (problem.place.line, problem.place.column) == (line, column)
    assert words in problem.message and problem.instead
    assert document.root is not None and plain(document.root) == kept


def test_a_thousands_separator_inside_braces_is_not_silently_cut() -> None:
    assert complaints("a: {value: £1,234}\n") == [(1, 15, "'234' has no value; inside braces a comma ends an entry")]
    assert tree("a: {value: '£1,234', b: , c: ''}\n") == {"a": {"value": "£1,234", "b": None, "c": ""}}


def test_ordinary_problems_are_collected_all_at_once() -> None:
    assert [line for line, _, _ in complaints("a: !t 1\nb: &x 2\nc: *x\nd: .nan\na: 2\n")] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "words"), [("", "nothing here"), ("# x\n", "nothing here"), ("[1]", "a list"), ("x", "a single")]
)
def test_a_file_is_a_mapping(text: str, words: str) -> None:
    document = parse(text, "s.yaml")
    assert document.root is None and words in document.problems[0].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: " + "x" * MAX_BYTES, "larger than 1 MiB"),
        ("a: " + "[" * (MAX_DEPTH + 1), "levels deep"),
        ("a: [" + "1," * MAX_NODES + "]", "more than 50,000"),
        ("a: " + "!" * 100_000, "1,000 characters"),
        ("- " * 100_000, "levels deep"),
    ],
)
def test_bounds_stop_the_reading_with_one_problem(text: str, words: str) -> None:
    document = parse(text, "s.yaml")
    assert document.root is None
    (problem,) = document.problems
    assert words in problem.message


def test_the_deepest_tree_allowed_is_read() -> None:
    assert parse("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1), "s.yaml").problems == ()


def test_a_flood_of_problems_is_cut_and_says_so() -> None:
    document = parse("a: 1\n" * 5000, "s.yaml")
    assert len(document.problems) == 101
    assert "not shown" in document.problems[-1].message


def test_an_alias_bomb_stays_small() -> None:
    layers = "".join(f"k{n}: &k{n} [*k{n - 1}, *k{n - 1}, *k{n - 1}]\n" for n in range(1, 20))
    document = parse("k0: &k0 x\n" + layers, "s.yaml")
    assert document.root is not None
    assert len(str(plain(document.root))) < 2000 and document.problems


def test_files_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    (tmp_path / "utf16.yaml").write_bytes("a: 1\n".encode("utf-16"))
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    for name, words in {
        "none.yaml": "no such file",
        ".": "is a directory",
        "pipe.yaml": "cannot be opened",
        "loop.yaml": "",
        "a\0b": "cannot be opened",
        "utf16.yaml": "UTF-16",
        "large.yaml": "1 MiB",
    }.items():
        document = read(tmp_path / name, shown="shown")
        assert document.root is None
        assert words in document.problems[0].message
        assert document.problems[0].place == Place("shown", 1, 1)


def test_bytes_that_are_not_utf_8_are_placed_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\nb: £2\nc: !t 3\n".encode("latin-1"))
    document = read(path, shown="latin.yaml")
    assert [(problem.place.line, problem.place.column) for problem in document.problems] == [(2, 4), (3, 4)]
    assert document.problems[0].source_line == "b: \ufffd2"
    assert document.root is not None and list(document.root.items) == ["a", "b", "c"]


def test_windows_line_ends_and_a_byte_order_mark_keep_places(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes("\ufeffa: 1\r\nb: !t 2\r\n".encode())
    assert read(path).problems[0].place == Place(str(path), 2, 4)


def test_find_and_place_of() -> None:
    root = parse("a:\n  b: [x, {c: 1}]\n", "s.yaml").root
    assert root is not None
    assert find(root, []) is root
    assert find(root, ["a", "b", 1, "c"]) == Scalar(1, "1", Place("s.yaml", 2, 14))
    absent: list[list[str | int]] = [["z"], ["a", "b", 2], ["a", "b", -1], ["a", 0], ["a", "b", "x"]]
    for missing in absent:
        assert find(root, missing) is None
    assert place_of(root, ["a", "b"]) == Place("s.yaml", 2, 6)
    assert place_of(root, ["a", "b"], key=True) == Place("s.yaml", 2, 3)
    assert place_of(root, ["a", "b", 9, "z"], key=True) == Place("s.yaml", 2, 3)
    assert place_of(root, ["z", "y"]) == root.place == Place("s.yaml", 1, 1)


def test_a_value_outside_a_file_has_one_place() -> None:
    place = Place("--set", 2, 1)
    node, problems = parse_value("{a: [1, x]}", place, "k={a: [1, x]}")
    assert problems == () and node is not None
    assert plain(node) == {"a": [1, "x"]} and place_of(node, ["a", 1]) == place
    node, (problem,) = parse_value("[1", place, "k=[1")
    assert node is None and problem.place == place and problem.source_line == "k=[1"


@pytest.mark.parametrize(
    "name",
    ["", " ", "/etc/passwd", "../x", "a/../../x", "C:x", "C:\\x", "\\\\host\\share", "a\\..\\..\\x", "a\0b",
     "link/x", "a\nb", "file.yaml:stream", "\\x", "x" * 5000 + "/../../../y"],
)  # fmt: skip
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(ValueError):
        inside(folder, name)


def test_names_inside_the_folder_are_resolved(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    assert inside(folder, "a/b.csv") == folder / "a" / "b.csv"
    assert inside(folder, "a/../b.csv") == folder / "b.csv"
    assert inside(folder, "../b.csv", start=folder / "a") == folder / "b.csv"


@given(st.text(max_size=30))
def test_whatever_name_is_accepted_stays_inside(name: str) -> None:
    folder = Path("/nowhere/folder")
    try:
        assert inside(folder, name).is_relative_to(folder)
    except ValueError:
        assert not re.fullmatch("[a-z]+", name)


def test_rendering() -> None:
    problem = Problem(Place("s.yaml", 3, 4), "a.b", "a tag stands here", "only the value", source_line="\ta: !t x")
    assert render(problem) == ("s.yaml:3:4: a.b: a tag stands here\n a: !t x\n   ^\n  write instead: only the value")
    bare = Problem(Place("s.yaml", 1, 1), "", "odd\x1b[31m", "", severity="warning")
    assert render(bare) == "s.yaml:1:1: warning: odd\ufffd[31m"


def test_a_long_source_line_is_cut_around_the_caret() -> None:
    line = "x" * 300 + "HERE" + "y" * 300
    _, source, caret, _ = render(Problem(Place("f", 1, 301), "", "m", "i", source_line=line)).splitlines()
    assert len(source) == 100 and source[caret.index("^") :].startswith("HERE")
    assert source[0] == source[-1] == "…"
    assert as_json(Problem(Place("f", 1, 301), "", "m", "i", source_line=line))["source_line"] == source


def test_an_error_holds_its_problems_in_order() -> None:
    places = [Place("b", 1, 1), Place("a", 10, 1), Place("a", 2, 9), Place("a", 2, 1)]
    error = ScenarioError(Problem(place, "", "m", "") for place in places)
    assert [problem.place for problem in error.problems] == sorted(places)
    assert str(error).splitlines()[0] == "a:2:1: m"


def test_source_lines_are_filled_from_the_right_file() -> None:
    problems = [Problem(Place(file, line, 1), "", "m", "") for file, line in (("a", 2), ("b", 1), ("b", 9), ("c", 1))]
    filled = with_source_lines(problems, {"a": ("x", "y"), "b": ("z",)})
    assert [problem.source_line for problem in filled] == ["y", "z", "", ""]


def test_the_nearest_word() -> None:
    known = ["lines", "streams", "share"]
    assert nearest("line", known) == "lines"
    assert nearest("SHARE", known) == "share"
    assert nearest("zzz", known) is None
    assert nearest("x" * 10_000, known) is None
    assert suggestion("strems", known) == "'streams' (the nearest known name)"
    assert suggestion("zzz", known) == "one of 'lines', 'streams', 'share'"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
        b"PK\x03\x04\x14" + bytes(range(1, 256)) * 8,
        "title: a scenario".encode("utf-16-le"),
    ],
    ids=["picture", "archive", "UTF-16 without a mark"],
)
def test_a_binary_file_is_one_problem(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(data)
    (problem,) = read(tmp_path / "s.yaml").problems
    assert "binary file" in problem.message


def test_another_encoding_of_text_is_not_called_binary(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes("title: café, déjà vu\nnote: £25m\n".encode("latin-1"))
    assert "not UTF-8" in read(tmp_path / "s.yaml").problems[0].message


def test_a_number_is_a_key_by_its_text() -> None:
    """A scale of steps says `0.6: 0, 0.8: 50%`."""
    document = parse("upto: {0.6: 0, 0.80: 50%, 1: 100%}\n", "s.yaml")
    assert not document.problems and document.root is not None
    upto = document.root.items["upto"]
    assert isinstance(upto, Mapping)
    assert list(upto.items) == ["0.6", "0.80", "1"]
