"""Measures of the performance payment: what is asked for, what weighs how much, and what was reached."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mcp_finance.files.figures import FigureError, Raw, parse_count, parse_rate
from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import CountFigure, CountSeries, Figure, RateFigure, RateSeries, Series, Year
from mcp_finance.scenario.sections.words import Id, Title


def _level(raw: Raw) -> float:
    try:
        return parse_rate(raw) if isinstance(raw, str) and "%" in raw else parse_count(raw)
    except FigureError as error:
        raise FigureError(error.message, "a percentage such as 85%, or a number such as 3.5") from None


Level = Annotated[
    float,
    BeforeValidator(_level),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}], "examples": ["85%", 3.5]}),
]


class LevelFigure(Figure):
    """What is reached on a measure: a percentage, or a number in the measure's own unit. One kind for one measure."""

    value: Level


class LevelSeries(Series):
    """Levels by financial year. Years that `by_year` leaves out are not reported."""

    value: Level | None = None
    by_year: dict[Year, LevelFigure] | None = None
    otherwise: LevelFigure | None = None


class Linear(Section):
    """Nothing at the floor, all at the target, in proportion between them, as in the QOF."""

    floor: LevelFigure
    target: LevelFigure


class Binary(Section):
    """All at the target or better, nothing short of it."""

    target: LevelFigure


class Step(Section):
    """What is earned from a level on, up to the next step."""

    at: LevelFigure
    earns: RateFigure


class Banded(Section):
    """Steps by name, from the least to the best; nothing is earned short of the first."""

    steps: dict[Id, Step] = Field(min_length=1)


class Improvement(Section):
    """Nothing at the baseline, all once it is better by `delta`, in proportion between them."""

    baseline: LevelFigure
    delta: LevelFigure


class Maintain(Section):
    """All while the threshold is held, nothing short of it: the test of `binary`, on a level reached already."""

    threshold: LevelFigure


class BetterOf(Section):
    """The better of what is attained and what is improved."""

    attain: Linear
    improve: Improvement


class Achievement(Section):
    """How performance becomes achievement: one of these functions."""

    linear: Linear | None = None
    binary: Binary | None = None
    banded: Banded | None = None
    improvement: Improvement | None = None
    maintain: Maintain | None = None
    better_of: BetterOf | None = None

    @model_validator(mode="after")
    def _one_function(self) -> Achievement:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            message = f"achievement is by one function, and here is {found}"
            raise FigureError(message, f"one of {', '.join(type(self).model_fields)}, with its levels below it")
        return self

    @property
    def attains(self) -> tuple[tuple[str, ...], Linear] | None:
        """Floor and target, with their path, where the function has them."""
        if self.better_of:
            return ("better_of", "attain"), self.better_of.attain
        return (("linear",), self.linear) if self.linear else None

    @property
    def improves(self) -> tuple[tuple[str, ...], Improvement] | None:
        """Baseline and improvement, with their path, where the function has them."""
        if self.better_of:
            return ("better_of", "improve"), self.better_of.improve
        return (("improvement",), self.improvement) if self.improvement else None

    @property
    def passes(self) -> tuple[tuple[str, ...], LevelFigure] | None:
        """The threshold, with its path, where the function has one."""
        if self.binary:
            return ("binary", "target"), self.binary.target
        return (("maintain", "threshold"), self.maintain.threshold) if self.maintain else None


class Measure(Section):
    """One measure of the Improvement Payment Scheme. The weights of a year sum to 100%.

    Below `minimum_denominator` the measure does not count and the others' weights are scaled up; `missing` says what a
    year without performance means: the same, or nil, or all. In the first `reporting_years` a report earns all.
    """

    title: Title
    domain: Title
    weight: RateSeries
    direction: Literal["higher", "lower"]
    achievement: Achievement
    performance: LevelSeries
    denominator: CountSeries | None = None
    minimum_denominator: CountFigure | None = None
    missing: Literal["redistribute", "nil", "full"] | None = None
    reporting_years: CountFigure | None = None
