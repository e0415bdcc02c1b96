"""A sweep of terms as data: which figures and words of a scenario take which values, and whole offers with names.

The rule: a sweep says nothing that a scenario could not say. An axis is the path of a setting (`--set`), the address of
a figure (as shocks have it), or `cases.GROUP`, with its values; axes are crossed. An offer with a name sets what a case
may set, and stands beside the crossed ones. What each party has if nobody signs is another such set, or is left to the
analysis.

    schema: mcp-finance-sweep/1
    vary:
      terms.gain_loss.define.holder_share: [30%, 40%, 50%]
      terms.gain_loss.define.deadband: [0.5% * target, 2% * target]
    offers:
      quota: {title: A plain quota share, set: {terms: {gain_loss: {sheet: terms/quota.yaml}}}}

One value on its way: `30%` keeps the place at which it stands, so that a share of 130% is refused there; with the two
dead bands it makes two of the six crossed offers, and `quota` is the seventh.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from mcp_finance.files.document import Document, read
from mcp_finance.files.figures import FigureError
from mcp_finance.files.nodes import Mapping as Node
from mcp_finance.files.nodes import find, place_of, texts
from mcp_finance.files.problems import UNSAFE, Place, Problem, ScenarioError, quoted, with_source_lines
from mcp_finance.files.section import Section
from mcp_finance.files.shape import dotted, fitted
from mcp_finance.scenario.load import Over
from mcp_finance.scenario.sections.words import FileId, Title

SWEEP = "--sweep"
MOST = 200
LONGEST = 4_000
CASES = "cases."
_THOUSANDS = re.compile(r"\d,\d{3}(?!\d)")
_WHOLE_FILE = ("schema", "extends", "cases", "uncertainty")


def _one(raw: object) -> object:
    if isinstance(raw, str) and raw.strip():
        return raw
    raise FigureError("this is no single value", "a value such as 40%, or a formula or a file's name as text")


Scalar = Annotated[Any, BeforeValidator(_one), WithJsonSchema({"type": ["string", "number"], "examples": ["40%"]})]
Path_ = Annotated[str, Field(min_length=1, max_length=300)]


class NamedOffer(Section):
    """An offer with a name: what it sets, as a case does."""

    title: Title
    set: dict[str, object]


class SweepFile(Section):
    """A sweep: axes to be crossed, offers with names, and what the parties have if nobody signs."""

    format: Annotated[Literal["mcp-finance-sweep/1"], Field(alias="schema")]
    vary: dict[Path_, Annotated[list[Scalar], Field(min_length=1, max_length=MOST)]] = Field(default_factory=dict)
    offers: dict[FileId, NamedOffer] = Field(default_factory=dict)
    without: NamedOffer | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an axis, as it was written."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Axis:
    """A path and its values."""

    path: str
    values: tuple[Value, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Named:
    """An offer with a name."""

    name: str
    title: str
    over: Over
    place: Place


@dataclass(frozen=True)
class Sweep:
    """All offers as they were asked for. `sources` are the lines behind the places, for showing problems."""

    axes: tuple[Axis, ...] = ()
    named: tuple[Named, ...] = ()
    without: Named | None = None
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        crossed = prod(len(axis.values) for axis in self.axes) if self.axes else 0
        return crossed + len(self.named)

    def crossed(self) -> Iterator[tuple[tuple[Axis, Value], ...]]:
        """Every combination of a value from each axis, the last axis fastest."""
        if self.axes:
            for values in product(*(axis.values for axis in self.axes)):
                yield tuple(zip(self.axes, values, strict=True))

    def shown(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Problems with the lines on which they stand."""
        return with_source_lines(problems, self.sources)


