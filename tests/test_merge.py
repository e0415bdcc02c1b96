"""Laws and examples of layering: later layers win by key, figures are replaced whole, places are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_finance.files.document import Document, parse
from mcp_finance.files.nodes import Mapping, Node, Scalar, find, place_of, plain
from mcp_finance.files.problems import Place, Problem, nearest
from mcp_finance.scenario.merge import MAX_CHAIN, apply_settings, choose_cases, load_with_extends, merge

PLACES = st.builds(Place, st.sampled_from(["a.yaml", "b.yaml", "c.yaml"]), st.integers(1, 99), st.integers(1, 9))
LEAVES = st.builds(Scalar, st.integers(0, 9), st.just("n"), PLACES)


def mappings(names: st.SearchStrategy[str], values: st.SearchStrategy[Node]) -> st.SearchStrategy[Mapping]:
    entries = st.dictionaries(names, st.tuples(values, PLACES), max_size=3)
    return st.builds(
        lambda made, place: Mapping(
            {key: node for key, (node, _) in made.items()}, {key: at for key, (_, at) in made.items()}, place
        ),
        entries,
        PLACES,
    )


FIGURES = st.builds(
    lambda value, rest: Mapping(rest.items | {"value": value}, rest.keys | {"value": value.place}, rest.place),
    LEAVES,
    mappings(st.sampled_from(["source", "grade", "note"]), LEAVES),
)


def trees(depth: int) -> st.SearchStrategy[Mapping]:
    """Trees in which a key's first letter fixes its kind: s a scalar, f a figure or a scalar, m a mapping."""
    kinds = {"s": LEAVES, "f": LEAVES | FIGURES} | ({"m": trees(depth - 1)} if depth else {})
    entries = st.sampled_from([kind + number for kind in kinds for number in "12"]).flatmap(
        lambda key: st.tuples(st.just(key), kinds[key[0]], PLACES)
    )
    return st.builds(
        lambda made, place: Mapping({key: node for key, node, _ in made}, {key: at for key, _, at in made}, place),
        st.lists(entries, max_size=4, unique_by=lambda entry: entry[0]),
        PLACES,
    )


TREES = trees(2)


def root(text: str, file: str = "s.yaml") -> Mapping:
    document = parse(text, file)
    assert document.root is not None and document.problems == ()
    return document.root


def messages(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.message for problem in problems]


def leaves(node: Node) -> set[Node | tuple[object, ...]]:
    if isinstance(node, Scalar):
        return {node}
    below = node.items.values() if isinstance(node, Mapping) else node.items
    return {leaf for item in below for leaf in leaves(item)}


@given(TREES, TREES, TREES)
def test_merging_is_associative_where_kinds_agree(a: Mapping, b: Mapping, c: Mapping) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


@given(TREES)
def test_merging_a_tree_with_itself_or_nothing_changes_nothing(tree: Mapping) -> None:
    nothing = Mapping({}, {}, Place("none", 1, 1))
    assert merge(tree, tree) == tree == merge(tree, nothing)
    assert plain(merge(nothing, tree)) == plain(tree)


@given(TREES, TREES)
def test_every_leaf_keeps_the_place_it_was_written_at(base: Mapping, over: Mapping) -> None:
    merged = merge(base, over)
    assert leaves(merged) <= leaves(base) | leaves(over)
    assert leaves(over) <= leaves(merged)
    assert set(merged.items) == set(merged.keys) == set(base.items) | set(over.items)


@given(TREES, TREES)
def test_merging_leaves_its_arguments_alone(base: Mapping, over: Mapping) -> None:
    before = plain(base), plain(over)
    merge(base, over)
    assert (plain(base), plain(over)) == before


