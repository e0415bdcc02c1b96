"""What of a scenario is uncertain: distributions of its inputs, how they hang together, and chance in its counts.

Amounts are text here, for their kind (money, a rate, a length of time) is that of the input that they are of; they are
read in `mcp_finance.scenario.uncertain`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, WithJsonSchema, model_validator

from mcp_finance.files.figures import FigureError
from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import CountFigure, Evidence, RateFigure
from mcp_finance.scenario.sections.words import Id

MOST_INPUTS = 200
MOST_VALUES = 10_000
LARGEST_SEED = 2**63 - 1
HOW = ("is", "add", "times")


def _scalar(raw: object) -> object:
    if isinstance(raw, str | int | float) and not isinstance(raw, bool):
        return raw
    raise FigureError("no amount stands here", "one amount, such as 2.5%, £1.2m or 12 months")


Amount = Annotated[
    Any,
    BeforeValidator(_scalar),
    WithJsonSchema({"type": ["string", "number"], "examples": ["2.5%", "£1.2m", "12 months", 1200]}),
]


class Normal(Section):
    """Normal, by mean and standard deviation. A mean left out is 0 of what is added, 100% of what multiplies."""

    mean: Amount | None = None
    sd: Amount


class Lognormal(Section):
    """Lognormal, by mean and standard deviation of the amount itself."""

    mean: Amount | None = None
    sd: Amount


class Beta(Section):
    """Beta between two bounds, by mean and standard deviation."""

    mean: Amount
    sd: Amount
    least: Amount
    most: Amount


class Pert(Section):
    """PERT: a beta between two bounds around a most likely amount; `weight` is that amount's, usually 4."""

    least: Amount
    mode: Amount
    most: Amount
    weight: Annotated[float, Field(gt=0, le=100)] = 4.0


class Triangular(Section):
    """Triangular: rising from the least to the most likely amount and falling to the most."""

    least: Amount
    mode: Amount
    most: Amount


class Uniform(Section):
    """All amounts between two bounds alike."""

    least: Amount
    most: Amount


class Percentiles(Section):
    """Fitted to the amounts that one in ten lies below and above, and to the middle (p50) or the mean."""

    p10: Amount
    p50: Amount | None = None
    mean: Amount | None = None
    p90: Amount
    least: Amount | None = None
    most: Amount | None = None

    @model_validator(mode="after")
    def _one_middle(self) -> Percentiles:
        if (self.p50 is None) == (self.mean is None):
            raise FigureError("percentiles have neither or both of p50 and mean", "one of the two")
        return self


class Distribution(Section):
    """One family. `least` and `most` beside it cut its tails off; what is left keeps its shape."""

    normal: Normal | None = None
    lognormal: Lognormal | None = None
    beta: Beta | None = None
    pert: Pert | None = None
    triangular: Triangular | None = None
    uniform: Uniform | None = None
    empirical: Annotated[list[Amount], Field(min_length=2, max_length=MOST_VALUES)] | None = None
    percentiles: Percentiles | None = None
    least: Amount | None = None
    most: Amount | None = None

    @property
    def family(self) -> str:
        return next(name for name in FAMILIES if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_family(self) -> Distribution:
        if sum(getattr(self, name) is not None for name in FAMILIES) != 1:
            raise FigureError("a distribution is of one family", f"one of {', '.join(FAMILIES)}")
        return self


FAMILIES = tuple(name for name in Distribution.model_fields if name not in ("least", "most"))


class Uncertain(Evidence):
    """An uncertain input. The draw `is` its amount, or is `add`ed to it, or it is multiplied by it (`times`).

    `on` says which: a path of the scenario, in which `*` is any key, or several. All that it names share one draw, or
    each has its `own`; these are `alike` as far as their rank correlation says. One draw holds for the `whole_term`, or
    every year has its own (`yearly`), or each year's is added to the years before (`walk`).
    """

    on: str | list[str]
    exact: Annotated[Distribution | None, Field(alias="is")] = None
    add: Distribution | None = None
    times: Distribution | None = None
    draw: Literal["shared", "own"] = "shared"
    alike: RateFigure | None = None
    timing: Literal["whole_term", "yearly", "walk"] = "whole_term"

    @property
    def how(self) -> str:
        return next(word for word, key in zip(HOW, ("exact", "add", "times"), strict=True) if getattr(self, key))

    @property
    def distribution(self) -> Distribution:
        found = self.exact or self.add or self.times
        assert found is not None
        return found

    @model_validator(mode="after")
    def _one_way(self) -> Uncertain:
        if sum(found is not None for found in (self.exact, self.add, self.times)) != 1:
            raise FigureError("an uncertain input says how a draw acts, once", "one of is, add and times")
        return self


class Correlation(Evidence):
    """Spearman's rank correlation between two uncertain inputs."""

    between: Annotated[list[Id], Field(min_length=2, max_length=2)]
    rank: RateFigure


class Uncertainty(Section):
    """What is uncertain, and the seed of its random numbers.

    `activity_counts` gives lines in which activity varies by chance: how many times the mean the variance of a year's
    count is, which is 1 where cases are independent and more where they come in clusters.
    """

    seed: Annotated[StrictInt, Field(ge=0, le=LARGEST_SEED)] = 1
    inputs: Annotated[dict[Id, Uncertain], Field(max_length=MOST_INPUTS)] = Field(default_factory=dict)
    correlations: Annotated[list[Correlation], Field(max_length=MOST_INPUTS**2 // 2)] = Field(default_factory=list)
    activity_counts: dict[Id, CountFigure] = Field(default_factory=dict)
