"""Luck in a scenario's own gain share: its lines' counts drawn round what is expected, settled by its term sheets.

How much luck there is follows from the scenario. A line of a units at the price p costs p * a; its count varies with
the variance phi * a (phi, the overdispersion, is 1 for independent events, and more where they come together), and its
units' costs with the coefficient of variation `casemix`. So the pool's cost C has

    sd ** 2 = (phi + casemix ** 2) * sum of (p * a) ** 2 / a / C ** 2 + shock ** 2      relative, of one year

and, since the target is moved on from the counts of the reference year, the same once more for the whole term, over the
number of years behind those counts. On n people this is what a cost a head with cv = sd * sqrt(n) would do
(`mcp_finance.analysis.luck.chance`). Phi must come from counts of past years: it is what is left of their variance
beyond trend and season, over their mean. Where common shocks make phi, it grows with the list and must not be carried
to another size: give `shock` for them.

"No true change" is: no programme delivers anything, growth is what was expected, the target is the trend of each line
and nothing is counted differently. Every row then says that the variance is nil, which is checked. One draw on its way:
a line that expects 26,000 admissions has 25,700; the row `growth_index` is given as 0.988 of what was expected, the
hospital is paid by its contract for what came, the cash saving follows, and the term sheet settles all of it with its
gates, caps, phases, limits and cash backing. Its gain is luck, and what the sheet pays on it is what luck earns.

For another number of people n counts are drawn round n / N of what is expected, and payments shown for a contract of
that size: amounts in pounds within a term sheet stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from mcp_finance.analysis.luck.chance import Array, Luck, Simulated, Spread, band_of
from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.model.share.baselines import METHODS
from mcp_finance.model.share.settlement import CONTRACT_YEAR, hub, is_mixed
from mcp_finance.rows.draws import Filler, Source, simulate
from mcp_finance.rows.evaluate import Results, recalculate
from mcp_finance.sampling.counts import chance_factor
from mcp_finance.sampling.streams import Streams
from mcp_finance.scenario.terms import BoundTerms
from mcp_finance.scenario.uncertain import uncertain
from mcp_finance.terms.compiler.compile import Compiled
from mcp_finance.terms.schema import TermSheet

DRAWN, EXPECTED = "growth_index", "expected_growth_index"
MOST_LUCK = 0.2
"""A standard deviation of a year's cost beyond which a share on so few people is no longer a question."""
MOST_FACTORS = 30_000_000
"""Factors of counts held at once, by year, line and draw: 240 MB."""
STREAM = "luck"
LEAST_UNITS = 1e-9
"""Stands for no units where one divides by them."""
TARGET, VARIANCE = "total_expected_cost", "total_variance"


class ChanceError(ValueError):
    """A scenario of which luck cannot be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How counts and costs vary: what the user says of them. `baseline_years` of counts are behind the target.

    The overdispersion is that of every shared line, or of each in their order.
    """

    overdispersion: float | tuple[float, ...]
    casemix: float = 0.0
    shock: float = 0.0
    baseline_years: int = 1

    def by_line(self, lines: int) -> tuple[float, ...]:
        """The overdispersion of each line: its own, or the same for all."""
        given = self.overdispersion
        return given if isinstance(given, tuple) else (given,) * lines

    def per_unit(self, lines: int) -> Array:
        """Relative variance of each line, were it of one unit."""
        return np.array(self.by_line(lines)) + self.casemix**2