@given(TREES, st.sampled_from(["m1", "s1", "f1"]), st.integers(0, 9))
def test_a_setting_changes_what_it_names_and_nothing_else(tree: Mapping, key: str, value: int) -> None:
    changed, problems = apply_settings(tree, [f"{key}={value}"])
    assert problems == ()
    new = changed.items[key]
    assert (plain(new) == value) or (isinstance(new, Mapping) and plain(new.items["value"]) == value)
    assert {name: node for name, node in changed.items.items() if name != key} == {
        name: node for name, node in tree.items.items() if name != key
    }


@given(TREES, st.lists(st.text(max_size=25) | st.text("abm12.=[]{}: '\"#&*!\n", max_size=25), max_size=4))
def test_any_settings_are_applied_or_refused(tree: Mapping, settings: list[str]) -> None:
    changed, problems = apply_settings(tree, settings)
    assert isinstance(changed, Mapping)
    for problem in problems:
        assert problem.place.file == "--set" and problem.place.column == 1
        assert problem.source_line == settings[problem.place.line - 1]
        assert problem.message and problem.instead


SHAPES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["a", "b"]),
    lambda below: (
        st.lists(below, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b", "default", "choices", "set", "title"]), below, max_size=4)
    ),
    max_leaves=20,
)


@given(SHAPES, st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["a", "b"])))
def test_cases_of_any_shape_raise_nothing(shape: object, choices: dict[str, str]) -> None:
    tree = root(f"x: 1\ncases: {shape!r}".replace("None", "null"))
    merged, chosen, problems = choose_cases(tree, choices)
    assert "x" in merged.items or chosen
    for problem in problems:
        assert problem.message and problem.instead and problem.place.line >= 1


def test_a_figure_replaces_a_figure_whole() -> None:
    base = root("a: {value: 5%, source: page 9, grade: exact-published}\nb: {of: x, fraction: {value: 1%}}\n")
    over = root("a: {value: 6%, grade: assumption}\nb: {value: £1m}\n", "over.yaml")
    assert plain(merge(base, over)) == {"a": {"value": "6%", "grade": "assumption"}, "b": {"value": "£1m"}}


def test_a_series_replaces_a_figure_and_a_note_is_added_to_one() -> None:
    base = root("a: {value: 5%, source: page 9}\nb: {by_year: {2019/20: 1%}, source: s}\n")
    over = root("a: {by_year: {2019/20: 2%}}\nb: {note: n}\n")
    assert plain(merge(base, over)) == {
        "a": {"by_year": {"2019/20": "2%"}},
        "b": {"by_year": {"2019/20": "1%"}, "source": "s", "note": "n"},
    }


def test_scalars_and_lists_replace() -> None:
    base = root("a: {b: 1}\nc: [1, 2]\nd: 1\n")
    assert plain(merge(base, root("a: 1\nc: [3]\nd: {e: 2}\n"))) == {"a": 1, "c": [3], "d": {"e": 2}}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def load(folder: Path, files: dict[str, str]) -> Document:
    write(folder, files)
    return load_with_extends(folder / "s.yaml")


