"""A mapping of a file as a frozen record."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping of a file: no unknown keys, no infinities, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