@dataclass(frozen=True)
class Scheme:
    """A run without any true change: what its shared lines expect, by year and line.

    `reference` is the number of units behind the target, `year` the first for all of which the contract is in force.
    """

    run: Run
    neutral: Results
    lines: tuple[int, ...]
    units: Array
    cost: Array
    reference: Array
    people: float
    year: int
    settled: tuple[int, ...]

    def spread(self, counts: Counts) -> Spread:
        """Where luck comes from in the first full year."""
        cost, units = self.cost[self.year], np.maximum(self.units[self.year], LEAST_UNITS)
        parts = counts.per_unit(len(cost)) * cost**2 * self.people / cost.sum() ** 2
        past = 1 / counts.baseline_years if counts.baseline_years else 0.0
        return Spread(
            float((parts / units).sum()),
            past * float((parts / self.reference).sum()),
            counts.shock**2,
            counts.shock**2 * past,
        )

    def luck(self, counts: Counts) -> Luck:
        return self.spread(counts).luck(self.people)


@dataclass(frozen=True, slots=True)
class Settled:
    """What term sheets pay for luck, simulated: of years that settle, and over the term.

    Amounts are pounds; `gains` is what the holder of the pools pays the others, `losses` what they pay it.
    `net_sd` is the standard deviation of the term's sum.
    """

    people: float
    band: float | None
    probability: Simulated
    at_least_one: Simulated
    gains: Simulated
    losses: Simulated
    net: Simulated
    net_sd: float
    by_year: tuple[float, ...]
    target: float

    @property
    def gains_of_target(self) -> float:
        return self.gains.value / self.target


@dataclass(frozen=True, slots=True)
class Draws:
    """One simulation: what is paid each year and draw, and the variance of the first full year."""

    paid: Array
    variance: Array


def scheme(run: Run) -> Scheme:
    """The scenario's shared lines with no true change.

    Raises:
        ChanceError: it has no gain share, or its variance is not nil without any change.
    """
    if not pooled(run):
        raise ChanceError(
            "the scenario has no term sheet that shares a gain on lines: there is nothing to pay for luck"
        )
    changes = _no_change(run)
    neutral = recalculate(run.model, run.results, changes | {DRAWN: run.results[EXPECTED]})
    off = neutral.series(VARIANCE)
    if abs(off).max() >= PENNY:
        year = run.years[int(abs(off).argmax())]
        raise ChanceError(
            f"without any change the variance of {year} is £{off[abs(off).argmax()]:,.0f} and not nil: its target is "
            f"bound to something other than the expected cost of its lines"
        )
    in_force = neutral.series("in_force")
    cost = _by_line(neutral, "expected_line_cost")
    lines = tuple(int(k) for k in np.flatnonzero(cost.sum(axis=0) > 0))
    if not lines:
        raise ChanceError("no line of the gain share expects any cost while the contract is in force")
    shared = list(lines)
    units = _by_line(neutral, "share_expected_activity")[:, shared] * in_force[:, None]
    return Scheme(
        run,
        neutral,
        lines,
        units,
        cost[:, shared],
        _by_line(neutral, "base_activity")[0, shared],
        float(neutral.series("registered_list")[0]),
        int(in_force.argmax()),
        tuple(_settling(run, in_force)),
    )


def _no_change(run: Run) -> dict[str, Array]:
    """The inputs by which nothing changes and every line is held against its trend."""
    wanted = dict.fromkeys(("shift_delivery", "shift_induced", "coding_adjustment"), 0.0)
    wanted |= {f"by_{m}": float(m == "trend") for m in METHODS}
    return {n: np.full_like(run.inputs.values[n], v) for n, v in wanted.items() if n in run.model.inputs}


def overdispersion_of(found: Scheme) -> tuple[float, ...]:
    """What the scenario gives for each shared line, in `uncertainty.activity_counts`.

    Raises:
        ChanceError: it gives none for one of them.
        ScenarioError: what it gives is not valid.
    """
    given = uncertain(found.run.loaded, found.run.inputs).counts
    names = [found.run.model.dimension["line"].members[k] for k in found.lines]
    if missing := [name for name in names if name not in given]:
        raise ChanceError(
            f"how counts of {', '.join(missing)} vary is not known: give --overdispersion, the variance of a line's "
            f"yearly count over its mean, beyond trend (1 is the least, for events that are independent), or "
            f"uncertainty.activity_counts in the scenario"
        )
    return tuple(given[name] for name in names)


