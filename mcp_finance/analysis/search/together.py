"""All levers together: of all combinations that fail, the most plausible.

Plausibility is distance from the middle of all futures, in standard deviations: by the distributions of the scenario's
own `uncertainty`, with its correlations, where it has one; else with each lever's step as one standard deviation, which
is an assumption and said to be one. The nearest point that fails (`mcp_finance.analysis.search.nearest`) is the answer.
With distributions its distance, beta, gives a first estimate of the chance of failing, Phi(-beta): exact where the
boundary is flat, and to be checked by `simulate`. Chance in counts has no part in it.

One answer: demand at +1.3 and funding at -1.7 standard deviations is 2.14 from the middle: a chance of about 1.6%.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcp_finance.analysis.run import PENNY
from mcp_finance.analysis.search.margins import Margins, Proof
from mcp_finance.analysis.search.nearest import nearest
from mcp_finance.analysis.search.standard import Standard
from mcp_finance.analysis.search.turning import LESS, Turned
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.special import normal_cdf
from mcp_finance.scenario.amounts import How
from mcp_finance.scenario.shocked import Change
from mcp_finance.scenario.uncertain import uncertain

NUMBERS = 12
"""Decimals of a normal number: so many that no result shows it, so few that its amounts can be written."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one uncertain input, or lever, has in the joint answer: its amounts from least to most, and its part of the
    squared distance."""

    name: str
    title: str
    unit: str
    how: How
    least: float
    most: float
    part: float


@dataclass(frozen=True, slots=True)
class Joint:
    """The most plausible combination that fails; where the middle of all futures fails, the one that holds (`saves`).

    `distance` is in standard deviations, below nothing where it saves; `chance` of failing is what a flat boundary at
    that distance would mean: none where a lever's step stands for a standard deviation.
    """

    from_uncertainty: bool
    saves: bool
    distance: float
    chance: float | None
    pieces: tuple[Piece, ...]
    changes: tuple[Change, ...]
    proof: Proof
    chance_in_counts: bool


def joint(at: Margins, turned: Turned) -> Joint | None:
    """The most plausible combination, by the scenario's own distributions or by the levers' steps."""
    what = uncertain(at.run.loaded, at.run.inputs)
    by_levers = not what.sources
    if by_levers and not turned.levers:
        return None
    standard = turned.standard if by_levers else Standard(at.run, what, at.rows)
    low, high = turned.bounds if by_levers else (np.full(len(standard.places), -np.inf),) * 2
    margin = at.least_at(standard)
    point = nearest(margin, low, high if by_levers else -high, -PENNY)
    if point is None:
        return None
    saves = bool(margin(np.zeros((len(point), 1)))[0] < -PENNY)
    proved = _proved(at, standard, point, saves)
    if proved is None:
        return None
    point, changes = proved, standard.changes(proved)
    proof = at.proof(changes, standard.changes(point * LESS))
    if proof is None:
        return None
    distance = float(np.linalg.norm(point)) * (-1 if saves else 1)
    chance = None if by_levers else float(normal_cdf(np.array(-distance)))
    titles = {f.lever.name: f.lever.title for f in turned.levers} if by_levers else {}
    counts = bool(what.counts) and not by_levers
    return Joint(not by_levers, saves, distance, chance, _pieces(standard, point, titles), changes, proof, counts)


def _proved(at: Margins, standard: Standard, point: Array, saves: bool) -> Array | None:
    """The point, or one a hair farther out, whose own run changes sides; None if none does."""
    for hair in (0.0, *(10.0**k for k in range(-12, -3))):
        asked = np.round(point * (1 + hair), NUMBERS)
        found = at.after(standard.changes(asked))
        if found is not None and (at.year_of(found) is None) is saves:
            return np.asarray(asked)
    return None


def _pieces(standard: Standard, point: Array, titles: Mapping[str, str]) -> tuple[Piece, ...]:
    """What each source has in a point, the one with the greatest part first."""
    whole = float(point @ point) or 1.0
    parts: dict[str, float] = {}
    for place, z in zip(standard.places, point.tolist(), strict=True):
        parts[place.source] = parts.get(place.source, 0.0) + z * z / whole
    amounts = standard.amounts(point)
    found = []
    for source in standard.uncertain.sources:
        own = [v for (name, _), values in amounts.items() if name == source.name for v in values]
        unit, title = source.addresses[0].unit, titles.get(source.name, source.name)
        found.append(Piece(source.name, title, unit, source.how, min(own), max(own), parts.get(source.name, 0.0)))
    return tuple(sorted(found, key=lambda piece: -piece.part))