def test_a_chain_of_files_is_merged_from_the_bottom(tmp_path: Path) -> None:
    document = load(
        tmp_path,
        {
            "s.yaml": "extends: below/middle.yaml\na: 1\n",
            "below/middle.yaml": "extends: ../bottom.yaml\na: 2\nb: {c: 2}\n",
            "bottom.yaml": "a: 3\nb: {c: 3, d: 3}\ne: 3\n",
        },
    )
    assert document.problems == () and document.root is not None
    assert plain(document.root) == {"a": 1, "b": {"c": 2, "d": 3}, "e": 3}
    assert place_of(document.root, ["a"]) == Place(str(tmp_path / "s.yaml"), 2, 4)
    assert place_of(document.root, ["b", "c"]) == Place(str(tmp_path / "below" / "middle.yaml"), 3, 8)
    assert place_of(document.root, ["e"]) == Place(str(tmp_path / "bottom.yaml"), 3, 4)
    assert document.root.place.file == str(tmp_path / "s.yaml")
    assert set(document.sources) == {str(tmp_path / name) for name in ("s.yaml", "below/middle.yaml", "bottom.yaml")}
    assert document.lines[1] == "a: 1"


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ("none.yaml", "there is no file 'none.yaml'"),
        ("s.yaml", "in a circle: 's.yaml' → 's.yaml'"),
        ("../outside.yaml", "outside the scenario's folder"),
        ("link.yaml", "outside the scenario's folder"),
        ("/etc/hostname", "not relative"),
        ("[a, b]", "not the name of a file"),
        ("7", "not the name of a file"),
        ("", "not the name of a file"),
        ("below", "there is no file"),
    ],
)
def test_an_extends_that_cannot_be_followed_is_a_problem(tmp_path: Path, extends: str, words: str) -> None:
    folder = tmp_path / "folder"
    write(tmp_path, {"outside.yaml": "a: 1\n", "folder/below/x.yaml": "a: 1\n"})
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    document = load(folder, {"s.yaml": f"a: 1\nextends: {extends}\n"})
    assert document.root is None
    (problem,) = document.problems
    assert words in problem.message
    assert problem.place.line == 2 and problem.source_line == document.lines[1]


def test_a_circle_of_two_and_a_long_chain_are_problems(tmp_path: Path) -> None:
    document = load(tmp_path, {"s.yaml": "extends: t.yaml\n", "t.yaml": "extends: s.yaml\n"})
    assert document.root is None and "circle" in document.problems[0].message
    assert document.problems[0].place.file == str(tmp_path / "t.yaml")
    assert document.problems[0].source_line == "extends: s.yaml"
    chain = {f"f{n}.yaml": f"extends: f{n + 1}.yaml\nk{n}: {n}\n" for n in range(20)}
    document = load(tmp_path, chain | {"s.yaml": "extends: f0.yaml\n"})
    assert document.root is None and f"more than {MAX_CHAIN} files" in document.problems[0].message


def test_the_longest_chain_allowed_is_read(tmp_path: Path) -> None:
    chain = {f"f{n}.yaml": f"extends: f{n + 1}.yaml\nk{n}: {n}\n" for n in range(MAX_CHAIN - 2)}
    last = {f"f{MAX_CHAIN - 2}.yaml": "z: 1\n"}
    document = load(tmp_path, chain | last | {"s.yaml": "extends: f0.yaml\n"})
    assert document.problems == () and document.root is not None and len(document.root.items) == MAX_CHAIN - 1


def test_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    document = load(tmp_path, {"s.yaml": "extends: t.yaml\na: !t 1\n", "t.yaml": "b: !t 1\n"})
    assert [Path(problem.place.file).name for problem in document.problems] == ["s.yaml", "t.yaml"]
    assert document.root is not None
    broken = load(tmp_path, {"s.yaml": "extends: t.yaml\na: 1\n", "t.yaml": "b: [1\n"})
    assert broken.root is None and broken.problems[0].place.file == str(tmp_path / "t.yaml")
    assert load_with_extends(tmp_path / "absent.yaml").root is None


CASES = """\
delivery: {value: 60%, source: s}
level: 1
cases:
  shift:
    default: anchored
    choices:
      none: {title: No shift, set: {delivery: 0%}}
      anchored: {title: Anchored, set: {}}
  vintage:
    default: 2018
    choices:
      2018: {title: Bid time, set: {level: 2}}
      hindsight: {title: Hindsight, set: {level: 3, delivery: {value: 40%, source: h}}}
"""


def test_each_group_gives_one_case_in_the_order_of_groups() -> None:
    merged, chosen, problems = choose_cases(root(CASES), {})
    assert problems == () and chosen == {"shift": "anchored", "vintage": "2018"}
    assert plain(merged.items["level"]) == 2 and plain(merged.items["delivery"]) == {
        "value": "60%",
        "source": "s",
    }
    merged, chosen, problems = choose_cases(root(CASES), {"vintage": "hindsight", "shift": "none"})
    assert problems == () and list(chosen.items()) == [("shift", "none"), ("vintage", "hindsight")]
    assert plain(merged.items["delivery"]) == {"value": "40%", "source": "h"}
    assert place_of(merged, ["level"]).line == 13


