"""A distribution as it is written made into one that can be drawn: its amounts are read by the kind of the figure.

`normal: {sd: 0.6%}` of a growth is read as a rate; a mean that is left out is the amount that changes nothing. What no
distribution can have is told at the place of the family, in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mcp_finance.files.figures import FigureError, Raw
from mcp_finance.files.shape import Steps
from mcp_finance.sampling import distributions
from mcp_finance.sampling.distributions import Distribution, DistributionError
from mcp_finance.scenario.addresses import Address
from mcp_finance.scenario.amounts import How, read_amount
from mcp_finance.scenario.sections import uncertainty as section

NEUTRAL: Mapping[How, str | int] = {"add": 0, "times": "100%"}
PLACES = ("mean", "mode", "least", "most", "p10", "p50", "p90")
MIDDLED = ("normal", "lognormal")


class Tell(Protocol):
    """Takes a problem at a path."""

    def __call__(self, path: Steps, message: str, instead: str, *, key: bool = False) -> None: ...


def made_of(given: section.Distribution, how: How, of: Address, path: Steps, tell: Tell) -> Distribution | None:
    """The distribution of a figure, or None after its problems; `path` is where it stands."""
    reading = _Reading(of, path, tell)
    at: Steps = (*path, given.family)
    parameters = reading.parameters(given, how, at)
    cut = {k: reading.amount(raw, how, path, k) for k in ("least", "most") if (raw := getattr(given, k)) is not None}
    if reading.failed:
        return None
    try:
        made = FAMILY[given.family](**parameters)
        return distributions.Truncated(made, cut.get("least", -np.inf), cut.get("most", np.inf)) if cut else made
    except DistributionError as error:
        tell(at, error.message, error.instead.removeprefix("write "), key=True)
        return None


@dataclass
class _Reading:
    of: Address
    path: Steps
    tell: Tell
    failed: bool = field(default=False, init=False)

    def amount(self, raw: Raw, how: How, at: Steps, key: str | int) -> float:
        """One amount, in the unit of the figure."""
        try:
            return read_amount(self.of.unit, how, raw, last_day=self.of.last_day)
        except FigureError as error:
            self.failed = True
            self.tell((*at, key), error.message, error.instead)
            return 0.0

    def parameters(self, given: section.Distribution, how: How, at: Steps) -> dict[str, object]:
        """Every parameter of the family: places as the figure is written, a spread as a change of it."""
        own = getattr(given, given.family)
        if given.family == "empirical":
            return {"values": tuple(self.amount(raw, how, at, k) for k, raw in enumerate(own))}
        found: dict[str, object] = {}
        for key in type(own).model_fields:
            raw = getattr(own, key)
            if raw is None and key == "mean" and given.family in MIDDLED:
                raw = self._usual_mean(how, at)
            if key in PLACES and raw is not None:
                found[key] = self.amount(raw, how, at, key)
            elif key == "sd":
                found[key] = self.amount(raw, "times" if how == "times" else "add", at, key)
            elif raw is not None:
                found[key] = raw
        return found

    def _usual_mean(self, how: How, at: Steps) -> str | int | None:
        if how not in NEUTRAL:
            self.failed = True
            self.tell(at, "the mean is missing", "mean: the middle of what the figure may be", key=True)
            return None
        return NEUTRAL[how]


def _percentiles(
    p10: float, p90: float, p50: float | None = None, mean: float | None = None, **bounds: float
) -> Distribution:
    """By the middle, or by the mean."""
    if p50 is not None:
        return distributions.Percentiles(p10, p50, p90, **bounds)
    assert mean is not None
    return distributions.Percentiles.with_mean(p10, mean, p90, **bounds)


FAMILY: Mapping[str, Callable[..., Distribution]] = {
    "normal": distributions.Normal,
    "lognormal": distributions.Lognormal,
    "beta": distributions.Beta,
    "pert": distributions.Pert,
    "triangular": distributions.Triangular,
    "uniform": distributions.Uniform,
    "empirical": distributions.Empirical,
    "percentiles": _percentiles,
}
