"""Settings of the whole suite.

Machines differ in speed, so no example fails for being slow. Tests that take minutes run in continuous integration,
where CI=true, and are a visible skip elsewhere; `-m slow` with CI=true runs them alone.
"""

from __future__ import annotations

import sys

import pytest
from commands import Answer, Cli
from hypothesis import HealthCheck, settings
from tools import IN_CI

from mcp_finance.cli.app import run_app

settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if IN_CI else "desk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is slow, but in continuous integration."""
    for item in items:
        if item.get_closest_marker("slow") and not IN_CI:
            item.add_marker(pytest.mark.skip(reason="takes minutes: runs where CI=true"))


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call a command with its arguments."""

    def call(*args: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["mcp-finance", *map(str, args)])
        code = 0
        try:
            run_app()
        except SystemExit as end:
            code = int(end.code or 0)
        found = capsys.readouterr()
        return Answer(code, found.out, found.err)

    return call
