"""`simulate` as its users meet it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from commands import Cli
from futures import SCENARIOS

from mcp_finance.analysis.run import run
from mcp_finance.cli.simulate import FILES

UNCERTAIN = SCENARIOS / "uncertain.yaml"
ROOT = Path(__file__).parents[1]


def test_it_writes_figures_with_their_errors(cli: Cli, tmp_path: Path):
    answer = cli("simulate", UNCERTAIN, "--draws", 3000, "--out", tmp_path / "out")
    assert answer.code == 0
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*FILES, "draws"}
    assert "3,000 futures" in answer.out and "±" in answer.out and "wrote" in answer.err
    found = json.loads((tmp_path / "out" / "simulation.json").read_text(encoding="utf-8"))
    assert found["schema_version"] == 1 and found["complete"] and found["draws"] == 3000 and found["seed"] == 2018
    estimates = pl.read_csv(tmp_path / "out" / "estimates.csv")
    total = estimates.filter((pl.col("row") == "budget_holder.result") & (pl.col("year") == "term"))
    assert set(total["measure"]) == {"mean", "sd", "p5", "p10", "p25", "p50", "p75", "p90", "p95"}
    assert (total.filter(pl.col("measure") != "sd")["standard_error"] > 0).all()
    chances = pl.read_csv(tmp_path / "out" / "probabilities.csv")
    assert chances["probability"].is_between(0, 1).all()
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 6 and "Monte Carlo standard error" in page


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_is_wide_enough(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int):
    monkeypatch.setenv("COLUMNS", str(width))
    answer = cli("simulate", UNCERTAIN, "--draws", 2000)
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)
    assert "± is the Monte Carlo standard error" in answer.out


def test_few_draws_are_warned_of_and_json_is_one_document(cli: Cli):
    answer = cli("simulate", UNCERTAIN, "--draws", 300, "--json")
    found = json.loads(answer.out)
    assert found["too_few_draws_for"] and answer.err == ""
    assert "too few for" in cli("simulate", UNCERTAIN, "--draws", 300).out


def test_nothing_uncertain_is_refused(cli: Cli):
    answer = cli("simulate", SCENARIOS / "base.yaml")
    assert answer.code == 3 and answer.out == ""
    assert "nothing in this scenario is uncertain" in answer.err


@pytest.mark.parametrize(
    "options", [("--draws", 1), ("--draws", 10**8), ("--workers", 0), ("--draw", 3), ("--seed", -1)]
)
def test_options_that_make_no_sense_are_refused(cli: Cli, options: tuple[object, ...]):
    assert cli("simulate", UNCERTAIN, *options).code == 2


def test_results_are_never_replaced_without_force(cli: Cli, tmp_path: Path):
    command = ("simulate", UNCERTAIN, "--draws", 2000, "--out", tmp_path, "--quiet")
    assert cli(*command).code == 0
    before = (tmp_path / "estimates.csv").read_bytes()
    refused = cli(*command, "--seed", 3)
    assert refused.code == 2 and "--force" in refused.err
    assert (tmp_path / "estimates.csv").read_bytes() == before
    assert cli(*command, "--seed", 3, "--force").code == 0
    assert (tmp_path / "estimates.csv").read_bytes() != before


def test_a_draw_is_written_as_a_scenario_and_a_workbook(cli: Cli, tmp_path: Path):
    answer = cli("simulate", UNCERTAIN, "--draw", 17, "--out", tmp_path)
    assert answer.code == 0
    assert (tmp_path / "uncertain-draw-17.xlsx").stat().st_size > 10_000
    again = run(tmp_path / "uncertain-draw-17.yaml")
    assert again.loaded.scenario.title.endswith("draw 17, seed 2018")
    assert "shocked by effect" in str(again.inputs.origins["shift_effect"])
    assert all(check.holds for check in again.integrity())


def test_stopping_it_leaves_what_is_finished_and_it_goes_on(tmp_path: Path):
    """Interrupted as Ctrl-C does: code 130 and results of what is done; then the rest, as if it had never stopped."""
    out = tmp_path / "out"
    command = [
        sys.executable,
        "cli.py",
        "simulate",
        str(UNCERTAIN),
        "--draws",
        "60000",
        "--workers",
        "1",
        "--out",
        str(out),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not ((out / "draws" / "done.txt").exists() and (out / "draws" / "done.txt").read_text().count("\n") >= 2):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("it was done before it could be stopped")
    assert process.returncode == 130, err
    assert b"the same command goes on from there" in err
    part = json.loads((out / "simulation.json").read_text(encoding="utf-8"))
    assert not part["complete"] and 0 < part["draws"] < 60_000
    assert subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0
    whole = tmp_path / "whole"
    subprocess.run([*command[:-1], str(whole)], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert (out / "estimates.csv").read_bytes() == (whole / "estimates.csv").read_bytes()


def test_a_stopped_command_prints_one_document_or_one_word_and_traces_nothing(tmp_path: Path):
    """Ctrl-C is pressed again and again, as people do, while a thread still has its span to end."""
    out = tmp_path / "out"
    words = ["simulate", str(UNCERTAIN), "--draws", "200000", "--out", str(out), "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "cli.py", *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not (out / "draws" / "plan.json").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    for _ in range(4):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    printed, err = process.communicate(timeout=60)
    assert process.returncode == 130 and b"Traceback" not in err
    assert (b"interrupted" in err) != (b"stopped after" in err)
    assert not printed or not json.loads(printed)["complete"]
