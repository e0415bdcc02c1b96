"""The kinds of value that a term sheet holds: formulas, exact numbers, facts, tables and definitions."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import quoted
from mcp_finance.files.section import Section
from mcp_finance.terms.formula import Formula, Number, parse, parse_number

MOST_POINTS = 60
_FACT = re.compile(r"(?:(optional)\s+)?(?:(positive)\s+)?(money|ratio|count|flag)(\s+per pool)?")


def _formula(raw: object) -> Formula:
    if isinstance(raw, str):
        return parse(raw)
    raise FigureError("this is not a formula", "a number or a formula such as 2.5% * target")


def _number(raw: object) -> Number:
    if isinstance(raw, str):
        return parse_number(raw)
    raise FigureError("this is not a number", "a number or a percent")


_FORMULA_SCHEMA = WithJsonSchema({"type": ["string", "number"], "examples": ["2.5% * target", "50%"]})
FormulaText = Annotated[Formula, BeforeValidator(_formula), _FORMULA_SCHEMA]
NumberText = Annotated[Number, BeforeValidator(_number), WithJsonSchema({"type": ["string", "number"]})]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
SheetId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Clause(Section):
    """A clause: frozen, no unknown keys."""

    model_config = ConfigDict(arbitrary_types_allowed=True)


class Fact(Clause):
    """A figure that a settlement is given. `is_`: optional, positive, its unit, and whether each pool has its own."""

    unit: Literal["money", "ratio", "count", "flag"]
    optional: bool = False
    positive: bool = False
    per_pool: bool = False
    means: str = ""

    @model_validator(mode="before")
    @classmethod
    def _words(cls, raw: object) -> object:
        extra: dict[str, object] = {}
        words = raw
        if isinstance(raw, dict):
            extra = {k: v for k, v in raw.items() if k != "is"}
            words = raw.get("is")
        found = _FACT.fullmatch(" ".join(words.split())) if isinstance(words, str) else None
        if found is None:
            text = quoted(words) if isinstance(words, str) else "this"
            advice = "money, ratio, count or flag; before it `optional` or `positive`, after it `per pool`, if it is so"
            raise FigureError(f"{text} is no kind of fact", advice)
        optional, positive, unit, per_pool = found.groups()
        if positive and unit == "flag":
            raise FigureError("a flag is neither positive nor negative", "flag")
        return {
            **extra,
            "unit": unit,
            "optional": bool(optional),
            "positive": bool(positive),
            "per_pool": bool(per_pool),
        }


class Interpolate(Clause):
    """A sliding scale: straight lines between points, flat beyond both ends."""

    interpolate: FormulaText
    points: dict[str, NumberText] = Field(max_length=MOST_POINTS)


class Steps(Clause):
    """A scale of steps, each of which holds up to and including its end; beyond the last is an error."""

    steps: FormulaText
    upto: dict[str, NumberText] = Field(max_length=MOST_POINTS)


def ends(table: Interpolate | Steps) -> tuple[Number, ...]:
    """The places of a table's points, in the order written."""
    return tuple(parse_number(key) for key in (table.points if isinstance(table, Interpolate) else table.upto))


def values(table: Interpolate | Steps) -> tuple[Number, ...]:
    """The values of a table at its points, in the order written."""
    return tuple((table.points if isinstance(table, Interpolate) else table.upto).values())


Definition = Formula | Interpolate | Steps


def read_of(made: Definition) -> Formula:
    """The formula of a definition; of a table, what it is read at."""
    if isinstance(made, Interpolate):
        return made.interpolate
    return made.steps if isinstance(made, Steps) else made


def _definition(raw: object) -> Definition:
    if not isinstance(raw, dict):
        return _formula(raw)
    table: Interpolate | Steps
    if "interpolate" in raw:
        table = Interpolate.model_validate(raw)
    elif "steps" in raw:
        table = Steps.model_validate(raw)
    else:
        raise FigureError(
            "a table has neither `interpolate` nor `steps`", "{interpolate: people, points: {5000: 3.9%}}"
        )
    places = [end.value for end in ends(table)]
    if len(places) < 2 - isinstance(table, Steps) or places != sorted(set(places)):
        raise FigureError("the points of a table must increase", "each point beyond the one before, and two at least")
    return table


DefinitionText = Annotated[
    Definition,
    BeforeValidator(_definition),
    WithJsonSchema({"type": ["string", "number", "object"], "examples": ["1% * target"]}),
]


def fact_schema() -> dict[str, Any]:
    """A fact as it is written: in words, or as words and what it means."""
    words = {"type": "string", "pattern": f"^\\s*(?:{_FACT.pattern})\\s*$", "examples": ["money", "optional ratio"]}
    long = {"type": "object", "properties": {"is": words, "means": {"type": "string"}}, "required": ["is"]}
    return {"anyOf": [words, long | {"additionalProperties": False}], "description": Fact.__doc__}
