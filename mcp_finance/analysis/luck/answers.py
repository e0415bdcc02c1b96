"""Questions about luck, answered in tables: by size of list and dead band, the band that a size needs, and the reverse.

A plain share has closed forms, and a simulation with skewed costs beside the band that it needs. A scenario's share is
simulated through its own rows, once as written and once for each dead band asked, with the same draws (common random
numbers), so that two bands differ by what they pay and not by their luck.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mcp_finance.analysis.luck.chance import Outlook, Share, Simulated, Spread, outlook, simulated_band, spread
from mcp_finance.analysis.luck.scheme import (
    ChanceError,
    Counts,
    Scheme,
    Settled,
    dead_bands,
    draw,
    needed,
    other_baselines,
    scheme,
    settled,
    with_band,
)
from mcp_finance.analysis.run import Run, run


@dataclass(frozen=True, slots=True)
class People:
    """What a plain share is asked about: costs of a head, how the target was made, and what moves all at once."""

    cv: float
    weights: tuple[float, ...] = ()
    correlation: float = 0.0
    shock: float = 0.0

    @property
    def spread(self) -> Spread:
        return spread(self.cv, self.weights, self.correlation, self.shock)


@dataclass(frozen=True, slots=True)
class Cell:
    """A plain share on one size of list with one dead band."""

    people: float
    band: float
    sd: float
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Need:
    """The dead band with which a list of this size is paid for luck in at most `level` of years."""

    people: float
    level: float
    band: float
    simulated: Simulated


@dataclass(frozen=True, slots=True)
class Enough:
    """The smallest list for which a dead band keeps to `level`; none where common shocks alone are too much for it."""

    band: float
    level: float
    people: float | None


@dataclass(frozen=True, slots=True)
class Plain:
    """The answers for a plain share."""

    people: People
    share: Share
    years: int
    cells: tuple[Cell, ...]
    needs: tuple[Need, ...]
    enough: tuple[Enough, ...]
    cost_per_head: float | None
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What both kinds of answer are asked for: sizes of list, dead bands, and how often luck may be paid."""

    sizes: tuple[float, ...]
    bands: tuple[float, ...]
    levels: tuple[float, ...]
    draws: int
    seed: int


@dataclass(frozen=True)
class Own:
    """The answers for a scenario's share. `cv` is that of a cost a head with as much luck in a year alone.

    `sd` and its twin as drawn are of the first size asked, `people`; so is `lower`: by level, the dead band that counts
    need which vary no more than independent events do.
    """

    scheme: Scheme
    counts: Counts
    spread: Spread
    people: float
    sd: float
    drawn_sd: float
    cv: float
    bands: tuple[str, ...]
    settled: tuple[Settled, ...]
    needs: tuple[Need, ...]
    enough: tuple[Enough, ...]
    lower: tuple[tuple[float, float], ...]
    other_baselines: tuple[str, ...]
    draws: int
    seed: int


def plain(people: People, share: Share, asked: Asked, *, years: int, cost_per_head: float | None = None) -> Plain:
    """Every size with every dead band. The share's own band is not read."""
    made = people.spread
    cells = []
    for size in asked.sizes:
        luck = made.luck(size)
        cells += [Cell(size, b, luck.sd, outlook(replace(share, band=b), luck, years)) for b in asked.bands]
    needs = []
    for size in asked.sizes:
        for level in asked.levels:
            found = simulated_band(
                people.cv,
                size,
                level,
                weights=people.weights,
                correlation=people.correlation,
                shock=people.shock,
                draws=asked.draws,
                seed=asked.seed,
            )
            needs.append(Need(size, level, made.band(size, level), found))
    enough = tuple(_enough(made, asked))
    return Plain(people, share, years, tuple(cells), tuple(needs), enough, cost_per_head, asked.draws, asked.seed)


def own(found: Run, counts: Counts, asked: Asked) -> Own:
    """A scenario's share as written and with each dead band; without sizes its own list.

    Raises:
        ChanceError: the scenario has nothing to ask, or dead bands are asked of sheets that have none.
        ScenarioError: a term sheet cannot be used with a dead band asked.
    """
    as_written = scheme(found)
    names = tuple(f"{key}.{n}" for key, names in dead_bands(found.loaded.terms).items() for n in names)
    if asked.bands and not names:
        raise ChanceError(
            "no gain has a gate that is a definition of its term sheet, so that no other dead band can be put in its "
            "place: leave --dead-band out, or write the gate as `gate: {at: deadband, then: excess}`"
        )
    made, people = as_written.spread(counts), asked.sizes or (as_written.people,)
    results, needs = [], []
    drawn = [draw(as_written, counts, people=size, draws=asked.draws, seed=asked.seed) for size in people]
    for size, found_draws in zip(people, drawn, strict=True):
        results.append(settled(as_written, found_draws, people=size, band=None))
        needs += [Need(size, level, made.band(size, level), needed(found_draws, level)) for level in asked.levels]
    for band in asked.bands:
        other = scheme(_again(found, band))
        for size in people:
            found_draws = draw(other, counts, people=size, draws=asked.draws, seed=asked.seed)
            results.append(settled(other, found_draws, people=size, band=band))
    least = as_written.spread(Counts(1.0, baseline_years=counts.baseline_years))
    return Own(
        scheme=as_written,
        counts=counts,
        spread=made,
        people=people[0],
        sd=made.luck(people[0]).sd,
        drawn_sd=float(drawn[0].variance.std()),
        cv=made.yearly_head**0.5,
        bands=names,
        settled=tuple(results),
        needs=tuple(needs),
        enough=tuple(_enough(made, asked)),
        lower=tuple((level, least.band(people[0], level)) for level in asked.levels),
        other_baselines=other_baselines(found),
        draws=asked.draws,
        seed=asked.seed,
    )


def _again(found: Run, band: float) -> Run:
    """The run with another dead band in its term sheets."""
    loaded = found.loaded
    settings = (*loaded.settings, *with_band(loaded.terms, band))
    years = len(found.years) if loaded.shortened else None
    return run(loaded.path, cases=loaded.cases, settings=settings, years=years)


def _enough(made: Spread, asked: Asked) -> Iterator[Enough]:
    for band in asked.bands:
        for level in asked.levels:
            yield Enough(band, level, made.people(band, level))
