"""One scenario out of several layers: a base file, the file that extends it, the chosen cases, the settings.

The one rule: mappings merge by key and the later layer wins, but a figure is never mixed. A figure that
meets a figure is replaced whole, so that one layer's value cannot keep another layer's source.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field, replace
from pathlib import Path

from mcp_finance.files.document import Document, inside, parse_value, read
from mcp_finance.files.nodes import Mapping, Node, Scalar, find
from mcp_finance.files.problems import (
    UNSAFE,
    Place,
    Problem,
    in_order,
    quoted,
    suggestion,
    with_source_lines,
)

MAX_CHAIN = 8
LONGEST_SETTING = 4_000
SETTING = "--set"
CASE = "--case"

_FIGURE_KEYS = frozenset({"value", "by_year", "of"})
_REPLACED = frozenset({"value", "by_year", "otherwise", "of", "fraction", "source", "grade", "owner", "date", "note"})
_WHOLE_FILE_KEYS = ("schema", "extends", "cases")


def is_figure(node: Node | None) -> bool:
    """Whether a node is a figure with provenance: a mapping with `value`, `by_year` or `of`."""
    return isinstance(node, Mapping) and not _FIGURE_KEYS.isdisjoint(node.items)


def merge(base: Mapping, over: Mapping) -> Mapping:
    """Both mappings by key, `over` winning; every node keeps the place where it was written.

    A figure replaces a figure whole; any node that is not a mapping replaces, and is replaced, whole. A
    mapping found on both sides keeps its place in `base`; a key has the place of its last writer.
    """
    if is_figure(base) and is_figure(over):
        return over
    items, keys = dict(base.items), base.keys | over.keys
    for key, node in over.items.items():
        items[key] = _merged(items.get(key), node)
    return Mapping(items, keys, base.place)


def _merged(base: Node | None, over: Node) -> Node:
    return merge(base, over) if isinstance(base, Mapping) and isinstance(over, Mapping) else over


def load_with_extends(path: Path) -> Document:
    """The document in a file, merged over the file it extends, and so on; `extends` itself is left out.

    Every extended file must lie in the first file's folder or below. Cycles, chains of more than 8 files and
    files that cannot be read are problems, and the document then has no root. Raises nothing.
    """
    first = document = read(path)
    if first.root is None or "extends" not in first.root.items:
        return first
    roots, files = [first.root], [(path, path.resolve())]
    problems, sources = list(first.problems), dict(first.sources)
    while document.root is not None and "extends" in document.root.items:
        following = _extended(document.root.items["extends"], files)
        if isinstance(following, Problem):
            problems = [*with_source_lines([following], sources), *problems]
            return Document(None, in_order(problems), first.lines, sources)
        shown = path.parent / following.relative_to(path.parent.resolve())
        document = read(shown)
        files.append((shown, following))
        roots += [document.root] if document.root is not None else []
        problems += document.problems
        sources |= document.sources
    root = _stacked(roots) if document.root is not None else None
    return Document(root, in_order(problems), first.lines, sources)


def choose_cases(root: Mapping, choices: Map[str, str]) -> tuple[Mapping, dict[str, str], tuple[Problem, ...]]:
    """The scenario with one choice of each group of `cases` merged over it, in the order of the groups.

    Returns the scenario (its `cases` still in it), the choice made in each group (`choices`, else the group's
    default), and the problems. Groups or choices with problems are left out of the first two.
    """
    problems: list[Problem] = []
    groups = _groups(root, problems)
    for number, (name, choice) in enumerate(choices.items(), start=1):
        group = groups.get(name)
        at = Place(CASE, number, 1)
        if group is None and find(root, ["cases", name]) is not None:
            continue
        if group is None:
            message = f"there is no group of cases {quoted(name)}"
            problems.append(_case_problem(at, name, choice, message, suggestion(name, groups)))
        elif choice not in group.names:
            message = f"the group {quoted(name)} has no case {quoted(choice)}"
            problems.append(_case_problem(at, name, choice, message, suggestion(choice, group.names)))
    chosen: dict[str, str] = {}
    merged = root
    for name, group in groups.items():
        choice = choices.get(name, group.default)
        if choice in group.sets:
            chosen[name] = choice
            merged = merge(merged, group.sets[choice])
    return replace(merged, place=root.place), chosen, in_order(problems)


def apply_settings(root: Mapping, settings: Seq[str]) -> tuple[Mapping, tuple[Problem, ...]]:
    """The scenario with settings `path=value` from a command line applied in order, and their problems.

    A path is keys joined by dots; a value is a YAML scalar, list or mapping. A scalar set on a figure becomes
    the figure's value, with `--set` as its source and `assumption` as its grade. Settings with problems
    are left out.
    """
    problems: list[Problem] = []
    for number, text in enumerate(settings, start=1):
        setting = _Setting(text, Place(SETTING, number, 1), problems)
        new = _parsed(setting)
        if new is not None and _reachable(root, setting):
            root = _applied(root, setting, new)
    return root, in_order(problems)


def _stacked(roots: Seq[Mapping]) -> Mapping:
    """The roots of a chain merged, the last being the lowest, and placed where the first file starts."""
    merged = roots[-1]
    for root in reversed(roots[:-1]):
        merged = merge(merged, _without(root, "extends"))
    return replace(merged, place=roots[0].place)


def _without(mapping: Mapping, key: str) -> Mapping:
    items = {name: node for name, node in mapping.items.items() if name != key}
    keys = {name: place for name, place in mapping.keys.items() if name != key}
    return Mapping(items, keys, mapping.place)


def _with(mapping: Mapping, key: str, node: Node, at: Place) -> Mapping:
    """The mapping with one entry replaced, its key where it was, or added, its key placed `at`."""
    key_place = mapping.keys.get(key, at)
    return Mapping(mapping.items | {key: node}, mapping.keys | {key: key_place}, mapping.place)


def _extended(node: Node, files: Seq[tuple[Path, Path]]) -> Path | Problem:
    """The resolved path that an `extends` names, seen from the last file, or why there is none."""

    def problem(message: str, instead: str) -> Problem:
        return Problem(node.place, "extends", message, instead)

    advice = "the name of a file in this folder or below, such as base.yaml"
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return problem("this is not the name of a file", advice)
    try:
        target = inside(files[0][0].parent, node.value, start=files[-1][0].parent)
    except ValueError as error:
        return problem(str(error), advice)
    if not target.is_file():
        return problem(f"there is no file {quoted(node.value)}", advice)
    if any(target == seen for _, seen in files):
        circle = " → ".join(quoted(name) for name in (*(shown.name for shown, _ in files), target.name))
        return problem(f"the files extend each other in a circle: {circle}", "the name of another file")
    if len(files) >= MAX_CHAIN:
        return problem(f"more than {MAX_CHAIN} files extend one another", "fewer files in the chain")
    return target


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of cases: the name of its default, all names, and what each well-formed choice sets."""

    default: str
    names: tuple[str, ...]
    sets: dict[str, Mapping] = field(default_factory=dict)


