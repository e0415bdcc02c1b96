"""How much of a gain share is paid for luck: with no true change at all, the chance and the size of a gain.

A settlement compares what care cost with a target. Nothing has changed, and yet the two differ:

- **The year itself.** What one person costs in a year has a mean and a coefficient of variation `cv` (the standard
  deviation over the mean), which is large, because few people cost a great deal. The average of n people has the
  relative standard deviation cv / sqrt(n).
- **The target**, where it is the weighted average of past years of the same people: each of those years had its own
  luck. Weights w add the sum of w squared of one year's variance. That error is made once and stays: a target from an
  unlucky (dear) year pays for that luck in every year until it is set anew.
- **What lasts in a person** does not make luck: it is in the target too, however estimated. With the correlation rho
  between two years of the same people, only 1 - rho of the variance is new each year. People who leave and join are not
  modelled; a target that comes from elsewhere holds nothing of these people, so leave rho at nil for one.
- **Common shocks** (influenza, weather, coding) move everybody at once, by `shock` of the mean in a year. They do not
  fall with n: below them no list is large enough.

So the variance (target less actual, as a part of the target) is normal with mean nil and

    sd(n) ** 2 = (1 + sum of w ** 2) * ((1 - rho) * cv ** 2 / n + shock ** 2)

of which the 1 is new each year and the sum of w ** 2 lasts. A share with the dead band b and the rate r pays a gain
with the probability 1 - Phi(b / sd). From the first pound it pays r * sd * phi(b / sd) in expectation, of the excess
alone r * (sd * phi(b / sd) - b * (1 - Phi(b / sd))); a cap takes off what lies beyond it. A mirrored loss side takes
the same in expectation, so that luck costs nobody anything on average. An upside-only share has nothing to set against
it: what it pays for luck adds up, year after year.

One pound through it: 50,000 people at £2,000 each, cv 2, a target that is right: sd = 2 / sqrt(50000) = 0.894% of
£100m. With a dead band of 1%, P(gain) = 1 - Phi(1.118) = 13.2%. At 50% from the first pound the expected payment is
0.5 * 0.894% * phi(1.118) = 0.0955%: £95,500 a year, and £1.43m over 15 years, for nothing.

Normal is an approximation, to the mean of many heavy-tailed costs and to a ratio whose target is itself uncertain.
`simulated_band` draws gamma costs and divides by the drawn target: the mean of n gamma costs is gamma, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NORMAL = NormalDist()
WIDTH, POINTS = 8.0, 641
"""The grid on which a lasting error is averaged out: standard deviations either way, and points."""


@dataclass(frozen=True, slots=True)
class Luck:
    """Relative standard deviations of target less actual for one size of list: new each year, and lasting."""

    yearly: float
    lasting: float = 0.0

    @property
    def sd(self) -> float:
        """Of one year's variance."""
        return math.hypot(self.yearly, self.lasting)


@dataclass(frozen=True, slots=True)
class Spread:
    """Where luck comes from: variances that fall with the number of people (of one head), and common ones that do not.

    Each is split into what is new each year and what lasts, because the target was estimated once.
    """

    yearly_head: float
    lasting_head: float = 0.0
    yearly_common: float = 0.0
    lasting_common: float = 0.0

    def luck(self, people: float) -> Luck:
        """Of a list of this size."""
        return Luck(
            math.sqrt(self.yearly_head / people + self.yearly_common),
            math.sqrt(self.lasting_head / people + self.lasting_common),
        )

    @property
    def floor(self) -> float:
        """The standard deviation that is left in however large a list."""
        return math.sqrt(self.yearly_common + self.lasting_common)

    def band(self, people: float, level: float) -> float:
        """The smallest dead band with which luck is paid in at most `level` of years."""
        return beyond(level) * self.luck(people).sd

    def people(self, band: float, level: float) -> float | None:
        """The smallest list for which a dead band is enough; none where common shocks alone are too much for it."""
        z = beyond(level)
        if z <= 0:
            return 1.0
        room = (band / z) ** 2 - self.floor**2
        return (self.yearly_head + self.lasting_head) / room if room > 0 else None


def spread(cv: float, weights: Sequence[float] = (), correlation: float = 0.0, shock: float = 0.0) -> Spread:
    """Of a list of people: what one costs, the weights of the years that made the target, rho, and common shocks.

    Without weights the target is taken to be right, which makes the least of luck.
    """
    new, past = (1 - correlation) * cv**2, sum(w * w for w in weights)
    return Spread(new, new * past, shock**2, shock**2 * past)


def beyond(level: float) -> float:
    """How many standard deviations are exceeded with the probability `level`."""
    return -NORMAL.inv_cdf(level)