def sweep_of(options: Sequence[str], file: Path | None = None) -> Sweep:
    """The sweep that options `PATH=VALUE,VALUE` and a file ask for together.

    Raises:
        ScenarioError: with every problem of how they are written, or there is nothing to sweep.
    """
    problems: list[Problem] = []
    axes = [axis for k, text in enumerate(options, 1) if (axis := _axis(text, Place(SWEEP, k, 1), problems))]
    sources: dict[str, Sequence[str]] = {SWEEP: tuple(options)}
    named: tuple[Named, ...] = ()
    without = None
    if file is not None:
        from_file, named, without, lines = _read(file, problems)
        axes, sources = [*from_file, *axes], {**sources, **lines}
    found = Sweep(tuple(axes), named, without, sources)
    problems += _twice(found)
    if not problems and not found.count:
        at = Place(str(file) if file else SWEEP, 1, 1)
        message = "nothing is swept: there would be no offer but the contract as it stands"
        problems.append(Problem(at, "", message, "--sweep PATH=VALUE,VALUE, or `vary` or `offers` in a sweep file"))
    if found.count > MOST:
        at = found.axes[0].place if found.axes else Place(str(file), 1, 1)
        problems.append(Problem(at, "", f"these are {found.count:,} offers together", f"at most {MOST}"))
    if problems:
        raise ScenarioError(found.shown(problems))
    return found


def _axis(text: str, at: Place, problems: list[Problem]) -> Axis | None:
    """An option `PATH=VALUE,VALUE`, or None after a problem."""
    path, equals, values = text.partition("=")

    def refuse(message: str, instead: str) -> None:
        problems.append(Problem(at, path.strip()[:80] if equals else "", message, instead, source_line=text[:200]))

    example = "terms.gain_loss.define.holder_share=30%,40%,50%, for example"
    if len(text) > LONGEST or UNSAFE.search(text) or len(text.splitlines()) > 1:
        refuse("the option is too long, or holds a line break or an invisible character", "a sweep file")
    elif not equals or not path.strip():
        refuse("the option is not a path, an equals sign and values", example)
    elif _THOUSANDS.search(values):
        advice = "numbers without commas in them, and a space after a comma that separates two"
        refuse("a comma between digits may part two values or thousands", advice)
    elif not all(parts := [part.strip() for part in _split(values)]):
        refuse("a value is missing", example)
    else:
        return Axis(path.strip(), tuple(Value(part, at) for part in parts), at)
    return None


def _split(text: str) -> list[str]:
    """Parted at commas outside brackets, braces and quotation marks."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        depth += (character in "[{(") - (character in "]})") if not quote else 0
        if character == "," and not quote and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _read(
    file: Path, problems: list[Problem]
) -> tuple[list[Axis], tuple[Named, ...], Named | None, Mapping[str, Sequence[str]]]:
    """A sweep file's axes, offers and what there is without one, and its lines."""
    document = read(file)
    problems += document.problems
    root = document.root
    content = fitted(root, SweepFile, SweepFile, (), texts(root), problems) if root is not None else None
    if root is None or content is None:
        return [], (), None, document.sources
    axes = []
    for path, values in content.vary.items():
        found = tuple(Value(text, place_of(root, ("vary", path, k))) for k, text in enumerate(values))
        axes.append(Axis(path, found, place_of(root, ("vary", path), key=True)))
    named = [_named(document, ("offers", name), name, offer, problems) for name, offer in content.offers.items()]
    without = _named(document, ("without",), "without", content.without, problems) if content.without else None
    return axes, tuple(n for n in named if n), without, document.sources


def _named(
    document: Document, path: tuple[str, ...], name: str, offer: NamedOffer, problems: list[Problem]
) -> Named | None:
    root = document.root
    assert root is not None
    overlay = find(root, (*path, "set"))
    assert isinstance(overlay, Node)
    if refused := [key for key in _WHOLE_FILE if key in overlay.items]:
        for key in refused:
            where, at = place_of(root, (*path, "set", key), key=True), dotted((*path, "set", key))
            problems.append(Problem(where, at, f"an offer cannot set `{key}`", "only what belongs to the offer"))
        return None
    over = Over(overlay, {file: tuple(lines) for file, lines in document.sources.items()})
    return Named(name, offer.title, over, place_of(root, path, key=True))


def _twice(sweep: Sweep) -> Iterator[Problem]:
    """A path that two axes vary, or a value that stands twice in one."""
    seen: set[str] = set()
    for axis in sweep.axes:
        if axis.path in seen:
            yield Problem(axis.place, axis.path, f"{quoted(axis.path)} is varied twice", "all its values in one place")
        seen.add(axis.path)
        texts_ = [value.text for value in axis.values]
        for k, value in enumerate(axis.values):
            if value.text in texts_[:k]:
                message = f"the value {quoted(value.text)} stands twice"
                yield Problem(value.place, axis.path, message, "each value once")
