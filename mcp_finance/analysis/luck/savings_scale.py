"""The published sliding scale of minimum savings rates, and what it says about luck.

The Medicare Shared Savings Program pays a one-sided organisation nothing unless its saving reaches a part of its target
that falls with the number of people, from 3.9% at 5,000 to 2.0% at 60,000 (12.2% at 500, for those that fall below
5,000), in straight lines between. Sources: 42 CFR 425.604(b); CMS, Shared Savings and Losses, Assignment and Quality
Performance Standard Methodology Specifications, version 11, January 2023, Table 6. How it was made was set out when it
was proposed (CMS-1345-P, 76 FR 19528, 7 April 2011): rates with which an organisation of average cost and growth would
be unlikely to be paid by random chance, at a level of confidence that is higher for larger ones, blended between 5,000
and 20,000 and between 20,000 and 50,000 people, and never below 2%, because some chance persists in groups of any size.
That text was read in extracts. The levels themselves, 90%, 95% and 99%, were not read at source: they are taken as
one-sided, and the table bears that out.

What agrees: rates of z(n) * cv / sqrt(n), with z one-sided at 90% up to 5,000, 95% at 20,000 and 99% from 50,000 on and
blended in straight lines by n between them, are every row of the table to its printed tenth of a point, for one cv:
that of 2.134 to 2.137. Two-sided levels have no such cv, nor has any single level of confidence. A study that came to
its probabilities in another way agrees: with a 2% threshold and no saving, 0.24 of organisations of 5,000 are paid and
0.26 penalised, and 0.02 either way at 50,000 (DeLia, Hoover and Cantor, Medicare & Medicaid Research Review 2012; 2(4),
doi 10.5600/mmrr.002.04.a04, abstract). With cv 2.136 the closed form gives 0.25 and 0.02.

What that cv is: of the whole difference between target and actual, the target's own error in it, of Medicare's older
and sicker people, their largest claims cut off. It is not one person's cv: were three past years of the target weighted
10%, 30% and 60% and independent (an illustration), one year's would be 2.136 / sqrt(1.46) = 1.77. Nor does it hold a
common shock to speak of: with more than 0.13% of cost the rows no longer come out as printed. Those are left to the
floor of 2%.

Where it differs from what `chance` advises: the chance of paying for luck is not the same along the table. It is 10% a
year at 5,000 people and 1% at 50,000, on purpose, so that small organisations can join. A scheme that wants at most 5%
needs 5.0% at 5,000. English schemes of hospital use alone have another cv, which follows from their activity.

What happened is wider than either. Of the 333 organisations of 2014, 20% overspent by more than their rate in this
table, where its own cv makes 7%; the 75 of 20,000 people and more spread by 3.1% of their target (one standard
deviation), where it makes 1.2%; 2016, 2018 and 2022 are as wide (CMS public use files). True differences and targets
that drift from what care would have cost are in that, and neither falls with size. So the scale bounds the luck of
drawing people and nothing else, and so does `chance`, but for the common shocks that its user puts in.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

KNOTS = {
    500: 0.122,
    1_000: 0.087,
    3_000: 0.050,
    5_000: 0.039,
    6_000: 0.036,
    7_000: 0.034,
    8_000: 0.032,
    9_000: 0.031,
    10_000: 0.030,
    15_000: 0.027,
    20_000: 0.025,
    50_000: 0.022,
    60_000: 0.020,
}
"""Minimum savings rates by people: 42 CFR 425.604(b) and CMS version 11, Table 6."""
SOURCE = "42 CFR 425.604(b); CMS Methodology Specifications v11 (2023), Table 6"
LEVELS = {5_000: 0.90, 20_000: 0.95, 50_000: 0.99}
"""One-sided levels of confidence by people, read into the table and not at source (see above)."""
PRINTED = 0.0005
"""Half of the last place to which the table is printed."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the table beside what makes it: `implied_cv` at the assumed level, and the range that prints alike.

    `confidence` and `chance` are what the published rate comes to with the cv that fits all rows.
    """

    people: int
    published: float
    rebuilt: float
    implied_cv: float
    low_cv: float
    high_cv: float
    confidence: float

    @property
    def chance(self) -> float:
        """Of a gain being paid for nothing."""
        return 1 - self.confidence


@dataclass(frozen=True, slots=True)
class Fit:
    """The one cv for which the whole table comes out as printed, from `low` to `high`, and its rows."""

    low: float
    high: float
    rates: tuple[Rate, ...]

    @property
    def cv(self) -> float:
        return (self.low + self.high) / 2

    @property
    def agrees(self) -> bool:
        """Whether there is such a cv."""
        return self.low <= self.high


def published(people: float) -> float:
    """The minimum savings rate of a list: straight lines between the rows; outside them the first or last."""
    return _line({float(n): rate for n, rate in KNOTS.items()}, people)


def deviations(people: float) -> float:
    """Standard deviations that the table asks for: of its levels of confidence, blended in straight lines between."""
    return _line({float(n): _NORMAL.inv_cdf(level) for n, level in LEVELS.items()}, people)


def fit() -> Fit:
    """What cv each row implies, and which of them make the whole table."""
    ranges = {n: tuple(_cv(rate + d, n) for d in (-PRINTED, 0, PRINTED)) for n, rate in KNOTS.items()}
    low, high = max(r[0] for r in ranges.values()), min(r[2] for r in ranges.values())
    cv = (low + high) / 2
    rates = []
    for n, rate in KNOTS.items():
        sd = cv / n**0.5
        row = (n, rate, deviations(n) * sd, ranges[n][1], ranges[n][0], ranges[n][2], _NORMAL.cdf(rate / sd))
        rates.append(Rate(*row))
    return Fit(low, high, tuple(rates))


def _cv(rate: float, people: float) -> float:
    return float(rate / deviations(people) * people**0.5)


def _line(points: dict[float, float], at: float) -> float:
    """Straight lines through points; level before the first and after the last."""
    knots = sorted(points)
    if at <= knots[0]:
        return points[knots[0]]
    for a, b in pairwise(knots):
        if at <= b:
            return points[a] + (points[b] - points[a]) * (at - a) / (b - a)
    return points[knots[-1]]
