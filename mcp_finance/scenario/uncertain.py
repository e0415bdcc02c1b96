"""From the `uncertainty` of a scenario to what a simulation draws: every address found, every distribution fitted.

An entry becomes a `Source`: a distribution in the units of what it is on, its timing, and its targets, one for each
draw of its own. Everything that can be wrong is said here, before any number is drawn: an address that is nothing, a
distribution that does not exist or leaves the range that its figure may have, one figure drawn twice, and correlations
that contradict each other.

One draw on its way: `acsc: {on: lines.acsc.shift.effect, is: {percentiles: {p10: 2.9%, …}}}` is found to be one cell of
`shift_effect`; 2.9% is read as a rate; the fitted distribution turns a normal number into 0.187, and the cell is that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod, sqrt

import numpy as np

from mcp_finance.files.nodes import place_of
from mcp_finance.files.problems import Problem, ScenarioError, quoted, suggestion, with_source_lines
from mcp_finance.files.shape import Steps, dotted
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.copula import CorrelationError, factor, normal_correlation, rank_correlation
from mcp_finance.sampling.distributions import Distribution
from mcp_finance.scenario import families
from mcp_finance.scenario.addresses import Address, Addresses
from mcp_finance.scenario.amounts import How, shown
from mcp_finance.scenario.filling.filler import ModelInputs
from mcp_finance.scenario.legal import ranges_of
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.sections import uncertainty as section
from mcp_finance.scenario.shocked import Change, applied

RESERVED = "activity_counts"
TAIL = 1e-6
"""How far into its tails a distribution is looked at: beyond, less than one draw in a million lies."""
FAR = 4.75
"""Standard deviations beyond which as little of a normal distribution lies."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one draw acts on; `element` names its stream of random numbers beside its source's name."""

    element: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the section. `alike` is the correlation of its targets' normal numbers with what they share."""

    name: str
    how: How
    distribution: Distribution
    timing: str
    targets: tuple[Target, ...]
    alike: float
    shares: bool

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(address for target in self.targets for address in target.addresses)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """All that is uncertain in a scenario.

    `names` are the correlated sources in the order of `factor`, the lower triangle that makes their normal numbers from
    independent ones. `counts` is, by line, the variance of a year's count for each unit of its mean.
    """

    seed: int
    sources: tuple[Source, ...]
    names: tuple[str, ...]
    factor: Array
    counts: Mapping[str, float]

    @property
    def is_nothing(self) -> bool:
        return not self.sources and not self.counts


def uncertain(loaded: Loaded, inputs: ModelInputs) -> Uncertain:
    """What a simulation of the scenario draws.

    Raises:
        ScenarioError: with every problem of the section.
    """
    given = loaded.scenario.uncertainty or section.Uncertainty()
    reading = _Reading(loaded, inputs, Addresses(inputs), [])
    sources = tuple(s for name, entry in given.inputs.items() if (s := reading.source(name, entry)))
    reading.twice(sources)
    reading.undone(sources)
    names, lower = reading.correlations(given, {source.name for source in sources})
    counts = reading.counts(given)
    if reading.problems:
        raise ScenarioError(with_source_lines(reading.problems, loaded.sources))
    return Uncertain(given.seed, sources, names, lower, counts)


