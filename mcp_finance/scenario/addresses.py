"""Addresses: what a number of a scenario is called by whatever changes it (a shock, a draw, a stress, a solution).

The one rule: an address is the path under which `explain` and the log of assumptions show the number, and nothing
else has to be learnt. A series is one address whatever its years, `*` stands for one key, and `inputs.<model input>`
with members reaches any input of the model as such. Walking some through: `lines.falls.shift.effect` is one cell of the
input `shift_effect`; `lines.*.growth` is one address a line, each with its cells of `activity_growth` from the second
year on; `baselines.emergency` is a *part* of the reference baseline of each line that is a fraction of it.

A word that became a number (a switch, the regime of a hospital contract) is no address, and neither is a cell that only
says that something does not apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from mcp_finance.files.problems import suggestion
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.expr import plain_name
from mcp_finance.rows.row import InputSpec, Origin
from mcp_finance.scenario.amounts import How
from mcp_finance.scenario.filling.filler import ModelInputs, Role

INPUTS = "inputs"
ANY = "*"
AGREED = ("expected_growth",)
"""Inputs that a shock leaves alone where their figure is also that of another: plan and settlement keep the growth that
they expect, whatever growth there is, as they do in the matrix of risks. A figure of their own may be shocked."""
LAST_DAYS = ("existing_contract_ends", "shift_ends", "variation_ends", "early_end", "break_on")
"""Inputs whose figure is a last day, held as the day after it."""
CALENDAR = ("first_day", "model_ends")
"""Inputs that are the labels of the years, which no shock changes."""
SWITCH = "switch"
_OF_SERIES = re.compile(r"\.(by_year\.\d{4}/\d{2}|otherwise)$")

Number = TypeVar("Number", float, Array)


def moved(how: How, cell: Number, amount: Number, figure: Number, role: Role = "own") -> Number:
    """A cell after a shock of its figure. Elementwise: all may be arrays, perhaps with draws as their last axis.

    A part moves its cell in proportion, so that shocks of both figures of a product give the product of both; an offset
    moves it by as much as it moves itself. The figure of a part or an offset then moves as an own cell does.
    """
    if role == "part":
        return cell * amount / figure if how == "is" else cell * (1 + amount / figure if how == "add" else amount)
    if role == "offset":
        return cell + (amount - figure if how == "is" else amount if how == "add" else figure * (amount - 1))
    return amount if how == "is" else cell + amount if how == "add" else cell * amount


@dataclass(frozen=True, slots=True)
class Use:
    """One element of an input that a figure is in: its position in the input's own dimensions, and its years.

    `years` are positions of years, of those in which the figure holds; none for an input without years.
    """

    input: str
    at: tuple[int, ...]
    years: tuple[int, ...] = ()
    role: Role = "own"

    @property
    def part(self) -> bool:
        return self.role == "part"

    def cells(self) -> Iterator[tuple[int, ...]]:
        """Positions in the input's array of values: year first, 0 where it has no years."""
        return ((t, *self.at) for t in self.years or (0,))


@dataclass(frozen=True, slots=True)
class Address:
    """A figure that can be changed: its path, unit and title, the inputs that it is in and what it is.

    `values` has one figure for each year of the contract, or one in all; `years` are the positions of years in which it
    holds, none where it has no years.
    """

    path: str
    unit: str
    title: str
    uses: tuple[Use, ...]
    values: tuple[float, ...]
    years: tuple[int, ...] = ()

    @property
    def last_day(self) -> bool:
        """Whether it is a last day, held as the day after it."""
        return self.unit == "time" and all(use.input in LAST_DAYS for use in self.uses)


