"""When the contract ends: its term, an extension that is taken, or an early end, whichever comes to pass.

From the day on which the contract ends nothing is in force. Every line goes back to its commissioner, which buys it
from today's provider again; programmes stop, and with them what they avoid; the gain/loss share is settled for the
part of the year that was in force. What settlements still owe is paid in the following year, as after any other year.

Slippage moves the transfer of every line and the start of its programme by the same time, so that a delay never leaves
the budget holder with the money and without the saving, or the other way round.
"""

from __future__ import annotations

from mcp_finance.rows.expr import Expr, choose, least
from mcp_finance.rows.row import InputSpec, row

SHEET = "Timeline"

INPUTS = (
    InputSpec("model_ends", "time", "First day after the last year that is modelled, in financial years."),
    InputSpec("term_ends", "time", "Day on which the contract's term is over, in financial years."),
    InputSpec("extension", "years", "Time by which the term may be extended."),
    InputSpec("extension_taken", "switch", "1 where the extension is taken."),
    InputSpec("early_end", "time", "Day on which the contract is ended early, in financial years."),
    InputSpec("slippage", "years", "Delay of every transfer and of its programme beyond what was planned."),
)


@row(sheet=SHEET, unit="time")
def extended_end(term_ends: Expr, extension: Expr, extension_taken: Expr) -> Expr:
    """Day on which the contract would run out, with its extension where that is taken."""
    return term_ends + extension * extension_taken


@row(sheet=SHEET, unit="time")
def contract_ends(extended_end: Expr, early_end: Expr, model_ends: Expr) -> Expr:
    """Day on which the contract ends, or the model's years if sooner."""
    return least(extended_end, early_end, model_ends)


@row(sheet=SHEET, unit="time")
def contract_clock(year_end: Expr, contract_ends: Expr) -> Expr:
    """How far the contract has come: the end of the year, or of the contract if that was sooner."""
    return least(year_end, contract_ends)


@row(sheet=SHEET, unit="switch")
def final_year(year_start: Expr, year_end: Expr, contract_ends: Expr) -> Expr:
    """1 in the year in which the contract ends."""
    return choose((contract_ends > year_start) & (year_end >= contract_ends), 1, 0)
