"""What a folder of draws may hold: the simulation's own files, whole, or it is refused and left as it was."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from futures import SCENARIOS

UNCERTAIN = SCENARIOS / "uncertain.yaml"
ROW = "budget_holder.result.npy"
Spoiler = Callable[[Path], object]


class Wicked:
    """Something that would run if a file were ever unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("/tmp/mcp-finance-unpickled",)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Where the draws of one simulation are, once some test has made them."""
    return [tmp_path_factory.mktemp("draws") / "out"]


@pytest.fixture
def out(cli: Cli, drawn: list[Path], tmp_path: Path) -> Path:
    """A copy of a simulation's folder of draws, without its results."""
    if not drawn[0].exists():
        assert cli("simulate", UNCERTAIN, "--draws", 2500, "--out", drawn[0], "-q").code == 0
    shutil.copytree(drawn[0] / "draws", tmp_path / "out" / "draws")
    return tmp_path / "out"


def shortened(folder: Path) -> None:
    """Half a file: lengthened with noughts it would give wrong figures."""
    (folder / ROW).write_bytes((folder / ROW).read_bytes()[:20_000])


def in_place_of(name: str, make: Callable[[Path], object]) -> Spoiler:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return spoil


def objects(path: Path) -> None:
    np.save(path, np.array([Wicked()], dtype=object), allow_pickle=True)


SPOILERS: dict[str, Spoiler] = {
    "half a file": shortened,
    "no array": in_place_of(ROW, lambda path: None),
    "an array of objects": in_place_of(ROW, objects),
    "a pickle": in_place_of(ROW, lambda path: path.write_bytes(pickle.dumps(Wicked()))),
    "a pipe for an array": in_place_of(ROW, os.mkfifo),
    "a folder for an array": in_place_of(ROW, Path.mkdir),
    "a link for an array": in_place_of(ROW, lambda path: path.symlink_to("/etc/passwd")),
    "another shape": in_place_of(ROW, lambda path: np.save(path, np.zeros((15, 2499)))),
    "no ledger": in_place_of("done.txt", lambda path: None),
    "a ledger that is no text": in_place_of("done.txt", lambda path: path.write_bytes(b"\xff\xfe\n")),
    "a link for a ledger": in_place_of("done.txt", lambda path: path.symlink_to("elsewhere")),
    "a plan that is no text": in_place_of("plan.json", lambda path: path.write_bytes(b"\xff\xfe")),
    "a folder for a plan": in_place_of("plan.json", Path.mkdir),
    "somebody's own plan": in_place_of("plan.json", lambda path: path.write_text('{"my": "own"}')),
    "a plan that climbs": in_place_of("plan.json", lambda path: path.write_text('{"rows": ["../x"], "digest": "1"}')),
    "a plan too deep": in_place_of("plan.json", lambda path: path.write_text("[" * 100_000)),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
def test_a_spoilt_folder_is_refused_also_with_force(cli: Cli, out: Path, spoil: Spoiler) -> None:
    spoil(out / "draws")
    before = sorted(p.name for p in (out / "draws").iterdir())
    answer = cli("simulate", UNCERTAIN, "--draws", 2500, "--out", out, "--force")
    assert answer.code == 2 and "draws" in answer.err and not answer.out
    assert sorted(p.name for p in (out / "draws").iterdir()) == before
    assert not Path("/tmp/mcp-finance-unpickled").exists()


@pytest.mark.parametrize("noted", ["0 1\n", "7 1024\n5 2500\n", "٣ ٥\n", "0 1024", "0 99999999999\n"])
def test_what_a_ledger_notes_of_no_whole_block_is_drawn_again(
    cli: Cli, out: Path, drawn: list[Path], noted: str
) -> None:
    (out / "draws" / "done.txt").write_text(noted, encoding="utf-8")
    assert cli("simulate", UNCERTAIN, "--draws", 2500, "--out", out, "-q").code == 0
    assert (out / "estimates.csv").read_bytes() == (drawn[0] / "estimates.csv").read_bytes()


def test_force_gives_up_the_draws_and_nothing_else(cli: Cli, out: Path) -> None:
    np.save(out / "draws" / "mine.npy", np.zeros(3))
    assert cli("simulate", UNCERTAIN, "--draws", 2200, "--out", out, "-q").code == 2
    assert cli("simulate", UNCERTAIN, "--draws", 2200, "--out", out, "-q", "--force").code == 0
    assert (out / "draws" / "mine.npy").exists()


def test_draws_of_a_stopped_simulation_are_not_given_up_for_another_seed(cli: Cli, out: Path) -> None:
    (out / "simulation.json").write_text('{"complete": false}', encoding="utf-8")
    before = (out / "draws" / ROW).read_bytes()
    answer = cli("simulate", UNCERTAIN, "--draws", 2500, "--seed", 7, "--out", out)
    assert answer.code == 2 and "another simulation" in answer.err
    assert (out / "draws" / ROW).read_bytes() == before


@pytest.mark.parametrize("place", ["file/within", "n" * 300])
def test_a_place_that_cannot_be_is_no_fault_of_the_program(cli: Cli, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    answer = cli("simulate", UNCERTAIN, "--draws", 64, "--out", tmp_path / place)
    assert answer.code == 2 and "cannot write to" in answer.err
