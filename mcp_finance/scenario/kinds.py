"""The kinds of figure that a scenario holds, each with the evidence that it may carry.

A figure is a bare scalar or a mapping `{value, source, grade, owner, date, note}`; a series is either of them, or a
mapping of figures by financial year with `otherwise` for the years left out. The JSON schema of each kind says so too,
so that an editor completes and checks a scenario from `mcp-finance schema` unmodified.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mcp_finance.files import figures
from mcp_finance.files.problems import quoted
from mcp_finance.files.section import Section

Grade = Literal["exact-published", "exact-secondary", "derived", "assumption", "definition"]

_SPACE = r"\s*"
_SIGN = rf"[-+\u2212]?{_SPACE}"
_NUMBER = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_NOTHING = r"0+(?:\.0+)?"
_SCALE = rf"{_SPACE}(?:bn|m|k)"
_MONEY = rf"{_SIGN}(?:£{_SPACE}{_NUMBER}(?:{_SCALE})?|{_NUMBER}{_SCALE}|{_NOTHING})"
_RATE = rf"{_SIGN}(?:{_NUMBER}{_SPACE}%|{_NOTHING})"
_COUNT = rf"\+?{_SPACE}{_NUMBER}(?:{_SCALE})?"
_DATE = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_DURATION = rf"\+?{_SPACE}(?:{_NUMBER}{_SPACE}(?:months?|years?)|{_NOTHING})"


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{_SPACE}{pattern}{_SPACE}$"}


_SCALARS: dict[str, dict[str, Any]] = {
    "money": {"anyOf": [_text(_MONEY), {"const": 0}], "examples": ["£25.0m", "£1.2bn", "£738"]},
    "rate": {"anyOf": [_text(_RATE), {"const": 0}], "examples": ["2.5%"]},
    "count": {"anyOf": [_text(_COUNT), {"type": "number", "minimum": 0}], "examples": [315000, "1.2m"]},
    "date": _text(_DATE) | {"examples": ["2018-04-01"]},
    "duration": {"anyOf": [_text(_DURATION), {"const": 0}], "examples": ["3 months", "2 years"]},
}


Money = Annotated[float, BeforeValidator(figures.parse_money), WithJsonSchema(_SCALARS["money"])]
Rate = Annotated[float, BeforeValidator(figures.parse_rate), WithJsonSchema(_SCALARS["rate"])]
Count = Annotated[float, BeforeValidator(figures.parse_count), WithJsonSchema(_SCALARS["count"])]
Date = Annotated[float, BeforeValidator(figures.parse_date), WithJsonSchema(_SCALARS["date"])]
LastDay = Annotated[float, BeforeValidator(figures.parse_last_day), WithJsonSchema(_SCALARS["date"])]
Duration = Annotated[float, BeforeValidator(figures.parse_duration), WithJsonSchema(_SCALARS["duration"])]


def _dated(raw: object) -> str:
    text = figures.exact_text(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw
    if isinstance(text, str) and re.fullmatch(r"(\d{4}(-\d{2}(-\d{2})?)?)?", text):
        return text
    found = quoted(text, 20) if isinstance(text, str) else "this"
    raise figures.FigureError(f"{found} is not the date of a figure", "a day, month or year: 2026-11-01, 2026-11, 2026")


Dated = Annotated[
    str,
    BeforeValidator(_dated),
    WithJsonSchema({"type": ["string", "number"], "examples": ["2026-11-01", "2026-11", 2026]}),
]


class Evidence(Section):
    """Where a figure comes from: `source`, `grade`, `owner`, `date`, `note`, all optional; a missing grade is listed.

    `date` is when the figure was agreed, looked up or last looked at: a day, a month or a year.
    """

    source: str = ""
    grade: Grade | None = None
    owner: str = ""
    date: Dated = ""
    note: str = ""


class Figure(Evidence):
    """A number with its evidence. A bare scalar is read as `{value: scalar}`."""

    value: float

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: object) -> object:
        return raw if isinstance(raw, dict) else {"value": raw}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [whole["properties"]["value"], dict(whole)]}


class MoneyFigure(Figure):
    """An amount of money in GBP."""

    value: Money


class RateFigure(Figure):
    """A rate or share, as a fraction; written as a percentage."""

    value: Rate


class CountFigure(Figure):
    """A number of people or units."""

    value: Count


class DateFigure(Figure):
    """A day, in financial years: 1 October 2018 is 2018.5."""

    value: Date


class LastDayFigure(Figure):
    """A last day, held as the day after it, in financial years."""

    value: LastDay


class DurationFigure(Figure):
    """A length of time in years."""

    value: Duration


class Series(Evidence):
    """Figures by financial year. `value` holds in every year; or `by_year` in its years and `otherwise` in the rest."""

    value: Any = None
    by_year: Any = None
    otherwise: Any = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: object) -> object:
        return raw if isinstance(raw, dict) else {"value": raw}

    @model_validator(mode="after")
    def _one_form(self) -> Series:
        if (self.value is None) == (self.by_year is None):
            raise figures.FigureError(
                "a series has neither or both of `value` and `by_year`",
                "one figure for every year, or {by_year: {2019/20: …}, otherwise: …}",
            )
        if self.otherwise is not None and self.by_year is None:
            raise figures.FigureError("`otherwise` stands without `by_year`", "one figure for every year, as `value`")
        return self

    def of_year(self, year: str) -> tuple[Figure | None, tuple[str, ...]]:
        """The figure of a year, with the series' evidence where it has none, and its path within the series."""
        if self.by_year is None:
            own = Evidence.model_fields
            return Figure(value=self.value, **{k: getattr(self, k) for k in own}), ("value",)
        if year in self.by_year:
            return self._with_evidence(self.by_year[year]), ("by_year", year)
        return (self._with_evidence(self.otherwise) if self.otherwise else None), ("otherwise",)

    def _with_evidence(self, figure: Figure) -> Figure:
        if figure.source or figure.grade or figure.note:
            return figure
        own = {key: getattr(self, key) for key in Evidence.model_fields}
        return Figure(value=figure.value, **own)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [whole["properties"]["value"], dict(whole)]}


def _financial_year_key(raw: object) -> str:
    return figures.financial_year(figures.parse_financial_year(str(raw)))


Year = Annotated[
    str,
    BeforeValidator(_financial_year_key),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}/\d{2}$", "examples": ["2018/19"]}),
]


class RateSeries(Series):
    """Rates by financial year."""

    value: Rate | None = None
    by_year: dict[Year, RateFigure] | None = None
    otherwise: RateFigure | None = None


class MoneySeries(Series):
    """Amounts of money by financial year."""

    value: Money | None = None
    by_year: dict[Year, MoneyFigure] | None = None
    otherwise: MoneyFigure | None = None


class CountSeries(Series):
    """Numbers of people or units by financial year."""

    value: Count | None = None
    by_year: dict[Year, CountFigure] | None = None
    otherwise: CountFigure | None = None