def _case_problem(at: Place, name: str, choice: str, message: str, instead: str) -> Problem:
    return Problem(at, f"cases.{name}", message, instead, source_line=f"{name}={choice}")


def _groups(root: Mapping, problems: list[Problem]) -> dict[str, _Group]:
    cases = root.items.get("cases")
    if cases is None:
        return {}
    if not isinstance(cases, Mapping):
        advice = "a mapping of groups, each with `default` and `choices`"
        problems.append(Problem(cases.place, "cases", "`cases` is not a mapping of groups", advice))
        return {}
    read_groups = {name: _group(name, cases, problems) for name in cases.items}
    return {name: group for name, group in read_groups.items() if group is not None}


def _group(name: str, cases: Mapping, problems: list[Problem]) -> _Group | None:
    node, path = cases.items[name], f"cases.{name}"
    choices = node.items.get("choices") if isinstance(node, Mapping) else None
    if not isinstance(choices, Mapping) or not choices.items:
        message = "the group has no `choices`, a mapping of named cases"
        advice = "`choices: {name: {title: ..., set: {...}}}`"
        problems.append(Problem(cases.keys[name], path, message, advice))
        return None
    sets = {choice: _set(choice, choices, f"{path}.choices", problems) for choice in choices.items}
    names = tuple(choices.items)
    default = find(node, ["default"])
    text = default.text if isinstance(default, Scalar) else ""
    if not isinstance(default, Scalar) or not text:
        advice = f"`default:` and {suggestion('', names)}"
        problems.append(Problem(cases.keys[name], path, "the group has no `default`, the name of a choice", advice))
    elif text not in names:
        message = f"the default {quoted(text)} is not one of the group's choices"
        problems.append(Problem(default.place, f"{path}.default", message, suggestion(text, names)))
    return _Group(text, names, {choice: made for choice, made in sets.items() if made is not None})


def _set(choice: str, choices: Mapping, above: str, problems: list[Problem]) -> Mapping | None:
    """What a choice sets, or None after a problem: a choice that changes nothing says `set: {}`."""
    node, at, path = choices.items[choice], choices.keys[choice], f"{above}.{choice}"
    made = find(node, ["set"])
    if not isinstance(made, Mapping):
        message = "the case has no `set`, a mapping of what it changes"
        problems.append(Problem(at, path, message, "`set: {...}`, or `set: {}` for a case that changes nothing"))
        return None
    refused = [key for key in _WHOLE_FILE_KEYS if key in made.items]
    for key in refused:
        message = f"a case cannot set `{key}`"
        problems.append(Problem(made.keys[key], f"{path}.set.{key}", message, "only what belongs to one case"))
    return None if refused else made