@dataclass(frozen=True, slots=True)
class Share:
    """A plain gain share, all of it in parts of the target: from the band on, all of a gain or its excess, to a cap.

    It is here for its closed forms. What a real contract pays comes from its term sheet, not from here.
    """

    rate: float
    band: float = 0.0
    excess: bool = False
    cap: float | None = None

    def probability(self, sd: float, mean: float = 0.0) -> float:
        """Of a gain being paid, where the variance is normal."""
        if sd <= 0:
            return float(mean > 0 and mean >= self.band)
        return NORMAL.cdf((mean - self.band) / sd)

    def expected(self, sd: float, mean: float = 0.0) -> float:
        """What is paid in expectation, of the target."""
        return self.moments(sd, mean)[0]

    def moments(self, sd: float, mean: float = 0.0) -> tuple[float, float]:
        """Mean of what is paid, and mean of its square."""
        start = self.band if self.excess else 0.0
        cap = math.inf if self.cap is None else self.cap
        if sd <= 0:
            paid = min(cap, self.rate * (mean - start)) if self.probability(sd, mean) else 0.0
            return paid, paid * paid
        full = max(self.band, start + cap / self.rate) if self.rate else math.inf
        part, first, second = _between(self.band, full, mean, sd)
        capped = NORMAL.cdf((mean - full) / sd) if full < math.inf else 0.0
        at_cap = cap if capped else 0.0
        paid = self.rate * (first - start * part) + at_cap * capped
        square = self.rate**2 * (second - 2 * start * first + start**2 * part) + at_cap**2 * capped
        return paid, square


def _between(low: float, high: float, mean: float, sd: float) -> tuple[float, float, float]:
    """Probability, and integrals of x and of x squared, of a normal variable between two values."""
    a = (low - mean) / sd
    below, height = NORMAL.cdf(a), NORMAL.pdf(a)
    if high < math.inf:
        b = (high - mean) / sd
        above, height_b, moment = 1 - NORMAL.cdf(b), NORMAL.pdf(b), b * NORMAL.pdf(b)
    else:
        above = height_b = moment = 0.0
    part = 1 - below - above
    first = mean * part + sd * (height - height_b)
    second = mean * first + sd * (mean * (height - height_b) + sd * (part + a * height - moment))
    return part, first, second


@dataclass(frozen=True, slots=True)
class Outlook:
    """What luck does to a share over its term, in parts of one year's target; amounts for the commissioner to pay.

    Upside-only pays gains; two-sided takes losses in the same way. Deviations are those of the whole term's sum.
    """

    probability: float
    expected: float
    at_least_one: float
    term_expected: float
    term_sd: float
    net_expected: float
    net_sd: float


def outlook(share: Share, luck: Luck, years: int) -> Outlook:
    """A share over `years` years with no true change. The target's own error is the same in each of them."""
    step = np.linspace(-WIDTH, WIDTH, POINTS)
    weights = np.exp(-step * step / 2)
    weights /= weights.sum()
    means = step * luck.lasting
    paid, square = np.array([share.moments(luck.yearly, float(m)) for m in means]).T
    net, both = paid - paid[::-1], square + square[::-1]
    missed = np.array([1 - share.probability(luck.yearly, float(m)) for m in means])
    expected = share.expected(luck.sd)
    return Outlook(
        share.probability(luck.sd),
        expected,
        float(weights @ (1 - missed**years)),
        years * expected,
        _sum_sd(weights, paid, square, years),
        0.0,
        _sum_sd(weights, net, both, years),
    )


def _sum_sd(weights: Array, mean: Array, square: Array, years: int) -> float:
    """Standard deviation of the sum of years that are alike and independent once the lasting error is known."""
    within = float(weights @ (square - mean**2))
    between = float(weights @ mean**2) - float(weights @ mean) ** 2
    return math.sqrt(max(0.0, years * within + years**2 * between))


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated figure and its Monte Carlo standard error."""

    value: float
    error: float


def drawn_variances(
    cv: float, weights: Sequence[float], shock: float, people: float, draws: int, rng: np.random.Generator
) -> Array:
    """Variances of a year, as parts of the target as drawn: costs are gamma, and so is the mean of many people's.

    What persons have in common from year to year is not drawn: pass `cv` with it taken off.
    """
    years = [_year(cv, shock, people, draws, rng) for _ in range(len(weights) + 1)]
    target = sum((w * y for w, y in zip(weights, years[1:], strict=True)), np.zeros(draws)) if weights else 1.0
    return np.asarray((target - years[0]) / target, dtype=np.float64)


def _year(cv: float, shock: float, people: float, draws: int, rng: np.random.Generator) -> Array:
    mean = rng.gamma(people / cv**2, cv**2 / people, draws) if cv else np.ones(draws)
    return np.asarray(mean * (1 + shock * rng.standard_normal(draws)), dtype=np.float64)


def band_of(variances: Array, level: float) -> Simulated:
    """The dead band that luck clears with the probability `level`, and the error of that quantile.

    The error is half the distance between the order statistics one binomial standard error either side.
    """
    count = len(variances)
    wide = math.sqrt(level * (1 - level) / count)
    low, value, high = np.quantile(variances, [max(0.0, 1 - level - wide), 1 - level, min(1.0, 1 - level + wide)])
    return Simulated(max(0.0, float(value)), float(high - low) / 2)


def simulated_band(
    cv: float,
    people: float,
    level: float,
    *,
    weights: Sequence[float] = (),
    correlation: float = 0.0,
    shock: float = 0.0,
    draws: int = 100_000,
    seed: int = 1,
) -> Simulated:
    """The dead band that a list needs, drawn from gamma costs: a check on the closed form, which is normal."""
    rng = np.random.default_rng([seed, round(people)])
    own = cv * math.sqrt(1 - correlation)
    return band_of(drawn_variances(own, weights, shock, people, draws, rng), level)
