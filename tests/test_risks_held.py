"""Each uncertain input alone: what a scenario with that one entry gives, and nothing of the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from futures import SCENARIOS, drawn, with_uncertainty

from mcp_finance.analysis.futures.simulate import prepared
from mcp_finance.analysis.risks_held import COUNTS, risks_held
from mcp_finance.analysis.run import run

ALONE = {
    "prices": "inputs: {prices: {on: tariffs.nhs.uplift, add: {normal: {sd: 0.7%}}, timing: yearly}}",
    "delay": "inputs: {delay: {on: lines.*.shift.delay,"
    " add: {pert: {least: 0 months, mode: 6 months, most: 36 months}}}}",
    COUNTS: "activity_counts: {falls: 2.5, other_emergency: 3}",
}


@pytest.fixture(scope="module")
def held():
    return {h.name: h for h in risks_held(run(SCENARIOS / "uncertain.yaml"), 2000)}


@pytest.mark.parametrize("name", ALONE)
def test_it_is_the_scenario_with_that_entry_alone(tmp_path: Path, held, name: str):
    """Draws have names of their own, so the numbers are the same to the bit, correlations of others or not."""
    found = run(with_uncertainty(tmp_path, f"uncertainty:\n  seed: 2018\n  {ALONE[name]}\n"))
    rows = [f"{p}.result" for p in found.parties]
    made = drawn(found, 2000, job=prepared(found, keep=rows)).rows
    for party in found.parties:
        change = made[f"{party}.result"].sum(axis=0) - found.results.series(f"{party}.result").sum()
        if party in held[name].losses:
            loss = held[name].losses[party]
            assert loss.middle == pytest.approx(np.quantile(change, 0.5), abs=1e-4)
            assert loss.worse == pytest.approx(np.quantile(change, 0.1), abs=1e-4)
            assert loss.worse <= loss.middle and loss.worse_error > 0
        else:
            assert np.ptp(change) <= 0.01


def test_every_source_that_moves_somebody_is_there(held):
    assert set(held) == {"demand", "prices", "funding", "cost", "list", "effect", "delay", COUNTS}
    assert "practices" not in held["prices"].losses


def test_assurance_tells_it_on_request(cli: Cli):
    plain = cli("assurance", SCENARIOS / "uncertain.yaml")
    told = cli("assurance", SCENARIOS / "uncertain.yaml", "--draws", 500)
    assert told.code == 0 and told.out.startswith(plain.out.rstrip("\n")[:200])
    assert "Uncertain inputs alone" in told.out and "Uncertain inputs alone" not in plain.out
    found = json.loads(cli("assurance", SCENARIOS / "uncertain.yaml", "--draws", 500, "--json").out)
    assert found["uncertain_inputs_alone"]["prices"]["parties"]["hospital"]["worse"] < 0
    assert cli("assurance", SCENARIOS / "base.yaml", "--draws", 500).code == 3
