"""What README and docs show is what a reader gets: printed outputs, and every command that needs no file of theirs."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mcp_finance.cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/terms.md", "docs/risk.md")
THEIRS = ("my-contract.yaml", "my-terms.yaml", "facts.csv\n", "dev]")
COMMAND = re.compile(r"^mcp-finance ([^#\n]*)", re.MULTILINE)


def commands() -> list[str]:
    """Commands of the pages that run from a checkout, without comments and redirections."""
    found: dict[str, None] = {}
    for page in PAGES:
        for said in COMMAND.findall((ROOT / page).read_text(encoding="utf-8")):
            command = said.split(" > ")[0].strip()
            own_facts = " facts.csv" in f" {command}" and "examples/" not in command
            if not any(word in command for word in THEIRS) and not own_facts:
                found[command] = None
    return list(found)


def blocks(start: str) -> list[str]:
    """Code blocks of the README that begin with a text."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [b for b in re.findall(r"```text\n(.*?)```", text, re.DOTALL) if b.startswith(start)]


def said(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "argv", ["mcp-finance", *arguments])
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, (arguments, done.output, done.exception)
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def test_the_summary_is_the_one_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = blocks("Dudley MCP")
    assert said(["run", "dudley-2018"], monkeypatch).strip() == shown.strip()


def test_the_futures_are_those_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = blocks("What 10,000 futures say")
    assert shown.strip() in said(["simulate", "dudley-2018"], monkeypatch)


def test_the_ledger_is_the_one_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = blocks("A worked example")
    told = said(["settle", "golden-example", "examples/terms/facts.csv", "--ledger"], monkeypatch)
    assert told.startswith(shown.strip())


def test_there_are_commands_to_run() -> None:
    assert len(commands()) >= 15
    assert any(c.startswith("settle") for c in commands())


@pytest.mark.slow
@pytest.mark.parametrize("command", commands())
def test_every_command_runs(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arguments = shlex.split(command)
    if "--svg" in arguments:
        arguments[arguments.index("--svg") + 1] = str(tmp_path / "payoff.svg")
    if "--out" in arguments:
        arguments[arguments.index("--out") + 1] = str(tmp_path / "out")
    said(arguments, monkeypatch)