def test_a_scenario_without_cases_is_left_as_it_is() -> None:
    tree = root("a: 1\n")
    assert choose_cases(tree, {}) == (tree, {}, ())


def test_unknown_groups_and_choices_name_the_nearest() -> None:
    _, chosen, problems = choose_cases(root(CASES), {"shfit": "none", "vintage": "hindsigt"})
    assert messages(problems) == [
        "there is no group of cases 'shfit'",
        "the group 'vintage' has no case 'hindsigt'",
    ]
    assert [problem.instead for problem in problems] == [
        "'shift' (the nearest known name)",
        "'hindsight' (the nearest known name)",
    ]
    assert problems[1].place == Place("--case", 2, 1) and problems[1].source_line == "vintage=hindsigt"
    assert chosen == {"shift": "anchored"}


@pytest.mark.parametrize(
    ("cases", "line", "words"),
    [
        ("cases: [a]", 1, "not a mapping of groups"),
        ("cases:\n  g: 1", 2, "no `choices`"),
        ("cases:\n  g: {default: a, choices: {}}", 2, "no `choices`"),
        ("cases:\n  g: {choices: {a: {set: {}}}}", 2, "no `default`"),
        ("cases:\n  g:\n    default: [a]\n    choices: {a: {set: {}}}", 2, "no `default`"),
        ("cases:\n  g:\n    default: b\n    choices: {a: {set: {}}}", 3, "not one of the group's choices"),
        ("cases:\n  g:\n    default: a\n    choices:\n      a: {title: t}", 5, "no `set`"),
        ("cases:\n  g:\n    default: a\n    choices:\n      a: {set: [1]}", 5, "no `set`"),
        ("cases:\n  g:\n    default: a\n    choices:\n      a:", 5, "no `set`"),
        (
            "cases:\n  g:\n    default: a\n    choices:\n      a: {set: {extends: x}}",
            5,
            "cannot set `extends`",
        ),
        ("cases:\n  g:\n    default: a\n    choices:\n      a: {set: {cases: {}}}", 5, "cannot set `cases`"),
    ],
)
def test_malformed_cases_are_placed_problems(cases: str, line: int, words: str) -> None:
    tree = root(cases)
    merged, chosen, (problem,) = choose_cases(tree, {})
    assert words in problem.message and problem.place.line == line and problem.place.file == "s.yaml"
    assert merged == tree and chosen == {}


def test_a_malformed_group_that_is_chosen_is_not_called_unknown() -> None:
    _, _, problems = choose_cases(root("cases: {g: 1}"), {"g": "a"})
    assert messages(problems) == ["the group has no `choices`, a mapping of named cases"]


SET = """\
share: {rate: {value: 50%, source: page 9, owner: o, note: n, grade: derived, unit: u}, cap: 5%}
growth: {by_year: {2019/20: 2%, 2020/21: {value: 3%, source: t}}, otherwise: 1%, source: s}
line-a: {baseline: {of: total, fraction: {value: 5%, source: f}}}
list: [1]
"""
OWN = {"source": "--set", "grade": "assumption"}


