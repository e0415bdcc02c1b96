"""Runs with an uncertainty of their own, for tests: a fixture and the section that it is to have."""

from __future__ import annotations

from pathlib import Path

from mcp_finance.analysis.futures.simulate import Job, Simulation, plan_of, prepared, simulate, store_for
from mcp_finance.analysis.run import Run, run
from mcp_finance.files.problems import Problem, ScenarioError

SCENARIOS = Path(__file__).parent / "scenarios"


def with_uncertainty(folder: Path, text: str, base: str = "base.yaml") -> Path:
    """A scenario that extends a fixture with a section `uncertainty` (or more), among copies of the fixtures."""
    for source in SCENARIOS.iterdir():
        target = folder / source.name
        if not target.exists():
            target.symlink_to(source) if source.is_dir() else target.write_bytes(source.read_bytes())
    path = folder / "uncertain-test.yaml"
    path.write_text(f"extends: {base}\nid: uncertain-test\n{text}", encoding="utf-8")
    return path


def drawn(found: Run, draws: int, *, job: Job | None = None, workers: int = 1, chunk: int = 0) -> Simulation:
    """A simulation in memory."""
    made = job or prepared(found)
    return simulate(found, made, store_for(plan_of(found, made, draws), None), workers=workers, chunk=chunk)


def problems_of(path: Path) -> tuple[Problem, ...]:
    """What is wrong with the uncertainty of a scenario."""
    try:
        prepared(run(path))
    except ScenarioError as error:
        return error.problems
    return ()
