"""The house: lower rooms never import higher ones, and no module grows beyond what one can read at a sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mcp_finance"
FLOORS = {
    "sampling": 0,
    "rows": 0,
    "files": 0,
    "terms": 1,
    "model": 2,
    "scenario": 3,
    "analysis": 4,
    "report": 5,
    "cli": 6,
}
MOST_LINES = 420


def modules() -> Iterator[Path]:
    return PACKAGE.rglob("*.py")


def imported(path: Path) -> Iterator[str]:
    """Rooms of this package that a module imports from, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            assert node.level == 0, f"{path}: a relative import hides the room it comes from"
        for name in names:
            if name.startswith("mcp_finance.") and "_" not in name.split(".")[1][:1]:
                yield name.split(".")[1]


@pytest.mark.parametrize("room", sorted(FLOORS))
def test_lower_rooms_never_import_higher_ones(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        for other in imported(path):
            allowed = other == room or FLOORS[other] < FLOORS[room]
            assert allowed, f"{path.relative_to(PACKAGE)} imports from {other}"


def test_every_module_has_a_room() -> None:
    for path in modules():
        parts = path.relative_to(PACKAGE).parts
        assert len(parts) == 1 or parts[0] in FLOORS, path


def test_no_module_is_too_long() -> None:
    for path in modules():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, path


def test_every_module_says_what_it_is_for() -> None:
    for path in modules():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