@pytest.mark.parametrize(
    ("setting", "path", "result"),
    [
        ("share.rate=40%", ["share", "rate"], {"value": "40%", "unit": "u", **OWN}),
        ("share.rate.value=40%", ["share", "rate"], {"value": "40%", "unit": "u", **OWN}),
        ("share.rate={value: 40%, source: me}", ["share", "rate"], {"value": "40%", "source": "me"}),
        ("share.cap=4%", ["share", "cap"], "4%"),
        ("growth=2%", ["growth"], {"value": "2%", **OWN}),
        ("growth.by_year.2019/20=9%", ["growth", "by_year", "2019/20"], {"value": "9%", **OWN}),
        ("growth.by_year.2020/21=9%", ["growth", "by_year", "2020/21"], {"value": "9%", **OWN}),
        ("growth.by_year.2021/22=9%", ["growth", "by_year", "2021/22"], {"value": "9%", **OWN}),
        ("growth.otherwise=9%", ["growth", "otherwise"], {"value": "9%", **OWN}),
        ("line-a.baseline=£3m", ["line-a", "baseline"], {"value": "£3m", **OWN}),
        ("line-a.baseline.fraction=6%", ["line-a", "baseline", "fraction"], {"value": "6%", **OWN}),
        ("line-a.title='a=b: c'", ["line-a", "title"], "a=b: c"),
        ("list=[2, 3]", ["list"], [2, 3]),
        ("share={cap: 1%, new: {value: 2%}}", ["share", "new"], {"value": "2%"}),
        ("new=null", ["new"], None),
    ],
)
def test_settings(setting: str, path: list[str], result: object) -> None:
    tree = root(SET)
    changed, problems = apply_settings(tree, ["line-a.first=1", setting])
    assert problems == ()
    node = find(changed, path)
    assert node is not None and plain(node) == result
    new = find(node, ["value"]) or node
    assert new.place == Place("--set", 2, 1)
    assert plain(tree) == plain(root(SET))


@pytest.mark.parametrize(
    ("setting", "words", "advice"),
    [
        ("share.rte.value=4%", "there is no 'rte' in 'share'", "'rate'"),
        ("shar.rate=4%", "there is no 'shar' at the top", "'share'"),
        ("share.cap.value=4%", "'share.cap' holds a single value", "`share.cap=value`"),
        ("list.0=4", "'list' holds a single value or a list", "`list=value`"),
        ("share.rate", "not a path, an equals sign and a value", "`materiality=2%`"),
        ("=4", "not a path, an equals sign and a value", "`materiality=2%`"),
        ("share..rate=4", "not a path", "`materiality=2%`"),
        ("list[0]=4", "not a path", "`materiality=2%`"),
        ("share.rate=", "no value", "`null`"),
        ("share.rate=1 # most", "only a part", "quotation marks"),
        ("share.rate=# most", "nothing here", "a value"),
        ("share.note=a: b", "without brackets or braces", "quotation marks"),
        ("share.note=- b", "without brackets or braces", "quotation marks"),
        ("share.rate=[1", "never closed", "closing bracket"),
        ("share.rate=!t 1", "a tag", "only the value"),
        ("share.rate=.nan", "not a number", "a number"),
        ("share.rate=1\n2", "a line break", "one line"),
        ("share.rate=\u202e1", "invisible character", "one line"),
        ("share.rate=" + "1" * 5000, "longer than 4,000 characters", "file"),
        ("extends=x.yaml", "cannot be set", "the file itself"),
        ("cases.g.default=x", "cannot be set", "the file itself"),
    ],
)
def test_settings_that_are_refused(setting: str, words: str, advice: str) -> None:
    tree = root(SET)
    changed, (problem,) = apply_settings(tree, [setting])
    assert changed == tree
    assert words in problem.message and advice in problem.instead
    assert problem.place == Place("--set", 1, 1) and problem.source_line == setting


def test_later_settings_win_and_good_ones_are_kept() -> None:
    changed, problems = apply_settings(root(SET), ["share.cap=1%", "nope.x=1", "share.cap=2%"])
    cap = find(changed, ["share", "cap"])
    assert cap is not None and plain(cap) == "2%"
    assert len(problems) == 1 and problems[0].place.line == 2


def test_nearest_is_not_asked_for_the_impossible() -> None:
    assert nearest("", ["a"]) is None
