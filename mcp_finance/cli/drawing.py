"""What commands that draw futures share: how many, by which seed, with how many threads, and a bar meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mcp_finance.analysis.futures.simulate import Progress

DrawsOption = Annotated[int, typer.Option("--draws", "-n", metavar="N", min=2, help="How many futures to draw.")]
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", min=0, help="Another seed than the scenario's uncertainty gives.")
]
WorkersOption = Annotated[int, typer.Option("--workers", metavar="N", min=1, max=256, help="Threads at work.")]


@contextmanager
def progress_bar(show: bool) -> Iterator[Progress | None]:
    """A bar with the time left, on a terminal only."""
    if not show or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("drawing"), BarColumn(), MofNCompleteColumn(), TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("drawing")
        yield lambda done, of: bar.update(task, completed=done, total=of)
