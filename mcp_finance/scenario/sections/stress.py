"""A pack of stresses: a file of its own, which knows no scenario and can be tried on any."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from mcp_finance.files.figures import FigureError
from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import Evidence
from mcp_finance.scenario.sections.shocks import Pattern, Shock
from mcp_finance.scenario.sections.words import FileId, Id, Title

StressId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]


def _words(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Where = dict[Title, Words]
"""Which entries a star means: those whose text at the path is one of the words, in which `*` is any text."""


class PackShock(Shock):
    """A shock of the entries of a section for which `where` holds; what a scenario has not got is left out."""

    where: Where = Field(default_factory=dict)


class Stress(Evidence):
    """One stress: `shocks` of figures and what it `set`s of a scenario, as a case does; or stresses that it `combines`.

    `basis` says what happened or is feared, `needs` and `lacks` are paths that a scenario must or must not have, and
    `where` says which entries a star in `set` means. A stress that is `computed` has neither.
    """

    title: Title
    basis: str
    needs: list[Pattern] = Field(default_factory=list)
    lacks: list[Pattern] = Field(default_factory=list)
    where: Where = Field(default_factory=dict)
    shocks: dict[Id, PackShock] = Field(default_factory=dict)
    set: dict[str, object] = Field(default_factory=dict)
    combines: list[StressId] = Field(default_factory=list)
    computed: Literal["reverse"] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Stress:
        if sum((bool(self.shocks or self.set), bool(self.combines), self.computed is not None)) != 1:
            message = "a stress changes something, combines others or is computed"
            raise FigureError(message, "`shocks` and `set`, or `combines`, or `computed: reverse`")
        return self


class Pack(Section, defer_build=True):
    """A whole pack of stresses."""

    format: Annotated[Literal["mcp-finance-stress/1"], Field(alias="schema")]
    id: FileId
    title: Title
    note: str = ""
    stresses: dict[StressId, Stress]
