"""Shocks: changes of figures that are already there, each of one or more addresses, by one amount or by year."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mcp_finance.files.figures import FigureError, Raw
from mcp_finance.files.section import Section
from mcp_finance.scenario.amounts import How
from mcp_finance.scenario.kinds import Evidence, Year

HOWS: tuple[How, ...] = ("is", "add", "times")
_ONE = "one of is, add and times: `add: 0.5%`, for example"
_AMOUNT = {"type": ["string", "number"], "examples": ["0.5%", "24 months", "£1.2m", "-500"]}


def _scalar(raw: object) -> object:
    """A bare scalar. What it means depends on the figure that it changes, and is read when that is known."""
    if raw is None or isinstance(raw, str | int | float):
        return raw
    raise FigureError("a list or a mapping stands where an amount belongs", "an amount such as 0.5%")


Scalar = Annotated[Any, BeforeValidator(_scalar), WithJsonSchema(_AMOUNT)]


class Amounts(Section):
    """An amount for every year, or amounts `by_year` with `otherwise` for other years; years left out are as before."""

    value: Scalar = None
    by_year: dict[Year, Scalar] | None = None
    otherwise: Scalar = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: object) -> object:
        return raw if isinstance(raw, dict) else {"value": raw}

    @model_validator(mode="after")
    def _one_form(self) -> Amounts:
        if (self.value is None) == (self.by_year is None):
            advice = "one amount, or {by_year: {2019/20: …}, otherwise: …}"
            raise FigureError("an amount has neither or both of `value` and `by_year`", advice)
        if self.otherwise is not None and self.by_year is None:
            raise FigureError("`otherwise` stands without `by_year`", "one amount for every year")
        return self

    def of_year(self, year: str) -> tuple[Raw, tuple[str, ...]]:
        """The amount of a year as it was written, and its path below `is`, `add` or `times`."""
        if self.by_year is None:
            return self.value, ()
        if year in self.by_year:
            return self.by_year[year], ("by_year", year)
        return self.otherwise, ("otherwise",)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [_AMOUNT, dict(whole)]}


def _patterns(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


Pattern = Annotated[str, Field(min_length=1, max_length=200)]
Patterns = Annotated[
    tuple[Pattern, ...],
    BeforeValidator(_patterns),
    Field(min_length=1, max_length=100),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "examples": ["lines.*.growth", "inputs.population.registered"],
        }
    ),
]


class Shock(Evidence):
    """A change of every figure at the addresses `on`: what it `is`, what to `add`, or what it is multiplied with.

    An address is the path of a figure as `explain` shows it, `*` for one key of it, or `inputs.` and an input of the
    model. Shocks act after everything else, in the order of the file.
    """

    on: Patterns
    is_: Annotated[Amounts | None, Field(alias="is")] = None
    add: Amounts | None = None
    times: Amounts | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Shock:
        if sum(way is not None for way in (self.is_, self.add, self.times)) != 1:
            raise FigureError("a shock has none, or more than one, of is, add and times", _ONE)
        return self

    def way(self) -> tuple[How, Amounts]:
        """How it changes its figures, and by what."""
        for how, found in zip(HOWS, (self.is_, self.add, self.times), strict=True):
            if found is not None:
                return how, found
        raise AssertionError(_ONE)
