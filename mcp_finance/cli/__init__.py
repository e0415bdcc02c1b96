"""The command line. Each command is a thin module: it reads options, calls one function of the package and prints.

Exit codes: 0 fine; 1 a fault of the program; 2 usage; 3 an invalid scenario; 4 `check` found a difference; 5 the
model's own integrity check failed; 130 interrupted. Data go to standard output, everything else to standard error.
Imports that take time stand inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit."""
    import gc
    import signal
    import sys

    try:
        from mcp_finance.cli.app import run_app
    except KeyboardInterrupt:  # pressed before there is anything to stop
        sys.exit(130)

    gc.set_threshold(1_000_000, 50, 100)  # a run makes many objects that live to its end; looking for cycles finds none
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends the program quietly, as it does any other

    run_app()
