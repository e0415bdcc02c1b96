"""Commands called as users call them, within the process of the tests; the fixture `cli` stands in `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Answer(NamedTuple):
    """What a command said: its exit code, its output and what it told the user."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]
