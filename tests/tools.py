"""What differs between a desk and continuous integration, where CI=true.

A missing system tool is a visible skip on a desk, and a failure there; laws are tried on more examples there.
"""

from __future__ import annotations

import os
import shutil

import pytest

IN_CI = os.environ.get("CI", "").lower() == "true"


def examples(count: int) -> int:
    """How many examples a law is tried on: all of them in continuous integration, a third on a desk."""
    return count if IN_CI else max(8, count // 3)


def need(*names: str) -> str:
    """The path of the first tool that is installed."""
    for name in names:
        if found := shutil.which(name):
            return found
    message = f"{' or '.join(names)} is not installed"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)
