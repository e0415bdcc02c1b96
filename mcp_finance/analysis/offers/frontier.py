"""The negotiation surface: what each offer is worth to each party, which are efficient, which nobody should sign.

All offers meet the same futures (`mcp_finance.analysis.offers.paths`), so that two are compared with what differs
between them and not with the luck of the draws.

A share moves money between parties: what one expects to gain another expects to lose, and parties that looked at
nothing but what they expect would find every split efficient. What terms can change is who bears the bad years. An
offer is therefore judged by its *worth* to a party, what the party expects less a weight of the way from there down to
its mean in the worst 5% of futures (the expected shortfall):

    worth = expected - weight x (expected - mean of the worst 5%)

With a weight of 100%, which is what is used unless another is asked for, worth is that mean. The weight is a choice of
whoever negotiates and comes from no source; 0% is a party that minds only what it expects. The P5 is shown beside, but
not used: it is one order statistic, whose differences are several times less certain than those of a mean.

An offer is *efficient* if no other is worth as much to both parties and more to one. It is one that *neither should
sign* if both are worse off than without a share, or if another offer is worth more to one and no less to the other:
that one should be signed in its place.

One draw on its way: in draw 4,217 the holder's results add up to -£31m under one offer and -£33m under another. Each is
one of 4,000 in an expected value and in a P5; their difference, £2m, is one of 4,000 in the error of the difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mcp_finance.analysis.futures.store import Store
from mcp_finance.analysis.offers.common_futures import INSOLVENT, NPV, RESULT, TAIL, Prepared, kept, key
from mcp_finance.analysis.offers.offers import Offer
from mcp_finance.analysis.run import PENNY, Run
from mcp_finance.model.party import COMMISSIONER, HOLDER
from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.estimates import draws_needed
from mcp_finance.sampling.paired import FEWEST, Estimated, mean_of, proportion_of, quantile_of, shortfall_of
from mcp_finance.scenario.uncertain import Uncertain

WEIGHT = 1.0
TWO = (HOLDER, COMMISSIONER)


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate with its error, and its difference from the contract as it stands with the error of that."""

    value: float
    error: float
    change: float
    change_error: float


@dataclass(frozen=True, slots=True)
class PartyView:
    """An offer to one party, over the term: results expected, in a bad future and in the worst; NPV if appraised.

    `against` is its worth less its worth without a share, with the error; None where there is no such reference.
    """

    expected: Figure
    p5: Figure
    shortfall: Figure
    npv: Figure | None
    insolvent: Figure
    worth: Figure
    against: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Better:
    """An offer that dominates another: its number, and what it is worth more to each party, with the error.

    `clear` says whether every party's gain is beyond two errors, or nothing at all.
    """

    offer: int
    gains: Mapping[str, tuple[float, float]]

    @property
    def clear(self) -> bool:
        return all(gain > 2 * error or max(gain, error) < PENNY for gain, error in self.gains.values())


@dataclass(frozen=True, slots=True)
class View:
    """An offer judged. `worse_for` are those of the two parties that are worse off than without a share.

    `together` is the change of all parties' expected results together: nil where money only moves between them. `rows`
    counts the rows computed for it alone.
    """

    offer: Offer
    parties: Mapping[str, PartyView]
    together: float
    better: Better | None
    worse_for: tuple[str, ...]
    rows: int

    @property
    def efficient(self) -> bool:
        return self.better is None


@dataclass(frozen=True)
class Frontier:
    """Every offer judged; the first is the contract as it stands. `rows` is how many a simulation of one has.

    `alike` are labels of offers that are the contract as it stands, whatever they set.
    """

    base: Run
    two: tuple[str, str]
    weight: float
    asked: int
    draws: int
    views: tuple[View, ...]
    without: View | None
    alike: tuple[str, ...]
    rows: int
    uncertain: Uncertain

    @property
    def complete(self) -> bool:
        return self.draws == self.asked

    @property
    def too_few(self) -> bool:
        """Whether so few draws do not give a P5."""
        return self.draws < draws_needed(TAIL)

    def efficient(self) -> tuple[View, ...]:
        """The Pareto set, best for the first party first."""
        found = [view for view in self.views if view.efficient]
        return tuple(sorted(found, key=lambda view: -view.parties[self.two[0]].worth.value))

    def refused(self, view: View) -> bool:
        """Whether both parties would be worse off than without a share."""
        return set(view.worse_for) == set(self.two)

    def clearly(self, view: View) -> bool:
        """Whether those who are worse off are so by more than two errors."""
        found = (view.parties[p].against for p in view.worse_for)
        return all(gap[0] < -2 * gap[1] for gap in found if gap)


# Judging --------------------------------------------------------------------------------------------------------------


