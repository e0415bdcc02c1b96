"""Fixtures spoiled in one place, in a folder of their own, to see where a reader is sent and what is said there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from contracts import FOLDER

from mcp_finance.files.problems import Problem, ScenarioError
from mcp_finance.scenario.load import load


@dataclass(frozen=True)
class Spoiled:
    """A fixture, a change of its text, where the problem stands (at `|`), what is said and what to write instead."""

    name: str
    old: str
    new: str
    at: str
    says: str
    instead: str


def check_refused(fixture: str, bad: Spoiled, tmp_path: Path) -> None:
    """The change draws one problem of its own words, at its place in the fixture's own file."""
    text = (FOLDER / f"{fixture}.yaml").read_text(encoding="utf-8")
    assert bad.old in text, bad.old
    text = text.replace(bad.old, bad.new, 1)
    found = refusal(fixture, text, tmp_path)
    fitting = [p for p in found if bad.says in p.message]
    assert fitting, "\n".join(str(p) for p in found)
    first = fitting[0]
    assert Path(first.place.file).name == f"{fixture}.yaml"
    assert (first.place.line, first.place.column) == _place(text, bad.at)
    assert bad.instead in first.instead


def refusal(fixture: str, text: str, tmp_path: Path) -> tuple[Problem, ...]:
    """The problems of a fixture with other text."""
    folder = shutil.copytree(FOLDER, tmp_path / "scenarios")
    (folder / f"{fixture}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(folder / f"{fixture}.yaml")
    return caught.value.problems


def _place(text: str, snippet: str) -> tuple[int, int]:
    at = text.index(snippet.replace("|", "", 1)) + max(snippet.find("|"), 0)
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
