"""The term sheets that a contract uses."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mcp_finance.files.figures import exact_text
from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import Evidence, RateFigure
from mcp_finance.scenario.sections.words import Id, Title


def _definition_text(raw: object) -> object:
    return exact_text(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw


class Defined(Evidence):
    """A definition of a term sheet given anew, with its evidence. A bare scalar is read as `{value: scalar}`."""

    value: Annotated[
        str, BeforeValidator(_definition_text), WithJsonSchema({"type": ["string", "number"], "examples": ["50%"]})
    ]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: object) -> object:
        return raw if isinstance(raw, dict) else {"value": raw}


class TermsUse(Section):
    """A term sheet of the contract: where it is, what its facts are, and when it is settled.

    `sheet` is the id of one that comes with the package, or a file in this folder or below. `bind` gives each fact a
    row of the contract or a figure; facts of a pool stand below the pool's id. `define` gives definitions of the sheet
    anew. `parties` says which party of the contract each party of the sheet is, where the names differ.
    """

    sheet: Title
    settled_later: RateFigure
    parties: dict[Id, Id] = Field(default_factory=dict)
    define: dict[Id, Defined] = Field(default_factory=dict)
    bind: dict[Id, Any] = Field(default_factory=dict)
