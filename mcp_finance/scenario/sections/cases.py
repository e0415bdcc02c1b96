"""Named cases of which a run takes one."""

from __future__ import annotations

from pydantic import Field

from mcp_finance.files.section import Section
from mcp_finance.scenario.sections.words import FileId, Title


class Choice(Section):
    """One named case: a title and what it sets."""

    title: Title
    set: dict[str, object] = Field(default_factory=dict)


class CaseGroup(Section):
    """Named cases of which a run takes one. Every choice sets each of the `together` paths."""

    default: FileId
    together: list[Title] = Field(default_factory=list)
    choices: dict[FileId, Choice]