@dataclass(frozen=True, slots=True)
class _Setting:
    """One setting as it was written, where its problems are placed, and where they go."""

    text: str
    at: Place
    problems: list[Problem]

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text.partition("=")[0].split("."))

    def refuse(self, message: str, instead: str, keys: Seq[str] = ()) -> None:
        self.problems.append(Problem(self.at, ".".join(keys), message, instead, source_line=self.text))


def _parsed(setting: _Setting) -> Node | None:
    """The value of a setting, or None after a problem with how the setting is written."""
    name, equals, value = setting.text.partition("=")
    if len(setting.text) > LONGEST_SETTING:
        setting.refuse(f"the setting is longer than {LONGEST_SETTING:,} characters", "it in a file that extends this")
    elif UNSAFE.search(setting.text) or len(setting.text.splitlines()) > 1:
        setting.refuse("the setting holds a line break or an invisible character", "`path=value` on one line")
    elif not equals or not all(setting.path) or any(character in name for character in "[]{}'\""):
        setting.refuse("the setting is not a path, an equals sign and a value", "`materiality=2%`, for example")
    elif not value.strip():
        setting.refuse("the setting has no value", f"`{name.strip()}=value`, or `null` as the value for none")
    elif setting.path[0] in _WHOLE_FILE_KEYS:
        setting.refuse(f"`{setting.path[0]}` cannot be set", "it in the file itself", setting.path)
    else:
        return _value(setting, value.strip())
    return None


def _value(setting: _Setting, text: str) -> Node | None:
    node, problems = parse_value(text, setting.at, setting.text)
    for problem in problems:
        path = ".".join((*setting.path, problem.path)).removesuffix(".")
        setting.problems.append(replace(problem, path=path))
    if problems or node is None:
        return None
    advice = "the value in quotation marks, or `[...]` or `{...}` around it"
    if isinstance(node, Scalar):
        if not node.quoted and node.text != text:
            setting.refuse("only a part of the value would be read, up to a #", advice, setting.path)
            return None
    elif text[0] not in "[{":
        setting.refuse("a list or a mapping is written without brackets or braces", advice, setting.path)
        return None
    return node


def _reachable(root: Mapping, setting: _Setting) -> bool:
    """Whether the parent of the setting's target exists and is a mapping; else a problem is added."""
    node: Node = root
    for depth, key in enumerate(setting.path):
        above = ".".join(setting.path[:depth])
        if not isinstance(node, Mapping):
            message = f"{quoted(above)} holds a single value or a list, so nothing can be set below it"
            setting.refuse(message, f"`{above}=value`", setting.path)
            return False
        if key not in node.items:
            if depth == len(setting.path) - 1:
                return True
            where = f"in {quoted(above)}" if above else "at the top of the scenario"
            setting.refuse(f"there is no {quoted(key)} {where}", suggestion(key, node.items), setting.path)
            return False
        node = node.items[key]
    return True


def _applied(root: Mapping, setting: _Setting, new: Node) -> Mapping:
    keys = setting.path
    parent = find(root, keys[:-1])
    if len(keys) > 1 and keys[-1] == "value" and is_figure(parent) and isinstance(new, Scalar):
        # Setting a figure's value by its own key must not leave the old source standing beside it.
        keys = keys[:-1]
    return _placed(root, keys, new, setting.at)


def _placed(node: Mapping, keys: Seq[str], new: Node, at: Place) -> Mapping:
    """The mapping with `new` at a path below it, all but the last key of which exists."""
    key, deeper = keys[0], keys[1:]
    below = node.items.get(key)
    if deeper and isinstance(below, Mapping):
        bare = isinstance(new, Scalar) and not is_figure(below.items.get(deeper[0]))
        if key == "by_year" and len(deeper) == 1 and bare:
            new = _figure(None, new, at)
        return _with(node, key, _placed(below, deeper, new, at), at)
    if isinstance(new, Scalar) and (is_figure(below) or (key == "otherwise" and "by_year" in node.items)):
        return _with(node, key, _figure(below, new, at), at)
    return _with(node, key, _merged(below, new), at)


def _figure(old: Node | None, value: Node, at: Place) -> Mapping:
    """A figure with the new value, its own provenance, and what else the old one says (such as its unit)."""
    kept = old if isinstance(old, Mapping) else Mapping({}, {}, at)
    others = {key: node for key, node in kept.items.items() if key not in _REPLACED}
    items: dict[str, Node] = {"value": value, **others}
    items |= {"source": Scalar(SETTING, SETTING, at), "grade": Scalar("assumption", "assumption", at)}
    return Mapping(items, {key: kept.keys[key] if key in others else at for key in items}, at)
