"""What commands share: options, exit codes, loading a run and writing files without losing any."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mcp_finance.analysis.run import Integrity, Run
    from mcp_finance.files.problems import Problem

FAULT, USAGE, INVALID, DIFFERENT, BROKEN, INTERRUPTED = 1, 2, 3, 4, 5, 130

ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the id of a shipped one.")
]
TermsArgument = Annotated[str, typer.Argument(metavar="TERMS", help="A term sheet, or the id of a shipped one.")]
DefineOption = Annotated[
    list[str] | None, typer.Option("--define", metavar="NAME=FORMULA", help="Replace a definition of the sheet.")
]
CaseOption = Annotated[
    list[str] | None, typer.Option("--case", metavar="GROUP=CHOICE", help="Take a choice from a group of cases.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change one value of the scenario.")
]
YearsOption = Annotated[int | None, typer.Option("--years", metavar="N", help="Model only the first N years.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]


class CommandError(Exception):
    """Ends a command with an exit code and, where a scenario is at fault, its problems.

    `printed`: the command's answer is on standard output already, where `--json` has room for one document only.
    """

    def __init__(
        self, message: str, code: int = USAGE, problems: Sequence[Problem] = (), *, printed: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.problems = tuple(problems)
        self.printed = printed


def wants_json() -> bool:
    """Whether the command line asks for JSON, also where it could not be parsed further."""
    return "--json" in sys.argv


def cases_of(options: Sequence[str] | None) -> dict[str, str]:
    """`group=choice` options as a mapping.

    Raises:
        CommandError: an option is not of that form, or a group is chosen from twice.
    """
    chosen: dict[str, str] = {}
    for option in options or ():
        group, equals, choice = option.partition("=")
        if not equals or not group.strip() or not choice.strip():
            raise CommandError(f"--case {option}: write GROUP=CHOICE, such as shift=none")
        if group.strip() in chosen:
            raise CommandError(f"--case {option}: a run takes one choice from each group")
        chosen[group.strip()] = choice.strip()
    return chosen


def load_run(scenario: str, case: Sequence[str] | None, settings: Sequence[str] | None, years: int | None) -> Run:
    """Evaluate a scenario as the options say.

    Raises:
        CommandError: the scenario has problems.
    """
    from mcp_finance.analysis.run import run
    from mcp_finance.files.problems import ScenarioError
    from mcp_finance.scenario.load import find_scenario

    try:
        return run(find_scenario(scenario), cases=cases_of(case), settings=tuple(settings or ()), years=years)
    except ScenarioError as error:
        raise CommandError("the scenario is not valid", INVALID, error.problems) from None


def refuse_broken(integrity: Iterable[Integrity]) -> None:
    """End a command whose results do not pass the model's own checks, once they are printed.

    Raises:
        CommandError: a check does not hold.
    """
    if broken := [c.name for c in integrity if not c.holds]:
        raise CommandError(f"the model's own check failed: {', '.join(broken)}", BROKEN, printed=True)


def refuse_existing(folder: Path, names: Sequence[str], force: bool) -> None:
    """Refuse to replace files unless `force`, before anything is computed.

    Raises:
        CommandError: a file exists, or the folder is a file.
    """
    try:
        is_file = folder.exists() and not folder.is_dir()
        existing = [] if is_file else [n for n in names if (folder / n).exists()]
    except OSError as error:
        raise CommandError(f"cannot write to {folder}: {error.strerror or error}") from None
    if is_file:
        raise CommandError(f"{folder} is a file; --out takes a folder")
    if existing and not force:
        raise CommandError(f"{folder} already holds {', '.join(existing)}; use --force to replace, or another folder")


def refuse_odd_target(place: Path, inputs: Iterable[Path] = ()) -> None:
    """Refuse a place that is no ordinary file, or that is one of the files being read.

    Raises:
        CommandError: writing there would destroy something that no `--force` can have meant.
    """
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise CommandError(f"{place} is a link, a folder or a device: name an ordinary file")
    if any(place.resolve() == source.resolve() for source in inputs):
        raise CommandError(f"{place} is being read: name another file to write")


def write_all(folder: Path, files: Mapping[str, bytes], force: bool) -> None:
    """Write files so that each is either whole or as it was before.

    All are first written beside their places; only when every one is on disk are they moved in. A file that has come up
    meanwhile is not replaced without `force`.

    Raises:
        CommandError: the folder or a file cannot be written, or a file has come up.
    """
    written: list[tuple[str, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            written.append((temporary, folder / name))
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o644)
        refuse_existing(folder, list(files), force)
        for _, place in written:
            refuse_odd_target(place)
        for temporary, place in written:
            Path(temporary).replace(place)
    except OSError as error:
        raise CommandError(f"cannot write to {folder}: {error.strerror or error}") from None
    finally:
        for temporary, _ in written:
            Path(temporary).unlink(missing_ok=True)
