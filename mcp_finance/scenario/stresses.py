"""Packs of stresses: read, checked, and made to fit one scenario.

The one rule: a pack names no scenario. Its words stand for what a scenario has: `year(3)` is the third year of the
contract, `years(3-)` all from it on, `first_day(3)` and `last_day(3)` its days, `copy(names.hospital, Hospital)` what
the scenario says there or else that, and a star every entry for which `where` holds. Walking one through: `{on:
lines.*.growth, is: 3.0%, where: {activity.unit: admissions}}` becomes a shock of `lines.falls.growth` and
`lines.other_emergency.growth`; in a scenario without such lines the stress does not apply, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from mcp_finance.files.document import Document, read
from mcp_finance.files.figures import financial_year, parse_financial_year
from mcp_finance.files.nodes import Mapping, Node, Scalar, find, place_of, plain
from mcp_finance.files.nodes import Sequence as Listed
from mcp_finance.files.problems import Place, Problem, ScenarioError, quoted, suggestion, with_source_lines
from mcp_finance.files.shape import fitted
from mcp_finance.scenario.addresses import ANY, Addresses
from mcp_finance.scenario.filling.shocks import Reader, written_years
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.merge import is_figure
from mcp_finance.scenario.sections.place import LONGEST_TERM
from mcp_finance.scenario.sections.stress import Pack, PackShock, Where
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.subjects import is_given
from mcp_finance.scenario.timeline import contract_years

_WORD = re.compile(r"(year|years|first_day|last_day|copy)\(([^()]*)\)")
_SPAN = re.compile(r"([1-9][0-9]?)-([1-9][0-9]?)?")
_BY_YEAR, _BELOW = "by_year", "below by_year"
MOST_NODES = 10_000
"""Keys and values of a pack: spans of years make many of one."""
MINIMUM = "pack"
"""The pack that comes with the package."""


class NotApplicable(Exception):
    """A stress does not fit a scenario; the message says why, in words that follow "not applicable: "."""


@dataclass(frozen=True)
class Read:
    """A pack and the document that it was read from."""

    pack: Pack
    document: Document
    file: str

    @property
    def root(self) -> Mapping:
        assert self.document.root is not None
        return self.document.root


def shipped_pack() -> Path:
    """The pack of the minimum stress set."""
    here = Path(__file__).resolve()
    folders = (here.parents[1] / "_data" / "scenarios" / "stress", here.parents[2] / "scenarios" / "stress")
    return next((f / f"{MINIMUM}.yaml" for f in folders if f.is_dir()), folders[-1] / f"{MINIMUM}.yaml")


def read_pack(path: Path | None = None) -> Read:
    """The pack in a file; the one that comes with the package if none is named.

    Its shape is checked as if for the longest contract there may be, from 2000/01; what of it fits a scenario is seen
    when it is tried.

    Raises:
        ScenarioError: with every problem.
    """
    file = path or shipped_pack()
    document = read(file, shown=None if path else f"stress/{MINIMUM}.yaml")
    problems = list(document.problems)
    if document.root is None:
        raise ScenarioError(problems)
    if _size(document.root) > MOST_NODES:
        message = f"the pack has more than {MOST_NODES:,} keys and values"
        raise ScenarioError([Problem(document.root.place, "", message, "several packs")])
    years = tuple(financial_year(2000 + t) for t in range(LONGEST_TERM))
    try:
        root = _substituted(document.root, years, None)
    except ScenarioError as error:
        raise ScenarioError(with_source_lines((*problems, *error.problems), document.sources)) from None
    assert isinstance(root, Mapping)
    pack = fitted(root, Pack, Pack, (), plain(root), problems)
    if pack is not None:
        problems += _combined(root, pack)
    if problems:
        raise ScenarioError(with_source_lines(problems, document.sources))
    return Read(pack, document, str(path or f"stress/{MINIMUM}.yaml"))


def _size(node: Node) -> int:
    """How many keys and values there are."""
    if isinstance(node, Scalar):
        return 1
    return 1 + sum(map(_size, node.items.values() if isinstance(node, Mapping) else node.items))


def _combined(root: Mapping, pack: Pack) -> Iterator[Problem]:
    """Stresses that are combined are there, and are no combinations themselves."""
    for name, stress in pack.stresses.items():
        for k, part in enumerate(stress.combines):
            place = place_of(root, ("stresses", name, "combines", k))
            other = pack.stresses.get(part)
            if other is None:
                message = f"there is no stress {quoted(part)}"
                yield Problem(place, f"stresses.{name}.combines", message, suggestion(part, pack.stresses))
            elif other.combines or other.computed:
                message = f"{part} has no shocks of its own"
                yield Problem(place, f"stresses.{name}.combines", message, "stresses that change something")


# One stress and one scenario --------------------------------------------------------------------------------------


def fitted_to(found: Read, name: str, loaded: Loaded) -> tuple[Mapping | None, Mapping]:
    """What a stress sets of a scenario (None if nothing), and the pack's document in the scenario's years.

    Raises:
        NotApplicable: the scenario lacks what the stress needs.
    """
    stress = found.pack.stresses[name]
    for path in stress.needs:
        if not is_given(loaded.root, tuple(path.split("."))):
            raise NotApplicable(f"the scenario has no {path}")
    for path in stress.lacks:
        if is_given(loaded.root, tuple(path.split("."))):
            raise NotApplicable(f"the scenario says {path} itself, and another stress of this kind is for that")
    years = contract_years(loaded.scenario.contract)
    own = _substituted(found.root.items["stresses"], years, loaded.root, only=name)
    root = Mapping(found.root.items | {"stresses": own}, found.root.keys, found.root.place)
    over = find(root, ("stresses", name, "set"))
    if not isinstance(over, Mapping) or not over.items:
        return None, root
    return _starred(over, loaded.root, stress.where, ()), root


def changes_of(found: Read, name: str, root: Mapping, loaded: Loaded, addresses: Addresses) -> tuple[Change, ...]:
    """The shocks of a stress as changes of a scenario's inputs, those left out that it has nothing for.

    `root` is the pack's document in the scenario's years.

    Raises:
        NotApplicable: the scenario has nothing for any of them.
        ScenarioError: a shock cannot be read.
    """
    problems: list[Problem] = []
    path = ("stresses", name, "shocks")
    raw = find(root, path)
    written = fitted(root, Pack, dict[str, PackShock], path, plain(raw), problems) if raw else {}
    reader = Reader(addresses, root, lambda file: file, written_years(loaded))
    kept: dict[str, PackShock] = {}
    for key, shock in (written or {}).items():
        if on := _patterns(shock, loaded, addresses):
            kept[key] = shock.model_copy(update={"on": on})
    changes = tuple(replace(c, name=f"{name}_{c.name}".lower()) for c in reader.changes(kept, path))
    if problems := [*problems, *reader.problems]:
        raise ScenarioError(with_source_lines(problems, found.document.sources))
    if written and not kept:
        raise NotApplicable(_nothing(written))
    return changes


def _nothing(shocks: dict[str, PackShock]) -> str:
    """What the scenario has not got, of the first shock."""
    shock = next(iter(shocks.values()))
    return f"the scenario has no {' or '.join(shock.on)}{_whose(shock.where)}"


def _whose(where: Where) -> str:
    """Which entries are meant, in words."""
    told = (f"{path} is {'given' if ANY in words else ' or '.join(words)}" for path, words in where.items())
    return f" whose {' and '.join(told)}" if where else ""


def _patterns(shock: PackShock, loaded: Loaded, addresses: Addresses) -> tuple[str, ...]:
    """The patterns of a shock that are something, its first star put out by `where`."""
    found: list[str] = []
    for pattern in shock.on:
        steps = pattern.split(".")
        if shock.where and ANY in steps:
            k = steps.index(ANY)
            above = find(loaded.root, steps[:k])
            names = _entries(above, shock.where) if isinstance(above, Mapping) else ()
            found += (".".join((*steps[:k], name, *steps[k + 1 :])) for name in names)
        else:
            found.append(pattern)
    return tuple(pattern for pattern in found if addresses.find(pattern))


def _entries(section: Mapping, where: Where) -> Iterator[str]:
    """The entries of a section for which `where` holds."""
    for name, entry in section.items.items():
        if all(_is_one_of(find(entry, path.split(".")), words) for path, words in where.items()):
            yield name


def _is_one_of(node: Node | None, words: Sequence[str]) -> bool:
    """Whether what stands there is one of the words; a star alone is anything, a figure with its evidence too."""
    if node is None or ANY in words:
        return node is not None
    return isinstance(node, Scalar) and any(fnmatchcase(node.text, word) for word in words)


def _starred(over: Mapping, root: Node | None, where: Where, above: tuple[str, ...]) -> Mapping:
    """What is set, every star put out to the entries that the scenario has there."""
    items: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for key, node in over.items.items():
        names: Sequence[str] = (key,)
        if key == ANY:
            names = tuple(_entries(root, where)) if isinstance(root, Mapping) else ()
            if not names:
                raise NotApplicable(f"the scenario has no {'.'.join((*above, ANY))}{_whose(where)}")
        for name in names:
            below = find(root, (name,)) if root is not None else None
            items[name] = _starred(node, below, where, (*above, name)) if isinstance(node, Mapping) else node
            keys[name] = over.keys[key]
    return Mapping(items, keys, over.place)


# Words that stand for what a scenario has ---------------------------------------------------------------------------


def _substituted(node: Node, years: tuple[str, ...], root: Mapping | None, only: str = "", within: str = "") -> Node:
    """The node with the words of a pack put into a contract's years; `copy` is left where there is no scenario.

    With `only` the other keys of a mapping are left out. `within` is the key above it: years are keys of `by_year`, and
    nothing below them is put into years again.

    Raises:
        ScenarioError: a word cannot be read.
        NotApplicable: the contract has no such year, or the scenario nothing to copy.
    """
    if isinstance(node, Scalar):
        found = _WORD.fullmatch(node.text) if isinstance(node.value, str) else None
        return _put(node, found, years, root) if found else node
    if isinstance(node, Listed):
        return Listed(tuple(_substituted(item, years, root) for item in node.items), node.place)
    by_year = within == _BY_YEAR
    items: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for key, below in node.items.items():
        if only and key != only:
            continue
        made = _substituted(below, years, root, within=_BELOW if by_year or within == _BELOW else key)
        for name in _keys(key, node.keys[key], years) if by_year else (key,):
            items[name], keys[name] = made, node.keys[key]
    return Mapping(items, keys, node.place)


def _keys(key: str, place: Place, years: tuple[str, ...]) -> tuple[str, ...]:
    """A key, or the years that it stands for."""
    found = _WORD.fullmatch(key)
    if found is None or found[1] not in ("year", "years"):
        return (key,)
    if found[1] == "year":
        return (_year(found[2], place, years),)
    span = _SPAN.fullmatch(found[2])
    if span is None:
        raise _bad(place, f"{quoted(key)} is no span of years", "years(2-4), or years(3-) for all from the third on")
    first = years.index(_year(span[1], place, years))
    return years[first : int(span[2]) if span[2] else len(years)]


def _bad(place: Place, message: str, instead: str) -> ScenarioError:
    return ScenarioError([Problem(place, "", message, instead)])


def _year(number: str, place: Place, years: tuple[str, ...]) -> str:
    if not number.isdecimal() or not 1 <= int(number) <= LONGEST_TERM:
        raise _bad(place, f"{quoted(number)} is no year of a contract", "a number of the contract's years, from 1")
    if int(number) > len(years):
        raise NotApplicable(f"the contract has {len(years)} years, and this needs year {number}")
    return years[int(number) - 1]


def _put(node: Scalar, found: re.Match[str], years: tuple[str, ...], root: Mapping | None) -> Node:
    kind, inner = found[1], found[2]
    if kind == "copy":
        path, _, otherwise = (text.strip() for text in inner.partition(","))
        there = find(root, path.split(".")) if root is not None else node
        if there is not None and not (isinstance(there, Scalar) or is_figure(there)):
            raise _bad(node.place, f"{quoted(path)} is a section, and only figures and words are copied", "one figure")
        if there is None and not otherwise:
            raise NotApplicable(f"the scenario has no {path}")
        return there or Scalar(otherwise, otherwise, node.place)
    makers: dict[str, Callable[[int], str]] = {
        "year": financial_year,
        "first_day": lambda start: f"{start}-04-01",
        "last_day": lambda start: f"{start + 1}-03-31",
    }
    if kind not in makers:
        raise _bad(node.place, f"{quoted(node.text)} stands where one year belongs", "year(3), for example")
    text = makers[kind](parse_financial_year(_year(inner, node.place, years)))
    return Scalar(text, text, node.place, node.quoted)