class Addresses:
    """Every address of a scenario's inputs."""

    def __init__(self, inputs: ModelInputs) -> None:
        self.inputs, self.model = inputs, inputs.model
        self._found: dict[str, tuple[Address, ...]] = {}

    def find(self, pattern: str) -> tuple[Address, ...]:
        """Every address of a pattern, in the order of the model's inputs; none where there is nothing."""
        if pattern not in self._found:
            steps = tuple(pattern.split("."))
            found = self._of_inputs(steps[1:]) if steps[0] == INPUTS else self._of_paths(steps)
            self._found[pattern] = tuple(found)
        return self._found[pattern]

    def nearest(self, pattern: str) -> str:
        """Advice for a pattern that is nothing: the nearest that is something."""
        steps = pattern.split(".")
        known = self._input_names if steps[0] == INPUTS else (path for path, _ in self.paths)
        return suggestion(pattern, dict.fromkeys(_with_stars(path, steps) for path in known))

    def is_word(self, pattern: str) -> bool:
        """Whether a pattern names words of the scenario, which no amount can change."""
        steps = tuple(pattern.split("."))
        if steps[0] == INPUTS:
            return any(_is_fixed(self.model.inputs[n]) for n in self._named(steps[1:]))
        return any(_fits(steps, tuple(word.split("."))) for word in self.inputs.words)

    @cached_property
    def paths(self) -> dict[tuple[str, str], Address]:
        """The address of every path (and unit), in the order of the model's inputs."""
        uses: dict[tuple[str, str], list[Use]] = {}
        for name, spec in self.model.inputs.items():
            for path, use in self._uses(name, spec):
                uses.setdefault((path, spec.unit), []).append(use)
        moving = {key: _own(found) for key, found in uses.items()}
        made = {key: self._address(*key, found) for key, found in moving.items() if self._is_one(found)}
        for figure in self.inputs.behind:
            path = series_path(figure.origin)
            use = Use(figure.input, figure.at, role=figure.role)
            known = made.get((path, figure.unit))
            before = known.uses if known else ()
            title = known.title if known else self._title(path, ())
            made[path, figure.unit] = Address(path, figure.unit, title, (*before, use), (figure.value,))
        return made

    def _uses(self, name: str, spec: InputSpec) -> Iterator[tuple[str, Use]]:
        """Every figure of an input by its path, with the years of each element in which it holds."""
        if spec.unit == SWITCH:
            return
        behind = {figure.at for figure in self.inputs.behind if figure.input == name}
        years: dict[tuple[str, tuple[int, ...]], list[int]] = {}
        for position, origin in self.inputs.origins[name].items():
            at = position[:-1] if spec.yearly else position
            if at not in behind and self._is_figure(origin):
                years.setdefault((series_path(origin), at), []).extend(position[-1:] if spec.yearly else ())
        for (path, at), found in years.items():
            yield path, Use(name, at, tuple(found))

    def _is_figure(self, origin: Origin) -> bool:
        """Whether a cell is a figure that somebody gave; not a word, and not that something does not apply."""
        return bool(origin.place or origin.grade != "definition") and origin.path not in self.inputs.words

    def _is_one(self, uses: tuple[Use, ...]) -> bool:
        """Whether all uses hold the same figure: a path that several numbers of a formula share is none of them."""
        values = self.inputs.values
        return len(uses) == 1 or len({tuple(values[u.input][cell] for cell in u.cells()) for u in uses}) == 1

    def _address(self, path: str, unit: str, uses: tuple[Use, ...]) -> Address:
        first = uses[0]
        cells = np.moveaxis(self.inputs.values[first.input], 0, -1)[first.at]
        years = tuple(sorted({t for use in uses for t in use.years}))
        return Address(path, unit, self._title(path, uses), uses, tuple(cells.tolist()), years)

    def _title(self, path: str, uses: tuple[Use, ...]) -> str:
        """The members that it belongs to, where all its uses have the same, and its own name."""
        members = {self._members(use) for use in uses}
        name = plain_name(path.rpartition(".")[2])
        whose = members.pop() if len(members) == 1 else ()
        return f"{', '.join(whose)}: {name}" if whose else plain_name(path)

    def _members(self, use: Use) -> tuple[str, ...]:
        dims = (self.model.dimension[d] for d in self.model.inputs[use.input].dims)
        return tuple(d.title(k) if d.titles else plain_name(d.title(k)) for d, k in zip(dims, use.at, strict=True))

    def _of_paths(self, steps: tuple[str, ...]) -> Iterator[Address]:
        whole = ".".join(steps)
        for (path, _), address in self.paths.items():
            if path == whole or (ANY in steps and _fits(steps, tuple(path.split(".")))):
                yield address

    def _named(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        """The input that the steps begin with; of several, such as `performance` and `performance.x`, the longest."""
        names = [n for n in self.model.inputs if _fits(steps[: n.count(".") + 1], tuple(n.split(".")))]
        longest = max((n.count(".") for n in names), default=0)
        return tuple(n for n in names if n.count(".") == longest)

    def _of_inputs(self, steps: tuple[str, ...]) -> Iterator[Address]:
        """Elements of an input; those of every member of the dimensions that the steps leave out."""
        for name in self._named(steps):
            spec, asked = self.model.inputs[name], steps[name.count(".") + 1 :]
            if _is_fixed(spec):
                continue
            for at, years in self._given(name, spec).items():
                members = [self.model.dimension[d].members[k] for d, k in zip(spec.dims, at, strict=True)]
                below = tuple(step for member in members for step in member.split("."))
                if len(asked) <= len(below) and _fits(asked, below[: len(asked)]):
                    use = Use(name, at, years)
                    yield replace(
                        self._address(".".join((INPUTS, name, *members)), spec.unit, (use,)),
                        title=": ".join((plain_name(name), *self._members(use))),
                    )

    def _given(self, name: str, spec: InputSpec) -> dict[tuple[int, ...], tuple[int, ...]]:
        """The elements of an input that hold a figure or a word's number, with the years in which they do."""
        found: dict[tuple[int, ...], tuple[int, ...]] = {}
        for position, origin in self.inputs.origins[name].items():
            at = position[:-1] if spec.yearly else position
            if origin.place or origin.grade != "definition":
                found[at] = (*found.get(at, ()), *(position[-1:] if spec.yearly else ()))
        return found

    @cached_property
    def _input_names(self) -> tuple[str, ...]:
        return tuple(f"{INPUTS}.{n}" for n, spec in self.model.inputs.items() if not _is_fixed(spec))


def _is_fixed(spec: InputSpec) -> bool:
    return spec.unit == SWITCH or spec.name in CALENDAR


def series_path(origin: Origin) -> str:
    """The path of the figure, or of the series that it is one year of."""
    return _OF_SERIES.sub("", origin.path)


def _own(uses: Iterable[Use]) -> tuple[Use, ...]:
    """The uses that a shock moves: without agreed inputs, unless the figure is theirs alone."""
    found = tuple(uses)
    return tuple(use for use in found if use.input not in AGREED) or found


def _fits(pattern: tuple[str, ...], steps: tuple[str, ...]) -> bool:
    return len(pattern) == len(steps) and all(p in (ANY, s) for p, s in zip(pattern, steps, strict=True))


def _with_stars(path: str, pattern: list[str]) -> str:
    """A path with a star wherever the pattern has one, where they are equally long."""
    steps = path.split(".")
    if len(steps) != len(pattern):
        return path
    return ".".join(ANY if p == ANY else s for p, s in zip(pattern, steps, strict=True))