@dataclass(frozen=True, slots=True)
class _Reading:
    loaded: Loaded
    inputs: ModelInputs
    addresses: Addresses
    problems: list[Problem]

    def problem(self, path: Steps, message: str, instead: str, *, key: bool = False) -> None:
        whole: Steps = ("uncertainty", *path)
        where = place_of(self.loaded.root, whole, key=key)
        self.problems.append(Problem(where, dotted(whole), message, instead))

    def source(self, name: str, entry: section.Uncertain) -> Source | None:
        """One entry, or None after its problems."""
        path: Steps = ("inputs", name)
        before = len(self.problems)
        found = self._found(path, entry)
        if entry.alike is not None and entry.draw == "shared":
            self.problem((*path, "alike"), "one draw is shared, so there is nothing to be alike", "draw: own beside it")
        if entry.timing == "walk" and entry.exact:
            message = "a walk goes on from a figure, and `is` sets the figure: every year's would be added to the last"
            self.problem((*path, "timing"), message, "`add` or `times` with a walk, or timing: yearly")
        alike = entry.alike.value if entry.alike else 0.0
        if not 0 <= alike < 1:
            message = f"a rank correlation of {alike:.0%} with one another"
            self.problem((*path, "alike"), message, "0% to less than 100%; `draw: shared` if they are all the same")
        if len(self.problems) > before or not found:
            return None  # in a shortened run a figure may hold in none of its years
        if name == RESERVED:
            self.problem(path, f"{quoted(name)} is what chance in counts is called", "another name", key=True)
        made = families.made_of(entry.distribution, _how(entry), found[0], (*path, entry.how), self.problem)
        at: Steps = (*path, entry.how)
        if made is None or not self._in_range(at, entry, made, found) or not self._possible(at, entry, made, found):
            return None
        shares = entry.draw == "shared"
        targets = (Target("", found),) if shares else tuple(Target(a.path, (a,)) for a in found)
        return Source(name, _how(entry), made, entry.timing, targets, float(normal_correlation(alike)), shares)

    def _found(self, path: Steps, entry: section.Uncertain) -> tuple[Address, ...]:
        patterns = [entry.on] if isinstance(entry.on, str) else entry.on
        found: dict[str, Address] = {}
        for k, pattern in enumerate(patterns):
            at: Steps = (*path, "on") if isinstance(entry.on, str) else (*path, "on", k)
            named = self.addresses.find(pattern)
            if not named and not self.loaded.shortened:
                self.problem(at, f"{quoted(pattern)} is no figure of this scenario", self.addresses.nearest(pattern))
            if years := [a.path for a in named if entry.timing != "whole_term" and not a.years]:
                message = f"{years[0]} has one value for all years, so no year can have a draw of its own"
                self.problem((*path, "timing"), message, "timing: whole_term, or leave it out")
            found |= {address.path: address for address in named}
        if not patterns:
            self.problem((*path, "on"), "the list is empty", "the address of a figure, such as lines.*.growth")
        if len(units := {a.unit for a in found.values()}) > 1:
            message = f"figures of several kinds ({', '.join(sorted(units))}) cannot have one distribution"
            self.problem((*path, "on"), message, "an entry for each kind")
        return tuple(found.values())

    def _in_range(self, path: Steps, entry: section.Uncertain, made: Distribution, found: tuple[Address, ...]) -> bool:
        """Whether every draw that matters leaves every figure in the range that it may have."""
        ends = (
            _walked(made, _how(entry), found) if entry.timing == "walk" else made.quantile(np.array([TAIL, 1 - TAIL]))
        )
        ranges = ranges_of(self.inputs)
        for address in found:
            moved = _moved(_how(entry), np.array(address.values)[:, None], ends)
            low, high = float(moved.min()), float(moved.max())
            for name in {use.input for use in address.uses if use.role == "own"}:
                allowed = ranges(name)
                if not (allowed.holds(low) and allowed.holds(high)):
                    message = f"draws of {address.path} reach from {shown(address.unit, low)} to"
                    instead = f"a distribution, or `least` and `most` in it, that keep to {allowed.words}"
                    self.problem(path, f"{message} {shown(address.unit, high)}", instead, key=True)
                    return False
        return True

    def _possible(self, path: Steps, entry: section.Uncertain, made: Distribution, found: tuple[Address, ...]) -> bool:
        """Whether a scenario could be written with either end of the draws, all other figures as they are."""
        if entry.timing == "walk":
            return True
        on, ends = tuple(address.path for address in found), made.quantile(np.array([TAIL, 1 - TAIL])).tolist()
        for end in ends:
            if problems := applied(self.inputs, [Change("draw", on, _how(entry), end)], self.addresses)[1]:
                message, instead = problems[0].message, problems[0].instead
                self.problem(path, f"draws reach so far that {message}", f"draws that leave {instead}", key=True)
                return False
        return True

    def undone(self, sources: tuple[Source, ...]) -> None:
        """A draw that sets a figure would undo a shock of it without a word."""
        shocks = self.loaded.scenario.shocks.items()
        shocked = {a.path: name for name, shock in shocks for on in shock.on for a in self.addresses.find(on)}
        for source in sources:
            hit = next((a.path for a in source.addresses if a.path in shocked), "") if source.how == "is" else ""
            if hit:
                message = f"{hit} is changed by the shock {quoted(shocked[hit])}, which this draw would undo"
                self.problem(("inputs", source.name, "on"), message, "`add` or `times` here, or one of the two")

    def twice(self, sources: tuple[Source, ...]) -> None:
        """A figure that is set cannot be drawn before it, for nothing would be left of that; a factor only once.

        An input that is named as such is the same figure as the path that it has in the scenario.
        """
        drawn: dict[str, str] = {}
        cells: dict[tuple[str, tuple[int, ...]], str] = {}
        for source in sources:
            for address in source.addresses:
                is_factor = any(use.role != "own" for use in address.uses)
                own = [(use.input, cell) for use in address.uses if use.role == "own" for cell in use.cells()]
                by = drawn.get(address.path) or next((cells[at] for at in own if at in cells), "")
                cells |= {(use.input, cell): source.name for use in address.uses for cell in use.cells()}
                if by and (source.how == "is" or (is_factor and address.path in drawn)):
                    message = f"{address.path} is drawn by {quoted(by)} already"
                    self.problem(
                        ("inputs", source.name, "on"),
                        message,
                        "one of the two" + ("" if is_factor else ", or `add` or `times` here"),
                    )
                    break
                drawn[address.path] = source.name

    def correlations(self, given: section.Uncertainty, there: Collection[str]) -> tuple[tuple[str, ...], Array]:
        pairs: dict[tuple[str, str], float] = {}
        for k, entry in enumerate(given.correlations):
            path: Steps = ("correlations", k)
            for n, name in enumerate(entry.between):
                if name not in given.inputs:
                    message = f"there is no {quoted(name)} among the uncertain inputs"
                    self.problem((*path, "between", n), message, suggestion(name, given.inputs))
            known = [given.inputs[n] for n in entry.between if n in given.inputs]
            if len(known) == 2 and self._can_correlate(path, entry, known):
                first, second = sorted(entry.between, key=list(given.inputs).index)
                if (first, second) in pairs:
                    self.problem(path, f"{first} and {second} are correlated twice", "one of the two")
                pairs[first, second] = self._in_common(path, entry.rank.value, known)
        pairs = {pair: rank for pair, rank in pairs.items() if set(pair) <= set(there)}
        names = tuple(n for n in given.inputs if any(n in pair for pair in pairs))
        if not names:
            return (), np.empty((0, 0))
        try:
            return names, factor(names, pairs)
        except CorrelationError as error:
            self.problem(("correlations",), error.message, error.instead.removeprefix("write "), key=True)
            return (), np.empty((0, 0))

    def _can_correlate(self, path: Steps, entry: section.Correlation, known: list[section.Uncertain]) -> bool:
        before = len(self.problems)
        if entry.between[0] == entry.between[1]:
            self.problem((*path, "between"), "an input is always correlated with itself", "two different inputs")
        if (known[0].timing == "whole_term") != (known[1].timing == "whole_term"):
            message = "one is drawn once for the whole term and the other every year"
            self.problem((*path, "between"), message, "inputs of the same timing")
        for name, source in zip(entry.between, known, strict=True):
            if source.draw == "own" and (source.alike is None or source.alike.value == 0):
                message = f"the draws of {quoted(name)} have nothing in common that could be correlated"
                self.problem((*path, "between"), message, f"alike: beside the `draw: own` of {name}")
        if not -1 < entry.rank.value < 1:
            message = f"a rank correlation of {entry.rank.value:.0%} makes one input the image of the other"
            self.problem((*path, "rank"), message, "more than -100% and less than 100%, or both under one `on`")
        return len(self.problems) == before

    def _in_common(self, path: Steps, rank: float, known: list[section.Uncertain]) -> float:
        """The rank correlation of what two entries share, with which any draw of one and any of the other have `rank`.

        Draws of their own follow what they share only as far as they are alike: half alike (normal 0.5176), and 30%
        with another entry (0.3129), what they share needs 0.3129 / sqrt(0.5176) = 0.4349 with it.
        """
        alike = prod(float(normal_correlation(s.alike.value)) for s in known if s.draw == "own" and s.alike)
        if alike == 1 or len(self.problems) > 0:
            return rank
        if abs(common := float(normal_correlation(rank)) / sqrt(alike)) >= 1:
            most = float(rank_correlation(sqrt(alike)))
            message = f"a rank correlation of {rank:.0%} is more than draws have that are so little alike"
            self.problem((*path, "rank"), message, f"nearer to nil than {most:.0%}, or more `alike`")
            return rank
        return float(rank_correlation(common))

    def counts(self, given: section.Uncertainty) -> dict[str, float]:
        lines = self.loaded.scenario.lines
        for name, figure in given.activity_counts.items():
            if name not in lines:
                message = f"there is no {quoted(name)} among the lines"
                self.problem(("activity_counts", name), message, suggestion(name, lines), key=True)
            elif figure.value < 1:
                message = f"a variance of {figure.value:.6g} times the mean is less than chance alone brings"
                self.problem(("activity_counts", name), message, "1 where cases are independent, or more")
        return {name: figure.value for name, figure in given.activity_counts.items()}


def _how(entry: section.Uncertain) -> How:
    found: Mapping[str, How] = {"is": "is", "add": "add", "times": "times"}
    return found[entry.how]


def _walked(made: Distribution, how: How, found: tuple[Address, ...]) -> Array:
    """How far a walk goes with all its steps, as if their sum (or product) were normal, and no farther than it can."""
    count = max(len(address.years) for address in found)
    steps = made.quantile((np.arange(1000) + 0.5) / 1000)
    ends = made.quantile(np.array([TAIL, 1 - TAIL]))
    if how == "times":
        steps, ends = np.log(np.maximum(steps, TAIL)), np.log(np.maximum(ends, TAIL))
    reach = count * steps.mean() + np.array([-FAR, FAR]) * steps.std() * sqrt(count)
    reach = np.clip(reach, *(count * ends))
    return np.asarray(np.exp(reach) if how == "times" else reach)


def _moved(how: How, figures: Array, ends: Array) -> Array:
    """The figures after the least and the most of the draws."""
    if how == "is":
        return np.broadcast_to(ends, (figures.shape[0], 2))
    return figures + ends if how == "add" else figures * ends
