"""Run the command line from a checkout: `python cli.py run dudley-2018 --out out`."""

from __future__ import annotations

from mcp_finance.cli import main

if __name__ == "__main__":
    main()
