"""Where the draws of a simulation are kept: in memory, or in a folder from which an interrupted one goes on.

A folder holds one array a row, `<row>.npy` of `(years, draws)`, which numpy opens as it is; `plan.json`, which says
what was drawn; and `done.txt`, a line for each span of draws that is wholly on disk. A span is written, flushed and
only then noted, so that whatever a cut leaves behind, what is noted is there. A folder of another plan is refused, and
so is one whose files are not what was left there: short, of another shape, no ordinary files. Nothing is unpickled.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from mcp_finance.rows.evaluate import Array
from mcp_finance.sampling.streams import BLOCK

MOST_BYTES = 4 * 2**30
PLAN, DONE = "plan.json", "done.txt"
MOST_READ = 2**24
_SAFE = re.compile(r"[a-z][a-z0-9_.]*")
Spans = tuple[tuple[int, int], ...]


class StoreError(ValueError):
    """A folder that does not hold the draws of this simulation: what is wrong with it, in words."""


@dataclass(frozen=True)
class Plan:
    """What is drawn: rows, years, draws, and a digest of scenario, seed, version and everything else that matters."""

    rows: tuple[str, ...]
    years: int
    draws: int
    digest: str

    def document(self) -> dict[str, object]:
        return {"rows": list(self.rows), "years": self.years, "draws": self.draws, "digest": self.digest}


class Store:
    """Arrays `(years, draws)` by row, and which spans of draws they hold."""

    def __init__(self, plan: Plan, arrays: Mapping[str, Array], done: Iterable[tuple[int, int]], folder: Path | None):
        self.plan, self.arrays, self.folder = plan, arrays, folder
        self.done = list(done)
        self._lock = Lock()

    @classmethod
    def in_memory(cls, plan: Plan) -> Store:
        """Arrays of this process.

        Raises:
            StoreError: they would take more memory than MOST_BYTES.
        """
        each = 8 * plan.years * max(1, len(plan.rows))
        if plan.draws * each > MOST_BYTES:
            raise StoreError(
                f"{plan.draws:,} draws take {plan.draws * each / 2**30:.0f} GB of memory: at most "
                f"{MOST_BYTES // each:,} here, or more with --out DIR, which keeps them on disk"
            )
        return cls(plan, {row: np.empty((plan.years, plan.draws)) for row in plan.rows}, (), None)

    @classmethod
    def in_folder(cls, plan: Plan, folder: Path, *, replace: bool = False) -> Store:
        """A folder begun anew, or one of the same plan gone on with; `replace` gives up the draws of another plan.

        Raises:
            StoreError: the folder holds another simulation, or something that is none.
            OSError: it cannot be read or written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        known = {PLAN, DONE, *(_file(row) for row in plan.rows)}
        begun = (folder / PLAN).exists()
        others = sorted(p.name for p in folder.iterdir() if p.name not in known and p.suffix != ".npy")
        if not begun and others:
            raise StoreError(f"{folder} holds {others[0]}, which is not of a simulation: name an empty folder")
        if begun and (old := _read(folder / PLAN)) != _text(plan):
            rows = _rows(old, folder)
            if not replace:
                raise StoreError(
                    f"{folder} holds the draws of another simulation (other scenario, seed, draws or version): "
                    "name another folder, or use --force to give those up"
                )
            _give_up(folder, rows)
            begun = False
        done = _read_done(folder / DONE, plan.draws) if begun else ()
        mode = "r+" if begun else "w+"
        shape = (plan.years, plan.draws)
        arrays = {row: _open(folder / _file(row), mode, shape) for row in plan.rows}
        if not begun:
            (folder / DONE).touch()
            _written_whole(folder / PLAN, _text(plan))
        return cls(plan, arrays, done, folder)

    def missing(self, length: int, block: int) -> Spans:
        """Spans still to be drawn, in order, each of at most `length` draws and beginning a block."""
        held = np.zeros(-(-self.plan.draws // block), dtype=bool)
        for first, last in self.done:
            held[first // block : -(-last // block)] = True
        spans: list[tuple[int, int]] = []
        for k in np.flatnonzero(~held).tolist():
            first, last = k * block, min((k + 1) * block, self.plan.draws)
            if spans and spans[-1][1] == first and last - spans[-1][0] <= length:
                spans[-1] = (spans[-1][0], last)
            else:
                spans.append((first, last))
        return tuple(spans)

    def put(self, first: int, last: int, rows: Mapping[str, Array]) -> None:
        """Keep a span of draws: `rows` are `(years or 1, draws or 1)`."""
        for row, values in rows.items():
            self.arrays[row][:, first:last] = values
        with self._lock:
            if self.folder is not None:
                for array in self.arrays.values():
                    if isinstance(array, np.memmap):
                        array.flush()
                with (self.folder / DONE).open("a", encoding="utf-8") as ledger:
                    ledger.write(f"{first} {last}\n")
                    ledger.flush()
                    os.fsync(ledger.fileno())
            self.done.append((first, last))

    @property
    def finished(self) -> int:
        """Draws from the first on that are all there."""
        reached = 0
        for first, last in sorted(self.done):
            if first > reached:
                break
            reached = max(reached, last)
        return reached


def _text(plan: Plan) -> str:
    return json.dumps(plan.document(), indent=2) + "\n"


def _file(row: str) -> str:
    if not _SAFE.fullmatch(row):
        raise StoreError(f"the row {row} has a name that no file can have")
    return f"{row}.npy"


def _open(path: Path, mode: str, shape: tuple[int, int]) -> Array:
    if path.is_symlink():
        raise StoreError(f"{path} is a link")
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is no ordinary file")
    if mode == "w+":
        return np.lib.format.open_memmap(path, "w+", np.float64, shape)
    try:
        found = np.lib.format.open_memmap(path, "r")  # "r+" would lengthen a file that is short, with noughts
        if found.shape == shape and found.dtype == np.float64:
            found = np.lib.format.open_memmap(path, "r+")
    except FileNotFoundError:
        raise StoreError(f"{path} is missing") from None
    except ValueError as error:
        raise StoreError(f"{path} is not an array of numbers: {error}") from None
    if found.shape != shape or found.dtype != np.float64:
        raise StoreError(f"{path} is not an array of {shape[0]} years and {shape[1]} draws")
    return found


def _read_done(path: Path, draws: int) -> Spans:
    """Spans of the ledger, of whole blocks; a last line that a cut left unfinished does not count."""
    found = []
    for line in _read(path).split("\n")[:-1]:
        words = line.split()
        if len(words) == 2 and all(w.isdecimal() and len(w) < 12 for w in words):
            first, last = map(int, words)
            if first < last <= draws and first % BLOCK == 0 and (last % BLOCK == 0 or last == draws):
                found.append((first, last))
    return tuple(found)


def _read(path: Path) -> str:
    """The text of one of the small files.

    Raises:
        StoreError: it is missing, no ordinary file or no text.
    """
    if path.is_symlink() or not path.is_file():
        raise StoreError(f"{path} is missing, or no ordinary file")
    try:
        with path.open("rb") as file:
            return file.read(MOST_READ).decode()
    except UnicodeDecodeError:
        raise StoreError(f"{path} is no text, so it is not of a simulation") from None


def _rows(text: str, folder: Path) -> tuple[str, ...]:
    """The rows of another plan.

    Raises:
        StoreError: it is no plan, but a file of somebody's own that has its name.
    """
    try:
        found = json.loads(text)
        return tuple(row for row in found["rows"] if found["digest"] and _file(row))
    except (ValueError, TypeError, LookupError, RecursionError):
        raise StoreError(f"{folder} holds a {PLAN} that is not of a simulation: name an empty folder") from None


def _give_up(folder: Path, rows: Iterable[str]) -> None:
    """Remove the draws of another simulation: its plan first, so that what is left behind a cut is no simulation."""
    (folder / PLAN).unlink()
    for path in (folder / DONE, *(folder / _file(row) for row in rows)):
        path.unlink(missing_ok=True)


def _written_whole(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
