"""The register of practices: each practice or group of practices, its share of the list, its form and its dates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mcp_finance.files.section import Section
from mcp_finance.scenario.kinds import DateFigure, RateFigure
from mcp_finance.scenario.sections.words import Id, Title


class Practice(Section):
    """A practice, or a group of practices that move together.

    `list` is its share of the registered list; those of all practices are 100%. `form` is its form when it joins: a
    `full` practice is fully integrated from the day it joins, a `partial` one from `full_from`, if ever. It joins when
    the contract begins unless `joins` says later. `leaves` is the day from which it is no longer a member, and
    `full_until` the day from which it has its own GMS contract back. `need` weights its patients, by profile.
    """

    title: Title
    list: RateFigure
    form: Literal["non_member", "virtual", "partial", "full"]
    joins: DateFigure | None = None
    leaves: DateFigure | None = None
    full_from: DateFigure | None = None
    full_until: DateFigure | None = None
    need: dict[Id, RateFigure] = Field(default_factory=dict)