def other_baselines(run: Run) -> tuple[str, ...]:
    """Lines in the share whose target is not their trend, and that are taken as if it were."""
    if "by_trend" not in run.model.inputs:
        return ()
    shared, trend = run.inputs.values["in_share"][0], run.inputs.values["by_trend"][0]
    members = run.model.dimension["line"].members
    return tuple(m for m, s, t in zip(members, shared, trend, strict=True) if s > 0 and t < 1)


def _by_line(results: Results, name: str) -> Array:
    values = results[name][..., 0]
    return np.asarray(np.broadcast_to(values, (len(results.model.years), *values.shape[1:])))


def pooled(run: Run) -> tuple[Compiled, ...]:
    """The run's term sheets with pools."""
    return tuple(sheet for sheet in run.inputs.terms if sheet.sheet.pools)


def _settling(run: Run, in_force: Array) -> Iterator[int]:
    """Years in which a sheet may pay a gain: in force, and not in its shadow."""
    years = run.results.series(CONTRACT_YEAR)
    for t, year in enumerate(years):
        if in_force[t] > 0 and not all(_shadow(sheet.sheet, round(year)) for sheet in pooled(run)):
            yield t


def _shadow(sheet: TermSheet, year: int) -> bool:
    return sheet.phase is not None and any(first <= year <= last for first, last in sheet.phase.shadow)


def dead_bands(bound: Sequence[BoundTerms]) -> dict[str, tuple[str, ...]]:
    """The definitions that are dead bands, by the sheet's key in the scenario: those that are the gate of a gain."""
    found: dict[str, tuple[str, ...]] = {}
    for use in bound:
        sheet = use.terms.sheet
        gates = [pool.gain.gate.at.root.name for pool in sheet.pools if pool.gain.gate is not None]
        if names := tuple(dict.fromkeys(name for name in gates if name in sheet.definitions)):
            found[use.key] = names
    return found


def with_band(bound: Sequence[BoundTerms], band: float) -> tuple[str, ...]:
    """Settings by which every dead band becomes this part of the target."""
    rate = f"{band * 100:.10f}".rstrip("0").rstrip(".")
    made = {key: ", ".join(f"{name}: {rate}% * target" for name in names) for key, names in dead_bands(bound).items()}
    return tuple(f"terms.{key}.define={{{definitions}}}" for key, definitions in made.items())


def draw(found: Scheme, counts: Counts, *, people: float, draws: int, seed: int) -> Draws:
    """Settle every year of many draws by the run's own rows.

    Raises:
        ChanceError: the list is too small, there are too many draws to hold, or a draw breaks a rule of a term sheet.
    """
    run, size = found.run, people / found.people
    if (sd := found.spread(counts).luck(people).sd) > MOST_LUCK:
        raise ChanceError(
            f"for {people:,.0f} people chance moves a year's cost by {sd:.0%}: too few to share a gain with"
        )
    if found.units.size * draws > MOST_FACTORS:
        most = MOST_FACTORS // found.units.size
        raise ChanceError(
            f"{len(found.lines)} lines in {len(run.years)} years: at most {most:,} draws of them are held"
        )
    year, base = factors(found, counts, size, draws, seed)
    parties = run.model.dimension["party"].members
    paid_by = {_row(sheet): parties.index(hub(sheet)) for sheet in pooled(run)}
    rules = [sheet.rules for sheet in pooled(run) if sheet.rules]
    sources: Mapping[str, Source] = {
        DRAWN: _moved(found, lambda t, span: year[t][:, span]),
        EXPECTED: _moved(found, lambda _, span: base[:, span]),
    }
    out = simulate(
        run.model, run.inputs.values | _no_change(run), sources, draws, keep=[*paid_by, *rules, TARGET, VARIANCE]
    )
    if any(out[rule].any() for rule in rules):
        raise ChanceError(
            "a draw breaks a rule of a term sheet, such as a score beyond its scale: it cannot be settled"
        )
    years = len(run.years)
    paid = sum((-np.broadcast_to(out[n][:, p], (years, draws)) for n, p in paid_by.items()), np.zeros((years, draws)))
    return Draws(paid * size, out[VARIANCE][found.year] / out[TARGET][found.year])


