"""Offers drawn in common futures: what each party has over the term, by offer and draw.

The rule: the numbers of a draw are those of the scenario's seed, whatever is offered, so that offers differ in a draw
by their terms alone; and what offers share is drawn once (`mcp_finance.analysis.offers.paths`).

One draw on its way: the trunk of its span is computed; each branch turns its rows into the holder's result over the
term, one number, and whether it was ever insolvent; the span's numbers go to the store, and its rows are forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import local

import numpy as np

from mcp_finance.analysis.futures.outcomes import Outcome, outcomes
from mcp_finance.analysis.futures.simulate import Job, Progress, as_finished, prepared
from mcp_finance.analysis.futures.store import Plan, Store
from mcp_finance.analysis.offers.offers import Offer, Offers
from mcp_finance.analysis.offers.paths import Block, Contract, Paths, digested, paths, same_results
from mcp_finance.analysis.run import Run
from mcp_finance.sampling.estimates import draws_needed
from mcp_finance.sampling.paired import FEWEST
from mcp_finance.sampling.streams import BLOCK
from mcp_finance.scenario.uncertain import Uncertain

TAIL = 0.05
MOST_NUMBERS = 50_000_000
"""Results of parties, offers and draws that are held at a time: 400 MB."""
SPAN = 2 * BLOCK
"""Draws done at a time: enough that few calls are made, few enough that the trunk's rows stay in the cache."""
RESULT, NPV, INSOLVENT = "result", "npv", "insolvent"


@dataclass(frozen=True)
class Prepared:
    """Offers made ready to be drawn together; `alike` are labels of those that turned out to be the base."""

    offers: tuple[Offer, ...]
    without: Offer | None
    alike: tuple[str, ...]
    paths: Paths
    tests: tuple[Mapping[str, Outcome], ...]
    uncertain: Uncertain

    @property
    def base(self) -> Run:
        return self.offers[0].run

    def plan(self, draws: int) -> Plan:
        """What is kept: a number a draw, by offer and party.

        Raises:
            ValueError: so few draws say nothing of a tail, or so many cannot be held.
        """
        if draws < FEWEST:
            raise ValueError(
                f"{draws} draws say nothing of a P5: {FEWEST} are the fewest, {draws_needed(TAIL):,} enough"
            )
        rows = tuple(
            key(k, what, p) for k in range(len(self.tests)) for p in self.base.parties for what in kept(self.base)
        )
        if (numbers := len(rows) * draws) > MOST_NUMBERS:
            most = MOST_NUMBERS // len(rows) // BLOCK * BLOCK
            raise ValueError(
                f"{len(self.tests)} offers in {draws:,} draws are {numbers:,} numbers: at most {most:,} draws"
            )
        return Plan(rows, 1, draws, "")

    def reduced(self, k: int, rows: Block) -> Block:
        """Of one contract's rows in some draws, what each party has over the term, and whether it is ever insolvent."""
        found = {}
        for party in self.base.parties:
            test = self.tests[k][party]
            found[key(k, RESULT, party)] = rows[f"{party}.result"].sum(axis=0)
            found[key(k, INSOLVENT, party)] = test.test(rows).any(axis=0).astype(np.float64)
            if NPV in kept(self.base):
                found[key(k, NPV, party)] = rows[f"{party}.npv"][-1]
        return found


def prepare_offers(offers: Offers, *, seed: int | None = None) -> Prepared:
    """Offers with the paths that they have in common. One that is the base in every future is left out, and named.

    Raises:
        ScenarioError: nothing in the scenario is uncertain, or what is cannot be drawn.
    """
    every = (*offers.all, *((offers.without,) if offers.without else ()))
    first = _job(offers.base.run, seed)
    contracts = [_contract(offer, offers.base, first) for offer in every]
    digests = digested(contracts)
    both = list(zip(contracts, digests, strict=True))
    same = {k for k in range(1, len(offers.all)) if same_results(both[0], both[k])}
    kept = [k for k in range(len(every)) if k not in same]
    tests = tuple(_insolvency(every[k].run) for k in kept)
    return Prepared(
        tuple(offers.all[k] for k in kept if k < len(offers.all)),
        offers.without,
        tuple(offers.all[k].label for k in sorted(same)),
        paths([contracts[k] for k in kept], [digests[k] for k in kept]),
        tests,
        first.futures.uncertain,
    )


def draw(prepared: Prepared, store: Store, *, workers: int = 1, progress: Progress | None = None) -> None:
    """Draw what the store still lacks, some futures at a time for all offers.

    Raises:
        KeyboardInterrupt: it was stopped; the store holds what is finished.
    """
    own, tell = local(), progress or (lambda done, of: None)

    def work(first: int, last: int) -> tuple[int, int, Block]:
        if not hasattr(own, "along"):
            own.along = prepared.paths.worker()
        return first, last, own.along.run(first, last, prepared.reduced)

    tell(store.finished, store.plan.draws)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        for first, last, block in as_finished(pool, work, store.missing(SPAN, BLOCK), 2 * max(1, workers)):
            store.put(first, last, {name: values[None] for name, values in block.items()})
            tell(sum(b - a for a, b in store.done), store.plan.draws)


def _job(run: Run, seed: int | None) -> Job:
    tests = _insolvency(run)
    rows = [f"{p}.{what}" for p in run.parties for what in kept(run) if what != INSOLVENT]
    read = [row for p in run.parties for row in tests[p].rows]
    return prepared(run, seed=seed, keep=dict.fromkeys([*rows, *read]))


def _contract(offer: Offer, base: Offer, first: Job) -> Contract:
    """An offer in its futures, which are those of the base unless it changes what they are drawn about."""
    job = first
    if offer.run is not base.run:
        values = {name: offer.run.results[name][..., 0] for name in offer.run.model.inputs}
        if offer.run.loaded is base.run.loaded and all(
            np.array_equal(values[name], first.values[name]) for name in first.futures.names
        ):
            futures = replace(first.futures, means=offer.run.results["activity"][..., 0])
            job = Job(offer.run.model, values, futures, first.keep)
        else:
            job = _job(offer.run, first.futures.uncertain.seed)
    return Contract(job.model, job.values, job.futures, job.keep, offer.held)


def _insolvency(run: Run) -> dict[str, Outcome]:
    return {o.party: o for o in outcomes(run) if o.key == f"{INSOLVENT}.{o.party}"}


def kept(run: Run) -> tuple[str, ...]:
    appraised = all(f"{p}.npv" in run.model.rows for p in run.parties)
    return (RESULT, INSOLVENT, NPV) if appraised else (RESULT, INSOLVENT)


def key(k: int, what: str, party: str) -> str:
    return f"{k}.{what}.{party}"
