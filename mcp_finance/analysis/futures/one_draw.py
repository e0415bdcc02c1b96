"""One draw of a simulation as changes of the scenario: what chance had drawn, as figures that can be read and argued.

Every source becomes one change for each amount that it drew, and every count of activity that varies the year's factor.
The run after these changes is the draw, to the penny: in a scenario file, in a workbook with live formulas, under
`explain`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mcp_finance.analysis.futures.drawn import Futures, Span, place_of_draw
from mcp_finance.model.delivery.chance import CHANCE
from mcp_finance.sampling.streams import BLOCK
from mcp_finance.scenario.addresses import INPUTS, Address
from mcp_finance.scenario.shocked import Amount, Change
from mcp_finance.scenario.uncertain import Source

Drawn = dict[tuple[str, int], list[float]]
"""The amounts of each target of each source, a year each."""


def changes_of(futures: Futures, draw: int, years: int) -> tuple[Change, ...]:
    """What a draw changes, in the order in which it acts."""
    first, at = place_of_draw(draw)
    span = Span(futures, futures.names, first, first + BLOCK)
    buffers = {n: np.empty((*futures.values[n].shape[1:], BLOCK)) for n in futures.names}
    amounts: Drawn = {}
    factors: dict[str, list[float]] = {line: [] for line in futures.uncertain.counts}
    for t in range(years):
        span.fill(t, buffers)
        for name, targets in span.amounts.items():
            for k, values in enumerate(targets):
                amounts.setdefault((name, k), []).append(float(values[at]))
        for line, found in factors.items():
            found.append(float(span.chances[line][at]))
    chances = (
        Change(f"chance_{line}"[:40], (f"{INPUTS}.{CHANCE.name}.{line}",), "is", tuple(found))
        for line, found in factors.items()
    )
    return (*chances, *(c for source in futures.uncertain.sources for c in source_changes(source, amounts)))


def source_changes(source: Source, amounts: Drawn) -> Iterator[Change]:
    """What a source has drawn, as a change for each of its targets."""
    for k, target in enumerate(source.targets):
        drawn = amounts[source.name, k]
        name = source.name if source.shares else f"{source.name}_{k + 1}"[:40]
        if source.how == "is" and target.addresses[0].unit == "time":
            yield from (_day(name, address, drawn[0]) for address in target.addresses)
        elif source.timing == "whole_term":
            yield Change(name, tuple(a.path for a in target.addresses), source.how, drawn[0])
        else:
            for years in dict.fromkeys(a.years for a in target.addresses):
                amount: Amount = tuple(v if t in years else None for t, v in enumerate(drawn))
                on = tuple(a.path for a in target.addresses if a.years == years)
                yield Change(name, on, source.how, amount)


def _day(name: str, address: Address, day: float) -> Change:
    """A drawn day as the time from the day that is written: a draw need not fall on midnight, a date does."""
    return Change(name, (address.path,), "add", day - address.values[0])