def _row(sheet: Compiled) -> str:
    """The gain share's payment by party, without performance payments."""
    return f"{sheet.sheet.prefix}.share_payment" if is_mixed(sheet) else sheet.payment


def factors(found: Scheme, counts: Counts, size: float, draws: int, seed: int) -> tuple[Array, Array]:
    """What cost comes to for one expected, by year, line and draw; and what the target was taken for one, by line.

    Every line has a stream of its own, and so do common shocks: those of the target come first, then the years'.
    """
    shape, k = found.units.shape, counts.baseline_years
    base, year = np.ones((shape[1], draws)), np.ones((*shape, draws))
    members = found.run.model.dimension["line"].members
    for at, (line, phi) in enumerate(zip(found.lines, counts.by_line(shape[1]), strict=True)):
        streams = Streams.open(seed, STREAM, members[line], 0, draws)
        if k:
            streams.each(partial(_cost, float(found.reference[at]) * size * k, phi, counts.casemix), base[at])
        for t in range(shape[0]):
            streams.each(partial(_cost, float(found.units[t, at]) * size, phi, counts.casemix), year[t, at])
    if counts.shock:
        swing, streams = np.empty(draws), Streams.open(seed, STREAM, "", 0, draws)
        if k:
            streams.normal(swing)
            base *= 1 + counts.shock / np.sqrt(k) * swing
        for t in range(shape[0]):
            streams.normal(swing)
            year[t] *= 1 + counts.shock * swing
    return year, base


def _cost(mean: float, phi: float, casemix: float, generator: np.random.Generator, draws: int) -> Array:
    """Cost of a count over what was expected: the count itself, and its units' own costs, which are gamma."""
    number = chance_factor(generator, mean, phi, draws)
    if casemix and mean:
        own = casemix**2
        number = generator.gamma(np.maximum(number * mean, LEAST_UNITS) / own, own) / mean
    return number


def _moved(found: Scheme, of: Callable[[int, slice], Array]) -> Source:
    """The expected growth of every line, times factors for those in the share."""
    still, lines = _by_line(found.neutral, EXPECTED), list(found.lines)

    def open_draws(first: int, last: int) -> Filler:
        def fill(t: int, out: Array) -> None:
            out[...] = still[t][:, None]
            out[lines] *= of(t, slice(first, last))

        return fill

    return open_draws


def settled(found: Scheme, drawn: Draws, *, people: float, band: float | None) -> Settled:
    """What draws come to."""
    size, years = people / found.people, list(found.settled)
    paid = drawn.paid[years]
    gained = paid > PENNY
    gains, losses = np.maximum(paid, 0).sum(axis=0), np.maximum(-paid, 0).sum(axis=0)
    return Settled(
        people,
        band,
        _mean(np.asarray(gained.mean(axis=0))),
        _mean(np.asarray(gained.any(axis=0), dtype=np.float64)),
        _mean(gains),
        _mean(losses),
        _mean(gains - losses),
        float((gains - losses).std()),
        tuple(float(p) for p in (drawn.paid > PENNY).mean(axis=1)),
        float(found.cost[years].sum()) * size,
    )


def needed(drawn: Draws, level: float) -> Simulated:
    """The dead band that luck clears with the probability `level` in the first full year, as drawn."""
    return band_of(drawn.variance, level)


def _mean(values: Array) -> Simulated:
    return Simulated(float(values.mean()), float(values.std() / np.sqrt(values.size)))