def judged(prepared: Prepared, store: Store, *, two: tuple[str, str] = TWO, weight: float = WEIGHT) -> Frontier:
    """The offers by what was drawn of them.

    Raises:
        ValueError: fewer than 100 draws are finished, one of the two is no party, or the weight is none.
    """
    if unknown := [p for p in two if p not in prepared.base.parties]:
        raise ValueError(f"{unknown[0]} is no party: {', '.join(prepared.base.parties)}")
    if two[0] == two[1] or not 0 <= weight <= 1:
        raise ValueError("two different parties, and a weight of 0% to 100%, are needed")
    draws = store.finished
    if draws < FEWEST:
        raise ValueError(f"{draws} finished draws say nothing of a P5: {FEWEST} are the fewest")
    arrays = {row: values[0, :draws] for row, values in store.arrays.items()}
    count = len(prepared.offers)
    worth = [{p: _Look.at(arrays[key(k, RESULT, p)], weight).worth for p in two} for k in range(len(prepared.tests))]
    best = dominators(np.array([[w[p].value for p in two] for w in worth[:count]]))
    base = {p: _Look.at(arrays[key(0, RESULT, p)], weight) for p in prepared.base.parties}
    judge = _Judge(prepared, arrays, weight, base, worth[count] if prepared.without else {})
    views = tuple(judge.view(k, offer, _better(best[k], worth[k], worth)) for k, offer in enumerate(prepared.offers))
    without = judge.view(count, prepared.without, None) if prepared.without else None
    whole = prepared.paths.branches[0].whole
    return Frontier(
        prepared.base, two, weight, store.plan.draws, draws, views, without, prepared.alike, whole, prepared.uncertain
    )


def _better(offer: int | None, own: Mapping[str, Estimated], worth: Sequence[Mapping[str, Estimated]]) -> Better | None:
    if offer is None:
        return None
    gains = {p: worth[offer][p] - own[p] for p in own}
    return Better(offer, {p: (gain.value, gain.error) for p, gain in gains.items()})


@dataclass(frozen=True, slots=True)
class _Look:
    """One party's results under one offer, in figures."""

    expected: Estimated
    p5: Estimated
    shortfall: Estimated
    worth: Estimated

    @classmethod
    def at(cls, results: Array, weight: float) -> _Look:
        expected, low = mean_of(results), quantile_of(results, TAIL)
        worst = shortfall_of(results, TAIL)
        return cls(expected, low, worst, expected - (expected - worst) * weight)


@dataclass(frozen=True)
class _Judge:
    """What was drawn, by key; looks at the first contract and at the reference are taken once."""

    prepared: Prepared
    arrays: Mapping[str, Array]
    weight: float
    base: Mapping[str, _Look]
    without: Mapping[str, Estimated]

    def look(self, k: int) -> dict[str, _Look]:
        """Every party's results under one offer."""
        parties = self.prepared.base.parties
        return {p: _Look.at(self.arrays[key(k, RESULT, p)], self.weight) for p in parties}

    def view(self, k: int, offer: Offer, better: Better | None) -> View:
        """One offer, beside the contract as it stands and beside none."""
        parties = {p: self._party(k, p, own) for p, own in self.look(k).items()}
        worse = tuple(p for p, view in parties.items() if view.against and view.against[0] < -PENNY)
        together = sum(view.expected.change for view in parties.values())
        return View(offer, parties, together, better, worse, self.prepared.paths.branches[k].rows)

    def _party(self, k: int, party: str, own: _Look) -> PartyView:
        base, npv, against = self.base[party], None, None
        if NPV in kept(self.prepared.base):
            npv = _figure(*(mean_of(self.arrays[key(j, NPV, party)]) for j in (k, 0)))
        if party in self.without:
            gain = own.worth - self.without[party]
            against = (gain.value, gain.error)
        hits, error = proportion_of(self.arrays[key(k, INSOLVENT, party)])
        before, _ = proportion_of(self.arrays[key(0, INSOLVENT, party)])
        return PartyView(
            _figure(own.expected, base.expected),
            _figure(own.p5, base.p5),
            _figure(own.shortfall, base.shortfall),
            npv,
            replace(_figure(hits, before), error=error),
            _figure(own.worth, base.worth),
            against,
        )


def _figure(own: Estimated, base: Estimated) -> Figure:
    change = own - base
    return Figure(own.value, own.error, change.value, change.error)


def pareto(points: Array) -> NDArray[np.bool_]:
    """Which points, `(points, objectives)`, no other dominates; more is better, and a penny is no difference."""
    return np.array([found is None for found in dominators(points)], dtype=bool)


def dominators(points: Array) -> list[int | None]:
    """For every point the efficient one that dominates it, of several that whose least gain is the largest.

    One point dominates another if it is at least as good in every objective and better in one.
    """
    rounded = np.round(points, 2)
    above = rounded[:, None, :] - rounded[None, :, :]
    over = np.logical_and(np.all(above >= 0, axis=-1), np.any(above > 0, axis=-1))
    efficient = np.logical_not(np.any(over, axis=0))
    return [_best(np.flatnonzero(np.logical_and(over[:, k], efficient)), above[:, k]) for k in range(len(rounded))]


def _best(over: NDArray[np.intp], gains: Array) -> int | None:
    return max(over.tolist(), key=lambda j: tuple(sorted(gains[j])), default=None)


def ranked(frontier: Frontier) -> tuple[tuple[int, View], ...]:
    """The offers with their numbers: efficient ones, others, those that both refuse; by worth to the first party."""
    first = frontier.two[0]

    def place(numbered: tuple[int, View]) -> tuple[bool, bool, float]:
        view = numbered[1]
        return frontier.refused(view), not view.efficient, -view.parties[first].worth.value

    return tuple(sorted(enumerate(frontier.views), key=place))
